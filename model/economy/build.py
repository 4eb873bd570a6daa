"""The economy: all blocks put together over a list of years.

One function builds every version. ``foresight=True`` over many years is the perfect-foresight economy;
``foresight=False`` over one year at a time is the recursive economy, and over the base year alone the
static one. What is exogenous is not decided here: every driver is a variable, and a closure
(``closures.py``) fixes as many variables as the economy leaves undetermined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import declare
from engels.model.algebra.errors import ModelError
from engels.model.algebra.grid import Grid
from engels.model.economy import (
    accounts,
    capital,
    compute,
    firms,
    government,
    households,
    markets,
    trade,
)
from engels.model.economy.block import Block, contributions_of
from engels.model.economy.drivers import define_drivers


def require_numbers(b: Benchmark) -> None:
    """Raise ``ModelError`` where a figure of the benchmark is no number.

    Elasticities may be infinite (a price taker), nothing else.
    """
    axes = [b.sectors, b.skills, b.households, b.path.years]
    for part, infinite in ((b, False), (b.compute, False), (b.path, False), (b.elasticities, True)):
        for field in fields(part):
            figures = getattr(part, field.name)
            if not isinstance(figures, (float, np.ndarray)):
                continue
            bad = np.isnan(figures) if infinite else ~np.isfinite(figures)
            if not np.any(bad):
                continue
            at = tuple(int(n) for n in np.argwhere(bad)[0])
            shape = np.shape(figures)
            names = [
                str(next((axis[k] for axis in axes if len(axis) == size), k))
                for k, size in zip(at, shape, strict=True)
            ]
            where = f"{field.name}[{', '.join(names)}]" if names else field.name
            raise ModelError(
                f"benchmark {b.name}: {where} is {np.asarray(figures)[at]}; every figure must be a "
                "number"
            )


def require_blocks(b: Benchmark, blocks: Sequence[Block]) -> None:
    """Raise ``ModelError`` where a block that the benchmark has on is not given, or one is given twice."""
    names = [block.name for block in blocks]
    missing = [name for name in b.technology.blocks if name not in names]
    if missing:
        raise ModelError(
            f"benchmark {b.name} has the block {missing[0]} on, and the model lacks it"
        )
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ModelError(f"block {twice[0]} is given twice")


def build_economy(
    b: Benchmark,
    years: Sequence[int],
    foresight: bool,
    ai_mode: str,
    horizon_growth: float = 1.0,
    blocks: Sequence[Block] = (),
) -> pyo.ConcreteModel:
    """The economy over ``years``, every variable at its benchmark value.

    With foresight longer periods may follow the single years, and one of a year (``algebra/grid.py``).

    Parameters
    ----------
    horizon_growth: one plus the rate at which stocks grow beyond the last year (foresight only).
    blocks: mechanisms beside the economy's own (:func:`engels.model.blocks.library.blocks_of`).

    Raises ``ModelError`` for years that are not consecutive, or fewer than three under foresight, for a
    benchmark with a figure that is no number, and where a block of the benchmark is not among ``blocks``.
    """
    require_blocks(b, blocks)
    require_numbers(b)
    years = list(years)
    periods = [z - a for a, z in pairwise(years)]
    # with foresight longer ones may follow; the condition at the horizon speaks of the growth of a year
    beyond = foresight and periods[:2] == [1, 1] and periods[-1] == 1
    if not years or min(periods, default=1) < 1 or (max(periods, default=1) > 1 and not beyond):
        raise ModelError(f"years {years}: they must be consecutive")
    if foresight and len(years) < 3:
        raise ModelError(f"years {years}: foresight needs at least three")
    # all that is made stays: to look for garbage in it over and over takes a third of the time
    with PauseGC():
        return _defined(b, years, foresight, ai_mode, horizon_growth, tuple(blocks))


def _defined(
    b: Benchmark,
    years: Sequence[int],
    foresight: bool,
    ai_mode: str,
    horizon_growth: float,
    blocks: tuple[Block, ...],
) -> pyo.ConcreteModel:
    m = pyo.ConcreteModel(name=f"{b.name} {ai_mode} {years[0]}-{years[-1]}")
    m.years = pyo.Set(initialize=years, ordered=True)
    m.ai_mode = ai_mode
    m.foresight = foresight
    m.blocks = blocks
    m.contributions = contributions_of(blocks)
    m.grid = Grid(years)
    m.stock_years = pyo.Set(initialize=[*years, years[-1] + 1], ordered=True)
    m.interest_years = pyo.Set(initialize=years[:-1] if foresight else years, ordered=True)
    # not mutable: a compiled model (newton.py) would go on with the value it was compiled with
    m.horizon_growth = pyo.Param(initialize=horizon_growth)
    if not foresight:
        # what recursive investors take for the trend: growth of the economy's capital last year
        declare(m, b, *capital.TREND)
    define_drivers(m, b)
    firms.define_firm_variables(m, b, ai_mode)
    trade.define_trade_variables(m, b)
    compute.define_compute_variables(m, b)
    capital.define_capital_variables(m, b)
    households.define_household_variables(m, b)
    government.define_government_variables(m, b)
    for block in blocks:
        if block.define_variables is None:
            declare(m, b, *block.variables)
        else:
            block.define_variables(m, b)

    firms.define_production(m, b, ai_mode)
    firms.define_intermediates(m, b)
    trade.define_armington(m, b)
    trade.define_exports(m, b)
    trade.define_quotas(m, b)
    trade.define_balance_of_payments(m, b)
    compute.define_compute(m, b)
    capital.define_capital(m, b, foresight)
    government.define_government(m, b)
    households.define_households(m, b, foresight)
    markets.define_markets(m, b)
    accounts.define_accounts(m, b)
    for block in blocks:
        block.define(m, b)
    return m
