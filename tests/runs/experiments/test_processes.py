"""Processes that end at any moment: nothing stored is lost, and what is resumed ends the same, bit for bit.

The quick tests end one process each; the slow ones end many, at random moments, and use a Dask cluster of
real processes.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from engels.data import EngelsInputError
from engels.runs.experiments import batch
from engels.runs.experiments.batch import Watch
from engels.runs.experiments.form import read_experiment
from engels.runs.experiments.points import make_points
from engels.runs.experiments.processes import LocalWorkers
from engels.runs.experiments.query import query
from engels.runs.experiments.store import read_points
from engels.runs.experiments.work import Task, inputs_digest
from engels.runs.experiments.workers import Done
from engels.runs.store.code import packaged_code

from .conftest import PATIENCE, SMALL, Start, Undisturbed, Write, bits, stored

if TYPE_CHECKING:
    from tests.conftest import Engels

MANY = SMALL.replace("steps: 4", "steps: 20")
"""Forty points: long enough to be hit."""


def solved(folder: Path) -> set[str]:
    """Points that a store holds, whatever its writer is doing."""
    if not (folder / "index.json").exists():
        return set()
    while True:
        try:
            return set(read_points(folder)["point"].to_pylist())
        except EngelsInputError:
            continue  # many writes at once: look again


def wait_for(what: Callable[[], bool], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def wait_until_stored(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    """Wait until a batch has stored so many points, or has ended."""
    wait_for(lambda: len(solved(folder)) >= count or process.poll() is not None)


def end(process: subprocess.Popen[str]) -> None:
    """Kill a process, as kill -9 does."""
    process.kill()
    process.communicate()


def workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes in which a running batch solves."""
    try:
        return workers_of(psutil.Process(process.pid))
    except psutil.NoSuchProcess:
        return []


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    return [p for p in process.children() if "spawn_main" in " ".join(p.cmdline())]


def finish(start: Start, path: Path, *more: str) -> str:
    """Run a batch to its end."""
    process = start("batch", path.name, *more)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, out
    return out


def test_a_killed_worker_is_replaced_and_a_killed_batch_resumes(
    write: Write, start: Start, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    folder, path = tmp_path / "batches" / "small", write()
    process = start("batch", path.name, "--processes", "1")
    wait_for(lambda: len(solved(folder)) >= 1)
    (victim,) = workers(process)
    victim.kill()
    wait_for(lambda: len(solved(folder)) >= 3)
    orphans = workers(process)
    end(process)
    kept = solved(folder)
    assert len(kept) >= 3
    # workers do not outlive the batch
    psutil.wait_procs(orphans, timeout=30)
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in orphans)
    out = finish(start, path, "--processes", "1")
    assert "8 of 8 points solved" in out
    assert kept <= solved(folder)
    assert bits(folder) == bits(undisturbed(SMALL))


def idle(process: psutil.Process) -> bool:
    """Whether a process does nothing for a second."""
    before = process.cpu_times()
    time.sleep(1)
    return process.cpu_times() == before


def test_a_worker_killed_in_the_middle_of_an_answer_is_replaced(
    write: Write, start: Start, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """Its answer is longer than a pipe holds: while the batch stands still it cannot end it."""
    text = SMALL + "keep: all\n"
    folder, path = tmp_path / "batches" / "small", write(text)
    process = start("batch", path.name, "--processes", "1")
    wait_for(lambda: len(solved(folder)) >= 1)
    (victim,) = workers(process)
    process.send_signal(signal.SIGSTOP)
    wait_for(lambda: idle(victim))
    victim.kill()
    process.send_signal(signal.SIGCONT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, out
    assert "8 of 8 points solved" in out
    assert bits(folder) == bits(undisturbed(text))


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(
    number: int,
    write: Write,
    start: Start,
    undisturbed: Undisturbed,
    tmp_path: Path,
) -> None:
    folder, path = tmp_path / "batches" / "small", write()
    process = start("batch", path.name, "--processes", "1")
    wait_for(lambda: len(solved(folder)) >= 2)
    # a terminal sends Ctrl-C to the whole group
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in out
    kept = len(solved(folder))
    assert 2 <= kept <= 8
    assert out.splitlines()[-1].startswith(
        f"interrupted; {kept} points kept; go on with: engels batch batch.yaml"
    )
    out = finish(start, path, "--processes", "1")
    assert f"8 of 8 points solved ({kept} before)" in out
    assert bits(folder) == bits(undisturbed(SMALL))


def came_back(workers: LocalWorkers, count: int) -> list[Done]:
    """So many tasks that came back."""
    found: list[Done] = []
    wait_for(lambda: len(found.__iadd__(workers.finished(0.1))) >= count)
    return found


@pytest.mark.slow
def test_what_hangs_is_told_and_ended_with_its_process(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that does nothing at all any more: whatever hangs in it, the point is given up and the
    next one solved by another."""
    experiment = read_experiment(write())
    points = make_points(experiment)[:3]
    first, second, third = (
        Task(p.id, p.run, "newton", (), (), packaged_code(), inputs_digest("5")) for p in points
    )
    workers = LocalWorkers(1)
    try:
        workers.submit("0", first)
        (done,) = came_back(workers, 1)
        assert done.outcome is not None
        (worker,) = workers_of(psutil.Process())
        worker.suspend()
        monkeypatch.setattr(batch, "QUIET", 0.5)
        watch = Watch({p.id: p for p in points}, experiment.labels)
        for task in (second, third):
            workers.submit("0", task)
        assert workers.finished(1.1) == []
        assert watch.line(workers, back=False) == (
            "no point came back for 0:01; being solved: point 1 (elasticities.ai_labour.middle = 1, "
            "markup_common = -0.333333) for 0:01"
        )
        assert watch.line(workers, back=False) == ""
        workers.limit = 1.5
        late, waiting = came_back(workers, 2)
        assert (late.task, waiting.task) == (second, third)
        assert late.outcome is not None
        assert late.outcome.record["status"] == "failed"
        assert late.outcome.record["reason"] == "took longer than 1.5 s (--point-seconds)"
        assert (waiting.outcome, waiting.blamed) == (None, False)
        assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
        workers.limit = PATIENCE
        workers.submit("0", third)
        (done,) = came_back(workers, 1)
        assert done.outcome is not None
        assert done.outcome.record["status"] == "solved"
    finally:
        workers.close()


@pytest.mark.slow
def test_a_full_disk_ends_a_batch_in_one_line(
    write: Write, undisturbed: Undisturbed, start: Start, tmp_path: Path
) -> None:
    """No file can grow to the size of all points: they are stored, and cannot be put in order."""
    whole = undisturbed(SMALL)
    short = max(part.stat().st_size for part in (whole / "results").glob("part-*.parquet")) - 1
    path = write()
    process = start("batch", path.name, "--processes", "1")
    wait_for(lambda: bool(workers(process)))
    psutil.Process(process.pid).rlimit(psutil.RLIMIT_FSIZE, (short, short))
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "Traceback" not in out
    folder = tmp_path / "batches" / "small"
    last = out.splitlines()[-1]
    assert last.startswith("batches/small/results/part-")
    assert ".parquet: File too large; 8 points kept; go on with: " in last
    assert len(solved(folder)) == 8
    assert "8 of 8 points solved (8 before)" in finish(start, path)
    assert bits(folder) == bits(whole)


def test_a_batch_that_cannot_be_stored_is_refused_before_its_plan_is_made(
    write: Write, engels: Engels, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("the plan was made")

    monkeypatch.setattr(batch, "make_points", never)
    path = str(write())
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "thesis.csv").write_text("mine")
    for out in (".", path, "/proc"):
        code, shown, err = engels("batch", path, "--out", out)
        assert (code, shown, len(err.splitlines())) == (2, "", 1)
        assert "--out" in err
    assert (tmp_path / "small" / "thesis.csv").read_text() == "mine"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_moments_again_and_again(
    seed: int,
    write: Write,
    start: Start,
    undisturbed: Undisturbed,
    tmp_path: Path,
) -> None:
    """The main process is killed, at times with a worker first, until a run gets through."""
    chance = random.Random(seed)
    folder, path = tmp_path / "batches" / "small", write(MANY)
    whole = stored(undisturbed(MANY)).to_pandas().set_index("point")
    before: set[str] = set()
    for _ in range(12):
        process = start("batch", path.name, "--processes", "2")
        hurt = chance.random() < 0.5
        target = len(before) + chance.randint(0, 6)
        wait_until_stored(folder, target, process)
        time.sleep(chance.random() * 0.5)
        if hurt and (alive := workers(process)):
            chance.choice(alive).kill()
            time.sleep(chance.random())
        end(process)
        now = solved(folder)
        assert before <= now
        before = now
        found = stored(folder).to_pandas().set_index("point")
        for point in sorted(set(found.index)):
            assert found.loc[point].equals(whole.loc[point])
        if len(now) == 40:
            break
    finish(start, path, "--processes", "2")
    assert bits(folder) == bits(undisturbed(MANY))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_workers_killed_at_random_moments(
    seed: int,
    write: Write,
    start: Start,
    undisturbed: Undisturbed,
    tmp_path: Path,
) -> None:
    """The batch itself gets through, however many of its workers are killed."""
    chance = random.Random(seed)
    folder, path = tmp_path / "batches" / "small", write(MANY)
    process = start("batch", path.name, "--processes", "2")
    for _ in range(4):
        count = len(solved(folder))
        wait_until_stored(folder, count + 3, process)
        if alive := workers(process):
            chance.choice(alive).kill()
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, out
    assert bits(folder) == bits(undisturbed(MANY))


class Cluster:
    """A Dask scheduler and workers, each a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.workers: list[subprocess.Popen[bytes]] = []
        self.file = folder / "scheduler.json"
        self.scheduler = self.begin_scheduler()

    def begin(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        command = [str(Path(sys.executable).with_name("dask")), *arguments]
        with (self.folder / "dask.log").open("ab") as log:
            # its environment says nothing of threads: each solve sees to that itself
            free = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")} | more
            process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=free)
        self.processes.append(process)
        return process

    def begin_scheduler(self) -> subprocess.Popen[bytes]:
        self.file.unlink(missing_ok=True)
        started = self.begin(
            *("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
            *("--scheduler-file", str(self.file)),
        )
        wait_for(lambda: self.file.exists() and self.file.stat().st_size > 0, 60)
        return started

    def add_worker(self, nanny: bool = False, **more: str) -> None:
        self.workers.append(
            self.begin(
                *("worker", "--scheduler-file", str(self.file), "--nthreads", "1"),
                *("--nanny" if nanny else "--no-nanny", "--host", "127.0.0.1"),
                *("--no-dashboard", "--death-timeout", "20"),
                **more,
            )
        )

    @property
    def address(self) -> str:
        import json

        return str(json.loads(self.file.read_text())["address"])

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two workers of one thread."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    found = Cluster(folder)
    try:
        found.add_worker()
        found.add_worker()
        yield found
    finally:
        found.end()


@pytest.mark.slow
def test_dask_and_processes_give_the_same(
    write: Write,
    start: Start,
    undisturbed: Undisturbed,
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    path = write(MANY)
    finish(start, path, "--scheduler", cluster.address)
    folder = tmp_path / "batches" / "small"
    assert bits(folder) == bits(undisturbed(MANY))
    assert len(query(folder, "select distinct worker from points")) == 2


@pytest.mark.slow
def test_a_dask_worker_killed_half_way(
    write: Write,
    start: Start,
    undisturbed: Undisturbed,
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    folder, path = tmp_path / "batches" / "small", write(MANY)
    process = start("batch", path.name, "--scheduler", cluster.address)
    wait_until_stored(folder, 15, process)
    cluster.workers[0].kill()
    wait_until_stored(folder, 25, process)
    cluster.add_worker()
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, out
    assert bits(folder) == bits(undisturbed(MANY))


@pytest.mark.slow
def test_a_dask_scheduler_killed_half_way(
    write: Write,
    start: Start,
    undisturbed: Undisturbed,
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    folder, path = tmp_path / "batches" / "small", write(MANY)
    process = start("batch", path.name, "--scheduler", cluster.address)
    wait_until_stored(folder, 10, process)
    cluster.scheduler.kill()
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1, out
    assert "Traceback" not in out
    last = out.splitlines()[-1]
    assert last.startswith("the scheduler at tcp://127.0.0.1:")
    kept = len(solved(folder))
    assert f"no longer answers; {kept} points kept; go on with: engels batch" in last
    assert kept >= 10
    # on another cluster, or without any
    cluster.scheduler = cluster.begin_scheduler()
    cluster.add_worker()
    out = finish(start, path, "--scheduler", cluster.address)
    assert f"({kept} before)" in out
    assert bits(folder) == bits(undisturbed(MANY))


@pytest.mark.slow
def test_a_batch_on_dask_killed_half_way(
    write: Write,
    start: Start,
    undisturbed: Undisturbed,
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    folder, path = tmp_path / "batches" / "small", write(MANY)
    process = start("batch", path.name, "--scheduler", cluster.address)
    wait_until_stored(folder, 10, process)
    end(process)
    finish(start, path, "--scheduler", cluster.address)
    assert bits(folder) == bits(undisturbed(MANY))


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    found = Cluster(folder)
    try:
        yield found
    finally:
        found.end()


class Listener:
    """A batch whose lines are read as they come."""

    def __init__(self, start: Start, *arguments: str) -> None:
        self.process = start("batch", *arguments)
        self.text = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.text += line

    def hear(self, words: str, seconds: float) -> None:
        wait_for(lambda: words in self.text or self.process.poll() is not None, seconds)
        assert words in self.text

    def end(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.mark.slow
def test_a_batch_that_nobody_works_on_says_so_until_somebody_does(
    write: Write, start: Start, lonely: Cluster, tmp_path: Path
) -> None:
    """No worker; one whose memory is full; one that cannot load the program; one that can."""
    heard = Listener(start, write().name, "--scheduler", lonely.address)
    begin = time.monotonic()
    heard.hear(f"waiting: no worker at {lonely.address}; start one with `dask worker", PATIENCE)
    heard.text = ""
    heard.hear("waiting: no worker at", PATIENCE)
    assert time.monotonic() - begin < 70
    lonely.add_worker(DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE="0.0001")
    heard.hear("is paused; Dask pauses a worker whose memory is full", PATIENCE)
    lonely.workers[0].kill()
    broken = tmp_path / "broken" / "engels"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('not here')")
    lonely.add_worker(PYTHONPATH=str(broken.parent))
    heard.hear("cannot load engels (", PATIENCE)
    assert "install the same commit there and start it again" in heard.text
    lonely.add_worker()
    assert heard.end() == 0
    assert "8 of 8 points solved" in heard.text
    assert "Traceback" not in heard.text


@pytest.mark.slow
@pytest.mark.parametrize("nanny", [True, False])
def test_a_point_that_hangs_on_dask_is_given_up(
    nanny: bool, write: Write, start: Start, lonely: Cluster, tmp_path: Path
) -> None:
    folder = tmp_path / "batches" / "small"
    lonely.add_worker(nanny)
    heard = Listener(
        start, write(MANY).name, "--scheduler", lonely.address, "--point-seconds", "15"
    )
    wait_until_stored(folder, 3, heard.process)
    (first,) = lonely.workers
    stopped = psutil.Process(first.pid)
    if nanny:
        (stopped,) = (p for p in stopped.children() if "spawn_main" in " ".join(p.cmdline()))
    stopped.suspend()
    if not nanny:
        heard.hear("it has no nanny that could end it: end it yourself", PATIENCE)
        stopped.kill()
        lonely.add_worker()
    assert heard.end() == 1
    assert "39 of 40 points solved, 1 failed" in heard.text
    assert "took longer than 15 s (--point-seconds)" in heard.text


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_told(
    write: Write, start: Start, cluster: Cluster, tmp_path: Path
) -> None:
    folder = tmp_path / "batches" / "small"
    heard = Listener(start, write(MANY).name, "--scheduler", cluster.address)
    wait_until_stored(folder, 3, heard.process)
    scheduler = psutil.Process(cluster.scheduler.pid)
    scheduler.suspend()
    heard.hear(f"waiting: the scheduler at {cluster.address} has not answered for", PATIENCE)
    scheduler.resume()
    assert heard.end() == 0


@pytest.mark.slow
def test_no_scheduler_is_said_in_one_line(write: Write, start: Start) -> None:
    process = start("batch", write().name, "--scheduler", "tcp://127.0.0.1:9")
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 2
    (line,) = out.splitlines()
    assert line.startswith("--scheduler tcp://127.0.0.1:9: no Dask scheduler answers")
