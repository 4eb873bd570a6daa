"""Figures of a run: four pictures, each as PDF (for print) and PNG (for the screen).

    structure      shares of value added by stage and AI, and by factor intensity; their change
    labour-share   its path, and the change within and between sectors
    pause          real wage and output per worker against the reference, Engels' pause shaded
    compute        compute used and capacity, the rent of capacity and, where one binds, the quota premium

How they are made for a page, and their files: :mod:`engels.runs.report.page`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from engels.calibration.published import official_growth
from engels.data import EngelsInputError
from engels.runs.indicators import deviations
from engels.runs.indicators.labels import labels, scenario_name
from engels.runs.report.page import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LIGHT,
    ORANGE,
    RED,
    SKY,
    YELLOW,
    check_page,
    entitle,
    in_column,
    legend_below,
    new_figure,
    room,
    save_figure,
    style,
    years_axis,
    zero_line,
)
from engels.runs.store.folders import put_files, writable
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import change_stored, load_run, run_folder
from engels.runs.store.seal import read_file

SAME = 2e-3
"""Two lines that differ by less, as a share, lie on each other."""

BINDS = 1e-6
"""A quota premium, as a share of the landed price, that is more than a solver's zero."""


@dataclass(frozen=True)
class Picture:
    """What a figure is drawn from."""

    run: RunResult
    words: Mapping[str, str]
    language: str

    def series(self, variable: str, group: str = "", reference: bool = False) -> pd.Series[float]:
        """A variable of the run (or its reference) by year."""
        name = self.run.reference if reference else self.run.scenario
        return deviations.series(self.run.frame, name, variable, group=group)

    def by_sector(self, variable: str, reference: bool = False) -> pd.DataFrame:
        """A variable of the run (or its reference), years x sectors."""
        name = self.run.reference if reference else self.run.scenario
        return deviations.by_sector(self.run.frame, name, variable)

    @property
    def reference_name(self) -> str:
        """The reference in the figure's language."""
        return scenario_name(self.run.reference, self.language, self.run.manifest)

    def heading(self, figure: Figure, title: str) -> None:
        """Title of the whole figure: what it shows, of which run."""
        titles = self.run.manifest.get("title") or {}
        name = titles.get(self.language) or titles.get("en") or self.run.scenario
        entitle(figure, f"{self.words[title]}{self.words['colon']}{name}")

    def with_reference(self, text: str) -> str:
        """Text with the reference in brackets."""
        return self.words["in_brackets"].format(text=text, more=self.reference_name)

    def against_reference(self, text: str) -> str:
        """Text with what deviations are from in brackets."""
        against = self.words["against"].format(reference=self.reference_name)
        return self.words["in_brackets"].format(text=text, more=against)


def draw_figures(
    run: RunResult, folder: Path, language: str = "en", page: str = "text"
) -> list[Path]:
    """Draw the four figures for a page (text or column) into ``folder`` and return the files.

    Raises EngelsInputError when language or page is unknown, the language has no font on this machine,
    or the run lacks a variable.
    """
    words = labels(language)
    check_page(page)
    if run.frame["year"].nunique() < 2:
        raise EngelsInputError(
            f"run {run.scenario}: has one year and no path to draw; run it with --expectations "
            "foresight or recursive"
        )
    with style(language, page):
        picture = Picture(run, words, language)
        folder.mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        for name, draw in FIGURES.items():
            written += save_figure(draw(picture), folder, name, language, stamp(run))
    return written


def stamp(run: RunResult) -> str:
    """What a figure's file says of the run that it shows, in letters that every format keeps."""
    place = run_folder(Path(), run.manifest)
    return f"engels figure of {quote(place.as_posix())}"


def draw_stored(
    folder: Path, out: Path | None = None, language: str = "en", page: str = "text"
) -> list[Path]:
    """Draw the figures of a stored run into ``out``, or into its own folder, and return the files.

    Either all are there in the end or none has changed. Raises EngelsInputError as
    :func:`draw_figures` does, and where ``folder`` is no run or ``out`` cannot be written.
    """
    result = load_run(folder)
    if out is not None:
        writable(out)
        mine = stamp(result).encode()

        def allow(path: Path) -> None:
            if mine not in read_file(path):
                raise EngelsInputError(
                    f"{path}: is no figure of {folder}, and would be replaced; move it away or choose "
                    "another folder with --out"
                )

        def fill(made: Path) -> None:
            draw_figures(result, made, language, page)

        return put_files(out, fill, allow=allow)
    writable(folder.parent)
    drawn: list[str] = []

    def draw(copy: Path, _: dict[str, Any]) -> None:
        drawn.extend(p.name for p in draw_figures(result, copy / "figures", language, page))

    change_stored(folder, result.manifest, draw)
    return [folder / "figures" / name for name in drawn]


def _need(table: pd.DataFrame | pd.Series[float], what: str, picture: Picture) -> None:
    if table.empty:
        raise EngelsInputError(
            f"run {picture.run.scenario}: has no {what}, which the figure needs; run the "
            "scenario again"
        )


def structure(picture: Picture) -> Figure:
    """Shares of nominal value added by stage and by factor intensity, AI services apart."""
    words, manifest = picture.words, picture.run.manifest
    sectors: Mapping[str, Mapping[str, str]] = manifest["sectors"]
    ai = str(manifest["ai"])
    stages: dict[str, list[str]] = {"primary": [], "secondary": [], "tertiary": [], "ai": []}
    for code, about in sectors.items():
        stages["ai" if code == ai else about["stage"]].append(code)
    groups_of = deviations.intensity_groups(manifest)
    kinds = {f"{kind}_intensive": codes for kind, codes in groups_of.items()} | {"ai": [ai]}
    tables = {}
    for reference in (False, True):
        volume = picture.by_sector("value_added", reference)
        _need(volume, "value_added by sector", picture)
        tables[reference] = volume
    colours = {"primary": GREEN, "secondary": BLUE, "tertiary": SKY, "ai": RED}
    colours |= {"capital_intensive": BLUE, "labour_intensive": ORANGE}
    figure, (left, middle, right) = new_figure(3, across=3, height=2.6, ratios=[1, 1, 1.05])
    for axes, groups, title in (
        (left, stages, "structure_stage"),
        (middle, kinds, "structure_intensity"),
    ):
        share = 100 * deviations.shares(tables[False], groups)
        axes.stackplot(
            share.index,
            *[share[name] for name in groups],
            colors=[colours[name] for name in groups],
            edgecolor="white",
            linewidth=0.4,
        )
        axes.set_ylim(0, 100)
        axes.set_title(words[title])
        axes.grid(False)
        _name_areas(axes, share, {name: words[name] for name in groups})
        years_axis(axes, share.index)
        if axes is left or in_column():
            axes.set_ylabel(words["value_added_share"])
    change = 100 * (
        deviations.shares(tables[False], stages | kinds)
        - deviations.shares(tables[True], stages | kinds)
    )
    dashes = {"primary": ":", "tertiary": "-.", "capital_intensive": "--"}
    for name in (*stages, "capital_intensive"):
        right.plot(
            change.index,
            change[name],
            color=BLACK if name == "capital_intensive" else colours[name],
            linestyle=dashes.get(name, "-"),
            label=words[name],
        )
    zero_line(right)
    room(right, 0.2)
    right.set_title(words["structure_change"])
    right.set_ylabel(picture.against_reference(words["deviation_points"]))
    legend_below(right)
    years_axis(right, change.index)
    picture.heading(figure, "structure_title")
    return figure


DARK = ("secondary", "capital_intensive")
"""Areas on which letters are white."""


def _name_areas(axes: Axes, share: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Write the name of each area into it, or where it is too thin into the area beside it, with a line."""
    bottom = np.zeros(len(share))
    at, around = len(share) // 2, slice(len(share) // 4, len(share) - len(share) // 4)
    order = list(names)
    for n, (name, text) in enumerate(names.items()):
        height = share[name].to_numpy()
        if height[around].min() >= 8:
            axes.text(
                float(share.index[at]),
                bottom[at] + height[at] / 2,
                text,
                ha="center",
                va="center",
                color="white" if name in DARK else BLACK,
            )
        else:
            last = float(height[-1])
            above = bool(bottom[-1] <= 50)
            colour = "white" if order[n + 1 if above else n - 1] in DARK else BLACK
            axes.annotate(
                f"{text} {last:.1f}%",
                (float(share.index[-1]), bottom[-1] + last / 2),
                xytext=(-8, 13 if above else -13),
                textcoords="offset points",
                ha="right",
                va="center",
                color=colour,
                arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6},
            )
        bottom = bottom + height


def labour_share(picture: Picture) -> Figure:
    """Path of the labour share and its change within and between sectors.

    Years whose growth and employment are official figures are shaded. There the share moves with the
    growth that is given: the rebound of 2021 (8.6%) takes a jump of the efficiency of labour, capital
    cannot follow in a year and, with elasticities below one, becomes dear and takes a larger share;
    with the low growth of 2022 part of it comes back.
    """
    words = picture.words
    own, other = (100 * picture.series("labour_share", reference=r) for r in (False, True))
    _need(own, "labour_share", picture)
    within = 100 * picture.series("labour_share_within")
    between = 100 * picture.series("labour_share_between")
    _need(within, "labour_share_within", picture)
    figure, (left, right) = new_figure(2, across=2, height=2.6)
    first, last = int(own.index.min()), min(max(official_growth()), int(own.index.max()))
    if last > first:
        left.axvspan(first, last, color=LIGHT, linewidth=0, zorder=0, label=words["official_years"])
    left.plot(other.index, other, color=GREY, linestyle="--", label=picture.reference_name)
    left.plot(own.index, own, color=BLUE, label=words["scenario"])
    left.set_ylabel(words["labour_share_axis"])
    left.set_title(words["labour_share_path"])
    room(left, 1.0)
    legend_below(left)
    years_axis(left, own.index)
    right.bar(within.index, within, width=0.85, color=SKY, label=words["within"])
    stacked = np.where(np.sign(between) == np.sign(within), within, 0.0)
    right.bar(
        between.index, between, width=0.85, bottom=stacked, color=ORANGE, label=words["between"]
    )
    total = own - other
    right.plot(total.index, total, color=BLACK, marker="o", markersize=1.8, label=words["total"])
    zero_line(right)
    room(right, 0.1)
    right.set_ylabel(picture.against_reference(words["deviation_points"]))
    right.set_title(words["labour_share_change"])
    legend_below(right)
    years_axis(right, total.index, margin=0.5)
    picture.heading(figure, "labour_share_title")
    return figure


def pause(picture: Picture) -> Figure:
    """Real wage and output per worker, reference = 100, with Engels' pause shaded."""
    words = picture.words
    wage = 100 * picture.series("real_wage") / picture.series("real_wage", reference=True)
    output = 100 * (
        picture.series("output_per_worker") / picture.series("output_per_worker", reference=True)
    )
    _need(wage, "real_wage", picture)
    figure, (axes,) = new_figure(1, height=2.5 if in_column() else 3.2)
    run = picture.run
    years = deviations.pause_of(run.frame, run.scenario, run.reference).years
    shade = words["pause_against"].format(threshold=f"{100 * run.pause_threshold:g}")
    for number, (first, last) in enumerate(deviations.spans(years)):
        axes.axvspan(
            first - 0.5,
            last + 0.5,
            color=YELLOW,
            alpha=0.35,
            linewidth=0,
            label=shade if number == 0 else None,
        )
    axes.axhline(100, color=BLACK, linewidth=0.7)
    axes.plot(output.index, output, color=BLUE, label=words["output_per_worker"])
    axes.plot(wage.index, wage, color=RED, linestyle="--", label=words["real_wage"])
    axes.set_ylabel(picture.with_reference(words["pause_axis"]))
    room(axes, 0.4)
    years_axis(axes, wage.index)
    legend_below(axes)
    picture.heading(figure, "pause_title")
    return figure


def compute(picture: Picture) -> Figure:
    """Compute used against capacity, the rent of capacity, and the premium on chips where a quota binds."""
    used, capacity = picture.series("compute_used"), picture.series("compute_capacity")
    _need(used, "compute_used", picture)
    _need(capacity, "compute_capacity", picture)
    found = {group: picture.series("chip_premium", group) for group in ("compute", "components")}
    premia = {
        group: 100 * premium
        for group, premium in found.items()
        if not premium.empty and float(premium.abs().max()) > BINDS
    }
    figure, places = new_figure(3 if premia else 2, across=3, height=2.6)
    _capacity(places[0], picture, used, capacity)
    _rent(places[1], picture)
    if premia:
        _premium(places[2], picture, premia)
    picture.heading(figure, "compute_title")
    return figure


def _capacity(
    axes: Axes, picture: Picture, used: pd.Series[float], capacity: pd.Series[float]
) -> None:
    """Compute used and capacity, one line where they are the same; base year = 1."""
    words, base = picture.words, int(used.index.min())
    one = bool(np.allclose(used, capacity, rtol=SAME))
    axes.plot(
        used.index,
        used / used.loc[base],
        color=BLUE,
        label=words["compute_used_capacity" if one else "compute_used"],
    )
    if not one:
        axes.plot(
            capacity.index,
            capacity / capacity.loc[base],
            color=ORANGE,
            linestyle="--",
            label=words["compute_capacity"],
        )
    other = picture.series("compute_used", reference=True)
    axes.plot(
        other.index,
        other / other.loc[base],
        color=GREY,
        linewidth=1.0,
        linestyle="-.",
        label=picture.with_reference(words["compute_used"]),
    )
    spread = float(np.concatenate([used / used.loc[base], capacity / capacity.loc[base]]).max())
    if spread > 20:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if spread < 500 else (1.0,)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel(words["compute_index"].format(year=base))
    axes.set_title(words["compute_use"])
    years_axis(axes, used.index)
    legend_below(axes)


def _rent(axes: Axes, picture: Picture) -> None:
    """Rent of capacity, what of it is beyond the user cost, and the reference's rent."""
    words = picture.words
    rent, scarcity = (100 * picture.series(v) for v in ("compute_rent", "compute_scarcity"))
    before = 100 * picture.series("compute_rent", reference=True)
    axes.plot(rent.index, rent, color=BLUE, label=words["compute_rent"])
    axes.plot(scarcity.index, scarcity, color=RED, linestyle="--", label=words["compute_scarcity"])
    axes.plot(
        before.index,
        before,
        color=GREY,
        linewidth=1.0,
        linestyle="-.",
        label=picture.with_reference(words["compute_rent"]),
    )
    zero_line(axes)
    room(axes, 1.0)
    axes.set_ylabel(words["compute_rent_axis"])
    axes.set_title(words["shadow_price"])
    years_axis(axes, rent.index)
    legend_below(axes)


def _premium(axes: Axes, picture: Picture, premia: Mapping[str, pd.Series[float]]) -> None:
    """What quotas add to the landed price of chips, by use, per cent."""
    words = picture.words
    looks: dict[str, dict[str, Any]] = {
        "compute": {"color": RED},
        "components": {"color": GREEN, "linestyle": ":"},
    }
    for group, premium in premia.items():
        axes.plot(premium.index, premium, label=words[f"chip_premium_{group}"], **looks[group])
    zero_line(axes)
    if max(float(premium.max()) for premium in premia.values()) > 2000:
        # where no chip comes in, its premium is only bounded by what the last one is worth
        axes.set_yscale("symlog", linthresh=100)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    else:
        room(axes, 1.0)
    axes.set_ylabel(words["chip_premium_axis"])
    axes.set_title(words["chip_premium"])
    years_axis(axes, premium.index)
    legend_below(axes)


FIGURES: dict[str, Callable[[Picture], Figure]] = {
    "structure": structure,
    "labour-share": labour_share,
    "pause": pause,
    "compute": compute,
}
