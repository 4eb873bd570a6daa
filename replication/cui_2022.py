"""Cui et al. (2022): what a full stop of chip imports costs, beside the China model's own stop.

The study is a dynamic model of thirteen regions and twelve sectors and cannot be run here; its printed
effects stand beside those of the scenario ``chip_stop``, with what explains the difference.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure as Drawing

from engels.replication.sheet import load_sheet
from engels.replication.study import Outcome, Study
from engels.runs import measures
from engels.runs.figures import BLUE, GREEN, ORANGE
from engels.runs.paper_runs import FIRST, Need, Solved, at, deviation, level

KEY = "cui_2022"
STOP = Need("chip_stop")
LATER = 2035
SHOWN = {"gdp": "gdp_real", "exports": "exports_real", "employment": "employment"}


def run() -> Outcome:
    """Nothing of the study can be computed without its model."""
    return Outcome([], ["The study's model is not rebuilt: its effects stand beside our run."])


def beside(solved: Solved) -> Outcome:
    """The stop in the China model, in its first year and in 2035."""
    sheet = load_sheet(KEY)
    result = solved.runs[STOP]
    paths = {key: deviation(result, variable) for key, variable in SHOWN.items()}
    paths["consumption"] = deviation(result, "consumption_real")
    paths["imports"] = deviation(result, "imports_real")
    benchmark = solved.benchmarks[STOP]
    made = [
        measures.by_sector(result.frame, name, "output")[benchmark.chip_sector]
        for name in (result.scenario, result.reference)
    ]
    paths["electronics"] = 100 * (made[0] / made[1] - 1)
    lost = level(result, "employment", reference=True) - level(result, "employment")
    figures = [sheet.compare(key, at(paths[key], FIRST)) for key in SHOWN]
    figures.append(sheet.compare("persons", at(lost, FIRST)))
    figures += [
        sheet.compare(key, at(paths[key], FIRST))
        for key in ("consumption", "imports", "electronics")
    ]
    figures += [sheet.compare(f"{key}_later", at(paths[key], LATER)) for key in SHOWN]
    frame = pd.DataFrame(paths)
    frame.index.name = "year"
    share = 100 * benchmark.compute.components_imported / benchmark.gdp
    notes = [
        "Exports and employment are of the study's size, GDP falls by more than twice as much. What is "
        f"stopped here are all electronic components, {share:.1f}% of GDP, not integrated circuits alone; "
        "world prices are given, so that no region reroutes chips or pays more for other goods; and "
        "foreign saving is held, so that exports fall with imports at once.",
        "Against the short run ours is too small: electronics at home grow by a tenth in the first year "
        "to replace what is missing, and no fab is built in a year.",
        "Employment falls less here: wages move and only the supply of labour reacts. The study's "
        "persons out of work are unemployed, ours have left work at a lower wage.",
        "The study's elasticities were not seen; it reports smaller losses at higher ones, as ours are.",
    ]
    return Outcome(figures, notes, {"paths": frame}, lambda: _draw(frame))


def _draw(frame: pd.DataFrame) -> Drawing:
    sheet = load_sheet(KEY)
    drawing = Drawing(figsize=(8.2, 3.0))
    colours = {"gdp": BLUE, "exports": ORANGE, "employment": GREEN}
    titles = {"gdp": "GDP, %", "exports": "Exports, %", "employment": "Employment, %"}
    shown = frame[frame.index >= FIRST - 1]
    for axes, key in zip(drawing.subplots(1, 3), SHOWN, strict=True):
        axes.plot(shown.index, shown[key], color=colours[key], label="China model")
        axes.axhline(
            float(str(sheet.figures[key].value)), color="#222222", ls="--", label="Cui et al."
        )
        axes.set_ylim(top=0)
        axes.set_title(titles[key])
        axes.set_xlim(FIRST - 1, 2050)
    drawing.axes[0].legend()
    return drawing


STUDY = Study(
    key=KEY,
    title="Cui et al.: a full stop of chip imports",
    reference="崔琦等, 财经研究 48(12), 2022 (thirteen regions, twelve sectors, dynamic)",
    inputs=(),
    run=run,
    needs=(STOP,),
    beside=beside,
)
