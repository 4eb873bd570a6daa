"""Aghion, Jones and Jones (2017): automation, balanced growth and singularities.

(12)  Y = A (beta^(1-rho) K^rho + (1-beta)^(1-rho) L^rho)^(1/rho),     rho < 0
(13)  capital share = beta^(1-rho) A^rho (K/Y)^rho
      K' = s Y + (1-delta) K,   1-beta falls by theta a year
limit g_Y = -((1-rho)/rho) theta,   capital share = (s/(g_Y+delta))^rho
(17)  knife-edge: g_beta = (1-beta)(-rho/(1-rho)) g_k keeps the capital share;  (18) g_Y = g_A + beta g_K
(21)  ideas: A' = A^phi ((B K)^rho + (C S)^rho)^(1/rho);   (25) g_A = (g_C+g_S)/(1-phi)
Type I   all goods automated: Y = A K, g_Y = g + s A - delta grows without bound
Type II  all ideas automated: A' = A^(1+phi) is infinite at t* = 1/(phi A0^phi)
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from engels.data import EngelsInputError
from engels.model.algebra.power_mean import log_power_mean
from engels.replication.sheet import Sheet, load_sheet
from engels.replication.study import Outcome, Study
from engels.runs.report.page import BLUE, GREEN, ORANGE, RED, entitle, legend_below, new_figure

KEY = "aghion_jones_jones"
Array = NDArray[np.float64]


def output(capital: float, left: float, rho: float, tfp: float = 1.0) -> float:
    """Output (12) with one unit of labour; ``left`` is 1 - beta, the tasks not automated."""
    shares = np.array([1 - left, left])
    # over the tasks that each does; tasks that nothing is left of do not count
    logs = np.log(np.array([capital, 1.0]) / np.where(shares > 0, shares, 1.0))
    return float(tfp * np.exp(log_power_mean(rho, shares, logs)))


def capital_share(capital: float, left: float, rho: float) -> float:
    """Capital's share of output (13), with one unit of labour."""
    machines, people = _terms(capital, left, rho)
    return float(np.exp(machines - np.logaddexp(machines, people)))


def _terms(capital: float, left: float, rho: float) -> tuple[float, float]:
    """Logarithms of both terms of (12): after thousands of years they are out of a double's range."""
    machines = (1 - rho) * np.log1p(-left) + rho * np.log(capital)
    return float(machines), float((1 - rho) * np.log(left))


def automation(
    rho: float, theta: float, saving: float, delta: float, beta: float, capital: float, years: int
) -> pd.DataFrame:
    """Paths by year (0 to ``years``): ``beta, capital, output, capital_share, growth`` (log, to the next).

    A constant fraction ``theta`` of the tasks left is automated each year.
    """
    rows = []
    left = 1 - beta  # kept instead of beta, which rounding would make one
    for _ in range(years + 1):
        made = output(capital, left, rho)
        rows.append((1 - left, capital, made, capital_share(capital, left, rho)))
        capital = saving * made + (1 - delta) * capital
        left *= 1 - theta
    frame = pd.DataFrame(rows, columns=["beta", "capital", "output", "capital_share"])
    frame.index.name = "year"
    level = np.log(frame["output"].to_numpy(dtype=np.float64))
    frame["growth"] = np.append(np.diff(level), np.nan)
    return frame


def balanced_growth(rho: float, theta: float, saving: float, delta: float) -> tuple[float, float]:
    """Limits of :func:`automation`: growth of output (log a year) and the capital share.

    Where saving cannot keep up with automation, s < g + delta, capital becomes the scarce factor: it
    takes all income and Y = K grows by s - delta.
    """
    growth = (1 - rho) / rho * np.log1p(-theta)
    if saving <= np.expm1(growth) + delta:
        return float(np.log1p(saving - delta)), 1.0
    return float(growth), float((saving / (np.expm1(growth) + delta)) ** rho)


def knife_edge(
    rho: float, saving: float, delta: float, beta: float, growth: float, step: float, years: float
) -> pd.DataFrame:
    """Automation that just keeps the capital share, in steps of a small part of a year.

    Columns ``capital_share``, ``growth`` of output and ``law``, what (18) says it is (both a year).
    """
    steps = round(years / step)
    capital = np.empty(steps + 1)
    share, made, tasks = np.empty(steps + 1), np.empty(steps + 1), np.empty(steps + 1)
    capital[0] = 1.0
    odds = beta / (1 - beta)
    for t in range(steps + 1):
        # (17) integrated: the odds of beta move with k to the power -rho/(1-rho)
        moved = odds * (capital[t] / capital[0]) ** (-rho / (1 - rho))
        tasks[t] = moved / (1 + moved)
        made[t] = output(capital[t], 1 - tasks[t], rho, np.exp(growth * step * t))
        share[t] = capital_share(capital[t], 1 - tasks[t], rho)
        if t < steps:
            capital[t + 1] = capital[t] + step * (saving * made[t] - delta * capital[t])
    middle = (tasks[1:] + tasks[:-1]) / 2
    return pd.DataFrame(
        {
            "capital_share": share[1:],
            "growth": np.diff(np.log(made)) / step,
            "law": growth + middle * np.diff(np.log(capital)) / step,
        },
        index=pd.Index(step * np.arange(1, steps + 1), name="year"),
    )


def type_one(saving: float, delta: float, growth: float, years: int) -> pd.DataFrame:
    """All goods automated, Y = A K with A growing: simulated growth of output and the law, by year."""
    found = solve_ivp(
        lambda t, k: [saving * np.exp(growth * t) - delta],
        (0, years),
        [0.0],
        rtol=1e-10,
        atol=1e-12,
        dense_output=True,
    )
    at, h = np.arange(1, years), 1e-3
    level = lambda t: growth * t + found.sol(t)[0]  # noqa: E731
    frame = pd.DataFrame(index=pd.Index(at, name="year"))
    frame["growth"] = (level(at + h) - level(at - h)) / (2 * h)
    frame["law"] = growth + saving * np.exp(growth * at) - delta
    return frame


def type_two(phi: float, start: float) -> tuple[float, pd.DataFrame]:
    """Ideas that make ideas: the year in which A passes every bound, and log A by year before it.

    A' = A^(1+phi) is solved for the year at which x = log A is reached, dt/dx = e^(-phi x), because
    time stops at the singularity and x does not. Raises EngelsInputError where there is none.
    """
    if phi <= 0:
        raise EngelsInputError("Type II", f"phi is {phi:g}", "a singularity needs phi above zero")
    first = float(np.log(start))
    at = np.linspace(first, first + 30 / phi, 400)
    found = solve_ivp(
        lambda x, t: [np.exp(-phi * x)], (at[0], at[-1]), [0.0], rtol=1e-9, atol=1e-12, t_eval=at
    )
    years = found.y[0]
    shown = np.linspace(0, 0.999 * float(years[-1]), 200)
    frame = pd.DataFrame(
        {"log_ideas": np.interp(shown, years, at)}, index=pd.Index(shown, name="year")
    )
    return float(years[-1]), frame


def idea_growth(rho: float, phi: float, machines: float, people: float, years: float) -> float:
    """Growth of ideas (21) in the last year, when B K grows by ``machines`` and C S by ``people``."""

    def change(t: float, x: Array) -> list[float]:
        # logarithms, so that nothing overflows: log((B K)^rho + (C S)^rho)^(1/rho) - (1-phi) log A
        effort = np.logaddexp(rho * machines * t, rho * people * t) / rho
        return [float(np.exp(effort - (1 - phi) * x[0]))]

    found = solve_ivp(change, (0, years), [0.0], method="LSODA", rtol=1e-9, atol=1e-9)
    return change(float(found.t[-1]), found.y[:, -1])[0]


def run() -> Outcome:
    """Capital-share paths, their limit, the knife-edge and both kinds of singularity."""
    sheet = load_sheet(KEY)
    n = sheet.number
    rho, delta = n("rho"), n("depreciation")
    fast = _path(sheet, "theta", "saving", int(n("long")))
    slow = _path(sheet, "theta_slow", "saving_slow", int(n("long")))
    law, _ = balanced_growth(rho, n("theta"), n("saving"), delta)
    knife = knife_edge(
        rho, n("saving"), delta, n("beta"), n("tfp_growth"), n("knife_step"), n("knife_years")
    )
    first = type_one(n("saving"), delta, n("tfp_growth"), int(n("years")) // 2)
    end, second = type_two(n("phi"), n("idea_scale"))
    growing = idea_growth(
        rho, n("phi"), n("growth_capital"), n("growth_research"), n("research_years")
    )
    shares = {year: float(fast["capital_share"].iloc[year]) for year in (0, 50, 100, 200, 400)}
    ours = {f"share_{year}": share for year, share in shares.items()}
    ours |= {
        "limit_growth": float(fast["growth"].iloc[-2]),
        "limit_gap": float(fast["growth"].iloc[-2]) - law,
        "limit_share": float(fast["capital_share"].iloc[-1]),
        "chapter_growth": 100 * float(slow["growth"].iloc[-2]),
        "chapter_share": float(slow["capital_share"].iloc[-1]),
        "knife_share": float(np.ptp(knife["capital_share"])),
        "knife_growth": float((knife["growth"] - knife["law"]).abs().max()),
        "type_one": float((first["growth"] - first["law"]).abs().max()),
        "type_two": end * n("phi") * n("idea_scale") ** n("phi"),
        "ideas": growing * (1 - n("phi")) / n("growth_research"),
    }
    notes = [
        "The chapter's equations were seen quoted, its parameters were not: no number here is compared "
        "as published. What is checked are the laws of the chapter against simulated paths.",
        "The third of income and the 2% growth of the chapter's figure come out because saving and the "
        "speed of automation are chosen for them.",
    ]
    years = int(n("years"))
    both = fast.loc[:years].join(slow.loc[:years].add_suffix("_slow"))
    return Outcome(
        [sheet.compare(key, value) for key, value in ours.items()],
        notes,
        {"paths": both},
        lambda: _draw(both, first, second),
    )


def _path(sheet: Sheet, theta: str, saving: str, years: int) -> pd.DataFrame:
    n = sheet.number
    return automation(
        n("rho"), n(theta), n(saving), n("depreciation"), n("beta"), n("capital"), years
    )


def _draw(both: pd.DataFrame, first: pd.DataFrame, second: pd.DataFrame) -> Drawing:
    drawing, (left, right, below, last) = new_figure(4, across=2, height=1.9)
    for suffix, colour, label in (("", BLUE, "θ = 2%"), ("_slow", ORANGE, "θ = 1%")):
        left.plot(both.index, 100 * both[f"capital_share{suffix}"], color=colour, label=label)
        right.plot(both.index, 100 * both[f"growth{suffix}"], color=colour, label=label)
    left.set_title("Capital share, %")
    left.set_ylim(bottom=0)
    legend_below(left)
    right.set_title("Growth of output, % a year")
    right.set_ylim(bottom=0)
    below.plot(first.index, 100 * first["growth"], color=GREEN)
    below.set_title("All goods automated: growth, % a year")
    below.set_ylim(bottom=0)
    last.plot(second.index, second["log_ideas"], color=RED)
    last.set_title("All ideas automated: logarithm of ideas")
    for axes in (left, right, below, last):
        axes.set_xlabel("year")
    entitle(drawing, "Automation and growth: of goods, of all goods, of ideas")
    return drawing


STUDY = Study(
    key=KEY,
    title="Aghion, Jones and Jones: artificial intelligence and economic growth",
    reference="P. Aghion, B. Jones, C. Jones, NBER Working Paper 23928 (2017); Agrawal et al. (2019), ch. 9",
    run=run,
)
