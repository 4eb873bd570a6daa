"""Labour, capital, ownership, exposure, elasticities and the printed summary."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engels.calibration import calibrate, classify, describe
from engels.calibration.factors import stocks_of_equal_return
from engels.calibration.identities import net_growth, net_return
from engels.data import EngelsInputError, load_employment, load_table

ALL = ["5", "12", "43", "153", "154"]


def test_persons_are_the_census_and_ai_people_come_from_information() -> None:
    b = calibrate("43")
    census = load_employment().query("year == 2020").set_index("sector")["persons"]
    ours = dict(zip(b.sectors, b.persons.sum(axis=1), strict=True))
    for sector in ("01", "20", "42"):
        assert ours[sector] == pytest.approx(census[sector], rel=1e-4)
    assert ours["31"] + ours["AI"] == pytest.approx(census["31"], rel=1e-4)
    info, ai = b.index("31"), b.index("AI")
    pay = b.labour[:, 2] / b.persons[:, 2]
    assert pay[ai] == pytest.approx(pay[info])
    assert b.persons[ai, :2].tolist() == [0.0, 0.0]


def test_the_other_source_of_employment_has_its_own_structure_and_the_same_total() -> None:
    b, other = calibrate("43"), calibrate("43", {"employment.source": "wang-jia-wang"})
    theirs = load_employment("wang-jia-wang").query("year == 2018").set_index("sector")["persons"]
    assert other.persons.sum() == pytest.approx(b.persons.sum())
    ours = dict(zip(other.sectors, other.persons.sum(axis=1), strict=True))
    for one, two in (("01", "28"), ("29", "42")):
        assert ours[one] / ours[two] == pytest.approx(theirs[one] / theirs[two])
    assert "Wang" in other.sources["labour"]


def test_more_schooling_earns_more_and_lives_in_town() -> None:
    b = calibrate("43")
    wages = b.labour.sum(axis=0) / b.persons.sum(axis=0)
    assert wages[0] < wages[1] < wages[2]
    assert b.labour_owner[0, 0] > b.labour_owner[1, 0] > b.labour_owner[2, 0]
    assert b.labour_owner.sum(axis=1) == pytest.approx(np.ones(3))
    assert b.quota_rent_owner == {"urban": 1.0}


def test_capital_at_national_prices_returns_more_than_gdp_grows() -> None:
    """At 4.84 times GDP, of purchasing powers, it does not; at 3.17, of prices in yuan, it does."""
    for ratio, above in ((4.84, False), (3.17, True)):
        b = calibrate("5", {"capital.output_ratio": ratio})
        growth = float(b.path.gdp[10] / b.path.gdp[0]) ** 0.1 - 1
        assert (net_return(b) > growth) is above
        assert b.capital_stock.sum() + b.compute.stock == pytest.approx(ratio * b.gdp, rel=1e-9)


@given(
    st.lists(st.tuples(st.floats(0.01, 10.0), st.floats(0.03, 0.15)), min_size=2, max_size=8),
    st.floats(0.01, 0.3),
    st.floats(0.02, 0.1),
)
def test_stocks_of_equal_return(
    sectors: list[tuple[float, float]], net: float, average: float
) -> None:
    income, rate = (np.array(x) for x in zip(*sectors, strict=True))
    total = income.sum() / (net + average)
    stock = stocks_of_equal_return(income, rate, total, average)
    assert stock.sum() == pytest.approx(total, rel=1e-9)
    worn = average * total / (rate * stock).sum() * rate
    assert income / stock - worn == pytest.approx(np.full(len(income), net), rel=1e-7)


@pytest.mark.parametrize("name", ALL)
def test_capital_spread_by_income_has_no_premia_in_any_aggregation(name: str) -> None:
    plain, alike = (calibrate(name, {"capital.income_weight": w}) for w in (0.0, 1.0))
    own = alike.capital_stock > 0
    own[alike.index(alike.ai)] = False
    net = (alike.capital / np.where(own, alike.capital_stock, 1.0) - alike.depreciation)[own]
    assert net == pytest.approx(np.full(own.sum(), net_return(plain)), rel=1e-7)
    assert net_return(alike) == pytest.approx(net_return(plain), rel=1e-9)
    assert alike.capital_stock.sum() == pytest.approx(plain.capital_stock.sum(), rel=1e-9)
    assert (alike.output == plain.output).all()


def test_a_negative_return_cannot_be_the_same_everywhere() -> None:
    changes = {"capital.output_ratio": 5.5, "capital.depreciation": 0.11}
    calibrate("5", changes | {"capital.income_weight": 0})
    with pytest.raises(EngelsInputError, match=r"capital\.income_weight"):
        calibrate("5", changes | {"capital.income_weight": 0.5})


def test_rural_capital_is_a_parameter_and_the_tax_follows_income() -> None:
    b = calibrate("5", {"households.capital_rural": 0.2})
    assert b.capital_owner.tolist() == pytest.approx([0.2, 0.8])
    capital = b.capital.sum() + b.compute.rent
    income = b.labour.sum(axis=0) @ b.labour_owner + capital * b.capital_owner
    assert b.transfer_owner == pytest.approx(income / income.sum())


@pytest.mark.parametrize("name", ALL)
def test_capital_sums_to_the_totals(name: str) -> None:
    b = calibrate(name)
    average = (b.depreciation * b.capital_stock).sum() / b.capital_stock.sum()
    assert average == pytest.approx(0.0523)
    assert net_return(b) == pytest.approx(b.capital.sum() / b.capital_stock.sum() - 0.0523)
    assert net_growth(b) == pytest.approx(b.investment.sum() / b.capital_stock.sum() - 0.0523)


def test_labels_follow_the_weighted_median_of_the_labour_share() -> None:
    assert classify(np.array([0.2, 0.9, 0.5]), np.array([1.0, 1.0, 1.0])) == [
        "capital",
        "labour",
        "labour",
    ]
    assert classify(np.array([0.2, 0.9, 0.5]), np.array([3.0, 1.0, 1.0])) == ["labour"] * 3
    b = calibrate("43")
    table = load_table(2020, "42")
    factor_income = table.value_added.loc[["labour", "depreciation", "surplus"], "01"].sum()
    assert b.labour_share[0] == pytest.approx(table.value_added.at["labour", "01"] / factor_income)
    for sector in ("01", "08", "27", "39", "42"):
        assert b.intensity[sector] == "labour"
    for sector in ("03", "11", "14", "24", "32", "33"):
        assert b.intensity[sector] == "capital"
    net = b.labour.sum(axis=1) + b.capital
    net[b.index("AI")] += b.compute.rent
    capital = np.array([b.intensity[sector] == "capital" for sector in b.sectors])
    assert 0.4 < net[capital].sum() / net.sum() < 0.5


def test_stages() -> None:
    assert calibrate("5").stage == {
        "AGR": "primary",
        "IND": "secondary",
        "ELC": "secondary",
        "SRV": "tertiary",
        "AI": "tertiary",
    }


@pytest.mark.parametrize("name", ALL)
def test_exposure_is_a_share_and_middle_skills_are_most_exposed(name: str) -> None:
    b = calibrate(name)
    assert (b.exposure > 0.0).all() and (b.exposure < 1.0).all()
    others = [i for i, sector in enumerate(b.sectors) if sector != "AI"]
    assert (b.exposure[others, 1] > b.exposure[others, 0]).all()


def test_exposure_over_the_sectors_has_the_mean_and_spread_asked_for() -> None:
    high = calibrate("43").exposure[:-1, 2]  # the shape of high skills is 1
    assert high.mean() == pytest.approx(0.30, abs=0.005)
    assert high.std() == pytest.approx(0.10, abs=0.005)


@pytest.mark.parametrize("name", ALL)
def test_elasticities_are_in_their_ranges_and_budgets_add_up(name: str) -> None:
    b = calibrate(name)
    e = b.elasticities
    shares = b.consumption / b.consumption.sum(axis=0)
    assert (shares * e.income).sum(axis=0) == pytest.approx(np.ones(2), rel=1e-12)
    committed = 1.0 + e.income / e.frisch
    assert (committed > 0.0).all(), "committed spending of the LES must be positive"
    assert (e.armington > 0.0).all() and (e.armington <= 5.0).all()
    assert e.capital_labour.min() > 0.2 - 1e-12 and e.capital_labour.max() < 0.8 + 1e-12
    for vector in (e.top, e.capital_labour, e.ai_traditional, e.armington, e.export_demand):
        assert vector.shape == (len(b.sectors),)


def test_an_elasticity_override_reaches_the_benchmark() -> None:
    e = calibrate("43", {"elasticities.capital_labour.services": 1.2}).elasticities
    base = calibrate("43").elasticities
    assert e.capital_labour[-2] == 1.2 and base.capital_labour[-2] == 0.8
    assert e.capital_labour[0] == base.capital_labour[0] == 0.25
    scaled = calibrate("43", {"elasticities.armington_scale": 0.5}).elasticities.armington
    assert scaled[0] == pytest.approx(0.5 * base.armington[0])


def test_a_household_that_cannot_pay_its_consumption_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engels.calibration.factors.LOWEST_SAVING", 0.52)
    with pytest.raises(EngelsInputError, match="household rural: disposable income"):
        calibrate("5")


def test_the_summary_prints_every_sector() -> None:
    b = calibrate("43")
    frame = describe(b)
    assert tuple(frame.index) == b.sectors
    assert frame["value_added"].sum() == pytest.approx(b.gdp)
    assert frame.at["AI", "capital_stock"] == b.compute.stock
    assert frame.at["AI", "net_return"] == pytest.approx(net_return(b))
    assert (frame["ai_cost_share"].drop("AI") > 0.0).all()
    assert "Construction" in frame.to_string()


@pytest.mark.parametrize(("name", "limit"), [("43", 1.0), ("154", 5.0)])
def test_calibration_takes_no_time(name: str, limit: float) -> None:
    start = time.perf_counter()
    calibrate(name)
    assert time.perf_counter() - start < limit


def test_services_from_person_to_person() -> None:
    """Catering, residents, education, care and culture; of them care; by output in larger sectors."""
    b = calibrate("43")
    assert b.person_services is not None
    served = dict(zip(b.sectors, b.person_services, strict=True))
    assert {j for j, x in served.items() if x > 0} == {"30", "38", "39", "40", "41"}
    assert set(served.values()) == {0.0, 1.0}
    assert b.composition is not None
    assert b.composition.groups["care"] == ("40",)
    few = calibrate("5")
    assert few.person_services is not None
    assert few.person_services @ few.output == pytest.approx(b.person_services @ b.output)
    for j, x in zip(few.sectors, few.person_services, strict=True):
        assert (0 < x < 1) if j == "SRV" else x == 0
