"""The headline of a run: a dozen figures on screen and in ``headline.csv``; the progress bar."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from rich.box import SIMPLE
from rich.table import Table

from engels.runs.indicators import deviations
from engels.runs.indicators.labels import labels

YEARS = (2030, 2035, 2050)
"""Years of the headline table; those a run does not reach are left out."""

UNCHANGED = 1e-6
"""Deviation (percent or points) below which a row of the kind ``only_if_changed`` is left out."""

ProgressCallback = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Row:
    """One line of the headline table.

    With an ``intensity`` it is the sum over the sectors of that kind, AI services left out.
    """

    label: str  # key of labels.csv
    variable: str
    group: str = ""
    only_if_changed: bool = False
    intensity: str = ""


ROWS = (
    Row("gdp_real", "gdp_real"),
    Row("consumption_real", "consumption_real"),
    Row("labour_share", "labour_share"),
    Row("real_wage", "real_wage"),
    Row("output_per_worker", "output_per_worker"),
    *(Row(f"output_{kind}_intensive", "output", intensity=kind) for kind in deviations.INTENSITIES),
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


Groups = Mapping[str, Sequence[str]]
"""Sectors by factor intensity, of ``measures.intensity_groups``; without them their rows are left out."""

NO_GROUPS: Groups = MappingProxyType({})


def headline(
    frame: pd.DataFrame,
    scenario: str,
    reference: str,
    groups: Groups = NO_GROUPS,
    years: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Headline figures of a run against its reference, in ``years`` (:func:`headline_years` for None).

    Returns columns indicator (key of labels.csv), year, value, reference, deviation, unit ("%" or
    "points"). The last rows say what there was of Engels' pause to the end of each year: years of it
    (``pause_years``) and of that in levels (``pause_levels``), its depth and its cumulated loss.
    Before them stands lifetime welfare, in the year in which the run is announced: trillion yuan, and
    per cent of the present value of the reference's spending.
    """
    years = headline_years(frame) if years is None else list(years)
    wanted = frame[
        frame["year"].isin(years)
        & frame["variable"].isin({row.variable for row in ROWS})
        & (frame["sector"] == "")
    ]
    table = deviations.deviations(wanted, scenario, reference)
    found = []
    for row in ROWS:
        if row.intensity:
            codes = groups.get(row.intensity, ())
            chosen = _of_sectors(frame, scenario, reference, row.variable, codes, years)
        else:
            chosen = table[(table["variable"] == row.variable) & (table["group"] == row.group)]
        if row.only_if_changed and not (chosen["deviation"].abs() > UNCHANGED).any():
            continue
        found.append(
            chosen.sort_values("year").assign(indicator=row.label)[
                ["indicator", "year", "value", "reference", "deviation", "unit"]
            ]
        )
    found += [_lifetimes(frame, scenario), _pause_so_far(frame, scenario, reference, years)]
    return pd.concat(found, ignore_index=True)


LIFETIME = {
    "welfare_lifetime": "",
    "welfare_lifetime_rural": "rural",
    "welfare_lifetime_urban": "urban",
}
"""Rows of the headline that lifetime welfare has, with the household of each."""


def _lifetimes(frame: pd.DataFrame, scenario: str) -> pd.DataFrame:
    """Lifetime welfare as rows of the headline: one figure a run, in the year of its announcement."""
    rows = []
    for row, household in LIFETIME.items():
        gain, share = (
            deviations.series(frame, scenario, v, group=household)
            for v in ("welfare_lifetime", "welfare_lifetime_share")
        )
        rows += [
            (row, int(year), float(gain[year]), 0.0, 100 * float(share[year]), "%")
            for year in gain.index.intersection(share.index)
        ]
    return pd.DataFrame(
        rows, columns=["indicator", "year", "value", "reference", "deviation", "unit"]
    )


PAUSE = ("pause_years", "pause_levels", "pause_depth", "pause_loss")
"""Rows of the headline that Engels' pause has."""


def _pause_so_far(
    frame: pd.DataFrame, scenario: str, reference: str, years: Sequence[int]
) -> pd.DataFrame:
    """Engels' pause to the end of each year, of run and reference, as rows of the headline."""

    def figures(name: str) -> dict[str, list[float]]:
        whole = deviations.pause_of(frame, name, reference)
        parts = [whole.until(year) for year in years]
        return {
            "pause_years": [float(len(p.years)) for p in parts],
            "pause_levels": [float(len(p.levels)) for p in parts],
            "pause_depth": [p.depth for p in parts],
            "pause_loss": [p.loss for p in parts],
        }

    own, other = figures(scenario), figures(reference)
    return pd.DataFrame(
        [
            (row, year, x, y, x - y, "%" if row in ("pause_depth", "pause_loss") else "years")
            for row in PAUSE
            for year, x, y in zip(years, own[row], other[row], strict=True)
        ],
        columns=["indicator", "year", "value", "reference", "deviation", "unit"],
    )


def _of_sectors(
    frame: pd.DataFrame,
    scenario: str,
    reference: str,
    variable: str,
    codes: Sequence[str],
    years: Sequence[int],
) -> pd.DataFrame:
    """A sum over sectors beside that of the reference, as ``measures.deviations`` has it."""
    if not codes:
        return pd.DataFrame(columns=["year", "value", "reference", "deviation", "unit"])
    own, other = (
        deviations.sum_of_sectors(frame, name, variable, codes).reindex(list(years))
        for name in (scenario, reference)
    )
    return pd.DataFrame(
        {
            "year": list(years),
            "value": own.to_numpy(),
            "reference": other.to_numpy(),
            "deviation": (100 * (own / other - 1)).to_numpy(),
            "unit": "%",
        }
    )


def spell(years: Sequence[int]) -> str:
    """Years as spans: ``2026–2031, 2040``."""
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in deviations.spans(years))


def signed(value: float) -> str:
    """A deviation with its sign, to two digits."""
    if value != value:
        return "–"
    digits = 2 if abs(value) < 100 else 0
    text = f"{value:+,.{digits}f}"
    # what rounds to nothing has no sign
    return text if text.strip("+-0.,") else text.lstrip("+-")


def _number(value: float, unit: str, points: str) -> str:
    return f"{signed(value)} {points if unit == 'points' else '%'}"


def headline_table(
    frame: pd.DataFrame,
    scenario: str,
    reference: str,
    title: str,
    subtitle: str = "",
    language: str = "en",
    groups: Groups = NO_GROUPS,
    *,
    threshold: float,
) -> Table:
    """The headline as a table for the screen: deviations from the reference by year.

    ``threshold`` is that of Engels' pause, a share of the reference's wage.
    """
    words = labels(language)
    figures = headline(frame, scenario, reference, groups)
    years = headline_years(frame)
    against = words["against"].format(reference=words.get(reference, reference))
    pause = deviations.pause_of(frame, scenario, reference)
    # figures of the whole run are sentences: in a column they would push those of the years away
    below = [
        *lifetime_lines(frame, scenario, words),
        *pause_lines(pause, threshold, words),
        *([words["output_note"]] if groups else []),
        *([subtitle] if subtitle else []),
    ]
    table = Table(
        title=title,
        caption="\n".join(below),
        title_justify="left",
        caption_justify="left",
    )
    table.add_column(f"{words['indicator']} ({against})")
    for year in years:
        table.add_column(str(year), justify="right", no_wrap=True)
    for row in ROWS:
        chosen = figures[figures["indicator"] == row.label]
        if chosen.empty and (row.only_if_changed or row.intensity):
            continue
        cell = {
            int(y): (float(d), str(u))
            for y, d, u in zip(chosen["year"], chosen["deviation"], chosen["unit"], strict=True)
        }
        cells = [_number(*cell[y], words["points_unit"]) if y in cell else "–" for y in years]
        table.add_row(words[row.label], *cells)
    return table


def lifetime_lines(frame: pd.DataFrame, scenario: str, words: Mapping[str, str]) -> tuple[str, ...]:
    """Lifetime welfare of a run in words; none where the figures are not there."""
    rows = _lifetimes(frame, scenario).set_index("indicator")
    if not set(LIFETIME) <= set(rows.index):
        return ()
    gain, per_cent = (rows[column].astype(float).to_dict() for column in ("value", "deviation"))
    beta, tail = (
        100 * float(deviations.series(frame, scenario, v).iloc[0])
        for v in ("welfare_lifetime_beta", "welfare_tail")
    )
    share = {row: signed(per_cent[row]) for row in LIFETIME}
    whole = words["lifetime_size"].format(
        share=share["welfare_lifetime"],
        rural=share["welfare_lifetime_rural"],
        urban=share["welfare_lifetime_urban"],
        gain=signed(gain["welfare_lifetime"]),
    )
    return (
        f"{words['lifetime']}: {whole}",
        words["lifetime_note"].format(beta=signed(beta), tail=f"{tail:.0f}"),
    )


def pause_lines(
    pause: deviations.Pause, threshold: float, words: Mapping[str, str]
) -> tuple[str, str]:
    """Engels' pause of a run in words: against its reference, and in levels."""
    against = words["pause_against"].format(threshold=f"{100 * threshold:g}")
    said = spell(pause.years) if pause.years else words["none"]
    if pause.years:
        said += words["pause_size"].format(depth=f"{pause.depth:.2f}", loss=f"{pause.loss:.1f}")
    still = spell(pause.levels) if pause.levels else words["none"]
    return f"{against}: {said}", f"{words['pause_levels']}: {still}"


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
        caption_justify="left",
        box=SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column(words["indicator"])
    for year in years:
        table.add_column(str(year), justify="right", no_wrap=True)
    for label, variable, kind in BASELINE_ROWS:
        values = deviations.series(frame, scenario, variable)
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
    words = labels(language)
    name = str(manifest["scenario"])
    titles = manifest.get("title") or {}
    # of a mapping file, which has its whole path, the name
    parts = (Path(str(manifest["aggregation"])).name, manifest["ai_mode"], manifest["expectations"])
    settings = ", ".join(map(str, parts))
    asked = manifest.get("asked") or {}
    changed = "".join(f"; {key} = {value}" for key, value in asked.items())
    label = str(manifest.get("label", name))
    title = f"{titles.get(language) or name} ({label}; {settings}{changed})"
    solver = manifest["solver"]
    worst = max(float(r["value"]) for r in manifest["residuals"].values())
    seconds = sum(float(s) for s in manifest["seconds"].values())
    said = words["solved_by"].format(
        solver=solver["name"],
        version=solver["version"],
        linear=solver["linear_solver"],
        residual=f"{worst:.0e}",
        seconds=f"{seconds:.0f}",
    )
    if name == manifest["reference"]:
        return baseline_table(frame, name, title, said, language)
    groups = deviations.intensity_groups(manifest)
    reference = str(manifest["reference"])
    threshold = float(manifest["pause_threshold"])
    return headline_table(
        frame, name, reference, title, said, language, groups, threshold=threshold
    )


COMPARED = (
    ("compared_gdp", "gdp_real"),
    ("compared_consumption", "consumption_real"),
    ("compared_labour_share", "labour_share"),
    ("compared_wage", "real_wage"),
    ("compared_ai_price", "ai_price_effective"),
)
"""Columns of the table that compares runs (keys of labels.csv): it must fit a screen of 80 columns."""


def comparison_table(
    runs: Mapping[str, pd.DataFrame],
    references: Mapping[str, str],
    year: int,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    *,
    thresholds: Collection[float],
) -> Table:
    """One line a run: its deviations from its own reference in ``year``.

    ``thresholds`` are those of Engels' pause in the runs. ``runs`` and ``references`` are by what a run
    is called; ``names`` gives its scenario where that is another name. A reference that is not the
    baseline is named under the run.
    """
    words = labels(language)
    own = any(reference != "baseline" for reference in references.values())
    table = Table(
        title=words["compared_title_own" if own else "compared_title"].format(year=year),
        title_justify="left",
        caption=words["pause_note"].format(
            threshold=", ".join(f"{100 * x:g}" for x in sorted(set(thresholds)))
        ),
        caption_justify="left",
        box=SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column(words["scenario"], overflow="fold", min_width=12)
    for heading, _ in COMPARED:
        table.add_column(words[heading].replace("\\n", "\n"), justify="right", no_wrap=True)
    table.add_column(words["compared_pause"].replace("\\n", "\n"), justify="right", no_wrap=True)
    for name, frame in runs.items():
        scenario, reference = (names or {}).get(name, name), references[name]
        at = year if year in set(frame["year"]) else int(frame["year"].max())
        figures = headline(frame[frame["year"] <= at], scenario, reference)
        now = figures[figures["year"] == at].set_index("indicator")["deviation"].to_dict()
        cells = [signed(float(now.get(key, float("nan")))) for _, key in COMPARED]
        pause = deviations.pause_of(frame, scenario, reference).years
        said = name if at == year else f"{name} ({at})"
        if own:
            other = words.get(reference, reference)
            said += f"\n  {words['compared_from'].format(reference=other)}"
        table.add_row(said, *cells, str(len(pause)))
    return table
