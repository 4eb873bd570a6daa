"""Closures: as many unknowns as equations, swaps that reach their target, and refusals in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyomo.environ as pyo
import pytest
from pyomo.contrib.incidence_analysis import IncidenceGraphInterface

from engels.model.closures import POLICY, SWAPPABLE, Closure, Swap, degrees_of_freedom, forecast
from engels.model.dynamics import Solution, Target
from engels.model.dynamics import solve_policy as run_policy
from engels.model.economy import build_economy
from engels.model.errors import ClosureError, ModelError
from engels.model.firms import AI_MODES
from engels.model.solve import solve

if TYPE_CHECKING:
    from tests.model.conftest import Drivers, Runs


AI = "AI"
"""The sector that sells AI services, in every aggregation."""


def closures(years: list[int], foresight: bool) -> dict[str, Closure]:
    """The two closures, and the policy closure with each possible swap."""
    saving = "euler_wedge" if foresight else "consumption_propensity"
    # saving of the last year of a foresight run is the horizon's
    swapped = tuple(years[:-1] if foresight else years)
    found = {"policy": POLICY, "forecast": forecast(years, foresight, AI)}
    for target, instruments in SWAPPABLE.items():
        for instrument in instruments:
            if instrument not in {"euler_wedge", "consumption_propensity"} - {saving}:
                name = f"{target} by {instrument}"
                # a premium by sector explains one investment: that of the AI sector's compute
                of = AI if instrument == "risk_premium" else None
                found[name] = POLICY.with_swaps([Swap(target, instrument, swapped, of)])
    return found


@pytest.mark.parametrize("foresight", [True, False])
@pytest.mark.parametrize("ai_mode", AI_MODES)
def test_every_closure_is_square_and_structurally_sound(
    runs: Runs, ai_mode: str, foresight: bool
) -> None:
    """Equal numbers, and every unknown can be matched with an equation of its own."""
    years = [2020, 2021, 2022, 2023] if foresight else [2020]
    m = build_economy(runs.benchmark("5"), years, foresight, ai_mode)
    for name, closure in closures(years, foresight).items():
        closure.apply(m, foresight)
        assert degrees_of_freedom(m) == 0, name
        graph = IncidenceGraphInterface(m, include_inequality=False)
        unmatched, equations = graph.dulmage_mendelsohn()
        assert not unmatched.unmatched, (name, [v.name for v in unmatched.unmatched])
        assert not equations.unmatched, (name, [c.name for c in equations.unmatched])


@pytest.mark.parametrize("aggregation", ["43", "154"])
def test_every_closure_is_square_in_large_economies(runs: Runs, aggregation: str) -> None:
    m = build_economy(runs.benchmark(aggregation), [2020], False, "labour")
    for name, closure in closures([2020], False).items():
        closure.apply(m, False)
        assert degrees_of_freedom(m) == 0, name


@pytest.mark.parametrize("foresight", [True, False])
@pytest.mark.parametrize("instrument", SWAPPABLE["labour_share"])
def test_a_labour_share_is_reached_and_the_found_path_reproduces_it(
    runs: Runs, moved: Callable[..., tuple[float, str]], instrument: str, foresight: bool
) -> None:
    """One point less in 2035: the path that the swap finds is the path that a shock needs."""
    origin = runs.baseline("5", foresight=foresight, last_year=2035)
    years = tuple(range(2026, 2036))
    share = origin.values["labour_share"]
    levels = {t: share[t] - 0.01 * (t - 2025) / 10 for t in years}
    swap = Swap("labour_share", instrument, years)
    found = run_policy(origin, {}, 2026, [Target(swap, levels)])
    for t in years:
        assert found.values["labour_share"][t] == pytest.approx(levels[t], abs=1e-9)
    path = {t: found.values[instrument][t] for t in years}
    change = path[2035] - origin.values[instrument][2035]
    assert change > 0 if instrument != "labour_task_share" else change < 0
    again = run_policy(origin, {instrument: path}, 2026)
    gap, place = moved(again, found)
    assert gap < 1e-7, place


def apply(runs: Runs, *swaps: Swap, foresight: bool = True) -> pyo.ConcreteModel:
    years = [2020, 2021, 2022] if foresight else [2020]
    m = build_economy(runs.benchmark("5"), years, foresight, "labour")
    POLICY.with_swaps(swaps).apply(m, foresight)
    return m


def test_an_impossible_swap_names_the_possible_ones(runs: Runs) -> None:
    with pytest.raises(ClosureError) as caught:
        apply(runs, Swap("labour_share", "chip_quota"))
    message = str(caught.value)
    assert "labour_share cannot be reached by chip_quota" in message
    assert "automation_depth" in message
    with pytest.raises(ClosureError, match="wealth cannot be reached by automation_depth"):
        apply(runs, Swap("wealth", "automation_depth"))


def test_an_instrument_serves_one_target(runs: Runs) -> None:
    twice = Swap("labour_share", "automation_depth", (2021,))
    with pytest.raises(ClosureError, match=r"automation_depth of 2021 already serves labour_share"):
        apply(runs, twice, twice)
    # in other years it may serve again
    m = apply(runs, twice, Swap("labour_share", "automation_depth", (2022,)))
    assert degrees_of_freedom(m) == 0


def test_a_target_is_reached_once(runs: Runs) -> None:
    """Two instruments for one target leave an unknown too many."""
    m = apply(runs, Swap("labour_share", "automation_depth"), Swap("labour_share", "markup_common"))
    with pytest.raises(ClosureError, match="3 more unknowns than equations"):
        solve(m)


def test_unequal_numbers_are_counted(runs: Runs) -> None:
    m = apply(runs)
    m.ai_tax[2021].unfix()
    with pytest.raises(ClosureError, match="1 more unknowns than equations"):
        solve(m)
    m.ai_tax[2021].fix()
    m.output["AGR", 2021].fix()
    m.wage["low", 2022].fix()
    with pytest.raises(ClosureError, match="2 more equations than unknowns"):
        solve(m)


def test_a_year_outside_the_run_is_refused(runs: Runs, level: Callable[..., Drivers]) -> None:
    origin: Solution = runs.baseline("5", last_year=2030)
    with pytest.raises(ModelError, match="announced 2031: it must lie in 2020-2030"):
        run_policy(origin, {}, 2031)
    with pytest.raises(ModelError, match="driver ai_tax: year 2025 lies outside 2026-2030"):
        run_policy(origin, {"ai_tax": {2025: 0.1}}, 2026)
    with pytest.raises(ModelError, match="driver 'robots' is unknown; known: ai_productivity"):
        run_policy(origin, {"robots": {2026: 2.0}}, 2026)


@pytest.mark.parametrize("foresight", [True, False])
@pytest.mark.parametrize(
    ("years", "levels", "says"),
    [
        ((2031,), {2031: 0.5}, "the swap of 2031 lies outside 2026-2030"),
        ((2025, 2026, 2040), {2026: 0.5}, "the swap of 2025, 2040 lies outside 2026-2030"),
        ((2027, 2028), {2027: 0.5, 2029: 0.5}, "the level of 2029 lies outside 2027-2028"),
        (None, {2050: 0.5}, "the level of 2050 lies outside 2026-2030"),
    ],
)
def test_a_swap_of_a_year_outside_the_run_is_refused(
    runs: Runs,
    years: tuple[int, ...] | None,
    levels: dict[int, float],
    says: str,
    foresight: bool,
) -> None:
    """Such a target would be missed without a word."""
    origin = runs.baseline("5", foresight=foresight, last_year=2030)
    target = Target(Swap("labour_share", "automation_depth", years), levels)
    with pytest.raises(ModelError) as caught:
        run_policy(origin, {}, 2026, [target])
    assert str(caught.value) == f"labour_share by automation_depth: {says}"


def test_a_closure_names_years_that_its_economy_lacks(runs: Runs) -> None:
    with pytest.raises(
        ClosureError,
        match=r"labour_share by automation_depth is asked for in 2019, 2023; .* are 2020-2022",
    ):
        apply(runs, Swap("labour_share", "automation_depth", (2019, 2021, 2023)))
    origin = runs.baseline("5", foresight=False, last_year=2030)
    late = Closure("mine", (Swap("labour_share", "automation_depth", (2031,)),))
    with pytest.raises(ModelError, match="the swap of 2031 lies outside 2026-2030"):
        run_policy(origin, {}, 2026, closure=late)


@pytest.mark.parametrize(
    ("years", "foresight", "message"),
    [
        ([2020, 2022, 2023], True, "must be consecutive"),
        ([], False, "must be consecutive"),
        ([2020, 2021], True, "at least three"),
    ],
)
def test_years_that_cannot_be_built(
    runs: Runs, years: list[int], foresight: bool, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        build_economy(runs.benchmark("5"), years, foresight, "labour")


def test_an_unknown_ai_mode_is_refused(runs: Runs) -> None:
    with pytest.raises(ValueError, match="'robots' is unknown; it is one of labour, capital, guo"):
        build_economy(runs.benchmark("5"), [2020], False, "robots")
