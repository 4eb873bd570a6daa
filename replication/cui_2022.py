"""Cui et al. (2022): what a full stop of chip imports costs, beside the China model's own stop.

The study is a dynamic model of thirteen regions and twelve sectors and cannot be run here; its printed
effects stand beside those of the scenario ``chip_stop``, with what explains the difference: once with
wages that clear the labour market, as the scenario is, and once with unemployment on a wage curve.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure as Drawing

from engels.replication.sheet import load_sheet
from engels.replication.study import Outcome, Study
from engels.runs.indicators import deviations
from engels.runs.paper.runs import FIRST, Need, Solved, at, deviation, level
from engels.runs.report.page import (
    BLUE,
    GREEN,
    ORANGE,
    entitle,
    legend_below,
    new_figure,
    years_axis,
)
from engels.runs.store.inputs import RunResult

KEY = "cui_2022"
STOP = Need("chip_stop")
WORK = Need("chip_stop", name="chip_stop_unemployment", parameters=(("labour_market.active", 1),))
"""The same stop where wages follow a wage curve and there is unemployment."""
LATER = 2035
SHOWN = {"gdp": "gdp_real", "exports": "exports_real", "employment": "employment"}


def run() -> Outcome:
    """Nothing of the study can be computed without its model."""
    return Outcome([], ["The study's model is not rebuilt: its effects stand beside our runs."])


def beside(solved: Solved) -> Outcome:
    """The stop in the China model, in its first year and in 2035: with flexible wages, with unemployment."""
    sheet = load_sheet(KEY)
    result, frictions = solved.runs[STOP], solved.runs[WORK]
    paths = {key: deviation(result, variable) for key, variable in SHOWN.items()}
    paths["consumption"] = deviation(result, "consumption_real")
    paths["imports"] = deviation(result, "imports_real")
    benchmark = solved.benchmarks[STOP]
    made = [
        deviations.by_sector(result.frame, name, "output")[benchmark.chip_sector]
        for name in (result.scenario, result.reference)
    ]
    paths["electronics"] = 100 * (made[0] / made[1] - 1)
    paths["persons"] = fall(result, "employment")
    paths |= {f"{key}_work": deviation(frictions, variable) for key, variable in SHOWN.items()}
    paths["persons_work"] = fall(frictions, "employment")
    paths["unemployed_work"] = -fall_of(frictions, "unemployed", benchmark.skills)
    paths["force_work"] = fall(frictions, "labour_force")
    paths["rate_work"] = deviation(frictions, "unemployment")
    frame = pd.DataFrame(paths)
    frame.index.name = "year"
    first = (*SHOWN, "persons", *(f"{key}_work" for key in SHOWN), "unemployed_work")
    first += ("persons_work", "force_work", "rate_work", "consumption", "imports", "electronics")
    later = (*SHOWN, "employment_work", "unemployed_work")
    figures = [sheet.compare(key, at(frame[key], FIRST)) for key in first]
    figures += [sheet.compare(f"{key}_later", at(frame[key], LATER)) for key in later]
    gdp, employment, persons = (
        float(str(sheet.figures[k].value)) for k in ("gdp", "employment", "persons")
    )
    now = {key: at(frame[key], FIRST) for key in frame}
    figures.append(sheet.compare("implied", -100 * persons / employment))
    share = 100 * benchmark.compute.components_imported / benchmark.gdp
    notes = [
        "Exports and employment are of the study's size, GDP falls by more than twice as much. What is "
        f"stopped here are all electronic components, {share:.1f}% of GDP, not integrated circuits alone; "
        "world prices are given, so that no region reroutes chips or pays more for other goods; and "
        "foreign saving is held, so that exports fall with imports at once.",
        "Against the short run ours is too small: electronics at home grow by a tenth in the first year "
        "to replace what is missing, and no fab is built in a year.",
        f"The study's {persons:.2f} million are {-employment:.2f}% of all who work, so that there whoever "
        "loses work seems to count as unemployed. With flexible wages nobody is unemployed here: "
        f"{now['persons']:.2f} million leave work, at a lower wage. On a wage curve "
        f"{now['persons_work']:.2f} million lose work, of whom {now['unemployed_work']:.2f} million are "
        "unemployed and the others leave the labour force.",
        "That employment then agrees in the first year is no confirmation: two differences offset each "
        f"other. GDP falls {now['gdp_work'] / gdp:.1f} times as much, and employment "
        f"{now['employment_work'] / now['gdp_work']:.2f}% for each per cent of it against "
        f"{employment / gdp:.2f}% there. The wage curve's elasticity (0.1, recalled from the literature) was "
        "not set to meet the study. Nor does it last: on a wage curve lower wages go with more unemployment "
        "for good, and capital and wages go on falling.",
        "The study's elasticities were not seen; it reports smaller losses at higher ones, as ours are.",
    ]
    return Outcome(figures, notes, {"paths": frame}, lambda: _draw(frame))


def fall(run: RunResult, variable: str) -> pd.Series:
    """Level of the reference less that of the run."""
    return level(run, variable, reference=True) - level(run, variable)


def fall_of(run: RunResult, variable: str, groups: tuple[str, ...]) -> pd.Series:
    """Level of the reference less that of the run, groups added up."""
    parts = [
        level(run, variable, group, reference=True) - level(run, variable, group)
        for group in groups
    ]
    return pd.concat(parts, axis=1).sum(axis=1)


def _draw(frame: pd.DataFrame) -> Drawing:
    sheet = load_sheet(KEY)
    drawing, places = new_figure(3, across=3, height=2.4)
    colours = {"gdp": BLUE, "exports": ORANGE, "employment": GREEN}
    titles = {"gdp": "GDP, %", "exports": "Exports, %", "employment": "Employment, %"}
    shown = frame[frame.index >= FIRST - 1]
    for axes, key in zip(places, SHOWN, strict=True):
        axes.plot(shown.index, shown[key], color=colours[key], label="flexible wages")
        frictions = shown[f"{key}_work"]
        axes.plot(shown.index, frictions, color=colours[key], ls=":", label="unemployment")
        axes.axhline(
            float(str(sheet.figures[key].value)), color="#222222", ls="--", label="Cui et al."
        )
        axes.set_ylim(top=0)
        axes.set_title(titles[key])
        years_axis(axes, shown.index)
        legend_below(axes)
    entitle(drawing, "A full stop of chip imports: China model beside Cui et al.")
    return drawing


STUDY = Study(
    key=KEY,
    title="Cui et al.: a full stop of chip imports",
    reference="崔琦等, 财经研究 48(12), 2022 (thirteen regions, twelve sectors, dynamic)",
    run=run,
    needs=(STOP, WORK),
    beside=beside,
)
