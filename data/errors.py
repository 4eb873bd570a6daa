"""The error that every bad input raises."""

from __future__ import annotations


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
    """

    def __init__(self, where: str, what: str = "", right: str = "") -> None:
        message = where
        if what:
            message += f": {what}"
        if right:
            message += f"; {right}"
        super().__init__(" ".join(message.split()))
