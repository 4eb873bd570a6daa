"""The exogenous side of the economy: every driver, its unit, default and admissible range.

A driver is a Pyomo variable that a closure usually fixes. A scenario changes its path; a closure may
instead free it and fix a target in exchange (``closures.py``). Defaults written here reproduce the
base year; a default of ``None`` is taken from the benchmark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

NO_QUOTA = 1.0e6
"""Quota (multiple of base-year imports) that no run reaches: the import is unrestricted."""


@dataclass(frozen=True)
class Driver:
    """One exogenous variable. ``dims`` is an ordered subset of sector, skill, use, year.

    ``block`` is the block of ``calibration/technology.py`` it belongs to; where that is off, the
    economy does not have the driver. ``through`` is another block, without which the driver does nothing.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    default: float | None
    low: float
    high: float
    description: str
    block: str = ""
    through: str = ""


USES = ("compute", "components")
"""Uses of imported chips: in compute investment, and as components inside the chip sector's good."""

DRIVERS: dict[str, Driver] = {
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
        ),
        Driver(
            "automation_depth",
            ("year",),
            "share of exposed tasks",
            0.0,
            -0.5,
            0.999,
            "share of the exposed tasks handed to AI beyond the base year's",
        ),
        Driver(
            "automation_depth_sector",
            ("sector", "year"),
            "share of exposed tasks",
            0.0,
            -0.5,
            0.999,
            "sector's addition to automation_depth",
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
        ),
        Driver(
            "markup",
            ("sector", "year"),
            "price over unit cost",
            1.0,
            0.5,
            3.0,
            "price net of the production tax over unit cost",
        ),
        Driver(
            "markup_common",
            ("year",),
            "factor",
            1.0,
            0.5,
            3.0,
            "multiplies every sector's markup",
        ),
        Driver(
            "chip_quota",
            ("use", "year"),
            "multiple of base-year imports",
            NO_QUOTA,
            0.0,
            NO_QUOTA,
            "largest quantity of imported chips",
        ),
        Driver(
            "chip_tariff", ("use", "year"), "ad valorem rate", 0.0, -0.9, 20.0, "on imported chips"
        ),
        Driver(
            "chip_world_price",
            ("use", "year"),
            "index, base year = 1",
            1.0,
            1e-3,
            1e3,
            "world price of chips",
        ),
        Driver(
            "chip_quality_domestic",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-2,
            1e3,
            "effective chips per unit bought at home",
        ),
        Driver(
            "compute_build",
            ("year",),
            "index, base year = 1",
            1.0,
            0.0,
            1e4,
            "capacity installed per unit of compute investment",
        ),
        Driver(
            "compute_utilisation",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-3,
            1e2,
            "usable share of compute capacity relative to the base year",
        ),
        Driver(
            "ai_tax", ("year",), "ad valorem rate", 0.0, -0.9, 5.0, "on purchases of AI services"
        ),
        Driver(
            "compute_subsidy",
            ("year",),
            "ad valorem rate",
            0.0,
            -1.0,
            0.9,
            "share of the price of compute investment that the government pays",
        ),
        Driver(
            "production_tax_rate",
            ("sector", "year"),
            "share of output value",
            None,
            -0.9,
            0.9,
            "net tax on production",
        ),
        Driver(
            "import_tariff", ("sector", "year"), "ad valorem rate", 0.0, -0.9, 10.0, "on imports"
        ),
        Driver(
            "tfp_sector",
            ("sector", "year"),
            "index, base year = 1",
            None,
            1e-2,
            1e3,
            "productivity of value added relative to the aggregate",
        ),
        Driver(
            "risk_premium",
            ("sector", "year"),
            "rate",
            0.0,
            -0.2,
            0.5,
            "added to the sector's calibrated return premium",
        ),
        Driver(
            "world_demand",
            ("year",),
            "index, base year = 1",
            None,
            1e-3,
            1e3,
            "foreign demand at given prices",
        ),
        Driver(
            "world_price_imports",
            ("sector", "year"),
            "index, base year = 1",
            1.0,
            1e-2,
            1e2,
            "world price of imports",
        ),
        Driver(
            "foreign_saving",
            ("year",),
            "trillion yuan at base-year exchange rate",
            None,
            -1e3,
            1e3,
            "net inflow from abroad (negative: trade surplus)",
        ),
        Driver(
            "government_consumption",
            ("year",),
            "index, base year = 1",
            None,
            1e-2,
            1e3,
            "volume of government purchases",
        ),
        Driver(
            "government_saving",
            ("year",),
            "trillion yuan, in consumer prices",
            0.0,
            -1e3,
            1e3,
            "budget balance that the lump-sum tax must leave",
        ),
        Driver(
            "inventory",
            ("year",),
            "multiple of base-year inventory change",
            None,
            -10.0,
            10.0,
            "inventory change of every good",
        ),
        Driver(
            "labour_endowment",
            ("skill", "year"),
            "index, base year = 1",
            None,
            1e-2,
            1e2,
            "labour supplied at the reference real wage",
        ),
        Driver(
            "numeraire",
            ("year",),
            "index",
            1.0,
            1e-3,
            1e3,
            "the consumer price index, the numeraire",
        ),
    )
}


def _block(block: str, *drivers: Driver) -> dict[str, Driver]:
    return {d.name: replace(d, block=block) for d in drivers}


BLOCK_DRIVERS: dict[str, Driver] = {
    **_block(
        "diffusion",
        Driver(
            "diffusion_speed",
            ("sector", "year"),
            "per year",
            0.0,
            0.0,
            5.0,
            "growth of the odds of adoption in a sector",
        ),
        Driver(
            "adoption_ceiling",
            ("sector", "year"),
            "share",
            None,
            0.01,
            1.0,
            "adoption that a sector approaches; a change moves adoption in proportion at once",
        ),
        Driver(
            "coordination_failure",
            ("year",),
            "share",
            0.0,
            0.0,
            1.0,
            "share of the speed of diffusion lost to missing standards and refused interconnection",
        ),
        Driver(
            "infrastructure_threshold",
            ("year",),
            "multiple of base-year compute capacity",
            0.0,
            0.0,
            1e4,
            "capacity around which diffusion starts; 0 waits for nothing",
        ),
    ),
    **_block(
        "learning",
        Driver(
            "learning_rate",
            ("year",),
            "factor",
            1.0,
            0.0,
            10.0,
            "multiplies what quality learns from use",
        ),
        Driver(
            "frontier_ai",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-3,
            1e7,
            "quality of AI at the world's frontier, relative to the base year's gap",
        ),
        Driver(
            "open_source",
            ("year",),
            "factor",
            1.0,
            0.0,
            10.0,
            "multiplies what spills over from the frontier; 0 is decoupling",
        ),
        Driver(
            "internalisation",
            ("year",),
            "share",
            0.0,
            0.0,
            1.0,
            "share of the value of learning that a subsidy pays to users of AI (foresight)",
        ),
    ),
    **_block(
        "ideas",
        Driver(
            "idea_search",
            ("year",),
            "theta",
            None,
            1e-6,
            2.0,
            "success in finding useful combinations of knowledge",
        ),
        Driver(
            "idea_access",
            ("year",),
            "phi",
            None,
            0.01,
            1.5,
            "exponent of knowledge in what can be combined",
        ),
        Driver(
            "research_efficiency",
            ("year",),
            "factor",
            1.0,
            0.0,
            100.0,
            "ideas in use per idea found",
        ),
        Driver(
            "research_time",
            ("year",),
            "factor",
            1.0,
            0.0,
            100.0,
            "effective research labour relative to the baseline's",
        ),
    ),
    **_block(
        "compute_chain",
        Driver(
            "energy_intensity",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-3,
            1e2,
            "electricity per unit of compute service before cooling",
        ),
        Driver(
            "pue",
            ("year",),
            "index, base year = 1",
            1.0,
            0.5,
            3.0,
            "power usage effectiveness: electricity of the data centre over that of its machines",
        ),
        Driver(
            "power_limit",
            ("year",),
            "multiple of base-year electricity of compute",
            NO_QUOTA,
            1e-3,
            NO_QUOTA,
            "largest electricity use that the grid connects",
        ),
        Driver(
            "storage_limit",
            ("year",),
            "multiple of base-year compute service",
            NO_QUOTA,
            1e-3,
            NO_QUOTA,
            "largest compute service that storage can feed",
        ),
        Driver(
            "data_cost",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-4,
            1e2,
            "goods needed for a unit of data",
        ),
        Driver(
            "algorithm_efficiency",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-3,
            1e7,
            "algorithms per unit of the AI sector's work",
        ),
    ),
    **_block(
        "labour_market",
        Driver(
            "mobility",
            ("year",),
            "elasticity",
            None,
            0.02,
            1000.0,
            "of a sector's labour supply to its relative wage, in the year",
        ),
        Driver(
            "reinstatement",
            ("year",),
            "ratio",
            None,
            0.0,
            1.5,
            "new tasks of labour per task handed to AI, in the long run",
        ),
    ),
    **_block(
        "household_groups",
        Driver(
            "need",
            ("sector", "year"),
            "factor",
            1.0,
            0.0,
            10.0,
            "multiplies what households are committed to buy of a good: care in an ageing society",
        ),
    ),
    **_block(
        "firm_size",
        Driver(
            "adoption_cost",
            ("year",),
            "index, base year = 1",
            1.0,
            0.01,
            100.0,
            "fixed cost of adoption over size, small firms against large",
        ),
        Driver(
            "markup_response",
            ("year",),
            "log markup per unit of share",
            None,
            0.0,
            5.0,
            "of large firms' markup to their share of the sector",
        ),
        Driver(
            "access_wedge",
            ("year",),
            "ad valorem rate",
            0.0,
            -0.5,
            5.0,
            "what those who control access add to the price of AI services",
        ),
    ),
    **_block(
        "public_finance",
        Driver(
            "output_tax",
            ("year",),
            "share of output value",
            0.0,
            -0.3,
            0.5,
            "on the output of every sector",
        ),
        Driver(
            "ai_subsidy",
            ("year",),
            "ad valorem rate",
            0.0,
            0.0,
            0.95,
            "share of the price of AI services that the government pays to users",
        ),
        Driver(
            "service_subsidy",
            ("year",),
            "share of output value",
            0.0,
            -0.3,
            0.6,
            "to services from person to person",
        ),
        Driver(
            "basic_income",
            ("year",),
            "thousand yuan per head and year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "paid to everyone",
        ),
        Driver(
            "programme_small_firms",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "aid for small firms that adopt AI",
            through="firm_size",
        ),
        Driver(
            "programme_chips",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "research on domestic chips",
        ),
        Driver(
            "programme_open_source",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "open-source platforms: more spills over from the frontier",
            through="learning",
        ),
        Driver(
            "programme_standards",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "common standards and interconnection: less coordination failure",
            through="diffusion",
        ),
        Driver(
            "programme_talent",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "training for the highest skill",
            through="labour_market",
        ),
        Driver(
            "programme_loans",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "training loans with a signed contract",
            through="labour_market",
        ),
        Driver(
            "programme_flexible_work",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "platforms for flexible work",
            through="labour_market",
        ),
        Driver(
            "programme_competition",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "merger control and access rules: lower markups and wedges",
            through="firm_size",
        ),
        Driver(
            "programme_data_law",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "rules on data and harmful use",
        ),
    ),
}

DRIVERS |= BLOCK_DRIVERS


def drivers_of(blocks: Iterable[str]) -> tuple[Driver, ...]:
    """The drivers of an economy in which these blocks are on."""
    on = {"", *blocks}
    return tuple(d for d in DRIVERS.values() if d.block in on)
