"""Official lists of sectors, and which of them a table is on.

The statistical office uses the same codes for different sectors in different years: the 42 sectors
of 2015 and of 2017 are both 01 to 42, and from 23 on they are not the same. Only codes and names
together tell the list.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

import pandas as pd

from engels.data.errors import EngelsInputError, shown
from engels.data.series import load_sector_lists

OURS = {"42": "2017-42", "153": "2018-153"}
"""Detail of our tables -> the list whose labour, capital and elasticities the project has."""

SIMILAR = 0.85
"""Printings of one name share this much of their characters (they differ in an 's' or a 'the')."""


ANOTHER = 0.9
"""A table whose names are another list's to this share is said to be on that list."""


@dataclass(frozen=True)
class SectorList:
    """An official list: codes in order, and names by code."""

    name: str  # "2017-42"
    years: tuple[str, ...]
    codes: tuple[str, ...]
    names_en: Mapping[str, str]
    names_zh: Mapping[str, str]

    @property
    def title(self) -> str:
        """``official list of 2012 and 2015, 42 sectors``."""
        *first, last = self.years
        years = f"{', '.join(first)} and {last}" if first else last
        return f"official list of {years}, {len(self.codes)} sectors"


@dataclass(frozen=True)
class Match:
    """How well a table's names are those of a list."""

    list: SectorList
    agree: int  # codes whose name is the list's
    first: str | None  # the first code of the table whose name is not the list's


@cache
def official_lists() -> dict[str, SectorList]:
    """All official lists, by name (``2017-42``)."""
    found = {}
    for name, rows in load_sector_lists().groupby("list", sort=False):
        found[str(name)] = SectorList(
            name=str(name),
            years=tuple(str(rows["years"].iloc[0]).split()),
            codes=tuple(rows["code"]),
            names_en=dict(zip(rows["code"], rows["name_en"], strict=True)),
            names_zh=dict(zip(rows["code"], rows["name_zh"], strict=True)),
        )
    return found


def _same(en: str, zh: str, listed: SectorList, code: str) -> bool:
    """Whether a sector of a list has one of the two names to the letter."""
    pairs = ((en, listed.names_en[code]), (zh, listed.names_zh[code]))
    return any(plain(a) == plain(b) != "" for a, b in pairs)


@cache
def plain(name: str) -> str:
    """A name without what printings differ in: width, case, blanks, punctuation."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def alike(one: str, other: str) -> bool:
    """Whether two names are printings of one."""
    a, b = plain(one), plain(other)
    if not a or not b:
        return False
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return a == b or (matcher.quick_ratio() >= SIMILAR and matcher.ratio() >= SIMILAR)


def match(names: pd.DataFrame, listed: SectorList) -> Match:
    """Compare names with a list, code by code.

    A sector agrees when its English or its Chinese name is like the list's under the same code, and
    neither is the name of another sector of the list.

    Parameters
    ----------
    names
        Indexed by code, with ``name_en`` and ``name_zh`` (either may be empty).
    """
    english = {plain(name) for name in listed.names_en.values() if name}
    chinese = {plain(name) for name in listed.names_zh.values() if name}
    agree, first = 0, None
    for code, en, zh in zip(names.index, names["name_en"], names["name_zh"], strict=True):
        known = code in listed.names_zh
        found = known and (alike(en, listed.names_en[code]) or alike(zh, listed.names_zh[code]))
        elsewhere = known and (
            (plain(en) in english and plain(en) != plain(listed.names_en[code]))
            or (plain(zh) in chinese and plain(zh) != plain(listed.names_zh[code]))
        )
        if found and not elsewhere:
            agree += 1
        elif first is None:
            first = code
    return Match(listed, agree, first)


def nearest(names: pd.DataFrame) -> Match:
    """The official list that most of the table's names belong to, under their codes.

    Of lists that agree equally the one of the table's size is taken.
    """
    found = [match(names, listed) for listed in official_lists().values()]
    return max(found, key=lambda m: (m.agree, -abs(len(m.list.codes) - len(names))))


def require_list(names: pd.DataFrame, detail: str, where: str, lines: Sequence[int] = ()) -> None:
    """Refuse codes of one of our lists under which the names of other sectors stand.

    Parameters
    ----------
    names
        Indexed by code, with ``name_en`` and ``name_zh``.
    detail
        ``"42"`` or ``"153"``: whose list the codes are taken for.
    lines
        Line of each sector in the file, where it is known.

    Raises
    ------
    EngelsInputError
        With the first sector whose name is another one's, and the list that the names are of.
    """
    ours = match(names, official_lists()[OURS[detail]])
    if ours.first is None:
        return
    code = ours.first
    row = list(names.index).index(code)
    line = f", line {lines[row]}" if lines else ""
    en, zh = names["name_en"].iloc[row], names["name_zh"].iloc[row]
    given = shown(" ".join(x for x in (en, zh) if x))
    right = " ".join(
        x for x in (ours.list.names_en.get(code, ""), ours.list.names_zh.get(code, "")) if x
    )
    there = f"there it is {shown(right)}" if right else "which has no such code"
    own = next(
        (c for c in ours.list.codes if c != code and (_same(en, zh, ours.list, c))),
        None,
    )
    other = nearest(names)
    # Another list is named where it is plainly that one; of a few slips it would be a guess.
    if other.list.name == ours.list.name or other.agree < ANOTHER * len(names):
        what = f"{ours.agree} of the {len(names)} names agree with that list"
        if own is not None:
            what = f"that is the name of {own}, and {what}"
        remedy = (
            "labour, capital and exposure are known for the sectors of that list alone: give the "
            f"table's sectors its codes and names (data/io/sectors-{detail}.csv)"
        )
    else:
        what = f"{other.agree} of the {len(names)} names are those of the {other.list.title}"
        remedy = (
            "its codes mean other sectors: carry the table to the "
            f"{ours.list.title}, before it is used"
        )
    raise EngelsInputError(
        f"{where}{line}, sector {code}",
        f"{given} is not its name in the {ours.list.title} ({there}); {what}",
        remedy,
    )
