"""T4 of the paper: the speed of diffusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from engels.data import EngelsInputError
from engels.model.economy.trees import adopters, exposed_pay
from engels.runs.indicators import deviations
from engels.runs.paper.panels import Column, Panel, capitalised
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import (
    FIRST,
    NAN,
    Need,
    Series,
    Solved,
    at,
    deviation,
    level,
    pause_in_words,
    pause_of,
    shocked,
    since,
    source,
)
from engels.runs.report.page import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SMALLEST,
    entitle,
    legend_below,
    new_figure,
    years_axis,
    zero_line,
)

SPEEDS = {
    "electricity": Need("diffusion_electricity"),
    "information technology": Need("diffusion_it"),
    "generative AI": Need("diffusion_genai"),
}
DIFFUSION_YEARS = (2030, 2035, 2040, 2050)
OUTCOMES = (
    ("Real GDP, %", "gdp_real"),
    ("Output per worker, %", "output_per_worker"),
    ("Real wage, %", "real_wage"),
    ("Labour share, points", "labour_share"),
    ("TFP, %", "tfp"),
)


def half_way(solved: Solved, need: Need) -> tuple[float, float]:
    """Half of the mean ceiling of adoption, per cent, and the first year that reaches it (or NaN)."""
    b = solved.benchmarks[need]
    diffusion = b.technology.diffusion
    if diffusion is None:
        raise EngelsInputError(
            f"scenario {need.scenario}: diffuses nothing; name blocks: [diffusion]"
        )
    pay = exposed_pay(b)
    users = adopters(b)
    total = sum(pay[j] for j in users)
    ceiling = sum(pay[j] * float(diffusion.ceiling[b.index(j)]) for j in users) / total
    path = 100 * level(solved.runs[need], "adoption_mean")
    reached = path[path >= 50 * ceiling]
    return 50 * ceiling, float(reached.index[0]) if len(reached) else NAN


def speeds(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T4: the same technology at the speeds of electricity, information technology and AI."""
    plain = tuple(Column(str(y), str(y)) for y in DIFFUSION_YEARS)
    signed = tuple(Column(str(y), str(y), signed=True) for y in DIFFUSION_YEARS)

    def panel(title: str, columns: tuple[Column, ...], paths: Mapping[str, Series]) -> Panel:
        rows = pd.DataFrame(
            {str(y): [at(s, y) for s in paths.values()] for y in DIFFUSION_YEARS},
            index=[capitalised(name) for name in paths],
        )
        return Panel(title, columns, rows, "Speed of")

    runs = {name: solved.runs[need] for name, need in SPEEDS.items()}
    panels = [
        panel(
            "Mean adoption, %",
            plain,
            {name: 100 * level(run, "adoption_mean") for name, run in runs.items()},
        )
    ]
    panels += [
        panel(title, signed, {name: deviation(run, variable) for name, run in runs.items()})
        for title, variable in OUTCOMES
    ]
    half = {name: half_way(solved, need) for name, need in SPEEDS.items()}
    paused = {name: pause_of(run) for name, run in runs.items()}
    panels.append(
        Panel(
            "Milestones",
            (
                Column("half_year", "Half of the\nceiling"),
                Column("pause", "Years of\npause", digits=0),
                Column("pause_spans", "Engels' pause"),
                Column("pause_depth", "Depth, %"),
                Column("pause_loss", "Loss, % of a\nyear's wage", digits=1),
                Column("pause_levels", "In levels,\nyears", digits=0),
            ),
            pd.DataFrame(
                {
                    "half_year": [_year(y) or "after horizon" for _, y in half.values()],
                    "pause": [float(len(p.years)) for p in paused.values()],
                    "pause_spans": [_spans(p.years) or "none" for p in paused.values()],
                    "pause_depth": [p.depth for p in paused.values()],
                    "pause_loss": [p.loss for p in paused.values()],
                    "pause_levels": [float(len(p.levels)) for p in paused.values()],
                },
                index=[capitalised(name) for name in SPEEDS],
            ),
            "Speed of",
        )
    )
    rates = ", ".join(f"{shocked(n, 'diffusion_speed'):g}" for n in SPEEDS.values())
    notes = [
        "How to read: Three runs differ in nothing but the speed at which adoption approaches its "
        f"ceiling (log odds a year: {rates}). A number below a year is what the same AI "
        "has brought by then; compare the rows of a panel to see what speed is worth. Of the milestones, "
        f"{pause_in_words(next(iter(runs.values())))}; its depth is the largest gap of the wage, its "
        "loss the sum of gaps; in levels, output per worker grows and the wage does not.",
        "Units: Per cent or percentage points against the baseline; adoption as a share of exposed "
        "work, weighted by exposed pay.",
        source(solved, SPEEDS.values()),
    ]
    return panels, notes


def _year(value: float) -> str:
    return "" if value != value else f"{value:.0f}"


def _spans(years: Sequence[int]) -> str:
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in deviations.spans(years))


def draw_speeds(solved: Solved) -> Figure:
    """T4: adoption, output per worker, wage and labour share at the three speeds."""
    figure, places = new_figure(4, across=2, height=1.9)
    looks = ((GREEN, ":"), (ORANGE, "--"), (BLUE, "-"))
    shown = (
        ("Mean adoption, %", "adoption_mean"),
        ("Real GDP, %", "gdp_real"),
        ("Real wage, %", "real_wage"),
        ("Labour share, points", "labour_share"),
    )
    for place, (title, variable) in zip(places, shown, strict=True):
        for (name, need), (colour, dash) in zip(SPEEDS.items(), looks, strict=True):
            run = solved.runs[need]
            if variable == "adoption_mean":
                path = since(100 * level(run, variable))
            else:
                path = since(deviation(run, variable))
            place.plot(path.index, path, color=colour, linestyle=dash, label=name)
        if variable == "adoption_mean":
            half, _ = half_way(solved, need)
            place.axhline(half, color=GREY, linewidth=0.8, linestyle="-.")
            place.text(FIRST - 0.5, half, "half of the ceiling", va="bottom", fontsize=SMALLEST)
            place.set_ylim(bottom=0)
        else:
            zero_line(place)
        place.set_title(title)
        years_axis(place, path.index)
    handles, names = places[0].get_legend_handles_labels()
    legend_below(figure, handles, [capitalised(name) for name in names])
    entitle(figure, "The same AI at the speeds of three technologies, from the baseline")
    return figure


TABLE = PaperTable(
    "T4",
    "T4-diffusion",
    "Diffusion at the speed of electricity, information technology and generative AI",
    tuple(SPEEDS.values()),
    speeds,
    draw_speeds,
)
