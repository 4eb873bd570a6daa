"""What is reported of a solved run: pure functions of its solution and its reference's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from engels.calibration.benchmark import Array, Benchmark
from engels.model.algebra.grid import Years
from engels.model.algebra.point import Point
from engels.model.economy.block import Rows
from engels.model.economy.capital import premium
from engels.model.reporting.lifetime import lifetime_welfare
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
from engels.runs.indicators.deviations import (
    engels_pause,
    labour_share_parts,
    pause_in_levels,
    premium_shares,
    tornqvist,
)
from engels.runs.indicators.inequality import gini, theil

Series = dict[tuple[str, str, str], Array]
"""Figures over years by variable, sector and group."""
LIFETIME_FIGURES = (
    "welfare_lifetime",
    "welfare_lifetime_share",
    "welfare_lifetime_beta",
    "welfare_tail",
)
"""Figures of welfare over a lifetime, one a run."""

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

    def __call__(self, run: Solution, since: int | None = None, keep: Keep | None = None) -> Rows:
        """The rows of a solved path: those that are kept, by default all.

        Lifetimes begin in ``since``, by default when the run was announced, and their figures are those of
        that year: give the reference the year of the run beside it.
        """
        rows = self._reported(run).rows(keep)
        start = run.announced if since is None else since
        if keep is None or (
            keep.year(start) and any(keep.figure(v, "", "") for v in LIFETIME_FIGURES)
        ):
            rows |= _lifetimes(run, self._reference, start, keep)
        return rows

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
    rows["capital_gain", "", "", t], rows["premium_gain", "", "", t] = _capital_gain(run, reference)
    for h in b.households:
        rows["welfare_ev", "", h, t] = equivalent_variation(b, there, here, h, t)
    if b.technology.household_groups:
        _split_welfare(rows, b, mine, theirs, here, there, t)
        _inequality(rows, b, mine, theirs, here, there, t)
    found.add(rows)
    return found


def _compared(b: Benchmark, mine: Series, theirs: Series, t: Years) -> Rows:
    """The labour share taken apart, Engels' pause, and how far saving is from the Euler equation's."""

    def matrix(series: Series, variable: str) -> Array:
        return np.array([series[variable, j, ""] for j in b.sectors]).T

    within, between = labour_share_parts(
        matrix(mine, "labour_income"),
        matrix(mine, "value_added"),
        matrix(theirs, "labour_income"),
        matrix(theirs, "value_added"),
    )
    wage, output = mine["real_wage", "", ""], mine["output_per_worker", "", ""]
    pause = engels_pause(
        wage,
        output,
        theirs["real_wage", "", ""],
        theirs["output_per_worker", "", ""],
        b.pause_threshold,
    )
    rows: Rows = {
        ("labour_share_within", "", "", t): within,
        ("labour_share_between", "", "", t): between,
        ("engels_pause", "", "", t): pause.astype(float),
        ("engels_pause_levels", "", "", t): pause_in_levels(wage, output).astype(float),
    }
    if ("euler_wedge", "", "") in mine:
        rows["euler_wedge_size", "", "", t] = _mean_so_far(np.abs(mine["euler_wedge", "", ""] - 1))
    return rows


def _mean_so_far(x: Array) -> Array:
    """Mean of the years to each (T,); NaN from the first year on that has no figure."""
    return np.asarray(np.cumsum(x) / np.arange(1, len(x) + 1))


def _capital_gain(run: Solution, reference: Solution) -> tuple[Array, Array]:
    """What more or other capital adds to GDP against the reference, and what of it premia account for.

    Income of a unit of capital is interest, what it loses in value, and the premium that its sector must
    return: the arbitrage condition of the year before. Capital that moves to where premia are high
    adds to GDP what it returns there and did not where it came from,

        capital gain    sum_j s_j dln K_j        s_j = R_j K_j / Y, means of run and reference
        of premia       sum_j p_j dln K_j        p_j = (xi_j - xi) q_j K_j / Y of the year before

    The rest is what it would have added had all capital had to return the same. Compute is not in it.
    """
    b, years = run.benchmark, list(run.reported)
    sectors = [j for j in b.sectors if j != b.ai]
    base = np.array([b.capital[b.index(j)] / b.capital_stock[b.index(j)] for j in sectors])
    # in the first year all capital is given
    before = [max(t - 1, years[0]) for t in years]

    def parts(path: Solution) -> tuple[Array, Array, Array]:
        v, point = path.values, Point(path.values, {})

        def matrix(name: str, at: list[int]) -> Array:
            return np.array([[v[name][j, t] for j in sectors] for t in at])

        gdp = np.array([v["gdp_nominal"][t] for t in years])
        money = np.array([v["numeraire"][t] for t in years]) / [v["numeraire"][t] for t in before]
        stock = matrix("capital", years)
        premia = np.array([[premium(point, b, j, t) for j in sectors] for t in before])
        value = matrix("tobin_q", before) * money[:, None] * stock
        income = base * matrix("rental", years) * stock / gdp[:, None]
        return stock, income, premium_shares(value, premia, gdp)

    stock, income, excess = parts(run)
    stock0, income0, excess0 = parts(reference)
    return tornqvist(income, stock, income0, stock0), tornqvist(excess, stock, excess0, stock0)


def _lifetimes(run: Solution, reference: Solution, since: int, keep: Keep | None) -> Rows:
    """Welfare over a lifetime of households, groups and all, valued in the year ``since``."""
    rows: Rows = {}
    found = lifetime_welfare(run.benchmark, reference, run, since)
    for who, x in found.items():
        rows["welfare_lifetime", "", who, since] = x.gain
        rows["welfare_lifetime_share", "", who, since] = x.gain / x.wealth
        rows["welfare_lifetime_beta", "", who, since] = x.gain_beta / x.wealth
    rows["welfare_tail", "", "", since] = found[""].tail
    return {k: x for k, x in rows.items() if keep is None or keep.figure(*k[:-1])}


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
