"""T2 of the paper: which sectors AI expands, by its place in production."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from engels.runs.paper.intensity import KIND_COLOURS, KINDS, group_ai_cost, group_deviation, members
from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import (
    Need,
    Series,
    Solved,
    at,
    deviation,
    level,
    pause_in_words,
    pause_of,
    since,
    source,
)
from engels.runs.report.page import (
    BLACK,
    GREEN,
    PURPLE,
    RED,
    entitle,
    legend_below,
    new_figure,
    years_axis,
    zero_line,
)

MODES = {
    "tasks": "AI in tasks it does for less",
    "labour": "AI with labour",
    "capital": "AI with capital",
    "guo": "AI with all inputs",
}
EXPANSION_YEARS = (2035, 2050)


EXPANSION_NEEDS = {mode: Need("ai_central", mode) for mode in MODES}


def expansion(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T2: what AI expands, and where its labour share goes, by the place of AI in production."""
    by_group = (
        ("Gross output, %", "output"),
        ("Value added in consumer prices, %", "value_added"),
        ("Employment, %", "employment_sector"),
        ("Capital stock without compute, %", "capital_stock"),
    )
    columns = tuple(
        Column(f"{mode}_{year}", str(year), title, signed=True)
        for mode, title in MODES.items()
        for year in EXPANSION_YEARS
    )
    plain, counted = (
        tuple(Column(c.name, c.heading, c.group, digits) for c in columns) for digits in (2, 0)
    )
    forms = {"AI cost share, %": plain, "Engels' pause": counted}
    cells: dict[str, dict[str, dict[str, float]]] = {}

    def put(panel: str, row: str, mode: str, series: Series) -> None:
        place = cells.setdefault(panel, {}).setdefault(row, {})
        for year in EXPANSION_YEARS:
            place[f"{mode}_{year}"] = at(series, year)

    for mode, need in EXPANSION_NEEDS.items():
        run = solved.runs[need]
        for title, variable in by_group:
            for kind, name in KINDS.items():
                put(title, name, mode, group_deviation(run, variable, members(run, kind)))
        put("Whole economy", "Real GDP, %", mode, deviation(run, "gdp_real"))
        put("Whole economy", "Real wage, %", mode, deviation(run, "real_wage"))
        put("Whole economy", "Output of AI services, %", mode, deviation(run, "ai_output"))
        put("Whole economy", "Labour share, points", mode, deviation(run, "labour_share"))
        for part in ("within", "between"):
            change = 100 * level(run, f"labour_share_{part}")
            put("Whole economy", f" {part} sectors, points", mode, change)
        pause = pause_of(run)
        for name, years in (("Years so far", pause.years), ("In levels", pause.levels)):
            paused = pd.Series(0, index=level(run, "gdp_real").index)
            paused[list(years)] = 1
            put("Engels' pause", name, mode, paused.cumsum())
        for kind, name in KINDS.items():
            cost = group_ai_cost(run, members(run, kind))
            put("AI cost share, %", name, mode, cost)
    panels = [
        Panel(title, forms.get(title, columns), pd.DataFrame(rows).T, "")
        for title, rows in cells.items()
    ]
    notes = [
        "How to read: Each number is the deviation of the central AI path from the baseline under one "
        "place of AI in production: in those tasks of a skill that it does at less "
        "cost, beside the labour of each skill, beside capital, or beside all "
        "primary inputs. An expansion is heterogeneous where the two rows of a panel differ. Within "
        "and between add up to the change of the labour share of primary incomes; the labour share "
        "over GDP differs from their sum by taxes. Of the years so far, "
        f"{pause_in_words(solved.runs[EXPANSION_NEEDS['tasks']])}; in levels, one in which output per "
        "worker grows and the wage does not.",
        "Units: Per cent or percentage points from the baseline; AI cost shares and the pause are "
        "levels. AI services are in neither group. Gross output is at base-year prices; value added is in "
        "consumer prices.",
        source(solved, EXPANSION_NEEDS.values()),
    ]
    return panels, notes


def draw_expansion(solved: Solved) -> Figure:
    """T2: output of both groups and the labour share by the place of AI."""
    figure, axes = new_figure(len(MODES) + 1, across=2, height=1.9)
    dashes = {"tasks": "-", "labour": "-.", "capital": "--", "guo": ":"}
    for place, (mode, title) in zip(axes, MODES.items(), strict=False):
        run = solved.runs[EXPANSION_NEEDS[mode]]
        for kind, name in KINDS.items():
            path = since(group_deviation(run, "output", members(run, kind)))
            place.plot(
                path.index,
                path,
                color=KIND_COLOURS[kind],
                linestyle="-" if kind == "capital" else "--",
                label=f"{name} sectors",
            )
        zero_line(place)
        years_axis(place, path.index)
        place.set_title(title)
        place.set_ylabel("Gross output, %")
    # the groups are compared across modes: one scale
    limits = np.array([place.get_ylim() for place in axes[: len(MODES)]])
    for place in axes[: len(MODES)]:
        place.set_ylim(limits[:, 0].min(), limits[:, 1].max())
    last = axes[-1]
    colours = {"tasks": BLACK, "labour": RED, "capital": GREEN, "guo": PURPLE}
    for mode, title in MODES.items():
        path = since(deviation(solved.runs[EXPANSION_NEEDS[mode]], "labour_share"))
        last.plot(path.index, path, color=colours[mode], linestyle=dashes[mode], label=title)
    zero_line(last)
    years_axis(last, path.index)
    last.set_title("Labour share")
    last.set_ylabel("Percentage points")
    legend_below(axes[-2])
    legend_below(last)
    entitle(
        figure,
        "Central AI path: who expands, by the place of AI in production; deviations from the baseline",
    )
    return figure


TABLE = PaperTable(
    "T2",
    "T2-expansion",
    "Expansion of capital- and labour-intensive sectors by the place of AI in production",
    tuple(EXPANSION_NEEDS.values()),
    expansion,
    draw_expansion,
)
