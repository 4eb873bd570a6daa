"""A model that is moved to another year is the model of that year."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo
import pytest

from engels.calibration import Benchmark, calibrate
from engels.calibration.blocks import BLOCKS
from engels.model.algebra.complementarity import sides_of
from engels.model.algebra.errors import ModelError
from engels.model.algebra.point import given, snapshot
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.newton import NewtonSystem
from engels.model.solving.solution import Solution
from engels.model.solving.solve import engine
from engels.model.solving.yearly import move_to, same_equations

FOLLOW_THE_PATH = ("public_finance", "sow_reap")
"""Blocks whose equations hold numbers of the baseline's path."""
MODES = ("labour", "capital", "guo")
LAST = 2024


def economy(*without: str) -> Benchmark:
    """Five sectors with every block but some."""
    return calibrate("5", {f"{k}.active": 1 for k in BLOCKS if k not in without})


def year(b: Benchmark, t: int, ai_mode: str = "labour") -> pyo.ConcreteModel:
    return build_economy(b, [t], False, ai_mode, blocks=blocks_of(b))


@pytest.mark.parametrize("ai_mode", MODES)
def test_a_moved_model_has_the_names_sets_and_equations_of_its_year(ai_mode: str) -> None:
    b = economy()
    moved, built = year(b, 2020, ai_mode), year(b, 2031, ai_mode)
    before = snapshot(moved)
    system = NewtonSystem(moved)
    move_to(moved, 2031)
    assert not system.outdated()
    assert moved.name == built.name
    assert moved.grid.years == built.grid.years
    sets, expected = given(moved), given(built)
    del sets["grid"], expected["grid"]
    assert sets == expected
    kinds = (pyo.Var, pyo.Constraint)
    for kind in kinds:
        mine = [x.name for x in moved.component_data_objects(kind)]
        assert mine == [x.name for x in built.component_data_objects(kind)]
    values = snapshot(moved)
    assert {n: list(x) for n, x in values.items()} == {
        n: list(x) for n, x in snapshot(built).items()
    }
    assert [list(x.values()) for x in values.values()] == [
        list(x.values()) for x in before.values()
    ]
    assert sides_of(moved).keys() == sides_of(built).keys()
    some = next(iter(moved.output.values()))
    assert moved.output[some.index()] is some
    assert ("AGR", 2020) not in moved.output


def test_a_model_that_went_and_came_back_is_what_it_was() -> None:
    b = economy()
    m, twin = year(b, 2020), year(b, 2020)
    move_to(m, 2021)
    move_to(m, 2020)
    assert same_equations(m, twin)
    assert [v.name for v in m.component_data_objects(pyo.Var)] == [
        v.name for v in twin.component_data_objects(pyo.Var)
    ]


def test_a_model_of_several_years_is_not_moved() -> None:
    b = calibrate("5", last_year=2022)
    m = build_economy(b, range(2020, 2023), True, "labour", 1.03, blocks_of(b))
    with pytest.raises(ModelError, match="has 3 years"):
        move_to(m, 2021)


@pytest.mark.slow
@pytest.mark.parametrize("ai_mode", MODES)
def test_what_is_alike_in_three_years_is_alike_in_all(ai_mode: str) -> None:
    """The years that a workshop looks at speak for those that it does not look at."""
    b = economy(*FOLLOW_THE_PATH)
    first = year(b, b.base_year, ai_mode)
    for t in b.path.years[1:]:
        assert same_equations(first, year(b, t, ai_mode)), t


@pytest.mark.parametrize("block", FOLLOW_THE_PATH)
def test_numbers_that_follow_the_path_are_seen(block: str) -> None:
    b = economy(*(k for k in FOLLOW_THE_PATH if k != block))
    found = same_equations(year(b, 2020), year(b, 2021))
    alone = economy(*FOLLOW_THE_PATH)
    assert same_equations(year(alone, 2020), year(alone, 2021))
    assert not found


def test_a_number_that_differs_in_one_equation_is_seen() -> None:
    def pair(number: float) -> bool:
        found = []
        for t, x in ((2020, 2.0), (2021, number)):
            m = pyo.ConcreteModel()
            m.years = pyo.Set(initialize=[t])
            m.x = pyo.Var(["a", "b"], m.years, initialize=1.0)
            m.c = pyo.Constraint(
                ["a", "b"], m.years, rule=lambda m, k, t, x=x: m.x[k, t] ** 2 == x * (k == "b")
            )
            found.append(m)
        return same_equations(*found)

    assert pair(2.0)
    assert not pair(2.5)


class Anew(Workshop):
    """Declares every year."""

    def year(self, b: Benchmark, t: int, ai_mode: str) -> pyo.ConcreteModel:
        return self.model(b, [t], False, ai_mode, 1.0)


@pytest.mark.parametrize("blocks", [(), ("compute_chain", "learning"), ("public_finance",)])
def test_a_path_of_one_model_is_that_of_a_model_a_year(blocks: tuple[str, ...]) -> None:
    b = calibrate("5", {f"{k}.active": 1 for k in blocks})

    def paths(shop: Workshop) -> tuple[Solution, Solution]:
        base = solve_baseline(b, "labour", False, LAST, workshop=shop)
        shock: dict[str, dict[object, float]] = {
            "tfp_sector": {
                k: 1.02 * x for k, x in base.values["tfp_sector"].items() if _year(k) > 2022
            },
        }
        return base, solve_policy(base, shock, 2022, workshop=shop)

    for one, anew in zip(
        paths(Workshop(engine("newton"))), paths(Anew(engine("newton"))), strict=True
    ):
        assert one.values == anew.values
        assert [c.where for c in one.certificates] == [c.where for c in anew.certificates]
        assert [(s["years"], s["stock_years"]) for s in one.systems] == [
            (s["years"], s["stock_years"]) for s in anew.systems
        ]


def _year(k: Any) -> int:
    return int(k[-1])
