"""The social accounting matrix of a solved year, rebuilt from prices and quantities.

Every entry is a payment that the solution implies, computed from its price and its quantity. That the
matrix balances, account by account, is therefore a check on the whole economy: each agent's budget, each
market, and that no payment is lost between blocks.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.grid import Time
from engels.model.algebra.point import Point
from engels.model.economy.compute import compute_income, running_goods
from engels.model.economy.government import compute_subsidies
from engels.model.economy.households import ai_property_income, ownership, population, profit
from engels.model.economy.slots import (
    access_wedge,
    ai_tax,
    basic_income,
    coupons,
    government_volume,
    production_tax,
    sector_wage,
    training_fees,
    wage_bill,
)
from engels.model.economy.trade import (
    price_chips_landed,
    price_export,
    price_home,
    price_import,
    quota_rent,
)

Payments = dict[tuple[str, str], Any]
"""(receiving account, paying account) -> trillion yuan at the year's prices, arrays for several years."""


def payments(p: Point, b: Benchmark, t: Time) -> Payments:
    """Every payment of year ``t``, or of several years.

    Accounts: ``act:j`` (production), ``com:i`` (goods at home), ``lab:s``, ``cap`` (property income),
    ``licence`` (quota rents), ``hh:h``, ``gov``, ``inv`` (saving and investment), ``row`` (abroad).
    """
    pay: dict[tuple[str, str], Any] = defaultdict(float)
    er = p.exchange_rate[t]
    pq = {i: p.price_composite[i, t] for i in b.sectors}
    c = b.compute
    invested = c.chips_domestic + c.chips_imported + float(c.other.sum())

    for n, j in enumerate(b.sectors):
        act = f"act:{j}"
        if j in p.using:
            volume = p.intermediate[j, t]
            pay_for = _intermediate_inputs(p, b, n, j, t, volume)
            for i, x in pay_for.items():
                pay[f"com:{i}", act] += x
        for k, u in p.ai_users:
            if k == j:
                ai = pq[b.ai] * p.ai_use[k, u, t]
                pay[f"com:{b.ai}", act] += ai
                pay["gov", act] += ai_tax(p, b, t) * ai
                pay["cap", act] += access_wedge(p, b, t) * ai
        for k, s in p.jobs:
            if k == j:
                pay[f"lab:{s}", act] += sector_wage(p, b, k, s, t) * p.labour[k, s, t]
        if j in p.capital_sectors:
            rate = float(b.capital[n] / b.capital_stock[n])
            pay["cap", act] += rate * p.rental[j, t] * p.capital[j, t]
        pay["cap", act] += profit(p, b, j, t)
        if j == b.ai:
            pay["cap", act] += compute_income(p, b, t)
            for k, i in enumerate(b.sectors):
                pay[f"com:{i}", act] += pq[i] * running_goods(p, b, k, t)
        pay["gov", act] += production_tax(p, b, j, t) * p.price_output[j, t] * p.output[j, t]
        # what the activity sells: at home, abroad, and chips straight to investors in compute
        pay[act, f"com:{j}"] += price_home(p, j, t) * p.home_sales[j, t]
        if j in p.exporters:
            pay[act, "row"] += price_export(p, j, t) * p.exports[j, t]
        if j == b.chip_sector:
            pay[act, "inv"] += price_home(p, j, t) * p.chips_domestic[t]
        if j in p.importers:
            border = er * p.world_price_imports[j, t] * p.imports[j, t]
            pay["row", f"com:{j}"] += border
            pay["gov", f"com:{j}"] += (price_import(p, j, t) * p.imports[j, t]) - border
    for u in p.chip_uses:
        border = er * p.chip_world_price[u, t] * p.chips_imported[u, t]
        buyer = f"com:{b.chip_sector}" if u == "components" else "inv"
        pay["row", buyer] += border
        pay["gov", buyer] += price_chips_landed(p, u, t) * p.chips_imported[u, t] - border
        pay["licence", buyer] += quota_rent(p, u, t)

    for s in b.skills:
        for k, h in enumerate(b.households):
            share = float(b.labour_owner[b.skills.index(s), k])
            pay[f"hh:{h}", f"lab:{s}"] += share * wage_bill(p, b, s, t)
    for k, h in enumerate(b.households):
        hh = f"hh:{h}"
        own = _property(p, b, h, t)
        pay[hh, "cap"] += own["property"]
        pay[hh, "gov"] += own["coupons"] + basic_income(p, b, t, population(p, b, h))
        pay["gov", hh] += own["tax"]
        by_skill = dict(zip(b.skills, b.labour_owner[:, k].tolist(), strict=True))
        pay["gov", hh] += training_fees(p, b, t, by_skill)
        for i, g in p.wants:
            if g == h:
                pay[f"com:{i}", hh] += pq[i] * p.consumption[i, h, t]
        pay["inv", hh] += p.income[h, t] - p.spending[h, t]
    rents = sum(quota_rent(p, u, t) for u in p.chip_uses)
    for owner, share in b.quota_rent_owner.items():
        account = {"government": "gov", "foreign": "row"}.get(owner, f"hh:{owner}")
        pay[account, "licence"] += share * rents

    total_g = government_volume(p, b, t) / float(b.government.sum())
    total_i = p.investment_total[t] / float(b.investment.sum())
    for n, i in enumerate(b.sectors):
        pay[f"com:{i}", "gov"] += pq[i] * float(b.government[n]) * total_g
        goods = float(b.investment[n]) * total_i + float(b.inventory[n]) * p.inventory[t]
        goods += float(c.other[n]) / invested * p.compute_purchases[t]
        pay[f"com:{i}", "inv"] += pq[i] * goods
    pay["inv", "gov"] += p.government_saving[t] * p.price_consumption[t] + compute_subsidies(p, t)
    pay["inv", "row"] += er * p.foreign_saving[t]

    return pay


def _property(p: Point, b: Benchmark, h: str, t: Time) -> dict[str, Any]:
    """Property income, interest on public debt and lump-sum tax of a household."""
    own, in_ai = ownership(p, b, h), ai_property_income(p, b, t)
    return {
        "property": own.capital * (p.property_income[t] - in_ai) + own.ai * in_ai,
        "coupons": own.capital * coupons(p, b, t),
        "tax": own.tax * p.lump_sum_tax[t],
    }


def _intermediate_inputs(
    p: Point, b: Benchmark, n: int, j: str, t: Time, volume: Any
) -> dict[str, Any]:
    """Value of each good that a sector buys for its intermediate composite."""
    sigma = b.elasticities.intermediates
    own = p.price_intermediate[j, t]
    column = b.intermediate[:, n]
    shares = (column / column.sum()).tolist()
    found = {}
    for share, i in zip(shares, b.sectors, strict=True):
        if share > 0:
            price = p.price_composite[i, t]
            quantity = share * volume * ((own / price) ** sigma if sigma else 1.0)
            found[i] = price * quantity
    return found


def matrix(pay: Payments) -> pd.DataFrame:
    """The payments as a square matrix: rows receive, columns pay."""
    accounts = list(dict.fromkeys(a for pair in pay for a in pair))
    place = {a: n for n, a in enumerate(accounts)}
    cells = np.zeros((len(accounts), len(accounts)))
    for (row, column), x in pay.items():
        cells[place[row], place[column]] += x
    return pd.DataFrame(cells, index=accounts, columns=accounts)


def gaps(pay: Payments) -> dict[str, Any]:
    """What each account receives less what it pays."""
    gap: dict[str, Any] = defaultdict(float)
    for (row, column), x in pay.items():
        gap[row] = gap[row] + x
        gap[column] = gap[column] - x
    return gap
