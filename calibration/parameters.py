"""The calibration's parameters: one file, checked, with overrides.

Every parameter has a dotted key (``ai.sales``); a parameter with several values has one key for
each of them too (``elasticities.ai_labour.high``, ``path.gdp_growth.2035``). A parameter with
``choices`` is a name instead of a number (``exposure.vector``).
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from engels.data import EngelsInputError
from engels.data.document import read_text
from engels.data.errors import listed, shown

Mark = Literal["S", "S2", "M", "R", "D", "assumed"]
Value = float | dict[str, float]
QUOTES = "'\""
FILE = "FILE.csv"  # among the choices: the path of one's own file may stand there


class Parameter(BaseModel):
    """One entry of ``parameters.yaml``: numbers within bounds, or one of some named choices.

    ``low`` and ``high`` bound every value, or each its own. ``choices`` tells what each name means.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Value | str
    unit: str
    low: Value | None = None
    high: Value | None = None
    choices: dict[str, str] = Field(default_factory=dict)
    source: str
    mark: Mark
    note: str = ""

    @field_validator("value", "low", "high", mode="before")
    @classmethod
    def _text_keys(cls, given: Any) -> Any:
        # YAML reads a year as a number, but a dotted key is text.
        return {str(key): item for key, item in given.items()} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _in_range(self) -> Parameter:
        if self.choices:
            if self.low is not None or self.high is not None:
                raise ValueError("a parameter with choices has neither low nor high")
            if not self.allows(self.value):
                raise ValueError(f"value {self.value!r} is none of {', '.join(self.choices)}")
            return self
        if isinstance(self.value, str) or self.low is None or self.high is None:
            raise ValueError("a number needs low and high, a name needs choices")
        for item, value in self.items():
            low, high = self.bounds(item)
            if not low <= value <= high:
                where = f" of {item}" if item else ""
                raise ValueError(f"value {value:g}{where} is outside [{low:g}, {high:g}]")
        return self

    def allows(self, value: object) -> bool:
        """Whether ``value`` is one of the choices (or a path, where a file is one)."""
        named = isinstance(value, str) and value != FILE and value in self.choices
        return named or (FILE in self.choices and isinstance(value, str) and value.endswith(".csv"))

    def items(self) -> Iterator[tuple[str, float]]:
        """Pairs (item, number); the item of a single value is ``""``. A choice has none."""
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif not isinstance(self.value, str):
            yield "", self.value

    def bounds(self, item: str = "") -> tuple[float, float]:
        """Lowest and highest value that ``item`` may take; nothing bounds a choice."""
        low, high = self.low, self.high
        if low is None or high is None:
            return -math.inf, math.inf
        return (
            low[item] if isinstance(low, dict) else low,
            high[item] if isinstance(high, dict) else high,
        )


class Parameters:
    """All parameters under their dotted keys; made by :func:`load_parameters`."""

    def __init__(self, entries: Mapping[str, Parameter]) -> None:
        self.entries = dict(entries)

    def number(self, key: str) -> float:
        """The value of a parameter that has one."""
        value = self.entries[key].value
        if isinstance(value, str):
            raise KeyError(f"{key} is a name: use .choice")
        if isinstance(value, dict):
            raise KeyError(f"{key} has the values {', '.join(value)}: use .values")
        return value

    def choice(self, key: str) -> str:
        """The value of a parameter that is a name."""
        value = self.entries[key].value
        if not isinstance(value, str):
            raise KeyError(f"{key} is no name: use .number or .values")
        return value

    def values(self, key: str) -> dict[str, float]:
        """The values of a parameter that has several, by item."""
        value = self.entries[key].value
        if not isinstance(value, dict):
            raise KeyError(f"{key} has one value: use .number")
        return dict(value)

    def years(self, key: str) -> dict[int, float]:
        """The values of a parameter given by year."""
        return {int(year): value for year, value in sorted(self.values(key).items())}

    def keys(self) -> list[str]:
        """Every key that an override may name."""
        numbers = [
            f"{key}.{item}" if item else key
            for key, entry in self.entries.items()
            for item, _ in entry.items()
        ]
        return numbers + [key for key, entry in self.entries.items() if entry.choices]

    def frame(self) -> pd.DataFrame:
        """The numbers as a table: one row for each value, indexed by its key."""
        rows = []
        for key, entry in self.entries.items():
            for item, value in entry.items():
                low, high = entry.bounds(item)
                rows.append(
                    {
                        "key": f"{key}.{item}" if item else key,
                        "value": value,
                        "unit": entry.unit,
                        "low": low,
                        "high": high,
                        "source": entry.source,
                        "mark": entry.mark,
                        "note": entry.note,
                    }
                )
        return pd.DataFrame(rows).set_index("key")

    def named(self) -> pd.DataFrame:
        """The parameters that are names: one row for each choice, indexed by key and choice."""
        rows = [
            {
                "key": key,
                "choice": choice,
                "chosen": choice == entry.value,
                "meaning": meaning,
                "source": entry.source,
                "mark": entry.mark,
                "note": entry.note,
            }
            for key, entry in self.entries.items()
            for choice, meaning in entry.choices.items()
        ]
        return pd.DataFrame(rows).set_index(["key", "choice"])


@cache
def read_yaml(name: str) -> dict[str, Any]:
    """A YAML file of this package (shared between callers: do not change what it returns)."""
    text = files("engels.calibration").joinpath(*name.split("/")).read_text(encoding="utf-8")
    return dict(read_text(text, Path("calibration", *name.split("/"))).content)


@cache
def _published() -> dict[str, Parameter]:
    entries = {}
    for section, content in read_yaml("parameters.yaml").items():
        for name, fields in content.items():
            key = f"{section}.{name}"
            try:
                entries[key] = Parameter.model_validate(fields)
            except ValidationError as error:
                raise EngelsInputError(
                    f"calibration/parameters.yaml, {key}",
                    "; ".join(problem["msg"] for problem in error.errors()),
                    "see the comment at the head of the file",
                ) from error
    return entries


def load_parameters(overrides: Mapping[str, object] | None = None) -> Parameters:
    """The published parameters with some values replaced.

    Parameters
    ----------
    overrides
        Dotted key -> number or, for a parameter with choices, name. The key of a parameter with
        several values takes one number for all of them, or a mapping of some.

    Raises
    ------
    EngelsInputError
        For an unknown key (the nearest is named), a value that is no number, one outside the
        parameter's range (the range is told) or none of its choices (they are told), and for a key
        that would undo another one given before it.
    """
    parameters = Parameters(_published())
    before: list[str] = []
    for key, value in (overrides or {}).items():
        undone = [other for other in before if other.startswith(f"{key}.")]
        if undone and not isinstance(value, Mapping):
            raise EngelsInputError(
                f"parameter {shown(key)[1:-1]}",
                f"is for all of its values and would undo {shown(undone[0])[1:-1]}",
                "give the value for all first, or each value on its own",
            )
        before.append(key)
        if isinstance(value, Mapping):
            for item, number in value.items():
                _override(parameters, f"{key}.{item}", number)
        else:
            _override(parameters, key, value)
    return parameters


def _number(value: float) -> str:
    """A number for a message; a whole one may have more digits than a float or than a line."""
    if isinstance(value, int) and abs(value) >= 10**15:
        return "a whole number of more than 15 digits"
    return f"{value:g}"


def _override(parameters: Parameters, key: str, value: object) -> None:
    entry_key, item = key, ""
    if key not in parameters.entries and "." in key:
        entry_key, item = key.rsplit(".", 1)
    entry = parameters.entries.get(entry_key)
    if entry is None or item not in {"", *dict(entry.items())}:
        known = [*parameters.entries, *parameters.keys()]
        # the search takes the product of lengths, and no key is longer
        close = difflib.get_close_matches(key[:100], known, n=1, cutoff=0.0)
        raise EngelsInputError(
            f"parameter {shown(key).strip(QUOTES)}",
            "no such parameter in calibration/parameters.yaml",
            f"the nearest is {close[0]}",
        )
    if entry.choices:
        if not entry.allows(value):
            raise EngelsInputError(
                f"parameter {key}",
                f"{shown(value)} is none of its choices",
                f"one of {listed(entry.choices)}",
            )
        parameters.entries[entry_key] = entry.model_copy(update={"value": value})
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EngelsInputError(
            f"parameter {key}", f"{shown(value)} is not a number", f"a number ({entry.unit})"
        )
    changed = dict(entry.items())
    for name in [item] if item else list(changed):
        low, high = entry.bounds(name)
        if not low <= value <= high:
            raise EngelsInputError(
                f"parameter {key}",
                f"{_number(value)} is out of range",
                f"a value in [{low:g}, {high:g}] ({entry.unit})",
            )
        changed[name] = float(value)
    new: Value = changed if isinstance(entry.value, dict) else changed[""]
    parameters.entries[entry_key] = entry.model_copy(update={"value": new})
