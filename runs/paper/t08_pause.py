"""T8 of the paper: the length of Engels' pause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from engels.runs.indicators import deviations
from engels.runs.indicators.deviations import NOISE
from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import (
    FIRST,
    Further,
    Need,
    Series,
    Solved,
    at,
    deviation,
    level,
    pause_in_words,
    pause_of,
    percent,
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
    zero_line,
)
from engels.runs.store.inputs import RunResult

GAINS = (1.0, 1.5, 2.0, 4.0, 8.0, 16.0)
"""Quality of AI that is reached in 2035, multiples of the base year's."""

MOBILITY = {"0.2": 0.2, "1": 1.0, "4": 4.0, "free": None}
"""Columns: elasticity of a sector's labour supply; none where labour moves freely."""

LAST = 2050
WAGE_YEARS = (2035, 2050)
COUNTED = {
    "pause": "Engels' pause",
    "levels": "The same in levels",
    "below": "Lower real wage",
    "below_outside": "Lower wage outside AI",
}
"""Counted years, 2026-2050."""

SIZES = {"depth": "Depth, % of the wage", "loss": "Loss, % of a year's wage"}
"""Of the pause of 2026-2050: the largest gap of the wage, and the sum of gaps."""

MEASURED = {
    "wage": "Real wage, %",
    "wage_outside": "Real wage outside the AI sector, %",
    "output": "Output per worker, %",
    "unemployment": "Unemployment rate, points",
}


def so_so(gain: float, mobility: float | None) -> Need:
    """The run of 20% of the exposed tasks handed over, with a gain of AI and a mobility of labour.

    New tasks are left out of all, so that the depth of automation is the same in every run.
    """
    quality: Further = ("ai_productivity", "multiply", ((FIRST - 1, 1.0), (2035, gain)))
    if mobility is None:
        name = f"so_so_free_gain_{gain:g}".replace(".", "_")
        return Need("so_so_work", name=name, shocks=(quality,), without=("labour_market",))
    name = f"so_so_work_gain_{gain:g}_mobility_{mobility:g}".replace(".", "_")
    moved: Further = ("mobility", "set", ((FIRST, mobility),))
    tasks: Further = ("reinstatement", "set", ((FIRST, 0.0),))
    return Need("so_so_work", name=name, shocks=(quality, moved, tasks))


PAUSES = {(gain, key): so_so(gain, m) for key, m in MOBILITY.items() for gain in GAINS}


def outcome_of(solved: Solved, gain: float, mobility: str) -> dict[str, float]:
    """What a run of T8 shows: years counted from 2026 to 2050, and deviations in 2035 and 2050."""
    need = PAUSES[gain, mobility]
    run, ai = solved.runs[need], solved.benchmarks[need].ai
    nothing = pd.Series(dtype=float)
    pause = pause_of(run).until(LAST)
    paths = {
        "wage": deviation(run, "real_wage"),
        "wage_outside": percent(*(wage_outside(run, ai, r) for r in (False, True))),
        "output": deviation(run, "output_per_worker"),
        "unemployment": nothing if MOBILITY[mobility] is None else deviation(run, "unemployment"),
    }
    return {
        "pause": float(len(pause.years)),
        "levels": float(len(pause.levels)),
        "depth": pause.depth,
        "loss": pause.loss,
        "below": years_below(paths["wage"]),
        "below_outside": years_below(paths["wage_outside"]),
        **{f"{what}_{y}": at(path, y) for what, path in paths.items() for y in WAGE_YEARS},
    }


def years_below(path: Series) -> float:
    """Years from 2026 to 2050 in which deviations in per cent are below zero."""
    later = path[(path.index >= FIRST) & (path.index <= LAST)]
    return float((later < -100 * NOISE).sum())


def wage_outside(run: RunResult, ai: str, reference: bool = False) -> Series:
    """Mean wage per worker of all sectors but AI, in consumer prices."""
    name = run.reference if reference else run.scenario
    wages, workers = (
        deviations.by_sector(run.frame, name, v).drop(columns=ai).sum(axis=1)
        for v in ("labour_income", "employment_sector")
    )
    return wages / workers / level(run, "price_consumption", reference=reference)


def pauses(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T8: how long the pause lasts by the gain that automation brings and by mobility."""
    outcomes = {key: outcome_of(solved, *key) for key in PAUSES}
    index = [f"{g:g}" for g in GAINS]
    counted = tuple(
        Column(f"{what}_{m}", m, head, 0) for what, head in COUNTED.items() for m in MOBILITY
    )
    rows = pd.DataFrame(
        {
            f"{what}_{m}": [outcomes[g, m][what] for g in GAINS]
            for what in COUNTED
            for m in MOBILITY
        },
        index=index,
    )
    panels = [Panel("Years of 2026–2050, by mobility of labour", counted, rows, "Gain")]
    sizes = tuple(Column(f"{what}_{m}", m, head) for what, head in SIZES.items() for m in MOBILITY)
    rows = pd.DataFrame(
        {f"{what}_{m}": [outcomes[g, m][what] for g in GAINS] for what in SIZES for m in MOBILITY},
        index=index,
    )
    panels.append(Panel("Size of the pause", sizes, rows, "Gain"))
    measured = tuple(
        Column(f"{y}_{m}", m, str(y), signed=True) for y in WAGE_YEARS for m in MOBILITY
    )
    for what, title in MEASURED.items():
        rows = pd.DataFrame(
            {
                f"{y}_{m}": [outcomes[g, m][f"{what}_{y}"] for g in GAINS]
                for y in WAGE_YEARS
                for m in MOBILITY
            },
            index=index,
        )
        panels.append(Panel(title, measured, rows, "Gain"))
    shapes = "; ".join(
        f"{head}: {shape_in_words({m: [outcomes[g, m][what] for g in GAINS] for m in MOBILITY}, GAINS)}"
        for what, head in COUNTED.items()
    )
    notes = [
        "How to read: In every run AI takes over 20% of the exposed tasks by 2035; a row is the "
        "quality that AI reaches by then, in multiples of the base year's: the gain that automation "
        "brings. A column is the elasticity of a sector's labour supply to its relative wage; free "
        "is the economy without these frictions: labour moves at no cost and nobody is unemployed. "
        "New tasks are left out of all, so that the depth of automation is the same. Here "
        f"{pause_in_words(solved.runs[next(iter(PAUSES.values()))])}; where output "
        "per worker is below as well, no pause is counted, but a lower wage is, however little. In levels, "
        "output per worker grows and the wage does not. Outside AI leaves "
        "out the wages of the AI sector, whose workers become scarce where few can move there: in "
        f"2035 they earn up to {premium(solved):.1f} times the mean of their skill.",
        f"Shape: {shapes}.",
        "Units: Years; per cent or percentage points against the baseline.",
        source(
            solved,
            PAUSES.values(),
            f"so_so_work by gain and mobility ({len(PAUSES)} runs)",
        ),
    ]
    return panels, notes


def premium(solved: Solved) -> float:
    """The highest wage of the AI sector in 2035, over the mean of the skill."""
    premiums = [1.0]
    for (_, m), need in PAUSES.items():
        f = solved.runs[need].frame
        paid = f[(f["variable"] == "wage_premium") & (f["year"] == 2035)]
        if MOBILITY[m] is not None:
            premiums += paid[paid["sector"] == solved.benchmarks[need].ai]["value"].tolist()
    return float(max(premiums))


def rises(values: Sequence[float]) -> list[int]:
    """Places whose value is above the one before."""
    return [n for n in range(1, len(values)) if values[n] > values[n - 1]]


def shape_in_words(columns: Mapping[str, Sequence[float]], gains: Sequence[float]) -> str:
    """In words, whether the years of each column fall with the gain and where they do not."""
    groups: dict[str, list[str]] = {}
    for name, values in columns.items():
        if len(set(values)) == 1:
            shape = f"{values[0]:.0f} years at every gain"
        elif not rises(values):
            shape = "never longer at a larger gain"
        else:
            shape = "longer " + " and ".join(
                f"at a gain of {gains[n]:g} than of {gains[n - 1]:g} "
                f"({values[n]:.0f} against {values[n - 1]:.0f})"
                for n in rises(values)
            )
        groups.setdefault(shape, []).append(name)
    return ", ".join(f"{shape} with mobility {' or '.join(of)}" for shape, of in groups.items())


def draw_pauses(solved: Solved) -> Figure:
    """T8: years of pause, wage and output per worker by the gain."""
    outcomes = {key: outcome_of(solved, *key) for key in PAUSES}
    figure, places = new_figure(4, across=2, height=2.0)
    looks = {"0.2": (RED, ":"), "1": (BLUE, "-"), "4": (GREEN, "--"), "free": (BLACK, "-.")}
    shown = {
        "pause": "Years of Engels' pause",
        "wage_2035": "Real wage in 2035, %",
        "wage_outside_2035": "Outside the AI sector, %",
        "output_2035": "Output per worker in 2035, %",
    }
    for place, (what, title) in zip(places, shown.items(), strict=True):
        for m, (colour, dash) in looks.items():
            values = [outcomes[g, m][what] for g in GAINS]
            place.plot(GAINS, values, dash, color=colour, marker="o", markersize=2.5, label=m)
        place.set_xscale("log")
        place.xaxis.set_major_locator(FixedLocator(GAINS))
        place.xaxis.set_minor_locator(NullLocator())
        place.set_xticklabels([f"{g:g}" for g in GAINS])
        place.set_xlabel("Quality of AI in 2035")
        place.set_title(title)
        if what in COUNTED:
            place.set_ylim(-0.5, LAST - FIRST + 1.5)
        else:
            zero_line(place)
    handles, names = place.get_legend_handles_labels()
    names = [f"{name} movement" if MOBILITY[name] is None else f"Mobility {name}" for name in names]
    names = [name[0].upper() + name[1:] for name in names]
    legend_below(figure, handles, names)
    entitle(figure, "So-so automation: the gain, mobility and Engels' pause")
    return figure


TABLE = PaperTable(
    "T8",
    "T8-pause",
    "Length of Engels' pause by the gain of automation and the mobility of labour",
    tuple(PAUSES.values()),
    pauses,
    draw_pauses,
    "footnotesize",
)
