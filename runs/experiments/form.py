"""The form of a batch file: what is varied, over which values, by which design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from engels.calibration.parameters import load_parameters
from engels.data import EngelsInputError
from engels.model.drivers import DRIVERS, NO_QUOTA
from engels.model.measures import variables
from engels.runs.experiments.designs import DESIGNS
from engels.runs.experiments.entries import Model, Vary
from engels.runs.experiments.marginals import Marginal
from engels.runs.schema import (
    BASELINE,
    LIBRARY,
    AiMode,
    Expectations,
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

ALL = "all"


class Form(Model):
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
    levels: int | None = Field(default=None, ge=2)
    second_order: bool | None = None
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

    @property
    def options(self) -> dict[str, int | bool]:
        """The options of the design, as far as they are given."""
        given = {name: getattr(self, name) for name in OPTIONS}
        return {name: value for name, value in given.items() if value is not None}


OPTIONS = ("levels", "second_order")
"""Keys that some designs take."""

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
    marginals, wrong = _marginals(form, source)
    problems += wrong
    if problems:
        raise InputErrors(problems)
    return Experiment(form, source, scenarios, tuple(marginals), keep)


def _marginals(form: Form, source: Source) -> tuple[list[Marginal], list[str]]:
    """What the design draws each entry from, and what is wrong with them."""
    design = DESIGNS.get(form.design)
    found, problems = [], []
    for number, entry in enumerate(form.vary):
        key: Key = ("vary", number)
        try:
            found.append(entry.centred() if design and design.centred else entry.marginal())
        except EngelsInputError as error:
            problems.append(f"{source.where(key)}: {error}")
            continue
        wrong = design.admits(found[-1]) if design else ""
        if wrong:
            problems.append(f"{source.where((*key, entry.spread))}: {entry.label} {wrong}")
        if entry.central is not None and design and not design.centred:
            where = source.where((*key, "central"))
            problems.append(f"{where}: goes with design: tornado; leave it out")
    return found, problems


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
        what = (
            "takes every value of the file; leave samples out or write design: lhs, sobol or random"
            if design.discrete
            else "knows how many points it needs; leave samples out"
        )
        found.append(f"{source.where(('samples',))}: {form.design} {what}")
    for name in form.options:
        if name not in design.options:
            takes = " or ".join(d for d in DESIGNS if name in DESIGNS[d].options)
            found.append(
                f"{source.where((name,))}: {form.design} has none; leave it out (it goes with {takes})"
            )
    for number, entry in enumerate(form.vary):
        discrete = entry.values is not None or entry.grid is not None
        if design.discrete and not discrete:
            key = ("vary", number, entry.spread)
            found.append(
                f"{source.where(key)}: {form.design} takes values or a grid; write design: lhs, sobol "
                "or random to draw from a distribution"
            )
    if not form.vary and not design.discrete and not found:
        found.append(f"{source.where(('design',))}: {form.design} has nothing to vary; add vary")
    if not found:
        wrong = design.check(form.samples or 0, len(form.vary), **form.options)
        found += [f"{source.where((key,))}: {line}" for key, line in wrong.items()]
    return found


def _check_entries(form: Form, source: Source, scenarios: Sequence[Scenario]) -> list[str]:
    """What each entry names exists, and labels differ."""
    found = []
    own = DESIGNS[form.design].columns if form.design in DESIGNS else ()
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
        if entry.label in (*OWN_COLUMNS, *own):
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
