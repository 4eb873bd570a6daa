"""Shocks far beyond any scenario, and elasticities at both ends of their ranges.

Each either solves, with its certificate and the whole shock in it, or says how much of the shock was
solved and which equations stood in the way; nothing lies between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

from engels.calibration import calibrate, load_parameters
from engels.model.algebra.errors import SolveError
from engels.model.economy.compute import least_chips, most_chips
from engels.model.economy.trade import chips_benchmark
from engels.model.economy.trees import AI_MODES
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.solution import Solution
from engels.model.solving.solve import engine

from ..reported import rows_of

if TYPE_CHECKING:
    from tests.model.conftest import Drivers, Runs

ACCURACY = 1e-8
ANNOUNCED = 2026
HUGE = 1000.0
"""Multiple of AI productivity, from one year to the next."""
SECTORS = ("AGR", "IND", "ELC", "SRV", "AI")

Try = Callable[..., Solution | SolveError]
Solves = Callable[..., Solution]
"""Both take a path, drivers and the solver by name."""


def check_failure(error: SolveError, foresight: bool) -> None:
    """How far it came and what stood in the way, in words."""
    said = str(error)
    if error.solved_fraction is None:
        # nothing was sought: both sides of a bound that every solution obeys are told
        assert "there is no equilibrium" in said and "\n" not in said
        return
    assert 0 < error.solved_fraction < 1
    assert f"the shock was solved up to {error.solved_fraction:.1%} of its size and not" in said
    if not foresight:
        assert int(said[:4]) >= ANNOUNCED
        assert said[4:6] == ": "
    assert "Worst equations:" in said
    sizes = [w.residual for w in error.worst]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > ACCURACY
    for w in error.worst:
        assert w.words in said
        assert "[" not in w.words


@pytest.fixture
def attempt(imbalance: Callable[[Solution], tuple[float, str]]) -> Try:
    """Runs a shock and checks whatever comes of it."""

    def run(origin: Solution, drivers: Drivers, by: str = "ipopt") -> Solution | SolveError:
        before = {n: dict(entries) for n, entries in origin.values.items()}
        try:
            s = solve_policy(origin, drivers, ANNOUNCED, workshop=Workshop(engine(by)))
        except SolveError as error:
            check_failure(error, origin.foresight)
            return error
        finally:
            assert origin.values == before
        assert s.certificate.passed, s.certificate.failures()
        gap, place = imbalance(s)
        assert gap < ACCURACY, f"{place}: {gap:.1e} of GDP"
        # the whole shock, not the part of it that was easy
        for name, entries in drivers.items():
            for k, x in entries.items():
                assert s.values[name][k] == x, (name, k)
        return s

    return run


@pytest.fixture
def solves(attempt: Try) -> Solves:
    """Runs a shock that has a solution."""

    def run(origin: Solution, drivers: Drivers, by: str = "ipopt") -> Solution:
        s = attempt(origin, drivers, by)
        if isinstance(s, SolveError):
            raise s
        return s

    return run


def gdp(s: Solution) -> float:
    """Real GDP of the last year."""
    return rows_of(s)["gdp_real", "", "", s.reported[-1]]


def overridden(overrides: Mapping[str, float], foresight: bool, last_year: int) -> Solution:
    """The baseline of an economy with other parameters."""
    return solve_baseline(calibrate("5", overrides), "labour", foresight, last_year)


PATHS = pytest.mark.parametrize("foresight", [True, False], ids=["foresight", "recursive"])
SLOW_FORESIGHT = pytest.mark.parametrize(
    "foresight", [pytest.param(True, marks=pytest.mark.slow), False], ids=["foresight", "recursive"]
)
NESTS = [
    pytest.param(
        mode, foresight, marks=[pytest.mark.slow] if foresight and mode != "labour" else []
    )
    for mode in AI_MODES
    for foresight in (True, False)
]


# --- Shocks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ai_mode", "foresight"), NESTS)
@pytest.mark.sampled(1)
def test_ai_a_thousand_times_as_productive(
    runs: Runs, level: Callable[..., Drivers], solves: Solves, ai_mode: str, foresight: bool
) -> None:
    origin = runs.baseline("5", ai_mode, foresight, 2035 if foresight else 2030)
    s = solves(origin, level(origin, "ai_productivity", HUGE))
    last = s.reported[-1]
    assert gdp(s) > gdp(origin)
    cheaper = rows_of(s)["ai_price_effective", "", "", last]
    assert cheaper < rows_of(origin)["ai_price_effective", "", "", last] / 10


def require_too_near(error: Solution | SolveError, last_year: int) -> None:
    """The most of the shock was solved, and what stood in the way of the rest is the last year."""
    assert isinstance(error, SolveError)
    assert error.solved_fraction is not None
    assert 0.5 < error.solved_fraction < 1
    assert error.worst[0].words.endswith(f", {last_year}"), error


@pytest.mark.parametrize("by", ["newton", "ipopt"])
def test_a_horizon_too_near_for_such_a_shock(
    runs: Runs, level: Callable[..., Drivers], attempt: Try, by: str
) -> None:
    """Compute capacity still multiplies when the path ends: it has no end to 2030, and one a year later."""
    near, far = (runs.baseline("5", last_year=last) for last in (2030, 2031))
    require_too_near(attempt(near, level(near, "ai_productivity", HUGE), by), 2030)
    s = attempt(far, level(far, "ai_productivity", HUGE), "newton")
    assert isinstance(s, Solution)
    assert gdp(s) > 1.2 * gdp(far)


@pytest.mark.parametrize(("ai_mode", "foresight"), NESTS)
def test_no_chips_from_abroad(
    runs: Runs, quota: Callable[..., Drivers], solves: Solves, ai_mode: str, foresight: bool
) -> None:
    origin = runs.baseline("5", ai_mode, foresight, 2035 if foresight else 2030)
    s = solves(origin, quota(origin, 0.0))
    base = chips_benchmark(origin.benchmark)
    for (use, t), x in s.values["chips_imported"].items():
        if t >= ANNOUNCED:
            assert x < 1e-7 * base[use], (use, t)
    assert 0.9 * gdp(origin) < gdp(s) < gdp(origin)


@PATHS
@pytest.mark.parametrize("sector", SECTORS)
@pytest.mark.sampled(2)
def test_a_sector_half_as_productive(
    runs: Runs, solves: Solves, sector: str, foresight: bool
) -> None:
    origin = runs.baseline("5", foresight=foresight, last_year=2035 if foresight else 2030)
    assert origin.benchmark.sectors == SECTORS
    tfp = origin.values["tfp_sector"]
    halved: Drivers = {
        "tfp_sector": {(j, t): x / 2 for (j, t), x in tfp.items() if j == sector and t >= ANNOUNCED}
    }
    if sector == "SRV" and foresight:
        # who saves for the lean years to come cannot pay for what is committed now
        with pytest.raises(
            SolveError, match="spending of rural households beyond commitments, 2026"
        ):
            solve_policy(origin, halved, ANNOUNCED)
        return
    s = solves(origin, halved)
    assert gdp(s) < gdp(origin)
    last = s.reported[-1]
    after, before = s.values["price_output"], origin.values["price_output"]
    dearer = {j: after[j, last] / before[j, last] for j in SECTORS}
    assert max(dearer, key=lambda j: dearer[j]) == sector, dearer


@PATHS
def test_everything_at_once(
    runs: Runs,
    level: Callable[..., Drivers],
    quota: Callable[..., Drivers],
    attempt: Try,
    solves: Solves,
    foresight: bool,
) -> None:
    """AI that good is worth more than all chips from abroad, and would be worth more with them."""

    def shock(origin: Solution) -> Drivers:
        return {**level(origin, "ai_productivity", HUGE), **quota(origin, 0.0)}

    origin = runs.baseline("5", foresight=foresight, last_year=2030)
    if foresight:
        require_too_near(attempt(origin, shock(origin), "newton"), 2030)
        origin = runs.baseline("5", last_year=2035)
    s = solves(origin, shock(origin), "newton")
    with_chips = solves(origin, level(origin, "ai_productivity", HUGE), "newton")
    assert 1.1 * gdp(origin) < gdp(s) < 0.99 * gdp(with_chips)
    base = chips_benchmark(origin.benchmark)
    for (use, t), x in s.values["chips_imported"].items():
        assert t < ANNOUNCED or x < 1e-7 * base[use], (use, t)


# --- Elasticities at the ends of their ranges ----------------------------------------------------


@pytest.fixture(scope="module")
def ends() -> Callable[[str], tuple[float, float]]:
    """Both ends of a parameter's range, from the file of parameters."""
    table = load_parameters().frame()

    def of(key: str) -> tuple[float, float]:
        return float(table.loc[key, "low"]), float(table.loc[key, "high"])

    return of


Ends = Callable[[str], tuple[float, float]]


@PATHS
def test_no_chips_where_domestic_ones_replace_them_well(
    ends: Ends, quota: Callable[..., Drivers], solves: Solves, foresight: bool
) -> None:
    _, high = ends("elasticities.chips")
    origin = overridden({"elasticities.chips": high}, foresight, 2030)
    s = solves(origin, quota(origin, 0.0))
    assert gdp(s) < gdp(origin)


@SLOW_FORESIGHT
def test_no_chips_where_domestic_ones_hardly_replace_them(
    ends: Ends, quota: Callable[..., Drivers], attempt: Try, foresight: bool
) -> None:
    """Below an elasticity of one imported chips cannot be done without: there is no solution.

    Even to install less than usual takes investment goods (the adjustment cost), and these take chips.
    A full stop is therefore refused before it is sought. Just above the quota at which that begins there
    is a solution, in which investment has all but ended.
    """
    low, _ = ends("elasticities.chips")
    assert low < 1
    # where capital need not deepen
    steady = {"capital.output_ratio": 4.84, "capital.income_weight": 0.0}
    settings = {"elasticities.chips": low} | steady
    origin = overridden(settings, foresight, 2030 if foresight else 2026)
    error = attempt(origin, quota(origin, 0.0))
    assert isinstance(error, SolveError)
    assert str(error).startswith("2026: there is no equilibrium")
    if foresight:
        return
    b = origin.benchmark
    edge = least_chips(b, origin.values["compute_capacity"][2026]) / most_chips(b, 1.0)
    s = attempt(origin, {"chip_quota": {("compute", 2026): 1.1 * edge}})
    assert isinstance(s, Solution)
    usual = origin.values["compute_investment"][2026]
    assert s.values["compute_investment"][2026] < 0.1 * usual


TASKS = (
    "elasticities.ai_labour.low",
    "elasticities.ai_labour.middle",
    "elasticities.ai_labour.high",
)
SKILLS = ("elasticities.skills",)


def at_end(ends: Ends, keys: tuple[str, ...], end: str) -> dict[str, float]:
    return {key: ends(key)[("low", "high").index(end)] for key in keys}


@pytest.mark.slow
@pytest.mark.parametrize("last_year", [2028, 2030])
def test_a_baseline_far_from_its_first_guess(ends: Ends, last_year: int) -> None:
    """Where AI replaces labour easily; the same first years whatever year the path ends in."""
    overrides = at_end(ends, TASKS, "high")
    near, far = overridden(overrides, True, last_year), overridden(overrides, True, 2035)
    assert near.certificate.passed
    for t in (2020, 2021):
        assert rows_of(near)["ai_output", "", "", t] == pytest.approx(
            rows_of(far)["ai_output", "", "", t], rel=0.01
        )


@PATHS
@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(TASKS, id="tasks"),
        pytest.param(SKILLS, id="skills"),
        pytest.param(TASKS + SKILLS, marks=pytest.mark.slow, id="both"),
    ],
)
@pytest.mark.sampled(2)
def test_half_of_all_exposed_tasks_handed_over(
    ends: Ends,
    level: Callable[..., Drivers],
    solves: Solves,
    keys: tuple[str, ...],
    end: str,
    foresight: bool,
) -> None:
    """A lower labour share, whatever replaces whom."""
    origin = overridden(at_end(ends, keys, end), foresight, 2035 if foresight else 2027)
    s = solves(origin, level(origin, "automation_depth", 0.5))
    last = s.reported[-1]
    before = rows_of(origin)["labour_share", "", "", last]
    assert rows_of(s)["labour_share", "", "", last] < before - 0.01


@pytest.mark.parametrize(
    ("keys", "end", "foresight", "last"),
    [
        pytest.param(TASKS, "low", True, 2035, id="tasks-low-foresight"),
        pytest.param(TASKS, "low", False, 2027, id="tasks-low-recursive"),
        pytest.param(TASKS, "high", False, 2027, id="tasks-high-recursive"),
        pytest.param(SKILLS, "low", False, 2027, id="skills-low-recursive"),
        pytest.param(SKILLS, "high", False, 2027, id="skills-high-recursive"),
        pytest.param(TASKS + SKILLS, "high", False, 2030, marks=pytest.mark.slow, id="both-high"),
        pytest.param(SKILLS, "low", True, 2035, id="skills-low-foresight"),
        pytest.param(SKILLS, "high", True, 2035, id="skills-high-foresight"),
        pytest.param(TASKS, "high", True, 2035, marks=pytest.mark.slow, id="tasks-high-foresight"),
        pytest.param(
            TASKS + SKILLS, "high", True, 2035, marks=pytest.mark.slow, id="both-high-foresight"
        ),
    ],
)
@pytest.mark.sampled(2)
def test_ai_a_thousand_times_as_productive_at_the_ends(
    ends: Ends,
    level: Callable[..., Drivers],
    solves: Solves,
    keys: tuple[str, ...],
    end: str,
    foresight: bool,
    last: int,
) -> None:
    """More GDP, and less for labour the better AI replaces it; in small steps where it does so best."""
    origin = overridden(at_end(ends, keys, end), foresight, last)
    s = solves(origin, level(origin, "ai_productivity", HUGE), "newton")
    # where AI stands beside labour in fixed proportions, nearly, cheap AI is worth little
    least = 1.01 if (keys, end) == (TASKS, "low") else 1.1
    assert gdp(s) > least * gdp(origin)
    if "elasticities.ai_labour.middle" in keys and end == "high":
        share = rows_of(s)["labour_share", "", "", last]
        assert share < rows_of(origin)["labour_share", "", "", last] - 0.05


TWO_SOLUTIONS: Mapping[str, float] = {
    "elasticities.ai_labour.middle": 3.7,
    "elasticities.ai_labour.high": 1.14,
    "elasticities.capital_labour.services": 1.16,
    "elasticities.intertemporal": 0.47,
    "ai.sales": 0.29,
    "exposure.skill_shape.middle": 0.46,
    "exposure.skill_shape.high": 0.37,
    "capital.output_ratio": 3.13,
    "capital.income_weight": 0.0,
    "path.years_beyond": 0,
    "path.investment_rate.2025": 0.34,
    "path.investment_rate.2035": 0.267,
    "path.investment_rate.2050": 0.396,
    "path.gdp_growth.2035": 0.01,
    "path.gdp_growth.2050": 0.016,
}
"""Under these every equation of the central AI path also holds where households consume less than nothing."""


@pytest.mark.parametrize("solver", ["newton", pytest.param("ipopt", marks=pytest.mark.slow)])
def test_equations_that_hold_at_negative_consumption_are_no_equilibrium(solver: str) -> None:
    """Asked for all of a shock at once the solver ends where small steps end, with consumption positive."""
    by = engine(solver)
    base = solve_baseline(
        calibrate("5", TWO_SOLUTIONS),
        "labour",
        foresight=True,
        last_year=2050,
        workshop=Workshop(by),
    )
    shop = Workshop(by)

    def hit(origin: Solution, size: float) -> Solution:
        z = {
            t: 1 + size * (1.15 ** min(t - 2025, 10) * 1.05 ** max(t - 2035, 0) - 1)
            for t in base.years
            if t >= ANNOUNCED
        }
        return solve_policy(origin, {"ai_productivity": z}, ANNOUNCED, workshop=shop)

    at_once = hit(base, 1.0)
    # what is refused on the way is approached in smaller steps
    assert len(at_once.reports[-1].steps) > 1
    followed = base
    for size in (0.2, 0.4, 0.6, 0.8, 1.0):
        followed = hit(followed, size)
        assert followed.reports[-1].steps == (1.0,)
    assert at_once.series("gdp_real") == pytest.approx(followed.series("gdp_real"), rel=ACCURACY)
    assert min(at_once.values["consumption"].values()) > 0
    assert at_once.certificate.gaps["signs"] == 0
