"""Who solves: processes of this machine (``processes.py``), or the workers of a Dask cluster.

Each member of the workers is given tasks one after the other and does them in that order. What is done, and
what was lost with a process that died, comes back from :meth:`Workers.finished`. A point that takes longer
than its limit is ended with the process that solves it, and comes back failed.
"""

from __future__ import annotations

import importlib
import logging
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from engels.data import EngelsInputError
from engels.runs.experiments.extras import optional
from engels.runs.experiments.work import Outcome, Task, Worker, failure
from engels.runs.store.code import packaged_code

LIMIT = 900.0
"""Seconds that a point may take by default, with the calibration and the baseline that it may need."""

ASLEEP = 10.0
"""Seconds without a look after which this process was stopped, and the clocks of its points with it."""


class NoWorkers(Exception):
    """Nobody is left to solve, and none will come; the message says why."""


@dataclass(frozen=True)
class Done:
    """A task that came back. Without an outcome it is lost; ``blamed``: it was being solved then."""

    member: str
    task: Task
    outcome: Outcome | None
    blamed: bool = False


class Workers(Protocol):
    """Members that solve tasks."""

    def members(self) -> Sequence[str]:
        """Names of the members that can be given tasks now."""

    def submit(self, member: str, task: Task) -> None:
        """Give a member a task, after those that it has."""

    def finished(self, wait: float) -> list[Done]:
        """All that has come back; where that is nothing, what comes within ``wait`` seconds.

        Raises NoWorkers.
        """

    def working(self) -> list[tuple[str, float]]:
        """Points that are being solved and for how many seconds, as far as that is known."""

    def trouble(self) -> str:
        """Why nobody can be given a task now, in a line; nothing where somebody can."""

    def close(self) -> None:
        """Send everybody away; what is unfinished is given up."""


def overdue(task: Task, limit: float) -> Outcome:
    """The outcome of a point that took too long."""
    return failure(task.point, f"took longer than {limit:g} s (--point-seconds)", limit)


class Clocks:
    """When each point was begun. What this process slept through does not count."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self._look = time.monotonic()

    def begin(self, key: str) -> None:
        """A point is begun now."""
        self._begun[key] = time.monotonic()

    def end(self, key: str) -> None:
        """A point is not being solved any more."""
        self._begun.pop(key, None)

    def wake(self) -> None:
        """Look: where the last look was long ago, all clocks are set back."""
        now = time.monotonic()
        gap, self._look = now - self._look, now
        if gap > ASLEEP:
            self._begun = {key: begun + gap for key, begun in self._begun.items()}

    def seconds(self, key: str) -> float:
        """For how long a point has been solved; 0 where that is not known."""
        return time.monotonic() - self._begun.get(key, time.monotonic())


@cache
def _worker() -> Worker:
    """What a process that was started to solve points keeps between them."""
    return Worker()


BEGUN = "engels-begun"
"""Topic under which a worker says what it begins."""


def _solve_there(task: Task, key: str) -> Outcome:
    """On a Dask worker: solve, and tell when it begins."""
    from distributed import get_worker

    worker = get_worker()
    said = {"key": key, "worker": worker.address}
    return _worker().solve(task, lambda: worker.log_event(BEGUN, said))


@dataclass
class _Given:
    """A task that Dask has."""

    member: str
    task: Task
    future: Any


class DaskWorkers:
    """Workers of a Dask cluster. Dask gives the tasks of a worker that dies to another.

    A worker is a member once it has said that its code is ours. A point beyond its limit is recorded as
    failed; a worker that a nanny watches (Dask's default) is then started again, another one can only be
    left to itself until it is done.
    """

    LOOK = 2.0
    """Seconds between two looks at who is there, and for which the answer is waited for."""

    PATIENCE = 5.0
    """Seconds after which a scheduler that does not answer is waited for, and that is said."""

    LOST = 10.0
    """Seconds of idle workers after which what they were given is given again."""

    def __init__(self, address: str, limit: float = LIMIT) -> None:
        """Raises EngelsInputError where no scheduler answers at ``address``."""
        client = optional("distributed", "cluster", f"--scheduler {address}").Client
        # that a cluster is lost is said in one line, by whoever reads NoWorkers
        for name in (
            *("distributed", "distributed.client", "distributed.core", "distributed.comm"),
            *("tornado.application", "asyncio"),
        ):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            self._client = client(address, timeout=10, set_as_default=False)
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            first = (str(error) or type(error).__name__).splitlines()[0]
            raise EngelsInputError(
                f"--scheduler {address}: no Dask scheduler answers ({first}); start one with `dask "
                "scheduler` and give the address that it prints"
            ) from None
        self.address = address
        self.limit = limit
        self._back: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._held: dict[str, _Given] = {}
        self._clocks = Clocks()
        self._places: dict[str, str] = {}  # where each key is being solved
        self._asked: dict[str, Any] = {}  # workers that were asked for their code
        self._unfit: dict[str, str] = {}  # of those that answered: why they cannot be used, if so
        self._stuck: dict[str, float] = {}  # workers that are busy with a point that was given up
        self._seen: Mapping[str, Any] = {}
        self._fit: tuple[str, ...] = ()
        self._looked = 0.0
        self._silent = 0.0  # since when the scheduler does not answer
        self._moved = time.monotonic()  # when somebody was last busy
        self._number = 0
        self._client.subscribe_topic(BEGUN, self._note_begun)

    def _note_begun(self, event: tuple[float, Any]) -> None:
        said = event[1]
        if isinstance(said, dict) and said.get("key") in self._held:
            self._places[said["key"]] = said["worker"]
            self._clocks.begin(said["key"])

    def members(self) -> Sequence[str]:
        """See :class:`Workers`."""
        if time.monotonic() - self._looked > self.LOOK:
            self._look()
            self._looked = time.monotonic()
        return self._fit

    def _look(self) -> None:
        self._require_scheduler()
        try:
            said = self._client.sync(
                self._client.scheduler.identity, n_workers=-1, callback_timeout=self.LOOK
            )
        except TimeoutError:
            self._silent = self._silent or time.monotonic()
            if self._is_silent():
                self._fit = ()
            return
        except Exception as error:  # whatever a broken connection raises
            raise self._lost() from error
        self._silent = 0.0
        self._seen = said["workers"]
        if any(self._busy(name) for name in self._seen):
            self._moved = time.monotonic()
        for gone in {*self._asked, *self._unfit, *self._stuck} - set(self._seen):
            self._asked.pop(gone, None)
            self._unfit.pop(gone, None)
            self._stuck.pop(gone, None)
        for name in self._seen:
            if name not in self._unfit:
                self._ask(name)
        self._stuck = {
            name: since
            for name, since in self._stuck.items()
            if time.monotonic() - since < self.PATIENCE or self._busy(name)
        }
        self._fit = tuple(
            name
            for name, about in self._seen.items()
            if about["status"] == "running"
            and self._unfit.get(name) == ""
            and name not in self._stuck
        )

    def _busy(self, name: str) -> bool:
        """Whether a worker has anything to do, by its last heartbeat."""
        return bool(self._seen[name].get("metrics", {}).get("task_counts"))

    def _ask(self, name: str) -> None:
        """Ask a new worker for its code, or take in the answer of one that was asked."""
        future = self._asked.get(name)
        if future is None or future.status in ("cancelled", "lost"):
            self._number += 1
            self._asked[name] = self._client.submit(
                # a lambda goes there as it is: a worker that cannot load engels can still say so
                lambda: importlib.import_module("engels.runs.store.code").packaged_code(),
                key=f"introduce-{self._number}",
                workers=[name],
                pure=False,
            )
        elif future.done():
            try:
                same = future.result(timeout=self.LOOK) == packaged_code()
                self._unfit[name] = "" if same else "has another version of the code"
            except TimeoutError:
                return  # again at the next look
            except Exception as error:  # noqa: BLE001 - whatever the worker's Python said
                first = " ".join((str(error) or type(error).__name__).split())[:80]
                self._unfit[name] = f"cannot load engels ({first})"
            del self._asked[name]

    def submit(self, member: str, task: Task) -> None:
        """See :class:`Workers`."""
        self._number += 1
        key = f"{task.point}-{self._number}"
        # Dask moves tasks between workers: never to one that cannot be used
        anybody = not any(self._unfit.values())
        future = self._client.submit(
            _solve_there,
            task,
            key,
            key=key,
            workers=[member] if anybody else list(self._fit),
            allow_other_workers=anybody,
            pure=False,
        )
        self._moved = time.monotonic()
        # a future that nobody holds is cancelled
        self._held[key] = _Given(member, task, future)
        future.add_done_callback(lambda f: self._back.put(key))

    def finished(self, wait: float) -> list[Done]:
        """See :class:`Workers`."""
        found: list[Done] = []
        self._clocks.wake()
        try:
            key = self._back.get(timeout=wait)
            while True:
                found += self._judge(key)
                key = self._back.get_nowait()
        except queue.Empty:
            if not found:
                self._require_scheduler()
            return [*found, *self._end_overdue(), *self._take_back()]

    def _forget(self, key: str) -> _Given | None:
        self._clocks.end(key)
        self._places.pop(key, None)
        return self._held.pop(key, None)

    def _judge(self, key: str) -> list[Done]:
        from distributed.scheduler import KilledWorker

        given = self._forget(key)
        self._moved = time.monotonic()
        if given is None:
            return []  # was given up
        member, task, future = given.member, given.task, given.future
        try:
            return [Done(member, task, future.result(timeout=60))]
        except KilledWorker:
            reason = "every worker that tried to solve it was killed or ran out of memory"
            return [Done(member, task, failure(task.point, reason))]
        except Exception as error:  # noqa: BLE001 - errors of the worker's Python come back as they are
            self._require_scheduler()
            # what a worker cannot load is no point's fault
            if future.status == "error" and not isinstance(error, ImportError):
                reason = f"{type(error).__name__}: {error}"
                return [Done(member, task, failure(task.point, reason))]
            return [Done(member, task, None)]

    def _end_overdue(self) -> list[Done]:
        """Give up points that take too long, and start their workers again where a nanny can."""
        done = []
        for key in [k for k in self._held if self._clocks.seconds(k) > self.limit]:
            place = self._places.get(key, "")
            given = self._forget(key)
            assert given is not None
            self._client.cancel([given.future], force=True)
            done.append(Done(given.member, given.task, overdue(given.task, self.limit)))
            if place in self._seen:
                self._stuck[place] = time.monotonic()
                self._fit = tuple(m for m in self._fit if m != place)
                if self._seen[place].get("nanny"):
                    self._restart(place)
        return done

    def _take_back(self) -> list[Done]:
        """Tasks that wait at a worker which is given nothing any more, and those that Dask has lost.

        The latter happens when a worker is started again: nobody has anything to do, and nothing comes.
        """
        lost = time.monotonic() - self._moved > self.LOST and bool(self._fit)
        done = []
        for key, given in list(self._held.items()):
            there = given.member in self._seen and given.member not in self._fit
            if lost or (self._fit and there and key not in self._places):
                self._forget(key)
                self._client.cancel([given.future], force=True)
                done.append(Done(given.member, given.task, None))
        return done

    def _restart(self, worker: str) -> None:
        # without waiting: what comes of it is seen at the next look
        threading.Thread(
            target=self._client.restart_workers,
            args=([worker],),
            kwargs={"timeout": 30, "raise_for_error": False},
            daemon=True,
        ).start()

    def working(self) -> list[tuple[str, float]]:
        """See :class:`Workers`."""
        return [(self._held[k].task.point, self._clocks.seconds(k)) for k in [*self._places]]

    def trouble(self) -> str:
        """See :class:`Workers`."""
        if self._is_silent():
            seconds = time.monotonic() - self._silent
            return f"the scheduler at {self.address} has not answered for {seconds:.0f} s"
        if self._fit:
            return ""
        if not self._seen:
            return f"no worker at {self.address}; start one with `dask worker {self.address}`"
        name, why = next(iter(sorted((n, self._why(n)) for n in self._seen)))
        more = f" (and {len(self._seen) - 1} more)" if len(self._seen) > 1 else ""
        return f"no worker at {self.address} is free: {name}{more} {why}"

    def _is_silent(self) -> bool:
        return bool(self._silent) and time.monotonic() - self._silent > self.PATIENCE

    def _why(self, name: str) -> str:
        """Why a worker is given nothing."""
        if self._unfit.get(name):
            return f"{self._unfit[name]}; install the same commit there and start it again"
        status = self._seen[name]["status"]
        if status != "running":
            return f"is {status}; Dask pauses a worker whose memory is full"
        if name in self._stuck:
            what = "is still busy with a point that took too long"
            if self._seen[name].get("nanny"):
                return f"{what}; it is being started again"
            return f"{what}; it has no nanny that could end it: end it yourself"
        return "has not said yet which code it has"

    def _lost(self) -> NoWorkers:
        return NoWorkers(f"the scheduler at {self.address} no longer answers")

    def _require_scheduler(self) -> None:
        if self._client.status != "running":
            raise self._lost()

    def close(self) -> None:
        """See :class:`Workers`."""
        held, self._held = [g.future for g in self._held.values()], {}
        if self._client.status == "running" and held and not self._silent:
            self._client.cancel(held, force=True)
        self._client.close(timeout=2)
