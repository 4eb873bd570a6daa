"""What AI teaches: learning from use, spawned applications, new formats and ideas."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engels.calibration.benchmark import Ideas
from engels.model.algebra.complementarity import positive_part
from engels.model.algebra.errors import ModelError
from engels.model.blocks.ideas import idea_scale, idea_yield
from engels.model.solving.dynamics import solve_policy

from ..block_runs import (
    LAST,
    START,
    YEARS,
    baseline,
    constant,
    diffusing,
    economy,
    of_year,
    path,
    quality,
    run,
    speed,
)
from ..reported import rows_of


def test_learning_from_use_raises_quality() -> None:
    origin = baseline(("learning",))
    s = run(origin, quality())
    without = run(origin, quality(), constant("learning_rate", 0.0))
    assert of_year(s, "learned_quality", LAST) > 1.05
    assert of_year(without, "learned_quality", LAST) == pytest.approx(1.0, abs=2e-3)
    assert of_year(s, "gdp_real", LAST) > of_year(without, "gdp_real", LAST)


@pytest.mark.slow
def test_decoupling_costs_the_spillover() -> None:
    origin = baseline(("learning",))
    frontier = {"frontier_ai": {t: min(1.3 ** (t - START + 1), 30.0) for t in YEARS}}
    open_, closed = (
        run(origin, quality(), frontier, constant("open_source", x)) for x in (1.0, 0.0)
    )
    assert of_year(open_, "ai_quality", LAST) > 1.2 * of_year(closed, "ai_quality", LAST)
    assert of_year(open_, "gdp_real", LAST) > of_year(closed, "gdp_real", LAST)


def test_the_subsidy_is_the_value_of_learning() -> None:
    """V (1 + r) = V' + B' and s B = lambda V, from the numbers of a solution."""
    # who is paid for what others learn after the last year needs years after it (docs/limits.md)
    settings = (("learning.use", 0.004), ("path.years_beyond", 40))
    s = run(baseline(("learning",), settings), quality(), constant("internalisation", 1.0))
    y, r = (s.values[n] for n in ("learning_yield", "interest_rate"))
    sales = {
        t: s.values["price_composite"]["AI", t] * s.values["composite"]["AI", t] for t in YEARS
    }
    v = {t: sales[t] / y[t] for t in YEARS}
    for t in range(START, LAST):
        assert v[t] * (1 + r[t]) == pytest.approx(v[t + 1] + sales[t + 1], rel=1e-7)
        assert of_year(s, "learning_subsidy", t) * sales[t] == pytest.approx(0.004 * v[t], rel=1e-7)


def test_internalised_learning_raises_quality_and_consumption_at_the_end() -> None:
    settings = (("learning.use", 0.004), ("path.years_beyond", 40))
    origin = baseline(("learning",), settings)
    private, social = (run(origin, quality(), constant("internalisation", x)) for x in (0.0, 1.0))
    assert of_year(social, "ai_quality", LAST) > of_year(private, "ai_quality", LAST)
    assert of_year(social, "consumption_real", LAST) > of_year(private, "consumption_real", LAST)


def test_internalisation_takes_foresight() -> None:
    origin = baseline(("learning",), (), False, last=2027)
    with pytest.raises(ModelError, match="foresight"):
        solve_policy(origin, {"internalisation": {2026: 1.0}}, START)


@given(st.floats(-20, 20))
def test_the_positive_part_is_one(x: float) -> None:
    assert float(positive_part(x)) == pytest.approx(max(x, 0.0), abs=6e-4)
    assert float(positive_part(0.0)) == 0.0


def test_sectors_gain_what_the_map_says() -> None:
    """Spawned productivity approaches gain x adoption x log quality."""
    blocks = ("diffusion", "spawning")
    s = run(baseline(blocks), quality(0.3, 4.0), speed(0.6))
    spawning = economy(blocks).technology.spawning
    assert spawning is not None
    b = economy(blocks)
    for j in ("IND", "SRV"):
        gain = float(spawning.gain[b.index(j)]) * math.log(4.0)
        missing = [
            1
            - math.log(rows_of(s)["application_tfp", j, "", t])
            / (gain * rows_of(s)["adoption", j, "", t])
            for t in (2035, 2040, 2045, LAST)
        ]
        assert gain > 0
        assert all(0 < after < 0.75 * before for before, after in itertools.pairwise(missing))
        assert missing[-1] < 0.02


@pytest.mark.slow
def test_new_formats_raise_variety_where_the_map_says() -> None:
    blocks = ("diffusion", "new_formats")
    origin = baseline(blocks)
    s, plain = run(origin, quality(), speed(0.35)), diffusing()
    gain = economy(blocks).technology.new_formats
    assert gain is not None
    b = economy(blocks)
    for j in ("AGR", "IND", "ELC", "SRV"):
        more = rows_of(s)["variety", j, "", LAST]
        assert (more > 1 + 1e-9) == (gain.gain[b.index(j)] > 0)
    assert of_year(s, "consumption_real", LAST) > of_year(plain, "consumption_real", LAST)


@given(st.floats(0.5, 20.0), st.floats(0.05, 1.0), st.floats(1e-6, 1e-3))
def test_ideas_without_search_follow_jones(knowledge: float, access: float, search: float) -> None:
    """theta -> 0: (2^(theta K^phi) - 1) / theta -> ln2 K^phi, from above and within theta."""
    found = float(idea_yield(knowledge, access, search))
    jones = math.log(2) * knowledge**access
    assert jones <= found <= jones * (1 + search * jones)


@given(st.floats(0.5, 8.0), st.floats(0.05, 0.9), st.floats(1e-3, 0.9), st.floats(1.01, 1.5))
def test_better_search_finds_more(k: float, access: float, search: float, more: float) -> None:
    assert float(idea_yield(k, access, search * more)) > float(idea_yield(k, access, search))
    exact = (2 ** (search * k**access) - 1) / search
    assert float(idea_yield(k, access, search)) == pytest.approx(exact, rel=1e-9)


def test_knowledge_grows_as_calibrated_and_by_jones_at_the_limit() -> None:
    settings = (("ideas.search", 1e-6),)
    s = baseline(("ideas",), settings)
    k = s.values["knowledge"]
    assert k[2021] / k[2020] - 1 == pytest.approx(0.01, rel=1e-9)
    p = economy(("ideas",), settings).technology.ideas
    assert isinstance(p, Ideas)
    for t in s.years:
        jones = idea_scale(p) * math.log(2) * k[t] ** p.access
        assert k[t + 1] - k[t] == pytest.approx(jones, rel=1e-5)


@pytest.mark.parametrize(
    ("driver", "value"),
    [
        ("idea_search", 0.3),
        ("idea_access", 0.7),
        ("research_efficiency", 1.3),
        ("research_time", 1.3),
    ],
)
def test_more_ideas_raise_output(driver: str, value: float) -> None:
    origin = baseline(("ideas",))
    s = run(origin, constant(driver, value))
    effect = path(s, "knowledge_effect")
    assert np.all(np.diff(effect[START - 2020 + 1 :]) > 0)
    assert of_year(s, "gdp_real", LAST) > of_year(origin, "gdp_real", LAST)
