"""The sheet of a study: its constants and the numbers it is compared with, each with its source.

    constants:                      what the formulas take
      rho: {value: 0.04, unit: 1/year, source: "Table 2", mark: S}
    figures:                        what ours is compared with
      growth: {label: Growth, value: 18, tolerance: 0.5, unit: "%/year", source: "p. 12", mark: S}

A constant marked ``A`` is a choice of ours (a grid, an illustration), not a number of the study.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engels.data import EngelsInputError
from engels.data.document import read_source
from engels.replication.study import Figure, Kind, Mark

HERE = Path(__file__).parent

Value = float | str | list[float] | dict[str, float] | dict[str, list[float]]


class Constant(BaseModel):
    """A number (or numbers, or a word) that a formula takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Value
    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    mark: Literal["S", "S2", "M", "R", "A"]
    note: str = ""


class Known(BaseModel):
    """A number that ours is compared with; ``value`` is None where only a range was printed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field(min_length=1)
    value: float | str | None = None
    tolerance: float | None = Field(default=None, ge=0)
    kind: Kind = "absolute"
    bounds: tuple[float, float] | None = None
    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    mark: Mark
    note: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Known:
        if (self.kind == "range") != (self.bounds is not None):
            raise ValueError("bounds belong to kind range, and kind range needs them")
        if self.bounds is not None and self.bounds[0] > self.bounds[1]:
            raise ValueError("the lower bound is above the upper")
        if self.kind != "text" and self.tolerance is not None and isinstance(self.value, str):
            raise ValueError("words are compared by kind text, without a tolerance")
        return self


class Sheet(BaseModel):
    """Everything that a study takes from elsewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    constants: dict[str, Constant] = Field(default_factory=dict)
    figures: dict[str, Known] = Field(default_factory=dict)

    def number(self, key: str) -> float:
        """A constant that is one number."""
        value = self.constants[key].value
        if isinstance(value, str | list | dict):
            raise TypeError(f"constant {key} is not one number")
        return float(value)

    def numbers(self, key: str) -> list[float]:
        """A constant that is a list of numbers."""
        value = self.constants[key].value
        if not isinstance(value, list):
            raise TypeError(f"constant {key} is not a list")
        return [float(x) for x in value]

    def named(self, key: str) -> dict[str, float]:
        """A constant that is a number by name."""
        value = self.constants[key].value
        if not isinstance(value, dict) or any(isinstance(x, list) for x in value.values()):
            raise TypeError(f"constant {key} is not a number by name")
        return {name: float(x) for name, x in value.items() if not isinstance(x, list)}

    def lists(self, key: str) -> dict[str, list[float]]:
        """A constant that is a list of numbers by name."""
        value = self.constants[key].value
        if not isinstance(value, dict) or not all(isinstance(x, list) for x in value.values()):
            raise TypeError(f"constant {key} is not a list by name")
        return {name: [float(y) for y in x] for name, x in value.items() if isinstance(x, list)}

    def text(self, key: str) -> str:
        """A constant that is a word."""
        value = self.constants[key].value
        if not isinstance(value, str):
            raise TypeError(f"constant {key} is not a word")
        return value

    def compare(self, key: str, ours: float | str, note: str = "") -> Figure:
        """``ours`` beside the number of that key."""
        known = self.figures[key]
        return Figure(
            label=known.label,
            published=known.value,
            ours=ours,
            tolerance=known.tolerance,
            kind=known.kind,
            unit=known.unit,
            source=known.source,
            mark=known.mark,
            note=" ".join(x for x in (known.note, note) if x),
            bounds=known.bounds,
        )


@cache
def load_sheet(key: str) -> Sheet:
    """The sheet of a study. Raises EngelsInputError naming the file and the entry that is wrong."""
    return read_sheet(HERE / f"{key}.yaml")


def read_sheet(file: Path) -> Sheet:
    """A sheet from a file, checked."""
    given = read_source(file, "a study needs its sheet").content
    try:
        return Sheet.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(x) for x in first["loc"])
        raise EngelsInputError(
            f"{file.name}: {where}",
            first["msg"],
            "every entry has value, unit, source and mark",
        ) from error
