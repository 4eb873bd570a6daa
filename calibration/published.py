"""The figures of ``data/`` in the form the calibration needs them, by the 42 official sectors."""

from __future__ import annotations

from functools import cache

import pandas as pd

from engels.data import (
    IOTable,
    load_elasticities,
    load_employment,
    load_exposure,
    load_macro,
    load_occupation_links,
    load_occupation_scores,
    load_occupations,
    load_sectors,
    load_skill_groups,
    load_skills,
    load_table,
)

# Everything here is read once: batches calibrate many times. Callers do not change what they get.


@cache
def official_table(year: int, detail: str) -> IOTable:
    """An official input-output table."""
    return load_table(year, detail)


@cache
def sectors(detail: str) -> pd.DataFrame:
    """Stage and parent (code among the 42) of the sectors of an official list, by code."""
    frame = load_sectors(detail).set_index("code")
    return frame if "parent" in frame else frame.assign(parent=frame.index)


@cache
def labour_2012() -> pd.DataFrame:
    """Columns sector (42), region, education, persons, compensation: structure of 2012."""
    groups = load_skill_groups()
    merged = groups.merge(load_skills(), on="group")
    return merged.groupby(["sector", "region", "education"], as_index=False)[
        ["persons", "compensation"]
    ].sum()


EMPLOYMENT_YEARS = {"census": 2020, "wang-jia-wang": 2018}
"""The year of each source of employment that lies nearest the table of 2020."""


@cache
def employment_structure(source: str) -> dict[str, float]:
    """Persons by sector, million, of a source and its year of :data:`EMPLOYMENT_YEARS`."""
    frame = load_employment(source)
    return _by_sector(frame[frame["year"] == EMPLOYMENT_YEARS[source]], "persons")


@cache
def employment_total() -> dict[int, float]:
    """Persons employed at year end, million."""
    frame = load_macro("employment")
    total = frame[frame["stage"] == "total"]
    return dict(zip(total["year"], total["persons"], strict=True))


@cache
def official_growth() -> dict[int, float]:
    """Real GDP growth, per year: the latest vintage of each year."""
    frame = load_macro("growth")
    frame = frame[frame["vintage"] != "first"]
    return dict(zip(frame["year"], frame["growth"], strict=True))


@cache
def elasticity(parameter: str) -> dict[str, float]:
    """``armington`` (home against imported goods) or ``income`` (expenditure) elasticities."""
    frame = load_elasticities()
    return _by_sector(frame[frame["parameter"] == parameter], "value")


@cache
def exposure_scores(measure: str = "lm_aiie") -> dict[str, float]:
    """``aiie`` or its language-modelling variant: means over a sector's industries in the US."""
    return _by_sector(load_exposure(), measure)


@cache
def occupations() -> pd.DataFrame:
    """Occupations of the United States, their employment and mean wage."""
    return load_occupations()


@cache
def occupation_scores() -> pd.DataFrame:
    """Exposure of occupations by vector, at the sources' own codes."""
    return load_occupation_scores()


@cache
def occupation_links() -> pd.DataFrame:
    """Codes of the sources that stand for an occupation they do not have."""
    return load_occupation_links()


def _by_sector(frame: pd.DataFrame, column: str) -> dict[str, float]:
    return dict(zip(frame["sector"], frame[column], strict=True))
