"""Solved economies for the tests of `model/`: real tables, each baseline solved once, by the fast path.

That it finds what Ipopt finds is tested beside the runs' simulation; tests that are about Ipopt ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from engels.calibration import Benchmark, calibrate
from engels.model.economy.trade import chips_benchmark
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.solution import Solution
from engels.model.solving.solve import engine

ANNOUNCED = 2026
"""First year in which the agents of a policy run know of the shock."""

WORKSHOPS = 4
"""Built models that are kept; one of 43 sectors over 25 years takes some 300 MB."""

Drivers = dict[str, dict[object, float]]
Settings = tuple[tuple[str, float], ...]


@dataclass
class Runs:
    """Benchmarks without blocks and baselines by what they are made of, and policy runs from them.

    Solved for the years that are reported alone: shocks of these tests name years to the last of them.
    ``tests/model/solving/test_years_beyond.py`` is about those after it.
    """

    _benchmarks: dict[tuple[str, int, Settings], Benchmark] = field(default_factory=dict)
    _baselines: dict[tuple[str, str, bool, int, Settings], Solution] = field(default_factory=dict)
    _workshops: dict[int, tuple[Solution, Workshop]] = field(default_factory=dict)

    def benchmark(
        self, aggregation: str = "5", last_year: int = 2050, settings: Settings = ()
    ) -> Benchmark:
        key = (aggregation, last_year, settings)
        if key not in self._benchmarks:
            self._benchmarks[key] = calibrate(
                aggregation,
                {"path.years_beyond": 0, "hand_to_mouth.active": 0, **dict(settings)},
                last_year=last_year,
            )
        return self._benchmarks[key]

    def baseline(
        self,
        aggregation: str = "5",
        ai_mode: str = "labour",
        foresight: bool = True,
        last_year: int = 2050,
        settings: Settings = (),
    ) -> Solution:
        """The baseline to ``last_year``; its path is the same whatever year it ends in."""
        key = (aggregation, ai_mode, foresight, last_year, settings)
        if key not in self._baselines:
            b = self.benchmark(aggregation, max(last_year, 2050), settings)
            self._baselines[key] = solve_baseline(
                b, ai_mode, foresight, last_year, workshop=Workshop(engine("newton"))
            )
        return self._baselines[key]

    def policy(
        self,
        origin: Solution,
        drivers: Mapping[str, Mapping[object, float]],
        announced: int = ANNOUNCED,
    ) -> Solution:
        """A policy run; models built for one origin serve its other runs."""
        # the origin is kept with its workshop, so that its id stays its own
        _, workshop = self._workshops.setdefault(id(origin), (origin, Workshop(engine("newton"))))
        if len(self._workshops) > WORKSHOPS:
            self._workshops.pop(next(iter(self._workshops)))
        return solve_policy(origin, drivers, announced, workshop=workshop)


@pytest.fixture(scope="session")
def runs() -> Runs:
    return Runs()


def shocked_years(origin: Solution, announced: int = ANNOUNCED) -> list[int]:
    return [t for t in origin.years if t >= announced]


@pytest.fixture(scope="session")
def level() -> Callable[..., Drivers]:
    """A driver of dimension (year) at one level from the announcement on."""

    def make(origin: Solution, name: str, value: float, announced: int = ANNOUNCED) -> Drivers:
        return {name: dict.fromkeys(shocked_years(origin, announced), value)}

    return make


@pytest.fixture(scope="session")
def quota() -> Callable[..., Drivers]:
    """Chip imports limited to a share of the origin's from the announcement on."""

    def make(
        origin: Solution, share: float, uses: tuple[str, ...] = ("compute", "components")
    ) -> Drivers:
        base = chips_benchmark(origin.benchmark)
        imported = origin.values["chips_imported"]
        return {
            "chip_quota": {
                (u, t): share * imported[u, t] / base[u]
                for u in uses
                if u in base
                for t in shocked_years(origin)
            }
        }

    return make


@pytest.fixture(scope="session")
def moved() -> Callable[..., tuple[float, str]]:
    """Largest relative change of any variable between two solved paths, and where it is.

    Relative to the larger of the value itself and ``floor``.
    """

    def largest(run: Solution, origin: Solution, floor: float = 1e-6) -> tuple[float, str]:
        worst, place = 0.0, ""
        for name, entries in origin.values.items():
            for k, x in entries.items():
                if x is None:
                    continue
                change = abs(run.values[name][k] - x) / max(abs(x), floor)
                if not change <= worst:
                    worst, place = change, f"{name}[{k}] {x} -> {run.values[name][k]}"
        return worst, place

    return largest


@dataclass
class Accounts:
    """Payments of one solved year at current prices, trillion yuan.

    Written from the definitions of the national accounts, not from the equations of the model: each
    field is a price times a quantity. Arrays follow the benchmark's sectors, skills and households.
    """

    intermediate: np.ndarray  # N x N
    ai_purchases: np.ndarray  # N, before tax
    ai_by_skill: np.ndarray | None  # N x S, mode labour only
    ai_tax: np.ndarray  # N
    labour: np.ndarray  # N x S
    capital: np.ndarray  # N
    compute_rent: float
    operation: np.ndarray  # N
    profit: np.ndarray  # N
    production_tax: np.ndarray  # N
    output: np.ndarray  # N
    home_sales: np.ndarray  # N
    exports: np.ndarray  # N
    imports: np.ndarray  # N, at the border
    tariffs: np.ndarray  # N
    chips: dict[str, float]  # by use, at the border
    chip_tariffs: dict[str, float]
    chip_rents: dict[str, float]
    chips_domestic: float
    consumption: np.ndarray  # N x H
    government: np.ndarray  # N
    investment: np.ndarray  # N
    compute_goods: np.ndarray  # N
    inventory: np.ndarray  # N
    composite: np.ndarray  # N
    wages_received: np.ndarray  # S
    income: np.ndarray  # H, after the lump-sum tax
    spending: np.ndarray  # H
    lump_sum_tax: float
    subsidies: float
    government_saving: float
    foreign_saving: float
    gdp: float

    def gaps(self, b: Benchmark) -> dict[str, float]:
        """Receipts less payments of every account, and the three measures of GDP, over GDP."""
        ai, chip = b.index(b.ai), b.index(b.chip_sector)
        cost = (
            self.intermediate.sum(axis=0)
            + self.ai_purchases
            + self.ai_tax
            + self.labour.sum(axis=1)
            + self.capital
            + self.profit
            + self.production_tax
        )
        cost[ai] += self.compute_rent + self.operation.sum()
        sales = self.home_sales + self.exports
        sales[chip] += self.chips_domestic
        supply = self.home_sales + self.imports + self.tariffs
        use = (
            self.intermediate.sum(axis=1)
            + self.consumption.sum(axis=1)
            + self.government
            + self.investment
            + self.compute_goods
            + self.inventory
            + self.operation
        )
        use[ai] += self.ai_purchases.sum()
        for part in (self.chips, self.chip_tariffs, self.chip_rents):
            supply[chip] += part.get("components", 0.0)
        tariffs = self.tariffs.sum() + sum(self.chip_tariffs.values()) + self.ai_tax.sum()
        rents = {h: x * sum(self.chip_rents.values()) for h, x in b.quota_rent_owner.items()}
        domestic_rents = sum(rents.values()) - rents.get("foreign", 0.0)
        property_income = self.capital.sum() + self.compute_rent + self.profit.sum()
        received = self.wages_received @ b.labour_owner + property_income * b.capital_owner
        received = received + np.array([rents.get(h, 0.0) for h in b.households])
        received = received - self.lump_sum_tax * b.transfer_owner
        bought_compute = self.compute_goods.sum() + self.chips_domestic
        for part in (self.chips, self.chip_tariffs, self.chip_rents):
            bought_compute += part.get("compute", 0.0)
        invested = self.investment.sum() + bought_compute + self.inventory.sum()
        saved = (
            (self.income - self.spending).sum()
            + self.government_saving
            + self.subsidies
            + self.foreign_saving
        )
        abroad = self.imports.sum() + sum(self.chips.values()) + rents.get("foreign", 0.0)
        budget = (
            self.production_tax.sum()
            + tariffs
            + rents.get("government", 0.0)
            + self.lump_sum_tax
            - self.government.sum()
            - self.government_saving
            - self.subsidies
        )
        by_income = (
            self.labour.sum()
            + property_income
            + self.production_tax.sum()
            + tariffs
            + domestic_rents
        )
        by_expenditure = (
            self.consumption.sum() + self.government.sum() + invested + self.exports.sum() - abroad
        )
        inputs = self.intermediate.sum(axis=0) + self.ai_purchases + self.ai_tax
        inputs[ai] += self.operation.sum()
        by_production = (self.output - inputs).sum() + tariffs + domestic_rents
        by_account = [
            ("activity", b.sectors, self.output - cost),
            ("sales", b.sectors, self.output - sales),
            ("supply", b.sectors, self.composite - supply),
            ("use", b.sectors, self.composite - use),
            ("labour", b.skills, self.wages_received - self.labour.sum(axis=0)),
            ("income", b.households, self.income - received),
            ("spending", b.households, self.spending - self.consumption.sum(axis=0)),
        ]
        found = {
            f"{account} {label}": gap
            for account, labels, gaps in by_account
            for label, gap in zip(labels, gaps, strict=True)
        } | {
            "government": budget,
            "rest of the world": abroad - self.exports.sum() - self.foreign_saving,
            "saving and investment": saved - invested,
            "GDP by income": by_income - self.gdp,
            "GDP by expenditure": by_expenditure - self.gdp,
            "GDP by production": by_production - self.gdp,
        }
        return {name: float(x) / self.gdp for name, x in found.items()}

    def worst(self, b: Benchmark) -> tuple[float, str]:
        """Largest gap over GDP and its account."""
        gaps = self.gaps(b)
        name = max(gaps, key=lambda n: abs(gaps[n]))
        return abs(gaps[name]), name


def read_accounts(s: Solution, t: int) -> Accounts:
    """The accounts of year ``t`` of a solved path."""
    b, v = s.benchmark, s.values
    c = b.compute
    n, sectors = len(b.sectors), b.sectors
    price = np.array([v["price_composite"][i, t] for i in sectors])
    made = np.array([v["price_output"][j, t] for j in sectors])

    def sold_at(name: str) -> np.ndarray:
        """Price of home or export sales: the output's where both are the same good."""
        own = v.get(name, {})
        return np.array([own.get((j, t), p) for j, p in zip(sectors, made, strict=True)])

    home, abroad = sold_at("price_home"), sold_at("price_export")
    er = v["exchange_rate"][t]

    def vector(name: str) -> np.ndarray:
        return np.array([v[name].get((j, t), 0.0) for j in sectors])

    sigma = b.elasticities.intermediates
    intermediate = np.zeros((n, n))
    for k, j in enumerate(sectors):
        total = b.intermediate[:, k].sum()
        if total > 0:
            own = v["price_intermediate"][j, t]
            quantity = (
                b.intermediate[:, k] / total * v["intermediate"][j, t] * (own / price) ** sigma
            )
            intermediate[:, k] = price * quantity
    ai_price = price[b.index(b.ai)]
    ai = np.zeros(n)
    ai_by_skill = np.zeros((n, len(b.skills)))
    for (j, u, year), x in v["ai_use"].items():
        if year == t:
            ai[b.index(j)] += ai_price * x
            if u in b.skills:
                ai_by_skill[b.index(j), b.skills.index(u)] = ai_price * x
    wage = np.array([v["wage"][q, t] for q in b.skills])
    labour = np.array([[v["labour"].get((j, q, t), 0.0) for q in b.skills] for j in sectors]) * wage
    rate = np.divide(b.capital, b.capital_stock, out=np.zeros(n), where=b.capital_stock > 0)
    capital = rate * vector("rental") * vector("capital")
    served = c.rent + c.operation.sum()
    invested = c.chips_domestic + c.chips_imported + c.other.sum()
    output = made * vector("output")
    tax_rate = vector("production_tax_rate")
    markup = vector("markup") * v["markup_common"][t]
    border = er * vector("world_price_imports") * vector("imports")
    uses = [u for u in ("compute", "components") if (u, t) in v["chips_imported"]]
    chips = {u: er * v["chip_world_price"][u, t] * v["chips_imported"][u, t] for u in uses}
    landed = {u: chips[u] * (1 + v["chip_tariff"][u, t]) for u in uses}
    consumption = np.array(
        [[v["consumption"].get((i, h, t), 0.0) for h in b.households] for i in sectors]
    )
    purchases = v["compute_purchases"][t]
    return Accounts(
        intermediate=intermediate,
        ai_purchases=ai,
        ai_by_skill=ai_by_skill if s.ai_mode == "labour" else None,
        ai_tax=v["ai_tax"][t] * ai,
        labour=labour,
        capital=capital,
        compute_rent=c.rent / served * v["compute_rent"][t] * v["compute_service"][t],
        operation=c.operation / served * price * v["compute_service"][t],
        profit=output * (1 - tax_rate) * (1 - 1 / markup),
        production_tax=tax_rate * output,
        output=output,
        home_sales=home * vector("home_sales"),
        exports=abroad * vector("exports"),
        imports=border,
        tariffs=vector("import_tariff") * border,
        chips=chips,
        chip_tariffs={u: landed[u] - chips[u] for u in uses},
        chip_rents={u: landed[u] * float(np.expm1(v["chip_premium"][u, t])) for u in uses},
        chips_domestic=home[b.index(b.chip_sector)] * v["chips_domestic"][t],
        consumption=price[:, None] * consumption,
        government=price * b.government * v["government_consumption"][t],
        investment=price * b.investment / b.investment.sum() * v["investment_total"][t],
        compute_goods=price * c.other / invested * purchases,
        inventory=price * b.inventory * v["inventory"][t],
        composite=price * vector("composite"),
        wages_received=wage * np.array([v["labour_supply"][q, t] for q in b.skills]),
        income=np.array([v["income"][h, t] for h in b.households]),
        spending=np.array([v["spending"][h, t] for h in b.households]),
        lump_sum_tax=v["lump_sum_tax"][t],
        subsidies=v["compute_subsidy"][t] * v["price_compute_investment"][t] * purchases,
        government_saving=v["government_saving"][t] * v["price_consumption"][t],
        foreign_saving=er * v["foreign_saving"][t],
        gdp=v["gdp_nominal"][t],
    )


@pytest.fixture(scope="session")
def accounts() -> Callable[[Solution, int], Accounts]:
    """Reads the accounts of a solved year."""
    return read_accounts


@pytest.fixture(scope="session")
def imbalance() -> Callable[[Solution], tuple[float, str]]:
    """Largest gap, over GDP, of any account in any year of a path, and where it is."""

    def largest(s: Solution) -> tuple[float, str]:
        found = [(*read_accounts(s, t).worst(s.benchmark), t) for t in s.years]
        gap, name, year = max(found)
        return gap, f"{name} {year}"

    return largest
