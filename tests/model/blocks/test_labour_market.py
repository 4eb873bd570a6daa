"""Unemployment, mobility, training and new tasks: the laws of the block in solved economies."""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engels.model.blocks.work import heads, market_of, skill_persons
from engels.model.solving.solution import Solution

from ..block_runs import (
    LAST,
    START,
    STEADY,
    YEARS,
    baseline,
    constant,
    economy,
    of_year,
    path,
    point,
    quality,
    run,
    year_of,
)
from ..reported import rows_of

WORK = ("labour_market",)
DEPTH = constant("automation_depth", 0.1)
"""A tenth of the exposed tasks handed to AI, all at once."""
FEW = settings(max_examples=4, deadline=None)


@cache
def automated(
    persistence: float = 0.0,
    adjustment: float = 0.0,
    settings: tuple[tuple[str, float], ...] = (),
) -> Solution:
    """The block alone, hit by that shock."""
    kept = [("persistence", persistence), ("adjustment", adjustment)]
    changed = tuple((f"labour_market.{name}", x) for name, x in kept if x)
    return run(baseline(WORK, changed + settings), DEPTH)


def real_wage(s: Solution, skill: str, t: int) -> float:
    """Log of the mean wage of a skill in consumer prices over its reference."""
    v = s.values
    paid = v["wage_bill"][skill, t] / v["labour_supply"][skill, t] / v["price_consumption"][t]
    return math.log(paid / v["reference_wage"][skill, t])


@pytest.mark.parametrize("foresight", [True, False])
def test_the_baseline_is_at_rest(foresight: bool) -> None:
    """Unemployment at its base rate, one wage per skill, nobody trained beyond the endowments."""
    s = baseline(WORK, (), foresight, last=LAST if foresight else 2030)
    b = s.benchmark
    rest = dict(zip(b.skills, market_of(b).unemployment, strict=True))
    for (skill, _), u in s.values["unemployment"].items():
        assert u == pytest.approx(rest[skill], abs=1e-10)
    for k, x in rows_of(s).items():
        if k[0] == "wage_premium":
            assert x == pytest.approx(1.0, abs=1e-10), k
    for name in ("trainees", "trained", "reinstated", "mobility_gap", "attached", "wage_memory"):
        assert max(abs(x) for x in s.values[name].values()) < 1e-9, name


def test_wages_are_the_sectors_wages() -> None:
    """Premia multiply the mean wage of a skill; weighted by labour they give the wage bill."""
    s = automated()
    for skill in s.benchmark.skills:
        for t in (2027, 2040):
            mean = s.values["wage_bill"][skill, t] / s.values["labour_supply"][skill, t]
            paid = sum(
                rows_of(s)["wage_premium", j, skill, t] * mean * x
                for (j, q, year), x in s.values["labour"].items()
                if (q, year) == (skill, t)
            )
            assert paid == pytest.approx(s.values["wage_bill"][skill, t], rel=1e-9)


# ------------------------------------------------------------------ the wage curve


RULES = [(0.0, 0.0), (0.8, 0.0), (1.0, 0.1)]
"""Persistence and adjustment: at once on the wage curve, with delay, and until unemployment is back."""


@pytest.mark.parametrize(("persistence", "adjustment"), RULES)
def test_the_wage_curve(persistence: float, adjustment: float) -> None:
    """x = rho x(-1) - ((1 - rho) epsilon + alpha) log(u / u0), with the real wage x read off the solution."""
    s = automated(persistence, adjustment)
    p = market_of(s.benchmark)
    answer = (1 - persistence) * p.wage_curve + adjustment
    for n, skill in enumerate(s.benchmark.skills):
        u = [s.values["unemployment"][skill, t] / p.unemployment[n] for t in s.years]
        x = [real_wage(s, skill, t) for t in s.years]
        for before, now, loose in zip(x, x[1:], u[1:], strict=False):
            assert now == pytest.approx(persistence * before - answer * math.log(loose), abs=1e-9)
        assert min(x) < -1e-3  # automation has moved them
        assert max(u) > 1.01


def test_unemployment_returns_where_wages_go_on_adjusting() -> None:
    """With persistence one the base rate is the only place of rest. Less persistence delays wages, so that
    more lose their work at first, and leads to the gap of the wage curve."""
    first, last = [], []
    for rule in RULES:
        s = automated(*rule, STEADY)
        u, rest = s.values["unemployment"], market_of(s.benchmark).unemployment
        gap = {
            t: float(np.mean([u[q, t] / rest[n] - 1 for n, q in enumerate(s.benchmark.skills)]))
            for t in (START, LAST)
        }
        first.append(gap[START])
        last.append(gap[LAST])
    assert first[1] > 1.5 * first[0]
    assert last[1] == pytest.approx(last[0], rel=0.02)
    assert abs(last[2]) < 0.02 * last[0]
    assert last[0] > 0.02


def test_discouragement_lowers_participation() -> None:
    """Where more are unemployed, those who do not search lower the labour force further."""
    forces = []
    for kappa in (0.0, 0.5):
        origin = baseline(WORK, (("labour_market.discouragement", kappa),), last=2030)
        s = run(origin, DEPTH)
        assert of_year(s, "unemployment", START) > 0.053
        forces.append(of_year(s, "labour_force", START))
    assert forces[1] < forces[0] * (1 - 1e-4)


# ------------------------------------------------------------------ mobility and training


def test_free_movement_leaves_one_wage_per_skill() -> None:
    """As mobility grows premia go to one and the economy settles."""
    origin = baseline(WORK)
    runs = [run(origin, DEPTH, constant("mobility", eta)) for eta in (0.5, 30.0, 1000.0)]
    spread = [
        max(abs(x - 1) for k, x in rows_of(s).items() if k[0] == "wage_premium" and k[3] >= START)
        for s in runs
    ]
    assert spread[0] > 30 * spread[1]
    assert spread[1] > 30 * spread[2]
    assert spread[2] < 2e-3
    gdp = [path(s, "gdp_real") for s in runs]
    near, far = (float(np.abs(g / gdp[2] - 1).max()) for g in (gdp[1], gdp[0]))
    assert near < 0.1 * far


def test_attachment_lets_premia_fade() -> None:
    """The longer a gap lasts the more have moved: a premium of the first year melts away."""
    s = automated()

    def spread(t: int) -> float:
        return max(
            abs(x - 1) for k, x in rows_of(s).items() if k[0] == "wage_premium" and k[3] == t
        )

    assert spread(START) > 0.005
    assert spread(2050) < 0.5 * spread(START)


def test_training_conserves_persons() -> None:
    """Where neither wages nor unemployment move participation, all persons are accounted for: in the labour
    force of one skill or another, or in training."""
    choices = (
        ("labour_market.discouragement", 0.0),
        ("elasticities.labour_supply", 0.0),
        ("labour_market.training_elasticity", 6.0),
    )
    origin = baseline(WORK, choices, last=2035)
    s = run(origin, constant("automation_depth", 0.2))
    b = s.benchmark
    assert sum(abs(x) for x in s.values["trainees"].values()) > 0.01
    before, after = point(origin), point(s)
    for t in (START, 2030, 2035):
        persons = {}
        for name, p in (("before", before), ("after", after)):
            found = [heads(p, b, q, t) for q in b.skills]
            persons[name] = sum(k["employed"] + k["unemployed"] for k in found)
        rate = market_of(b).unemployment[0]
        learning = sum(s.values["trainees"][a, z, t] for a, z in after.training_steps)
        learning *= market_of(b).training_time / (1 - rate)
        assert persons["after"] + learning == pytest.approx(persons["before"], rel=1e-9)


def test_training_follows_wages() -> None:
    """More train for the next skill where its wage has risen on theirs, and it takes them years."""
    s = automated()
    p, persons = market_of(s.benchmark), skill_persons(s.benchmark)
    for (a, z, t), trainees in s.values["trainees"].items():
        gain = real_wage(s, z, t) - real_wage(s, a, t)
        usual = p.training_rate * persons[a] * s.values["labour_endowment"][a, t]
        assert trainees == pytest.approx(usual * math.expm1(p.training_elasticity * gain), abs=1e-9)
        kept = (1 - p.training_loss) * s.values["trained"][a, z, t]
        assert s.values["trained"][a, z, t + 1] == pytest.approx(
            kept + p.training_success * trainees, abs=1e-9
        )


# ------------------------------------------------------------------ new tasks


@pytest.mark.parametrize("lag", [2.0, 7.0])
def test_new_tasks_follow_with_a_lag(lag: float) -> None:
    """n = ratio x depth (1 - (1 - 1/lag)^k) after k years, whose mean wait is the lag."""
    ratio, depth = 0.8, 0.1
    origin = baseline(WORK, (("labour_market.reinstatement_lag", lag),))
    s = run(origin, DEPTH, constant("reinstatement", ratio))
    missing = 0.0
    for t in YEARS:
        done = 1 - (1 - 1 / lag) ** (t - START)
        for j in s.benchmark.sectors:
            assert rows_of(s)["new_tasks", j, "", t] == pytest.approx(
                ratio * depth * done, abs=1e-10
            )
        missing += 1 - rows_of(s)["new_tasks", "SRV", "", t] / (ratio * depth)
    rest = (1 - 1 / lag) ** (LAST + 1 - START) * lag
    assert missing + rest == pytest.approx(lag, rel=1e-9)


@FEW
@given(st.floats(0.0, 0.9), st.floats(0.1, 0.6))
def test_new_tasks_raise_the_labour_share(ratio: float, more: float) -> None:
    origin = baseline(WORK, (), True, "labour", 2035)
    few, many = (run(origin, DEPTH, constant("reinstatement", x)) for x in (ratio, ratio + more))
    share = [path(s, "labour_share")[START - 2020 + 1 :] for s in (few, many)]
    assert np.all(share[1] > share[0])


# ------------------------------------------------------------------ wages in other accounts


def test_fees_are_paid_and_received() -> None:
    """Trainees pay for teaching that the government buys: the budget and GDP do not notice."""
    s = automated()
    cost = market_of(s.benchmark).training_cost * 1e-3
    for t in (2030, LAST):
        trainees = sum(x for k, x in s.values["trainees"].items() if year_of(k) == t)
        price = s.values["price_government"][t]
        assert of_year(s, "training_fees", t) == pytest.approx(cost * trainees * price, abs=1e-12)
    assert max(abs(x) for k, x in rows_of(s).items() if k[0] == "budget_gap") < 1e-9


def test_skills_are_neighbours() -> None:
    """Training leads one step up, for every pair of neighbouring skills."""
    b = economy(WORK)
    found = {k[:2] for k in baseline(WORK).values["trainees"]}
    assert found == set(itertools.pairwise(b.skills))


def test_better_ai_in_a_labour_market_with_frictions() -> None:
    """Friction costs output when AI comes; nothing else about the direction changes."""
    origin = baseline(WORK)
    s, plain = run(origin, quality(), DEPTH), run(baseline(()), quality(), DEPTH)
    gain = of_year(s, "gdp_real", START) / of_year(origin, "gdp_real", START)
    free = of_year(plain, "gdp_real", START) / of_year(baseline(()), "gdp_real", START)
    assert gain < free
    assert of_year(s, "gdp_real", LAST) > of_year(origin, "gdp_real", LAST)
