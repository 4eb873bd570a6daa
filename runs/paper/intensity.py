"""Capital- and labour-intensive sectors, by labour share: their names, colours and sums."""

from __future__ import annotations

from collections.abc import Sequence

from engels.runs.indicators import deviations
from engels.runs.paper.runs import Series, percent
from engels.runs.report.page import BLUE, ORANGE
from engels.runs.store.inputs import RunResult

KINDS = {"capital": "Capital-intensive", "labour": "Labour-intensive"}
KIND_COLOURS = {"capital": BLUE, "labour": ORANGE}


def members(run: RunResult, kind: str) -> list[str]:
    """Sectors of an intensity, the AI sector left out."""
    return deviations.intensity_groups(run.manifest)[kind]


def group_sum(
    run: RunResult, variable: str, codes: Sequence[str], reference: bool = False
) -> Series:
    """Sum of a variable over some sectors, by year."""
    name = run.reference if reference else run.scenario
    return deviations.sum_of_sectors(run.frame, name, variable, codes)


def group_deviation(run: RunResult, variable: str, codes: Sequence[str]) -> Series:
    """Deviation of such a sum from the reference, per cent."""
    return percent(group_sum(run, variable, codes), group_sum(run, variable, codes, True))


def group_ai_cost(run: RunResult, codes: Sequence[str]) -> Series:
    """AI purchases over the value of output of some sectors, per cent."""
    share, volume, price = (
        deviations.by_sector(run.frame, run.scenario, v)[list(codes)]
        for v in ("ai_cost_share", "output", "price_output")
    )
    value = volume * price
    return 100 * (share * value).sum(axis=1) / value.sum(axis=1)
