"""What blocks change in the rest of the economy.

The blocks (``diffusion.py``, ``intangibles.py``, ``innovation.py``, ``chain.py``; ``work.py``, ``groups.py``,
``firm_size.py``, ``programmes.py``) own their states and laws. Firms, trade, households, government and
accounts ask here for the quantities that a block may move; where no block does, the answer is the driver
itself and the economy is, equation for equation, the one without blocks.

    quality of AI            Z = driver x learned                                learning
    automated tasks          depth = drivers + feasible(Z) x adoption             diffusion
                                     less new tasks                               labour_market
    efficiency of a sector   driver x (1 - sown)(1 + reaped) x spawned            sow_reap, spawning
    efficiency of labour     driver x (knowledge / reference)^psi                 ideas
    variety of home goods    1, or e^(gain x adoption x log Z)                    new_formats
    quality of home chips    driver x learned                                     compute_chain
    tax on AI                driver less the subsidy that internalises learning   learning
                             less the subsidy of adopters                         public_finance
    charge for AI            tax, and the wedge of those who control access       firm_size
    markup                   drivers x that of large firms                        firm_size
    labour's share of tasks  driver x that of the mix of firms                    firm_size
    wage of a sector         wage of the skill x premium                          labour_market
    production tax           driver + output tax - subsidy of personal services   public_finance
    government purchases     driver + programmes and teaching (labour_market)     public_finance

``m`` is a model or a solved point of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.blocks import programmes

Economy = Any
"""A model (the functions return expressions) or a solved point of one (they return numbers)."""

CORNER = 1.0e-3
"""Width of the corner of max(0, x), in log points."""


def positive_part(x: Any) -> Any:
    """Smooth max(0, x), exactly zero at zero."""
    return (x + pyo.sqrt(x**2 + CORNER**2) - CORNER) / 2


def ai_quality(m: Economy, t: int) -> Any:
    """Z: effective units of AI per unit bought."""
    return m.ai_quality[t] if hasattr(m, "ai_quality") else m.ai_productivity[t]


def handed_over(m: Economy, j: str, t: int) -> Any:
    """Share of the exposed tasks of a sector handed to AI beyond the base year's."""
    given = m.automation_depth[t] + m.automation_depth_sector[j, t]
    return given + m.automated[j, t] if hasattr(m, "automated") and j in m.adopters else given


def depth(m: Economy, j: str, t: int) -> Any:
    """Tasks handed over less the new tasks that labour has been given, share of the exposed."""
    gross = handed_over(m, j, t)
    return gross - m.reinstated[j, t] if hasattr(m, "reinstated") else gross


def sector_efficiency(m: Economy, j: str, t: int) -> Any:
    """Efficiency of a sector's value added."""
    if hasattr(m, "sector_efficiency") and j in m.adopters:
        return m.sector_efficiency[j, t]
    return m.tfp_sector[j, t]


def labour_efficiency(m: Economy, t: int) -> Any:
    """Economy-wide efficiency of labour."""
    return m.effective_labour[t] if hasattr(m, "effective_labour") else m.labour_efficiency[t]


def variety(m: Economy, j: str, t: int) -> Any:
    """Effective units per unit of a home good."""
    return m.variety[j, t] if hasattr(m, "variety") and j in m.adopters else 1.0


def chip_quality(m: Economy, t: int) -> Any:
    """Effective chips per unit bought at home."""
    found = m.chip_quality_domestic[t]
    if hasattr(m, "chip_learned"):
        found = found * pyo.exp(m.chip_learned[t])
    return found * pyo.exp(m.chip_research[t]) if hasattr(m, "chip_research") else found


def ai_tax(m: Economy, t: int) -> Any:
    """Tax on purchases of AI services, net of subsidies."""
    found = m.ai_tax[t]
    if hasattr(m, "learning_subsidy"):
        found = found - m.internalisation[t] * m.learning_subsidy[t]
    return found - m.ai_subsidy[t] if hasattr(m, "ai_subsidy") else found


def access_wedge(m: Economy, b: Benchmark, t: int) -> Any:
    """What those who control access add to the price of AI services, as a rate."""
    if not hasattr(m, "access_wedge"):
        return 0.0
    return m.access_wedge[t] * programmes.collusion(m, b, t)


def ai_charge(m: Economy, b: Benchmark, t: int) -> Any:
    """What users pay for AI services beyond their price, as a rate."""
    tax = ai_tax(m, t)
    return tax + access_wedge(m, b, t) if hasattr(m, "access_wedge") else tax


def access_income(m: Economy, b: Benchmark, t: int) -> Any:
    """What the wedge of access earns, trillion yuan; income of property in AI."""
    if not hasattr(m, "access_wedge"):
        return 0.0
    used = sum(m.ai_use[j, u, t] for j, u in m.ai_users)
    return access_wedge(m, b, t) * m.price_composite[b.ai, t] * used


def markup(m: Economy, j: str, t: int) -> Any:
    """Price net of tax over unit cost."""
    given = m.markup[j, t] * m.markup_common[t]
    return given * m.size_markup[j, t] if hasattr(m, "size_markup") and j in m.adopters else given


def task_share(m: Economy, j: str, t: int) -> Any:
    """Labour's share of tasks relative to the base year's."""
    given = m.labour_task_share[t]
    return given * m.size_labour[j, t] if hasattr(m, "size_labour") and j in m.adopters else given


def sector_wage(m: Economy, j: str, s: str, t: int) -> Any:
    """Wage of a skill in a sector."""
    if not hasattr(m, "mobility_gap"):
        return m.wage[s, t]
    pull = (m.mobility_gap[j, s, t] - m.attached[j, s, t]) / m.mobility[t]
    return m.wage[s, t] * pyo.exp(pull)


def wage_bill(m: Economy, s: str, t: int) -> Any:
    """Wages of a skill, trillion yuan."""
    if hasattr(m, "wage_bill"):
        return m.wage_bill[s, t]
    return m.wage[s, t] * m.labour_supply[s, t]


def production_tax(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Net rate of tax on a sector's output."""
    given = m.production_tax_rate[j, t]
    if not hasattr(m, "output_tax"):
        return given
    served = float(programmes.finance_of(b).person_services[b.index(j)])
    found = given + m.output_tax[t]
    return found - served * m.service_subsidy[t] if served else found


def basic_income(m: Economy, b: Benchmark, t: int, persons: float) -> Any:
    """Transfer to so many million persons of the base year, who grow with employment; trillion yuan."""
    if not hasattr(m, "basic_income"):
        return 0.0
    alive = persons * programmes.path_employment(b, t)
    return m.basic_income[t] * 1e-3 * alive * m.price_consumption[t]


def coupons(m: Economy, b: Benchmark, t: int) -> Any:
    """Interest on public debt, trillion yuan."""
    if not hasattr(m, "public_debt"):
        return 0.0
    return programmes.finance_of(b).bond_rate * m.public_debt[t] * m.price_consumption[t]


def adoption_gap(m: Economy, b: Benchmark, t: int) -> Any:
    """Log odds of adoption, large firms less small."""
    size = b.technology.firm_size
    assert size is not None
    return size.gap + pyo.log(m.adoption_cost[t]) - programmes.aid(m, b, t)


def teaching(m: Economy, b: Benchmark, a: str, z: str, t: int) -> Any:
    """Teaching that trainees from skill ``a`` pay for, in base-year prices, trillion yuan."""
    work = b.technology.labour_market
    assert work is not None
    # a million persons times a thousand yuan is a thousandth of a trillion
    own = work.training_cost * 1e-3 * m.trainees[a, z, t]
    return own + programmes.trainees(m, b, a, z, t)[2]


def training_fees(m: Economy, b: Benchmark, t: int, share: Mapping[str, float]) -> Any:
    """What trainees pay for teaching, trillion yuan; ``share`` of each skill's fees."""
    if not hasattr(m, "trainees"):
        return 0.0
    paid = sum(share[a] * teaching(m, b, a, z, t) for a, z in m.training_steps if share[a])
    return m.price_government[t] * paid


def government_volume(m: Economy, b: Benchmark, t: int) -> Any:
    """Purchases of the government in base-year prices, trillion yuan."""
    found = m.government_consumption[t] * float(b.government.sum())
    if hasattr(m, "trainees"):
        found = found + sum(teaching(m, b, a, z, t) for a, z in m.training_steps)
    if hasattr(m, "programme_chips"):
        found = found + sum(programmes.volume(m, name, t) for name in programmes.PROGRAMMES)
    return found


def energy(m: Economy, t: int) -> Any:
    """Electricity per unit of compute service, relative to the base year's."""
    return m.energy_intensity[t] * m.pue[t] if hasattr(m, "pue") else 1.0


def exposed_pay(b: Benchmark) -> dict[str, float]:
    """Base-year pay of the work that AI could do, trillion yuan, by sector."""
    pay = (b.exposure * b.labour).sum(axis=1)
    return {j: float(x) for j, x in zip(b.sectors, pay, strict=True)}


def adopters(b: Benchmark) -> list[str]:
    """Sectors that buy AI services in the benchmark."""
    return [j for i, j in enumerate(b.sectors) if b.ai_purchases[i].sum() > 0]


def mean_adoption(m: Economy, b: Benchmark, t: int) -> Any:
    """Adoption weighted by exposed pay."""
    weight = exposed_pay(b)
    total = sum(weight[j] for j in m.adopters)
    return sum(weight[j] / total * m.adoption[j, t] for j in m.adopters)


def base_adoption(b: Benchmark) -> float:
    """Base-year :func:`mean_adoption`."""
    diffusion = b.technology.diffusion
    assert diffusion is not None
    weight = exposed_pay(b)
    users = adopters(b)
    total = sum(weight[j] for j in users)
    return float(sum(weight[j] / total * diffusion.start[b.index(j)] for j in users))
