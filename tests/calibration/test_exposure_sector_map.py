"""The sector map: one editable table, from the 42 sectors to the model's."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engels.calibration import SectorMap, calibrate, published
from engels.calibration.sector_map import by_parent, read_sector_map
from engels.data import EngelsInputError

PACKAGED = files("engels.calibration").joinpath("sector_map.csv")
TEXT = PACKAGED.read_text(encoding="utf-8")
FIELDS = ("substitution", "upgrading", "new_formats", "cap")


def values(found: SectorMap | None) -> np.ndarray:
    assert found is not None
    return np.column_stack([getattr(found, name) for name in FIELDS])


def test_every_sector_has_a_line_and_says_where_it_is_from() -> None:
    with PACKAGED.open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype={"sector": str}).set_index("sector")
    assert list(table.index) == list(published.sectors("42").index)
    assert list(table["name"]) == list(published.sectors("42")["name_en"])
    assert set(table["basis"]) == {"text", "neutral"}
    neutral = table[table["basis"] == "neutral"]
    assert (neutral[list(FIELDS)] == [1, 1, 0, 0.6]).all(axis=None)
    assert (neutral["reference"] == "in neither text").all()
    said = table.loc[table["basis"] == "text", "reference"]
    assert said.str.contains(r"(?:Zheng, Tao and Yang|Chen 2023) \d").all()


def test_the_readings_of_the_texts() -> None:
    frame = read_sector_map()
    assert frame.to_numpy().min() >= 0.0 and frame.to_numpy().max() <= 1.0
    for sector in ("28", "31", "32", "34", "41"):  # trade, software, finance, business, media
        assert frame.at[sector, "substitution"] == 1.0
    assert (frame.loc[["06", "18", "20"], "upgrading"] == 1.0).all()  # manufacturing
    assert frame["new_formats"].idxmax() == "31"
    assert frame.at["40", "cap"] < frame.at["39", "cap"] < frame.at["32", "cap"]
    assert frame.loc[["30", "38"], "substitution"].tolist() == [0.0, 0.0]  # between people


def test_at_43_sectors_it_is_the_table_and_ai_is_as_information() -> None:
    b = calibrate("43")
    ours, table = values(b.sector_map), read_sector_map()
    assert ours[:-1] == pytest.approx(table.loc[list(b.sectors[:-1])].to_numpy(), rel=1e-14)
    assert ours[b.index("AI")].tolist() == ours[b.index("31")].tolist()


@pytest.mark.parametrize("name", ["5", "12", "153", "154"])
def test_aggregates_lie_between_their_members(name: str) -> None:
    ours, table = values(calibrate(name).sector_map), read_sector_map().to_numpy()
    assert not np.isnan(ours).any()
    assert (ours >= table.min(axis=0) - 1e-12).all() and (ours <= table.max(axis=0) + 1e-12).all()


def test_weights_are_labour_compensation() -> None:
    """The mean over the economy is the same at every aggregation, weighted with pay."""
    means = []
    for name in ("5", "12", "43"):
        b = calibrate(name)
        pay = b.labour.sum(axis=1)
        means.append(pay @ values(b.sector_map) / pay.sum())
    assert means[0] == pytest.approx(means[2], rel=1e-10)
    assert means[1] == pytest.approx(means[2], rel=1e-10)


def test_your_own_table_moves_what_it_changes_and_nothing_else(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    line = next(row for row in TEXT.splitlines() if row.startswith("32,"))
    own.write_text(TEXT.replace(line, "32,Finance,1.5,0,3,0.25,mine,mine"), encoding="utf-8")
    b, base = calibrate("43", {"sector_map.file": str(own)}), calibrate("43")
    ours, before = values(b.sector_map), values(base.sector_map)
    finance = b.index("32")
    assert ours[finance] == pytest.approx([0.5, 0.0, 1.0, 0.25])
    assert np.delete(ours, finance, axis=0).tolist() == np.delete(before, finance, axis=0).tolist()
    assert b.exposure.tolist() == base.exposure.tolist()
    assert "own.csv" in b.sources["sector map"]
    assert b.sources["sector map"] != base.sources["sector map"]


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(TEXT, encoding="utf-8")
    first = by_parent(str(own), ("01",))[0, 0]
    own.write_text(TEXT.replace('fishery",1,', 'fishery",3,'), encoding="utf-8")
    assert (first, by_parent(str(own), ("01",))[0, 0]) == (pytest.approx(1 / 3), 1.0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\n01,", "\n99,", r"unknown \['99'\], absent \['01'\]"),
        ("\n02,", "\n03,", r"absent \['02'\], twice \['03'\]"),
        ('fishery",1,', 'fishery",4,', r"line 2 \(01\), column substitution: 4 is out of range"),
        ('fishery",1,1,0,0.6', 'fishery",1,1,0,60', r"column cap: 60 is out of range.*0 to 1"),
        ('fishery",1,', 'fishery",much,', "'much' is not a number"),
        ("upgrading,", "upgrade,", "no column upgrading"),
    ],
)
def test_a_bad_table_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    own = tmp_path / "own.csv"
    own.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(EngelsInputError, match=message):
        calibrate("5", {"sector_map.file": str(own)})


def test_a_table_that_is_not_there_is_refused() -> None:
    with pytest.raises(EngelsInputError, match=r"nowhere\.csv.*no such file"):
        calibrate("5", {"sector_map.file": "nowhere.csv"})
