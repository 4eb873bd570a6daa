"""Large and small firms: who adopts first, who gains share, and what that does to labour's share."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engels.model.blocks.firm_size import base_advantage, firms_of, start_odds
from engels.model.economy.trees import adopters
from engels.model.solving.dynamics import Solution

from ..block_runs import (
    LAST,
    START,
    YEARS,
    baseline,
    constant,
    economy,
    of_year,
    path,
    quality,
    run,
    speed,
)

FIRMS = ("diffusion", "firm_size")
FEW = settings(max_examples=4, deadline=None)
AT_HALFWAY = 2032
"""A year in which large firms have adopted and small ones have not."""


@cache
def firms(cost: float = 1.0, response: float = 1.0) -> Solution:
    """Better AI that diffuses among large and small firms."""
    return run(
        baseline(FIRMS),
        quality(),
        speed(0.35),
        constant("adoption_cost", cost),
        constant("markup_response", response),
    )


# ------------------------------------------------------------------ calibration


@settings(max_examples=5, deadline=None)
@given(st.floats(0.1, 0.9), st.floats(0.0, 4.0))
def test_the_mix_of_adopters_is_the_base_years(share: float, gap: float) -> None:
    """Whatever large firms' share and lead, the sector adopts what it did."""
    b = economy(FIRMS, (("firm_size.large_share", share), ("firm_size.gap", gap)))
    d = b.technology.diffusion
    assert d is not None
    for j in adopters(b):
        o, n = start_odds(b, j), b.index(j)
        large, small = 1 / (1 + math.exp(-o)), 1 / (1 + math.exp(gap - o))
        mixed = float(d.ceiling[n]) * (share * large + (1 - share) * small)
        assert mixed == pytest.approx(float(d.start[n]), rel=1e-10)
        assert large >= small
        assert base_advantage(b, j) >= 0


def test_the_base_year_is_at_rest() -> None:
    s = baseline(FIRMS)
    f, b = firms_of(s.benchmark), s.benchmark
    for j in adopters(b):
        assert s.values["large_share"][j, 2020] == pytest.approx(f.large_share[b.index(j)])
        assert s.values["adoption"][j, 2020] == pytest.approx(0.1)
    for name in ("size_markup", "size_labour"):
        assert all(x == pytest.approx(1.0, abs=1e-10) for x in s.values[name].values())


# ------------------------------------------------------------------ laws


def test_small_firms_follow() -> None:
    """Large firms lead by a constant gap in log odds and both approach the ceiling."""
    s = firms()
    f = firms_of(s.benchmark)
    large, small = path(s, "adoption_large"), path(s, "adoption_small")
    assert np.all(large[:-1] > small[:-1])
    lead = (large - small)[START - 2020 :]
    assert lead.argmax() > 0
    assert lead[-1] < 0.02 < lead.max()
    years = f.gap / 0.35
    assert 4 < years < 5  # how far behind
    for t in YEARS:
        o = s.values["adoption_odds"]["SRV", t]
        s_ = s.values["large_share"]["SRV", t]
        mixed = s_ / (1 + math.exp(-o)) + (1 - s_) / (1 + math.exp(f.gap - o))
        assert s.rows["adoption", "SRV", "", t] == pytest.approx(0.9 * mixed, rel=1e-9)


@pytest.mark.parametrize("response", [0.0, 1.0, 2.0])
def test_the_markup_of_a_sector(response: float) -> None:
    """Sales-weighted in quantities: 1 / (s / mu + 1 - s), and mu from the share that large firms gained."""
    s = firms(3.0, response)
    b = s.benchmark
    f = firms_of(b)
    for j in adopters(b):
        s0 = float(f.large_share[b.index(j)])
        for t in YEARS:
            share = s.values["large_share"][j, t]
            mu = math.exp(response * (share - s0))
            sector = 1 / (share / mu + 1 - share)
            assert s.values["size_markup"][j, t] == pytest.approx(sector, rel=1e-10)
            cost = s.values["unit_cost"][j, t]
            rate = s.values["production_tax_rate"][j, t]
            # net of the tax beyond the base year's, which is not part of unit cost
            rate0 = s.values["production_tax_rate"][j, 2020]
            net = s.values["price_output"][j, t] * (1 - rate) / (1 - rate0)
            assert net == pytest.approx(sector * cost, rel=1e-8)
    assert (max(s.values["size_markup"].values()) > 1 + 1e-6) == (response > 0)


def test_who_works_where() -> None:
    """Labour's weight is that of the mix of firms, and small firms' employment follows from it."""
    s = firms(3.0)
    b = s.benchmark
    f = firms_of(b)
    for j in adopters(b):
        s0, r = float(f.large_share[b.index(j)]), f.small_labour
        for t in (START, AT_HALFWAY, LAST):
            share = s.values["large_share"][j, t]
            weight = (share + (1 - share) * r) / (s0 + (1 - s0) * r)
            assert s.values["size_labour"][j, t] == pytest.approx(weight, rel=1e-10)
            assert (weight < 1) == (share > s0)


# ------------------------------------------------------------------ signs


@FEW
@given(st.floats(1.0, 6.0), st.floats(1.3, 3.0))
def test_costs_of_adoption_favour_the_large(cost: float, more: float) -> None:
    """Dearer data, talent and computing: small firms adopt less, lose share and employ fewer."""
    origin = baseline(FIRMS, (), True, "labour", 2035)
    drivers = {**quality(), **speed(0.35)}
    cheap, dear = (run(origin, drivers, constant("adoption_cost", x)) for x in (cost, cost * more))
    for t in range(START + 1, 2036):
        assert of_year(dear, "adoption_small", t) < of_year(cheap, "adoption_small", t)
        assert of_year(dear, "adoption_mean", t) < of_year(cheap, "adoption_mean", t)
    for t in range(AT_HALFWAY, 2036):
        assert of_year(dear, "large_firms", t) > of_year(cheap, "large_firms", t)
        assert of_year(dear, "concentration", t) > of_year(cheap, "concentration", t)
        assert of_year(dear, "small_firm_employment", t) < of_year(
            cheap, "small_firm_employment", t
        )
        assert of_year(dear, "small_firm_exit", t) > of_year(cheap, "small_firm_exit", t)


def test_the_labour_share_falls_by_reallocation() -> None:
    """Without a markup that answers to share, large firms grow and use less labour per unit: the labour
    share is below that of an economy whose firms hire alike, and further where more moves to the large."""
    alike = (("firm_size.small_labour", 1.0),)
    drivers = [quality(), speed(0.35), constant("adoption_cost", 5.0)]
    drivers.append(constant("markup_response", 0.0))
    same, other = (run(baseline(FIRMS, k), *drivers) for k in (alike, ()))
    gap = path(other, "labour_share") - path(same, "labour_share")
    moved = path(other, "large_firms") - 0.4
    assert np.abs(gap[: START - 2020]).max() < 1e-9
    # until small firms have caught up
    ahead = slice(START - 2020 + 2, 2045 - 2020)
    assert (moved[ahead] > 0).all()
    assert (gap[ahead] < 0).all()


def test_the_labour_share_falls_by_markups() -> None:
    """Where large firms raise their markup with their share, profit takes its part; they gain less share."""
    without, with_ = firms(5.0, 0.0), firms(5.0, 1.0)
    for t in (AT_HALFWAY, 2040):
        assert of_year(with_, "markup_large", t) > 0 == of_year(without, "markup_large", t)
        assert of_year(with_, "large_firms", t) < of_year(without, "large_firms", t)
        assert of_year(with_, "labour_share", t) < of_year(without, "labour_share", t)


def test_a_wedge_of_access_makes_ai_dearer_and_its_owners_richer() -> None:
    origin = baseline(FIRMS)
    free = firms()
    closed = run(origin, quality(), speed(0.35), constant("access_wedge", 0.2))
    for t in (2030, LAST):
        assert of_year(closed, "access_wedge", t) == pytest.approx(0.2)
        assert of_year(closed, "ai_output", t) < of_year(free, "ai_output", t)
        assert closed.values["property_income"][t] > 0
    assert of_year(closed, "consumption_real", LAST) < of_year(free, "consumption_real", LAST)
    assert closed.certificate.gaps["sam"] < 1e-10
