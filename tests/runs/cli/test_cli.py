"""The command line on good input, and what a failed solve looks like to a user."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engels import calibration
from engels.calibration.blocks import BLOCKS
from engels.calibration.parameters import load_parameters
from engels.model.blocks.declarations import INSTRUMENTS
from engels.model.blocks.library import DRIVERS
from engels.model.reporting.measures import variables
from engels.runs.cli.main import LIBRARY_RUNS
from engels.runs.cli.options import PAPER_TABLES, scenario_names
from engels.runs.indicators.deviations import intensity_groups, sum_of_sectors
from engels.runs.indicators.headline import headline
from engels.runs.paper.contents import TABLES
from engels.runs.paper.intensity import group_deviation, members
from engels.runs.scenarios.scenario import LIBRARY, library, load_scenario
from engels.runs.scenarios.variant import read_overrides, with_changes
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import load_run, store_run

MAPPING = Path(calibration.__path__[0]) / "mappings" / "5.yaml"

if TYPE_CHECKING:
    from tests.conftest import Engels


# ---------------------------------------------------------------------- lists


LISTS: dict[str, set[str]] = {
    "scenarios": {"baseline", *library()},
    "drivers": set(DRIVERS),
    "variables": set(variables()),
    "parameters": set(load_parameters().keys()),
    "swaps": {*INSTRUMENTS, *(i for found in INSTRUMENTS.values() for i in found)},
    "sectors": {"01", "42", "AI"},
}


@pytest.mark.parametrize(("command", "names"), LISTS.items())
def test_the_model_is_listed_whole(engels: Engels, command: str, names: set[str]) -> None:
    code, out, err = engels(command, COLUMNS="80")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80 and "…" not in out
    # a name that folds at this width begins its line all the same
    assert all(re.search(rf"(?<![a-z_]){re.escape(name[:24])}", out) for name in names)
    code, out, _ = engels(command, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0 and names <= {x for row in rows for x in row.values()}


def test_lists_are_filtered(engels: Engels) -> None:
    _, out, _ = engels("scenarios", "chip", "tariff")
    assert "chip_tariff" in out and "chip_stop" not in out
    _, out, _ = engels("drivers", "--block", "diffusion", "--csv")
    blocks = {row["block"] for row in csv.DictReader(io.StringIO(out))}
    assert "diffusion" in blocks and blocks <= {"", *BLOCKS}
    _, out, _ = engels("parameters", "--block", "diffusion", "--csv")
    keys = [row["key"] for row in csv.DictReader(io.StringIO(out))]
    assert keys and all(key.startswith("diffusion.") for key in keys)
    _, out, _ = engels("scenarios", "--language", "zh", "baseline")
    assert "基准情景" in out and "Baseline" not in out


def test_a_new_scenario_is_good_and_never_replaced(engels: Engels, tmp_path: Path) -> None:
    code, out, err = engels("new", "mine")
    assert (code, out, err) == (0, "mine.yaml\n", "")
    code, out, err = engels("check-scenario", "mine.yaml", "--aggregation", "5")
    assert (code, err) == (0, "") and "1 shocks" in out
    file = tmp_path / "mine.yaml"
    file.write_text("changed\n", encoding="utf-8")
    code, _, err = engels("new", "mine")
    assert code == 2 and "is left as it is" in err
    assert file.read_text(encoding="utf-8") == "changed\n"


def test_every_line_of_the_template_is_good(engels: Engels, tmp_path: Path) -> None:
    """Also what is commented out, when it is not."""
    engels("new", "mine")
    file = tmp_path / "mine.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    keys = re.compile(r"# ?( *-? ?[a-z_.]+:.*)$")
    kept = [m.group(1) if (m := keys.fullmatch(line)) else line for line in lines[4:]]
    text = "\n".join(line for line in kept if not line.startswith("#"))
    assert text.count("driver:") == 2 and "swaps:" in text and "parameters:" in text
    file.write_text(text.replace("include: [chip_embargo]", "include: [ai_slow]"), encoding="utf-8")
    code, out, err = engels("check-scenario", "mine.yaml", "--aggregation", "5")
    assert (code, err) == (0, "") and "1 swaps" in out and "measured from ai_central" in out


def test_names_that_are_said_without_loading_the_model() -> None:
    assert scenario_names() == ["baseline", *library()]
    assert tuple(TABLES) == PAPER_TABLES


def test_help_names_the_tables_that_there_are(engels: Engels) -> None:
    _, out, _ = engels("tables", "--help")
    assert f"T1 to {list(TABLES)[-1]}" in out


# ---------------------------------------------------------------------- runs that are changed


def test_a_changed_run_has_a_name_of_its_own() -> None:
    plain = load_scenario("ai_central")
    sales = with_changes(plain, read_overrides(["ai.sales=0.4"]))
    other = with_changes(plain, read_overrides(["ai.sales=0.5"]))
    shorter = with_changes(plain, {}, 2040)
    labels = {s.label for s in (plain, sales, other, shorter)}
    assert len(labels) == 4 and plain.label == "ai_central"
    assert all(re.fullmatch(r"ai_central(\+[0-9a-f]{6})?", label) for label in labels)
    assert sales.name == "ai_central" and sales.all_parameters()["ai.sales"] == 0.4
    assert shorter.last_year == 2040, "a path that is written to 2050 is no mistake of the user"
    assert with_changes(plain, {}, name="mine").label == "mine"
    again = with_changes(plain, read_overrides([" ai.sales = 0.40 "]))
    assert again.label == sales.label


def test_a_changed_run_leaves_the_plain_one(engels: Engels, tmp_path: Path) -> None:
    words = ("run", "ai_central", "--aggregation", "5", "--solver", "newton", "--no-figures")
    words += ("--expectations", "static")
    assert engels(*words)[0] == 0
    place = tmp_path / "results" / "5"
    plain = place / "ai_central-tasks-static"
    before = {f.name: f.read_bytes() for f in plain.iterdir()}
    code, out, err = engels(*words, "--set", "ai.sales=0.4")
    assert (code, err) == (0, "") and "ai.sales = 0.4" in out
    assert {f.name: f.read_bytes() for f in plain.iterdir()} == before
    (changed,) = [f for f in place.iterdir() if f != plain]
    manifest = json.loads((changed / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["parameters"]["ai.sales"] == 0.4 and manifest["asked"] == {"ai.sales": 0.4}
    assert manifest["label"] == changed.name.removesuffix("-tasks-static")
    assert manifest["commit"]
    # what is current is not solved again, what is not is
    code, out, err = engels(*words, "--skip-current", "--set", "ai.sales=0.4")
    assert (code, err) == (0, "") and "is current, not solved again" in out
    assert json.loads((changed / "manifest.json").read_text(encoding="utf-8")) == manifest
    code, out, _ = engels(*words, "--skip-current", "--set", "ai.sales=0.41")
    assert code == 0 and "is current" not in out and len(list(place.iterdir())) == 3
    code, out, _ = engels("compare", str(plain), str(changed))
    assert code == 0 and "ai.sales: as published | 0.4" in out


# ---------------------------------------------------------------------- stored runs


def test_chosen_figures_of_a_run(engels: Engels, result: RunResult, tmp_path: Path) -> None:
    folder = str(store_run(result, tmp_path / "results"))
    code, out, _ = engels("show", folder, "--variable", "output", "--sector", "M", "--year", "2050")
    assert code == 0 and "M Manufacturing" in out and out.count("2050") == 1
    code, out, _ = engels("show", folder, "--variable", "gdp_real", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["year"] for row in rows] == ["2030", "2035", "2050"]
    assert float(rows[-1]["deviation"]) == pytest.approx(5.0)
    assert float(rows[-1]["value"]) / float(rows[-1]["reference"]) == pytest.approx(1.05)
    code, _, err = engels("show", folder, "--variable", "gdp_reel")
    assert code == 2 and "did you mean 'gdp_real'?" in err
    code, _, err = engels("show", folder, "--year", "2051")
    assert code == 2 and "it has 2020 to 2050" in err


def test_two_runs_side_by_side(engels: Engels, tmp_path: Path) -> None:
    from tests.runs.conftest import build_result

    folders = []
    for size in (1.0, 2.0):
        made = build_result(size)
        manifest = {**made.manifest, "label": f"size_{size:.0f}"}
        folders.append(str(store_run(RunResult(made.frame, manifest), tmp_path / "results")))
    code, out, _ = engels("compare", *folders, "--csv", "--year", "2050")
    rows = {row["indicator"]: row for row in csv.DictReader(io.StringIO(out))}
    assert code == 0
    gdp = rows["gdp_real"]
    assert [float(gdp[k]) for k in ("first", "second", "difference")] == pytest.approx([5, 10, 5])
    assert float(rows["labour_share"]["difference"]) == pytest.approx(-1.5)
    code, out, _ = engels("compare", *folders)
    assert code == 0 and "+5.00 pp" in out and out.count("Real GDP") == 3


def test_screen_and_table_have_one_definition_of_output(result: RunResult) -> None:
    """Output by factor intensity: gross output of the users of AI, AI services in neither group."""
    groups = intensity_groups(result.manifest)
    assert groups == {"capital": ["M", "E"], "labour": ["A", "S"]}
    figures = headline(result.frame, result.scenario, result.reference, groups)
    for kind, codes in groups.items():
        shown = figures[figures["indicator"] == f"output_{kind}_intensive"].set_index("year")
        table = group_deviation(result, "output", members(result, kind))
        np.testing.assert_allclose(shown["deviation"], table.loc[shown.index], rtol=1e-12)
        with_ai = sum_of_sectors(result.frame, result.scenario, "output", [*codes, "AI"])
        assert (with_ai.loc[shown.index] > 1.01 * shown["value"]).all(), "AI services would matter"


# ---------------------------------------------------------------------- the rest


def test_good_scenarios(engels: Engels) -> None:
    code, out, _ = engels("check-scenario", "chip_embargo", "markup_drift", "--aggregation", "5")
    assert code == 0
    assert "known from 2026 on" in out and "measured from ai_central" in out


def test_every_file_is_checked_whatever_is_wrong_with_another(
    engels: Engels, tmp_path: Path
) -> None:
    first, second = (own(tmp_path / n, n, 2.0) for n in ("one", "two"))
    for file, good in ((first, "driver: ai"), (second, "path:")):
        text = Path(file).read_text(encoding="utf-8")
        Path(file).write_text(
            text.replace(good, good.replace("ai", "xai").replace("path", "xpath")), encoding="utf-8"
        )
    code, out, err = engels("check-scenario", first, "chip_embargo", second, "--aggregation", "5")
    assert (code, len(out.splitlines())) == (2, 1) and out.startswith("chip_embargo: good")
    lines = err.splitlines()
    assert lines[0].startswith(f"{first}:") and "unknown driver 'xai_productivity'" in lines[0]
    assert lines[-1].startswith(f"{second}:") and "xpath" in "".join(lines[1:])


ZERO = """\
name: zero
title: {en: Zero, zh: 零}
family: compute
aggregation: "5"
expectations: static
shocks:
  - driver: ai_tax
    change: multiply
    path: {2026: 1, 2030: 2}
"""


def test_a_multiple_of_nothing_is_said(engels: Engels, tmp_path: Path) -> None:
    """The baseline has no tax on AI: twice that tax is none either."""
    file = tmp_path / "zero.yaml"
    file.write_text(ZERO, encoding="utf-8")
    said = "caution: zero.yaml:7: shocks[0]: ai_tax is 0 there, and any multiple of it too; write"
    code, out, err = engels("check-scenario", "zero.yaml")
    assert code == 0 and "good" in out
    (line,) = err.splitlines()
    assert line.startswith(said)
    code, _, err = engels("run", "zero.yaml", "--solver", "newton", "--no-figures")
    assert code == 0 and err.startswith(said)
    # not where another shock has raised it before, nor where nothing is multiplied
    more = "  - {driver: ai_tax, change: add, path: {2026: 0.1}}\n"
    for text in (
        ZERO.replace("shocks:\n", f"shocks:\n{more}"),
        ZERO.replace("2030: 2", "2030: 1"),
        ZERO.replace("driver: ai_tax", "driver: markup_common"),
    ):
        file.write_text(text, encoding="utf-8")
        assert engels("check-scenario", "zero.yaml")[::2] == (0, "")


def test_nothing_of_the_library_multiplies_nothing(engels: Engels) -> None:
    code, out, err = engels("check-scenario", *library(), "--aggregation", "5")
    assert (code, err) == (0, "") and len(out.splitlines()) == len(library())


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
    fast = ("--aggregation", "5", "--solver", "newton")
    code, out, err = engels("run", "ai_central", "ai_slow", *fast)
    assert (code, err) == (0, "")
    assert "All runs in 2035" in out and "Figures (PDF and PNG)" in out
    for name in ("ai_central", "ai_slow"):
        folder = tmp_path / "results" / "5" / f"{name}-tasks-foresight"
        assert load_run(folder).scenario == name
        assert (folder / "figures" / "structure.png").is_file()
    code, out, err = engels("check", str(tmp_path / "results/5/ai_slow-tasks-foresight"))
    assert (code, err) == (0, "") and "complementarity" in out


IMPOSSIBLE = """
name: too_far
title: {en: Too far, zh: 过度}
family: labour_share
description: Automation alone cannot take all of the labour share.
ai_mode: labour
swaps:
  - target: labour_share
    instrument: automation_depth
    change: add
    path: {2025: 0, 2030: -0.50}
"""


def test_a_failed_solve_is_an_error_and_no_result(engels: Engels, tmp_path: Path) -> None:
    file = tmp_path / "too_far.yaml"
    file.write_text(IMPOSSIBLE, encoding="utf-8")
    good = tmp_path / "sooner.yaml"
    text = (LIBRARY / "ai_slow.yaml").read_text(encoding="utf-8")
    good.write_text(
        text.replace("name: ai_slow", "name: sooner\nlast_year: 2028").replace(
            "to: 2050", "to: 2028"
        ),
        encoding="utf-8",
    )
    code, _, err = engels(
        *("run", str(file), str(good), "--aggregation", "5", "--no-figures"),
        *("--expectations", "recursive", "--solver", "newton"),
    )
    assert code == 1 and "Traceback" not in err
    assert "of its size and not beyond" in err and "Worst equations" in err
    assert "Failed: too_far" in err
    # the other run is there, the failed one is not
    stored = [p.name for p in (tmp_path / "results" / "5").iterdir()]
    assert stored == ["sooner-tasks-recursive"]


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
    folder = tmp_path / "results/5/ai_central-tasks-static"
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
    folder = tmp_path / "results/5/mine-tasks-static"
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
    assert "would share its folder of results with the aggregation 5 of the package" in err
    renamed = mapping.rename(mapping.with_name("five.yaml"))
    renamed.write_text(
        renamed.read_text(encoding="utf-8").replace('name: "5"', "name: five"), encoding="utf-8"
    )
    code, _, err = engels("run", "ai_central", "--aggregation", str(renamed), *STATIC[2:])
    assert (code, err) == (0, "")
    assert engels("check", "results/five/ai_central-tasks-static")[0] == 0


def test_the_library_set_is_in_the_library() -> None:
    assert set(LIBRARY_RUNS) <= {"baseline", *library()}
