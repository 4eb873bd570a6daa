"""Economies whose tasks are known: simulated ones, and solved runs by what their blocks did.

A simulated industry is the paper's, with the share of labour as in its equation for CES production:

    s = G (W/A)^(1-sigma) / (G (W/A)^(1-sigma) + (1 - G) R^(1-sigma))        G: task content

It is simulated from given paths and handed to the accounting of :mod:`engels.runs.analysis.decompose`, which
sees flows and prices but neither G nor this formula. :func:`truth` is what it should find.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from engels.calibration.benchmark import Benchmark
from engels.runs.analysis.decompose import Flows, labour_demand, sigmas
from engels.runs.analysis.decompose_run import flows_of
from engels.runs.indicators import deviations
from engels.runs.store.inputs import RunResult

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Industries:
    """Paths of simulated industries, years (T) by industries (N)."""

    sigma: float
    content: Array  # T x N, task content
    wage: Array  # T
    rental: Array  # T
    efficiency: Array  # T, of labour over capital
    income: Array  # T x N, value added at current prices
    price: Array  # T, of output and consumption

    def share(self, content: Array | None = None) -> Array:
        """Labour shares, T x N; at the prices of the years, with other tasks where given."""
        g = self.content if content is None else content
        work = (self.wage / self.efficiency)[:, None] ** (1 - self.sigma)
        machines = self.rental[:, None] ** (1 - self.sigma)
        return np.asarray(g * work / (g * work + (1 - g) * machines))

    def flows(self) -> Flows:
        """What the accounting sees."""
        pay = (self.share() * self.income)[:, :, None]
        years, industries = self.income.shape
        total = self.income.sum(axis=1)
        rental = np.repeat(self.rental[:, None], industries, axis=1)
        return Flows(
            gdp_real=total / self.price,
            gdp_nominal=total,
            price_consumption=self.price,
            efficiency=self.efficiency,
            factor_income=self.income,
            profit=np.zeros_like(self.income),
            pay=pay,
            wage=np.repeat(self.wage[:, None], industries, axis=1)[:, :, None],
            rental=rental,
            bundle_price=rental,
            ai_work=np.zeros_like(pay),
            ai_machines=np.zeros_like(self.income),
            ai_price=np.ones(years),
        )


def truth(x: Industries) -> tuple[Array, Array]:
    """Log change of labour shares from each year to the next, (T - 1) x N: by prices, by tasks.

    Prices move first, with the tasks of the year before; then tasks move, at the prices of the year.
    """
    now, before = x.share(), x.share()[:-1]
    # tasks of the year before at the prices of the year
    between = x.share(np.vstack([x.content[:1], x.content[:-1]]))[1:]
    return np.log(between / before), np.log(now[1:] / between)


def first_order(x: Industries, step: int = 1) -> Array:
    """What the paper's formula takes for task content, log changes over ``step`` years.

    dln s - (1 - sigma)(1 - s_0)(dln W - dln R - g_A).
    """
    share = x.share()
    prices = np.log(x.wage / x.rental / x.efficiency)
    change = (prices[step:] - prices[:-step])[:, None]
    formula = (1 - x.sigma) * (1 - share[:-step]) * change
    return np.asarray(np.log(share[step:] / share[:-step]) - formula)


# ------------------------------------------------------------------ solved runs, mode labour


def depth(result: RunResult, run: str, b: Benchmark, new_tasks: bool = True) -> Array:
    """Tasks handed to AI beyond the base year's, share of the exposed, T x N; net of new tasks.

    ``new_tasks`` False: what was handed over alone. A path that a scenario gives to single sectors
    (the driver ``automation_depth_sector``) is not reported and not seen.
    """
    common = deviations.series(result.frame, run, "automation_depth").to_numpy(dtype=np.float64)
    found = np.repeat(common[:, None], len(b.sectors), axis=1)
    for variable, sign in (("automated_tasks", 1.0), ("new_tasks", -1.0 if new_tasks else 0.0)):
        for j, path in deviations.by_sector(result.frame, run, variable).items():
            found[:, b.index(str(j))] += sign * path.to_numpy(dtype=np.float64)
    return np.asarray(found, dtype=np.float64)


def mix_of_firms(result: RunResult, run: str, b: Benchmark) -> Array | float:
    """Labour's share of tasks by the mix of large and small firms, T x N, base year = 1."""
    size = b.technology.firm_size
    if size is None:
        return 1.0
    found = np.ones((len(result.frame["year"].unique()), len(b.sectors)))
    for j, path in deviations.by_sector(result.frame, run, "large_firm_share").items():
        i = b.index(str(j))
        now, base = path.to_numpy(dtype=np.float64), float(size.large_share[i])
        small = size.small_labour
        found[:, i] = (now + (1 - now) * small) / (base + (1 - base) * small)
    return found


def base_year(result: RunResult, b: Benchmark) -> Flows:
    """The base year in every year of a run: all prices are 1, and who does which tasks is measured."""
    start = flows_of(result, result.reference, b)
    years = len(start.gdp_real)
    return Flows(
        **{f.name: np.repeat(getattr(start, f.name)[:1], years, axis=0) for f in fields(Flows)}
    )


def moved(result: RunResult, b: Benchmark, tasks: Array, share: Array | float = 1.0) -> Flows:
    """The base year with other tasks: depths (T x N) and labour's share of tasks, base year = 1.

    In the nests of mode labour tasks are distribution parameters: AI's of a skill's tasks is its share in
    the base year plus exposure times depth, that of work is multiplied by ``share``, and what work loses
    capital gains. Where prices are 1 these are shares of cost.
    """
    flows = base_year(result, b)
    worked = flows.pay + flows.ai_work
    ai = np.divide(flows.ai_work, worked, out=np.zeros_like(worked), where=worked > 0)
    ai = ai + np.where(ai > 0, b.exposure[None], 0.0) * tasks[:, :, None]
    kept = (np.ones_like(tasks) * share)[:, :, None]
    pay, ai_work = kept * worked * (1 - ai), kept * worked * ai
    # AI is bought and no part of factor income; the bundle beside work in the AI sector is compute
    machines = flows.capital.copy()
    machines[:, b.index(b.ai)] = b.compute.rent + float(b.compute.operation.sum())
    gained = 1 + ((1 - kept) * worked).sum(axis=2) / machines
    income = pay.sum(axis=2) + flows.capital * gained + flows.profit
    return replace(flows, pay=pay, ai_work=ai_work, factor_income=income)


def content(run: Flows, start: Flows, b: Benchmark) -> Array:
    """Log change of labour's share of the cost of factors by tasks, T x N, at the prices of ``run``."""
    growth = np.log(run.efficiency / start.efficiency)
    found = labour_demand(run, start, sigmas(b), growth)
    own = np.zeros_like(found.weight)
    return np.divide(found.task_content, found.weight, out=own, where=found.weight != 0)
