"""Allen (2009): growth accounts of the British industrial revolution and the first pause.

    growth of output per worker = contribution of capital + of land + productivity        (per worker)
    wage index = real wage over output per worker: it moves as the labour share does

Beside it stands the pause of the China model: there it is measured from a reference path, in
England from the past.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from engels.replication.sheet import Sheet, load_sheet
from engels.replication.study import Outcome, Study
from engels.runs.paper.runs import Need, Solved, deviation, level, pause_in_words, pause_of
from engels.runs.report.page import BLUE, ORANGE, entitle, legend_below, new_figure

KEY = "allen_2009"
SWAP = Need("labour_share_swap")


def accounts(sheet: Sheet) -> pd.DataFrame:
    """Growth by period, % a year: sources, their sum, and the real wage."""
    frame = pd.DataFrame(sheet.lists("parts"), index=["capital", "land", "productivity"]).T
    frame["output"] = frame.sum(axis=1)
    frame["wage"] = pd.Series(sheet.named("wage"))
    years = pd.DataFrame(sheet.lists("periods"), index=["first", "last"]).T.astype(int)
    frame = years.join(frame)
    frame.index.name = "period"
    return frame


def index_paths(frame: pd.DataFrame) -> pd.DataFrame:
    """Output per worker, real wage and their ratio by year, first year = 1."""
    start = int(frame["first"].min())
    paths: dict[str, list[float]] = {}
    for column in ("output", "wage"):
        log = [0.0]
        for first, last, rate in zip(frame["first"], frame["last"], frame[column], strict=True):
            log += [log[-1] + rate / 100 * (n + 1) for n in range(int(last) - int(first))]
        paths[column] = [float(np.exp(x)) for x in log]
    found = pd.DataFrame(paths, index=range(start, start + len(paths["wage"])))
    found["ratio"] = found["wage"] / found["output"]
    found.index.name = "year"
    return found


def run() -> Outcome:
    """The accounts add up; the wage falls behind output per worker from 1800 to 1860."""
    sheet = load_sheet(KEY)
    frame = accounts(sheet)
    paths = index_paths(frame)
    start, end = (int(y) for y in sheet.numbers("headline_years"))
    change = {c: float(paths[c][end] / paths[c][start]) for c in paths.columns}
    headline = sheet.named("headline")
    falling = np.diff(paths["ratio"].to_numpy(dtype=np.float64)) < 0
    figures = [sheet.compare(str(p), float(g)) for p, g in frame["output"].items()]
    figures += [
        sheet.compare("output", 100 * (change["output"] - 1)),
        sheet.compare("real_wage", 100 * (change["wage"] - 1)),
        sheet.compare("wage_index", headline["wage"] / headline["output"]),
        sheet.compare("wage_index_accounts", change["ratio"]),
        sheet.compare("lowest", float(paths.index[int(np.argmin(paths["ratio"]))])),
        sheet.compare("pause", float(falling.sum())),
    ]
    notes = [
        "Not reproduced: the profit rate (doubled) and the shares of capital and land, whose series were "
        "not at hand, and Allen's own simulation, whose parameters were not seen.",
    ]
    return Outcome(figures, notes, {"accounts": frame, "paths": paths}, lambda: _draw(paths))


def beside(solved: Solved) -> Outcome:
    """The pause of the China model when automation lowers the labour share by two points."""
    sheet = load_sheet(KEY)
    run = solved.runs[SWAP]
    pause = pause_of(run)
    years = pause.years
    output, wage = (
        level(run, v) / level(run, v, reference=True) for v in ("output_per_worker", "real_wage")
    )
    ratio = wage / output
    figures = [
        sheet.compare("china_first", float(min(years, default=np.nan))),
        sheet.compare("china_last", float(max(years, default=np.nan))),
        sheet.compare("china_years", float(len(years))),
        sheet.compare("china_depth", pause.depth),
        sheet.compare("china_levels", float(len(pause.levels))),
        sheet.compare("china_index", float(ratio.min())),
    ]
    paths = pd.DataFrame(
        {
            "output_per_worker": deviation(run, "output_per_worker"),
            "real_wage": deviation(run, "real_wage"),
            "ratio": ratio,
        }
    )
    paths.index.name = "year"
    notes = [
        f"For the China model {pause_in_words(run)}: a loss against a path without the automation, "
        "while wages may grow from year to year. England's is a wage that stood still: a pause in levels.",
    ]
    return Outcome(figures, notes, {"paths": paths}, lambda: _draw_beside(paths))


def _draw(paths: pd.DataFrame) -> Drawing:
    drawing, (axes,) = new_figure(1, height=2.9)
    low, high = 1800, 1860
    axes.axvspan(low, high, color="#EEEEEE", zorder=0)
    axes.plot(paths.index, paths["output"], color=BLUE, label="output per worker")
    axes.plot(paths.index, paths["wage"], "--", color=ORANGE, label="real wage")
    axes.set_yscale("log")
    axes.set_yticks([1, 1.5, 2, 3], ["1", "1.5", "2", "3"])
    axes.minorticks_off()
    axes.set_xlim(1760, 1900)
    axes.set_ylabel("1760 = 1, logarithmic")
    legend_below(axes)
    entitle(drawing, "England: the wage falls behind, 1800 to 1860")
    return drawing


def _draw_beside(paths: pd.DataFrame) -> Drawing:
    drawing, (axes,) = new_figure(1, height=2.9)
    axes.plot(paths.index, paths["output_per_worker"], color=BLUE, label="output per worker")
    axes.plot(paths.index, paths["real_wage"], "--", color=ORANGE, label="real wage")
    axes.axhline(0, color="#222222", linewidth=0.7)
    axes.set_xlim(2025, 2050)
    axes.set_ylabel("% against the reference")
    legend_below(axes)
    entitle(drawing, "China model: the labour share lowered by two points")
    return drawing


STUDY = Study(
    key=KEY,
    title="Allen: Engels' pause",
    reference="R. C. Allen, Explorations in Economic History 46(4), 2009: 418-435; lecture of the author",
    run=run,
    needs=(SWAP,),
    beside=beside,
)
