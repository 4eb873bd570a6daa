"""YAML as users write it, read strictly.

What a user writes is data: keys, text, numbers, true and false, lists and mappings, in one document. All
that can make a file mean something else than it seems to is refused with its line: keys given twice (2026
and "2026" too), anchors and aliases, tags, octal and hexadecimal numbers, characters that do not show.
Words are read as YAML 1.2 reads them: ``yes``, ``on``, ``12:30`` and ``2026-01-01`` are text. So is ``01``,
which one YAML reads in base 8 and another in base 10: it is the code of a sector.

Sizes are bounded (:data:`MAX_BYTES` and the rest), so that no file takes long or fills the memory.
"""

from __future__ import annotations

import errno
import math
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from engels.data.errors import EngelsInputError, InputErrors, escaped, shown

Key = tuple[str | int, ...]
"""Position in a YAML document, such as ``("shocks", 0, "driver")``."""

MAX_BYTES = 1_000_000
"""Largest file that is read."""

MAX_DEPTH = 20
"""Deepest nesting of lists and mappings."""

MAX_VALUES = 50_000
"""Most values (keys, items, lists and mappings together) of one file."""

MAX_DIGITS = 18
"""Longest whole number; all of them fit a 64-bit integer."""

MAX_KEY = 200
"""Longest key, in characters."""

_EVENTS: Any = getattr(yaml, "CLoader", yaml.Loader)  # only read for events: nothing is constructed

_NULL = re.compile(r"|~|null|Null|NULL")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_NO_NUMBER = re.compile(r"\.(?:nan|NaN|NAN)")
_OTHER_BASE = re.compile(r"[-+]?0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")

# Line and paragraph separators and NEL would end a line for YAML and not for an editor; marks of
# direction make a line show in another order than it is read.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


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
        word = str(part) if len(str(part)) <= 60 else f"{str(part)[:59]}…"
        text += f"[{part}]" if isinstance(part, int) else f".{word}" if text else word
    return text


def read_source(
    path: Path, advice: str = "give the path of a scenario file", *, as_text: bool = False
) -> Source:
    """Read one YAML file of a user's; ``advice`` says what to give where there is none.

    ``as_text`` leaves every value as it is written: 20 is the code 20, ``NO`` the code NO.

    Raises EngelsInputError where the file is missing, is no regular file, is too large, is no text or no
    YAML, and for whatever the module's docstring says is refused: one line for each.
    """
    return read_text(_text(path, advice), path, as_text=as_text)


def read_text(text: str, path: Path, *, as_text: bool = False) -> Source:
    """The document that ``text``, found in ``path``, holds. See :func:`read_source`."""
    if len(text) > MAX_BYTES:
        raise EngelsInputError(f"{path}: {_too_large(len(text))}")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if match := _UNSEEN.search(text):
        line = text.count("\n", 0, match.start()) + 1
        raise EngelsInputError(
            f"{path}:{line}: holds the character {_named(match[0])}, which does not show; delete it"
        )
    reader = _Reader(path, as_text)
    try:
        content = reader.document(yaml.parse(text, Loader=_EVENTS))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line_ = f":{mark.line + 1}" if mark else ""
        what = " ".join(str(error.problem or error.context).split())
        reader.problems.append(
            f"{path}{line_}: not valid YAML: {what}; check indentation (spaces, never tabs), colons and "
            "quotes near this line"
        )
    except EngelsInputError:
        raise
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # an escape in double quotes that is no character, where PyYAML has no libyaml
        reader.problems.append(f"{path}: not valid YAML: {error}; save it as plain text")
    if reader.problems:
        raise InputErrors(reader.problems)
    return Source(path, text, content, reader.lines)


def _text(path: Path, advice: str) -> str:
    """The text of a regular file of bearable size."""
    if "\0" in str(path):
        raise EngelsInputError(f"{path}: is no name of a file; {advice}")
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            kind = "a folder" if stat.S_ISDIR(found.st_mode) else "no regular file"
            raise EngelsInputError(f"{path}: is {kind}; {advice}")
        if found.st_size > MAX_BYTES:
            raise EngelsInputError(f"{path}: {_too_large(found.st_size)}")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise EngelsInputError(f"{path}: no such file; {advice}") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            what = "is a symbolic link that leads back to itself"
        elif error.errno in (errno.EACCES, errno.EPERM):
            raise EngelsInputError(f"{path}: cannot be read; check its permissions") from None
        else:
            what = f"cannot be read ({error.strerror or os.strerror(error.errno or 0)})"
        raise EngelsInputError(f"{path}: {what}; {advice}") from None
    if len(content) > MAX_BYTES:
        raise EngelsInputError(f"{path}: {_too_large(len(content))}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise EngelsInputError(
            f"{path}:{line}: byte {error.start} is not UTF-8; save the file as UTF-8"
        ) from None


def _too_large(size: int) -> str:
    return f"has {size:,} bytes; such a file has at most {MAX_BYTES:,}"


def _named(character: str) -> str:
    """``U+202E (right-to-left override)``."""
    name = unicodedata.name(character, "").lower()
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def _spelling(key: str) -> str:
    """A key in one spelling: 2026, "2026", +2026 and 2026.0 are the same year."""
    try:
        number = float(key) if len(key) <= MAX_DIGITS and key.isascii() else math.nan
    except ValueError:
        return key
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else key


class _Reader:
    """Turns the events of a parser into content, and notes lines and problems."""

    def __init__(self, path: Path, as_text: bool = False) -> None:
        self.path, self.as_text = path, as_text
        self.lines: dict[Key, int] = {}
        self.problems: list[str] = []
        self.values = 0
        self.told: set[str] = set()  # what would be told at every turn is told once

    def document(self, events: Iterator[Any]) -> Any:
        """The content of the first document; a second one is refused."""
        content, documents = None, 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "", "a second document begins ('---'); a file holds one")
                    break
            elif isinstance(event, yaml.NodeEvent):
                content = self._value(event, events, ())
        return content

    def _refuse(self, event: Any, key: str, what: str) -> None:
        at = f"{key}: " if key else ""
        self.problems.append(f"{self.path}:{event.start_mark.line + 1}: {at}{what}")

    def _give_up(self, event: Any, what: str) -> None:
        """Refuse at once what it would take long to read to its end."""
        self._refuse(event, "", what)
        raise InputErrors(self.problems)

    def _value(self, event: Any, events: Iterator[Any], key: Key) -> Any:
        self.values += 1
        if self.values > MAX_VALUES:
            self._give_up(event, f"holds more than {MAX_VALUES:,} values; write fewer")
        if len(key) > MAX_DEPTH:
            self._give_up(event, f"is nested more than {MAX_DEPTH} deep; no key needs that")
        self.lines.setdefault(key, event.start_mark.line + 1)
        self._refuse_links(event, key)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, key)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(events, key)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, key)
        return None

    def _refuse_links(self, event: Any, key: Key) -> None:
        if len(self.problems) > 100:
            raise InputErrors(self.problems)
        anchor = getattr(event, "anchor", None)
        if anchor and "anchor" not in self.told:
            self.told.add("anchor")
            mark = "*" if isinstance(event, yaml.AliasEvent) else "&"
            self._refuse(
                event,
                dotted(key),
                f"{mark}{anchor[:40]}: anchors (&) and aliases (*) are not read; write the value itself "
                "(and text that begins with & or * in quotes)",
            )
        tag = getattr(event, "tag", None)
        if tag and "tag" not in self.told:
            self.told.add("tag")
            short = tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(
                event,
                dotted(key),
                f"{short[:40]}: tags (!) are not read; write the value alone (and text that begins with ! "
                "in quotes)",
            )

    def _list(self, events: Iterator[Any], key: Key) -> list[Any]:
        found: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self._value(event, events, (*key, len(found))))
        return found

    def _mapping(self, events: Iterator[Any], key: Key) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        first: dict[str, tuple[str, int]] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = event.start_mark.line + 1
            name, text = self._key(event, events, key)
            if text is not None:
                same = _spelling(text)
                if same in first:
                    before, at = first[same]
                    other = f" as {before}" if before != text else ""
                    self._refuse(
                        event,
                        dotted((*key, text)),
                        f"given twice, first in line {at}{other}; keep one of them",
                    )
                first.setdefault(same, (text, line))
                self.lines.setdefault((*key, text), line)
                self.lines.setdefault((*key, str(name)), line)
            inner = self._value(next(events), events, (*key, "?" if text is None else str(name)))
            if text is not None:
                found[name] = inner
        return found

    def _key(self, event: Any, events: Iterator[Any], key: Key) -> tuple[Any, str | None]:
        """A key and its text; the text is None where it cannot be a key."""
        if not isinstance(event, yaml.ScalarEvent):
            self._value(event, events, (*key, "?"))
            if not isinstance(event, yaml.AliasEvent):
                what = "a key is a list or a mapping; a key is a word or a year"
                self._refuse(event, dotted(key), what)
            return None, None
        self.values += 1
        self._refuse_links(event, key)
        text = str(event.value)
        plain = bool(event.implicit[0])
        if len(text) > MAX_KEY:
            self._refuse(event, dotted(key), f"a key of {len(text):,} characters: {shown(text)}")
            return None, None
        if plain and text == "<<":
            self._refuse(
                event, dotted(key), "merge keys (<<) are not read; write the keys themselves"
            )
            return None, None
        name = self._scalar(event, (*key, text))
        if name is None or isinstance(name, bool) or text == "":
            word = "an empty value" if text == "" else text
            self._refuse(
                event, dotted(key), f"{word} as a key; a key is a word or a year (others in quotes)"
            )
            return None, None
        return name, text

    def _scalar(self, event: Any, key: Key) -> Any:
        text = str(event.value)
        if match := _UNSEEN.search(text):
            code = _named(match[0])
            self._refuse(
                event,
                dotted(key),
                f"holds the character {code}, written {escaped(match[0])!r}; leave it out"
                if not "\ud800" <= match[0] <= "\udfff"
                else f"holds {code}, half of a character; write the character itself",
            )
            return ""
        if not event.implicit[0] or event.tag or self.as_text:
            return text
        if _NULL.fullmatch(text):
            return None
        if _TRUE.fullmatch(text):
            return True
        if _FALSE.fullmatch(text):
            return False
        if _WHOLE.fullmatch(text):
            return self._whole(event, key, text)
        if _OTHER_BASE.fullmatch(text):
            self._refuse(
                event,
                dotted(key),
                f"{shown(text)} is a number in another base; write it in decimal digits (or in quotes, "
                "where it is text)",
            )
            return 0
        if match := _ENDLESS.fullmatch(text):
            return float(f"{match[1]}inf")  # some parameters may be infinite
        number = float(text) if _NUMBER.fullmatch(text) else None
        if _NO_NUMBER.fullmatch(text) or (number is not None and math.isinf(number)):
            self._refuse(event, dotted(key), f"{shown(text)} is not a finite number; write one")
            return 0.0
        return text if number is None else number

    def _whole(self, event: Any, key: Key, text: str) -> int:
        digits = text.lstrip("+-")
        if len(digits) > MAX_DIGITS:
            self._refuse(
                event,
                dotted(key),
                f"{text[:20]}… is a number of {len(digits):,} digits; at most {MAX_DIGITS} are "
                "read (write 1e20 for a large number, quotes for text)",
            )
            return 0
        return int(text)
