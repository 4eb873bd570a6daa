"""T10 and T11 of the paper: household groups, and the structure of markets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from engels.runs.paper.layout import Column, Panel
from engels.runs.paper.runs import (
    Need,
    Series,
    Solved,
    at,
    deviation,
    level,
    percent,
    said_runs,
    since,
    source,
)
from engels.runs.report.page import (
    BLACK,
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
from engels.runs.store.results import RunResult

INCOME_YEARS = (2030, 2035, 2050)

# --------------------------------------------------------------------------- T10

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
    own = run.frame[
        (run.frame["scenario"] == run.scenario) & (run.frame["variable"] == "income_group")
    ]
    names = [str(name) for name in own["group"].unique()]
    first = int(own["year"].min())
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
    words = said_runs(solved, HOUSEHOLD_NEEDS.values())
    heads = tuple(
        Column(name, title, f"from {words[runs[name].reference]}", signed=True)
        for name, title in HOUSEHOLD_RUNS.items()
    )
    panels = []
    for y in INCOME_YEARS:
        rows = {
            _capital(g): {n: at(level(run, "welfare_ev_head", g), y) for n, run in runs.items()}
            for g in names
        }
        title = f"EV per head in {y}, thousand yuan"
        panels.append(Panel(title, heads, pd.DataFrame(rows).T, "Group"))
    for y in INCOME_YEARS:
        rows = {
            _capital(g): {n: at(relative_welfare(run, g), y) for n, run in runs.items()}
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
        "How to read: EV per head is what a person of the group would have to be given in the "
        "reference to be as well off as in the run; owners are few, so that theirs is large, and the "
        "second part puts it beside what the group consumes. By prices is what the region would gain "
        "with its share of national money income unchanged, by share what it gains because "
        "that share moves; both add up to EV. Groups are in the order of income per head. "
        "Inequality is between groups; inside a group everyone has the same, so that levels are "
        "lower bounds and their changes what is shown.",
        "Units: At prices of the reference and the year; EV of a year, not a present value; "
        "Gini and Theil in points of 100.",
        source(solved, HOUSEHOLD_NEEDS.values()),
    ]
    return panels, notes


def points(run: RunResult, variable: str) -> Series:
    """Change of an index from 0 to 1 against the reference, in points of 100."""
    return 100 * (level(run, variable) - level(run, variable, reference=True))


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
        place.set_xticks(bars, [_capital(g).replace(" ", "\n") for g in shown])
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
    handles, found = left.get_legend_handles_labels()
    legend_below(figure, handles, found)
    entitle(figure, "Who gains: household groups, from each run's reference")
    return figure


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


# --------------------------------------------------------------------------- T11

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
    words = said_runs(solved, MARKET_NEEDS.values())
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
    handles, found = places[0].get_legend_handles_labels()
    legend_below(figure, handles, found)
    entitle(figure, "Market structure, from each run's reference")
    return figure
