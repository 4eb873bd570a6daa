"""The benchmark: the base-year economy as the model sees it.

A :class:`Benchmark` is the only thing that passes from ``calibration/`` to ``model/``. It holds the
balanced base-year flows, the stocks, the elasticities and the paths that the baseline must follow;
no file name, no official code list and no country is known beyond this point.

Units: flows in trillion yuan a year at base-year prices (all benchmark prices are 1), stocks in
trillion yuan, persons in million, rates per year.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Elasticities:
    """Behavioural parameters. N follows ``Benchmark.sectors``, S ``skills``, H ``households``."""

    top: Array  # N, value added against intermediates
    intermediates: float  # among intermediate goods (0 = Leontief)
    capital_labour: Array  # N, capital against (AI-)labour in value added
    skills: float  # among skills
    ai_labour: Array  # S, AI against labour of one skill (ai_mode labour)
    ai_capital: float  # AI against capital (ai_mode capital)
    ai_traditional: Array  # N, AI against the whole traditional bundle (ai_mode guo)
    ai_inputs: float  # compute services against labour inside the AI sector
    armington: Array  # N, domestic against imported
    export_demand: Array  # N, absolute price elasticity of foreign demand
    transformation: Array  # N, CET between home sales and exports (inf = one price)
    chips: float  # domestic against imported chips in compute investment
    labour_supply: float  # of labour to the real wage of the skill
    frisch: Array  # H, Frisch parameter of the LES (-2: half of spending is committed)
    income: Array  # N x H, expenditure elasticities of the LES
    intertemporal: float  # elasticity of intertemporal substitution
    discount: float  # annual discount factor
    adjustment_capital: float  # years, quadratic adjustment cost of capital
    adjustment_compute: float  # years, quadratic adjustment cost of compute


@dataclass(frozen=True)
class Tasks:
    """Tasks of a skill, of which AI does those that it does at less cost (ai_mode tasks)."""

    elasticity: float  # of substitution between tasks
    saving: float  # share of labour's cost saved in a task taken over, while few are
    contestable: float  # share of the cost of exposed work that AI may do in the base year
    new_task_gain: float  # labour's efficiency in a new task over that in other tasks

    @property
    def shape(self) -> float:
        """Shape of the Fréchet distributions of efficiency over tasks: one over the saving."""
        return 1 / self.saving


@dataclass(frozen=True)
class Compute:
    """The compute account, carved out of the base-year investment and AI-sector flows.

    ``chips_domestic + chips_imported + other.sum()`` is base-year compute investment;
    ``rent + operation.sum()`` is the base-year cost of compute services used by the AI sector.
    """

    rent: float  # income of compute capacity
    operation: Array  # N, goods used to run compute (electricity)
    stock: float
    depreciation: float
    chips_domestic: float  # bought from the chip sector's home output
    chips_imported: float
    other: Array  # N, goods other than chips in compute investment (construction)
    components_imported: float  # imported chips that the chip sector's composite contains


@dataclass(frozen=True)
class SectorMap:
    """How a reading of the literature codes the effects of AI on each sector (N values each)."""

    substitution: Array  # 0..1, weight of AI taking over tasks of labour
    upgrading: Array  # 0..1, weight of AI raising the sector's productivity
    new_formats: Array  # 0..1, weight of AI opening new formats and varieties
    cap: Array  # 0..1, share of the exposed tasks that can ever be automated


@dataclass(frozen=True)
class BaselinePath:
    """What the forecast closure is told, year by year (T years from the base year on).

    The last ``beyond`` years are beyond those that are reported.
    """

    years: tuple[int, ...]
    gdp: Array  # T, real GDP index, base year = 1
    employment: Array  # T, million persons
    investment_rate: Array  # T, gross fixed capital formation over GDP (nominal)
    government_rate: Array  # T, government consumption over GDP (nominal)
    inventory: Array  # T, inventory change as multiple of the base year's
    foreign_saving: Array  # T, foreign saving over base-year foreign saving
    world_demand: Array  # T, foreign demand shifter, base year = 1
    tfp_sector: Array  # T x N, sectoral TFP relative to the aggregate, base year = 1
    labour_by_skill: Array  # T x S, labour endowment index by skill, base year = 1
    premia: Array  # T, what is left of the base year's return premia by sector, share
    investment_trend: Array  # T, investment over capital less the base year's, rate
    notes: dict[str, str] = field(default_factory=dict)  # series -> source and mark
    beyond: int = 0  # years that are solved after the last that is reported


@dataclass(frozen=True)
class Diffusion:
    """Adoption of AI by sector: logistic in time, between ``start`` and ``ceiling``."""

    start: Array  # N, base-year adoption
    ceiling: Array  # N
    cap: Array  # N, share of exposed tasks that AI could ever do
    feasible: float  # share of the cap that is feasible at base-year quality
    quality: float  # elasticity of the odds of feasibility to quality
    price: float  # elasticity of the speed to the price of effective AI, absolute
    steepness: float  # exponent of infrastructure over its threshold


@dataclass(frozen=True)
class AdoptionChoice:
    """Firms that adopt AI where what it saves covers the cost of adopting."""

    spread: float  # standard deviation over firms of the log cost of adopting
    lifetime: float  # years that what is put in serves
    pace: float  # share of the gap to the wanted log odds closed in a year


@dataclass(frozen=True)
class SowReap:
    """Intangible capital that adoption needs and the accounts do not see."""

    multiplier: float  # investment per yuan of work handed to AI
    depreciation: float
    premium: float  # return over that of ordinary capital


@dataclass(frozen=True)
class Learning:
    """Growth of AI's quality with use, with applications and from open sources."""

    use: float
    feedback: float
    spillover: float


@dataclass(frozen=True)
class Spawning:
    """Productivity that sectors gain from AI of better quality."""

    gain: Array  # N, log productivity per log point of quality at full adoption
    pace: float  # share of the gap closed in a year


@dataclass(frozen=True)
class NewFormats:
    """Variety that AI of better quality adds to a sector's goods."""

    gain: Array  # N, log variety per log point of quality at full adoption


@dataclass(frozen=True)
class Ideas:
    """Recombinant growth of knowledge (Agrawal, McHale & Oettl 2019)."""

    growth: float  # of knowledge in the base year
    access: float  # phi
    search: float  # theta
    congestion: float  # lambda
    elasticity: float  # of labour efficiency to knowledge
    time_freed: float  # of researchers, at full adoption of AI


@dataclass(frozen=True)
class ComputeChain:
    """Time to build, the three elements of AI and learning in domestic chips."""

    build_time: float  # years
    data: float  # base-year spending of the AI sector on data, trillion yuan
    elements: float  # elasticity between compute, algorithms and data
    chip_gap: float  # base-year quality of domestic chips over that of imported ones
    chip_learning: float


@dataclass(frozen=True)
class LabourMarket:
    """Unemployment, mobility between sectors, training between skills and new tasks."""

    unemployment: Array  # S, base-year rate
    wage_curve: float  # elasticity of the real wage to unemployment, absolute
    persistence: float  # of the real wage's distance from its reference, per year
    adjustment: float  # growth of the real wage a year per log point of unemployment, absolute
    discouragement: float  # elasticity of the labour force to the employment rate
    mobility: float  # elasticity of a sector's labour supply to its relative wage, in the year
    attachment: float  # share of a move that becomes the new normal each year
    training_rate: float  # share of a skill that trains for the next in the baseline, per year
    training_elasticity: float  # of trainees to the relative wage of the next skill
    training_success: float  # share of trainees that reach the next skill
    training_quality: float  # work of a trained worker over that of the skill's mean
    training_time: float  # years of work that training takes
    training_cost: float  # thousand yuan per trainee
    training_loss: float  # share of those trained that leave work each year
    reinstatement: float  # new tasks of labour per task handed to AI
    reinstatement_lag: float  # years, mean
    flexible_wage: float  # work of a flexible worker over that of the skill's mean


@dataclass(frozen=True)
class HouseholdGroups:
    """Groups of households inside each region. G groups, H regions (``Benchmark.households``)."""

    names: tuple[str, ...]
    region: tuple[str, ...]  # G, household of the benchmark that a group belongs to
    labour_owner: Array  # S x G, share of each skill's wages
    capital_owner: Array  # G, share of property income other than that of AI and compute
    ai_owner: Array  # G, share of the income of AI and compute
    transfer_owner: Array  # G, share of the lump-sum tax
    persons: Array  # G, million, with dependants
    saving_slope: float  # elasticity of the propensity to consume to relative income, absolute


@dataclass(frozen=True)
class FirmSize:
    """Large and small firms in each sector that adopts AI."""

    large_share: Array  # N, of output in the base year
    elasticity: float  # of substitution between the goods of large and small firms
    small_labour: float  # labour per unit of output, small over large
    gap: float  # log odds of adoption, large less small
    saving: float  # of the cost of work that AI takes over
    markup_response: float  # of large firms' log markup to their share
    leaders: float  # large firms of equal size in a sector


@dataclass(frozen=True)
class PublicFinance:
    """Programmes, subsidies, transfers and debt."""

    scale: float  # share of GDP whose spending is one unit of a programme
    small_firms: float  # log adoption cost per log unit
    chips: float  # growth of domestic chips' quality a year per log unit, when it succeeds
    chip_success: float  # probability
    chip_frontier: float  # log quality that is left to gain
    open_source: float  # relative spillover per log unit
    standards: float  # log coordination failure per log unit
    competition: float  # log of the large firms' extra markup per log unit
    flexible_work: float  # share of the unemployed per log unit
    data_law: float  # log share of bad tasks per log unit
    contract_success: float  # of trainees with a signed contract
    loan_subsidy: float  # share of a loan-financed training that the government pays
    loan_step: float  # share of the loans that go to the first step
    bond_rate: float  # real coupon of public debt
    bad_tasks: float  # share of AI's use that harms
    harm: float  # welfare lost per yuan of it
    paths: float  # technologies of which one may be picked
    path_gain: float  # log quality of AI per log unit spent on a technology of mean worth
    path_spread: float  # standard deviation of the log worth of a technology
    person_services: Array  # N, share of a sector that serves persons


@dataclass(frozen=True)
class HandToMouth:
    """Households that spend out of their income, year by year."""

    share: Array  # H, their share of a household's income


@dataclass(frozen=True)
class Technology:
    """The blocks; ``None`` where a block is off."""

    diffusion: Diffusion | None = None
    adoption_choice: AdoptionChoice | None = None
    sow_reap: SowReap | None = None
    learning: Learning | None = None
    spawning: Spawning | None = None
    new_formats: NewFormats | None = None
    ideas: Ideas | None = None
    compute_chain: ComputeChain | None = None
    labour_market: LabourMarket | None = None
    household_groups: HouseholdGroups | None = None
    firm_size: FirmSize | None = None
    public_finance: PublicFinance | None = None
    hand_to_mouth: HandToMouth | None = None

    @property
    def blocks(self) -> tuple[str, ...]:
        """Names of the blocks that are on."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) is not None)


@dataclass(frozen=True)
class Composition:
    """Of which official sectors, the 42 and AI, the sectors of an aggregation are made. O official sectors.

    Groups are sets of official sectors, so that they are the same in every aggregation.
    """

    codes: tuple[str, ...]  # O
    groups: dict[str, tuple[str, ...]]  # their members among the codes
    weight: dict[
        str, Array
    ]  # by base: N x O, share of an official sector in a sector; rows add up to 1

    def share(self, members: Collection[str], base: str) -> Array:
        """N: the part of each sector that the official sectors ``members`` are, by their ``base``."""
        chosen = [code in members for code in self.codes]
        return np.asarray(self.weight[base][:, chosen].sum(axis=1))


@dataclass(frozen=True)
class Benchmark:
    """Base-year economy. N sectors, S skills, H households; see the module docstring for units."""

    name: str
    base_year: int
    sectors: tuple[str, ...]
    skills: tuple[str, ...]
    households: tuple[str, ...]
    ai: str  # the sector that sells AI services
    chip_sector: str  # the sector whose good contains chips
    labels: dict[str, dict[str, str]]  # sector -> {"en": ..., "zh": ...}
    stage: dict[str, str]  # sector -> primary | secondary | tertiary
    intensity: dict[str, str]  # sector -> capital | labour
    labour_share: Array  # N, compensation over value added net of production tax
    # flows
    output: Array  # N
    intermediate: Array  # N x N, good i used by sector j, without AI and without compute's inputs
    ai_purchases: Array  # N x S, AI services bought by sector j beside each skill
    labour: Array  # N x S, compensation
    capital: Array  # N, gross income of ordinary capital (depreciation + operating surplus)
    production_tax: Array  # N, net taxes on production
    consumption: Array  # N x H
    government: Array  # N
    investment: Array  # N, gross fixed capital formation without compute investment
    inventory: Array  # N
    exports: Array  # N
    imports: Array  # N, without the chips of ``compute``
    compute: Compute
    # stocks and persons
    capital_stock: Array  # N (0 for the AI sector, whose capital is compute)
    depreciation: Array  # N
    persons: Array  # N x S, million
    # income distribution
    labour_owner: Array  # S x H, share of each skill's wages by household
    capital_owner: Array  # H, share of capital, compute and profit income
    transfer_owner: Array  # H, share of the lump-sum tax
    quota_rent_owner: dict[str, float]  # household, "government" or "foreign" -> share
    # technology
    exposure: Array  # N x S, share of a skill's tasks that AI could do
    elasticities: Elasticities
    tasks: Tasks
    path: BaselinePath
    technology: Technology = field(default_factory=Technology)
    sources: dict[str, str] = field(default_factory=dict)
    sector_map: SectorMap | None = None  # always there after calibrate()
    composition: Composition | None = None  # always there after calibrate()
    pause_threshold: float = (
        0.0  # share of the reference's wage, of what is reported as Engels' pause
    )
    workers: Array | None = None  # S x H, million persons employed by skill and household
    person_services: Array | None = None  # N, share of a sector that serves persons

    def index(self, sector: str) -> int:
        """Position of a sector; raises ``KeyError`` naming the known sectors."""
        try:
            return self.sectors.index(sector)
        except ValueError:
            raise KeyError(f"unknown sector {sector!r}; known: {', '.join(self.sectors)}") from None

    @property
    def gdp(self) -> float:
        """Base-year GDP at market prices, trillion yuan."""
        return float(
            self.labour.sum() + self.capital.sum() + self.production_tax.sum() + self.compute.rent
        )

    def with_(self, **changes: object) -> Benchmark:
        """A copy with some fields replaced (the accounts are not rebalanced)."""
        return replace(self, **changes)  # type: ignore[arg-type]
