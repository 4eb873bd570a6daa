"""A limit of time for solving: told when it is passed, never waited out."""

from __future__ import annotations

import time

from engels.model.algebra.errors import TookTooLong


class Deadline:
    """So many seconds from now on. ``seconds`` is positive."""

    def __init__(self, seconds: float) -> None:
        if not seconds > 0:
            raise ValueError(f"a limit of {seconds:g} s: it must be positive")
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; negative where the limit has passed."""
        return self._end - time.monotonic()

    def check(self) -> None:
        """Raises :class:`TookTooLong` where the limit has passed."""
        if self.left() <= 0:
            raise TookTooLong(f"the solve took longer than {self.seconds:g} s, its limit")
