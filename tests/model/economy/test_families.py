"""The three families of shocks, from small to large, in every AI nest and with both expectations.

A run that is returned has passed its certificate; here its accounts are checked independently, and the
signs that economics gives beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import spearmanr

from engels.model.economy.trees import AI_MODES
from engels.model.solving.dynamics import solve_baseline
from engels.model.solving.solution import Solution

from ..reported import rows_of

if TYPE_CHECKING:
    from tests.model.conftest import Drivers, Runs

ACCURACY = 1e-8
AFTER = 2026


def economies(last: int) -> list[object]:
    """Every nest and expectation: 5 sectors in `make test`, 12 in `make test-all`, and one of 43."""
    return [
        pytest.param(
            (size, mode, kind == "foresight", 2050 if kind == "foresight" else last),
            id=f"{size}-{mode}-{kind}",
            marks=[] if size == "5" else [pytest.mark.slow],
        )
        for size in ("5", "12", "43")
        for mode in AI_MODES
        for kind in ("foresight", "recursive")
        if size != "43" or (mode, kind) == ("labour", "foresight")
    ]


@pytest.fixture(scope="module", params=economies(2030))
def origin(request: pytest.FixtureRequest, runs: Runs) -> Solution:
    """A baseline of every kind; one test runs all shocks of a family from it."""
    return runs.baseline(*request.param)


def series(s: Solution, name: str, group: str = "") -> np.ndarray:
    """A reported variable from the shock on."""
    return np.array([rows_of(s)[name, "", group, t] for t in s.years if t >= AFTER])


def check_accounts(
    s: Solution, origin: Solution, imbalance: Callable[[Solution], tuple[float, str]]
) -> None:
    """Every account of every year, and the years before the announcement untouched."""
    gap, place = imbalance(s)
    assert gap < ACCURACY, f"{place}: {gap:.1e} of GDP"
    assert s.certificate.passed, s.certificate.failures()
    for k, x in rows_of(origin).items():
        if k[3] < AFTER:
            assert rows_of(s)[k] == x


@pytest.mark.sampled(2)
def test_ai_productivity(
    runs: Runs,
    origin: Solution,
    level: Callable[..., Drivers],
    imbalance: Callable[[Solution], tuple[float, str]],
) -> None:
    """More productive AI: more GDP, cheaper AI, and cheaper goods the more AI they contain."""
    b = origin.benchmark
    sectors = [j for j in b.sectors if j != b.ai]
    before = origin
    for z in (1.01, 2.0, 10.0):
        s = runs.policy(origin, level(origin, "ai_productivity", z))
        check_accounts(s, origin, imbalance)
        assert (series(s, "gdp_real") > series(before, "gdp_real")).all(), z
        assert series(s, "consumption_real")[-1] > series(before, "consumption_real")[-1], z
        assert (series(s, "ai_price_effective") < series(before, "ai_price_effective")).all(), z
        before = s
        content = [rows_of(origin)["ai_cost_share", j, "", 2030] for j in sectors]
        change = [
            rows_of(s)["price_output", j, "", 2030] / rows_of(origin)["price_output", j, "", 2030]
            for j in sectors
        ]
        assert spearmanr(content, change).statistic < 0, (z, content, change)


@pytest.mark.sampled(2)
def test_compute_bottleneck(
    runs: Runs,
    origin: Solution,
    quota: Callable[..., Drivers],
    imbalance: Callable[[Solution], tuple[float, str]],
) -> None:
    """The tighter the quota on chips, the lower GDP and the dearer chips and AI."""
    before = origin
    for share in (1.5, 0.5, 0.1, 0.0):
        s = runs.policy(origin, quota(origin, share))
        check_accounts(s, origin, imbalance)
        if share > 1:
            assert series(s, "gdp_real") == pytest.approx(series(origin, "gdp_real"), rel=1e-7)
            continue
        assert (series(s, "gdp_real") < series(before, "gdp_real")).all(), share
        for use in ("compute", "components"):
            assert (series(s, "chip_premium", use) > series(before, "chip_premium", use)).all()
            limit = share * series(origin, "chips_imported", use)
            assert (series(s, "chips_imported", use) <= limit * (1 + 1e-9) + 1e-7).all()
        assert series(s, "compute_capacity")[-1] < series(before, "compute_capacity")[-1]
        assert series(s, "ai_price")[-1] > series(before, "ai_price")[-1]
        before = s
    cost = 1 - series(before, "gdp_real") / series(origin, "gdp_real")
    assert cost.min() > 0.001, "a full stop of chip imports"
    assert cost.max() < 0.05, "a full stop of chip imports"
    # where electronics keep their components, a stop costs less
    s = runs.policy(origin, quota(origin, 0.0, uses=("compute",)))
    check_accounts(s, origin, imbalance)
    assert (series(s, "gdp_real") > series(before, "gdp_real")).all()
    assert series(s, "chip_premium", "components") == pytest.approx(0, abs=1e-8)
    assert series(s, "ai_price")[-1] > series(origin, "ai_price")[-1]


def test_labour_share(
    runs: Runs,
    origin: Solution,
    level: Callable[..., Drivers],
    imbalance: Callable[[Solution], tuple[float, str]],
) -> None:
    """Tasks that leave labour lower its share; so do tasks that nobody hands back, and markups."""
    before = origin
    for depth in (0.01, 0.1, 0.3):
        s = runs.policy(origin, level(origin, "automation_depth", depth))
        check_accounts(s, origin, imbalance)
        assert (series(s, "labour_share") < series(before, "labour_share")).all(), depth
        before = s
    for name, value in (("labour_task_share", 0.95), ("markup_common", 1.05)):
        s = runs.policy(origin, level(origin, name, value))
        check_accounts(s, origin, imbalance)
        assert (series(s, "labour_share") < series(origin, "labour_share")).all(), name


def test_everything_at_once(
    runs: Runs,
    origin: Solution,
    level: Callable[..., Drivers],
    quota: Callable[..., Drivers],
    imbalance: Callable[[Solution], tuple[float, str]],
) -> None:
    """The largest shock of each family together: labour loses, and chips are missed by whatever AI does."""
    better = {**level(origin, "ai_productivity", 10.0), **level(origin, "automation_depth", 0.1)}
    s = runs.policy(origin, {**better, **quota(origin, 0.0)})
    check_accounts(s, origin, imbalance)
    assert (series(s, "labour_share") < series(origin, "labour_share")).all()
    with_chips = runs.policy(origin, better)
    assert (series(s, "gdp_real") < series(with_chips, "gdp_real")).all()
    assert series(s, "chips_imported", "compute") == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("foresight", [True, False])
def test_automation_where_ai_replaces_all_skills(
    runs: Runs, level: Callable[..., Drivers], foresight: bool
) -> None:
    """With an elasticity above one for every skill, productivity and depth both lower its share."""
    b = runs.benchmark("5")
    elastic = replace(b.elasticities, ai_labour=np.full(len(b.skills), 2.0))
    last = 2035 if foresight else 2030
    origin = solve_baseline(b.with_(elasticities=elastic), "labour", foresight, last)
    before = origin
    for depth in (0.01, 0.1):
        s = runs.policy(origin, level(origin, "automation_depth", depth))
        assert (series(s, "labour_share") < series(before, "labour_share")).all()
        before = s
    cheaper = runs.policy(origin, level(origin, "ai_productivity", 3.0))
    assert (series(cheaper, "labour_share") < series(origin, "labour_share")).all()
    assert (series(cheaper, "ai_output") > series(origin, "ai_output"))[-1]
