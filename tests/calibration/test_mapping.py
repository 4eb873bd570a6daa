"""Aggregations and mapping files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from engels.calibration import available, calibrate, load_aggregation
from engels.data import EngelsInputError, load_table


@pytest.mark.parametrize("name", ["5", "12", "43", "153", "154"])
def test_each_aggregation_covers_its_table(name: str) -> None:
    aggregation = load_aggregation(name)
    table = load_table(aggregation.table.year, aggregation.table.detail)
    aggregation.check(table.codes, name)
    assert len(aggregation.sectors) == int(name)
    matrix = aggregation.matrix((*table.codes, "AI"))
    assert (matrix.sum(axis=0) == 1.0).all()
    assert name in available()


def write(folder: Path, change: dict[str, Any], drop: str = "", extra: str = "") -> Path:
    """The aggregation of five sectors with one thing wrong."""
    content = load_aggregation("5").model_dump()
    content.update(change)
    for sector in content["sectors"]:
        sector["members"] = [member for member in sector["members"] if member != drop]
    if extra:
        content["sectors"][0]["members"].append(extra)
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def test_a_mapping_file_of_ones_own(tmp_path: Path) -> None:
    benchmark = calibrate(write(tmp_path, {"name": "mine"}))
    assert benchmark.name == "mine"
    assert benchmark.gdp == pytest.approx(calibrate("5").gdp, rel=1e-14)


@pytest.mark.parametrize(
    ("drop", "extra", "message"),
    [
        ("07", "", "member 07 is missing"),
        ("", "07", "member 07 is there 2 times"),
        ("", "99", "member 99 is not in the table"),
        ("AI", "AI", "AI shares sector AGR"),
    ],
)
def test_a_wrong_member_is_named(tmp_path: Path, drop: str, extra: str, message: str) -> None:
    with pytest.raises(EngelsInputError, match=message):
        calibrate(write(tmp_path, {}, drop, extra))


def test_a_missing_field_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(EngelsInputError, match="roles"):
        calibrate(write(tmp_path, {"roles": None}))
    with pytest.raises(EngelsInputError, match="aggregation 44: no such aggregation; one of 5, 12"):
        calibrate("44")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: &x [*x]\n", r"mine\.yaml:1: name: &x: anchors"),
        ("name: [\n", r"mine\.yaml:2: not valid YAML"),
        ("", "holds no mapping of keys"),
        ("name: mine\nsectors: 3\nextra: 1\n", r"mine\.yaml:2: sectors: .*\n.*mine\.yaml:3: extra"),
    ],
)
def test_a_broken_mapping_file(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EngelsInputError, match=words):
        load_aggregation(path)


def test_a_pipe_is_no_mapping_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.yaml")
    with pytest.raises(EngelsInputError, match="is no regular file"):
        load_aggregation(tmp_path / "mine.yaml")
