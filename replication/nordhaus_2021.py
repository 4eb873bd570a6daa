"""Nordhaus (2015, 2021): are we approaching an economic singularity? Six tests, on any run.

Supply side: Y = CES(A_K K, A_L L). Above an elasticity of one, capital that improves fast takes all
income and growth accelerates to its rate; below one labour keeps the income and sets the rate.

The tests are slopes over time, and years to a threshold = (target - now) / slope, for shares and
ratios in logarithms: ln(target / now) / slope. :func:`nordhaus_tests` takes any run.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from engels.model.algebra.power_mean import log_power_mean
from engels.replication.sheet import Sheet, load_sheet
from engels.replication.study import Figure, Outcome, Study
from engels.runs.indicators import deviations
from engels.runs.paper.runs import Need, Solved
from engels.runs.report.page import BLUE, ORANGE, entitle, legend_below, new_figure

KEY = "nordhaus_2021"
RUNS = (Need("ai_central"), Need("ai_moore"))
TESTS = ("productivity", "capital_share", "capital_price", "capital_output", "information", "wage")


def slope(series: pd.Series) -> float:
    """Least-squares slope over the years of a series."""
    years = series.index.to_numpy(dtype=np.float64)
    return float(np.polyfit(years - years[0], series.to_numpy(dtype=np.float64), 1)[0])


def nordhaus_tests(frame: pd.DataFrame, run: str, sheet: Sheet | None = None) -> pd.DataFrame:
    """The six tests on a solved run, as ``engels.runs`` stores it.

    Index: ``productivity, capital_share, capital_price, capital_output, information, wage``. Columns:
    ``now`` (last year), ``slope`` a year (of growth rates: change of the rate; of the others: of the
    logarithm), ``years`` to the threshold (NaN where there is none or it is not approached), ``passed``.
    """
    sheet = sheet or load_sheet(KEY)
    first, last = int(sheet.number("first")), int(sheet.number("last"))

    def path(variable: str) -> pd.Series:
        return deviations.series(frame, run, variable)

    def growth(variable: str) -> pd.Series:
        return np.log(path(variable)).diff()

    capital = deviations.by_sector(frame, run, "capital_stock").sum(axis=1)
    compute = path("compute_capacity")
    everything = capital + compute
    target = {
        "productivity": sheet.number("growth_target"),
        "capital_share": sheet.number("share_target"),
        "information": sheet.number("information_target"),
        "wage": sheet.number("growth_target"),
    }
    paths = {
        "productivity": growth("output_per_worker"),
        "capital_share": path("capital_share"),
        "capital_price": path("price_investment"),
        "capital_output": everything / path("gdp_real"),
        "information": compute / everything,
        "wage": growth("real_wage"),
    }
    rows = {}
    for test in TESTS:
        series = paths[test].loc[first:last].dropna()
        logarithmic = test not in ("productivity", "wage")
        now = float(series.iloc[-1])
        found = slope(np.log(series) if logarithmic else series)
        # the price of capital goods has to fall, everything else to rise
        towards = -found if test == "capital_price" else found
        passed = towards > sheet.number("flat")
        years = np.nan
        if passed and test in target:
            gap = np.log(target[test] / now) if logarithmic else target[test] - now
            years = float(max(gap, 0.0) / found)
        rows[test] = (now, found, years, passed)
    table = pd.DataFrame(rows, index=["now", "slope", "years", "passed"]).T
    table.index.name = "test"
    return table


def supply(sigma: float, share: float, capital: float, labour: float, years: int) -> pd.DataFrame:
    """Capital share and growth of output by year when A_K K and A_L L grow at given rates."""
    r = (sigma - 1) / sigma
    at = np.arange(years + 1)
    shares = np.array([share, 1 - share])
    inputs = np.stack([capital * at, labour * at], axis=-1)
    output = log_power_mean(np.full(len(at), r), np.broadcast_to(shares, inputs.shape), inputs)
    return pd.DataFrame(
        {
            "capital_share": share * np.exp(r * (inputs[:, 0] - output)),
            "growth": np.gradient(output),
        },
        index=pd.Index(at, name="year"),
    )


def run() -> Outcome:
    """The supply-side argument on both sides of an elasticity of one."""
    sheet = load_sheet(KEY)
    n = sheet.number
    high, low = (
        supply(n(s), n("share"), n("growth_capital"), n("growth_labour"), int(n("years")))
        for s in ("sigma_high", "sigma_low")
    )
    ours = {
        "share_high": float(high["capital_share"].iloc[-1]),
        "growth_high": float(high["growth"].iloc[-1]) / n("growth_capital"),
        "share_low": float(low["capital_share"].iloc[-1]),
        "growth_low": float(low["growth"].iloc[-1]) / n("growth_labour"),
    }
    both = high.add_suffix("_high").join(low.add_suffix("_low"))
    notes = [
        "The tests' list and verdicts were seen in secondary sources; the series of the United States "
        "behind them were not at hand, so that the verdicts are shown beside those on our runs only.",
    ]
    figures = [sheet.compare(key, value) for key, value in ours.items()]
    return Outcome(figures, notes, {"supply": both}, lambda: _draw(both))


def beside(solved: Solved) -> Outcome:
    """The six tests on runs of the China model."""
    sheet = load_sheet(KEY)
    figures: list[Figure] = []
    tables = {}
    for need in RUNS:
        result = solved.runs[need]
        table = nordhaus_tests(result.frame, result.scenario, sheet)
        tables[result.scenario] = table
        verdicts = {test: "yes" if table.at[test, "passed"] else "no" for test in TESTS}
        found = [sheet.compare(test, verdict) for test, verdict in verdicts.items()]
        found.append(sheet.compare("passed", float(table["passed"].astype(float).sum())))
        years = float(str(table.at["capital_share", "years"]))
        found.append(sheet.compare("share_years", "never" if np.isnan(years) else years))
        figures += [replace(f, label=f"{f.label}: {result.scenario}") for f in found]
    together = pd.concat(tables, names=["run"]).reset_index().set_index(["run", "test"])
    notes = ["China's runs against the verdicts on the United States: shown, not compared."]
    return Outcome(figures, notes, {"tests": together})


def _draw(both: pd.DataFrame) -> Drawing:
    drawing, (left, right) = new_figure(2, across=2, height=2.3)
    for side, colour, label in (("high", BLUE, "σ = 1.25"), ("low", ORANGE, "σ = 0.75")):
        left.plot(both.index, 100 * both[f"capital_share_{side}"], color=colour, label=label)
        right.plot(both.index, 100 * both[f"growth_{side}"], color=colour, label=label)
    left.set_title("Capital share, %")
    legend_below(left)
    right.set_title("Growth of output, % a year")
    right.set_ylim(bottom=0)
    for axes in (left, right):
        axes.set_xlabel("year")
    entitle(drawing, "Capital share and growth towards a singularity")
    return drawing


STUDY = Study(
    key=KEY,
    title="Nordhaus: tests of an economic singularity",
    reference="W. D. Nordhaus, Cowles DP 2021 (2015); American Economic Journal: Macroeconomics 13(1), 2021",
    run=run,
    needs=RUNS,
    beside=beside,
)
