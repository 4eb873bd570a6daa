"""What is reported of a solved run: pure functions of its solution and its reference's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from engels.calibration.benchmark import Array
from engels.model.algebra.point import Point
from engels.model.economy.block import Rows
from engels.model.economy.capital import premium
from engels.model.reporting.measures import (
    adjusted_residual,
    equivalent_variation,
    measure_announced,
    measure_path,
    solow_residual,
    variables,
)
from engels.model.solving.solution import Solution
from engels.runs.indicators.deviations import (
    engels_pause,
    labour_share_parts,
    premium_shares,
    tornqvist,
)
from engels.runs.indicators.inequality import gini, theil

Key = tuple[str, str, str, int]
"""Variable, sector, group and year of a reported figure."""


def tidy(rows: Mapping[str, Rows], keep: Callable[[Key], bool] | None = None) -> pd.DataFrame:
    """The rows of some scenarios, by name, as a table: those that ``keep`` chooses, by default all."""
    return pd.concat([_frame(name, own, keep) for name, own in rows.items()], ignore_index=True)


def _frame(name: str, rows: Rows, keep: Callable[[Key], bool] | None) -> pd.DataFrame:
    units = variables()
    order = {v: n for n, v in enumerate(units)}
    chosen = rows if keep is None else filter(keep, rows)
    keys = sorted(chosen, key=lambda k: (order[k[0]], k[1:]))
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
        self._reference, self._base = reference, measure_path(reference)

    def __call__(self, run: Solution) -> Rows:
        """The rows of a solved path."""
        return _report(run, self._measured(run), self._reference, self._base)

    def _measured(self, path: Solution) -> Rows:
        if path is self._reference:
            return self._base
        if path.origin is None:
            return measure_path(path)
        early = {k: x for k, x in self._measured(path.origin).items() if k[-1] < path.announced}
        return early | measure_announced(path)


def _report(run: Solution, measured: Rows, reference: Solution, base: Rows) -> Rows:
    """``measured`` and ``base`` are the rows of run and reference, from the base year on, from which
    productivity is measured.
    """
    b, years = run.benchmark, list(run.reported)
    rows = dict(measured)

    def series(found: Rows, variable: str) -> Array:
        return np.array([found[variable, "", "", t] for t in years])

    def matrix(found: Rows, variable: str) -> Array:
        return np.array([[found[variable, j, "", t] for j in b.sectors] for t in years])

    residual = solow_residual(measured, b)
    for t, x in residual.items():
        rows["tfp", "", "", t] = x
    for t, x in adjusted_residual(measured, residual).items():
        rows["tfp_adjusted", "", "", t] = x
    within, between = labour_share_parts(
        matrix(measured, "labour_income"),
        matrix(measured, "value_added"),
        matrix(base, "labour_income"),
        matrix(base, "value_added"),
    )
    pause = engels_pause(
        series(measured, "real_wage"),
        series(measured, "output_per_worker"),
        series(base, "real_wage"),
        series(base, "output_per_worker"),
    )
    distances = [abs(measured[k] - 1) for k in _keys("euler_wedge", years) if k in measured]
    for n in range(len(distances)):
        rows["euler_wedge_size", "", "", years[n]] = float(np.mean(distances[: n + 1]))
    capital, of_premia = _capital_gain(run, reference)
    for n, t in enumerate(years):
        rows["capital_gain", "", "", t] = float(capital[n])
        rows["premium_gain", "", "", t] = float(of_premia[n])
        rows["labour_share_within", "", "", t] = float(within[n])
        rows["labour_share_between", "", "", t] = float(between[n])
        rows["engels_pause", "", "", t] = float(pause[n])
        for h in b.households:
            rows["welfare_ev", "", h, t] = ev = equivalent_variation(
                b, reference.values, run.values, h, t
            )
            if b.technology.household_groups:
                _split_welfare(rows, base, run, reference, h, t, ev)
        if b.technology.household_groups:
            _inequality(rows, base, run, reference, t)
    return rows


def _keys(variable: str, years: list[int]) -> list[Key]:
    """Keys of a figure of the economy in some years."""
    return [(variable, "", "", t) for t in years]


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
    before = [max(t - 1, b.base_year) for t in years]

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


def _split_welfare(
    rows: Rows, base: Rows, run: Solution, reference: Solution, h: str, t: int, ev: float
) -> None:
    """Equivalent variation by lower prices and by a larger share of national money income.

    With E spending and k the growth of nominal GDP over the reference's, E'/k - E is what the household
    gains by its share; the rest of its gain is that its share buys more.
    """
    more = rows["gdp_nominal", "", "", t] / base["gdp_nominal", "", "", t]
    share = run.values["spending"][h, t] / more - reference.values["spending"][h, t]
    rows["welfare_income", "", h, t] = share
    rows["welfare_price", "", h, t] = ev - share


def _inequality(rows: Rows, base: Rows, run: Solution, reference: Solution, t: int) -> None:
    """Welfare of the groups, and inequality of income and consumption per head between them."""
    b = run.benchmark
    g = b.technology.household_groups
    assert g is not None
    for n, h in zip(g.names, g.region, strict=True):
        rows["welfare_ev", "", n, t] = ev = equivalent_variation(
            b, reference.values, run.values, h, t, n
        )
        # by the persons that the reference has in the group
        rows["welfare_ev_head", "", n, t] = 1e3 * ev / base["persons_group", "", n, t]
    persons = np.array([rows["persons_group", "", n, t] for n in g.names])
    for what in ("income", "consumption"):
        head = np.array([rows[f"{what}_group", "", n, t] for n in g.names]) / persons
        rows[f"gini_{what}", "", "", t] = gini(head, persons)
        rows[f"theil_{what}", "", "", t] = theil(head, persons)
