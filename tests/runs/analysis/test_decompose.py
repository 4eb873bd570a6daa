"""Labour demand, labour share and jobs taken apart: identities, and economies whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engels.runs.analysis.decompose import (
    Flows,
    LabourDemand,
    Sigmas,
    along_time,
    job_changes,
    labour_demand,
    labour_share_change,
    log_mean,
    unit_price,
)
from engels.runs.indicators import deviations

T, N, S = 6, 3, 2
positive = st.floats(0.05, 20.0)
flows_t = arrays(float, T, elements=positive)
flows_tn = arrays(float, (T, N), elements=positive)
flows_tns = arrays(float, (T, N, S), elements=positive)
small = st.floats(-0.5, 0.5)


@st.composite
def any_flows(draw: st.DrawFn) -> Flows:
    """Flows without any theory behind them."""
    pay, capital = draw(flows_tns), draw(flows_tn)
    # profit may be a loss, down to half of the cost of factors
    profit = (pay.sum(axis=2) + capital) * draw(arrays(float, (T, N), elements=small))
    return Flows(
        gdp_real=draw(flows_t),
        gdp_nominal=draw(flows_t),
        price_consumption=draw(flows_t),
        efficiency=draw(flows_t),
        factor_income=pay.sum(axis=2) + capital + profit,
        profit=profit,
        pay=pay,
        wage=draw(flows_tns),
        rental=draw(flows_tn),
        bundle_price=draw(flows_tn),
        ai_work=draw(flows_tns),
        ai_machines=draw(flows_tn),
        ai_price=draw(flows_t),
    )


any_sigma = st.builds(
    Sigmas,
    arrays(float, N, elements=st.floats(0.0, 3.0)),
    st.floats(0.1, 3.0),
    arrays(float, S, elements=st.floats(0.1, 3.0)),
    st.floats(0.1, 3.0),
)


def summed(d: LabourDemand) -> np.ndarray:
    sectors = d.composition + d.profit + d.substitution + d.ai + d.displacement + d.reinstatement
    return np.asarray(d.productivity + d.prices + d.taxes + sectors.sum(axis=1))


@given(any_flows(), any_flows(), any_sigma, small)
@settings(max_examples=60, deadline=None)
def test_the_parts_add_up_whatever_the_flows(
    now: Flows, before: Flows, sigma: Sigmas, augmentation: float
) -> None:
    found = labour_demand(now, before, sigma, augmentation)
    assert np.allclose(summed(found), found.total, atol=1e-10, rtol=0)
    down, up, rest = along_time(now, sigma).smoothed()
    assert np.allclose(down + up + rest, along_time(now, sigma).task_content, atol=1e-10, rtol=0)
    assert (down <= 0).all() and (up >= 0).all()


@given(any_flows(), any_sigma)
@settings(max_examples=20, deadline=None)
def test_no_change_is_no_part(flows: Flows, sigma: Sigmas) -> None:
    found = labour_demand(flows, flows, sigma)
    for part in (found.total, found.composition, found.substitution, found.ai, found.task_content):
        assert np.abs(part).max() < 1e-12


# ---- economies whose truth is known --------------------------------------------------------------
# Value added of sector j is a CES function of labour and capital with task content G_j: at prices w, r
#     s_j = G_j w^(1-sigma) / (G_j w^(1-sigma) + (1 - G_j) r^(1-sigma))


def ces_economy(
    content: np.ndarray,
    sigma: np.ndarray,
    wage: np.ndarray,
    rental: np.ndarray,
    income: np.ndarray,
    efficiency: float = 1.0,
    cost: np.ndarray | float = 1.0,
) -> Flows:
    """One year of it; ``cost`` is the cost of factors over income, the rest is profit."""
    labour, capital = (
        content * (wage / efficiency) ** (1 - sigma),
        (1 - content) * rental ** (1 - sigma),
    )
    share = labour / (labour + capital)
    one = np.ones(1)
    pay = (share * income * cost)[None, :, None]
    return Flows(
        gdp_real=one,
        gdp_nominal=one * income.sum(),
        price_consumption=one,
        efficiency=one * efficiency,
        factor_income=income[None],
        profit=(income * (1 - cost) * np.ones(N))[None],
        pay=pay,
        wage=np.broadcast_to(wage[None, :, None], pay.shape),
        rental=rental[None],
        bundle_price=rental[None],
        ai_work=np.zeros_like(pay),
        ai_machines=np.zeros((1, N)),
        ai_price=one,
    )


SIGMA = np.array([0.5, 1.0, 1.5])
CONTENT = np.array([0.7, 0.5, 0.4])
ONES = np.ones(N)
INCOME = np.array([3.0, 5.0, 2.0])


def test_displacement_alone_is_what_the_economy_did() -> None:
    less = CONTENT * np.array([0.9, 0.8, 1.0])
    before = ces_economy(CONTENT, SIGMA, ONES, ONES, INCOME)
    now = ces_economy(less, SIGMA, ONES, ONES, INCOME)
    found = labour_demand(now, before, Sigmas(SIGMA))
    # incomes of sectors did not change, so that all of it is within
    exact = np.log((INCOME * less).sum() / (INCOME * CONTENT).sum())
    assert found.task_content.sum() == pytest.approx(exact, abs=1e-12)
    own = found.task_content[0] / found.weight[0]
    assert own == pytest.approx(np.log(less / CONTENT), abs=1e-12)
    assert found.displacement[0, :2].max() < 0 and found.reinstatement.sum() == 0
    for part in (found.substitution, found.composition, found.ai, found.profit):
        assert np.abs(part).max() < 1e-12


def test_displacement_and_new_tasks_are_told_apart() -> None:
    other = CONTENT * np.array([0.9, 1.2, 1.0])
    before = ces_economy(CONTENT, SIGMA, ONES, ONES, INCOME)
    now = ces_economy(other, SIGMA, 1.3 * ONES, 1.1 * ONES, INCOME * np.array([1.0, 1.4, 2.0]))
    found = labour_demand(now, before, Sigmas(SIGMA))
    assert found.displacement[0, 0] < 0 and found.reinstatement[0, 1] > 0
    assert abs(found.task_content[0, 2]) < 1e-12
    assert summed(found) == pytest.approx(found.total, abs=1e-12)


@given(st.floats(0.2, 5.0))
@settings(deadline=None)
def test_neutral_productivity_leaves_tasks_and_substitution_alone(gain: float) -> None:
    before = ces_economy(CONTENT, SIGMA, ONES, ONES, INCOME)
    # all factors are paid more, in the same proportion
    now = ces_economy(CONTENT, SIGMA, gain * ONES, gain * ONES, gain * INCOME)
    now = replace(now, gdp_real=before.gdp_real * gain)
    found = labour_demand(now, before, Sigmas(SIGMA))
    assert found.productivity[0] == pytest.approx(found.total[0], abs=1e-12)
    for part in (found.substitution, found.task_content, found.composition):
        assert np.abs(part).max() < 1e-12


prices = arrays(float, N, elements=st.floats(0.1, 10.0))


@given(prices, prices, prices, st.floats(0.3, 3.0), st.floats(0.6, 1.0))
@settings(deadline=None)
def test_prices_alone_never_look_like_tasks(
    wage: np.ndarray, rental: np.ndarray, growth: np.ndarray, efficiency: float, cost: float
) -> None:
    before = ces_economy(CONTENT, SIGMA, ONES, ONES, INCOME)
    now = ces_economy(CONTENT, SIGMA, wage, rental, INCOME * growth, efficiency, cost)
    found = labour_demand(now, before, Sigmas(SIGMA), float(np.log(efficiency)))
    assert np.abs(found.task_content).max() < 1e-12
    assert found.profit.sum() == pytest.approx(np.log(cost), abs=1e-12)
    assert summed(found) == pytest.approx(found.total, abs=1e-12)


@given(st.floats(0.5, 0.98), prices, prices)
@settings(deadline=None)
def test_fewer_tasks_are_displacement_at_any_prices(
    factor: float, wage: np.ndarray, rental: np.ndarray
) -> None:
    before = ces_economy(CONTENT, SIGMA, ONES, ONES, INCOME)
    now = ces_economy(CONTENT * factor, SIGMA, wage, rental, INCOME)
    found = labour_demand(now, before, Sigmas(SIGMA))
    assert (found.task_content < 0).all()
    # and more tasks, the other way round, are reinstatement
    assert (labour_demand(before, now, Sigmas(SIGMA)).task_content > 0).all()


def test_substitution_is_the_formula_of_the_paper_to_first_order() -> None:
    step = 1e-5
    wage, rental, g = ONES * np.exp(3 * step), ONES * np.exp(step), 0.5 * step
    before = ces_economy(CONTENT, SIGMA, ONES, ONES, INCOME)
    now = ces_economy(CONTENT, SIGMA, wage, rental, INCOME, float(np.exp(g)))
    found = labour_demand(now, before, Sigmas(SIGMA), g)
    paper = (1 - SIGMA) * (1 - CONTENT) * (3 * step - step - g)
    assert found.substitution[0] / found.weight[0] == pytest.approx(paper, abs=1e-9)


def test_efficiency_unknown_is_taken_for_tasks() -> None:
    """Why g_A is an argument: with sigma < 1 growing efficiency not counted looks like displacement."""
    before = ces_economy(CONTENT, SIGMA, ONES, ONES, INCOME)
    now = ces_economy(CONTENT, SIGMA, 1.5 * ONES, ONES, INCOME, 1.5)
    ignored = labour_demand(now, before, Sigmas(SIGMA))
    known = labour_demand(now, before, Sigmas(SIGMA), float(np.log(1.5)))
    assert ignored.substitution[0, 0] > 0.01 and ignored.task_content[0, 0] < -0.01
    assert np.abs(known.substitution).max() < 1e-12 and np.abs(known.task_content).max() < 1e-12


@given(st.floats(0.2, 5.0), st.sampled_from([0.3, 0.6, 0.9999999, 1.0, 2.0]))
@settings(deadline=None)
def test_cheaper_ai_is_no_displacement_of_tasks(price: float, sigma: float) -> None:
    """Tasks of labour and AI at given shares: what its price does is a part of its own."""
    tasks = {"pay": 0.6 * INCOME, "ai": 0.1 * INCOME, "capital": 0.4 * INCOME}
    before = replace(
        ces_economy(0.6 * ONES, 0.5 * ONES, ONES, ONES, INCOME),
        ai_work=tasks["ai"][None, :, None],
    )
    share = 0.1 / 0.7
    if sigma == 1:
        bundle, of_ai = price**share, share
    else:
        bundle = (1 - share + share * price ** (1 - sigma)) ** (1 / (1 - sigma))
        of_ai = share * (price / bundle) ** (1 - sigma)
    work = 0.7 * bundle ** (1 - 0.5)
    pay, capital = INCOME * work * (1 - of_ai), tasks["capital"]
    now = replace(
        before,
        pay=pay[None, :, None],
        factor_income=(pay + capital)[None],
        gdp_nominal=np.array([(pay + capital).sum()]),
        ai_work=(INCOME * work * of_ai)[None, :, None],
        ai_price=np.array([price]),
    )
    found = labour_demand(now, before, Sigmas(0.5 * ONES, 1.0, np.array([sigma])))
    assert np.abs(found.task_content).max() < 1e-8
    assert np.abs(found.substitution).max() < 1e-12
    # easy to replace by AI: cheaper AI costs labour its share
    if abs(sigma - 0.5) > 0.2 and abs(price - 1) > 0.01:
        assert np.sign(found.ai.sum()) == np.sign((price - 1) * (sigma - 0.5))


def test_displacement_of_the_years_is_of_the_centred_mean() -> None:
    content = np.array([0.70, 0.69, 0.70, 0.66, 0.65, 0.66, 0.60, 0.59])
    years = [ces_economy(x * ONES, SIGMA, ONES, ONES, INCOME) for x in content]
    path = Flows(
        **{
            f: np.concatenate([getattr(y, f) for y in years])
            for f in Flows.__dataclass_fields__  # one run over several years
        }
    )
    found = along_time(path, Sigmas(SIGMA))
    down, up, rest = found.smoothed()
    steps = np.diff(np.log(content))
    assert found.task_content.sum(axis=1) == pytest.approx(steps, abs=1e-12)
    assert down.sum(axis=1)[2] == pytest.approx(steps[:5].mean(), abs=1e-12)
    assert down.sum(axis=1)[0] == pytest.approx(steps[:3].mean(), abs=1e-12)
    assert (up == 0).all() and np.allclose(down + rest, found.task_content)


# ---- labour share, jobs, pieces -------------------------------------------------------------------


@given(flows_tn, flows_tn, flows_tn, flows_tn, flows_t, flows_t)
@settings(deadline=None)
def test_the_labour_share_adds_up_by_sector(
    labour: np.ndarray,
    other: np.ndarray,
    labour0: np.ndarray,
    other0: np.ndarray,
    tax: np.ndarray,
    tax0: np.ndarray,
) -> None:
    income, income0 = labour + other, labour0 + other0
    gdp, gdp0 = income.sum(axis=1) + tax, income0.sum(axis=1) + tax0
    within, between, outside = labour_share_change(labour, income, gdp, labour0, income0, gdp0)
    total = labour.sum(axis=1) / gdp - labour0.sum(axis=1) / gdp0
    assert np.allclose(within.sum(axis=1) + between.sum(axis=1) + outside, total, atol=1e-10)
    # without taxes on products they are the parts that every run reports
    plain = labour_share_change(
        labour, income, income.sum(axis=1), labour0, income0, income0.sum(axis=1)
    )
    parts = deviations.labour_share_parts(labour, income, labour0, income0)
    for found, known in zip(plain, parts, strict=False):
        assert np.allclose(found.sum(axis=1), known, atol=1e-12)


def test_a_growing_sector_counts_by_its_distance_from_the_mean() -> None:
    labour = np.array([[8.0, 2.0]])
    income = np.array([[10.0, 10.0]])
    grown = np.array([[2.0, 1.0]])
    _, between, _ = labour_share_change(
        labour * grown, income * grown, np.array([30.0]), labour, income, np.array([20.0])
    )
    # the labour-intensive sector grew: both its rise and the other's fall raise the labour share
    assert (between > 0).all()


@given(flows_tns, flows_tns)
def test_created_less_lost_is_net(now: np.ndarray, before: np.ndarray) -> None:
    created, lost = job_changes(now, before)
    assert (created >= 0).all() and (lost >= 0).all() and (created * lost == 0).all()
    assert np.array_equal(created - lost, now - before)


@given(positive, st.floats(-1e-3, 1e-3))
def test_log_mean_lies_between(x: float, step: float) -> None:
    y = x * (1 + step)
    found = float(log_mean(np.array([x]), np.array([y]))[0])
    assert min(x, y) * (1 - 1e-9) <= found <= max(x, y) * (1 + 1e-9)
    assert log_mean(np.array([0.0]), np.array([y]))[0] == 0


@given(st.floats(0.0, 3.0), arrays(float, 3, elements=positive), arrays(float, 3, elements=small))
def test_unit_price(sigma: float, values: np.ndarray, changes: np.ndarray) -> None:
    found = unit_price(np.array([sigma]), [v[None] for v in values], [x[None] for x in changes])
    share = values / values.sum()
    if abs(sigma - 1) > 1e-3:
        exact = np.log((share * np.exp((1 - sigma) * changes)).sum()) / (1 - sigma)
        assert found[0] == pytest.approx(exact, abs=1e-9)
    else:
        assert found[0] == pytest.approx((share * changes).sum(), abs=1e-3)
    assert changes.min() - 1e-9 <= found[0] <= changes.max() + 1e-9
    same = unit_price(np.array([sigma]), [v[None] for v in values], [np.full(1, 0.3)] * 3)
    assert same[0] == pytest.approx(0.3)
