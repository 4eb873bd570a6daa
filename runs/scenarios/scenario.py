"""Scenarios: what a user may ask of the model, read from YAML and checked before anything runs.

A scenario is a list of *shocks* to drivers (:mod:`engels.model.economy.drivers`) and of *swaps*, in which
an indicator is held on a given path and a driver is found that brings it there. Deviations are
measured from its *reference*, the baseline or another scenario.

The order of the checks: the YAML itself and every key (:mod:`engels.runs.scenarios.schema`), the meaning of
each shock and swap (:mod:`engels.runs.scenarios.checks`), then sectors, skills, parameters and the size of
every driver against a benchmark (:func:`prepare`). Every error is one line with file, line and key.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.data import EngelsInputError
from engels.runs.scenarios.checks import (
    cautions,
    check_against,
    check_scenario,
    errors_of_files,
    idle_parameters,
)
from engels.runs.scenarios.paths import announced_year, driver_paths, runs_needed, swap_paths
from engels.runs.scenarios.schema import (
    BASELINE,
    LIBRARY,
    AiMode,
    Expectations,
    Growth,
    Scenario,
    Shock,
    Swap,
    Text,
    baseline,
    find,
    library,
    read_files,
    reference_of,
)
from engels.runs.scenarios.source import InputErrors, Key, nearest, one_line, shown


def load_scenario(which: str | Path) -> Scenario:
    """Read a scenario with all it includes, and check it as far as that needs no benchmark.

    ``which`` is a name of the library, ``baseline``, or the path of a YAML file. Names in
    ``include`` and ``reference`` are looked up beside the file first, then in the library.

    Raises EngelsInputError with one line for every error (file, line, key, what would be right).
    """
    text = str(which)
    if text == BASELINE:
        return baseline()
    if isinstance(which, Path) or text.endswith((".yaml", ".yml")) or "/" in text:
        path = Path(which)
    else:
        found = find(text, LIBRARY)
        if found is None:
            raise EngelsInputError(
                f"{one_line(text, 60)}: unknown scenario; {nearest(text, [BASELINE, *library()])} "
                "(or give the path of a .yaml file)"
            )
        path = found
    scenario, problems = read_files(path)
    if scenario is not None:
        problems += errors_of_files(scenario)
    if problems:
        raise InputErrors(problems)
    assert scenario is not None  # or there was a problem
    return scenario


def with_settings(
    scenario: Scenario,
    *,
    expectations: str | None = None,
    ai_mode: str | None = None,
    aggregation: str | None = None,
) -> Scenario:
    """A copy with other settings, as the command line asks for; None keeps the scenario's own.

    Raises EngelsInputError when a setting is unknown or makes the scenario impossible.
    """
    asked = {"expectations": expectations, "ai_mode": ai_mode, "aggregation": aggregation}
    changes = {key: value for key, value in asked.items() if value is not None}
    for key, kind in (("expectations", Expectations), ("ai_mode", AiMode)):
        value = changes.get(key)
        if value is not None and value not in get_args(kind):
            option = key.replace("_", "-")
            raise EngelsInputError(
                f"--{option}: unknown value {shown(value)}; {nearest(value, get_args(kind))}"
            )
    copy = scenario.model_copy(update=changes)
    check_scenario(copy)
    return copy


def prepare(scenario: Scenario, table: Path | None = None) -> Benchmark:
    """Calibrate the economy that a scenario needs, and check the scenario against it.

    ``table`` replaces the base-year table. Nothing is solved and nothing written.

    Raises EngelsInputError: unknown sector, skill, aggregation or parameter, a year before the base
    year, a driver out of its range.
    """
    return Economies(table).of(scenario)


class Economies:
    """Calibrated economies, each made once, and each scenario checked against its own once.

    ``table`` replaces the base-year table.
    """

    def __init__(self, table: Path | None = None) -> None:
        self.table = table
        self._made: dict[str, Benchmark] = {}
        self._checked: set[str] = set()

    def of(self, scenario: Scenario) -> Benchmark:
        """The economy that a scenario needs; see :func:`prepare`."""
        overrides = scenario.all_parameters()
        about = [scenario.aggregation, overrides, scenario.last_year]
        key = json.dumps(about, sort_keys=True)
        if key not in self._made:
            try:
                self._made[key] = calibrate(
                    scenario.aggregation, overrides or None, scenario.last_year, self.table
                )
            except EngelsInputError as error:
                raise EngelsInputError(f"{_blame(scenario, str(error))}{error}") from None
        asked = json.dumps([key, scenario.settings, scenario.content()], sort_keys=True)
        if asked not in self._checked:
            check_against(scenario, self._made[key])
            self._checked.add(asked)
        return self._made[key]


def _blame(scenario: Scenario, message: str) -> str:
    """The place in a scenario file that a message of the calibration is about, if any."""
    for part in reversed(scenario.parts()):
        for name in part.parameters:
            if name in message:
                key: Key = ("parameters", name)
                return f"{part.source.where(key)}: "
    if message.startswith("last_year"):
        # the message begins with the key
        return scenario.source.where(("last_year",)).removesuffix("last_year")
    if scenario.aggregation in message and ("aggregation",) in scenario.source.lines:
        return f"{scenario.source.where(('aggregation',))}: "
    return ""


__all__ = [
    "BASELINE",
    "LIBRARY",
    "Economies",
    "Growth",
    "Scenario",
    "Shock",
    "Swap",
    "Text",
    "announced_year",
    "baseline",
    "cautions",
    "check_against",
    "check_scenario",
    "driver_paths",
    "idle_parameters",
    "library",
    "load_scenario",
    "prepare",
    "reference_of",
    "runs_needed",
    "swap_paths",
    "with_settings",
]
