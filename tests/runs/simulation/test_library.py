"""Every scenario of the library with every block on, 40 years beyond 2050: at 12 sectors, some at 43."""

from __future__ import annotations

import pytest

from engels.calibration.blocks import BLOCKS
from engels.model.solving.certificate import TOLERANCES
from engels.runs.scenarios.scenario import load_scenario, with_settings
from engels.runs.scenarios.schema import library
from engels.runs.simulation.simulate import Session

SESSION = Session("newton")
"""Of all tests of this file in a process: runs of one baseline solve it once."""


def check_all_blocks(name: str, aggregation: str) -> None:
    scenario = with_settings(load_scenario(name), aggregation=aggregation)
    everything = scenario.parameters | {f"{block}.active": 1 for block in BLOCKS}
    result = SESSION.run(scenario.model_copy(update={"parameters": everything}))
    assert int(result.frame["year"].max()) == 2050
    for kind, limit in TOLERANCES.items():
        assert abs(result.manifest["residuals"][kind]["value"]) <= limit, kind
    # the blocks report: they were on
    reported = set(result.frame["variable"])
    assert {
        "adoption_mean",
        "intangible_effect",
        "ai_quality",
        "knowledge",
        "link_share",
        "unemployment",
        "gini_income",
        "large_firms",
        "policy_cost",
    } <= reported


def by_economy() -> list[str]:
    """The library's scenarios, those of the same parameters in a row: they share baseline and models."""

    def parameters(name: str) -> str:
        given = load_scenario(name).all_parameters()
        return str(sorted((k, x) for k, x in given.items() if not k.endswith(".active")))

    return sorted(library(), key=parameters)


@pytest.mark.slow
@pytest.mark.parametrize("name", by_economy())
def test_the_library_solves_with_all_blocks(name: str) -> None:
    check_all_blocks(name, "12")


LARGE = ("gpt_all", "policy_genai", "chain_embargo")
"""Technology, policy and supply; each takes a minute and more."""


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_some_solve_with_all_blocks_at_43_sectors(name: str) -> None:
    check_all_blocks(name, "43")


@pytest.mark.parametrize(
    "name",
    ["gpt_all", "chip_embargo", pytest.param("finance_ai_tax", marks=pytest.mark.slow)],
)
def test_a_handful_solves_with_all_blocks(name: str) -> None:
    check_all_blocks(name, "5")
