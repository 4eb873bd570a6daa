"""Chen, Lin and Chen (2019): growth to 2035 under ageing, with AI.

    growth = growth without AI + (yearly gain of labour productivity) / (1 - capital share)

A gain of labour productivity lets capital grow until its return is what it was, which multiplies it
by 1/(1 - capital share) in a Cobb-Douglas economy. The formula is our inference: the paper's own
model was not recovered. The capital share is that of the China model's table, not fitted.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure as Drawing

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.replication.sheet import load_sheet
from engels.replication.study import Figure, Outcome, Study
from engels.runs.indicators.labels import scenario_name
from engels.runs.paper.runs import Need, Solved, at, deviation, level
from engels.runs.report.page import BLUE, GREEN, ORANGE, SMALLEST, entitle, legend_below, new_figure

KEY = "chen_2019"
RUNS = tuple(Need(name) for name in ("ai_slow", "ai_central", "ai_moore"))
YEAR = 2035


def yearly(gain: float, years: float) -> float:
    """Growth a year that adds up to a gain."""
    return float((1 + gain) ** (1 / years) - 1)


def capital_share(benchmark: Benchmark) -> float:
    """Capital's share of factor income in the base year."""
    capital = float(benchmark.capital.sum()) + benchmark.compute.rent
    return capital / (capital + float(benchmark.labour.sum()))


def run() -> Outcome:
    """Growth in 2035 at both ends of the productivity gain."""
    sheet = load_sheet(KEY)
    without, years = sheet.number("without"), sheet.number("years")
    share = capital_share(calibrate())
    multiplier = 1 / (1 - share)
    figures: list[Figure] = []
    rows = {}
    for end in ("low", "high"):
        step = yearly(sheet.number(f"gain_{end}"), years)
        growth = 100 * (without + step * multiplier)
        printed = sheet.figures[end].value
        assert isinstance(printed, float)
        implied = (printed / 100 - without) / step
        figures.append(sheet.compare(end, growth))
        figures.append(sheet.compare(f"implied_{end}", implied))
        rows[end] = (100 * step, multiplier, growth, implied)
    figures.append(sheet.compare("multiplier", multiplier))
    frame = pd.DataFrame(
        rows, index=["productivity_a_year", "multiplier", "growth_2035", "implied_multiplier"]
    ).T
    frame.index.name = "end"
    notes = [
        "The digest says neither over which years productivity rises nor how it enters; both are our "
        "reading, so that this reproduces the arithmetic between the printed numbers, not the model.",
    ]
    return Outcome(figures, notes, {"growth": frame})


def beside(solved: Solved) -> Outcome:
    """Growth of the China model's own AI paths."""
    sheet = load_sheet(KEY)
    paths = {}
    gains = {}
    for need in RUNS:
        result = solved.runs[need]
        paths[need.scenario] = 100 * level(result, "gdp_real").pct_change()
        gains[need.scenario] = at(deviation(result, "output_per_worker"), YEAR)
    base = level(solved.runs[RUNS[0]], "gdp_real", reference=True)
    frame = pd.DataFrame({"baseline": 100 * base.pct_change(), **paths}).dropna()
    frame.index.name = "year"
    figures = [sheet.compare(name, at(frame[name], YEAR)) for name in ("baseline", *paths)]
    figures += [sheet.compare(f"gain_{name}", gain) for name, gain in gains.items()]
    notes = [
        "The China model's baseline is calibrated to official and forecast growth; it has no AI beyond "
        "what the base year holds. Its AI paths raise the quality of AI services that are bought, which "
        "are a small part of cost: only the fastest path comes near the paper's productivity gain.",
    ]
    return Outcome(figures, notes, {"growth": frame}, lambda: _draw(frame))


def _draw(frame: pd.DataFrame) -> Drawing:
    sheet = load_sheet(KEY)
    low, high, without = (float(str(sheet.figures[k].value)) for k in ("low", "high", "baseline"))
    drawing, (axes,) = new_figure(1, height=2.9)
    lines = (
        ("baseline", "#222222", "-"),
        ("ai_slow", BLUE, "--"),
        ("ai_central", GREEN, "-."),
        ("ai_moore", ORANGE, "-"),
    )
    shown = frame[frame.index >= 2025]
    for name, colour, style in lines:
        axes.plot(shown.index, shown[name], style, color=colour, label=scenario_name(name))
    axes.plot([YEAR, YEAR], [low, high], color="#CC79A7", linewidth=5, alpha=0.6)
    axes.annotate(
        "Chen et al. with AI",
        (YEAR, high),
        xytext=(6, -4),
        textcoords="offset points",
        fontsize=SMALLEST,
    )
    axes.plot([YEAR], [without], "o", color="#CC79A7")
    axes.annotate(
        "without",
        (YEAR, without),
        xytext=(6, 2),
        textcoords="offset points",
        fontsize=SMALLEST,
    )
    axes.set_xlim(2025, 2050)
    axes.set_ylabel("growth of real GDP, % a year")
    legend_below(axes)
    entitle(drawing, "China model beside Chen, Lin and Chen")
    return drawing


STUDY = Study(
    key=KEY,
    title="Chen, Lin and Chen: artificial intelligence, ageing and economic growth",
    reference="陈彦斌、林晨、陈小亮, 经济研究 2019(7); English digest at chinesejournalreview.com",
    run=run,
    needs=RUNS,
    beside=beside,
)
