"""Weighted means, and the elasticities of the model's sectors from those of the table's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engels.calibration import published
from engels.calibration.ai_accounts import Accounts
from engels.calibration.benchmark import Elasticities
from engels.calibration.factors import HOUSEHOLDS, SKILLS, classes
from engels.calibration.parameters import Parameters

Array = NDArray[np.float64]

# LES: with a Frisch parameter of -2, an expenditure elasticity of 2 leaves no committed spending.
INCOME_LOW, INCOME_HIGH = 0.05, 1.9


def average(aggregator: Array, values: Array, *weights: Array) -> Array:
    """Weighted means over the members of each sector, with the first usable weights.

    ``values`` and the weights are M or M x K, the aggregator N x M; the result is N or N x K. A
    sector in which the first weights are all zero uses the second, and so on; the last must be
    positive.
    """
    flat = values.ndim == 1
    values = values.reshape(len(values), -1)
    result = np.full((aggregator.shape[0], values.shape[1]), np.nan)
    for weight in weights:
        parts = aggregator[:, :, None] * weight.reshape(len(weight), -1)
        total = parts.sum(axis=1, keepdims=True)
        # Shares first: the mean over one member is then its value to the last digit.
        shares = parts / np.where(total > 0.0, total, 1.0)
        usable = np.isnan(result) & (total[:, 0, :] > 0.0)
        result = np.where(usable, (shares * values).sum(axis=1), result)
    return result[:, 0] if flat else result


def elasticities(
    accounts: Accounts,
    parents: tuple[str, ...],
    aggregator: Array,
    intensity: list[str],
    parameters: Parameters,
) -> Elasticities:
    """Elasticities of the model's sectors.

    Value-added elasticities are averaged with value added, Armington elasticities with imports,
    expenditure elasticities with each household's consumption. The latter are scaled so that they
    average to one with its budget shares (Engel aggregation).
    """
    n = aggregator.shape[0]
    group = classes("capital_labour")
    capital_labour = parameters.values("elasticities.capital_labour")
    value_added = accounts.labour.sum(axis=1) + accounts.capital
    armington = published.elasticity("armington")
    cap = parameters.number("elasticities.armington_cap")
    scale = parameters.number("elasticities.armington_scale")
    member_armington = np.minimum(scale * np.array([armington[parent] for parent in parents]), cap)
    ai_traditional = parameters.values("elasticities.ai_traditional")
    frisch = parameters.values("elasticities.frisch")
    ai_labour = parameters.values("elasticities.ai_labour")
    number = parameters.number
    return Elasticities(
        top=np.full(n, number("elasticities.top")),
        intermediates=number("elasticities.intermediates"),
        capital_labour=average(
            aggregator,
            np.array([capital_labour[group[parent]] for parent in parents]),
            value_added,
            accounts.output,
        ),
        skills=number("elasticities.skills"),
        ai_labour=np.array([ai_labour[skill] for skill in SKILLS]),
        ai_capital=number("elasticities.ai_capital"),
        ai_traditional=np.array([ai_traditional[label] for label in intensity]),
        ai_inputs=number("elasticities.ai_inputs"),
        armington=average(aggregator, member_armington, accounts.imports, accounts.output),
        export_demand=np.full(n, number("elasticities.export_demand")),
        transformation=np.full(n, number("elasticities.transformation")),
        chips=number("elasticities.chips"),
        labour_supply=number("elasticities.labour_supply"),
        frisch=np.array([frisch[household] for household in HOUSEHOLDS]),
        income=income_elasticities(accounts, parents, aggregator),
        intertemporal=number("elasticities.intertemporal"),
        discount=number("elasticities.discount"),
        adjustment_capital=number("elasticities.adjustment_capital"),
        adjustment_compute=number("elasticities.adjustment_compute"),
    )


def income_elasticities(accounts: Accounts, parents: tuple[str, ...], aggregator: Array) -> Array:
    """Expenditure elasticities, N x H, with Engel aggregation for each household."""
    known = published.elasticity("income")
    raw = np.clip([known[parent] for parent in parents], INCOME_LOW, INCOME_HIGH)
    households = accounts.consumption.shape[1]
    member = np.repeat(np.array(raw)[:, None], households, axis=1)
    shares = accounts.consumption / accounts.consumption.sum(axis=0)
    member /= (shares * member).sum(axis=0)
    output = np.repeat(accounts.output[:, None], households, axis=1)
    return average(aggregator, member, accounts.consumption, output)
