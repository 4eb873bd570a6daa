"""Identities that prices and quantities of a solution obey, computed from these and nothing else.

For every nest (``nests.py``), with inputs x_c bought at p_c, shares a_c and efficiencies e_c:

    price      log P = log M_(1-s)(a, p / e)                  the index, a power mean (``power_mean.py``)
    cost       P X = sum_c p_c x_c                            what a composite costs is what its inputs cost
    quantity   log X = log M_((s-1)/s)(a, e x / a)            what the inputs make; s = 0: each e_c x_c / a_c

The same for the composite of intermediates, whose single inputs are no variables, for the spending of
households on goods (cost), and for the Euler equation (saving):

    saving     log(C'/C) = ies log(beta omega (1 + r))

The equations that a solver is given may be true of numbers that are no equilibrium, where an equation is
badly written: divided by 1 - s, say, next to s = 1. These are computed otherwise, by expm1 and log1p.

Gaps of price and saving are in logs. Those of cost and quantity are relative to the value of the
composite, or to its benchmark's where that is larger, as equations are scaled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.common.gc_manager import PauseGC

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.grid import Time, Years, single_years, spans
from engels.model.algebra.nests import Family, Nest, at, share_of
from engels.model.algebra.power_mean import log_power_mean
from engels.model.economy.compute import chip_family
from engels.model.economy.firms import production_family
from engels.model.economy.households import far_sighted
from engels.model.economy.trade import armington_family, transformation_family

Array = NDArray[np.float64]
TINY = 1.0e-300
"""Stands for a price or quantity of zero, whose logarithm does not exist."""


@dataclass(frozen=True)
class Gap:
    """How far an identity is from holding, and where that is furthest."""

    kind: str
    size: float
    place: str


@dataclass
class _Bundles:
    """Composites of the same number of inputs in some years: places, and numbers of shape (n,) or (n, C).

    The years of a composite follow each other.
    """

    places: Sequence[str]
    years: Sequence[int]
    sigma: Array
    price: Array
    quantity: Array
    benchmark: Array
    shares: Array
    efficiency: Array
    input_price: Array
    bought: Array

    def gaps(self) -> Iterator[Gap]:
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            effective = self.input_price / self.efficiency
            yield self._worst("price", self._price(effective))
            yield self._worst("cost", self._cost())
            yield self._worst("quantity", self._quantity())

    def _price(self, effective: Array) -> Array:
        index = log_power_mean(1 - self.sigma, self.shares, _logs(effective))
        # of fixed proportions the index is a sum, which takes a price of zero
        fixed = _logs((self.shares * effective).sum(axis=1))
        return np.abs(_logs(self.price) - np.where(self.sigma == 0, fixed, index))

    def _cost(self) -> Array:
        spent = (self.input_price * self.bought).sum(axis=1)
        size = np.abs(self.price) * np.maximum(np.abs(self.quantity), self.benchmark)
        return np.abs(spent - self.price * self.quantity) / size

    def _quantity(self) -> Array:
        per_share = np.where(
            self.shares == 0,
            self.quantity[:, None],
            self.efficiency * self.bought / np.where(self.shares == 0, 1.0, self.shares),
        )
        # the power (s - 1) / s of proportions that are as good as fixed is beyond any number
        fixed = np.abs(self.sigma) < 1e-12
        s = np.where(fixed, 1.0, self.sigma)
        made = np.exp(log_power_mean((s - 1) / s, self.shares, _logs(per_share)))
        size = np.maximum(np.abs(self.quantity), self.benchmark)
        # fixed proportions: each input by itself, as much as it is of the whole
        apart = np.abs(self.shares * (per_share - self.quantity[:, None])).max(axis=1)
        return np.where(fixed, apart, np.abs(made - self.quantity)) / size

    def _worst(self, kind: str, gap: Array) -> Gap:
        gap = np.where(np.isfinite(gap), gap, np.inf)
        n = int(np.argmax(gap))
        place, year = divmod(n, len(self.years))
        return Gap(kind, float(gap[n]), f"{self.places[place]}, {self.years[year]}")


def _logs(x: Array) -> Array:
    return np.asarray(np.log(np.maximum(x, TINY)))


def family_gaps(economy: Any, family: Family, t: Time) -> list[Gap]:
    """The worst gap of price, cost and quantity over the nests of a family, in a year or in several.

    ``economy`` is a solved model, or a point of one, with which the family was made.
    """
    years = single_years(t)
    rows: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for (name, key), node in family.nests().items():
        rows[len(node.inputs)].append(
            (f"{name} of {key}", *_numbers(economy, family, node, key, t))
        )
    found: list[Gap] = []
    for group in rows.values():
        places, *columns = zip(*group, strict=True)
        single, several = columns[:4], columns[4:]
        found += _Bundles(
            places,
            years,
            *(np.array(c).reshape(-1) for c in single),
            *(np.array(c).swapaxes(1, 2).reshape(len(group) * len(years), -1) for c in several),
        ).gaps()
    return _worst_of_each(found)


def _numbers(economy: Any, family: Family, node: Nest, key: Any, t: Time) -> tuple[Any, ...]:
    """A nest in the columns of :class:`_Bundles`: arrays over years, and lists of them by input."""
    n = len(single_years(t))

    def over(x: Any) -> Array:
        return x if isinstance(x, np.ndarray) else np.full(n, _number(x))

    nodes = [i.node for i in node.inputs]
    return (
        over(node.sigma),
        over(family.price_of(economy, node, key, t)),
        over(family.quantity_of(economy, node, key, t)),
        over(node.value),
        [over(share_of(node, i, t)) for i in node.inputs],
        [over(at(i.efficiency, t)) for i in node.inputs],
        [over(family.price_of(economy, x, key, t)) for x in nodes],
        [over(family.quantity_of(economy, x, key, t)) for x in nodes],
    )


def _number(x: Any) -> float:
    if isinstance(x, float):
        return x
    found = pyo.value(x, exception=False)
    return float("nan") if found is None else float(found)


def families(economy: Any, b: Benchmark, ai_mode: str) -> list[Family]:
    """Every family of nests of the economy; the model's equations are made of the same ones."""
    found = [
        production_family(economy, b, ai_mode),
        armington_family(economy, b),
        transformation_family(economy, b),
        chip_family(economy, b),
    ]
    return [f for f in found if f.roots]


def identity_gaps(point: Any, b: Benchmark, ai_mode: str) -> list[Gap]:
    """The worst gap of every kind in a solved point of the economy."""
    years = list(point.years)
    # beside a model of a million objects a search for garbage takes ten times as long as all this
    with PauseGC():
        found = [
            g
            for f in families(point, b, ai_mode)
            for t in spans(years)
            for g in family_gaps(point, f, t)
        ]
    found += _intermediates(point, b, years)
    found.append(_spending(point, years))
    if point.foresight:
        found.append(_saving(point, b))
    return _worst_of_each(found)


def _worst_of_each(gaps: Iterable[Gap]) -> list[Gap]:
    worst: dict[str, Gap] = {}
    for g in gaps:
        if g.kind not in worst or not g.size <= worst[g.kind].size:
            worst[g.kind] = g
    return list(worst.values())


def _intermediates(point: Any, b: Benchmark, years: Sequence[int]) -> Iterator[Gap]:
    """Composites of intermediates by sector, and the demand for each good that they add up to."""
    sigma = float(b.elasticities.intermediates)
    goods = list(point.inputs)
    rows = [b.index(i) for i in goods]
    using = list(point.using)
    columns = [b.index(j) for j in using]
    base = b.intermediate[np.ix_(rows, columns)]
    shares = (base / b.intermediate[:, columns].sum(axis=0)).T

    def table(entries: Any, names: Sequence[str]) -> Array:
        return np.array([entries[name, Years(tuple(years))] for name in names]).T

    price, own = table(point.price_composite, goods), table(point.price_intermediate, using)
    volume = table(point.intermediate, using)
    wanted = table(point.intermediate_demand, goods)
    shape = (len(years), *shares.shape)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        logs = np.broadcast_to(_logs(price)[:, None, :], shape)
        index = log_power_mean(np.full(shape[:2], 1 - sigma), np.broadcast_to(shares, shape), logs)
        gap = np.abs(_logs(own) - index)
        # x_ij = a_ij N_j (PN_j / PQ_i)^s
        bought = shares * volume[:, :, None] * (own[:, :, None] / price[:, None, :]) ** sigma
        total = base.sum(axis=1)
        short = np.abs(bought.sum(axis=1) - wanted) / np.maximum(np.abs(wanted), total)
        worth = own * volume
        cost = np.abs((price[:, None, :] * bought).sum(axis=2) - worth)
        cost = cost / (np.abs(own) * np.maximum(np.abs(volume), base.sum(axis=0)))
    for kind, found, names, what in (
        ("price", gap, using, "intermediates"),
        ("cost", cost, using, "intermediates"),
        ("quantity", short, goods, "intermediate demand"),
    ):
        found = np.where(np.isfinite(found), found, np.inf)
        t, k = divmod(int(np.argmax(found)), found.shape[1])
        yield Gap(kind, float(found[t, k]), f"{what} of {names[k]}, {years[t]}")


def _spending(point: Any, years: Sequence[int]) -> Gap:
    """What households pay for goods is what they spend."""
    worst = Gap("cost", 0.0, "spending")
    t = Years(tuple(years))
    paid: dict[str, Any] = defaultdict(float)
    for i, h in point.wants:
        paid[h] = paid[h] + point.price_composite[i, t] * point.consumption[i, h, t]
    for h, x in paid.items():
        with np.errstate(invalid="ignore", divide="ignore"):
            gap = np.abs(x / point.spending[h, t] - 1)
        gap = np.where(np.isfinite(gap), gap, np.inf)
        n = int(np.argmax(gap))
        if not gap[n] <= worst.size:
            worst = Gap("cost", float(gap[n]), f"spending of {h}, {years[n]}")
    return worst


def _saving(point: Any, b: Benchmark) -> Gap:
    """The Euler equation of those who look ahead, in logs."""
    e = b.elasticities
    spent = {
        t: sum(far_sighted(point, b, h, t) * point.spending[h, t] for h in b.households)
        / point.price_consumption[t]
        for t in point.years
    }
    worst = Gap("saving", 0.0, "")

    def reward(t: int) -> float:
        return np.log1p(point.interest_rate[t]) + np.log(e.discount * point.euler_wedge[t])

    for t in point.interest_years:
        with np.errstate(invalid="ignore", divide="ignore"):
            growth = np.log(spent[point.grid.after(t)]) - np.log(spent[t])
            gap = float(np.abs(growth - e.intertemporal * point.grid.over(t, reward)))
        if not gap <= worst.size:
            worst = Gap("saving", gap, str(t))
    return worst
