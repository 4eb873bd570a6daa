"""Korinek & Suh (2024, NBER 32255): artificial general intelligence within twenty years, baseline.

The economy is that of ``engels.replication.korinek_suh_economy``, built from the model's own nests,
complementarity, accumulation and Euler equation; the path is known to 1e-4.
"""

from __future__ import annotations

import pandas as pd
import pytest

from engels.replication.korinek_suh_2024 import setting
from engels.replication.korinek_suh_economy import bounded, solved
from engels.replication.sheet import load_sheet

YEARS, STEP = 20, 0.025


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    s = setting()
    return solved(s, bounded(s.automated, YEARS), YEARS, round(YEARS / STEP))


def test_golden_path(found: pd.DataFrame) -> None:
    golden = load_sheet("korinek_suh_2024").lists("golden_path")
    assert [float(year) for year in golden] == [0, 5, 10, 15, 20]
    for year, values in golden.items():
        row = found.loc[float(year), ["K", "C", "Y", "w", "R"]]
        assert list(row) == pytest.approx(values, abs=5.1e-5)


def test_wages_rise_and_collapse_before_full_automation(found: pd.DataFrame) -> None:
    wage = found["w"]
    assert wage.idxmax() == pytest.approx(13.20, abs=STEP)
    assert wage.max() == pytest.approx(1.8237, abs=5e-5)
    abundant = found.index[found["region"] == 2][0]
    assert abundant == pytest.approx(18.61, abs=STEP)
    assert wage.loc[abundant] == pytest.approx(setting().productivity, rel=1e-6)
