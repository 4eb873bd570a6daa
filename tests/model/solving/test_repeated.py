"""An economy that is compiled from a few of its years is the economy of all its years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from numpy.typing import NDArray

from engels.calibration import Benchmark, calibrate
from engels.calibration.blocks import BLOCKS, NEEDS
from engels.model.algebra.point import given
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.solving import repeated as module
from engels.model.solving.closures import POLICY, forecast
from engels.model.solving.compiled import Compiled
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy, solved_years
from engels.model.solving.repeated import repeated
from engels.model.solving.solve import NewtonThenIpopt

FOLLOW_THE_PATH = ("public_finance", "sow_reap")
"""Blocks whose equations hold numbers of the baseline's path."""
MODES = ("labour", "capital", "guo", "tasks")
GROWTH = 1.03


def economy(blocks: Sequence[str], **settings: float) -> Benchmark:
    on = {need for k in blocks for need in (k, NEEDS.get(k, k))}
    return calibrate("5", {f"{k}.active": int(k in on) for k in BLOCKS} | settings)


def both(b: Benchmark, ai_mode: str, first: int = 2020) -> tuple[Compiled, Compiled]:
    """Compiled from a few years, and from all."""
    years = [t for t in solved_years(b, 2050, True) if t >= first]
    blocks = blocks_of(b)
    short = repeated(b, years, ai_mode, GROWTH, blocks)
    assert short is not None
    whole = Compiled(build_economy(b, years, True, ai_mode, GROWTH, blocks))
    NewtonThenIpopt().newton.system(whole)
    return short, whole


def places(short: Compiled, whole: Compiled) -> NDArray[np.int64]:
    """Where the entries of one stand in the other."""
    assert short.index.keys.keys() == whole.index.keys.keys()
    found = []
    for name, keys in short.index.keys.items():
        there = whole.index.places(name)
        assert set(keys) == set(there), name
        found += [there[k] for k in keys]
    return np.array(found, dtype=np.int64)


def equations(e: Compiled) -> list[tuple[str, Any]]:
    assert e.system is not None
    return [(c.parent_component().name, c.index()) for c in e.system.constraints]


def check_the_same(short: Compiled, whole: Compiled) -> None:
    """Names, values, every residual, every derivative, conditions and sets, at scattered points."""
    at = places(short, whole)
    np.testing.assert_array_equal(short.x, whole.x[at])
    one, other = short.system, whole.system
    assert one is not None and other is not None
    number = {name: n for n, name in enumerate(equations(whole))}
    row = np.array([number[name] for name in equations(short)])
    assert len(row) == len(number)
    np.testing.assert_array_equal(np.sort(row), np.arange(len(row)))
    column = np.full(len(whole.x), -1)
    column[whole.inner] = np.arange(len(whole.inner))
    column = column[at[short.inner]]
    assert np.all(column >= 0) and len(column) == len(whole.inner)
    np.testing.assert_array_equal(one.layer, other.layer[column])
    assert [one.families[n] for n in one._family] == [name for name, _ in equations(short)]
    draw = np.random.default_rng(0)
    for spread in (0.0, 0.02):
        x = whole.x * np.exp(spread * draw.standard_normal(len(whole.x)))
        theirs, mine = x[whole.inner], x[at][short.inner]
        np.testing.assert_allclose(
            one.residual(mine), other.residual(theirs)[row], rtol=1e-12, atol=1e-12
        )
        gap = one.derivatives(mine) - other.derivatives(theirs)[row][:, column]
        size = np.abs(other.derivatives(theirs)).max()
        assert np.abs(gap).max() <= 1e-13 * size
        whole.x = x
        expected = whole.complementarity()
        short.x = x[at]
        assert short.complementarity() == pytest.approx(expected, abs=1e-14)
    mine_given, theirs_given = short.given, whole.given
    assert mine_given.keys() == theirs_given.keys()
    for name, own in mine_given.items():
        if name == "grid":
            assert own.years == theirs_given[name].years
        elif name not in ("blocks", "contributions"):
            assert own == theirs_given[name], name
    assert short.equations == whole.equations


@pytest.mark.parametrize("ai_mode", MODES)
@pytest.mark.parametrize("beyond", [0, 40])
@pytest.mark.sampled(3)
def test_every_mode_and_horizon(ai_mode: str, beyond: int) -> None:
    settings = {"path.years_beyond": beyond, "capital.income_weight": 1.0}
    check_the_same(*both(economy((), **settings), ai_mode))


@pytest.mark.parametrize("first", [2020, 2026])
def test_every_block_that_does_not_follow_the_path(first: int) -> None:
    blocks = [k for k in BLOCKS if k not in FOLLOW_THE_PATH]
    check_the_same(*both(economy(blocks), "labour", first))


@pytest.mark.parametrize("block", FOLLOW_THE_PATH)
def test_numbers_that_follow_the_path_are_seen(block: str) -> None:
    b = economy([block])
    years = solved_years(b, 2050, True)
    assert repeated(b, years, "labour", GROWTH, blocks_of(b)) is None


def test_premia_that_close_are_seen() -> None:
    b = economy((), **{"capital.premium_closing": 0.05, "capital.income_weight": 0.0})
    assert repeated(b, solved_years(b, 2050, True), "labour", GROWTH, ()) is None


def test_a_path_that_stands_still_in_the_middle_is_still_a_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Numbers may be alike in the years that are compared and others in a later one."""
    b = economy((), **{"capital.income_weight": 0.0})
    years = solved_years(b, 2050, True)
    late = np.array([1.0 if t < 2040 else 2.0 for t in b.path.years])
    still = module.replace(b, path=module.replace(b.path, premia=late))
    assert repeated(b, years, "labour", GROWTH, ()) is not None
    assert repeated(still, years, "labour", GROWTH, ()) is None


def test_a_number_of_one_year_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """In each of the years that are compared: an equation by hand of another form, number or reach."""
    b = economy(())
    years = solved_years(b, 2050, True)

    def with_one(t: int, change: Any) -> object:
        def build(*arguments: Any) -> pyo.ConcreteModel:
            m = build_economy(*arguments)
            change(m, t)
            return m

        monkeypatch.setattr(module, "build_economy", build)
        return repeated(b, years, "labour", GROWTH, ())

    def number(m: pyo.ConcreteModel, t: int) -> None:
        c = (
            m.gdp_definition[t]
            if m.component("gdp_definition")
            else next(c for c in m.component_data_objects(pyo.Constraint) if c.index() == t)
        )
        c.set_value(c.body + 1e-9 * m.gdp_real[t] == c.upper)

    def reach(m: pyo.ConcreteModel, t: int) -> None:
        m.far = pyo.Constraint(
            m.years, rule=lambda m, u: m.gdp_real[u] == m.gdp_real[m.years.first()]
        )

    assert with_one(2021, lambda m, t: None) is not None
    for t in (2021, 2022, 2023, 2024):
        assert with_one(t, number) is None, t
    # first and last years are what they are
    assert with_one(2020, number) is not None
    assert with_one(2020, reach) is None


def test_a_path_so_solved_is_the_path() -> None:
    """Baseline and policy run, with the model built in between for what needs it."""
    b = economy(("diffusion",))
    z = dict.fromkeys(range(2026, 2051), 1.5)

    class Whole(NewtonThenIpopt):
        in_memory = False

    runs = []
    for by in (NewtonThenIpopt(), Whole()):
        shop = Workshop(by)
        base = solve_baseline(b, "labour", True, 2050, workshop=shop)
        path = solve_policy(base, {"ai_productivity": z}, 2026, workshop=shop)
        runs.append((base, path))
    for one, other in zip(*runs, strict=True):
        assert one.certificate.passed
        for name, entries in other.values.items():
            assert dict(one.values[name]) == pytest.approx(dict(entries), rel=1e-8, abs=1e-9), name


def test_closures_are_what_they_are_for_the_model() -> None:
    b = economy(("diffusion", "learning"))
    short, whole = both(b, "labour")
    years = list(given(whole.model)["years"])
    for closure in (POLICY, forecast(years, True, b.ai, True, b.technology.blocks)):
        closure.apply(whole.model, True)
        expected = {v.name for v, x in zip(whole.entries, whole.known, strict=True) if v.fixed}
        short.close(closure, True)
        found = {v.name for v, x in zip(short.entries, short.known, strict=True) if x}
        assert found == expected


def test_few_years_are_compiled_as_they_are() -> None:
    b = economy(())
    assert repeated(b, list(range(2020, 2027)), "labour", GROWTH, ()) is None
