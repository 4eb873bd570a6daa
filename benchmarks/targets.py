"""What a user waits for, in this version and in another: ``engels bench --before PYTHON``.

Every piece of work is done by the commands and functions that both versions have, in processes of their own:
first by the other version, then by this one, piece by piece, so that both meet the machine as it is then.
What counts are the ratios.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from engels.benchmarks.peers import PeerFailed
from engels.benchmarks.timing import printed

LIMIT = 1200.0
"""Seconds after which a piece of work is given up."""

ALONE = 200
"""Points at most with one process, to which two are compared."""

PARAMETER = """\
name: parameter
scenario: ai_central
aggregation: "43"
vary:
  - parameter: elasticities.armington
    grid: {{from: 1.5, to: 2.5, steps: {points}}}
"""

BATCH = """\
import json, sys
from pathlib import Path
from engels.runs.experiments import measure
from rich.console import Console
measure.SWEEP = sys.argv[1] or measure.SWEEP
found = measure.measure("43", int(sys.argv[2]), int(sys.argv[3]), Console(file=sys.stderr))
print(json.dumps({"rate": found.per_minute, "memory": found.memory, "growth": found.growth,
                  "failed": found.failed}))
"""

BASELINE = """\
import json, sys, time
start = time.perf_counter()
from engels.calibration import calibrate
from engels.model.solving.dynamics import Workshop, solve_baseline
from engels.model.solving.solve import engine
loaded = time.perf_counter()
b = calibrate(sys.argv[1])
first = time.perf_counter()
base = solve_baseline(b, "labour", True, b.base_year + 30, workshop=Workshop(engine("newton")))
done = time.perf_counter()
import resource
print(json.dumps({"seconds": done - first, "load": loaded - start, "gap": max(base.certificate.gaps.values()),
                  "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""

SOURCE = """\
import json, sys, time
from engels.calibration import calibrate
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.solve import engine
b = calibrate(sys.argv[1])
last = b.base_year + 30
base = solve_baseline(b, "labour", True, last, workshop=Workshop(engine("newton")))
shop = Workshop(engine("newton"))
path = {"ai_productivity": dict.fromkeys(range(b.base_year + 7, last + 1), 2.0)}
start = time.perf_counter()
solve_policy(base, path, b.base_year, workshop=shop)
print(json.dumps({"seconds": time.perf_counter() - start, "equations": base.reports[0].unknowns}))
"""

RECURSIVE = """\
import json, time
from engels.benchmarks.bench import measure_recursive
found = {}
for record in measure_recursive("43", 30):
    found |= record
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Piece:
    """One piece of work.

    Attributes
    ----------
    label: what it is, with its unit.
    target: what was aimed at, in the same unit, or as a multiple of a peer where ``peer`` is given.
    more: whether more of it is better.
    """

    name: str
    label: str
    target: float
    more: bool = False
    digits: int = 1


PIECES = (
    Piece(
        "shock_points",
        "batch of 43 sectors, points of a shock a minute, two processes",
        450,
        True,
        0,
    ),
    Piece("parameter_points", "- points of a parameter a minute", 120, True, 0),
    Piece("second_run", "`engels run` of a second scenario in a new process, to the table, s", 2),
    Piece("cold_43", "baseline of 43 sectors x 31 years, from nothing to certified, s", 3),
    Piece("cold_154", "- of 154 sectors, s", 20),
    Piece("recursive_cgelab", "recursive path from source, cgelab's time over ours", 1, True, 2),
    Piece("recursive_again_cgelab", "- another shock, cgelab's time over ours", 5, True, 2),
    Piece(
        "irispie_12",
        "from source to first solution, irispie's time an equation over ours, 12 x 31",
        3,
        True,
        2,
    ),
    Piece("irispie_43", "- 43 x 31", 12, True, 2),
    Piece("efficiency", "efficiency of two processes", 0.85, True, 2),
    Piece("worker", "memory of a worker of the batch, MB", 300, digits=0),
    Piece("growth", "- its growth over the second half of the points, MB", 5, digits=1),
    Piece("recursive_run", "`engels run --expectations recursive`, to the table, s", 3),
)


class Version:
    """A version of the program: the Python of its environment."""

    def __init__(self, python: Path, points: int, parameter_points: int) -> None:
        self.python = python
        self.points, self.parameter_points = points, parameter_points

    def told(self, text: str, *arguments: str) -> dict[str, float]:
        """What a program prints as JSON, in a process of this version."""
        command = [str(self.python), "-c", text, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
        if done.returncode:
            raise PeerFailed(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "?")
        found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
        return found

    def until_the_table(self, folder: Path, *arguments: str) -> float:
        """Seconds of an ``engels run`` from its start until the headline is on the screen."""
        command = [
            str(self.python),
            "-m",
            "engels",
            "run",
            *arguments,
            "--out",
            str(folder / "results"),
        ]
        command += ["--solver", "newton"]
        settings = {**os.environ, "ENGELS_CACHE": str(folder / "cache"), "COLUMNS": "100"}
        start = time.perf_counter()
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**settings, "PYTHONUNBUFFERED": "1"},
        ) as process:
            assert process.stdout is not None
            seen = 0.0
            for line in process.stdout:
                if "GDP" in line and not seen:
                    seen = time.perf_counter() - start
        if process.returncode or not seen:
            raise PeerFailed(f"engels run {' '.join(arguments)} failed")
        return seen


def _batch(v: Version) -> dict[str, float]:
    two = v.told(BATCH, "", str(v.points), "2")
    one = v.told(BATCH, "", str(min(v.points, ALONE)), "1")
    return {
        "shock_points": two["rate"],
        "efficiency": two["rate"] / (2 * one["rate"]),
        "worker": two["memory"],
        "growth": two["growth"],
        "failed": two["failed"] + one["failed"],
    }


def _parameters(v: Version) -> dict[str, float]:
    found = v.told(BATCH, PARAMETER, str(v.parameter_points), "2")
    return {"parameter_points": found["rate"]}


def _runs(v: Version) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = v.until_the_table(folder, "ai_central")
        second = v.until_the_table(folder, "ai_slow")
        recursive = v.until_the_table(folder, "ai_central", "--expectations", "recursive")
    return {"first_run": first, "second_run": second, "recursive_run": recursive}


def _cold(v: Version) -> dict[str, float]:
    small, large = v.told(BASELINE, "43"), v.told(BASELINE, "154")
    return {
        "cold_43": small["seconds"],
        "cold_154": large["seconds"],
        "memory_154": large["memory"],
        "load": small["load"],
    }


def _recursive(v: Version) -> dict[str, float]:
    return v.told(RECURSIVE)


def _source(v: Version) -> dict[str, float]:
    found = {}
    for sectors in ("12", "43"):
        one = v.told(SOURCE, sectors)
        found[f"source_{sectors}"] = one["seconds"]
        found[f"equations_{sectors}"] = one["equations"]
    return found


STAGES: dict[str, Callable[[Version], dict[str, float]]] = {
    "batch of a shock": _batch,
    "batch of a parameter": _parameters,
    "runs in new processes": _runs,
    "baselines": _cold,
    "recursive paths": _recursive,
    "from source to first solution": _source,
}


def peers_of(
    measured: Callable[..., dict[str, object]], own: Mapping[str, float]
) -> dict[str, float]:
    """Times of the other models at the same sizes, those that are installed; ``own`` has our equations."""
    found: dict[str, float] = {}
    path = measured("cgelab", LIMIT, aggregation="43", years=30)
    for stage in ("cold", "again"):
        if f"{stage}_s" in path:
            found[f"cgelab_{stage}"] = float(str(path[f"{stage}_s"]))
    for sectors, count in (("12", 12), ("43", 43)):
        theirs = measured(
            "irispie", LIMIT, sectors=count, equations=int(own[f"equations_{sectors}"])
        )
        if {"setup_s", "first_s", "equations"} <= theirs.keys():
            seconds = float(str(theirs["setup_s"])) + float(str(theirs["first_s"]))
            found[f"irispie_{sectors}"] = seconds / float(str(theirs["equations"]))
    return found


def against_peers(own: Mapping[str, float], theirs: Mapping[str, float]) -> dict[str, float]:
    """Ratios of the other models' times to ours."""
    found = {}
    for name, peer, ours in (
        ("recursive_cgelab", "cgelab_cold", "recursive_baseline_s"),
        ("recursive_again_cgelab", "cgelab_again", "recursive_again_s"),
    ):
        if peer in theirs and ours in own:
            found[name] = theirs[peer] / own[ours]
    for sectors in ("12", "43"):
        if f"irispie_{sectors}" in theirs and f"source_{sectors}" in own:
            each = own[f"source_{sectors}"] / own[f"equations_{sectors}"]
            found[f"irispie_{sectors}"] = theirs[f"irispie_{sectors}"] / each
    return found


def run_targets(
    before: Path,
    out: Path,
    measured: Callable[..., dict[str, object]],
    screen: Console,
    points: Sequence[int] = (60, 1000, 8, 24),
) -> bool:
    """Measure both versions, show the table and write ``targets.csv`` and ``targets.md``.

    ``points`` are those of the batch of a shock and of a parameter: the first and third for the version
    before. Returns whether everything was measured.
    """
    versions = {
        "before": Version(before, points[0], points[2]),
        "now": Version(Path(sys.executable), points[1], points[3]),
    }
    found: dict[str, dict[str, float]] = {name: {} for name in versions}
    whole = True
    for stage, measure in STAGES.items():
        for name, version in versions.items():
            with screen.status(f"{stage}, {name}"):
                try:
                    found[name] |= measure(version)
                except (PeerFailed, subprocess.TimeoutExpired, json.JSONDecodeError) as error:
                    whole = False
                    screen.print(f"{stage}, {name}: {error}", markup=False)
        _write(found, out)
    with screen.status("other models"):
        theirs = peers_of(measured, found["now"]) if "equations_43" in found["now"] else {}
    for own in found.values():
        own |= against_peers(own, theirs)
    cells = _write(found, out)
    table = Table(title="What a user waits for", title_justify="left")
    for heading in cells[0]:
        table.add_column(heading)
    for row in cells[1:]:
        table.add_row(*row)
    screen.print(table)
    return whole


def _write(found: Mapping[str, Mapping[str, float]], out: Path) -> list[list[str]]:
    out.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(found).to_csv(out / "targets.csv", index_label="figure")
    cells = [["work", "before", "now", "times better", "target", "met"]]
    for piece in PIECES:
        old, new = (found[name].get(piece.name) for name in ("before", "now"))
        better, met = "", ""
        if new is not None:
            met = "yes" if (new >= piece.target if piece.more else new <= piece.target) else "no"
            if old:
                better = printed(new / old if piece.more else old / new, 1)
        digits = piece.digits
        cells.append(
            [
                piece.label,
                printed(old, digits),
                printed(new, digits),
                better,
                f"{piece.target:g}",
                met,
            ]
        )
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    lines.insert(1, "| --- |" + " ---: |" * (len(cells[0]) - 1))
    (out / "targets.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return cells
