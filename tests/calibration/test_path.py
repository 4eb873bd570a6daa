"""The path that the baseline is told."""

from __future__ import annotations

import numpy as np
import pytest

from engels.calibration import calibrate
from engels.data import EngelsInputError


def test_official_figures_to_2025_then_the_projection() -> None:
    path = calibrate("5").path
    growth = dict(zip(path.years[1:], path.gdp[1:] / path.gdp[:-1] - 1.0, strict=True))
    known = {2021: 0.086, 2022: 0.031, 2023: 0.054, 2024: 0.05, 2025: 0.05, 2026: 0.046}
    for year, rate in (known | {2035: 0.040, 2050: 0.026}).items():
        assert growth[year] == pytest.approx(rate), year
    assert growth[2030] == pytest.approx(0.046 - 4.0 / 9.0 * 0.006)
    employment = dict(zip(path.years, path.employment, strict=True))
    assert [employment[year] for year in range(2020, 2026)] == pytest.approx(
        [750.64, 746.52, 733.51, 740.41, 734.39, 725.04]
    )
    assert employment[2028] / employment[2027] - 1.0 == pytest.approx(-0.002 + 0.002, abs=1e-12)
    assert employment[2033] / employment[2032] - 1.0 == pytest.approx(-0.009 + 0.002)
    assert employment[2036] / employment[2035] - 1.0 == pytest.approx(-0.012 + 0.002)
    assert employment[2045] / employment[2044] - 1.0 == pytest.approx(-0.009)


def test_the_base_year_is_the_table() -> None:
    b = calibrate("43")
    c = b.compute
    spending = b.investment.sum() + c.chips_domestic + c.chips_imported + c.other.sum()
    path = b.path
    assert path.years[0] == 2020 and path.gdp[0] == 1.0
    assert path.investment_rate[0] == pytest.approx(spending / b.gdp)
    assert path.government_rate == pytest.approx(b.government.sum() / b.gdp)
    assert path.foreign_saving == pytest.approx(path.gdp)
    assert path.world_demand == pytest.approx(path.gdp)
    assert (path.tfp_sector[0] == 1.0).all() and (path.labour_by_skill[0] == 1.0).all()


def test_investment_and_inventories() -> None:
    path = calibrate("5").path
    at = dict(zip(path.years, path.investment_rate, strict=True))
    assert [at[2025], at[2030], at[2035], at[2050]] == pytest.approx([0.40, 0.385, 0.37, 0.31])
    assert path.inventory[:7] == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.0, 0.0], abs=1e-15)


def test_beyond_2050_rates_stay() -> None:
    short, long = calibrate("5").path, calibrate("5", last_year=2080).path
    years = len(short.years)
    assert long.gdp[:years] == pytest.approx(short.gdp)
    assert long.gdp[-1] / long.gdp[-2] - 1.0 == pytest.approx(0.026)
    assert long.investment_rate[-1] == pytest.approx(0.31)
    assert long.tfp_sector[-1] == pytest.approx(long.tfp_sector[30])


@pytest.mark.parametrize("name", ["5", "43", "154"])
def test_sectoral_productivity_averages_to_zero_over_value_added(name: str) -> None:
    b = calibrate(name)
    weight = b.labour.sum(axis=1) + b.capital
    weight[b.index("AI")] += b.compute.rent
    growth = b.path.tfp_sector[1:] / b.path.tfp_sector[:-1] - 1.0
    assert np.abs(growth @ weight / weight.sum()).max() < 1e-14
    assert np.abs(growth[-1]).max() < 1e-14


def test_electronics_lead_and_construction_lags() -> None:
    b = calibrate("43")
    growth = b.path.tfp_sector[1] - 1.0
    assert growth[b.index("20")] - growth[b.index("AI")] == pytest.approx(0.03)
    assert growth[b.index("27")] - growth[b.index("AI")] == pytest.approx(-0.005)


def test_skill_upgrading_and_other_parameters_of_the_path() -> None:
    path = calibrate("5", {"path.skill_upgrading.high": 0.01, "path.gdp_growth.2050": 0.02}).path
    assert path.labour_by_skill[10, 2] / path.labour_by_skill[10, 1] == pytest.approx(1.01**10)
    assert path.labour_by_skill[:, 0] == pytest.approx(path.employment / path.employment[0])
    assert path.gdp[-1] / path.gdp[-2] - 1.0 == pytest.approx(0.02)
    assert set(path.notes) >= {"gdp", "employment", "investment_rate", "tfp_sector"}


def test_a_last_year_before_the_base_year_is_refused() -> None:
    with pytest.raises(EngelsInputError, match="2020 is not after the base year; at least 2021"):
        calibrate("5", last_year=2020)
