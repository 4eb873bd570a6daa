"""Options of the economy: trade elasticities, substitution of intermediates, owners of licences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engels.calibration import Benchmark
from engels.model.solving.dynamics import solve_baseline, solve_policy
from engels.model.solving.solution import Solution

from ..reported import rows_of

if TYPE_CHECKING:
    from tests.model.conftest import Drivers, Runs

LAST = 2030


def changed(b: Benchmark, elasticities: Mapping[str, float]) -> Benchmark:
    """A benchmark with other elasticities; those by sector are set for all sectors."""
    full = {
        name: np.full(len(b.sectors), x)
        if isinstance(getattr(b.elasticities, name), np.ndarray)
        else x
        for name, x in elasticities.items()
    }
    return b.with_(elasticities=replace(b.elasticities, **full))


OPTIONS: dict[str, Callable[[Benchmark], Benchmark]] = {
    "transformation 2": lambda b: changed(b, {"transformation": 2.0}),
    "price taker abroad": lambda b: changed(b, {"transformation": 2.0, "export_demand": np.inf}),
    "export demand 8": lambda b: changed(b, {"export_demand": 8.0}),
    "intermediates 0.2": lambda b: changed(b, {"intermediates": 0.2}),
    "intermediates 1": lambda b: changed(b, {"intermediates": 1.0}),
    "top 0.5": lambda b: changed(b, {"top": 0.5}),
    "licences owned abroad": lambda b: b.with_(quota_rent_owner={"foreign": 1.0}),
    "licences auctioned": lambda b: b.with_(quota_rent_owner={"government": 1.0}),
    "licences shared": lambda b: b.with_(
        quota_rent_owner={"rural": 0.2, "urban": 0.3, "government": 0.1, "foreign": 0.4}
    ),
    "no adjustment cost": lambda b: changed(
        b, {"adjustment_capital": 0.0, "adjustment_compute": 0.0}
    ),
    "fixed labour supply": lambda b: changed(b, {"labour_supply": 0.0}),
    "logarithmic utility": lambda b: changed(b, {"intertemporal": 1.0}),
    "all of it": lambda b: changed(
        b, {"transformation": 3.0, "intermediates": 0.4, "top": 0.2, "export_demand": 6.0}
    ).with_(quota_rent_owner={"urban": 0.5, "foreign": 0.5}),
}


CASES = [(option, True) for option in OPTIONS] + [
    ("intermediates 1", False),
    ("no adjustment cost", False),
    ("all of it", False),
]


@pytest.mark.parametrize(("option", "foresight"), CASES)
@pytest.mark.sampled(4)
def test_identities_and_no_shock_no_change(
    runs: Runs,
    quota: Callable[..., Drivers],
    level: Callable[..., Drivers],
    moved: Callable[..., tuple[float, str]],
    imbalance: Callable[[Solution], tuple[float, str]],
    option: str,
    foresight: bool,
) -> None:
    """Every account closes under a shock in which the option matters; without one nothing moves."""
    b = OPTIONS[option](runs.benchmark("5"))
    origin = solve_baseline(b, "labour", foresight, LAST if foresight else 2027)
    gap, place = imbalance(origin)
    assert gap < 1e-8, place
    gap, place = moved(solve_policy(origin, {}, 2026), origin)
    assert gap < 1e-7, place
    shock = {**quota(origin, 0.3), **level(origin, "ai_productivity", 3.0)}
    run = solve_policy(origin, shock, 2026)
    gap, place = imbalance(run)
    assert gap < 1e-8, place


def gdp(s: Solution, year: int = LAST) -> float:
    return rows_of(s)["gdp_real", "", "", year]


def test_licences_abroad_cost_more(runs: Runs, quota: Callable[..., Drivers]) -> None:
    """The same quota, with its rents leaving the country."""
    cost = {}
    for option in ("licences auctioned", "licences owned abroad"):
        origin = solve_baseline(OPTIONS[option](runs.benchmark("5")), "labour", True, LAST)
        run = solve_policy(origin, quota(origin, 0.3), 2026)
        consumption = [rows_of(s)["consumption_real", "", "", LAST] for s in (run, origin)]
        cost[option] = 1 - consumption[0] / consumption[1]
    assert cost["licences owned abroad"] > cost["licences auctioned"]


def test_an_elastic_transformation_tends_to_one_price(
    runs: Runs, level: Callable[..., Drivers]
) -> None:
    """The more elastic, the nearer to home sales and exports that are the same good."""
    found = {}
    for elasticity in (np.inf, 20.0, 200.0):
        b = changed(runs.benchmark("5"), {"transformation": elasticity})
        origin = solve_baseline(b, "labour", False, 2021)
        demand = 1.5 * origin.values["world_demand"][2021]
        run = solve_policy(origin, level(origin, "world_demand", demand, 2021), 2021)
        found[elasticity] = np.array(
            [run.values["exports"][j, 2021] for j in ("AGR", "IND", "SRV")]
        )
    far, near = (np.abs(found[x] / found[np.inf] - 1).max() for x in (20.0, 200.0))
    assert near < far / 5
    assert near < 0.01


def test_undetermined_exports_are_refused_in_words(runs: Runs) -> None:
    b = changed(runs.benchmark("5"), {"export_demand": np.inf})
    with pytest.raises(ValueError, match="sector AGR: export demand and transformation are both"):
        solve_baseline(b, "labour", False, 2020)
