"""Blocks that may be left out: their switches, and the identities with every block on."""

from __future__ import annotations

import pyomo.environ as pyo
import pytest

from engels.calibration import calibrate
from engels.calibration.blocks import BLOCKS, NEEDS
from engels.data import EngelsInputError
from engels.model.algebra.errors import ModelError
from engels.model.algebra.point import restore
from engels.model.blocks import library
from engels.model.blocks.library import BLOCK_DRIVERS, blocks_of
from engels.model.economy.build import build_economy
from engels.model.economy.trees import AI_MODES
from engels.model.solving.closures import POLICY
from engels.model.solving.dynamics import Workshop, solve_policy
from engels.model.solving.solve import engine, residual_by_family

from ..block_runs import (
    ALL,
    SAME,
    baseline,
    constant_until,
    economy,
    run,
    with_needs,
    year_of,
)
from ..reported import rows_of

BASE_YEAR_ONLY = ("compute_chain", "household_groups")
"""Blocks whose baseline departs from the economy without them after the base year."""


def test_blocks_that_are_off_build_nothing() -> None:
    m = build_economy(economy(()), [2020, 2021, 2022], True, "labour")
    full = build_economy(economy(BLOCKS), [2020, 2021, 2022], True, "labour", blocks=library.BLOCKS)
    names = {c.name for c in m.component_objects()}
    more = {c.name for c in full.component_objects()} - names
    assert set(BLOCK_DRIVERS) <= more
    assert {"adoption", "sown", "learned", "application", "variety", "knowledge"} <= more
    assert {"construction", "link_rent"} <= more
    assert {"unemployment", "trained", "reinstated", "group_income", "large_share"} <= more
    assert {"public_debt", "policy_cost", "lump_sum_real"} <= more
    assert not set(BLOCK_DRIVERS) & names


def test_off_is_the_default_but_for_those_who_spend_out_of_income() -> None:
    assert calibrate("5").technology.blocks == ("hand_to_mouth",)
    assert economy(()).technology.blocks == ()
    assert economy(BLOCKS).technology.blocks == BLOCKS


@pytest.mark.parametrize("block", sorted(NEEDS))
def test_a_block_says_what_it_needs(block: str) -> None:
    with pytest.raises(EngelsInputError, match=f"needs the block {NEEDS[block]}"):
        calibrate("5", {f"{block}.active": 1})


@pytest.mark.parametrize("foresight", [True, False])
@pytest.mark.parametrize("block", [b for b in BLOCKS if b not in BASE_YEAR_ONLY])
@pytest.mark.sampled(8)
def test_a_block_leaves_the_baseline_as_it_is(block: str, foresight: bool) -> None:
    """On, with the drivers of no scenario, nothing differs from the model without the block."""
    last = 2050 if foresight else 2027
    plain = baseline((), (), foresight, last=last)
    on = baseline(with_needs(block), (), foresight, last=last)
    for k, x in rows_of(plain).items():
        assert abs(rows_of(on)[k] - x) <= SAME * max(abs(x), 1.0), k


@pytest.mark.parametrize("block", BASE_YEAR_ONLY)
def test_a_block_leaves_the_base_year_as_it_is(block: str) -> None:
    """Waiting for data centres changes the path of capacity, and saving by group who consumes later, but
    not the year that is calibrated."""
    plain, on = (baseline(k, (), False, last=2020) for k in ((), (block,)))
    # who owns AI is known of groups alone, so that incomes of regions are theirs
    own = "income_household" if block == "household_groups" else ""
    for k, x in rows_of(plain).items():
        if k[3] == 2020 and k[0] != own:
            assert abs(rows_of(on)[k] - x) <= 1e-8 * max(abs(x), 1.0), k


@pytest.mark.parametrize("ai_mode", AI_MODES)
def test_the_base_year_is_a_solution(ai_mode: str) -> None:
    """Every equation of the static economy holds at the benchmark, before anything is solved."""
    b = economy(BLOCKS)
    m = build_economy(b, [2020], False, ai_mode, blocks=blocks_of(b))
    POLICY.apply(m, False)
    # stocks of the next year are what the laws of motion say
    loose = {"accumulation", "law", "choice", "arbitrage"}
    for family, gap in residual_by_family(m).items():
        if not any(family.endswith(word) for word in loose):
            assert gap < 1e-9, family


@pytest.mark.parametrize("foresight", [True, False])
@pytest.mark.parametrize(
    "ai_mode", ["labour", *(pytest.param(k, marks=pytest.mark.slow) for k in AI_MODES[1:])]
)
def test_all_blocks_keep_every_identity(ai_mode: str, foresight: bool) -> None:
    """The certificate: equations, complementarity, Walras, GDP three ways, the SAM of every year."""
    last = 2040 if foresight else 2030
    s = run(baseline(BLOCKS, (), foresight, ai_mode, last), ALL)
    assert s.certificate.passed
    assert s.certificate.gaps["walras"] < 1e-10
    assert s.certificate.gaps["sam"] < 1e-10
    assert s.certificate.gaps["gdp"] < 1e-10


def test_all_blocks_without_a_shock_return_the_baseline() -> None:
    origin = baseline(BLOCKS)
    s = run(origin)
    for k, x in rows_of(origin).items():
        assert abs(rows_of(s)[k] - x) <= SAME * max(abs(x), 1.0), k


def test_the_policy_closure_starts_from_the_states_it_inherits() -> None:
    """A run that is announced later has until then the states of its origin, of every block."""
    origin = run(baseline(BLOCKS, (), True, "labour", 2035), ALL)
    later = solve_policy(
        origin,
        constant_until("pue", 1.2, 2030, 2035),
        2030,
        workshop=Workshop(engine("newton")),
    )
    for name in ("adoption_odds", "intangible", "learned", "application", "knowledge"):
        for k, x in later.values[name].items():
            if year_of(k) <= 2030:
                assert x == origin.values[name][k], (name, k)


def test_a_driver_of_a_block_that_is_off_is_refused() -> None:
    with pytest.raises(ModelError, match="block diffusion"):
        solve_policy(baseline((), (), False, last=2027), {"diffusion_speed": {("SRV", 2026): 0.3}})


def test_restored_values_reach_every_state() -> None:
    """A model of one year takes its states from a solution of all blocks."""
    origin = baseline(BLOCKS, (), False, last=2027)
    m = build_economy(economy(BLOCKS), [2027], False, "labour", blocks=library.BLOCKS)
    restore(m, origin.values)
    POLICY.apply(m, False)
    assert max(residual_by_family(m).values()) < 1e-8
    assert isinstance(m.knowledge, pyo.Var)
