"""The form of a scenario file: its keys and their types, includes and references."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from engels.data import EngelsInputError
from engels.runs.source import InputErrors, Key, Source, dotted, explain, nearest, read_source

LIBRARY = Path(__file__).parent / "scenarios"
"""Folder of the scenarios that come with the project."""

BASELINE = "baseline"
"""Name of the run without any shock."""

Family = Literal[
    "baseline",
    "ai_productivity",
    "compute",
    "labour_share",
    "diffusion",
    "innovation",
    "work",
    "firms",
    "policy",
]
Expectations = Literal["foresight", "recursive", "static"]
AiMode = Literal["labour", "capital", "guo"]
Change = Literal["set", "multiply", "add", "share_of_reference"]
Interpolation = Literal["linear", "log", "step"]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Text(_Model):
    """A title in both languages."""

    en: str
    zh: str


class Growth(_Model):
    """Change by a constant rate in each year from ``from`` to ``to``, held afterwards.

    With ``multiply`` the year's factor is ``(1 + rate)`` to the number of years of growth so far
    (one in the year ``from``); with ``add`` the amount is ``rate`` times that number.
    """

    from_: int = Field(alias="from")
    to: int
    rate: Number

    @model_validator(mode="after")
    def _ordered(self) -> Growth:
        if self.to < self.from_:
            raise ValueError(
                f"growth ends in {self.to}, before it begins in {self.from_}; 'to' must not be "
                "earlier than 'from'"
            )
        return self


class PathSpec(_Model):
    """What shocks and swaps share: a change and its path over the years."""

    change: Change = "set"
    path: dict[int, Number] | None = None
    growth: Growth | None = None
    interpolate: Interpolation | None = None

    @model_validator(mode="after")
    def _one_path(self) -> PathSpec:
        if (self.path is None) == (self.growth is None):
            what = "has neither 'path' nor 'growth'" if self.path is None else "has both"
            raise ValueError(
                f"{what}; give either path: {{year: value}} or growth: {{from, to, rate}}"
            )
        if self.path is not None and not self.path:
            raise ValueError("path is empty; give at least one year, such as path: {2026: 1.1}")
        if self.growth is not None and self.change not in ("multiply", "add"):
            raise ValueError(
                f"growth does not go with change: {self.change}; write change: multiply (a rate of "
                "growth) or change: add (an amount a year)"
            )
        if self.growth is not None and self.interpolate is not None:
            raise ValueError("growth has a value in every year; leave out 'interpolate'")
        if self.growth is not None and self.change == "multiply" and self.growth.rate <= -1:
            raise ValueError(
                f"a growth rate of {self.growth.rate:g} leaves nothing; write -0.05 for "
                "5% less a year"
            )
        if self.interpolate == "log" and self.path is not None and min(self.path.values()) <= 0:
            raise ValueError(
                "interpolate: log needs positive values; write interpolate: linear or raise the "
                "value"
            )
        return self

    @property
    def years(self) -> tuple[int, ...]:
        """The years that are written down, ascending."""
        if self.growth is not None:
            return (self.growth.from_, self.growth.to)
        return tuple(sorted(self.path or {}))


class Shock(PathSpec):
    """A change of one driver. Selectors left out mean all sectors, skills or uses."""

    driver: str
    sectors: list[str] | None = None
    skills: list[str] | None = None
    uses: list[str] | None = None
    note: str = ""

    def selection(self, dim: str) -> list[str] | None:
        """The selector of a dimension of the driver (``sector``, ``skill`` or ``use``)."""
        return {"sector": self.sectors, "skill": self.skills, "use": self.uses}[dim]


class Swap(PathSpec):
    """An indicator is put on a path; the instrument, a driver, becomes what brings it there."""

    target: str
    instrument: str
    note: str = ""


class Scenario(_Model):
    """One scenario. See ``runs/scenarios/*.yaml`` for examples; ``engels scenarios`` lists them."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Text
    family: Family
    description: str
    reference: str = BASELINE
    include: list[str] = Field(default_factory=list)
    expectations: Expectations = "foresight"
    ai_mode: AiMode = "labour"
    aggregation: str = "43"
    last_year: int = 2050
    announced: int | None = None
    shocks: list[Shock] = Field(default_factory=list)
    swaps: list[Swap] = Field(default_factory=list)
    blocks: list[str] = Field(default_factory=list)
    parameters: dict[str, bool | int | float | str] = Field(default_factory=dict)

    _source: Source | None = PrivateAttr(default=None)
    _included: tuple[Scenario, ...] | None = PrivateAttr(default=None)
    # what ``reference`` names, where it is not the file's own text (a point of a batch)
    _reference: Scenario | None = PrivateAttr(default=None)

    @property
    def source(self) -> Source:
        """The YAML the scenario was read from; for one built in Python, an empty text."""
        return self._source or Source(Path(f"scenario {self.name}"), "", None)

    @property
    def included(self) -> tuple[Scenario, ...]:
        """The scenarios of ``include``, in their order."""
        if self._included is None:
            self._included = tuple(
                read_scenario(_locate(self, name, ("include", n)))
                for n, name in enumerate(self.include)
            )
        return self._included

    @property
    def settings(self) -> dict[str, str]:
        """``aggregation``, ``ai_mode`` and ``expectations``: what a run and its reference share."""
        return {
            "aggregation": self.aggregation,
            "ai_mode": self.ai_mode,
            "expectations": self.expectations,
        }

    def located(self, kind: Literal["shocks", "swaps"]) -> list[tuple[Scenario, Key, Any]]:
        """All shocks (or swaps), those of included scenarios first, with scenario and key of each.

        A scenario that is reached by two ways of inclusion counts once, at its first place.
        """
        found: list[tuple[Scenario, Key, Any]] = []
        for part in self.parts():
            found += [(part, (kind, n), item) for n, item in enumerate(getattr(part, kind))]
        return found

    def parts(self) -> list[Scenario]:
        """The included scenarios, theirs first and each once, and this one at the end."""
        found: list[Scenario] = []
        for scenario in self.included:
            found += [p for p in scenario.parts() if p.name not in {f.name for f in found}]
        return [*found, self]

    def all_shocks(self) -> list[Shock]:
        """The shocks of included scenarios, then its own, in the order of application."""
        return [shock for _, _, shock in self.located("shocks")]

    def all_swaps(self) -> list[Swap]:
        """The swaps of included scenarios, then its own."""
        return [swap for _, _, swap in self.located("swaps")]

    def all_parameters(self) -> dict[str, bool | int | float | str]:
        """Parameter overrides of included scenarios and its own; its own win.

        A block that is named is the parameter ``<block>.active``.
        """
        merged: dict[str, bool | int | float | str] = {}
        for part in self.parts():
            merged |= {f"{block}.active": 1 for block in part.blocks} | part.parameters
        return merged

    def content(self) -> str:
        """What the scenario asks for, as text: shocks, swaps and references, without its own name.

        Two scenarios of the same settings and parameters whose contents are equal have equal results.
        """
        if self.name == BASELINE:
            return BASELINE
        parts = [
            [
                "" if part is self else part.name,
                [s.model_dump(mode="json", exclude={"note"}) for s in part.shocks],
                [s.model_dump(mode="json", exclude={"note"}) for s in part.swaps],
                part.reference,
                reference_of(part).content(),
            ]
            for part in self.parts()
        ]
        return json.dumps([self.announced, parts])

    def identity(self) -> str:
        """The content with settings, horizon and parameters: all that a scenario's results depend on."""
        parameters = sorted(self.all_parameters().items())
        return json.dumps([self.settings, self.last_year, parameters, self.content()])


FIELDS: dict[Key, Sequence[str]] = {
    (): tuple(Scenario.model_fields),
    ("title",): ("en", "zh"),
    ("shocks",): tuple(Shock.model_fields),
    ("swaps",): tuple(Swap.model_fields),
    ("shocks", "growth"): ("from", "to", "rate"),
    ("swaps", "growth"): ("from", "to", "rate"),
}


def baseline() -> Scenario:
    """The scenario without a shock."""
    return Scenario(
        name=BASELINE,
        title=Text(en="Baseline", zh="基准情景"),
        family="baseline",
        description="Official growth and employment to 2025, then the documented projection.",
    )


def library() -> dict[str, Path]:
    """Name and file of every scenario that comes with the project."""
    return {path.stem: path for path in sorted(LIBRARY.glob("*.yaml"))}


def reference_of(scenario: Scenario) -> Scenario:
    """The scenario that deviations are measured from, with the settings of ``scenario``.

    Its horizon is that of ``scenario``; its parameters are too, for a difference between two
    economies would not be an effect of the shocks.
    """
    if scenario.reference == BASELINE:
        found = baseline()
    elif scenario._reference is not None:
        found = scenario._reference
    else:
        found = read_scenario(
            _locate(scenario, scenario.reference, ("reference",)), trail=(scenario.name,)
        )
    parameters = found.all_parameters() | scenario.all_parameters()
    changes = {**scenario.settings, "last_year": scenario.last_year, "parameters": parameters}
    return found.model_copy(update=changes)


def read_scenario(path: Path, trail: tuple[str, ...] = ()) -> Scenario:
    """One file and what it includes; ``trail`` holds the names that led here.

    The meaning of shocks and swaps is not checked here: :mod:`engels.runs.checks` does that.
    Raises EngelsInputError with one line for every error.
    """
    source = read_source(path)
    if not isinstance(source.content, dict):
        raise EngelsInputError(
            f"{path}: holds no mapping of keys; begin with 'name: …' (see runs/scenarios)"
        )
    scenario = _validated(source)
    if scenario.name != path.stem:
        raise EngelsInputError(
            f"{source.where(('name',))}: {scenario.name!r} differs from the file's name; write "
            f"name: {path.stem} or rename the file to {scenario.name}.yaml"
        )
    _refuse_library_name(scenario)
    return _completed(scenario, trail)


def _refuse_library_name(scenario: Scenario) -> None:
    """A user's own scenario may not pass for one of the library; a copy of it may."""
    theirs = LIBRARY / f"{scenario.name}.yaml"
    source = scenario.source
    if source.path.resolve() == theirs.resolve() or not theirs.is_file():
        return
    if source.text != theirs.read_text(encoding="utf-8"):
        raise EngelsInputError(
            f"{source.where(('name',))}: {scenario.name!r} is a scenario of the library, and this file "
            "differs from it; choose another name"
        )


def scenario_within(source: Source) -> Scenario:
    """A scenario that stands in another file, with all it includes; see :func:`read_scenario`."""
    return _completed(_validated(source), ())


def _validated(source: Source) -> Scenario:
    try:
        scenario = Scenario.model_validate(source.content)
    except ValidationError as error:
        raise InputErrors(explain(error, source, FIELDS)) from None
    scenario._source = source
    if scenario.name == BASELINE:
        raise EngelsInputError(
            f"{source.where(('name',))}: {BASELINE!r} is the run without shocks; choose "
            "another name"
        )
    return scenario


def _completed(scenario: Scenario, trail: tuple[str, ...]) -> Scenario:
    """The scenario with what it includes; circles are refused."""
    source = scenario.source
    trail = (*trail, scenario.name)
    included = []
    for number, name in enumerate(scenario.include):
        key: Key = ("include", number)
        if name == BASELINE:
            raise EngelsInputError(
                f"{source.where(key)}: the baseline has no shocks to include; leave it out"
            )
        _refuse_circle(source, key, name, trail)
        included.append(read_scenario(_locate(scenario, name, key), trail))
    scenario._included = tuple(included)
    if scenario.reference != BASELINE:
        _refuse_circle(source, ("reference",), scenario.reference, trail[-1:])
        _follow_references(scenario, (scenario.name,))
    return scenario


def _follow_references(scenario: Scenario, trail: tuple[str, ...]) -> None:
    """Every scenario in the chain of references exists and none comes back to itself."""
    path = _locate(scenario, scenario.reference, ("reference",))
    content = read_source(path).content
    following = content.get("reference", BASELINE) if isinstance(content, dict) else BASELINE
    trail = (*trail, scenario.reference)
    if following == BASELINE:
        return
    _refuse_circle(scenario.source, ("reference",), str(following), trail)
    step = scenario.model_copy(update={"reference": str(following)})
    step._source = Source(path, "", None)
    _follow_references(step, trail)


def _refuse_circle(source: Source, key: Key, name: str, trail: tuple[str, ...]) -> None:
    if name in trail:
        circle = " → ".join((*trail[trail.index(name) :], name))
        raise EngelsInputError(
            f"{source.where(key)}: circular {dotted(key[:1])}: {circle}; remove one of these links"
        )


def find(name: str, *folders: Path) -> Path | None:
    """The file of the scenario called ``name`` in the first folder that has one."""
    return next((f / f"{name}.yaml" for f in folders if (f / f"{name}.yaml").is_file()), None)


def _locate(scenario: Scenario, name: str, key: Key) -> Path:
    found = find(name, scenario.source.path.parent, LIBRARY)
    if found is None:
        known = [BASELINE, *library()] if key == ("reference",) else list(library())
        raise EngelsInputError(
            f"{scenario.source.where(key)}: unknown scenario {name!r}; {nearest(name, known)}"
        )
    return found
