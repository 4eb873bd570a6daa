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
            label="Quality of AI",
            label_zh="人工智能质量",
            symbol=r"Z^{0}",
            words="AI productivity, {0}",
        ),
        Driver(
            "automation_depth",
            ("year",),
            "share of exposed tasks",
            0.0,
            -0.5,
            0.999,
            "share of the exposed tasks handed to AI beyond the base year's",
            label="Depth of automation",
            label_zh="自动化深度",
            symbol=r"d^{0}",
            words="automation depth, {0}",
        ),
        Driver(
            "automation_depth_sector",
            ("sector", "year"),
            "share of exposed tasks",
            0.0,
            -0.5,
            0.999,
            "sector's addition to automation_depth",
            label="Depth of automation by sector",
            label_zh="分行业自动化深度",
            symbol=r"d^{j}",
            words="automation depth of sector {0}, {1}",
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
            label="Tasks of labour",
            label_zh="劳动的任务份额",
            symbol=r"\lambda^{L}",
            words="labour's share of tasks, {0}",
        ),
        Driver(
            "markup",
            ("sector", "year"),
            "price over unit cost",
            1.0,
            0.5,
            3.0,
            "price net of the production tax over unit cost",
            label="Markup by sector",
            label_zh="分行业加成率",
            symbol=r"\mu",
            words="markup of sector {0}, {1}",
        ),
        Driver(
            "markup_common",
            ("year",),
            "factor",
            1.0,
            0.5,
            3.0,
            "multiplies every sector's markup",
            label="Markup of all sectors",
            label_zh="各行业加成率",
            symbol=r"\mu^{0}",
            words="markup common to all sectors, {0}",
        ),
        Driver(
            "chip_quota",
            ("use", "year"),
            "multiple of base-year imports",
            NO_QUOTA,
            0.0,
            NO_QUOTA,
            "largest quantity of imported chips",
            label="Quota on imported chips",
            label_zh="进口芯片配额",
            symbol=r"\bar C",
            words="import quota on chips for {0}, {1}",
        ),
        Driver(
            "chip_tariff",
            ("use", "year"),
            "ad valorem rate",
            0.0,
            -0.9,
            20.0,
            "on imported chips",
            label="Tariff on imported chips",
            label_zh="进口芯片关税",
            symbol=r"t^{C}",
            words="tariff on chips for {0}, {1}",
        ),
        Driver(
            "chip_world_price",
            ("use", "year"),
            "index, base year = 1",
            1.0,
            1e-3,
            1e3,
            "world price of chips",
            label="World price of chips",
            label_zh="芯片国际价格",
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
            label="Quality of domestic chips",
            label_zh="国产芯片质量",
            symbol=r"q^{D}",
        ),
        Driver(
            "compute_build",
            ("year",),
            "index, base year = 1",
            1.0,
            0.0,
            1e4,
            "capacity installed per unit of compute investment",
            label="Capacity built per investment",
            label_zh="单位投资建成的算力",
            symbol=r"h^{Q}",
            words="compute capacity installed per unit of investment, {0}",
        ),
        Driver(
            "compute_utilisation",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-3,
            1e2,
            "usable share of compute capacity relative to the base year",
            label="Usable share of compute capacity",
            label_zh="算力可用率",
            symbol=r"u^{Q}",
            words="utilisation of compute capacity, {0}",
        ),
        Driver(
            "ai_tax",
            ("year",),
            "ad valorem rate",
            0.0,
            -0.9,
            5.0,
            "on purchases of AI services",
            label="Tax on AI services",
            label_zh="人工智能服务税",
            symbol=r"t^{M}",
        ),
        Driver(
            "compute_subsidy",
            ("year",),
            "ad valorem rate",
            0.0,
            -1.0,
            0.9,
            "share of the price of compute investment that the government pays",
            label="Subsidy to compute investment",
            label_zh="算力投资补贴",
            symbol=r"s^{Q}",
        ),
        Driver(
            "production_tax_rate",
            ("sector", "year"),
            "share of output value",
            lambda b, _: (b.production_tax / b.output)[:, None],
            -0.9,
            0.9,
            "net tax on production",
            label="Tax on production",
            label_zh="生产税",
            symbol=r"\tau",
            words="production tax of sector {0}, {1}",
        ),
        Driver(
            "import_tariff",
            ("sector", "year"),
            "ad valorem rate",
            0.0,
            -0.9,
            10.0,
            "on imports",
            label="Tariff on imports",
            label_zh="进口关税",
            symbol=r"t^{I}",
            words="import tariff on good {0}, {1}",
        ),
        Driver(
            "tfp_sector",
            ("sector", "year"),
            "index, base year = 1",
            lambda b, n: b.path.tfp_sector[n].T,
            1e-2,
            1e3,
            "productivity of value added relative to the aggregate",
            label="Productivity by sector",
            label_zh="分行业生产率",
            symbol=r"A^{0}",
            words="productivity of sector {0}, {1}",
        ),
        Driver(
            "risk_premium",
            ("sector", "year"),
            "rate",
            0.0,
            -0.2,
            0.5,
            "added to the sector's calibrated return premium",
            label="Return premium by sector",
            label_zh="分行业回报溢价",
            symbol=r"\xi",
            words="risk premium of sector {0}, {1}",
        ),
        Driver(
            "world_demand",
            ("year",),
            "index, base year = 1",
            lambda b, n: b.path.world_demand[n],
            1e-3,
            1e3,
            "foreign demand at given prices",
            label="World demand",
            label_zh="国外需求",
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
            label="World price of imports",
            label_zh="进口品国际价格",
            symbol=r"\pi^{W}",
            words="world price of good {0}, {1}",
        ),
        Driver(
            "foreign_saving",
            ("year",),
            "trillion yuan at base-year exchange rate",
            lambda b, n: b.path.foreign_saving[n] * base_foreign_saving(b),
            -1e3,
            1e3,
            "net inflow from abroad (negative: trade surplus)",
            label="Foreign saving",
            label_zh="国外储蓄",
            symbol=r"S^{F}",
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
            label="Government purchases",
            label_zh="政府消费",
            symbol=r"g^{C}",
        ),
        Driver(
            "government_saving",
            ("year",),
            "trillion yuan, in consumer prices",
            0.0,
            -1e3,
            1e3,
            "budget balance that the lump-sum tax must leave",
            label="Government saving",
            label_zh="政府储蓄",
            symbol=r"S^{G}",
        ),
        Driver(
            "inventory",
            ("year",),
            "multiple of base-year inventory change",
            lambda b, n: b.path.inventory[n],
            -10.0,
            10.0,
            "inventory change of every good",
            label="Inventory change",
            label_zh="存货变动",
            symbol=r"v^{I}",
        ),
        Driver(
            "labour_endowment",
            ("skill", "year"),
            "index, base year = 1",
            lambda b, n: b.path.labour_by_skill[n].T,
            1e-2,
            1e2,
            "labour supplied at the reference real wage",
            label="Supply of labour",
            label_zh="劳动供给",
            symbol=r"\bar N",
            words="labour endowment of skill {0}, {1}",
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
            label="Numeraire",
            label_zh="计价物",
            symbol=r"\bar P",
            words="numeraire (price level), {0}",
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
