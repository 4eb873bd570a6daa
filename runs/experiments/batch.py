"""Run a batch: find what is missing, give it to workers, store what comes back, show how far it is."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from engels.runs.console.screen import console
from engels.runs.experiments.designs import DESIGNS
from engels.runs.experiments.form import Experiment
from engels.runs.experiments.points import Point, make_points
from engels.runs.experiments.processes import LocalWorkers
from engels.runs.experiments.store import Store, require_place
from engels.runs.experiments.work import FAILED, SOLVED, Task, failure, inputs_digest
from engels.runs.experiments.workers import (
    LIMIT,
    DaskWorkers,
    Done,
    NoWorkers,
    Workers,
)
from engels.runs.store.code import packaged_code
from engels.runs.store.inputs import versions

AHEAD = 2
"""Tasks that a member has at a time: one that it solves, one that waits."""

BLAMES = 3
"""A point with which so many processes died is recorded as failed."""

TICK = 0.5
"""Seconds after which Ctrl-C, new workers and a lost scheduler are noticed at the latest."""

IDLE, IDLE_AGAIN = 3.0, 30.0
"""Seconds after which it is said, and said again, that nobody can be given a point."""

QUIET = 60.0
"""Seconds without a point after which it is said, and said again, what is being solved."""

INTERRUPTED = "interrupted"
"""Why a batch ended that was ended by Ctrl-C."""


@dataclass
class Summary:
    """What a call of the batch found and did."""

    folder: Path
    points: int
    kept: int = 0  # solved before
    solved: int = 0
    failed: int = 0
    others: int = 0  # in the store, of another plan or another version of code, data or packages
    stopped: str = ""  # why it ended early
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)  # when each point came back, seconds

    @property
    def missing(self) -> int:
        """Points without any outcome."""
        return self.points - self.kept - self.solved - self.failed


class Agenda:
    """Points that are to be solved, by economy: a member stays with one as long as it has points."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._groups: dict[str, deque[Point]] = {}
        for point in points:
            self._groups.setdefault(point.group, deque()).append(point)
        self._of: dict[str, str] = {}

    def __len__(self) -> int:
        return sum(len(g) for g in self._groups.values())

    def take(self, member: str) -> Point:
        """The next point for a member: of its economy, of one that nobody has, of the largest."""
        mine = self._of.get(member, "")
        if not self._groups.get(mine):
            taken = set(self._of.values())
            left = [g for g, points in self._groups.items() if points]
            new = [g for g in left if g not in taken]
            mine = new[0] if new else max(left, key=lambda g: len(self._groups[g]))
            self._of[member] = mine
        return self._groups[mine].popleft()

    def give_back(self, point: Point) -> None:
        """A point that was not solved goes first."""
        self._groups[point.group].appendleft(point)


def plan_table(experiment: Experiment, points: Sequence[Point]) -> pa.Table:
    """The plan: number, id, scenario, varied values and the design's own columns of every point."""
    columns: dict[str, Any] = {
        "number": pa.array([p.number for p in points], pa.int64()),
        "point": pa.array([p.id for p in points], pa.string()),
        "scenario": pa.array([p.scenario for p in points], pa.string()),
    }
    for n, label in enumerate(experiment.labels):
        values = [p.values[n] for p in points]
        if any(isinstance(v, str) for v in values):
            columns[label] = pa.array([str(v) for v in values], pa.string())
        else:
            columns[label] = pa.array([float(v) for v in values], pa.float64())
    for name in points[0].columns if points else ():
        columns[name] = pa.array([p.columns[name] for p in points])
    return pa.table(columns)


def describe(experiment: Experiment, points: Sequence[Point]) -> dict[str, Any]:
    """The manifest of a batch."""
    form = experiment.form
    return {
        "name": form.name,
        "title": form.title,
        "design": form.design,
        "samples": form.samples,
        "seed": form.seed,
        "options": {**DESIGNS[form.design].options, **form.options},
        "vary": [v.model_dump(mode="json", by_alias=True, exclude_none=True) for v in form.vary],
        "columns": {
            "varied": list(experiment.labels),
            "design": list(points[0].columns) if points else [],
        },
        "scenarios": [s.name for s in experiment.scenarios],
        "scenario_text": {
            part.name: part.source.text for s in experiment.scenarios for part in s.parts()
        },
        "settings": [s.settings | {"last_year": s.last_year} for s in experiment.scenarios],
        "solver": form.solver,
        "keep": list(experiment.keep) or "headline",
        "years": form.years,
        "points": len(points),
        "code": packaged_code(),
        "inputs": {a: json.loads(inputs_digest(a)) for a in {p.run.aggregation for p in points}},
        "versions": versions(),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def run_batch(
    experiment: Experiment,
    out: Path,
    *,
    processes: int | None = None,
    scheduler: str | None = None,
    retry_failed: bool = True,
    limit: float = LIMIT,
    table: Path | None = None,
    screen: Console | None = None,
) -> Summary:
    """Solve the points of a batch that its store, ``out/NAME``, lacks.

    Failed points are tried again unless ``retry_failed`` is False. With ``scheduler`` (an address) the
    workers of that Dask cluster solve, otherwise ``processes`` of this machine (all cores by default). A
    point that takes longer than ``limit`` seconds is ended and recorded as failed.

    Raises EngelsInputError: a point is impossible, the store cannot be written or no scheduler answers.
    """
    screen = screen or console(error=True)
    begin = time.monotonic()
    folder = out / experiment.form.name
    # before the plan is made, which may take a while
    require_place(folder, experiment.form.name)
    points = make_points(experiment, table)
    with Store(folder, experiment.form.name) as store:
        for note in store.notes:
            screen.print(note, soft_wrap=True)
        plan = plan_table(experiment, points)
        store.describe(plan, describe(experiment, points), experiment.source.text)
        distinct = {p.id: p for p in points}
        if retry_failed:
            store.forget(distinct)
        todo = [p for p in distinct.values() if p.id not in store.status]
        done = Counter(store.status[p] for p in distinct if p in store.status)
        summary = Summary(folder, len(distinct), kept=done[SOLVED], failed=done[FAILED])
        summary.others = sum(s == SOLVED and p not in distinct for p, s in store.status.items())
        try:
            if todo:
                workers: Workers = (
                    DaskWorkers(scheduler, limit)
                    if scheduler
                    else LocalWorkers(min(processes or os.cpu_count() or 1, len(todo)), limit)
                )
                _work_off(experiment, todo, workers, store, summary, table, screen)
            if not summary.stopped:
                store.order([p.id for p in points])
        except KeyboardInterrupt:  # a second Ctrl-C, or one while the store is put in order
            summary.stopped = INTERRUPTED
        except OSError as error:
            summary.stopped = f"{error.filename or folder}: {error.strerror or error}"
    summary.seconds = time.monotonic() - begin
    return summary


def _work_off(
    experiment: Experiment,
    todo: Sequence[Point],
    workers: Workers,
    store: Store,
    summary: Summary,
    table: Path | None,
    screen: Console,
) -> None:
    """Give points to the workers until none is left; what comes back is stored before anything else."""
    form = experiment.form
    own = table.resolve() if table else None
    code = packaged_code()
    agenda = Agenda(todo)
    by_id = {p.id: p for p in todo}
    held: Counter[str] = Counter()  # tasks of a member
    blames: Counter[str] = Counter()
    open_points = len(todo)

    def task(point: Point) -> Task:
        inputs = inputs_digest(point.run.aggregation)
        years = tuple(form.years or ())
        return Task(point.id, point.run, form.solver, experiment.keep, years, code, inputs, own)

    def judge(done: Done) -> list[Any]:
        """Outcomes to store; a point that was lost is solved again, unless it is to blame."""
        held[done.member] -= 1
        if done.outcome is not None:
            return [done.outcome]
        point = done.task.point
        blames[point] += done.blamed
        if blames[point] < BLAMES:
            agenda.give_back(by_id[point])
            return []
        reason = f"{BLAMES} processes died while solving it (killed, or out of memory)"
        return [failure(point, reason)]

    numbers = {p.id: p for p in reversed(todo)}
    watch = Watch(numbers, experiment.labels)
    with _interruptible() as interrupted, _progress(screen, summary) as (show, say):
        try:
            while open_points:
                for member in workers.members():
                    while len(agenda) and held[member] < AHEAD:
                        workers.submit(member, task(agenda.take(member)))
                        held[member] += 1
                outcomes = [o for done in workers.finished(TICK) for o in judge(done)]
                store.commit(outcomes)
                for outcome in outcomes:
                    open_points -= 1
                    solved = outcome.record["status"] == SOLVED
                    summary.solved += solved
                    summary.failed += not solved
                    summary.times.append(time.monotonic())
                show(len(workers.members()))
                if line := watch.line(workers, bool(outcomes)):
                    say(line)
                if interrupted():
                    summary.stopped = INTERRUPTED
                    return
        except NoWorkers as lost:
            summary.stopped = str(lost)
        finally:
            workers.close()


class Watch:
    """What to say while nothing comes back: that nobody can solve, or what is being solved."""

    NAMED = 4

    def __init__(self, points: Mapping[str, Point], labels: Sequence[str]) -> None:
        self._points, self._labels = points, labels
        self._back = self._said = time.monotonic()
        self._free = time.monotonic()  # when somebody could last be given a point
        self._told, self._why = 0.0, ""

    def line(self, workers: Workers, back: bool) -> str:
        """What is to be said now, if anything; ``back``: whether points have come back."""
        now = time.monotonic()
        trouble = workers.trouble()
        if not trouble:
            self._free, self._told, self._why = now, 0.0, ""
        elif now - self._free > IDLE:
            why = re.sub(r"[0-9]+ s\b", "", trouble)
            if now - self._told > (IDLE_AGAIN if why == self._why else IDLE):
                self._told = self._said = now
                self._why = why
                return f"waiting: {trouble}"
        if back:
            self._back = self._said = now
        elif not trouble and now - self._said > QUIET:
            self._said = now
            return self._quiet(workers, now - self._back)
        return ""

    def _quiet(self, workers: Workers, seconds: float) -> str:
        solving = sorted(workers.working(), key=lambda w: -w[1])
        said = [f"{self._name(p)} for {spell_time(s)}" for p, s in solving[: self.NAMED]]
        more = f" and {len(solving) - self.NAMED} more" if len(solving) > self.NAMED else ""
        what = f"being solved: {'; '.join(said)}{more}" if said else "nothing is being solved"
        return f"no point came back for {spell_time(seconds)}; {what}"

    def _name(self, id: str) -> str:
        point = self._points[id]
        pairs = zip(self._labels, point.values, strict=True)
        said = ", ".join(f"{k} = {v:g}" if isinstance(v, float) else f"{k} = {v}" for k, v in pairs)
        short = said if len(said) <= 80 else f"{said[:77]}..."
        return f"point {point.number}" + (f" ({short})" if short else "")


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Ctrl-C (and SIGTERM, by which clusters end a job) ends the loop between two commits."""
    asked: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked.append(number)

    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, note)
    except ValueError:  # not in the main thread: whoever called decides about signals
        pass
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Rate:
    """Points a minute in the last minutes; what comes before the first point is set-up."""

    WINDOW = 180.0

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def update(self, done: int) -> float:
        """Note that so many are done; points a minute, zero as long as that cannot be said."""
        now = time.monotonic()
        if not done:
            return 0.0
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > self.WINDOW:
            self._seen.popleft()
        first, before = self._seen[0]
        return 60.0 * (done - before) / max(now - first, 1e-9)


def spell_time(seconds: float) -> str:
    """``3:05`` minutes, ``2:03:05`` hours."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@contextmanager
def _progress(
    screen: Console, summary: Summary
) -> Iterator[tuple[Callable[[int], None], Callable[[str], None]]]:
    """A bar with rate and time left; where there is no terminal, a line every half a minute.

    Two functions: one to show how far it is with so many members, one to say a line beside that.
    """
    rate = Rate()
    new = summary.solved + summary.failed

    def words(members: int) -> str:
        done = summary.solved + summary.failed - new
        speed = rate.update(done)
        left = summary.missing
        time_left = spell_time(60 * left / speed) if speed else "?"
        failed = f", {summary.failed} failed" if summary.failed else ""
        return f"{speed:.1f} a minute, {time_left} left, {members} working{failed}"

    def say(text: str) -> None:
        screen.print(text, soft_wrap=True)

    if not screen.is_terminal:
        last = [time.monotonic()]

        def line(members: int) -> None:
            text = words(members)
            if time.monotonic() - last[0] >= 30:
                last[0] = time.monotonic()
                screen.print(
                    f"{summary.points - summary.missing} of {summary.points}: {text}",
                    highlight=False,
                    soft_wrap=True,
                )

        yield line, say
        return
    with Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        console=screen,
    ) as bar:
        task = bar.add_task("starting", total=summary.points)

        def draw(members: int) -> None:
            done = summary.points - summary.missing
            bar.update(task, completed=done, description=words(members))

        yield draw, say


def report(summary: Summary, command: Sequence[str] | None = None) -> list[str]:
    """What to tell at the end of a batch."""
    from engels.runs.experiments.query import failures

    solved = summary.kept + summary.solved
    lines = [
        f"{summary.folder}: {solved} of {summary.points} points solved"
        + (f" ({summary.kept} before)" if summary.kept else "")
        + (f", {summary.failed} failed" if summary.failed else "")
        + (f", {summary.missing} to do" if summary.missing else "")
    ]
    if summary.failed:
        found = failures(summary.folder)
        lines += [f"  point {number}: {reason}" for number, reason in found[:10]]
        if len(found) > 10:
            lines.append(f"  and {len(found) - 10} more: select number, reason from points")
    if summary.others:
        lines.append(
            f"  {summary.others} solved points of other plans, or of other versions of code, data or "
            "packages, stay in the store beside these; no view shows them"
        )
    if summary.stopped:
        again = shlex.join(command or ["engels", *sys.argv[1:]])
        lines.append(f"{summary.stopped}; {solved} points kept; go on with: {again}")
    return lines
