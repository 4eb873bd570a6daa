"""The tables of docs/replication.md are those that the studies give now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engels.replication.replicate import AGGREGATION
from engels.replication.report import to_frame, to_markdown
from engels.replication.studies import MODULES, load_studies, load_study
from engels.replication.study import Outcome
from engels.runs.paper.tables import StoredRuns

PAGE = (Path(__file__).parents[2] / "docs" / "replication.md").read_text(encoding="utf-8")
SECONDS = (
    "acemoglu_2024",
    "aghion_jones_jones",
    "guo_2019",
    "eloundou_2023",
    "allen_2009",
    "jones_2026",
    "nordhaus_2021",
    "chen_2019",
    "acemoglu_restrepo_2019",
)
"""Studies that need no run and no long solve."""


def table(key: str) -> str:
    found = re.search(
        rf"<!-- table replication-{key.replace('_', '-')} -->\n(.*?)\n<!-- end -->", PAGE, re.DOTALL
    )
    assert found, key
    return found[1]


def check(key: str, outcome: Outcome) -> None:
    """Row by row; a gap that is rounding of a solver (1e-05 and below) may differ."""
    fresh = to_markdown(to_frame(outcome.figures)).splitlines()
    written = table(key).splitlines()
    assert len(fresh) == len(written), (
        "run make replicate and .venv/bin/python -m docs.tables --page replication.md"
    )
    tiny = re.compile(r"(?<=\| )−?\d\.\de−\d+(?= \|)")
    for new, old in zip(fresh, written, strict=True):
        assert tiny.sub("tiny", new) == tiny.sub("tiny", old)


@pytest.mark.parametrize("key", SECONDS)
def test_table_is_current(key: str) -> None:
    check(key, load_study(key).run())


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(set(MODULES) - {*SECONDS, "cui_2022"}))
def test_table_of_a_solved_study_is_current(key: str) -> None:
    check(key, load_study(key).run())


@pytest.mark.slow
def test_tables_with_runs_of_the_china_model_are_current(tmp_path: Path) -> None:
    """Ten runs at 43 sectors; each finds what is said of it."""
    beside = [s for s in load_studies() if s.beside is not None]
    runs = StoredRuns(tmp_path, AGGREGATION, "newton")
    runs.fetch((need for study in beside for need in study.needs), print)
    assert not runs.failed
    for study in beside:
        assert study.beside is not None
        outcome = study.beside(runs.of(study.needs))
        assert not outcome.missed and outcome.frames
        check(f"{study.key}-china", outcome)


@pytest.mark.parametrize("key", MODULES)
def test_every_study_is_on_the_page(key: str) -> None:
    study = load_study(key)
    if key != "cui_2022":  # nothing of its own is computed
        assert table(key)
    if study.needs:
        assert table(f"{key}-china")


def test_no_number_is_missed_on_the_page() -> None:
    assert "MISSED" not in PAGE
