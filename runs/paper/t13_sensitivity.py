"""T13 of the paper: how results vary with the parameters that matter most.

Three batches, each written as a batch file beside its store, so that `engels batch` runs it too:

    screening    every parameter of the economy at either end of its published range, few sectors
    tornado      the parameters that moved results most there, the same at all sectors
    together     these drawn together, independently, most likely at their values
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import spearmanr

from engels.calibration.parameters import load_parameters
from engels.data import EngelsInputError
from engels.runs.experiments.designs import CENTRE, HIGH, LOW
from engels.runs.experiments.indices import distribution, tornado_effects
from engels.runs.experiments.query import query
from engels.runs.experiments.store import MANIFEST
from engels.runs.indicators.labels import entry_name, scenario_name
from engels.runs.paper.batches import (
    COARSE,
    batch_text,
    candidates,
    solved_batch,
    worst_residual,
)
from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import HEADLINE, Solved
from engels.runs.report.page import (
    BLACK,
    BLUE,
    ORANGE,
    axis_names,
    entitle,
    legend_below,
    new_figure,
)

DRAWS = 64
"""Points of the batch in which parameters are drawn together (a Latin hypercube)."""
COUNT = 15
"""So many parameters are shown, those that move results most, and beside them always these."""
ALWAYS = (
    "tasks.saving",
    "tasks.elasticity",
    "tasks.new_task_gain",
    "hand_to_mouth.share.rural",
    "hand_to_mouth.share.urban",
)
"""What the default nest and saving rest on."""
YEARS = (2035, 2050)

OUTCOMES = {
    "gdp_real": "Real GDP, %",
    "labour_share": "Labour share, points",
    "pause": "Years of pause",
}
"""What is reported: deviations from the baseline of the same parameters, and years of the pause so far."""
KEEP = ("gdp_real", "labour_share", "engels_pause")
DIGITS = {"gdp_real": 2, "labour_share": 3, "pause": 0}

Key = tuple[str, int]
"""An outcome and its year."""

KEYS: tuple[Key, ...] = tuple((name, year) for year in YEARS for name in OUTCOMES)


# --------------------------------------------------------------------------- batches


def solve_batches(
    folder: Path, aggregation: str, solver: str, say: Callable[[str], None]
) -> dict[str, Path]:
    """Solve what T13 is made from, as far as it is not stored; returns the stores by name.

    ``folder`` holds the batch files and the stores. Points that cannot be solved are left to the table.

    Raises EngelsInputError where nothing could be solved, KeyboardInterrupt where a batch was interrupted,
    ResultError where it was stopped by something else.
    """

    def solved(
        kind: str, title: str, keys: Sequence[str], sectors: str, draws: int | None = None
    ) -> Path:
        name = f"t13_{kind}_{sectors}"
        text = batch_text(name, title, keys, sectors, KEEP, draws)
        say(f"solving {folder / name}.yaml: {len(keys)} parameters at {sectors} sectors")
        return solved_batch(folder, name, text, solver)

    coarse = COARSE.get(aggregation, aggregation)
    screening = solved("screening", "All parameters, one by one", candidates(), coarse)
    order = ranked(effects(screening))
    chosen = [key for n, key in enumerate(order) if n < COUNT or key in ALWAYS]
    title = "The parameters that matter most, "
    return {
        "screening": screening,
        "tornado": solved("tornado", f"{title}one by one", chosen, aggregation),
        "together": solved("together", f"{title}together", chosen, aggregation, DRAWS),
    }


# --------------------------------------------------------------------------- figures of points


def outcomes(store: Path) -> pd.DataFrame:
    """The outcomes of every solved point: index ``number``, columns :data:`KEYS`."""
    figures = query(
        store,
        """
        select number, variable, year, value, deviation from results
        where sector = '' and "group" = '' order by number, year
        """,
    )
    table: dict[Key, pd.Series[float]] = {}
    for name, year in KEYS:
        if name == "pause":
            years = figures[(figures["variable"] == "engels_pause") & (figures["year"] <= year)]
            table[name, year] = years.groupby("number")["value"].sum()
        else:
            at = figures[(figures["variable"] == name) & (figures["year"] == year)]
            table[name, year] = at.set_index("number")["deviation"]
    return pd.DataFrame(table)


@dataclass(frozen=True)
class Effects:
    """A tornado: ``centre`` by outcome, ``low`` and ``high`` parameters x outcomes (NaN: not solved)."""

    centre: pd.Series[float]
    low: pd.DataFrame
    high: pd.DataFrame
    failed: tuple[str, ...]  # ends that could not be solved

    @property
    def swing(self) -> pd.DataFrame:
        """Range of what was solved of low, high and centre, parameters x outcomes."""
        centre = np.broadcast_to(self.centre.to_numpy(), self.low.shape)
        three = np.stack([self.low.to_numpy(), self.high.to_numpy(), centre])
        swing = np.nanmax(three, axis=0) - np.nanmin(three, axis=0)
        return pd.DataFrame(swing, self.low.index, self.low.columns)


def score(tornado: Effects) -> pd.Series[float]:
    """How much a parameter matters: its swing as a share of the largest one, mean over the outcomes."""
    swing = tornado.swing
    largest = swing.max()
    shares = swing.div(largest.where(largest > 0), axis=1).fillna(0.0)
    return shares.mean(axis=1)


def ranked(tornado: Effects) -> list[str]:
    """Parameters by their score, the largest first."""
    return list(score(tornado).sort_values(ascending=False, kind="stable").index)


def effects(store: Path) -> Effects:
    """The tornado of a store. Raises EngelsInputError where its central point was not solved."""
    points = query(store, "select * from points order by number")
    figures = outcomes(store).reindex(points["number"])
    entries = list(dict.fromkeys(points.loc[points["side"] != CENTRE, "entry"]))
    place = {"": -1, **{entry: n for n, entry in enumerate(entries)}}
    moved = tornado_effects(
        figures.to_numpy(), [place[e] for e in points["entry"]], list(points["side"]), len(entries)
    )
    if np.isnan(moved["centre"]).any():
        raise EngelsInputError(f"{store}: its central point was not solved")
    ends = {
        side: pd.DataFrame(moved["centre"] + moved[side], entries, figures.columns)
        for side in (LOW, HIGH)
    }
    left = points[points["status"] != "solved"]
    failed = tuple(
        f"{entry} ({side}: {reason})"
        for entry, side, reason in zip(left["entry"], left["side"], left["reason"], strict=True)
    )
    centre = pd.Series(moved["centre"], figures.columns)
    return Effects(centre, ends[LOW], ends[HIGH], failed)


# --------------------------------------------------------------------------- the table


def sensitivity(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T13: GDP, labour share and pause by parameter, one by one and together."""
    screened, tornado = effects(solved.stores["screening"]), effects(solved.stores["tornado"])
    order = ranked(tornado)
    values = load_parameters().frame().loc[order]
    panels, labels = [], {key: entry_name(key) for key in order}
    for year in YEARS:
        rows = pd.DataFrame(
            {"value": values["value"], "low": values["low"], "high": values["high"]}, index=order
        ).astype(float)
        columns = [
            Column("value", "value", "Parameter", 3),
            Column("low", "low", "Parameter", 3),
            Column("high", "high", "Parameter", 3),
        ]
        for name, words in OUTCOMES.items():
            for end, table in (("low", tornado.low), ("high", tornado.high)):
                column = f"{name}_{end}"
                rows[column] = table.loc[order, (name, year)].to_numpy()
                columns.append(Column(column, end, words, DIGITS[name], name != "pause"))
        panels.append(
            Panel(f"{year}, one by one", tuple(columns), rows, "Parameter at its", labels)
        )
    panels.append(_together(solved, tornado))
    return panels, _notes(solved, screened, tornado)


def _together(solved: Solved, tornado: Effects) -> Panel:
    spread = distribution(outcomes(solved.stores["together"]).to_numpy())
    shown = {"mean": "mean", "sd": "s.d.", "q05": "5%", "q50": "50%", "q95": "95%"}
    rows = {
        f"{OUTCOMES[name]}, {year}": {
            "central": tornado.centre[name, year],
            **{column: spread[column][n] for column in shown},
        }
        for n, (name, year) in enumerate(KEYS)
    }
    columns = (
        Column("central", "central run", digits=2),
        *(Column(c, words, "Of the draws", 2) for c, words in shown.items()),
    )
    return Panel("Together", columns, pd.DataFrame(rows).T, "")


def _notes(solved: Solved, screened: Effects, tornado: Effects) -> list[str]:
    here, there = score(tornado), score(screened)
    shared = [key for key in here.index if key in there.index]
    same = spearmanr(here[shared], there[shared]).statistic
    stores = solved.stores
    manifest = json.loads((stores["tornado"] / MANIFEST).read_text(encoding="utf-8"))
    coarse = json.loads((stores["screening"] / MANIFEST).read_text(encoding="utf-8"))
    sectors, few = (str(m["settings"][0]["aggregation"]) for m in (manifest, coarse))
    worst = max(worst_residual(stores[kind]) for kind in ("tornado", "together"))
    drawn = len(outcomes(stores["together"]))
    lost = [f"{DRAWS - drawn} of the draws"] if drawn < DRAWS else []
    threshold = load_parameters().number("reporting.pause_threshold")
    unsolved = "; ".join([*tornado.failed, *screened.failed, *lost])
    return [
        f"How to read: {scenario_name(HEADLINE)} against its baseline, calibrated and solved again with "
        "one parameter at either end of its published range, the others as they are. Years of pause, "
        f"with a wage more than {100 * threshold:g}% below that of the baseline, are counted from the "
        "beginning to the year. Rows are in the order of what a parameter moves: its swing "
        "as a share "
        f"of the largest one, mean over the {len(KEYS)} outcomes. All {len(screened.low)} parameters with "
        f"a finite range were tried at {few} sectors; the {COUNT} that moved most there are shown at "
        f"{sectors}, and those of tasks and of households that spend out of income in any case (what new "
        "tasks gain acts where there are new tasks, and here there are none). Orders here and there have a "
        f"rank correlation of {same:.2f}. "
        f"Together: {drawn} draws of the same parameters, independent of each other, each with a "
        "triangular density over its range that is highest at its value (a Latin hypercube).",
        "Units: per cent of the baseline, percentage points of GDP, years."
        + (f" Not solved: {unsolved}." if unsolved else ""),
        f"Source: Batches {', '.join(p.name for p in stores.values())}; {sectors} sectors, "
        f"{manifest['settings'][0]['expectations']}; solver {manifest['solver']}; certified, worst residual "
        f"{worst:.0e}; ranges of calibration/parameters.yaml, most of them assumed.",
    ]


def draw_sensitivity(solved: Solved) -> Figure:
    """T13: bars from the low to the high end of every parameter."""
    tornado = effects(solved.stores["tornado"])
    order = ranked(tornado)[::-1]
    figure, places = new_figure(
        len(KEYS), across=len(OUTCOMES), height=3.3, share_y=True, share_x="col"
    )
    at = np.arange(len(order))
    for place, (name, year) in zip(places, KEYS, strict=True):
        centre = tornado.centre[name, year]
        for end, table, colour in (("low", tornado.low, BLUE), ("high", tornado.high, ORANGE)):
            values = table.loc[order, (name, year)].to_numpy(dtype=float)
            place.barh(at, values - centre, left=centre, color=colour, height=0.7, label=end)
        place.axvline(centre, color=BLACK, linewidth=0.8)
        axis_names(place.yaxis, at, [entry_name(key) for key in order], 0.27)
        place.tick_params(axis="y", length=0)
        place.grid(axis="y", visible=False)
        place.set_title(f"{OUTCOMES[name]}, {year}")
    handles, names = places[0].get_legend_handles_labels()
    legend_below(figure, handles, [f"parameter at the {n} end of its range" for n in names])
    entitle(figure, f"{scenario_name(HEADLINE)}: the {len(order)} parameters that matter most")
    return figure


TABLE = PaperTable(
    "T13",
    "T13-sensitivity",
    "GDP, the labour share and the pause by the parameters that matter most",
    (),
    sensitivity,
    draw_sensitivity,
    "scriptsize",
    apart=True,
    batches=solve_batches,
)
