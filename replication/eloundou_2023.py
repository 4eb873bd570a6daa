"""Eloundou, Manning, Mishkin and Rock (2023): exposure of occupations to language models.

    alpha   share of an occupation's tasks that a language model makes at least twice as fast
    beta    alpha + half of the tasks that need further software
    zeta    alpha + all of them (the project's vectors call it gamma)

Occupations are weighed by employment in the United States, May 2021. Several O*NET occupations may
stand under one code of that survey: they are averaged, or each counts with the whole code. Models
(41-9012; 2,000 of 141 million workers) have no wage in the survey, so they are not among the project's
occupations; with them no share here would differ by more than 0.002 points.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from engels.calibration import exposure
from engels.data import load_occupation_scores, load_occupations
from engels.replication.sheet import load_sheet
from engels.replication.study import Outcome, Study
from engels.runs.report.page import BLUE, ORANGE, entitle, legend_below, new_figure

KEY = "eloundou_2023"
VECTORS = ("human_alpha", "human_beta", "human_gamma", "alpha", "beta", "gamma")
HEADLINE = "human_beta"


def scores() -> pd.DataFrame:
    """Exposure by O*NET occupation (rows) and vector (columns)."""
    frame = load_occupation_scores()
    frame = frame[frame["vector"].str.startswith("eloundou_")]
    wide = frame.pivot_table(index="code", columns="vector", values="score")
    return wide.rename(columns=lambda name: str(name).removeprefix("eloundou_"))[list(VECTORS)]


def merged(each: bool) -> pd.DataFrame:
    """Exposure with ``employment`` (million): a row a code, or (``each``) a row an O*NET occupation."""
    frame = scores()
    code = frame.index.str[:7]
    employment = load_occupations().set_index("occupation")["employment"]
    if not each:
        frame = frame.groupby(code).mean()
        code = frame.index
    return frame.assign(employment=employment.reindex(code).to_numpy()).dropna()


def workers(frame: pd.DataFrame, threshold: float, strict: bool = False) -> float:
    """Employment with a beta of people's labels at or above (``strict``: above) a threshold, %.

    The paper speaks of "at least 50%": an occupation with exactly one half counts.
    """
    people = frame["employment"]
    found = exposure.reaches(frame[HEADLINE], threshold, strict)
    return float(100 * people[found].sum() / people.sum())


def by_group() -> pd.DataFrame:
    """Mean exposure by major group of occupations (first two digits), weighed by employment."""
    frame = merged(each=False)
    group = frame.index.str[:2]
    weighed = frame[list(VECTORS)].mul(frame["employment"], axis=0).groupby(group).sum()
    people = frame["employment"].groupby(group).sum()
    found = weighed.div(people, axis=0).assign(employment=people)
    found.index.name = "group"
    return found


def run() -> Outcome:
    """Means, standard deviations and shares of workers, under both merges."""
    sheet = load_sheet(KEY)
    tenth, half = sheet.number("tenth"), sheet.number("half")
    table = scores()
    averaged, each = merged(each=False), merged(each=True)
    linked = 100 * exposure.employment_share(f"eloundou_{HEADLINE}", half, strict=True)
    mean, spread = 100 * table.mean(), table.std()
    ours: dict[str, float] = {
        "tenth": workers(averaged, tenth),
        "tenth_each": workers(each, tenth),
        "half": workers(averaged, half),
        "half_strict": workers(averaged, half, strict=True),
        "half_each": workers(each, half),
        "half_linked": linked,
        "at_half": workers(averaged, half) - workers(averaged, half, strict=True),
        "direct": float(mean[["human_alpha", "alpha"]].mean()),
        "software_low": float(mean["human_gamma"]),
        "software_high": float(mean["gamma"]),
    }
    ours |= {f"mean_{v}": float(mean[v]) / 100 for v in VECTORS}
    ours |= {f"sd_{v}": float(spread[v]) for v in VECTORS}
    notes = [
        "Not reproduced: 19% of workers with at least half of their tasks exposed. It rests on the "
        "paper's own matching of O*NET titles to the survey's, which is not among the project's files. "
        f"By codes it is {ours['half']:.1f}% ({ours['half_strict']:.1f}% with more than half): "
        f"{ours['at_half']:.1f}% work in occupations that have exactly one half, which the paper's "
        '"at least" counts.',
        "Means over tasks cannot be taken: the project holds scores of occupations.",
    ]
    groups = by_group()
    figures = [sheet.compare(key, value) for key, value in ours.items()]
    return Outcome(figures, notes, {"groups": groups}, lambda: _draw(averaged, each))


def _draw(averaged: pd.DataFrame, each: pd.DataFrame) -> Drawing:
    """Share of workers whose occupation has at least so much exposure."""
    drawing, (axes,) = new_figure(1, height=2.9)
    at = np.linspace(0, 1, 401)
    lines = (
        (averaged, BLUE, "-", "codes averaged"),
        (each, ORANGE, "--", "each with its whole code"),
    )
    for frame, colour, style, label in lines:
        axes.plot(100 * at, [workers(frame, x) for x in at], style, color=colour, label=label)
    for x in (10, 50):
        axes.axvline(x, color="#222222", linewidth=0.7)
    axes.set_xlabel("at least so many % of tasks exposed (β, labels of people)")
    axes.set_ylabel("% of workers")
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 102)
    legend_below(axes)
    entitle(drawing, "Workers by exposure of their occupation")
    return drawing


STUDY = Study(
    key=KEY,
    title="Eloundou, Manning, Mishkin and Rock: GPTs are GPTs",
    reference="T. Eloundou, S. Manning, P. Mishkin, D. Rock, arXiv 2303.10130 (2023); Science 384, 2024",
    run=run,
)
