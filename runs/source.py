"""YAML text with line numbers, and errors in one line each.

``engels.runs.scenario`` reads its files through this module, so that every message about a scenario
can say the file, the line and the key, and what would be right.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from engels.data import EngelsInputError

Key = tuple[str | int, ...]
"""Position in a YAML document, such as ``("shocks", 0, "driver")``."""


class _Loader(yaml.SafeLoader):
    """Safe loader that reads ``1e6`` as a number, as YAML 1.2 does, and dates as text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)


class InputErrors(EngelsInputError):
    """Several errors of one file, one line each."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = tuple(" ".join(line.split()) for line in lines)

    def __str__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Source:
    """A YAML document: where it came from, its text, its content and the line of every key."""

    path: Path
    text: str
    content: Any
    lines: dict[Key, int] = field(default_factory=dict)

    def where(self, key: Key = ()) -> str:
        """``file:line: key`` of a position; the nearest enclosing line where the key is absent."""
        near = key
        while near and near not in self.lines:
            near = near[:-1]
        line = self.lines.get(near)
        place = f"{self.path}:{line}" if line else f"{self.path}"
        return f"{place}: {dotted(key)}" if key else place


def dotted(key: Key) -> str:
    """``("shocks", 0, "driver")`` as ``shocks[0].driver``."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def nearest(word: object, known: Iterable[str], limit: int = 30) -> str:
    """What would be right: the closest known word, or the list of them.

    Returns a phrase such as ``did you mean 'markup'?`` or ``known: a, b, c``.
    """
    words = [str(k) for k in known]
    lower = {k.lower(): k for k in words}
    close = difflib.get_close_matches(str(word).lower(), list(lower), n=1, cutoff=0.6)
    if close:
        return f"did you mean {lower[close[0]]!r}?"
    shown = ", ".join(words[:limit])
    return f"known: {shown}{', …' if len(words) > limit else ''}" if words else "none is known"


def read_source(path: Path) -> Source:
    """Read one YAML file.

    Raises EngelsInputError when the file is missing, is no text or no YAML, or gives a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise EngelsInputError(
            f"{path}: no such file; give the path of a scenario file or the name of a library "
            "scenario (`engels scenarios` lists them)"
        ) from None
    except IsADirectoryError:
        raise EngelsInputError(f"{path}: is a folder; give the path of a scenario file") from None
    except PermissionError:
        raise EngelsInputError(f"{path}: cannot be read; check its permissions") from None
    except UnicodeDecodeError as error:
        raise EngelsInputError(
            f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8"
        ) from None
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            lines: dict[Key, int] = {}
            if node is not None:
                _collect(path, node, (), lines)
            content = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        what = " ".join(str(error.problem or error.context).split())
        raise EngelsInputError(
            f"{path}{line}: not valid YAML: {what}; check indentation (spaces, never tabs), colons "
            "and quotes near this line"
        ) from None
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        raise EngelsInputError(f"{path}: not valid YAML: {what}; save it as plain text") from None
    return Source(path, text, content, lines)


def _collect(path: Path, node: yaml.Node, key: Key, lines: dict[Key, int]) -> None:
    """Note the line of every key; a key given twice is an error (YAML would keep the last)."""
    lines.setdefault(key, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            _collect(path, item, (*key, position), lines)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for name, item in node.value:
            line = name.start_mark.line + 1
            text = str(name.value) if isinstance(name, yaml.ScalarNode) else "?"
            if text in seen:
                raise EngelsInputError(
                    f"{path}:{line}: {dotted((*key, text))}: given twice, first in line "
                    f"{seen[text]}; keep one of them"
                )
            seen[text] = line
            lines[(*key, text)] = line
            _collect(path, item, (*key, text), lines)


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
        if kind == "extra_forbidden":
            parent: Key = tuple(p for p in key[:-1] if not isinstance(p, int))
            what = f"unknown key; {nearest(key[-1], fields.get(parent, ()))}"
        elif kind == "missing":
            what = f"is missing; add {bare[-1] if bare else 'it'}: …"
        elif kind == "literal_error":
            choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
            what = f"unknown value {given!r}; {nearest(given, choices)}"
        elif kind == "value_error":
            what = str(context.get("error", item["msg"]))
        elif item["loc"] and item["loc"][-1] == "[key]":
            what = f"{given!r} is not a year; write a whole number such as 2026"
        else:
            what = f"{_shown(given)} will not do; {_wanted(kind, item['msg'])}"
        found.append(f"{place}: {what}")
    return found


def _key(location: tuple[int | str, ...]) -> Key:
    """pydantic's location as a position in the document: years are keys there, not list indices."""
    parts = [part for part in location if part != "[key]"]
    years = {n + 1 for n, part in enumerate(parts) if part == "path"}
    return tuple(str(part) if n in years else part for n, part in enumerate(parts))


def _shown(value: object) -> str:
    names = {str: "text", bool: "yes/no", int: "whole number", float: "number"}
    names |= {list: "list", dict: "mapping"}
    if value is None:
        return "an empty value"
    name = names.get(type(value), type(value).__name__)
    text = repr(value)
    return f"{text if len(text) <= 40 else text[:37] + '…'} ({name})"


def _wanted(kind: str, message: str) -> str:
    wanted = {
        "float_type": "it must be a number",
        "finite_number": "it must be a finite number",
        "int_type": "it must be a whole number",
        "string_type": "it must be text (put codes such as '01' in quotes)",
        "list_type": "it must be a list: [a, b] or lines beginning with '- '",
        "tuple_type": "it must be a list: [a, b] or lines beginning with '- '",
        "dict_type": "it must be a mapping such as {2026: 1.5, 2035: 2}",
        "model_type": "it must be a mapping of keys to values",
        "model_attributes_type": "it must be a mapping of keys to values",
    }
    return wanted.get(kind, message[0].lower() + message[1:] if message else "see the README")
