"""Every constant of every study names its unit, source and mark, and a bad sheet says where."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from engels.data import EngelsInputError
from engels.replication.sheet import HERE, load_sheet, read_sheet
from engels.replication.studies import MODULES, load_studies, load_study

FILES = sorted(HERE.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_every_number_has_unit_source_and_mark(file: Path) -> None:
    given = yaml.safe_load(file.read_text(encoding="utf-8"))
    for section in given.values():
        for name, entry in section.items():
            for key in ("unit", "source", "mark"):
                assert str(entry.get(key, "")).strip(), f"{name} has no {key}"
    read_sheet(file)


@pytest.mark.parametrize("key", MODULES)
def test_study_is_whole(key: str) -> None:
    study = load_study(key)
    assert study.title and study.reference
    assert load_sheet(key).figures
    assert all(path.is_file() for path in study.inputs), study.inputs
    assert (study.beside is not None) == bool(study.needs)


@pytest.mark.parametrize("key", MODULES)
def test_every_known_number_is_compared(key: str) -> None:
    """What a sheet knows is named in the study's code, whole or by its end."""
    code = "".join(p.read_text(encoding="utf-8") for p in HERE.glob("*.py"))
    sheet = load_sheet(key)
    for name in sheet.figures:
        parts = [name, *name.split("_"), name.split("_", 1)[-1]]
        named = any(f'"{part}' in code or f"{part}_{{" in code for part in parts)
        assert named or name in sheet.constants or "-" in name, name


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mark": "X"}, "constants.rho.mark"),
        ({"source": ""}, "constants.rho.source"),
        ({"unit": None}, "constants.rho.unit"),
        ({"colour": "red"}, "constants.rho.colour"),
    ],
)
def test_bad_constant(tmp_path: Path, change: dict[str, object], said: str) -> None:
    entry = {"value": 1, "unit": "a year", "source": "Table 2", "mark": "S", **change}
    file = tmp_path / "bad.yaml"
    file.write_text(yaml.safe_dump({"constants": {"rho": entry}}), encoding="utf-8")
    with pytest.raises(EngelsInputError, match=said):
        read_sheet(file)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "range"},
        {"kind": "range", "bounds": [2, 1]},
        {"bounds": [1, 2]},
        {"value": "many", "tolerance": 1},
        {"tolerance": -1},
    ],
)
def test_bad_figure(tmp_path: Path, change: dict[str, object]) -> None:
    entry = {"label": "x", "value": 1, "unit": "%", "source": "p. 1", "mark": "S", **change}
    file = tmp_path / "bad.yaml"
    file.write_text(yaml.safe_dump({"figures": {"growth": entry}}), encoding="utf-8")
    with pytest.raises(EngelsInputError, match=r"bad.yaml: figures.growth"):
        read_sheet(file)


def test_missing_sheet_and_broken_yaml(tmp_path: Path) -> None:
    with pytest.raises(EngelsInputError, match="no such file"):
        read_sheet(tmp_path / "none.yaml")
    (tmp_path / "broken.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(EngelsInputError, match="not valid YAML"):
        read_sheet(tmp_path / "broken.yaml")


def test_readers_refuse_another_kind() -> None:
    sheet = load_sheet("acemoglu_2024")
    for read, key in (
        (sheet.number, "savings"),
        (sheet.numbers, "exposed"),
        (sheet.named, "exposure"),
        (sheet.lists, "savings"),
        (sheet.text, "exposed"),
    ):
        with pytest.raises(TypeError):
            read(key)


def test_unknown_study() -> None:
    with pytest.raises(EngelsInputError, match="unknown study 'nobody'"):
        load_studies(["nobody"])
    assert [s.key for s in load_studies(["guo_2019, acemoglu_2024"])] == [
        "acemoglu_2024",
        "guo_2019",
    ]
