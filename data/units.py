"""Units a table may be printed in, and the published GDP that shows which it is."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from engels.data.errors import EngelsInputError, shown
from engels.data.series import load_macro

# Name -> (power of ten in 10,000 yuan, other spellings).
UNITS = {
    "yuan": (-4, ("元", "1 yuan")),
    "thousand yuan": (-1, ("千元", "1,000 yuan")),
    "10,000 yuan": (0, ("万元", "10k yuan", "10 thousand yuan", "ten thousand yuan")),
    "million yuan": (2, ("百万元", "1 million yuan", "mn yuan")),
    "100 million yuan": (4, ("亿元", "100m yuan", "100mn yuan", "yi", "yi yuan")),
    "billion yuan": (5, ("十亿元", "1 billion yuan", "bn yuan")),
    "trillion yuan": (8, ("万亿元", "1 trillion yuan", "trn yuan")),
}
DEFAULT = "10,000 yuan"

GAP = 0.1
"""Largest gap between a table's GDP and the published one; official tables differ by up to 3.7%."""


@dataclass(frozen=True)
class PublishedGDP:
    """Published GDP of a year, trillion yuan: over its vintages, or of the years about it."""

    low: float
    high: float
    years: str  # "2018", or "2012 and 2015" where the year itself is not at hand

    def gap(self, gdp: float) -> float:
        """Share by which ``gdp`` is below the lowest or above the highest; 0 between them."""
        nearest = min(max(gdp, self.low), self.high)
        return gdp / nearest - 1.0

    def __str__(self) -> str:
        if f"{self.low:.3f}" == f"{self.high:.3f}":
            return f"{self.low:.3f} published for {self.years}"
        return f"{self.low:.3f} to {self.high:.3f} published for {self.years}"


def parse_unit(text: str) -> str:
    """The name in :data:`UNITS` of a unit in any of its spellings, English or Chinese."""
    wanted = _spelling(text)
    for name, (_, others) in UNITS.items():
        if wanted in {_spelling(x) for x in (name, *others)} | {
            _spelling(name).removesuffix("yuan")
        }:
            return name
    raise EngelsInputError(
        f"--unit {shown(text)}", "no such unit", f"one of {'; '.join(UNITS)} (or 元 … 万亿元)"
    )


def _spelling(text: str) -> str:
    kept = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in kept if c.isalnum())


def published_gdp(year: int) -> PublishedGDP | None:
    """Published GDP of a year (all vintages), or of the years before and after it; else None."""
    frame = load_macro("gdp")
    of: dict[int, list[float]] = {}
    for known, value in zip(frame["year"], frame["value"], strict=True):
        of.setdefault(int(known), []).append(float(value))
    if year in of:
        return PublishedGDP(min(of[year]), max(of[year]), str(year))
    before, after = [y for y in of if y < year], [y for y in of if y > year]
    if not before or not after:
        return None
    first, last = max(before), min(after)
    return PublishedGDP(min(of[first]), max(of[last]), f"{first} and {last}")


def require_gdp(gdp: float, year: int, unit: str, where: str, largest: float, remedy: str) -> str:
    """Compare a table's GDP with the published one and say how they differ.

    Parameters
    ----------
    gdp
        Of the table, trillion yuan, if ``unit`` is what it is in.
    largest
        Largest gap allowed, a share.
    remedy
        What to do where the table is right and is to be taken nevertheless.

    Raises
    ------
    EngelsInputError
        Where the gap is larger (with the unit in which it would not be), or nothing is published.
    """
    published = published_gdp(year)
    found = f"GDP is {gdp:.6g} trillion yuan with the table in {unit}"
    if published is None:
        raise EngelsInputError(
            where, f"{found}, and no published GDP of {year} is at hand to compare it with", remedy
        )
    gap = published.gap(gdp)
    if abs(gap) <= largest:
        return f"{found}, {published} ({_percent(gap)})"
    power = UNITS[unit][0]
    for name, (other, _) in UNITS.items():
        if name != unit and abs(published.gap(gdp * 10.0 ** (other - power))) <= GAP:
            raise EngelsInputError(
                where,
                f"{found}, {published}: it looks like a table in {name}",
                f'import it with --unit "{name}"',
            )
    raise EngelsInputError(
        where, f"{found}, {published} ({_percent(gap)}), more than {100 * largest:g}% off", remedy
    )


def _percent(gap: float) -> str:
    if gap == 0.0:
        return "within"
    return f"gap {100 * gap:+.2f}%" if abs(gap) < 10 else f"gap {100 * gap:+.3g}%"
