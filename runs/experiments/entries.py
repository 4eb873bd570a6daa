"""Entries of ``vary``: what varies, over which values."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from scipy.stats import norm

from engels.calibration.parameters import load_parameters
from engels.data import EngelsInputError
from engels.runs.experiments.marginals import Marginal, Value, listed, normal, triangular, uniform
from engels.runs.scenarios.schema import Change, Interpolation, Number

KINDS = ("parameter", "shock", "swap", "driver", "setting")
"""What an entry of ``vary`` may name."""

SPREADS = ("values", "grid", "uniform", "triangular", "normal")
"""How an entry of ``vary`` may say its values."""


class Model(BaseModel):
    """A mapping of known keys with values of the right types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


LEAST_SHARE = 1e-9
"""A normal distribution of which less is left when it is cut off says nothing."""

LONGEST = 60
"""Characters of a name that is given to an entry; GAMS takes 63."""

COLUMN = rf"[A-Za-z][A-Za-z0-9_.]{{0,{LONGEST - 1}}}"

MOST_VALUES = 100_000
"""So many values may one entry have."""

LARGEST = 1e12
"""The largest size of a value."""

SAME = 1e-12
"""Numbers that differ by less than this share of themselves are one value, written twice."""


class Grid(Model):
    """``steps`` values from ``from`` to ``to``, both included, even in levels or logarithms."""

    from_: Number = Field(alias="from")
    to: Number
    steps: int = Field(ge=2, le=MOST_VALUES)
    spacing: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _spaced(self) -> Grid:
        if math.isclose(self.from_, self.to, rel_tol=SAME):
            raise ValueError(f"from and to are both {self.from_:g}; give two ends")
        if self.spacing == "log" and min(self.from_, self.to) <= 0:
            raise ValueError("spacing: log needs positive ends; write spacing: linear")
        return self


class Span(Model):
    """From lowest to highest; ``published`` takes both from ``parameters.yaml``."""

    from_: Number | None = Field(default=None, alias="from")
    to: Number | None = None
    published: bool = False

    @model_validator(mode="before")
    @classmethod
    def _word(cls, given: Any) -> Any:
        return {"published": True} if given == "published" else given

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.published:
            return self
        if self.from_ is None or self.to is None:
            raise ValueError("needs from and to (or the word published, for a parameter)")
        if self.from_ >= self.to:
            raise ValueError(f"from {self.from_:g} must lie below to {self.to:g}")
        return self


class Triangle(Span):
    """A span with its most likely value (the published one where left out)."""

    mode: Number | None = None

    @model_validator(mode="after")
    def _inside(self) -> Triangle:
        if self.published:
            return self
        if self.mode is None:
            raise ValueError("needs mode, the most likely value")
        assert self.from_ is not None and self.to is not None
        if not self.from_ <= self.mode <= self.to:
            raise ValueError(f"mode {self.mode:g} must lie from {self.from_:g} to {self.to:g}")
        return self


class Bell(Model):
    """A normal distribution, cut off below ``from`` and above ``to`` where they are given."""

    mean: Number
    sd: Number = Field(gt=0)
    from_: Number | None = Field(default=None, alias="from")
    to: Number | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Bell:
        if self.from_ is not None and self.to is not None and self.from_ >= self.to:
            raise ValueError(f"from {self.from_:g} must lie below to {self.to:g}")
        share = self._share_inside()
        if share < LEAST_SHARE:
            raise ValueError(
                f"next to nothing of the distribution (a share of {share:.0e}) lies within from and to; move "
                "them towards the mean, or write uniform"
            )
        return self

    def _share_inside(self) -> float:
        low = -math.inf if self.from_ is None else (self.from_ - self.mean) / self.sd
        high = math.inf if self.to is None else (self.to - self.mean) / self.sd
        # on the side where the tail is told without loss of digits
        return float(norm.cdf(high) - norm.cdf(low) if low < 0 else norm.sf(low) - norm.sf(high))


class Vary(Model):
    """One thing that varies.

    ``parameter`` is a key of ``parameters.yaml``; the value replaces it or, with ``change: multiply``,
    multiplies what is published (and each of several values). ``shock`` (a driver) and ``swap`` (a target)
    name what the scenario has: the value scales its size or, with ``year``, replaces what it writes down for
    that year. ``driver`` adds a shock of the given path, scaled by the value. ``setting`` is ``ai_mode``,
    ``expectations`` or ``aggregation``. ``within`` says which file's shock is meant, where several have one.
    ``central`` is the value of the centre of a tornado, where another than :meth:`centred` finds is meant.
    """

    name: str | None = None
    parameter: str | None = None
    shock: str | None = None
    swap: str | None = None
    driver: str | None = None
    setting: Literal["ai_mode", "expectations", "aggregation"] | None = None
    within: str | None = None
    year: int | None = None
    change: Change | None = None
    path: dict[int, Number] | None = None
    interpolate: Interpolation | None = None
    sectors: list[str] | None = None
    skills: list[str] | None = None
    uses: list[str] | None = None
    central: Number | str | None = None
    values: list[Any] | None = None
    grid: Grid | None = None
    uniform: Span | None = None
    triangular: Triangle | None = None
    normal: Bell | None = None

    @field_validator("name")
    @classmethod
    def _a_column(cls, given: str | None) -> str | None:
        if given is not None and not re.fullmatch(COLUMN, given):
            raise ValueError(
                f"{_short(given)} is no name of a column; write 1 to {LONGEST} letters (a to z), digits, _ "
                "and ., the first a letter"
            )
        return given

    @field_validator("values")
    @classmethod
    def _plain(cls, given: list[Any] | None) -> list[Any] | None:
        if given is not None and not given:
            raise ValueError("is empty; give at least one value")
        for value in given or ():
            if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                raise ValueError(f"{_short(value)} is neither a number nor a name")
            if isinstance(value, str):
                if not value.strip() or len(value) > 200:
                    raise ValueError(f"{_short(value)} is no name; give 1 to 200 characters")
            elif not abs(value) <= LARGEST:
                raise ValueError(f"{_short(value)} is no finite number up to {LARGEST:g}")
        return given

    @model_validator(mode="after")
    def _one_of_each(self) -> Vary:
        kinds = [k for k in KINDS if getattr(self, k) is not None]
        if len(kinds) != 1:
            has = " and ".join(kinds) or "nothing to vary"
            raise ValueError(f"has {has}; name exactly one of {', '.join(KINDS)}")
        spreads = [k for k in SPREADS if getattr(self, k) is not None]
        if len(spreads) != 1:
            has = " and ".join(spreads) or "no values"
            raise ValueError(f"has {has}; give exactly one of {', '.join(SPREADS)}")
        allowed = {
            "parameter": ("change",),
            "shock": ("within", "year"),
            "swap": ("within", "year"),
            "driver": ("change", "path", "interpolate", "sectors", "skills", "uses"),
            "setting": (),
        }[self.kind]
        extra = ("within", "year", "change", "path", "interpolate", "sectors", "skills", "uses")
        for key in extra:
            if getattr(self, key) is not None and key not in allowed:
                raise ValueError(f"{key} does not go with {self.kind}; leave it out")
        if self.kind == "driver" and (self.change is None or not self.path):
            raise ValueError("driver adds a shock: give change and path, as in a scenario")
        if self.kind == "parameter" and self.change not in (None, "set", "multiply"):
            raise ValueError("change of a parameter is set or multiply")
        if self.kind == "setting" and self.values is None:
            raise ValueError("setting takes values: [a, b]")
        for spread in (self.uniform, self.triangular):
            if spread is not None and spread.published and self.kind != "parameter":
                raise ValueError("published is the range of a parameter; give from and to")
            if spread is not None and spread.published and self.change == "multiply":
                raise ValueError("published is the range of the value itself; leave out change")
        return self

    @property
    def kind(self) -> str:
        """Which of :data:`KINDS` the entry names."""
        return next(k for k in KINDS if getattr(self, k) is not None)

    @property
    def target(self) -> str:
        """The name that the entry gives to its kind."""
        return str(getattr(self, self.kind))

    @property
    def spread(self) -> str:
        """Which of :data:`SPREADS` the entry gives."""
        return next(k for k in SPREADS if getattr(self, k) is not None)

    @property
    def label(self) -> str:
        """The column of the entry's values."""
        year = f"_{self.year}" if self.year is not None else ""
        return self.name or f"{self.target}{year}"

    @property
    def listed(self) -> int:
        """How many values the entry lists; 0 where it gives a distribution. Nothing is built."""
        if self.grid is not None:
            return self.grid.steps
        return len(self.values or ())

    def marginal(self) -> Marginal:
        """The values, or the distribution, of the entry, under its label.

        Raises EngelsInputError where the published range is not one number each.
        """
        return replace(self._spread(), name=self.label)

    def centred(self) -> Marginal:
        """The same with its central value.

        That is ``central`` where it is given. Otherwise it is what is published of a parameter; one, for what
        multiplies a parameter or scales a shock or a swap of the scenario; and of anything else the middle of
        its values (:attr:`Marginal.middle`).

        Raises EngelsInputError where there is none, or where it lies outside the ends.
        """
        marginal = self.marginal()
        scales = self.kind in ("shock", "swap") and self.year is None
        centre: Value | None
        if self.central is not None:
            centre = self.central
        elif scales or (self.change == "multiply" and self.kind == "parameter"):
            centre = 1.0
        elif self.kind == "parameter":
            centre = _published_value(self.target)
        else:
            centre = marginal.middle
        if centre is None:
            raise EngelsInputError("has no value in the middle; add central: its central value")
        low, high = marginal.ends
        if not any(isinstance(x, str) for x in (centre, low, high)):
            numbers = sorted((float(low), float(high)))
            if not numbers[0] <= float(centre) <= numbers[1]:
                raise EngelsInputError(
                    f"its central value {centre:g} lies outside {numbers[0]:g} to {numbers[1]:g}; change "
                    "them, or add central: another"
                )
        return replace(marginal, centre=centre)

    def _spread(self) -> Marginal:
        if self.values is not None:
            return listed(tuple(self.values))
        if self.grid is not None:
            return listed(_grid(self.grid))
        if self.normal is not None:
            return normal(self.normal.mean, self.normal.sd, self.normal.from_, self.normal.to)
        spread = self.triangular or self.uniform
        assert spread is not None  # exactly one is given: _one_of_each
        low, high, mode = spread.from_, spread.to, None
        if isinstance(spread, Triangle):
            mode = spread.mode
        if spread.published:
            low, high, value = published(self.target)
            mode = value if mode is None else mode
        assert low is not None and high is not None
        if self.triangular is None:
            return uniform(low, high)
        assert mode is not None
        return triangular(low, mode, high)


def _short(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python does not write out integers of thousands of digits
        text = "a number of thousands of digits"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _grid(grid: Grid) -> tuple[Value, ...]:
    last = grid.steps - 1
    if grid.spacing == "log":
        ratio = grid.to / grid.from_
        between = [grid.from_ * ratio ** (n / last) for n in range(1, last)]
    else:
        between = [grid.from_ + (grid.to - grid.from_) * n / last for n in range(1, last)]
    return (float(grid.from_), *between, float(grid.to))


def published(key: str) -> tuple[float, float, float]:
    """Lowest, highest and published value of a parameter.

    Raises EngelsInputError where it is unknown, a name, or has several values of different ranges.
    """
    table = load_parameters().frame()
    rows = table[(table.index == key) | table.index.str.startswith(f"{key}.")]
    if rows.empty:
        raise EngelsInputError(f"{key} has no published range; give from and to")
    found = rows[["low", "high", "value"]].drop_duplicates()
    if len(found) > 1:
        raise EngelsInputError(
            f"{key} has several values; name one, such as {rows.index[0]}, or give from and to"
        )
    low, high, value = (float(x) for x in found.iloc[0])
    return low, high, value


def _published_value(key: str) -> Value:
    """What is published of a parameter, a number or a name."""
    entry = load_parameters().entries.get(key)
    if entry is not None and entry.choices:
        return str(entry.value)
    return published(key)[2]
