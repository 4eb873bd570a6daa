"""What all measurements share: the shock, the size of a model, a median time, how a figure is printed."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

SHOCK, SHOCK_AFTER = 2.0, 6
"""The shock: factor on ``ai_productivity``, and the number of years after which it starts."""
REPEATS, QUICK = 3, 10.0
"""Measurements faster than ``QUICK`` seconds are taken ``REPEATS`` times; the median counts."""

T = TypeVar("T")


def median_time(
    action: Callable[[], T], before: Callable[[], object] | None = None
) -> tuple[float, T]:
    """Median seconds of an action, and what the run of that length returned.

    ``before`` runs ahead of each measurement and is not counted. Garbage of earlier measurements is
    collected first, so that none pays for another.
    """
    taken: list[tuple[float, T]] = []
    while len(taken) < REPEATS:
        if before is not None:
            before()
        gc.collect()
        start = time.perf_counter()
        result = action()
        taken.append((time.perf_counter() - start, result))
        if taken[-1][0] > QUICK:
            break
    taken.sort(key=lambda run: run[0])
    return taken[len(taken) // 2]


def free_memory() -> float:
    """Memory that the machine can still give, MiB; infinite where it does not tell."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return math.inf
    found = [line.split()[1] for line in text.splitlines() if line.startswith("MemAvailable")]
    return float(found[0]) / 1024 if found else math.inf


def size_name(aggregation: str, years: int) -> str:
    """Sectors x years of the model, the base year included."""
    return f"{Path(aggregation).stem} x {years + 1}"


def printed(value: object, digits: int) -> str:
    """A figure as the tables print it."""
    if not isinstance(value, (int, float)) or math.isnan(value):
        return "" if not isinstance(value, str) else value
    if digits < 0:
        return f"{value:.0e}"
    return f"{value:,.{digits}f}"
