"""A scenario as the command line changes it: other settings, parameters, horizon, a name of its own.

A run that ``--set`` or ``--last-year`` has changed is another run than the scenario's, and is stored
beside it: as ``ai_central+1a2b3c``, after what was changed, or under the name that the user gives.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from engels.calibration.parameters import load_parameters
from engels.data import EngelsInputError
from engels.data.files import number
from engels.runs.console.exits import cut
from engels.runs.scenarios.checks import check_scenario
from engels.runs.scenarios.paths import announced_year
from engels.runs.scenarios.scenario import Economies, load_scenario, with_settings
from engels.runs.scenarios.schema import BASELINE, Scenario, library

Overrides = Mapping[str, float | str]

LONGEST_NAME = 100
"""Characters of a run's name; with mode and expectations behind it, file systems take 255 bytes."""


def read_overrides(given: Sequence[str]) -> dict[str, float | str]:
    """What ``--set KEY=VALUE`` asks for, checked against the parameters and their ranges.

    Raises EngelsInputError for a text that is no such pair, a key that is given twice, and what the
    calibration refuses.
    """
    found: dict[str, float | str] = {}
    for text in given:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not value or not key:
            what = "has no =" if not equals else "has no value" if not value else "has no key"
            raise EngelsInputError(
                f"--set {cut(text)}: {what}; write key=value, such as ai.sales=0.2"
            )
        if key in found:
            raise EngelsInputError(f"--set {cut(text)}: {cut(key)} is set twice; keep one of them")
        known = number(value)
        # a parameter may be a name; the calibration says where one is not
        found[key] = value if known is None else known
        try:
            load_parameters({key: found[key]})
        except EngelsInputError as error:
            raise EngelsInputError(
                f"--set {cut(text)}: {error} (`engels parameters` lists them)"
            ) from None
    return found


@dataclass(frozen=True)
class Changes:
    """What a command line changes of the scenarios that it names; None where it says nothing.

    ``parameters`` are texts ``KEY=VALUE``; ``name`` is for one scenario.
    """

    expectations: str | None = None
    ai_mode: str | None = None
    aggregation: str | None = None
    parameters: Sequence[str] = ()
    last_year: int | None = None
    name: str | None = None


def choose(names: Sequence[str], changes: Changes, economies: Economies) -> list[Scenario]:
    """The scenarios of these names or files, changed, each once, and checked against their economies.

    Raises EngelsInputError for what is wrong in any of them, and where two that differ have one name:
    they would have one folder.
    """
    overrides = read_overrides(changes.parameters)
    found: dict[str, Scenario] = {}
    for which in names:
        settings = with_settings(
            load_scenario(which),
            expectations=changes.expectations,
            ai_mode=changes.ai_mode,
            aggregation=changes.aggregation,
        )
        scenario = with_changes(settings, overrides, changes.last_year, changes.name)
        economies.of(scenario)
        first = found.setdefault(scenario.label, scenario)
        if first.identity() != scenario.identity() or _file(first) != _file(scenario):
            raise EngelsInputError(
                f"{scenario.source.where(('name',))}: {scenario.label!r} is the name of "
                f"{first.source.path} too, which is to be run with it; rename one of them, or run them "
                "apart with another --out"
            )
    return list(found.values())


def _file(scenario: Scenario) -> Path | None:
    return scenario.source.path.resolve() if scenario.source.text else None


def with_changes(
    scenario: Scenario,
    overrides: Overrides,
    last_year: int | None = None,
    name: str | None = None,
) -> Scenario:
    """The scenario with other parameters, another horizon, and a label of its own where it has any.

    Raises EngelsInputError where a change makes the scenario impossible, or ``name`` is no name.
    """
    if name is not None:
        check_name("--name", name)
    if not overrides and last_year is None:
        changed = scenario.model_copy()
        changed._label = name
        return changed
    update: dict[str, Any] = {"parameters": {**scenario.parameters, **overrides}}
    asked: dict[str, Any] = dict(overrides)
    if last_year is not None:
        update["last_year"] = asked["last_year"] = _horizon(last_year)
    changed = scenario.model_copy(update=update)
    changed._label = name or f"{scenario.name}+{_digest(asked)}"
    changed._asked = asked
    changed._written_to = scenario.last_year
    try:
        check_scenario(changed)
        first = announced_year(changed)
        if last_year is not None and first is not None and first > last_year:
            raise EngelsInputError(f"nothing changes before {first}; end later")
    except EngelsInputError as error:
        said = f"--last-year {last_year}: " if last_year is not None else ""
        raise EngelsInputError(f"{said}{error}") from None
    return changed


def _digest(asked: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:6]


def _horizon(last_year: int) -> int:
    """A last year that a scenario file may have too."""
    field = Scenario.model_fields["last_year"]
    try:
        return int(
            TypeAdapter(Annotated[(int, *field.metadata, Field())]).validate_python(last_year)
        )
    except ValidationError as error:
        raise EngelsInputError(f"--last-year {last_year}: {error.errors()[0]['msg']}") from None


def check_name(where: str, name: str) -> None:
    """Raises EngelsInputError where a run or a scenario of the user cannot be called ``name``."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or len(name) > LONGEST_NAME:
        raise EngelsInputError(
            f"{where} {cut(name)}: is no name; write small letters, digits and _, a letter first, at "
            f"most {LONGEST_NAME}"
        )
    if name == BASELINE or name in library():
        raise EngelsInputError(
            f"{where} {name}: is a scenario of the library; choose a name of your own"
        )
