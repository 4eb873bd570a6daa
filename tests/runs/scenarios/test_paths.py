"""Paths of drivers: interpolation, order of shocks, selections, shares of the reference, swaps."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.calibration.blocks import BLOCKS
from engels.data import EngelsInputError
from engels.model.blocks.library import DRIVERS
from engels.model.economy.driver import NO_QUOTA
from engels.runs.scenarios.paths import (
    announced_year,
    change_path,
    imports_key,
    interpolate,
    runs_needed,
    sector_groups,
)
from engels.runs.scenarios.scenario import (
    Growth,
    Scenario,
    Shock,
    Swap,
    Text,
    driver_paths,
    library,
    load_scenario,
    prepare,
    reference_of,
    swap_paths,
)

if TYPE_CHECKING:
    from tests.runs.conftest import ComposeOfItself

YEARS = range(2020, 2051)

economy = cache(calibrate)

points = st.dictionaries(st.integers(2021, 2050), st.floats(0.01, 100.0), min_size=1, max_size=6)
kinds = st.sampled_from(["linear", "log", "step"])


def make(*shocks: Shock, swaps: tuple[Swap, ...] = (), **more: object) -> Scenario:
    return Scenario.model_validate(
        {
            "name": "mine",
            "title": Text(en="Mine", zh="我的"),
            "family": "compute",
            "description": "A test.",
            "shocks": list(shocks),
            "swaps": list(swaps),
            **more,
        }
    )


@given(points, kinds)
def test_a_path_goes_through_its_points(path: dict[int, float], kind: str) -> None:
    values = interpolate(path, YEARS, kind)
    for year, value in path.items():
        assert values[year - 2020] == value


@given(points, kinds)
def test_a_path_leaves_earlier_years_alone_and_holds_its_last_value(
    path: dict[int, float], kind: str
) -> None:
    values = interpolate(path, YEARS, kind)
    first, last = min(path), max(path)
    assert np.isnan(values[: first - 2020]).all()
    assert (values[last - 2020 :] == path[last]).all()


@given(points, kinds)
def test_a_path_stays_between_neighbouring_points(path: dict[int, float], kind: str) -> None:
    values = interpolate(path, YEARS, kind)
    given_years = sorted(path)
    for a, b in pairwise(given_years):
        low, high = sorted((path[a], path[b]))
        between = values[a - 2020 : b - 2020 + 1]
        assert (between >= low * (1 - 1e-12)).all() and (between <= high * (1 + 1e-12)).all()


@given(st.floats(0.01, 100.0), st.floats(0.01, 100.0), st.integers(1, 20))
def test_a_log_path_has_one_growth_rate(start: float, end: float, span: int) -> None:
    values = interpolate({2025: start, 2025 + span: end}, range(2025, 2026 + span), "log")
    rates = np.diff(np.log(values))
    assert np.allclose(rates, np.log(end / start) / span, atol=1e-9)


@given(points, kinds, st.integers(2022, 2050))
def test_a_path_does_not_depend_on_the_years_asked_for(
    path: dict[int, float], kind: str, end: int
) -> None:
    whole = interpolate(path, YEARS, kind)
    part = interpolate(path, range(2021, end + 1), kind)
    assert np.array_equal(whole[1 : end - 2019], part, equal_nan=True)


def test_interpolate_refuses_other_kinds() -> None:
    with pytest.raises(ValueError, match="linear, log, step"):
        interpolate({2026: 1.0}, YEARS, "cubic")


@given(st.floats(-0.5, 0.5), st.integers(2021, 2040), st.integers(0, 10))
def test_growth_begins_in_its_first_year_and_is_held(rate: float, start: int, more: int) -> None:
    growth = Growth(from_=start, to=start + more, rate=rate)
    values = change_path(Shock(driver="ai_tax", change="multiply", growth=growth), YEARS)
    at = start - 2020
    assert np.isnan(values[:at]).all()
    assert values[at] == pytest.approx(1 + rate)
    assert np.allclose(values[at + more :], (1 + rate) ** (more + 1))
    steps = change_path(Shock(driver="ai_tax", change="add", growth=growth), YEARS)
    assert steps[-1] == pytest.approx(rate * (more + 1))


def test_only_shocked_drivers_are_returned(benchmark: Benchmark) -> None:
    assert driver_paths(make(), benchmark, YEARS, {}) == {}


def test_shocks_apply_one_after_the_other(benchmark: Benchmark) -> None:
    scenario = make(
        Shock(driver="ai_productivity", path={2026: 2.0}),
        Shock(driver="ai_productivity", change="multiply", path={2030: 3.0}),
        Shock(driver="ai_productivity", change="add", path={2040: 1.0}),
    )
    z = driver_paths(scenario, benchmark, YEARS, {})["ai_productivity"]
    assert [z[0], z[5], z[6], z[10], z[20], z[30]] == [1.0, 1.0, 2.0, 6.0, 7.0, 7.0]


def test_an_included_scenario_comes_first(benchmark: Benchmark) -> None:
    own = Shock(driver="ai_productivity", change="multiply", path={2026: 2.0})
    z = driver_paths(make(own, include=["ai_slow"]), benchmark, YEARS, {})["ai_productivity"]
    assert z[6] == pytest.approx(2 * 1.05)
    assert z[30] == pytest.approx(2 * 1.05**25)


def test_a_scenario_included_twice_counts_once(benchmark: Benchmark) -> None:
    scenario = make(include=["chip_embargo", "ai_central", "datacentre_delay"])
    assert [p.name for p in scenario.parts()] == [
        "ai_central", "chip_embargo", "datacentre_delay", "mine",
    ]  # fmt: skip


def test_selected_sectors_alone_change(benchmark: Benchmark) -> None:
    shock = Shock(driver="markup", sectors=["M", "tertiary"], path={2026: 1.1})
    markup = driver_paths(make(shock), benchmark, YEARS, {})["markup"]
    assert markup.shape == (5, 31)
    assert (markup[:, :6] == 1).all()
    assert (markup[[1, 3, 4], 6:] == 1.1).all()
    assert (markup[[0, 2], 6:] == 1.0).all()


def test_groups_of_sectors(benchmark: Benchmark) -> None:
    groups = sector_groups(benchmark)
    assert all(set(parts.values()) == {1.0} for parts in groups.values())
    assert {name: tuple(parts) for name, parts in groups.items()} == {
        "primary": ("A",),
        "secondary": ("M", "E"),
        "tertiary": ("S", "AI"),
        "capital_intensive": ("M", "E", "AI"),
        "labour_intensive": ("A", "S"),
        "ai_intensive": ("E", "S"),
    }


def test_public_sectors_are_not_among_the_ai_intensive(
    benchmark: Benchmark, compose_of_itself: ComposeOfItself
) -> None:
    mostly_public = benchmark.with_(government=benchmark.government * 60.0)
    public = mostly_public.with_(composition=compose_of_itself(mostly_public))
    assert "S" not in sector_groups(public).get("ai_intensive", ())


@pytest.mark.parametrize("name", ["5", "12", "154"])
def test_groups_are_the_same_official_sectors_in_every_aggregation(name: str) -> None:
    fine, other = economy("43"), economy(name)
    assert fine.composition is not None and other.composition is not None
    assert set(fine.composition.codes) == set(other.composition.codes)
    weights = other.composition.weight.values()
    assert all(np.allclose(w.sum(axis=1), 1.0) and (w >= 0).all() for w in weights)
    # the table of 153 sectors is another one, so that a sector may be on the other side of an average
    if name == "154":
        return
    assert other.composition.groups == fine.composition.groups
    for group in fine.composition.groups.values():
        output = fine.composition.share(group, "output") @ fine.output
        assert other.composition.share(group, "output") @ other.output == pytest.approx(output)


def test_official_sectors_are_in_a_group_or_not() -> None:
    composition = economy("43").composition
    assert composition is not None
    for weight in composition.weight.values():
        assert set(np.unique(weight)) == {0.0, 1.0}


def test_an_aggregate_gets_its_members_part_of_a_shock() -> None:
    """Health is a part of the services that are one sector: so large is its shock, by the driver's base."""
    few = calibrate("5", {"household_groups.active": 1, "labour_market.active": 1})
    assert few.composition is not None
    n = few.sectors.index("SRV")
    shocks = [
        Shock(driver="need", sectors=["care"], change="multiply", path={2026: 1.5}),
        Shock(driver="tfp_sector", sectors=["care"], change="multiply", path={2026: 1.1}),
        Shock(driver="markup", sectors=["care", "AI"], change="add", path={2026: 0.1}),
    ]
    paths = driver_paths(make(*shocks), few, YEARS, {})
    part = {base: few.composition.share(("40",), base)[n] for base in few.composition.weight}
    assert 0 < part["consumption"] != part["value_added"] < 1
    assert paths["need"][n, 6] == pytest.approx(1 + 0.5 * part["consumption"])
    before = DRIVERS["tfp_sector"].path(few, YEARS)[n, 6]
    assert paths["tfp_sector"][n, 6] == pytest.approx(before * (1 + 0.1 * part["value_added"]))
    assert paths["markup"][n, 6] == pytest.approx(1 + 0.1 * part["output"])
    assert paths["markup"][few.sectors.index("AI"), 6] == 1.1
    assert (paths["markup"][[0, 1, 2], 6] == 1.0).all()


@settings(max_examples=30, deadline=None)
@given(
    which=st.sets(
        st.sampled_from(["primary", "tertiary", "ai_intensive", "care", "labour_intensive"])
    ),
    size=st.floats(-0.3, 0.3),
)
def test_the_mean_shock_is_that_of_the_official_sectors(which: set[str], size: float) -> None:
    """Weighed by its base, a shock to groups has one mean in 43 and in 5 sectors, however they overlap."""
    means = []
    for name in ("43", "5"):
        b = economy(name)
        shock = Shock(
            driver="markup", sectors=[*sorted(which), "AI"], change="add", path={2026: size}
        )
        values = driver_paths(make(shock), b, [2026], {})["markup"][:, 0]
        means.append(float(values @ b.output / b.output.sum()))
    assert means[0] == pytest.approx(means[1], rel=1e-9)


def test_defaults_come_from_the_benchmark(benchmark: Benchmark) -> None:
    tax = DRIVERS["production_tax_rate"].path(benchmark, YEARS)
    assert np.allclose(tax, (benchmark.production_tax / benchmark.output)[:, None])
    demand = DRIVERS["world_demand"].path(benchmark, range(2020, 2061))
    assert np.allclose(demand[:31], benchmark.path.world_demand)
    assert np.allclose(demand[31:], benchmark.path.world_demand[-1])
    every = calibrate("5", {f"{block}.active": 1 for block in BLOCKS})
    for driver in DRIVERS.values():
        assert np.isfinite(driver.path(every, YEARS)).all()


def test_the_baseline_path_of_a_solved_run_wins(benchmark: Benchmark) -> None:
    shock = Shock(driver="government_consumption", change="multiply", path={2030: 1.1})
    solved = 1.03 ** np.arange(31)
    paths = driver_paths(make(shock), benchmark, YEARS, {"government_consumption": solved})
    assert np.allclose(paths["government_consumption"][:10], solved[:10])
    assert np.allclose(paths["government_consumption"][10:], 1.1 * solved[10:])


def test_a_quota_as_share_of_the_reference(benchmark: Benchmark) -> None:
    shock = Shock(
        driver="chip_quota", uses=["compute"], change="share_of_reference", path={2026: 0.1}
    )
    imports = np.vstack([np.linspace(1, 4, 31), np.ones(31)])
    quota = driver_paths(make(shock), benchmark, YEARS, {"chips_imported": imports})["chip_quota"]
    assert (quota[0, :6] == NO_QUOTA).all() and (quota[1] == NO_QUOTA).all()
    assert np.allclose(quota[0, 6:], 0.1 * imports[0, 6:])
    with pytest.raises(EngelsInputError, match="baseline"):
        driver_paths(make(shock), benchmark, YEARS, {})


def test_an_included_quota_keeps_its_own_reference(benchmark: Benchmark) -> None:
    scenario = load_scenario("compute_relief")
    assert runs_needed(scenario) == ["ai_central"]
    reference = {
        imports_key("ai_central"): np.full((2, 31), 3.0),
        "chips_imported": np.full((2, 31), 0.3),  # of chip_embargo
    }
    quota = driver_paths(scenario, benchmark, YEARS, reference)["chip_quota"]
    assert np.allclose(quota[0, 6:], 0.3)


def test_a_swap_is_a_level_from_its_first_change_on() -> None:
    swap = Swap(
        target="labour_share",
        instrument="automation_depth",
        change="add",
        path={2025: 0.0, 2035: -0.02},
    )
    (found,) = swap_paths(make(swaps=(swap,)), YEARS, {"labour_share": np.full(31, 0.5)})
    assert np.isnan(found.values[:6]).all()
    assert found.values[6] == pytest.approx(0.498)
    assert np.allclose(found.values[15:], 0.48)


@pytest.mark.parametrize(
    ("shock", "year"),
    [
        (Shock(driver="ai_tax", path={2026: 0.1}), 2026),
        (Shock(driver="ai_tax", change="add", path={2025: 0.0, 2030: 0.1}), 2026),
        (
            Shock(driver="ai_tax", change="add", path={2025: 0.0, 2030: 0.1}, interpolate="step"),
            2030,
        ),
        (Shock(driver="ai_productivity", path={2025: 1.0, 2035: 4.0}), 2026),
        (Shock(driver="ai_tax", change="add", path={2025: 0.0}), None),
    ],
)
def test_announced_is_the_first_year_that_differs(shock: Shock, year: int | None) -> None:
    assert announced_year(make(shock)) == year


def test_what_the_reference_has_too_is_no_news() -> None:
    later = Shock(driver="chip_tariff", path={2030: 0.5})
    assert announced_year(make(later, include=["ai_central"])) == 2026
    assert announced_year(make(later, include=["ai_central"], reference="ai_central")) == 2030


def test_the_reference_is_run_like_the_scenario() -> None:
    scenario = load_scenario("chip_embargo").model_copy(
        update={"ai_mode": "guo", "aggregation": "5", "last_year": 2040}
    )
    reference = reference_of(scenario)
    assert reference.name == "ai_central"
    assert (reference.ai_mode, reference.aggregation, reference.last_year) == ("guo", "5", 2040)


@pytest.mark.parametrize("name", library())
@pytest.mark.parametrize("aggregation", ["43", "5"])
def test_library_scenarios_are_good(name: str, aggregation: str) -> None:
    scenario = load_scenario(name).model_copy(update={"aggregation": aggregation})
    benchmark = prepare(scenario)
    years = benchmark.path.years
    reference = {imports_key(n): np.ones((2, len(years))) for n in runs_needed(scenario)}
    paths = driver_paths(scenario, benchmark, years, reference)
    assert paths or scenario.all_swaps()
    for name_, path in paths.items():
        driver = DRIVERS[name_]
        untouched = driver.path(benchmark, years)
        assert path.shape == untouched.shape
        assert np.array_equal(path[..., :6], untouched[..., :6])  # to 2025 as in the baseline
        assert not np.array_equal(path, untouched)
    assert scenario.title.zh and scenario.title.en and len(scenario.description) > 100


def test_library_has_two_of_each_family() -> None:
    families = [load_scenario(name).family for name in library()]
    for family in ("ai_productivity", "compute", "labour_share"):
        assert families.count(family) >= 2
