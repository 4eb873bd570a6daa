"""Figures of a run: four pictures, each as PDF (for print) and PNG (for the screen).

    structure      shares of value added by stage and AI, and by factor intensity; their change
    labour-share   its path, and the change within and between sectors
    pause          real wage and output per worker against the reference, Engels' pause shaded
    compute        compute used and capacity, the rent of capacity and the quota premium

Colours are those of Okabe and Ito, which stay apart under every colour blindness; lines differ in
style or are labelled besides.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, MultipleLocator, NullFormatter

from engels.data import EngelsInputError
from engels.runs import measures
from engels.runs.folders import put_files, writable
from engels.runs.labels import labels
from engels.runs.results import RunResult, change_stored, load_run, run_folder
from engels.runs.seal import read_file

BLACK, ORANGE, SKY, GREEN = "#222222", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, RED, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#7F7F7F"

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Noto Sans CJK JP",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "SimHei",
    "Microsoft YaHei",
    "PingFang SC",
)

STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 8.5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "figure.constrained_layout.use": True,
    # letters stay letters in a PDF
    "pdf.fonttype": 42,
    "axes.unicode_minus": False,
}


@dataclass(frozen=True)
class Picture:
    """What a figure is drawn from."""

    run: RunResult
    words: Mapping[str, str]
    language: str

    def series(self, variable: str, group: str = "", reference: bool = False) -> pd.Series[float]:
        """A variable of the run (or its reference) by year."""
        name = self.run.reference if reference else self.run.scenario
        return measures.series(self.run.frame, name, variable, group=group)

    def by_sector(self, variable: str, reference: bool = False) -> pd.DataFrame:
        """A variable of the run (or its reference), years x sectors."""
        name = self.run.reference if reference else self.run.scenario
        return measures.by_sector(self.run.frame, name, variable)

    @property
    def reference_name(self) -> str:
        """The reference in the figure's language."""
        name = self.run.reference
        return self.words.get(name, name)

    def heading(self, figure: Figure, title: str) -> None:
        """Title of the whole figure: what it shows, of which run."""
        titles = self.run.manifest.get("title") or {}
        name = titles.get(self.language, self.run.scenario)
        # a Chinese character is about twice as wide as a Latin letter
        letters = int(figure.get_figwidth() * (11 if self.language == "en" else 6))
        lines = textwrap.wrap(f"{self.words[title]}: {name}", letters)
        figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=10.5, fontweight="bold")


def draw_figures(run: RunResult, folder: Path, language: str = "en") -> list[Path]:
    """Draw the four figures into ``folder`` and return the files.

    Raises EngelsInputError when the language is unknown, has no font on this machine, or the run
    lacks a variable.
    """
    words = labels(language)
    if run.frame["year"].nunique() < 2:
        raise EngelsInputError(
            f"run {run.scenario}: has one year and no path to draw; run it with --expectations "
            "foresight or recursive"
        )
    with style(language):
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


def draw_stored(folder: Path, out: Path | None = None, language: str = "en") -> list[Path]:
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

        return put_files(out, lambda made: draw_figures(result, made, language), allow=allow)
    writable(folder.parent)
    drawn: list[str] = []

    def draw(copy: Path, _: dict[str, Any]) -> None:
        drawn.extend(p.name for p in draw_figures(result, copy / "figures", language))

    change_stored(folder, result.manifest, draw)
    return [folder / "figures" / name for name in drawn]


def save_figure(
    figure: Figure, folder: Path, name: str, language: str, about: str = "engels"
) -> list[Path]:
    """Write a figure as PDF and PNG, each whole or not at all, and return the files.

    ``about`` is what they say of themselves (ASCII).
    """
    written = []
    suffix = "" if language == "en" else f"-{language}"
    for kind in ("pdf", "png"):
        path = folder / f"{name}{suffix}.{kind}"
        part = path.with_name(f".{path.name}.{os.getpid()}")
        # without a date two drawings of one run are the same file
        dated = {"CreationDate": None, "Subject": about}
        said = dated if kind == "pdf" else {"Software": "engels", "Description": about}
        figure.savefig(part, format=kind, metadata=said)
        part.replace(path)
        written.append(path)
    return written


@contextmanager
def style(language: str) -> Iterator[None]:
    """The look of all figures. Raises EngelsInputError when Chinese has no font here."""
    settings = dict(STYLE)
    if language == "zh":
        settings["font.family"] = [chinese_font(), "DejaVu Sans"]
    with mpl.rc_context(settings):
        yield


def chinese_font() -> str:
    """Name of an installed font for Chinese; raises EngelsInputError where there is none."""
    # matplotlib lists fonts once and keeps the list: look again for one installed since
    for known in (font_manager.fontManager, None):
        manager = known or font_manager.FontManager()
        names = {font.name for font in manager.ttflist}
        for name in CHINESE_FONTS:
            if name in names:
                font_manager.fontManager = manager
                return name
    raise EngelsInputError(
        "--language zh: no font for Chinese is installed; install one (Debian and Ubuntu: "
        "apt-get install fonts-noto-cjk) or use --language en"
    )


def years_axis(axes: Axes, years: pd.Index[Any]) -> None:
    """Whole years from the first to the last."""
    axes.set_xlim(int(years.min()), int(years.max()))
    span = int(years.max()) - int(years.min())
    axes.xaxis.set_major_locator(
        MultipleLocator(10 if span > 40 else 5) if span > 12 else MaxNLocator(integer=True, nbins=6)
    )
    axes.margins(x=0)


def zero_line(axes: Axes) -> None:
    """A thin line where nothing changes."""
    axes.axhline(0, color=BLACK, linewidth=0.7, zorder=1)


def room(axes: Axes, least: float) -> None:
    """At least ``least`` from bottom to top, so that solver noise is not magnified into a story."""
    low, high = axes.get_ylim()
    if high - low < least:
        middle = (low + high) / 2
        axes.set_ylim(middle - least / 2, middle + least / 2)


def _need(table: pd.DataFrame | pd.Series[float], what: str, picture: Picture) -> None:
    if table.empty:
        raise EngelsInputError(
            f"run {picture.run.scenario}: has no {what}, which the figure needs; run the "
            "scenario again"
        )


def structure(picture: Picture) -> Figure:
    """Shares of nominal value added by stage and AI, and by factor intensity."""
    words, manifest = picture.words, picture.run.manifest
    sectors: Mapping[str, Mapping[str, str]] = manifest["sectors"]
    ai = str(manifest["ai"])
    stages: dict[str, list[str]] = {"primary": [], "secondary": [], "tertiary": [], "ai": []}
    kinds: dict[str, list[str]] = {"capital_intensive": [], "labour_intensive": []}
    for code, about in sectors.items():
        stages["ai" if code == ai else about["stage"]].append(code)
        kinds[f"{about['intensity']}_intensive"].append(code)
    tables = {}
    for reference in (False, True):
        volume = picture.by_sector("value_added", reference)
        _need(volume, "value_added by sector", picture)
        tables[reference] = volume
    colours = {"primary": GREEN, "secondary": BLUE, "tertiary": SKY, "ai": RED}
    colours |= {"capital_intensive": BLUE, "labour_intensive": ORANGE}
    figure, (left, middle, right) = Figure(figsize=(10.2, 3.9)), (None, None, None)
    left, middle, right = figure.subplots(1, 3, width_ratios=[1, 1, 1.05])
    for axes, groups, title in (
        (left, stages, "structure_stage"),
        (middle, kinds, "structure_intensity"),
    ):
        share = 100 * measures.shares(tables[False], groups)
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
    left.set_ylabel(words["value_added_share"])
    change = 100 * (
        measures.shares(tables[False], stages | kinds)
        - measures.shares(tables[True], stages | kinds)
    )
    dashes = {"primary": ":", "tertiary": "-.", "capital_intensive": "--"}
    for name in (*stages, "capital_intensive"):
        right.plot(
            change.index,
            change[name],
            color=BLACK if name in kinds else colours[name],
            linestyle=dashes.get(name, "-"),
            label=words[name],
        )
    zero_line(right)
    room(right, 0.2)
    right.set_title(words["structure_change"])
    right.set_ylabel(f"{words['deviation_points']} ({_against(picture)})")
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)
    years_axis(right, change.index)
    picture.heading(figure, "structure_title")
    return figure


def _against(picture: Picture) -> str:
    return picture.words["against"].format(reference=picture.reference_name)


def _name_areas(axes: Axes, share: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Write the name of each area into it, or above the axes where it is too thin."""
    bottom = np.zeros(len(share))
    at, around = len(share) // 2, slice(len(share) // 4, len(share) - len(share) // 4)
    for name, text in names.items():
        height = share[name].to_numpy()
        if height[around].min() >= 8:
            axes.text(
                float(share.index[at]),
                bottom[at] + height[at] / 2,
                text,
                ha="center",
                va="center",
                color="white" if name in ("secondary", "capital_intensive") else BLACK,
                fontsize=8.5,
            )
        else:
            last = float(height[-1])
            axes.annotate(
                f"{text} {last:.1f}%",
                (float(share.index[-1]), bottom[-1] + last / 2),
                xytext=(-8, -16 if bottom[-1] > 50 else 16),
                textcoords="offset points",
                ha="right",
                va="center",
                color=BLACK,
                fontsize=8.5,
                arrowprops={"arrowstyle": "-", "color": BLACK, "linewidth": 0.6},
            )
        bottom = bottom + height


def labour_share(picture: Picture) -> Figure:
    """Path of the labour share and its change within and between sectors."""
    words = picture.words
    own, other = (100 * picture.series("labour_share", reference=r) for r in (False, True))
    _need(own, "labour_share", picture)
    within = 100 * picture.series("labour_share_within")
    between = 100 * picture.series("labour_share_between")
    _need(within, "labour_share_within", picture)
    figure = Figure(figsize=(8.2, 3.7))
    left, right = figure.subplots(1, 2)
    left.plot(other.index, other, color=GREY, linestyle="--", label=picture.reference_name)
    left.plot(own.index, own, color=BLUE, label=words["scenario"])
    left.set_ylabel(words["labour_share_axis"])
    left.set_title(words["labour_share_path"])
    room(left, 1.0)
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)
    years_axis(left, own.index)
    right.bar(within.index, within, width=0.85, color=SKY, label=words["within"])
    stacked = np.where(np.sign(between) == np.sign(within), within, 0.0)
    right.bar(
        between.index, between, width=0.85, bottom=stacked, color=ORANGE, label=words["between"]
    )
    total = own - other
    right.plot(total.index, total, color=BLACK, marker="o", markersize=2.5, label=words["total"])
    zero_line(right)
    room(right, 0.1)
    right.set_ylabel(f"{words['deviation_points']} ({_against(picture)})")
    right.set_title(words["labour_share_change"])
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3)
    years_axis(right, total.index)
    right.set_xlim(int(total.index.min()) - 0.5, int(total.index.max()) + 0.5)
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
    figure = Figure(figsize=(6.4, 4.0))
    axes = figure.subplots()
    years = measures.pause_years(picture.run.frame, picture.run.scenario, picture.run.reference)
    for number, (first, last) in enumerate(measures.spans(years)):
        axes.axvspan(
            first - 0.5,
            last + 0.5,
            color=YELLOW,
            alpha=0.35,
            linewidth=0,
            label=words["pause"] if number == 0 else None,
        )
    axes.axhline(100, color=BLACK, linewidth=0.7)
    axes.plot(output.index, output, color=BLUE, label=words["output_per_worker"])
    axes.plot(wage.index, wage, color=RED, linestyle="--", label=words["real_wage"])
    axes.set_ylabel(f"{words['pause_axis']} ({picture.reference_name})")
    room(axes, 0.4)
    years_axis(axes, wage.index)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3)
    picture.heading(figure, "pause_title")
    return figure


def compute(picture: Picture) -> Figure:
    """Compute used against capacity, the rent of capacity, and the premium on chips under quota."""
    words = picture.words
    used, capacity = picture.series("compute_used"), picture.series("compute_capacity")
    _need(used, "compute_used", picture)
    _need(capacity, "compute_capacity", picture)
    base = int(used.index.min())
    figure = Figure(figsize=(10.2, 3.9))
    left, middle, right = figure.subplots(1, 3)
    for series, variable, look in (
        (used, "compute_used", {"color": BLUE}),
        (capacity, "compute_capacity", {"color": ORANGE, "linestyle": "--"}),
    ):
        left.plot(series.index, series / series.loc[base], label=words[variable], **look)
    other = picture.series("compute_used", reference=True)
    left.plot(
        other.index,
        other / other.loc[base],
        color=GREY,
        linewidth=1.2,
        linestyle="-.",
        label=f"{words['compute_used']} ({picture.reference_name})",
    )
    spread = float(np.concatenate([used / used.loc[base], capacity / capacity.loc[base]]).max())
    if spread > 20:
        left.set_yscale("log")
        left.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if spread < 500 else (1.0,)))
        left.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        left.yaxis.set_minor_formatter(NullFormatter())
    left.set_ylabel(words["compute_index"].format(year=base))
    left.set_title(words["compute_use"])
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)
    years_axis(left, used.index)
    rent, scarcity = (100 * picture.series(v) for v in ("compute_rent", "compute_scarcity"))
    before = 100 * picture.series("compute_rent", reference=True)
    middle.plot(rent.index, rent, color=BLUE, label=words["compute_rent"])
    middle.plot(
        scarcity.index, scarcity, color=RED, linestyle="--", label=words["compute_scarcity"]
    )
    middle.plot(
        before.index,
        before,
        color=GREY,
        linewidth=1.2,
        linestyle="-.",
        label=f"{words['compute_rent']} ({picture.reference_name})",
    )
    zero_line(middle)
    room(middle, 1.0)
    middle.set_ylabel(words["compute_rent_axis"])
    middle.set_title(words["shadow_price"])
    middle.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12))
    years_axis(middle, used.index)
    highest = 0.0
    for group, look in (
        ("compute", {"color": RED}),
        ("components", {"color": GREEN, "linestyle": ":"}),
    ):
        premium = 100 * picture.series("chip_premium", group)
        if not premium.empty:
            highest = max(highest, float(premium.max()))
            right.plot(premium.index, premium, label=words[f"chip_premium_{group}"], **look)
    zero_line(right)
    if highest > 2000:
        # where no chip comes in, its premium is only bounded by what the last one is worth
        right.set_yscale("symlog", linthresh=100)
        right.set_ylim(bottom=0)
        right.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    else:
        room(right, 1.0)
    right.set_ylabel(words["chip_premium_axis"])
    right.set_title(words["chip_premium"])
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12))
    years_axis(right, used.index)
    picture.heading(figure, "compute_title")
    return figure


FIGURES: dict[str, Callable[[Picture], Figure]] = {
    "structure": structure,
    "labour-share": labour_share,
    "pause": pause,
    "compute": compute,
}
