"""What `model/` may know, and words for all that it builds."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.core.expr.visitor import identify_variables

import engels.model
from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.calibration.blocks import BLOCKS
from engels.model.algebra.point import Point, given, snapshot
from engels.model.blocks import library
from engels.model.blocks.library import DRIVERS, blocks_of
from engels.model.economy.build import build_economy
from engels.model.economy.trees import AI_MODES
from engels.model.reporting.measures import measure, variables
from engels.model.solving.words import families, in_words, variable_in_words, variables_with_words

if TYPE_CHECKING:
    from tests.model.conftest import Runs

MODEL = Path(engels.model.__file__).parent
SOURCES = sorted(MODEL.rglob("*.py"))
DECLARATIONS = {
    "Driver",
    "Variable",
    "Equation",
    "Definition",
    "Parameter",
    "_part",
    "_price",
    "_demand",
}
"""What has a label in each of the two languages."""


def imported(source: Path) -> set[str]:
    """Modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.name} imports relatively"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_the_model_knows_the_benchmark_and_itself(source: Path) -> None:
    own = {name for name in imported(source) if name.split(".")[0] == "engels"}
    allowed = {"engels.model", "engels.calibration.benchmark"}
    outside = {n for n in own if n not in allowed and not n.startswith("engels.model.")}
    assert not outside


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_the_model_names_no_sector_and_no_country(runs: Runs, source: Path) -> None:
    codes = {c for a in ("5", "12", "43", "154") for c in runs.benchmark(a).sectors}
    tree = ast.parse(source.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    labels = {
        id(text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in DECLARATIONS
        for text in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in labels:
                assert not re.search(r"[\u4e00-\u9fff]", node.value), node.value
            if id(node) not in docstrings:
                assert node.value not in codes, node.value
                assert "China" not in node.value


def with_blocks() -> Benchmark:
    """The handful with every block on."""
    return calibrate("5", {f"{block}.active": 1 for block in BLOCKS} | {"diffusion.price": 0.2})


def every_economy(runs: Runs) -> list[pyo.ConcreteModel]:
    """Economies that together have every equation and every variable there is."""
    b = runs.benchmark("5")
    split = replace(b.elasticities, intermediates=0.5, transformation=np.full(len(b.sectors), 2.0))
    found = []
    for benchmark in (b, b.with_(elasticities=split), with_blocks()):
        for mode in AI_MODES:
            found.append(
                build_economy(
                    benchmark, [2020, 2021, 2022], True, mode, blocks=blocks_of(benchmark)
                )
            )
            found.append(build_economy(benchmark, [2020], False, mode, blocks=blocks_of(benchmark)))
    return found


def test_every_equation_has_words(runs: Runs) -> None:
    built = set()
    for m in every_economy(runs):
        for equation in m.component_objects(pyo.Constraint, active=True):
            built.add(equation.name)
            for index in equation:
                words = in_words(equation.name, index)
                assert not words.startswith(equation.name + "["), equation.name
                assert "{" not in words
                # the reader is told the year, but at the horizon, which is one
                assert ("202" in words) != equation.name.endswith("horizon"), words
    assert families() - built == set(), "words for equations that do not exist"


def test_every_variable_has_words(runs: Runs) -> None:
    built = set()
    for m in every_economy(runs):
        for variable in m.component_objects(pyo.Var, active=True):
            built.add(variable.name)
            for index in variable:
                words = variable_in_words(variable.name, index)
                assert not words.startswith(variable.name + "["), variable.name
                assert "{" not in words
    # inner composites exist only where a tree has some
    unused = {n for n in variables_with_words() - built if not re.search(r"_(price|quantity)$", n)}
    assert unused == set(), "words for variables that do not exist"


def test_every_driver_is_a_variable_of_the_economy(runs: Runs) -> None:
    m = build_economy(with_blocks(), [2020], False, "labour", blocks=library.BLOCKS)
    for d in DRIVERS.values():
        variable = m.component(d.name)
        assert isinstance(variable, pyo.Var)
        assert d.low <= d.high
        assert all(d.low <= x.value <= d.high for x in variable.values()), d.name
        index = next(iter(variable))
        assert (len(index) if isinstance(index, tuple) else 1) == len(d.dims)


LATER = {"chip_quota"} | {
    *("tfp", "tfp_adjusted", "engels_pause", "engels_pause_levels"),
    *("labour_share_within", "labour_share_between"),
    *("capital_gain", "premium_gain", "euler_wedge_size"),
    *("welfare_ev", "welfare_ev_head", "welfare_price", "welfare_income"),
    *("welfare_lifetime", "welfare_lifetime_share", "welfare_lifetime_beta", "welfare_tail"),
    *("gini_income", "gini_consumption", "theil_income", "theil_consumption"),
}
"""Reported of whole paths, against a reference, or under a quota: no single point has them."""


def test_what_is_reported_is_what_is_registered() -> None:
    b = with_blocks()
    reported = set()
    for mode in AI_MODES:
        m = build_economy(b, [2020, 2021, 2022], True, mode, blocks=blocks_of(b))
        reported |= {name for name, *_ in measure(Point(snapshot(m), given(m)), b)}
    assert reported == set(variables()) - LATER


@pytest.mark.parametrize("foresight", [True, False])
@pytest.mark.parametrize("ai_mode", AI_MODES)
def test_every_driver_enters_an_equation(runs: Runs, ai_mode: str, foresight: bool) -> None:
    """A shock that no equation hears would be a run that reports nothing as a result."""
    b = with_blocks()
    years = [2020, 2021, 2022] if foresight else [2020]
    m = build_economy(b, years, foresight, ai_mode, blocks=blocks_of(b))
    heard: set[int] = set()
    for equation in m.component_data_objects(pyo.Constraint, active=True):
        heard |= {id(v) for v in identify_variables(equation.body)}
    silent = [
        v.name
        for d in DRIVERS.values()
        for k, v in m.component(d.name).items()
        if id(v) not in heard and (k[-1] if isinstance(k, tuple) else k) == 2020
    ]
    # the AI sector buys no AI that could take over its tasks; foresight alone has a value of learning
    own = ("automation_depth_sector", "diffusion_speed", "adoption_ceiling")
    allowed = {f"{name}[{b.ai},2020]" for name in own}
    # nobody is committed to a good that no household buys
    allowed |= {
        f"need[{j},2020]" for j, x in zip(b.sectors, b.consumption, strict=True) if not x.any()
    }
    if not foresight:
        allowed.add("internalisation[2020]")
    assert set(silent) <= allowed
