"""Subtotals by shock: Shapley values, identities on solved runs at five sectors, the command."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engels.calibration.benchmark import Array
from engels.data import EngelsInputError
from engels.model.solving.integral import IntegralError, integrate
from engels.runs.analysis.subtotals import (
    COLUMNS,
    TOTAL,
    UNSMOOTH,
    Subtotals,
    read_groups,
    shapley_values,
    subtotals,
)
from engels.runs.indicators import deviations
from engels.runs.scenarios.scenario import load_scenario, with_settings
from engels.runs.simulation.simulate import simulate

if TYPE_CHECKING:
    from tests.conftest import Engels

EXACT = 1e-10
KEY = ["variable", "sector", "group", "year"]

HEAD = """
name: {name}
title: {{en: Test, zh: 测试}}
family: labour_share
description: Several shocks at once.
aggregation: "5"
last_year: 2030
shocks:
  - driver: ai_productivity
    change: multiply
    growth: {{from: 2026, to: 2030, rate: 0.15}}
"""
MIXED = """  - driver: markup
    sectors: [IND, SRV]
    change: add
    path: {2026: 0.01}
  - driver: world_demand
    change: multiply
    path: {2026: 0.98}
"""
SMALL = """  - driver: markup_common
    change: multiply
    path: {2026: 1.0001}
  - driver: world_demand
    change: multiply
    path: {2026: 0.9999}
"""
QUOTA = """  - driver: chip_quota
    uses: [compute]
    path: {2026: 0.3}
ai_mode: labour
"""
FOLD = QUOTA.replace("ai_mode: labour", "parameters: {path.years_beyond: 0}")
"""Where firms choose, and the horizon is near, the path by which the quota comes folds back."""
HELD = """swaps:
  - target: labour_share
    instrument: automation_depth
    change: add
    path: {2026: 0}
"""

Made = Callable[..., Subtotals]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Subtotals of a scenario text; each is found once."""
    folder = tmp_path_factory.mktemp("scenarios")
    kept: dict[str, Subtotals] = {}

    def make(name: str, text: str, method: str = "path", **options: object) -> Subtotals:
        expectations = options.pop("expectations", None)
        key = repr((name, method, expectations, sorted(options.items())))
        if key not in kept:
            file = folder / f"{name}.yaml"
            head = HEAD.format(name=name)
            if name == "small":
                head = head.replace("0.15", "0.0001")
            file.write_text(head + text, encoding="utf-8")
            scenario = with_settings(load_scenario(file), expectations=expectations)  # type: ignore[arg-type]
            kept[key] = subtotals(scenario, method, **options)  # type: ignore[arg-type]
        return kept[key]

    return make


def table(found: Subtotals) -> pd.DataFrame:
    """Contributions by row, a column for each shock and the total."""
    wide = found.frame.pivot(index=KEY, columns="shock", values="value")
    return wide[[*found.shocks, TOTAL]]


def worst(found: Subtotals) -> float:
    """Largest difference between contributions and total, relative to what is added up."""
    t = table(found)
    size = np.maximum(t.abs().sum(axis=1), 1)
    return float(((t[found.shocks].sum(axis=1) - t[TOTAL]).abs() / size).max())


# Shapley values


def games(players: int) -> st.SearchStrategy[dict[frozenset[int], Array]]:
    subsets = [
        frozenset(s) for n in range(players + 1) for s in itertools.combinations(range(players), n)
    ]
    worth = st.lists(
        st.floats(-100, 100), min_size=len(subsets), max_size=len(subsets), unique=False
    )
    return worth.map(lambda w: {s: np.array([x]) for s, x in zip(subsets, w, strict=True)})


@given(st.integers(1, 5).flatmap(lambda n: st.tuples(st.just(n), games(n))))
def test_shapley_values_add_up(game: tuple[int, dict[frozenset[int], Array]]) -> None:
    players, worth = game
    values = shapley_values(worth, players)
    whole = worth[frozenset(range(players))] - worth[frozenset()]
    assert values.sum(axis=0) == pytest.approx(whole, abs=1e-9)


@given(games(3))
def test_a_player_who_changes_nothing_gets_nothing(worth: dict[frozenset[int], Array]) -> None:
    null = {s | p: worth[s] for s in worth if 3 not in s for p in (frozenset(), frozenset({3}))}
    assert shapley_values(null, 4)[3] == pytest.approx(0, abs=1e-12)


@given(games(3))
def test_players_who_do_the_same_get_the_same(worth: dict[frozenset[int], Array]) -> None:
    swap = {0: 1, 1: 0, 2: 2}
    other = {s: worth[frozenset(swap[k] for k in s)] for s in worth}
    alike = {s: worth[s] + other[s] for s in worth}
    values = shapley_values(alike, 3)
    assert values[0] == pytest.approx(values[1], abs=1e-10)


def test_shapley_values_of_three_players() -> None:
    """A pair of gloves: two have a left one, one the right (Shapley's own kind of example)."""
    worth = {
        frozenset(s): np.array([float(2 in s and len(s) > 1)])
        for n in range(4)
        for s in itertools.combinations(range(3), n)
    }
    assert shapley_values(worth, 3)[:, 0] == pytest.approx([1 / 6, 1 / 6, 4 / 6])


# solved runs


@pytest.mark.parametrize(
    ("name", "text", "method", "expectations"),
    [
        ("mixed", MIXED, "path", "foresight"),
        ("mixed", MIXED, "path", "recursive"),
        ("mixed", MIXED, "shapley", "foresight"),
        ("quota", QUOTA, "path", "foresight"),
        ("held", HELD, "path", "foresight"),
        ("held", HELD, "shapley", "static"),
        ("quota", QUOTA, "path", "static"),
    ],
)
@pytest.mark.sampled(2)
def test_contributions_add_up(
    made: Made, name: str, text: str, method: str, expectations: str
) -> None:
    found = made(name, text, method, expectations=expectations)
    assert tuple(found.frame.columns) == COLUMNS
    assert np.isfinite(found.frame["value"]).all()
    assert worst(found) <= EXACT
    about = found.manifest["subtotals"]
    if method == "path":
        assert about["largest_closing_error"] <= about["tolerance"]
        assert about["largest_estimated_error"] <= 10 * about["tolerance"]


def test_totals_are_those_of_the_run(made: Made, tmp_path: Path) -> None:
    found = made("mixed", MIXED, expectations="foresight")
    file = tmp_path / "mixed.yaml"
    file.write_text(HEAD.format(name="mixed") + MIXED, encoding="utf-8")
    frame = simulate(load_scenario(file), solver="newton").frame
    run = deviations.deviations(frame, "mixed", "baseline").set_index(KEY)
    mine = found.frame[found.frame["shock"] == TOTAL].set_index(KEY)
    missing = set(run.index.get_level_values("variable")) - set(
        mine.index.get_level_values("variable")
    )
    assert missing == {*UNSMOOTH}
    told = mine[mine["unit"].isin(["%", "points"])]
    same = run.loc[told.index]
    assert (same["unit"] == told["unit"]).all()
    assert told["value"].to_numpy() == pytest.approx(same["deviation"].to_numpy(), abs=1e-9)


def test_a_binding_quota_has_its_kinks(made: Made) -> None:
    found = made("quota", QUOTA, expectations="foresight")
    about = found.manifest["subtotals"]
    # year after year the quota begins to bind
    assert len(about["kinks"]) >= 10
    assert about["jumps"] == [] and about["largest_jump"] == 0
    t = table(found)
    premium = t.xs("chip_premium").xs("compute", level="group")
    assert (premium.xs(2030, level="year")["chip_quota"] > 10).all()
    # the quota is what costs, better AI is what gains
    assert t.loc[("gdp_real", "", "", 2030), "chip_quota"] < 0


@pytest.mark.slow
def test_a_target_that_is_held_moves_nothing(made: Made) -> None:
    found = made("held", HELD, expectations="foresight")
    assert found.shocks == ["ai_productivity", "labour_share"]
    t = table(found)
    assert not t["labour_share"].any()
    assert (t["ai_productivity"] == t[TOTAL]).mean() > 0.99
    assert abs(t.loc[("labour_share", "", "", 2030), TOTAL]) < 1e-7
    # by Shapley the held share counts as a shock of its own: its closure differs
    other = table(made("held", HELD, "shapley", expectations="static"))
    assert other["labour_share"].abs().max() > 1e-3


def test_groups_are_sums(made: Made) -> None:
    base = table(made("mixed", MIXED, expectations="foresight"))
    two = made(
        "mixed", MIXED, expectations="foresight", groups={"home": ["ai_productivity", "markup"]}
    )
    assert two.shocks == ["home", "world_demand"]
    t = table(two)
    near = 2e-4 * np.maximum(base.abs().sum(axis=1), 1)
    assert ((t["home"] - base["ai_productivity"] - base["markup"]).abs() <= near).all()
    assert ((t["world_demand"] - base["world_demand"]).abs() <= near).all()


def test_a_driver_in_two_parts(made: Made) -> None:
    base = table(made("mixed", MIXED, expectations="foresight"))
    split = made(
        "mixed",
        MIXED,
        expectations="foresight",
        groups={"industry": ["markup:IND"], "services": ["markup:SRV"]},
    )
    assert split.shocks == ["industry", "services", "ai_productivity", "world_demand"]
    assert split.manifest["subtotals"]["shocks"]["industry"] == ["markup:IND"]
    t = table(split)
    near = 2e-4 * np.maximum(base.abs().sum(axis=1), 1)
    assert ((t["industry"] + t["services"] - base["markup"]).abs() <= near).all()


TWICE = """  - {driver: markup, sectors: [IND], change: add, path: {2026: 0.01}}
  - {driver: markup, sectors: [SRV], change: add, path: {2026: 0.02}}
  - {driver: markup, sectors: [care], change: add, path: {2029: 0.01}}
"""


def test_shocks_of_one_driver_are_told_apart_where_they_can_be(
    made: Made, engels: Engels, tmp_path: Path
) -> None:
    found = made("twice", TWICE, expectations="static")
    assert found.shocks == ["ai_productivity", "markup:IND", "markup:SRV+care"]
    assert found.manifest["subtotals"]["together"] == {
        "markup:SRV+care": ["twice: shocks[2]", "twice: shocks[3]"]
    }
    groups = {"industry": ["markup:IND"]}
    named = made("twice", TWICE, expectations="static", groups=groups)
    assert named.shocks == ["industry", "ai_productivity", "markup:SRV+care"]
    for mine, theirs in (("markup:IND", "industry"), ("markup:SRV+care",) * 2):
        one, other = table(found)[mine], table(named)[theirs]
        assert one.to_numpy() == pytest.approx(other.to_numpy(), rel=1e-6, abs=1e-7)
        assert one.abs().max() > 0
    file = tmp_path / "twice.yaml"
    file.write_text(HEAD.format(name="twice") + TWICE, encoding="utf-8")
    code, out, _ = engels("subtotals", str(file), "--expectations", "static")
    assert code == 0
    said = "markup:SRV+care: 2 shocks (twice: shocks[2], twice: shocks[3]) move the same entries"
    assert said in out


def test_names_and_order_do_not_matter(made: Made) -> None:
    base = table(made("mixed", MIXED, expectations="foresight"))
    other = made(
        "mixed",
        MIXED,
        expectations="foresight",
        groups={"abroad": ["world_demand"], "prices": ["markup"], "ai": ["ai_productivity"]},
    )
    assert other.shocks == ["abroad", "prices", "ai"]
    t = table(other)
    for mine, theirs in (
        ("abroad", "world_demand"),
        ("prices", "markup"),
        ("ai", "ai_productivity"),
    ):
        assert t[mine].to_numpy() == pytest.approx(base[theirs].to_numpy(), rel=1e-6, abs=1e-7)


def test_one_group_is_the_total(made: Made) -> None:
    everything = {"all": ["ai_productivity", "markup", "world_demand"]}
    t = table(made("mixed", MIXED, expectations="foresight", groups=everything))
    assert (t["all"] == t[TOTAL]).all()


@pytest.mark.parametrize("expectations", ["foresight", "recursive", "static"])
def test_small_shocks_do_not_interact(made: Made, expectations: str) -> None:
    """Path, Shapley values and stand-alone runs agree where the economy is nearly linear."""
    groups = {"rest": ["markup_common", "world_demand"]}
    methods = ("path", "shapley") if expectations == "static" else ("path",)
    for method in methods:
        found = made("small", SMALL, method, expectations=expectations, groups=groups, alone=True)
        rest = found.frame[found.frame["shock"] == "rest"].set_index(KEY)
        # relative to the shock's largest effect on the variable in any year, sector or group
        size = rest["alone"].abs().groupby("variable").transform("max")
        seen = size > 1e-6
        gap = (rest["alone"] - rest["value"]).abs()[seen] / size[seen]
        assert seen.sum() > 100 and gap.max() < 0.01


def test_jumps_are_refused_where_they_are_not_allowed(made: Made) -> None:
    with pytest.raises(IntegralError, match="--method shapley or allow it with --jumps"):
        made("fold", FOLD, expectations="foresight")


def test_a_tolerance_that_is_not_reached(
    engels: Engels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mixed.yaml"
    file.write_text(HEAD.format(name="mixed") + MIXED, encoding="utf-8")
    few = functools.partial(integrate, most_points=8)
    monkeypatch.setattr("engels.runs.analysis.subtotals.integrate", few)
    code, _, err = engels("subtotals", str(file), "--expectations", "static", "--tolerance", "1e-9")
    assert code == 1 and "contributions miss the total by up to" in err
    assert not (tmp_path / "subtotals").exists()


# errors and the command


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["chips"], "is not of the form NAME=driver,driver"),
        (["a=x", "a=y"], "'a' is there twice"),
        (["total=x"], "choose another name"),
        (["a=x,,y"], "is not of the form"),
    ],
)
def test_groups_that_cannot_be_read(groups: list[str], message: str) -> None:
    with pytest.raises(EngelsInputError, match=message) as error:
        read_groups(groups)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "text", "groups", "message"),
    [
        ("mixed", MIXED, {"a": ["markups"]}, "did you mean 'markup'"),
        ("mixed", MIXED, {"a": ["markup"], "b": ["markup:IND"]}, "is in the group a already"),
        ("mixed", MIXED, {"a": ["markup:INDU"]}, "has no 'INDU' that changes"),
        ("mixed", MIXED, {"markup": ["ai_productivity"]}, "choose another name"),
        ("held", HELD, {"a": ["automation_depth"]}, "name the swap's target, labour_share"),
    ],
)
def test_groups_that_do_not_fit(
    made: Made, name: str, text: str, groups: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(EngelsInputError, match=message) as error:
        made(name, text, expectations="static", groups=groups)
    assert len(str(error.value).splitlines()) == 1


def test_the_command(engels: Engels, tmp_path: Path) -> None:
    file = tmp_path / "mixed.yaml"
    file.write_text(HEAD.format(name="mixed") + MIXED, encoding="utf-8")
    code, out, _ = engels(
        *("subtotals", str(file), "--expectations", "recursive"),
        *("--group", "home=ai_productivity,markup", "--variable", "gdp_real"),
        *("--variable", "wage:low", "--year", "2028"),
    )
    assert code == 0 and "home" in out and "2028" in out and "before closing" in out
    folder = tmp_path / "subtotals/5/mixed-tasks-recursive-path"
    assert {p.name for p in folder.iterdir()} == {
        *("manifest.json", "subtotals.csv", "subtotals.parquet"),
        *("subtotals.pdf", "subtotals.png"),
    }
    stored = pd.read_parquet(folder / "subtotals.parquet")
    assert tuple(stored.columns) == COLUMNS and len(stored) > 1000
    csv = pd.read_csv(folder / "subtotals.csv", keep_default_na=False)
    assert set(csv["variable"]) == {"gdp_real", "wage"} and set(csv["group"]) == {"", "low"}
    about = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert about["scenario"] == "mixed" and about["residuals"] and about["inputs"]
    assert about["subtotals"]["shocks"]["home"] == ["ai_productivity", "markup"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("baseline",), "has no shocks"),
        (("ai_central", "--method", "owen"), "--method: unknown value 'owen'"),
        (("ai_central", "--variable", "gdp_reel"), "did you mean 'gdp_real'"),
        (("ai_central", "--group", "x"), "is not of the form"),
        (("ai_central", "--year", "2060"), "--year 2060: the run has 2020 to 2020"),
        (("ai_central", "--variable", "output:AII"), "--variable output:AII: has no contributions"),
    ],
)
def test_bad_input(
    engels: Engels, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, _, err = engels("subtotals", *arguments, "--aggregation", "5", "--expectations", "static")
    assert code == 2 and message in err and "Traceback" not in err
    assert not (tmp_path / "subtotals").exists()


@pytest.mark.slow
def test_two_shocks_at_43_sectors() -> None:
    found = subtotals(load_scenario("diffusion_genai"))
    assert worst(found) <= EXACT
    assert found.shocks == ["ai_productivity", "diffusion_speed"]
