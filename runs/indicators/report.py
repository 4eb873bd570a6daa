"""What is reported of a solved run: pure functions of its solution and its reference's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from engels.calibration.benchmark import Array, Benchmark
from engels.model.algebra.grid import Years
from engels.model.algebra.point import Point
from engels.model.economy.block import Rows
from engels.model.reporting.measures import (
    Figures,
    Keep,
    adjusted_residual,
    equivalent_variation,
    measured,
    solow_residual,
    variables,
)
from engels.model.solving.solution import Solution
from engels.runs.indicators.deviations import engels_pause, labour_share_parts
from engels.runs.indicators.inequality import gini, theil

Series = dict[tuple[str, str, str], Array]
"""Figures over years by variable, sector and group."""
Key = tuple[str, str, str, int]
"""Variable, sector, group and year of a reported figure."""


def tidy(rows: Mapping[str, Rows]) -> pd.DataFrame:
    """The rows of some scenarios, by name, as a table."""
    return pd.concat([_frame(name, own) for name, own in rows.items()], ignore_index=True)


def _frame(name: str, rows: Rows) -> pd.DataFrame:
    units = variables()
    order = {v: n for n, v in enumerate(units)}
    keys = sorted(rows, key=lambda k: (order[k[0]], k[1:]))
    return pd.DataFrame(
        {
            "scenario": name,
            "variable": [k[0] for k in keys],
            "sector": [k[1] for k in keys],
            "group": [k[2] for k in keys],
            "year": [k[3] for k in keys],
            "value": [rows[k] for k in keys],
            "unit": [units[k[0]].unit for k in keys],
        }
    )


class Reporter:
    """All that is reported of runs, for their years; some of it is against one reference.

    The reference is measured once.
    """

    def __init__(self, reference: Solution) -> None:
        self._reference, self._base = reference, measured(reference)
        self._own: Figures | None = None

    def __call__(self, run: Solution, keep: Keep | None = None) -> Rows:
        """The rows of a solved path: those that are kept, by default all."""
        return self._reported(run).rows(keep)

    def _reported(self, run: Solution) -> Figures:
        if run is not self._reference:
            return _report(run, self._measured(run), self._reference, self._base)
        if self._own is None:
            self._own = _report(run, self._base, run, self._base)
        return self._own

    def _measured(self, path: Solution) -> Figures:
        if path is self._reference:
            return self._base
        return measured(path, None if path.origin is None else self._measured(path.origin))


def _report(run: Solution, own: Figures, reference: Solution, base: Figures) -> Figures:
    """``own`` and ``base`` are the figures of run and reference, from the base year on, from which
    productivity is measured.
    """
    b, years = run.benchmark, run.reported
    found = Figures(own.years, dict(own.series))
    found.series["tfp", "", ""] = residual = solow_residual(own, b)
    adjusted = adjusted_residual(own, residual)
    if adjusted is not None:
        found.series["tfp_adjusted", "", ""] = adjusted
    t = Years(years)
    mine, theirs = own.over(years), base.over(years)
    here, there = Point(run.values, {}), Point(reference.values, {})
    rows = _compared(b, mine, theirs, t)
    for h in b.households:
        rows["welfare_ev", "", h, t] = equivalent_variation(b, there, here, h, t)
    if b.technology.household_groups:
        _split_welfare(rows, b, mine, theirs, here, there, t)
        _inequality(rows, b, mine, theirs, here, there, t)
    found.add(rows)
    return found


def _compared(b: Benchmark, mine: Series, theirs: Series, t: Years) -> Rows:
    """The labour share taken apart, and Engels' pause."""

    def matrix(series: Series, variable: str) -> Array:
        return np.array([series[variable, j, ""] for j in b.sectors]).T

    within, between = labour_share_parts(
        matrix(mine, "labour_income"),
        matrix(mine, "value_added"),
        matrix(theirs, "labour_income"),
        matrix(theirs, "value_added"),
    )
    pause = engels_pause(
        mine["real_wage", "", ""],
        mine["output_per_worker", "", ""],
        theirs["real_wage", "", ""],
        theirs["output_per_worker", "", ""],
    )
    return {
        ("labour_share_within", "", "", t): within,
        ("labour_share_between", "", "", t): between,
        ("engels_pause", "", "", t): pause.astype(float),
    }


def _split_welfare(
    rows: Rows, b: Benchmark, mine: Series, theirs: Series, here: Point, there: Point, t: Years
) -> None:
    """Equivalent variation by lower prices and by a larger share of national money income.

    With E spending and k the growth of nominal GDP over the reference's, E'/k - E is what the household
    gains by its share; the rest of its gain is that its share buys more.
    """
    more = mine["gdp_nominal", "", ""] / theirs["gdp_nominal", "", ""]
    for h in b.households:
        share = here.spending[h, t] / more - there.spending[h, t]
        rows["welfare_income", "", h, t] = share
        rows["welfare_price", "", h, t] = rows["welfare_ev", "", h, t] - share


def _inequality(
    rows: Rows, b: Benchmark, mine: Series, theirs: Series, here: Point, there: Point, t: Years
) -> None:
    """Welfare of the groups, and inequality of income and consumption per head between them."""
    g = b.technology.household_groups
    assert g is not None
    for n, h in zip(g.names, g.region, strict=True):
        rows["welfare_ev", "", n, t] = ev = equivalent_variation(b, there, here, h, t, n)
        # by the persons that the reference has in the group
        rows["welfare_ev_head", "", n, t] = 1e3 * ev / theirs["persons_group", "", n]
    persons = np.array([mine["persons_group", "", n] for n in g.names])
    for what in ("income", "consumption"):
        head = np.array([mine[f"{what}_group", "", n] for n in g.names]) / persons
        for name, of in (("gini", gini), ("theil", theil)):
            rows[f"{name}_{what}", "", "", t] = np.array(
                [of(x, w) for x, w in zip(head.T, persons.T, strict=True)]
            )
