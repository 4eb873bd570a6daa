"""Acemoglu and Restrepo (2019): labour demand taken apart, as a tool on any run.

The decomposition is :mod:`engels.runs.analysis.decompose` (``engels decompose`` on a stored run). Here it is
held to economies whose tasks are known: simulated industries, of which nothing but flows and prices is handed
over, and solved runs of the China model, whose blocks say which tasks they moved.

The published table needs the paper's data, which are not part of this project: its numbers are shown
beside those that an earlier port of the paper's code found on them, and decide nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing
from numpy.typing import NDArray

from engels.replication.acemoglu_restrepo_truth import (
    Industries,
    content,
    depth,
    first_order,
    mix_of_firms,
    moved,
    truth,
)
from engels.replication.sheet import Sheet, load_sheet
from engels.replication.study import Figure, Outcome, Study
from engels.runs.analysis import decompose
from engels.runs.analysis.decompose import (
    ECONOMY,
    SECTORS,
    LabourDemand,
    Sigmas,
    along_time,
    labour_demand,
)
from engels.runs.analysis.decompose_run import decompose_run, flows_of
from engels.runs.indicators.labels import scenario_name
from engels.runs.paper.runs import FIRST, Need, Solved
from engels.runs.report.page import (
    BLUE,
    GREEN,
    ORANGE,
    axis_names,
    entitle,
    legend_below,
    new_figure,
)
from engels.runs.scenarios.paths import driver_paths

Array = NDArray[np.float64]

KEY = "acemoglu_restrepo_2019"
# in the nest in which tasks are moved from outside and by nothing else, so that what moved is known
AUTOMATION, LOST = Need("deep_automation", "labour"), Need("lost_reinstatement", "labour")
WORK, NONE = Need("work_genai", "labour"), Need("no_new_tasks", "labour")
RUNS = (AUTOMATION, LOST, WORK, NONE)
YEAR = 2050
PARTS = (*ECONOMY, *SECTORS)
PERIODS = ("1947", "1987")
PRINTED = ("bill", "productivity", "content", "displacement", "reinstatement")


def industries(
    sheet: Sheet, tasks: str = "", neutral: bool = False, prices: bool = False, shift: bool = False
) -> Industries:
    """Simulated industries: ``tasks`` names what moves task content (nothing: it stands still)."""
    years = np.arange(int(sheet.number("years")) + 1, dtype=np.float64)

    def path(name: str, on: bool) -> Array:
        return np.asarray(np.exp(sheet.number(name) * years * on))

    def paths(name: str, rate: str, on: bool) -> Array:
        growth = np.array(sheet.numbers(rate)) if on else np.zeros(len(sheet.numbers(name)))
        return np.array(sheet.numbers(name)) * np.exp(years[:, None] * growth)

    grown = path("neutral", neutral)
    price = path("inflation", prices)
    return Industries(
        sigma=sheet.number("sigma"),
        content=paths("content", tasks or "both", bool(tasks)),
        wage=grown * path("wage", prices),
        rental=grown * path("rental", prices),
        efficiency=path("augmentation", prices),
        income=paths("income", "shift", shift) * (grown * price)[:, None],
        price=price,
    )


def economies(sheet: Sheet) -> dict[str, Industries]:
    """One thing moves in each, all of it in the last."""
    return {
        "Displacement alone": industries(sheet, "displaced"),
        "New tasks alone": industries(sheet, "reinstated"),
        "Neutral growth alone": industries(sheet, neutral=True),
        "Factor prices alone": industries(sheet, prices=True),
        "All together": industries(sheet, "both", neutral=True, prices=True, shift=True),
    }


def parts(d: LabourDemand) -> pd.DataFrame:
    """Parts of labour demand by year, sums over sectors, and their total."""
    found = {p: getattr(d, p) for p in (*PARTS, "total")}
    return pd.DataFrame({p: x.sum(axis=1) if x.ndim == 2 else x for p, x in found.items()})


def gap(table: pd.DataFrame) -> float:
    """Largest distance of the parts' sum from the total."""
    return float((table.drop(columns="total").sum(axis=1) - table["total"]).abs().max())


def by_weight(d: LabourDemand, part: Array) -> Array:
    """A weighted part as the log change of each sector's own labour share."""
    return np.divide(part, d.weight, out=np.zeros_like(part), where=d.weight != 0)


def run() -> Outcome:
    """The published table, and the accounting on simulated industries."""
    sheet = load_sheet(KEY)
    figures = _printed(sheet)
    means: dict[str, pd.Series] = {}
    largest = {"whole": 0.0, "tasks": 0.0, "prices": 0.0}
    for name, x in economies(sheet).items():
        found = along_time(x.flows(), _sigmas(x))
        by_prices, by_tasks = truth(x)
        table = parts(found)
        means[name] = 100 * table.mean()
        gaps = {
            "whole": gap(table),
            "tasks": np.abs(by_weight(found, found.task_content) - by_tasks).max(),
            "prices": np.abs(by_weight(found, found.substitution) - by_prices).max(),
        }
        largest = {key: max(old, float(gaps[key])) for key, old in largest.items()}
        for key, put_in in (
            ("substitution", by_prices),
            ("displacement", np.minimum(by_tasks, 0)),
            ("reinstatement", np.maximum(by_tasks, 0)),
        ):
            figure = _named(sheet, key, name, float(means[name][key]))
            known = 100 * float((found.weight * put_in).sum(axis=1).mean())
            figures.append(replace(figure, published=known))
    figures += [sheet.compare(key, value) for key, value in largest.items()]
    figures += _linear(sheet)
    table = pd.DataFrame(means).T
    table.index.name = "economy"
    notes = [
        "The published table is not made again: the paper's data are not part of this project. What an "
        "earlier port of the paper's code found on them stands beside it; it differs by up to 0.04 points "
        "in task content, displacement and reinstatement, which is not explained. None of it decides.",
        "The simulated industries have the paper's elasticity and growth of labour's efficiency; all "
        "other numbers are ours.",
    ]
    return Outcome(figures, notes, {"simulated": table}, lambda: _draw(table))


def _sigmas(x: Industries) -> Sigmas:
    return Sigmas(np.full(x.content.shape[1], x.sigma))


def _named(sheet: Sheet, key: str, name: str, ours: float) -> Figure:
    figure = sheet.compare(key, ours)
    return replace(figure, label=f"{name}: {figure.label}")


def _printed(sheet: Sheet) -> list[Figure]:
    """What was printed, beside what the port found earlier; ours only where it follows from print."""
    figures = []
    value = {key: known.value for key, known in sheet.figures.items()}
    for year in PERIODS:
        for line in PRINTED:
            key = f"{line}_{year}"
            figures += [sheet.compare(key, "–"), sheet.compare(f"{key}_port", "–")]
    figures.append(sheet.compare("manufacturing_1987", "–"))
    for year, key in zip(PERIODS, ("ratio_usa_1947", "ratio_usa"), strict=True):
        up, down = (float(str(value[f"{x}_{year}"])) for x in ("reinstatement", "displacement"))
        figures.append(sheet.compare(key, -up / down))
    return figures


def _linear(sheet: Sheet) -> list[Figure]:
    """What the formula of the paper, which is of first order, takes for tasks."""
    x = industries(sheet, prices=True)
    years = int(sheet.number("years"))
    weight = along_time(x.flows(), _sigmas(x)).weight
    ignored = labour_demand(x.flows().years(slice(1, None)), x.flows().years(slice(-1)), _sigmas(x))
    found = {
        "linear_yearly": (weight * first_order(x)).sum(axis=1).mean(),
        "linear_once": (weight[:1] * first_order(x, years)).sum() / years,
        "unaugmented": ignored.task_content.sum(axis=1).mean(),
    }
    return [sheet.compare(key, 100 * float(value)) for key, value in found.items()]


def beside(solved: Solved) -> Outcome:
    """Runs of the China model: parts that add up, and tasks as the blocks moved them."""
    sheet = load_sheet(KEY)
    figures: list[Figure] = []
    tables = {}
    for need in RUNS:
        result, b = solved.runs[need], solved.benchmarks[need]
        name = result.scenario
        both = decompose_run(result, b).table
        both = both[both["what"] == "labour_demand"]
        sums = {
            str(against): rows.groupby(["year", "part"])["value"].sum().unstack()
            for against, rows in both.groupby("against")
        }
        flows, reference = (flows_of(result, x, b) for x in (name, result.reference))
        growth = np.log(flows.efficiency / reference.efficiency)
        found = labour_demand(flows, reference, decompose.sigmas(b), growth)
        own = by_weight(found, found.task_content)
        others = moved(
            result, b, depth(result, result.reference, b), mix_of_firms(result, result.reference, b)
        )
        share = mix_of_firms(result, name, b) * _task_share(need, solved)
        left = content(flows, moved(result, b, depth(result, name, b), share), b)
        # from the reference's tasks at the run's prices to the run's own: what the blocks moved
        put_in = content(flows, others, b)
        years = sums[result.reference].index
        task = pd.Series(100 * found.task_content.sum(axis=1), index=years)
        gaps = {
            "run_whole": max(gap(x) for x in sums.values()),
            "run_tasks": max(float(np.abs(own - put_in).max()), float(np.abs(left).max())),
            "run_content": float(task[YEAR]),
            "run_mean": float(task[YEAR] - task[FIRST - 1]) / (YEAR - FIRST + 1),
        }
        if need is WORK:
            handed = depth(result, name, b, new_tasks=False)
            again = found.weight * content(flows, moved(result, b, handed, share), b)
            at = years.get_loc(YEAR)
            new = 100 * float(again[at].sum())
            gaps |= {"gross": task[YEAR] - new, "made_up": new}
            gaps["ratio"] = -gaps["made_up"] / gaps["gross"]
        figures += [_named(sheet, key, name, float(value)) for key, value in gaps.items()]
        tables[name] = 100 * sums[result.reference]
    together = pd.concat(tables, names=["run", "year"])
    notes = [
        "New tasks are netted within each sector: in work_genai every sector loses more tasks than it is "
        "given, so that the decomposition shows displacement alone. Both are told apart by what the block "
        "reports. The model's ratio is an input (0.5 in the long run, from this paper), its lag is ours.",
        "lost_reinstatement lowers labour's share of all tasks at about the rate that new tasks added in the "
        "United States, for fifteen years; no_new_tasks leaves out the new tasks that the model's own "
        "automation would bring, which by 2050 is a third of that.",
    ]
    return Outcome(figures, notes, {"parts": together}, lambda: _draw_beside(together))


def _task_share(need: Need, solved: Solved) -> Array | float:
    """Labour's share of tasks that a scenario sets, T x 1, base year = 1; no reference here sets it."""
    result, b = solved.runs[need], solved.benchmarks[need]
    years = sorted(int(y) for y in result.frame["year"].unique())
    scenario = need.load(str(result.manifest["aggregation"]))
    found = driver_paths(scenario, b, years, {}).get("labour_task_share")
    return 1.0 if found is None else np.asarray(found.reshape(-1, 1))


GROUPS: dict[str, tuple[Sequence[str], str]] = {
    "productivity": (("productivity",), BLUE),
    "substitution, AI price": (("substitution", "ai"), GREEN),
    "task content": (("displacement", "reinstatement"), ORANGE),
    "other": (("prices", "taxes", "composition", "profit"), "#999999"),
}
"""Parts as a picture shows them."""


def _bars(table: pd.DataFrame, unit: str, names: Sequence[str], title: str) -> Drawing:
    """Stacked parts, one bar a row, and a mark for the total."""
    drawing, (axes,) = new_figure(1, height=2.9)
    at = np.arange(len(table))
    up, down = np.zeros(len(table)), np.zeros(len(table))
    for label, (columns, colour) in GROUPS.items():
        values = table[list(columns)].sum(axis=1).to_numpy(dtype=np.float64)
        axes.barh(at, values, left=np.where(values >= 0, up, down), color=colour, label=label)
        up, down = up + np.maximum(values, 0), down + np.minimum(values, 0)
    axes.plot(table["total"], at, "D", color="#222222", markersize=4, label="wage bill")
    axes.axvline(0, color="#222222", linewidth=0.7)
    axis_names(axes.yaxis, at, names)
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    legend_below(drawing)
    entitle(drawing, title)
    return drawing


def _draw(table: pd.DataFrame) -> Drawing:
    names = [str(x) for x in table.index]
    return _bars(table, "% a year", names, "Simulated industries: real wage bill")


def _draw_beside(together: pd.DataFrame) -> Drawing:
    last = together[together.index.get_level_values("year") == YEAR].droplevel("year")
    unit = f"log change against the reference × 100, {YEAR}"
    names = [scenario_name(str(x)) for x in last.index]
    return _bars(last, unit, names, "China model: real wage bill")


STUDY = Study(
    key=KEY,
    title="Acemoglu and Restrepo: automation and new tasks, labour demand taken apart",
    reference="D. Acemoglu, P. Restrepo, Journal of Economic Perspectives 33(2), 2019: 3-30, with appendix",
    run=run,
    needs=RUNS,
    beside=beside,
)
