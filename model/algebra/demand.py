"""Demand systems of consumers: linear expenditure, Cobb-Douglas, and CES utility of any depth.

    linear expenditure   p_i x_i = p_i gamma_i + beta_i z     z = E - sum_k p_k gamma_k
    Cobb-Douglas         p_i x_i = beta_i E
    CES                  U = CES(x),  P U = E                 a nest of ``nests.py``

E is spending, z what is left of it beyond commitments gamma, beta a budget share, U utility and P its
price index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from engels.model.algebra.equilibrium import define_budget
from engels.model.algebra.nests import ONE_YEAR, Nest, define_nests

Array = NDArray[np.float64]


def linear_expenditure_parameters(
    consumption: Array, elasticity: Array, frisch: Array
) -> tuple[Array, Array]:
    """(gamma, beta): committed quantities and marginal budget shares, each N x H.

    beta_i = eta_i s_i and gamma_i = C_i (1 + eta_i / frisch), with budget share s and expenditure
    elasticity eta (Frisch 1959; Dervis, de Melo & Robinson 1982, appendix A.5). Elasticities are
    scaled so that the marginal shares add up to one.

    Parameters
    ----------
    consumption: N x H, benchmark spending at benchmark prices of 1.
    elasticity: N x H, expenditure elasticities.
    frisch: H, Frisch parameters (-2: half of spending is committed).
    """
    share = consumption / consumption.sum(axis=0)
    beta = elasticity * share
    beta = beta / beta.sum(axis=0)
    scaled = np.divide(beta, share, out=np.zeros_like(beta), where=share > 0)
    return consumption * (1 + scaled / frisch), beta


def define_linear_expenditure(
    m: pyo.Block,
    name: str,
    benchmark: Mapping[tuple[str, str], float],
    years: Sequence[int] = ONE_YEAR,
    *,
    spending: Callable[[str, int], Any],
    supernumerary: Callable[[str, int], Any],
    price: Callable[[str, int], Any],
    consumption: Callable[[str, str, int], Any],
    committed: Mapping[tuple[str, str], float],
    marginal: Mapping[tuple[str, str], float],
    need: Callable[[str, int], Any] | None = None,
) -> None:
    """Equations ``<name>_supernumerary`` and ``<name>_demand`` of a linear expenditure system.

    Parameters
    ----------
    benchmark: consumption of each (good, consumer), where positive.
    spending, supernumerary: of (consumer, year); price: of (good, year);
        consumption: of (good, consumer, year).
    committed, marginal: gamma and beta of each (good, consumer).
    need: factor on the commitments to a (good, year); none by default.
    """
    scale = _totals(benchmark)
    bound: dict[str, list[str]] = {h: [] for h in scale}
    for i, h in benchmark:
        if committed[i, h] != 0:
            bound[h].append(i)

    def committed_to(i: str, h: str, t: int) -> Any:
        return committed[i, h] * need(i, t) if need else committed[i, h]

    def supernumerary_rule(_: Any, h: str, t: int) -> Any:
        commitments = sum(committed_to(i, h, t) * price(i, t) for i in bound[h])
        return supernumerary(h, t) / scale[h] == (spending(h, t) - commitments) / scale[h]

    def demand_rule(_: Any, i: str, h: str, t: int) -> Any:
        base = benchmark[i, h]
        wanted = committed_to(i, h, t) + marginal[i, h] * supernumerary(h, t) / price(i, t)
        return consumption(i, h, t) / base == wanted / base

    m.add_component(
        f"{name}_supernumerary", pyo.Constraint(list(scale), years, rule=supernumerary_rule)
    )
    m.add_component(f"{name}_demand", pyo.Constraint(list(benchmark), years, rule=demand_rule))


def define_cobb_douglas(
    m: pyo.Block,
    name: str,
    benchmark: Mapping[tuple[str, str], float],
    years: Sequence[int] = ONE_YEAR,
    *,
    spending: Callable[[str, int], Any],
    price: Callable[[str, int], Any],
    consumption: Callable[[str, str, int], Any],
) -> None:
    """Equations ``<name>_demand`` of consumers with the benchmark's budget shares at all prices.

    Parameters as in :func:`define_linear_expenditure`; the consumers may be households, a government or
    investors.
    """
    total = _totals(benchmark)

    def demand_rule(_: Any, i: str, h: str, t: int) -> Any:
        return consumption(i, h, t) / benchmark[i, h] == spending(h, t) / total[h] / price(i, t)

    m.add_component(f"{name}_demand", pyo.Constraint(list(benchmark), years, rule=demand_rule))


def _totals(benchmark: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """Benchmark spending of each consumer."""
    total: dict[str, float] = {}
    for (_, h), value in benchmark.items():
        total[h] = total.get(h, 0.0) + value
    return total


def define_utility(
    m: pyo.Block,
    name: str,
    trees: Mapping[str, Nest],
    years: Sequence[int] = ONE_YEAR,
    *,
    spending: Callable[[str, int], Any],
) -> None:
    """CES utility of each consumer: a tree whose leaves are the goods consumed.

    Adds ``<name>`` (utility, in benchmark spending), ``<name>_index`` (its price), the nests' equations
    and ``<name>_budget``.
    """
    utility = pyo.Var(list(trees), years, initialize=lambda _, h, t: trees[h].value)
    index = pyo.Var(list(trees), years, initialize=1.0)
    m.add_component(name, utility)
    m.add_component(f"{name}_index", index)
    define_nests(
        m, name, trees, years, price=lambda h, t: index[h, t], quantity=lambda h, t: utility[h, t]
    )
    define_budget(
        m,
        f"{name}_budget",
        list(trees),
        years,
        income=lambda h, t: spending(h, t),
        outlay=lambda h, t: index[h, t] * utility[h, t],
        scale=lambda h, t: trees[h].value,
    )
