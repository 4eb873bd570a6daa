"""Accounting on solved runs: deviations, groups, the labour share taken apart, Engels' pause.

Nothing here is an equation of the model; every function takes figures of solved runs and combines
them. Arrays run over years first (T), then sectors (N).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engels.calibration.benchmark import Benchmark

Array = NDArray[np.float64]

KEYS = ["variable", "sector", "group", "year"]
"""Columns that name one figure of one run."""

NOISE = 1e-7
"""Relative difference below which two solved figures count as the same."""


def engels_pause(
    real_wage: Array,
    output_per_worker: Array,
    wage_reference: Array,
    output_reference: Array,
    threshold: float,
) -> NDArray[np.bool_]:
    """Years (T) of Engels' pause: output per worker above its reference, the wage below by ``threshold``.

    The levels are over the same T years, in any unit; the threshold is a share of the reference's wage.
    """
    below = real_wage < wage_reference * (1 - max(threshold, NOISE))
    above = output_per_worker > output_reference * (1 + NOISE)
    return np.asarray(below & above)


def pause_in_levels(real_wage: Array, output_per_worker: Array) -> NDArray[np.bool_]:
    """Years (T) in which output per worker grows and the real wage does not (Allen 2009), the first never."""
    still = real_wage[1:] <= real_wage[:-1] * (1 + NOISE)
    grows = output_per_worker[1:] > output_per_worker[:-1] * (1 + NOISE)
    return np.concatenate([np.zeros(min(1, len(real_wage)), dtype=bool), still & grows])


@dataclass(frozen=True)
class Pause:
    """Engels' pause of a run.

    Attributes
    ----------
    years: those of the pause against the reference, with the threshold of the run.
    gaps: in these years, what the wage is below the reference's, per cent of that.
    levels: years in which output per worker grows and the wage does not.
    """

    years: tuple[int, ...]
    gaps: tuple[float, ...]
    levels: tuple[int, ...]

    @property
    def depth(self) -> float:
        """The largest gap, per cent of the reference's wage; 0 without a pause."""
        return max(self.gaps, default=0.0)

    @property
    def loss(self) -> float:
        """The gaps of all years of the pause together, per cent of a year's wage."""
        return sum(self.gaps)

    def until(self, year: int) -> Pause:
        """What there is of it to the end of a year."""
        kept = [(y, gap) for y, gap in zip(self.years, self.gaps, strict=True) if y <= year]
        return Pause(
            tuple(y for y, _ in kept),
            tuple(gap for _, gap in kept),
            tuple(y for y in self.levels if y <= year),
        )


def pause_of(frame: pd.DataFrame, scenario: str, reference: str) -> Pause:
    """Engels' pause of a run, as it was reported."""
    marked, still = (
        [int(y) for y in hit.index[hit > 0]]
        for hit in (series(frame, scenario, v) for v in ("engels_pause", "engels_pause_levels"))
    )
    wage, other = (series(frame, name, "real_wage") for name in (scenario, reference))
    gaps = [100 * (1 - float(wage[y]) / float(other[y])) for y in marked]
    return Pause(tuple(marked), tuple(gaps), tuple(still))


def trough(years: Sequence[int], deviation: Array) -> tuple[int, float]:
    """Year and depth of the lowest point of a deviation from a reference (T), the J-curve's trough."""
    at = int(np.argmin(deviation))
    return int(years[at]), float(deviation[at])


def break_even(years: Sequence[int], deviation: Array) -> int | None:
    """First year after its trough in which a deviation (T) is positive; None where it never is.

    A deviation that never falls below zero has no trough to come back from: its first year counts.
    """
    at = int(np.argmin(deviation)) if np.min(deviation) < -NOISE else 0
    after = np.flatnonzero(deviation[at:] > NOISE)
    return int(years[at + int(after[0])]) if len(after) else None


def labour_share_parts(
    labour_income: Array, income: Array, labour_reference: Array, income_reference: Array
) -> tuple[Array, Array]:
    """Change of the aggregate labour share against the reference: (within, between), each T.

    ``labour_income`` and ``income`` (labour and capital income) are T x N nominal flows of the run,
    the other two those of the reference. *Within* weighs the change of each sector's labour share
    by the sector's mean share of income in the two runs; *between* weighs the change of income
    shares by the mean labour share. The parts add up exactly, without a cross term.
    """
    share, weight = _shares(labour_income, income)
    share0, weight0 = _shares(labour_reference, income_reference)
    within = (0.5 * (weight + weight0) * (share - share0)).sum(axis=1)
    between = (0.5 * (share + share0) * (weight - weight0)).sum(axis=1)
    return within, between


def tornqvist(share: Array, stock: Array, share_reference: Array, stock_reference: Array) -> Array:
    """What inputs add to GDP against a reference (T, a log change), by the mean of shares of both.

    Shares of GDP and stocks of inputs are T x N.
    """
    change = np.log(stock / stock_reference)
    return np.asarray((0.5 * (share + share_reference) * change).sum(axis=1))


def premium_shares(value: Array, premium: Array, gdp: Array) -> Array:
    """Income of capital that is premium over the mean premium, T x N, shares of GDP.

    (xi_j - xi) q_j K_j / Y with the mean xi weighted by ``value``, q_j K_j (T x N), so that a year's
    shares add up to zero. ``premium`` is T x N, ``gdp`` is T, in the same money.
    """
    mean = (premium * value).sum(axis=1, keepdims=True) / value.sum(axis=1, keepdims=True)
    return np.asarray((premium - mean) * value / gdp[:, None])


def _shares(labour_income: Array, income: Array) -> tuple[Array, Array]:
    # a sector without income has no labour share of its own and no weight
    share = np.divide(labour_income, income, out=np.zeros_like(income), where=income != 0)
    return share, income / income.sum(axis=1, keepdims=True)


def group_totals(values: Array, benchmark: Benchmark) -> dict[str, Array]:
    """Sums over the groups of sectors (T each) of a T x N array.

    The groups are ``primary``, ``secondary``, ``tertiary`` and ``capital_intensive``,
    ``labour_intensive``; AI services belong to both a stage and an intensity.
    """
    labels = [benchmark.stage[code] for code in benchmark.sectors]
    kinds = [f"{benchmark.intensity[code]}_intensive" for code in benchmark.sectors]
    result: dict[str, Array] = {}
    for names in (labels, kinds):
        for name in dict.fromkeys(names):
            chosen = np.array([n == name for n in names])
            result[name] = values[:, chosen].sum(axis=1)
    return result


INTENSITIES = ("capital", "labour")
"""Kinds of sectors by factor intensity."""


def intensity_groups(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """Codes of the capital- and of the labour-intensive sectors of a run, AI services in neither.

    Tables say of these groups what AI does to the sectors that use it. ``output_group`` of the
    results counts AI services in, whose own growth then hides that of the users.
    """
    sectors: Mapping[str, Mapping[str, str]] = manifest["sectors"]
    users = {code: x["intensity"] for code, x in sectors.items() if code != manifest["ai"]}
    return {kind: [c for c, x in users.items() if x == kind] for kind in INTENSITIES}


def sum_of_sectors(
    frame: pd.DataFrame, scenario: str, variable: str, codes: Sequence[str]
) -> pd.Series[float]:
    """Sum of a variable of one run over some sectors, by year."""
    table = by_sector(frame, scenario, variable)
    return table[[c for c in codes if c in table]].sum(axis=1)


IN_POINTS = ("share", "rate", "ad valorem", "1 or 0")
"""Units that begin so have deviations in percentage points."""


def in_points(unit: str) -> bool:
    """Whether deviations of a variable are percentage points (shares and rates), not per cent."""
    return unit.startswith(IN_POINTS)


def deviations(frame: pd.DataFrame, scenario: str, reference: str) -> pd.DataFrame:
    """Every figure of a run against its reference.

    Returns columns variable, sector, group, year, value, reference, deviation, unit: ``deviation``
    is in per cent (``unit`` "%") or, for shares and rates, in percentage points ("points"). A
    per-cent deviation from zero is NaN.
    """
    run = frame[frame["scenario"] == scenario]
    other = frame[frame["scenario"] == reference]
    both = run.merge(other, on=KEYS, suffixes=("", "_reference"), how="inner")
    value, base = both["value"].to_numpy(), both["value_reference"].to_numpy()
    points = both["unit"].astype(str).map(in_points).to_numpy(dtype=bool)
    percent = np.full(len(both), np.nan)
    np.divide(value, base, out=percent, where=base != 0)
    deviation = np.where(points, 100 * (value - base), 100 * (percent - 1))
    return pd.DataFrame(
        {
            **{key: both[key] for key in KEYS},
            "value": value,
            "reference": base,
            "deviation": deviation,
            "unit": np.where(points, "points", "%"),
        }
    )


def series(
    frame: pd.DataFrame, scenario: str, variable: str, sector: str = "", group: str = ""
) -> pd.Series[float]:
    """One variable of one run by year; empty when the run does not have it."""
    chosen = frame[
        (frame["scenario"] == scenario)
        & (frame["variable"] == variable)
        & (frame["sector"] == sector)
        & (frame["group"] == group)
    ]
    return chosen.set_index("year")["value"].sort_index().astype(float)


def by_sector(frame: pd.DataFrame, scenario: str, variable: str) -> pd.DataFrame:
    """One variable of one run, years x sectors; empty when the run does not have it."""
    chosen = frame[
        (frame["scenario"] == scenario) & (frame["variable"] == variable) & (frame["sector"] != "")
    ]
    table = chosen.assign(sector=chosen["sector"].astype(str))
    return table.pivot_table(index="year", columns="sector", values="value", observed=True)


def spans(years: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of consecutive years as (first, last)."""
    found: list[tuple[int, int]] = []
    for year in sorted(years):
        if found and year == found[-1][1] + 1:
            found[-1] = (found[-1][0], year)
        else:
            found.append((year, year))
    return found


def shares(table: pd.DataFrame, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Shares of groups of sectors in the total (years x groups), from years x sectors."""
    total = table.sum(axis=1)
    return pd.DataFrame(
        {
            name: table[[c for c in codes if c in table]].sum(axis=1) / total
            for name, codes in groups.items()
        }
    )
