"""Tables of work, incomes, firms and policy, from stored runs."""

from __future__ import annotations

from engels.runs.indicators import deviations

from .form import plain, signed, table
from .library import PEOPLE, Runs, own_mode

YEAR = 2035
COLUMNS = (
    ("GDP 2035, %", "gdp_real", YEAR, False),
    ("GDP 2050, %", "gdp_real", 2050, False),
    ("real wage, %", "real_wage", YEAR, False),
    ("labour share, points", "labour_share", YEAR, True),
    ("employment, %", "employment", YEAR, False),
    ("unemployment, points", "unemployment", YEAR, True),
    ("Gini of consumption, points", "gini_consumption", YEAR, True),
)
LEVERS = {
    "restore_services": "service_subsidy",
    "restore_slower_automation": "automation_depth",
    "restore_lower_markups": "markup_common",
}
"""Scenario that restores the labour share -> the instrument that is found."""


def people(runs: Runs) -> str:
    """Every scenario of these blocks against its reference."""
    rows = []
    for name in PEOPLE:
        frame = runs.frame(name, own_mode(name), "foresight")
        reported = set(frame["variable"])
        cells = [
            signed(runs.change(name, variable, year, points=points))
            if variable in reported
            else "–"
            for _, variable, year, points in COLUMNS
        ]
        pause = deviations.pause_of(frame, name, runs.reference(name))
        sizes = (str(len(pause.years)), plain(pause.depth, 1), plain(pause.loss, 0))
        rows.append(
            (f"`{name}`", f"`{runs.reference(name)}`", *cells, *sizes, str(len(pause.levels)))
        )
    counted = ("pause, years", "its depth, %", "its loss, % of a year's wage", "in levels, years")
    heads = ("scenario", "against", *(head for head, *_ in COLUMNS), *counted)
    return table(heads, rows)


def levers(runs: Runs) -> str:
    """What restores the labour share, how far it must go, and what that costs the budget."""
    rows = []
    for name, instrument in LEVERS.items():
        found = runs.series(name, instrument) - runs.series(name, instrument, reference=True)
        tax = runs.series(name, "lump_sum_real")
        more = tax - runs.series(name, "lump_sum_real", reference=True)
        rows.append(
            (
                f"`{name}`",
                f"`{instrument}`",
                signed(100 * float(found[YEAR])),
                signed(100 * float(found[2050])),
                signed(float(more[YEAR])),
                signed(runs.change(name, "gdp_real", YEAR)),
                signed(runs.change(name, "consumption_real", YEAR)),
                signed(runs.change(name, "real_wage", YEAR)),
            )
        )
    heads = (
        "scenario",
        "found",
        "2035, points",
        "2050, points",
        "lump-sum tax 2035, trillion yuan",
        "GDP 2035, %",
        "consumption 2035, %",
        "real wage 2035, %",
    )
    return table(heads, rows)
