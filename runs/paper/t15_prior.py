"""T15 of the paper: the headline over all ranges of its parameters, beside published effects of AI."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from engels.data.series import load_macro
from engels.runs.experiments.indices import distribution
from engels.runs.experiments.query import query
from engels.runs.experiments.store import MANIFEST
from engels.runs.indicators.labels import scenario_name
from engels.runs.paper.batches import (
    COARSE,
    batch_text,
    candidates,
    solved_batch,
    worst_residual,
)
from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import FIRST, HEADLINE, Solved
from engels.runs.report.page import (
    BLUE,
    ORANGE,
    entitle,
    legend_below,
    new_figure,
    years_axis,
    zero_line,
)
from engels.runs.report.point_names import label_points

DRAWS = 200
"""Points of a Latin hypercube over all parameters that have a finite range."""
YEARS = (2030, 2035, 2040, 2050)
OUTCOMES = {
    "gdp_real": "Real GDP, %",
    "consumption_real": "Consumption, %",
    "real_wage": "Real wage, %",
    "labour_share": "Labour share, points",
}
QUANTILES = {"q05": "5%", "q25": "25%", "q50": "50%", "q75": "75%", "q95": "95%"}
STORE = "prior"


def solve_prior(
    folder: Path, aggregation: str, solver: str, say: Callable[[str], None]
) -> dict[str, Path]:
    """Solve the draws that T15 is made from, as far as they are not stored; see ``solved_batch``."""
    sectors = COARSE.get(aggregation, aggregation)
    name, keys = f"t15_prior_{sectors}", candidates()
    title = "All parameters drawn together over their published ranges"
    text = batch_text(name, title, keys, sectors, [*OUTCOMES, "engels_pause"], DRAWS)
    say(f"solving {folder / name}.yaml: {DRAWS} draws of {len(keys)} parameters")
    return {STORE: solved_batch(folder, name, text, solver)}


def draws(store: Path, outcome: str) -> pd.DataFrame:
    """Deviations of an outcome: rows are solved points (``number``), columns years from the first change."""
    figures = query(
        store,
        f"""
        select number, year, deviation from results
        where variable = '{outcome}' and sector = '' and "group" = '' and year >= {FIRST - 1}
        """,
    )
    return figures.pivot_table(index="number", columns="year", values="deviation")


def pauses(store: Path) -> pd.Series[float]:
    """Years of the pause at every solved point."""
    figures = query(
        store, "select number, sum(value) as years from results "
        "where variable = 'engels_pause' group by number order by number"
    )  # fmt: skip
    return figures.set_index("number")["years"]


def published() -> pd.DataFrame:
    """Published effects of AI on real GDP, per cent, by year: ``study, economy, year, low, high, mark``."""
    return load_macro("ai-effects")


def prior(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T15: quantiles of the headline over all ranges, and published effects."""
    store = solved.stores[STORE]
    columns = (
        Column("mean", "Mean", signed=True),
        Column("sd", "S.d."),
        *(Column(q, words, "Quantiles", signed=True) for q, words in QUANTILES.items()),
    )
    panels = []
    for name, words in OUTCOMES.items():
        found = draws(store, name)
        spread = distribution(found[list(YEARS)].to_numpy())
        rows = {
            str(year): {c.name: spread[c.name][n] for c in columns} for n, year in enumerate(YEARS)
        }
        panels.append(Panel(words, columns, pd.DataFrame(rows).T, "Year"))
    paused = pauses(store)
    share = pd.DataFrame(
        {
            "value": [
                100 * float((paused > 0).mean()),
                float(paused.median()),
                float(paused.quantile(0.95)),
            ]
        },
        index=["Draws with a pause, %", "Years of pause, median", "Years of pause, 95%"],
    )
    panels.append(Panel("Pause", (Column("value", "Value", digits=1),), share, ""))
    known = published().set_index("study")
    known["year"] = known["year"].astype(str)
    panels.append(
        Panel(
            "Published effects on real GDP, %",
            (
                Column("economy", "Economy"),
                Column("year", "Year"),
                Column("low", "from", digits=2, signed=True),
                Column("high", "to", digits=2, signed=True),
                Column("mark", "Mark"),
            ),
            known[["economy", "year", "low", "high", "mark"]],
            "Study",
        )
    )
    manifest = json.loads((store / MANIFEST).read_text(encoding="utf-8"))
    lost = DRAWS - len(paused)
    notes = [
        f"How to read: {scenario_name(HEADLINE)} against its baseline, with all {len(candidates())} "
        "parameters that have a finite range drawn together, independently, each with a triangular "
        "density that is highest at its value. The spread is what the ranges imply before any data are "
        "looked at: no draw is weighted by how well it fits. Published effects are of other shocks, other "
        "economies and other horizons; they are shown for their size, and S marks what was seen at the "
        "source, S2 what others quote.",
        "Units: per cent of each draw's own baseline, percentage points of GDP, years."
        + (f" Not solved: {lost} of {DRAWS} draws." if lost else ""),
        f"Source: Batch {store.name}; {manifest['settings'][0]['aggregation']} sectors, "
        f"{manifest['settings'][0]['expectations']}; solver {manifest['solver']}; certified, worst "
        f"residual {worst_residual(store):.0e}; ranges of calibration/parameters.yaml.",
    ]
    return panels, notes


def _fan(place: Axes, found: pd.DataFrame) -> None:
    years = found.columns.to_numpy()
    for low, high, shade, name in (
        (0.05, 0.95, 0.15, "5 to 95% of the draws"),
        (0.25, 0.75, 0.3, "25 to 75%"),
    ):
        place.fill_between(
            years, found.quantile(low), found.quantile(high), color=BLUE, alpha=shade, linewidth=0,
            label=name,
        )  # fmt: skip
    place.plot(years, found.median(), color=BLUE, label="median")


def draw_prior(solved: Solved) -> Figure:
    """T15: fans of the four outcomes, with published effects on GDP as dots."""
    figure, places = new_figure(len(OUTCOMES), across=2, height=2.4)
    for place, (name, words) in zip(places, OUTCOMES.items(), strict=True):
        found = draws(solved.stores[STORE], name)
        _fan(place, found)
        zero_line(place)
        if name == "gdp_real":
            known = published()
            middle = (known["low"] + known["high"]) / 2
            half = (known["high"] - known["low"]) / 2
            place.errorbar(
                known["year"], middle, half, fmt="o", color=ORANGE, markersize=3, linewidth=1.0,
                label="published",
            )  # fmt: skip
            # small effects and large ones on one axis
            place.set_yscale("symlog", linthresh=1.0)
        place.set_title(words)
        years_axis(place, np.asarray(found.columns))
    handles, names = places[0].get_legend_handles_labels()
    legend_below(figure, handles, names)
    known = published()
    label_points(
        places[0],
        list(known["year"]),
        list((known["low"] + known["high"]) / 2),
        list(known["study"]),
        [2.0] * len(known),
        all_of_them=True,
    )
    entitle(figure, f"{scenario_name(HEADLINE)}: what the ranges of all parameters imply")
    return figure


TABLE = PaperTable(
    "T15",
    "T15-prior",
    "The headline over the ranges of all parameters, beside published effects of AI",
    (),
    prior,
    draw_prior,
    "scriptsize",
    apart=True,
    batches=solve_prior,
)
