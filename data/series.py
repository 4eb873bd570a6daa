"""The figures beside the input-output tables, as tidy frames in the model's units.

Every file is read by one way: SHA-256 against the catalogue, the columns the catalogue promises,
typed cells, unique keys, known sector codes; then the publisher's unit is turned into the model's
(trillion yuan, million persons, rates per year).
"""

from __future__ import annotations

import pandas as pd

from engels.data.errors import EngelsInputError
from engels.data.files import load_catalogue, numbers, read_frame, verified

# Column of the file -> (column of the frame, divisor).
CONVERSIONS = {
    "persons_10k": ("persons", 100.0),  # million persons
    "compensation_10k_yuan": ("compensation", 1e8),  # trillion yuan a year
    "value_100m_yuan": ("value", 1e4),  # trillion yuan a year
    "growth_pct": ("growth", 100.0),  # per year
    "us_employment": ("employment", 1e6),  # million persons
    "us_wage": ("wage", 1.0),  # US dollars a year
}
EMPLOYMENT_SOURCES = ("census", "wang-jia-wang")
ELASTICITY_FILES = ("armington", "income", "value-added")


def load_sectors(detail: str = "42") -> pd.DataFrame:
    """Sector list: ``code, name_en, name_zh, stage`` (primary, secondary, tertiary).

    The list of ``"153"`` has ``parent`` too, the code of the 42-sector list.
    """
    if str(detail) not in ("42", "153"):
        raise EngelsInputError(f"load_sectors({detail!r})", "no such list", "there are 42 and 153")
    return read_series(f"io/sectors-{detail}.csv")


def load_sector_lists() -> pd.DataFrame:
    """Every official list of sectors, 2002 to 2023: ``list, years, code, name_en, name_zh``.

    ``list`` is the first year and the number of sectors (``2017-42``); English names of 2023 are
    empty.
    """
    return read_series("io/sector-lists.csv")


def load_concordance(year: int = 2020, detail: str = "153") -> pd.Series:
    """Code of the finer list -> code of the 42-sector list (index ``code``, name ``parent``)."""
    if (year, str(detail)) != (2020, "153"):
        raise EngelsInputError(
            f"load_concordance({year}, {detail!r})", "no such concordance", "there is 2020, '153'"
        )
    return load_sectors("153").set_index("code")["parent"]


def load_macro(name: str) -> pd.DataFrame:
    """A macroeconomic series, by its file name without ``.csv``.

    ``gdp``: year, vintage (latest, before-fifth-census), value (trillion yuan).
    ``growth``: year, vintage (first, revised, final, preliminary), growth (per year), source, mark.
    ``growth-by-industry``: year, vintage, industry, name_zh, value (trillion yuan), growth.
    ``value-added``: year, industry, name_zh, value (trillion yuan).
    ``employment``: year, stage, persons (million), stage total, primary, secondary or tertiary.
    ``ai-effects``: study, economy, outcome, year, low, high (per cent), note, mark.
    ``ai-industry``, ``pwt``, ``software``: year, series, value, unit, ... as published.
    """
    known = sorted(
        file.removeprefix("macro/").removesuffix(".csv")
        for file in load_catalogue()["files"]
        if file.startswith("macro/")
    )
    if name not in known:
        raise EngelsInputError(f"load_macro({name!r})", "no such series", f"one of {known}")
    return read_series(f"macro/{name}.csv")


def load_elasticities() -> pd.DataFrame:
    """Elasticities by 42 sectors: ``sector, parameter, value, mapped_from, source, mark``.

    ``armington`` (domestic against imported), ``armington_origin`` (between origins),
    ``value_added`` (between primary factors; construction has none at the source and no row here),
    ``income`` (of household demand).
    """
    frames = [read_series(f"elasticities/{name}.csv") for name in ELASTICITY_FILES]
    return pd.concat(frames, ignore_index=True)


def load_cheer() -> pd.DataFrame:
    """Elasticities of an EPPA-type model of China: ``parameter, group, value, source``."""
    return read_series("elasticities/cheer.csv")


def load_employment(source: str = "census") -> pd.DataFrame:
    """Persons by 42 sectors: ``year, sector, persons`` (million).

    ``census`` is 2020-2025, the census structure of 2020 within each stratum; ``wang-jia-wang`` is
    1990-2018. They disagree (see ``data/README.md``): a sensitivity, not two stretches of one line.
    """
    if source not in EMPLOYMENT_SOURCES:
        raise EngelsInputError(
            f"load_employment({source!r})", "no such source", f"one of {EMPLOYMENT_SOURCES}"
        )
    return read_series(f"employment/{source}.csv")


def load_skills() -> pd.DataFrame:
    """Labour of 2012 by education and urban/rural in 22 groups of sectors.

    Columns ``group, region, education, persons`` (million) and ``compensation`` (trillion yuan).
    :func:`load_skill_groups` tells the group of each sector.
    """
    return read_series("employment/skills.csv")


def load_skill_groups() -> pd.DataFrame:
    """``sector, group``: the groups of :func:`load_skills` whose labour stands for a 42-sector.

    A sector with several groups takes their sum; a group may stand for several sectors.
    """
    return read_series("employment/skill-groups.csv")


def load_exposure() -> pd.DataFrame:
    """Exposure to AI by 42 sectors: ``sector, aiie, lm_aiie, industries`` (standardised scores).

    From the occupational mix of industries in the United States: no matrix of industries and
    occupations in China is at hand.
    """
    return read_series("exposure/industry.csv")


def load_task_exposure() -> pd.DataFrame:
    """Share of tasks exposed to language models by third of the wage distribution.

    Columns ``skill, labels, measure, share, us_employment_million``.

    ``measure`` alpha = directly exposed, beta = alpha + half of those that need further software,
    gamma = alpha + all of those; ``labels`` by GPT-4 or by humans. Occupations and wages of the
    United States.
    """
    return read_series("exposure/tasks.csv")


def load_occupations() -> pd.DataFrame:
    """Occupations of the United States, May 2021: the weights behind the exposure by skill.

    Columns ``occupation`` (SOC code), ``title``, ``employment`` (million persons), ``wage``
    (mean, US dollars a year), ``wage_basis`` (annual, or hourly times 2,080 hours).
    """
    return read_series("exposure/occupations.csv")


def load_occupation_scores() -> pd.DataFrame:
    """Exposure of occupations as published: ``vector, code, score``.

    ``code`` is the source's own: O*NET-SOC 2019 (Eloundou and others), SOC 2010 with the
    summary codes of its time (Frey and Osborne; Felten, Raj and Seamans), SOC 2018 (Microsoft).
    Eloundou's and Frey and Osborne's scores are shares of tasks and probabilities, Felten's are
    standardised, Microsoft's have a scale of their own.
    """
    return read_series("exposure/scores.csv")


def load_occupation_links() -> pd.DataFrame:
    """``occupation, code``: codes of the sources that stand for an occupation they do not have."""
    return read_series("exposure/links.csv")


def read_series(name: str) -> pd.DataFrame:
    """A file of the catalogue, checked, typed and in the model's units.

    Raises
    ------
    EngelsInputError
        For a changed file, a missing column, a cell of the wrong kind, a repeated key, an unknown
        or absent sector.
    """
    catalogue = load_catalogue()
    where = f"data/{name}"
    content = verified(name)
    entry = catalogue["files"][name]
    frame = read_frame(content, where, tuple(entry["columns"]))[entry["columns"]]
    repeated = frame.duplicated(entry["key"])
    if repeated.any():
        first = int(repeated.to_numpy().argmax())
        key = ", ".join(frame[entry["key"]].iloc[first])
        raise EngelsInputError(
            f"{where}, line {frame.index[first]}", f"{key} twice", "one line for each"
        )
    if "sector" in frame:
        _check_sectors(frame["sector"], entry.get("without", []), where)
    for column in entry["columns"]:
        kind = catalogue["columns"][column]["kind"]
        if kind in ("number", "integer"):
            values = numbers(frame[column], f"{where}, column {column}")
            frame[column] = values.astype(int) if kind == "integer" else values
    for column, (converted, divisor) in CONVERSIONS.items():
        if column in frame:
            frame[column] = frame[column] / divisor
            frame = frame.rename(columns={column: converted})
    return frame.reset_index(drop=True)


def _check_sectors(sector: pd.Series, without: list[str], where: str) -> None:
    """Codes of the 42-sector list, all of them but those the catalogue says are not there."""
    content = verified("io/sectors-42.csv")
    listed = set(read_frame(content, "data/io/sectors-42.csv", ("code",))["code"])
    unknown, absent = sorted(set(sector) - listed), sorted(listed - set(sector) - set(without))
    if unknown or absent:
        raise EngelsInputError(
            f"{where}, column sector",
            f"unknown {unknown or 'none'}, absent {absent or 'none'}",
            "the codes of data/io/sectors-42.csv",
        )
