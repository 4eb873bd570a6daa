"""The outputs of a batch, point by point: what measures of sensitivity are made from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from engels.data import EngelsInputError
from engels.runs.experiments.indices import Array, Mask
from engels.runs.experiments.store import MANIFEST
from engels.runs.experiments.work import SOLVED
from engels.runs.indicators.deviations import NOISE, in_points
from engels.runs.scenarios.source import nearest

KEYS = ["scenario", "variable", "sector", "group", "year", "unit"]
"""What names an output: a figure of a scenario in a year, in its unit."""

USUAL = ("gdp_real", "labour_share", "real_wage")
"""Variables that are looked at where none is named, as far as they are stored."""

Series = tuple[str, str, str]
"""Variable, sector and group."""


@dataclass(frozen=True)
class Sample:
    """The points of one scenario and what came out.

    ``plan``: one row a point, in the order of the design, with what varies, the columns of the design, status
    and reason. ``keys``: one row an output (columns :data:`KEYS`). ``values``: points x outputs, NaN where a
    point is not solved or a deviation is from zero. ``varied``: labels of what varies.
    """

    scenario: str
    plan: pd.DataFrame
    keys: pd.DataFrame
    values: Array
    varied: tuple[str, ...]
    deviations: bool

    @property
    def solved(self) -> Mask:
        """Which points are solved."""
        return np.asarray(self.plan["status"] == SOLVED)

    @property
    def inputs(self) -> Array:
        """What varies, points x entries; names are NaN."""
        columns = [pd.to_numeric(self.plan[v], errors="coerce") for v in self.varied]
        return np.column_stack([np.asarray(c, dtype=float) for c in columns])

    @property
    def noise(self) -> Array:
        """The range within which values of an output count as the same, by the tolerance of solves."""
        if self.deviations:
            return np.full(len(self.keys), 100 * NOISE)
        size = np.abs(np.where(np.isfinite(self.values), self.values, 0)).max(axis=0, initial=0)
        return np.asarray(NOISE * size)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a store. Raises EngelsInputError where it is missing or damaged."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("no mapping")
        return found
    except (OSError, ValueError, RecursionError):
        raise EngelsInputError(
            f"{path}", "is missing or damaged", "run `engels batch` with its file again"
        ) from None


def output_name(variable: str, sector: str, group: str) -> str:
    """The name of a figure, as the columns of ``wide`` have it."""
    return ".".join(x for x in (variable, sector, group) if x)


def stored_years(database: duckdb.DuckDBPyConnection) -> list[int]:
    """The years that a store has figures of; none where no point is solved."""
    found = database.execute("select distinct year from results order by year").fetchall()
    return [int(year) for (year,) in found]


def choose_series(database: duckdb.DuckDBPyConnection, wanted: Sequence[str]) -> list[Series]:
    """The stored series that are wanted, by name; a variable alone means all its sectors and groups.

    Without names those of :data:`USUAL`, or all where none of them is stored; so does ``all``. Raises
    EngelsInputError with one line for every unknown name.
    """
    found = database.execute(
        'select distinct variable, sector, "group" from results order by variable, sector, "group"'
    ).fetchall()
    known: list[Series] = [(str(v), str(s), str(g)) for v, s, g in found]
    if "all" in wanted:
        return known
    if not wanted:
        usual = [s for name in USUAL for s in known if output_name(*s) == name]
        return usual or known
    chosen: dict[Series, None] = {}
    wrong = []
    for name in wanted:
        mine = [s for s in known if output_name(*s) == name] or [s for s in known if s[0] == name]
        if not mine:
            names = dict.fromkeys([*(s[0] for s in known), *(output_name(*s) for s in known)])
            wrong.append(f"--variable {name}: is not stored; {nearest(name, names)}")
        chosen |= dict.fromkeys(mine)
    if wrong:
        raise EngelsInputError("\n".join(wrong))
    return list(chosen)


def read_samples(
    database: duckdb.DuckDBPyConnection,
    series: Sequence[Series],
    years: Sequence[int],
    varied: Sequence[str],
    *,
    deviations: bool,
) -> list[Sample]:
    """The outputs of a store, scenario by scenario, in the order of ``series`` and ``years``.

    As deviations from what the scenario is measured from (per cent, points for shares) or as levels.
    """
    plan = database.sql("select * from points order by number").df()
    column = "deviation" if deviations else "value"
    wanted = pd.DataFrame(
        [(n, *s, y) for n, (s, y) in enumerate((s, y) for s in series for y in years)],
        columns=["output", "variable", "sector", "group", "year"],
    )
    database.register("wanted", wanted)
    rows = database.sql(
        f"""
        select r.number, w.output, r.{column} as value, r.unit
        from results r join wanted w on r.variable = w.variable and r.sector = w.sector
             and r."group" = w."group" and r.year = w.year
        """
    ).df()
    database.unregister("wanted")
    units = rows.drop_duplicates("output").set_index("output")["unit"].sort_index()
    if deviations:
        units = units.map(lambda u: "points" if in_points(str(u)) else "%")
    samples = []
    for scenario, mine in plan.groupby("scenario", sort=False):
        table = (
            rows[rows["number"].isin(mine["number"])]
            .pivot(index="number", columns="output", values="value")
            .reindex(index=mine["number"], columns=units.index)
        )
        values = table.to_numpy(dtype=float, na_value=np.nan)
        keys = wanted.set_index("output").loc[units.index].reset_index(drop=True)
        keys = keys.assign(scenario=str(scenario), unit=units.to_numpy())[KEYS]
        samples.append(
            Sample(
                str(scenario),
                mine.reset_index(drop=True),
                keys,
                np.where(np.isfinite(values), values, np.nan),
                tuple(varied),
                deviations,
            )
        )
    return samples
