"""Labour demand and the labour share of a run taken apart, and its jobs lost and created.

Pure accounting on figures of solved runs, after Acemoglu & Restrepo (2019, *Journal of Economic
Perspectives* 33(2): 3-30, and its appendix). Arrays run over years (T), sectors (N) and skills (S).
Any two states can be compared: a run and its reference year by year, or a run and itself a year before.

With GDP at constant prices Y, its deflator P, consumer prices P_C, factor income V_j of sectors (labour,
capital and profit), chi_j = V_j / V and labour shares s_j, the real wage bill is an identity:

    W L / P_C = Y  x  P / P_C  x  V / (P Y)  x  sum_j chi_j s_j

and the log change of each factor is a part: productivity, prices, taxes, and of the last factor

    composition      ln sum chi_1 s_1 - ln sum chi_0 s_1
    within sectors   ln sum chi_0 s_1 - ln sum chi_0 s_0 = sum_j l_j dln s_j

with l_j the normalised log mean of the sector's shares in either sum (Sato and Vartia): the paper takes
shares of the first year, which add up approximately, these add up exactly. Within a sector
s_j = s^c_j F_j / V_j, with F_j = V_j - profit the cost of factors and s^c_j labour's share of it:

    profit         dln (F_j / V_j)
    substitution   dln s^c_j had only wages and rentals moved, and AI kept its price against the factor
                   it works beside: to first order (1 - sigma_j)(1 - s_j)(dln W - dln R - g_A), as there
    ai             what the price of AI adds, tasks being what they were
    task content   the rest: tasks that moved between labour, machines and AI
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.power_mean import log_power_mean

Array = NDArray[np.float64]

HORIZONS = (1, 3, 5, 10, 20)
"""Years after the announcement at which jobs are counted."""

WINDOW = 5
"""Years of the centred mean that tells displacement from reinstatement along time, as in the paper."""

ECONOMY = ("productivity", "prices", "taxes")
SECTORS = ("composition", "profit", "substitution", "ai", "displacement", "reinstatement")
"""Parts of labour demand: of the economy, and as sums over sectors."""


@dataclass(frozen=True)
class Flows:
    """What the accounting takes from one run, all at current prices."""

    gdp_real: Array  # T
    gdp_nominal: Array  # T
    price_consumption: Array  # T
    efficiency: Array  # T, units of work per unit of labour, any index
    factor_income: Array  # T x N, value added net of production tax
    profit: Array  # T x N, beyond the cost of factors
    pay: Array  # T x N x S, wages paid
    wage: Array  # T x N x S, per unit of labour, any index
    rental: Array  # T x N, of a unit of capital, any index
    bundle_price: (
        Array  # T x N, of the bundle that holds capital (its rental, where it stands alone)
    )
    ai_work: Array  # T x N x S, AI bought to do tasks beside a skill
    ai_machines: Array  # T x N, AI bought to work in machines
    ai_price: Array  # T, per effective unit, any index

    @property
    def labour(self) -> Array:
        """Wages paid, T x N."""
        return np.asarray(self.pay.sum(axis=2))

    @property
    def capital(self) -> Array:
        """Cost of capital, T x N."""
        return self.factor_income - self.profit - self.labour

    def years(self, chosen: slice) -> Flows:
        """Some of the years."""
        return Flows(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


@dataclass(frozen=True)
class Sigmas:
    """Elasticities of substitution inside value added."""

    capital_labour: Array  # N
    skills: float = 1.0
    ai_work: Array | float = 1.0  # S, AI against labour of a skill
    ai_machines: float = 1.0  # AI against capital


def sigmas(b: Benchmark) -> Sigmas:
    """The elasticities of a benchmark; the AI sector substitutes between compute and labour."""
    e, chain = b.elasticities, b.technology.compute_chain
    capital_labour = e.capital_labour.astype(float).copy()
    capital_labour[b.index(b.ai)] = chain.elements if chain else e.ai_inputs
    return Sigmas(capital_labour, e.skills, e.ai_labour, e.ai_capital)


@dataclass(frozen=True)
class LabourDemand:
    """Parts of the log change of the real wage bill; they add up to ``total`` exactly."""

    total: Array  # T
    productivity: Array  # T, real GDP
    prices: Array  # T, deflator of GDP over consumer prices
    taxes: Array  # T, factor income over GDP
    composition: Array  # T x N, from here on sums over sectors count
    profit: Array  # T x N
    substitution: Array  # T x N
    ai: Array  # T x N
    task_content: Array  # T x N, weighted
    weight: Array  # T x N, of the log change of a sector's labour share

    @property
    def displacement(self) -> Array:
        """Task content where it fell, T x N."""
        return np.minimum(self.task_content, 0.0)

    @property
    def reinstatement(self) -> Array:
        """Task content where it rose, T x N."""
        return np.maximum(self.task_content, 0.0)

    def smoothed(self, window: int = WINDOW) -> tuple[Array, Array, Array]:
        """Displacement, reinstatement and what smoothing leaves, each T x N, for yearly changes.

        As in the paper a sector displaces in a year in which the centred mean of its task content is
        below zero; at both ends the mean is over the years there are. The three add up to the task
        content of the year.
        """
        own = np.divide(
            self.task_content, self.weight, out=np.zeros_like(self.weight), where=self.weight != 0
        )
        reach = window // 2
        mean = np.array(
            [own[max(t - reach, 0) : t + reach + 1].mean(axis=0) for t in range(len(own))]
        )
        down, up = self.weight * np.minimum(mean, 0), self.weight * np.maximum(mean, 0)
        return down, up, self.task_content - down - up


def labour_demand(
    now: Flows, before: Flows, sigma: Sigmas, augmentation: Array | float = 0.0
) -> LabourDemand:
    """Labour demand of one state against another, year by year.

    ``augmentation`` (T or a number) is the log change g_A of A_L / A_K, labour's efficiency over
    that of capital, from one state to the other. Of a run against its reference it is zero unless
    the run changes the efficiency of labour; of a run along time it is the growth of that efficiency,
    which the paper has to assume (2% and 1.46% a year) and a run knows.
    """
    chi, chi0 = _shares(now.factor_income), _shares(before.factor_income)
    share, share0 = now.labour / now.factor_income, before.labour / before.factor_income
    ends = (chi * share).sum(axis=1), (chi0 * share).sum(axis=1)
    # sum_j (s_j - s) dchi_j = sum_j s_j dchi_j: a sector counts by how far it is from the mean
    distance = share - ends[0][:, None]
    composition = distance * (chi - chi0) / log_mean(*ends)[:, None]
    weight = _shares(log_mean(_shares(chi0 * share), _shares(chi0 * share0)))

    cost, cost0 = now.factor_income - now.profit, before.factor_income - before.profit
    of_cost, of_cost0 = now.labour / cost, before.labour / cost0
    work, tasks = _prices_alone(now, before, sigma, augmentation)
    return LabourDemand(
        total=_change(
            now.labour.sum(axis=1) / now.price_consumption,
            before.labour.sum(axis=1) / before.price_consumption,
        ),
        productivity=_change(now.gdp_real, before.gdp_real),
        prices=_change(_deflator(now), _deflator(before)),
        taxes=_change(
            now.factor_income.sum(axis=1) / now.gdp_nominal,
            before.factor_income.sum(axis=1) / before.gdp_nominal,
        ),
        composition=composition,
        profit=weight * _change(cost / now.factor_income, cost0 / before.factor_income),
        substitution=weight * _change(work, of_cost0),
        ai=weight * _change(tasks, work),
        task_content=weight * _change(of_cost, tasks),
        weight=weight,
    )


def along_time(run: Flows, sigma: Sigmas) -> LabourDemand:
    """Labour demand of a run from each year to the next (T - 1 changes)."""
    now, before = run.years(slice(1, None)), run.years(slice(None, -1))
    return labour_demand(now, before, sigma, _change(now.efficiency, before.efficiency))


def _prices_alone(
    now: Flows, before: Flows, sigma: Sigmas, augmentation: Array | float
) -> tuple[Array, Array]:
    """Labour's share of the cost of factors had only prices moved, tasks being what they were.

    The first array lets wages and rentals move, the second the price of AI too. Both are exact for
    the nests of the model, whatever the size of the change:

        labour mode    capital | work (skills (labour | AI))
        capital mode   machines (capital | AI) | work (skills)
    """
    outer, skills = sigma.capital_labour, sigma.skills
    g = np.broadcast_to(np.asarray(augmentation, dtype=float), now.gdp_real.shape)
    wage = _change(now.wage, before.wage) - g[:, None, None]
    rental = _change(now.rental, before.rental)
    bundle = _change(now.bundle_price, before.bundle_price)
    ai = _change(now.ai_price, before.ai_price)[:, None]

    def labour(ai_change: Array) -> Array:
        inner = np.broadcast_to(np.asarray(sigma.ai_work, dtype=float), wage.shape)
        tasks = before.pay + before.ai_work
        price = unit_price(inner, [before.pay, before.ai_work], [wage, ai_change])
        work = unit_price(
            np.full(outer.shape, skills),
            [tasks[..., k] for k in range(tasks.shape[2])],
            [price[..., k] for k in range(tasks.shape[2])],
        )
        own = (1 - inner) * (wage - price) + (1 - skills) * (price - work[..., None])
        return np.asarray((before.pay * np.exp(own + ((1 - outer) * work)[..., None])).sum(axis=2))

    def capital(ai_change: Array) -> Array:
        inner = np.full(outer.shape, sigma.ai_machines)
        price = unit_price(inner, [before.capital, before.ai_machines], [bundle, ai_change])
        # what part of its bundle is paid to capital moves with its rental over the bundle's price
        own = (1 - inner) * (bundle - price) + (1 - outer) * price + rental - bundle
        return np.asarray(before.capital * np.exp(own))

    own, with_ai = labour(wage), labour(np.broadcast_to(ai[..., None], wage.shape))
    machines, with_ai_too = capital(bundle), capital(np.broadcast_to(ai, bundle.shape))
    return own / (own + machines), with_ai / (with_ai + with_ai_too)


def unit_price(sigma: Array, values: list[Array], changes: list[Array]) -> Array:
    """Log change of the unit price of a CES bundle of inputs of base ``values``.

    ``changes`` are the log changes of the inputs' prices. A bundle without value does not move.
    """
    total = sum(values, start=np.zeros_like(values[0]))
    shares = [np.divide(v, total, out=np.zeros_like(total), where=total != 0) for v in values]
    r = np.broadcast_to(1 - sigma, total.shape)
    logs = [np.broadcast_to(x, total.shape) for x in changes]
    return log_power_mean(r, np.stack(shares, axis=-1), np.stack(logs, axis=-1))


def log_mean(x: Array, y: Array) -> Array:
    """(x - y) / ln(x / y), x where both are equal, zero where one is zero."""
    both = (x > 0) & (y > 0)
    a, b = np.where(both, x, 1.0), np.where(both, y, 1.0)
    z = np.log(a / b)
    near = np.abs(z) < 1e-6
    # around equality the quotient is rounding noise; its series is y (1 + z/2 + z^2/6)
    found = np.where(near, b * (1 + z / 2 + z**2 / 6), (a - b) / np.where(near, 1.0, z))
    return np.where(both, found, 0.0)


def labour_share_change(
    labour: Array,
    income: Array,
    gdp: Array,
    labour_reference: Array,
    income_reference: Array,
    gdp_reference: Array,
) -> tuple[Array, Array, Array]:
    """Change of the labour share of GDP: (within T x N, between T x N, outside T).

    ``labour`` and ``income`` (wages and value added) are T x N nominal flows, ``gdp`` is T. Within and
    between are those of :func:`engels.runs.indicators.deviations.labour_share_parts` by sector; a sector is
    *between* as far as its labour share differs from the mean. *Outside* is what changes value added
    against GDP: taxes on products and licence rents. All add up to the change of wages over GDP.
    """
    total, total0 = income.sum(axis=1), income_reference.sum(axis=1)
    weight, weight0 = _shares(income), _shares(income_reference)
    share = np.divide(labour, income, out=np.zeros_like(income), where=income != 0)
    share0 = np.divide(
        labour_reference, income_reference, out=np.zeros_like(income), where=income_reference != 0
    )
    mean, mean0 = labour.sum(axis=1) / total, labour_reference.sum(axis=1) / total0
    scale = 0.5 * (total / gdp + total0 / gdp_reference)[:, None]
    within = scale * 0.5 * (weight + weight0) * (share - share0)
    distance = 0.5 * (share + share0) - 0.5 * (mean + mean0)[:, None]
    between = scale * distance * (weight - weight0)
    return within, between, 0.5 * (mean + mean0) * (total / gdp - total0 / gdp_reference)


def job_changes(employment: Array, reference: Array) -> tuple[Array, Array]:
    """Jobs created and lost, both positive, in the shape of the arguments: created - lost = net."""
    change = employment - reference
    return np.maximum(change, 0.0), np.maximum(-change, 0.0)


def _shares(values: Array) -> Array:
    return np.asarray(values / values.sum(axis=1, keepdims=True))


def _deflator(flows: Flows) -> Array:
    return flows.gdp_nominal / flows.gdp_real / flows.price_consumption


def _change(now: Array, before: Array) -> Array:
    """Log change; zero where there is nothing in either state."""
    there = (now > 0) & (before > 0)
    return np.log(np.where(there, now, 1.0) / np.where(there, before, 1.0))
