"""The command line on good input, and what a failed solve looks like to a user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engels.runs.cli import LIBRARY_RUNS
from engels.runs.results import RunResult, load_run, store_run
from engels.runs.scenario import LIBRARY, library

if TYPE_CHECKING:
    from tests.conftest import Engels


def test_scenarios_are_listed(engels: Engels) -> None:
    code, out, _ = engels("scenarios")
    assert code == 0
    assert all(name in out for name in library())


def test_good_scenarios(engels: Engels) -> None:
    code, out, _ = engels("check-scenario", "chip_embargo", "markup_drift", "--aggregation", "5")
    assert code == 0
    assert "known from 2026 on" in out and "measured from ai_central" in out


def test_calibrate_describes(engels: Engels) -> None:
    code, out, _ = engels("calibrate", "--aggregation", "5", "--set", "ai.sales=0.4")
    assert code == 0 and "AI services" in out and "labour share" in out and "..." not in out


def test_show_and_figures(engels: Engels, result: RunResult, tmp_path: Path) -> None:
    folder = store_run(result, tmp_path / "results")
    code, out, _ = engels("show", str(folder))
    assert code == 0 and "Real GDP" in out and "+5.00 %" in out
    code, out, _ = engels("figures", str(folder), "--out", "pictures")
    assert code == 0 and len(out.split()) == 8
    assert (tmp_path / "pictures" / "pause.pdf").is_file()


def test_run_stores_draws_and_compares(engels: Engels, tmp_path: Path) -> None:
    code, out, err = engels("run", "ai_central", "ai_slow", "--aggregation", "5")
    assert (code, err) == (0, "")
    assert "All runs in 2035" in out and "Figures (PDF and PNG)" in out
    for name in ("ai_central", "ai_slow"):
        folder = tmp_path / "results" / "5" / f"{name}-labour-foresight"
        assert load_run(folder).scenario == name
        assert (folder / "figures" / "structure.png").is_file()
    code, out, err = engels("check", str(tmp_path / "results/5/ai_slow-labour-foresight"))
    assert (code, err) == (0, "") and "complementarity" in out


IMPOSSIBLE = """
name: too_far
title: {en: Too far, zh: 过度}
family: labour_share
description: Automation alone cannot take 40 points off the labour share.
swaps:
  - target: labour_share
    instrument: automation_depth
    change: add
    path: {2025: 0, 2030: -0.40}
"""


def test_a_failed_solve_is_an_error_and_no_result(engels: Engels, tmp_path: Path) -> None:
    file = tmp_path / "too_far.yaml"
    file.write_text(IMPOSSIBLE, encoding="utf-8")
    good = tmp_path / "sooner.yaml"
    text = (LIBRARY / "ai_slow.yaml").read_text(encoding="utf-8")
    good.write_text(
        text.replace("name: ai_slow", "name: sooner\nlast_year: 2036").replace(
            "to: 2050", "to: 2036"
        ),
        encoding="utf-8",
    )
    code, _, err = engels(
        *("run", str(file), str(good), "--aggregation", "5", "--no-figures"),
        *("--expectations", "recursive"),
    )
    assert code == 1 and "Traceback" not in err
    assert "of its size and not beyond" in err and "Worst equations" in err
    assert "Failed: too_far" in err
    # the other run is there, the failed one is not
    stored = [p.name for p in (tmp_path / "results" / "5").iterdir()]
    assert stored == ["sooner-labour-recursive"]


def test_the_library_set_is_in_the_library() -> None:
    assert set(LIBRARY_RUNS) <= {"baseline", *library()}
