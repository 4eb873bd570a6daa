"""What is reported does not depend on where the horizon lies, once it lies beyond what is reported."""

from __future__ import annotations

from functools import cache

import pytest

from engels.runs.scenarios.scenario import Economies, load_scenario, with_settings
from engels.runs.scenarios.schema import LIBRARY
from engels.runs.scenarios.variant import read_overrides, with_changes
from engels.runs.simulation.simulate import Session

JUDGED = ("gdp_real", "consumption_real", "real_wage", "labour_share")
POINTS = 0.02
"""Points of a deviation, or of the labour share, that distance may move."""

Deviations = dict[tuple[str, int], float]


@cache
def session(beyond: int, aggregation: str) -> Session:
    """Of one horizon: it keeps the baselines and the references that scenarios share."""
    return Session("newton", Economies(None))


@cache
def deviations(
    name: str, beyond: int, aggregation: str = "5", ai_mode: str | None = None
) -> tuple[Deviations, set[int]]:
    """Deviations from the reference before 2050, per cent or points, and the years of the pause."""
    settings = with_settings(
        load_scenario(name), aggregation=aggregation, expectations="foresight", ai_mode=ai_mode
    )
    scenario = with_changes(settings, read_overrides([f"path.years_beyond={beyond}"]))
    frame = session(beyond, aggregation).run(scenario).frame
    frame = frame[(frame["sector"] == "") & (frame["group"] == "")]
    table = frame.pivot_table(index=["variable", "year"], columns="scenario", values="value")
    run, reference = table[scenario.name], table[scenario.reference]
    found = {}
    for variable in JUDGED:
        if variable == "labour_share":
            gap = 100 * (run[variable] - reference[variable])
        else:
            gap = 100 * (run[variable] / reference[variable] - 1)
        found |= {(variable, int(t)): float(x) for t, x in gap.items()}
    assert max(t for _, t in found) == 2050, "years beyond are not reported"
    pause = {int(t) for t, x in run["engels_pause"].items() if x}
    return found, pause


def moved(
    name: str, near: int, far: int, aggregation: str = "5", ai_mode: str | None = None
) -> float:
    """Largest difference between two distances, in points, before 2050."""
    (a, _), (b, _) = (deviations(name, n, aggregation, ai_mode) for n in (near, far))
    return max(abs(x - b[k]) for k, x in a.items() if k[1] < 2050)


ENOUGH = 96
"""Years beyond with which this holds for what still spreads in 2050; 40 leave up to 0.07 points there."""
NEARER = {"policy_loans": 48}
"""Five million places a year for ever are more than there are people to train where 192 years have passed."""


def check_twice_the_distance(name: str, aggregation: str, beyond: int = 40) -> None:
    assert moved(name, beyond, 2 * beyond, aggregation) < POINTS
    assert deviations(name, beyond, aggregation)[1] == deviations(name, 2 * beyond, aggregation)[1]


@pytest.mark.parametrize("name", ["deep_automation", "chip_embargo"])
@pytest.mark.sampled(1)
def test_twice_the_distance_moves_nothing(name: str) -> None:
    check_twice_the_distance(name, "5")


def by_economy() -> list[str]:
    """The library's scenarios, those of one economy after another: they share its baselines."""
    names = [path.stem for path in LIBRARY.glob("*.yaml")]
    return sorted(names, key=lambda n: (sorted(load_scenario(n).all_parameters().items()), n))


SPREADING = ("diffusion_electricity", "innovation_private", "power_limit", "policy_loans")
"""Those that distance moves most, or most nearly cannot be solved so far away."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [n if n in SPREADING else pytest.param(n, marks=pytest.mark.long) for n in by_economy()],
)
def test_twice_the_distance_moves_nothing_in_the_library(name: str) -> None:
    check_twice_the_distance(name, "12", NEARER.get(name, ENOUGH))


FIVE = ("ai_central", "ai_moore", "deep_automation", "lost_reinstatement", "adoption_genai")
MINUTES = ("labour_share_swap", "work_genai", "policy_adopters")
"""Scenarios whose shocks still grow in 2050, of every family, at all sectors; the last take many minutes."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [*FIVE, *(pytest.param(n, marks=pytest.mark.long) for n in MINUTES)]
)
def test_twice_the_distance_moves_nothing_at_all_sectors(name: str) -> None:
    check_twice_the_distance(name, "43", ENOUGH)


def test_a_horizon_on_the_last_reported_year_does() -> None:
    """Without years beyond, the condition at the horizon holds capital back while the shock goes on."""
    assert moved("deep_automation", 0, 40) > 50 * POINTS
    assert moved("deep_automation", 0, 40, ai_mode="labour") > 100 * POINTS
    without, beyond = (deviations("deep_automation", n, ai_mode="labour")[0] for n in (0, 40))
    assert without["real_wage", 2049] < -2 < 0 < beyond["real_wage", 2049]


def test_longer_periods_do_what_single_years_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty years beyond in eight periods against forty periods of a year."""
    long, _ = deviations("deep_automation", 40)
    monkeypatch.setattr("engels.model.algebra.grid.LENGTHS", (1,))
    single, _ = deviations.__wrapped__("deep_automation", 40)
    assert max(abs(x - single[k]) for k, x in long.items() if k[1] < 2050) < POINTS
