"""Small economies with blocks on, their baselines and runs: each is solved once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.calibration.blocks import BLOCKS, NEEDS
from engels.model.algebra.point import Point, given
from engels.model.blocks.library import blocks_of
from engels.model.blocks.programmes import PROGRAMMES
from engels.model.economy.build import build_economy
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.solution import Solution
from engels.model.solving.solve import engine

from .reported import rows_of

Drivers = dict[str, dict[object, float]]
SAME = 1e-9
STEADY = (("capital.output_ratio", 4.84), ("capital.income_weight", 0.0))
"""A stock near what investment keeps up: where capital deepens for decades, wages follow it as long."""

START, LAST = 2026, 2050
YEARS = range(START, LAST + 1)

WORKSHOPS = 2
"""Origins whose built models are kept; one with every block takes some 200 MB."""
_workshops: dict[int, tuple[Solution, Workshop]] = {}


@cache
def economy(blocks: tuple[str, ...], settings: tuple[tuple[str, float], ...] = ()) -> Benchmark:
    """The handful of sectors with these blocks on and no other.

    Solved for the years that are reported alone: shocks of these tests name years to the last of them.
    """
    near: dict[str, float] = {"path.years_beyond": 0}
    return calibrate("5", near | {f"{k}.active": int(k in blocks) for k in BLOCKS} | dict(settings))


@cache
def baseline(
    blocks: tuple[str, ...] = (),
    settings: tuple[tuple[str, float], ...] = (),
    foresight: bool = True,
    ai_mode: str = "labour",
    last: int = LAST,
) -> Solution:
    shop = Workshop(engine("newton"))
    return solve_baseline(economy(blocks, settings), ai_mode, foresight, last, workshop=shop)


def run(origin: Solution, *drivers: Mapping[str, Mapping[object, float]]) -> Solution:
    """A policy run from 2026 on, by the fast path; models built for one origin serve its next runs."""
    merged: Drivers = {}
    for d in drivers:
        for name, entries in d.items():
            kept = {k: x for k, x in entries.items() if year_of(k) <= origin.years[-1]}
            merged.setdefault(name, {}).update(kept)
    # the origin is kept with its workshop, so that its id stays its own
    _, shop = _workshops.setdefault(id(origin), (origin, Workshop(engine("newton"))))
    while len(_workshops) > WORKSHOPS:
        _workshops.pop(next(iter(_workshops)))
    return solve_policy(origin, merged, START, workshop=shop)


@cache
def diffusing(kappa: float = 0.35) -> Solution:
    """Better AI that diffuses, in the economy with that block alone."""
    return run(baseline(("diffusion",)), quality(), speed(kappa))


def year_of(k: object) -> int:
    found = k[-1] if isinstance(k, tuple) else k
    assert isinstance(found, int)
    return found


def quality(rate: float = 0.15, top: float = 8.0) -> Drivers:
    """AI productivity that grows by ``rate`` a year up to ``top``."""
    return {"ai_productivity": {t: min((1 + rate) ** (t - START + 1), top) for t in YEARS}}


def speed(kappa: float, sectors: Sequence[str] = ("AGR", "IND", "ELC", "SRV")) -> Drivers:
    return {"diffusion_speed": {(j, t): kappa for j in sectors for t in YEARS}}


def constant(name: str, x: float) -> Drivers:
    return {name: dict.fromkeys(YEARS, x)}


def path(
    s: Solution, variable: str, group: str = ""
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([rows_of(s)[variable, "", group, t] for t in s.years])


def of_year(s: Solution, variable: str, year: int, group: str = "") -> float:
    return rows_of(s)[variable, "", group, year]


def point(s: Solution) -> Point:
    """The solved path as the model sees it: its values, and the model's sets."""
    m = build_economy(
        s.benchmark, s.years, s.foresight, s.ai_mode, s.horizon_growth, blocks_of(s.benchmark)
    )
    return Point(s.values, given(m))


def with_needs(block: str) -> tuple[str, ...]:
    return (NEEDS[block], block) if block in NEEDS else (block,)


def constant_until(name: str, x: float, first: int, last: int) -> Drivers:
    return {name: dict.fromkeys(range(first, last + 1), x)}


ALL = {
    **quality(),
    **speed(0.35),
    **constant("idea_search", 0.1),
    **constant("research_efficiency", 1.1),
    **constant("data_cost", 0.5),
    **constant("algorithm_efficiency", 1.5),
    **constant("pue", 0.9),
    "frontier_ai": {t: min(1.25 ** (t - START + 1), 15.0) for t in YEARS},
    "power_limit": {t: 4.0 + 0.5 * (t - START) for t in YEARS},
    **constant("mobility", 0.5),
    **constant("reinstatement", 0.7),
    "need": {("SRV", t): 1.1 for t in YEARS},
    **constant("adoption_cost", 1.5),
    **constant("markup_response", 1.5),
    **constant("access_wedge", 0.05),
    **constant("ai_subsidy", 0.05),
    **constant("service_subsidy", 0.005),
    **constant("basic_income", 0.1),
    **constant("output_tax", 0.001),
    **{name: dict.fromkeys(YEARS, 0.02) for name in PROGRAMMES},
    "government_saving": dict.fromkeys(range(START, 2031), -0.1),
}
"""A shock of every block, not too large for any."""
