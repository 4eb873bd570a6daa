"""The calibration's parameters: one file, checked, with overrides.

Every parameter has a dotted key (``ai.sales``); a parameter with several values has one key for
each of them too (``elasticities.ai_labour.high``, ``path.gdp_growth.2035``).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from engels.data import EngelsInputError

Mark = Literal["S", "S2", "M", "R", "D", "assumed"]
Value = float | dict[str, float]


class Parameter(BaseModel):
    """One entry of ``parameters.yaml``. ``low`` and ``high`` bound every value, or each its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Value
    unit: str
    low: Value
    high: Value
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
        for item, value in self.items():
            low, high = self.bounds(item)
            if not low <= value <= high:
                where = f" of {item}" if item else ""
                raise ValueError(f"value {value:g}{where} is outside [{low:g}, {high:g}]")
        return self

    def items(self) -> Iterator[tuple[str, float]]:
        """Pairs (item, value); the item of a single value is ``""``."""
        if isinstance(self.value, dict):
            yield from self.value.items()
        else:
            yield "", self.value

    def bounds(self, item: str = "") -> tuple[float, float]:
        """Lowest and highest value that ``item`` may take."""
        low = self.low[item] if isinstance(self.low, dict) else self.low
        high = self.high[item] if isinstance(self.high, dict) else self.high
        return low, high


class Parameters:
    """All parameters under their dotted keys; made by :func:`load_parameters`."""

    def __init__(self, entries: Mapping[str, Parameter]) -> None:
        self.entries = dict(entries)

    def number(self, key: str) -> float:
        """The value of a parameter that has one."""
        value = self.entries[key].value
        if isinstance(value, dict):
            raise KeyError(f"{key} has the values {', '.join(value)}: use .values")
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
        return [
            f"{key}.{item}" if item else key
            for key, entry in self.entries.items()
            for item, _ in entry.items()
        ]

    def frame(self) -> pd.DataFrame:
        """The parameters as a table: one row for each value, indexed by its key."""
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


@cache
def read_yaml(name: str) -> dict[str, Any]:
    """A YAML file of this package (shared between callers: do not change what it returns)."""
    text = files("engels.calibration").joinpath(*name.split("/")).read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where it exists
    return dict(yaml.load(text, Loader=loader))


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
        Dotted key -> number. The key of a parameter with several values takes one number for all
        of them, or a mapping of some.

    Raises
    ------
    EngelsInputError
        For an unknown key (the nearest is named), a value that is no number, or one outside the
        parameter's range (the range is told).
    """
    parameters = Parameters(_published())
    for key, value in (overrides or {}).items():
        if isinstance(value, Mapping):
            for item, number in value.items():
                _override(parameters, f"{key}.{item}", number)
        else:
            _override(parameters, key, value)
    return parameters


def _override(parameters: Parameters, key: str, value: object) -> None:
    entry_key, item = key, ""
    if key not in parameters.entries and "." in key:
        entry_key, item = key.rsplit(".", 1)
    entry = parameters.entries.get(entry_key)
    if entry is None or item not in {"", *dict(entry.items())}:
        known = [*parameters.entries, *parameters.keys()]
        close = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
        raise EngelsInputError(
            f"parameter {key}",
            "no such parameter in calibration/parameters.yaml",
            f"the nearest is {close[0]}",
        )
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EngelsInputError(
            f"parameter {key}", f"{value!r} is not a number", f"a number ({entry.unit})"
        )
    changed = dict(entry.items())
    for name in [item] if item else list(changed):
        low, high = entry.bounds(name)
        if not low <= value <= high:
            raise EngelsInputError(
                f"parameter {key}",
                f"{value:g} is out of range",
                f"a value in [{low:g}, {high:g}] ({entry.unit})",
            )
        changed[name] = float(value)
    new: Value = changed if isinstance(entry.value, dict) else changed[""]
    parameters.entries[entry_key] = entry.model_copy(update={"value": new})
