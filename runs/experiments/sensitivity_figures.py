"""Figures of sensitivity, one a series: panels for the years, or the course over all years.

tornado-…       bars from the centre to what the low and the high end of each entry give
morris-…        mean absolute effect and spread of the effects of each entry
sobol-…         first-order and total indices of each entry, with 95% intervals
ranks-…         rank correlation of each entry with the output
fan-…           median, mean and quantiles of the points, by year
moments-…       mean and standard deviations around it, by year
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from engels.model.reporting.measures import variables
from engels.runs.indicators.labels import entry_name, item_name, labels, scenario_name, unit_name
from engels.runs.report.page import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    SKY,
    axis_names,
    entitle,
    in_column,
    legend_below,
    minus,
    new_figure,
    save_figure,
    style,
    years_axis,
    zero_line,
)
from engels.runs.report.point_names import label_points

ACROSS = 3
"""So many panels stand side by side at most."""

LONGEST = 60
"""Characters of a name that a file is called by at most."""

SMALL = 0.05
"""Points of elementary effects below this share of the largest are not numbered."""

COURSE = 4
"""Years in a row that make a course; fewer, and years with gaps, are drawn as points."""

Draw = Callable[[Axes, pd.DataFrame, Sequence[str], str], None]


def output_label(key: Mapping[Any, Any], language: str, several: bool, year: bool = True) -> str:
    """An output in words: variable, sector or group, year, unit, and of several scenarios which."""
    words = labels(language)
    variable, sector, group, scenario = (
        str(key[k]) for k in ("variable", "sector", "group", "scenario")
    )
    about = variables().get(variable)
    name = variable if about is None else about.label_en if language == "en" else about.label_zh
    parts = [name, sector, item_name(group, language), str(key["year"]) if year else ""]
    said = words["comma"].join([*filter(None, parts), _unit(str(key["unit"]), language)])
    return f"{scenario_name(scenario, language)}{words['colon']}{said}" if several else said


def _unit(unit: str, language: str) -> str:
    words = labels(language)
    known = {"%": words["sens_percent"], "points": words["sens_points"]}
    return known.get(unit) or unit_name(unit, language)


def draw(
    tables: Mapping[str, pd.DataFrame],
    design: str,
    series: Sequence[tuple[str, str, str]],
    folder: Path,
    language: str,
    mark: str = "",
    page: str = "text",
) -> None:
    """Draw what the tables of a design hold of the ``series`` (variable, sector, group) into ``folder``.

    ``mark`` ends the names of the files, before the language.
    """
    words = labels(language)
    chosen = pd.DataFrame(list(series), columns=["variable", "sector", "group"])
    with style(language, page):
        for stem, table, title, make in _pictures(tables, design):
            mine = table.merge(chosen, on=["variable", "sector", "group"])
            several = mine["scenario"].nunique() > 1
            names = ["scenario", "variable", "sector", "group"]
            for key, rows in mine.groupby(names, sort=False):
                parts = [str(k) for k in (key if several else key[1:]) if k]
                label = output_label(rows.iloc[0].to_dict(), language, several, year=False)
                figure = make(rows.reset_index(drop=True), language)
                entitle(figure, f"{words[title]}{words['colon']}{label}")
                save_figure(figure, folder, f"{stem}-{short_name('.'.join(parts))}{mark}", language)


def short_name(text: str) -> str:
    """A part of a file's name: the text itself, or where it is long or has other signs, with its hash."""
    plain = re.sub(r"[^\w.+-]", "_", text)
    if plain == text and len(text) <= LONGEST:
        return text
    return f"{plain[: LONGEST - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


Picture = tuple[str, pd.DataFrame, str, Callable[[pd.DataFrame, str], Figure]]


def _pictures(tables: Mapping[str, pd.DataFrame], design: str) -> list[Picture]:
    """Stem of the file, table, title and drawing of every kind of figure that a design has."""
    if design == "tornado":
        return [("tornado", tables["tornado"], "sens_tornado", _panels(_tornado, "swing"))]
    if design == "morris":
        return [("morris", tables["morris"], "sens_morris", _panels(_morris, "mu_star"))]
    if design == "saltelli":
        return [("sobol", tables["sobol"], "sens_saltelli", _panels(_sobol, "ST"))]
    found: list[Picture] = []
    years = tables["years"]
    stem, title, make = (
        ("moments", "sens_moments", _moments)
        if "normal_low" in years
        else ("fan", "sens_spread", _fan)
    )
    # a static run has one year and no course
    if years["year"].nunique() > 1:
        found.append((stem, years, title, make))
    if "rank_correlations" in tables:
        ranks = tables["rank_correlations"]
        found.append(("ranks", ranks, "sens_rank", _panels(_ranks, "rank_correlation")))
    return found


def _panels(panel: Draw, order: str) -> Callable[[pd.DataFrame, str], Figure]:
    """A figure with a panel for each year; the entries stand in one order, the largest on top."""

    def make(rows: pd.DataFrame, language: str) -> Figure:
        years = list(dict.fromkeys(rows["year"]))
        size = rows[order].abs().groupby(rows["entry"], sort=False).max().fillna(0)
        entries = list(size.sort_values(ascending=False, kind="stable").index)
        scatter = panel is _morris
        figure, places = new_figure(
            len(years),
            across=ACROSS,
            height=2.2 if scatter else 0.7 + 0.4 * len(entries),
            share_y=not scatter,
        )
        for axes, year in zip(places, years, strict=True):
            mine = rows[rows["year"] == year].set_index("entry").loc[entries]
            axes.set_title(str(year))
            panel(axes, mine, entries, language)
            if mine[order].isna().all():
                said = labels(language)["sens_undefined"]
                axes.text(0.5, 0.5, said, transform=axes.transAxes, ha="center")
        if scatter:
            lines = [f"{n}  {entry_name(entry, language)}" for n, entry in enumerate(entries, 1)]
            # numbers say which point is which
            legend_below(figure, [Line2D([], [], linestyle="none") for _ in lines], lines)
            for axes, year in zip(places, years, strict=True):
                _number(axes, rows[rows["year"] == year].set_index("entry").loc[entries])
        elif len(places[0].get_legend_handles_labels()[0]) > 1:
            legend_below(figure)
        return figure

    return make


def _rows(axes: Axes, names: Sequence[str]) -> np.ndarray:
    """Places of horizontal bars, the first on top, with their names."""
    place = np.arange(len(names))[::-1]
    axis_names(axes.yaxis, place, names, 0.26)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.grid(False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    return place


def _tornado(axes: Axes, rows: pd.DataFrame, entries: Sequence[str], language: str) -> None:
    words = labels(language)
    names = [
        f"{entry_name(entry, language)}\n{_short(low, language)} … {_short(high, language)}"
        for entry, low, high in zip(entries, rows["entry_low"], rows["entry_high"], strict=True)
    ]
    place = _rows(axes, names)
    for column, other, colour in (("low", "high", BLUE), ("high", "low", ORANGE)):
        width = rows[column].to_numpy()
        bars = axes.barh(place, width, height=0.62, color=colour, label=words[f"sens_{column}"])
        # where both ends change the output in one direction, the shorter bar lies on the longer
        for bar, on_top in zip(bars, np.abs(width) < np.abs(rows[other].to_numpy()), strict=True):
            bar.set_zorder(2.2 if on_top else 2.1)
    axes.axvline(0, color=BLACK, linewidth=0.7)
    unit = str(rows["unit"].iloc[0])
    points = unit in ("%", "points")
    said = words["deviation_points"].lower() if points else unit_name(unit, language)
    axes.set_xlabel(f"{words['sens_centre_change']}{words['comma']}{said}")


def _short(value: object, language: str) -> str:
    return minus(f"{value:.3g}") if isinstance(value, float) else item_name(str(value), language)


def _sobol(axes: Axes, rows: pd.DataFrame, entries: Sequence[str], language: str) -> None:
    words = labels(language)
    place = _rows(axes, [entry_name(entry, language) for entry in entries])
    looks = (("S1", 0.19, BLUE), ("ST", -0.19, SKY))
    for column, shift, colour in looks:
        axes.barh(
            place + shift,
            rows[column].to_numpy(),
            height=0.36,
            color=colour,
            xerr=rows[f"{column}_conf"].to_numpy(),
            error_kw={"elinewidth": 0.8, "ecolor": BLACK, "capsize": 1.5},
            label=words[f"sens_{column}"],
        )
    axes.axvline(0, color=BLACK, linewidth=0.7)
    axes.set_xlabel(words["sens_variance"])


def _ranks(axes: Axes, rows: pd.DataFrame, entries: Sequence[str], language: str) -> None:
    place = _rows(axes, [entry_name(entry, language) for entry in entries])
    axes.barh(place, rows["rank_correlation"].to_numpy(), height=0.6, color=BLUE)
    axes.axvline(0, color=BLACK, linewidth=0.7)
    axes.set_xlim(-1.05, 1.05)
    axes.set_xlabel(labels(language)["sens_rank"])


def _morris(axes: Axes, rows: pd.DataFrame, entries: Sequence[str], language: str) -> None:
    words = labels(language)
    x, y = rows["mu_star"].to_numpy(), rows["sigma"].to_numpy()
    axes.errorbar(
        x,
        y,
        xerr=rows["mu_star_conf"].to_numpy(),
        fmt="o",
        markersize=3,
        color=BLUE,
        elinewidth=0.7,
        ecolor=GREY,
    )
    if np.isfinite(x).any():
        right = float(np.nanmax(x + rows["mu_star_conf"].to_numpy()))
        top = max(float(np.nanmax(y)), 0.25 * right)
        axes.set_xlim(-0.06 * right, 1.08 * right or 1)
        axes.set_ylim(-0.1 * top, 1.15 * top or 1)
    axes.set_xlabel(words["sens_mu_star"])
    axes.set_ylabel(words["sens_sigma"])
    axes.xaxis.set_major_locator(MaxNLocator(4))


def _number(axes: Axes, rows: pd.DataFrame) -> None:
    """Number the points, each at the nearest place where its number covers no other and no point.

    Those at the origin, below :data:`SMALL` of the largest in both, stay without: they would cover others.
    """
    points = rows[["mu_star", "sigma"]].to_numpy(dtype=float)
    finite = np.isfinite(points).all(axis=1)
    if not finite.any():
        return
    largest = points[finite].max(axis=0)
    chosen = [n for n in np.flatnonzero(finite) if not (points[n] < SMALL * largest).all()]
    label_points(
        axes,
        list(points[chosen, 0]),
        list(points[chosen, 1]),
        [str(n + 1) for n in chosen],
        [2.0] * len(chosen),
        all_of_them=True,
    )


Band = tuple[np.ndarray, np.ndarray, str]
"""Lowest and highest value by year, and the name of a band."""

Line = tuple[str, str, str, str]
"""Column, name, colour and dashes of a line."""


def _course(
    rows: pd.DataFrame, language: str, bands: Sequence[Band], lines: Sequence[Line]
) -> Figure:
    """Bands, the widest first, and lines over the years.

    Of few years, or years with gaps between them, nothing is known of what lies between: they are drawn as
    points with intervals.
    """
    figure, (axes,) = new_figure(1, height=2.4 if in_column() else 3.0)
    years = rows["year"].to_numpy()
    if len(years) >= COURSE and (np.diff(years) == 1).all():
        _as_bands(axes, rows, language, bands, lines)
    else:
        _as_points(axes, rows, language, bands, lines)
    axes.set_ylabel(_unit(str(rows["unit"].iloc[0]), language))
    if str(rows["unit"].iloc[0]) in ("%", "points"):
        zero_line(axes)
    legend_below(axes)
    return figure


def _as_bands(
    axes: Axes, rows: pd.DataFrame, language: str, bands: Sequence[Band], lines: Sequence[Line]
) -> None:
    words, years = labels(language), rows["year"].to_numpy()
    for (low, high, name), shade in zip(bands, ("#D6EBF7", "#9CCFEF"), strict=True):
        axes.fill_between(years, low, high, color=shade, linewidth=0, label=words[name])
    for column, name, colour, dashes in lines:
        axes.plot(years, rows[column], color=colour, linestyle=dashes, label=words[name])
    years_axis(axes, years)


def _as_points(
    axes: Axes, rows: pd.DataFrame, language: str, bands: Sequence[Band], lines: Sequence[Line]
) -> None:
    words, years = labels(language), rows["year"].to_numpy()
    for (low, high, name), (shade, width) in zip(bands, ((SKY, 1.2), (BLUE, 4.0)), strict=True):
        axes.vlines(years, low, high, color=shade, linewidth=width, label=words[name])
    for (column, name, _, _), marker in zip(lines, ("o", "D"), strict=False):
        axes.plot(
            years,
            rows[column],
            marker,
            color="white",
            markeredgecolor=BLACK,
            markersize=4,
            label=words[name],
        )
    span = int(years.max()) - int(years.min())
    axes.set_xlim(years.min() - 0.1 * span - 0.5, years.max() + 0.1 * span + 0.5)
    axes.set_xticks(years, [str(y) for y in years])
    axes.grid(axis="x", visible=False)


def _fan(rows: pd.DataFrame, language: str) -> Figure:
    bands = [
        (rows["q05"].to_numpy(), rows["q95"].to_numpy(), "sens_band_outer"),
        (rows["q25"].to_numpy(), rows["q75"].to_numpy(), "sens_band_inner"),
    ]
    lines = [("q50", "sens_q50", BLUE, "-"), ("mean", "sens_mean", BLACK, "--")]
    return _course(rows, language, bands, lines)


def _moments(rows: pd.DataFrame, language: str) -> Figure:
    mean, sd = rows["mean"].to_numpy(), rows["sd"].to_numpy()
    bands = [
        (mean - k * sd, mean + k * sd, name) for k, name in ((2, "sens_sd_two"), (1, "sens_sd_one"))
    ]
    return _course(rows, language, bands, [("mean", "sens_mean", BLUE, "-")])
