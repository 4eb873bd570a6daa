"""The equations in text say what the constraints say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.calibration.blocks import BLOCKS
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.economy.trees import AI_MODES
from engels.model.equations.appendix import EQUATIONS, reading
from engels.model.solving.price_identities import families

if TYPE_CHECKING:
    from tests.model.conftest import Runs

EXACT = 1e-9
"""Difference of residuals, relative to the largest of one and the residual."""
NOISE = 0.01


def economies(runs: Runs) -> Iterator[tuple[str, Benchmark, pyo.ConcreteModel, str]]:
    """Economies that together have every equation, each at a point near the benchmark's."""
    b = runs.benchmark("5")
    split = replace(b.elasticities, intermediates=0.5, transformation=np.full(len(b.sectors), 2.0))
    full = calibrate("5", {f"{block}.active": 1 for block in BLOCKS} | {"diffusion.price": 0.2})
    generator = np.random.default_rng(7)
    for kind, benchmark, modes in (
        ("plain", b, AI_MODES),
        ("elastic", b.with_(elasticities=split), ("labour",)),
        ("all blocks", full, AI_MODES),
    ):
        for mode in modes:
            for years in ([2020, 2021, 2022], [2020]):
                m = build_economy(
                    benchmark, years, len(years) > 1, mode, blocks=blocks_of(benchmark)
                )
                for v in m.component_data_objects(pyo.Var):
                    # what is zero is moved too: a term that is zero would be compared with nothing
                    noise = NOISE * (0.5 + generator.random())
                    v.set_value(v.value * (1 + noise) if v.value else noise, skip_validation=True)
                yield f"{kind}, {mode}, {len(years)} years", benchmark, m, mode


def test_what_is_printed_is_what_is_solved(runs: Runs) -> None:
    compared: set[str] = set()
    for place, b, m, mode in economies(runs):
        read = reading(m, b, families(m, b, mode))
        for constraint in m.component_objects(pyo.Constraint, active=True):
            equation = EQUATIONS[constraint.local_name]
            residual = read.residual(equation)
            keys = list(constraint)
            assert set(keys) == set(read.keys(equation)), f"{place}: {equation.name} is elsewhere"
            for k in keys:
                body = pyo.value(constraint[k].body) - pyo.value(constraint[k].upper)
                found = residual(k)
                gap = abs(found - body) / max(1.0, abs(body))
                assert gap <= EXACT, f"{place}: {equation.name}[{k}]: {found}, not {body}"
            if keys:
                compared.add(equation.name)
    assert compared == set(EQUATIONS)


def test_a_wrong_sign_is_seen(runs: Runs) -> None:
    """What the comparison above would find where a term had the other sign."""
    _, b, m, mode = next(economies(runs))
    read = reading(m, b, families(m, b, mode))
    right = EQUATIONS["government_budget"]
    turned = right.algebra.replace("+ compute_subsidies", "- compute_subsidies")
    assert turned != right.algebra
    t = m.years.first()
    gap = read.residual(replace(right, algebra=turned))(t) - read.residual(right)(t)
    assert abs(gap) > 1e3 * EXACT
