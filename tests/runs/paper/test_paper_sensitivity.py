"""T13: which parameters are tried, how they are ranked, and that its numbers are those of its points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engels.calibration.parameters import load_parameters
from engels.runs.experiments.form import read_experiment
from engels.runs.experiments.query import query
from engels.runs.paper import t13_sensitivity as sensitivity
from engels.runs.paper import tables
from engels.runs.paper.batches import batch_text, candidates
from engels.runs.paper.t13_sensitivity import KEEP, KEYS, Effects, ranked, score

FIVE = "5"


def tornado(low: np.ndarray, high: np.ndarray, centre: float = 0.0) -> Effects:
    """Effects of parameters a, b, … that are the same on all outcomes, or one column each."""
    names = [chr(97 + n) for n in range(len(low))]
    columns = pd.MultiIndex.from_tuples(KEYS)

    def frame(values: np.ndarray) -> pd.DataFrame:
        wide = np.broadcast_to(
            values[:, None] if values.ndim == 1 else values, (len(low), len(KEYS))
        )
        return pd.DataFrame(wide, names, columns)

    return Effects(pd.Series(centre, columns), frame(low), frame(high), ())


def test_every_candidate_is_a_number_with_a_range_and_of_no_block() -> None:
    table = load_parameters().frame()
    keys = candidates()
    assert len(keys) == len(set(keys)) > 80
    assert (table.loc[keys, "low"] < table.loc[keys, "high"]).all()
    assert np.isfinite(table.loc[keys, ["low", "high"]].to_numpy(dtype=float)).all()
    assert "tasks.contestable" in keys and "elasticities.ai_labour.middle" not in keys
    # no finite range, a name, a block that the scenario leaves off, choices
    for key in (
        "elasticities.transformation",
        "exposure.profile",
        "diffusion.ceiling",
        "path.years_beyond",
        "capital.income_weight",
    ):
        assert key not in keys


def test_the_batch_files_are_good(tmp_path: Path) -> None:
    for design, draws in (("tornado", None), ("lhs", 64)):
        file = tmp_path / f"{design}.yaml"
        file.write_text(
            batch_text("t13", "T", candidates()[:4], FIVE, KEEP, draws), encoding="utf-8"
        )
        experiment = read_experiment(file)
        assert experiment.form.design == design
        assert list(experiment.labels) == candidates()[:4]
    assert yaml.safe_load(file.read_text())["aggregation"] == FIVE


def test_what_moves_results_more_ranks_first() -> None:
    found = tornado(np.array([-1.0, 0.5, 0.0]), np.array([1.0, 3.0, 0.1]))
    assert ranked(found) == ["b", "a", "c"]
    assert score(found).tolist() == pytest.approx([2 / 3, 1.0, 0.1 / 3])


def test_an_end_that_was_not_solved_does_not_hide_the_other() -> None:
    found = tornado(np.array([np.nan, -0.1]), np.array([2.0, 0.1]))
    assert ranked(found) == ["a", "b"]
    assert found.swing.loc["a"].tolist() == [2.0] * len(KEYS)


def test_nothing_that_moves_nothing() -> None:
    assert score(tornado(np.zeros(2), np.zeros(2))).tolist() == [0.0, 0.0]


HUNDREDTHS = st.integers(-500, 500).map(lambda n: n / 100)


@given(
    st.lists(st.tuples(HUNDREDTHS, HUNDREDTHS), min_size=1, max_size=6),
    st.floats(0.1, 100),
    st.floats(-3, 3),
)
def test_the_ranking_knows_no_units(
    ends: list[tuple[float, float]], factor: float, centre: float
) -> None:
    low, high = (np.array(x) for x in zip(*ends, strict=True))
    one = score(tornado(low + centre, high + centre, centre))
    other = score(tornado(factor * low, factor * high))
    assert one.tolist() == pytest.approx(other.tolist(), rel=1e-6, abs=1e-6)
    assert ((one >= 0) & (one <= 1)).all()


@pytest.mark.slow
def test_the_table_is_that_of_its_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ["ai.sales", "tasks.contestable", "table.small_flow"]
    monkeypatch.setattr(sensitivity, "candidates", lambda: keys)
    monkeypatch.setattr(sensitivity, "COUNT", 2)
    monkeypatch.setattr(sensitivity, "DRAWS", 4)
    said: list[str] = []

    def make() -> dict[str, str]:
        return tables.make_tables(
            tmp_path / "paper", tmp_path / "results", FIVE, only=["T13"], say=said.append
        )

    assert make() == {}
    assert said[-1] == "T13: made from 3 batches"
    read = pd.read_csv(tmp_path / "paper" / "T13-sensitivity.csv").set_index(["panel", "row"])
    # a flow below a thousand yuan moves nothing
    assert sorted(read.loc["2035, one by one"].index) == sorted(keys[:2])
    store = tmp_path / "results" / "batches" / "t13_tornado_5"
    points = query(store, "select * from wide_deviation where year = 2050")
    plan = points
    for key in keys[:2]:
        for side in ("low", "high"):
            (value,) = plan.loc[(plan["entry"] == key) & (plan["side"] == side), "gdp_real"]
            assert read.loc[("2050, one by one", key), f"gdp_real_{side}"] == pytest.approx(value)
    # the centre is the scenario as it is
    from engels.runs.scenarios.scenario import load_scenario, with_settings
    from engels.runs.simulation.simulate import simulate

    run = simulate(with_settings(load_scenario("ai_central"), aggregation=FIVE), solver="newton")
    frame = run.frame[(run.frame["variable"] == "gdp_real") & (run.frame["year"] == 2050)]
    values = frame.set_index("scenario")["value"]
    deviation = 100 * (values["ai_central"] / values["baseline"] - 1)
    assert read.loc[("Together", "Real GDP, %, 2050"), "central"] == pytest.approx(
        deviation, rel=1e-9
    )
    assert make() == {} and said[-1] == "T13: up to date"
