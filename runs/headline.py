"""The headline of a run: a dozen figures on screen and in ``headline.csv``; the progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from engels.runs import measures
from engels.runs.labels import labels

YEARS = (2030, 2035, 2050)
"""Years of the headline table; those a run does not reach are left out."""

UNCHANGED = 1e-6
"""Deviation (percent or points) below which a row of the kind ``only_if_changed`` is left out."""

ProgressCallback = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Row:
    """One line of the headline table."""

    label: str  # key of labels.csv
    variable: str
    group: str = ""
    only_if_changed: bool = False


ROWS = (
    Row("gdp_real", "gdp_real"),
    Row("consumption_real", "consumption_real"),
    Row("labour_share", "labour_share"),
    Row("real_wage", "real_wage"),
    Row("output_per_worker", "output_per_worker"),
    Row("output_capital_intensive", "output_group", "capital_intensive"),
    Row("output_labour_intensive", "output_group", "labour_intensive"),
    Row("ai_price", "ai_price"),
    Row("ai_price_effective", "ai_price_effective"),
    Row("compute_price", "compute_price"),
    # what a swap has found
    Row("automation_depth", "automation_depth", only_if_changed=True),
    *(
        Row(lever, lever, only_if_changed=True)
        for lever in (
            "markup_common",
            "ai_tax",
            "output_tax",
            "ai_subsidy",
            "compute_subsidy",
            "service_subsidy",
        )
    ),
    Row("unemployment", "unemployment", only_if_changed=True),
    Row("gini_consumption", "gini_consumption", only_if_changed=True),
    Row("large_firms", "large_firms", only_if_changed=True),
    # what blocks add
    Row("adoption_mean", "adoption_mean", only_if_changed=True),
    Row("intangible_effect", "intangible_effect", only_if_changed=True),
    Row("ai_quality", "ai_quality", only_if_changed=True),
    Row("knowledge_effect", "knowledge_effect", only_if_changed=True),
    Row("chip_quality", "chip_quality", only_if_changed=True),
    *(
        Row(f"link_{link}", "link_share", link, only_if_changed=True)
        for link in ("chips", "data_centres", "power", "storage")
    ),
)


def headline_years(frame: pd.DataFrame) -> list[int]:
    """The years of the table; the last year of the run when it reaches none of them."""
    solved = sorted(int(y) for y in frame["year"].unique())
    return [y for y in YEARS if y in solved] or solved[-1:]


def headline(frame: pd.DataFrame, scenario: str, reference: str) -> pd.DataFrame:
    """Headline figures of a run against its reference.

    Returns columns indicator (key of labels.csv), year, value, reference, deviation, unit ("%" or
    "points"). The last rows, ``pause_years``, hold the number of years of Engels' pause up to each
    year.
    """
    years = headline_years(frame)
    wanted = frame[
        frame["year"].isin(years)
        & frame["variable"].isin({row.variable for row in ROWS})
        & (frame["sector"] == "")
    ]
    table = measures.deviations(wanted, scenario, reference)
    found = []
    for row in ROWS:
        chosen = table[(table["variable"] == row.variable) & (table["group"] == row.group)]
        if row.only_if_changed and not (chosen["deviation"].abs() > UNCHANGED).any():
            continue
        found.append(
            chosen.sort_values("year").assign(indicator=row.label)[
                ["indicator", "year", "value", "reference", "deviation", "unit"]
            ]
        )
    pause = measures.pause_years(frame, scenario, reference)
    so_far = [float(sum(1 for y in pause if y <= year)) for year in years]
    counted = pd.DataFrame(
        {
            "indicator": "pause_years",
            "year": years,
            "value": so_far,
            "reference": 0.0,
            "deviation": so_far,
            "unit": "years",
        }
    )
    return pd.concat([*found, counted], ignore_index=True)


def spell(years: Sequence[int]) -> str:
    """Years as spans: ``2026–2031, 2040``."""
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in measures.spans(years))


def _signed(value: float) -> str:
    if value != value:
        return "–"
    digits = 2 if abs(value) < 100 else 0
    text = f"{value:+,.{digits}f}"
    # what rounds to nothing has no sign
    return text if text.strip("+-0.,") else text.lstrip("+-")


def _number(value: float, unit: str) -> str:
    return f"{_signed(value)} {'pp' if unit == 'points' else '%'}"


def headline_table(
    frame: pd.DataFrame,
    scenario: str,
    reference: str,
    title: str,
    subtitle: str = "",
    language: str = "en",
) -> Table:
    """The headline as a table for the screen: deviations from the reference by year."""
    words = labels(language)
    figures = headline(frame, scenario, reference)
    years = headline_years(frame)
    against = words["against"].format(reference=words.get(reference, reference))
    table = Table(title=title, caption=subtitle or None, title_justify="left")
    table.add_column(f"{words['indicator']} ({against})")
    for year in years:
        table.add_column(str(year), justify="right")
    for row in ROWS:
        chosen = figures[figures["indicator"] == row.label]
        if row.only_if_changed and chosen.empty:
            continue
        cell = {
            int(y): (float(d), str(u))
            for y, d, u in zip(chosen["year"], chosen["deviation"], chosen["unit"], strict=True)
        }
        cells = [_number(*cell[y]) if y in cell else "–" for y in years]
        table.add_row(words[row.label], *cells)
    pause = measures.pause_years(frame, scenario, reference)
    said = spell(pause) if pause else words["none"]
    table.add_section()
    table.add_row(words["pause_years"], said, *[""] * (len(years) - 1))
    return table


BASELINE_YEARS = (2021, 2023, 2025, 2030, 2035, 2050)
BASELINE_ROWS = (
    ("growth_gdp", "gdp_real", "growth"),
    ("growth_tfp", "tfp", "growth"),
    ("growth_labour_efficiency", "labour_efficiency", "growth"),
    ("growth_real_wage", "real_wage", "growth"),
    ("employment_million", "employment", "level"),
    ("investment_rate", "investment_rate", "share"),
    ("labour_share_axis", "labour_share", "share"),
    ("interest_rate", "interest_rate", "share"),
    ("euler_wedge", "euler_wedge", "level"),
    ("consumption_propensity", "consumption_propensity", "level"),
)


def baseline_table(
    frame: pd.DataFrame, scenario: str, title: str, subtitle: str = "", language: str = "en"
) -> Table:
    """What a run implies by itself, for an economist to judge: growth rates, rates and wedges.

    For the baseline these are what it replicates (GDP, employment, investment) and what follows
    (productivity, the wedge in the saving decision).
    """
    words = labels(language)
    solved = set(frame["year"])
    years = [y for y in BASELINE_YEARS if {y, y - 1} <= solved] or sorted(solved)[-1:]
    table = Table(
        title=title,
        caption=subtitle or None,
        title_justify="left",
        box=SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column(words["indicator"])
    for year in years:
        table.add_column(str(year), justify="right")
    for label, variable, kind in BASELINE_ROWS:
        values = measures.series(frame, scenario, variable)
        if kind == "growth":
            values = 100 * (values / values.shift(1) - 1)
        elif kind == "share":
            values = 100 * values
        # a variable that no year has, or that never moves (the wedge of the other expectations)
        if values.dropna().empty or (label in ONLY_IF_MOVING and values.std() < UNCHANGED):
            continue
        cells = [_plain(float(values.get(year, float("nan")))) for year in years]
        table.add_row(words[label], *cells)
    return table


ONLY_IF_MOVING = {"euler_wedge", "consumption_propensity", "growth_labour_efficiency"}


def _plain(value: float) -> str:
    if value != value:
        return "–"
    digits = 0 if abs(value) >= 200 else 1 if abs(value) >= 10 else 2 if abs(value) >= 2 else 3
    return f"{value:.{digits}f}"


def run_table(frame: pd.DataFrame, manifest: Mapping[str, Any], language: str = "en") -> Table:
    """The headline table of a run, with what solved it and how well."""
    name = str(manifest["scenario"])
    titles = manifest.get("title") or {}
    # of a mapping file, which has its whole path, the name
    parts = (Path(str(manifest["aggregation"])).name, manifest["ai_mode"], manifest["expectations"])
    settings = ", ".join(map(str, parts))
    title = f"{titles.get(language, name)} ({name}; {settings})"
    solver = manifest["solver"]
    worst = max(float(r["value"]) for r in manifest["residuals"].values())
    seconds = sum(float(s) for s in manifest["seconds"].values())
    said = (
        f"{solver['name']} {solver['version']} ({solver['linear_solver']}), worst residual "
        f"{worst:.0e}, {seconds:.0f} s"
    )
    if name == manifest["reference"]:
        return baseline_table(frame, name, title, said, language)
    return headline_table(frame, name, str(manifest["reference"]), title, said, language)


COMPARED = (
    ("GDP\n%", "gdp_real"),
    ("Consump-\ntion, %", "consumption_real"),
    ("Labour\nshare, pp", "labour_share"),
    ("Real\nwage, %", "real_wage"),
    ("Eff. AI\nprice, %", "ai_price_effective"),
)
"""Columns of the table that compares runs: it must fit a screen of 80 columns."""


def comparison_table(
    runs: Mapping[str, pd.DataFrame], references: Mapping[str, str], year: int
) -> Table:
    """One line a run: its deviations from its own reference in ``year``."""
    words = labels("en")
    others = [f"{n} from {r}" for n, r in references.items() if r != "baseline"]
    table = Table(
        title=f"All runs in {year}, deviations from the baseline",
        caption=f"({', '.join(others)})" if others else None,
        title_justify="left",
        caption_justify="left",
        box=SIMPLE,
    )
    table.add_column(words["scenario"], no_wrap=True)
    for heading, _ in COMPARED:
        table.add_column(heading, justify="right")
    table.add_column("Pause,\nyears", justify="right")
    for name, frame in runs.items():
        at = year if year in set(frame["year"]) else int(frame["year"].max())
        figures = headline(frame[frame["year"] <= at], name, references[name])
        now = figures[figures["year"] == at].set_index("indicator")["deviation"].to_dict()
        cells = [_signed(float(now.get(key, float("nan")))) for _, key in COMPARED]
        pause = measures.pause_years(frame, name, references[name])
        table.add_row(name, *cells, str(len(pause)))
    return table


@contextmanager
def solving_progress(console: Console, title: str) -> Iterator[ProgressCallback]:
    """A progress bar on ``console``; yields the callback (stage, done, total) that moves it."""
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )
    tasks: dict[str, TaskID] = {}

    def advance(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bar.add_task(f"{title}: {stage}", total=total)
        bar.update(tasks[stage], completed=done, total=total)

    with bar:
        yield advance
