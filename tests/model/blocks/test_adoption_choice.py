"""Adoption of AI as a choice: what pays, and how fast firms follow."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm

from engels.model.blocks import adoption_choice
from engels.model.solving.solution import Solution

from ..block_runs import Drivers, baseline, constant, economy, quality, run
from ..reported import rows_of

BLOCKS = ("diffusion", "adoption_choice")
LAST = 2035


@cache
def origin(settings: tuple[tuple[str, float], ...] = ()) -> Solution:
    return baseline(BLOCKS, settings, False, "tasks", LAST)


@cache
def better(name: str = "", value: float = 1.0) -> Solution:
    """Better AI, with one other driver at a constant."""
    return run(origin(), quality(), constant(name, value) if name else {})


def adopted(s: Solution, year: int = LAST) -> float:
    return rows_of(s)["adoption_mean", "", "", year]


def test_without_a_shock_adoption_stays() -> None:
    s = run(origin())
    start = economy(BLOCKS).technology.diffusion
    assert start is not None
    for j in ("AGR", "IND", "ELC", "SRV"):
        assert s.values["adoption"][j, LAST] == pytest.approx(float(start.start[0]), rel=1e-9)


def test_firms_that_want_to_adopt_are_those_whose_cost_the_saving_covers() -> None:
    """A share Phi of costs that are lognormal: within 0.01 of what the logistic one says."""
    b = economy(BLOCKS)
    p, d = adoption_choice.choice_of(b), b.technology.diffusion
    assert d is not None
    s = better()
    start, ceiling = float(d.start[0]), float(d.ceiling[0])
    # the mean of log costs is that at which the base year's share had adopted
    lowest = adoption_choice.NEAREST * norm.ppf(start / ceiling)
    for year in (2028, 2031, LAST):
        gap = s.values["worth_gap"]["SRV", year]
        wanted = rows_of(s)["adoption_wanted", "SRV", "", year] / ceiling
        odds = math.log(start / (ceiling - start)) + adoption_choice.NEAREST * gap / p.spread
        assert wanted == pytest.approx(1 / (1 + math.exp(-odds)), rel=1e-9)
        exact = norm.cdf(odds / adoption_choice.NEAREST)
        assert wanted == pytest.approx(exact, abs=0.01)
    assert lowest < 0


def test_firms_follow_what_pays_at_the_pace_given() -> None:
    """Log odds close a fifth of the gap to those wanted each year."""
    s = better()
    b = s.benchmark
    d = b.technology.diffusion
    assert d is not None
    pace = adoption_choice.choice_of(b).pace
    start = math.log(float(d.start[0]) / (float(d.ceiling[0]) - float(d.start[0])))
    odds, gap = s.values["adoption_odds"], s.values["worth_gap"]
    for t in range(2026, LAST):
        goal = start + adoption_choice.response(b) * gap["SRV", t]
        moved = odds["SRV", t + 1] - odds["SRV", t]
        assert moved == pytest.approx(pace * (goal - odds["SRV", t]), rel=1e-7)


def test_the_worth_of_adopting_is_its_discounted_saving() -> None:
    """Computed anew from prices: the saving of the composite of tasks, lasting for so many years."""
    s, b = better(), economy(BLOCKS)
    p, theta = adoption_choice.choice_of(b), b.tasks.shape
    n, rows, v = b.index("SRV"), rows_of(s), s.values
    pay = b.exposure[n] * b.labour[n]
    years = np.linspace(0, p.lifetime, 20001)

    def value(at: Solution, year: int) -> float:
        z = at.values["ai_productivity"][year]
        price = at.values["price_composite"][b.ai, year] / z
        saved = 0.0
        for k, skill in enumerate(b.skills):
            wage = at.values["wage"][skill, year] / at.values["labour_efficiency"][year]
            done = adoption_choice.base_odds(b, "SRV", skill) * (wage / price) ** theta
            saved += pay[k] / pay.sum() * (1 - (1 + done) ** (-1 / theta))
        rate = float(b.capital[n] / b.capital_stock[n] - b.depreciation[n])
        worth = np.trapezoid(np.exp(-rate * years), years)
        return float(at.values["feasible"][year] * saved * worth)

    gap = math.log(value(s, LAST) / value(origin(), LAST))
    assert v["worth_gap"]["SRV", LAST] == pytest.approx(gap, rel=1e-6)
    assert gap > 0
    assert rows["adoption_wanted", "SRV", "", LAST] > rows["adoption", "SRV", "", LAST]


@pytest.mark.parametrize(
    ("name", "value", "sign"),
    [
        ("cost_of_adopting", 0.5, 1),
        ("cost_of_adopting", 2.0, -1),
        ("ai_tax", -0.3, 1),
        ("ai_tax", 0.5, -1),
        ("coordination_failure", 0.5, -1),
    ],
)
def test_policy_moves_adoption_through_what_it_costs(name: str, value: float, sign: int) -> None:
    assert sign * (adopted(better(name, value)) - adopted(better())) > 0.01


def test_dearer_credit_slows_adoption() -> None:
    s = origin()
    risk: Drivers = {
        "risk_premium": {(j, t): 0.05 for j in ("IND", "ELC", "SRV") for t in range(2026, LAST + 1)}
    }
    assert adopted(run(s, quality(), risk)) < adopted(better()) - 0.001


def test_adoption_that_does_not_pay_ends() -> None:
    """AI that becomes dearer is given up, which a speed that is given never does."""
    s = run(origin(), constant("ai_tax", 1.0))
    assert adopted(s) < adopted(origin()) - 0.005
