"""Points: what a value does to a scenario, and what an id depends on."""

from __future__ import annotations

from pathlib import Path

import pytest

from engels.data import EngelsInputError
from engels.runs.experiments.form import read_experiment
from engels.runs.experiments.points import Point, _spread_out, make_points
from engels.runs.scenarios.paths import announced_year
from engels.runs.scenarios.schema import Scenario, reference_of

HEAD = 'name: x\naggregation: "5"\n'


def points(text: str, folder: Path) -> list[Point]:
    path = folder / "x.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return make_points(read_experiment(path))


def shock(scenario: Scenario, driver: str) -> list[object]:
    return [s.growth or s.path for s in scenario.all_shocks() if s.driver == driver]


def test_a_size_scales_rates_amounts_and_what_factors_depart_by(tmp_path: Path) -> None:
    found = points(
        "scenario: ai_central\nvary:\n  - shock: ai_productivity\n    values: [0, 0.5]\n"
        "  - driver: markup\n    change: multiply\n    path: {2026: 1, 2030: 1.2}\n    values: [0.5]\n"
        "  - driver: ai_tax\n    change: set\n    path: {2030: 0.1}\n    values: [2]\n"
        "  - driver: chip_quota\n    change: set\n    path: {2030: 1}\n    values: [0.7]\n",
        tmp_path,
    )
    rates = [[g.rate for g in shock(p.run, "ai_productivity")] for p in found]  # type: ignore[attr-defined]
    assert rates == [[0.0, 0.0], [0.075, 0.025]]
    assert shock(found[0].run, "markup") == [{2026: 1.0, 2030: 1.1}]
    assert shock(found[0].run, "ai_tax") == [{2030: 0.2}]
    assert shock(found[0].run, "chip_quota") == [{2030: 0.7}]


def test_a_shock_is_varied_in_the_reference_too(tmp_path: Path) -> None:
    found = points(
        "scenario: chip_embargo\nvary:\n  - shock: ai_productivity\n    values: [0.5, 1]\n"
        "  - shock: chip_quota\n    values: [1]\n",
        tmp_path,
    )
    assert found[0].run.reference == "ai_central"
    for p in found:
        assert shock(p.run, "ai_productivity") == shock(reference_of(p.run), "ai_productivity")
    assert announced_year(found[0].run) == announced_year(found[1].run)
    contents = {reference_of(p.run).content() for p in found}
    assert len(contents) == 2


def test_a_year_is_replaced(tmp_path: Path) -> None:
    (point,) = points(
        "scenario: chip_embargo\nvary:\n  - shock: chip_quota\n    year: 2026\n    values: [0.3]\n",
        tmp_path,
    )
    assert 0.3 in [v for path in shock(point.run, "chip_quota") for v in path.values()]  # type: ignore[attr-defined]


def test_a_swap_is_varied(tmp_path: Path) -> None:
    found = points(
        "scenario: labour_share_swap\nvary:\n  - swap: labour_share\n    values: [0.5, 1]\n",
        tmp_path,
    )
    half, whole = (next(s.path for s in p.run.all_swaps()) for p in found)
    assert half is not None
    assert whole is not None
    assert half == {year: 0.5 * x for year, x in whole.items()}


def test_parameters_are_set_or_multiplied_one_by_one(tmp_path: Path) -> None:
    found = points(
        "scenario: ai_central\nvary:\n  - parameter: elasticities.ai_labour\n    change: multiply\n"
        "    values: [1.1]\n  - parameter: ai.sales\n    values: [0.3]\n"
        "  - setting: ai_mode\n    values: [labour, guo]\n",
        tmp_path,
    )
    given = found[0].run.parameters
    from engels.calibration import load_parameters

    published = load_parameters().values("elasticities.ai_labour")
    for skill, x in published.items():
        assert given[f"elasticities.ai_labour.{skill}"] == pytest.approx(1.1 * x)
    assert given["ai.sales"] == 0.3
    assert [p.run.ai_mode for p in found] == ["labour", "guo"]
    assert len({p.group for p in found}) == 2
    assert reference_of(found[1].run).all_parameters() == found[1].run.all_parameters()


def test_ids_follow_from_what_matters_alone(tmp_path: Path) -> None:
    text = "scenario: ai_central\nvary:\n  - parameter: ai.sales\n    values: [0.3, 0.4]\n"
    first, second = points(text, tmp_path)
    assert first.id != second.id
    assert [p.id for p in points("title: another\n" + text, tmp_path)] == [first.id, second.id]
    # the same point, by another file and as another number
    assert points(text.replace("0.3, 0.4", "0.2, 0.5, 0.4"), tmp_path)[2].id == second.id
    for other in ("solver: ipopt\n", "keep: [gdp_real]\n", "last_year: 2040\n", "years: [2030]\n"):
        changed = text.replace("shock: x", "") if other else text
        if other.startswith("last_year"):
            changed = changed.replace("ai_central", "baseline")
        assert points(other + changed, tmp_path)[0].id not in (first.id, second.id)


def test_scenarios_are_crossed_with_values(tmp_path: Path) -> None:
    found = points(
        "scenarios: [ai_central, chip_embargo]\nvary:\n  - shock: ai_productivity\n"
        "    values: [1, 1.1]\n",
        tmp_path,
    )
    assert [p.scenario for p in found] == ["ai_central"] * 2 + ["chip_embargo"] * 2
    assert [p.number for p in found] == [0, 1, 2, 3]
    assert len({p.id for p in found}) == 4


def test_sectors_are_known_by_their_groups_too(tmp_path: Path) -> None:
    text = (
        "scenario: ai_central\nvary:\n"
        "  - {driver: markup, change: add, sectors: [GROUP], path: {2030: 0.01}, values: [1]}\n"
        "  - {driver: markup, name: b, change: add, sectors: [ELC], path: {2030: 0.01}, values: [1]}\n"
    )
    with pytest.raises(EngelsInputError, match=r"vary\[1\]\.driver: markup is varied twice"):
        points(text.replace("GROUP", "secondary"), tmp_path)
    assert len(points(text.replace("GROUP", "tertiary"), tmp_path)) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("years: [1990]\n", "years[0]: 1990 is in no run of ai_central; it has 2020 to 2050"),
        ("years: [2030, 2051]\n", "years[1]: 2051 is in no run of ai_central; it has 2020 to 2050"),
        (
            "expectations: static\nyears: [2030]\n",
            "years[0]: 2030 is in no run of ai_central; it has 2020 alone",
        ),
    ],
)
def test_years_that_no_point_has(text: str, line: str, tmp_path: Path) -> None:
    with pytest.raises(EngelsInputError) as caught:
        points(f"scenario: ai_central\n{text}", tmp_path)
    assert str(caught.value).endswith(line)


def test_economies_that_are_looked_at_have_the_ends_of_what_varies(tmp_path: Path) -> None:
    """The first, the ends of every entry, and others evenly."""
    found = points(
        "scenario: ai_central\ndesign: lhs\nsamples: 40\nvary:\n"
        "  - parameter: ai.sales\n    uniform: published\n"
        "  - parameter: elasticities.chips\n    uniform: published\n",
        tmp_path,
    )
    chosen = _spread_out(found, 9)
    assert len(chosen) == len(set(chosen)) == 9
    assert chosen[0] == found[0].group
    for place in range(2):
        ordered = sorted(found, key=lambda p: float(p.values[place]))
        assert {ordered[0].group, ordered[-1].group} <= set(chosen)
    assert _spread_out(found, 40) == [p.group for p in found]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "vary:\n  - parameter: ai.sales\n    values: [0.3, 9]\n",
            "x.yaml:4: vary: point 1 (ai.sales = 9): parameter ai.sales: 9 is out of range; a value in [",
        ),
        (
            "vary:\n  - driver: markup_common\n    change: add\n    path: {2030: 1}\n    values: [1, 1e6]\n",
            "x.yaml:4: vary: point 1 (markup_common = 1e+06): ",
        ),
        (
            "vary:\n  - parameter: ai.sales\n    change: multiply\n    values: [a]\n",
            "x.yaml:4: vary: point 0 (ai.sales = a): ai.sales: 'a' is no number",
        ),
        (
            "vary:\n  - setting: ai_mode\n    values: [labour, robots]\n",
            "x.yaml:6: vary[0].values[1]: unknown ai_mode 'robots'; known: tasks, labour, capital, guo",
        ),
        (
            "vary:\n  - driver: automation_depth\n    change: add\n    path: {2019: 1}\n    values: [0]\n",
            "x.yaml:4: vary: point 0 (automation_depth = 0): ",
        ),
    ],
)
def test_impossible_points_are_refused_before_anything_is_solved(
    text: str, line: str, tmp_path: Path
) -> None:
    with pytest.raises(EngelsInputError) as caught:
        points("scenario: ai_central\n" + text, tmp_path)
    first = str(caught.value).splitlines()[0]
    assert first.removeprefix(f"{tmp_path}/").startswith(line)
