"""What must not move: quantities with the numeraire, all without a shock, a path with its start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo
import pytest

from engels.calibration.blocks import BLOCKS
from engels.model.algebra.point import restore, snapshot
from engels.model.blocks.declarations import NOMINAL, POWERS
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.economy.trees import AI_MODES
from engels.model.solving.closures import POLICY
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.solution import Solution
from engels.model.solving.solve import Engine, IpoptEngine, NewtonEngine, solve

from ..block_runs import ALL, baseline, constant
from ..block_runs import run as run_blocks

if TYPE_CHECKING:
    from tests.model.conftest import Drivers, Runs

EXACT = 1e-8
"""Relative change of a quantity, or of a price over the numeraire, when the numeraire changes."""
UNMOVED = 1e-7
"""Relative change of anything when nothing is shocked."""


def numeraire_gap(
    run: Solution, origin: Solution, years: Sequence[int], size: float = 1e-6
) -> tuple[float, str]:
    """Largest departure from: money values times the numeraire, all else as it was.

    Relative to the value, or to ``size`` where that is smaller.
    """
    factor = run.values["numeraire"]
    worst, place = 0.0, ""
    for name, entries in origin.values.items():
        if name in POWERS:
            continue
        for k, x in entries.items():
            t = k[-1] if isinstance(k, tuple) else k
            if t not in years or x is None:
                continue
            expected = x * factor[t] if name in NOMINAL else x
            gap = abs(run.values[name][k] - expected) / max(abs(expected), size)
            if not gap <= worst:
                worst, place = gap, f"{name}[{k}]: {run.values[name][k]}, not {expected}"
    return worst, place


CASES = [
    pytest.param("5", mode, kind == "foresight", last, 2020, id=f"5-{mode}-{kind}")
    for mode in AI_MODES
    for kind, last in (("foresight", 2050), ("recursive", 2026))
] + [
    pytest.param("5", "labour", True, 2050, 2026, id="5-labour-foresight-2026"),
    pytest.param("5", "labour", False, 2030, 2026, id="5-labour-recursive-2026"),
    pytest.param("43", "labour", False, 2022, 2020, id="43-labour-recursive"),
    pytest.param("43", "labour", True, 2050, 2020, id="43-labour", marks=pytest.mark.slow),
    pytest.param("43", "labour", True, 2050, 2026, id="43-labour-2026", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("aggregation", "ai_mode", "foresight", "last_year", "announced"), CASES)
@pytest.mark.sampled(4)
def test_doubling_the_numeraire_moves_no_quantity(
    runs: Runs,
    level: Callable[..., Drivers],
    aggregation: str,
    ai_mode: str,
    foresight: bool,
    last_year: int,
    announced: int,
) -> None:
    origin = runs.baseline(aggregation, ai_mode, foresight, last_year)
    run = runs.policy(origin, level(origin, "numeraire", 2.0, announced), announced)
    assert run.values["price_consumption"][last_year] == 2.0
    gap, place = numeraire_gap(run, origin, range(announced, last_year + 1))
    assert gap < EXACT, place


def test_doubling_the_numeraire_of_a_shocked_economy(
    runs: Runs, level: Callable[..., Drivers], quota: Callable[..., Drivers]
) -> None:
    """With a quota that binds, taxes and substitution among intermediates."""
    b = runs.benchmark("5")
    split = np.full(len(b.sectors), 2.0)
    b = b.with_(elasticities=replace(b.elasticities, intermediates=0.5, transformation=split))
    origin = solve_baseline(b, "labour", True, 2035)
    drivers = {
        **quota(origin, 0.2),
        **level(origin, "ai_tax", 0.1),
        **level(origin, "government_saving", -0.4),
        **level(origin, "compute_subsidy", 0.1),
    }
    shocked = runs.policy(origin, drivers)
    run = runs.policy(shocked, level(origin, "numeraire", 2.0))
    gap, place = numeraire_gap(run, shocked, range(2026, 2036))
    assert gap < EXACT, place


@pytest.mark.parametrize("foresight", [True, False])
def test_doubling_the_numeraire_with_every_block(foresight: bool) -> None:
    """Rents, wages, transfers, programmes and debt are all worth what they buy."""
    last = 2035 if foresight else 2028
    origin = baseline(BLOCKS, (), foresight, last=last)
    shocked = run_blocks(origin, ALL)
    run = run_blocks(origin, ALL, constant("numeraire", 2.0))
    # rents of links that do not bind are noise of some 1e-12
    gap, place = numeraire_gap(run, shocked, range(2026, last + 1), 1e-3)
    assert gap < EXACT, place


@pytest.mark.parametrize("foresight", [True, False])
def test_a_moving_numeraire_moves_no_quantity(runs: Runs, foresight: bool) -> None:
    """Prices that rise by 3% a year are another unit of account each year, and nothing else."""
    origin = runs.baseline("5", foresight=foresight, last_year=2050 if foresight else 2030)
    rising = {t: 1.03 ** (t - 2025) for t in origin.years if t >= 2026}
    run = runs.policy(origin, {"numeraire": rising})
    for name in ("output", "consumption", "capital", "investment", "labour", "gdp_real"):
        for k, x in origin.values[name].items():
            assert run.values[name][k] == pytest.approx(x, rel=EXACT), (name, k)


@pytest.mark.parametrize("foresight", [True, False])
@pytest.mark.parametrize("ai_mode", AI_MODES)
def test_no_shock_no_change(
    runs: Runs, moved: Callable[..., tuple[float, str]], ai_mode: str, foresight: bool
) -> None:
    origin = runs.baseline("5", ai_mode, foresight, 2050 if foresight else 2030)
    for announced in (2020, 2026):
        gap, place = moved(runs.policy(origin, {}, announced), origin)
        assert gap < UNMOVED, place


def far_from(
    origin: Solution, years: Sequence[int], seed: int, every_year: bool
) -> pyo.ConcreteModel:
    """The policy economy of ``years`` with its unknowns up to 5% off the origin's.

    ``every_year``: each year of each series is moved on its own; else a whole series at once.
    """
    b, values = origin.benchmark, origin.values
    m = build_economy(
        b, years, origin.foresight, origin.ai_mode, origin.horizon_growth, blocks_of(b)
    )
    restore(m, values)
    POLICY.apply(m, origin.foresight)
    random = np.random.default_rng(seed)
    factor: dict[object, float] = {}
    for x in m.component_data_objects(pyo.Var, active=True):
        if x.fixed:
            continue
        key = x.index()
        series = key if every_year else key[:-1] if isinstance(key, tuple) else ()
        move = factor.setdefault((x.parent_component().name, series), random.uniform(-0.05, 0.05))
        # premiums of slack quotas are zero: move them too
        x.set_value(
            x.value * (1 + move) if abs(x.value) > 1e-9 else abs(move), skip_validation=True
        )
    return m


def check_return(
    origin: Solution,
    years: Sequence[int],
    seed: int,
    every_year: bool = True,
    by: Engine | None = None,
) -> None:
    """Solving the policy closure from far off finds the origin again."""
    m = far_from(origin, years, seed, every_year)
    start = snapshot(m)
    solve(m, by)
    way = 0.0
    for name, entries in snapshot(m).items():
        for k, x in entries.items():
            if x is None:
                continue
            expected = origin.values[name][k]
            size = max(abs(expected), 1e-6)
            way = max(way, abs(x - start[name][k]) / size)
            assert abs(x - expected) <= UNMOVED * size, (name, k, x, expected)
    assert way > 0.04, "the start was no test"


@pytest.mark.parametrize("ai_mode", AI_MODES)
@pytest.mark.sampled(1)
def test_the_foresight_baseline_is_found_from_far_off(runs: Runs, ai_mode: str) -> None:
    origin = runs.baseline("5", ai_mode)
    for seed, announced in enumerate((2020, 2026)):
        check_return(origin, range(announced, 2051), seed)


@pytest.mark.parametrize("ai_mode", AI_MODES)
def test_the_recursive_baseline_is_found_from_far_off(runs: Runs, ai_mode: str) -> None:
    origin = runs.baseline("5", ai_mode, False, 2030)
    for t in (2020, 2021, 2026, 2030):
        check_return(origin, [t], seed=t)


@pytest.mark.slow
def test_43_sectors_are_found_from_far_off(runs: Runs) -> None:
    # Ipopt, which watches the residual, does so from some starts only
    origin = runs.baseline("43")
    check_return(origin, range(2026, 2051), seed=43, every_year=False, by=NewtonEngine())
    check_return(runs.baseline("43", foresight=False, last_year=2022), [2022], seed=43)


@pytest.mark.parametrize("foresight", [True, False])
def test_both_solvers_find_the_same(
    runs: Runs, level: Callable[..., Drivers], quota: Callable[..., Drivers], foresight: bool
) -> None:
    """Newton in memory against Ipopt, on a shock in which a quota binds."""
    origin = runs.baseline("5", foresight=foresight, last_year=2050 if foresight else 2030)
    drivers = {**level(origin, "ai_productivity", 3.0), **quota(origin, 0.3)}
    reference = solve_policy(origin, drivers, 2026, workshop=Workshop(IpoptEngine()))
    fast = runs.policy(origin, drivers)
    assert {r.solver for r in reference.reports} == {"ipopt"}
    assert {r.solver for r in fast.reports} == {"newton"}
    for name, entries in reference.values.items():
        for k, x in entries.items():
            if x is not None:
                assert fast.values[name][k] == pytest.approx(x, rel=EXACT, abs=1e-12), (name, k)
