"""What is true of every figure: letters that can be read, nothing cut off, words and no identifiers."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from engels.calibration.parameters import load_parameters
from engels.model.blocks.library import DRIVERS
from engels.model.reporting.measures import variables
from engels.runs.report.page import SMALLEST, settle
from engels.runs.scenarios.schema import library


@cache
def identifiers() -> frozenset[str]:
    """Names of drivers, parameters, figures and scenarios that are no words of a language."""
    parameters = load_parameters()
    names = {*DRIVERS, *variables(), *library(), *parameters.entries, *parameters.frame().index}
    return frozenset(n for n in names if "_" in n or "." in n)


def identifiers_in(text: str) -> set[str]:
    """The identifiers that stand in a text."""
    return set(re.findall(r"[A-Za-z][A-Za-z0-9_.]*[A-Za-z0-9]", text)) & identifiers()


def words_of(figure: Figure) -> list[Text]:
    """Every visible piece of text."""
    beyond = set()  # matplotlib keeps labels of ticks beyond the limits, and does not draw them
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            low, high = min(limits), max(limits)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low <= tick.get_loc() <= high:
                    beyond |= {tick.label1, tick.label2}
    return [
        t
        for t in figure.findobj(Text)
        if t.get_visible() and t.get_text().strip() and t not in beyond
    ]


def check_picture(figure: Figure, chinese: bool = False) -> list[tuple[str, Bbox]]:
    """Every text and its place, once all have been looked at. Within the style of figures."""
    settle(figure)
    canvas = FigureCanvasAgg(figure)
    figure.draw_without_rendering()  # which puts keys in their places
    renderer = canvas.get_renderer()
    width, height = canvas.get_width_height()
    found = [(t, t.get_text(), t.get_window_extent(renderer)) for t in words_of(figure)]
    for text, said, box in found:
        assert text.get_fontsize() >= SMALLEST, f"{said!r} has letters of {text.get_fontsize()}"
        assert box.x0 > -2 and box.y0 > -2, f"{said!r} is cut off"
        assert box.x1 < width + 2 and box.y1 < height + 2, f"{said!r} is cut off"
        assert not identifiers_in(said), f"{said!r} is an identifier"
        assert "mathdefault" not in said, f"{said!r} is a formula"
        if chinese:
            assert not re.search("[a-z]{3}", said), f"{said!r} is not Chinese"
    assert str(figure.get_label()), "has no title"
    for legend in [*figure.legends, *(a.get_legend() for a in figure.axes if a.get_legend())]:
        check_key(figure, legend)
    return [(said, box) for _, said, box in found]


def check_key(figure: Figure, legend: Legend) -> None:
    """A key names only what is drawn."""
    lines = [x for a in figure.axes for x in a.lines if np.isfinite(_numbers(x.get_ydata())).any()]
    areas = [x for a in figure.axes for x in (*a.patches, *a.collections)]
    for handle, text in zip(legend.legend_handles, legend.texts, strict=True):
        said = text.get_text()
        if isinstance(handle, Line2D) and handle.get_linestyle() == "None":
            if handle.get_marker() in ("None", "", None):
                continue  # a list of names beside numbers
            marked = {str(x.get_marker()) for x in lines}
            assert str(handle.get_marker()) in marked or any(
                isinstance(x, Collection) for x in areas
            ), f"{said!r}: no such marker is drawn"
        elif isinstance(handle, Line2D):
            look = (to_hex(handle.get_color()), handle.get_linestyle())
            looks = [(to_hex(x.get_color()), x.get_linestyle()) for x in lines]
            assert look in looks or areas, f"{said!r}: no such line is drawn"
        elif isinstance(handle, Patch):
            colours = [c for x in areas for c in _colours(x)]
            shade = tuple(np.round(handle.get_facecolor(), 6))
            assert shade in colours, f"{said!r}: no such area is drawn"


def _numbers(values: object) -> np.ndarray:
    return np.asarray(values, dtype=float)


def _colours(area: Patch | Collection) -> list[tuple[float, ...]]:
    """Colours of an area, none where it has no size."""
    if isinstance(area, Patch):
        box = area.get_extents()
        return [tuple(np.round(area.get_facecolor(), 6))] if max(box.width, box.height) > 0 else []
    return [tuple(np.round(c, 6)) for c in area.get_facecolor()]


def page_of(pdf: bytes) -> tuple[float, float]:
    """Width and height of a PDF's page in points."""
    box = re.search(rb"/MediaBox \[ ([0-9. ]+) \]", pdf)
    assert box is not None
    numbers = [float(x) for x in box[1].split()]
    return numbers[2] - numbers[0], numbers[3] - numbers[1]
