"""The error that every bad input raises, and how a message repeats what was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LONGEST = 600
"""Characters of one line of a message; a longer one loses its middle."""

MOST = 30
"""Lines of one error; the rest are counted."""


class EngelsInputError(ValueError):
    """Bad input, told in one line: ``where: what is wrong; what would be right``.

    Parameters
    ----------
    where
        File, row and column (or the option) that is wrong. Given alone, it is the whole message.
    what
        What is wrong there, with the number found.
    right
        What would be right.

    A message stays one printable line of at most ``LONGEST`` characters, whatever was given.
    """

    def __init__(self, where: str, what: str = "", right: str = "") -> None:
        message = where
        if what:
            message += f": {what}"
        if right:
            message += f"; {right}"
        super().__init__(one_line(message))


class InputErrors(EngelsInputError):
    """Several errors, one line each."""

    def __init__(self, lines: Sequence[str]) -> None:
        told = list(dict.fromkeys(one_line(line) for line in lines[: 10 * MOST]))
        super().__init__("; ".join(told))
        if len(told) > MOST:
            told = [*told[:MOST], f"… and {len(lines) - MOST} more"]
        self.lines = tuple(told)

    def __str__(self) -> str:
        return "\n".join(self.lines)


def one_line(text: str, limit: int = LONGEST) -> str:
    """``text`` as one line that a terminal shows as it is: spaces single, control characters escaped."""
    line = " ".join(text[: 8 * limit].split())
    if not line.isprintable():
        # spaces of every width are no harm; what moves the cursor, or has no form, is
        line = "".join(c if c.isprintable() or c == "\u3000" else escaped(c) for c in line)
    if len(line) <= limit and len(text) <= 8 * limit:
        return line
    head, tail = 2 * limit // 3, limit // 3
    return f"{line[:head]} … {' '.join(text[-4 * tail :].split())[-tail:]}"


def escaped(character: str) -> str:
    """A character by its number, as Python and JSON write it."""
    return character.encode("unicode_escape").decode("ascii")


def shown(value: object, limit: int = 60) -> str:
    """A value as messages repeat it: quoted where it is text, and cut to about ``limit`` characters."""
    if isinstance(value, str):
        return repr(value if len(value) <= limit else f"{value[: limit - 1]}…")
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an integer of {value.bit_length()} bits"
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def listed(words: Iterable[object], limit: int = 30, width: int = 300) -> str:
    """Words in a row, at most ``limit`` of them and about ``width`` characters."""
    text, found = "", [str(word) for word in words]
    for number, word in enumerate(found):
        if number == limit or (text and len(text) + len(word) > width):
            return f"{text}, …"
        text += f", {word}" if text else word
    return text
