"""The fast path against the reference, on every scenario of the library."""

from __future__ import annotations

import itertools

import pyomo.environ as pyo
import pytest

from engels.calibration import calibrate
from engels.model.algebra.point import Values
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.economy.trees import AI_MODES
from engels.runs.scenarios.scenario import load_scenario, with_settings
from engels.runs.scenarios.schema import library
from engels.runs.simulation.simulate import Session

SESSIONS = {solver: Session(solver) for solver in ("newton", "ipopt")}
"""Of all tests of this file in a process: runs of one baseline solve it once."""

AGREEMENT = 1e-8
SMALL = 1e-3
"""Trillion yuan, or an index: smaller numbers are compared by their absolute difference to it."""


def solution(
    name: str, solver: str, aggregation: str, expectations: str, ai_mode: str, last_year: int = 2050
) -> Values:
    scenario = with_settings(
        load_scenario(name), expectations=expectations, ai_mode=ai_mode, aggregation=aggregation
    )
    short = scenario.model_copy(update={"last_year": last_year})
    found = SESSIONS[solver].run(short).solution
    assert found is not None
    return found


def largest_difference(a: Values, b: Values) -> tuple[float, str]:
    assert a.keys() == b.keys()
    return max(
        (abs(x - b[name][k]) / max(abs(x), SMALL), f"{name}[{k}]")
        for name, entries in a.items()
        for k, x in entries.items()
    )


def check_agreement(
    aggregation: str, expectations: str, ai_mode: str, names: list[str], last_year: int
) -> None:
    # solver by solver, so that each solves its baseline once
    found = {
        solver: {
            n: solution(n, solver, aggregation, expectations, ai_mode, last_year) for n in names
        }
        for solver in ("ipopt", "newton")
    }
    for name in names:
        gap, where = largest_difference(found["ipopt"][name], found["newton"][name])
        assert gap <= AGREEMENT, f"{name}: {where} differs by {gap:.1e}"


QUICK = (
    *("ai_moore", "chip_stop", "datacentre_delay", "labour_share_swap", "markup_drift"),
    *("sow_reap", "efficient_compute"),
)
"""Scenarios with blocks and without, to 2035; the whole library is solved in the slow tests."""
FORESIGHT = ("work_genai", "firms_genai")
"""Solved quickly too, where all years are solved at once."""
POLICIES = ("policy_genai", "policy_adopters", "policy_loans", "finance_ai_tax", "restore_services")
"""Those that stand for all of the family in other modes of AI: each a closure or a lever of its own kind.

``innovation_internalised`` takes foresight; and where investors see one year ahead, capacity and a limit of
the chain (``power_limit``, ``storage_limit``) can bind in the same year: Newton steps over that kink, Ipopt
stops at it.
"""


@pytest.mark.parametrize(
    "expectations", [pytest.param("foresight", marks=pytest.mark.slow), "recursive"]
)
def test_newton_agrees_with_ipopt(expectations: str) -> None:
    quick = [*QUICK, *(FORESIGHT if expectations == "foresight" else ())]
    check_agreement("5", expectations, "labour", quick, 2035)


@pytest.mark.slow
def test_newton_agrees_with_ipopt_on_the_library() -> None:
    check_agreement("5", "foresight", "labour", list(library()), 2035)


@pytest.mark.slow
def test_newton_agrees_with_ipopt_to_2050() -> None:
    check_agreement("5", "foresight", "labour", list(QUICK), 2050)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("expectations", "ai_mode"),
    [
        (e, m)
        for e in ("foresight", "recursive")
        for m in AI_MODES
        if (e, m) != ("foresight", "labour")
    ],
)
def test_newton_agrees_with_ipopt_in_every_mode(expectations: str, ai_mode: str) -> None:
    names = [*QUICK, *FORESIGHT, *POLICIES]
    last_year = 2035 if expectations == "foresight" else 2030
    check_agreement("5", expectations, ai_mode, names, last_year)


@pytest.mark.slow
def test_newton_agrees_with_ipopt_at_43_sectors() -> None:
    """A shock of each family, a closure and a block: Ipopt takes minutes for all of the library."""
    check_agreement(
        "43", "foresight", "labour", ["chip_stop", "labour_share_swap", "diffusion_it"], 2035
    )


def test_newton_finds_the_same_whatever_was_solved_before() -> None:
    def solved(name: str, ai_mode: str = "labour") -> Values:
        return solution(name, "newton", "5", "foresight", ai_mode, 2035)

    alone = solved("chip_embargo")
    solved("ai_moore")
    # other settings in between: the session starts afresh
    solved("ai_moore", "guo")
    solved("labour_share_swap")
    again = solved("chip_embargo")
    assert largest_difference(alone, again)[0] == 0.0


def test_no_parameter_of_a_built_model_can_change() -> None:
    """A compiled model would go on with the value it was compiled with."""
    b = calibrate("5")
    for foresight, ai_mode in itertools.product((True, False), AI_MODES):
        m = build_economy(
            b,
            range(2020, 2023) if foresight else [2020],
            foresight,
            ai_mode,
            blocks=blocks_of(b),
        )
        assert [p.name for p in m.component_objects(pyo.Param) if p.mutable] == []
