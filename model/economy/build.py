"""The economy: all blocks put together over a list of years.

One function builds every version. ``foresight=True`` over many years is the perfect-foresight economy;
``foresight=False`` over one year at a time is the recursive economy, and over the base year alone the
static one. What is exogenous is not decided here: every driver is a variable, and a closure
(``closures.py``) fixes as many variables as the economy leaves undetermined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Variable, declare
from engels.model.algebra.errors import ModelError
from engels.model.blocks import chain, diffusion, firm_size, innovation, intangibles, work
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
from engels.model.economy.drivers import USES, drivers_of


def define_drivers(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """A variable per driver of ``drivers.py``, and labour efficiency, at base-year values."""
    sets = {"sector": b.sectors, "skill": b.skills, "use": USES, "year": m.years}
    tax = dict(zip(b.sectors, b.production_tax / b.output, strict=True))
    base = {
        "production_tax_rate": lambda *k: tax[k[0]],
        "foreign_saving": lambda *k: base_foreign_saving(b),
    }
    tech = b.technology
    if tech.diffusion:
        ceiling = dict(zip(b.sectors, tech.diffusion.ceiling, strict=True))
        base["adoption_ceiling"] = lambda *k: ceiling[k[0]]
    if tech.labour_market:
        mobility, renewed = tech.labour_market.mobility, tech.labour_market.reinstatement
        base |= {"mobility": lambda *k: mobility, "reinstatement": lambda *k: renewed}
    if tech.firm_size:
        response = tech.firm_size.markup_response
        base["markup_response"] = lambda *k: response
    if tech.ideas:
        search, access = tech.ideas.search, tech.ideas.access
        base |= {"idea_search": lambda *k: search, "idea_access": lambda *k: access}
    for d in drivers_of(tech.blocks):
        default = 1.0 if d.default is None else d.default
        start = base.get(d.name, lambda *k, v=default: v)
        index = [sets[x] for x in d.dims]
        m.add_component(d.name, pyo.Var(*index, initialize=lambda _, *k, f=start: float(f(*k))))
    declare(m, b, *VARIABLES)


VARIABLES = (
    Variable(
        "labour_efficiency",
        ("years",),
        1.0,
        "index, base year = 1",
        "index",
        "efficiency of labour",
        "劳动效率",
        r"\Lambda",
    ),
)


def base_foreign_saving(b: Benchmark) -> float:
    """Base-year imports less exports, trillion yuan."""
    chips = b.compute.chips_imported + b.compute.components_imported
    return float(b.imports.sum() + chips - b.exports.sum())


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


def build_economy(
    b: Benchmark, years: Sequence[int], foresight: bool, ai_mode: str, horizon_growth: float = 1.0
) -> pyo.ConcreteModel:
    """The economy over ``years`` (consecutive), every variable at its benchmark value.

    Parameters
    ----------
    horizon_growth: one plus the rate at which stocks grow beyond the last year (foresight only).

    Raises ``ModelError`` for years that are not consecutive, or fewer than three under foresight, and
    for a benchmark with a figure that is no number.
    """
    require_numbers(b)
    years = list(years)
    if not years or years != list(range(years[0], years[0] + len(years))):
        raise ModelError(f"years {years}: they must be consecutive")
    if foresight and len(years) < 3:
        raise ModelError(f"years {years}: foresight needs at least three")
    # all that is made stays: to look for garbage in it over and over takes a third of the time
    with PauseGC():
        return _defined(b, years, foresight, ai_mode, horizon_growth)


def _defined(
    b: Benchmark, years: Sequence[int], foresight: bool, ai_mode: str, horizon_growth: float
) -> pyo.ConcreteModel:
    m = pyo.ConcreteModel(name=f"{b.name} {ai_mode} {years[0]}-{years[-1]}")
    m.years = pyo.Set(initialize=years, ordered=True)
    m.ai_mode = ai_mode
    m.stock_years = pyo.Set(initialize=[*years, years[-1] + 1], ordered=True)
    m.interest_years = pyo.Set(initialize=years[:-1] if foresight else years, ordered=True)
    # not mutable: a compiled model (newton.py) would go on with the value it was compiled with
    m.horizon_growth = pyo.Param(initialize=horizon_growth)
    if not foresight:
        # what recursive investors take for the trend: growth of the economy's capital last year
        declare(m, b, *capital.TREND)
    define_drivers(m, b)
    if b.technology.diffusion:
        diffusion.define_diffusion_variables(m, b)
    if b.technology.sow_reap:
        intangibles.define_intangible_variables(m, b)
    innovation.define_innovation_variables(m, b, foresight)
    if b.technology.compute_chain:
        chain.define_chain_variables(m, b)
    if b.technology.firm_size:
        firm_size.define_firm_size_variables(m, b)
    firms.define_firm_variables(m, b, ai_mode)
    if b.technology.labour_market:
        work.define_work_variables(m, b)
    trade.define_trade_variables(m, b)
    compute.define_compute_variables(m, b)
    capital.define_capital_variables(m, b)
    households.define_household_variables(m, b)
    government.define_government_variables(m, b)

    if b.technology.diffusion:
        diffusion.define_diffusion(m, b)
    if b.technology.sow_reap:
        intangibles.define_intangibles(m, b)
    innovation.define_innovation(m, b, foresight)
    if b.technology.firm_size:
        firm_size.define_firm_size(m, b)
    if b.technology.labour_market:
        work.define_work(m, b)
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
    return m
