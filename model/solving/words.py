"""Equations and variables in words: what a failed solve or a diagnosis says to its reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from string import Formatter
from typing import Any

from engels.model.algebra.declaration import DEPTH, Variable
from engels.model.blocks.declarations import VARIABLES

SHOWN = 5
"""Series of variables or equations that one list shows."""

_EQUATIONS: dict[str, str] = {
    "production_unit_price": "cost of {0} in sector {1}, {2}",
    "production_demand": "demand for {2} in {0} of sector {1}, {3}",
    "zero_profit": "zero profit (price against cost, tax and markup) of sector {0}, {1}",
    "intermediate_price": "price of intermediates bought by sector {0}, {1}",
    "intermediate_use": "use of good {0} as an intermediate, {1}",
    "price_power_definition": "relative power of the price of good {0}, {1}",
    "intermediate_weight_definition": "weight of sector {0} in intermediate demand, {1}",
    "armington_unit_price": "price of {0} (home and imported) of good {1}, {2}",
    "armington_demand": "demand for {2} of good {1}, {3}",
    "transformation_unit_price": "price of output of sector {1} from home sales and exports, {2}",
    "transformation_demand": "supply of {2} of sector {1}, {3}",
    "export_demand": "foreign demand for good {0}, {1}",
    "output_supply": "output of sector {0} against home sales and exports, {1}",
    "quota": "import quota on chips for {0} against its premium, {1}",
    "balance_of_payments": "balance of payments, {0}",
    "compute_service_price": "price of compute services, {0}",
    "compute_bottleneck": "compute used against capacity and its scarcity rent, {0}",
    "compute_investment_price": "price of compute investment, {0}",
    "compute_investment_goods": "goods bought for compute investment, {0}",
    "compute_chip_use": "chips in compute investment, {0}",
    "compute_accumulation": "accumulation of compute capacity, {0}",
    "chip_unit_price": "price of chips, {2}",
    "chip_demand": "demand for {2}, {3}",
    "capital_accumulation": "accumulation of capital in sector {0}, {1}",
    "investment_price": "price of the investment good, {0}",
    "investment_demand": "demand for investment goods, {0}",
    "investment_choice": "investment of sector {0} (not negative) against Tobin's q, {1}",
    "compute_investment_choice": "compute investment (not negative) against Tobin's q, {0}",
    "arbitrage": "return on capital of sector {0} against the interest rate, {1}",
    "compute_arbitrage": "return on compute capacity against the interest rate, {0}",
    "horizon": "capital growth of sector {0} at the horizon",
    "compute_horizon": "growth of compute capacity at the horizon",
    "property_income_definition": "income from capital, compute and markups, {0}",
    "household_income": "income of {0} households, {1}",
    "household_spending": "spending of {0} households, {1}",
    "household_supernumerary": "spending of {0} households beyond commitments, {1}",
    "household_demand": "demand for good {0} by {1} households, {2}",
    "labour_supply_curve": "labour supply of skill {0}, {1}",
    "consumer_prices": "consumer price index, {0}",
    "euler": "saving over time (Euler equation), {0}",
    "government_price": "price of government purchases, {0}",
    "government_budget": "government budget, {0}",
    "goods_market": "market for good {0}, {1}",
    "labour_market": "labour market of skill {0}, {1}",
    "numeraire_definition": "numeraire, {0}",
    "real_gdp_definition": "real GDP, {0}",
    "nominal_gdp_definition": "nominal GDP, {0}",
    "labour_share_definition": "labour share, {0}",
    "investment_rate_definition": "investment rate, {0}",
    "government_rate_definition": "government consumption rate, {0}",
    # blocks of AI as a general-purpose technology
    "adoption_definition": "adoption of AI in sector {0}, {1}",
    "feasible_definition": "tasks that AI's quality allows, {0}",
    "automated_definition": "tasks automated in sector {0}, {1}",
    "diffusion_law": "diffusion of AI in sector {0}, {1}",
    "sown_definition": "intangible investment of sector {0}, {1}",
    "intangible_accumulation": "accumulation of intangible capital in sector {0}, {1}",
    "sector_efficiency_definition": "efficiency of sector {0}, {1}",
    "spawning_law": "productivity that sector {0} gains from AI, {1}",
    "variety_definition": "variety of home good {0}, {1}",
    "ai_quality_definition": "quality of AI, {0}",
    "learning_gap_definition": "use of AI against its baseline, {0}",
    "learning_law": "learning of AI, {0}",
    "learning_value_definition": "value of learning, {0}",
    "learning_subsidy_definition": "subsidy that internalises learning, {0}",
    "knowledge_law": "growth of knowledge, {0}",
    "knowledge_gap_definition": "knowledge against its baseline, {0}",
    "effective_labour_definition": "efficiency of labour with knowledge, {0}",
    "construction_law": "compute capacity under construction, {0}",
    "construction_value_definition": "value of compute capacity begun, {0}",
    "link_limit": "limit of {0} on compute against its rent, {1}",
    "chip_gap_definition": "sales of domestic chips against their baseline, {0}",
    "chip_learning_law": "learning of domestic chip makers, {0}",
    # blocks of work, households, firms and policy
    "labour_force_definition": "labour force of skill {0}, {1}",
    "real_wage_definition": "real wage of skill {0} against its reference, {1}",
    "wage_curve": "wage curve of skill {0}, {1}",
    "mobility_gap_definition": "workers of skill {1} in sector {0} against the baseline, {2}",
    "attachment_law": "attachment of skill {1} to sector {0}, {2}",
    "wage_bill_definition": "wages of skill {0}, {1}",
    "trainee_choice": "training of skill {0} for skill {1}, {2}",
    "training_law": "persons trained from skill {0} to skill {1}, {2}",
    "reinstatement_law": "new tasks of labour in sector {0}, {1}",
    "ai_property_income_definition": "income of owners of AI and compute, {0}",
    "group_income_definition": "income of {0}, {1}",
    "group_spending_definition": "spending of {0}, {1}",
    "advantage_definition": "cost advantage of large firms in sector {0}, {1}",
    "large_share_definition": "share of large firms in sector {0}, {1}",
    "size_markup_definition": "markup of the mix of firms in sector {0}, {1}",
    "size_labour_definition": "labour of the mix of firms in sector {0}, {1}",
    "debt_law": "public debt, {0}",
    "chip_research_law": "public research on chips, {0}",
    "policy_cost_definition": "cost of policy, {0}",
    "lump_sum_real_definition": "lump-sum tax in consumer prices, {0}",
}


_DRIVERS: dict[str, str] = {
    "ai_productivity": "AI productivity, {0}",
    "automation_depth": "automation depth, {0}",
    "automation_depth_sector": "automation depth of sector {0}, {1}",
    "labour_task_share": "labour's share of tasks, {0}",
    "markup": "markup of sector {0}, {1}",
    "markup_common": "markup common to all sectors, {0}",
    "chip_quota": "import quota on chips for {0}, {1}",
    "chip_tariff": "tariff on chips for {0}, {1}",
    "chip_world_price": "world price of chips for {0}, {1}",
    "chip_quality_domestic": "quality of domestic chips, {0}",
    "compute_build": "compute capacity installed per unit of investment, {0}",
    "compute_utilisation": "utilisation of compute capacity, {0}",
    "ai_tax": "tax on AI services, {0}",
    "compute_subsidy": "subsidy to compute investment, {0}",
    "production_tax_rate": "production tax of sector {0}, {1}",
    "import_tariff": "import tariff on good {0}, {1}",
    "tfp_sector": "productivity of sector {0}, {1}",
    "risk_premium": "risk premium of sector {0}, {1}",
    "world_demand": "world demand, {0}",
    "world_price_imports": "world price of good {0}, {1}",
    "foreign_saving": "foreign saving, {0}",
    "government_consumption": "government purchases, {0}",
    "government_saving": "government saving, {0}",
    "inventory": "inventory change, {0}",
    "labour_endowment": "labour endowment of skill {0}, {1}",
    "numeraire": "numeraire (price level), {0}",
    "diffusion_speed": "speed of diffusion in sector {0}, {1}",
    "adoption_ceiling": "ceiling of adoption in sector {0}, {1}",
    "coordination_failure": "coordination failure, {0}",
    "infrastructure_threshold": "threshold of infrastructure, {0}",
    "learning_rate": "rate of learning from use, {0}",
    "frontier_ai": "quality of AI at the frontier, {0}",
    "open_source": "spillover from open sources, {0}",
    "internalisation": "share of learning that is internalised, {0}",
    "idea_search": "success in finding ideas (theta), {0}",
    "idea_access": "access to knowledge (phi), {0}",
    "research_efficiency": "efficiency of research, {0}",
    "research_time": "effective research labour, {0}",
    "energy_intensity": "electricity per unit of compute, {0}",
    "pue": "power usage effectiveness, {0}",
    "power_limit": "limit of the grid, {0}",
    "storage_limit": "limit of storage, {0}",
    "data_cost": "goods needed for a unit of data, {0}",
    "algorithm_efficiency": "efficiency of algorithms, {0}",
    "mobility": "mobility of labour between sectors, {0}",
    "reinstatement": "new tasks per automated task, {0}",
    "need": "need of good {0}, {1}",
    "adoption_cost": "adoption cost of small firms, {0}",
    "markup_response": "response of large firms' markup, {0}",
    "access_wedge": "access wedge, {0}",
    "output_tax": "output tax, {0}",
    "ai_subsidy": "subsidy to users of AI, {0}",
    "service_subsidy": "subsidy to personal services, {0}",
    "basic_income": "basic income, {0}",
    "programme_small_firms": "aid for small firms, {0}",
    "programme_chips": "public research on chips, {0}",
    "programme_open_source": "open-source programme, {0}",
    "programme_standards": "standards programme, {0}",
    "programme_talent": "talent programme, {0}",
    "programme_loans": "training loans, {0}",
    "programme_flexible_work": "flexible-work programme, {0}",
    "programme_competition": "competition policy, {0}",
    "programme_data_law": "data law, {0}",
}


def _with_year(variable: Variable) -> str:
    """The label of a variable with the year behind it, where it does not name its place."""
    parts = sum(DEPTH.get(name, 1) for name in variable.index)
    year = f"{{{parts - 1}}}"
    return variable.label if year in variable.label else f"{variable.label}, {year}"


_VARIABLES = _DRIVERS | {name: _with_year(v) for name, v in VARIABLES.items()}


def in_words(family: str, index: object) -> str:
    """The equation ``family[index]`` in words; its plain name where no words are written for it."""
    return _told(_EQUATIONS, family, index)


def variable_in_words(name: str, index: object) -> str:
    """The variable ``name[index]`` in words; its plain name where no words are written for it.

    The year may be text, such as ``2026-2050``.
    """
    if name == "ai_use" and isinstance(index, tuple) and index[1] == "all":
        return f"AI services bought by sector {index[0]}, {index[2]}"
    return _told(_VARIABLES, name, index)


def families() -> frozenset[str]:
    """Equation families that have words."""
    return frozenset(_EQUATIONS)


def variables_with_words() -> frozenset[str]:
    """Variables that have words."""
    return frozenset(_VARIABLES)


def _places(template: str) -> list[int]:
    return [int(place) for _, place, _, _ in Formatter().parse(template) if place]


def _told(table: dict[str, str], name: str, index: object) -> str:
    parts = index if isinstance(index, tuple) else (index,)
    template = table.get(name)
    # another economy may use a name of this one for something with fewer indices
    if template is not None and len(parts) > max(_places(template), default=-1):
        return template.format(*parts)
    return name if index is None else f"{name}[{','.join(map(str, parts))}]"


class Speaker:
    """Names in words, with sectors by code and label, and years put together."""

    def __init__(self, labels: Mapping[str, Mapping[str, str]]) -> None:
        self._label = {
            code: f"{code} ({label['en']})"
            for code, label in labels.items()
            if label.get("en", code) != code
        }

    def _index(self, index: Any) -> Any:
        if isinstance(index, tuple):
            return tuple(self._label.get(x, x) for x in index)
        return self._label.get(index, index)

    def equations(self, found: Iterable[Any], limit: int = SHOWN) -> str:
        return self._told(in_words, found, limit)

    def variables(self, found: Iterable[Any], limit: int = SHOWN) -> str:
        return self._told(variable_in_words, found, limit)

    def _told(self, tell: Callable[[str, object], str], found: Iterable[Any], limit: int) -> str:
        """In words, the years of one series together."""
        series: dict[tuple[str, tuple[Any, ...]], list[Any]] = {}
        for x in found:
            index = x.index()
            key = index if isinstance(index, tuple) else (index,)
            series.setdefault((x.parent_component().local_name, key[:-1]), []).append(key[-1])
        told = []
        for (name, key), last in series.items():
            for span in _spans(last):
                told.append(tell(name, self._index((*key, span) if key else span)))
        more = len(told) - limit
        return "; ".join(told[:limit]) + (f"; and {more:,} more" if more > 0 else "")


def _spans(last: Sequence[Any]) -> list[Any]:
    """Years as one text such as ``2026, 2030-2050``; what is no year as it is."""
    if len(last) < 2 or not all(isinstance(x, int) for x in last):
        return list(last)
    spans: list[list[int]] = []
    for x in sorted(last):
        if spans and x == spans[-1][1] + 1:
            spans[-1][1] = x
        else:
            spans.append([x, x])
    return [", ".join(f"{a}" if a == z else f"{a}-{z}" for a, z in spans)]


def counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
