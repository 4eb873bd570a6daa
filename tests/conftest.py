"""What tests of every folder share: the command, as a user calls it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engels.runs.cli.main import main

# a test that replaces a part of the program must not leave its economies to others
os.environ["ENGELS_CACHE"] = "off"

Engels = Callable[..., tuple[int, str, str]]
"""Arguments of the command, variables of its environment -> exit code, output and errors."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a test marked ``sampled(k)``, k cases evenly over its list are quick and the others slow."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sampled") is not None:
            cases.setdefault(item.nodeid.split("[")[0], []).append(item)
    for of_one in cases.values():
        marker = of_one[0].get_closest_marker("sampled")
        assert marker is not None
        k, n = marker.args[0], len(of_one)
        quick = {round(m * (n - 1) / max(k - 1, 1)) for m in range(k)}
        for m, item in enumerate(of_one):
            if m not in quick:
                item.add_marker(pytest.mark.slow)


@pytest.fixture
def engels(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Engels:
    """The command, called in an empty folder on a screen wide enough for its lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "500")

    def call(*arguments: str, **variables: str) -> tuple[int, str, str]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["engels", *arguments])
        code: object = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        seen = capsys.readouterr()
        return int(str(code or 0)), seen.out, seen.err

    return call
