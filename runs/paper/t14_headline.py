"""T14 of the paper: what the headline depends on, one assumption changed at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import (
    HEADLINE,
    Need,
    Solved,
    at,
    deviation,
    pause_in_words,
    pause_of,
    source,
)
from engels.runs.report.page import BLACK, BLUE, axis_names, entitle, new_figure

YEARS = (2035, 2050)
OUTCOMES = {
    "gdp_real": "Real GDP",
    "consumption_real": "Consumption",
    "real_wage": "Real wage",
    "labour_share": "Labour share",
}
"""Deviations from each run's own baseline, per cent; points for the share."""


@dataclass(frozen=True)
class Variant:
    """One assumption that is another than the central run's: what it is about, and how it is set."""

    about: str
    label: str
    need: Need


def _parameters(name: str, **values: float | str) -> Need:
    given = tuple((key.replace("__", "."), value) for key, value in values.items())
    return Need(HEADLINE, name=f"{HEADLINE}_{name}", parameters=given)


CENTRAL = Need(HEADLINE)

BY_DEPRECIATION = {"capital__income_weight": 0}
"""Stocks of capital as depreciation in the table has them, with return premia."""

VARIANTS = (
    Variant("Horizon", "ends in 2050", _parameters("near", path__years_beyond=0)),
    Variant("Horizon", "96 years beyond 2050", _parameters("far", path__years_beyond=96)),
    Variant("Nest", "tasks handed over as given", Need(HEADLINE, "labour")),
    Variant("Nest", "AI beside capital", Need(HEADLINE, "capital")),
    Variant("Nest", "AI beside all inputs", Need(HEADLINE, "guo")),
    Variant(
        "Capital",
        "4.84 years of GDP, at purchasing powers",
        _parameters("large", capital__output_ratio=4.84),
    ),
    Variant("Capital", "premia by depreciation, held", _parameters("premia", **BY_DEPRECIATION)),
    Variant(
        "Capital",
        "premia by depreciation, closing in twenty years",
        _parameters("closing", capital__premium_closing=0.14, **BY_DEPRECIATION),
    ),
    Variant(
        "Capital",
        "4.84 years, premia held",
        _parameters("before", capital__output_ratio=4.84, **BY_DEPRECIATION),
    ),
    Variant("Saving", "all households look ahead", _parameters("ahead", hand_to_mouth__active=0)),
    Variant("Sectors", "5", Need(HEADLINE, aggregation="5")),
    Variant("Sectors", "12", Need(HEADLINE, aggregation="12")),
    Variant("Sectors", "154", Need(HEADLINE, aggregation="154")),
    Variant("Expectations", "one year ahead", Need(HEADLINE, expectations="recursive")),
)


def _row(solved: Solved, need: Need) -> dict[str, float]:
    run = solved.runs[need]
    found = {
        f"{name}_{year}": at(deviation(run, name), year) for year in YEARS for name in OUTCOMES
    }
    return {**found, "pause": float(len(pause_of(run).years))}


def headline(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T14: GDP, consumption, wage, labour share and the pause by what is assumed."""
    columns = (
        *(
            Column(f"{name}_{year}", words, str(year), signed=True)
            for year in YEARS
            for name, words in OUTCOMES.items()
        ),
        Column("pause", "Years", "Pause", digits=0),
    )
    panels = [Panel("As it is", columns, _frame(solved, {"Central": CENTRAL}), "Assumption")]
    for about in dict.fromkeys(v.about for v in VARIANTS):
        rows = {v.label: v.need for v in VARIANTS if v.about == about}
        panels.append(Panel(about, columns, _frame(solved, rows), "Assumption"))
    needs = [CENTRAL, *(v.need for v in VARIANTS)]
    notes = [
        "How to read: The first row is the run as the library has it. Every other changes one assumption, "
        "and is measured from a baseline under the same assumption. A headline that one of them turns is no "
        "result of the model alone.",
        "Units: per cent of each run's baseline, percentage points of GDP for the labour share, years; "
        f"{pause_in_words(solved.runs[CENTRAL])}.",
        source(solved, needs, f"{HEADLINE} under {len(needs)} sets of assumptions"),
    ]
    return panels, notes


def _frame(solved: Solved, needs: dict[str, Need]) -> pd.DataFrame:
    return pd.DataFrame({label: _row(solved, need) for label, need in needs.items()}).T


def draw_headline(solved: Solved) -> Figure:
    """T14: each outcome in 2050 by what is assumed, beside the central run."""
    figure, places = new_figure(len(OUTCOMES), across=2, height=3.9, share_y=True)
    labels = [f"{v.about}: {v.label}" for v in VARIANTS][::-1]
    rows = [_row(solved, v.need) for v in VARIANTS][::-1]
    centre = _row(solved, CENTRAL)
    spots = np.arange(len(labels))
    for place, (name, words) in zip(places, OUTCOMES.items(), strict=True):
        key = f"{name}_{YEARS[-1]}"
        values = np.array([row[key] for row in rows])
        place.hlines(spots, centre[key], values, color=BLUE, linewidth=1.0)
        place.plot(values, spots, "o", color=BLUE, markersize=3)
        place.axvline(centre[key], color=BLACK, linewidth=0.8)
        axis_names(place.yaxis, spots, labels, 0.36)
        place.grid(axis="y", visible=False)
        place.set_title(f"{words}, {YEARS[-1]}, {'points' if name == 'labour_share' else '%'}")
    entitle(figure, "The headline run under other assumptions; the line is the run as it is")
    return figure


TABLE = PaperTable(
    "T14",
    "T14-headline",
    "What the headline depends on: one assumption changed at a time",
    (CENTRAL, *(v.need for v in VARIANTS)),
    headline,
    draw_headline,
    "scriptsize",
)
