"""T5 of the paper: the compute bottleneck."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import Need, Solved, at, deviation, level, run_labels, source
from engels.runs.report.page import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    axis_names,
    entitle,
    legend_below,
    new_figure,
)
from engels.runs.store.inputs import RunResult

PLAIN = ("chip_embargo", "chip_stop", "compute_relief", "slow_catch_up", "datacentre_delay")
CHAIN = (
    "compute_chain",
    "chain_embargo",
    "power_limit",
    "storage_limit",
    "synthetic_data",
    "efficient_compute",
)
OTHER = ("decoupling",)
BOTTLENECK_NEEDS = tuple(Need(n) for n in (*PLAIN, *CHAIN, *OTHER))
BOTTLENECK_YEARS = (2030, 2035, 2050)
LINKS = {
    "chips": "Chips",
    "data_centres": "Data centres",
    "power": "Power",
    "storage": "Storage",
}
LINK_YEARS = (2030, 2035)
BINDS = 0.5
"""Per cent of the price of compute above which the rent of a link is worth speaking of."""

NOTHING = 1e-6
"""Imports, trillion yuan, below which no chip comes in."""


def link_shares(run: RunResult, reference: bool = False) -> pd.DataFrame:
    """Rent of each link in per cent of the price of compute, years x links."""
    return pd.DataFrame({k: 100 * level(run, "link_share", k, reference) for k in LINKS})


def bottleneck(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T5: limits of compute, what they cost and which link carries the rent."""
    columns = (
        Column("reference", "From"),
        *(Column(f"gdp_{y}", str(y), "Real GDP, %", signed=True) for y in BOTTLENECK_YEARS),
        *(Column(f"price_{y}", str(y), "Price, %", 1, signed=True) for y in LINK_YEARS),
        *(Column(f"scarcity_{y}", str(y), "Scarcity, points", 1, signed=True) for y in LINK_YEARS),
        *(Column(f"premium_{y}", str(y), "Chip premium, %", 0) for y in LINK_YEARS),
    )
    panels, words = [], run_labels(solved, BOTTLENECK_NEEDS)
    for title, names in (
        ("Compute as one stock", PLAIN),
        ("Compute as a chain", CHAIN),
        ("Open sources", OTHER),
    ):
        rows = {}
        for name in names:
            run = solved.runs[Need(name)]
            gdp, price, scarcity = (
                deviation(run, v) for v in ("gdp_real", "compute_price", "compute_scarcity")
            )
            premium = 100 * level(run, "chip_premium", "compute")
            # where no chip comes in, only what the last one is worth bounds its premium
            premium = premium.where(level(run, "chips_imported", "compute") > NOTHING)
            rows[name] = {
                "reference": run.reference,
                **{f"gdp_{y}": at(gdp, y) for y in BOTTLENECK_YEARS},
                **{f"price_{y}": at(price, y) for y in LINK_YEARS},
                **{f"scarcity_{y}": at(scarcity, y) for y in LINK_YEARS},
                **{f"premium_{y}": at(premium, y) for y in LINK_YEARS},
            }
        panels.append(Panel(title, columns, _typed(rows, columns), "Run", words))
    of_links = tuple(
        Column(f"{link}_{y}", str(y), title, 1) for link, title in LINKS.items() for y in LINK_YEARS
    )
    binds = tuple(Column(f"binds_{y}", str(y), "Binds") for y in LINK_YEARS)
    rents: dict[str, dict[str, object]] = {}
    for name in CHAIN:
        shares = link_shares(solved.runs[Need(name)])
        numbers = {f"{k}_{y}": at(shares[k], y) for k in LINKS for y in LINK_YEARS}
        rents[name] = {**numbers, **{f"binds_{y}": binding(shares, y) for y in LINK_YEARS}}
    title = "Rent of each link, % of the price of compute"
    panels.append(Panel(title, (*of_links, *binds), _typed(rents, of_links), "Run", words))
    notes = [
        "How to read: A run costs (or, where it eases a limit, brings) what the column GDP says. The "
        "lower part takes the price of compute apart: the link with the largest rent binds, and "
        "easing another would bring little. A negative rent of data centres is capacity that earns "
        "less than it costs, because another link keeps it idle.",
        "Units: Deviations from the run named beside it; GDP and the price of compute in per cent, "
        "scarcity (the rent of capacity beyond its user cost) in percentage points. The premium is "
        "what a quota adds to the landed price of chips for compute; it has no value where none come in.",
        source(solved, BOTTLENECK_NEEDS),
    ]
    return panels, notes


def binding(shares: pd.DataFrame, year: int) -> str:
    """The link whose rent is largest in a year; "none" where no rent is worth speaking of."""
    row = shares.loc[year]
    return LINKS[str(row.idxmax())] if row.max() > BINDS else "none"


def _typed(rows: dict[str, dict[str, object]], columns: tuple[Column, ...]) -> pd.DataFrame:
    """A table whose columns are numbers but for those of words."""
    return pd.DataFrame(rows).T.astype({c.name: float for c in columns if c.name != "reference"})


def draw_bottleneck(solved: Solved) -> Figure:
    """T5: the cost of each limit over time, and the links' rents."""
    figure, (left, right) = new_figure(2, across=2, height=4.4)
    labels = run_labels(solved, BOTTLENECK_NEEDS)
    names = [*PLAIN, *(n for n in CHAIN if n != "compute_chain"), *OTHER]
    bars = np.arange(len(names))[::-1]
    looks = {2030: SKY, 2035: BLUE, 2050: BLACK}
    for number, (year, colour) in enumerate(looks.items()):
        fall = [at(deviation(solved.runs[Need(n)], "gdp_real"), year) for n in names]
        left.barh(bars + 0.26 - 0.26 * number, fall, height=0.24, color=colour, label=str(year))
    left.axvline(0, color=BLACK, linewidth=0.7)
    axis_names(left.yaxis, bars, [labels[n] for n in names], 0.17)
    left.grid(axis="y", visible=False)
    left.set_xlabel("Real GDP, % from where it starts")
    left.set_title("What a limit costs, and relief brings")
    legend_below(left)
    shades = {"chips": RED, "data_centres": ORANGE, "power": GREEN, "storage": PURPLE}
    places = [(n, y) for n in CHAIN for y in LINK_YEARS]
    at_bar = np.array([-1.25 * (k // 2) - 0.5 * (k % 2) for k in range(len(places))])
    above, below = np.zeros(len(places)), np.zeros(len(places))
    for link, title in LINKS.items():
        values = np.array([at(link_shares(solved.runs[Need(n)])[link], y) for n, y in places])
        if np.abs(values).max() < BINDS / 10:  # nothing to be seen
            continue
        # what is negative is stacked to the left of zero
        start = np.where(values >= 0, above, below)
        right.barh(at_bar, values, left=start, height=0.44, color=shades[link], label=title)
        above, below = above + np.clip(values, 0, None), below + np.clip(values, None, 0)
    right.axvline(0, color=BLACK, linewidth=0.7)
    lines = [f"{labels[n]}, {y}" if y == LINK_YEARS[0] else str(y) for n, y in places]
    axis_names(right.yaxis, at_bar, lines, 0.17)
    right.grid(axis="y", visible=False)
    right.set_xlim(1.05 * min(0.0, float(below.min())), 1.05 * float(above.max()))
    right.set_xlabel("% of the price of compute")
    right.set_title("Rent of each link")
    legend_below(right)
    entitle(
        figure, "The compute bottleneck: what each limit costs, and which link carries the rent"
    )
    return figure


TABLE = PaperTable(
    "T5",
    "T5-compute",
    "The compute bottleneck: limits, what they cost and the rent of each link",
    BOTTLENECK_NEEDS,
    bottleneck,
    draw_bottleneck,
    "scriptsize",
)
