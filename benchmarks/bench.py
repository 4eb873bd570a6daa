"""Times and memory of the model, size by size: ``engels bench``.

Every size is measured in a process of its own, so that its memory is its own. All times of a size are
taken one after the other in that process; what counts are their ratios, for a shared machine can be
twice as slow from one minute to the next:

    total / (build + write + Ipopt)              what the program adds to Pyomo's and Ipopt's own work
    (write + Ipopt) / Newton                     what re-solving in memory saves
    Newton / (iterations x (Jacobian + LU))      what Newton's method adds to its linear algebra

The shock of every re-solve is AI twice as productive from :data:`SHOCK_AFTER` years after the base year
on, known from the base year on, in the economy with perfect foresight.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from engels.benchmarks import linear_solvers, peers
from engels.benchmarks.timing import (
    SHOCK,
    SHOCK_AFTER,
    free_memory,
    median_time,
    printed,
    size_name,
)
from engels.data import EngelsInputError

LIMIT = 600.0
"""Seconds after which a size is given up; what it measured until then is shown."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One figure of a table: its name in the files, its label and how it is printed."""

    name: str
    label: str
    digits: int = 2


COLUMNS = (
    Column("unknowns", "unknowns", 0),
    Column("build_s", "model build, s", 2),
    Column("write_s", "write, s", 2),
    Column("ipopt_s", "Ipopt, s", 2),
    Column("ipopt_iterations", "Ipopt iterations", 0),
    Column("total_s", "baseline in all, s", 2),
    Column("total_ratio", "total / (build + write + Ipopt)", 2),
    Column("shock_write_s", "shock: write, s", 2),
    Column("shock_ipopt_s", "shock: Ipopt, s", 2),
    Column("shock_ipopt_iterations", "shock: Ipopt iterations", 0),
    Column("compile_s", "Newton: compile a model that is built, s", 2),
    Column("source_s", "Newton: compiled from nothing, s", 2),
    Column("newton_total_s", "Newton: baseline in all, s", 2),
    Column("anchor_s", "Newton: factors at the baseline, s", 2),
    Column("newton_first_s", "Newton: first solve once compiled, s", 3),
    Column("newton_s", "Newton: re-solve, s", 3),
    Column("newton_iterations", "Newton: iterations", 0),
    Column("newton_cold_s", "Newton without kept factors, s", 3),
    Column("newton_cold_iterations", "- iterations", 0),
    Column("newton_cold_jacobians", "- Jacobians", 0),
    Column("newton_cold_factorisations", "- factorisations", 0),
    Column("jacobian_s", "- one Jacobian, s", 3),
    Column("factorisation_s", "- one factorisation, s", 3),
    Column("speedup", "(write + Ipopt) / Newton", 1),
    Column("newton_ratio", "Newton / (iterations x (J + LU))", 2),
    Column("agreement", "Newton against Ipopt, largest gap", -1),
    Column("ipopt_gap", "certificate of Ipopt's solution, largest gap", -1),
    Column("newton_gap", "certificate of Newton's solution, largest gap", -1),
    Column("python_mib", "memory of Python, MiB", 0),
    Column("ipopt_mib", "memory of Ipopt, MiB", 0),
    Column("memory_mib", "memory, MiB", 0),
)
"""Figures of a size. ``digits`` of -1 prints in powers of ten."""


def peak_memory(process: str = "self", unlike: str = "") -> float:
    """Largest resident memory of a process so far, MiB; NaN where the system does not tell.

    Read from ``/proc`` because ``getrusage`` counts, for a child, what its parent had when it was
    started, so that a small Ipopt seems as large as the Python that called it. For the same reason
    a process that still bears the name ``unlike``, its parent's, is passed over (NaN).
    """
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return math.nan
    entries = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if "VmHWM" not in entries or entries["Name"].strip() == unlike:
        return math.nan
    return float(entries["VmHWM"].split()[0]) / 1024


def ratios(record: Mapping[str, Any]) -> Record:
    """The ratios of a size from its times; those whose times are missing are left out."""
    found: Record = {}

    def put(name: str, over: Callable[[], float], under: Callable[[], float]) -> None:
        try:
            found[name] = over() / under()
        except (KeyError, ZeroDivisionError):
            return

    put(
        "total_ratio",
        lambda: record["total_s"],
        lambda: record["build_s"] + record["write_s"] + record["ipopt_s"],
    )
    put(
        "speedup",
        lambda: record["shock_write_s"] + record["shock_ipopt_s"],
        lambda: record["newton_s"],
    )
    put(
        "newton_ratio",
        lambda: record["newton_s"],
        lambda: record["newton_iterations"] * (record["jacobian_s"] + record["factorisation_s"]),
    )
    memory = [record.get(name, math.nan) for name in ("python_mib", "ipopt_mib")]
    if not math.isnan(memory[0]):
        found["memory_mib"] = memory[0] + (0.0 if math.isnan(memory[1]) else memory[1])
    return found


# --- inside the process of one size ----------------------------------------------------------------


def measure_foresight(aggregation: str, years: int, keep: str = "") -> Iterator[Record]:
    """Times of one size under perfect foresight, stage by stage, as they become known.

    The solutions of both engines have to pass the certificate. ``keep`` is a file for the Jacobian.
    """
    from engels.calibration import calibrate
    from engels.model.blocks.library import blocks_of
    from engels.model.economy.build import build_economy
    from engels.model.solving.closures import POLICY
    from engels.model.solving.compiled import Compiled
    from engels.model.solving.dynamics import Workshop, solve_baseline
    from engels.model.solving.solve import IpoptEngine, NewtonEngine, NewtonThenIpopt

    first = calibrate(aggregation).base_year
    span = list(range(first, first + years + 1))
    b = calibrate(aggregation, last_year=span[-1])
    yield {"sector_count": len(b.sectors), "model_years": len(span)}

    total, base = median_time(lambda: solve_baseline(b, "labour", True, span[-1]))
    report = base.reports[0]
    yield {
        "unknowns": report.unknowns,
        "total_s": total,
        "write_s": report.seconds_write,
        "ipopt_s": report.seconds_solver,
        "ipopt_iterations": report.iterations,
        "solver": f"{report.solver} {report.version} {report.linear_solver}",
    }
    models: list[Any] = []  # one at a time: memory is measured too
    build, _ = median_time(
        lambda: models.append(
            build_economy(b, span, True, "labour", base.horizon_growth, blocks_of(b))
        ),
        models.clear,
    )
    e = Compiled(models[0])
    yield {"build_s": build}

    def shock() -> None:
        e.restore(base.values)
        e.restore({"ai_productivity": dict.fromkeys(span[SHOCK_AFTER:], SHOCK)})

    e.restore(base.values)
    e.close(POLICY, True)
    ipopt = IpoptEngine()
    _, report = median_time(lambda: ipopt.solve(e), shock)
    reference = e.values
    yield {
        "ipopt_gap": _certified(e, b, report),
        "shock_write_s": report.seconds_write,
        "shock_ipopt_s": report.seconds_solver,
        "shock_ipopt_iterations": report.iterations,
    }
    # as runs compile it: from a few of its years, without a model of all
    source, _ = median_time(
        lambda: Workshop(NewtonThenIpopt()).built(b, span, True, "labour", base.horizon_growth)
    )
    fast, _ = median_time(
        lambda: solve_baseline(b, "labour", True, span[-1], workshop=Workshop(NewtonThenIpopt()))
    )
    yield {"source_s": source, "newton_total_s": fast}
    newton = NewtonEngine()
    system = newton.system(e)
    shock()
    point, free = e.inside(), ~e.known[e.inner]
    # the first solve of a closure also finds the order of elimination
    start = time.perf_counter()
    system.solve(point, free)
    first_solve = time.perf_counter() - start
    if keep:
        linear_solvers.store(Path(keep), system.jacobian(point, free), system.layer[free])
    cold, result = median_time(lambda: system.solve(point, free))
    yield {
        "compile_s": system.seconds_compile,
        "lu": system.linear_solver,
        "newton_first_s": first_solve,
        "newton_cold_s": cold,
        "newton_cold_iterations": result.iterations,
        "newton_cold_jacobians": result.jacobians,
        "newton_cold_factorisations": result.factorisations,
        "jacobian_s": result.seconds["jacobian"] / result.jacobians,
        "factorisation_s": result.seconds["factorisation"] / result.factorisations,
    }
    e.restore(base.values)
    start = time.perf_counter()
    newton.anchor(e)
    anchor = time.perf_counter() - start
    seconds, report = median_time(lambda: newton.solve(e), shock)
    yield {
        "anchor_s": anchor,
        "newton_s": seconds,
        "newton_iterations": report.iterations,
        "newton_residual": report.residual,
        "newton_gap": _certified(e, b, report),
        "agreement": _largest_gap(e.values, reference),
    }


def _certified(e: Any, b: Any, report: Any) -> float:
    """The largest gap of the certificate of a solution; raises ``SolveError`` where one is too large."""
    from engels.model.algebra.errors import SolveError
    from engels.model.solving.certificate import certify

    proof = certify(e, b, report.status, report.residual_by_family)
    if not proof.passed:
        raise SolveError("the solution fails its certificate: " + "; ".join(proof.failures()))
    return max(proof.gaps.values())


def _largest_gap(
    one: Mapping[str, Mapping[Any, float]], two: Mapping[str, Mapping[Any, float]]
) -> float:
    """Largest difference between two solutions, relative to the value where that exceeds one."""
    return max(
        abs(x - two[name][k]) / max(1.0, abs(x))
        for name, entries in one.items()
        for k, x in entries.items()
    )


def measure_recursive(aggregation: str, years: int) -> Iterator[Record]:
    """Times of one size solved year by year: baseline, first scenario, and a scenario after it."""
    from engels.calibration import calibrate
    from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
    from engels.model.solving.solve import engine

    first = calibrate(aggregation).base_year
    last = first + years
    b = calibrate(aggregation, last_year=last)
    shop = Workshop(engine("newton"))
    start = time.perf_counter()
    base = solve_baseline(b, "labour", False, last, workshop=shop)
    seconds = time.perf_counter() - start
    yield {
        "recursive_equations": sum(r.unknowns for r in base.reports),
        "recursive_baseline_s": seconds,
    }
    path: dict[object, float] = dict.fromkeys(range(first + SHOCK_AFTER, last + 1), SHOCK)

    def policy() -> object:
        return solve_policy(base, {"ai_productivity": path}, first, workshop=shop)

    start = time.perf_counter()
    policy()
    yield {"recursive_first_s": time.perf_counter() - start}
    seconds, _ = median_time(policy)
    yield {"recursive_again_s": seconds}


def _child(request: Mapping[str, Any], answers: Path) -> None:
    """Measure what ``request`` asks for; one line of JSON per stage, the memory with each."""
    from engels.model.algebra.errors import ModelError

    kind = request["kind"]
    measure: dict[str, Callable[..., Iterable[Record]]] = {
        "foresight": measure_foresight,
        "recursive": measure_recursive,
        "lu": linear_solvers.measure,
        **peers.PEERS,
    }
    arguments = {k: v for k, v in request.items() if k != "kind"}
    with answers.open("w", encoding="utf-8") as stream:

        def tell(record: Mapping[str, Any]) -> None:
            stream.write(json.dumps({**record, "python_mib": peak_memory()}) + "\n")
            stream.flush()

        try:
            for record in measure[kind](**arguments):
                tell(record)
        except (ModelError, peers.PeerFailed) as error:
            tell({"note": f"failed: {str(error).splitlines()[0]}"})
        except MemoryError:
            tell({"note": "failed: out of memory"})


# --- the process that asks for measurements --------------------------------------------------------


def measured(kind: str, limit: float = LIMIT, **arguments: Any) -> Record:
    """What a process of its own measures; its ``note`` says why figures are missing.

    The process and the solver it starts are ended after ``limit`` seconds. ``python_mib`` is the memory
    of the former, ``ipopt_mib`` that of the latter.
    """
    with tempfile.TemporaryDirectory() as folder:
        answers, errors = Path(folder) / "answers", Path(folder) / "errors"
        request = json.dumps({"kind": kind, **arguments})
        with errors.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "engels.benchmarks.bench", request, str(answers)],
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        solver, late = math.nan, False
        end = time.monotonic() + limit
        try:
            while process.poll() is None:
                solver = max(solver, *_children_memory(process.pid), key=_or_zero)
                if time.monotonic() > end:
                    late = True
                    break
                time.sleep(0.01)
        finally:
            if process.poll() is None:
                # the session is the child's own: its solver ends with it
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        record: Record = {}
        if answers.exists():
            for line in answers.read_text(encoding="utf-8").splitlines():
                # a process that was ended may leave half a line
                with contextlib.suppress(json.JSONDecodeError):
                    record.update(json.loads(line))
        record["ipopt_mib"] = solver
        if late:
            record["note"] = f"given up after {limit:.0f} s"
        elif process.returncode < 0:
            name = signal.Signals(-process.returncode).name
            record["note"] = f"ended by {name}" + (" (memory?)" if name == "SIGKILL" else "")
        elif process.returncode:
            text = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            record["note"] = f"failed: {text[-1] if text else process.returncode}"
    return record


def _or_zero(x: float) -> float:
    return 0.0 if math.isnan(x) else x


def _children_memory(pid: int) -> list[float]:
    """Memory of the programs that a process started, MiB; at least one entry (NaN)."""
    found = [math.nan]
    with contextlib.suppress(OSError):
        own = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                found.append(peak_memory(child, unlike=own))
    return found


def parse_sizes(sectors: str, years: str) -> list[tuple[str, int]]:
    """``"12,43"`` and ``"10,30"`` as (aggregation, years) from small to large.

    Raises EngelsInputError for years that are no number or fewer than the shock needs.
    """
    from engels.calibration.mapping import load_aggregation

    codes = [s.strip() for s in sectors.split(",") if s.strip()]
    counts = {code: len(load_aggregation(code).sectors) for code in codes}
    spans: list[int] = []
    for text in years.split(","):
        if not text.strip().isdigit() or int(text) <= SHOCK_AFTER:
            raise EngelsInputError(
                f"--years {years}: {text.strip() or 'nothing'} is not a number of years above "
                f"{SHOCK_AFTER}; write numbers and commas, such as 10,30,60"
            )
        spans.append(int(text))
    if not codes:
        raise EngelsInputError("--sectors: names no aggregation; write 12,43,154 for example")
    sizes = {(code, span) for code in codes for span in spans}
    return sorted(sizes, key=lambda s: (counts[s[0]] * s[1], counts[s[0]]))


def run_bench(
    sizes: Sequence[tuple[str, int]],
    out: Path,
    with_peers: bool,
    console: Console,
    limit: float = LIMIT,
) -> bool:
    """Measure all sizes, show the tables and write them to ``out``; whether every size was solved.

    The files are written after every size, so that a run that is ended keeps what it measured.

    A size that the machine's free memory cannot hold, judged by the largest size before it, is left
    out and said so.
    """

    records: list[Record] = []
    linear: list[Record] = []
    per_unknown, solved = 0.0, True
    for aggregation, years in sizes:
        name = size_name(aggregation, years)
        unknowns = _expected_unknowns(records, aggregation, years)
        if 1.5 * per_unknown * unknowns > free_memory():
            note = f"left out: needs about {per_unknown * unknowns:.0f} MiB"
            console.print(f"{name}: {note}", highlight=False)
            records.append({"aggregation": aggregation, "years": years, "note": note})
            _write(out, records, linear, [])
            continue
        with console.status(f"measuring {name}"), tempfile.TemporaryDirectory() as folder:
            jacobian = Path(folder) / "jacobian.npz"
            record = measured(
                "foresight", limit, aggregation=aggregation, years=years, keep=str(jacobian)
            )
            linear += linear_solvers.compare(name, jacobian, measured)
        record = {"aggregation": aggregation, "years": years, **record}
        record.update(ratios(record))
        records.append(record)
        if "note" in record:
            solved = False
            console.print(f"{name}: {record['note']}", highlight=False, markup=False)
        if "memory_mib" in record and "unknowns" in record:
            per_unknown = record["memory_mib"] / record["unknowns"]
        _write(out, records, linear, [])
    _show(console, _cells(records))
    if linear:
        _show(console, linear_solvers.cells(linear))
    if with_peers:
        rows = peers.compare(records, measured, console)
        for _, cells in _by_peer(rows):
            _show(console, cells)
        _write(out, records, linear, rows)
    console.print(f"Written to {out}", highlight=False, soft_wrap=True)
    return solved


def _by_peer(rows: Sequence[Record]) -> list[tuple[str, list[list[str]]]]:
    """The table of every peer as text."""

    names = dict.fromkeys(r["peer"] for r in rows)
    return [(name, peers.cells([r for r in rows if r["peer"] == name])) for name in names]


def _write(
    out: Path, records: Sequence[Record], linear: Sequence[Record], rows: Sequence[Record]
) -> None:
    """What was measured so far as files: one CSV a table, and all tables in ``bench.md``."""

    out.mkdir(parents=True, exist_ok=True)
    for name, table in (("bench", records), ("lu", linear), ("peers", rows)):
        if table:
            pd.DataFrame(table).to_csv(out / f"{name}.csv", index=False)
    text = ["## Times and memory of the model\n", f"{_machine()}\n", _markdown(_cells(records))]
    if linear:
        text += [
            "\n## Linear solvers\n",
            linear_solvers.NOTE,
            _markdown(linear_solvers.cells(linear)),
        ]
    for name, cells in _by_peer(rows):
        text += [f"\n## Beside {name}\n", peers.NOTES[name], _markdown(cells)]
    (out / "bench.md").write_text("\n".join(text), encoding="utf-8")


def _expected_unknowns(records: Sequence[Record], aggregation: str, years: int) -> float:
    """Unknowns of a size in proportion to the last one of the same sectors, else to its flows."""
    from engels.calibration.mapping import load_aggregation

    known = [r for r in records if "unknowns" in r]
    if not known:
        return 0.0
    like = next((r for r in reversed(known) if r["aggregation"] == aggregation), known[-1])
    count = len(load_aggregation(aggregation).sectors)
    share = (years + 1) / like["model_years"] * count / like["sector_count"]
    return float(like["unknowns"] * share)


def _machine() -> str:
    from importlib.metadata import version

    parts = [f"{name} {version(name)}" for name in ("engels", "pyomo", "scipy", "numpy")]
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {', '.join(parts)}. Times on a shared machine vary; ratios are "
        "within one process."
    )


def _cells(records: Sequence[Record]) -> list[list[str]]:
    """The table as text: the first row and the first column are headings."""
    rows = [["sectors x years", *(size_name(r["aggregation"], r["years"]) for r in records)]]
    for column in COLUMNS:
        rows.append([column.label, *(printed(r.get(column.name), column.digits) for r in records)])
    rows.append(["Newton's LU", *(str(r.get("lu", "")) for r in records)])
    if any("note" in r for r in records):
        rows.append(["note", *(str(r.get("note", "")) for r in records)])
    return rows


def _show(console: Console, cells: Sequence[Sequence[str]]) -> None:
    """A table on screen, in parts as wide as the screen holds; notes were said when they arose."""
    if cells[-1][0] == "note":
        cells = cells[:-1]
    label = max(len(row[0]) for row in cells)
    width = max(len(x) for row in cells for x in row[1:]) + 3
    part = max(1, (console.width - label - 4) // width)
    for start in range(1, len(cells[0]), part):
        table = Table()
        table.add_column(cells[0][0], no_wrap=True)
        for heading in cells[0][start : start + part]:
            table.add_column(heading, justify="right", no_wrap=True)
        for row in cells[1:]:
            table.add_row(row[0], *row[start : start + part])
        console.print(table)


def _markdown(cells: Sequence[Sequence[str]]) -> str:
    """Text cells with headings as a Markdown table."""
    rule = ["---", *("---:" for _ in cells[0][1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (cells[0], rule, *cells[1:])) + "\n"


if __name__ == "__main__":
    _child(json.loads(sys.argv[1]), Path(sys.argv[2]))
