"""AI as a general-purpose technology: what its blocks change in the rest of the economy.

The blocks (``diffusion.py``, ``intangibles.py``, ``innovation.py``, ``chain.py``) own their states and
laws. Firms, trade and accounts ask here for the quantities that a block may move; where no block does,
the answer is the driver itself and the economy is, equation for equation, the one without blocks.

    quality of AI            Z = driver x learned                                learning
    automated tasks          depth = drivers + feasible(Z) x adoption             diffusion
    efficiency of a sector   driver x (1 - sown)(1 + reaped) x spawned            sow_reap, spawning
    efficiency of labour     driver x (knowledge / reference)^psi                 ideas
    variety of home goods    1, or e^(gain x adoption x log Z)                    new_formats
    quality of home chips    driver x learned                                     compute_chain
    tax on AI                driver less the subsidy that internalises learning   learning

``m`` is a model or a solved point of one.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark

Economy = Any
"""A model (the functions return expressions) or a solved point of one (they return numbers)."""

STOCKS = (
    "capital",
    "compute_capacity",
    "adoption_odds",
    "intangible",
    "learned",
    "application",
    "knowledge",
    "construction",
    "chip_learned",
)
"""States: given in the first year, and carried from year to year where years are solved one by one."""

REFERENCES = {
    "learning_gap": "ai_reference",
    "knowledge_gap": "knowledge_reference",
    "chip_gap": "chip_reference",
}
"""Distance from the baseline, and the baseline's own path: the forecast closure sets the distance to zero
and finds the path, the policy closure holds the path."""


CORNER = 1.0e-3
"""Width of the corner of max(0, x), in log points."""


def positive_part(x: Any) -> Any:
    """Smooth max(0, x), exactly zero at zero."""
    return (x + pyo.sqrt(x**2 + CORNER**2) - CORNER) / 2


def ai_quality(m: Economy, t: int) -> Any:
    """Z: effective units of AI per unit bought."""
    return m.ai_quality[t] if hasattr(m, "ai_quality") else m.ai_productivity[t]


def depth(m: Economy, j: str, t: int) -> Any:
    """Share of the exposed tasks of a sector handed to AI beyond the base year's."""
    given = m.automation_depth[t] + m.automation_depth_sector[j, t]
    return given + m.automated[j, t] if hasattr(m, "automated") and j in m.adopters else given


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
    given = m.chip_quality_domestic[t]
    return given * pyo.exp(m.chip_learned[t]) if hasattr(m, "chip_learned") else given


def ai_tax(m: Economy, t: int) -> Any:
    """Tax on purchases of AI services, net of the subsidy that internalises learning."""
    given = m.ai_tax[t]
    if hasattr(m, "learning_subsidy"):
        return given - m.internalisation[t] * m.learning_subsidy[t]
    return given


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
