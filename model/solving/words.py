"""Equations and variables in words: what a failed solve or a diagnosis says to its reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from string import Formatter
from typing import Any

from engels.model.algebra.declaration import DEPTH, Equation
from engels.model.algebra.written import bound
from engels.model.blocks.declarations import VARIABLES
from engels.model.blocks.library import DRIVERS
from engels.model.equations.appendix import EQUATIONS

SHOWN = 5
"""Series of variables or equations that one list shows."""


def _with_year(label: str, parts: int) -> str:
    """A label with the year, the last of ``parts`` of an index, behind it where its place is not named."""
    year = f"{{{parts - 1}}}"
    return label if year in label else f"{label}, {year}"


def _equation(e: Equation) -> str:
    # a condition at the horizon has no year
    yearly = bool(e.index) and e.index[-1].startswith("t in ")
    return _with_year(e.label, len(bound(e.index))) if yearly else e.label


_EQUATIONS = {e.name: _equation(e) for e in EQUATIONS.values()}
_VARIABLES = {d.name: _with_year(d.label, len(d.dims)) for d in DRIVERS.values() if d.label} | {
    name: _with_year(v.label, sum(DEPTH.get(s, 1) for s in v.index))
    for name, v in VARIABLES.items()
}


def in_words(family: str, index: object) -> str:
    """The equation ``family[index]`` in words; its plain name where no words are written for it."""
    return _told(_EQUATIONS, family, index)


def variable_in_words(name: str, index: object) -> str:
    """The variable ``name[index]`` in words; its plain name where no words are written for it.

    The year may be text, such as ``2026-2050``.
    """
    if name == "ai_use" and isinstance(index, tuple) and index[1] == "all":
        return f"AI services bought by sector {index[0]}, {index[2]}"
    return _told(_VARIABLES, name, index)


def families() -> frozenset[str]:
    """Equation families that have words."""
    return frozenset(_EQUATIONS)


def variables_with_words() -> frozenset[str]:
    """Variables that have words."""
    return frozenset(_VARIABLES)


def _places(template: str) -> list[int]:
    return [int(place) for _, place, _, _ in Formatter().parse(template) if place]


def _told(table: dict[str, str], name: str, index: object) -> str:
    parts = index if isinstance(index, tuple) else (index,)
    template = table.get(name)
    # another economy may use a name of this one for something with fewer indices
    if template is not None and len(parts) > max(_places(template), default=-1):
        return template.format(*parts)
    return name if index is None else f"{name}[{','.join(map(str, parts))}]"


class Speaker:
    """Names in words, with sectors by code and label, and years put together."""

    def __init__(self, labels: Mapping[str, Mapping[str, str]]) -> None:
        self._label = {
            code: f"{code} ({label['en']})"
            for code, label in labels.items()
            if label.get("en", code) != code
        }

    def _index(self, index: Any) -> Any:
        if isinstance(index, tuple):
            return tuple(self._label.get(x, x) for x in index)
        return self._label.get(index, index)

    def equations(self, found: Iterable[Any], limit: int = SHOWN) -> str:
        return self._told(in_words, found, limit)

    def variables(self, found: Iterable[Any], limit: int = SHOWN) -> str:
        return self._told(variable_in_words, found, limit)

    def _told(self, tell: Callable[[str, object], str], found: Iterable[Any], limit: int) -> str:
        """In words, the years of one series together."""
        series: dict[tuple[str, tuple[Any, ...]], list[Any]] = {}
        for x in found:
            index = x.index()
            key = index if isinstance(index, tuple) else (index,)
            series.setdefault((x.parent_component().local_name, key[:-1]), []).append(key[-1])
        told = []
        for (name, key), last in series.items():
            for span in _spans(last):
                told.append(tell(name, self._index((*key, span) if key else span)))
        more = len(told) - limit
        return "; ".join(told[:limit]) + (f"; and {more:,} more" if more > 0 else "")


def _spans(last: Sequence[Any]) -> list[Any]:
    """Years as one text such as ``2026, 2030-2050``; what is no year as it is."""
    if len(last) < 2 or not all(isinstance(x, int) for x in last):
        return list(last)
    spans: list[list[int]] = []
    for x in sorted(last):
        if spans and x == spans[-1][1] + 1:
            spans[-1][1] = x
        else:
            spans.append([x, x])
    return [", ".join(f"{a}" if a == z else f"{a}-{z}" for a, z in spans)]


def counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
