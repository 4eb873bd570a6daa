"""Diffusion of AI, and the intangibles that it needs: sow first, reap later."""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
import pytest

from engels.model.blocks.intangibles import path_growth
from engels.model.economy.capital import net_return
from engels.model.economy.trees import exposed_pay
from engels.model.reporting.lifetime import lifetime_welfare
from engels.model.solving.solution import Solution
from engels.runs.indicators.deviations import break_even, trough

from ..block_runs import (
    LAST,
    START,
    STEADY,
    YEARS,
    baseline,
    constant,
    diffusing,
    economy,
    of_year,
    path,
    quality,
    run,
    speed,
)
from ..reported import rows_of


def test_adoption_is_logistic() -> None:
    """d(t) = c / (1 + ((c - d0) / d0) e^(-kappa t)), Griliches (1957)."""
    b = economy(("diffusion",))
    d = b.technology.diffusion
    assert d is not None
    s = run(baseline(("diffusion",)), speed(0.35))
    d0, c = float(d.start[0]), float(d.ceiling[0])
    for t in YEARS:
        expected = c / (1 + (c - d0) / d0 * math.exp(-0.35 * (t - START)))
        assert rows_of(s)["adoption", "SRV", "", t] == pytest.approx(expected, rel=1e-9)


def test_coordination_failure_and_waiting_slow_diffusion() -> None:
    origin = baseline(("diffusion",))
    free = diffusing()
    failing = run(origin, quality(), speed(0.35), constant("coordination_failure", 0.5))
    half = diffusing(0.175)
    waiting = run(origin, quality(), speed(0.35), constant("infrastructure_threshold", 3.0))
    for t in range(START + 1, LAST + 1):
        assert of_year(failing, "adoption_mean", t) == pytest.approx(
            of_year(half, "adoption_mean", t), rel=1e-9
        )
        assert of_year(waiting, "adoption_mean", t) < of_year(free, "adoption_mean", t)
    # once infrastructure is there, diffusion goes on at its speed
    odds = waiting.values["adoption_odds"]
    assert odds["SRV", 2049] - odds["SRV", 2048] > 0.3 > odds["SRV", 2027] - odds["SRV", 2026]


@pytest.mark.slow
def test_a_lower_price_speeds_diffusion_where_it_is_asked_to() -> None:
    settings = (("diffusion.price", 0.3),)
    slow, fast = (
        run(baseline(("diffusion",), settings), quality(rate), speed(0.2)) for rate in (0.02, 0.15)
    )
    assert of_year(fast, "adoption_mean", 2040) > of_year(slow, "adoption_mean", 2040) + 0.02


def test_quality_makes_tasks_feasible() -> None:
    """The odds of feasibility rise with the square root of quality, the default elasticity."""
    s = diffusing()
    for t in (2030, 2050):
        z = s.values["ai_productivity"][t]
        odds = (0.23 / 0.77) * math.sqrt(z)
        assert of_year(s, "feasible_share", t) == pytest.approx(odds / (1 + odds), rel=1e-9)


def test_faster_diffusion_does_not_lower_output_at_the_end() -> None:
    """On a path of better AI, from no diffusion at all to one that takes a few years."""
    speeds = (0.0, 0.085, 0.175, 0.35, 0.6, 1.2)
    gdp = [of_year(diffusing(k), "gdp_real", LAST) for k in speeds]
    assert all(b > a for a, b in itertools.pairwise(gdp)), gdp


def test_forced_diffusion_of_poor_ai_costs() -> None:
    """With AI as good as in the base year, tasks are handed over at no gain: consumption falls, while the
    compute that they need is investment and keeps GDP up. Where capital deepens for decades consumption falls
    for ten years, and what comes later does not make up for it."""
    for settings, years in ((STEADY, None), ((), 10)):
        origin = baseline(("diffusion",), settings)
        s = run(origin, speed(0.35))
        gap = path(s, "consumption_real")[START - 2020 :] / path(origin, "consumption_real")[6:] - 1
        assert np.all(gap[:years] < 0)
    found = lifetime_welfare(s.benchmark, origin, s, START)
    assert all(x.gain_beta < 0 for x in found.values())
    assert of_year(s, "investment_real", 2030) > of_year(origin, "investment_real", 2030)
    assert of_year(diffusing(), "consumption_real", LAST) > of_year(
        origin, "consumption_real", LAST
    )


@cache
def sow(multiplier: float, rate: float = 0.15) -> tuple[Solution, Solution]:
    """Diffusion with intangibles, and the same without."""
    settings = (("sow_reap.multiplier", multiplier),)
    blocks = ("diffusion", "sow_reap")
    return run(baseline(blocks, settings), quality(rate), speed(0.35)), diffusing()


@pytest.mark.slow
def test_intangibles_are_what_adoption_needed() -> None:
    """Kept up, the stock is the sum of what was put in, and measured efficiency ends above one."""
    s, _ = sow(3.0)
    stock, invested = s.values["intangible"], s.values["sown"]
    b = s.benchmark
    n = b.index("SRV")
    need = 3.0 * exposed_pay(b)["SRV"] / float(b.labour[n].sum() + b.capital[n])
    for t in range(START, LAST):
        growth = path_growth(s.benchmark, t)
        kept = 0.8 * stock["SRV", t]
        assert stock["SRV", t + 1] * growth == pytest.approx(kept + invested["SRV", t], abs=1e-12)
        assert invested["SRV", t] >= 0
        # what is handed over next year has been prepared, but for what becomes feasible meanwhile
        handed = s.values["automated"]["SRV", t + 1] * need
        assert 0.8 * handed <= stock["SRV", t + 1] <= handed * (1 + 1e-9)
    # at rest the stock adds (r0 + premium - growth) of itself: it pays where its return exceeds growth
    for premium in (0.0, 0.05):
        settings = (("sow_reap.premium", premium),)
        origin = baseline(("diffusion", "sow_reap"), settings)
        settled = run(origin, quality(0.5, 4.0), speed(0.8))
        effect = path(settled, "intangible_effect")
        low = int(np.argmin(effect))
        assert effect.min() < 1
        assert low < len(effect) // 2
        assert np.all(np.diff(effect[low:]) > -1e-5)
        pays = net_return(b) + premium > path_growth(b, LAST) - 1 + 0.01
        assert (effect[-1] > 1) == pays


def test_the_trough_deepens_with_the_intangible_share() -> None:
    depths = []
    for multiplier in (0.0, 3.0, 6.0):
        s, plain = sow(multiplier)
        gap = path(s, "gdp_real") / path(plain, "gdp_real") - 1
        depths.append(gap.min())
    assert depths[0] == pytest.approx(0.0, abs=1e-10)
    assert all(b < a - 1e-5 for a, b in itertools.pairwise(depths)), depths


@pytest.mark.slow
def test_first_sow_then_reap() -> None:
    """The sign pattern of Helpman and Trajtenberg: a dip first, a gain later; a stronger technology turns
    the sign earlier."""
    dates = []
    for rate in (0.08, 0.15, 0.30):
        s, _ = sow(3.0, rate)
        origin = baseline(("diffusion", "sow_reap"), (("sow_reap.multiplier", 3.0),))
        gap = path(s, "gdp_real") / path(origin, "gdp_real") - 1
        year, depth = trough(s.years, gap)
        assert depth < 0
        turned = break_even(s.years, gap)
        assert turned is not None
        assert year < turned
        dates.append(turned)
        assert gap[-1] > 0
    assert dates == sorted(dates, reverse=True)
    assert dates[0] > dates[-1]
