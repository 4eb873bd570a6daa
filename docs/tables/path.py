"""Tables of the baseline, from stored runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engels.runs.scenarios.schema import DEFAULT_MODE

from .form import percent, plain, table
from .library import Runs

BASELINE_YEARS = (2020, 2021, 2022, 2023, 2024, 2025, 2030, 2035, 2040, 2045, 2050)


def baseline(runs: Runs, expectations: str) -> str:
    def get(variable: str) -> pd.Series[float]:
        return runs.series("baseline", variable, DEFAULT_MODE, expectations)

    def growth(variable: str) -> pd.Series[float]:
        s = get(variable)
        return 100 * (s / s.shift(1) - 1)

    frame = runs.frame("baseline", DEFAULT_MODE, expectations)
    capital = frame[frame["variable"] == "capital_stock"].groupby("year")["value"].sum()
    lines: list[tuple[str, pd.Series[float], int]] = [
        ("Real GDP, growth %", growth("gdp_real"), 2),
        ("Employment, growth %", growth("employment"), 2),
        ("Capital, growth %", 100 * (capital / capital.shift(1) - 1), 2),
        ("Total factor productivity, growth %", growth("tfp"), 2),
        ("Labour efficiency, growth %", growth("labour_efficiency"), 2),
        ("Real wage, growth %", growth("real_wage"), 2),
        ("Capital over GDP", capital / get("gdp_real"), 2),
        ("Investment over GDP, %", 100 * get("investment_rate"), 1),
        ("Labour share of GDP, %", 100 * get("labour_share"), 1),
        ("Real interest rate, %", 100 * get("interest_rate"), 2),
    ]
    if expectations == "foresight":
        lines.append(("Euler wedge, factor", get("euler_wedge"), 3))
    else:
        lines.append(("Propensity to consume, 2020 = 1", get("consumption_propensity"), 3))
    lines += [
        ("AI output over GDP, %", 100 * get("ai_income_share"), 2),
        ("Price of AI services, 2020 = 1", get("ai_price"), 3),
    ]
    rows = [
        (what, *(plain(float(s.get(y, np.nan)), digits) for y in BASELINE_YEARS))
        for what, s, digits in lines
    ]
    return table(("baseline", *map(str, BASELINE_YEARS)), rows)


SPANS = ((2020, 2025), (2025, 2030), (2030, 2035), (2035, 2040), (2040, 2050))


def growth_accounts(runs: Runs) -> str:
    def rate(s: pd.Series[float], a: int, z: int) -> float:
        return float(100 * np.log(s[z] / s[a]) / (z - a))

    gdp, people, tfp = (runs.series("baseline", v) for v in ("gdp_real", "employment", "tfp"))
    share = runs.series("baseline", "labour_share")
    rows = []
    for a, z in SPANS:
        y, n, total = rate(gdp, a, z), rate(people, a, z), rate(tfp, a, z)
        work = float(share.loc[a:z].mean()) * n
        rows.append((f"{a}–{z}", *(plain(x, 2) for x in (y, y - total - work, work, total))))
    return table(("years", "GDP, % a year", "capital", "labour", "TFP"), rows)


def structure(runs: Runs) -> str:
    names = ("primary", "secondary", "tertiary", "capital_intensive", "labour_intensive")
    years, rows = (2020, 2025, 2030, 2035, 2050), []
    for what, variable in (
        ("value added", "value_added_group"),
        ("employment", "employment_group"),
    ):
        values = {g: runs.series("baseline", variable, group=g) for g in names}
        total = values["primary"] + values["secondary"] + values["tertiary"]
        for g in names:
            cells = (percent(values[g][y] / total[y]) for y in years)
            rows.append((f"{g.replace('_', '-')}, {what}", *cells))
    return table(("share, %", *map(str, years)), rows)
