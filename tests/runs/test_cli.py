"""The command line on good input, and what a failed solve looks like to a user."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engels.data import EngelsInputError
from engels.model.errors import SolveError, WorstEquation
from engels.runs import batch
from engels.runs.cli import LIBRARY_RUNS, main
from engels.runs.results import RunResult, load_run, store_run
from engels.runs.scenario import library
from engels.runs.schema import Scenario

Engels = Callable[..., tuple[int, str, str]]
MakeResult = Callable[..., RunResult]


@pytest.fixture
def engels(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Engels:
    """The command, called in an empty folder; returns exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["engels", *arguments])
        code: object = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        seen = capsys.readouterr()
        return int(str(code or 0)), seen.out, seen.err

    return call


def test_scenarios_are_listed(engels: Engels) -> None:
    code, out, _ = engels("scenarios")
    assert code == 0
    assert all(name in out for name in library())


def test_good_scenarios(engels: Engels) -> None:
    code, out, _ = engels("check-scenario", "chip_embargo", "markup_drift", "--aggregation", "5")
    assert code == 0
    assert "known from 2026 on" in out and "measured from ai_central" in out


def test_calibrate_describes(engels: Engels) -> None:
    code, out, _ = engels("calibrate", "--aggregation", "5", "--set", "ai.sales=0.4")
    assert code == 0 and "AI services" in out and "labour_share" in out and "..." not in out


def test_show_and_figures(engels: Engels, result: RunResult, tmp_path: Path) -> None:
    folder = store_run(result, tmp_path / "results")
    code, out, _ = engels("show", str(folder))
    assert code == 0 and "Real GDP" in out and "+5.00 %" in out
    code, out, _ = engels("figures", str(folder), "--out", "pictures")
    assert code == 0 and len(out.split()) == 8
    assert (tmp_path / "pictures" / "pause.pdf").is_file()


def test_run_stores_draws_and_compares(
    engels: Engels, make_result: MakeResult, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def solved(scenario: Scenario, progress: Callable[[str, int, int], None]) -> RunResult:
        progress("policy", 1, 1)
        return make_result(1.0, scenario.name)

    monkeypatch.setattr(batch, "simulate", solved)
    code, out, err = engels("run", "ai_central", "ai_slow", "--aggregation", "5")
    assert (code, err) == (0, "")
    assert "All runs in 2035" in out and "Figures (PDF and PNG)" in out
    for name in ("ai_central", "ai_slow"):
        folder = tmp_path / "results" / "43" / f"{name}-labour-foresight"
        assert load_run(folder).scenario == name
        assert (folder / "figures" / "structure.png").is_file()


def test_a_failed_solve_is_an_error_and_no_result(
    engels: Engels, make_result: MakeResult, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fails(scenario: Scenario, progress: object) -> RunResult:
        if scenario.name == "ai_slow":
            worst = WorstEquation("goods_market[20,2030]", "market of good 20 in 2030", 0.5)
            raise SolveError("no solution beyond half of the shock", [worst])
        return make_result(1.0, scenario.name)

    monkeypatch.setattr(batch, "simulate", fails)
    code, _, err = engels("run", "ai_slow", "ai_central", "--aggregation", "5")
    assert code == 1
    assert "no solution beyond half of the shock" in err
    assert "market of good 20 in 2030" in err and "Traceback" not in err
    assert "Failed: ai_slow" in err
    # the other run is there, the failed one is not
    assert [p.name for p in (tmp_path / "results" / "43").iterdir()] == [
        "ai_central-labour-foresight"
    ]


def test_an_unsolved_run_is_not_stored(
    engels: Engels, make_result: MakeResult, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unsolved(scenario: Scenario, progress: object) -> RunResult:
        result = make_result(1.0, scenario.name)
        result.manifest["residuals"]["equations"]["value"] = 1e-3
        return result

    monkeypatch.setattr(batch, "simulate", unsolved)
    code, _, err = engels("run", "ai_slow", "--aggregation", "5")
    assert code == 1 and "above its tolerance" in err
    assert not (tmp_path / "results").exists()


def test_the_library_set_is_in_the_library() -> None:
    assert set(LIBRARY_RUNS) <= {"baseline", *library()}


def test_errors_found_while_solving_are_input_errors(
    engels: Engels, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(scenario: Scenario, progress: object) -> RunResult:
        raise EngelsInputError("here: is wrong; write it right")

    monkeypatch.setattr(batch, "simulate", refuses)
    code, _, err = engels("run", "ai_slow", "--aggregation", "5")
    assert (code, err.strip()) == (2, "here: is wrong; write it right")
