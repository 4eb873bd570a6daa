"""Which table stands where, and what writes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from engels.runs.report.equations import appendix, markdown

from . import base_year, figures, path, people, scenarios
from .library import Runs

BLOCK = re.compile(r"(<!-- table ([a-z0-9-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

CALIBRATED: dict[str, Callable[[], str]] = {
    "accounts": base_year.accounts,
    "ai-account": base_year.ai_account,
    "ai-buyers": base_year.ai_buyers,
    "compute-account": base_year.compute_account,
    "classification": base_year.classification,
    "median": base_year.median,
    "stocks": base_year.stocks,
    "behaviour": figures.behaviour,
    "skills": base_year.skills,
    "households": base_year.households,
    "groups": base_year.groups,
    "oddities": base_year.oddities,
    "parameters": figures.parameters,
    "names": figures.names,
    "vectors": figures.vectors,
    "published-exposure": figures.published,
    "sector-map": figures.sector_map,
    "equations": lambda: markdown(appendix()),
}
"""Tables that follow from the calibration alone."""


def solved(runs: Runs) -> dict[str, Callable[[], str]]:
    """Tables that need stored runs."""
    return {
        "baseline-foresight": lambda: path.baseline(runs, "foresight"),
        "baseline-recursive": lambda: path.baseline(runs, "recursive"),
        "growth-accounts": lambda: path.growth_accounts(runs),
        "baseline-structure": lambda: path.structure(runs),
        "gdp-2035": lambda: scenarios.across(runs, "gdp_real", 2035),
        "gdp-2050": lambda: scenarios.across(runs, "gdp_real", 2050),
        "consumption-2035": lambda: scenarios.across(runs, "consumption_real", 2035),
        "labour-share-2035": lambda: scenarios.across(runs, "labour_share", 2035, points=True),
        "wage-2035": lambda: scenarios.across(runs, "real_wage", 2035),
        "pause": lambda: scenarios.pauses(runs),
        "aggregation": lambda: scenarios.aggregation(runs),
        "prices": lambda: scenarios.prices(runs),
        "hulten": lambda: scenarios.hulten(runs),
        "hulten-orders": scenarios.orders,
        "announcement": lambda: scenarios.announcement(runs),
        "ladder": lambda: scenarios.ladder(runs),
        "chip-stop": lambda: scenarios.stop(runs),
        "so-so": lambda: scenarios.soso(runs),
        "labour": lambda: scenarios.labour(runs),
        "swap": lambda: scenarios.swap(runs),
        "idle": lambda: scenarios.idle(runs),
        "welfare": lambda: scenarios.welfare(runs),
        "people": lambda: people.people(runs),
        "levers": lambda: people.levers(runs),
    }


def fill(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """``text`` with the tables that are known written anew."""

    def replace(found: re.Match[str]) -> str:
        name = found[2]
        return f"{found[1]}{tables[name]()}\n{found[3]}" if name in tables else found[0]

    return BLOCK.sub(replace, text)
