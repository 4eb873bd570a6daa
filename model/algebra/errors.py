"""Errors of the model. Each message says where, what is wrong and what would be right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


class ModelError(Exception):
    """Base class: the model was asked for something it cannot be."""


class SettingError(ModelError):
    """A setting of the solver, such as an environment variable, is wrong: bad input, not a failed solve."""


class ClosureError(ModelError):
    """A closure leaves something undetermined, or determines it twice."""


@dataclass(frozen=True)
class WorstEquation:
    """One equation and its scaled residual, in words."""

    name: str
    words: str
    residual: float


class SolveError(ModelError):
    """A solve did not end in a solution.

    Attributes
    ----------
    message: what went wrong, in a line.
    worst: the equations with the largest scaled residuals at the point where it stopped. To find them takes
        longer than to fail, and most failures are followed by a smaller step: a function that finds them is
        called when they are asked for, by ``str`` too.
    solved_fraction: largest share of the shock that was solved (None where no continuation ran).
    """

    def __init__(
        self,
        message: str,
        worst: Sequence[WorstEquation] | Callable[[], Sequence[WorstEquation]] = (),
        solved_fraction: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.solved_fraction = solved_fraction
        self._worst = worst

    @property
    def worst(self) -> tuple[WorstEquation, ...]:
        """The equations with the largest scaled residuals."""
        if callable(self._worst):
            self._worst = self._worst()
        return tuple(self._worst)

    def __str__(self) -> str:
        lines = [self.message]
        if self.worst:
            lines.append("Worst equations:")
            lines += [f"  {w.residual:9.2e}  {w.words}  [{w.name}]" for w in self.worst]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.worst, self.solved_fraction)


class SolveStopped(SolveError):
    """A solve was broken off for a reason that smaller steps, or another start, do not mend."""


class TookTooLong(SolveStopped):
    """A solve ran into its limit of time."""


class SolverBroken(SolveStopped):
    """The solver on this machine cannot be run, or does not do what a solver does."""
