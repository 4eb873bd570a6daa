"""A certificate finds what was changed in a solution, and passes nothing else than a solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyomo.environ as pyo
import pytest

from engels.model.algebra.point import restore
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.solving.certificate import TOLERANCES, Certificate, certify
from engels.model.solving.closures import forecast
from engels.model.solving.compiled import Compiled
from engels.model.solving.solve import residual_by_family

if TYPE_CHECKING:
    from tests.model.conftest import Runs


@pytest.fixture
def solved(runs: Runs) -> pyo.ConcreteModel:
    """A solved year in which a quota on chips does not bind."""
    origin = runs.baseline("5", foresight=False, last_year=2020)
    m = build_economy(origin.benchmark, [2020], False, "labour", blocks=blocks_of(origin.benchmark))
    restore(m, origin.values)
    forecast([2020], False, "AI").apply(m, False)
    return m


def judge(runs: Runs, m: pyo.ConcreteModel) -> Certificate:
    return certify(Compiled(m), runs.benchmark("5"), "said", residual_by_family(m))


def test_a_solution_passes(runs: Runs, solved: pyo.ConcreteModel) -> None:
    proof = judge(runs, solved)
    assert proof.passed
    assert proof.failures() == []
    assert set(proof.gaps) == set(TOLERANCES)
    assert proof.status == "said"


@pytest.mark.parametrize(
    ("name", "index", "factor", "kinds"),
    [
        ("price_output", ("IND", 2020), 1 + 1e-6, {"equations", "gdp", "sam"}),
        ("output", ("AGR", 2020), 1 + 1e-6, {"equations", "gdp"}),
        ("labour", ("SRV", "low", 2020), 1 + 1e-6, {"equations", "gdp", "sam"}),
        ("income", ("urban", 2020), 1 + 1e-6, {"equations", "walras", "sam"}),
        ("compute_service", 2020, 1.01, {"equations", "complementarity", "sam"}),
        ("lump_sum_tax", 2020, 1 + 1e-6, {"equations", "sam"}),
        ("investment", ("SRV", 2020), 1 + 1e-6, {"equations", "complementarity"}),
    ],
)
def test_a_changed_number_is_found(
    runs: Runs, solved: pyo.ConcreteModel, name: str, index: object, factor: float, kinds: set[str]
) -> None:
    entry = solved.component(name)[index]
    entry.set_value(entry.value * factor)
    proof = judge(runs, solved)
    assert not proof.passed
    found = {line.split(":")[0] for line in proof.failures()}
    assert kinds <= found
    assert all("at most 1e-08" in line for line in proof.failures())


def test_a_negative_premium_is_no_premium(runs: Runs, solved: pyo.ConcreteModel) -> None:
    solved.chip_premium["compute", 2020].set_value(-1e-6)
    proof = judge(runs, solved)
    assert proof.gaps["complementarity"] == pytest.approx(1e-6)
    assert proof.where["complementarity"] == "quota"


def test_negative_consumption_is_no_equilibrium(runs: Runs, solved: pyo.ConcreteModel) -> None:
    good = solved.consumption["AGR", "urban", 2020]
    largest = max(v.value for v in solved.consumption.values())
    good.set_value(-1e-3 * largest, skip_validation=True)
    proof = judge(runs, solved)
    assert proof.gaps["signs"] == pytest.approx(1e-3)
    assert proof.where["signs"] == "consumption of good AGR by urban households, 2020"
    assert "signs" in {line.split(":")[0] for line in proof.failures()}


def test_a_number_that_is_none_fails(runs: Runs, solved: pyo.ConcreteModel) -> None:
    solved.price_output["IND", 2020].set_value(float("nan"), skip_validation=True)
    assert not judge(runs, solved).passed


def test_an_empty_certificate_proves_nothing() -> None:
    nothing = Certificate("said", {}, {})
    assert not nothing.passed
    assert len(nothing.failures()) == len(TOLERANCES)
