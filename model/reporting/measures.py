"""What every run reports: the rows of its result table, read off a solved economy.

Names, units and meanings are in ``variables.csv``. Each row is keyed (variable, sector, group, year);
``group`` is a skill, a household, a use of chips or an aggregate of sectors.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

import numpy as np

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.point import Point
from engels.model.blocks.declarations import unit_of
from engels.model.blocks.groups import base_group_income, group_propensity
from engels.model.economy import accounts, tasks
from engels.model.economy.block import Rows
from engels.model.economy.capital import net_return
from engels.model.economy.compute import price_without_premium
from engels.model.economy.driver import NO_QUOTA
from engels.model.economy.government import (
    product_taxes,
    production_taxes,
    public_outlays,
    public_receipts,
)
from engels.model.economy.households import base_lump_sum, les_parameters
from engels.model.economy.slots import (
    ai_charge,
    ai_quality,
    government_volume,
    markup,
    persons_employed,
    production_tax,
    sector_wage,
    wage_bill,
)
from engels.model.economy.trees import mode_of
from engels.model.solving.solution import Solution


@dataclass(frozen=True)
class Variable:
    """One reported variable: its unit, the dimensions of its rows and its names."""

    name: str
    unit: str
    dims: str
    label_en: str
    label_zh: str
    description: str


@cache
def variables() -> dict[str, Variable]:
    """The registry of reported variables, in the order of ``variables.csv``.

    One without a unit there is a variable or driver of the economy as it stands, and has its unit.
    """
    text = (
        resources.files("engels.model.reporting")
        .joinpath("variables.csv")
        .read_text(encoding="utf-8")
    )
    found = {r["name"]: Variable(**r) for r in csv.DictReader(text.splitlines())}
    return {name: v if v.unit else replace(v, unit=unit_of(name)) for name, v in found.items()}


def groups(b: Benchmark) -> dict[str, tuple[str, ...]]:
    """Aggregates of sectors: the three stages of the economy and the two factor intensities."""
    found = {
        stage: tuple(j for j in b.sectors if b.stage[j] == stage)
        for stage in ("primary", "secondary", "tertiary")
    }
    for kind in ("capital", "labour"):
        found[f"{kind}_intensive"] = tuple(j for j in b.sectors if b.intensity[j] == kind)
    return {name: members for name, members in found.items() if members}


def measure_path(path: Solution) -> Rows:
    """All rows of a solved path, for the years reported; those before it was announced are its origin's."""
    rows: Rows = {}
    if path.origin is not None:
        rows |= {k: x for k, x in measure_path(path.origin).items() if k[-1] < path.announced}
    return rows | measure_announced(path)


def measure_announced(path: Solution) -> Rows:
    """All rows of a solved path from the year on in which it was announced."""
    rows: Rows = {}
    for point in path.points():
        rows |= measure(point, path.benchmark, path.last_reported)
    return rows


def measure(m: Point, b: Benchmark, last_reported: int | None = None) -> Rows:
    """All rows of a solved point, for its years to ``last_reported``, by default all."""
    rows: Rows = {}
    for t in m.years:
        if last_reported is not None and t > last_reported:
            break
        _economy(rows, m, b, t)
        _sectors(rows, m, b, t)
        _people(rows, m, b, t)
        _compute(rows, m, b, t)
        if mode_of(m.ai_mode).by_choice:
            _tasks(rows, m, b, t)
        for block in m.blocks:
            rows |= block.report(m, b, t)
    return rows


def _value(x: Any) -> float:
    return float(x)


def _economy(rows: Rows, m: Point, b: Benchmark, t: int) -> None:
    gdp = _value(m.gdp_nominal[t])
    cpi = _value(m.price_consumption[t])
    wages = _value(accounts.labour_income(m, b, t))
    supply = sum(_value(m.labour_supply[s, t]) for s in b.skills)
    people = sum(_persons(m, b, t).values())
    real = _value(m.gdp_real[t])
    entries = {
        "gdp_real": real,
        "gdp_nominal": gdp,
        "gdp_income": _value(accounts.gdp_income(m, b, t)),
        "gdp_production": _value(accounts.gdp_production(m, b, t)),
        "consumption_real": sum(_value(m.consumption[i, h, t]) for i, h in m.wants),
        "investment_real": _value(m.investment_total[t] + m.compute_purchases[t]),
        "government_real": _value(government_volume(m, b, t)),
        "exports_real": sum(_value(m.exports[i, t]) for i in m.exporters),
        "imports_real": sum(_value(m.imports[i, t]) for i in m.importers)
        + sum(_value(m.chips_imported[u, t]) for u in m.chip_uses),
        "price_consumption": cpi,
        "price_investment": _value(m.price_investment[t]),
        "price_government": _value(m.price_government[t]),
        "exchange_rate": _value(m.exchange_rate[t]),
        "labour_efficiency": _value(m.labour_efficiency[t]),
        "consumption_propensity": _value(m.consumption_propensity[t]),
        "labour_share": _value(m.labour_share[t]),
        "capital_share": 1
        - _value(m.labour_share[t])
        - _value(production_taxes(m, b, t) + product_taxes(m, b, t)) / gdp,
        "ai_income_share": _value(m.price_output[b.ai, t] * m.output[b.ai, t]) / gdp,
        "investment_rate": _value(m.investment_rate[t]),
        "government_rate": _value(m.government_rate[t]),
        "employment": people,
        "output_per_worker": real / people,
        "real_wage": wages / cpi / supply * (float(b.labour.sum()) / float(b.persons.sum())),
        "foreign_saving": _value(m.exchange_rate[t] * m.foreign_saving[t]),
        "lump_sum_tax": _value(m.lump_sum_tax[t]),
        "automation_depth": _value(m.automation_depth[t]),
        "markup_common": _value(m.markup_common[t]),
        "ai_tax": _value(m.ai_tax[t]),
        "compute_subsidy": _value(m.compute_subsidy[t]),
        "ai_productivity": _value(m.ai_productivity[t]),
        "budget_gap": _value(public_receipts(m, b, t) - public_outlays(m, b, t)) / gdp,
        "walras": _value(accounts.saving_gap(m, b, t)) / gdp,
    }
    if t in m.interest_years:
        entries["interest_rate"] = _value(m.interest_rate[t])
        if m.foresight:
            entries["euler_wedge"] = _value(m.euler_wedge[t])
    for name, x in entries.items():
        rows[name, "", "", t] = x


def _persons(m: Point, b: Benchmark, t: int) -> dict[tuple[str, str], float]:
    """Million persons by sector and skill.

    Labour is counted in base-year pay; a worker who changes sector takes the productivity of the new
    sector's workers of that skill, and persons are scaled to the economy's labour supply so that the
    total is the number of workers supplied, whatever their sector.
    """
    found: dict[tuple[str, str], float] = {}
    for k, s in enumerate(b.skills):
        pay = b.labour[:, k]
        total = _value(persons_employed(m, b, s, t))
        raw = {
            j: _value(m.labour[j, s, t]) / float(pay[b.index(j)]) * float(b.persons[b.index(j), k])
            for j, q in m.jobs
            if q == s
        }
        scale = total / sum(raw.values())
        for j, x in raw.items():
            found[j, s] = x * scale
    return found


def _sectors(rows: Rows, m: Point, b: Benchmark, t: int) -> None:
    people = _persons(m, b, t)
    output: dict[str, float] = {}
    added: dict[str, float] = {}
    workers: dict[str, float] = {}
    ai_price = _value(m.price_composite[b.ai, t] * (1 + ai_charge(m, b, t)))
    for n, j in enumerate(b.sectors):
        price, quantity = _value(m.price_output[j, t]), _value(m.output[j, t])
        added[j] = _value(accounts.sector_value_added(m, b, j, t))
        output[j] = quantity
        workers[j] = sum(people.get((j, s), 0.0) for s in b.skills)
        wages = sum(
            _value(sector_wage(m, b, j, s, t) * m.labour[j, s, t])
            for s in b.skills
            if (j, s) in m.jobs
        )
        taxes = _value(production_tax(m, b, j, t)) * price * quantity
        ai = sum(_value(m.ai_use[k, u, t]) for k, u in m.ai_users if k == j)
        entries = {
            "output": quantity,
            "value_added": added[j],
            "price_output": price,
            "employment_sector": workers[j],
            "labour_income": wages,
            "labour_share_sector": wages / (added[j] - taxes),
            "composite": _value(m.composite[j, t]),
            "price_composite": _value(m.price_composite[j, t]),
            "ai_use": ai,
            "ai_cost_share": ai * ai_price / (price * quantity),
            "markup": _value(markup(m, b, j, t)),
            "exports": _value(m.exports[j, t]) if j in m.exporters else 0.0,
            "imports": (_value(m.imports[j, t]) if j in m.importers else 0.0)
            + (
                sum(_value(m.chips_imported[u, t]) for u in m.chip_uses)
                if j == b.chip_sector
                else 0.0
            ),
        }
        if j in m.capital_sectors:
            entries["capital_stock"] = _value(m.capital[j, t])
            entries["investment_sector"] = _value(m.investment[j, t])
            rate = float(b.capital[n] / b.capital_stock[n])
            entries["rental_rate"] = rate * _value(m.rental[j, t])
        for name, x in entries.items():
            rows[name, j, "", t] = x
    for name, members in groups(b).items():
        rows["output_group", "", name, t] = sum(output[j] for j in members)
        rows["value_added_group", "", name, t] = sum(added[j] for j in members)
        rows["employment_group", "", name, t] = sum(workers[j] for j in members)


def _people(rows: Rows, m: Point, b: Benchmark, t: int) -> None:
    cpi = _value(m.price_consumption[t])
    people = _persons(m, b, t)
    for k, s in enumerate(b.skills):
        mean_pay = float(b.labour[:, k].sum() / b.persons[:, k].sum())
        pay = _value(wage_bill(m, b, s, t)) / _value(m.labour_supply[s, t])
        rows["wage", "", s, t] = pay / cpi * mean_pay
        rows["employment_skill", "", s, t] = sum(x for (_, q), x in people.items() if q == s)
    for (j, s), x in people.items():
        rows["employment_job", j, s, t] = x
        rows["labour_income_job", j, s, t] = _value(sector_wage(m, b, j, s, t) * m.labour[j, s, t])
    for j, s in m.ai_users:
        if s in b.skills:
            rows["ai_use_job", j, s, t] = _value(m.ai_use[j, s, t])
    for h in b.households:
        rows["consumption_household", "", h, t] = sum(
            _value(m.consumption[i, g, t]) for i, g in m.wants if g == h
        )
        rows["income_household", "", h, t] = _value(m.income[h, t])


def _tasks(rows: Rows, m: Point, b: Benchmark, t: int) -> None:
    """What AI may do, does and saves, where firms choose it; weighted with base-year pay."""
    pay = float(b.labour.sum())
    may = does = saved = 0.0
    for j, s in m.ai_users:
        weight = float(b.labour[b.index(j), b.skills.index(s)]) / pay
        part = _value(tasks.part_done(m, b, j, s, t))
        c = _value(tasks.contestable(m, b, tasks.pair(b, j, s), j, t))
        rows["contestable_job", j, s, t] = c
        rows["automated_job", j, s, t] = c * part
        rows["automation_saving_job", j, s, t] = tasks.average_saving(b.tasks, part)
        may, does = may + weight * c, does + weight * c * part
        saved += weight * c * part * tasks.average_saving(b.tasks, part)
    rows["contestable_share", "", "", t] = may
    rows["automated_share", "", "", t] = does
    rows["automation_saving", "", "", t] = saved / does


def _compute(rows: Rows, m: Point, b: Benchmark, t: int) -> None:
    c = b.compute
    cpi = _value(m.price_consumption[t])
    rent = _value(m.compute_rent[t]) * c.rent / c.stock
    price = price_without_premium(m, b, t) * (1 - m.compute_subsidy[t])
    entries = {
        "ai_price": _value(m.price_composite[b.ai, t]) / cpi,
        "ai_price_effective": _value(m.price_composite[b.ai, t])
        / cpi
        / _value(ai_quality(m, b, t)),
        "ai_output": _value(m.output[b.ai, t]),
        "compute_capacity": _value(m.compute_utilisation[t] * m.compute_capacity[t]),
        "compute_used": _value(m.compute_service[t])
        / (c.rent + float(c.operation.sum()))
        * c.stock,
        "compute_price": _value(m.price_compute[t]) / cpi,
        "compute_rent": rent / cpi,
        "compute_investment": _value(m.compute_purchases[t]),
        "chips_domestic": _value(m.chips_domestic[t]),
    }
    built = _value(m.compute_build[t])
    if built > 0:
        # what capacity earns beyond return and depreciation, at the base year's rates, of what it
        # would cost to build if chips were bought without a licence premium; where nothing can be
        # built there is no such cost, and no figure
        required = (net_return(b) + c.depreciation) * price / built
        entries["compute_scarcity"] = (rent - required) / cpi
    for name, x in entries.items():
        rows[name, "", "", t] = x
    for u in m.chip_uses:
        rows["chips_imported", "", u, t] = _value(m.chips_imported[u, t])
        rows["chip_premium", "", u, t] = float(np.expm1(_value(m.chip_premium[u, t])))
        quota = _value(m.chip_quota[u, t])
        if quota < NO_QUOTA:
            base = {"compute": c.chips_imported, "components": c.components_imported}[u]
            rows["chip_quota", "", u, t] = quota * base


def solow_residual(rows: Rows, b: Benchmark) -> dict[int, float]:
    """Total factor productivity, base year = 1: what GDP grows beyond capital and labour.

    dlog A = dlog Y - (1 - s) dlog K - s dlog L with the labour share s averaged over the two years
    (Tornqvist), K the sum of sector stocks and compute at base-year rentals, L persons employed.
    """
    years = sorted(t for (name, _, _, t) in rows if name == "gdp_real")
    rate = {
        j: float(b.capital[n] / b.capital_stock[n])
        for n, j in enumerate(b.sectors)
        if b.capital[n] > 0
    }

    def capital(t: int) -> float:
        ordinary = sum(r * rows["capital_stock", j, "", t] for j, r in rate.items())
        return ordinary + b.compute.rent / b.compute.stock * rows["compute_capacity", "", "", t]

    level, found = 1.0, {years[0]: 1.0}
    for before, now in pairwise(years):
        s = (rows["labour_share", "", "", before] + rows["labour_share", "", "", now]) / 2

        def growth(f: Any, a: int = before, z: int = now) -> float:
            return float(np.log(f(z) / f(a)))

        level *= float(
            np.exp(
                growth(lambda t: rows["gdp_real", "", "", t])
                - (1 - s) * growth(capital)
                - s * growth(lambda t: rows["employment", "", "", t])
            )
        )
        found[now] = level
    return found


def adjusted_residual(rows: Rows, measured: Mapping[int, float]) -> dict[int, float]:
    """Total factor productivity with intangible capital counted as output and as an input.

    What sowing takes from measured output is added, what reaping adds is taken for the service of
    capital that it is (Brynjolfsson, Rock & Syverson 2021). Empty where the block is off.
    """
    effect = {t: x for (name, _, _, t), x in rows.items() if name == "intangible_effect"}
    return {t: x / effect[t] for t, x in measured.items() if t in effect}


def equivalent_variation(
    b: Benchmark,
    base: Mapping[str, Mapping[Any, float]],
    run: Mapping[str, Mapping[Any, float]],
    household: str,
    year: int,
    group: str | None = None,
) -> float:
    """Equivalent variation of a household in a year, trillion yuan at the reference's prices.

    ``group`` is a group inside the household; it has the household's budget shares.

    The sum of money that, at the reference's prices, would bring the household to the utility of the
    run. For Stone-Geary utility with committed quantities gamma and marginal shares beta the
    expenditure function is e(p, u) = sum_i p_i gamma_i + u prod_i (p_i / beta_i)^beta_i, so with
    supernumerary spending z:  EV = z' prod_i (p_i / p'_i)^beta_i - z.
    """
    k = b.households.index(household)
    _, beta = les_parameters(b)
    log_ratio = sum(
        float(beta[n, k])
        * np.log(base["price_composite"][i, year] / run["price_composite"][i, year])
        for n, i in enumerate(b.sectors)
        if beta[n, k] > 0
    )
    z0 = _beyond_commitments(b, base, household, year, group)
    z1 = _beyond_commitments(b, run, household, year, group)
    return float(z1 * np.exp(log_ratio) - z0)


def _beyond_commitments(
    b: Benchmark,
    values: Mapping[str, Mapping[Any, float]],
    household: str,
    year: int,
    group: str | None,
) -> float:
    """Supernumerary spending of a household, or of a group, which bears a fixed part of commitments."""
    whole = values["supernumerary"][household, year]
    if group is None:
        return whole
    commitments = values["spending"][household, year] - whole
    return values["group_spending"][group, year] - group_weight(b, group) * commitments


def group_weight(b: Benchmark, group: str) -> float:
    """Base-year share of a group in the spending of its region."""
    found = b.technology.household_groups
    assert found is not None
    spent = group_propensity(b, base_lump_sum(b)) * base_group_income(b, base_lump_sum(b))
    k = found.names.index(group)
    same = [n for n, r in enumerate(found.region) if r == found.region[k]]
    return float(spent[k] / spent[same].sum())
