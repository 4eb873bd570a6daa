"""The command line on good input, and what a failed solve looks like to a user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engels import calibration
from engels.runs.cli import LIBRARY_RUNS
from engels.runs.results import RunResult, load_run, store_run
from engels.runs.scenario import LIBRARY, library

MAPPING = Path(calibration.__path__[0]) / "mappings" / "5.yaml"

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
    assert code == 0 and "AI services" in out and "labour_share" in out and "..." not in out


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


OWN = """
name: {name}
title: {{en: Mine, zh: 我的}}
family: ai_productivity
description: A scenario of a user's own.
shocks: [{{driver: ai_productivity, path: {{2026: {size}}}}}]
"""
STATIC = ("--aggregation", "5", "--expectations", "static", "--no-figures", "--solver", "newton")


def own(folder: Path, name: str, size: float) -> str:
    """A user's scenario in a folder of its own."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.yaml"
    file.write_text(OWN.format(name=name, size=size), encoding="utf-8")
    return str(file)


def test_a_name_of_the_library_is_the_librarys(engels: Engels, tmp_path: Path) -> None:
    assert engels("run", "ai_central", *STATIC)[0] == 0
    folder = tmp_path / "results/5/ai_central-labour-static"
    before = (folder / "manifest.json").read_bytes()
    mine = own(tmp_path / "mine", "ai_central", 3.0)
    for command in (("run", mine, *STATIC), ("check-scenario", mine), ("diagnose", mine)):
        code, _, err = engels(*command)
        assert code == 2 and "'ai_central' is a scenario of the library" in err
        assert err.strip().startswith(f"{mine}:2: name: ") and len(err.strip().splitlines()) == 1
    assert (folder / "manifest.json").read_bytes() == before
    # a copy says the same as the library's
    Path(mine).write_bytes((LIBRARY / "ai_central.yaml").read_bytes())
    assert engels("run", mine, *STATIC)[0] == 0


def test_another_file_of_the_name_replaces_only_when_asked(engels: Engels, tmp_path: Path) -> None:
    first = own(tmp_path / "a", "mine", 2.0)
    assert engels("run", first, *STATIC)[0] == 0
    own(tmp_path / "a", "mine", 2.5)  # edited: the usual round of work
    assert engels("run", first, *STATIC)[0] == 0
    folder = tmp_path / "results/5/mine-labour-static"
    before = (folder / "manifest.json").read_bytes()
    second = own(tmp_path / "b", "mine", 3.0)
    code, out, err = engels("run", second, *STATIC)
    assert (code, out) == (2, "") and len(err.splitlines()) == 1
    assert "holds the run of another scenario of that name" in err and "--replace" in err
    assert (folder / "manifest.json").read_bytes() == before
    assert engels("run", second, *STATIC, "--replace")[0] == 0
    assert load_run(folder).manifest["source"] == second


def test_two_scenarios_of_one_name_in_one_command(engels: Engels, tmp_path: Path) -> None:
    first, second = (own(tmp_path / n, "mine", 2.0 + len(n)) for n in ("a", "bb"))
    code, out, err = engels("run", first, second, *STATIC)
    assert (code, out) == (2, "") and len(err.splitlines()) == 1
    assert f"{second}:2: name: 'mine' is the name of {first} too" in err
    assert not (tmp_path / "results").exists()
    # named twice, it is run once
    code, out, _ = engels("run", first, first, *STATIC)
    assert code == 0 and out.count("Stored in") == 1


def test_a_mapping_of_the_user_named_as_one_of_the_library(engels: Engels, tmp_path: Path) -> None:
    mapping = tmp_path / "mine" / "5.yaml"
    mapping.parent.mkdir()
    mapping.write_bytes(MAPPING.read_bytes())
    code, out, err = engels("run", "ai_central", "--aggregation", str(mapping), *STATIC[2:])
    assert (code, out) == (2, "") and len(err.splitlines()) == 1
    assert "'5' is the name of a mapping of the library" in err
    renamed = mapping.rename(mapping.with_name("five.yaml"))
    code, _, err = engels("run", "ai_central", "--aggregation", str(renamed), *STATIC[2:])
    assert (code, err) == (0, "")
    assert engels("check", "results/five/ai_central-labour-static")[0] == 0


def test_the_library_set_is_in_the_library() -> None:
    assert set(LIBRARY_RUNS) <= {"baseline", *library()}
