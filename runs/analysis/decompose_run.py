"""Decompositions of a stored run: read from its frame, as tidy tables, on screen and on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.box import SIMPLE
from rich.table import Table

from engels.calibration.benchmark import Benchmark
from engels.data import EngelsInputError
from engels.runs.analysis.decompose import (
    ECONOMY,
    HORIZONS,
    SECTORS,
    Flows,
    LabourDemand,
    Sigmas,
    along_time,
    job_changes,
    labour_demand,
    labour_share_change,
    sigmas,
)
from engels.runs.analysis.nordhaus import COLUMNS as NORDHAUS_COLUMNS
from engels.runs.analysis.nordhaus import nordhaus_tests
from engels.runs.analysis.verify import benchmark_of
from engels.runs.indicators.headline import headline_years
from engels.runs.indicators.labels import labels
from engels.runs.store.folders import put_folder
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import load_run, refuse_other, run_folder
from engels.runs.store.seal import MANIFEST, write_manifest
from engels.runs.store.spreadsheet import write_csv

Array = NDArray[np.float64]

PREVIOUS = "previous year"
"""What a change is measured from where it is not the reference."""

COLUMNS = ("what", "against", "year", "part", "sector", "value", "unit")
JOB_COLUMNS = ("horizon", "year", "by", "name", "created", "lost", "net")
FILES = {"table": "decomposition.csv", "jobs": "jobs.csv", "nordhaus": "nordhaus.csv"}


@dataclass(frozen=True)
class Decomposition:
    """A run taken apart.

    ``table`` has the columns ``COLUMNS``: *what* is ``labour_demand`` (log changes) or
    ``labour_share`` (shares of GDP), *against* the reference or the previous year, *sector* ""
    where a part is of the economy. ``jobs`` has ``JOB_COLUMNS`` (million persons), and no rows where
    the run is its own reference. ``nordhaus`` is of :func:`nordhaus_tests`, empty for a single year.
    """

    table: pd.DataFrame
    jobs: pd.DataFrame
    nordhaus: pd.DataFrame


@dataclass(frozen=True)
class Reader:
    """Arrays of one run of a frame, in the benchmark's order of sectors and skills.

    A stored frame and its manifest are sorted by name: their order is not the economy's.
    """

    frame: pd.DataFrame
    scenario: str
    sectors: tuple[str, ...]
    skills: tuple[str, ...]
    years: tuple[int, ...]

    @classmethod
    def of(cls, result: RunResult, scenario: str, b: Benchmark) -> Reader:
        """The reader of a run or of its reference."""
        own = result.frame[result.frame["scenario"] == scenario]
        years = tuple(sorted(int(y) for y in own["year"].unique()))
        return cls(own, scenario, b.sectors, b.skills, years)

    def array(
        self, variable: str, *dims: str, missing: float | None = None, optional: bool = False
    ) -> Array:
        """A variable by year and ``dims`` ("sector", "skill").

        Raises EngelsInputError where the frame lacks a figure and none is given for ``missing``, or
        lacks all of them and is not ``optional``.
        """
        names = {"sector": self.sectors, "skill": self.skills}
        columns = [("group" if d == "skill" else d) for d in dims]
        rows = self.frame[self.frame["variable"] == variable].set_index(["year", *columns])["value"]
        wanted = pd.MultiIndex.from_product([self.years, *(names[d] for d in dims)])
        index = wanted if dims else pd.Index(self.years)
        found = rows.reindex(index).to_numpy(dtype=np.float64)
        lacking = np.isnan(found)
        if (lacking.any() and missing is None) or (lacking.all() and not optional):
            raise EngelsInputError(
                f"{self.scenario}: the stored figures lack {variable!r}; run the scenario again"
            )
        found = np.where(lacking, missing or 0.0, found)
        return np.asarray(found.reshape([len(self.years), *(len(names[d]) for d in dims)]))


def flows_of(result: RunResult, scenario: str, b: Benchmark) -> Flows:
    """What the accounting takes from a run, or from the reference that is stored with it.

    Raises EngelsInputError where the frame is of a version that did not report all of it.
    """
    r = Reader.of(result, scenario, b)
    ai = b.index(b.ai)
    mode = str(result.manifest["ai_mode"])
    cpi = r.array("price_consumption")
    labour = r.array("labour_income", "sector")
    added = r.array("value_added", "sector")
    # wages over their share in value added net of production tax
    income = labour / r.array("labour_share_sector", "sector")
    sales = r.array("price_output", "sector") * r.array("output", "sector")
    profit = (1 - 1 / r.array("markup", "sector")) * (sales - (added - income))
    profit[:, ai] += r.array("access_income", missing=0.0, optional=True)
    rental = r.array("rental_rate", "sector", missing=1.0)
    bundle = rental.copy()
    # the capital of the AI sector is compute, whose price contains its electricity
    capital = (income - profit - labour)[:, ai]
    rental[:, ai] = capital / r.array("compute_used")
    bundle[:, ai] = r.array("compute_price") * cpi
    used = r.array("ai_use", "sector")
    spent = r.array("ai_cost_share", "sector") * sales
    paid = np.divide(spent, used, out=np.ones_like(spent), where=used > 0)
    quality = r.array("ai_price") / r.array("ai_price_effective")
    beside = r.array("ai_use_job", "sector", "skill", missing=0.0, optional=True) * paid[:, :, None]
    return Flows(
        gdp_real=r.array("gdp_real"),
        gdp_nominal=r.array("gdp_nominal"),
        price_consumption=cpi,
        efficiency=_efficiency(r),
        factor_income=income,
        profit=profit,
        pay=r.array("labour_income_job", "sector", "skill", missing=0.0),
        # one wage for a skill, unless workers are bound to sectors
        wage=(r.array("wage", "skill") * cpi[:, None])[:, None, :]
        * r.array("wage_premium", "sector", "skill", missing=1.0, optional=True),
        rental=rental,
        bundle_price=bundle,
        ai_work=beside,
        ai_machines=spent if mode == "capital" else np.zeros_like(spent),
        ai_price=paid.max(axis=1, where=used > 0, initial=0.0) / quality,
    )


def _efficiency(r: Reader) -> Array:
    return r.array("labour_efficiency") * r.array("knowledge_effect", missing=1.0, optional=True)


def decompose_run(result: RunResult, b: Benchmark, sigma: Sigmas | None = None) -> Decomposition:
    """All decompositions of a run with its benchmark, whose elasticities ``sigma`` may replace.

    Raises EngelsInputError where the frame is of a version that did not report all of it.
    """
    sigma = sigma or sigmas(b)
    r = Reader.of(result, result.scenario, b)
    run = flows_of(result, result.scenario, b)
    parts = []
    if result.scenario != result.reference:
        reference = flows_of(result, result.reference, b)
        gap = np.log(run.efficiency / reference.efficiency)
        found = labour_demand(run, reference, sigma, gap)
        split = {"displacement": found.displacement, "reinstatement": found.reinstatement}
        parts.append(_demand_rows(found, split, result.reference, r.years, r.sectors))
        base = Reader.of(result, result.reference, b)
        parts.append(_share_rows(_accounts(r), _accounts(base), result.reference, r))
    if len(r.years) > 1:
        yearly = along_time(run, sigma)
        names = ("displacement", "reinstatement", "smoothing")
        split = dict(zip(names, yearly.smoothed(), strict=True))
        parts.append(_demand_rows(yearly, split, PREVIOUS, r.years[1:], r.sectors))
        now, before = slice(1, None), slice(None, -1)
        flows = _accounts(r)
        parts.append(_share_rows([x[now] for x in flows], [x[before] for x in flows], PREVIOUS, r))
    several = len(r.years) > 2
    return Decomposition(
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS)),
        jobs(result, b),
        nordhaus_tests(result) if several else pd.DataFrame(columns=list(NORDHAUS_COLUMNS)),
    )


def _accounts(r: Reader) -> list[Array]:
    return [
        r.array("labour_income", "sector"),
        r.array("value_added", "sector"),
        r.array("gdp_nominal"),
    ]


def _rows(
    what: str, against: str, unit: str, years: Sequence[int], sectors: Sequence[str]
) -> Callable[[str, Array], list[tuple[Any, ...]]]:
    """Makes the rows of a part: of the economy (T) or by sector (T x N)."""

    def make(part: str, values: Array) -> list[tuple[Any, ...]]:
        names = sectors if values.ndim == 2 else ("",)
        table = values.reshape(len(years), len(names))
        return [
            (what, against, year, part, sector, float(x), unit)
            for year, line in zip(years, table, strict=True)
            for sector, x in zip(names, line, strict=True)
        ]

    return make


def _demand_rows(
    d: LabourDemand,
    split: Mapping[str, Array],
    against: str,
    years: Sequence[int],
    sectors: Sequence[str],
) -> pd.DataFrame:
    make = _rows("labour_demand", against, "log change", years, sectors)
    rows = make("total", d.total)
    for part in ECONOMY:
        rows += make(part, getattr(d, part))
    by_sector = {p: getattr(d, p) for p in ("composition", "profit", "substitution", "ai")}
    for part, values in {**by_sector, **split}.items():
        rows += make(part, values)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _share_rows(
    now: Sequence[Array], before: Sequence[Array], against: str, r: Reader
) -> pd.DataFrame:
    years = r.years[-len(now[0]) :]
    make = _rows("labour_share", against, "share of GDP", years, r.sectors)
    total = now[0].sum(axis=1) / now[2] - before[0].sum(axis=1) / before[2]
    rows = make("total", total)
    parts = labour_share_change(*now, *before)
    for part, values in zip(("within", "between", "outside"), parts, strict=True):
        rows += make(part, values)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def jobs(result: RunResult, b: Benchmark, horizons: Sequence[int] = HORIZONS) -> pd.DataFrame:
    """Jobs created and lost against the reference, by horizon, million persons (``JOB_COLUMNS``).

    A job is created where a sector employs more of a skill than in the reference, and lost where it
    employs less. Each cut (``by``: total, sector, skill, stage, intensity) sums the same cells, so that
    created - lost = net in every row and every cut has the same totals. Horizons count from the
    announced year; those the run does not reach are left out. A static run has the horizon 0.
    """
    r = Reader.of(result, result.scenario, b)
    announced = result.manifest.get("announced")
    if result.scenario == result.reference or announced is None:
        return pd.DataFrame(columns=list(JOB_COLUMNS))
    base = Reader.of(result, result.reference, b)
    employment = [x.array("employment_job", "sector", "skill", missing=0.0) for x in (r, base)]
    created, lost = job_changes(*employment)
    cells = [
        {
            "total": "",
            "sector": j,
            "skill": s,
            "stage": b.stage[j],
            "intensity": b.intensity[j],
        }
        for j in r.sectors
        for s in r.skills
    ]
    rows = []
    first = r.years[0] if len(r.years) == 1 else int(announced)
    for horizon in (0,) if len(r.years) == 1 else horizons:
        if first + horizon not in r.years:
            continue
        at = r.years.index(first + horizon)
        up, down = created[at].ravel(), lost[at].ravel()
        for by in cells[0]:
            for name in dict.fromkeys(c[by] for c in cells):
                here = np.array([c[by] == name for c in cells])
                gained, gone = float(up[here].sum()), float(down[here].sum())
                rows.append((horizon, r.years[at], by, name, gained, gone, gained - gone))
    return pd.DataFrame(rows, columns=list(JOB_COLUMNS))


def decompose_folder(folder: Path) -> tuple[RunResult, Decomposition]:
    """Take a stored run apart.

    Raises EngelsInputError when the folder is no run, or of another version of the inputs or of the
    reported figures.
    """
    result = load_run(folder)
    return result, decompose_run(result, benchmark_of(folder, result.manifest))


def write_decomposition(result: RunResult, found: Decomposition, out: Path) -> list[Path]:
    """Write the tables of a run below ``out``, in a folder named as its own, and return the files.

    Beside them lies the run's manifest. Raises EngelsInputError where ``out`` cannot be written, or the
    tables of another run of that name are there.
    """
    folder = run_folder(out, result.manifest)

    def write(made: Path) -> None:
        for name, file in FILES.items():
            write_csv(getattr(found, name), made / file)
        write_manifest(result.manifest, made)

    put_folder(
        folder,
        write,
        allow=lambda: refuse_other(folder, result.manifest),
        ours=lambda _: [MANIFEST, *FILES.values()],
    )
    return [folder / file for file in FILES.values()]


def screen_tables(result: RunResult, found: Decomposition, language: str = "en") -> list[Table]:
    """The decompositions for the screen: parts by year, jobs by horizon, Nordhaus' tests."""
    words = labels(language)
    shown = [
        _parts_table(result, found, "labour_demand", (*ECONOMY, *SECTORS, "smoothing"), words),
        _parts_table(result, found, "labour_share", ("within", "between", "outside"), words),
    ]
    if not found.jobs.empty:
        shown.append(_jobs_table(found.jobs, words))
    if not found.nordhaus.empty:
        shown.append(_nordhaus_table(found.nordhaus, words))
    return shown


def _parts_table(
    result: RunResult,
    found: Decomposition,
    what: str,
    parts: Sequence[str],
    words: Mapping[str, str],
) -> Table:
    """Against the reference by year; a run that is its own reference along time, a year's mean."""
    t = found.table[found.table["what"] == what]
    own = result.scenario == result.reference
    t = t[t["against"] == (PREVIOUS if own else result.reference)]
    sums = t.groupby(["part", "year"])["value"].sum()
    years = headline_years(result.frame)
    starts = [int(result.frame["year"].min()), *years[:-1]]
    title = f"{result.scenario}: {words[f'{what}_parts']}"
    table = Table(title=title, title_justify="left", box=SIMPLE)
    table.add_column(f"{words['part']}\n({words['a_year']})" if own else words["part"])
    for start, year in zip(starts, years, strict=True):
        table.add_column(f"{start}–{year}" if own else str(year), justify="right")
    for part in (*parts, "total"):
        if part not in sums.index:
            continue
        own_years = sums[part]
        cells = [
            own_years[(own_years.index > start) & (own_years.index <= year)].mean()
            if own
            else own_years.get(year, np.nan)
            for start, year in zip(starts, years, strict=True)
        ]
        if part == "total":
            table.add_section()
        table.add_row(words[f"part_{part}"], *(_signed(100 * float(x)) for x in cells))
    return table


def _jobs_table(found: pd.DataFrame, words: Mapping[str, str]) -> Table:
    table = Table(title=words["jobs_title"], title_justify="left", box=SIMPLE)
    table.add_column(words["jobs_horizon"])
    for heading in ("jobs_created", "jobs_lost", "jobs_net"):
        table.add_column(words[heading], justify="right")
    total = found[found["by"] == "total"]
    for row in total.to_dict("records"):
        gross = (f"{row[c]:.2f}" for c in ("created", "lost"))
        table.add_row(f"{row['horizon']} ({row['year']})", *gross, _signed(float(row["net"])))
    return table


def _nordhaus_table(found: pd.DataFrame, words: Mapping[str, str]) -> Table:
    table = Table(title=words["nordhaus_title"], title_justify="left", box=SIMPLE)
    for heading in ("nordhaus_test", "nordhaus_now", "nordhaus_slope", "nordhaus_target"):
        table.add_column(words[heading], justify="left" if "test" in heading else "right")
    table.add_column(words["nordhaus_years"], justify="right")
    for row in found.to_dict("records"):
        years = float(row["years"])
        table.add_row(
            words[f"nordhaus_{row['test']}"],
            f"{row['now']:.3f}",
            f"{row['slope']:+.4f}",
            f"{row['target']:.2f}",
            f"{years:,.0f}" if np.isfinite(years) else words["never"],
        )
    return table


def _signed(value: float) -> str:
    if np.isnan(value):
        return "–"
    text = f"{value:+.2f}"
    return text if text.strip("+-0.") else "0.00"
