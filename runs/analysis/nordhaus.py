"""Is the economy on its way to a singularity? Six tests on any run (Nordhaus 2021).

W. D. Nordhaus, "Are we approaching an economic singularity? Information technology and the future of
economic growth", *American Economic Journal: Macroeconomics* 13(1): 299-332: six trends that rapid growth
by substitution of machines for labour must show. The trends are the paper's; where each has gone far enough
is said in ``TARGETS`` and is assumed here, not the paper's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engels.data import EngelsInputError
from engels.runs.indicators import deviations
from engels.runs.store.inputs import RunResult

Array = NDArray[np.float64]

TARGETS: Mapping[str, float] = {
    "productivity": 0.20,  # growth of output per worker, a year
    "capital_share": 1.0,  # of GDP
    "capital_price": 0.5,  # of investment goods against consumption, of today's
    "capital_output": 2.0,  # capital over GDP, of today's
    "information": 0.5,  # compute in the stock of capital
    "wages": 0.20,  # growth of the real wage, a year
}
"""Where each trend has gone far enough: levels, or multiples of the last year of the run."""

OF_TODAY = ("capital_price", "capital_output")
RATES = ("productivity", "wages")
FALLING = ("capital_price",)
COLUMNS = ("test", "now", "slope", "target", "years", "passes")


def nordhaus_tests(
    run: RunResult,
    scenario: str | None = None,
    window: Sequence[int] | None = None,
    targets: Mapping[str, float] = TARGETS,
) -> pd.DataFrame:
    """The six trends of a run, or of ``scenario`` in its frame, and the years until each has gone far.

    Columns test; now, the value of the last year; slope, the trend by least squares over ``window`` (all
    years of the run by default): of growth rates in points a year, of the other four in logarithms;
    target; years, (target - now) / slope or ln(target / now) / slope, infinite where the trend leads
    away from the target and 0 where it has been reached; passes, whether it leads there.

    Raises EngelsInputError for fewer than three years.
    """
    name = scenario or run.scenario
    solved = deviations.series(run.frame, name, "gdp_real").index
    years = [int(y) for y in solved if window is None or y in window]
    if len(years) < 3:
        raise EngelsInputError(
            f"{name}: {len(years)} years; the six tests need the trend of at least 3"
        )
    rows = []
    for test, values in _trends(run.frame, name).items():
        path = values.loc[[y for y in years if y in values.index]]
        level = np.asarray(path, dtype=np.float64)
        moving = level if test in RATES else np.log(level)
        slope = float(np.polyfit(np.asarray(path.index, dtype=np.float64), moving, 1)[0])
        now = float(level[-1])
        target = targets[test] * (now if test in OF_TODAY else 1.0)
        distance = target - now if test in RATES else float(np.log(target / now))
        rows.append((test, now, slope, target, *_reach(distance, slope, test in FALLING)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _reach(distance: float, slope: float, falling: bool) -> tuple[float, bool]:
    """Years to the target, and whether the trend leads there."""
    way = -1.0 if falling else 1.0
    passes = slope * way > deviations.NOISE
    if distance * way <= 0:
        return 0.0, passes
    return (distance / slope if passes else float("inf")), passes


def _trends(frame: pd.DataFrame, scenario: str) -> dict[str, pd.Series[float]]:
    def of(variable: str) -> pd.Series[float]:
        return deviations.series(frame, scenario, variable)

    ordinary = deviations.by_sector(frame, scenario, "capital_stock").sum(axis=1)
    compute = of("compute_capacity")
    capital = ordinary + compute
    return {
        "productivity": of("output_per_worker").pct_change().dropna(),
        "capital_share": of("capital_share"),
        "capital_price": of("price_investment") / of("price_consumption"),
        "capital_output": capital / of("gdp_real"),
        "information": compute / capital,
        "wages": of("real_wage").pct_change().dropna(),
    }
