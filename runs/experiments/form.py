"""The form of a batch file: what is varied, over which values, by which design."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, model_validator

from engels.calibration.mapping import load_aggregation
from engels.calibration.parameters import load_parameters
from engels.data import EngelsInputError
from engels.model.blocks.library import DRIVERS
from engels.model.economy.driver import NO_QUOTA
from engels.model.reporting.measures import variables
from engels.runs.experiments.designs import DESIGNS
from engels.runs.experiments.entries import SAME, Model, Vary
from engels.runs.experiments.marginals import Marginal
from engels.runs.experiments.overlaps import overlaps
from engels.runs.scenarios.schema import (
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
from engels.runs.scenarios.source import (
    InputErrors,
    Key,
    Source,
    dotted,
    explain,
    nearest,
    read_source,
)

ALL = "all"


class Form(Model):
    """The keys of a batch file."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)
    title: str = ""
    description: str = ""
    scenario: Any = None
    scenarios: list[str] | None = None
    vary: list[Vary] = Field(default_factory=list)
    design: str = "full"
    samples: int | None = Field(default=None, ge=1)
    seed: int = Field(default=1, ge=0, le=2**32 - 1)
    levels: int | None = Field(default=None, ge=2, le=50)
    second_order: bool | None = None
    aggregation: str | None = None
    ai_mode: AiMode | None = None
    expectations: Expectations | None = None
    last_year: int | None = None
    solver: Literal["newton", "ipopt"] = "newton"
    keep: Any = None
    years: list[int] | None = Field(default=None, min_length=1)

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


MOST_POINTS = 100_000
"""A batch has so many points at most, unless its caller says otherwise."""

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
    most: int = MOST_POINTS,
) -> Experiment:
    """Read and check a batch file as far as that needs no benchmark; arguments override its settings.

    A file of more than ``most`` points is refused before any of them is made.

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
    problems = [*_check_settings(form, source, given), *_check_count(form, source, most)]
    if problems:
        raise InputErrors(problems)
    scenarios = tuple(_scenarios(form, source))
    problems = [*_check_design(form, source), *_check_entries(form, source, scenarios)]
    keep, wrong = _kept(form, source)
    problems += wrong
    marginals, wrong = _marginals(form, source)
    problems += wrong
    if problems:
        raise InputErrors(problems)
    return Experiment(form, source, scenarios, tuple(marginals), keep)


def _check_count(form: Form, source: Source, most: int) -> list[str]:
    """How many points the file has, by arithmetic: nothing is built that may be too large."""
    design = DESIGNS.get(form.design)
    options = {k: v for k, v in form.options.items() if design and k in design.options}
    if design is None or (design.sampled and form.samples is None):
        return []
    rows = design.count([v.listed for v in form.vary], form.samples or 0, **options)
    points = rows * len(form.scenarios or [form.scenario])
    if points <= most:
        return []
    key: Key = ("design",) if not design.sampled else ("samples",)
    key = key if key in source.lines else ("vary",)
    said = f"{points:,}" if points < 10**15 else f"about 10^{round(math.log10(points))}"
    return [
        f"{source.where(key)}: {form.design} would have {said} points, and {most:,} are the most; make "
        "fewer, or raise the limit with --max-points"
    ]


def _check_settings(form: Form, source: Source, given: Mapping[str, str | None]) -> list[str]:
    """Settings that vary are known, and are not given as one value too."""
    found = []
    known = {"ai_mode": get_args(AiMode), "expectations": get_args(Expectations)}
    for number, entry in enumerate(form.vary):
        if entry.kind != "setting":
            continue
        for place, value in enumerate(entry.values or ()):
            where = source.where(("vary", number, "values", place))
            if entry.target in known:
                if value not in known[entry.target]:
                    hint = nearest(value, known[entry.target])
                    found.append(f"{where}: unknown {entry.target} {_cut(value)}; {hint}")
            elif wrong := _wrong_aggregation(value):
                found.append(f"{where}: {wrong}")
        if getattr(form, entry.target) is not None:
            word = f"--{entry.target.replace('_', '-')}"
            one = word if given.get(entry.target) is not None else f"{entry.target}: above"
            where = source.where(("vary", number, "setting"))
            found.append(
                f"{where}: {entry.target} varies here, and {one} says one value; leave one out"
            )
    for value in {form.aggregation} - {None}:
        if wrong := _wrong_aggregation(value):
            by_hand = given.get("aggregation") is not None
            where = "--aggregation" if by_hand else source.where(("aggregation",))
            found.append(f"{where}: {wrong}")
    return found


def _wrong_aggregation(value: object) -> str:
    """What is wrong with an aggregation, if anything."""
    if not isinstance(value, str):
        return f"{_cut(value)} is no name; write it in quotes: '{_cut(value)}'"
    try:
        load_aggregation(value)
    except (EngelsInputError, OSError, ValueError) as error:
        return _cut(error, 200)
    return ""


def _cut(value: object, length: int = 60) -> str:
    text = " ".join((str(value) if isinstance(value, Exception) else repr(value)).split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


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
    from engels.runs.scenarios.scenario import check_scenario, with_settings

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
            try:
                Scenario.model_validate(chosen.model_dump(by_alias=True))
            except ValidationError as error:
                said = error.errors(include_url=False)[0]["msg"]
                line = (
                    f"{source.where(('last_year',))}: {form.last_year} will not do; {said.lower()}"
                )
                raise EngelsInputError(line) from None
        check_scenario(chosen)
        if form.aggregation is None and (wrong := _wrong_aggregation(chosen.aggregation)):
            raise EngelsInputError(f"{chosen.source.where(('aggregation',))}: {wrong}")
        done.append(chosen)
    return done


def _named(source: Source, key: Key, name: str) -> Scenario:
    if name == BASELINE:
        return baseline()
    if name.endswith((".yaml", ".yml")):
        file = source.path.parent / name
        if not os.path.exists(file):  # noqa: PTH110 - Path.exists raises for a name that is too long
            raise EngelsInputError(
                f"{source.where(key)}: there is no file {_cut(name)} beside this one; give the path of a "
                "scenario file or the name of a scenario"
            )
        return read_scenario(file)
    path = find(name, source.path.parent, LIBRARY)
    if path is None:
        raise EngelsInputError(
            f"{source.where(key)}: unknown scenario {_cut(name)}; {nearest(name, [BASELINE, *library()])}"
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
    if form.design == "list" and not found:
        found += _check_rows(form, source)
    if not form.vary and not design.discrete and not found:
        found.append(f"{source.where(('design',))}: {form.design} has nothing to vary; add vary")
    if not found:
        wrong = design.check(form.samples or 0, len(form.vary), **form.options)
        found += [f"{source.where((key,))}: {line}" for key, line in wrong.items()]
    return found


def _check_rows(form: Form, source: Source) -> list[str]:
    """Entries of a list are as long as each other, and no row is there twice."""
    for number, entry in enumerate(form.vary):
        if entry.listed != form.vary[0].listed:
            return [
                f"{source.where(('vary', number, entry.spread))}: {entry.label} has {entry.listed} values, "
                f"{form.vary[0].label} has {form.vary[0].listed}; design: list takes as many of each"
            ]
    seen: dict[object, int] = {}
    for place, row in enumerate(zip(*(e.marginal().values for e in form.vary), strict=True)):
        if row in seen:
            return [
                f"{source.where(('vary',))}: values {place} of all entries are those of {seen[row]}; leave "
                "one of the rows out"
            ]
        seen[row] = place
    return []


def _check_entries(form: Form, source: Source, scenarios: Sequence[Scenario]) -> list[str]:
    """What each entry names exists, and labels differ."""
    found = overlaps(form.vary, source, scenarios)
    # columns of SQL have one case
    own = {*OWN_COLUMNS, *(DESIGNS[form.design].columns if form.design in DESIGNS else ())}
    labels: dict[str, int] = {}
    for number, entry in enumerate(form.vary):
        key: Key = ("vary", number, entry.kind)
        named = source.where(("vary", number, "name") if entry.name else key)
        where = source.where(key)
        label = entry.label.lower()
        if label in labels and not found:
            first = form.vary[labels[label]].label
            case = f" (as {first}; SQL has one case)" if first != entry.label else ""
            found.append(
                f"{named}: the name {entry.label} is taken by {dotted(('vary', labels[label]))}{case}; give "
                "one of them another name: …"
            )
        labels.setdefault(label, number)
        if label in own:
            case = " (SQL has one case)" if entry.label != label else ""
            found.append(
                f"{named}: {entry.label} is a column of the store{case}; add name: another"
            )
        if form.design == "full":
            found += _check_values(entry, number, source)
        found += [f"{where}: {line}" for line in _check_entry(entry, scenarios)]
    return found


def _check_values(entry: Vary, number: int, source: Source) -> list[str]:
    """No value is there twice: every combination would be solved and told twice."""
    numbers = sorted(
        (float(v), n) for n, v in enumerate(entry.values or ()) if not isinstance(v, str)
    )
    names = sorted((v, n) for n, v in enumerate(entry.values or ()) if isinstance(v, str))
    same = [
        sorted((a, b))
        for (x, a), (y, b) in itertools.pairwise(numbers)
        if math.isclose(x, y, rel_tol=SAME)
    ] + [sorted((a, b)) for (x, a), (y, b) in itertools.pairwise(names) if x == y]
    return [
        f"{source.where(('vary', number, 'values', second))}: {_cut((entry.values or [])[second])} is there "
        f"already, in values[{first}]; leave one out"
        for first, second in same[:1]
    ]


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
    default = DRIVERS[driver].number
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
        return (), [f"{where}: must be all or a list of variables (model/reporting/variables.csv)"]
    known = variables()
    wrong = [
        f"{source.where(('keep', n))}: unknown variable {name!r}; {nearest(name, known)}"
        for n, name in enumerate(names)
        if name not in known
    ]
    return tuple(sorted(set(names))), wrong
