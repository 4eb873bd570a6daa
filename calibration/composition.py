"""Groups of official sectors, and how much of them is in each sector of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engels.calibration.behaviour import average
from engels.calibration.benchmark import Array, Composition

AI_INTENSIVE = "ai_intensive"
"""Market sectors (government buys less than half) that buy more AI per unit of output than average.

Public administration and schools buy much AI too, but have no markup that could drift."""

CARE = "care"
"""Health and social work."""


def classify(labour_share: Array, value_added: Array) -> list[str]:
    """``labour`` or ``capital`` for each sector.

    A sector is labour-intensive when the share of labour in its value added net of production tax
    is at least the value-added-weighted median of that share.
    """
    order = np.argsort(labour_share, kind="stable")
    cumulative = np.cumsum(value_added[order]) / value_added.sum()
    median = labour_share[order[int(np.searchsorted(cumulative, 0.5))]]
    return ["labour" if share >= median else "capital" for share in labour_share]


def compose(
    codes: Sequence[str],
    official: Array,
    aggregator: Array,
    bases: Mapping[str, Array],
    *,
    stage: Sequence[str],
    care: Sequence[str],
    ai_purchases: Array,
    government: Array,
) -> Composition:
    """The groups of O official sectors, from flows of M members of a table.

    Parameters
    ----------
    codes: O, official sectors of the table, AI among them.
    official, aggregator: O x M and N x M, 1 where a member belongs to an official sector, and to one of
        the model.
    bases: M each, what groups are weighed by; with ``value_added``, ``labour`` and ``output``.
    stage: O, primary, secondary or tertiary.
    care: codes of health and social work.
    ai_purchases, government: M, AI bought, and sales to the government.
    """
    output = official @ bases["output"]
    value_added = official @ bases["value_added"]
    labour = official @ bases["labour"]
    # an idle sector has no labour share of its own and no weight
    share = np.divide(labour, value_added, out=np.zeros_like(labour), where=value_added > 0)
    intensity = classify(share, value_added)
    bought = official @ ai_purchases
    intensive = bought * output.sum() > bought.sum() * output
    market = official @ government < 0.5 * output
    groups: dict[str, list[str]] = {}
    for n, code in enumerate(codes):
        groups.setdefault(stage[n], []).append(code)
        groups.setdefault(f"{intensity[n]}_intensive", []).append(code)
        if intensive[n] and market[n]:
            groups.setdefault(AI_INTENSIVE, []).append(code)
        if code in care:
            groups.setdefault(CARE, []).append(code)
    return Composition(
        codes=tuple(codes),
        groups={name: tuple(found) for name, found in groups.items()},
        weight={
            name: average(aggregator, official.T, np.maximum(values, 0.0), bases["output"])
            for name, values in bases.items()
        },
    )
