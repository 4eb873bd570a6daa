"""A closure that cannot be solved is explained in the model's words; one that can is left in peace."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pyomo.environ as pyo
import pytest

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.calibration.parameters import load_parameters
from engels.model.algebra.equilibrium import define_budget, define_market
from engels.model.algebra.grid import years_beyond
from engels.model.algebra.point import restore, snapshot
from engels.model.blocks.declarations import INSTRUMENTS
from engels.model.blocks.library import BLOCK_DRIVERS, blocks_of
from engels.model.economy.build import build_economy
from engels.model.solving.closures import POLICY, Swap, forecast
from engels.model.solving.diagnose import Diagnosis, diagnose
from engels.model.solving.dynamics import solve_baseline
from engels.model.solving.solve import solve
from engels.model.solving.words import Speaker, variable_in_words, variables_with_words

if TYPE_CHECKING:
    from tests.conftest import Engels
    from tests.model.conftest import Runs

LAST = 2023
AI_MODES = ("labour", "capital", "guo")
BEYOND = years_beyond(2030, int(load_parameters().number("path.years_beyond")))
"""Years that are solved beyond the last one of the scenarios of these tests."""
Judge = Callable[..., Diagnosis]


def economy(runs: Runs, ai_mode: str = "labour", foresight: bool = True) -> pyo.ConcreteModel:
    """The economy of a few years (or of one) at its solved baseline, under the policy closure."""
    origin = runs.baseline("5", ai_mode, foresight, LAST)
    years = list(origin.years) if foresight else [2021]
    m = build_economy(
        origin.benchmark,
        years,
        foresight,
        ai_mode,
        origin.horizon_growth,
        blocks_of(origin.benchmark),
    )
    restore(m, origin.values)
    POLICY.apply(m, foresight)
    return m


@pytest.fixture(scope="module")
def shared(runs: Runs) -> pyo.ConcreteModel:
    return economy(runs)


@pytest.fixture
def judge(runs: Runs, shared: pyo.ConcreteModel) -> Judge:
    """Judges the policy closure after swaps (target, instrument), and after freeing and fixing."""

    def make(
        *swaps: tuple[str, str],
        free: Iterable[tuple[str, object]] = (),
        fix: Iterable[tuple[str, object]] = (),
    ) -> Diagnosis:
        POLICY.apply(shared, True)
        for target, instrument in swaps:
            shared.component(target).fix()
            shared.component(instrument).unfix()
        for name, index in free:
            shared.component(name)[index].unfix()
        for name, index in fix:
            shared.component(name)[index].fix()
        return diagnose(shared, runs.benchmark("5"))

    return make


def words(found: Diagnosis, kind: str) -> str:
    """The words of the one finding of a kind."""
    chosen = [f for f in found.findings if f.kind == kind]
    assert len(chosen) == 1, found.lines()
    return chosen[0].words


# --- Sound closures ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ai_mode", "foresight"),
    [
        ("labour", True),
        *((mode, False) for mode in AI_MODES),
        pytest.param("capital", True, marks=pytest.mark.slow),
        pytest.param("guo", True, marks=pytest.mark.slow),
    ],
)
def test_the_closures_of_the_model_are_sound(runs: Runs, ai_mode: str, foresight: bool) -> None:
    m = economy(runs, ai_mode, foresight)
    for closure in (POLICY, forecast(list(m.years), foresight, "AI")):
        closure.apply(m, foresight)
        found = diagnose(m)
        assert found.sound and not found.findings, found.lines()
        assert found.unknowns == found.equations
        assert found.lines()[-1] == "sound: every unknown is determined, and none twice"
    assert "real GDP, " in found.given and "efficiency of labour, " in found.found


ALLOWED = [
    (target, instrument)
    for target, instruments in INSTRUMENTS.items()
    for instrument in instruments
    # under foresight saving follows from the Euler equation, whose last year has no wedge
    if instrument not in ("euler_wedge", "consumption_propensity")
    # one sector's alone, in the base year alone
    and instrument != "risk_premium"
]
OF_POLICY = [
    (target, instrument)
    for target, instrument in ALLOWED
    if target in ("policy_cost", "lump_sum_real") or instrument in BLOCK_DRIVERS
]
"""Those that the block of public finance brings."""


@pytest.mark.parametrize(("target", "instrument"), sorted({*ALLOWED} - {*OF_POLICY}))
def test_every_swap_that_is_allowed_is_sound(judge: Judge, target: str, instrument: str) -> None:
    found = judge((target, instrument))
    assert found.sound, found.lines()


@pytest.fixture(scope="module")
def with_policy() -> tuple[Benchmark, pyo.ConcreteModel]:
    """The economy of a few years with public finance, at its solved baseline."""
    b = calibrate("5", {"public_finance.active": 1}, LAST)
    origin = solve_baseline(b, "labour", True, LAST)
    m = build_economy(b, list(origin.years), True, "labour", origin.horizon_growth, blocks_of(b))
    restore(m, origin.values)
    return b, m


@pytest.mark.parametrize(("target", "instrument"), OF_POLICY)
@pytest.mark.sampled(4)
def test_every_swap_of_policy_is_sound(
    with_policy: tuple[Benchmark, pyo.ConcreteModel], target: str, instrument: str
) -> None:
    b, m = with_policy
    POLICY.with_swaps([Swap(target, instrument)]).apply(m, True)
    found = diagnose(m, b)
    assert found.sound, found.lines()


def test_a_swap_that_nobody_thought_of_may_be_sound(judge: Judge) -> None:
    assert judge(("price_consumption", "numeraire")).sound
    assert judge(("labour_share", "ai_tax")).sound


# --- Closures that cannot be solved --------------------------------------------------------------


def test_a_freed_variable_is_named_with_what_it_moves(judge: Judge) -> None:
    found = judge(free=[("reference_wage", ("high", 2022))])
    assert not found.sound
    assert found.unknowns == found.equations + 1
    said = words(found, "undetermined")
    assert said.startswith(
        "the closure leaves reference wage of skill high, 2022 undetermined: nothing is given in "
        "exchange; with it move "
    )
    assert "; wage of skill high, 2022; " in said
    finding = next(f for f in found.findings if f.kind == "undetermined")
    assert finding.names[0] == "reference_wage[high,2022]"
    assert "wage[high,2022]" in finding.names
    assert "1 too few values are given" in words(found, "count")
    assert "unknowns occur in only" in words(found, "structure")


def test_several_years_are_told_together(judge: Judge) -> None:
    years = [("reference_wage", ("high", t)) for t in (2020, 2022, 2023)]
    said = words(judge(free=years), "undetermined")
    assert "reference wage of skill high, 2020, 2022-2023 undetermined" in said
    assert "; with them move " in said


def test_a_price_level_that_nothing_fixes(judge: Judge) -> None:
    """As many unknowns as equations and a sound structure: only the numbers tell."""
    found = judge(("gdp_real", "numeraire"))
    assert found.unknowns == found.equations
    assert not [f for f in found.findings if f.kind in ("count", "structure")]
    said = words(found, "undetermined")
    # saving answers to the real interest rate: the level of each year is open on its own
    assert (
        "numeraire (price level), 2020-2023 undetermined: nothing that is given in exchange answers "
        "to them; with them move "
    ) in said
    moving = next(f for f in found.findings if f.kind == "undetermined").names
    levels = [f"numeraire[{t}]" for t in range(2020, LAST + 1)]
    assert {*levels, "wage[high,2021]", "price_output[AGR,2022]", "exchange_rate[2023]"} <= set(
        moving
    )
    real = ("output[", "labour[", "investment[", "consumption[", "interest_rate[", "gdp_real")
    assert not any(name.startswith(real) for name in moving)
    assert "the closure gives 4 values too many: real GDP, " in words(found, "overdetermined")


def test_two_targets_for_one_instrument(judge: Judge) -> None:
    found = judge(("gdp_real", "automation_depth"), ("labour_share", "automation_depth"))
    assert "4 too many values are given" in words(found, "count")
    said = words(found, "overdetermined")
    assert said.startswith("the closure gives 4 values too many: ")
    assert "real GDP, 2020-2023" in said and "labour share, 2020-2023" in said
    assert said.endswith("cannot all be reached by automation depth, 2020-2023")


def test_an_instrument_that_is_found_anyway(judge: Judge) -> None:
    found = judge(("labour_share", "lump_sum_tax"))
    assert found.found == ""
    assert words(found, "overdetermined") == (
        "the closure gives 4 values too many: labour share, 2020-2023 cannot all be reached: "
        "nothing is freed for them"
    )


def test_an_instrument_that_stands_in_no_equation(judge: Judge) -> None:
    found = judge(free=[("euler_wedge", LAST)], fix=[("labour_share", LAST)])
    assert found.unknowns == found.equations
    assert words(found, "idle") == (
        f"the closure leaves saving wedge (Euler equation), {LAST} undetermined: no equation "
        "contains it"
    )
    assert f"labour share, {LAST}" in words(found, "overdetermined")


def test_an_equation_whose_variables_are_all_given(judge: Judge) -> None:
    found = judge(fix=[("price_consumption", t) for t in range(2020, LAST + 1)])
    assert words(found, "idle").endswith("in: numeraire, 2020-2023")
    assert "hold only 0 unknowns: numeraire, 2020-2023" in words(found, "structure")


def test_more_instruments_than_targets(judge: Judge) -> None:
    found = judge(("labour_share", "chip_tariff"))
    said = words(found, "undetermined")
    assert "tariff on chips for compute, 2020-2023; tariff on chips for components" in said
    assert "4 combinations of them can move without moving a value given" in said


def test_an_equation_that_is_missing(runs: Runs) -> None:
    m = economy(runs)
    m.labour_market["high", 2022].deactivate()
    found = diagnose(m)
    assert found.equations == found.unknowns - 1
    names = next(f for f in found.findings if f.kind == "undetermined").names
    assert "wage[high,2022]" in names


def test_an_equation_that_cannot_be_evaluated(runs: Runs) -> None:
    m = economy(runs)
    m.world_price_imports["ELC", 2022].fix(0.0)
    found = diagnose(m, runs.benchmark("5"))
    assert [f.kind for f in found.findings] == ["evaluation"] and not found.sound
    label = runs.benchmark("5").labels["ELC"]["en"]
    assert f"of good ELC ({label}), 2022" in words(found, "evaluation")


def test_capacity_that_is_never_built(runs: Runs) -> None:
    """Nothing can be installed, yet the horizon asks for growth: the value of capacity is open."""
    m = economy(runs)
    m.compute_build.fix(0.0)
    found = diagnose(m)
    assert not found.sound
    assert "value of compute capacity (Tobin's q)" in " ".join(found.lines())
    assert "growth of compute capacity at the horizon" in " ".join(found.lines())


def test_a_weak_instrument_is_a_caution(runs: Runs) -> None:
    """The cost of farming steered by the world price of the chips in data centres."""
    origin = runs.baseline("5", foresight=False, last_year=2020)
    m = build_economy(origin.benchmark, [2020], False, "labour", blocks=blocks_of(origin.benchmark))
    restore(m, origin.values)
    POLICY.apply(m, False)
    m.unit_cost["AGR", 2020].fix()
    m.chip_world_price["compute", 2020].unfix()
    found = diagnose(m)
    weak = [f for f in found.findings if f.kind == "weak"]
    assert found.sound and len(weak) == 1, found.lines()
    assert weak[0].words.startswith(
        "unit cost of sector AGR, 2020 hardly answers to world price of chips for compute, 2020: "
    )
    assert found.lines()[-2].startswith("caution: ")


def test_a_diagnosis_changes_nothing(shared: pyo.ConcreteModel, judge: Judge) -> None:
    def state() -> object:
        variables = list(shared.component_data_objects(pyo.Var))
        return (
            snapshot(shared),
            [(v.fixed, v.lower, v.upper) for v in variables],
            [c.name for c in shared.component_objects()],
        )

    POLICY.apply(shared, True)
    shared.reference_wage["high", 2022].unfix()
    before = state()
    judge(free=[("reference_wage", ("high", 2022))])
    assert state() == before


# --- Economies of one's own ----------------------------------------------------------------------


def barter(numeraire: bool, all_markets: bool) -> pyo.ConcreteModel:
    """Two goods, one consumer with an endowment of each, equal budget shares."""
    m = pyo.ConcreteModel()
    m.price = pyo.Var([1, 2], initialize=1.0)
    m.bought = pyo.Var([1, 2], initialize=2.0)
    m.income = pyo.Var(initialize=4.0)
    define_budget(
        m, "wealth", income=lambda: m.income, outlay=lambda: 2 * m.price[1] + 2 * m.price[2]
    )
    m.wanted = pyo.Constraint([1, 2], rule=lambda _, i: m.price[i] * m.bought[i] == m.income / 2)
    goods = [1, 2] if all_markets else [1]
    define_market(m, "market", goods, supply=lambda _: 2.0, demand=lambda i: m.bought[i])
    if numeraire:
        m.unit = pyo.Constraint(expr=m.price[1] == 1)
    return m


def test_a_small_economy_is_sound() -> None:
    m = barter(numeraire=True, all_markets=False)
    assert diagnose(m).sound
    assert solve(m).residual < 1e-8


def test_a_small_economy_without_a_numeraire() -> None:
    """Square, and of good structure: Walras' law makes one market follow from the others."""
    found = diagnose(barter(numeraire=False, all_markets=True))
    assert found.unknowns == found.equations and not found.sound
    assert "the equations leave" in words(found, "undetermined")
    names = next(f for f in found.findings if f.kind == "undetermined").names
    assert set(names) == {"price[1]", "price[2]", "income"}
    assert "one of these equations follows from the others" in words(found, "overdetermined")


def test_a_small_economy_with_too_few_equations() -> None:
    found = diagnose(barter(numeraire=False, all_markets=False))
    assert not found.sound and "price[1-2]" in words(found, "undetermined")


def test_a_small_economy_with_too_many_equations() -> None:
    found = diagnose(barter(numeraire=True, all_markets=True))
    assert not found.sound and "1 equation too many" in " ".join(found.lines())


def test_parallel_and_badly_scaled_equations_are_cautions() -> None:
    m = pyo.ConcreteModel()
    m.x, m.y, m.z = pyo.Var(initialize=1.0), pyo.Var(initialize=1.0), pyo.Var(initialize=1.0)
    m.first = pyo.Constraint(expr=m.x + m.y == 2)
    m.second = pyo.Constraint(expr=m.x + (1 + 1e-6) * m.y == 2 + 1e-6)
    m.third = pyo.Constraint(expr=1e10 * m.z == 1e10)
    found = diagnose(m)
    named = {f.names for f in found.findings}
    assert {("first", "second"), ("x", "y"), ("third",), ("z",)} <= named
    assert found.sound and {f.kind for f in found.findings} == {"parallel", "scaling"}


def test_a_hazard_nearby_is_a_caution() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=2.0)
    m.curve = pyo.Constraint(expr=pyo.log(m.x - 1.5) == pyo.log(0.5))
    found = diagnose(m)
    assert found.sound and words(found, "evaluation") == "may lose their value on the way: curve"


# --- Words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("foresight", [True, False])
@pytest.mark.parametrize("ai_mode", AI_MODES)
def test_every_variable_of_every_version_has_words(ai_mode: str, foresight: bool) -> None:
    elastic = {"elasticities.transformation": 2.0, "elasticities.intermediates": 0.2}
    for overrides in (None, elastic):
        b = calibrate("5", overrides)
        years = [2020, 2021, 2022] if foresight else [2020]
        m = build_economy(b, years, foresight, ai_mode, blocks=blocks_of(b))
        for v in m.component_objects(pyo.Var):
            assert v.local_name in variables_with_words()
            for index in v:
                said = variable_in_words(v.local_name, index)
                assert str(index[-1] if isinstance(index, tuple) else index) in said
                assert "{" not in said and "[" not in said


def test_names_without_words_stay_names() -> None:
    assert variable_in_words("x", ("a", 1)) == "x[a,1]"
    assert variable_in_words("x", None) == "x"
    assert Speaker({}).variables([]) == ""


# --- The command ---------------------------------------------------------------------------------


@pytest.fixture
def diagnosed(engels: Engels, tmp_path: Path) -> Engels:
    """``engels diagnose --aggregation 5`` on a scenario given by its last lines."""

    def call(which: str, *options: str) -> tuple[int, str, str]:
        if ":" in which:
            text = (
                "name: mine\ntitle: {en: Mine, zh: 我的}\nfamily: labour_share\n"
                f"description: A try.\nlast_year: 2030\n{which}\n"
            )
            (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
            which = "mine.yaml"
        return engels("diagnose", which, "--aggregation", "5", *options)

    return call


@pytest.mark.parametrize(
    "expectations", ["foresight", pytest.param("recursive", marks=pytest.mark.slow)]
)
def test_a_sound_scenario(diagnosed: Engels, expectations: str) -> None:
    code, out, _ = diagnosed("labour_share_swap", "--expectations", expectations)
    assert code == 0, out
    assert out.startswith("labour_share_swap, 2026")
    assert "found in exchange: automation depth, 2026" in out
    assert "sound: every unknown is determined" in out


def test_the_baseline(diagnosed: Engels) -> None:
    code, out, _ = diagnosed("baseline", "--expectations", "recursive")
    assert code == 0 and "baseline, 2020\n" in out and "real GDP, 2020" in out


def test_a_bad_instrument(diagnosed: Engels) -> None:
    """What `engels run` refuses is still explained."""
    code, out, _ = diagnosed(
        "swaps: [{target: gdp_real, instrument: numeraire, change: multiply, path: {2026: 1.1}}]"
    )
    assert code == 1
    assert "leaves numeraire (price level), 2026-2031, 2033, " in out
    last = BEYOND[-1]
    assert f"{last - 1}-{last} undetermined" in out
    assert "this closure cannot be solved" in out
    assert "refused by engels run: mine.yaml:6: swaps[0].instrument: impossible closure" in out


def test_two_targets(diagnosed: Engels) -> None:
    """Recursively the years in which both swaps work are judged apart from the others."""
    swaps = (
        "swaps:\n"
        "  - {target: labour_share, instrument: automation_depth, change: add, path: {2026: -0.01}}\n"
        "  - {target: gdp_real, instrument: automation_depth, change: add, path: {2028: 1}}\n"
    )
    code, out, _ = diagnosed(swaps, "--expectations", "recursive")
    assert code == 1
    first, second = out.split("mine, 2028\n")
    assert "sound: every unknown is determined" in first
    assert (
        "labour share, 2028; real GDP, 2028" in second or "real GDP, 2028; labour share" in second
    )
    code, out, _ = diagnosed(swaps)
    assert code == 1 and f"gives {3 + len(BEYOND)} values too many" in out


def test_a_sound_closure_that_is_refused_anyway(diagnosed: Engels) -> None:
    code, out, _ = diagnosed(
        "shocks: [{driver: automation_depth, path: {2026: 0.1}}]\n"
        "swaps: [{target: labour_share, instrument: automation_depth, path: {2026: 0.5}}]"
    )
    assert code == 1 and "sound:" in out and "given by a shock" in out


@pytest.mark.parametrize(
    ("scenario", "says"),
    [
        ("swaps: [{target: happiness, instrument: ai_tax, path: {2026: 1}}]", "happiness"),
        ("swaps: [{target: labour_share, instrument: luck, path: {2026: 0.5}}]", "luck"),
        ("shocks: [{driver: luck, path: {2026: 1}}]", "unknown driver 'luck'"),
        ("nowhere", "nowhere: unknown scenario"),
    ],
)
def test_what_is_no_closure_is_bad_input(diagnosed: Engels, scenario: str, says: str) -> None:
    code, out, err = diagnosed(scenario)
    assert (code, out) == (2, "") and says in err


def test_a_reference_that_cannot_be_solved(diagnosed: Engels, tmp_path: Path) -> None:
    """The structure is judged all the same, and numbers at base-year values."""
    (tmp_path / "no_labour.yaml").write_text(
        "name: no_labour\ntitle: {en: No labour, zh: 无劳动}\nfamily: labour_share\n"
        "description: A labour share that no automation reaches.\nlast_year: 2030\n"
        "swaps: [{target: labour_share, instrument: automation_depth, path: {2026: 0.05}}]\n",
        encoding="utf-8",
    )
    swap = (
        "swaps: [{target: gdp_real, instrument: labour_efficiency, change: add, path: {2026: 1}}]"
    )
    code, out, _ = diagnosed(f"reference: no_labour\n{swap}", "--expectations", "static")
    assert code == 0 and "sound:" in out
    assert "judged at base-year values, since the reference has none: 2020: the shock was" in out


def test_idaes_waits_until_it_is_needed() -> None:
    code = (
        "import sys, engels.runs.cli.main, engels.runs.analysis.diagnosis; "
        "import engels.runs.analysis.near_equilibria; "
        "sys.exit('idaes' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
