"""Aggregations: which sectors of a table make up which sectors of the model."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError, field_validator

from engels.calibration.parameters import QUOTES, read_yaml
from engels.data import EngelsInputError
from engels.data.document import Source, read_source
from engels.data.errors import shown
from engels.data.table import RESERVED as TABLE_WORDS

Array = NDArray[np.float64]
Key = tuple[str | int, ...]

LONGEST_CODE, LONGEST_NAME, LONGEST_LABEL = 24, 64, 200

FOLDER = "mappings"
"""Where the aggregations of the package lie; a run depends on its own alone, by ``packaged_inputs``."""

CODE = re.compile(r"[^\W_][\w.-]*")
CODE_RULE = (
    f"letters of any script, digits, - _ . (a letter or digit first), at most {LONGEST_CODE} "
    "characters"
)
# Words that results, files or spreadsheets read as something else than a sector.
RESERVED = TABLE_WORDS | {
    "nan",
    "na",
    "n/a",
    "null",
    "none",
    "nil",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "inf",
    "infinity",
    "all",
    "total",
    "sector",
    "sectors",
    "year",
    "variable",
    "index",
    "value",
    "scenario",
    "primary",
    "secondary",
    "tertiary",
    "capital",
    "compute",
    "low",
    "middle",
    "high",
    "rural",
    "urban",
    "gdp",
    "labour_intensive",
    "capital_intensive",
}


def code_problem(code: str, longest: int = LONGEST_CODE) -> str:
    """What is wrong with a code of the model (or a name, ``longest`` characters); empty if nothing.

    Codes stand in the index of stored results (parted by ``|``), in file names, in spreadsheets and
    in ``key=value`` options, so they are plain words in any script.
    """
    if not code:
        return "is empty"
    if len(code) > longest:
        return f"has {len(code)} characters, more than {longest}"
    if unicodedata.normalize("NFKC", code) != code:
        return f"has characters of another width; write {unicodedata.normalize('NFKC', code)!r}"
    if not CODE.fullmatch(code):
        bad = next((c for c in code if not re.fullmatch(r"[\w.-]", c)), code[0])
        return f"holds {bad!r}" if bad != code[0] else f"begins with {bad!r}"
    if code.casefold() in RESERVED:
        return "is a word with a meaning of its own in tables and results"
    if not code.isdigit() and _reads_as_number(code):
        return "is read as a number by spreadsheets"
    return ""


def _reads_as_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class TableRef(BaseModel):
    """The official table an aggregation is made for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    year: int
    detail: str


class Roles(BaseModel):
    """Sectors of the table that the AI and compute accounts are carved out of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chips: str  # servers and accelerators: their investment and imports
    components: str  # imported electronic components
    electricity: str
    construction: str
    information: list[str]  # AI services are split out of these

    @field_validator("information")
    @classmethod
    def _some(cls, given: list[str]) -> list[str]:
        if not given:
            raise ValueError("is empty: AI services must be split out of a sector")
        return given


class Sector(BaseModel):
    """One sector of the model: its labels and the sectors of the table it is made of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    en: str
    zh: str
    members: list[str]

    @field_validator("code")
    @classmethod
    def _plain(cls, given: str) -> str:
        if problem := code_problem(given):
            raise ValueError(f"code {shown(given)} {problem}; {CODE_RULE}")
        return given

    @field_validator("en", "zh")
    @classmethod
    def _label(cls, given: str) -> str:
        if not given.strip() or len(given) > LONGEST_LABEL or not given.isprintable():
            raise ValueError(
                f"label {shown(given)} is empty, longer than {LONGEST_LABEL} characters or holds a line "
                "break or control character; one line of text"
            )
        return given


class Aggregation(BaseModel):
    """A mapping file. ``ai`` is both the AI sector of the model and its member code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    table: TableRef
    ai: str
    roles: Roles
    sectors: list[Sector]
    # Place of a key in the user's file, for messages.
    _place: Callable[[Key], str] | None = PrivateAttr(default=None)

    @field_validator("name")
    @classmethod
    def _plain(cls, given: str) -> str:
        if problem := code_problem(given, LONGEST_NAME):
            raise ValueError(f"name {shown(given)} {problem}; it names the folder of results")
        return given

    def where(self, *key: str | int) -> str:
        """``file:line: key`` in a user's file; ``aggregation NAME`` for one of the package."""
        return self._place(key) if self._place is not None else f"aggregation {self.name}"

    def position(self, member: str) -> int:
        """Position of the sector that contains a sector of the table."""
        for position, sector in enumerate(self.sectors):
            if member in sector.members:
                return position
        raise KeyError(member)

    def matrix(self, members: tuple[str, ...]) -> Array:
        """Aggregator, sectors x members: 1 where the member belongs to the sector."""
        result = np.zeros((len(self.sectors), len(members)))
        for column, member in enumerate(members):
            result[self.position(member), column] = 1.0
        return result

    def check(self, codes: tuple[str, ...]) -> None:
        """Each sector of the table and AI in exactly one sector, and AI on its own.

        Raises
        ------
        EngelsInputError
            Naming the first code that is missing, unknown or there twice.
        """
        wanted = {*codes, self.ai}
        right = (
            f"each of the {len(codes)} codes of the table and {shown(self.ai)[1:-1]} exactly once"
        )
        places: dict[str, Key] = {}
        for i, sector in enumerate(self.sectors):
            for j, member in enumerate(sector.members):
                place: Key = ("sectors", i, "members", j)
                if member in places:
                    times = sum(s.members.count(member) for s in self.sectors)
                    raise EngelsInputError(
                        self.where(*place),
                        f"member {shown(member)[1:-1]} is there {times} times",
                        right,
                    )
                places[member] = place
        for code in [*codes, self.ai]:
            if code not in places:
                raise EngelsInputError(
                    self.where("sectors"), f"member {shown(code)[1:-1]} is missing", right
                )
        for code, place in places.items():
            if code not in wanted:
                raise EngelsInputError(
                    self.where(*place), f"member {shown(code)[1:-1]} is not in the table", right
                )
        if self.ai in codes:
            raise EngelsInputError(
                self.where("ai"), f"{shown(self.ai)} is a sector of the table", "a code of its own"
            )
        self._check_sectors()
        roles = self.roles
        named: list[tuple[Key, str]] = [
            (("roles", name), getattr(roles, name))
            for name in ("chips", "components", "electricity", "construction")
        ]
        named += [(("roles", "information", n), code) for n, code in enumerate(roles.information)]
        for key, code in named:
            if code not in codes:
                raise EngelsInputError(
                    self.where(*key),
                    f"role {shown(code)[1:-1]} is not in the table",
                    f"one of the {len(codes)} codes of the table",
                )
        if twice := [code for code, n in Counter(roles.information).items() if n > 1]:
            raise EngelsInputError(
                self.where("roles", "information"), f"{twice[0]} is there twice", "each code once"
            )

    def _check_sectors(self) -> None:
        seen: dict[str, str] = {}
        for i, sector in enumerate(self.sectors):
            folded = sector.code.casefold()
            if folded in seen:
                other = "" if seen[folded] == sector.code else f" (as {seen[folded]})"
                raise EngelsInputError(
                    self.where("sectors", i, "code"),
                    f"sector {sector.code} is defined twice{other}",
                    "one code each, not told apart by case alone",
                )
            seen[folded] = sector.code
        ai = self.sectors[self.position(self.ai)]
        if ai.members != [self.ai] or ai.code != self.ai:
            raise EngelsInputError(
                self.where("sectors", self.position(self.ai), "members"),
                f"{self.ai} shares sector {ai.code}",
                f"a sector {self.ai} of its own",
            )
        for i, sector in enumerate(self.sectors):
            if not sector.members:
                raise EngelsInputError(
                    self.where("sectors", i, "members"),
                    f"sector {sector.code} has no members",
                    "the codes of the table that it is made of",
                )


def available() -> list[str]:
    """Names of the aggregations that come with the package."""
    folder = files("engels.calibration").joinpath(FOLDER)
    return sorted(
        (file.name.removesuffix(".yaml") for file in folder.iterdir() if ".yaml" in file.name),
        key=lambda name: (len(name), name),
    )


def load_aggregation(name: str | Path) -> Aggregation:
    """An aggregation of the package by name (``"43"``), or your own mapping file by path.

    Raises
    ------
    EngelsInputError
        For an unknown name, a missing file, a file with the wrong fields, a code that results could
        not hold, or a file that takes the name of an aggregation of the package.
    """
    name = str(name)
    if name in available():
        path, content = (
            Path("calibration", FOLDER, f"{name}.yaml"),
            read_yaml(f"{FOLDER}/{name}.yaml"),
        )
        return _validated(Source(path, "", content))
    path = Path(name)
    if path.suffix not in {".yaml", ".yml"}:
        raise EngelsInputError(
            f"aggregation {shown(name).strip(QUOTES)}",
            "no such aggregation",
            f"one of {', '.join(available())}, or the path of a mapping file (.yaml)",
        )
    source = read_source(path, "give the path of a mapping file (.yaml)", as_text=True)
    if path.stem in available():
        raise EngelsInputError(
            str(path),
            f"a file called {path.name} would share its folder of results with the aggregation "
            f"{path.stem} of the package",
            "call the file something else",
        )
    mapping = _validated(source)
    if mapping.name in available():
        raise EngelsInputError(
            source.where(("name",)),
            f"{mapping.name!r} is an aggregation of the package",
            "another name, so that its results are not taken for those of the package's",
        )
    mapping._place = source.where
    return mapping


def _validated(source: Source) -> Aggregation:
    fields = "the fields are those of mappings/12.yaml"
    if not isinstance(source.content, dict):
        raise EngelsInputError(str(source.path), "holds no mapping of keys", fields)
    try:
        return Aggregation.model_validate(source.content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        kind, said, right = first["type"], str(first["msg"]).removeprefix("Value error, "), fields
        if kind == "value_error":
            said, _, right = said.partition("; ")
        elif kind == "missing":
            said = "is missing"
        elif kind == "extra_forbidden":
            said = "unknown key"
        else:
            said = f"{shown(first.get('input'))} will not do ({said[0].lower()}{said[1:]})"
        raise EngelsInputError(source.where(tuple(first["loc"])), said, right) from error
