"""Sowing and reaping: intangible capital that adoption needs and the accounts do not see.

    needed     N* = xi e cap (g(Z) d' - f0 d0)                   shares of the sector's value added
    sown       x = G N* - (1 - delta) N                          G: growth of the economy in the baseline
    stock      N' = ((1 - delta) N + x) / G
    efficiency A = (1 - x)(1 + rho N)                            on the sector's value added

Handing work to AI takes reorganisation, data and skills of the firm's own: xi yuan for each yuan of work
(e is the share of exposed work in value added), whether it is handed over because more firms adopt (d') or
because better AI makes more of it feasible (g). They are made by the sector itself, so that while it
sows its measured output is short of x; and they serve at the gross return rho = r0 + premium + delta,
which is when it reaps. Kept up, N stays what adoption needed, and measured efficiency ends above one.
True productivity, which counts what was sown as output, is 1 + rho N: the difference is the J-curve of
Brynjolfsson, Rock & Syverson (2021, American Economic Journal: Macroeconomics 13(1): 333-372), the dip
of the sowing phase that of Helpman & Trajtenberg (1998).
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Variable
from engels.model.algebra.functions import exp, log
from engels.model.algebra.point import Point
from engels.model.blocks.diffusion import share_adopted
from engels.model.economy.accounts import sector_value_added
from engels.model.economy.block import Block, Economy, Rows, national
from engels.model.economy.capital import net_return
from engels.model.economy.slots import sector_progress
from engels.model.economy.trees import exposed_pay

VARIABLES = (
    Variable(
        "intangible",
        ("adopters", "stock_years"),
        0.0,
        "share of value added",
        "share",
        "intangible capital of sector {0}",
        "{0}部门的无形资本",
        "N^{x}",
    ),
    Variable(
        "sown",
        ("adopters", "years"),
        0.0,
        "share of value added",
        "share",
        "intangible investment of sector {0}",
        "{0}部门的无形投资",
        "x^{N}",
    ),
)


def gross_return(b: Benchmark) -> float:
    """rho: what a unit of intangible capital adds to output in a year."""
    s = b.technology.sow_reap
    assert s is not None
    return net_return(b) + s.premium + s.depreciation


def path_growth(b: Benchmark, t: int) -> float:
    """One plus the growth of baseline GDP from ``t`` to the next year (the last known one beyond it)."""
    years, gdp = b.path.years, b.path.gdp
    n = min(t - years[0], len(years) - 2) if len(years) > 1 else 0
    return float(gdp[n + 1] / gdp[n]) if len(years) > 1 else 1.0


def reaped(m: Any, b: Benchmark, j: str, t: int) -> Any:
    """1 + rho N: true productivity relative to a sector without intangible capital."""
    return 1 + gross_return(b) * m.intangible[j, t]


def define_intangibles(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring; ``firms.py`` puts the efficiency of sectors together."""
    s, d = b.technology.sow_reap, b.technology.diffusion
    assert s is not None
    assert d is not None
    pay = exposed_pay(b)
    need = {}
    for j in m.adopters:
        n = b.index(j)
        added = float(b.labour[n].sum() + b.capital[n])
        need[j] = s.multiplier * pay[j] / added * float(d.cap[n])

    def kept(j: str, t: int) -> Any:
        return (1 - s.depreciation) * m.intangible[j, t]

    def sown_rule(_: Any, j: str, t: int) -> Any:
        base = d.feasible * float(d.start[b.index(j)])
        needed = need[j] * (m.feasible[t] * share_adopted(m, b, j, t, m.grid.after(t)) - base)
        # the stock is what is needed at the end of a period, and on a line to it before
        needed = m.grid.next_level(t, m.intangible[j, t], needed)
        return m.sown[j, t] == path_growth(b, t) * needed - kept(j, t)

    def stock_rule(_: Any, j: str, t: int) -> Any:
        # in shares of value added, which grows meanwhile
        then = m.grid.next_level(t, m.intangible[j, t], m.intangible[j, m.grid.after(t)])
        return then * path_growth(b, t) == kept(j, t) + m.sown[j, t]

    m.sown_definition = pyo.Constraint(m.adopters, m.years, rule=sown_rule)
    m.intangible_accumulation = pyo.Constraint(m.adopters, m.years, rule=stock_rule)


def efficiency(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """A: what sowing takes from a sector's efficiency and reaping adds."""
    return (1 - m.sown[j, t]) * reaped(m, b, j, t)


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """Investment and stock at current prices, and what both do to measured productivity."""
    invested = stock = effect = total = 0.0
    for j in b.sectors:
        added = sector_value_added(m, b, j, t)
        total += added
        if j not in m.adopters:
            continue
        # the accounts see what is left of value added once intangibles are made
        potential = added / (1 - m.sown[j, t])
        invested += m.sown[j, t] * potential
        stock += m.intangible[j, t] * potential
        effect += added * log(efficiency(m, b, j, t))
    return national(
        t,
        intangible_investment=invested,
        intangible_stock=stock,
        intangible_effect=exp(effect / total),
    )


BLOCK = Block(
    name="sow_reap",
    variables=VARIABLES,
    define=define_intangibles,
    contributions={sector_progress: efficiency},
    report=report,
)
