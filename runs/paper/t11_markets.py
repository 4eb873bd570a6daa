"""T11 of the paper: the structure of markets."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import (
    Need,
    Series,
    Solved,
    at,
    deviation,
    level,
    percent,
    points,
    run_labels,
    since,
    source,
)
from engels.runs.report.page import (
    BLACK,
    BLUE,
    GREEN,
    RED,
    entitle,
    legend_below,
    new_figure,
    years_axis,
    zero_line,
)
from engels.runs.store.inputs import RunResult

INCOME_YEARS = (2030, 2035, 2050)
MARKET_RUNS = {
    "firms_genai": "Large first",
    "superstars": "Superstars",
    "ai_pricing": "AI pricing",
    "access_wedge": "Access wedge",
}
MARKET_NEEDS = {name: Need(name) for name in MARKET_RUNS}
FIRM_ROWS = {
    "Share of large firms, points": "large_firms",
    "Concentration, points of HHI": "concentration",
    "Employment in small firms, points": "small_firm_employment",
    "Exit of small firms, points": "small_firm_exit",
    "Extra markup of large firms, points": "markup_large",
}
ECONOMY_ROWS = {
    "Adoption, large firms, points": "adoption_large",
    "Adoption, small firms, points": "adoption_small",
    "Price of AI to users, %": "ai_price",
    "Real GDP, %": "gdp_real",
    "Real wage, %": "real_wage",
    "Labour share, points": "labour_share",
}


def market_path(run: RunResult, variable: str) -> Series:
    """Deviation of a figure of T11 from the run's reference."""
    if variable == "ai_price":
        paid = [
            level(run, "ai_price", reference=r) * (1 + level(run, "access_wedge", reference=r))
            for r in (False, True)
        ]
        return percent(paid[0], paid[1])
    if variable == "concentration":
        return 100 * points(run, variable)
    if variable == "markup_large":
        return points(run, variable)
    return deviation(run, variable)


def markets(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T11: large and small firms, prices of AI, and what they do to output and labour."""
    runs = {name: solved.runs[need] for name, need in MARKET_NEEDS.items()}

    def panel(title: str, shown: Mapping[str, str], part: tuple[str, ...], digits: int) -> Panel:
        columns = tuple(
            Column(f"{n}_{y}", str(y), MARKET_RUNS[n], digits, signed=True)
            for n in part
            for y in INCOME_YEARS
        )
        rows = {
            row: {f"{n}_{y}": at(market_path(runs[n], v), y) for n in part for y in INCOME_YEARS}
            for row, v in shown.items()
        }
        return Panel(title, columns, pd.DataFrame(rows).T, "")

    base = runs["firms_genai"]
    started = {
        title: {"level": at(scale * level(base, v, reference=True), 2025)}
        for title, v, scale in (
            ("Share of large firms, %", "large_firms", 100),
            ("Concentration, HHI of 10,000", "concentration", 1e4),
            ("Employment in small firms, %", "small_firm_employment", 100),
            ("Adoption, large firms, %", "adoption_large", 100),
            ("Adoption, small firms, %", "adoption_small", 100),
            ("Labour share, %", "labour_share", 100),
        )
    }
    level_column = (Column("level", "2025", digits=1),)
    panels = []
    for part in (("firms_genai", "superstars"), ("ai_pricing", "access_wedge")):
        panels.append(panel("Large and small firms", FIRM_ROWS, part, 3))
        panels.append(panel("Adoption and the economy", ECONOMY_ROWS, part, 2))
    panels.append(Panel("Levels of the baseline", level_column, pd.DataFrame(started).T, ""))
    words = run_labels(solved, MARKET_NEEDS.values())
    froms = "; ".join(f"{MARKET_RUNS[n]} from {words[run.reference]}" for n, run in runs.items())
    notes = [
        f"How to read: Each column against its reference ({froms}). Large first is generative AI "
        "that reaches small firms later; the others add to it. Exit is what small firms lose of "
        "their share of output since the base year. AI pricing sells below cost until 2028 and far "
        "above it from 2031, so that its columns are the time after; the price of AI to users "
        "contains what those who control access add.",
        "Units: Percentage points or per cent; concentration in points of the Herfindahl index (of "
        "10,000), large firms taken as equal in size; firms are those of sectors that adopt AI.",
        source(solved, MARKET_NEEDS.values()),
    ]
    return panels, notes


def draw_markets(solved: Solved) -> Figure:
    """T11: firms, markups, the price of AI and labour over time."""
    shown = {
        "Share of large firms, points": "large_firms",
        "Employment in small firms, points": "small_firm_employment",
        "Extra markup of large firms, points": "markup_large",
        "Price of AI to users, %": "ai_price",
        "Real GDP, %": "gdp_real",
        "Labour share, points": "labour_share",
    }
    looks = dict(
        zip(
            MARKET_RUNS,
            ((BLACK, "-"), (RED, "--"), (BLUE, ":"), (GREEN, "-.")),
            strict=True,
        )
    )
    figure, places = new_figure(len(shown), across=3, height=1.9)
    for place, (title, variable) in zip(places, shown.items(), strict=True):
        for name, (colour, dash) in looks.items():
            path = since(market_path(solved.runs[MARKET_NEEDS[name]], variable))
            place.plot(path.index, path, color=colour, linestyle=dash, label=MARKET_RUNS[name])
        zero_line(place)
        years_axis(place, path.index)
        place.set_title(title)
    handles, labels = places[0].get_legend_handles_labels()
    legend_below(figure, handles, labels)
    entitle(figure, "Market structure, from each run's reference")
    return figure


TABLE = PaperTable(
    "T11",
    "T11-markets",
    "Market structure: large firms, prices of AI, output and labour",
    tuple(MARKET_NEEDS.values()),
    markets,
    draw_markets,
    "scriptsize",
)
