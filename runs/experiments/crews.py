"""Who solves: processes of this machine, or the workers of a Dask cluster.

A crew has members; each is given tasks one after the other and does them in that order. What is done, and
what was lost with a process that died, comes back from :meth:`Crew.finished`.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Protocol

from engels.data import EngelsInputError
from engels.runs.experiments.work import Outcome, Task, failure, solve_task


class LostCrew(Exception):
    """Nobody is left to solve, and none will come: the scheduler of a cluster has gone."""


@dataclass(frozen=True)
class Done:
    """A task that came back. Without an outcome it is lost; ``blamed``: it was being solved then."""

    member: str
    task: Task
    outcome: Outcome | None
    blamed: bool = False


class Crew(Protocol):
    """Members that solve tasks."""

    def members(self) -> Sequence[str]:
        """Names of the members there are now."""

    def submit(self, member: str, task: Task) -> None:
        """Give a member a task, after those that it has."""

    def finished(self, wait: float) -> list[Done]:
        """All that has come back; where that is nothing, what comes within ``wait`` seconds.

        Raises LostCrew.
        """

    def close(self) -> None:
        """Send everybody away; what is unfinished is given up."""


class PoolCrew:
    """Processes of this machine. One that dies is replaced; what it had comes back lost."""

    def __init__(self, processes: int) -> None:
        # a worker inherits these: linear algebra in one thread
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        self._pools = {str(n): _pool() for n in range(processes)}
        self._jobs: dict[str, list[Task]] = {m: [] for m in self._pools}
        self._back: queue.SimpleQueue[tuple[str, ProcessPoolExecutor, Task, Future[Outcome]]] = (
            queue.SimpleQueue()
        )

    def members(self) -> Sequence[str]:
        """See :class:`Crew`."""
        return tuple(self._pools)

    def submit(self, member: str, task: Task) -> None:
        """See :class:`Crew`."""
        self._jobs[member].append(task)
        pool = self._pools[member]
        try:
            future = pool.submit(solve_task, task)
        except BrokenProcessPool as error:
            future = Future()
            future.set_exception(error)
        future.add_done_callback(lambda f: self._back.put((member, pool, task, f)))

    def finished(self, wait: float) -> list[Done]:
        """See :class:`Crew`."""
        found: list[Done] = []
        try:
            item = self._back.get(timeout=wait)
            while True:
                found += self._judge(*item)
                item = self._back.get_nowait()
        except queue.Empty:
            return found

    def _judge(
        self, member: str, pool: ProcessPoolExecutor, task: Task, future: Future[Outcome]
    ) -> list[Done]:
        if pool is not self._pools[member]:
            return []  # came back with the others when its process died
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            lost, self._jobs[member] = self._jobs[member], []
            pool.shutdown(wait=False)
            self._pools[member] = _pool()
            return [Done(member, t, None, blamed=n == 0) for n, t in enumerate(lost)]
        self._jobs[member].remove(task)
        if error is not None:  # an outcome that cannot be sent back
            return [Done(member, task, failure(task.point, f"{type(error).__name__}: {error}"))]
        return [Done(member, task, future.result())]

    def close(self) -> None:
        """See :class:`Crew`."""
        for pool in self._pools.values():
            workers = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.kill()


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """In a new worker: leave Ctrl-C to the main process, and end when that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


class DaskCrew:
    """Workers of a Dask cluster. Dask gives the tasks of a worker that dies to another."""

    LOOK = 2.0
    """Seconds between two looks at who is there."""

    def __init__(self, address: str) -> None:
        """Raises EngelsInputError where no scheduler answers at ``address``."""
        from distributed import Client

        # that a cluster is lost is said in one line, by whoever reads LostCrew
        for name in ("distributed", "distributed.client", "tornado.application", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            self._client = Client(address, timeout=10, set_as_default=False)
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            first = (str(error) or type(error).__name__).splitlines()[0]
            raise EngelsInputError(
                f"--scheduler {address}: no Dask scheduler answers ({first}); start one with `dask "
                "scheduler` and give the address that it prints"
            ) from None
        self.address = address
        self._back: queue.SimpleQueue[tuple[str, Task, Any]] = queue.SimpleQueue()
        self._held: dict[str, Any] = {}
        self._seen: Mapping[str, int] = {}
        self._looked = 0.0
        self._number = 0

    def members(self) -> Sequence[str]:
        """See :class:`Crew`."""
        if time.monotonic() - self._looked > self.LOOK:
            self._require_scheduler()
            try:
                self._seen = self._client.nthreads()
            except Exception as error:  # whatever a broken connection raises
                raise LostCrew(str(error)) from error
            self._looked = time.monotonic()
        return tuple(self._seen)

    def submit(self, member: str, task: Task) -> None:
        """See :class:`Crew`."""
        self._number += 1
        future = self._client.submit(
            solve_task,
            task,
            key=f"{task.point}-{self._number}",
            workers=[member],
            allow_other_workers=True,
            pure=False,
        )
        # a future that nobody holds is cancelled
        self._held[task.point] = future
        future.add_done_callback(lambda f: self._back.put((member, task, f)))

    def finished(self, wait: float) -> list[Done]:
        """See :class:`Crew`."""
        found: list[Done] = []
        try:
            item = self._back.get(timeout=wait)
            while True:
                found.append(self._judge(*item))
                item = self._back.get_nowait()
        except queue.Empty:
            self._require_scheduler()
            return found

    def _judge(self, member: str, task: Task, future: Any) -> Done:
        from distributed.scheduler import KilledWorker

        self._held.pop(task.point, None)
        try:
            return Done(member, task, future.result(timeout=60))
        except KilledWorker:
            reason = "every worker that tried to solve it was killed or ran out of memory"
            return Done(member, task, failure(task.point, reason))
        except Exception as error:  # noqa: BLE001 - errors of the worker's Python come back as they are
            self._require_scheduler()
            if future.status == "error":
                reason = f"{type(error).__name__}: {error}"
                return Done(member, task, failure(task.point, reason))
            return Done(member, task, None)

    def _require_scheduler(self) -> None:
        if self._client.status != "running":
            raise LostCrew(f"the connection is {self._client.status}")

    def close(self) -> None:
        """See :class:`Crew`."""
        held, self._held = list(self._held.values()), {}
        if self._client.status == "running" and held:
            self._client.cancel(held, force=True)
        self._client.close(timeout=2)
