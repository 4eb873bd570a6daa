"""Sessions: what they keep, and what is left of a run whose report fails."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from engels.model.reporting import measures
from engels.runs.scenarios.scenario import Scenario, load_scenario, with_settings
from engels.runs.simulation import simulate as simulation
from engels.runs.simulation.simulate import ReportError, Session

if TYPE_CHECKING:
    from tests.conftest import Engels


def short(name: str) -> Scenario:
    """A scenario of five sectors that is solved in no time."""
    return with_settings(load_scenario(name), aggregation="5", expectations="static")


def broken(*_: Any) -> float:
    raise ZeroDivisionError("a share of nothing")


def test_a_broken_indicator_loses_no_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = short("ai_slow")
    session = Session("newton")
    with monkeypatch.context() as now:
        now.setattr(measures, "government_volume", broken)
        with pytest.raises(
            ReportError, match=r"government_real.*ZeroDivisionError: a share of no"
        ) as raised:
            session.run(scenario)
    kept = raised.value.run
    assert raised.value.indicator == "government_real"
    assert kept.manifest["solver"]["status"] and set(kept.origins) == {"baseline"}
    # the session has it too: nothing is solved again
    monkeypatch.setattr(simulation, "solve_policy", None)
    monkeypatch.setattr(simulation, "solve_baseline", None)
    found = session.run(scenario)
    assert found.solution == kept.solution
    assert not found.frame.empty


def test_what_fails_outside_the_model_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engels.runs.indicators.report.equivalent_variation", broken)
    with pytest.raises(ReportError, match="its indicator welfare_ev could not be computed"):
        Session("newton").run(short("ai_slow"))


def test_the_command_keeps_what_it_solved(
    engels: Engels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "government_volume", broken)
    code, _, err = engels(
        "run", "ai_slow", "--aggregation", "5", "--expectations", "static", "--solver", "newton"
    )
    assert code == 1 and "government_real" in err and "its solution is kept in" in err
    folder = Path("results/5/ai_slow-tasks-static-unreported")
    table = pq.read_table(folder / "solution.parquet").to_pandas()
    assert set(table["scenario"]) == {"ai_slow", "baseline"}
    assert not Path("results/5/ai_slow-tasks-static").exists()


def test_one_baseline_serves_the_runs_of_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    solved = []
    solve = simulation.solve_baseline

    def counted(*arguments: Any, **options: Any) -> Any:
        solved.append(arguments)
        return solve(*arguments, **options)

    monkeypatch.setattr(simulation, "solve_baseline", counted)
    session = Session("newton")
    first = session.run(short("ai_slow"))
    session.run(short("chip_tariff"))
    assert len(solved) == 1
    session.forget(short("chip_tariff"))
    again = session.run(short("ai_slow"))
    assert len(solved) == 1 and again.frame.equals(first.frame)
    # another session begins with nothing
    Session("newton").run(short("ai_slow"))
    assert len(solved) == 2
