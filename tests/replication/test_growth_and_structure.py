"""Aghion, Jones and Jones, Guo, Nordhaus: their laws on simulated paths and solved economies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engels.data import EngelsInputError
from engels.replication import aghion_jones_jones as ajj
from engels.replication import guo_2019 as guo
from engels.replication import nordhaus_2021 as nordhaus
from engels.replication.sheet import load_sheet

# ------------------------------------------------------ Aghion, Jones and Jones


def test_numbers_computed_before_come_out() -> None:
    for study in (ajj.STUDY, nordhaus.STUDY):
        assert [f.label for f in study.run().figures if f.passed is False] == []


@settings(max_examples=20, deadline=None)
@given(st.floats(-3.0, -0.3), st.floats(0.005, 0.05), st.floats(0.1, 0.4), st.floats(0.02, 0.1))
@example(-0.3125, 0.046875, 0.375, 0.0625)
@pytest.mark.slow
def test_balanced_growth(rho: float, theta: float, saving: float, delta: float) -> None:
    growth, share = ajj.balanced_growth(rho, theta, saving, delta)
    # as long as it may take, and no longer than capital stays a number
    years = min(4000, int(600 / max(abs(growth), 0.15)))
    paths = ajj.automation(rho, theta, saving, delta, 0.3, 1.0, years)
    limit = (1 - rho) / rho * np.log1p(-theta)
    assume(abs(saving - np.expm1(limit) - delta) > 0.01)  # on the border it takes for ever
    assert paths["growth"].iloc[-2] == pytest.approx(growth, rel=1e-3)
    assert paths["capital_share"].iloc[-1] == pytest.approx(share, rel=1e-2)


@given(st.floats(0.1, 50), st.floats(0.01, 0.99), st.floats(-3, -0.2))
def test_capital_share_is_its_marginal_product(capital: float, left: float, rho: float) -> None:
    h = 1e-5 * capital
    up, down = (ajj.output(capital + d, left, rho) for d in (h, -h))
    marginal = (up - down) / (2 * h)
    share = marginal * capital / ajj.output(capital, left, rho)
    assert ajj.capital_share(capital, left, rho) == pytest.approx(share, rel=1e-4, abs=1e-9)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.2, 1.0), st.floats(0.2, 2.0))
def test_year_of_the_singularity(phi: float, start: float) -> None:
    end, path = ajj.type_two(phi, start)
    assert end == pytest.approx(1 / (phi * start**phi), rel=1e-5)
    at = 0.5 * end
    closed = (start**-phi - phi * at) ** (-1 / phi)
    assert np.interp(at, path.index, path["log_ideas"]) == pytest.approx(np.log(closed), abs=1e-2)


def test_without_spillovers_there_is_no_singularity() -> None:
    with pytest.raises(EngelsInputError, match="phi above zero"):
        ajj.type_two(0.0, 1.0)


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_scarce_people_set_the_growth_of_ideas(phi: float) -> None:
    growth = ajj.idea_growth(-1.0, phi, 0.05, 0.02, 4000)
    assert growth == pytest.approx(0.02 / (1 - phi), rel=1e-3)


# ------------------------------------------------------------------------ Guo


@pytest.fixture(scope="module")
def study_of_guo() -> pd.DataFrame:
    outcome = guo.run()
    assert not outcome.missed
    assert [f.label for f in outcome.figures if f.passed is False] == []
    return outcome.frames["cases"]


@pytest.mark.parametrize("case", list("ABCDE"))
def test_cases_to_a_thousandth_of_a_point(study_of_guo: pd.DataFrame, case: str) -> None:
    known = load_sheet("guo_2019").lists("earlier")[case]
    row = study_of_guo.loc[case]
    assert row[list(guo.LEVELS)].to_numpy() == pytest.approx(known[:3], abs=6e-5)
    assert row[list(guo.CHANGES)].to_numpy() == pytest.approx(known[3:], abs=1e-3)
    assert row["rule"] == pytest.approx(row["T1/T2"], abs=1e-3)


def case(name: str) -> guo.Economy:
    sheet = load_sheet("guo_2019")
    return guo.read_case(sheet, sheet.lists("cases")[name])


def test_the_quick_solution_is_that_of_the_blocks() -> None:
    e = case("E")
    before, after = guo.equilibria(e, 1.1)
    flow = np.log(after.traditional[0] / after.traditional[1])
    flow -= np.log(before.traditional[0] / before.traditional[1])
    quick = [guo.quick(e, a)[1] for a in (1.0, 1.1)]
    assert np.log(quick[1][0] / quick[1][1]) - np.log(quick[0][0] / quick[0][1]) == pytest.approx(
        flow, abs=1e-7
    )


def test_income_is_spent_and_paid() -> None:
    before, _ = guo.equilibria(case("A"), 1.0)
    assert float((before.ai + before.traditional).sum()) == pytest.approx(before.final, abs=1e-9)


def test_equal_sectors_exchange_nothing() -> None:
    e = replace(case("E"), sigma=(0.8, 0.8))
    found = guo.changes(*guo.equilibria(e, 1.2))
    assert found["T1/T2"] == pytest.approx(0, abs=1e-8)
    assert found["p1/p2"] == pytest.approx(0, abs=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.3, 1.9), st.floats(0.3, 1.9))
def test_equal_sigma_decides_the_direction(sigma: float, epsilon: float) -> None:
    """Factors leave the AI-intensive sector where sigma > epsilon, and enter it where it is below."""
    if min(abs(sigma - epsilon), abs(sigma - 1), abs(epsilon - 1)) < 0.02:
        return
    e = replace(case("A"), sigma=(sigma, sigma), epsilon=epsilon)
    flow, rule = guo.region(e, 0.1)
    assert np.sign(flow) == np.sign(epsilon - sigma) == np.sign(rule)


# ------------------------------------------------------------------- Nordhaus


@given(st.floats(0.2, 0.5), st.floats(0.02, 0.1), st.floats(0.0, 0.01))
def test_elasticity_of_one_divides(share: float, capital: float, labour: float) -> None:
    high = nordhaus.supply(1.5, share, capital, labour, 100)
    low = nordhaus.supply(0.7, share, capital, labour, 100)
    assert (np.diff(high["capital_share"]) > 0).all() and (np.diff(low["capital_share"]) < 0).all()
    assert high["growth"].iloc[-1] > high["growth"].iloc[0]
    assert low["growth"].iloc[-1] < low["growth"].iloc[0]


def frame_of(**paths: np.ndarray) -> pd.DataFrame:
    years = np.arange(2025, 2051)
    rows = [
        ("run", name, "A" if name == "capital_stock" else "", "", int(y), float(v), "x")
        for name, values in paths.items()
        for y, v in zip(years, np.broadcast_to(values, years.shape), strict=True)
    ]
    columns = ["scenario", "variable", "sector", "group", "year", "value", "unit"]
    return pd.DataFrame(rows, columns=columns)


def test_tests_on_a_run_with_known_slopes() -> None:
    t = np.arange(26.0)
    frame = frame_of(
        output_per_worker=np.exp(0.02 * t + 0.0005 * t**2),  # growth rises by 0.001 a year
        real_wage=np.exp(0.02 * t),
        capital_share=0.4 * np.exp(0.01 * t),
        price_investment=np.exp(-0.02 * t),
        capital_stock=np.exp(0.03 * t),
        compute_capacity=np.zeros(26) + 1e-9,
        gdp_real=np.exp(0.03 * t),
    )
    table = nordhaus.nordhaus_tests(frame, "run")
    assert table["passed"].astype(bool).to_dict() == {
        "productivity": True,
        "capital_share": True,
        "capital_price": True,
        "capital_output": False,
        "information": False,
        "wage": False,
    }
    assert table.at["productivity", "slope"] == pytest.approx(0.001)
    assert table.at["capital_share", "slope"] == pytest.approx(0.01)
    now = 0.4 * np.exp(0.25)
    assert table.at["capital_share", "years"] == pytest.approx(np.log(1 / now) / 0.01)
    assert np.isnan(float(str(table.at["wage", "years"])))
