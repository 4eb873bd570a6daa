"""Equations in words: what a failed solve or a diagnosis says to its reader."""

from __future__ import annotations

_WORDS: dict[str, str] = {
    "production_unit_price": "cost of {0} in sector {1}, {2}",
    "production_demand": "demand for {2} in {0} of sector {1}, {3}",
    "zero_profit": "zero profit (price against cost, tax and markup) of sector {0}, {1}",
    "intermediate_price": "price of intermediates bought by sector {0}, {1}",
    "intermediate_use": "use of good {0} as an intermediate, {1}",
    "price_power_definition": "power of the price of good {0}, {1}",
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
}


def in_words(family: str, index: object) -> str:
    """The equation ``family[index]`` in words; its plain name where no words are written for it."""
    parts = index if isinstance(index, tuple) else (index,)
    template = _WORDS.get(family)
    return template.format(*parts) if template else f"{family}[{','.join(map(str, parts))}]"


def families() -> frozenset[str]:
    """Equation families that have words."""
    return frozenset(_WORDS)
