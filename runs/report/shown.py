"""Figures of a stored run on the screen: ``engels show --variable --sector --year``."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from rich.box import SIMPLE
from rich.table import Table

from engels.data import EngelsInputError
from engels.runs.console.exits import cut
from engels.runs.console.screen import console, write_csv
from engels.runs.indicators import deviations
from engels.runs.indicators.headline import headline_years
from engels.runs.indicators.labels import labels
from engels.runs.scenarios.source import nearest
from engels.runs.store.inputs import RunResult

ALL = "all"
"""For ``--sector``: every sector."""
COLUMNS = (
    "variable",
    "sector",
    "group",
    "year",
    "value",
    "reference",
    "deviation",
    "measure",
    "unit",
)


def chosen_rows(
    result: RunResult, variables: Sequence[str], sectors: Sequence[str], years: Sequence[int]
) -> pd.DataFrame:
    """Figures of a run beside its reference's, as ``measures.deviations`` has them, with their unit.

    Columns: variable, sector, group, year, value, reference, deviation (per cent, or points for
    shares and rates), measure (of the deviation: % or points), unit (of the value).

    Raises EngelsInputError for a variable, sector or year that the run does not have.
    """
    frame = result.frame
    _check("--variable", variables, list(dict.fromkeys(frame["variable"])))
    codes = [c for c in dict.fromkeys(frame["sector"]) if c]
    _check("--sector", sectors, [ALL, *codes])
    solved = sorted(int(y) for y in frame["year"].unique())
    for year in years:
        if year not in solved:
            raise EngelsInputError(
                f"--year {year}: is not in the run; it has {solved[0]} to {solved[-1]}"
            )
    keep = frame["year"].isin(years or headline_years(frame))
    if variables:
        keep &= frame["variable"].isin(variables)
    if sectors:
        keep &= frame["sector"].isin(codes if ALL in sectors else sectors)
    elif not variables:
        keep &= frame["sector"] == ""
    found = deviations.deviations(frame[keep], result.scenario, result.reference)
    if found.empty:
        raise EngelsInputError(
            f"{', '.join(variables)}: has no figures of {', '.join(sectors)} in this run; leave out "
            "--sector, or see `engels variables` for what is by sector"
        )
    units = frame.drop_duplicates("variable").set_index("variable")["unit"]
    return found.rename(columns={"unit": "measure"}).assign(unit=found["variable"].map(units))


def _check(option: str, given: Sequence[str], known: Sequence[str]) -> None:
    for word in given:
        if word not in known:
            raise EngelsInputError(
                f"{option} {cut(word)}: is not in the run; {nearest(cut(word), known)}"
            )


def show_rows(
    result: RunResult,
    variables: Sequence[str],
    sectors: Sequence[str],
    years: Sequence[int],
    as_csv: bool,
    language: str,
) -> None:
    """Print chosen figures as a table, or as CSV. Raises EngelsInputError as :func:`chosen_rows`."""
    rows = chosen_rows(result, variables, sectors, years)
    if as_csv:
        headings = list(COLUMNS)
        write_csv(headings, rows[headings].itertuples(index=False, name=None))
        return
    words = labels(language)
    reference = words.get(result.reference, result.reference)
    label = result.manifest.get("label", result.scenario)
    table = Table(
        title=f"{label} ({words['against'].format(reference=reference)})",
        title_justify="left",
        box=SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column(words["shown_variable"], overflow="fold")
    table.add_column(words["shown_of"], overflow="fold")
    for key in ("shown_year", "shown_value", "reference", "shown_deviation"):
        table.add_column(words[key], justify="right", no_wrap=True)
    table.add_column(words["shown_unit"], overflow="fold")
    names = result.manifest["sectors"]
    before: tuple[str, str, str] | None = None
    for row in rows.to_dict("records"):
        figure = (str(row["variable"]), str(row["sector"]), str(row["group"]))
        variable, sector, group = figure
        of = " ".join(x for x in (sector, names.get(sector, {}).get(language, ""), group) if x)
        first, deviation = figure != before, float(row["deviation"])
        if first and before is not None:
            table.add_section()
        before = figure
        point = words["points_unit"] if row["measure"] == "points" else "%"
        table.add_row(
            variable if first else "",
            of if first else "",
            str(row["year"]),
            number(float(row["value"])),
            number(float(row["reference"])),
            "–" if math.isnan(deviation) else f"{deviation:+,.3f} {point}",
            str(row["unit"]) if first else "",
        )
    console().print(table)


def number(value: float) -> str:
    """A figure with six significant digits, thousands apart."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    digits = 5 - math.floor(math.log10(abs(value)))
    return f"{value:,.{max(digits, 0)}f}" if digits <= 9 else f"{value:.5e}"
