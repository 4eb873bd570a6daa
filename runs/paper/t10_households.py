"""T10 of the paper: household groups, their welfare and inequality."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from engels.runs.paper.panels import Column, Panel, capitalised
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import (
    LIFETIME_NOTE,
    Need,
    Series,
    Solved,
    at,
    level,
    lifetime_welfare,
    points,
    run_labels,
    since,
    source,
)
from engels.runs.report.page import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    entitle,
    legend_below,
    new_figure,
    years_axis,
    zero_line,
)
from engels.runs.store.inputs import RunResult

INCOME_YEARS = (2030, 2035, 2050)
HOUSEHOLD_RUNS = {
    "work_genai": "Generative AI",
    "no_new_tasks": "No new tasks",
    "stuck_labour": "Stuck labour",
    "brain_drain": "Brain drain",
    "ai_tax_basic_income": "AI tax paid out",
}
HOUSEHOLD_NEEDS = {name: Need(name) for name in HOUSEHOLD_RUNS}
REGIONS = ("rural", "urban")
WELFARE = {
    "welfare_ev": "EV",
    "welfare_price": "by prices",
    "welfare_income": "by share",
}
INEQUALITY = {
    "gini_income": "Gini, income",
    "theil_income": "Theil, income",
    "gini_consumption": "Gini, spending",
    "theil_consumption": "Theil, spending",
}


def groups_of(run: RunResult) -> list[str]:
    """Household groups of a run, by income per head in the base year, the poorest first."""
    incomes = run.frame[
        (run.frame["scenario"] == run.scenario) & (run.frame["variable"] == "income_group")
    ]
    names = [str(name) for name in incomes["group"].unique()]
    first = int(incomes["year"].min())
    return sorted(
        names,
        key=lambda n: (
            at(level(run, "income_group", n), first) / at(level(run, "persons_group", n), first)
        ),
    )


def relative_welfare(run: RunResult, group: str) -> Series:
    """Equivalent variation of a group in per cent of what it consumes in the reference."""
    return 100 * level(run, "welfare_ev", group) / level(run, "consumption_group", group, True)


def household_welfare(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T10: who gains and who loses, by what, and what becomes of inequality."""
    runs = {name: solved.runs[need] for name, need in HOUSEHOLD_NEEDS.items()}
    names = groups_of(runs["work_genai"])
    words = run_labels(solved, HOUSEHOLD_NEEDS.values())
    heads = tuple(
        Column(name, title, f"from {words[runs[name].reference]}", signed=True)
        for name, title in HOUSEHOLD_RUNS.items()
    )
    lifetimes = {
        capitalised(g): {n: lifetime_welfare(run, g) for n, run in runs.items()}
        for g in (*names, *REGIONS)
    }
    panels = [Panel("Lifetime EV, %", heads, pd.DataFrame(lifetimes).T, "Group")]
    for y in INCOME_YEARS:
        rows = {
            capitalised(g): {n: at(level(run, "welfare_ev_head", g), y) for n, run in runs.items()}
            for g in names
        }
        title = f"EV per head in {y}, thousand yuan"
        panels.append(Panel(title, heads, pd.DataFrame(rows).T, "Group"))
    for y in INCOME_YEARS:
        rows = {
            capitalised(g): {n: at(relative_welfare(run, g), y) for n, run in runs.items()}
            for g in names
        }
        title = f"EV in {y}, % of the group's consumption"
        panels.append(Panel(title, heads, pd.DataFrame(rows).T, "Group"))

    def by_run(values: dict[str, dict[str, float]]) -> pd.DataFrame:
        return pd.DataFrame(values).T.rename(index=HOUSEHOLD_RUNS)

    parts = tuple(
        Column(f"{v}_{h}", head, h.capitalize(), 3, signed=True)
        for h in REGIONS
        for v, head in WELFARE.items()
    )
    for y in INCOME_YEARS:
        rows = {
            n: {f"{v}_{h}": at(level(run, v, h), y) for h in REGIONS for v in WELFARE}
            for n, run in runs.items()
        }
        panels.append(Panel(f"EV of the regions in {y}, trillion yuan", parts, by_run(rows), "Run"))
    unequal = tuple(
        Column(f"{v}_{y}", str(y), head, signed=True)
        for v, head in INEQUALITY.items()
        for y in INCOME_YEARS
    )
    rows = {
        n: {f"{v}_{y}": at(points(run, v), y) for v in INEQUALITY for y in INCOME_YEARS}
        for n, run in runs.items()
    }
    panels.append(Panel("Change of inequality, points of 100", unequal, by_run(rows), "Run"))
    notes = [
        f"How to read: {LIFETIME_NOTE}. EV per head is what a person of the group would have to be given in "
        "the reference to be as well off as in the run; owners are few, so that theirs is large, and the "
        "part after it puts it beside what the group consumes. By prices is what the region would gain "
        "with its share of national money income unchanged, by share what it gains because "
        "that share moves; both add up to EV. Groups are in the order of income per head. "
        "Inequality is between groups; inside a group everyone has the same, so that levels are "
        "lower bounds and their changes what is shown.",
        "Units: At prices of the reference and the year; EV of a year counts spending out of "
        "saving as a gain; Gini and Theil in points of 100.",
        source(solved, HOUSEHOLD_NEEDS.values()),
    ]
    return panels, notes


def draw_household_welfare(solved: Solved) -> Figure:
    """T10: welfare by group in 2035, and the Gini coefficient over time."""
    figure, (left, middle, right) = new_figure(3, across=3, height=2.9, ratios=[2.1, 0.55, 1])
    shades = dict(zip(HOUSEHOLD_RUNS, (BLUE, RED, ORANGE, PURPLE, GREEN), strict=True))
    dashes = dict(zip(HOUSEHOLD_RUNS, ("-", "--", ":", "-.", (0, (5, 1, 1, 1))), strict=True))
    names = groups_of(solved.runs[HOUSEHOLD_NEEDS["work_genai"]])
    # the few owners of AI would hide the rest
    for place, shown in ((left, names[:-1]), (middle, names[-1:])):
        bars = np.arange(len(shown))
        for number, (name, title) in enumerate(HOUSEHOLD_RUNS.items()):
            run = solved.runs[HOUSEHOLD_NEEDS[name]]
            values = [at(relative_welfare(run, g), 2035) for g in shown]
            x = bars + 0.16 * (number - 2)
            place.bar(x, values, width=0.15, color=shades[name], label=title)
        zero_line(place)
        place.set_xticks(bars, [capitalised(g).replace(" ", "\n") for g in shown])
        place.grid(axis="x", visible=False)
    for name, title in HOUSEHOLD_RUNS.items():
        path = since(points(solved.runs[HOUSEHOLD_NEEDS[name]], "gini_income"))
        right.plot(path.index, path, color=shades[name], linestyle=dashes[name], label=title)
    zero_line(right)
    left.set_title("EV in 2035")
    left.set_ylabel("% of the group's consumption")
    middle.set_title("EV in 2035")
    right.set_title("Gini of income")
    right.set_ylabel("Points of 100")
    years_axis(right, path.index)
    handles, labels = left.get_legend_handles_labels()
    legend_below(figure, handles, labels)
    entitle(figure, "Who gains: household groups, from each run's reference")
    return figure


TABLE = PaperTable(
    "T10",
    "T10-households",
    "Households: welfare by group and inequality",
    tuple(HOUSEHOLD_NEEDS.values()),
    household_welfare,
    draw_household_welfare,
    "scriptsize",
    apart=True,
)
