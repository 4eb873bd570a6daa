"""The command: what it says, what it stores, its exit code, and what it does not do twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from engels.data import EngelsInputError
from engels.model.algebra.errors import SolveError
from engels.replication import replicate as command
from engels.replication.study import Figure, Mark, Outcome, Study
from engels.runs.paper.runs import Need
from engels.runs.report.page import new_figure

if TYPE_CHECKING:
    from tests.conftest import Engels

Register = Callable[..., None]


def outcome(ours: float = 1.0, mark: Mark = "S") -> Outcome:
    found = Figure("Growth of [nothing]", 1.0, ours, 0.01, "absolute", "%", "p. 1", mark)
    frame = pd.DataFrame({"x": [1.0]}, index=pd.Index([2020], name="year"))
    return Outcome([found], ["A note."], {"path": frame}, lambda: new_figure(1)[0])


def study(key: str = "one", run: Callable[[], Outcome] = outcome) -> Study:
    return Study(key, "A title", "A. Uthor (2020)", run)


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    """Makes the command know just these studies."""

    def only(*studies: Study) -> None:
        monkeypatch.setattr(command, "load_studies", lambda _: studies)

    return only


def test_all_is_well(engels: Engels, register: Register, tmp_path: Path) -> None:
    register(study())
    code, out, _ = engels("replicate")
    assert code == 0
    assert "A title" in out and "A note." in out and "Growth of [nothing]" in out
    assert "one: made; 1 of 1 seen printed are reproduced" in out
    names = {p.name for p in (tmp_path / "replicated").iterdir()}
    assert names == {"one.csv", "one-path.csv", "one.pdf", "one.png", "studies.json"}
    stored = pd.read_csv(tmp_path / "replicated/one.csv")
    assert stored.loc[0, "published"] == 1 and stored.loc[0, "verdict"] == "ok"


def test_a_missed_number_that_was_seen_exits_with_1(engels: Engels, register: Register) -> None:
    register(study(run=lambda: outcome(2.0)))
    code, out, _ = engels("replicate")
    assert code == 1 and "MISSED" in out and "0 of 1 seen printed" in out
    # also where the table is not made again
    code, out, _ = engels("replicate")
    assert code == 1 and "up to date" in out and "MISSED" in out


@pytest.mark.parametrize("mark", ["S2", "M", "R"])
def test_a_recalled_number_never_decides(engels: Engels, register: Register, mark: Mark) -> None:
    register(study(run=lambda: outcome(2.0, mark)))
    code, out, _ = engels("replicate")
    assert code == 0 and "shown only, differs" in out and "MISSED" not in out


@pytest.mark.parametrize(
    "error", [SolveError("no solution\nWorst:"), EngelsInputError("x"), ZeroDivisionError("by 0")]
)
def test_a_study_that_fails_is_one_line_and_the_others_go_on(
    engels: Engels, register: Register, error: Exception
) -> None:
    def fails() -> Outcome:
        raise error

    register(study("bad", fails), study("good"))
    code, out, _ = engels("replicate")
    assert code == 1
    said = str(error).splitlines()[0]
    assert f"bad: failed: {said}" in out and "Worst" not in out and "good: made" in out


def test_a_run_that_fails_fails_its_study(
    engels: Engels, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise SolveError("no solution")

    monkeypatch.setattr("engels.runs.paper.tables.simulate", fails)
    beside = replace(study("china"), needs=(Need("chip_stop"),), beside=lambda _: outcome())
    register(beside, study("good"))
    code, out, _ = engels("replicate")
    assert code == 1 and "china: failed: run chip_stop" in out and "good: made" in out


def test_nothing_is_made_twice(engels: Engels, register: Register, tmp_path: Path) -> None:
    calls: list[int] = []

    def counted() -> Outcome:
        calls.append(1)
        return outcome()

    register(study(run=counted))
    engels("replicate")
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "replicated").iterdir()}
    code, out, _ = engels("replicate")
    assert code == 0 and len(calls) == 1 and "one: up to date" in out
    # what it says is the same
    assert "Growth of [nothing]" in out and "A note." in out
    assert before == {p.name: p.stat().st_mtime_ns for p in (tmp_path / "replicated").iterdir()}


def test_a_changed_input_or_a_damaged_file_is_made_again(
    engels: Engels, register: Register, tmp_path: Path
) -> None:
    data = tmp_path / "data.csv"
    data.write_text("1", encoding="utf-8")
    register(replace(study(), inputs=(data,)))
    assert "one: made" in engels("replicate")[1]
    assert "one: up to date" in engels("replicate")[1]
    data.write_text("2", encoding="utf-8")
    assert "one: made" in engels("replicate")[1]
    (tmp_path / "replicated/one-path.csv").write_text("", encoding="utf-8")
    assert "one: made" in engels("replicate")[1]


def test_a_sheet_is_an_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "HERE", tmp_path)
    (tmp_path / "one.yaml").write_text("a", encoding="utf-8")
    before = command.hashes(study())
    (tmp_path / "one.yaml").write_text("b", encoding="utf-8")
    after = command.hashes(study())
    assert before.keys() == after.keys() and before != after


def test_files_of_an_earlier_table_go(engels: Engels, register: Register, tmp_path: Path) -> None:
    register(study())
    engels("replicate")
    (tmp_path / "more.csv").write_text("", encoding="utf-8")
    shorter = replace(study(), inputs=(tmp_path / "more.csv",))
    register(replace(shorter, run=lambda: Outcome(outcome().figures)))
    engels("replicate")
    names = {p.name for p in (tmp_path / "replicated").iterdir()}
    assert names == {"one.csv", "studies.json"}


def test_unknown_study_is_bad_input(engels: Engels) -> None:
    code, _, err = engels("replicate", "--only", "nobody")
    assert code == 2 and "unknown study 'nobody'" in err


def test_a_real_study(engels: Engels, tmp_path: Path) -> None:
    code, out, _ = engels("replicate", "--only", "acemoglu_2024", "--out", "here")
    assert code == 0 and "of all cost" in out
    assert (tmp_path / "here/acemoglu_2024-wages.csv").is_file()
    assert not (tmp_path / "results").exists()
