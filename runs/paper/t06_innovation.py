"""T6 of the paper: innovation that AI spawns."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import (
    FIRST,
    LIFETIME_NOTE,
    Need,
    Series,
    Solved,
    at,
    level,
    lifetime_welfare,
    percent,
    shocked,
    since,
    source,
)
from engels.runs.report.page import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    RED,
    entitle,
    legend_below,
    new_figure,
    years_axis,
    zero_line,
)

PRIVATE, SHARED = Need("innovation_private"), Need("innovation_internalised")
INNOVATION_YEARS = (2030, 2035, 2050)


def innovation_paths(solved: Solved) -> dict[str, dict[str, Series]]:
    """Paths of both runs, row -> private, internalised, gap; against the baseline but for levels."""
    private, shared = solved.runs[PRIVATE], solved.runs[SHARED]
    paths: dict[str, dict[str, Series]] = {}
    for title, variable, scale in (
        ("Quality of AI, index", "ai_quality", 1.0),
        ("Mean adoption, %", "adoption_mean", 100.0),
    ):
        one, two = scale * level(private, variable), scale * level(shared, variable)
        gap = percent(two, one) if scale == 1 else two - one
        paths[title] = {"private": one, "internalised": two, "gap": gap}
    for title, variable in (
        ("Real GDP, %", "gdp_real"),
        ("Household consumption, %", "consumption_real"),
        ("Real wage, %", "real_wage"),
        ("TFP, %", "tfp"),
    ):
        base = level(private, variable, reference=True)
        one, two = level(private, variable), level(shared, variable)
        paths[title] = {
            "private": percent(one, base),
            "internalised": percent(two, base),
            "gap": percent(two, one),
        }
    base = level(private, "labour_share", reference=True)
    one, two = level(private, "labour_share"), level(shared, "labour_share")
    paths["Labour share, points"] = {
        "private": 100 * (one - base),
        "internalised": 100 * (two - base),
        "gap": 100 * (two - one),
    }
    nothing = pd.Series(dtype=float)
    for household in ("rural", "urban"):
        paths[f"EV of the year, {household}, trillion yuan"] = {
            "private": level(private, "welfare_ev", household),
            "internalised": nothing,
            "gap": level(shared, "welfare_ev", household),
        }
    subsidy = 100 * level(shared, "learning_subsidy")
    paths["Subsidy to AI, % of its price"] = {
        "private": 0 * subsidy,
        "internalised": subsidy,
        "gap": nothing,
    }
    return paths


def innovation(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T6: innovation that AI spawns, with private incentives and with learning paid for."""
    paths = innovation_paths(solved)
    heads = {"private": "Private", "internalised": "Internalised", "gap": "Gap"}
    columns = tuple(
        Column(f"{kind}_{y}", str(y), title)
        for kind, title in heads.items()
        for y in INNOVATION_YEARS
    )
    rows = {
        name: {f"{kind}_{y}": at(by_kind[kind], y) for kind in heads for y in INNOVATION_YEARS}
        for name, by_kind in paths.items()
    }
    paid = shocked(SHARED, "internalisation")
    notes = [
        "How to read: Private is the run in which users of AI count nothing that others learn from "
        f"their use; internalised pays them {100 * paid:.0f}% of its present value, financed by a "
        "lump-sum tax. The gap is what private incentives leave undone, in per cent of the private "
        "run (points for shares). EV is the equivalent variation, of the private run from the baseline "
        f"and of the gap from the private run. {LIFETIME_NOTE}. Learning costs before it pays: compare the "
        "years; saving less is a gain of the year alone.",
        "Units: Deviations from the baseline; quality, adoption and subsidy are levels.",
        source(solved, [PRIVATE, SHARED]),
    ]
    lifetimes = pd.DataFrame(
        {
            household.capitalize(): {
                kind: lifetime_welfare(solved.runs[need], household)
                for kind, need in (("private", PRIVATE), ("gap", SHARED))
            }
            for household in ("rural", "urban")
        }
    ).T
    heads_of = (
        Column("private", "Private", signed=True, digits=3),
        Column("gap", "Gap", signed=True, digits=3),
    )
    return [
        Panel("", columns, pd.DataFrame(rows).T, ""),
        Panel("Lifetime EV, %", heads_of, lifetimes, ""),
    ], notes


def draw_innovation(solved: Solved) -> Figure:
    """T6: quality, GDP and the gap in welfare, with the subsidy that closes part of it."""
    paths = innovation_paths(solved)
    figure, (left, middle, right, last) = new_figure(4, across=2, height=1.9)
    looks = {"private": ("Private", BLUE, "-"), "internalised": ("Internalised", RED, "--")}
    for place, title in ((left, "Quality of AI, index"), (middle, "Real GDP, %")):
        for kind, (name, colour, dash) in looks.items():
            path = since(paths[title][kind])
            place.plot(path.index, path, color=colour, linestyle=dash, label=name)
        place.set_title(title)
        years_axis(place, path.index)
    left.set_yscale("log")
    left.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    left.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    left.yaxis.set_minor_formatter(NullFormatter())
    for place in (left, middle):
        legend_below(place)
    zero_line(middle)
    shown = (
        ("Real GDP, %", "GDP", BLACK, "-"),
        ("Household consumption, %", "Consumption", GREEN, "--"),
        ("Real wage, %", "Real wage", ORANGE, ":"),
    )
    for title, name, colour, dash in shown:
        path = since(paths[title]["gap"])
        right.plot(path.index, path, color=colour, linestyle=dash, label=name)
    zero_line(right)
    years_axis(right, path.index)
    right.set_title("Gap, internalised against private, %")
    legend_below(right)
    subsidy = since(paths["Subsidy to AI, % of its price"]["internalised"])
    # there is none in the year before
    subsidy = subsidy[subsidy.index >= FIRST]
    last.plot(subsidy.index, subsidy, color=RED, linestyle="--")
    last.set_ylim(bottom=0)
    years_axis(last, path.index)
    last.set_title("Subsidy to AI, % of its price")
    entitle(figure, "Innovation spawning: private and internalised")
    return figure


TABLE = PaperTable(
    "T6",
    "T6-innovation",
    "Innovation spawning: private incentives against internalised learning",
    (PRIVATE, SHARED),
    innovation,
    draw_innovation,
    "scriptsize",
)
