"""Mutated scenarios end as they should: a fixed seed, in this process."""

from __future__ import annotations

import os
import sys
import time
import warnings
from pathlib import Path

import pytest

from engels.model.algebra.errors import SolveError
from engels.runs.cli.main import main
from engels.runs.scenarios.scenario import load_scenario
from engels.runs.simulation.simulate import simulate

from .mutate_scenarios import MAIN, Files, classes, scenario_cases

SEED = 12
COUNT = int(os.environ.get("ENGELS_FUZZ_SCENARIOS", 3 * len(classes())))
SOLVED = 8
"""So many of the cases that are good are solved too."""

CASES = list(scenario_cases(SEED, COUNT))


def _write(files: Files, folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _call(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["engels", *arguments])
    try:
        main()
    except SystemExit as stop:
        return int(str(stop.code or 0))
    return 0


@pytest.mark.parametrize(
    ("label", "files", "arguments"), [pytest.param(*case, id=case[0]) for case in CASES]
)
def test_a_mutated_scenario(
    label: str,
    files: Files,
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _write(files, tmp_path)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    begin = time.process_time()
    code = _call(arguments, monkeypatch)
    seconds = time.process_time() - begin
    out, err = capsys.readouterr()
    wanted = {"refuse": (2,), "good": (0,), "either": (0, 2)}[label.split("/")[0]]
    assert code in wanted, f"{err}{out}"
    assert seconds < 5
    assert sorted(tmp_path.rglob("*")) == before
    lines = err.splitlines()
    assert len(lines) <= 31 and all(len(line) <= 700 for line in lines)
    if code == 2:
        assert lines and out == ""
        assert all(line.isprintable() for line in lines)
        # each says where
        assert all(".yaml" in line or ".yml" in line or line.startswith("…") for line in lines), err
    else:
        # a shock that changes nothing is good, and said
        assert "good" in out and all(line.startswith("caution: ") for line in lines), err


def _good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders of cases that the check calls good, of different classes first."""
    found: dict[str, list[Path]] = {}
    for label, files, arguments in CASES:
        expected, kind, number = label.split("/")
        if expected == "refuse":
            continue
        folder = tmp_path / number
        folder.mkdir()
        _write(files, folder)
        monkeypatch.chdir(folder)
        if _call(arguments, monkeypatch) == 0:
            found.setdefault(kind, []).append(folder)
    rounds = range(max(map(len, found.values())))
    return [paths[n] for n in rounds for paths in found.values() if n < len(paths)]


@pytest.mark.slow
def test_what_is_good_can_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = _good(tmp_path, monkeypatch)
    capsys.readouterr()
    assert len(good) >= SOLVED
    solved = 0
    for folder in good[: SOLVED if COUNT < 1000 else None]:
        monkeypatch.chdir(folder)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                simulate(load_scenario(folder / MAIN), solver="newton")
                solved += 1
            except SolveError:
                pass
    assert solved > 0
