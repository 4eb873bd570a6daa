"""The exogenous side of the economy: every driver, its unit, default and admissible range.

A driver is a Pyomo variable that a closure usually fixes. A scenario changes its path; a closure may
instead free it and fix a target in exchange (``closures.py``). Defaults reproduce the baseline. Drivers
of blocks are declared in the blocks' own files; ``blocks/library.py`` has all of them together.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Variable, declare
from engels.model.economy.block import Block
from engels.model.economy.driver import NO_QUOTA, USES, Driver


def base_foreign_saving(b: Benchmark) -> float:
    """Base-year imports less exports, trillion yuan."""
    chips = b.compute.chips_imported + b.compute.components_imported
    return float(b.imports.sum() + chips - b.exports.sum())


VARIABLES = (
    Variable(
        "labour_efficiency",
        ("years",),
        1.0,
        "index, base year = 1",
        "index",
        "efficiency of labour",
        "劳动效率",
        r"\Lambda",
    ),
)

ECONOMY_DRIVERS: dict[str, Driver] = {
    d.name: d
    for d in (
        Driver(
            "ai_productivity",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-3,
            1e7,
            "Z: quality of AI services, effective units per unit bought",
            label="AI productivity",
            symbol="Z^{0}",
        ),
        Driver(
            "automation_depth",
            ("year",),
            "share of exposed tasks",
            0.0,
            -0.5,
            0.999,
            "share of the exposed tasks handed to AI beyond the base year's",
            label="automation depth",
            symbol="d^{0}",
        ),
        Driver(
            "automation_depth_sector",
            ("sector", "year"),
            "share of exposed tasks",
            0.0,
            -0.5,
            0.999,
            "sector's addition to automation_depth",
            base="labour",
            label="automation depth of sector {0}",
            symbol="d^{j}",
        ),
        Driver(
            "labour_task_share",
            ("year",),
            "index, base year = 1",
            1.0,
            0.05,
            1.5,
            "labour's distribution parameter in value added: below 1, tasks move to capital and no "
            "new tasks reinstate labour",
            label="labour's share of tasks",
            symbol=r"\lambda^{L}",
        ),
        Driver(
            "markup",
            ("sector", "year"),
            "price over unit cost",
            1.0,
            0.5,
            3.0,
            "price net of the production tax over unit cost",
            base="output",
            label="markup of sector {0}",
            symbol=r"\mu",
        ),
        Driver(
            "markup_common",
            ("year",),
            "factor",
            1.0,
            0.5,
            3.0,
            "multiplies every sector's markup",
            label="markup common to all sectors",
            symbol=r"\mu^{0}",
        ),
        Driver(
            "chip_quota",
            ("use", "year"),
            "multiple of base-year imports",
            NO_QUOTA,
            0.0,
            NO_QUOTA,
            "largest quantity of imported chips",
            label="import quota on chips for {0}",
            symbol=r"\bar C",
        ),
        Driver(
            "chip_tariff",
            ("use", "year"),
            "ad valorem rate",
            0.0,
            -0.9,
            20.0,
            "on imported chips",
            label="tariff on chips for {0}",
            symbol="t^{C}",
        ),
        Driver(
            "chip_world_price",
            ("use", "year"),
            "index, base year = 1",
            1.0,
            1e-3,
            1e3,
            "world price of chips",
            label="world price of chips for {0}",
            symbol=r"\pi^{C}",
        ),
        Driver(
            "chip_quality_domestic",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-2,
            1e3,
            "effective chips per unit bought at home",
            label="quality of domestic chips",
            symbol="q^{D}",
        ),
        Driver(
            "compute_build",
            ("year",),
            "index, base year = 1",
            1.0,
            0.0,
            1e4,
            "capacity installed per unit of compute investment",
            label="compute capacity installed per unit of investment",
            symbol="h^{Q}",
        ),
        Driver(
            "compute_utilisation",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-3,
            1e2,
            "usable share of compute capacity relative to the base year",
            label="utilisation of compute capacity",
            symbol="u^{Q}",
        ),
        Driver(
            "ai_tax",
            ("year",),
            "ad valorem rate",
            0.0,
            -0.9,
            5.0,
            "on purchases of AI services",
            label="tax on AI services",
            symbol="t^{M}",
        ),
        Driver(
            "compute_subsidy",
            ("year",),
            "ad valorem rate",
            0.0,
            -1.0,
            0.9,
            "share of the price of compute investment that the government pays",
            label="subsidy to compute investment",
            symbol="s^{Q}",
        ),
        Driver(
            "production_tax_rate",
            ("sector", "year"),
            "share of output value",
            lambda b, _: (b.production_tax / b.output)[:, None],
            -0.9,
            0.9,
            "net tax on production",
            base="output",
            label="production tax of sector {0}",
            symbol=r"\tau",
        ),
        Driver(
            "import_tariff",
            ("sector", "year"),
            "ad valorem rate",
            0.0,
            -0.9,
            10.0,
            "on imports",
            base="imports",
            label="import tariff on good {0}",
            symbol="t^{I}",
        ),
        Driver(
            "tfp_sector",
            ("sector", "year"),
            "index, base year = 1",
            lambda b, n: b.path.tfp_sector[n].T,
            1e-2,
            1e3,
            "productivity of value added relative to the aggregate",
            label="productivity of sector {0}",
            symbol="A^{0}",
        ),
        Driver(
            "risk_premium",
            ("sector", "year"),
            "rate",
            0.0,
            -0.2,
            0.5,
            "added to the sector's calibrated return premium",
            base="capital",
            label="risk premium of sector {0}",
            symbol=r"\xi",
        ),
        Driver(
            "investment_trend",
            ("year",),
            "rate",
            lambda b, n: b.path.investment_trend[n],
            -0.5,
            0.5,
            "rate of investment in ordinary capital that costs nothing to install, over the base year's",
            label="trend of the rate of investment",
            symbol="x^{I}",
        ),
        Driver(
            "world_demand",
            ("year",),
            "index, base year = 1",
            lambda b, n: b.path.world_demand[n],
            1e-3,
            1e3,
            "foreign demand at given prices",
            label="world demand",
            symbol=r"\mathit{WD}",
        ),
        Driver(
            "world_price_imports",
            ("sector", "year"),
            "index, base year = 1",
            1.0,
            1e-2,
            1e2,
            "world price of imports",
            base="imports",
            label="world price of good {0}",
            symbol=r"\pi^{W}",
        ),
        Driver(
            "foreign_saving",
            ("year",),
            "trillion yuan at base-year exchange rate",
            lambda b, n: b.path.foreign_saving[n] * base_foreign_saving(b),
            -1e3,
            1e3,
            "net inflow from abroad (negative: trade surplus)",
            label="foreign saving",
            symbol="S^{F}",
        ),
        Driver(
            "government_consumption",
            ("year",),
            "index, base year = 1",
            # the baseline finds it from the share of government in GDP
            lambda *_: 1.0,
            1e-2,
            1e3,
            "volume of government purchases",
            sign="nonnegative",
            growth="gdp",
            label="government purchases",
            symbol="g^{C}",
        ),
        Driver(
            "government_saving",
            ("year",),
            "trillion yuan, in consumer prices",
            0.0,
            -1e3,
            1e3,
            "budget balance that the lump-sum tax must leave",
            label="government saving",
            symbol="S^{G}",
        ),
        Driver(
            "inventory",
            ("year",),
            "multiple of base-year inventory change",
            lambda b, n: b.path.inventory[n],
            -10.0,
            10.0,
            "inventory change of every good",
            label="inventory change",
            symbol="v^{I}",
        ),
        Driver(
            "labour_endowment",
            ("skill", "year"),
            "index, base year = 1",
            lambda b, n: b.path.labour_by_skill[n].T,
            1e-2,
            1e2,
            "labour supplied at the reference real wage",
            label="labour endowment of skill {0}",
            symbol=r"\bar N",
        ),
        Driver(
            "numeraire",
            ("year",),
            "index",
            1.0,
            1e-3,
            1e3,
            "the consumer price index, the numeraire",
            kind="price",
            label="numeraire (price level)",
            symbol=r"\bar P",
        ),
    )
}


def drivers_of(blocks: Iterable[Block]) -> tuple[Driver, ...]:
    """The drivers of an economy with these blocks."""
    return (*ECONOMY_DRIVERS.values(), *(d for block in blocks for d in block.drivers))


def define_drivers(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """A variable per driver, and labour efficiency, at base-year values."""
    sets = {"sector": b.sectors, "skill": b.skills, "use": USES, "year": m.years}
    for d in drivers_of(m.blocks):
        base = d.path(b, [b.base_year])
        start = {
            k[:-1]: float(x) for k, x in zip(d.index(b, [b.base_year]), base.flat, strict=True)
        }
        m.add_component(
            d.name,
            pyo.Var(*(sets[x] for x in d.dims), initialize=lambda _, *k, x=start: x[k[:-1]]),
        )
    declare(m, b, *VARIABLES)
