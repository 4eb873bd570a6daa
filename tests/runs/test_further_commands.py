"""Commands that other packages add by entry points; a broken one is told in one line."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest
import typer
from typer.testing import CliRunner

from engels.runs.cli import main


def test_replications_and_benchmarks_are_found() -> None:
    help_text = CliRunner().invoke(main.app, ["--help"]).output
    assert "replicate" in help_text and "bench" in help_text


def test_a_broken_package_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    points = [
        EntryPoint("gone", "engels.nowhere:commands", main.FURTHER),
        EntryPoint("replicate", "engels.replication.command:commands", main.FURTHER),
    ]
    monkeypatch.setattr(main, "entry_points", lambda group: points)
    app = typer.Typer()
    main.add_further_commands(app)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("engels: the commands of engels.nowhere:commands are left out: Module")
    assert [len(group.typer_instance.registered_commands) for group in app.registered_groups] == [1]
