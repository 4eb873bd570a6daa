"""All blocks, and all drivers: the economy's and those that come with blocks.

The imports are written out, so that what a result depends on can be read from them.
"""

from __future__ import annotations

from engels.calibration.benchmark import Benchmark
from engels.model.blocks import (
    adoption_choice,
    chain,
    diffusion,
    firm_size,
    groups,
    hand_to_mouth,
    ideas,
    intangibles,
    learning,
    new_formats,
    programmes,
    spawning,
    work,
)
from engels.model.economy.block import Block
from engels.model.economy.driver import Driver
from engels.model.economy.drivers import ECONOMY_DRIVERS

BLOCKS: tuple[Block, ...] = (
    diffusion.BLOCK,
    adoption_choice.BLOCK,
    intangibles.BLOCK,
    learning.BLOCK,
    spawning.BLOCK,
    new_formats.BLOCK,
    ideas.BLOCK,
    chain.BLOCK,
    work.BLOCK,
    groups.BLOCK,
    firm_size.BLOCK,
    programmes.BLOCK,
    hand_to_mouth.BLOCK,
)
"""In the order in which they build on each other, that of ``calibration/blocks.py``."""

BLOCK_DRIVERS: dict[str, Driver] = {d.name: d for block in BLOCKS for d in block.drivers}
DRIVERS: dict[str, Driver] = ECONOMY_DRIVERS | BLOCK_DRIVERS


def blocks_of(b: Benchmark) -> tuple[Block, ...]:
    """The blocks that a benchmark has on."""
    return tuple(block for block in BLOCKS if block.name in b.technology.blocks)
