"""What a scenario file needs, what its defaults are, and what is good can be run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engels.data import EngelsInputError
from engels.model.algebra.errors import SolveError
from engels.model.blocks.declarations import INSTRUMENTS
from engels.model.solving.closures import NOT_IN_LAST_YEAR
from engels.runs.scenarios.scenario import Scenario, Shock, load_scenario, prepare, reference_of
from engels.runs.simulation.simulate import simulate

if TYPE_CHECKING:
    from tests.conftest import Engels

SHOCKS = "shocks:\n  - {driver: ai_tax, path: {2026: 0.1}}\n"


def write(folder: Path, text: str, name: str = "my_own") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(f"name: {name}\n{text}", encoding="utf-8")
    return file


def test_a_name_and_shocks_are_enough(engels: Engels, tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, SHOCKS))
    assert scenario.title.en == scenario.title.zh == "my own"
    assert (scenario.family, scenario.description) == ("own", "")
    code, out, err = engels("check-scenario", "my_own.yaml", "--aggregation", "5")
    assert (code, err) == (0, "") and "good: 1 shocks" in out


@pytest.mark.parametrize(
    ("title", "en", "zh"),
    [
        ("title: Tax on AI", "Tax on AI", "Tax on AI"),
        ("title: {en: Tax}", "Tax", "Tax"),
        ("title: {zh: 税}", "税", "税"),
        ("title: {en: Tax, zh: 税}", "Tax", "税"),
        ("title: >\n  Tax\n  on AI", "Tax on AI", "Tax on AI"),
        ('title: "[/] $x$ {0} %s"', "[/] $x$ {0} %s", "[/] $x$ {0} %s"),
    ],
)
def test_titles(tmp_path: Path, title: str, en: str, zh: str) -> None:
    found = load_scenario(write(tmp_path, f"{title}\n{SHOCKS}")).title
    assert (found.en, found.zh) == (en, zh)


def test_built_in_python() -> None:
    scenario = Scenario(name="mine", shocks=[Shock(driver="ai_tax", path={2026: 0.1})])
    assert scenario.title.en == "mine"
    assert Scenario.model_validate(scenario.model_dump(by_alias=True)) == scenario


def test_many_ways_to_one_file_take_no_time(tmp_path: Path) -> None:
    """Thirty levels of two files that each include both of the next: 2^30 ways."""
    for level in range(30):
        link = "" if level == 29 else f"include: [a{level + 1}, b{level + 1}]\n"
        link += "" if level in (0, 29) else f"reference: b{level + 1}\n"
        for side in "ab":
            write(tmp_path, link + SHOCKS.replace("0.1", f"0.{level + 1:02d}"), f"{side}{level}")
    begin = time.process_time()
    scenario = load_scenario(tmp_path / "a0.yaml")
    assert len(scenario.parts()) == len(scenario.files()) == 59
    assert len(scenario.content()) < 100_000
    assert time.process_time() - begin < 5


def test_content_knows_what_references_ask_for(tmp_path: Path) -> None:
    """Hashed or not, what a reference does is part of what a scenario does."""
    found = []
    for size in ("0.1", "0.2", "0.1"):
        write(tmp_path, SHOCKS.replace("0.1", size), "base")
        found.append(load_scenario(write(tmp_path, SHOCKS + "reference: base\n")).content())
    assert found[0] == found[2] != found[1]


def test_files_are_read_once(tmp_path: Path) -> None:
    """What was checked is what runs, whatever becomes of the files meanwhile."""
    base = write(tmp_path, SHOCKS, "base")
    scenario = load_scenario(write(tmp_path, SHOCKS + "reference: base\ninclude: [base]\n"))
    base.write_text("[", encoding="utf-8")
    assert reference_of(scenario).shocks[0].path == {2026: 0.1}
    assert len(scenario.all_shocks()) == 2


def _swap(folder: Path, target: str, instrument: str, expectations: str) -> Path:
    change, size = {
        "labour_share": ("add", -0.0002),
        "investment_rate": ("add", 0.001),
        "policy_cost": ("set", 0.01),
        "lump_sum_real": ("add", 0.01),
    }.get(target, ("multiply", 1.001))
    return write(
        folder,
        f"aggregation: '5'\nlast_year: 2023\nexpectations: {expectations}\n"
        "blocks: [diffusion, learning, labour_market, firm_size, public_finance]\n"
        f"swaps:\n  - {{target: {target}, instrument: {instrument}, change: {change}, "
        f"path: {{2021: {size}}}}}\n",
    )


@pytest.mark.parametrize("instrument", NOT_IN_LAST_YEAR)
def test_an_instrument_without_hold_on_the_last_year(tmp_path: Path, instrument: str) -> None:
    """With foresight the last year's saving and investment follow from what comes after it."""
    target = next(t for t, found in INSTRUMENTS.items() if instrument in found)
    scenario = load_scenario(_swap(tmp_path, target, instrument, "foresight"))
    found = simulate(scenario, solver="newton").solution
    base = simulate(reference_of(scenario), solver="newton").solution
    assert found is not None and base is not None
    wanted = 1.001 if target == "compute_investment" else None
    for year in (2021, 2022):
        new, old = found[target][year], base[target][year]
        assert new == pytest.approx(old * wanted if wanted else old + 0.001, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("expectations", ["foresight", "recursive", "static"])
def test_every_swap_that_is_good_can_be_solved(tmp_path: Path, expectations: str) -> None:
    refused, solved = [], []
    for target, instruments in INSTRUMENTS.items():
        for instrument in instruments:
            try:
                scenario = load_scenario(_swap(tmp_path, target, instrument, expectations))
                prepare(scenario)
            except EngelsInputError as error:
                assert "impossible closure" in str(error)
                refused.append(instrument)
                continue
            try:
                simulate(scenario, solver="newton")
                solved.append(instrument)
            except SolveError as error:
                # the instrument does not reach so far; anything else is a fault
                assert error.solved_fraction is not None
    saving = {"foresight": "consumption_propensity"}.get(expectations, "euler_wedge")
    assert sorted(refused) == sorted([saving, "reference_wage"])
    assert len(solved) > 20
