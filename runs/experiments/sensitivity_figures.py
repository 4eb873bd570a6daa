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
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from engels.model.measures import variables
from engels.runs.figures import BLACK, BLUE, GREY, ORANGE, SKY, save_figure, style
from engels.runs.labels import labels

ACROSS = 3
"""So many panels stand side by side at most."""

PANEL = (2.4, 2.1)
"""Inches of a panel of points, without its axes: about."""

LONGEST = 60
"""Characters of a name that a file is called by at most."""

SMALL = 0.05
"""Points of elementary effects below this share of the largest are not numbered."""

Words = Mapping[str, str]
Draw = Callable[[Axes, pd.DataFrame, Sequence[str], Words], None]


def output_label(key: Mapping[Any, Any], language: str, several: bool, year: bool = True) -> str:
    """An output in words: variable, sector or group, year, unit, and of several scenarios which."""
    words = labels(language)
    variable, sector, group, scenario = (
        str(key[k]) for k in ("variable", "sector", "group", "scenario")
    )
    about = variables().get(variable)
    name = variable if about is None else about.label_en if language == "en" else about.label_zh
    parts = [name, sector, words.get(group, group), str(key["year"]) if year else ""]
    parts = [*filter(None, parts), _unit(str(key["unit"]), words)]
    return f"{words.get(scenario, scenario)}: {', '.join(parts)}" if several else ", ".join(parts)


def _unit(unit: str, words: Words) -> str:
    return {"%": words["sens_percent"], "points": words["sens_points"]}.get(unit, unit)


def draw(
    tables: Mapping[str, pd.DataFrame],
    design: str,
    series: Sequence[tuple[str, str, str]],
    folder: Path,
    language: str,
    mark: str = "",
) -> None:
    """Draw what the tables of a design hold of the ``series`` (variable, sector, group) into ``folder``.

    ``mark`` ends the names of the files, before the language.
    """
    words = labels(language)
    chosen = pd.DataFrame(list(series), columns=["variable", "sector", "group"])
    with style(language):
        for stem, table, title, make in _pictures(tables, design):
            mine = table.merge(chosen, on=["variable", "sector", "group"])
            several = mine["scenario"].nunique() > 1
            names = ["scenario", "variable", "sector", "group"]
            for key, rows in mine.groupby(names, sort=False):
                parts = [str(k) for k in (key if several else key[1:]) if k]
                label = output_label(rows.iloc[0].to_dict(), language, several, year=False)
                figure = make(rows.reset_index(drop=True), words)
                letters = int(figure.get_figwidth() * (11 if language == "en" else 6))
                heading = textwrap.wrap(f"{words[title]}: {label}", letters)
                figure.suptitle(
                    "\n".join(heading), x=0.01, ha="left", fontsize=10.5, fontweight="bold"
                )
                save_figure(figure, folder, f"{stem}-{short_name('.'.join(parts))}{mark}", language)


def short_name(text: str) -> str:
    """A part of a file's name: the text itself, or where it is long or has other signs, with its hash."""
    plain = re.sub(r"[^\w.+-]", "_", text)
    if plain == text and len(text) <= LONGEST:
        return text
    return f"{plain[: LONGEST - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


Picture = tuple[str, pd.DataFrame, str, Callable[[pd.DataFrame, Words], Figure]]


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


def _panels(panel: Draw, order: str) -> Callable[[pd.DataFrame, Words], Figure]:
    """A figure with a panel for each year; the entries stand in one order, the largest on top."""

    def make(rows: pd.DataFrame, words: Words) -> Figure:
        years = list(dict.fromkeys(rows["year"]))
        size = rows[order].abs().groupby(rows["entry"], sort=False).max().fillna(0)
        entries = list(size.sort_values(ascending=False, kind="stable").index)
        across = min(len(years), ACROSS)
        down = -(-len(years) // across)
        scatter = panel is _morris
        height = 3.0 if scatter else 1.1 + 0.42 * len(entries)
        width = 1.2 + 2.9 * across if scatter else 2.4 + 2.5 * across
        if scatter:
            width += 1.6
        figure = Figure(figsize=(max(width, 5.4), 0.5 + height * down))
        axes = figure.subplots(down, across, squeeze=False, sharey=not scatter)
        for place, part in enumerate(axes.flat):
            if place >= len(years):
                part.set_visible(False)
                continue
            mine = rows[rows["year"] == years[place]].set_index("entry").loc[entries]
            part.set_title(str(years[place]))
            panel(part, mine, entries, words)
            if mine[order].isna().all():
                part.text(0.5, 0.5, words["sens_undefined"], transform=part.transAxes, ha="center")
        if scatter:
            lines = [f"{n}  {entry}" for n, entry in enumerate(entries, 1)]
            figure.legend(
                [Line2D([], [], linestyle="none") for _ in lines],
                lines,
                loc="outside right upper",
                handlelength=0,
            )
        else:
            handles, names = axes.flat[0].get_legend_handles_labels()
            if len(handles) > 1:
                figure.legend(handles, names, loc="outside lower center", ncols=len(handles))
        return figure

    return make


def _rows(axes: Axes, names: Sequence[str]) -> np.ndarray:
    """Places of horizontal bars, the first on top, with their names."""
    place = np.arange(len(names))[::-1]
    axes.set_yticks(place, list(names))
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.grid(False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    return place


def _tornado(axes: Axes, rows: pd.DataFrame, entries: Sequence[str], words: Words) -> None:
    names = [
        f"{entry}\n{_short(low)} … {_short(high)}"
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
    said = words["deviation_points"].lower() if unit in ("%", "points") else unit
    axes.set_xlabel(f"{words['sens_centre_change']},\n{said}")


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _sobol(axes: Axes, rows: pd.DataFrame, entries: Sequence[str], words: Words) -> None:
    place = _rows(axes, entries)
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


def _ranks(axes: Axes, rows: pd.DataFrame, entries: Sequence[str], words: Words) -> None:
    place = _rows(axes, entries)
    axes.barh(place, rows["rank_correlation"].to_numpy(), height=0.6, color=BLUE)
    axes.axvline(0, color=BLACK, linewidth=0.7)
    axes.set_xlim(-1.05, 1.05)
    axes.set_xlabel(words["sens_rank"])


def _morris(axes: Axes, rows: pd.DataFrame, entries: Sequence[str], words: Words) -> None:
    x, y = rows["mu_star"].to_numpy(), rows["sigma"].to_numpy()
    axes.errorbar(
        x,
        y,
        xerr=rows["mu_star_conf"].to_numpy(),
        fmt="o",
        markersize=4,
        color=BLUE,
        elinewidth=0.7,
        ecolor=GREY,
    )
    if np.isfinite(x).any():
        right = float(np.nanmax(x + rows["mu_star_conf"].to_numpy()))
        top = max(float(np.nanmax(y)), 0.25 * right)
        axes.set_xlim(-0.06 * right, 1.08 * right or 1)
        axes.set_ylim(-0.1 * top, 1.15 * top or 1)
        _number(axes, x, y)
    axes.set_xlabel(words["sens_mu_star"])
    axes.set_ylabel(words["sens_sigma"])
    axes.xaxis.set_major_locator(MaxNLocator(5))


def _number(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    """Number the points, each at the nearest place where its number covers no other and no point.

    Those at the origin, below :data:`SMALL` of the largest in both, stay without: they would cover others.
    """
    scale = 72 * np.array(PANEL)
    span = np.array([np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())])
    points = np.column_stack([x, y]) / span * scale
    largest = np.nanmax(points, axis=0)
    taken = [p for p in points if np.isfinite(p).all()]
    for n, point in enumerate(points, 1):
        if not np.isfinite(point).all() or (point < SMALL * largest).all():
            continue
        # nearest rings first, above before beside before below
        tries = [
            np.array([ring * np.cos(a), ring * np.sin(a)])
            for ring in (8, 13, 19, 26, 34)
            for a in np.pi * np.array([0.5, 0.25, 0.75, 0, 1, -0.25, -0.75, -0.5])
        ]
        free = [t for t in tries if all(np.abs((point + t - q) / (8, 7)).max() >= 1 for q in taken)]
        shift = (free or tries)[0]
        taken.append(point + shift)
        axes.annotate(
            str(n),
            (float(x[n - 1]), float(y[n - 1])),
            xytext=tuple(shift),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=7.5,
        )


def _course(
    rows: pd.DataFrame,
    words: Words,
    bands: Sequence[tuple[np.ndarray, np.ndarray, str]],
    lines: Sequence[tuple[str, str, str, str]],
) -> Figure:
    """Bands (low, high, name), the widest first, and lines (column, name, colour, dashes) over the years."""
    figure = Figure(figsize=(6.4, 4.0))
    axes = figure.subplots()
    years = rows["year"].to_numpy()
    for (low, high, name), shade in zip(bands, ("#D6EBF7", "#9CCFEF"), strict=True):
        axes.fill_between(years, low, high, color=shade, linewidth=0, label=words[name])
    for column, name, colour, dashes in lines:
        axes.plot(years, rows[column], color=colour, linestyle=dashes, label=words[name])
    axes.set_xlim(int(years.min()), int(years.max()))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    axes.set_ylabel(_unit(str(rows["unit"].iloc[0]), words))
    if str(rows["unit"].iloc[0]) in ("%", "points"):
        axes.axhline(0, color=BLACK, linewidth=0.7, zorder=1)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=4)
    return figure


def _fan(rows: pd.DataFrame, words: Words) -> Figure:
    bands = [
        (rows["q05"].to_numpy(), rows["q95"].to_numpy(), "sens_band_outer"),
        (rows["q25"].to_numpy(), rows["q75"].to_numpy(), "sens_band_inner"),
    ]
    lines = [("q50", "sens_q50", BLUE, "-"), ("mean", "sens_mean", BLACK, "--")]
    return _course(rows, words, bands, lines)


def _moments(rows: pd.DataFrame, words: Words) -> Figure:
    mean, sd = rows["mean"].to_numpy(), rows["sd"].to_numpy()
    bands = [
        (mean - k * sd, mean + k * sd, name) for k, name in ((2, "sens_sd_two"), (1, "sens_sd_one"))
    ]
    return _course(rows, words, bands, [("mean", "sens_mean", BLUE, "-")])
