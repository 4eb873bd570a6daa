"""What is reported of a solved run: pure functions of its solution and its reference's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from engels.calibration.benchmark import Array
from engels.model.economy.block import Rows
from engels.model.reporting.lifetime import lifetime_welfare
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
    pause_in_levels,
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

    def __call__(self, run: Solution, since: int | None = None) -> Rows:
        """The rows of a solved path; lifetimes begin in ``since``, by default when it was announced.

        Their figures are those of that year: give the reference the year of the run beside it.
        """
        rows = _report(run, self._measured(run), self._reference, self._base)
        return rows | _lifetimes(run, self._reference, run.announced if since is None else since)

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
    wage, output = (series(measured, v) for v in ("real_wage", "output_per_worker"))
    wage0, output0 = (series(base, v) for v in ("real_wage", "output_per_worker"))
    pause = engels_pause(wage, output, wage0, output0, b.pause_threshold)
    levels = pause_in_levels(wage, output)
    for n, t in enumerate(years):
        rows["labour_share_within", "", "", t] = float(within[n])
        rows["labour_share_between", "", "", t] = float(between[n])
        rows["engels_pause", "", "", t] = float(pause[n])
        rows["engels_pause_levels", "", "", t] = float(levels[n])
        for h in b.households:
            rows["welfare_ev", "", h, t] = ev = equivalent_variation(
                b, reference.values, run.values, h, t
            )
            if b.technology.household_groups:
                _split_welfare(rows, base, run, reference, h, t, ev)
        if b.technology.household_groups:
            _inequality(rows, base, run, reference, t)
    return rows


def _lifetimes(run: Solution, reference: Solution, since: int) -> Rows:
    """Welfare over a lifetime of households, groups and all, valued in the year ``since``."""
    rows: Rows = {}
    found = lifetime_welfare(run.benchmark, reference, run, since)
    for who, x in found.items():
        rows["welfare_lifetime", "", who, since] = x.gain
        rows["welfare_lifetime_share", "", who, since] = x.gain / x.wealth
        rows["welfare_lifetime_beta", "", who, since] = x.gain_beta / x.wealth
    rows["welfare_tail", "", "", since] = found[""].tail
    return rows


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
