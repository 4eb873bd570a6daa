"""Jones (2026): weak links. Tasks are complements, so that the scarce ones bound output.

    Y = (s z^r + 1 - s)^(1/r),  r = (sigma-1)/sigma        z: productivity of tasks with cost share s
    sigma = 1/2, z without bound:  Y = 1/(1-s)

Inputs stay in their tasks here. Where they may move, as in the China model's nests, freed inputs go
to the scarce tasks and the bound is wider: (1-s)^(-1/(1-sigma)).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter

from engels.calibration import calibrate
from engels.model.algebra.nests import PLAIN
from engels.model.algebra.power_mean import log_power_mean
from engels.replication.sheet import load_sheet
from engels.replication.study import Outcome, Study
from engels.runs.report.page import BLUE, ORANGE, entitle, legend_below, new_figure

KEY = "jones_2026"


def output(share: float, productivity: float, sigma: float) -> float:
    """Output (1 before) when tasks of a cost share become more productive and inputs stay."""
    r = (sigma - 1) / sigma
    if abs(r) >= PLAIN:
        return float((share * productivity**r + 1 - share) ** (1 / r))
    shares = np.array([share, 1 - share])
    return float(np.exp(log_power_mean(r, shares, np.log([productivity, 1.0]))))


def bound(share: float, sigma: float) -> float:
    """Output when these tasks are infinitely productive; sigma below 1, inputs stay."""
    return float((1 - share) ** (sigma / (sigma - 1)))


def bound_reallocated(share: float, sigma: float) -> float:
    """The same when one input moves freely between tasks."""
    return float((1 - share) ** (1 / (sigma - 1)))


def run() -> Outcome:
    """The two bounds, and the bound for the exposed work of China's table."""
    sheet = load_sheet(KEY)
    sigma = sheet.number("sigma")
    shares = {name: sheet.number(name) for name in ("software", "cognitive")}
    benchmark = calibrate()
    shares["china"] = float((benchmark.exposure * benchmark.labour).sum() / benchmark.gdp)
    gain = {name: 100 * (bound(s, sigma) - 1) for name, s in shares.items()}
    finite = sheet.numbers("finite")
    rows = {name: {z: output(s, z, sigma) for z in finite} for name, s in shares.items()}
    frame = pd.DataFrame(rows).T
    frame["bound"] = [bound(s, sigma) for s in shares.values()]
    frame["bound_reallocated"] = [bound_reallocated(s, sigma) for s in shares.values()]
    frame.insert(0, "cost_share", list(shares.values()))
    frame.index.name = "tasks"
    figures = [
        sheet.compare("software", gain["software"]),
        sheet.compare("cognitive", gain["cognitive"]),
        sheet.compare("software_exact", gain["software"]),
        sheet.compare("limit", rows["cognitive"][max(finite)] * (1 - shares["cognitive"])),
        sheet.compare("tasks_2040", "–"),
        sheet.compare("tasks_2060", "–"),
        sheet.compare("china_labour", 100 * shares["china"]),
        sheet.compare("china", gain["china"]),
    ]
    notes = [
        "Seen in reports of the essay and the talk, not in the paper: no number decides. The paths of "
        "Jones and Tonetti are not reproduced, because their equations were not recovered.",
        f"If inputs may move between tasks, the bound for all cognitive work is "
        f"{100 * (bound_reallocated(shares['cognitive'], sigma) - 1):.0f}% instead of 50%.",
    ]
    return Outcome(figures, notes, {"gains": frame}, lambda: _draw(shares, sigma))


def _draw(shares: dict[str, float], sigma: float) -> Drawing:
    drawing, (axes,) = new_figure(1, height=2.9)
    z = np.logspace(0, 4, 200)
    names = {
        "software": (BLUE, "software, 2% of cost"),
        "china": ("#009E73", f"exposed work in China, {100 * shares['china']:.0f}%"),
        "cognitive": (ORANGE, "cognitive work, a third"),
    }
    for name, (colour, label) in names.items():
        y = [100 * (output(shares[name], x, sigma) - 1) for x in z]
        axes.plot(z, y, color=colour, label=label)
        axes.axhline(100 * (bound(shares[name], sigma) - 1), color=colour, linewidth=0.8, ls=":")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlim(1, 1e4)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("productivity of these tasks, times the present")
    axes.set_ylabel("output, % above the present")
    legend_below(axes)
    entitle(drawing, "Weak links bound the gain (σ = 1/2; dotted: the bound)")
    return drawing


STUDY = Study(
    key=KEY,
    title="Jones: A.I. and our economic future (weak links)",
    reference="C. I. Jones, NBER Working Paper 34779 (2026); C. I. Jones and C. Tonetti (2026)",
    run=run,
)
