"""Names of the points of a figure: inside each or beside it, where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from engels.runs.report.page import BLACK, SMALLEST, lay_out, text_width


def label_points(
    axes: Axes,
    x: Sequence[float],
    y: Sequence[float],
    names: Sequence[str],
    radii: Sequence[float],
    *,
    all_of_them: bool = False,
) -> int:
    """Write a name into each point or beside it, where it lies on no other; returns how many have one.

    ``radii`` are those of the points in points; points of the largest come first. A name without room is
    left out or, with ``all_of_them``, stands where it can. Nothing of a point is cut off: the limits of the
    axes are widened. To be called when everything else is drawn.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    _contain(figure, axes, np.asarray(x), np.asarray(y), np.asarray(radii))
    box, scale = axes.get_window_extent(), 72 / figure.dpi
    spots = axes.transData.transform(np.column_stack([x, y])) * scale
    corners = np.array([[box.x0, box.y0], [box.x1, box.y1]]) * scale
    taken: list[tuple[float, float, float, float]] = []
    for n in sorted(range(len(names)), key=lambda k: -radii[k]):
        if not np.isfinite(spots[n]).all():
            continue
        half = np.array([text_width(names[n], SMALLEST) / 2 + 0.5, 0.42 * SMALLEST])
        tries = _around(radii[n], half, FAR if all_of_them else NEAR)
        free = [t for t in tries if _free(spots[n] + t, half, n, spots, radii, taken, corners)]
        if not free and not all_of_them:
            continue
        shift = (free or tries)[0]
        middle = spots[n] + shift
        taken.append((*(middle - half), *(middle + half)))
        axes.annotate(
            names[n],
            (float(x[n]), float(y[n])),
            xytext=tuple(shift),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=SMALLEST,
            color=BLACK,
        )
    return len(taken)


def _contain(figure: Figure, axes: Axes, x: Any, y: Any, radii: Any) -> None:
    """Widen the limits until no point is cut off by the axes."""
    FigureCanvasAgg(figure)
    for _ in range(3):
        lay_out(figure)
        box, scale = axes.get_window_extent(), 72 / figure.dpi
        for values, size, get, put in (
            (x, box.width * scale, axes.get_xlim, axes.set_xlim),
            (y, box.height * scale, axes.get_ylim, axes.set_ylim),
        ):
            low, high = get()
            reach = (radii + 2) / size * (high - low)
            put(
                min(low, float(np.nanmin(values - reach))),
                max(high, float(np.nanmax(values + reach))),
            )
    lay_out(figure)


NEAR, FAR = (1, 3, 6), (1, 4, 8, 13, 19, 26)
"""Points between a point and its name: a name that is far from its point is taken for another's."""


def _around(radius: float, half: Any, gaps: Sequence[float]) -> list[Any]:
    """Places of a name from the middle of a point: inside where it fits, then around, nearest first."""
    inside = [np.zeros(2)] if np.hypot(*half) <= 1.15 * radius else []
    angles = np.pi * np.array([0.5, -0.5, 0, 1, 0.25, 0.75, -0.25, -0.75])
    return inside + [
        np.array([(radius + gap + half[0]) * np.cos(a), (radius + gap + half[1]) * np.sin(a)])
        for gap in gaps
        for a in angles
    ]


def _free(
    middle: Any, half: Any, own: int, spots: Any, radii: Sequence[float], taken: Any, corners: Any
) -> bool:
    """Whether a name lies on no other name and no other point, and inside the axes."""
    low, high = middle - half, middle + half
    if (low < corners[0] + 1).any() or (high > corners[1] - 1).any():
        return False
    for x0, y0, x1, y1 in taken:
        if low[0] < x1 and x0 < high[0] and low[1] < y1 and y0 < high[1]:
            return False
    for n, spot in enumerate(spots):
        nearest = np.clip(spot, low, high)
        if n != own and np.hypot(*(spot - nearest)) < radii[n]:
            return False
    return True
