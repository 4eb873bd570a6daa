"""Acemoglu (2024): TFP by Hulten's theorem over tasks, and the direct effect on wages.

    tasks affected    s = exposed · feasible                      share of GDP
    saving of cost    c = (saving of labour cost) · (labour share of exposed work)
    TFP               s · c, over ten years
    GDP               TFP / (1 - capital share), as capital follows
    easy and hard     TFP = s · (easy · c + (1 - easy) · c_hard)
    wages, direct     dln w = (dln Y - exposure) / sigma, of those whose tasks are taken

Every input can be exchanged: :class:`Inputs` holds them, :func:`headline` computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.replication.sheet import Sheet, load_sheet
from engels.replication.study import Figure, Outcome, Study
from engels.runs.report.page import BLUE, ORANGE, SMALLEST, entitle, legend_below, new_figure

KEY = "acemoglu_2024"


@dataclass(frozen=True)
class Inputs:
    """What the formula takes; all are shares."""

    exposed: float
    feasible: float
    saving: float
    labour_share: float
    saving_hard: float
    easy: float
    capital_share: float

    @property
    def affected(self) -> float:
        """Tasks affected, share of GDP."""
        return self.exposed * self.feasible

    @property
    def overall(self) -> float:
        """Saving of all cost in an affected task."""
        return self.saving * self.labour_share

    @property
    def overall_hard(self) -> float:
        """The same in a hard task."""
        return self.saving_hard * self.labour_share

    @property
    def tfp(self) -> float:
        """Gain of TFP where all tasks are easy."""
        return self.affected * self.overall

    @property
    def tfp_hard(self) -> float:
        """Gain of TFP where some tasks are hard."""
        mixed = self.easy * self.overall + (1 - self.easy) * self.overall_hard
        return self.affected * mixed

    def gdp(self, tfp: float) -> float:
        """Gain of GDP when capital grows until its return is what it was."""
        return tfp / (1 - self.capital_share)


def baseline(sheet: Sheet) -> Inputs:
    """The inputs of the paper."""
    return Inputs(
        exposed=sheet.number("exposed"),
        feasible=sheet.number("feasible"),
        saving=float(np.mean(list(sheet.named("savings").values()))),
        labour_share=sheet.number("labour_share"),
        saving_hard=sheet.number("saving_hard"),
        easy=sheet.number("easy"),
        capital_share=sheet.number("capital_share"),
    )


def china(inputs: Inputs, benchmark: Benchmark) -> Inputs:
    """The inputs with exposure and labour shares of the China model's base year.

    Hulten's sum over sectors, sum_j v_j e_j l_j with shares of value added v, exposure e and labour
    share l, is split as the paper does: mean exposure times the labour share of exposed work.
    """
    labour = benchmark.labour
    added = labour.sum(axis=1) + benchmark.capital
    exposed_pay = (benchmark.exposure * labour).sum(axis=1)
    exposure = exposed_pay / labour.sum(axis=1)
    weight = exposure * added
    return replace(
        inputs,
        exposed=float(weight.sum() / added.sum()),
        labour_share=float(exposed_pay.sum() / weight.sum()),
        capital_share=float(benchmark.capital.sum() / added.sum()),
    )


def direct_wages(gdp: float, exposure: np.ndarray, sigma: float) -> np.ndarray:
    """Direct effect on wages of groups that lose the share ``exposure`` of their tasks, logarithm."""
    return (gdp - exposure) / sigma


def headline(inputs: Inputs) -> dict[str, float]:
    """The lines of the paper that follow from the inputs, per cent."""
    found = {
        "gdp_share": inputs.affected,
        "saving": inputs.saving,
        "overall": inputs.overall,
        "overall_hard": inputs.overall_hard,
        "tfp": inputs.tfp,
        "tfp_hard": inputs.tfp_hard,
        "gdp": inputs.gdp(inputs.tfp),
        "gdp_hard": inputs.gdp(inputs.tfp_hard),
    }
    return {key: 100 * value for key, value in found.items()}


def _figures(sheet: Sheet, inputs: Inputs) -> list[Figure]:
    lines = headline(inputs)
    horizon = sheet.number("horizon")
    peng = float(np.mean([*sheet.named("savings").values(), sheet.number("saving_peng")]))
    with_peng = replace(inputs, saving=sheet.number("saving_with_peng_printed"))
    cheaper = replace(inputs, feasible=sheet.number("feasible_cheaper"))
    # the paper's GDP is its printed TFP, two digits, over the labour share
    printed = {key: round(lines[key], 2) for key in ("tfp", "tfp_hard")}
    worth = -sheet.number("bad_spending") / sheet.number("bad_spent")
    ours: dict[str, float | str] = {
        "gdp_share": lines["gdp_share"],
        "saving": lines["saving"],
        "saving_peng": 100 * peng,
        "overall": lines["overall"],
        "overall_peng": 100 * with_peng.overall,
        "overall_hard": lines["overall_hard"],
        "tfp": lines["tfp"],
        "tfp_annual": lines["tfp"] / horizon,
        "tfp_peng": 100 * with_peng.tfp,
        "tfp_cheaper": 100 * cheaper.tfp,
        "tfp_hard": lines["tfp_hard"],
        "gdp": inputs.gdp(printed["tfp"]),
        "gdp_hard": inputs.gdp(printed["tfp_hard"]),
        "gdp_investment": "–",
        "gdp_investment_hard": "–",
        "capital_share": "–",
        "bad_value": worth,
        "bad_gdp": -100 * sheet.number("bad_share") * round(worth, 2),
    }
    return [sheet.compare(key, value) for key, value in ours.items()]


def table_1(sheet: Sheet) -> pd.DataFrame:
    """Exposure by education (columns 1, 4, 5) and our direct effects on wages (columns 2, 6)."""
    groups = sheet.lists("exposure")
    frame = pd.DataFrame(groups, index=["exposure", "easy", "hard"]).T
    sigma = sheet.number("sigma")
    exposure = frame["exposure"].to_numpy(dtype=np.float64)
    frame["direct"] = direct_wages(sheet.number("gdp_investment"), exposure, sigma)
    frame["direct_hard"] = direct_wages(sheet.number("gdp_investment_hard"), exposure, sigma)
    frame.index.name = "education"
    return frame


def _wages(sheet: Sheet, frame: pd.DataFrame) -> list[Figure]:
    found = [
        sheet.compare(f"{column}_{row}", float(value))
        for column in ("direct", "direct_hard")
        for row, value in enumerate(frame[column], 1)
    ]
    gap = (frame["easy"] + frame["hard"] - frame["exposure"]).abs().max()
    return [
        *found,
        sheet.compare("total_average", "–"),
        sheet.compare("exposure_parts", float(gap)),
    ]


def _others(sheet: Sheet, inputs: Inputs) -> list[Figure]:
    found = []
    for key in ("others_low", "others_high"):
        theirs = replace(inputs, **sheet.named(key))
        found.append(sheet.compare(key, 100 * theirs.tfp / sheet.number("horizon")))
    return found


def run() -> Outcome:
    """The headline table, Table 1 as far as it goes, and the formula on China's table of 2020."""
    sheet = load_sheet(KEY)
    inputs = baseline(sheet)
    wages = table_1(sheet)
    here = china(inputs, calibrate())
    lines = headline(here)
    beside = {
        "china_exposed": here.exposed,
        "china_labour": here.labour_share,
        "china_tfp": lines["tfp"],
        "china_tfp_hard": lines["tfp_hard"],
        "china_gdp": lines["gdp"],
    }
    figures = [
        *_figures(sheet, inputs),
        *_wages(sheet, wages),
        *_others(sheet, inputs),
        *(sheet.compare(key, value) for key, value in beside.items()),
    ]
    both = pd.DataFrame({"paper": headline(inputs), "china": lines})
    both.index.name = "line"
    notes = [
        "Not reproduced: GDP with the full response of investment, the capital share and the total "
        "effects on wages, which need the propagation matrix of Acemoglu and Restrepo (2022). The "
        "direct effects on wages take GDP from there as printed.",
        "China's exposure and labour shares are those of the calibration (occupational scores of the "
        "United States on the table of 2020); what is feasible and what it saves are the paper's.",
    ]
    return Outcome(figures, notes, {"lines": both, "wages": wages}, lambda: _draw(both, wages))


def _draw(both: pd.DataFrame, wages: pd.DataFrame) -> Drawing:
    drawing, (left, right) = new_figure(2, across=2, height=2.9)
    names: Mapping[str, str] = {
        "tfp": "TFP",
        "tfp_hard": "TFP,\nhard tasks",
        "gdp": "GDP",
        "gdp_hard": "GDP,\nhard tasks",
    }
    at = np.arange(len(names))
    for shift, column, colour, label in (
        (-0.2, "paper", BLUE, "inputs of the paper"),
        (0.2, "china", ORANGE, "exposure and labour shares of China"),
    ):
        left.bar(at + shift, both.loc[list(names), column], 0.38, color=colour, label=label)
    left.set_xticks(at, list(names.values()))
    left.set_ylabel("% in ten years")
    left.set_title("Gains by Hulten's theorem")
    legend_below(left)
    left.set_ylim(top=1.1 * float(both.loc[list(names)].to_numpy().max()))
    left.grid(axis="x", visible=False)
    groups = wages.drop(index="average")
    right.plot(100 * groups["exposure"], 100 * groups["direct"], "o", color=BLUE)
    # groups lie on one line: labels go to the side that is free
    for name, x, y in zip(
        groups.index, 100 * groups["exposure"], 100 * groups["direct"], strict=True
    ):
        ahead = x < 4.3
        right.annotate(
            str(name),
            (x, y),
            xytext=(6 if ahead else -6, 4 if ahead else -4),
            textcoords="offset points",
            ha="left" if ahead else "right",
            va="center",
            fontsize=SMALLEST,
        )
    right.margins(y=0.12)
    right.set_xlim(3, 5.5)
    right.set_xlabel("exposure, % of tasks")
    right.set_ylabel("direct effect on wages, %")
    right.set_title("Wages by education (Table 1)")
    entitle(drawing, "The simple macroeconomics of AI: gains, and wages by education")
    return drawing


STUDY = Study(
    key=KEY,
    title="Acemoglu: the simple macroeconomics of AI",
    reference="D. Acemoglu, NBER Working Paper 32487 (12 May 2024); Economic Policy 40(121), 2025",
    run=run,
)
