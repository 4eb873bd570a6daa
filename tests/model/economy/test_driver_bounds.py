"""Every driver at both ends of its range: a certified run, or a reason; never a broken calculation."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.calibration.blocks import NEEDS
from engels.model.algebra.errors import ModelError, SolveError, TookTooLong
from engels.model.blocks.library import DRIVERS
from engels.model.economy.compute import least_chips, most_chips
from engels.model.economy.driver import USES, Driver
from engels.model.solving.deadline import Deadline
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.solution import Solution
from engels.model.solving.solve import engine

from ..reported import rows_of

if TYPE_CHECKING:
    from tests.model.conftest import Runs

FIRST, LAST = 2026, 2028


def entries(d: Driver, b: Benchmark, value: float, years: Sequence[int]) -> dict[object, float]:
    sets: dict[str, Sequence[object]] = {
        "sector": b.sectors,
        "skill": b.skills,
        "use": USES,
        "year": years,
    }
    keys = itertools.product(*(sets[x] for x in d.dims))
    return {(k if len(k) > 1 else k[0]): value for k in keys}


def outcome(origin: Solution, shop: Workshop, d: Driver, value: float, years: Sequence[int]) -> str:
    """What becomes of the driver's value: ``solved``, or the first line of the reason."""
    shop.deadline = Deadline(120.0)
    try:
        run = solve_policy(
            origin, {d.name: entries(d, origin.benchmark, value, years)}, FIRST, workshop=shop
        )
    except SolveError as error:
        reason = str(error).splitlines()[0]
        assert error.worst or "there is no equilibrium" in reason, reason
        return reason
    except ModelError as error:
        assert "\n" not in str(error)
        return str(error)
    assert run.certificate.passed
    return "solved"


def sweep(blocks: tuple[str, ...], drivers: Sequence[Driver], foresight: bool) -> dict[str, str]:
    b = calibrate("5", {f"{k}.active": 1 for k in blocks} or None, LAST)
    shop = Workshop(engine("newton"))
    origin = solve_baseline(b, "labour", foresight, LAST, workshop=shop)
    found = {}
    for d, years in itertools.product(drivers, (range(FIRST, LAST + 1), [2027])):
        for value in (d.low, d.high):
            found[f"{d.name} {value:g} in {list(years)}"] = outcome(origin, shop, d, value, years)
    return found


def by_blocks() -> dict[tuple[str, ...], list[Driver]]:
    groups: dict[tuple[str, ...], list[Driver]] = {}
    for d in DRIVERS.values():
        named = {d.block, d.through} - {""}
        on = named | {NEEDS[k] for k in named if k in NEEDS}
        groups.setdefault(tuple(sorted(on)), []).append(d)
    return groups


QUICK = [DRIVERS[name] for name in ("compute_build", "chip_quota")]


@pytest.mark.parametrize("foresight", [True, False], ids=["foresight", "recursive"])
def test_some_drivers_at_their_bounds(foresight: bool) -> None:
    found = sweep((), QUICK, foresight)
    assert found[f"chip_quota 0 in {list(range(FIRST, LAST + 1))}"] == "solved"
    none = found["compute_build 0 in [2027]"]
    if foresight:
        assert none == "solved"
    else:
        assert "compute_build: 0 in 2027; without foresight" in none


@pytest.mark.slow
@pytest.mark.parametrize("foresight", [True, False], ids=["foresight", "recursive"])
@pytest.mark.parametrize("blocks", by_blocks(), ids=lambda b: "+".join(b) or "core")
def test_every_driver_at_its_bounds(blocks: tuple[str, ...], foresight: bool) -> None:
    found = sweep(blocks, by_blocks()[blocks], foresight)
    assert not [k for k, x in found.items() if "longer than" in x]
    assert "solved" in found.values()


def test_where_nothing_can_be_built_no_cost_of_building_is_reported(runs: Runs) -> None:
    origin = runs.baseline("5", foresight=True, last_year=2030)
    run = solve_policy(origin, {"compute_build": {2028: 0.0}}, FIRST)
    assert ("compute_scarcity", "", "", 2028) not in rows_of(run)
    assert ("compute_scarcity", "", "", 2027) in rows_of(run)
    assert ("compute_rent", "", "", 2028) in rows_of(run)


# --- Chips that nothing replaces -----------------------------------------------------------------


@pytest.mark.parametrize("foresight", [True, False], ids=["foresight", "recursive"])
def test_a_quota_under_which_no_equilibrium_exists_is_refused_at_once(foresight: bool) -> None:
    """Chips that complement each other: stopping investment takes more than the quota lets be made."""
    b = calibrate("5", {"elasticities.chips": 0.5}, 2028)
    shop = Workshop(engine("newton"))
    origin = solve_baseline(b, "capital", foresight, 2028, workshop=shop)
    capacity = origin.values["compute_capacity"][FIRST]
    least = least_chips(b, capacity)
    # the largest quota that is refused, by the bound itself
    edge = least / most_chips(b, 1.0)
    quota = {("compute", t): 0.9 * edge for t in range(FIRST, 2029)}
    with pytest.raises(SolveError, match="there is no equilibrium") as caught:
        solve_policy(origin, {"chip_quota": quota}, FIRST, workshop=shop)
    said = str(caught.value)
    assert "elasticities.chips" in said and "\n" not in said
    # a solution beyond the bound obeys it
    roomy = {("compute", t): 1.5 * edge for t in range(FIRST, 2029)}
    run = solve_policy(origin, {"chip_quota": roomy}, FIRST, workshop=shop)
    for t in range(FIRST, 2029):
        chips = run.values["chips"][t]
        assert chips >= least_chips(b, run.values["compute_capacity"][t]) * (1 - 1e-9)
        assert chips <= most_chips(b, 1.5 * edge) * (1 + 1e-9)


def test_chips_that_can_be_replaced_know_no_such_bound(runs: Runs) -> None:
    b = runs.benchmark("5")
    assert b.elasticities.chips > 1
    assert most_chips(b, 0.0) == float("inf")


# --- Limits of time ------------------------------------------------------------------------------


def test_a_path_that_takes_too_long_says_how_far_it_came(runs: Runs) -> None:
    origin = runs.baseline("5", foresight=False, last_year=2028)
    shop = Workshop(engine("newton"))
    shop.deadline = Deadline(1e-6)
    with pytest.raises(TookTooLong, match=r"2026: the solve took longer than 1e-06 s") as caught:
        solve_policy(origin, {"ai_productivity": {2026: 2.0}}, FIRST, workshop=shop)
    assert "solved up to 0.0% of its size" in str(caught.value)
    shop.deadline = None
    assert solve_policy(
        origin, {"ai_productivity": {2026: 2.0}}, FIRST, workshop=shop
    ).certificate.passed
