"""``engels bench``: the table is whole and its ratios follow from its figures.

Nothing here asserts how fast anything is: times belong to a machine and a moment. The slow test writes
the ratios that are aimed at, with the times they come from, to ``results/bench-43``.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from rich.console import Console

from engels.benchmarks import bench, linear_solvers, peers
from engels.benchmarks.history import HEAD, append_history
from engels.calibration import calibrate
from engels.data import EngelsInputError
from engels.runs.experiments.measure import run_batch_bench

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = ("bench.csv", "bench.md")


def run_command(*arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """``engels bench`` as a user starts it."""
    start = "from engels.runs.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", start, "bench", *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def check_record(record: Mapping[str, Any]) -> None:
    """Every figure is there and possible, and every ratio follows from the figures beside it."""
    names = {c.name for c in bench.COLUMNS}
    may_lack = {"ipopt_mib", "python_mib", "memory_mib"}  # systems without /proc do not tell
    for name in names - may_lack:
        assert record[name] > 0 or name == "agreement", name
    for name in names:
        if name.endswith(("_iterations", "_jacobians", "_factorisations")) or name == "unknowns":
            assert record[name] == int(record[name]), name
    assert record["total_ratio"] == pytest.approx(
        record["total_s"] / (record["build_s"] + record["write_s"] + record["ipopt_s"])
    )
    assert record["speedup"] == pytest.approx(
        (record["shock_write_s"] + record["shock_ipopt_s"]) / record["newton_s"]
    )
    linear = record["jacobian_s"] + record["factorisation_s"]
    assert record["newton_ratio"] == pytest.approx(
        record["newton_s"] / (record["newton_iterations"] * linear)
    )
    assert record["newton_cold_jacobians"] <= record["newton_cold_iterations"]
    assert record["agreement"] <= 1e-8
    assert record["newton_residual"] <= 1e-8
    assert record["ipopt_gap"] <= 1e-8
    assert record["newton_gap"] <= 1e-8


@pytest.mark.slow
def test_quick_size_through_the_command(tmp_path: Path) -> None:
    done = run_command(
        *("--quick", "--no-peers", "--batch", "0", "--out", str(tmp_path)), seconds=300
    )
    assert done.returncode == 0, done.stderr
    frame = pd.read_csv(tmp_path / "bench.csv", dtype={"aggregation": str})
    assert len(frame) == 1
    record = frame.iloc[0].to_dict()
    assert (record["aggregation"], record["model_years"]) == ("5", 11)
    check_record(record)
    text = (tmp_path / "bench.md").read_text(encoding="utf-8")
    for column in bench.COLUMNS:
        assert f"| {column.label} |" in text
        assert column.label in done.stdout
    assert not (tmp_path / "peers.csv").exists()


@pytest.mark.slow
def test_ratios_of_the_default_size() -> None:
    out = REPOSITORY / "results" / "bench-43"
    done = run_command(
        *("--sectors", "43", "--years", "30", "--no-peers", "--batch", "0", "--out", str(out)),
        seconds=1800,
    )
    assert done.returncode == 0, done.stderr
    record = pd.read_csv(out / "bench.csv").iloc[0].to_dict()
    assert record["model_years"] == 31
    check_record(record)


@pytest.mark.slow
def test_a_batch_keeps_its_workers_busy_and_their_memory_flat(tmp_path: Path) -> None:
    """One process and two; how well two share the work is judged on an idle machine alone."""
    done = run_batch_bench("5", 60, tmp_path, Console(width=200))
    assert done
    frame = pd.read_csv(tmp_path / "batch.csv")
    assert frame["processes"].tolist() == [1, 2]
    assert (frame["per_minute"] > 0).all()
    assert (frame["growth"] < 5).all()


@pytest.mark.parametrize(
    ("sectors", "years", "words"),
    [
        ("5", "ten", "ten"),
        ("5", "3", "above 6"),
        ("5", "10,,30", "nothing"),
        ("", "10", "aggregation"),
        ("no_such", "10", "no_such"),
    ],
)
def test_bad_sizes_are_told(sectors: str, years: str, words: str) -> None:
    with pytest.raises(EngelsInputError, match=words):
        bench.parse_sizes(sectors, years)


def test_sizes_go_from_small_to_large() -> None:
    assert bench.parse_sizes("43,5", "30,10") == [("5", 10), ("5", 30), ("43", 10), ("43", 30)]


def test_bad_size_ends_the_command_with_2() -> None:
    done = run_command("--years", "ten", seconds=60)
    assert done.returncode == 2
    assert done.stderr.startswith("--years ten: ")
    assert "Traceback" not in done.stderr


def test_ratios_without_their_times_are_left_out() -> None:
    assert bench.ratios({}) == {}
    assert bench.ratios({"total_s": 3.0, "build_s": 1.0, "write_s": 0.5}) == {}
    found = bench.ratios({"python_mib": 200.0, "ipopt_mib": math.nan})
    assert found == {"memory_mib": 200.0}


def test_history_gains_a_line_for_every_size_that_was_measured(tmp_path: Path) -> None:
    measured, history = tmp_path / "bench.csv", tmp_path / "kept" / "history.csv"
    sizes = pd.DataFrame(
        {
            "aggregation": ["5", "12"],
            "years": [10, 30],
            "unknowns": [1800.0, None],
            "total_s": [1.25, None],
            "newton_s": [0.03125, None],
            "note": ["", "given up"],
        }
    )
    sizes.to_csv(measured, index=False)
    assert append_history(measured, history) == append_history(measured, history) == 1
    table = pd.read_csv(history)
    assert tuple(table.columns) == HEAD and len(table) == 2
    assert table.loc[1, ["aggregation", "years", "unknowns"]].tolist() == [5, 10, 1800]
    assert table.loc[1, ["total_s", "newton_s"]].tolist() == [1.25, 0.03125]
    assert table["machine"].notna().all() and table["speedup"].isna().all()
    with pytest.raises(EngelsInputError, match="is another table"):
        append_history(measured, measured)


def test_slow_size_is_given_up_and_said() -> None:
    record = bench.measured("foresight", limit=0.2, aggregation="5", years=10)
    assert record["note"] == "given up after 0 s"


def test_broken_measurement_is_said() -> None:
    record = bench.measured("foresight", aggregation="no_such", years=10)
    assert "no_such" in record["note"]


def solved(unknowns: int) -> bench.Record:
    """A made-up measurement."""
    names = [c.name for c in bench.COLUMNS if c.name.endswith("_s")]
    return {
        **dict.fromkeys(names, 1.0),
        "unknowns": unknowns,
        "newton_iterations": 4,
        "sector_count": 5,
        "model_years": 11,
        "python_mib": 300.0,
        "ipopt_mib": 100.0,
        "lu": "superlu",
    }


def test_size_beyond_memory_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def measured(_: str, __: float, years: int, **___: object) -> bench.Record:
        asked.append(years)
        return solved(2000)

    monkeypatch.setattr(bench, "measured", measured)
    monkeypatch.setattr(bench, "free_memory", lambda: 500.0)
    console = Console(record=True, width=100)
    assert bench.run_bench([("5", 10), ("5", 30)], tmp_path, False, console)
    assert asked == [10]
    assert "5 x 31: left out: needs about 1127 MiB" in console.export_text()
    frame = pd.read_csv(tmp_path / "bench.csv")
    assert list(frame["unknowns"].isna()) == [False, True]
    assert all((tmp_path / name).exists() for name in FILES)


def test_failed_size_fails_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "measured", lambda *_, **__: {"note": "failed: no solution"})
    console = Console(record=True, width=100)
    assert not bench.run_bench([("5", 10)], tmp_path, False, console)
    assert "failed: no solution" in console.export_text()
    assert "failed: no solution" in (tmp_path / "bench.md").read_text(encoding="utf-8")


def test_wide_table_comes_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "measured", lambda *_, **__: solved(2000))
    monkeypatch.setattr(bench, "free_memory", lambda: math.inf)
    console = Console(record=True, width=80)
    sizes = [("5", years) for years in range(10, 20)]
    bench.run_bench(sizes, tmp_path, False, console)
    text = console.export_text()
    assert all(bench.size_name(*size) in text for size in sizes)
    assert "…" not in text


def test_absent_peers_are_left_out_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    console = Console(record=True, width=100)
    assert peers.compare([solved(2000)], lambda *_, **__: {}, console) == []
    text = console.export_text()
    for name in peers.PEERS:
        assert f"{name}: not installed, left out" in text


def test_peers_are_compared_by_equation() -> None:
    theirs = {
        "equations": 1000,
        "setup_s": 2.0,
        "first_s": 1.0,
        "again_s": 0.8,
        "python_mib": 100.0,
    }
    ours = {"equations": 2000, "setup_s": 3.0, "first_s": 0.5, "again_s": 0.4}
    row = peers.per_equation(theirs, ours)
    assert row["peer_setup_k"] == pytest.approx(2.0)
    assert row["setup_k"] == pytest.approx(1.5)
    assert row["setup_ratio"] == pytest.approx(4 / 3)
    assert row["first_ratio"] == pytest.approx(4.0)
    assert row["cold_s"] == pytest.approx(3.5)
    assert row["cold_ratio"] == pytest.approx(3.0 / 1.75)
    assert row["again_path_ratio"] == pytest.approx(2.0)


def test_stage_that_one_side_lacks_is_left_out() -> None:
    """cgelab calibrates and solves its first path in one; a peer may end before its second shock."""
    row = peers.per_equation(
        {"equations": 1000, "cold_s": 2.0, "note": "given up after 300 s"},
        {"equations": 1000, "cold_s": 1.0, "again_s": 0.1},
    )
    assert row["cold_ratio"] == pytest.approx(2.0)
    assert "again_ratio" not in row
    assert row["note"] == "given up after 300 s"
    assert peers.per_equation({"note": "failed: no solution"}, {"equations": 1}) == {
        "note": "failed: no solution"
    }
    table = peers.cells([{"size": "5 x 11", **row}])
    assert ["note", "given up after 300 s"] in table
    assert not any("another shock" in line[0] for line in table)


@pytest.mark.parametrize("method", linear_solvers.METHODS)
def test_linear_solvers_solve_the_system(method: str, tmp_path: Path) -> None:
    if method != "superlu":
        pytest.importorskip("PyKLU", reason="PyKLU is not installed")
    n = 40
    random = np.random.default_rng(1)
    matrix = sp.random_array((n, n), density=0.1, rng=random, format="csc")
    matrix = sp.csc_matrix(matrix + 4.0 * sp.eye_array(n))
    file = tmp_path / "jacobian.npz"
    linear_solvers.store(file, matrix, np.arange(n) // 10)
    record: dict[str, Any] = {}
    for part in linear_solvers.measure(str(file), method):
        record |= part
    assert record["factor_s"] > 0
    assert record["gap"] <= 1e-12


def test_linear_solver_that_is_given_up_says_so(tmp_path: Path) -> None:
    pytest.importorskip("PyKLU", reason="PyKLU is not installed")
    assert linear_solvers.compare("5 x 11", tmp_path / "none", lambda *_, **__: {}) == []
    (tmp_path / "some").touch()

    def measured(_: str, limit: float, method: str, **__: object) -> bench.Record:
        if method == "klu":
            return {"note": f"given up after {limit:.0f} s"}
        return {"order_s": 0.1, "factor_s": 0.5, "gap": 1e-15}

    table = linear_solvers.cells(linear_solvers.compare("5 x 11", tmp_path / "some", measured))
    assert table[0] == ["sectors x years", "5 x 11"]
    assert ["KLU: factorisation, s", f"given up after {linear_solvers.LIMIT:.0f} s"] in table
    assert ["SuperLU in our order: factorisation, s", "0.500"] in table


def test_accounts_for_cgelab_balance() -> None:
    accounts = peers.social_accounts(calibrate("5"))
    received = accounts.groupby("row")["value"].sum()
    paid = accounts.groupby("col")["value"].sum()
    assert set(received.index) == set(paid.index)
    np.testing.assert_allclose(received, paid[received.index], rtol=0, atol=1e-9)


def test_steady_state_for_irispie_solves_its_equations() -> None:
    values = peers.ramsey_values(3)
    text = peers.ramsey_source(3).split("!transition-equations\n")[1]
    equations = [e.strip() for e in text.split(";") if e.strip()]
    assert len(equations) == 8 * 3 + 6
    names = {**values, "log": math.log, "shock": 0.0}
    for equation in equations:
        steady = equation.replace("[-1]", "").replace("[+1]", "").replace("^", "**")
        left, right = steady.split(" = ")
        # the right-hand sides are our own text
        assert eval(left, {}, names) == pytest.approx(eval(right, {}, names), abs=1e-12), equation


@pytest.mark.parametrize(
    ("peer", "arguments"),
    [("irispie", {"sectors": 2, "equations": 250}), ("cgelab", {"aggregation": "5", "years": 7})],
)
def test_peer_solves_its_model(peer: str, arguments: dict[str, Any]) -> None:
    pytest.importorskip(peer, reason=f"{peer} is not installed")
    record = bench.measured(peer, **arguments)
    assert "note" not in record
    assert record["again_s"] > 0
    assert record["equations"] > 200
