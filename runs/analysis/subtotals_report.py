"""What is made of subtotals: a folder, tables for the screen, a figure.

subtotals/<aggregation>/<scenario>-<ai_mode>-<expectations>-<method>/
    subtotals.parquet  variable, sector, group, year, shock, value, unit (and alone, where asked for)
    subtotals.csv      the same for the variables that are shown, in all years
    subtotals.png      their contributions over the years (and PDF)
    manifest.json      that of a run, with the method, its errors and the shocks under `subtotals`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.box import SIMPLE
from rich.table import Table

from engels.data import EngelsInputError
from engels.model.reporting.measures import variables
from engels.runs.analysis.subtotals import TOTAL, Series, Subtotals
from engels.runs.indicators.headline import YEARS
from engels.runs.indicators.labels import entry_name, item_name, labels, scenario_name, unit_name
from engels.runs.indicators.report import Key
from engels.runs.report.page import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    YELLOW,
    entitle,
    in_legend,
    legend_below,
    new_figure,
    room,
    save_figure,
    style,
    years_axis,
    zero_line,
)
from engels.runs.scenarios.source import nearest
from engels.runs.store.folders import put_folder
from engels.runs.store.results import refuse_other, run_folder, write_parquet
from engels.runs.store.seal import write_manifest
from engels.runs.store.spreadsheet import write_csv

SHOWN = ("gdp_real", "consumption_real", "real_wage", "labour_share")
"""Variables that are shown where none is asked for."""
MOST_PANELS = 6
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, YELLOW, GREY)
HATCHES = ("", "////", "....", "xxxx")
"""Colours come again with another hatch where there are more shocks than colours."""


@dataclass(frozen=True)
class Shown:
    """What of subtotals is shown: series and years."""

    series: tuple[Series, ...]
    years: tuple[int, ...]


def check_variables(asked: Sequence[str]) -> None:
    """Refuse variables that are not reported, before anything is solved."""
    for text in asked:
        name = text.partition(":")[0]
        if name not in variables():
            raise EngelsInputError(f"--variable {text}: {nearest(name, list(variables()))}")


def choose(keys: Sequence[Key], asked: Sequence[str], years: Sequence[int]) -> Shown:
    """What to show of the figures ``keys``: ``variable`` or ``variable:element``, and years.

    An element is a sector, a skill, a household or another group. Raises EngelsInputError where the
    run has no such series or year.
    """
    there = list(dict.fromkeys(k[:3] for k in keys))
    series: list[Series] = []
    for text in asked or SHOWN:
        name, colon, element = text.partition(":")
        mine = [s for s in there if s[0] == name]
        chosen = [s for s in mine if not colon or element in s[1:]]
        if not chosen:
            known = sorted({x for s in mine for x in s[1:] if x})
            hint = nearest(element, known) if colon and known else "this run does not report it"
            raise EngelsInputError(f"--variable {text}: has no contributions; {hint}")
        series += [s for s in chosen if s not in series]
    solved = sorted({k[3] for k in keys})
    for year in years:
        if year not in solved:
            raise EngelsInputError(f"--year {year}: the run has {solved[0]} to {solved[-1]}")
    default = [y for y in YEARS if y in solved] or solved[-1:]
    return Shown(tuple(series), tuple(years or default))


def place_of(about: Mapping[str, Any], method: str, out: Path) -> Path:
    """The folder of subtotals of a run that a manifest, or an identity, is about."""
    run = run_folder(out, about)
    return run.with_name(f"{run.name}-{method}")


def write_subtotals(
    found: Subtotals, shown: Shown, out: Path, language: str = "en", page: str = "text"
) -> Path:
    """Write the folder of subtotals below ``out`` and return it; an earlier one is replaced.

    ``page`` is what the figure is made for, text or column.

    Raises EngelsInputError where ``out`` cannot be written, the language has no font here, or the
    subtotals of another scenario of that name are there.
    """
    target = place_of(found.manifest, found.manifest["subtotals"]["method"], out)
    text = ["variable", "sector", "group", "shock", "unit"]

    def write(folder: Path) -> None:
        frame = found.frame.astype({"year": "int32"} | dict.fromkeys(text, "category"))
        table = pa.Table.from_pandas(frame, preserve_index=False)
        write_parquet(table, folder / "subtotals.parquet")
        keys = pd.MultiIndex.from_tuples(shown.series)
        mine = pd.MultiIndex.from_frame(found.frame[["variable", "sector", "group"]]).isin(keys)
        write_csv(found.frame[mine], folder / "subtotals.csv")
        if found.frame["year"].nunique() > 1:
            with style(language, page):
                save_figure(draw(found, shown, language), folder, "subtotals", language)
        write_manifest(found.manifest, folder)

    put_folder(
        target,
        write,
        allow=lambda: refuse_other(target, found.manifest),
        ours=lambda _: [
            *("manifest.json", "subtotals.parquet", "subtotals.csv"),
            *(f"subtotals{tail}.{kind}" for tail in ("", "-zh") for kind in ("pdf", "png")),
        ],
    )
    return target


def summary(found: Subtotals) -> str:
    """How the contributions were found, and what they missed of the total before they were closed."""
    about = found.manifest["subtotals"]
    if about["method"] == "shapley":
        return f"Shapley values of {len(about['shocks'])} shocks from {about['runs']} further runs"
    if "nodes" not in about:
        return "one shock: its contribution is the total"
    kinks = len(about["kinks"])
    jumps = (
        f"; {len(about['jumps'])} of the kinks are jumps between equilibria, of up to "
        f"{about['largest_jump']:.0e} ({about['largest_jump_where']})"
        if about["jumps"]
        else ""
    )
    return (
        f"{about['nodes']} points on {about['pieces']} pieces of the path, {kinks} "
        f"{'kink' if kinks == 1 else 'kinks'}; before closing the contributions missed the total by at "
        f"most {about['largest_closing_error']:.0e} of a variable's level "
        f"({about['largest_closing_error_where']}){jumps}"
    )


def said_together(found: Subtotals) -> list[str]:
    """Shocks of a driver that cannot be told apart, a line each."""
    return [
        f"{name}: {len(places)} shocks ({', '.join(places)}) move the same entries of the driver and count "
        "as one; to tell them apart, write a scenario of each and measure one from the other"
        for name, places in found.manifest["subtotals"]["together"].items()
    ]


def screen_table(found: Subtotals, shown: Shown, language: str = "en") -> Table:
    """Contributions of each shock to the variables shown, by year."""
    words = labels(language)
    alone = "alone" in found.frame
    manifest = found.manifest
    against = words["against"].format(
        reference=words.get(manifest["reference"], manifest["reference"])
    )
    table = Table(
        title=f"{manifest['scenario']}: {words['subtotals_title']} ({against})",
        title_justify="left",
        box=SIMPLE,
    )
    table.add_column(words["subtotals_shock"])
    for year in shown.years:
        table.add_column(str(year), justify="right")
        if alone:
            table.add_column(words["subtotals_alone"], justify="right", style="dim")
    for series in shown.series:
        mine = _of(found, series)
        table.add_row(f"{_name(series, language)}, {_unit(mine)}", style="bold")
        for shock in (*found.shocks, TOTAL):
            own = mine[mine["shock"] == shock].set_index("year")
            cells = []
            for year in shown.years:
                cells.append(_signed(float(own["value"].loc[year])))
                if alone:
                    by_itself = float(own["alone"].loc[year])
                    cells.append("" if shock == TOTAL else _signed(by_itself))
            name = words["total"] if shock == TOTAL else shock
            table.add_row(f"  {name}", *cells)
    return table


def draw(found: Subtotals, shown: Shown, language: str = "en") -> Figure:
    """Stacked contributions over the years with the total, one panel a series (six at most)."""
    words, series = labels(language), shown.series[:MOST_PANELS]
    across = 1 if len(series) == 1 else 2 if len(series) in (2, 4) else 3
    figure, places = new_figure(len(series), across=across, height=1.9)
    for axes, one in zip(places, series, strict=True):
        _panel(axes, found, one, language)
    handles, names = places[0].get_legend_handles_labels()
    # the total last
    legend_below(figure, [*handles[1:], handles[0]], [*names[1:], names[0]])
    about = found.manifest
    titles = about["title"]
    title = titles.get(language) or titles.get("en") or about["scenario"]
    reference = scenario_name(about["reference"], language, about)
    said = words["in_brackets"].format(
        text=f"{words['subtotals_title']}{words['colon']}{title}",
        more=words["against"].format(reference=reference),
    )
    entitle(figure, said)
    return figure


def _panel(axes: Axes, found: Subtotals, series: Series, language: str) -> None:
    words = labels(language)
    mine = _of(found, series)
    table = mine.pivot(index="year", columns="shock", values="value").sort_index()
    announced = found.manifest["announced"]
    table = table[table.index >= announced - 1]
    up, down = np.zeros(len(table)), np.zeros(len(table))
    for n, shock in enumerate(found.shocks):
        values = table[shock].to_numpy(dtype=float)
        bottom = np.where(values >= 0, up, down)
        axes.bar(
            table.index,
            values,
            width=0.85,
            bottom=bottom,
            color=COLOURS[n % len(COLOURS)],
            hatch=HATCHES[(n // len(COLOURS)) % len(HATCHES)],
            edgecolor="white",
            linewidth=0.0,
            label=in_legend(entry_name(shock, language)),
        )
        up, down = up + np.maximum(values, 0), down + np.minimum(values, 0)
    axes.plot(
        table.index,
        table[TOTAL],
        color=BLACK,
        marker="o",
        markersize=1.8,
        linewidth=1.1,
        label=words["total"],
    )
    zero_line(axes)
    room(axes, 0.02)
    axes.set_title(_name(series, language))
    unit = _unit(mine)
    known = {"%": words["subtotals_percent"], "points": words["deviation_points"]}
    axes.set_ylabel(known.get(unit) or unit_name(unit, language))
    years_axis(axes, table.index, margin=0.6)


def _of(found: Subtotals, series: Series) -> pd.DataFrame:
    frame = found.frame
    variable, sector, group = series
    return frame[
        (frame["variable"] == variable) & (frame["sector"] == sector) & (frame["group"] == group)
    ]


def _unit(rows: pd.DataFrame) -> str:
    return str(rows["unit"].iloc[0])


def _name(series: Series, language: str) -> str:
    variable = variables()[series[0]]
    label = variable.label_en if language == "en" else variable.label_zh
    return labels(language)["comma"].join(
        [label, *(item_name(x, language) for x in series[1:] if x)]
    )


def _signed(value: float) -> str:
    text = f"{value:+,.3f}"
    # what rounds to nothing has no sign
    return text if text.strip("+-0.,") else "0.000"
