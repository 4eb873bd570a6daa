"""``engels multistart``: an economy solved from scattered starts, and what is said about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engels.calibration.parameters import load_parameters
from engels.model.solving.multistart import Found, Multistart
from engels.runs.analysis.near_equilibria import Search, note, search
from engels.runs.scenarios.scenario import load_scenario, with_settings
from engels.runs.scenarios.schema import Scenario
from engels.runs.simulation.simulate import simulate
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import load_run, store_run

from ...sealing import reseal

if TYPE_CHECKING:
    from tests.conftest import Engels


def scenario(expectations: str, name: str = "ai_central", last_year: int = 2028) -> Scenario:
    chosen = with_settings(load_scenario(name), aggregation="5", expectations=expectations)
    shocks = [s.model_copy(update={"growth": None, "path": {2026: 2.0}}) for s in chosen.shocks[:1]]
    return chosen.model_copy(update={"last_year": last_year, "shocks": shocks})


@pytest.mark.parametrize("expectations", ["static", "foresight"])
def test_one_economy(expectations: str) -> None:
    seen: list[tuple[str, int, int]] = []
    found, run = search(
        scenario(expectations),
        starts=4,
        seed=1,
        progress=lambda stage, done, total: seen.append((stage, done, total)),
    )
    assert run.scenario == "ai_central"
    assert found.unique and len(found.parts) == 1
    sums = found.finding()
    assert sums["solutions"] == 1 and sums["economies"] == 1 and sums["starts"] == 4
    assert sums["solved"] + sums["failed"] + sums["negative"] == 5
    assert sums["solved"] >= 3
    assert 0 < sums["largest_difference"] < 1e-8
    assert ("starts", 5, 5) in seen
    first, second, third = found.lines()
    assert first.startswith("ai_central, 20") and ": one solution from 5 starts" in first
    assert "(seed 1, spread 0.1)" in first
    assert second.startswith("largest difference between two solves: ")
    assert third.startswith("no other equilibrium was found, which is evidence and not a proof")


def test_every_year_of_a_recursive_run() -> None:
    found, _ = search(scenario("recursive"), starts=3, seed=1)
    assert [title for title, _ in found.parts] == ["2026", "2027", "2028"]
    # other starts each year
    assert [part.seed for _, part in found.parts] == [1, 2, 3]
    assert found.unique
    assert found.lines()[0].startswith("ai_central, 2026-2028: ")
    assert "of 12 starts in 3 years were solved" in found.lines()[0]


def test_the_baseline_is_searched_under_its_own_closure() -> None:
    found, run = search(scenario("foresight", "baseline", 2024), starts=2, seed=3)
    assert (
        found.parts[0][0] == f"2020-{2024 + int(load_parameters().number('path.years_beyond'))}"
        and found.unique
    )
    assert run.manifest["closure"] == "forecast"


def test_the_same_seed_finds_the_same() -> None:
    one, two = (search(scenario("static"), starts=3, seed=5)[0].finding() for _ in range(2))
    assert one == two


def several() -> Search:
    """A search that found a second equilibrium, and a point with a negative price."""
    a = Found({"wage": {("high", 2020): 1.0}, "x": {2020: 1.0}}, 0.0, [0, 2], 1e-9)
    b = Found({"wage": {("high", 2020): 1.5}, "x": {2020: 1.0}}, 0.0, [1])
    c = Found({"wage": {("high", 2020): -1.0}, "x": {2020: 1.0}}, 0.0, [3])
    return Search("mine", 4, 1, 0.1, (("2020", Multistart(1, 0.1, [a, b], [c], [4])),))


def test_other_equilibria_are_shown_in_words() -> None:
    found = several()
    assert not found.unique
    sums = found.finding()
    assert (sums["solved"], sums["failed"], sums["negative"]) == (3, 1, 1)
    assert sums["solutions"] == 2
    assert sums["largest_difference"] == pytest.approx(1 / 3)
    text = "\n".join(found.lines())
    assert "2 solutions (2, 1 times) from 5 starts" in text
    assert "2020: solution 2 against solution 1\n  wage of skill high, 2020: 1 and 1.5" in text
    assert text.endswith("the run reports one of several equilibria")


def test_a_year_with_several_is_shown_among_many() -> None:
    one = Multistart(2, 0.1, [Found({"x": {2021: 1.0}}, 0.0, [0])])
    found = Search("mine", 4, 1, 0.1, (*several().parts, ("2021", one)))
    assert found.lines()[0].startswith("mine, 2020-2021: 4 of 6 starts in 2 years were solved")
    assert found.lines()[1].startswith("2020: 2 solutions")
    assert not any(line.startswith("2021: ") for line in found.lines())


# --- Stored runs ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run() -> RunResult:
    return simulate(scenario("static"))


def test_the_finding_is_noted_with_the_run(run: RunResult, tmp_path: Path) -> None:
    folder = store_run(run, tmp_path)
    before = load_run(folder).manifest
    assert note(several(), run, tmp_path) == folder
    after = load_run(folder).manifest
    assert after.pop("multistart") == several().finding()
    assert after.pop("checksum") != before.pop("checksum")
    assert after == before
    assert sorted(p.name for p in folder.iterdir()) == [
        "headline.csv",
        "manifest.json",
        "results.parquet",
        "solution.parquet",
    ]


def test_a_run_that_is_not_stored_has_nothing_to_note_in(run: RunResult, tmp_path: Path) -> None:
    assert note(several(), run, tmp_path) is None
    assert not list(tmp_path.iterdir())


def test_a_run_from_other_inputs_is_left_alone(run: RunResult, tmp_path: Path) -> None:
    folder = store_run(run, tmp_path)
    reseal(folder, lambda m: m["inputs"].update({"calibration/parameters.yaml": "of another"}))
    assert note(several(), run, tmp_path) is None
    assert "multistart" not in load_run(folder).manifest


# --- The command ---------------------------------------------------------------------------------

STATIC = ("--aggregation", "5", "--expectations", "static")


def test_the_command_notes_its_finding(engels: Engels, tmp_path: Path) -> None:
    code, out, _ = engels("multistart", "ai_central", *STATIC, "--starts", "2")
    assert code == 0 and "one solution from 3 starts" in out
    assert "noted in" not in out and not (tmp_path / "results").exists()
    assert engels("run", "ai_central", *STATIC, "--no-figures")[0] == 0
    code, out, _ = engels("multistart", "ai_central", *STATIC, "--starts", "2", "--seed", "4")
    folder = Path("results") / "5" / "ai_central-tasks-static"
    assert code == 0 and f"noted in {folder / 'manifest.json'}" in out
    assert load_run(folder).manifest["multistart"]["seed"] == 4
    assert engels("show", str(folder))[0] == 0
    assert engels("check", str(folder))[0] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        ("nowhere",),
        ("ai_central", "--starts", "0"),
        ("ai_central", "--spread", "0"),
        ("ai_central", "--solver", "path"),
        ("ai_central", "--ai-mode", "magic"),
    ],
)
def test_bad_commands(engels: Engels, wrong: tuple[str, ...]) -> None:
    code, out, err = engels("multistart", *wrong, "--aggregation", "5")
    assert (code, out) == (2, "") and err and "Traceback" not in err


def test_a_run_that_cannot_be_solved(engels: Engels, tmp_path: Path) -> None:
    """A labour share that no automation reaches."""
    file = tmp_path / "no_labour.yaml"
    file.write_text(
        "name: no_labour\ntitle: {en: No labour, zh: 无劳动}\nfamily: labour_share\n"
        "description: A run that cannot be solved.\nlast_year: 2030\n"
        "swaps: [{target: labour_share, instrument: automation_depth, path: {2026: 0.05}}]\n",
        encoding="utf-8",
    )
    code, out, err = engels("multistart", str(file), *STATIC)
    assert (code, out) == (1, "")
    assert "2020: the shock was solved up to" in err and "Traceback" not in err
    assert [p.name for p in tmp_path.iterdir()] == ["no_labour.yaml"]
