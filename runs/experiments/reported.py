"""Which variables of ``keep:`` the points of a batch will report, known before any of them is solved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from engels.calibration.blocks import BLOCKS, NEEDS
from engels.runs.scenarios.scenario import baseline
from engels.runs.scenarios.schema import Scenario
from engels.runs.simulation.simulate import simulate

Blocks = tuple[str, ...]


@cache
def reported(blocks: Blocks) -> frozenset[str]:
    """Variables that a run with these blocks reports, read off the base year of five sectors.

    What a run reports besides depends on its swaps and expectations, never on its sectors.
    """
    on = {f"{block}.active": 1 for block in blocks}
    base = {"aggregation": "5", "expectations": "static", "parameters": on}
    result = simulate(baseline().model_copy(update=base), solver="newton")
    return frozenset(result.frame["variable"])


def never_reported(keep: Sequence[str], runs: Iterable[Scenario]) -> list[str]:
    """One line for each variable of ``keep`` whose block is on in none of the runs.

    And one for each combination of blocks in which a run would report nothing of what is kept.
    """
    chosen = {_blocks_on(run): run.name for run in runs}
    told = {blocks: reported(blocks).intersection(keep) for blocks in chosen}
    missing = set(keep).difference(*told.values())
    empty = [run for blocks, run in chosen.items() if not told[blocks]]
    if not missing and not empty:
        return []
    of_blocks = reported(BLOCKS)
    found = [
        f"{name} is reported where the block {_block_of(name)} is on, which it is in no point; write "
        f"blocks: [{_block_of(name)}] in the scenario or leave {name} out"
        for name in keep
        if name in missing & of_blocks
    ]
    if found or not of_blocks.issuperset(keep):
        return found
    listed = ", ".join(keep)
    return [
        f"a point of {run} would keep nothing: the blocks that report {listed} are off there"
        for run in empty
    ]


def _blocks_on(run: Scenario) -> Blocks:
    given = run.all_parameters()
    return tuple(block for block in BLOCKS if given.get(f"{block}.active"))


def _block_of(name: str) -> str:
    """The block that reports a variable, with the one that it needs."""
    return next(
        block
        for block in BLOCKS
        if name in reported(tuple(x for x in BLOCKS if x in (block, NEEDS.get(block))))
    )
