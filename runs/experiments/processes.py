"""Processes of this machine that solve, each over two pipes of its own.

A process may be killed at any moment, also while it writes. Where processes share a queue, as those of
``concurrent.futures`` do, the rest of a half-written message is then waited for without end, and so is a
lock that went with its holder. Here each end of a pipe is held by one process alone: a death is the end of
the file.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import psutil

from engels.runs.experiments.work import FULL, Outcome, Task, Worker, failure
from engels.runs.experiments.workers import LIMIT, Clocks, Done, NoWorkers, overdue

STILLBORN = 3
"""So many processes in a row that end before they can begin are nobody's fault but the machine's."""

SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Begun:
    """What a process says first."""


@dataclass(frozen=True)
class Gone:
    """What is heard last of a process: it has ended, by itself or not."""


Said = Begun | Gone | Outcome | OSError


class Process:
    """A process that is given tasks and answers them in their order.

    ``hear`` is called with all that it says, in a thread of its own: that it begins, the outcome of each task
    (an OSError where its disk is full), and that it is gone.
    """

    def __init__(self, hear: Callable[[Process, Said], None]) -> None:
        self._hear = hear
        self._given: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        tasks, self._tasks = SPAWN.Pipe(duplex=False)
        self._answers, answers = SPAWN.Pipe(duplex=False)
        self._process = SPAWN.Process(target=_serve, args=(tasks, answers), daemon=True)
        # from its first moment on it leaves Ctrl-C to this process
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            tasks.close()
            answers.close()
        for work in (self._send, self._listen):
            threading.Thread(target=work, daemon=True).start()

    def give(self, task: Task) -> None:
        """Give it a task, after those that it has. Never waits."""
        self._given.put(task)

    def kill(self) -> None:
        """End it and all that it started, whatever they are doing."""
        try:
            below = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.Error:
            below = []
        self._process.kill()
        _kill_all(below)

    def _send(self) -> None:
        with self._tasks, suppress(OSError):  # gone: the other thread says so
            while (task := self._given.get()) is not None:
                self._tasks.send(task)

    def _listen(self) -> None:
        with (
            self._answers,
            suppress(Exception),
        ):  # the end of the file, also in the middle of an answer
            while True:
                self._hear(self, pickle.loads(self._answers.recv_bytes()))
        self.kill()  # whoever is not understood is of no use either
        self._given.put(None)
        self._process.join()
        self._hear(self, Gone())


def _kill_all(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):  # it may have ended by itself
            process.kill()


def _serve(tasks: Connection, answers: Connection) -> None:
    """In a process that was started to solve: solve what comes, until nothing can come any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    given: queue.SimpleQueue[Task] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(tasks, given), daemon=True).start()
    worker = Worker()
    answers.send_bytes(pickle.dumps(Begun()))
    while True:
        task = given.get()
        said: Said
        try:
            said = worker.solve(task)
        except OSError as full:
            said = full
        try:
            answer = pickle.dumps(said)
        except (pickle.PicklingError, TypeError, AttributeError) as error:  # cannot be sent
            answer = pickle.dumps(failure(task.point, f"{type(error).__name__}: {error}"))
        answers.send_bytes(answer)


def _receive(tasks: Connection, given: queue.SimpleQueue[Task]) -> None:
    """Take tasks as they come; where the main process has ended, end with all that was started."""
    with suppress(EOFError, OSError):
        while True:
            given.put(tasks.recv())
    _kill_all(psutil.Process().children(recursive=True))
    os._exit(1)


@dataclass
class _Member:
    """A place for one process, and what it has to solve."""

    process: Process | None = None
    begun: bool = False
    tasks: list[Task] = field(default_factory=list)
    late: Task | None = None  # for which its process was ended


class LocalWorkers:
    """Processes of this machine. One that dies is replaced; what it had comes back lost."""

    def __init__(self, processes: int, limit: float = LIMIT) -> None:
        # a worker inherits these: linear algebra in one thread
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        self.limit = limit
        self._members = {str(n): _Member() for n in range(processes)}
        self._clocks = Clocks()  # by member: the first of its tasks
        self._stillborn = 0
        self._gone: NoWorkers | None = None
        self._back: queue.SimpleQueue[tuple[Process, Said]] = queue.SimpleQueue()

    def members(self) -> Sequence[str]:
        """See :class:`~engels.runs.experiments.workers.Workers`."""
        return tuple(self._members)

    def submit(self, member: str, task: Task) -> None:
        """See :class:`~engels.runs.experiments.workers.Workers`."""
        own = self._members[member]
        if own.process is None:
            own.process = Process(lambda process, said: self._back.put((process, said)))
        own.tasks.append(task)
        if len(own.tasks) == 1:
            self._clocks.begin(member)
        own.process.give(task)

    def finished(self, wait: float) -> list[Done]:
        """See :class:`~engels.runs.experiments.workers.Workers`."""
        if self._gone is not None:
            raise self._gone
        found: list[Done] = []
        self._clocks.wake()
        try:
            item = self._back.get(timeout=wait)
            while True:
                found += self._judge(*item)
                item = self._back.get_nowait()
        except queue.Empty:
            self._end_overdue()
            return found

    def _judge(self, process: Process, said: Said) -> list[Done]:
        member, own = next((m, x) for m, x in self._members.items() if x.process is process)
        if isinstance(said, Begun):
            own.begun = True
            self._stillborn = 0
            return []
        if isinstance(said, Gone):
            return self._lose(member, own)
        task = own.tasks.pop(0)
        self._clocks.end(member)
        if own.tasks:
            self._clocks.begin(member)
        if isinstance(said, OSError):
            if said.errno in FULL:
                self._gone = NoWorkers(f"{said.filename or 'a worker'}: {said.strerror}")
                return []
            said = failure(task.point, f"{type(said).__name__}: {said}")
        return [Done(member, task, said)]

    def _lose(self, member: str, own: _Member) -> list[Done]:
        """The process of a member has died: what it had comes back, and the next task begins another."""
        self._members[member] = _Member()
        self._clocks.end(member)
        if not own.begun and own.late is None:
            self._stillborn += 1
            if self._stillborn >= STILLBORN:
                self._gone = NoWorkers(
                    f"{STILLBORN} processes in a row ended before they could begin (no memory, or the "
                    "program cannot be loaded)"
                )
        done = []
        for n, task in enumerate(own.tasks):
            if task is own.late:
                done.append(Done(member, task, overdue(task, self.limit)))
            else:  # what this process ended itself is nobody's fault
                blamed = n == 0 and own.begun and own.late is None
                done.append(Done(member, task, None, blamed))
        return done

    def _end_overdue(self) -> None:
        """End processes whose point takes too long, with the solvers that they started."""
        for member, own in self._members.items():
            if own.process is None or not own.tasks or own.late is not None:
                continue
            if self._clocks.seconds(member) > self.limit:
                own.late = own.tasks[0]
                own.process.kill()

    def working(self) -> list[tuple[str, float]]:
        """See :class:`~engels.runs.experiments.workers.Workers`."""
        return [
            (x.tasks[0].point, self._clocks.seconds(m)) for m, x in self._members.items() if x.tasks
        ]

    def trouble(self) -> str:
        """See :class:`~engels.runs.experiments.workers.Workers`."""
        return ""

    def close(self) -> None:
        """See :class:`~engels.runs.experiments.workers.Workers`."""
        for own in self._members.values():
            if own.process is not None:
                own.process.kill()
