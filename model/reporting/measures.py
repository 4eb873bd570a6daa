"""What every run reports: the rows of its result table, read off a solved economy.

Names, units and meanings are in ``variables.csv``. Each row is keyed (variable, sector, group, year);
``group`` is a skill, a household, a use of chips or an aggregate of sectors.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from engels.calibration.benchmark import Array, Benchmark
from engels.model.algebra.functions import where
from engels.model.algebra.grid import Time, single_years, spans
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

if TYPE_CHECKING:
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


@dataclass(frozen=True)
class Figures:
    """Reported figures over the years of a path.

    ``series`` holds an array over ``years`` for each (variable, sector, group); NaN where there is no figure.
    """

    years: tuple[int, ...]
    series: dict[tuple[str, str, str], Array]

    def __getitem__(self, key: tuple[str, str, str]) -> Array:
        return self.series[key]

    def over(self, years: Sequence[int]) -> dict[tuple[str, str, str], Array]:
        """The figures over some of the years."""
        at = [self.years.index(t) for t in years]
        return {key: x[at] for key, x in self.series.items()}

    def add(self, rows: Rows) -> None:
        """Take in rows, of single years or of several."""
        place = {t: n for n, t in enumerate(self.years)}
        for (name, sector, group, t), x in rows.items():
            key = (name, sector, group)
            if key not in self.series:
                self.series[key] = np.full(len(self.years), np.nan)
            self.series[key][[place[year] for year in single_years(t)]] = x

    def rows(self, keep: Keep | None = None) -> Rows:
        """Figures by year: those that are kept, by default all."""
        chosen = [t for t in self.years if keep is None or keep.year(t)]
        at = [self.years.index(t) for t in chosen]
        return {
            (*key, t): x
            for key, own in self.series.items()
            if keep is None or keep.figure(*key)
            for t, x in zip(chosen, own[at].tolist(), strict=True)
            if x == x
        }


class Keep(Protocol):
    """Which figures are kept."""

    def figure(self, variable: str, sector: str, group: str) -> bool:
        """Whether a figure is, in the years that are."""

    def year(self, t: int) -> bool:
        """Whether a year is."""


def measured(path: Solution, origin: Figures | None = None) -> Figures:
    """All figures of a solved path, for the years reported.

    Those before it was announced are its origin's, which may be given where they are known.
    """
    if path.origin is None:
        found = Figures(path.reported, {})
    else:
        before = measured(path.origin) if origin is None else origin
        early = tuple(t for t in before.years if t < path.announced)
        own = tuple(t for t in path.reported if t >= path.announced)
        found = Figures(early + own, {})
        for key, x in before.over(early).items():
            found.series[key] = np.concatenate([x, np.full(len(own), np.nan)])
    found.add(_all(path.point(), path.benchmark, path.reported))
    return found


def measure(m: Point, b: Benchmark, last_reported: int | None = None) -> Rows:
    """All rows of a solved point, year by year, for its years to ``last_reported``, by default all."""
    years = tuple(t for t in m.years if last_reported is None or t <= last_reported)
    found = Figures(years, {})
    found.add(_all(m, b, years))
    return found.rows()


def _all(m: Point, b: Benchmark, years: Sequence[int]) -> Rows:
    """Rows of the years that a point has of these, several at once where they are alike."""
    rows: Rows = {}
    # what has no value is no figure: that is an error here, and not a number that is none
    with np.errstate(divide="raise", invalid="raise"):
        for t in spans([t for t in m.years if t in years], m.interest_years):
            _economy(rows, m, b, t)
            _sectors(rows, m, b, t)
            _people(rows, m, b, t)
            _compute(rows, m, b, t)
            if mode_of(m.ai_mode).by_choice:
                _tasks(rows, m, b, t)
            for block in m.blocks:
                rows |= block.report(m, b, t)
    return rows


def _economy(rows: Rows, m: Point, b: Benchmark, t: Time) -> None:
    gdp = m.gdp_nominal[t]
    cpi = m.price_consumption[t]
    wages = accounts.labour_income(m, b, t)
    supply = sum(m.labour_supply[s, t] for s in b.skills)
    people = sum(_persons(m, b, t).values())
    real = m.gdp_real[t]
    entries = {
        "gdp_real": real,
        "gdp_nominal": gdp,
        "gdp_income": accounts.gdp_income(m, b, t),
        "gdp_production": accounts.gdp_production(m, b, t),
        "consumption_real": sum(m.consumption[i, h, t] for i, h in m.wants),
        "investment_real": (m.investment_total[t] + m.compute_purchases[t]),
        "government_real": government_volume(m, b, t),
        "exports_real": sum(m.exports[i, t] for i in m.exporters),
        "imports_real": sum(m.imports[i, t] for i in m.importers)
        + sum(m.chips_imported[u, t] for u in m.chip_uses),
        "price_consumption": cpi,
        "price_investment": m.price_investment[t],
        "price_government": m.price_government[t],
        "exchange_rate": m.exchange_rate[t],
        "labour_efficiency": m.labour_efficiency[t],
        "consumption_propensity": m.consumption_propensity[t],
        "labour_share": m.labour_share[t],
        "capital_share": 1
        - m.labour_share[t]
        - (production_taxes(m, b, t) + product_taxes(m, b, t)) / gdp,
        "ai_income_share": (m.price_output[b.ai, t] * m.output[b.ai, t]) / gdp,
        "investment_rate": m.investment_rate[t],
        "government_rate": m.government_rate[t],
        "employment": people,
        "output_per_worker": real / people,
        "real_wage": wages / cpi / supply * (float(b.labour.sum()) / float(b.persons.sum())),
        "foreign_saving": (m.exchange_rate[t] * m.foreign_saving[t]),
        "lump_sum_tax": m.lump_sum_tax[t],
        "automation_depth": m.automation_depth[t],
        "markup_common": m.markup_common[t],
        "ai_tax": m.ai_tax[t],
        "compute_subsidy": m.compute_subsidy[t],
        "ai_productivity": m.ai_productivity[t],
        "budget_gap": (public_receipts(m, b, t) - public_outlays(m, b, t)) / gdp,
        "walras": accounts.saving_gap(m, b, t) / gdp,
    }
    if t in m.interest_years:
        entries["interest_rate"] = m.interest_rate[t]
        if m.foresight:
            entries["euler_wedge"] = m.euler_wedge[t]
    for name, x in entries.items():
        rows[name, "", "", t] = x


def _persons(m: Point, b: Benchmark, t: Time) -> dict[tuple[str, str], Any]:
    """Million persons by sector and skill.

    Labour is counted in base-year pay; a worker who changes sector takes the productivity of the new
    sector's workers of that skill, and persons are scaled to the economy's labour supply so that the
    total is the number of workers supplied, whatever their sector.
    """
    found: dict[tuple[str, str], Any] = {}
    for k, s in enumerate(b.skills):
        pay = b.labour[:, k]
        total = persons_employed(m, b, s, t)
        raw = {
            j: m.labour[j, s, t] / float(pay[b.index(j)]) * float(b.persons[b.index(j), k])
            for j, q in m.jobs
            if q == s
        }
        scale = total / sum(raw.values())
        for j, x in raw.items():
            found[j, s] = x * scale
    return found


def _sectors(rows: Rows, m: Point, b: Benchmark, t: Time) -> None:
    people = _persons(m, b, t)
    output: dict[str, Any] = {}
    added: dict[str, Any] = {}
    workers: dict[str, Any] = {}
    ai_price = m.price_composite[b.ai, t] * (1 + ai_charge(m, b, t))
    for n, j in enumerate(b.sectors):
        price, quantity = m.price_output[j, t], m.output[j, t]
        added[j] = accounts.sector_value_added(m, b, j, t)
        output[j] = quantity
        workers[j] = sum(people.get((j, s), 0.0) for s in b.skills)
        wages = sum(
            (sector_wage(m, b, j, s, t) * m.labour[j, s, t]) for s in b.skills if (j, s) in m.jobs
        )
        taxes = production_tax(m, b, j, t) * price * quantity
        ai = sum(m.ai_use[k, u, t] for k, u in m.ai_users if k == j)
        entries = {
            "output": quantity,
            "value_added": added[j],
            "price_output": price,
            "employment_sector": workers[j],
            "labour_income": wages,
            "labour_share_sector": wages / (added[j] - taxes),
            "composite": m.composite[j, t],
            "price_composite": m.price_composite[j, t],
            "ai_use": ai,
            "ai_cost_share": ai * ai_price / (price * quantity),
            "markup": markup(m, b, j, t),
            "exports": m.exports[j, t] if j in m.exporters else 0.0,
            "imports": (m.imports[j, t] if j in m.importers else 0.0)
            + (sum(m.chips_imported[u, t] for u in m.chip_uses) if j == b.chip_sector else 0.0),
        }
        if j in m.capital_sectors:
            entries["capital_stock"] = m.capital[j, t]
            entries["investment_sector"] = m.investment[j, t]
            rate = float(b.capital[n] / b.capital_stock[n])
            entries["rental_rate"] = rate * m.rental[j, t]
        for name, x in entries.items():
            rows[name, j, "", t] = x
    for name, members in groups(b).items():
        rows["output_group", "", name, t] = sum(output[j] for j in members)
        rows["value_added_group", "", name, t] = sum(added[j] for j in members)
        rows["employment_group", "", name, t] = sum(workers[j] for j in members)


def _people(rows: Rows, m: Point, b: Benchmark, t: Time) -> None:
    cpi = m.price_consumption[t]
    people = _persons(m, b, t)
    for k, s in enumerate(b.skills):
        mean_pay = float(b.labour[:, k].sum() / b.persons[:, k].sum())
        pay = wage_bill(m, b, s, t) / m.labour_supply[s, t]
        rows["wage", "", s, t] = pay / cpi * mean_pay
        rows["employment_skill", "", s, t] = sum(x for (_, q), x in people.items() if q == s)
    for (j, s), x in people.items():
        rows["employment_job", j, s, t] = x
        rows["labour_income_job", j, s, t] = sector_wage(m, b, j, s, t) * m.labour[j, s, t]
    for j, s in m.ai_users:
        if s in b.skills:
            rows["ai_use_job", j, s, t] = m.ai_use[j, s, t]
    for h in b.households:
        rows["consumption_household", "", h, t] = sum(
            m.consumption[i, g, t] for i, g in m.wants if g == h
        )
        rows["income_household", "", h, t] = m.income[h, t]


def _tasks(rows: Rows, m: Point, b: Benchmark, t: Time) -> None:
    """What AI may do, does and saves, where firms choose it; weighted with base-year pay."""
    pay = float(b.labour.sum())
    may: Any = 0.0
    does: Any = 0.0
    saved: Any = 0.0
    for j, s in m.ai_users:
        weight = float(b.labour[b.index(j), b.skills.index(s)]) / pay
        part = tasks.part_done(m, b, j, s, t)
        c = tasks.contestable(m, b, tasks.pair(b, j, s), j, t)
        rows["contestable_job", j, s, t] = c
        rows["automated_job", j, s, t] = c * part
        rows["automation_saving_job", j, s, t] = tasks.average_saving(b.tasks, part)
        may, does = may + weight * c, does + weight * c * part
        saved += weight * c * part * tasks.average_saving(b.tasks, part)
    rows["contestable_share", "", "", t] = may
    rows["automated_share", "", "", t] = does
    rows["automation_saving", "", "", t] = saved / does


def _compute(rows: Rows, m: Point, b: Benchmark, t: Time) -> None:
    c = b.compute
    cpi = m.price_consumption[t]
    rent = m.compute_rent[t] * c.rent / c.stock
    price = price_without_premium(m, b, t) * (1 - m.compute_subsidy[t])
    entries = {
        "ai_price": m.price_composite[b.ai, t] / cpi,
        "ai_price_effective": m.price_composite[b.ai, t] / cpi / ai_quality(m, b, t),
        "ai_output": m.output[b.ai, t],
        "compute_capacity": (m.compute_utilisation[t] * m.compute_capacity[t]),
        "compute_used": m.compute_service[t] / (c.rent + float(c.operation.sum())) * c.stock,
        "compute_price": m.price_compute[t] / cpi,
        "compute_rent": rent / cpi,
        "compute_investment": m.compute_purchases[t],
        "chips_domestic": m.chips_domestic[t],
    }
    # what capacity earns beyond return and depreciation, at the base year's rates, of what it would cost to
    # build if chips were bought without a licence premium; where nothing can be built there is no such
    # cost, and no figure
    required = (
        (net_return(b) + c.depreciation) * price / where(m.compute_build[t] > 0, m.compute_build[t])
    )
    entries["compute_scarcity"] = (rent - required) / cpi
    for name, x in entries.items():
        rows[name, "", "", t] = x
    for u in m.chip_uses:
        rows["chips_imported", "", u, t] = m.chips_imported[u, t]
        rows["chip_premium", "", u, t] = np.expm1(m.chip_premium[u, t])
        quota = m.chip_quota[u, t]
        base = {"compute": c.chips_imported, "components": c.components_imported}[u]
        rows["chip_quota", "", u, t] = where(quota < NO_QUOTA, quota) * base


def solow_residual(found: Figures, b: Benchmark) -> Array:
    """Total factor productivity over the years, base year = 1: what GDP grows beyond capital and labour.

    dlog A = dlog Y - (1 - s) dlog K - s dlog L with the labour share s averaged over the two years
    (Tornqvist), K the sum of sector stocks and compute at base-year rentals, L persons employed.
    """
    ordinary = sum(
        float(b.capital[n] / b.capital_stock[n]) * found["capital_stock", j, ""]
        for n, j in enumerate(b.sectors)
        if b.capital[n] > 0
    )
    capital = ordinary + b.compute.rent / b.compute.stock * found["compute_capacity", "", ""]
    share = found["labour_share", "", ""]
    s = (share[:-1] + share[1:]) / 2

    def growth(x: Array) -> Array:
        return np.log(x[1:] / x[:-1])

    grown = (
        growth(found["gdp_real", "", ""])
        - (1 - s) * growth(capital)
        - s * growth(found["employment", "", ""])
    )
    return np.cumprod(np.concatenate([[1.0], np.exp(grown)]))


def adjusted_residual(found: Figures, residual: Array) -> Array | None:
    """Total factor productivity with intangible capital counted as output and as an input.

    What sowing takes from measured output is added, what reaping adds is taken for the service of
    capital that it is (Brynjolfsson, Rock & Syverson 2021). None where the block is off.
    """
    effect = found.series.get(("intangible_effect", "", ""))
    return None if effect is None else residual / effect


def equivalent_variation(
    b: Benchmark,
    base: Point,
    run: Point,
    household: str,
    t: Time,
    group: str | None = None,
) -> Any:
    """Equivalent variation of a household in a year, or in several, trillion yuan at the reference's prices.

    ``group`` is a group inside the household; it has the household's budget shares.

    The sum of money that, at the reference's prices, would bring the household to the utility of the
    run. For Stone-Geary utility with committed quantities gamma and marginal shares beta the
    expenditure function is e(p, u) = sum_i p_i gamma_i + u prod_i (p_i / beta_i)^beta_i, so with
    supernumerary spending z:  EV = z' prod_i (p_i / p'_i)^beta_i - z.
    """
    k = b.households.index(household)
    _, beta = les_parameters(b)
    log_ratio = sum(
        float(beta[n, k]) * np.log(base.price_composite[i, t] / run.price_composite[i, t])
        for n, i in enumerate(b.sectors)
        if beta[n, k] > 0
    )
    z0 = supernumerary_spending(b, base, household, t, group)
    z1 = supernumerary_spending(b, run, household, t, group)
    return z1 * np.exp(log_ratio) - z0


def supernumerary_spending(
    b: Benchmark, m: Point, household: str, t: Time, group: str | None
) -> Any:
    """Supernumerary spending of a household, or of a group, which bears a fixed part of commitments."""
    whole = m.supernumerary[household, t]
    if group is None:
        return whole
    commitments = m.spending[household, t] - whole
    return m.group_spending[group, t] - group_weight(b, group) * commitments


def group_weight(b: Benchmark, group: str) -> float:
    """Base-year share of a group in the spending of its region."""
    found = b.technology.household_groups
    assert found is not None
    spent = group_propensity(b, base_lump_sum(b)) * base_group_income(b, base_lump_sum(b))
    k = found.names.index(group)
    same = [n for n, r in enumerate(found.region) if r == found.region[k]]
    return float(spent[k] / spent[same].sum())
