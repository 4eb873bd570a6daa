"""The comparison of two folders of runs sees a change, a gap and a new unit, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ...compare_results import FILE, compare


def frame() -> pd.DataFrame:
    values = {"gdp": (100.0, 200.0), "gap": (-1e-13, 1e-13)}
    return pd.DataFrame(
        [
            ("one", variable, "", "", year, value, "unit")
            for variable, path in values.items()
            for year, value in zip((2020, 2021), path, strict=True)
        ],
        columns=["scenario", "variable", "sector", "group", "year", "value", "unit"],
    )


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for side in ("old", "new"):
        (tmp_path / side / "5/one-tasks-static").mkdir(parents=True)
        frame().to_parquet(tmp_path / side / "5/one-tasks-static" / FILE)
    return tmp_path / "old", tmp_path / "new"


@pytest.mark.parametrize(
    ("change", "good"),
    [
        (lambda f: f, True),
        (lambda f: f.assign(value=f["value"] + 1e-10), True),  # of 200, and of the unit for the gap
        (lambda f: f.assign(value=f["value"] * (1 + 2e-9)), False),
        (lambda f: f.assign(value=f["value"].where(f["variable"] != "gap", 1e-8)), False),
        (lambda f: f.iloc[1:], False),
        (lambda f: f.assign(unit="other"), False),
        (lambda f: f.assign(value=f["value"].where(f["year"] != 2020)), False),
        (lambda f: pd.concat([f, f.assign(variable="more")]), True),
    ],
)
def test_differences(
    folders: tuple[Path, Path], change: object, good: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = folders
    assert callable(change)
    change(frame()).to_parquet(new / "5/one-tasks-static" / FILE)
    assert compare(old, new, 1e-9, everything=False) == good
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert bool(told) != good  # the variables are named where they differ


def test_a_run_that_is_gone(folders: tuple[Path, Path], tmp_path: Path) -> None:
    old, _ = folders
    (tmp_path / "none").mkdir()
    assert not compare(old, tmp_path / "none", 1e-9, everything=False)
    assert not compare(tmp_path / "none", old, 1e-9, everything=False)
