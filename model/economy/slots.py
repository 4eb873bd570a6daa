"""What blocks may change in the rest of the economy.

Firms, trade, compute, households, government and accounts ask here for the quantities that a block may
move (``block.py`` says how). What each slot returns without blocks is written below; what a block adds, in
the block's own file. Slots about the income of households are in ``households.py``.

    quality of AI            driver, or what has been learned on top             learning
    automated tasks          drivers + feasible x adoption                       diffusion
    new tasks                given back to labour                                labour_market
    efficiency of a sector   driver x (1 - sown)(1 + reaped) x spawned           sow_reap, spawning
    efficiency of labour     driver x (knowledge / reference)^psi                ideas
    inputs of the AI sector  compute and work, and data                          compute_chain
    variety of home goods    1, or e^(gain x adoption x log Z)                   new_formats
    quality of home chips    driver x learned x researched                       compute_chain, public_finance
    tax on AI                driver less the subsidy that internalises learning  learning
                             less the subsidy of adopters                        public_finance
    wedge of access          what those who control AI add to its price          firm_size
    markup                   drivers x that of large firms                       firm_size
    labour's share of tasks  driver x that of the mix of firms                   firm_size
    wage of a sector         wage of the skill x premium                         labour_market
    supply of labour         a curve, or the labour force at work                labour_market
    production tax           driver + output tax - subsidy of personal services  public_finance
    government purchases     driver + teaching + programmes                      labour_market, public_finance
    capacity of compute      as much as is begun, or as is completed             compute_chain
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.nests import Leaf
from engels.model.economy.block import Economy, slot


@slot("instead")
def ai_quality(m: Economy, b: Benchmark, t: int) -> Any:
    """Z: effective units of AI per unit bought."""
    return m.ai_productivity[t]


@slot("plus")
def handed_over(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Share of the exposed tasks of a sector handed to AI beyond the base year's."""
    return m.automation_depth[t] + m.automation_depth_sector[j, t]


@slot("plus")
def new_tasks(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """New tasks that labour has been given, share of the exposed."""
    return 0.0


def depth(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Tasks handed over less the new tasks, share of the exposed."""
    return handed_over(m, b, j, t) - new_tasks(m, b, j, t)


@slot("plus")
def adoption_gained(m: Economy, b: Benchmark, t: int) -> Any:
    """Mean adoption of AI beyond the base year's."""
    return 0.0


@slot("times")
def sector_progress(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Efficiency of a sector's value added, as it is made up."""
    return m.tfp_sector[j, t]


def sector_efficiency(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Efficiency of a sector's value added: of :func:`sector_progress`, a variable where blocks add to it."""
    made_up = sector_progress.moved(m) and j in m.adopters
    return m.sector_efficiency[j, t] if made_up else m.tfp_sector[j, t]


@slot("instead")
def labour_efficiency(m: Economy, b: Benchmark, t: int) -> Any:
    """Economy-wide efficiency of labour."""
    return m.labour_efficiency[t]


@slot("times")
def work_efficiency(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Efficiency of labour in a sector."""
    return labour_efficiency(m, b, t)


@slot("plus")
def further_inputs(m: Economy, b: Benchmark, j: str) -> tuple[Leaf, ...]:
    """Inputs to a sector's value added beside capital and work; their benchmark value is one of goods."""
    return ()


@slot("plus")
def goods_for_inputs(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """What of a sector's intermediates :func:`further_inputs` are made of."""
    return 0.0


@slot("instead")
def value_added_elasticity(m: Economy, b: Benchmark, j: str) -> float:
    """Elasticity between capital and work; in the AI sector, between compute and work."""
    e = b.elasticities
    return e.ai_inputs if j == b.ai else float(e.capital_labour[b.index(j)])


@slot("times")
def variety(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Effective units per unit of a home good."""
    return 1.0


@slot("times")
def chip_quality(m: Economy, b: Benchmark, t: int) -> Any:
    """Effective chips per unit bought at home."""
    return m.chip_quality_domestic[t]


@slot("plus")
def ai_tax(m: Economy, b: Benchmark, t: int) -> Any:
    """Tax on purchases of AI services, net of subsidies."""
    return m.ai_tax[t]


@slot("plus")
def access_wedge(m: Economy, b: Benchmark, t: int) -> Any:
    """What those who control access add to the price of AI services, as a rate."""
    return 0.0


@slot("plus")
def access_income(m: Economy, b: Benchmark, t: int) -> Any:
    """What the wedge of access earns, trillion yuan; income of property in AI."""
    return 0.0


def ai_charge(m: Economy, b: Benchmark, t: int) -> Any:
    """What users pay for AI services beyond their price, as a rate."""
    return ai_tax(m, b, t) + access_wedge(m, b, t)


@slot("times")
def markup(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Price net of tax over unit cost."""
    return m.markup[j, t] * m.markup_common[t]


@slot("times")
def task_share(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Labour's share of tasks relative to the base year's."""
    return m.labour_task_share[t]


@slot("times")
def sector_wage(m: Economy, b: Benchmark, j: str, s: str, t: int) -> Any:
    """Wage of a skill in a sector."""
    return m.wage[s, t]


@slot("instead")
def wage_bill(m: Economy, b: Benchmark, s: str, t: int) -> Any:
    """Wages of a skill, trillion yuan."""
    return m.wage[s, t] * m.labour_supply[s, t]


@slot("instead")
def labour_at_work(m: Economy, b: Benchmark, s: str, t: int) -> Any:
    """Labour supplied by a skill, relative to the base year's."""
    real = m.wage[s, t] / m.price_consumption[t] / m.reference_wage[s, t]
    return m.labour_endowment[s, t] * real**b.elasticities.labour_supply


@slot("instead")
def persons_employed(m: Economy, b: Benchmark, s: str, t: int) -> Any:
    """Million persons of a skill at work."""
    k = b.skills.index(s)
    return m.labour_supply[s, t] / float(b.labour[:, k].sum()) * float(b.persons[:, k].sum())


@slot("plus")
def training_fees(m: Economy, b: Benchmark, t: int, share: Mapping[str, float]) -> Any:
    """What trainees pay for teaching, trillion yuan; ``share`` of each skill's fees."""
    return 0.0


@slot("plus")
def production_tax(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Net rate of tax on a sector's output."""
    return m.production_tax_rate[j, t]


@slot("plus")
def basic_income(m: Economy, b: Benchmark, t: int, persons: float) -> Any:
    """Transfer to so many million persons of the base year, who grow with employment; trillion yuan."""
    return 0.0


@slot("plus")
def coupons(m: Economy, b: Benchmark, t: int) -> Any:
    """Interest on public debt, trillion yuan."""
    return 0.0


@slot("plus")
def government_volume(m: Economy, b: Benchmark, t: int) -> Any:
    """Purchases of the government in base-year prices, trillion yuan."""
    return m.government_consumption[t] * float(b.government.sum())


@slot("times")
def energy(m: Economy, b: Benchmark, t: int) -> Any:
    """Electricity per unit of compute service, relative to the base year's."""
    return 1.0


@slot("plus")
def link_rents(m: Economy, b: Benchmark, t: int) -> Any:
    """What scarcity beside that of capacity adds to the price of a unit of compute service."""
    return 0.0


@slot("instead")
def capacity_completed(m: Economy, b: Benchmark, t: int) -> Any:
    """Compute capacity that comes into service."""
    return m.compute_build[t] * m.compute_investment[t]


@slot("instead")
def value_of_capacity_begun(m: Economy, b: Benchmark, t: int) -> Any:
    """Value of a unit of compute capacity whose construction begins."""
    return m.compute_q[t]


@slot("instead")
def waiting_factor(m: Economy, b: Benchmark) -> float:
    """Base-year value of compute capacity in service over that of capacity just begun."""
    return 1.0


@slot("instead")
def required_return(m: Economy, b: Benchmark) -> float:
    """Return on compute that the base year shows."""
    return b.compute.rent / b.compute.stock - b.compute.depreciation


@slot("times")
def need(m: Economy, b: Benchmark, i: str, t: int) -> Any:
    """Factor on what households are committed to buy of a good."""
    return 1.0
