"""How fast batches are: scenarios a minute, parallel efficiency, memory of the workers.

The batch is a sweep over the size of AI productivity, in which every point takes a solve, a certificate and
a report of its own and all share the baseline. Rates are those of the second half of a batch, when every
worker has its baseline and its models.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from engels.runs.experiments.batch import INTERRUPTED, run_batch
from engels.runs.experiments.form import read_experiment
from engels.runs.experiments.query import query
from engels.runs.store.results import ResultError

SWEEP = """\
name: sweep
scenario: ai_central
aggregation: "{aggregation}"
vary:
  - shock: ai_productivity
    grid: {{from: 0.5, to: 1.5, steps: {points}}}
"""


@dataclass(frozen=True)
class Speed:
    """What one batch took. ``growth``: largest growth of a worker's memory over its second half, MB."""

    processes: int
    points: int
    failed: int
    seconds: float
    per_minute: float
    memory: float
    growth: float


def measure(aggregation: str, points: int, processes: int, screen: Console) -> Speed:
    """Solve a sweep of so many points, at least eight, with so many processes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "sweep.yaml"
        file.write_text(SWEEP.format(aggregation=aggregation, points=points), encoding="utf-8")
        done = run_batch(read_experiment(file), folder, processes=processes, screen=screen)
        if done.stopped == INTERRUPTED:
            raise KeyboardInterrupt
        if done.stopped:
            raise ResultError(f"{done.folder}: {done.stopped}")
        half = len(done.times) // 2
        rate = 60 * (len(done.times) - 1 - half) / (done.times[-1] - done.times[half])
        workers = query(
            done.folder,
            f"""
            select worker, max(memory) as most,
                   max(memory) - min(memory) as growth
            from points where status = 'solved' and number >= {points // 2} group by worker
            """,
        )
        return Speed(
            processes,
            done.points,
            done.failed,
            done.seconds,
            rate,
            float(workers["most"].max()),
            float(workers["growth"].max()),
        )


def efficiency(one: Speed, several: Speed) -> float:
    """Share of the ideal speed-up that several processes reach, by their rates."""
    return several.per_minute / (several.processes * one.per_minute)


ALONE = 200
"""Points at most with one process, to which several are compared."""


def run_batch_bench(aggregation: str, points: int, out: Path, screen: Console) -> bool:
    """Measure a batch with one process and with two, into ``batch.csv``; whether all is solved."""
    found = []
    for processes, count in ((1, min(points, ALONE)), (2, points)):
        found.append(measure(aggregation, max(count, 8), processes, screen))
    share = efficiency(*found)
    table = Table(title=f"Batch of {aggregation} sectors", title_justify="left")
    for heading in (
        "processes",
        "points",
        "seconds",
        "points a minute",
        "efficiency",
        "worker, MB",
        "growth, MB",
    ):
        table.add_column(heading, justify="right")
    for speed, of_ideal in zip(found, (1.0, share), strict=True):
        table.add_row(
            str(speed.processes),
            str(speed.points),
            f"{speed.seconds:.0f}",
            f"{speed.per_minute:.0f}",
            f"{of_ideal:.0%}",
            f"{speed.memory:.0f}",
            f"{speed.growth:.1f}",
        )
    screen.print(table)
    out.mkdir(parents=True, exist_ok=True)
    rows = [{"aggregation": aggregation, **asdict(s)} for s in found]
    pd.DataFrame(rows).assign(efficiency=[1.0, share]).to_csv(out / "batch.csv", index=False)
    return not any(s.failed for s in found)
