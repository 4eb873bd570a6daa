"""How the tables of the pages are written: Markdown, signs, digits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column to the left, the others to the right."""
    lines = [
        "| " + " | ".join(headings) + " |",
        "|" + "|".join(["---", *["---:"] * (len(headings) - 1)]) + "|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def signed(x: float, digits: int = 2) -> str:
    """A deviation, with its sign; zero and what rounds to it without one."""
    if x != x:
        return "–"
    text = f"{x:+.{digits}f}"
    return f"{0:.{digits}f}" if float(text) == 0 else text.replace("-", "−")


def plain(x: float, digits: int = 3) -> str:
    """A level."""
    if x != x:
        return "–"
    text = f"{x:,.{digits}f}"
    return f"{0:.{digits}f}" if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def percent(x: float, digits: int = 1) -> str:
    """A share as per cent."""
    return plain(100 * x, digits)


def short(label: str, letters: int = 46) -> str:
    """A label that fits a table."""
    return label if len(label) <= letters else label[: letters - 1].rstrip(" ,") + "…"


@cache
def by_depreciation() -> Benchmark:
    """The same with stocks of capital that follow depreciation in the table."""
    return calibrate(overrides={"capital.income_weight": 0.0})


@cache
def benchmark() -> Benchmark:
    """The default benchmark."""
    return calibrate()
