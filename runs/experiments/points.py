"""From a batch file to its points: each a scenario of its own, with an id.

The id is the hash of everything that the point's figures depend on: the scenario with its varied
values, parameters, settings, solver, what is kept, the code, the inputs and the versions of packages. A
point that is stored under its id need not be solved again, whatever else in the file has changed.

A varied shock or swap is varied wherever it stands: in the scenario, in what it includes, and in what it
is measured from, so that a deviation is the effect of what the scenario adds, under the same conditions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engels.calibration.benchmark import Benchmark
from engels.calibration.parameters import load_parameters
from engels.data import EngelsInputError
from engels.runs.experiments.designs import DESIGNS
from engels.runs.experiments.entries import Vary
from engels.runs.experiments.form import ALL, Experiment, Form, neutral
from engels.runs.experiments.marginals import Value
from engels.runs.experiments.overlaps import overlaps
from engels.runs.experiments.reported import never_reported
from engels.runs.scenarios import paths
from engels.runs.scenarios.scenario import (
    check_against,
    check_scenario,
    idle_parameters,
    prepare,
)
from engels.runs.scenarios.schema import BASELINE, PathSpec, Scenario, Shock, Swap, reference_of
from engels.runs.scenarios.source import InputErrors
from engels.runs.store.code import packaged_code
from engels.runs.store.inputs import packaged_inputs, versions

SHOWN = 5
"""So many errors of points are told; the rest would be alike."""

CALIBRATED = 3
"""So many economies are calibrated to check points before any is solved; points of others are checked
when they are."""

CHECKED = 60
"""So many are calibrated where a file is only to be checked: those at the ends of what varies first."""


@dataclass(frozen=True)
class Point:
    """One run of a batch. ``group`` tells the economy: points that share it share baseline and models."""

    number: int
    id: str
    scenario: str
    values: tuple[Value, ...]
    columns: Mapping[str, float | int | str]
    run: Scenario
    group: str


def make_points(
    experiment: Experiment, table: Path | None = None, calibrated: int = CALIBRATED
) -> list[Point]:
    """All points of a batch, in the order of its design; scenarios are the outermost loop.

    So many economies (all, where there are no more) are ``calibrated`` to check their points against.
    Raises EngelsInputError where a point asks for something impossible, with its number and values.
    """
    form = experiment.form
    rows = DESIGNS[form.design].make(
        experiment.marginals, form.samples or 0, form.seed, **form.options
    )
    ground: dict[str, str] = {}
    points: list[Point] = []
    for scenario in experiment.scenarios:
        base = resolved(scenario)
        for number, values in enumerate(rows.values):
            try:
                run = varied(base, form, values)
                load_parameters(run.all_parameters())
                check_scenario(run)
            except EngelsInputError as error:
                raise _told(experiment, len(points), values, error, rows.values[0]) from None
            if run.aggregation not in ground:
                ground[run.aggregation] = _ground(experiment, run.aggregation, table)
            columns = {name: column[number] for name, column in rows.columns.items()}
            points.append(
                Point(
                    len(points),
                    identify(run, ground[run.aggregation]),
                    scenario.name,
                    values,
                    columns,
                    run,
                    json.dumps([run.settings, run.last_year, sorted(run.all_parameters().items())]),
                )
            )
    _check_idle(experiment, points)
    _check_economies(experiment, points, table, calibrated)
    _check_kept(experiment, points)
    return points


def _check_idle(experiment: Experiment, points: Sequence[Point]) -> None:
    """A parameter that is varied is read by some point. Raises InputErrors."""
    economies = {point.group: point.run for point in points}
    found = []
    for n, entry in enumerate(experiment.form.vary):
        if entry.parameter is None:
            continue
        idle = [idle_parameters(run, (entry.parameter,)) for run in economies.values()]
        if all(idle):
            why = sorted({reason for one in idle for reason in one.values()})
            place = experiment.source.where(("vary", n, "parameter"))
            found.append(
                f"{place}: {entry.parameter} changes nothing at any point: {'; '.join(why)}"
            )
    if found:
        raise InputErrors(found)


def _check_kept(experiment: Experiment, points: Sequence[Point]) -> None:
    """What is kept is reported where it is asked for. Raises InputErrors."""
    if experiment.keep in ((), (ALL,)):
        return
    # of each combination of parameters one point: blocks are parameters
    economies = {point.group: point.run for point in points}
    place = experiment.source.where(("keep",))
    found = never_reported(experiment.keep, economies.values())
    if found:
        raise InputErrors([f"{place}: {line}" for line in found])


def _told(
    experiment: Experiment,
    number: int,
    values: Sequence[Value],
    error: EngelsInputError,
    first: Sequence[Value],
) -> EngelsInputError:
    """An error of one point: where in the file, which point, which values.

    Of many values those are told in which it differs from the ``first`` point.
    """
    named = list(zip(experiment.labels, values, first, strict=True))
    told = named if len(named) <= SHOWN else [x for x in named if x[1] != x[2]]
    said = ", ".join(f"{k} = {_short(v)}" for k, v, _ in told) or "the first"
    where = experiment.source.where(("vary",) if experiment.form.vary else ())
    lines = str(error).splitlines()[:SHOWN]
    return InputErrors([f"{where}: point {number} ({said}): {line}" for line in lines])


def _short(value: Value) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _check_economies(
    experiment: Experiment, points: Sequence[Point], table: Path | None, most: int
) -> None:
    """Check points against their benchmark, where few have to be calibrated for that."""
    chosen = set(_spread_out(points, most))
    benchmarks: dict[str, Benchmark] = {}
    for point in points:
        if point.group not in chosen:
            continue
        try:
            if point.group in benchmarks:
                check_against(point.run, benchmarks[point.group])
                continue
            benchmarks[point.group] = prepare(point.run, table)
        except EngelsInputError as error:
            raise _told(experiment, point.number, point.values, error, points[0].values) from None
        _check_benchmark(experiment, point, benchmarks[point.group])


def _spread_out(points: Sequence[Point], most: int) -> list[str]:
    """Economies to look at: of the first point, of the ends of everything that varies, then evenly."""
    first: dict[str, Point] = {}
    for point in points:
        first.setdefault(point.group, point)
    groups = list(first)
    if len(groups) <= most:
        return groups
    chosen = dict.fromkeys(groups[:1])
    for place in range(len(points[0].values)):
        numbers = [p for p in first.values() if not isinstance(p.values[place], str)]
        if numbers:
            ends = (f(numbers, key=lambda p: float(p.values[place])) for f in (min, max))
            chosen |= dict.fromkeys(p.group for p in ends)
    step = len(groups) / most
    chosen |= dict.fromkeys(groups[int(n * step)] for n in range(most))
    return list(chosen)[:most]


def _check_benchmark(experiment: Experiment, point: Point, benchmark: Benchmark) -> None:
    """What the file says of sectors and years holds in this economy. Raises InputErrors."""
    form, source = experiment.form, experiment.source

    def members(dim: str, names: Sequence[str]) -> set[object]:
        return set(paths.members(benchmark, dim, names))

    found = overlaps(form.vary, source, experiment.scenarios, members)
    static = point.run.expectations == "static"
    first, last = benchmark.base_year, point.run.last_year
    known = range(first, (first if static else last) + 1)
    for number, year in enumerate(form.years or ()):
        if year not in known:
            span = f"{first} alone" if len(known) == 1 else f"{first} to {last}"
            found.append(
                f"{source.where(('years', number))}: {year} is in no run of {point.scenario}; it has {span}"
            )
    if found:
        raise InputErrors(found)


def _ground(experiment: Experiment, aggregation: str, table: Path | None) -> str:
    """What all points of an aggregation share."""
    form = experiment.form
    found = versions()
    del found["system"]
    own = hashlib.sha256(table.read_bytes()).hexdigest() if table else ""
    kept = [form.solver, experiment.keep, sorted(form.years or ())]
    return json.dumps([kept, packaged_code(), packaged_inputs(aggregation), found, own])


def identify(run: Scenario, ground: str) -> str:
    """The id of a run on a ground: 16 hexadecimal digits."""
    files = [
        hashlib.sha256(Path(x).read_bytes()).hexdigest()
        for _, x in sorted(run.all_parameters().items())
        if isinstance(x, str) and Path(x).is_file()
    ]
    name = BASELINE if run.name == BASELINE else ""
    text = json.dumps([name, run.identity(), ground, files])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def resolved(scenario: Scenario) -> Scenario:
    """The scenario with all that it refers to in memory: its points read no file again."""
    copy = scenario.model_copy()
    copy._included = tuple(resolved(part) for part in scenario.included)
    if scenario.reference != BASELINE:
        copy._reference = resolved(reference_of(scenario))
    return copy


def varied(base: Scenario, form: Form, values: Sequence[Value]) -> Scenario:
    """A resolved scenario with a row of values.

    Raises EngelsInputError where a value makes no valid scenario.
    """
    given = list(zip(form.vary, values, strict=True))
    sized = [(e, v) for e, v in given if e.kind in ("shock", "swap")]
    run = _rebuilt(base, lambda item, name: _sized(item, name, sized)) if sized else base
    changes: dict[str, Any] = {}
    parameters = dict(run.parameters)
    added: list[Shock] = []
    for entry, value in given:
        if entry.kind == "parameter":
            parameters |= _parameter(run, entry, value)
        elif entry.kind == "setting":
            changes[entry.target] = value
        elif entry.kind == "driver":
            added.append(_added(entry, value))
    changes["parameters"] = parameters
    if added:
        changes["shocks"] = [*run.shocks, *added]
        if run.name == BASELINE:
            changes["name"] = form.name
    copy = run.model_copy(update=changes)
    # settings are checked as if the file had said them
    try:
        Scenario.model_validate(copy.model_dump(by_alias=True))
    except ValidationError as error:
        raise EngelsInputError(_first(error)) from None
    return copy


def _first(error: ValidationError) -> str:
    item = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in item["loc"])
    return f"{where}: {item['msg']}" if where else str(item["msg"])


def _rebuilt(node: Scenario, change: Callable[[PathSpec, str], PathSpec]) -> Scenario:
    """A resolved scenario in which every shock and swap, also of its references, is changed."""
    copy = node.model_copy(
        update={
            "shocks": [change(s, node.name) for s in node.shocks],
            "swaps": [change(s, node.name) for s in node.swaps],
        }
    )
    copy._included = tuple(_rebuilt(part, change) for part in node.included)
    if node._reference is not None:
        copy._reference = _rebuilt(node._reference, change)
    return copy


def _sized(item: PathSpec, owner: str, given: Sequence[tuple[Vary, Value]]) -> PathSpec:
    """A shock or swap after the entries that name it."""
    kind, name = ("shock", item.driver) if isinstance(item, Shock) else ("swap", "")
    if isinstance(item, Swap):
        name = item.target
    for entry, value in given:
        if entry.kind != kind or entry.target != name or entry.within not in (None, owner):
            continue
        if entry.year is None:
            item = scaled(item, _number(entry, value))
        elif entry.year in (item.path or {}):
            path = {**(item.path or {}), entry.year: _number(entry, value)}
            item = _checked(item, {"path": path})
    return item


def _number(entry: Vary, value: Value) -> float:
    if isinstance(value, str):
        raise EngelsInputError(f"{entry.label}: {value!r} is no number")
    return float(value)


def scaled(item: PathSpec, size: float) -> PathSpec:
    """A shock or swap of ``size`` times its own: 0 does nothing, 1 is what the file says.

    Amounts (``add``) and rates of growth are multiplied, and so is what a factor (``multiply``), a share of
    the reference or a level (``set``) departs by from what changes nothing.
    """
    if item.growth is not None:
        growth = item.growth.model_copy(update={"rate": size * item.growth.rate})
        return _checked(item, {"growth": growth})
    still = {"add": 0.0, "multiply": 1.0, "share_of_reference": 1.0}.get(item.change)
    if still is None:
        still = neutral(item.driver) if isinstance(item, Shock) else None
        assert still is not None  # the form refuses to scale what has no neutral value
    path = {year: still + size * (x - still) for year, x in (item.path or {}).items()}
    return _checked(item, {"path": path})


def _checked(item: PathSpec, changes: Mapping[str, Any]) -> PathSpec:
    """A copy of a shock or swap that has passed the checks of its form."""
    copy = item.model_copy(update=changes)
    try:
        type(item).model_validate(copy.model_dump(by_alias=True))
    except ValidationError as error:
        raise EngelsInputError(_first(error)) from None
    return copy


def _added(entry: Vary, value: Value) -> Shock:
    fields = ("driver", "change", "path", "interpolate", "sectors", "skills", "uses")
    try:
        shock = Shock.model_validate({f: getattr(entry, f) for f in fields})
    except ValidationError as error:
        raise EngelsInputError(f"{entry.label}: {_first(error)}") from None
    if shock.change == "set" and neutral(shock.driver) is None:
        # a level that stands for itself: without the shock there is no number to depart from
        path = {y: _number(entry, value) * x for y, x in (shock.path or {}).items()}
        return shock.model_copy(update={"path": path})
    sized = scaled(shock, _number(entry, value))
    assert isinstance(sized, Shock)
    return sized


def _parameter(run: Scenario, entry: Vary, value: Value) -> dict[str, bool | int | float | str]:
    """The overrides of one entry: the value, or what is published times the value."""
    key = entry.target
    if entry.change != "multiply":
        return {key: value if isinstance(value, str) else float(value)}
    parameters = load_parameters(run.all_parameters())
    factor = _number(entry, value)
    if key not in parameters.entries:
        owner, item = key.rsplit(".", 1)
        return {key: factor * dict(parameters.entries[owner].items())[item]}
    return {
        f"{key}.{item}" if item else key: factor * x for item, x in parameters.entries[key].items()
    }
