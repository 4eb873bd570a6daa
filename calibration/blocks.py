"""The blocks of the economy that may be left out: their parameter sets, for those that are on.

``<block>.active`` of ``parameters.yaml`` is the switch of a block. The weights by sector come from the
sector map (``calibration/sector_map.csv``), our coding of what the literature says in words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_args, get_type_hints

import numpy as np

from engels.calibration.benchmark import (
    Benchmark,
    ComputeChain,
    Diffusion,
    FirmSize,
    HandToMouth,
    NewFormats,
    SectorMap,
    Spawning,
    Technology,
)
from engels.calibration.parameters import Parameters
from engels.calibration.people import household_groups, labour_market, public_finance
from engels.data import EngelsInputError

BLOCKS = tuple(f.name for f in fields(Technology))
"""Names of all blocks, in the order in which they build on each other."""

NEEDS = {
    "adoption_choice": "diffusion",
    "sow_reap": "diffusion",
    "spawning": "diffusion",
    "new_formats": "diffusion",
    "firm_size": "diffusion",
}
"""Blocks that cannot be without another."""


def technology(b: Benchmark, parameters: Parameters) -> Technology:
    """Parameter sets of the blocks that are on.

    Raises
    ------
    EngelsInputError
        When a block is on and one that it needs is off, or when the AI sector buys fewer goods than
        its spending on data is said to be.
    """
    number = parameters.number
    on = {block: number(f"{block}.active") > 0 for block in BLOCKS}
    for block, needed in NEEDS.items():
        if on[block] and not on[needed]:
            raise EngelsInputError(
                f"block {block}",
                f"needs the block {needed}, which is off",
                f"name both: blocks: [{needed}, {block}]",
            )
    weights = b.sector_map
    assert weights is not None  # calibrate() has made it
    n = len(b.sectors)
    # what is more than a parameter by its name
    made: dict[str, Callable[[], object]] = {
        "diffusion": lambda: _diffusion(n, weights, parameters),
        "spawning": lambda: Spawning(
            gain=number("spawning.gain") * weights.upgrading, pace=number("spawning.pace")
        ),
        "new_formats": lambda: NewFormats(gain=number("new_formats.gain") * weights.new_formats),
        "compute_chain": lambda: _compute_chain(b, parameters),
        "labour_market": lambda: labour_market(b, parameters),
        "household_groups": lambda: household_groups(b, parameters),
        "firm_size": lambda: _firm_size(n, parameters),
        "public_finance": lambda: public_finance(b, parameters),
        "hand_to_mouth": lambda: HandToMouth(
            np.array([parameters.values("hand_to_mouth.share")[h] for h in b.households])
        ),
    }
    sets: dict[str, Any] = {
        block: made[block]() if block in made else _by_name(block, parameters)
        for block in BLOCKS
        if on[block]
    }
    return Technology(**sets)


def _by_name(block: str, parameters: Parameters) -> object:
    """A parameter set whose fields are parameters of the same names."""
    (kind,) = (k for k in get_args(get_type_hints(Technology)[block]) if k is not type(None))
    return kind(**{f.name: parameters.number(f"{block}.{f.name}") for f in fields(kind)})


def _firm_size(n: int, parameters: Parameters) -> FirmSize:
    number = parameters.number
    return FirmSize(
        large_share=np.full(n, number("firm_size.large_share")),
        elasticity=number("firm_size.elasticity"),
        small_labour=number("firm_size.small_labour"),
        gap=number("firm_size.gap"),
        saving=number("firm_size.saving"),
        markup_response=number("firm_size.markup_response"),
        leaders=number("firm_size.leaders"),
    )


def _diffusion(n: int, weights: SectorMap, parameters: Parameters) -> Diffusion:
    number = parameters.number
    start, ceiling = number("diffusion.start"), number("diffusion.ceiling")
    if start >= ceiling:
        raise EngelsInputError(
            "diffusion.start",
            f"{start:g} is not below the ceiling of {ceiling:g}",
            "a start below diffusion.ceiling",
        )
    return Diffusion(
        start=np.full(n, start),
        ceiling=np.full(n, ceiling),
        # of the tasks that AI could do, the map says which share is handed over and which is helped
        cap=weights.cap * weights.substitution,
        feasible=number("diffusion.feasible"),
        quality=number("diffusion.quality"),
        price=number("diffusion.price"),
        steepness=number("diffusion.steepness"),
    )


def _compute_chain(b: Benchmark, parameters: Parameters) -> ComputeChain:
    number = parameters.number
    ai = b.index(b.ai)
    data, bought = number("compute_chain.data_share") * b.output[ai], b.intermediate[:, ai].sum()
    if data >= bought:
        raise EngelsInputError(
            "compute_chain.data_share",
            f"{data:.4f} trillion yuan is more than the AI sector's intermediates of {bought:.4f}",
            f"a share below {bought / b.output[ai]:.3f}",
        )
    return ComputeChain(
        build_time=number("compute_chain.build_time"),
        data=float(data),
        elements=number("compute_chain.elements"),
        chip_gap=number("compute_chain.chip_gap"),
        chip_learning=number("compute_chain.chip_learning"),
    )
