"""Figures on a page: their width, letters, titles and files. All figures are made through this module.

A figure is as wide as the text of an A4 page, or as a column of a journal, and is set without scaling: no
letter is smaller than :data:`SMALLEST`. Its PDF, for print, bears no title, which is the caption's; its PNG,
for the screen, has the title on top. Titles and labels of axes that are too long for their place are broken
into lines, legends have as many columns as fit.

    with style("en", "column"):
        figure, (left, right) = new_figure(2, across=2)
        ...
        entitle(figure, "What it shows")
        save_figure(figure, folder, "name", "en")

Colours are those of Okabe and Ito, which stay apart under every colour blindness.
"""

from __future__ import annotations

import os
import re
import textwrap
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogFormatter, MultipleLocator, NullFormatter
from matplotlib.transforms import ScaledTranslation

from engels.data import EngelsInputError

BLACK, ORANGE, SKY, GREEN = "#222222", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, RED, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#7F7F7F"
LIGHT = "#ECECEC"

Page = Literal["text", "column"]

WIDTH: dict[str, float] = {"text": 6.3, "column": 3.35}
"""Inches: the text of an A4 page between margins of 25 mm, and a column of a journal with two."""

SMALLEST = 7.0
"""Points of the smallest letters."""

LINES = 4
"""Lines of a title or label at most."""

LONGEST = 240
"""Characters of a title at most."""

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
    "font.size": 7.5,
    "figure.titlesize": 9.5,
    "figure.titleweight": "bold",
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlepad": 4,
    "axes.labelsize": 7.5,
    "axes.labelpad": 3,
    "xtick.labelsize": SMALLEST,
    "ytick.labelsize": SMALLEST,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": SMALLEST,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.2,
    "legend.labelspacing": 0.35,
    "legend.borderpad": 0.2,
    "legend.borderaxespad": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.5,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "figure.constrained_layout.use": True,
    # letters stay letters in a PDF
    "pdf.fonttype": 42,
    "axes.unicode_minus": True,
    # widths of text are the same at every resolution
    "text.hinting": "none",
    # users' titles are text, not formulas
    "text.parse_math": False,
    "text.usetex": False,
}


# --------------------------------------------------------------------------- style and fonts


def check_page(page: str) -> Page:
    """The page that is meant; EngelsInputError for an unknown one."""
    if page not in WIDTH:
        raise EngelsInputError(f"--page: unknown page {page[:60]!r}; write text or column")
    return "text" if page == "text" else "column"


@contextmanager
def style(language: str, page: str = "text") -> Iterator[None]:
    """The look of all figures on a page. Raises EngelsInputError when Chinese has no font here."""
    width = WIDTH[check_page(page)]
    settings = {**STYLE, "figure.figsize": (width, width)}
    # the other font draws what the first lacks
    if language == "zh":
        # these are fonts of a kind that PDF does not take as TrueType
        settings |= {"font.family": [chinese_font(), "DejaVu Sans"], "pdf.fonttype": 3}
    else:
        found = installed_font()
        settings["font.family"] = ["DejaVu Sans", *([found] if found else [])]
    with mpl.rc_context(settings), warnings.catch_warnings():
        # a letter that no font here has is drawn as a box
        warnings.filterwarnings(
            "ignore", message=r"Glyph \d+ .* missing from", category=UserWarning
        )
        yield


def chinese_font() -> str:
    """Name of an installed font for Chinese; raises EngelsInputError where there is none."""
    found = installed_font() or _new_font()
    if found is None:
        raise EngelsInputError(
            "--language zh: no font for Chinese is installed; install one (Debian and Ubuntu: "
            "apt-get install fonts-noto-cjk) or use --language en"
        )
    return found


def installed_font() -> str | None:
    """A font for Chinese among those that matplotlib knows and that are still there."""
    known = font_manager.fontManager.ttflist
    names = {
        font.name for font in known if font.name in CHINESE_FONTS and Path(font.fname).is_file()
    }
    return next((name for name in CHINESE_FONTS if name in names), None)


def _new_font() -> str | None:
    """The same among fonts installed since matplotlib made its list, which are added to it."""
    manager = font_manager.fontManager
    known = {font.fname for font in manager.ttflist}
    for file in sorted(set(font_manager.findSystemFonts()) - known):
        try:
            manager.addfont(file)
        except (OSError, RuntimeError, ValueError):  # damaged, or of a kind that it cannot read
            continue
    return installed_font()


# --------------------------------------------------------------------------- sheets


def in_column() -> bool:
    """Whether figures are made for a column."""
    return bool(mpl.rcParams["figure.figsize"][0] < 5)


def page_width() -> float:
    """Width of figures in inches."""
    return float(mpl.rcParams["figure.figsize"][0])


def new_figure(
    count: int,
    *,
    across: int = 1,
    height: float = 1.9,
    ratios: Sequence[float] | None = None,
    heights: Sequence[float] | None = None,
    share_x: bool | Literal["none", "all", "row", "col"] = False,
    share_y: bool | Literal["none", "all", "row", "col"] = False,
) -> tuple[Figure, list[Axes]]:
    """A figure of the page's width with ``count`` panels, row by row; in a column one below the other.

    ``height`` is that of a row in inches, with its labels; ``heights`` gives each panel its own (of a
    row the largest counts). ``ratios`` are the widths of panels side by side.
    """
    across = 1 if in_column() else min(across, count)
    down = -(-count // across)
    of_panels = [*(heights or [height] * count)]
    of_rows = [max(of_panels[n * across : (n + 1) * across]) for n in range(down)]
    figure = Figure(figsize=(page_width(), sum(of_rows)))
    figure.set_layout_engine("constrained", w_pad=0.05, h_pad=0.05, wspace=0.02, hspace=0.03)
    places = figure.subplots(
        down,
        across,
        squeeze=False,
        sharex=share_x,
        sharey=share_y if across > 1 else False,
        width_ratios=ratios if across > 1 else None,
        height_ratios=of_rows,
    )
    for place in places.flat[count:]:
        place.remove()
    return figure, list(places.flat[:count])


def entitle(figure: Figure, text: str) -> None:
    """Say what a figure shows: the title on its PNG, and that of its PDF as a file."""
    figure.set_label(textwrap.shorten(plain(text), LONGEST, placeholder=" …"))


def plain(text: str) -> str:
    """Text of one line, without signs that steer a printer."""
    return " ".join("".join(c if unicodedata.category(c) != "Cc" else " " for c in text).split())


def minus(text: str) -> str:
    """A number with the minus sign that the axes have."""
    return text.replace("-", "\N{MINUS SIGN}")


# --------------------------------------------------------------------------- words that fit


@cache
def _renderer() -> RendererAgg:
    return RendererAgg(8, 8, 720)


def text_width(text: str, size: float, weight: str | int = "normal") -> float:
    """Points that a line of text takes, in the font of the figures."""
    return _text_width(text, size, weight, tuple(mpl.rcParams["font.family"]))


@lru_cache(maxsize=10_000)
def _text_width(text: str, size: float, weight: str | int, family: tuple[str, ...]) -> float:
    font = FontProperties(family=list(family), size=size, weight=weight)
    width, _, _ = _renderer().get_text_width_height_descent(text, font, False)
    return float(width) / 10


def few(lines: list[str]) -> list[str]:
    """The first lines of a text that would be too long for a label."""
    return lines if len(lines) <= LINES else [*lines[: LINES - 1], f"{lines[LINES - 1][:-1]}…"]


OPENING, CLOSING = "“‘（《「", "，。：；、！？）》」”’％%"
"""Signs that stand at the beginning and at the end of what belongs together."""


def wrap(text: str, width: float, size: float, weight: str | int = "normal") -> list[str]:
    """Lines of at most ``width`` points: broken at blanks and between Chinese characters.

    A word that is longer than a line is broken where the line ends.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph):
            if not line or text_width((line + piece).rstrip(), size, weight) <= width:
                line += piece
            else:
                lines.append(line.rstrip())
                line = piece.lstrip()
            while text_width(line.rstrip(), size, weight) > width and len(line) > 1:
                cut = next(
                    (
                        n
                        for n in range(len(line) - 1, 1, -1)
                        if text_width(line[:n], size, weight) <= width
                    ),
                    1,
                )
                lines.append(line[:cut])
                line = line[cut:]
        lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> list[str]:
    """What a line may be broken between: words with the blank behind them, Chinese characters."""
    found: list[str] = []
    for piece in re.findall(r"[^\s\u2e80-\u9fff\uff00-\uffef]+\s*|\s+|.", text):
        if found and (piece[0] in CLOSING or found[-1][-1] in OPENING):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def broken(text: str, share: float, size: float = SMALLEST) -> str:
    """A label broken into lines of at most a ``share`` of the page's width."""
    return "\n".join(wrap(plain(text), 72 * share * page_width(), size))


def in_legend(label: str) -> str:
    """A label as matplotlib shows it in a legend: one that begins with _ it would leave out."""
    return f" {label}" if label.startswith("_") else label


def legend_below(
    place: Figure | Axes,
    handles: Sequence[Artist] | None = None,
    names: Sequence[str] | None = None,
    *,
    most: int = 9,
) -> None:
    """A legend below a figure or axes, in as many columns as fit its width (``most`` at most).

    Without ``handles`` it names what has a label in the axes (for a figure: in its first axes).
    """
    axes = place if isinstance(place, Axes) else place.axes[0]
    if handles is None or names is None:
        handles, names = axes.get_legend_handles_labels()
    if not handles:
        return
    width = 72 * page_width() - 8
    if isinstance(place, Axes):
        width *= _share(place)
    size = float(mpl.rcParams["legend.fontsize"])
    em = size * (
        mpl.rcParams["legend.handlelength"]
        + mpl.rcParams["legend.handletextpad"]
        + mpl.rcParams["legend.columnspacing"]
    )
    said = ["\n".join(few(wrap(in_legend(n), width - em, size))) for n in names]
    each = [max(text_width(line, size) for line in n.split("\n")) + em for n in said]
    columns = min(most, len(said))
    while columns > 1 and _needs(each, columns) > width:
        columns -= 1
    # no more rows than columns ask for
    columns = -(-len(said) // -(-len(said) // columns))
    if isinstance(place, Figure):
        high = max(n.count("\n") + 1 for n in said) * -(-len(said) // columns)
        # the first row has its place in the height that was asked for
        place.set_figheight(place.get_figheight() + 1.4 * size * (high - 1) / 72)
        place.legend(handles, said, loc="outside lower center", ncols=columns)
        return
    lines = 1 if place.get_xlabel() else 0
    drop = 14 + lines * 11
    below = place.transAxes + ScaledTranslation(0, -drop / 72, place.figure.dpi_scale_trans)
    place.legend(
        handles,
        said,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=below,
        ncols=columns,
    )


def _needs(each: Sequence[float], columns: int) -> float:
    """Points of a legend's width: columns are filled one after the other, the first ones longer."""
    rows, rest = divmod(len(each), columns)
    at, width = 0, 0.0
    for column in range(columns):
        count = rows + (column < rest)
        width += max(each[at : at + count], default=0.0)
        at += count
    return width


def _share(axes: Axes) -> float:
    """The part of the figure's width that the axes' column has."""
    spec = axes.get_subplotspec()
    if spec is None:
        return 1.0
    grid = spec.get_gridspec()
    ratios = np.array(grid.get_width_ratios(), dtype=float)
    return float(ratios[spec.colspan.start : spec.colspan.stop].sum() / ratios.sum())


def years_axis(axes: Axes, years: Iterable[int], margin: float = 0.0) -> None:
    """Whole years from the first to the last, as many named as fit; ``margin`` is for bars."""
    there = [int(y) for y in years]
    first, last = min(there), max(there)
    axes.set_xlim(first - margin, last + margin)
    room = max(page_width() * _share(axes) - 0.6, 0.5)
    # a year takes about 0.38 inches with its distance from the next
    most = min(room / 0.38, 8)
    fitting = (s for s in (1, 2, 5, 10, 20, 50) if (last - first) / s <= most)
    axes.xaxis.set_major_locator(MultipleLocator(next(fitting, 100)))


def zero_line(axes: Axes) -> None:
    """A thin line where nothing changes."""
    axes.axhline(0, color=BLACK, linewidth=0.7, zorder=1)


def room(axes: Axes, least: float) -> None:
    """At least ``least`` from bottom to top, so that solver noise is not magnified into a story."""
    low, high = axes.get_ylim()
    if high - low < least:
        middle = (low + high) / 2
        axes.set_ylim(middle - least / 2, middle + least / 2)


def lay_out(figure: Figure) -> None:
    """Give all axes their places, without drawing anything."""
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.execute(figure)


PASSES = 4
"""So often a figure is laid out at most: again where a text was broken."""


def settle(figure: Figure) -> None:
    """Break titles and labels of axes that are too long for their place."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            # powers of ten would be formulas, which are not read here
            if isinstance(axis.get_major_formatter(), LogFormatter):
                axis.set_major_formatter(FuncFormatter(lambda value, _: minus(f"{value:,g}")))
                axis.set_minor_formatter(NullFormatter())
    FigureCanvasAgg(figure)
    texts = {axes: [*_titles(axes), axes.xaxis.label, axes.yaxis.label] for axes in figure.axes}
    whole = {text: text.get_text() for of in texts.values() for text in of}
    # far too long titles leave no room for a first layout
    for axes in figure.axes:
        for title in _titles(axes):
            _fit(title, whole[title], 72 * page_width() * _share(axes))
    high: dict[int, int] = {}
    for _ in range(PASSES):
        lay_out(figure)
        changed = [_break(figure, axes, whole) for axes in figure.axes]
        # what is broken takes height, which the figure gets
        lines: dict[int, int] = {}
        for axes, of in texts.items():
            spec = axes.get_subplotspec()
            row = spec.rowspan.start if spec else 0
            more = sum(t.get_text().count("\n") - whole[t].count("\n") for t in of[:-1])
            lines[row] = max(lines.get(row, 0), more)
        if not any(changed) and lines == high:
            break
        grown = sum(lines.values()) - sum(high.values())
        size = float(mpl.rcParams["axes.titlesize"])
        figure.set_figheight(figure.get_figheight() + 1.3 * size * grown / 72)
        high = lines


def _break(figure: Figure, axes: Axes, whole: Mapping[Text, str]) -> bool:
    """Break titles and labels of axes where they are too long; whether any is not as it was."""
    points = 72 / figure.dpi
    box = axes.get_window_extent()
    right = min(
        (
            other.get_window_extent().x0 - 6 / points
            for other in figure.axes
            if other is not axes and _beside(box, other.get_window_extent())
        ),
        default=figure.bbox.x1 - 3 / points,
    )
    places = [
        *((title, (right - box.x0) * points) for title in _titles(axes)),
        (axes.xaxis.label, _room(figure, axes) * points),
        (axes.yaxis.label, 1.1 * box.height * points),
    ]
    changed = False
    for text, width in places:
        changed |= _fit(text, whole[text], width)
    return changed


def _room(figure: Figure, axes: Axes) -> float:
    """How wide a label below axes may be: as their column and the figure's edges allow."""
    box = axes.get_window_extent()
    middle = (box.x0 + box.x1) / 2
    beside = min(middle, figure.bbox.width - middle)
    return float(min(_share(axes) * figure.bbox.width, 2 * beside - 8))


def _beside(box: Any, other: Any) -> bool:
    """Whether a box begins right of another and beside it."""
    return bool(other.x0 > box.x0 + 1 and other.y0 < box.y1 and box.y0 < other.y1)


def _titles(axes: Axes) -> list[Text]:
    """The titles of axes: in the middle, at the left and at the right."""
    return [axes.title, *(getattr(axes, name) for name in ("_left_title", "_right_title"))]


def _fit(text: Text, whole: str, width: float) -> bool:
    """Break a text into lines of a width; whether it is not as it was."""
    before = text.get_text()
    size, weight = float(text.get_fontsize()), text.get_fontweight()
    # what its maker broke stays broken
    text.set_text("\n".join(few(wrap(whole, width, size, weight))) if whole else "")
    return text.get_text() != before


def axis_names(axis: Axis, places: Any, names: Sequence[str], share: float = 0.28) -> None:
    """Names of bars that lie, in lines of at most a share of the page's width.

    In a column panels stand one below the other, and names may take two fifths of it.
    """
    if in_column():
        share = max(share, 0.4)
    axis.set_ticks(list(places), [broken(name, share) for name in names])


# --------------------------------------------------------------------------- files


def save_figure(
    figure: Figure, folder: Path, name: str, language: str = "en", about: str = "engels"
) -> list[Path]:
    """Write a figure as PDF and then, with its title on top, as PNG; returns the files.

    Each is there whole or not at all. ``about`` is what they say of themselves (ASCII). The figure has its
    title afterwards. To be called within :func:`style`.
    """
    settle(figure)
    suffix = "" if language == "en" else f"-{language}"
    title = str(figure.get_label())
    written = []
    for kind in ("pdf", "png"):
        path = folder / f"{name}{suffix}.{kind}"
        part = path.with_name(f".{path.name}.{os.getpid()}")
        # without a date two drawings of one run are the same file
        dated = {"CreationDate": None, "Subject": about, **({"Title": title} if title else {})}
        said = dated if kind == "pdf" else {"Software": "engels", "Description": about}
        if kind == "png" and title:
            _head(figure, title)
        figure.savefig(part, format=kind, metadata=said)
        part.replace(path)
        written.append(path)
    return written


def _head(figure: Figure, title: str) -> None:
    """Put the title on top of a figure, which grows by it."""
    size, weight = float(mpl.rcParams["figure.titlesize"]), mpl.rcParams["figure.titleweight"]
    lines = wrap(title, 72 * figure.get_figwidth() - 8, size, weight)
    figure.set_figheight(figure.get_figheight() + (1.25 * size * len(lines) + 4) / 72)
    figure.suptitle("\n".join(lines), x=0.01, ha="left")
