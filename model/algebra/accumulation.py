"""Capital of any kind over time: accumulation, adjustment cost, choice, arbitrage, the horizon.

For a stock K with investment I, depreciation delta, a price PI of investment goods, income R per unit of
stock and year, a usual rate of investment i0 and adjustment cost a/2 (I/K - i0)^2 K:

    accumulation   K' = (1 - delta) K + h I
    choice         I >= 0   ⊥   1 + a (I/K - i0) - q h / PI >= 0
    arbitrage      q (1 + r + xi) = R^e + PI^e a/2 ((I/K)^2 - i0^2)^e + (1 - delta) q^e
    horizon        one condition per stock in the last year: see below

q is the value of installed capital, r the interest rate from this year to the next, xi a premium and h
what a unit of investment installs. With a = 0 the choice says q h = PI while there is investment.

Expectations. With foresight R^e, PI^e and q^e are next year's. :class:`TrendExpectations` know no prices
but this year's: they expect demand for capacity to grow at the trend G, know that capacity which grows
faster earns less, and value capital after next year at replacement cost:

    R^e = R (K'/(G K))^(-1/sigma)      q^e = PI / h

The horizon. Any condition serves that puts the last year on the path of an economy without end:

    closing_growth       K'/K - G = lambda (K/K_-1 - G)      growth gaps close at a stable root lambda
    steady_investment    I/I_-1 = Y/Y_-1                     Lau, Pahlke & Rutherford (2002, JEDC 26)
    a policy known       for example C = c(K), where theory gives it
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import pyomo.environ as pyo

from engels.model.algebra.complementarity import define_complementarity
from engels.model.algebra.equilibrium import Term, define_equation, of
from engels.model.algebra.errors import ModelError
from engels.model.algebra.grid import ANNUAL, Annual

LEAST_ELASTICITY = 0.01
"""A smaller one would let an income fall by half for a stock that grows by less than a hundredth."""


@dataclass(frozen=True)
class Capital:
    """One kind of capital, told in functions of (its index, year).

    The index may be empty: a one-sector economy writes ``stock=lambda t: m.K[t]``. ``depreciation`` and
    ``benchmark`` (the stock to which equations are relative) are numbers or functions of the index,
    ``usual_rate`` (i0) is a number or a function of (index, year) too. Accumulation alone needs the first
    four.
    """

    stock: Term
    investment: Term
    depreciation: float | Term = 0.0
    benchmark: float | Term = 1.0
    value: Term = lambda *_: 1.0
    price: Term = lambda *_: 1.0
    income: Term = lambda *_: 0.0
    usual_rate: float | Term = 1.0
    adjustment: float = 0.0
    installed: Term | None = None

    def rate(self, *k: Any) -> Any:
        """I / K"""
        return self.investment(*k) / self.stock(*k)

    def adjustment_cost(self, *k: Any) -> Any:
        """Investment goods that installing takes, beside those installed."""
        if self.adjustment == 0:
            return 0.0
        excess = self.rate(*k) - of(self.usual_rate, *k)
        return self.adjustment / 2 * excess**2 * self.stock(*k)

    def replacement(self, *k: Any) -> Any:
        """Price of the investment that installs a unit of stock."""
        return self.price(*k) if self.installed is None else self.price(*k) / self.installed(*k)


@dataclass(frozen=True)
class TrendExpectations:
    """Investors who see one year ahead; ``trend`` is G, ``elasticity`` sigma (of the index) above."""

    trend: float | Term
    elasticity: float | Term


def define_accumulation(
    m: pyo.Block,
    name: str,
    *index: Iterable[Any],
    years: Iterable[int],
    capital: Capital,
    grid: Annual = ANNUAL,
) -> None:
    """K' = (1 - delta) K + h I in each of ``years``; the stock reaches one year further."""

    def rule(*k: Any) -> Any:
        *key, t = k

        def following(t: int) -> Any:
            installed = capital.investment(*key, t)
            if capital.installed is not None:
                installed = capital.installed(*key, t) * installed
            return (1 - of(capital.depreciation, *key)) * capital.stock(*key, t) + installed

        size = of(capital.benchmark, *key)
        then = capital.stock(*key, grid.after(t))
        if grid.span(t) == 1:
            return then / size == following(t) / size
        growth = grid.over(t, lambda t: pyo.log(following(t) / capital.stock(*key, t)))
        return pyo.log(then / capital.stock(*k)) == growth

    define_equation(m, name, (*index, years), rule)


def define_investment_choice(
    m: pyo.Block, name: str, *index: Iterable[Any], years: Iterable[int], capital: Capital
) -> None:
    """I >= 0 ⊥ 1 + a (I/K - i0) - q h / PI >= 0"""

    def pair(*k: Any) -> tuple[Any, Any]:
        key = k[:-1]
        usual = of(capital.usual_rate, *k)
        gain = capital.value(*k) / capital.price(*k)
        if capital.installed is not None:
            # not over the price of an installed unit, which has none where nothing is installed
            gain = gain * capital.installed(*k)
        cost = 1 + capital.adjustment * (capital.rate(*k) - usual) - gain
        return capital.investment(*k) / (usual * of(capital.benchmark, *key)), cost

    define_complementarity(m, name, list(product(*index, years)), pair)


def define_arbitrage(
    m: pyo.Block,
    name: str,
    *index: Iterable[Any],
    years: Iterable[int],
    capital: Capital,
    interest: Term,
    premium: Term | None = None,
    numeraire: Callable[[int], Any] | None = None,
    expectations: TrendExpectations | None = None,
    grid: Annual = ANNUAL,
) -> None:
    """What a unit of capital is worth this year against what it earns and is worth next year.

    ``interest`` is a function of the year, ``premium`` of (index, year). ``expectations`` None is
    foresight. The equation is in units of ``numeraire``. Raises ``ModelError`` where expectations have an
    elasticity below ``LEAST_ELASTICITY``.
    """

    def payoff(*k: Any, here: bool = False) -> Any:
        # of next year, or with `here` of this one
        *key, t = k
        kept = 1 - of(capital.depreciation, *key)
        if expectations is not None:
            grown = capital.stock(*key, t + 1) / (capital.stock(*k) * of(expectations.trend, t))
            elasticity = of(expectations.elasticity, *key)
            # with fixed proportions an income of more capital is not to be expected at any price
            if isinstance(elasticity, (float, int)) and not elasticity >= LEAST_ELASTICITY:
                raise ModelError(
                    f"{name}{list(key) if key else ''}: the elasticity of what investors expect to earn is "
                    f"{elasticity:g}; without foresight it must be at least {LEAST_ELASTICITY:g}"
                )
            crowded = grown ** (-1 / elasticity)
            return capital.income(*k) * crowded + kept * capital.replacement(*k)

        def earned(*then: Any) -> Any:
            payoff = capital.income(*then) + kept * capital.value(*then)
            if capital.adjustment == 0:
                return payoff
            saved = capital.rate(*then) ** 2 - of(capital.usual_rate, *then) ** 2
            return payoff + capital.price(*then) * capital.adjustment / 2 * saved

        return earned(*key, t if here else grid.after(t))

    def rule(*k: Any) -> Any:
        *key, t = k
        if expectations is None and grid.span(t) > 1:

            def change(t: int) -> Any:
                at = (*key, t)
                required = 1 + interest(t) + (premium(*at) if premium is not None else 0.0)
                return pyo.log(capital.value(*at) * required / payoff(*at, here=True))

            grown = payoff(*k) / payoff(*k, here=True)
            if numeraire is not None:
                grown = grown * (numeraire(t) / numeraire(grid.after(t)))
            return pyo.log(grown) == grid.over(t, change)
        required = 1 + interest(t) + (premium(*k) if premium is not None else 0.0)
        unit = numeraire(t) if numeraire is not None else 1.0
        # next year's earnings are next year's money; adaptive investors know no prices but today's
        then = numeraire(grid.after(t)) if numeraire is not None and expectations is None else unit
        return capital.value(*k) / unit * required - payoff(*k) / then == 0

    define_equation(m, name, (*index, years), rule)


def define_horizon(
    m: pyo.Block, name: str, *index: Iterable[Any], last: int, condition: Term
) -> None:
    """``condition(*index, last)``, one equation per stock."""
    define_equation(m, name, index, lambda *key: condition(*key, last))


def closing_growth(stock: Term, growth: Any, root: float, grid: Annual = ANNUAL) -> Term:
    """Gaps between the growth of a stock and ``growth`` close at the rate ``root``.

    Where they do close at about that rate, the date of the horizon does not matter.
    """

    def condition(*k: Any) -> Any:
        *key, t = k
        gap = stock(*key, t + 1) / stock(*k) - growth
        b = grid.before(t)
        before = (stock(*k) / stock(*key, b)) ** (1 / grid.span(b)) - growth
        return gap == root ** grid.span(b) * before

    return condition


def steady_investment(investment: Term, output: Term) -> Term:
    """Investment grows with output in the last year."""

    def condition(*k: Any) -> Any:
        before = (*k[:-1], k[-1] - 1)
        return investment(*k) / investment(*before) == output(*k) / output(*before)

    return condition
