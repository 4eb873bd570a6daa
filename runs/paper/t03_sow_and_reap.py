"""T3 of the paper: sowing and reaping."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from engels.data import EngelsInputError
from engels.runs.indicators import deviations
from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import (
    FIRST,
    NAN,
    Need,
    Series,
    Solved,
    at,
    level,
    percent,
    since,
    source,
)
from engels.runs.report.page import (
    BLUE,
    GREY,
    RED,
    SKY,
    entitle,
    legend_below,
    new_figure,
    years_axis,
    zero_line,
)

SOW = {
    "low": Need("sow_reap", name="sow_reap_low", parameters=(("sow_reap.multiplier", 1.5),)),
    "central": Need("sow_reap"),
    "high": Need("sow_reap", name="sow_reap_high", parameters=(("sow_reap.multiplier", 6.0),)),
}
WITHOUT = Need("diffusion_genai")
SOW_YEARS = (*range(2026, 2036), 2040, 2045, 2050)


@dataclass(frozen=True)
class Trough:
    """Lowest point of a path of deviations (year; per cent) and the year of its return to zero."""

    year: int
    depth: float
    break_even: int | None


def find_trough(series: Series) -> Trough | None:
    """The trough of deviations in per cent; None where they never fall below zero."""
    later = series[series.index >= FIRST].dropna()
    solved, path = [int(y) for y in later.index], later.to_numpy(dtype=float) / 100
    year, depth = deviations.trough(solved, path)
    if depth > -deviations.NOISE:
        return None
    return Trough(year, 100 * depth, deviations.break_even(solved, path))


def multiplier(solved: Solved, size: str) -> str:
    """The intangible investment per yuan of work handed over, as it is written in headings."""
    parameters = solved.benchmarks[SOW[size]].technology.sow_reap
    if parameters is None:
        raise EngelsInputError(
            f"scenario {SOW[size].scenario}: sows nothing; name its block sow_reap"
        )
    return f"{parameters.multiplier:g}"


def sowing(solved: Solved, size: str) -> dict[str, Series]:
    """Paths of one multiplier: measured and adjusted productivity, investment and stock."""
    run, without = solved.runs[SOW[size]], solved.runs[WITHOUT]
    gdp = level(run, "gdp_nominal")
    return {
        "measured": percent(level(run, "tfp"), level(without, "tfp")),
        "adjusted": percent(level(run, "tfp_adjusted"), level(without, "tfp")),
        "investment": 100 * level(run, "intangible_investment") / gdp,
        "stock": 100 * level(run, "intangible_stock") / gdp,
        "gdp": percent(level(run, "gdp_real"), level(without, "gdp_real")),
        "measured_baseline": percent(level(run, "tfp"), level(run, "tfp", reference=True)),
        "gdp_baseline": percent(level(run, "gdp_real"), level(run, "gdp_real", reference=True)),
    }


def sow_and_reap(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T3: measured productivity while intangibles are built up, and after."""
    titles = (
        ("measured", "Measured TFP, %", 2, True),
        ("adjusted", "Adjusted TFP, %", 2, True),
        ("investment", "Investment, % of GDP", 2, False),
        ("stock", "Stock, % of GDP", 2, False),
    )
    columns = tuple(
        Column(f"{what}_{size}", multiplier(solved, size), title, digits, signed)
        for what, title, digits, signed in titles
        for size in SOW
    )
    paths = {size: sowing(solved, size) for size in SOW}
    rows = pd.DataFrame(
        {
            f"{what}_{size}": [at(paths[size][what], y) for y in SOW_YEARS]
            for what, *_ in titles
            for size in SOW
        },
        index=[str(y) for y in SOW_YEARS],
    )
    against = (
        ("measured", "TFP, from the run without intangibles"),
        ("measured_baseline", "TFP, from the baseline"),
        ("gdp", "GDP, from the run without intangibles"),
        ("gdp_baseline", "GDP, from the baseline"),
    )
    turning = pd.DataFrame(
        {
            title: {
                f"{what}_{size}": value
                for size in SOW
                for what, value in _trough_cells(find_trough(paths[size][path])).items()
            }
            for path, title in against
        }
    ).T
    points = tuple(
        Column(f"{what}_{size}", head, f"Multiplier {multiplier(solved, size)}", signed=True)
        for size in SOW
        for what, head in (("trough", "Trough"), ("depth", "%"), ("break_even", "Even"))
    )
    panels = [
        Panel("From the run without intangibles, by multiplier", columns, rows, "Year"),
        Panel("Trough, its depth and break-even", points, turning, "Measured"),
    ]
    notes = [
        "How to read: The multiplier is the intangible investment per yuan of work handed to AI. The "
        "accounts do not see it: measured productivity falls short of the run without intangibles "
        "while they are built up (sowing) and recovers as the stock pays (reaping). Adjusted "
        "productivity counts intangibles as output and as an input; where it stays near zero, the dip "
        "is one of measurement. Even is the first year after the trough without a loss, “later” one "
        "after the horizon.",
        note_on_turn(solved),
        "Units: Per cent from the run without intangibles, in the lower part also from the baseline; "
        "shares in per cent of GDP.",
        source(solved, [WITHOUT, *SOW.values()]),
    ]
    return panels, notes


def note_on_turn(solved: Solved) -> str:
    """Why measured productivity recovers at once when the quality of AI grows less.

    What is handed over in the next year is prepared in this: work that more firms adopt, and work that
    better AI makes feasible. When less is handed over anew, investment stops growing, while the stock that
    was built before still grows and pays.
    """
    run, paths = solved.runs[SOW["central"]], sowing(solved, "central")
    growth = 100 * level(run, "ai_productivity").pct_change()
    slower = growth.diff()
    later = [int(y) for y in slower.index if y > FIRST]
    year = min(later, key=lambda y: at(slower, y), default=FIRST)
    if not later or at(slower, year) > -1:  # no break in the path of AI
        return "Turn: The quality of AI grows evenly; nothing breaks the recovery."
    feasible, adopted = (100 * level(run, v) for v in ("feasible_share", "adoption_mean"))
    new = (feasible * adopted.shift(-1) / 100).diff()
    spent, stock, measured = (paths[k] for k in ("investment", "stock", "measured"))

    def pct(series: Series, y: int, digits: int = 2) -> str:
        return f"{at(series, y):.{digits}f}".replace("-", "−")

    return (
        f"Turn: From {year} on the quality of AI grows by {at(growth, year):.0f}% a year instead of "
        f"{at(growth, year - 1):.0f}%. Less work becomes feasible and adoption slows, so that what is to be "
        f"handed over anew in the next year falls from {pct(new, year - 1, 1)}% to {pct(new, year, 1)}% "
        "of what AI could ever do. "
        f"Investment stops growing ({pct(spent, year - 1)}% of GDP in {year - 1}, {pct(spent, year)}% in "
        f"{year}), while the stock, made the year before, still grows ({pct(stock, year - 1)}% and "
        f"{pct(stock, year)}%) and pays: measured TFP goes from {pct(measured, year - 1)}% to "
        f"{pct(measured, year)}% in a year. In years before, growing investment took away what the growing "
        "stock gave."
    )


def _trough_cells(low: Trough | None) -> dict[str, object]:
    if low is None:
        return {"trough": "no loss", "depth": NAN, "break_even": ""}
    return {
        "trough": str(low.year),
        "depth": low.depth,
        "break_even": str(low.break_even or "later"),
    }


def draw_sow_and_reap(solved: Solved) -> Figure:
    """T3: the curve of measured productivity by multiplier, and what is invested."""
    figure, (left, right) = new_figure(2, across=2, height=2.7, ratios=[1.4, 1])
    looks = {"low": (SKY, ":"), "central": (BLUE, "-"), "high": (RED, "--")}
    marks: dict[str, str] = {}
    for size, (colour, dash) in looks.items():
        paths = sowing(solved, size)
        measured = since(paths["measured"])
        name = f"Multiplier {multiplier(solved, size)}"
        left.plot(measured.index, measured, color=colour, linestyle=dash, label=name)
        low = find_trough(measured)
        if low is not None:
            left.plot(low.year, low.depth, "v", color=colour, markersize=4)
            marks["Trough"] = "v"
            if low.break_even is not None:
                back = at(measured, low.break_even)
                left.plot(low.break_even, back, "o", color=colour, markersize=4)
                marks["Break-even"] = "o"
        spent = since(paths["investment"])
        right.plot(spent.index, spent, color=colour, linestyle=dash, label=name)
    adjusted = since(sowing(solved, "central")["adjusted"])
    left.plot(
        adjusted.index,
        adjusted,
        color=GREY,
        linestyle="-.",
        linewidth=1.0,
        label=f"Adjusted, multiplier {multiplier(solved, 'central')}",
    )
    zero_line(left)
    years_axis(left, adjusted.index)
    years_axis(right, adjusted.index)
    right.set_ylim(bottom=0)
    left.set_ylabel("% from the run without intangibles")
    left.set_title("Measured TFP")
    right.set_ylabel("% of GDP")
    right.set_title("Intangible investment")
    handles, names = left.get_legend_handles_labels()
    for name, marker in marks.items():
        names.append(name)
        handles.append(
            Line2D([], [], marker=marker, color=GREY, linestyle="none", markersize=4, label=name)
        )
    legend_below(figure, handles, names)
    entitle(figure, "Sowing and reaping: measured productivity and intangible investment")
    return figure


TABLE = PaperTable(
    "T3",
    "T3-sow-and-reap",
    "Sowing and reaping: intangibles and measured productivity",
    (WITHOUT, *SOW.values()),
    sow_and_reap,
    draw_sow_and_reap,
    "footnotesize",
)
