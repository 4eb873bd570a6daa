"""The base year is the table's, cell by cell, and every year's accounts close, whatever the shock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engels.calibration import Benchmark, build_sam, check_sam
from engels.model.economy.trees import AI_MODES
from engels.model.solving.solution import Solution

from ..reported import rows_of

if TYPE_CHECKING:
    from tests.model.conftest import Accounts, Drivers, Runs

ACCURACY = 1e-8
"""Of GDP: what a cell may differ by, and what an account may be out of balance by."""

FLOWS = [
    "output",
    "intermediate",
    "ai_purchases",
    "labour",
    "capital",
    "production_tax",
    "consumption",
    "government",
    "investment",
    "inventory",
    "exports",
    "imports",
]
COMPUTE_FLOWS = [
    "rent",
    "operation",
    "chips_domestic",
    "chips_imported",
    "other",
    "components_imported",
]


def rebuilt(b: Benchmark, found: Accounts) -> Benchmark:
    """The benchmark that the payments of a solved year amount to (elasticities and stocks kept)."""
    by_skill = found.ai_by_skill
    if by_skill is None:  # AI bought for the sector as a whole: only the sum over skills is known
        total = b.ai_purchases.sum(axis=1, keepdims=True)
        share = np.divide(b.ai_purchases, total, out=np.zeros_like(b.ai_purchases), where=total > 0)
        by_skill = found.ai_purchases[:, None] * share
    compute = replace(
        b.compute,
        rent=found.compute_rent,
        operation=found.operation,
        chips_domestic=found.chips_domestic,
        chips_imported=found.chips.get("compute", 0.0),
        other=found.compute_goods,
        components_imported=found.chips.get("components", 0.0),
    )
    same = {name: getattr(found, name) for name in FLOWS if name != "ai_purchases"}
    return b.with_(**same, ai_purchases=by_skill, compute=compute)


def check_base_year(s: Solution, found: Accounts) -> None:
    """Every flow of the benchmark and every cell of its social accounting matrix."""
    b = s.benchmark
    again = rebuilt(b, found)
    pairs = [(name, getattr(b, name), getattr(again, name)) for name in FLOWS]
    pairs += [(n, getattr(b.compute, n), getattr(again.compute, n)) for n in COMPUTE_FLOWS]
    gaps = {n: float(np.abs(np.asarray(y) - np.asarray(x)).max()) / b.gdp for n, x, y in pairs}
    worst = max(gaps, key=lambda n: gaps[n])
    assert gaps[worst] < ACCURACY, f"{worst} differs by {gaps[worst]:.1e} of GDP; all: {gaps}"
    table, solved = build_sam(b), build_sam(again)
    assert np.abs((table - solved).to_numpy()).max() < ACCURACY * b.gdp
    assert check_sam(solved, ACCURACY) < ACCURACY


@pytest.mark.parametrize("ai_mode", AI_MODES)
def test_base_year_of_the_recursive_baseline(
    runs: Runs, accounts: Callable[[Solution, int], Accounts], ai_mode: str
) -> None:
    s = runs.baseline("43", ai_mode, foresight=False, last_year=2020)
    check_base_year(s, accounts(s, 2020))


def test_base_year_of_the_foresight_baseline(
    runs: Runs, accounts: Callable[[Solution, int], Accounts]
) -> None:
    s = runs.baseline("43")
    check_base_year(s, accounts(s, 2020))


@pytest.mark.parametrize("aggregation", ["12", "154", "153"])
@pytest.mark.slow
def test_base_year_of_other_aggregations(
    runs: Runs, accounts: Callable[[Solution, int], Accounts], aggregation: str
) -> None:
    s = runs.baseline(aggregation, foresight=False, last_year=2020)
    check_base_year(s, accounts(s, 2020))


def test_accounts_close_in_the_baseline(
    runs: Runs, imbalance: Callable[[Solution], tuple[float, str]]
) -> None:
    """Walras' law, every budget and every market, and GDP by income, expenditure and production."""
    s = runs.baseline("43")
    gap, place = imbalance(s)
    assert gap < ACCURACY, f"{place}: {gap:.1e} of GDP"
    assert max(abs(rows_of(s)["walras", "", "", t]) for t in s.years) < ACCURACY


@pytest.mark.parametrize("aggregation", ["12", pytest.param("43", marks=pytest.mark.slow)])
def test_accounts_close_under_a_large_shock(
    runs: Runs,
    aggregation: str,
    quota: Callable[..., Drivers],
    level: Callable[..., Drivers],
    imbalance: Callable[[Solution], tuple[float, str]],
) -> None:
    """AI ten times as productive while no chip may be imported."""
    origin = runs.baseline(aggregation)
    s = runs.policy(origin, {**level(origin, "ai_productivity", 10.0), **quota(origin, 0.0)})
    gap, place = imbalance(s)
    assert gap < ACCURACY, f"{place}: {gap:.1e} of GDP"
    for t in s.years:
        gdp = rows_of(s)["gdp_nominal", "", "", t]
        for way in ("gdp_income", "gdp_production"):
            assert rows_of(s)[way, "", "", t] == pytest.approx(gdp, rel=ACCURACY)
        assert abs(rows_of(s)["walras", "", "", t]) < ACCURACY


@pytest.mark.parametrize("foresight", [True, False])
@pytest.mark.parametrize("ai_mode", AI_MODES)
@pytest.mark.sampled(2)
def test_accounts_close_with_every_tax_in_use(
    runs: Runs,
    level: Callable[..., Drivers],
    quota: Callable[..., Drivers],
    imbalance: Callable[[Solution], tuple[float, str]],
    ai_mode: str,
    foresight: bool,
) -> None:
    """No payment is lost when tariffs, subsidies, markups and licences pay at once."""
    origin = runs.baseline("5", ai_mode, foresight, 2035)
    b, years = origin.benchmark, [t for t in origin.years if t >= 2026]
    rates = {"ai_tax": 0.1, "compute_subsidy": 0.2, "markup_common": 1.1, "government_saving": -0.5}
    drivers: Drivers = {k: x for n, v in rates.items() for k, x in level(origin, n, v).items()}
    drivers["chip_tariff"] = {(u, t): 0.3 for u in ("compute", "components") for t in years}
    drivers["import_tariff"] = {(j, t): 0.05 for j in b.sectors for t in years}
    drivers["world_price_imports"] = {(j, t): 0.9 for j in b.sectors for t in years}
    drivers["inventory"] = dict.fromkeys(years, 2.0)
    s = runs.policy(origin, {**drivers, **quota(origin, 0.5)})
    gap, place = imbalance(s)
    assert gap < ACCURACY, f"{place}: {gap:.1e} of GDP"
