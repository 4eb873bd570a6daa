"""GATE (Erdil et al. 2025, arXiv:2503.04941): the planner's problem, in steps of a year or less.

Numbers in brackets are the paper's equations. All rates are per year; a period has the length dt.

    tasks        f = f0 + (1 - f0) (log C - log C0) / (log T - log C0), C = C_T iota^(1/m)     (2, 13)
                 where the first task beyond f0 takes C0 = T / 10^Delta
    runtime      R_i = max(1, f^-1(i) / C_T)^m 10^(gamma0 + gamma1 i)      effective FLOP a year  (15)
    composite    T = ((1 - i)^(1-rho) L^rho + G(i)^(1-rho) X^rho)^(1/rho)                     (14, 25-28)
                 G(i) = integral of R_j^(-rho/(1-rho)) over the tasks j < i that compute does
    output       Y = A T^(1-alpha) K^alpha = L c + I_Q + I_H + I_S + I_K                        (24, 25)
    compute      Q' = Q + dt (I_q H - delta_Q Q),  usable Q / (Q / C_L + 1)                     (8-10)
                 I_Q = Q / (chi a_Q H) ((a_Q I_q H / Q + 1)^chi - 1)                               (7)
    training     C_T' = C_T + dt D S, and X = (usable Q - D) S is left for tasks                    (1)
    efficiency   log H' = log H + dt g_H (I_H / I_H0)^lambda (H / H0)^-phi Lambda(H), S alike      (4-6)
    capital      K' = K + dt (I_k - delta_K K),  I_K = I_k + a_K I_k^2 / (2 K)                     (29, 30)
    aim          max sum of dt e^(-(beta - g_L) t) (c^(1-eta) - 1) / (1 - eta)                       (19)

The composite is that of tasks optimally shared out: labour is spread evenly over the tasks i to 1 and
compute X over the tasks below i so that the last unit yields the same in each. The planner chooses i,
at most f: a task that can be automated is left to labour while compute is worth more elsewhere. The
best training run at the beginning of a period decides f in it, as in the run that GATE's page stores.

Stocks are in logarithms: they grow by many orders of magnitude. The problem is an optimisation, so
prices are its multipliers and the model's blocks, which are written in prices, do not enter; the
composite is their CES function with elasticity 1 / (1 - rho).
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pyomo.environ as pyo
from pyomo.common.errors import ApplicationError
from pyomo.contrib.solver.common.results import TerminationCondition
from pyomo.contrib.solver.solvers.ipopt import Ipopt

from engels.model.algebra.errors import SolveError
from engels.model.solving.newton import TOLERANCE
from engels.model.solving.solve import OPTIONS, residual_by_family
from engels.model.solving.solver_path import find_ipopt
from engels.replication.gate_setting import Efficiency, Gate

LN10 = math.log(10)

ROUNDING = 1e-3
"""Rounding of the corner of eq. 15, as a share of (these) tasks."""

OPENING = 2.0
"""Year at which the search for the opening begins; see :func:`best`."""

LATEST = 4.0
"""Years after that at which the search for it ends."""

LEAST = 1e-6
"""Shares that may not vanish: of compute for training and for tasks, of tasks left to labour."""

MAXIMISE: dict[str, str | int | float] = {
    **OPTIONS,
    "tol": 1e-9,
    "constr_viol_tol": 1e-10,
    "dual_inf_tol": 1e-6,
    "max_iter": 2000,
}
"""Ipopt's options: the model's own, with tolerances for a problem that has an aim."""


# --------------------------------------------------------------------------- problem


def planner(g: Gate, years: int, dt: float = 1.0, opening: int = 2) -> pyo.ConcreteModel:
    """The problem over ``years``; what is left at its end is worth nothing.

    Eq. 13 has a corner where the first task beyond f0 becomes automatic. ``opening`` is the first
    period in which some is: before it only f0 counts, from it on training has to have got there.

    Variables by period (stocks at its beginning): logarithms ``k``, ``q``, ``h``, ``s``, ``y`` of
    capital, compute, hardware, software and output over their first values, ``z`` = log10 C_T,
    ``first`` and ``later`` tasks done by compute up to f0 and beyond, ``spare`` tasks that could be,
    ``train`` (D over usable compute), ``consumed`` (share of output), rates of investment ``rk``
    and ``rq``, and logarithms ``ih``, ``is_`` of research spending over the first year's.
    """
    N = round(years / dt)
    P, S = range(N), range(N + 1)
    m = pyo.ConcreteModel()
    for name in ("k", "q", "h", "s", "z"):
        m.add_component(name, pyo.Var(S))
    for name in ("y", "weight", "ih", "is_"):
        m.add_component(name, pyo.Var(P))
    m.line = pyo.Var(P[opening:])
    m.first = pyo.Var(P, bounds=(LEAST, g.automated))
    m.later = pyo.Var(P[opening:], bounds=(0, 1 - g.automated - LEAST))
    m.spare = pyo.Var(P[opening:], bounds=(0, None))
    m.train = pyo.Var(P, bounds=(LEAST, 1 - LEAST))
    m.consumed = pyo.Var(P, bounds=(LEAST, 1))
    m.rk = pyo.Var(P, bounds=(0, None))
    m.rq = pyo.Var(P, bounds=(0, None))
    _start(m, g, dt)
    _define_tasks(m, g, P)
    _define_output(m, g, P, dt)
    _define_stocks(m, g, P, dt)
    saved = 1 - g.risk_aversion

    def utility(n: int) -> Any:
        t = n * dt
        consumption = pyo.log(m.consumed[n]) + m.y[n] - g.labour_growth * t
        weight = dt * math.exp(-(g.discount - g.labour_growth) * t)
        return weight * pyo.exp(saved * consumption) / saved

    m.aim = pyo.Objective(expr=sum(utility(n) for n in P), sense=pyo.maximize)
    return m


def positive_part(x: Any) -> Any:
    """max(0, x), rounded."""
    return (x + pyo.sqrt(x**2 + ROUNDING**2)) / 2


def smaller(x: Any, y: Any) -> Any:
    """min(x, y) of two positive numbers, rounded in proportion to them: 0 where one of them is."""
    return (x + y - pyo.sqrt((x - y) ** 2 + 4 * ROUNDING**2 * x * y)) / 2


def _integral(low: Any, high: Any, slope: float, shift: Any = 0.0) -> Any:
    """Integral of 10^(slope j + shift) from ``low`` to ``high``."""
    ends = [pyo.exp(LN10 * (slope * x + shift)) for x in (low, high)]
    return (ends[1] - ends[0]) / (slope * LN10)


def _define_tasks(m: pyo.ConcreteModel, g: Gate, P: range) -> None:
    """Tasks that can be automated, and ``weight`` = log G of those that compute does.

    ``line`` are tasks beyond f0 for which training alone suffices: above it, eq. 15 makes up for
    the lack of training by inference.
    """
    power = -g.substitution / (1 - g.substitution)
    easy = power * g.runtime_slope
    hard = power * (g.runtime_slope + g.slope * g.per_task)
    at_f0 = g.automated

    def frontier(m: Any, n: int) -> Any:
        beyond = (m.z[n] + g.inference / g.slope - g.threshold) / g.per_task
        return m.later[n] + m.spare[n] == beyond

    def line(m: Any, n: int) -> Any:
        trained = positive_part((m.z[n] - g.threshold) / g.per_task)
        return m.line[n] == smaller(m.later[n], trained)

    def weight(m: Any, n: int) -> Any:
        early = _integral(0.0, m.first[n], easy)
        if n not in m.later:
            return pyo.exp(m.weight[n]) == early
        middle, top = at_f0 + m.line[n], at_f0 + m.later[n]
        lack = power * g.slope * (g.threshold - g.per_task * at_f0 - m.z[n])
        later = _integral(at_f0, middle, easy) + _integral(middle, top, hard, lack)
        return pyo.exp(m.weight[n]) == early + later

    m.define_frontier = pyo.Constraint(m.later.index_set(), rule=frontier)
    m.define_line = pyo.Constraint(m.later.index_set(), rule=line)
    m.define_weight = pyo.Constraint(P, rule=weight)


def done(m: pyo.ConcreteModel, n: int) -> Any:
    """Share of tasks that compute does."""
    later = n in m.later
    return m.first[n] + m.later[n] if later else m.first[n]


def usable(m: pyo.ConcreteModel, g: Gate, n: int) -> Any:
    """log of usable compute over the first stock (eq. 10)."""
    return m.q[n] - pyo.log(1 + pyo.exp(m.q[n]) * (g.compute / g.compute_limit))


def _define_output(m: pyo.ConcreteModel, g: Gate, P: range, dt: float) -> None:
    """Output of tasks and capital; A is such that output without any compute is Y(0)."""
    rho = g.substitution
    start = math.log(g.compute / g.labour) - g.runtime * LN10

    def output(m: Any, n: int) -> Any:
        grown = g.labour_growth * n * dt
        compute = start + pyo.log(1 - m.train[n]) + usable(m, g, n) + m.s[n] - grown
        left = 1 - done(m, n)
        by_labour = pyo.exp((1 - rho) * pyo.log(left))
        by_compute = pyo.exp(rho * compute + (1 - rho) * m.weight[n])
        tasks = grown + pyo.log(by_labour + by_compute) / rho
        return m.y[n] == (1 - g.capital_share) * tasks + g.capital_share * m.k[n]

    def budget(m: Any, n: int) -> Any:
        return m.consumed[n] + sum(spending(m, g, n).values()) == 1

    m.define_output = pyo.Constraint(P, rule=output)
    m.define_budget = pyo.Constraint(P, rule=budget)


def spending(m: pyo.ConcreteModel, g: Gate, n: int) -> dict[str, Any]:
    """Shares of output spent on compute, hardware and software research, and capital."""
    chi, a = g.compute_exponent, g.compute_time
    compute = g.compute / (chi * a * g.hardware.first * g.output)
    return {
        "compute": compute * pyo.exp(m.q[n] - m.h[n] - m.y[n]) * ((a * m.rq[n] + 1) ** chi - 1),
        "hardware": g.hardware.spent / g.output * pyo.exp(m.ih[n] - m.y[n]),
        "software": g.software.spent / g.output * pyo.exp(m.is_[n] - m.y[n]),
        "capital": g.capital
        / g.output
        * pyo.exp(m.k[n] - m.y[n])
        * (m.rk[n] + g.capital_time * m.rk[n] ** 2 / 2),
    }


def _define_stocks(m: pyo.ConcreteModel, g: Gate, P: range, dt: float) -> None:
    """Laws of motion."""

    def researched(stock: Any, spent: Any, e: Efficiency) -> Any:
        pull = pyo.exp(e.scale * spent - e.fishing_out * stock)
        return dt * e.growth * pull * (1 - stock / e.room)

    def training(m: Any, n: int) -> Any:
        added = pyo.log(m.train[n]) + usable(m, g, n) + m.s[n] + math.log(dt * g.compute)
        return LN10 * (m.z[n + 1] - m.z[n]) == pyo.log(1 + pyo.exp(added - LN10 * m.z[n]))

    laws = {
        "capital": lambda m, n: m.k[n + 1] == m.k[n] + pyo.log(1 + dt * (m.rk[n] - g.capital_wear)),
        "compute": lambda m, n: m.q[n + 1] == m.q[n] + pyo.log(1 + dt * (m.rq[n] - g.compute_wear)),
        "hardware": lambda m, n: m.h[n + 1] == m.h[n] + researched(m.h[n], m.ih[n], g.hardware),
        "software": lambda m, n: m.s[n + 1] == m.s[n] + researched(m.s[n], m.is_[n], g.software),
        "training": training,
    }
    for name, law in laws.items():
        m.add_component(f"define_{name}", pyo.Constraint(P, rule=law))


def _start(m: pyo.ConcreteModel, g: Gate, dt: float) -> None:
    """First stocks, and values from which the search starts (a boom of a dozen years)."""
    for n in m.k:
        t = n * dt
        m.k[n].set_value(0.1 * t)
        m.q[n].set_value(min(1.5 * t, 8 + 0.25 * t))
        m.h[n].set_value(min(0.4 * t, 0.8 * g.hardware.room))
        m.s[n].set_value(min(1.5 * t, 0.9 * g.software.room))
        m.z[n].set_value(min(g.first_run + 1.5 * t, g.requirement + 1 + 0.1 * t))
    for name, first in (("k", 0.0), ("q", 0.0), ("h", 0.0), ("s", 0.0), ("z", g.first_run)):
        m.component(name)[0].fix(first)
    for n in m.y:
        t = n * dt
        m.y[n].set_value(0.17 + 0.2 * t)
        m.first[n].set_value(0.99 * g.automated)
        if n in m.later:
            m.later[n].set_value(min(0.06 * t, 0.8 * (1 - g.automated)))
            m.line[n].set_value(0.3 * m.later[n].value)
            m.spare[n].set_value(0.05)
        m.weight[n].set_value(0.0)
        m.train[n].set_value(0.5 if t < 8 else 0.05)
        m.consumed[n].set_value(0.75)
        m.rk[n].set_value(0.12)
        m.rq[n].set_value(2.0 if t < 6 else 0.6)
        m.ih[n].set_value(3 + 0.15 * t)
        m.is_[n].set_value(6 + 0.1 * t)


# --------------------------------------------------------------------------- solution


def best(g: Gate, years: int, dt: float = 1.0) -> tuple[float, pyo.ConcreteModel]:
    """The optimum over all openings: its aim and the solved problem. Raises :class:`SolveError`.

    Openings are tried from :data:`OPENING` upwards and downwards as long as the aim rises; one too
    early has no solution.
    """
    at = max(1, round(OPENING / dt))
    found = _try(g, years, dt, at)
    for way in (-1, 1):
        n, improved = at + way, False
        while 1 <= n <= at + LATEST / dt:
            other = _try(g, years, dt, n)
            if other is None and found is None and way > 0:
                n += way
                continue
            if other is None or (found is not None and other[0] <= found[0]):
                break
            found, improved = other, True
            n += way
        if improved:
            break
    if found is None:
        raise SolveError("no opening of automation has an optimum")
    return found


def _try(g: Gate, years: int, dt: float, opening: int) -> tuple[float, pyo.ConcreteModel] | None:
    m = planner(g, years, dt, opening)
    try:
        return maximise(m), m
    except SolveError:
        return None


def maximise(m: pyo.ConcreteModel) -> float:
    """Solve with Ipopt and load the optimum; returns the aim. Raises :class:`SolveError`."""
    executable = find_ipopt()
    try:
        result = Ipopt().solve(
            m,
            executable=str(executable),
            solver_options=dict(MAXIMISE),
            load_solutions=False,
            raise_exception_on_nonoptimal_result=False,
        )
    except ApplicationError as error:
        raise SolveError(f"Ipopt at {executable} could not be run: {error}") from error
    word = result.termination_condition
    if word != TerminationCondition.convergenceCriteriaSatisfied:
        raise SolveError(f"Ipopt stopped without an optimum ({word.name})")
    result.solution_loader.load_vars()
    largest = max(residual_by_family(m).values())
    if not largest <= TOLERANCE:
        raise SolveError(f"Ipopt reported an optimum whose largest residual is {largest:.1e}")
    return float(pyo.value(m.aim))


def path(m: pyo.ConcreteModel, g: Gate, dt: float = 1.0) -> pd.DataFrame:
    """Rows are the beginnings of periods, in years; stocks over their first values.

    ``output`` is over Y(0), ``growth`` over the year before in %, ``automatable`` is f and
    ``automated`` the share of tasks that compute does; the rest are shares of output in %, but
    ``training`` (share of usable compute in %) and ``log10_run``.
    """
    rows = {}
    back = round(1 / dt)
    for n in m.y:
        spent = {f"share_{name}": 100 * pyo.value(x) for name, x in spending(m, g, n).items()}
        before = m.y[n - back].value if n >= back else math.nan
        rows[round(n * dt, 9)] = {
            "output": math.exp(m.y[n].value),
            "growth": 100 * (math.exp(m.y[n].value - before) - 1),
            "automatable": g.learned(m.z[n].value),
            "automated": pyo.value(done(m, n)),
            "consumption": 100 * m.consumed[n].value,
            "share_ai": sum(spent[f"share_{x}"] for x in ("compute", "hardware", "software")),
            **spent,
            "training": 100 * m.train[n].value,
            "log10_run": m.z[n].value,
            **{name: math.exp(m.component(x)[n].value) for name, x in STOCKS.items()},
        }
    return pd.DataFrame(rows).T.rename_axis("year")


STOCKS = {"capital": "k", "compute": "q", "hardware": "h", "software": "s"}
