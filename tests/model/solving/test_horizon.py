"""The end of the horizon does not matter: 30 years and 60 years agree on the first 15."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from engels.model.solving.solution import Solution

from ..block_runs import STEADY
from ..reported import rows_of

if TYPE_CHECKING:
    from tests.model.conftest import Drivers, Runs

AGREEMENT = 1e-3
COMPARED = range(2020, 2035)

BY_ECONOMY = """
    gdp_real consumption_real investment_real exports_real imports_real labour_share real_wage
    price_investment exchange_rate investment_rate ai_price ai_output compute_capacity
    compute_investment
    """.split()  # noqa: SIM905
BY_SECTOR = ["output", "value_added", "price_output", "labour_income", "capital_stock"]


def quantities(s: Solution) -> dict[tuple[str, str, str, int], float]:
    """The main reported variables of the years that are compared."""
    return {
        k: x
        for k, x in rows_of(s).items()
        if k[3] in COMPARED and k[0] in {*BY_ECONOMY, *BY_SECTOR, "wage", "investment_sector"}
    }


def check_same(short: Solution, long: Solution, agreement: float = AGREEMENT) -> None:
    """Levels agree; of sector investment, which swings most, to the total of investment."""
    near, far = quantities(short), quantities(long)
    assert near.keys() == far.keys()
    for k, x in near.items():
        total = far["investment_real", "", "", k[3]]
        size = total if k[0] == "investment_sector" else abs(far[k])
        assert abs(x - far[k]) < agreement * size, (k, x, far[k])


def check_same_deviation(short: tuple[Solution, Solution], long: tuple[Solution, Solution]) -> None:
    """Deviations of a run from its baseline agree, too (as shares of the baseline)."""
    near = [quantities(s) for s in short]
    far = [quantities(s) for s in long]
    for k in near[0]:
        if k[0] != "investment_sector":
            gap = near[0][k] / near[1][k] - far[0][k] / far[1][k]
            assert abs(gap) < AGREEMENT, (k, gap)


def shocked(
    runs: Runs, origin: Solution, level: Callable[..., Drivers], quota: Callable[..., Drivers]
) -> Solution:
    """AI productivity doubled and chip imports for compute all but stopped, for good, from 2026."""
    embargo = quota(origin, 0.1, uses=("compute",))
    return runs.policy(origin, {**level(origin, "ai_productivity", 2.0), **embargo})


CASES = [
    pytest.param("5", "labour"),
    pytest.param("5", "capital"),
    pytest.param("5", "guo", marks=pytest.mark.slow),
    pytest.param("43", "labour", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("aggregation", "ai_mode"), CASES)
def test_baseline(runs: Runs, aggregation: str, ai_mode: str) -> None:
    short, long = (runs.baseline(aggregation, ai_mode, True, last) for last in (2050, 2080))
    assert (len(short.reported), len(long.reported)) == (31, 61)
    check_same(short, long)


@pytest.mark.parametrize(("aggregation", "ai_mode"), CASES)
def test_policy_run(
    runs: Runs,
    level: Callable[..., Drivers],
    quota: Callable[..., Drivers],
    aggregation: str,
    ai_mode: str,
) -> None:
    origins = [runs.baseline(aggregation, ai_mode, True, last) for last in (2050, 2080)]
    short, long = (shocked(runs, origin, level, quota) for origin in origins)
    check_same(short, long)
    check_same_deviation((short, origins[0]), (long, origins[1]))


@pytest.mark.parametrize("until", [2040, pytest.param(2080, marks=pytest.mark.slow)])
def test_a_shock_that_grows(runs: Runs, until: int) -> None:
    """Productivity of AI that rises by 10% a year, and ends ten years before the shorter horizon.

    Where it rises beyond that horizon, the longer run has news that the shorter one cannot have:
    the two come apart by more, though by no more than twice the tolerance, where capital need not deepen.
    """
    found = []
    for last in (2050, 2080):
        settings = () if until < 2050 else STEADY
        origin = runs.baseline("5", "labour", True, last, settings)
        rising = {t: 1.1 ** (min(t, until) - 2025) for t in origin.years if t >= 2026}
        found.append(runs.policy(origin, {"ai_productivity": rising}))
    check_same(*found, agreement=AGREEMENT if until < 2050 else 2 * AGREEMENT)
