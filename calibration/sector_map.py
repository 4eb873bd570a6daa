"""The sector map: how strongly AI replaces labour, upgrades and opens new formats, by sector.

``sector_map.csv`` codes what two papers say of each sector in words, so all of it is assumed; edit
it, or name your own table with the parameter ``sector_map.file``. Its columns:

``sector``
    Code of the 42 sectors; every one has a line.
``substitution``, ``upgrading``, ``new_formats``
    Weight from 0 (none) to 3 (strongest): tasks of labour taken over; productivity raised; new
    formats and varieties.
``cap``
    Share of the exposed tasks that AI can ever do: 0.3 low, 0.45 low to medium, 0.6 medium, 0.75
    medium to high, 0.9 high.
``basis``, ``reference``
    ``text`` and where, or ``neutral``: the texts say nothing, so 1, 1, 0 and a medium cap stand.
    Needed in the table of the package only, as is ``name``.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from engels.calibration import published
from engels.calibration.benchmark import Array, SectorMap
from engels.data import EngelsInputError
from engels.data.files import checksum, numbers, read_bytes, read_frame

WEIGHTS = ("substitution", "upgrading", "new_formats")
STRONGEST = 3.0
PACKAGED = "packaged"


def read_sector_map(file: str = PACKAGED) -> pd.DataFrame:
    """Weights and cap by code of the 42 sectors, all from 0 to 1.

    Parameters
    ----------
    file
        ``packaged``, or the path of your own CSV.

    Raises
    ------
    EngelsInputError
        For a missing file or column, a cell that is no number or out of its range, a sector that is
        unknown, absent or there twice.
    """
    return _read(*_content(file))


def describe_source(file: str = PACKAGED) -> str:
    """Which table it is, for reports."""
    where, content = _content(file)
    return f"{where}, SHA-256 {checksum(content)[:12]} (assumed)"


def by_parent(file: str, parents: tuple[str, ...]) -> Array:
    """Weights and cap of sectors of the 42 named, M x 4, in the order of :class:`SectorMap`."""
    return read_sector_map(file).loc[list(parents)].to_numpy(dtype=float)


def as_map(values: Array) -> SectorMap:
    """N x 4 values under their names."""
    substitution, upgrading, new_formats, cap = values.T
    return SectorMap(substitution, upgrading, new_formats, cap)


def _content(file: str) -> tuple[str, bytes]:
    if file != PACKAGED:
        return file, read_bytes(Path(file), f"sector map {file}")
    path = files("engels.calibration").joinpath("sector_map.csv")
    return "calibration/sector_map.csv", read_bytes(path, "calibration/sector_map.csv")


@cache
def _read(where: str, content: bytes) -> pd.DataFrame:
    columns = (*WEIGHTS, "cap")
    frame = read_frame(content, where, ("sector", *columns))
    listed = set(published.sectors("42").index)
    given = frame["sector"]
    unknown, absent = sorted(set(given) - listed), sorted(listed - set(given))
    if unknown or absent or given.duplicated().any():
        twice = sorted(set(given[given.duplicated()]))
        raise EngelsInputError(
            f"{where}, column sector",
            f"unknown {unknown or 'none'}, absent {absent or 'none'}, twice {twice or 'none'}",
            "each code of data/io/sectors-42.csv once",
        )
    result = {}
    for column in columns:
        highest = 1.0 if column == "cap" else STRONGEST
        values = numbers(frame[column], f"{where}, column {column}", given)
        bad = ~values.between(0.0, highest)
        if bad.any():
            first = int(bad.to_numpy().argmax())
            raise EngelsInputError(
                f"{where}, line {given.index[first]} ({given.iloc[first]}), column {column}",
                f"{values.iloc[first]:g} is out of range",
                f"a number from 0 to {highest:g}",
            )
        result[column] = (values / highest).to_numpy()
    return pd.DataFrame(result, index=pd.Index(given, name="sector"))
