"""The form of a scenario file: its keys and their types, includes and references.

A scenario is read with every file that it leads to, by ``include`` and by ``reference``, all at once: what is
checked is what runs, and no file is read again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from engels.data import EngelsInputError
from engels.runs.scenarios.source import (
    InputErrors,
    Key,
    Source,
    dotted,
    explain,
    nearest,
    read_source,
    shown,
)

LIBRARY = Path(__file__).parent / "library"
"""Folder of the scenarios that come with the project."""

BASELINE = "baseline"
"""Name of the run without any shock."""

NAME = r"^[a-z][a-z0-9_]*$"
"""Names of scenarios; they are names of files and folders too."""

MAX_NAME = 80
"""Longest name: files are called by it with mode, expectations and more behind it."""

MAX_FILES = 100
"""Most files that one scenario leads to."""

LAST_YEAR = 2150
"""Latest year that a run may reach. The projections behind the baseline end in 2050; see docs/baseline.md."""

Family = Literal[
    "own",
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
AiMode = Literal["tasks", "labour", "capital", "guo"]
DEFAULT_MODE: AiMode = "tasks"
"""Where AI enters production if a scenario does not say."""
Change = Literal["set", "multiply", "add", "share_of_reference"]
Interpolation = Literal["linear", "log", "step"]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]
Names = Annotated[list[str], Field(max_length=1000)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Text(_Model):
    """A title in both languages. Plain text, or one language alone, stands for both."""

    en: str = Field(max_length=300)
    zh: str = Field(max_length=300)

    @model_validator(mode="before")
    @classmethod
    def _both(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"en": given, "zh": given}
        if isinstance(given, dict) and len(told := {"en", "zh"} & given.keys()) == 1:
            (language,) = told
            return {"en": given[language], "zh": given[language], **given}
        if not isinstance(given, (dict, Text)):
            raise ValueError(f"{shown(given)} is no title; write text, or {{en: …, zh: …}}")
        return given

    @field_validator("en", "zh")
    @classmethod
    def _one_line(cls, given: str) -> str:
        if not given.strip():
            raise ValueError("is empty; write a title, or leave it out")
        return " ".join(given.split())


def _parameter(value: Any) -> bool | int | float | str:
    if not isinstance(value, (bool, int, float, str)):
        raise ValueError(f"{shown(value)} is neither a number nor a name; write one of the two")
    return value


Parameter = Annotated[bool | int | float | str, PlainValidator(_parameter)]


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
    path: dict[int, Number] | None = Field(default=None, max_length=200)
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
    """A change of one driver. Selectors left out mean all sectors, skills or uses.

    ``change`` is how the numbers of the path apply: ``set`` (the value itself), ``multiply``, ``add``, or,
    for ``chip_quota`` alone, ``share_of_reference``: a share of the chips that the run named by
    ``reference`` of the same file imports, year by year. 0.5 halves what that run could buy.
    """

    driver: str
    sectors: Names | None = None
    skills: Names | None = None
    uses: Names | None = None
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
    """One scenario. See ``runs/scenarios/*.yaml`` for examples; ``engels scenarios`` lists them.

    A user's own needs a name and shocks (or swaps); everything else has a default. The title is the name
    where there is none.
    """

    name: str = Field(pattern=NAME, max_length=MAX_NAME)
    title: Text = Field(default_factory=lambda given: _title(given))
    family: Family = "own"
    description: str = ""
    reference: str = BASELINE
    include: list[str] = Field(default_factory=list, max_length=MAX_FILES)
    expectations: Expectations = "foresight"
    ai_mode: AiMode = DEFAULT_MODE
    aggregation: str = "43"
    last_year: int = 2050
    announced: int | None = None
    shocks: list[Shock] = Field(default_factory=list, max_length=500)
    swaps: list[Swap] = Field(default_factory=list, max_length=50)
    blocks: list[str] = Field(default_factory=list, max_length=50)
    parameters: dict[str, Parameter] = Field(default_factory=dict, max_length=1000)

    _source: Source | None = PrivateAttr(default=None)
    _included: tuple[Scenario, ...] | None = PrivateAttr(default=None)
    # what ``reference`` names, as its file says it (or as a batch varies it)
    _reference: Scenario | None = PrivateAttr(default=None)
    # the name that its run is stored under, and what the command line changed (``runs/scenarios/variant.py``)
    _label: str | None = PrivateAttr(default=None)
    _asked: dict[str, Any] = PrivateAttr(default_factory=dict)
    # the last year that its files are written for, where the command line ends it earlier
    _written_to: int | None = PrivateAttr(default=None)

    @property
    def source(self) -> Source:
        """The YAML the scenario was read from; for one built in Python, an empty text."""
        return self._source or Source(Path(f"scenario {self.name}"), "", None)

    @property
    def label(self) -> str:
        """What its run is called: its name, or that of what the command line made of it."""
        return self._label or self.name

    @property
    def included(self) -> tuple[Scenario, ...]:
        """The scenarios of ``include``, in their order."""
        if self._included is None:
            self._included = tuple(
                read_scenario(_locate(self.source, name, ("include", n)))
                for n, name in enumerate(self.include)
            )
        return self._included

    @property
    def referred(self) -> Scenario:
        """The scenario of ``reference`` with its own settings; see :func:`reference_of`."""
        if self.reference == BASELINE:
            return baseline()
        if self._reference is None or self._reference.name != self.reference:
            path = _locate(self.source, self.reference, ("reference",))
            self._reference = read_scenario(path)
        return self._reference

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
        found: dict[str, Scenario] = {}
        _add_parts(self, found, set())
        return list(found.values())

    def files(self) -> list[Scenario]:
        """Every scenario that this one leads to, by ``include`` and ``reference``, and itself."""
        found: dict[str, Scenario] = {}
        waiting = [self]
        while waiting:
            scenario = waiting.pop(0)
            if scenario.name != BASELINE and scenario.name not in found:
                found[scenario.name] = scenario
                waiting += [*scenario.included, scenario.referred]
        return list(found.values())

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
        return _content(self, {})

    def identity(self) -> str:
        """The content with settings, horizon and parameters: all that a scenario's results depend on."""
        parameters = sorted(self.all_parameters().items())
        return json.dumps([self.settings, self.last_year, parameters, self.content()])


def _add_parts(scenario: Scenario, found: dict[str, Scenario], seen: set[str]) -> None:
    """Add what a scenario includes, then itself; each is looked at once, however many lead to it."""
    seen.add(scenario.name)
    for part in scenario.included:
        if part.name not in seen:
            _add_parts(part, found, seen)
    found[scenario.name] = scenario


def _content(scenario: Scenario, known: dict[int, str]) -> str:
    """See :meth:`Scenario.content`; ``known`` holds the hashes of references by their identity."""
    if scenario.name == BASELINE:
        return BASELINE
    parts = []
    for part in scenario.parts():
        origin = part.referred
        # every scenario but the baseline is held by the one that refers to it
        if part.reference != BASELINE and id(origin) not in known:
            text = _content(origin, known)
            known[id(origin)] = hashlib.sha256(text.encode()).hexdigest()
        parts.append(
            [
                "" if part is scenario else part.name,
                [s.model_dump(mode="json", exclude={"note"}) for s in part.shocks],
                [s.model_dump(mode="json", exclude={"note"}) for s in part.swaps],
                part.reference,
                BASELINE if part.reference == BASELINE else known[id(origin)],
            ]
        )
    return json.dumps([scenario.announced, parts])


def _title(given: dict[str, Any]) -> Text:
    words = str(given.get("name", "scenario")).replace("_", " ")
    return Text(en=words, zh=words)


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
    found = scenario.referred
    parameters = found.all_parameters() | scenario.all_parameters()
    changes = {**scenario.settings, "last_year": scenario.last_year, "parameters": parameters}
    return found.model_copy(update=changes)


def read_scenario(path: Path) -> Scenario:
    """A scenario file with every file that it leads to.

    The meaning of shocks and swaps is not checked here: :mod:`engels.runs.scenarios.checks` does that.
    Raises EngelsInputError with one line for every error, of whichever file.
    """
    found, problems = read_files(path)
    if problems:
        raise InputErrors(problems)
    assert found is not None  # or there was a problem
    return found


def read_files(path: Path) -> tuple[Scenario | None, list[str]]:
    """As :func:`read_scenario`, with what is wrong beside it, one line each.

    The scenario is None where it, or a file that it leads to, is so wrong that its shocks cannot be judged.
    """
    reading = _Reading()
    found = reading.file(path, ())
    return (found if reading.whole else None), reading.problems


def _library_name_taken(scenario: Scenario) -> str | None:
    """What is wrong with a user's own scenario that would pass for one of the library; a copy may."""
    theirs = LIBRARY / f"{scenario.name}.yaml"
    source = scenario.source
    if source.path.resolve() == theirs.resolve() or not theirs.is_file():
        return None
    if source.text == theirs.read_text(encoding="utf-8"):
        return None
    return (
        f"{source.where(('name',))}: {scenario.name!r} is a scenario of the library, and this file "
        "differs from it; choose another name"
    )


def scenario_within(source: Source) -> Scenario:
    """A scenario that stands in another file, with all it leads to; see :func:`read_scenario`."""
    reading = _Reading()
    found = reading.document(source, ())
    if reading.problems:
        raise InputErrors(reading.problems)
    assert found is not None  # or there was a problem
    return found


class _Reading:
    """Reads a scenario and all that it leads to, each file once.

    ``whole`` is False where a file is so wrong that what leads to it cannot be judged.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.whole = True
        self.count = 0
        self.read: dict[str, tuple[Path, Scenario | None]] = {}

    def file(self, path: Path, trail: tuple[str, ...]) -> Scenario | None:
        """The scenario of a file; ``trail`` holds the names that led here."""
        try:
            source = read_source(
                path,
                "give the path of a scenario file or the name of a library scenario (`engels scenarios` "
                "lists them)",
            )
        except EngelsInputError as error:
            return self._refuse(str(error).splitlines())
        if not isinstance(source.content, dict):
            line = f"{path}: holds no mapping of keys; begin with 'name: …' (see runs/scenarios)"
            return self._refuse([line])
        found = self.document(source, (*trail, path.stem))
        if found is not None and source.content.get("name") == found.name != path.stem:
            right = f"rename the file to {found.name}.yaml"
            if re.fullmatch(NAME, path.stem) and len(path.stem) <= MAX_NAME:
                right = f"write name: {path.stem} or {right}"
            where = source.where(("name",))
            self.problems.append(f"{where}: {found.name!r} differs from the file's name; {right}")
        elif found is not None and (taken := _library_name_taken(found)):
            self.problems.append(taken)
        return found

    def document(self, source: Source, trail: tuple[str, ...]) -> Scenario | None:
        """The scenario of a document, and what it leads to."""
        scenario = self._validated(source)
        if scenario is None:
            self.whole = False
            return None
        if scenario.name == BASELINE:
            self.problems.append(
                f"{source.where(('name',))}: {BASELINE!r} is the run without shocks; choose another name"
            )
        trail = trail or (scenario.name,)
        included = [
            self._linked(scenario, name, ("include", number), trail)
            for number, name in enumerate(scenario.include)
        ]
        scenario._included = tuple(part for part in included if part is not None)
        if scenario.reference != BASELINE:
            scenario._reference = self._linked(scenario, scenario.reference, ("reference",), trail)
        return scenario

    def _linked(
        self, scenario: Scenario, name: str, key: Key, trail: tuple[str, ...]
    ) -> Scenario | None:
        """The scenario that ``include`` or ``reference`` names."""
        where = scenario.source.where(key)
        if name == BASELINE:
            return self._refuse([f"{where}: the baseline has no shocks to include; leave it out"])
        if name in trail:
            circle = " → ".join((*trail[trail.index(name) :], name))
            what = f"circular {dotted(key[:1])}: {circle}; remove one of these links"
            return self._refuse([f"{where}: {what}"])
        try:
            path = _locate(scenario.source, name, key)
        except EngelsInputError as error:
            return self._refuse([str(error)])
        if name in self.read:
            before, found = self.read[name]
            if before != path:
                what = f"two files are called {name}: {before} and {path}; rename one of them"
                return self._refuse([f"{where}: {what}"])
            return found
        self.count += 1
        if self.count >= MAX_FILES:
            what = f"leads to more than {MAX_FILES} files; join some of them"
            return self._refuse([f"{where}: {what}"])
        found = self.file(path, trail)
        self.read[name] = path, found
        return found

    def _refuse(self, lines: Sequence[str]) -> Scenario | None:
        self.problems += lines
        self.whole = False
        return None

    def _validated(self, source: Source) -> Scenario | None:
        """The scenario; errors that leave its shocks as they are do not hide those of its shocks."""
        scenario, content = None, source.content
        for _ in range(2):
            try:
                scenario = Scenario.model_validate(content)
                break
            except ValidationError as error:
                if content is source.content:
                    self.problems += explain(error, source, FIELDS)
                content = _without(error, content)
                if content is None:
                    break
        if scenario is not None:
            scenario._source = source
        return scenario


_ASIDE = ("name", "title", "family", "description")
"""Keys that no shock or swap depends on."""


def _without(error: ValidationError, content: dict[Any, Any]) -> dict[Any, Any] | None:
    """The content without the keys that are wrong; None where shocks or swaps depend on them."""
    wrong = set()
    for item in error.errors(include_url=False):
        key = item["loc"][0] if item["loc"] else None
        aside = key in _ASIDE or (len(item["loc"]) == 1 and item["type"] == "extra_forbidden")
        if not aside:
            return None
        wrong.add(key)
    kept = {key: value for key, value in content.items() if key not in wrong}
    return {"name": "unnamed", **kept}


def find(name: str, *folders: Path) -> Path | None:
    """The file of the scenario called ``name`` in the first folder that has one."""
    if len(name) > MAX_NAME or not re.fullmatch(NAME, name):
        return None
    return next((f / f"{name}.yaml" for f in folders if (f / f"{name}.yaml").is_file()), None)


def _locate(source: Source, name: str, key: Key) -> Path:
    found = find(name, source.path.parent, LIBRARY)
    if found is None:
        known = [BASELINE, *library()] if key == ("reference",) else list(library())
        hint = nearest(name, known)
        if not re.fullmatch(NAME, name):
            hint = "write the name alone: its file lies beside this one, or in the library"
        raise EngelsInputError(f"{source.where(key)}: unknown scenario {shown(name)}; {hint}")
    return found
