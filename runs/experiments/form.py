"""The form of a batch file: what is varied, over which values, by which design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from engels.calibration.parameters import load_parameters
from engels.data import EngelsInputError
from engels.model.drivers import DRIVERS, NO_QUOTA
from engels.model.measures import variables
from engels.runs.experiments.designs import DESIGNS
from engels.runs.experiments.marginals import Marginal, Value, listed, normal, triangular, uniform
from engels.runs.schema import (
    BASELINE,
    LIBRARY,
    AiMode,
    Change,
    Expectations,
    Interpolation,
    Number,
    PathSpec,
    Scenario,
    Shock,
    baseline,
    find,
    library,
    read_scenario,
    scenario_within,
)
from engels.runs.source import InputErrors, Key, Source, dotted, explain, nearest, read_source

KINDS = ("parameter", "shock", "swap", "driver", "setting")
"""What an entry of ``vary`` may name."""

SPREADS = ("values", "grid", "uniform", "triangular", "normal")
"""How an entry of ``vary`` may say its values."""

ALL = "all"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Grid(_Model):
    """``steps`` values from ``from`` to ``to``, both included, even in levels or logarithms."""

    from_: Number = Field(alias="from")
    to: Number
    steps: int = Field(ge=2)
    spacing: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _positive(self) -> Grid:
        if self.spacing == "log" and min(self.from_, self.to) <= 0:
            raise ValueError("spacing: log needs positive ends; write spacing: linear")
        return self


class Span(_Model):
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


class Bell(_Model):
    """A normal distribution, cut off below ``from`` and above ``to`` where they are given."""

    mean: Number
    sd: Number = Field(gt=0)
    from_: Number | None = Field(default=None, alias="from")
    to: Number | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Bell:
        if self.from_ is not None and self.to is not None and self.from_ >= self.to:
            raise ValueError(f"from {self.from_:g} must lie below to {self.to:g}")
        return self


class Vary(_Model):
    """One thing that varies.

    ``parameter`` is a key of ``parameters.yaml``; the value replaces it or, with ``change: multiply``,
    multiplies what is published (and each of several values). ``shock`` (a driver) and ``swap`` (a target)
    name what the scenario has: the value scales its size or, with ``year``, replaces what it writes down for
    that year. ``driver`` adds a shock of the given path, scaled by the value. ``setting`` is ``ai_mode``,
    ``expectations`` or ``aggregation``. ``within`` says which file's shock is meant, where several have one.
    """

    name: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9_.]*$")
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
    values: list[Any] | None = None
    grid: Grid | None = None
    uniform: Span | None = None
    triangular: Triangle | None = None
    normal: Bell | None = None

    @field_validator("values")
    @classmethod
    def _plain(cls, given: list[Any] | None) -> list[Any] | None:
        if given is not None and not given:
            raise ValueError("is empty; give at least one value")
        for value in given or ():
            if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                raise ValueError(f"{value!r} is neither a number nor a name")
            if isinstance(value, float) and not abs(value) < float("inf"):
                raise ValueError(f"{value!r} is not finite")
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
        if self.kind == "driver" and (self.change is None or self.path is None):
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
    def label(self) -> str:
        """The column of the entry's values."""
        year = f"_{self.year}" if self.year is not None else ""
        return self.name or f"{self.target}{year}"

    def marginal(self) -> Marginal:
        """The values, or the distribution, of the entry.

        Raises EngelsInputError where the published range is not one number each.
        """
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


class Form(_Model):
    """The keys of a batch file."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = ""
    description: str = ""
    scenario: Any = None
    scenarios: list[str] | None = None
    vary: list[Vary] = Field(default_factory=list)
    design: str = "full"
    samples: int | None = Field(default=None, ge=1)
    seed: int = Field(default=1, ge=0)
    aggregation: str | None = None
    ai_mode: AiMode | None = None
    expectations: Expectations | None = None
    last_year: int | None = None
    solver: Literal["newton", "ipopt"] = "newton"
    keep: Any = None
    years: list[int] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Form:
        if (self.scenario is None) == (self.scenarios is None):
            raise ValueError(
                "give either scenario (a name, or a whole scenario) or scenarios: [names]"
            )
        if self.scenarios is not None and not self.scenarios:
            raise ValueError("scenarios is empty; name at least one")
        if self.scenario is not None and not isinstance(self.scenario, (str, dict)):
            raise ValueError("scenario must be a name or a whole scenario")
        return self


FIELDS: dict[Key, Sequence[str]] = {
    (): tuple(Form.model_fields),
    ("vary",): tuple(Vary.model_fields),
    ("vary", "grid"): ("from", "to", "steps", "spacing"),
    ("vary", "uniform"): ("from", "to"),
    ("vary", "triangular"): ("from", "mode", "to"),
    ("vary", "normal"): ("mean", "sd", "from", "to"),
}


@dataclass(frozen=True)
class Experiment:
    """A batch file that was read and checked, with its scenarios (settings applied)."""

    form: Form
    source: Source
    scenarios: tuple[Scenario, ...]
    marginals: tuple[Marginal, ...]
    keep: tuple[str, ...]  # variables; ("all",) for all; none for the headline's

    @property
    def labels(self) -> tuple[str, ...]:
        """Columns of the varied values, in the order of the file."""
        return tuple(v.label for v in self.form.vary)


OWN_COLUMNS = (
    "number",
    "point",
    "scenario",
    "status",
    "reason",
    "seconds",
    "residual",
    "certificate",
    "solver",
    "iterations",
    "solves",
    "steps",
    "worker",
    "memory",
    "variable",
    "sector",
    "group",
    "year",
    "value",
    "reference",
    "deviation",
    "unit",
)
"""Columns of the store that no varied thing may be called."""


def read_experiment(
    path: Path,
    *,
    aggregation: str | None = None,
    ai_mode: str | None = None,
    expectations: str | None = None,
    solver: str | None = None,
) -> Experiment:
    """Read and check a batch file as far as that needs no benchmark; arguments override its settings.

    Raises EngelsInputError with one line for every error (file, line, key, what would be right).
    """
    source = read_source(path)
    if not isinstance(source.content, dict):
        raise EngelsInputError(f"{path}: holds no mapping of keys; begin with 'name: …'")
    try:
        form = Form.model_validate(source.content)
    except ValidationError as error:
        raise InputErrors(explain(error, source, FIELDS)) from None
    given = {"aggregation": aggregation, "ai_mode": ai_mode, "expectations": expectations}
    form = form.model_copy(
        update={k: v for k, v in {**given, "solver": solver}.items() if v is not None}
    )
    scenarios = tuple(_scenarios(form, source))
    problems = [*_check_design(form, source), *_check_entries(form, source, scenarios)]
    keep, wrong = _kept(form, source)
    problems += wrong
    marginals = []
    for number, entry in enumerate(form.vary):
        try:
            marginals.append(entry.marginal())
        except EngelsInputError as error:
            problems.append(f"{source.where(('vary', number))}: {error}")
    if problems:
        raise InputErrors(problems)
    return Experiment(form, source, scenarios, tuple(marginals), keep)


def _scenarios(form: Form, source: Source) -> list[Scenario]:
    """The scenarios of a file, with its settings. Imported late: ``scenario`` loads the calibration."""
    from engels.runs.scenario import check_scenario, with_settings

    found: list[Scenario] = []
    if isinstance(form.scenario, dict):
        inner = {k[1:]: n for k, n in source.lines.items() if k[:1] == ("scenario",)}
        text = source.text
        found.append(scenario_within(Source(source.path, text, form.scenario, inner)))
    else:
        names: list[tuple[Key, str]] = [
            (("scenarios", n), name) for n, name in enumerate(form.scenarios or ())
        ]
        if form.scenario is not None:
            names = [(("scenario",), form.scenario)]
        for key, name in names:
            found.append(_named(source, key, name))
        if len({s.name for s in found}) < len(found):
            raise EngelsInputError(f"{source.where(('scenarios',))}: names a scenario twice")
    done = []
    for scenario in found:
        chosen = with_settings(
            scenario,
            expectations=form.expectations,
            ai_mode=form.ai_mode,
            aggregation=form.aggregation,
        )
        if form.last_year is not None:
            chosen = chosen.model_copy(update={"last_year": form.last_year})
        check_scenario(chosen)
        done.append(chosen)
    return done


def _named(source: Source, key: Key, name: str) -> Scenario:
    if name == BASELINE:
        return baseline()
    if name.endswith((".yaml", ".yml")):
        return read_scenario(source.path.parent / name)
    path = find(name, source.path.parent, LIBRARY)
    if path is None:
        raise EngelsInputError(
            f"{source.where(key)}: unknown scenario {name!r}; {nearest(name, [BASELINE, *library()])}"
        )
    return read_scenario(path)


def _check_design(form: Form, source: Source) -> list[str]:
    design = DESIGNS.get(form.design)
    if design is None:
        where = source.where(("design",))
        return [f"{where}: unknown design {form.design!r}; {nearest(form.design, DESIGNS)}"]
    found = []
    if design.sampled and form.samples is None:
        found.append(f"{source.where(('design',))}: {form.design} needs samples: a number")
    if not design.sampled and form.samples is not None:
        found.append(
            f"{source.where(('samples',))}: {form.design} takes every value of the file; leave "
            "samples out or write design: lhs, sobol or random"
        )
    for number, entry in enumerate(form.vary):
        discrete = entry.values is not None or entry.grid is not None
        if design.discrete and not discrete:
            spread = next(k for k in SPREADS if getattr(entry, k) is not None)
            key = ("vary", number, spread)
            found.append(
                f"{source.where(key)}: {form.design} takes values or a grid; write design: lhs, sobol "
                "or random to draw from a distribution"
            )
    if not form.vary and design.sampled and not found:
        found.append(f"{source.where(('design',))}: {form.design} has nothing to vary; add vary")
    if not found and design.check is not None:
        wrong = design.check(form.samples or 0, len(form.vary))
        if wrong:
            found.append(f"{source.where(('samples',))}: {wrong}")
    return found


def _check_entries(form: Form, source: Source, scenarios: Sequence[Scenario]) -> list[str]:
    """What each entry names exists, and labels differ."""
    found = []
    labels: dict[str, int] = {}
    for number, entry in enumerate(form.vary):
        key: Key = ("vary", number, entry.kind)
        where = source.where(key)
        if entry.label in labels:
            found.append(
                f"{where}: {entry.label} is varied twice, first in {dotted(('vary', labels[entry.label]))}; "
                "give one of them another name: …"
            )
        labels.setdefault(entry.label, number)
        if entry.label in OWN_COLUMNS:
            found.append(f"{where}: {entry.label} is a column of the store; add name: another")
        found += [f"{where}: {line}" for line in _check_entry(entry, scenarios)]
    return found


def _check_entry(entry: Vary, scenarios: Sequence[Scenario]) -> list[str]:
    if entry.kind == "parameter":
        return _check_parameter(entry)
    if entry.kind == "driver" and entry.target not in DRIVERS:
        return [f"unknown driver {entry.target!r}; {nearest(entry.target, DRIVERS)}"]
    if entry.kind not in ("shock", "swap"):
        return []
    found = []
    for scenario in scenarios:
        what = "shocks" if entry.kind == "shock" else "swaps"
        field = "driver" if entry.kind == "shock" else "target"
        items = scenario.located(what)  # type: ignore[arg-type]
        known = {getattr(item, field) for _, _, item in items}
        if entry.target not in known:
            hint = nearest(entry.target, sorted(known))
            add = (
                "; to add a shock write driver: with change and path"
                if entry.kind == "shock"
                else ""
            )
            found.append(f"{scenario.name} has no {entry.kind} of {entry.target!r}; {hint}{add}")
            continue
        chosen = [(p, i) for p, _, i in items if getattr(i, field) == entry.target]
        if entry.within is not None:
            names = [p.name for p, _ in chosen]
            chosen = [(p, i) for p, i in chosen if p.name == entry.within]
            if not chosen:
                found.append(f"within {entry.within!r} has none; {nearest(entry.within, names)}")
                continue
        found += _check_size(entry, scenario, [i for _, i in chosen])
    return found


def _check_size(entry: Vary, scenario: Scenario, items: Sequence[PathSpec]) -> list[str]:
    """What the entry varies of these shocks or swaps has a number."""
    if entry.year is not None:
        years = sorted({y for item in items for y in item.path or {}})
        if entry.year in years:
            return []
        known = ", ".join(str(y) for y in years) or "none, it has growth"
        return [f"{scenario.name} writes down no value for {entry.year}; years: {known}"]
    sizeless = [i for i in items if i.change == "set" and i.growth is None]
    if any(not isinstance(i, Shock) or neutral(i.driver) is None for i in sizeless):
        return [
            f"change: set has no size to scale, for without it {entry.target} has no number; name the "
            "value itself with year: …"
        ]
    return []


def neutral(driver: str) -> float | None:
    """The value of a driver at which it does nothing; None where that is a path, or no limit."""
    default = DRIVERS[driver].default
    return None if default is None or default >= NO_QUOTA else default


def _check_parameter(entry: Vary) -> list[str]:
    parameters = load_parameters()
    known = [*parameters.entries, *parameters.keys()]
    if entry.target not in known:
        return [f"unknown parameter {entry.target!r}; {nearest(entry.target, known)}"]
    named = entry.target in parameters.entries and parameters.entries[entry.target].choices
    if named and entry.values is None:
        return [f"{entry.target} is a name, not a number; give values: [{', '.join(named)}]"]
    if named and entry.change == "multiply":
        return [f"{entry.target} is a name; leave out change"]
    return []


def _kept(form: Form, source: Source) -> tuple[tuple[str, ...], list[str]]:
    if form.keep is None:
        return (), []
    where = source.where(("keep",))
    if form.keep == ALL:
        return (ALL,), []
    names = form.keep if isinstance(form.keep, list) else None
    if not names or not all(isinstance(n, str) for n in names):
        return (), [f"{where}: must be all or a list of variables (model/variables.csv)"]
    known = variables()
    wrong = [
        f"{source.where(('keep', n))}: unknown variable {name!r}; {nearest(name, known)}"
        for n, name in enumerate(names)
        if name not in known
    ]
    return tuple(sorted(set(names))), wrong
