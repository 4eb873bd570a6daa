"""Welfare over a lifetime: the equivalent variation in wealth of households and of groups inside them.

What a household has of a year is c = z / P, spending beyond commitments over its price index (the LES of
``demand.py``). With CRRA utility of ``saving.py`` (1/s the inverse of the elasticity s) lifetime utility is

    U = sum_t d_t c_t^(1 - 1/s) / (1 - 1/s)            (sum_t d_t log c_t at s = 1)

and wealth that buys it at the reference's prices P and interest rates, q_t the price of money of year t, is

    e(q P, U) = Z M(c / c0)     Z = sum_t q_t z0_t,  M the power mean of power 1 - 1/s, weights q_t z0_t / Z

where the reference, c0, is what the household chooses at its prices. That it is defines d_t: as the wedge
omega of the Euler equation does for the nation, it makes beta omega_h,t what the household's consumption
implies. So EV = Z (M - 1): the lump sum of wealth that at the reference's prices gives the run's utility. A
rise of c by x in every year is a gain of x; what only moves consumption through time gains nothing.

With beta alone for d_t, as if the wedge were no preference, the reference is not what the household would
choose, and wealth would be spent otherwise at once. Then the gain is told as the rise of c in every year that
has the run's utility (Lucas 1987), worth as much wealth: Z (M - 1) with the weights beta^t c0_t^(1 - 1/s).

Years between those that are solved lie on a line of logs, interest accumulates over a period as in
``grid.py``. After the last year the reference goes on in balanced growth for ever: spending grows by the rate
of the horizon condition, interest stays, and c / c0 stays what it is. Where growth is not below interest such
a tail has no value, and the last year is the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engels.calibration.benchmark import Array, Benchmark
from engels.model.algebra.grid import Grid, Years
from engels.model.algebra.point import Point, Values
from engels.model.algebra.power_mean import log_power_mean
from engels.model.economy.households import les_parameters
from engels.model.reporting.measures import supernumerary_spending
from engels.model.solving.solution import Solution


@dataclass(frozen=True)
class Lifetime:
    """Gain of a household: trillion yuan at prices of the first year, and what it is measured by.

    Attributes
    ----------
    gain: equivalent variation.
    gain_beta: the same with the discount factor beta alone.
    wealth: present value of the reference's spending.
    tail: share of that after the last year that is solved.
    """

    gain: float
    gain_beta: float
    wealth: float
    tail: float

    def __add__(self, other: Lifetime) -> Lifetime:
        wealth = self.wealth + other.wealth
        tail = (self.tail * self.wealth + other.tail * other.wealth) / wealth
        return Lifetime(self.gain + other.gain, self.gain_beta + other.gain_beta, wealth, tail)


@dataclass(frozen=True)
class Calendar:
    """Prices of money over the years.

    Attributes
    ----------
    solved: the years that are solved, T of them.
    years: every year from the first to the last of them, A.
    price: A, of money of a year, in money of the first.
    beyond: money of the last year that all years after it are worth, if money grows with the economy.
    growth: one plus that growth.
    """

    solved: Array
    years: Array
    price: Array
    beyond: float
    growth: float

    def every_year(self, values: Array) -> Array:
        """A: values of every year, from those of the solved ones (T), which are positive."""
        return np.asarray(np.exp(np.interp(self.years, self.solved, np.log(values))))


def calendar(reference: Solution, since: int) -> Calendar:
    """Prices of money of the reference from a year on, by its interest rates."""
    solved = [t for t in reference.years if t >= since]
    grid, rate = Grid(solved), reference.values["interest_rate"]
    price = [0.0]
    for t in solved[:-1]:
        price.append(price[-1] - grid.over(t, lambda s: float(np.log1p(rate[s]))))
    every = np.arange(solved[0], solved[-1] + 1, dtype=float)
    # with foresight there is no rate from the last year on: the one before it stays
    last = rate.get(solved[-1], rate[solved[-2]] if len(solved) > 1 else 0.0)
    growth = reference.horizon_growth
    static = len(reference.years) == 1
    beyond = 0.0 if static else series_beyond(growth / (1 + last))
    points = np.array(solved, dtype=float)
    return Calendar(points, every, np.exp(np.interp(every, points, price)), beyond, growth)


def series_beyond(ratio: float) -> float:
    """ratio + ratio^2 + ... ; 0 where that has no value."""
    return ratio / (1 - ratio) if ratio < 1 else 0.0


def present_value(when: Calendar, money: Array) -> tuple[float, float]:
    """Present value of money (A), its tail included, and the share of the tail."""
    tail = when.price[-1] * money[-1] * when.beyond
    whole = float(when.price @ money + tail)
    return whole, float(tail / whole)


def lifetime_gain(
    when: Calendar, beyond: Array, real: Array, real_run: Array, discount: float, elasticity: float
) -> tuple[float, float]:
    """Equivalent variation in wealth, and that with the discount factor alone; both as of the first year.

    Parameters
    ----------
    beyond: A, money that the reference spends beyond commitments.
    real, real_run: A, what that buys in the reference, and what it buys in the run.
    discount, elasticity: beta, and the elasticity of intertemporal substitution.
    """
    power = 1 - 1 / elasticity
    wealth, _ = present_value(when, beyond)
    ratio = np.log(real_run / real)
    implied = when.price * beyond
    since = when.years - when.years[0]
    impatient = discount**since * real**power
    tails = (
        when.beyond,
        series_beyond(discount * when.growth**power) if when.beyond > 0 else 0.0,
    )
    gains = []
    for weights, tail in zip((implied, impatient), tails, strict=True):
        whole = np.append(weights, weights[-1] * tail)
        mean = log_power_mean(power, whole / whole.sum(), np.append(ratio, ratio[-1]))
        gains.append(wealth * float(np.expm1(mean)))
    return gains[0], gains[1]


def lifetime_welfare(
    b: Benchmark, reference: Solution, run: Solution, since: int
) -> dict[str, Lifetime]:
    """The gain of every household, of the groups inside them where they are told apart, and of all (``""``).

    Years before ``since`` do not count.

    Raises ValueError where a household or group spends less than it is committed to.
    """
    when = calendar(reference, since)
    years = [int(t) for t in when.solved]
    e = b.elasticities
    paths = {True: reference.values, False: run.values}
    prices = {which: _log_prices(b, values, years) for which, values in paths.items()}
    found: dict[str, Lifetime] = {}

    def gain(h: str, group: str | None, spent: Array) -> Lifetime:
        beyond = {
            which: _beyond_commitments(b, values, h, years, group)
            for which, values in paths.items()
        }
        real = {
            which: when.every_year(beyond[which] / np.exp(prices[which][b.households.index(h)]))
            for which in paths
        }
        gained, with_beta = lifetime_gain(
            when,
            when.every_year(beyond[True]),
            real[True],
            real[False],
            e.discount,
            e.intertemporal,
        )
        wealth, tail = present_value(when, when.every_year(spent))
        return Lifetime(gained, with_beta, wealth, tail)

    def spent(variable: str, who: str) -> Array:
        return np.array([reference.values[variable][who, t] for t in years])

    for h in b.households:
        found[h] = gain(h, None, spent("spending", h))
    whole = [found[h] for h in b.households]
    if groups := b.technology.household_groups:
        for n, h in zip(groups.names, groups.region, strict=True):
            found[n] = gain(h, n, spent("group_spending", n))
    found[""] = sum(whole[1:], start=whole[0])
    return found


def _log_prices(b: Benchmark, values: Values, years: list[int]) -> Array:
    """H x T: log price index of what households buy beyond commitments."""
    _, beta = les_parameters(b)
    composite = values["price_composite"]
    logs = np.log([[composite[i, t] for t in years] for i in b.sectors])
    return np.asarray(beta.T @ logs)


def _beyond_commitments(
    b: Benchmark, values: Values, household: str, years: list[int], group: str | None
) -> Array:
    """T: spending beyond commitments, trillion yuan."""
    point = Point(values, {})
    found = np.asarray(supernumerary_spending(b, point, household, Years(tuple(years)), group))
    if not (found > 0).all():
        raise ValueError(
            f"{group or household} households spend less than they are committed to in "
            f"{years[int(np.argmin(found))]}; utility has no value there"
        )
    return found
