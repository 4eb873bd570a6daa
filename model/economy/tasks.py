"""Tasks of a skill: those that AI may do, those it does, and what that saves (``ai_mode`` tasks).

The work of a skill in a sector is made of many tasks, with elasticity sigma between them. Of a share c AI
may do each (*contestable*: exposed, feasible, in a firm that has adopted it). There the efficiencies of AI
and of labour are Fréchet with shape theta, and the cheaper one does the task (Eaton & Kortum 2002; for
automation Artuc, Bastos & Rijkers 2023). With q = P_M / Z the price of an effective unit of AI and w that of
labour, both 1 in the base year,

    contestable tasks   p = (T q^-theta + w^-theta)^(-1/theta)
    work                P^(1-sigma) = (1 - c) w^(1-sigma) + c p^(1-sigma)
    AI's part of them   s = T q^-theta / (T q^-theta + w^-theta)      of tasks, and of their cost
    p over w            (1 - s)^(1/theta)

The average task that AI does costs 1 - (1 - (1-s)^(1/theta)) / s of what labour would cost, the marginal
one as much as labour. As s falls to zero the saving of the average task becomes 1 / theta, which is how
theta is chosen; wages, AI's price and the set of contestable tasks are held in this reading.

In the tree these are two nests, sigma outside and 1 + theta inside. The outer one has shares 1 - c and c,
and what a task costs at benchmark prices is an efficiency: so a task that becomes contestable comes as the
labour task it was, and goes through sigma = 1 without a jump.

In the base year s is the same in all sectors (one technology) and what a sector pays for AI says how much of
its work is contestable, up to ``MOST`` of what is exposed; beyond, s is larger.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engels.calibration.benchmark import Benchmark, Tasks
from engels.model.algebra.errors import ModelError
from engels.model.algebra.functions import sqrt
from engels.model.algebra.nests import Input, Nest, at, ces
from engels.model.algebra.power_mean import log_power_mean
from engels.model.economy import slots
from engels.model.economy.block import Economy

MOST = 0.9
"""Largest share of the exposed work that is contestable in the base year."""
BEND = 0.1
"""How near to zero, over the base year's, the contestable share leaves the straight line."""


@dataclass(frozen=True)
class Pair:
    """Work of one skill in one sector in the base year. Flows in trillion yuan, shares of tasks."""

    kept: float  # pay of labour in tasks that AI may not do
    contested: float  # pay of labour in contestable tasks
    done: float  # s, AI's part of the contestable tasks
    exposed: float  # share of tasks that AI could do
    contestable: float  # c, share of tasks that AI may do
    relative: float  # p over w, cost of a contestable task over that of one it may not do
    scale: float  # P, unit cost of the work where labour costs one


def of_base_year(technology: Tasks, ai: float, pay: float, exposed: float, done: float) -> Pair:
    """Work on which AI and labour cost ``ai`` and ``pay`` in the base year.

    ``done`` is AI's part of the contestable tasks, below one; AI and what labour is paid for them must be
    less than all of the work.
    """
    total = ai + pay
    cost = ai / done / total
    relative = (1 - done) ** (1 / technology.shape)
    share = cost / (cost + (1 - cost) * relative ** (1 - technology.elasticity))
    mean = log_power_mean(
        1 - technology.elasticity, np.array([1 - share, share]), np.array([0.0, math.log(relative)])
    )
    contested = cost * total - ai
    return Pair(pay - contested, contested, done, exposed, share, relative, math.exp(float(mean)))


def pair(b: Benchmark, sector: str, skill: str) -> Pair:
    """The base year of a sector and skill that buy AI.

    Raises ``ModelError`` where AI costs as much as all the tasks that it may do.
    """
    i, k = b.index(sector), b.skills.index(skill)
    ai, pay, exposed = (float(x[i, k]) for x in (b.ai_purchases, b.labour, b.exposure))
    done = max(_usual(b), ai / (MOST * exposed * (ai + pay)) if exposed > 0 else math.inf)
    if done >= 1:
        raise ModelError(
            f"benchmark {b.name}: AI of {ai:.4g} trillion yuan beside {pay:.4g} of {skill} labour in "
            f"sector {sector} is more than the contestable part of it; a larger tasks.contestable"
        )
    return of_base_year(b.tasks, ai, pay, exposed, done)


def _usual(b: Benchmark) -> float:
    """AI's part of contestable tasks where sectors have adopted less than ``MOST``."""
    uses = b.ai_purchases > 0
    work = (b.exposure * (b.ai_purchases + b.labour))[uses].sum()
    return float(b.ai_purchases[uses].sum() / (b.tasks.contestable * work))


def open_to_ai(p: Pair, opened: Any, new: Any = 0.0) -> Any:
    """Share of tasks that AI may do.

    ``opened`` of the exposed tasks that it might not do in the base year are opened to it, ``new`` of the
    exposed are taken by new tasks of labour. What is closed beyond those that were open leaves a share that
    goes to zero and not below: a hyperbola, which is at most a hundredth of the base year's share off the
    straight line where tasks are opened.
    """
    bend = BEND * p.contestable
    line = p.contestable * (1 - BEND**2) + (p.exposed - p.contestable) * opened - p.exposed * new
    return (line + sqrt(line**2 + 4 * bend**2)) / 2


def gain_of_new_tasks(technology: Tasks, share: Any) -> Any:
    """Labour's efficiency over its tasks, of which ``share`` are new."""
    gain, sigma = technology.new_task_gain, technology.elasticity
    if sigma == 1:
        return gain**share
    return (1 + share * (gain ** (sigma - 1) - 1)) ** (1 / (sigma - 1))


def task_nest(
    name: str, technology: Tasks, p: Pair, kept: Input, contested: Input, ai: Input, open_: Any
) -> Nest:
    """Work of one skill: labour in tasks it keeps, and contestable tasks, done by labour or AI.

    ``open_`` is c, a function of the year or a number; efficiencies are one in the base year.
    """

    def efficiency(t: int) -> Any:
        return p.scale * at(kept.efficiency, t)

    of_both = ces(f"contestable {name}", 1 + technology.shape, contested, ai)
    return ces(
        f"tasks {name}",
        technology.elasticity,
        Input(kept.node, efficiency, lambda t: 1 - at(open_, t)),
        Input(replace(of_both, far=True), p.scale / p.relative, open_),
    )


def contestable(m: Economy, b: Benchmark, p: Pair, j: str, t: int) -> Any:
    """c: share of the tasks of ``p`` that AI may do, once new tasks have taken places."""
    return open_to_ai(p, slots.handed_over(m, b, j, t), slots.new_tasks(m, b, j, t))


def part_done(m: Economy, b: Benchmark, j: str, s: str, t: int) -> Any:
    """s: AI's part of the contestable tasks, its share of what they cost."""
    price = m.price_composite[b.ai, t] * (1 + slots.ai_charge(m, b, t))
    paid = price * m.ai_use[j, s, t]
    return paid / (paid + slots.sector_wage(m, b, j, s, t) * m.contested[j, s, t])


def taken_over(m: Economy, b: Benchmark, j: str, s: str, t: int) -> Any:
    """Share of a skill's tasks that AI has taken over beyond the base year's; new tasks are not netted."""
    p = pair(b, j, s)
    opened = open_to_ai(p, slots.handed_over(m, b, j, t))
    return opened * part_done(m, b, j, s, t) - p.contestable * p.done


def average_saving(technology: Tasks, done: Any) -> Any:
    """Share of labour's cost saved in the average task that AI does, where it does ``done`` of them.

    Of a number or an array. Where AI does none it is that of the first task; all of them, to rounding, cost
    nothing.
    """
    done = np.asarray(done, dtype=float)
    inside = np.where((done > 0) & (done < 1), done, 0.5)
    saved = -np.expm1(np.log1p(-inside) / technology.shape) / inside
    return np.where(done >= 1, 1.0, np.where(done > 0, saved, technology.saving))[()]
