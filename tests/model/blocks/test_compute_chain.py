"""The compute chain: time to build, links that bind, data, and chips that learn."""

from __future__ import annotations

import itertools
import math

import pytest

from engels.calibration.blocks import BLOCKS
from engels.model.algebra.complementarity import positive_part

from ..block_runs import (
    LAST,
    START,
    YEARS,
    baseline,
    constant,
    economy,
    of_year,
    quality,
    run,
    speed,
)


@pytest.mark.parametrize("years", [1.0, pytest.param(4.0, marks=pytest.mark.slow)])
def test_capacity_and_construction_add_up(years: float) -> None:
    """What was invested is in service, under construction, or worn out."""
    settings = (("compute_chain.build_time", years),)
    s = run(baseline(("compute_chain",), settings), quality())
    q, w, i = (s.values[n] for n in ("compute_capacity", "construction", "compute_investment"))
    wear = economy(("compute_chain",), settings).compute.depreciation
    for t in range(START, LAST):
        assert q[t + 1] + w[t + 1] == pytest.approx((1 - wear) * q[t] + w[t] + i[t], rel=1e-9)
        assert w[t + 1] == pytest.approx((1 - 1 / years) * (w[t] + i[t]), rel=1e-9, abs=1e-12)


def test_capacity_comes_later_where_building_takes_longer() -> None:
    gaps = []
    for years in (1.0, 2.0, 4.0):
        origin = baseline(
            ("compute_chain",), (("compute_chain.build_time", years),), False, last=2029
        )
        s = run(origin, constant("ai_productivity", 3.0))
        gaps.append(
            of_year(s, "compute_capacity", 2028) / of_year(origin, "compute_capacity", 2028)
        )
    assert gaps[0] > gaps[1] > gaps[2] > 1


@pytest.mark.parametrize("link", ["power", pytest.param("storage", marks=pytest.mark.slow)])
def test_a_link_that_binds_has_a_price(link: str) -> None:
    origin = baseline(("compute_chain",))
    free = run(origin, quality())
    s = run(origin, quality(), constant(f"{link}_limit", 2.0))
    served = s.values["compute_service"]
    base = baseline(("compute_chain",), (), False, last=2020).values["compute_service"][2020]
    binding = [t for t in YEARS if s.values["link_rent"][link, t] > 1e-6]
    assert len(binding) > 15
    for t in YEARS:
        assert served[t] <= 2.0 * base * (1 + 1e-7)
        if t in binding:
            assert served[t] == pytest.approx(2.0 * base, rel=1e-6)
    assert of_year(s, "link_share", LAST, link) > 0.5
    assert of_year(free, "link_share", LAST, link) == pytest.approx(0.0, abs=1e-7)
    assert of_year(s, "gdp_real", LAST) < of_year(free, "gdp_real", LAST)


def test_efficient_compute_relieves_the_grid() -> None:
    origin = baseline(("compute_chain",))
    tight = run(origin, quality(), constant("power_limit", 2.0))
    lean = run(origin, quality(), constant("power_limit", 2.0), constant("energy_intensity", 0.5))
    assert of_year(lean, "compute_used", LAST) > 1.9 * of_year(tight, "compute_used", LAST)
    assert of_year(lean, "link_share", 2035, "power") < of_year(tight, "link_share", 2035, "power")


def test_data_and_algorithms_are_complements_of_compute() -> None:
    """Cheaper data lower their own share of cost (elasticity below one) and the price of AI."""
    origin = baseline(("compute_chain",))
    s = run(origin, constant("data_cost", 0.01))
    for t in (2030, 2050):
        assert of_year(s, "element_share", t, "data") < of_year(origin, "element_share", t, "data")
        assert of_year(s, "ai_price", t) < of_year(origin, "ai_price", t)
        shares = sum(of_year(s, "element_share", t, k) for k in ("compute", "algorithms", "data"))
        assert shares == pytest.approx(1.0, abs=1e-12)


def test_chip_makers_learn_from_an_embargo() -> None:
    origin = baseline(("compute_chain",))
    embargo = {"chip_quota": {("compute", t): 0.1 for t in YEARS}}
    s = run(origin, embargo)
    # the short-run elasticity of chips above one: domestic sales rise, and quality with them
    assert s.values["chip_gap"][2030] > 0
    assert of_year(s, "chip_quality", 2035) > 1
    learned = s.values["chip_learned"]
    # up to the quality of imported chips, 1 / 0.4 of the base year's
    assert max(learned.values()) < -math.log(0.4)
    for t in range(START, LAST):
        more = 0.05 * positive_part(s.values["chip_gap"][t]) * (1 + learned[t] / math.log(0.4))
        assert learned[t + 1] - learned[t] == pytest.approx(float(more), abs=1e-12)


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param(("diffusion",), id="diffusion"),
        pytest.param(BLOCKS, id="all", marks=pytest.mark.slow),
    ],
)
def test_output_does_not_rise_as_the_quota_tightens(blocks: tuple[str, ...]) -> None:
    """From a quota that binds by a fifth on. Nearer to free trade the licence rent, which stays at home, can
    outweigh the loss by some thousandths of a per cent (docs/results.md)."""
    origin = baseline(blocks, (), True, "labour", 2040)
    drivers = {**quality(), **speed(0.35)}
    free = run(origin, drivers)
    used = free.values["chips_imported"]
    base = origin.values["chips_imported"]
    found = [of_year(free, "gdp_real", 2040)]
    for share in (0.8, 0.4, 0.05):
        quota = {
            ("compute", t): share * used["compute", t] / base["compute", 2020]
            for t in range(START, 2041)
        }
        found.append(of_year(run(origin, drivers, {"chip_quota": quota}), "gdp_real", 2040))
    assert all(b < a for a, b in itertools.pairwise(found)), found


@pytest.mark.slow
def test_learning_of_chip_makers_softens_a_quota() -> None:
    """Nobody pays chip makers for what they learn, so that a quota does in part what a subsidy would do: the
    loss is smaller. It stays one, because quality is bounded by that of imported chips."""
    blocks = ("diffusion", "compute_chain")
    gap = {}
    for learning in (0.0, 0.05):
        origin = baseline(
            blocks, (("compute_chain.chip_learning", learning),), True, "labour", 2040
        )
        drivers = {**quality(), **speed(0.35)}
        free = run(origin, drivers)
        used, base = free.values["chips_imported"], origin.values["chips_imported"]
        quota = {
            ("compute", t): 0.4 * used["compute", t] / base["compute", 2020]
            for t in range(START, 2041)
        }
        tight = run(origin, drivers, {"chip_quota": quota})
        gap[learning] = {
            t: of_year(tight, "gdp_real", t) - of_year(free, "gdp_real", t) for t in (2030, 2040)
        }
        more = of_year(tight, "chip_quality", 2035) / of_year(free, "chip_quality", 2035)
        assert (more > 1.02) == (learning > 0)
    for t in (2030, 2040):
        assert gap[0.0][t] < gap[0.05][t] < 0
