"""Euler equation, returns and complementarity, recomputed in NumPy from the numbers of a solution.

Nothing of `model/` is used but the solution: the conditions are written again from their statement in
the documentation, and judged by the conditions themselves, not by the smooth equation that solves them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engels.model.solving.solution import Solution

if TYPE_CHECKING:
    from tests.model.conftest import Drivers, Runs

TOLERANCE = 1e-8
CLOSED = 1e-8
"""A closed quota is solved as this multiple of base-year imports."""

Pairs = dict[tuple[str, str, int], tuple[float, float]]


def rates(s: Solution) -> tuple[float, float]:
    """(r0, g0): net return and net growth of the base-year stock."""
    b = s.benchmark
    stock, worn = b.capital_stock.sum(), (b.depreciation * b.capital_stock).sum()
    return float((b.capital.sum() - worn) / stock), float((b.investment.sum() - worn) / stock)


def complementary_pairs(s: Solution) -> Pairs:
    """Both sides of every condition 0 <= a ⊥ b >= 0 in units of the base year."""
    b, v = s.benchmark, s.values
    c, e = b.compute, b.elasticities
    _, g0 = rates(s)
    invested = c.chips_domestic + c.chips_imported + c.other.sum()
    served = c.rent + c.operation.sum()
    imported = {"compute": c.chips_imported, "components": c.components_imported}
    found: Pairs = {}
    for t in s.years:
        for n, j in enumerate(b.sectors):
            if j == b.ai:
                continue
            usual = b.depreciation[n] + g0 + v["investment_trend"][t]
            investment = v["investment"][j, t]
            excess = investment / v["capital"][j, t] - usual
            cost = 1 + e.adjustment_capital * excess - v["tobin_q"][j, t] / v["price_investment"][t]
            found["investment", j, t] = (investment / (usual * b.capital_stock[n]), cost)
        price = v["price_compute_investment"][t] * (1 - v["compute_subsidy"][t])
        investment = v["compute_investment"][t]
        excess = investment / v["compute_capacity"][t] - invested / c.stock
        gain = v["compute_q"][t] * v["compute_build"][t] / price
        found["compute investment", "", t] = (
            investment / invested,
            1 + e.adjustment_compute * excess - gain,
        )
        capacity = v["compute_utilisation"][t] * v["compute_capacity"][t] / c.stock
        found["compute capacity", "", t] = (
            v["compute_rent"][t],
            capacity - v["compute_service"][t] / served,
        )
        for u, base in imported.items():
            room = np.log((v["chip_quota"][u, t] + CLOSED) * base / v["chips_imported"][u, t])
            found["quota", u, t] = (v["chip_premium"][u, t], room)
    return found


def check_complementarity(s: Solution) -> Pairs:
    """Both sides are non-negative and one is zero; returns the pairs."""
    pairs = complementary_pairs(s)
    gaps = {k: max(-x, -y, min(abs(x), abs(y))) for k, (x, y) in pairs.items()}
    worst = max(gaps, key=lambda k: gaps[k])
    assert gaps[worst] < TOLERANCE, (worst, pairs[worst])
    return pairs


def check_returns(s: Solution, solved: range) -> None:
    """Accumulation, the return on every stock and, under foresight, the Euler equation."""
    b, v = s.benchmark, s.values
    c, e = b.compute, b.elasticities
    r0, g0 = rates(s)
    invested = c.chips_domestic + c.chips_imported + c.other.sum()
    stocks = {
        j: {
            "stock": lambda t, j=j: v["capital"][j, t],
            "investment": lambda t, j=j: v["investment"][j, t],
            "installed": lambda t: 1.0,
            "q": lambda t, j=j: v["tobin_q"][j, t],
            "price": lambda t: v["price_investment"][t],
            "income": lambda t, j=j, n=n: b.capital[n] / b.capital_stock[n] * v["rental"][j, t],
            "premium": lambda t, j=j, n=n: (
                (b.capital[n] / b.capital_stock[n] - b.depreciation[n] - r0)
                * b.path.premia[t - b.base_year]
                + v["risk_premium"][j, t]
            ),
            "delta": b.depreciation[n],
            "usual": lambda t, n=n: b.depreciation[n] + g0 + v["investment_trend"][t],
            "a": e.adjustment_capital,
            "sigma": e.capital_labour[n],
            "scale": b.capital_stock[n],
        }
        for n, j in enumerate(b.sectors)
        if j != b.ai
    }
    stocks["compute"] = {
        "stock": lambda t: v["compute_capacity"][t],
        "investment": lambda t: v["compute_investment"][t],
        "installed": lambda t: v["compute_build"][t],
        "q": lambda t: v["compute_q"][t],
        "price": lambda t: v["price_compute_investment"][t] * (1 - v["compute_subsidy"][t]),
        "income": lambda t: c.rent / c.stock * v["compute_rent"][t] * v["compute_utilisation"][t],
        "premium": lambda t: c.rent / c.stock - c.depreciation - r0 + v["risk_premium"][b.ai, t],
        "delta": c.depreciation,
        "usual": lambda t: invested / c.stock,
        "a": e.adjustment_compute,
        "sigma": e.ai_inputs,
        "scale": c.stock,
    }
    total = {t: sum(v["capital"][j, t] for j in b.sectors if j != b.ai) for t in solved}
    for name, k in stocks.items():
        for t in solved:
            grown = (1 - k["delta"]) * k["stock"](t) + k["installed"](t) * k["investment"](t)
            assert abs(k["stock"](t + 1) - grown) < TOLERANCE * k["scale"], (name, t)
        for t in solved[1:-1]:
            keep = 1 - k["delta"]
            if s.foresight:
                rate = k["investment"](t + 1) / k["stock"](t + 1)
                saved = k["price"](t + 1) * k["a"] / 2 * (rate**2 - k["usual"](t + 1) ** 2)
                payoff = k["income"](t + 1) + saved + keep * k["q"](t + 1)
            else:
                crowding = k["stock"](t + 1) / k["stock"](t) * total[t - 1] / total[t]
                payoff = k["income"](t) * crowding ** (-1 / k["sigma"])
                payoff += keep * k["price"](t) / k["installed"](t)
            worth = k["q"](t) * (1 + v["interest_rate"][t] + k["premium"](t))
            assert abs(worth - payoff) < TOLERANCE, (name, t, worth, payoff)
    if not s.foresight:
        return
    spent = {t: sum(v["spending"][h, t] for h in b.households) for t in solved}
    for t in solved[:-1]:
        cpi, after = v["price_consumption"][t], v["price_consumption"][t + 1]
        growth = spent[t + 1] / after / (spent[t] / cpi)
        reward = e.discount * v["euler_wedge"][t] * (1 + v["interest_rate"][t]) * cpi / after
        assert abs(growth - reward**e.intertemporal) < TOLERANCE, t


def zeros(pairs: Pairs, condition: str, label: str = "") -> list[int]:
    """Years in which the first side of a condition is zero and the second is not."""
    return [t for (c, x, t), (a, b) in pairs.items() if (c, x) == (condition, label) and a < b]


@pytest.mark.parametrize("foresight", [True, False])
@pytest.mark.parametrize("ai_mode", ["labour", "capital", "guo"])
def test_baseline(runs: Runs, ai_mode: str, foresight: bool) -> None:
    s = runs.baseline("5", ai_mode, foresight, 2050 if foresight else 2030)
    check_complementarity(s)
    check_returns(s, range(2020, s.years[-1] + 1))


def test_baseline_of_43_sectors(runs: Runs) -> None:
    s = runs.baseline("43")
    check_complementarity(s)
    check_returns(s, range(2020, 2051))


@pytest.mark.parametrize("foresight", [True, False])
@pytest.mark.parametrize("share", [0.1, 0.0])
def test_quotas_that_bind(
    runs: Runs, quota: Callable[..., Drivers], share: float, foresight: bool
) -> None:
    origin = runs.baseline("5", foresight=foresight, last_year=2050 if foresight else 2030)
    s = runs.policy(origin, quota(origin, share))
    pairs = check_complementarity(s)
    check_returns(s, range(2026, s.years[-1] + 1))
    for u in ("compute", "components"):
        assert min(s.values["chip_premium"][u, t] for t in s.years if t >= 2026) > 0.5
        assert zeros(pairs, "quota", u) == list(range(2020, 2026))


@pytest.mark.parametrize("foresight", [True, False])
def test_a_quota_at_the_reference_is_no_quota(
    runs: Runs,
    quota: Callable[..., Drivers],
    moved: Callable[..., tuple[float, str]],
    foresight: bool,
) -> None:
    """The corner of the condition: both sides are zero at once."""
    origin = runs.baseline("5", foresight=foresight, last_year=2050 if foresight else 2030)
    s = runs.policy(origin, quota(origin, 1.0))
    check_complementarity(s)
    for name in ("output", "consumption", "chips_imported", "price_output"):
        for k, x in origin.values[name].items():
            assert s.values[name][k] == pytest.approx(x, rel=1e-7), (name, k)


@pytest.mark.parametrize(
    ("sector", "driver", "value", "foresight"),
    [
        # with foresight both solvers lose the solution just below a tax of 0.4
        ("IND", "production_tax_rate", 0.38, True),
        ("IND", "risk_premium", 0.4, False),
        ("ELC", "production_tax_rate", 0.4, True),
        ("ELC", "risk_premium", 0.4, False),
        ("AGR", "risk_premium", 0.3, True),
        ("AGR", "risk_premium", 0.3, False),
    ],
)
def test_investment_that_stops(
    runs: Runs, sector: str, driver: str, value: float, foresight: bool
) -> None:
    """The sector lives off its capital for years."""
    origin = runs.baseline("5", foresight=foresight, last_year=2050 if foresight else 2035)
    years = [t for t in origin.years if t >= 2026]
    s = runs.policy(origin, {driver: {(sector, t): value for t in years}})
    pairs = check_complementarity(s)
    check_returns(s, range(2026, s.years[-1] + 1))
    assert len(zeros(pairs, "investment", sector)) >= 2
    assert s.values["investment"][sector, 2026] < 1e-8


def test_compute_that_lies_idle(runs: Runs, level: Callable[..., Drivers]) -> None:
    """AI sixty times as productive where it joins machines: less of it is needed, and no rent paid."""
    origin = runs.baseline("5", "capital", False, 2035)
    s = runs.policy(origin, level(origin, "ai_productivity", 60.0))
    pairs = check_complementarity(s)
    check_returns(s, range(2026, 2036))
    idle = zeros(pairs, "compute capacity")
    assert len(idle) >= 3
    assert all(s.values["compute_rent"][t] < 1e-8 for t in idle)
    assert min(pairs["compute capacity", "", t][1] for t in idle) > 1e-6


def test_compute_investment_that_stops(runs: Runs, level: Callable[..., Drivers]) -> None:
    """Capacity fifty times as usable from one year to the next: none is added until most is worn."""
    origin = runs.baseline("5")
    s = runs.policy(origin, level(origin, "compute_utilisation", 50.0))
    pairs = check_complementarity(s)
    check_returns(s, range(2026, 2051))
    assert len(zeros(pairs, "compute investment")) >= 3
    assert len(zeros(pairs, "compute capacity")) >= 3
