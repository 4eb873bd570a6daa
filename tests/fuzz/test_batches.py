"""Mutated batch files, checked in this process: each is refused in lines that say where, or is good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .mutate_batches import CLASSES, batch_cases

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Engels

LONGEST = 600


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(4 * len(CLASSES), id="quick"),
        pytest.param(40 * len(CLASSES), id="all", marks=pytest.mark.slow),
    ],
)
def test_every_batch_file_is_good_or_refused_in_lines(
    count: int, engels: Engels, tmp_path: Path
) -> None:
    wrong = []
    for label, files, arguments in batch_cases(12, count):
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        code, out, err = engels(*arguments)
        lines = err.splitlines()
        if code == 0:
            fine = not label.startswith("bad/") and not err and ": good: " in out
        else:
            fine = code == 2 and not label.startswith("good/") and bool(lines) and not out
            fine &= all(0 < len(line) < LONGEST for line in lines)
            fine &= any(name in line for line in lines for name in files)
        if not fine:
            wrong.append((label, code, out, err[:500]))
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted(files)
    assert not wrong


def test_the_same_seed_gives_the_same_cases() -> None:
    assert list(batch_cases(3, 50)) == list(batch_cases(3, 50))
    assert list(batch_cases(3, 50)) != list(batch_cases(4, 50))
