"""All equations of the economy in text, by part, and what it takes to evaluate them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Definition, Equation, Parameter, Variable
from engels.model.algebra.nests import Family
from engels.model.algebra.written import Reading
from engels.model.blocks.declarations import DECLARED
from engels.model.economy.trees import mode_of
from engels.model.equations import (
    accounts,
    adoption_choice,
    capital,
    chain,
    compute,
    diffusion,
    firm_size,
    firms,
    government,
    groups,
    hand_to_mouth,
    households,
    ideas,
    intangibles,
    learning,
    nests,
    new_formats,
    programmes,
    spawning,
    trade,
    work,
)


@dataclass(frozen=True)
class Part:
    """One part of the economy. ``title`` in English and Chinese."""

    title: tuple[str, str]
    variables: tuple[Variable, ...]
    parameters: tuple[Parameter, ...]
    definitions: tuple[Definition, ...]
    equations: tuple[Equation, ...]


def _part(name: str, module: Any, english: str, chinese: str, *families: str) -> Part:
    return Part(
        (english, chinese),
        DECLARED[name],
        module.PARAMETERS,
        module.DEFINITIONS,
        (*module.EQUATIONS, *(e for f in families for e in nests.EQUATIONS[f])),
    )


PARTS: dict[str, Part] = {
    "firms": _part("firms", firms, "Firms", "企业", "production"),
    "trade": _part("trade", trade, "Trade", "贸易", "armington", "transformation"),
    "compute": _part("compute", compute, "Compute", "算力", "chip"),
    "capital": _part("capital", capital, "Capital over time", "跨期资本"),
    "households": _part("households", households, "Households", "居民"),
    "government": _part("government", government, "Government", "政府"),
    "accounts": _part("accounts", accounts, "Markets and accounts", "市场与核算"),
    "diffusion": _part("diffusion", diffusion, "Diffusion of AI", "人工智能扩散"),
    "adoption_choice": _part(
        "adoption_choice", adoption_choice, "Adoption as a choice", "采用的选择"
    ),
    "sow_reap": _part("sow_reap", intangibles, "Sowing and reaping", "播种与收获"),
    "learning": _part("learning", learning, "Learning", "学习"),
    "spawning": _part("spawning", spawning, "Spawning", "衍生创新"),
    "new_formats": _part("new_formats", new_formats, "New formats", "新业态"),
    "ideas": _part("ideas", ideas, "Ideas", "思想"),
    "compute_chain": _part("compute_chain", chain, "The compute chain", "算力链"),
    "labour_market": _part("labour_market", work, "The labour market", "劳动市场"),
    "household_groups": _part("household_groups", groups, "Groups of households", "居民群体"),
    "firm_size": _part("firm_size", firm_size, "Large and small firms", "大企业与小企业"),
    "public_finance": _part("public_finance", programmes, "Public programmes", "公共计划"),
    "hand_to_mouth": _part(
        "hand_to_mouth",
        hand_to_mouth,
        "Households that spend out of income",
        "按当期收入消费的居民",
    ),
}
"""The core of the economy, then its blocks by their own names."""

EQUATIONS: dict[str, Equation] = {e.name: e for p in PARTS.values() for e in p.equations}
"""Every family of equations, by name."""


def reading(m: Any, b: Benchmark, families: Iterable[Family]) -> Reading:
    """The equations' names with the present numbers of a model and of its ``families`` of nests."""
    parts = PARTS.values()
    t = b.technology
    names: dict[str, Any] = {
        "sectors": list(b.sectors),
        "skills": list(b.skills),
        "households": list(b.households),
        "ai": b.ai,
        "chip_sector": b.chip_sector,
        "last": m.years.last(),
        "last_interest": m.interest_years.last(),
        "last_skill": b.skills[-1],
        "foresight": m.component("euler") is not None,
        "by_choice": mode_of(m.ai_mode).by_choice,
        "abs": abs,
        "min": min,
    }
    names |= {name: getattr(t, name) is not None for name in t.__dataclass_fields__}
    for family in families:
        names |= nests.names(m, family)
    return Reading(
        m,
        b,
        [v for p in DECLARED.values() for v in p],
        [x for p in parts for x in p.parameters],
        [x for p in parts for x in p.definitions],
        names,
    )
