"""Mutated tables and mapping files end as they should: a fixed seed, in this process."""

from __future__ import annotations

import os
import sys
import time
from functools import cache
from pathlib import Path

import pytest

from engels.runs.cli.main import main

from .mutate_tables import CLASSES, table_cases

SEED = int(os.environ.get("ENGELS_FUZZ_SEED", 20))
COUNT = int(os.environ.get("ENGELS_FUZZ_TABLES", 2 * len(CLASSES)))


@cache
def cases() -> list[tuple[str, dict[str, bytes], list[str]]]:
    return list(table_cases(SEED, COUNT))


@pytest.mark.parametrize("number", range(COUNT))
def test_a_mutated_table(
    number: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    label, files, arguments = cases()[number]
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["engels", *arguments])
    start = time.perf_counter()
    code: object = 0
    try:
        main()
    except SystemExit as stop:
        code = stop.code or 0
    seen = capsys.readouterr()
    took = time.perf_counter() - start
    wanted = label.split("/")[0]
    after = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert code in {"refuse": (2,), "good": (0,), "either": (0, 2)}[wanted], (
        label,
        seen.err or seen.out,
    )
    assert took < 5.0
    if code == 2:
        assert after == before
        lines = seen.err.strip().splitlines()
        usage = [line for line in lines if line.startswith("Usage")]
        assert len(lines) == 1 or usage, lines
        assert all(len(line) <= 600 for line in lines), max(lines, key=len)
    else:
        assert all(after[path] == content for path, content in before.items())
        assert not seen.err
