"""Aggregations: which sectors of a table make up which sectors of the model."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from engels.calibration.parameters import QUOTES, read_yaml
from engels.data import EngelsInputError
from engels.data.document import Source, read_source
from engels.data.errors import InputErrors, shown

Array = NDArray[np.float64]


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


class Sector(BaseModel):
    """One sector of the model: its labels and the sectors of the table it is made of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    en: str
    zh: str
    members: list[str]


class Aggregation(BaseModel):
    """A mapping file. ``ai`` is both the AI sector of the model and its member code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    table: TableRef
    ai: str
    roles: Roles
    sectors: list[Sector]

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

    def check(self, codes: tuple[str, ...], where: str) -> None:
        """Each sector of the table and AI in exactly one sector, and AI on its own.

        Raises
        ------
        EngelsInputError
            Naming the first code that is missing, unknown or there twice.
        """
        wanted = {*codes, self.ai}
        counts = Counter(member for sector in self.sectors for member in sector.members)
        right = f"each of the {len(codes)} codes of the table and {self.ai} exactly once"
        for code in [*codes, self.ai]:
            if counts[code] != 1:
                problem = "is missing" if counts[code] == 0 else f"is there {counts[code]} times"
                raise EngelsInputError(where, f"member {code} {problem}", right)
        for code in counts:
            if code not in wanted:
                raise EngelsInputError(where, f"member {code} is not in the table", right)
        names = Counter(sector.code for sector in self.sectors)
        if twice := [name for name, count in names.items() if count > 1]:
            raise EngelsInputError(where, f"sector {twice[0]} is defined twice", "one code each")
        ai = self.sectors[self.position(self.ai)]
        if ai.members != [self.ai] or ai.code != self.ai:
            raise EngelsInputError(
                where, f"{self.ai} shares sector {ai.code}", f"a sector {self.ai} of its own"
            )
        roles = self.roles
        for code in (
            roles.chips, roles.components, roles.electricity, roles.construction, *roles.information
        ):  # fmt: skip
            if code not in codes:
                raise EngelsInputError(where, f"role {code} is not in the table", right)


def available() -> list[str]:
    """Names of the aggregations that come with the package."""
    folder = files("engels.calibration").joinpath("mappings")
    return sorted(
        (file.name.removesuffix(".yaml") for file in folder.iterdir() if ".yaml" in file.name),
        key=lambda name: (len(name), name),
    )


def load_aggregation(name: str | Path) -> Aggregation:
    """An aggregation of the package by name (``"43"``), or your own mapping file by path.

    Raises
    ------
    EngelsInputError
        For an unknown name, a missing file, or a file with the wrong fields.
    """
    name = str(name)
    if name in available():
        source = Source(
            Path(f"calibration/mappings/{name}.yaml"), "", read_yaml(f"mappings/{name}.yaml")
        )
    else:
        path = Path(name)
        if path.suffix not in {".yaml", ".yml"}:
            raise EngelsInputError(
                f"aggregation {shown(name).strip(QUOTES)}",
                "no such aggregation",
                f"one of {', '.join(available())}, or the path of a mapping file (.yaml)",
            )
        source = read_source(path, "give the path of a mapping file")
    if not isinstance(source.content, dict):
        raise EngelsInputError(
            str(source.path), "holds no mapping of keys", "the fields are those of mappings/12.yaml"
        )
    try:
        return Aggregation.model_validate(source.content)
    except ValidationError as error:
        raise InputErrors(
            [
                f"{source.where(problem['loc'])}: {problem['msg']}; the fields are those of "
                "mappings/12.yaml"
                for problem in error.errors()
            ]
        ) from None
