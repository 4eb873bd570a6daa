"""Errors of users' files in one line each: the file, the line and the key, and what would be right.

The files themselves are read by :mod:`engels.data.document`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError

from engels.data.document import Key, Source, dotted, read_source, read_text
from engels.data.errors import InputErrors, listed, one_line, shown


def nearest(word: object, known: Iterable[str], limit: int = 30) -> str:
    """What would be right: the closest known word, or the list of them.

    Returns a phrase such as ``did you mean 'markup'?`` or ``known: a, b, c``.
    """
    words = [str(k) for k in known]
    lower = {k.lower(): k for k in words}
    # no known word is longer, and the search takes the product of lengths
    close = difflib.get_close_matches(str(word)[:100].lower(), list(lower), n=1, cutoff=0.6)
    if close:
        return f"did you mean {lower[close[0]]!r}?"
    return f"known: {listed(words, limit)}" if words else "none is known"


def explain(error: ValidationError, source: Source, fields: dict[Key, Sequence[str]]) -> list[str]:
    """One line for every error that pydantic found in ``source``.

    ``fields`` holds the keys that are known at a position (list indices left out), for suggestions.
    """
    found = []
    for item in error.errors(include_url=False):
        key = _key(item["loc"])
        bare = tuple(p for p in key if not isinstance(p, int))
        place, kind, given = source.where(key), item["type"], item.get("input")
        context = item.get("ctx", {})
        if kind in ("extra_forbidden", "invalid_key"):
            parent: Key = tuple(p for p in key[:-1] if not isinstance(p, int))
            what = f"unknown key; {nearest(key[-1], fields.get(parent, ()))}"
        elif kind == "missing":
            what = f"is missing; add {bare[-1] if bare else 'it'}: …"
        elif kind == "literal_error":
            choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
            what = f"unknown value {shown(given)}; {nearest(given, choices)}"
        elif kind == "value_error":
            what = str(context.get("error", item["msg"]))
        elif item["loc"] and item["loc"][-1] == "[key]":
            what = f"{shown(given)} is not a year; write a whole number such as 2026"
        else:
            what = f"{_found(given)} will not do; {_wanted(kind, item['msg'], context)}"
        found.append(f"{place}: {what}")
    return found


def _key(location: tuple[int | str, ...]) -> Key:
    """pydantic's location as a position in the document: years are keys there, not list indices."""
    parts = [part for part in location if part != "[key]"]
    years = {n + 1 for n, part in enumerate(parts) if part == "path"}
    return tuple(str(part) if n in years else part for n, part in enumerate(parts))


def _found(value: object) -> str:
    """A value and what it is, as a message says it."""
    names = {str: "text", bool: "true or false", int: "whole number", float: "number"}
    names |= {list: "list", dict: "mapping"}
    if value is None:
        return "an empty value"
    return f"{shown(value, 40)} ({names.get(type(value), type(value).__name__)})"


def _wanted(kind: str, message: str, context: dict[str, Any]) -> str:
    wanted = {
        "float_type": "it must be a number",
        "finite_number": "it must be a finite number",
        "int_type": "it must be a whole number",
        "bool_type": "it must be true or false",
        "string_type": "it must be text (put codes such as '01' in quotes)",
        "list_type": "it must be a list: [a, b] or lines beginning with '- '",
        "tuple_type": "it must be a list: [a, b] or lines beginning with '- '",
        "dict_type": "it must be a mapping such as {2026: 1.5, 2035: 2}",
        "model_type": "it must be a mapping of keys to values",
        "model_attributes_type": "it must be a mapping of keys to values",
        "less_than_equal": f"it must be at most {_plain(context.get('le'))}",
        "greater_than_equal": f"it must be at least {_plain(context.get('ge'))}",
        "string_too_long": f"it must have at most {context.get('max_length')} characters",
        "string_pattern_mismatch": "it must begin with a letter and hold letters, digits and _ alone (small "
        "letters in names of scenarios and batches)",
        "too_long": f"it must have at most {context.get('max_length')} entries",
    }
    return wanted.get(kind, message[0].lower() + message[1:] if message else "see the README")


def _plain(bound: object) -> str:
    return f"{bound:g}" if isinstance(bound, float) else str(bound)


__all__ = [
    "InputErrors",
    "Key",
    "Source",
    "dotted",
    "explain",
    "listed",
    "nearest",
    "one_line",
    "read_source",
    "read_text",
    "shown",
]
