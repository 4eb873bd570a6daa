"""Identities of the accounts, and that the split adds up to the published table."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engels.calibration import Benchmark, build_sam, calibrate, check_benchmark, check_sam
from engels.calibration.identities import (
    column_gaps,
    gdp_by_expenditure,
    net_growth,
    net_return,
    row_gaps,
)
from engels.data import EngelsInputError, load_table

ALL = ["5", "12", "43", "153", "154"]


@pytest.mark.parametrize("name", ALL)
def test_rows_columns_and_gdp_close(name: str) -> None:
    b = calibrate(name)
    assert np.abs(row_gaps(b)).max() < 1e-10 * b.gdp
    assert np.abs(column_gaps(b)).max() < 1e-10 * b.gdp
    assert gdp_by_expenditure(b) == pytest.approx(b.gdp, rel=1e-12)
    assert b.gdp == pytest.approx(101.642200, abs=5e-7)


@pytest.mark.parametrize("name", ALL)
def test_totals_do_not_depend_on_the_aggregation(name: str) -> None:
    b = calibrate(name)
    table = load_table(2020, "42")
    compute = b.compute
    imports = b.imports.sum() + compute.chips_imported + compute.components_imported
    spending = compute.chips_domestic + compute.chips_imported + compute.other.sum()
    totals = {
        "output": (b.output.sum(), table.output.sum()),
        "labour": (b.labour.sum(), table.value_added.loc["labour"].sum()),
        "imports": (imports, table.imports.sum()),
        "exports": (b.exports.sum(), table.final["exports"].sum()),
        "investment": (b.investment.sum() + spending, table.final["gfcf"].sum()),
        "inventory": (b.inventory.sum(), table.final["inventory"].sum()),
        "rural": (b.consumption[:, 0].sum(), table.final["rural"].sum()),
        "urban": (b.consumption[:, 1].sum(), table.final["urban"].sum()),
        "government": (b.government.sum(), table.final["government"].sum()),
        # A loss of sector 011 of the 153 is booked as a subsidy: only the sum is the same.
        "other income": (
            b.capital.sum() + compute.rent + b.production_tax.sum(),
            table.value_added.loc[["production_tax", "depreciation", "surplus"]].to_numpy().sum(),
        ),
        "persons": (b.persons.sum(), 750.64),
        "capital": (b.capital_stock.sum() + compute.stock, 3.17 * b.gdp),
    }
    for total, (ours, published) in totals.items():
        assert ours == pytest.approx(published, rel=1e-10), total


def test_the_split_adds_up_to_the_published_table() -> None:
    """Sector 31 and AI together are the published sector 31, cell by cell."""
    b = calibrate("43")
    table = load_table(2020, "42")
    n = len(table.codes)
    info, chip, ai = b.index("31"), b.index("20"), b.index("AI")
    use = b.intermediate.copy()
    use[:, ai] += b.compute.operation
    use[ai, :] += b.ai_purchases.sum(axis=1)
    use[:, info] += use[:, ai]
    use[info, :] += use[ai, :]
    np.testing.assert_allclose(use[:n, :n], table.intermediate.to_numpy(), atol=1e-13)
    together = b.output[info] + b.output[ai]
    assert together == pytest.approx(table.output["31"], rel=1e-14)
    imports = b.imports[:n].copy()
    imports[info] += b.imports[ai]
    imports[chip] += b.compute.chips_imported + b.compute.components_imported
    np.testing.assert_allclose(imports, table.imports.to_numpy(), atol=1e-14)
    investment = b.investment + b.compute.other
    investment[chip] += b.compute.chips_domestic + b.compute.chips_imported
    np.testing.assert_allclose(investment[:n], table.final["gfcf"].to_numpy(), atol=1e-13)
    income = b.labour.sum(axis=1)
    assert income[info] + income[ai] == pytest.approx(table.value_added.at["labour", "31"])


def test_the_ai_sector_is_what_the_parameters_say() -> None:
    b = calibrate("43")
    table = load_table(2020, "42")
    ai = b.index("AI")
    output = b.output[ai]
    assert output == pytest.approx(0.3257, rel=1e-14)
    assert b.labour[ai].tolist() == pytest.approx([0.0, 0.0, 0.25 * output])
    assert b.compute.rent == pytest.approx(0.20 * output)
    assert b.compute.operation[b.index("24")] == pytest.approx(0.03 * output)
    assert b.compute.operation.sum() == pytest.approx(0.03 * output)
    rate = table.value_added.at["production_tax", "31"] / table.output["31"]
    assert b.production_tax[ai] == pytest.approx(rate * output)
    absorption = table.output["31"] - table.final.at["31", "exports"] + table.imports["31"]
    share = table.imports["31"] / absorption
    assert b.imports[ai] / (output + b.imports[ai]) == pytest.approx(share)
    assert b.capital[ai] == b.capital_stock[ai] == b.exports[ai] == 0.0
    assert b.ai_purchases[ai].sum() == 0.0 and b.intermediate[ai].sum() == 0.0
    assert b.consumption[ai].sum() == b.government[ai] == b.investment[ai] == 0.0
    # AI in proportion to the user's use of 31 and its exposure; within it to pay times exposure.
    use = b.intermediate[b.index("31")] + b.ai_purchases.sum(axis=1)
    mean = (b.labour * b.exposure).sum(axis=1) / b.labour.sum(axis=1)
    ratio = (b.ai_purchases.sum(axis=1) / (use * mean))[[b.index(s) for s in ("01", "20", "32")]]
    assert ratio == pytest.approx(np.full(3, ratio[0]), rel=1e-12)
    weight = b.labour[0] * b.exposure[0]
    assert b.ai_purchases[0] / b.ai_purchases[0].sum() == pytest.approx(weight / weight.sum())


@pytest.mark.parametrize("name", ALL)
def test_compute_earns_and_grows_as_the_economy(name: str) -> None:
    b = calibrate(name)
    c = b.compute
    spending = c.chips_domestic + c.chips_imported + c.other.sum()
    assert c.rent / c.stock - c.depreciation == pytest.approx(net_return(b), rel=1e-9)
    assert spending / c.stock - c.depreciation == pytest.approx(net_growth(b), rel=1e-9)
    assert c.chips_imported / (c.chips_domestic + c.chips_imported) == pytest.approx(0.70)
    assert (c.chips_domestic + c.chips_imported) / spending == pytest.approx(0.70)


def test_imported_components_are_the_published_imports() -> None:
    components = load_table(2020, "153").imports["094"]
    assert calibrate("153").compute.components_imported == pytest.approx(components, rel=1e-12)
    assert calibrate("43").compute.components_imported == pytest.approx(components, rel=1e-4)
    assert calibrate("154").compute.components_imported == 0.0


@pytest.mark.parametrize("year", [2012, 2017, 2018])
def test_a_table_of_another_year(year: int) -> None:
    source = load_table(year, "42")
    with as_file(files("engels.data").joinpath("io", f"{year}-42.csv")) as path:
        b = calibrate("43", table=path)
    assert b.base_year == year and b.path.years[0] == year
    assert b.gdp == pytest.approx(source.gdp, rel=1e-12)
    assert b.output[-1] / b.gdp == pytest.approx(0.3257 / load_table(2020, "42").gdp, rel=1e-9)
    # The publisher's error column of 2012 is in the inventory change.
    moved = b.inventory.sum() - source.final["inventory"].sum()
    assert moved == pytest.approx(source.error.sum(), abs=1e-9)


def test_a_table_of_another_list_of_sectors_is_refused() -> None:
    with (
        as_file(files("engels.data").joinpath("io", "2018-42.csv")) as path,
        pytest.raises(EngelsInputError, match="aggregation 154: member 01 is missing"),
    ):
        calibrate("154", table=Path(path))


def test_too_large_an_ai_sector_is_refused_by_name() -> None:
    with pytest.raises(EngelsInputError, match=r"electricity_share: with the production tax they"):
        calibrate(
            "154", {"ai.labour_share": 0.5, "ai.rent_share": 0.4, "ai.electricity_share": 0.08}
        )
    with pytest.raises(EngelsInputError, match="sector 090: investment left is -"):
        calibrate("154", {"ai.sales": 0.65, "ai.rent_share": 0.4, "ai.labour_share": 0.1})


@given(
    name=st.sampled_from(["5", "43"]),
    sales=st.floats(0.16285, 0.6514),
    labour=st.floats(0.1, 0.4),
    rent=st.floats(0.1, 0.4),
    power=st.floats(0.005, 0.08),
    chips=st.floats(0.5, 0.9),
    imported=st.floats(0.2, 0.9),
    worn=st.floats(0.2, 0.5),
)
@settings(max_examples=40, deadline=None)
def test_identities_hold_for_every_admissible_ai_sector(
    name: str,
    sales: float,
    labour: float,
    rent: float,
    power: float,
    chips: float,
    imported: float,
    worn: float,
) -> None:
    b = calibrate(
        name,
        {
            "ai.sales": sales,
            "ai.labour_share": labour,
            "ai.rent_share": rent,
            "ai.electricity_share": power,
            "compute.chips_share": chips,
            "compute.imported_share": imported,
            "compute.depreciation": worn,
        },
    )
    assert np.abs(row_gaps(b)).max() < 1e-10 * b.gdp
    assert np.abs(column_gaps(b)).max() < 1e-10 * b.gdp
    assert b.gdp == pytest.approx(101.642200, abs=5e-7)
    assert b.output[b.index("AI")] == pytest.approx(sales)


@pytest.mark.parametrize("name", ALL)
def test_the_sam_balances(name: str) -> None:
    b = calibrate(name)
    sam = build_sam(b)
    assert check_sam(sam) < 1e-10
    assert list(sam.index) == list(sam.columns)
    labour = sam.loc[[f"f:{skill}" for skill in b.skills]].to_numpy().sum()
    assert labour == pytest.approx(b.labour.sum())
    assert sam.at["saving_investment", "rest_of_world"] == pytest.approx(16.265915 - 18.792607)


def test_a_sam_that_does_not_balance_names_the_account_and_the_gap() -> None:
    sam = build_sam(calibrate("5"))
    sam.loc["c:SRV", "h:urban"] += 0.25
    with pytest.raises(EngelsInputError, match=r"account (c:SRV|h:urban): receives .* gap -?0\.25"):
        check_sam(sam)


def broken(change: dict[str, object]) -> Benchmark:
    return calibrate("5").with_(**change)


def test_a_broken_benchmark_is_refused_by_name() -> None:
    b = calibrate("5")
    one = np.array([0.0, 0.0, 0.0, 0.1, 0.0])
    with pytest.raises(EngelsInputError, match="row SRV: does not close"):
        check_benchmark(broken({"exports": b.exports + one}))
    with pytest.raises(EngelsInputError, match="column SRV: does not close"):
        check_benchmark(broken({"production_tax": b.production_tax + one}))
    with pytest.raises(EngelsInputError, match="capital_owner: shares"):
        check_benchmark(broken({"capital_owner": np.array([0.2, 0.9])}))
    with pytest.raises(EngelsInputError, match="sector SRV: exposure is -"):
        check_benchmark(broken({"exposure": b.exposure - 9.0 * one[:, None]}))
    with pytest.raises(EngelsInputError, match="compute's net return"):
        check_benchmark(broken({"capital_stock": 2.0 * b.capital_stock}))
