"""The economy of Korinek & Suh (2024, NBER 32255): tasks, saving and a frontier of automation.

A planner maximises the utility of consumption. Output is made of tasks, by capital or labour (L = 1):

    Y = A (theta (K/theta)^((s-1)/s) + (1 - theta) (L/(1 - theta))^((s-1)/s))^(s/(s-1))
    theta <= Phi  ⊥  w >= R         of the share Phi of tasks that can be automated, theta are
    dK/dt = Y - delta K - C,        dC/dt / C = (R - delta - rho) / eta

In region 1 all that can be automated is (theta = Phi) and labour is scarce, w > R. In region 2 it is
not, w = R = A and Y = A (K + L). Where Phi comes to 1, Y = A (K + L) from then on, which gives the
policy at the horizon in closed form; elsewhere capital grows as fast as consumption there.

With a fixed factor M = 1 of cost share mu, Y = A X^(1-mu) M^mu (their equation 19), X the tasks.

Time is continuous: flows over a step are the mean of its two ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from engels.model.algebra.accumulation import Capital, define_accumulation, define_horizon
from engels.model.algebra.complementarity import define_complementarity
from engels.model.algebra.nests import Input, Leaf, ces, define_nests, technology
from engels.model.algebra.power_mean import log_power_mean
from engels.model.algebra.saving import define_euler
from engels.model.solving.compiled import Compiled
from engels.model.solving.solve import solve, solve_path

Frontier = Callable[[float], float]
"""Share Phi of tasks that can be automated, by year."""

SAME_PRICE = 1e-6
"""Labour is not scarce where its wage is above the return to capital by less than this share of it."""

SAVED = 0.3
"""Share of output saved in the path from which the search starts; no solution depends on it."""


@dataclass(frozen=True)
class Setting:
    """Table 2 of the paper; rates are per year. ``fixed_factor`` is the cost share mu of M."""

    discount: float
    risk_aversion: float
    depreciation: float
    elasticity: float
    productivity: float
    automated: float
    capital: float
    fixed_factor: float = 0.0

    @property
    def full_growth(self) -> float:
        """Growth a year once every task is automated: (A - rho - delta) / eta."""
        net = self.productivity - self.discount - self.depreciation
        return net / self.risk_aversion

    @property
    def full_saving(self) -> float:
        """Share of output saved in the long run once every task is automated."""
        return (self.full_growth + self.depreciation) / self.productivity

    @property
    def ahead(self) -> float:
        """What labour adds to capital at the horizon, per worker: A / (A - delta)."""
        return self.productivity / (self.productivity - self.depreciation)


# --------------------------------------------------------------------------- frontiers


def bounded(start: float, years: float) -> Frontier:
    """Complexity of tasks is bounded: in a straight line to 1 in ``years`` (their beta = 1)."""
    return lambda t: min(1.0, start + (1 - start) * t / years)


def pareto(start: float, rate: float) -> Frontier:
    """Complexity has a long tail: tasks left to labour fall by ``rate`` a year, for ever."""
    return lambda t: 1 - (1 - start) * math.exp(-rate * t)


def mixed(weight: float, one: Frontier, other: Frontier) -> Frontier:
    """A share ``weight`` of tasks as in ``one``, the rest as in ``other``."""
    return lambda t: weight * one(t) + (1 - weight) * other(t)


# --------------------------------------------------------------------------- one moment


@dataclass(frozen=True)
class Moment:
    """Output, factor prices and tasks done by capital at given K, Phi and L = 1."""

    output: float
    wage: float
    rent: float
    automated: float


def moment(frontier: float, capital: float, elasticity: float, productivity: float) -> Moment:
    """The static economy in closed form (their Lemma 1), without a fixed factor."""
    a, s = productivity, elasticity
    most = capital / (1 + capital)
    if frontier >= most:
        return Moment(a * (capital + 1), a, a, most)
    power = (s - 1) / s
    # capital and labour over the tasks that each does; a factor without tasks does not count
    shares = np.array([frontier, 1 - frontier])
    over = np.array([capital, 1.0]) / np.where(shares > 0, shares, 1.0)
    output = a * float(np.exp(log_power_mean(power, shares, np.log(over))))
    rent = a**power * (output * frontier / capital) ** (1 / s)
    wage = a**power * (output * (1 - frontier)) ** (1 / s)
    return Moment(output, wage, rent, frontier)


# --------------------------------------------------------------------------- over time


def economy(s: Setting, frontier: Frontier, years: float, steps: int) -> pyo.ConcreteModel:
    """Variables at the points in time n * years / steps; consumption is the numeraire, L = 1.

    ``phi`` is a fixed variable, so that a path can be walked from one frontier to another.
    """
    step = years / steps
    T = range(steps + 1)
    m = pyo.ConcreteModel()
    for name in ("K", "C", "Y", "R", "w", "theta", "phi"):
        m.add_component(name, pyo.Var(T))
    _start(m, s, frontier, step)
    output = _technology(m, s, T)
    define_nests(m, "firm", {"Y": output}, T, price=lambda *_: 1.0, quantity=lambda _, n: m.Y[n])
    define_complementarity(m, "choice", T, lambda n: (m.phi[n] - m.theta[n], m.w[n] / m.R[n] - 1))

    def over_step(flow: Callable[[int], Any]) -> Callable[[int], Any]:
        return lambda n: step / 2 * (flow(n) + flow(n + 1))

    delta = s.depreciation
    net_saving = over_step(lambda n: m.Y[n] - delta * m.K[n] - m.C[n])
    net_return = over_step(lambda n: m.R[n] - delta)
    stock = Capital(stock=lambda n: m.K[n], investment=net_saving, benchmark=s.capital)
    define_accumulation(m, "accumulation", years=T[:-1], capital=stock)
    define_euler(
        m,
        "euler",
        T[:-1],
        consumption=lambda n: m.C[n],
        interest=lambda n: pyo.exp(net_return(n)) - 1,
        discount=math.exp(-s.discount * step),
        elasticity=1 / s.risk_aversion,
    )

    def everything_automated(n: int) -> Any:
        # C = (A - delta - g) (K + A L / (A - delta))
        consumed = s.productivity - delta - s.full_growth
        return m.C[n] == consumed * (m.K[n] + s.ahead)

    def balanced(n: int) -> Any:
        growth = (m.R[n] - delta - s.discount) / s.risk_aversion
        return (m.Y[n] - delta * m.K[n] - m.C[n]) / m.K[n] == growth

    closed = frontier(years) >= 1 and not s.fixed_factor
    condition = everything_automated if closed else balanced
    define_horizon(m, "horizon", last=steps, condition=condition)
    return m


def _technology(m: pyo.ConcreteModel, s: Setting, T: range) -> Any:
    """Output of tasks by capital and tasks by labour, and of the fixed factor where there is one."""
    mu = s.fixed_factor
    scale = 1.0 if mu else s.productivity
    tasks = ces(
        "tasks" if mu else "output",
        s.elasticity,
        Input(
            Leaf("capital", s.automated * (1 - mu), lambda n: m.R[n], lambda n: m.K[n]),
            scale,
            lambda n: m.theta[n],
        ),
        Input(
            Leaf("labour", (1 - s.automated) * (1 - mu), lambda n: m.w[n], lambda _: 1.0),
            scale,
            lambda n: 1 - m.theta[n],
        ),
    )
    if not mu:
        return tasks
    m.Q = pyo.Var(T, initialize=mu)
    _, scale = technology(1.0, s.productivity, {"tasks": 1 - mu, "fixed": mu})
    fixed = Leaf("fixed", mu, lambda n: m.Q[n], lambda _: 1.0)
    return ces("output", 1.0, Input(tasks, scale), Input(fixed, scale))


def _start(m: pyo.ConcreteModel, s: Setting, frontier: Frontier, step: float) -> None:
    """Values from which the search starts: a constant share of output is saved."""
    capital = s.capital
    for n in m.K:
        phi = frontier(n * step)
        now = moment(phi, capital, s.elasticity, s.productivity)
        m.phi[n].fix(phi)
        m.K[n].set_value(capital)
        m.Y[n].set_value(now.output)
        m.C[n].set_value((1 - SAVED) * now.output)
        m.R[n].set_value(now.rent)
        m.w[n].set_value(now.wage)
        m.theta[n].set_value(now.automated)
        capital += step * (SAVED * now.output - s.depreciation * capital)
    m.K[0].fix()


def solved(s: Setting, frontier: Frontier, years: float, steps: int) -> pd.DataFrame:
    """The path of an economy; see :func:`path`."""
    m = economy(s, frontier, years, steps)
    solve(m)
    return path(m, years / steps)


def walked(
    s: Setting, start: Frontier, goals: dict[str, Frontier], years: float, steps: int
) -> dict[str, pd.DataFrame]:
    """Paths of several frontiers, each approached from the one before; the first from ``start``."""
    m = economy(s, start, years, steps)
    solve(m)
    found = {}
    e = Compiled(m)
    known = {"phi": {n: m.phi[n].value for n in m.phi}}
    for name, frontier in goals.items():
        goal = {"phi": {n: frontier(n * years / steps) for n in m.phi}}
        solve_path(e, known, goal)
        e.load()
        known = goal
        found[name] = path(m, years / steps)
    return found


def path(m: pyo.ConcreteModel, step: float) -> pd.DataFrame:
    """Rows are years: K, C, Y, w, R, phi, labour_share, and region (1 or 2)."""
    frame = pd.DataFrame(
        {name: [x.value for x in m.component(name).values()] for name in COLUMNS},
        index=pd.Index([round(n * step, 9) for n in m.K], name="year"),
    )
    frame["labour_share"] = frame["w"] / frame["Y"]
    frame["region"] = 1 + (frame["w"] < frame["R"] * (1 + SAME_PRICE)).astype(int)
    return frame


COLUMNS = ("K", "C", "Y", "w", "R", "phi")


def continued(s: Setting, frame: pd.DataFrame, until: float, step: float) -> pd.DataFrame:
    """A path that ends with every task automated, carried on in closed form to the year ``until``.

    K + A L / (A - delta) grows at the rate of consumption; wages stay at A.
    """
    last = float(frame.index[-1])
    rows = []
    for n in range(1, round((until - last) / step) + 1):
        t = last + n * step
        grown = math.exp(s.full_growth * (t - last))
        capital = (frame["K"].iloc[-1] + s.ahead) * grown - s.ahead
        output = s.productivity * (capital + 1)
        row = (capital, frame["C"].iloc[-1] * grown, output, s.productivity, s.productivity, 1.0)
        rows.append((round(t, 9), *row, s.productivity / output, 2))
    names = ["year", *COLUMNS, "labour_share", "region"]
    return pd.concat([frame, pd.DataFrame(rows, columns=names).set_index("year")])
