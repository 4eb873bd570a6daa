"""Exposure to AI by sector and skill, from scores of occupations, by a vector's name.

The scores are of occupations of the United States and so are the weights: employment by occupation
(OEWS, May 2021) and, for the sectors, Felten, Raj and Seamans' industry means. Nothing here knows
which occupations work in which sector of China, or in which industry of the United States beyond
those means.

What a vector gives

* a *level*: its mean over employment, when its scores are shares or probabilities;
* an *ordering of sectors*: the industry means of AIOE or its language-modelling variant,
  standardised over the 42 sectors, times the correlation of the vector with that measure over
  employment (the linear projection of the vector on the measure; one for Felten's own vectors);
* a *profile over skills*: its means over the thirds of employment by wage, relative to its mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engels.calibration import published
from engels.calibration.factors import SKILLS
from engels.calibration.parameters import Parameters

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Vector:
    """What is to be known of a vector beside its scores."""

    sectors: str  # measure of industries that orders the sectors: aiie or lm_aiie
    share: bool  # scores are shares of tasks or probabilities, not standardised scores


# The names are the choices of exposure.vector, which says what each one is.
VECTORS = {
    "felten_lm": Vector("lm_aiie", share=False),
    "felten": Vector("aiie", share=False),
    "eloundou_alpha": Vector("lm_aiie", share=True),
    "eloundou_beta": Vector("lm_aiie", share=True),
    "eloundou_gamma": Vector("lm_aiie", share=True),
    "eloundou_human_alpha": Vector("lm_aiie", share=True),
    "eloundou_human_beta": Vector("lm_aiie", share=True),
    "eloundou_human_gamma": Vector("lm_aiie", share=True),
    "frey_osborne": Vector("aiie", share=True),
    "microsoft": Vector("lm_aiie", share=False),
}
# Measure of industries -> the vector of occupations that it is the mean of.
MEASURES = {"aiie": "felten", "lm_aiie": "felten_lm"}


@cache
def occupations() -> pd.DataFrame:
    """Occupations by code: ``employment`` (million), ``wage``, ``third`` and a column each vector.

    ``third`` (low, middle, high) cuts employment in the order of mean wages. A score is missing
    (NaN) where the source has none: mostly the "all other" occupations. A source's score under the
    occupation's own code comes first, then the mean over the codes that it is linked to, because
    the sources are of other vintages of the classification; O*NET's occupations below six digits
    are averaged.
    """
    frame = published.occupations().sort_values(["wage", "occupation"]).set_index("occupation")
    frame["third"] = thirds(frame["employment"])
    scores = published.occupation_scores()
    scores = scores.assign(code=scores["code"].str[:7])
    wide = scores.pivot_table(index="code", columns="vector", values="score", aggfunc="mean")
    links = published.occupation_links()
    linked = links.join(wide, on="code").groupby("occupation")[list(wide.columns)].mean()
    own = wide.reindex(frame.index)
    return frame.join(own.combine_first(linked.reindex(frame.index)))


def thirds(employment: pd.Series) -> pd.Series:
    """``low``, ``middle`` or ``high`` for occupations in the order of their wages.

    An occupation belongs to the third of all employment that the middle of its own lies in.
    """
    centre = (employment.cumsum() - employment / 2) / employment.sum()
    return pd.cut(centre, [0.0, 1 / 3, 2 / 3, 1.0], labels=list(SKILLS)).astype(str)


def coverage(vector: str) -> float:
    """Share of employment in occupations that the vector has a score for."""
    frame = occupations()
    return float(frame.loc[frame[vector].notna(), "employment"].sum() / frame["employment"].sum())


ROUNDING = 1e-6
"""Scores are published shares of few tasks, kept to six digits: a threshold is met within this."""


def reaches(score: pd.Series, threshold: float, strict: bool = False) -> pd.Series:
    """Whether scores are at or above (``strict``: above) a threshold.

    Scores within ``ROUNDING`` of the threshold equal it. A mean of 1/3 and 2/3 is one half, whatever
    digit its parts were rounded at and in whichever order they were added; two shares of so few
    tasks that differ at all differ by far more.
    """
    return score > threshold + ROUNDING if strict else score >= threshold - ROUNDING


def employment_share(vector: str, threshold: float, strict: bool = False) -> float:
    """Share of the employment with a score at or above (``strict``: above) a threshold."""
    frame = occupations().dropna(subset=[vector])
    found = reaches(frame[vector], threshold, strict)
    return float(frame.loc[found, "employment"].sum() / frame["employment"].sum())


def mean(vector: str) -> float:
    """Mean of a vector over employment."""
    frame = occupations().dropna(subset=[vector])
    return float(np.average(frame[vector], weights=frame["employment"]))


@cache
def correlation(vector: str, other: str) -> float:
    """Correlation of two vectors over employment, in the occupations that both have."""
    frame = occupations().dropna(subset=[vector, other])
    covariance = np.cov(frame[vector], frame[other], aweights=frame["employment"])
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


def level(vector: str, parameters: Parameters) -> float:
    """Mean exposure of the sectors: the vector's own mean where its scores are shares."""
    if VECTORS[vector].share and parameters.choice("exposure.level") == "vector":
        return mean(vector)
    return parameters.number("exposure.mean")


def profile(vector: str, parameters: Parameters) -> dict[str, float]:
    """Multiples of the mean by skill, which average to one over the employment of the thirds.

    Shares and probabilities: mean of the third over the mean of all. Other scores have no zero:
    standardised over employment, they are given the mean and the spread of the sectors.
    """
    frame = occupations().dropna(subset=[vector])
    score = frame[vector] / mean(vector)
    if not VECTORS[vector].share:
        centred = frame[vector] - mean(vector)
        deviation = np.sqrt(np.average(centred**2, weights=frame["employment"]))
        relative = parameters.number("exposure.spread") / parameters.number("exposure.mean")
        score = 1.0 + relative * centred / deviation
    of = {skill: frame["third"] == skill for skill in SKILLS}
    weight = frame["employment"]
    return {s: float(np.average(score[of[s]], weights=weight[of[s]])) for s in SKILLS}


def skill_shape(parameters: Parameters) -> dict[str, float]:
    """Multiples of a sector's exposure by skill, as ``exposure.skill_profile`` says."""
    named = parameters.choice("exposure.skill_profile")
    if named == "vector":
        return profile(parameters.choice("exposure.vector"), parameters)
    if named == "assumed":
        return parameters.values("exposure.skill_shape")
    return parameters.values(f"exposure.{named}")


def sector_scores(vector: str) -> dict[str, float]:
    """Score by the 42 sectors: the measure of industries, standardised, times the correlation."""
    measure = VECTORS[vector].sectors
    scores = published.exposure_scores(measure)
    values = np.array(list(scores.values()))
    base = MEASURES[measure]
    slope = 1.0 if vector == base else correlation(vector, base)
    standard = slope * ((values - values.mean()) / values.std())
    return dict(zip(scores, standard.tolist(), strict=True))


def exposure(parents: tuple[str, ...], parameters: Parameters) -> Array:
    """Share of each skill's tasks that AI could do, N x S, for sectors of the 42 named.

    Level plus spread times the sector's score, within floor and cap, times the shape over skills.
    ``exposure.spread`` belongs to ``exposure.mean`` and moves in proportion with another level.
    """
    vector = parameters.choice("exposure.vector")
    scores = sector_scores(vector)
    mean_exposure = level(vector, parameters)
    relative = mean_exposure / parameters.number("exposure.mean")
    spread = parameters.number("exposure.spread") * relative
    floor, cap = parameters.number("exposure.floor"), parameters.number("exposure.cap")
    standard = np.array([scores[parent] for parent in parents])
    by_sector = np.clip(mean_exposure + spread * standard, floor, cap)
    shape = skill_shape(parameters)
    by_skill = by_sector[:, None] * np.array([shape[skill] for skill in SKILLS])
    return np.minimum(by_skill, parameters.number("exposure.skill_cap"))


def describe_exposure(parameters: Parameters) -> str:
    """What the exposure rests on, for reports."""
    vector = parameters.choice("exposure.vector")
    shape = parameters.choice("exposure.skill_profile")
    base = MEASURES[VECTORS[vector].sectors]
    sectors = "" if vector == base else f"; sectors as {base} orders them (no industry means)"
    return (
        f"{vector}, occupations of the United States, sectors by their mix of occupations (R)"
        f"{sectors}; shape over skills: {shape}"
    )
