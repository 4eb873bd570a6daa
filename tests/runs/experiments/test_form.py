"""Batch files: what is accepted, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from engels.data import EngelsInputError
from engels.runs.experiments.designs import DESIGNS
from engels.runs.experiments.form import read_experiment
from engels.runs.experiments.marginals import uniform

EXAMPLES = Path(__file__).parents[3] / "docs" / "batches"

HEAD = "name: x\nscenario: ai_central\n"

PARAMETER = "  - parameter: elasticities.ai_labour.middle\n"


def said(text: str, folder: Path) -> list[str]:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EngelsInputError) as caught:
        read_experiment(path)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: x\n", "x.yaml:1: give either scenario (a name, or a whole scenario) or scenarios"),
        (
            "name: x\nscenario: ai_centrl\n",
            "x.yaml:2: scenario: unknown scenario 'ai_centrl'; did you mean",
        ),
        (
            "name: x\nscenario: .yaml\n",
            "x.yaml:2: scenario: there is no file '.yaml' beside this one; give the path of a scenario",
        ),
        (HEAD + "desing: lhs\n", "x.yaml:3: desing: unknown key; did you mean 'design'?"),
        (HEAD + "design: lsh\n", "x.yaml:3: design: unknown design 'lsh'; did you mean 'lhs'?"),
        (HEAD + "design: lhs\n", "x.yaml:3: design: lhs needs samples: a number"),
        (
            HEAD + "samples: 4\n",
            "x.yaml:3: samples: full takes every value of the file; leave samples out",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    uniform: {from: 1, to: 2}\n",
            "x.yaml:5: vary[0].uniform: full takes values or a grid; write design: lhs",
        ),
        (
            HEAD + "design: sobol\nsamples: 100\nvary:\n" + PARAMETER + "    uniform: published\n",
            "x.yaml:4: samples: 100 is no power of 2; a Sobol' sequence is balanced at 64 or 128 points",
        ),
        (
            HEAD + "vary:\n  - parameter: elasticities.ai_labor.middle\n    values: [1]\n",
            "x.yaml:4: vary[0].parameter: unknown parameter 'elasticities.ai_labor.middle'; did you mean",
        ),
        (
            HEAD + "vary:\n  - shock: chip_quota\n    values: [1]\n",
            "x.yaml:4: vary[0].shock: ai_central has no shock of 'chip_quota'; known: ai_productivity; "
            "to add a shock write driver:",
        ),
        (
            HEAD + "vary:\n  - shock: ai_productivity\n    year: 2035\n    values: [1]\n",
            "x.yaml:4: vary[0].shock: ai_central writes down no value for 2035; years: none",
        ),
        (
            "name: x\nscenario: chip_embargo\nvary:\n  - shock: chip_quota\n    within: nothing\n"
            "    values: [1]\n",
            "x.yaml:4: vary[0].shock: within 'nothing' has none; known: chip_embargo",
        ),
        (
            HEAD
            + "vary:\n  - driver: markup_comon\n    change: add\n    path: {2030: 1}\n    values: [1]\n",
            "x.yaml:4: vary[0].driver: unknown driver 'markup_comon'; did you mean 'markup_common'?",
        ),
        (
            HEAD + "vary:\n  - driver: markup_common\n    values: [1]\n",
            "x.yaml:4: vary[0]: driver adds a shock: give change and path",
        ),
        (
            HEAD
            + "vary:\n"
            + PARAMETER
            + "    values: [1]\n    grid: {from: 1, to: 2, steps: 3}\n",
            "x.yaml:4: vary[0]: has values and grid; give exactly one of values, grid, uniform",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    values: []\n",
            "x.yaml:5: vary[0].values: is empty; give at least one value",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    values: [1]\n" + PARAMETER + "    values: [2]\n",
            "x.yaml:6: vary[1].parameter: elasticities.ai_labour.middle is varied twice, first in vary[0]",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    name: status\n    values: [1]\n",
            "x.yaml:5: vary[0].name: status is a column of the store",
        ),
        (
            HEAD + "vary:\n  - parameter: exposure.vector\n    grid: {from: 1, to: 2, steps: 3}\n",
            "x.yaml:4: vary[0].parameter: exposure.vector is a name, not a number; give values: [",
        ),
        (
            HEAD + "design: lhs\nsamples: 4\nvary:\n  - parameter: elasticities.ai_labour\n"
            "    triangular: published\n",
            "x.yaml:6: vary[0]: elasticities.ai_labour has several values; name one",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    triangular: {from: 1, mode: 3, to: 2}\n",
            "x.yaml:5: vary[0].triangular: mode 3 must lie from 1 to 2",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    normal: {mean: 1, sd: 0}\n",
            "x.yaml:5: vary[0].normal.sd: 0 (whole number) will not do; input should be greater than 0",
        ),
        (
            HEAD + "design: tornado\nsamples: 3\nvary:\n" + PARAMETER + "    uniform: published\n",
            "x.yaml:4: samples: tornado knows how many points it needs; leave samples out",
        ),
        (
            HEAD + "design: stroud\n",
            "x.yaml:3: design: stroud has nothing to vary; add vary",
        ),
        (
            HEAD + "design: morris\nsamples: 1\nvary:\n" + PARAMETER + "    uniform: published\n",
            "x.yaml:4: samples: one trajectory says nothing of the spread; write at least 2",
        ),
        (
            HEAD
            + "design: morris\nsamples: 4\nlevels: 5\nvary:\n"
            + PARAMETER
            + "    uniform: published\n",
            "x.yaml:5: levels: 5 is odd; a step goes over half of the levels, write 4 or 6",
        ),
        (
            HEAD
            + "design: lhs\nsamples: 4\nlevels: 4\nvary:\n"
            + PARAMETER
            + "    uniform: published\n",
            "x.yaml:5: levels: lhs has none; leave it out (it goes with morris or gauss)",
        ),
        (
            HEAD + "design: saltelli\nsamples: 6\nvary:\n" + PARAMETER + "    uniform: published\n",
            "x.yaml:4: samples: 6 is no power of 2; a Sobol' sequence is balanced at 4 or 8 points",
        ),
        (
            HEAD
            + "design: saltelli\nsamples: 4\nvary:\n  - setting: ai_mode\n    values: [labour, guo]\n",
            "x.yaml:7: vary[0].values: ai_mode takes names, which have no order; leave the entry out",
        ),
        (
            HEAD + "design: morris\nsamples: 4\nvary:\n" + PARAMETER + "    values: [2]\n",
            "x.yaml:7: vary[0].values: elasticities.ai_labour.middle has one value and does not vary",
        ),
        (
            HEAD
            + "design: morris\nsamples: 4\nvary:\n"
            + PARAMETER
            + "    normal: {mean: 2, sd: 1, from: 1}\n",
            "x.yaml:7: vary[0].normal: elasticities.ai_labour.middle has no lowest or no highest value",
        ),
        (
            HEAD
            + "design: stroud\nvary:\n"
            + PARAMETER
            + "    triangular: {from: 1, mode: 2, to: 4}\n",
            "x.yaml:6: vary[0].triangular: elasticities.ai_labour.middle is not symmetric about 2, which",
        ),
        (
            HEAD
            + "design: stroud\nvary:\n"
            + PARAMETER
            + "    normal: {mean: 2, sd: 1, from: 0.5}\n",
            "x.yaml:6: vary[0].normal: elasticities.ai_labour.middle is not symmetric about 2, which",
        ),
        (
            HEAD + "design: gauss\nvary:\n" + PARAMETER + "    values: [1, 2]\n",
            "x.yaml:6: vary[0].values: elasticities.ai_labour.middle is a list; quadrature takes",
        ),
        (
            HEAD + "design: tornado\nvary:\n" + PARAMETER + "    uniform: {from: 3, to: 4}\n",
            "x.yaml:5: vary[0]: its central value 2 lies outside 3 to 4; change them, or add central",
        ),
        (
            HEAD + "design: tornado\nvary:\n  - setting: ai_mode\n    values: [labour, guo]\n",
            "x.yaml:5: vary[0]: has no value in the middle; add central: its central value",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    central: 2\n    values: [1, 3]\n",
            "x.yaml:5: vary[0].central: goes with design: tornado; leave it out",
        ),
        (
            HEAD
            + "design: tornado\nvary:\n"
            + PARAMETER
            + "    name: side\n    uniform: published\n",
            "x.yaml:6: vary[0].name: side is a column of the store; add name: another",
        ),
        (
            HEAD + "keep: [gdp_reel]\n",
            "x.yaml:3: keep[0]: unknown variable 'gdp_reel'; did you mean",
        ),
        (HEAD + "keep: everything\n", "x.yaml:3: keep: must be all or a list of variables"),
        (
            HEAD + "solver: gurobi\n",
            "x.yaml:3: solver: unknown value 'gurobi'; known: newton, ipopt",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    name: Year\n    values: [1]\n",
            "x.yaml:5: vary[0].name: Year is a column of the store (SQL has one case); add name: another",
        ),
        (
            HEAD
            + "vary:\n"
            + PARAMETER
            + "    name: Aa\n    values: [1]\n"
            + "  - parameter: ai.sales\n    name: aA\n    values: [0.3]\n",
            "x.yaml:8: vary[1].name: the name aA is taken by vary[0] (as Aa; SQL has one case); give one",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    name: a b\n    values: [1]\n",
            "x.yaml:5: vary[0].name: 'a b' is no name of a column; write 1 to 60 letters (a to z), digits",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + f"    name: {'x' * 61}\n    values: [1]\n",
            "x.yaml:5: vary[0].name: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… is no name",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    values: [1, 2, 1.0]\n",
            "x.yaml:5: vary[0].values[2]: 1.0 is there already, in values[0]; leave one out",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    values: [0.3, 0.30000000000000004]\n",
            "x.yaml:5: vary[0].values[1]: 0.30000000000000004 is there already, in values[0]",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    values: [1e13]\n",
            "x.yaml:5: vary[0].values: 10000000000000.0 is no finite number up to 1e+12",
        ),
        (
            HEAD + "vary:\n" + PARAMETER + "    grid: {from: 2, to: 2, steps: 3}\n",
            "x.yaml:5: vary[0].grid: from and to are both 2; give two ends",
        ),
        (
            HEAD
            + "design: lhs\nsamples: 4\nvary:\n"
            + PARAMETER
            + "    normal: {mean: 1, sd: 0.01, from: 2, to: 3}\n",
            "x.yaml:7: vary[0].normal: next to nothing of the distribution (a share of 0e+00) lies within",
        ),
        (
            HEAD
            + "design: list\nvary:\n"
            + PARAMETER
            + "    values: [1, 2]\n  - parameter: ai.sales\n    values: [0.3]\n",
            "x.yaml:8: vary[1].values: ai.sales has 1 values, elasticities.ai_labour.middle has 2;",
        ),
        (
            HEAD + "design: list\nvary:\n" + PARAMETER + "    values: [1, 2, 1]\n",
            "x.yaml:4: vary: values 2 of all entries are those of 0; leave one of the rows out",
        ),
        (
            HEAD + "vary:\n  - {driver: markup_common, change: add, path: {}, values: [1]}\n",
            "x.yaml:4: vary[0]: driver adds a shock: give change and path",
        ),
        (
            HEAD + "aggregation: x\n",
            "x.yaml:3: aggregation: aggregation x: no such aggregation; one of 5, 12, 43, 153, 154",
        ),
        (
            HEAD + "vary:\n  - setting: aggregation\n    values: ['5', ../../etc/passwd]\n",
            "x.yaml:5: vary[0].values[1]: aggregation ../../etc/passwd: no such aggregation; one of 5",
        ),
        (
            HEAD + "vary:\n  - setting: aggregation\n    values: [5]\n",
            "x.yaml:5: vary[0].values[0]: 5 is no name; write it in quotes: '5'",
        ),
        (
            HEAD + "ai_mode: guo\nvary:\n  - setting: ai_mode\n    values: [labour, guo]\n",
            "x.yaml:5: vary[0].setting: ai_mode varies here, and ai_mode: above says one value; leave one",
        ),
        (HEAD + "years: []\n", "x.yaml:3: years: [] (list) will not do"),
        (HEAD + "seed: 4294967296\n", "x.yaml:3: seed: 4294967296 (whole number) will not do"),
        (
            HEAD + "vary:\n  - values: [1]\n",
            "x.yaml:4: vary[0]: has nothing to vary; name exactly one of",
        ),
        (
            "name: x\nscenario:\n  name: y\n  title: {en: a, zh: b}\n  family: compute\n"
            "  description: d\n  shoks: []\n",
            "x.yaml:7: shoks: unknown key; did you mean 'shocks'?",
        ),
    ],
)
def test_one_line_says_where_and_what_would_be_right(text: str, line: str, tmp_path: Path) -> None:
    found = said(text, tmp_path)
    assert len(found) == 1
    assert found[0].startswith(line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "vary:\n" + PARAMETER + "    grid: {from: 1, to: 2, steps: 1000}\n"
            "  - {shock: ai_productivity, grid: {from: 0, to: 1, steps: 100000}}\n"
            "  - {driver: markup, change: add, path: {2030: 1}, grid: {from: 0, to: 1, steps: 10000}}\n",
            "x.yaml:3: vary: full would have 1,000,000,000,000 points, and 100,000 are the most; make",
        ),
        (
            "design: lhs\nsamples: 10000000000\nvary:\n" + PARAMETER + "    uniform: published\n",
            "x.yaml:4: samples: lhs would have 10,000,000,000 points",
        ),
        (
            "design: morris\nsamples: 10000000000\nvary:\n"
            + PARAMETER
            + "    uniform: published\n",
            "x.yaml:4: samples: morris would have 20,000,000,000 points",
        ),
        (
            "design: saltelli\nsamples: 1073741824\nvary:\n"
            + PARAMETER
            + "    uniform: published\n",
            "x.yaml:4: samples: saltelli would have 3,221,225,472 points",
        ),
        (
            "design: gauss\nlevels: 50\nvary:\n"
            + "".join(
                f"  - {{driver: markup, name: p{n}, sectors: [s{n}], change: add, path: {{2030: 1}}, "
                "uniform: {from: 0, to: 1}}\n"
                for n in range(400)
            ),
            "x.yaml:3: design: gauss would have about 10^680 points",
        ),
        (
            "vary:\n" + PARAMETER + "    grid: {from: 1, to: 2, steps: 100000000}\n",
            "x.yaml:5: vary[0].grid.steps: 100000000 (whole number) will not do; ",
        ),
    ],
)
def test_points_are_counted_before_any_is_made(text: str, line: str, tmp_path: Path) -> None:
    (found,) = said(HEAD + text, tmp_path)
    assert found.startswith(line)


def test_the_count_is_what_is_made() -> None:
    """By arithmetic and by making them, the rows of every design are as many."""
    for path in EXAMPLES.glob("*.yaml"):
        experiment = read_experiment(path)
        form, design = experiment.form, DESIGNS[experiment.form.design]
        lengths = [v.listed for v in form.vary]
        rows = design.make(experiment.marginals, form.samples or 0, form.seed, **form.options)
        assert design.count(lengths, form.samples or 0, **form.options) == len(rows.values)
    marginals = [uniform(0, 1), uniform(1, 3)]
    for name, options in (
        ("saltelli", {"second_order": True}),
        ("morris", {"levels": 6}),
        ("gauss", {"levels": 5}),
        ("random", {}),
    ):
        rows = DESIGNS[name].make(marginals, 4, 1, **options)
        assert DESIGNS[name].count([0, 0], 4, **options) == len(rows.values)


def test_the_most_points_are_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(HEAD + "vary:\n" + PARAMETER + "    grid: {from: 1, to: 2, steps: 30}\n")
    assert len(read_experiment(path, most=30).marginals[0].values) == 30
    with pytest.raises(EngelsInputError, match="full would have 30 points, and 29 are the most"):
        read_experiment(path, most=29)


TWICE = (
    ("parameter: ai.sales", "parameter: ai.sales", "ai.sales"),
    ("parameter: ai.sales", "parameter: ai.sales, change: multiply", "ai.sales"),
    (
        "parameter: elasticities.ai_labour, change: multiply",
        "parameter: elasticities.ai_labour.high",
        "elasticities.ai_labour.high",
    ),
    ("shock: ai_productivity", "shock: ai_productivity, within: ai_central", "ai_productivity"),
    ("shock: chip_quota", "shock: chip_quota, year: 2026", "chip_quota"),
    (
        "shock: chip_quota",
        "driver: chip_quota, change: share_of_reference, path: {2026: 0.9}",
        "chip_quota",
    ),
    (
        "driver: markup, change: add, sectors: [a, b], path: {2026: 0, 2030: 0.1}",
        "driver: markup, change: add, sectors: [b, c], path: {2028: 0.1}",
        "markup",
    ),
    (
        "driver: markup, change: add, path: {2026: 0, 2030: 0.1}",
        "driver: markup, change: add, sectors: [b, c], path: {2030: 0.1}",
        "markup",
    ),
    ("setting: ai_mode", "setting: ai_mode", "ai_mode"),
)


@pytest.mark.parametrize(("one", "other", "what"), TWICE)
def test_nothing_is_varied_twice(one: str, other: str, what: str, tmp_path: Path) -> None:
    """The store would tell two values of what a run has one of."""
    values = "[labour, guo]" if one.startswith("setting") else "[1]"
    for first, second in ((one, other), (other, one)):
        text = f"vary:\n  - {{{first}, values: {values}}}\n  - {{{second}, name: b, values: {values}}}\n"
        (line,) = said("name: x\nscenario: chip_embargo\n" + text, tmp_path)
        kind = second.split(":")[0]
        assert line.startswith(
            f"x.yaml:5: vary[1].{kind}: {what} is varied twice, first in vary[0] as "
        )
        assert "here as b; a run has one value of it" in line


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("parameter: elasticities.ai_labour.high", "parameter: elasticities.ai_labour.low"),
        ("shock: chip_quota, year: 2026", "shock: ai_productivity"),
        (
            "driver: markup, change: add, sectors: [a, b], path: {2026: 0, 2030: 0.1}",
            "driver: markup, change: add, sectors: [c], path: {2028: 0.1}",
        ),
        (
            "driver: markup, change: add, path: {2026: 0, 2030: 0.1}",
            "driver: markup, change: add, path: {2031: 0.1}",
        ),
    ],
)
def test_different_things_of_one_kind_may_vary(one: str, other: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        "name: x\nscenario: chip_embargo\nvary:\n"
        f"  - {{{one}, name: a, values: [1]}}\n  - {{{other}, name: b, values: [1]}}\n"
    )
    assert read_experiment(path).labels == ("a", "b")


def test_several_mistakes_are_said_at_once(tmp_path: Path) -> None:
    text = HEAD + "design: lsh\nkeep: [gdp_reel]\nvary:\n  - driver: nothing\n    change: add\n"
    text += "    path: {2030: 1}\n    values: [1]\n"
    assert len(said(text, tmp_path)) == 3


def test_command_line_overrides_settings(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(HEAD + 'aggregation: "12"\n', encoding="utf-8")
    (chosen,) = read_experiment(path, aggregation="5", expectations="recursive").scenarios
    assert (chosen.aggregation, chosen.expectations) == ("5", "recursive")


def test_a_scenario_may_stand_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        "name: x\nscenario:\n  name: more_markup\n  title: {en: a, zh: b}\n  family: labour_share\n"
        "  description: d\n  shocks:\n  - {driver: markup_common, change: add, path: {2030: 0.1}}\n"
        "vary:\n  - shock: markup_common\n    year: 2030\n    values: [0.1, 0.2]\n",
        encoding="utf-8",
    )
    experiment = read_experiment(path)
    assert experiment.scenarios[0].name == "more_markup"
    assert experiment.labels == ("markup_common_2030",)


def test_the_centre_of_a_tornado(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        HEAD
        + "design: tornado\nvary:\n"
        + PARAMETER
        + "    uniform: published\n"
        + "  - {parameter: elasticities.capital_labour, change: multiply, uniform: {from: 0.5, to: 2}}\n"
        + "  - {shock: ai_productivity, grid: {from: 0, to: 2, steps: 4}}\n"
        + "  - {parameter: ai.sales, central: 0.4, values: [0.3, 0.6]}\n"
        + "  - {parameter: exposure.vector, values: [felten, eloundou_beta]}\n"
        + "  - {setting: ai_mode, values: [labour, guo], central: labour}\n"
        + "  - {driver: markup_common, change: add, path: {2030: 0.1}, normal: {mean: 0.2, sd: 1}}\n",
        encoding="utf-8",
    )
    found = read_experiment(path).marginals
    assert [m.centre for m in found][:4] == [2.0, 1.0, 1.0, 0.4]
    assert [m.centre for m in found][5:] == ["labour", 0.2]
    assert found[4].centre == "felten_lm"
    assert found[2].ends == (0.0, 2.0)
    # of a normal distribution the quantiles of 5 and 95 per cent
    assert found[6].ends == pytest.approx((0.2 - 1.6448536, 0.2 + 1.6448536))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("ai_speed", 64),
        ("embargo_grid", 30),
        ("tornado", 13),
        ("morris", 70),
        ("saltelli", 320),
        ("stroud", 12),
        ("gauss", 9),
    ],
)
def test_example_files_are_good(name: str, count: int) -> None:
    experiment = read_experiment(EXAMPLES / f"{name}.yaml")
    form = experiment.form
    make = DESIGNS[form.design].make
    rows = make(experiment.marginals, form.samples or 0, form.seed, **form.options)
    assert form.name == name
    assert len(rows.values) == count


def test_every_example_file_is_tested() -> None:
    assert len(list(EXAMPLES.glob("*.yaml"))) == 7


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEAD + "keep: &k [*k]\n", "x.yaml:3: keep: &k: anchors (&) and aliases (*) are not read"),
        (HEAD + "samples: !!int x\n", "x.yaml:3: samples: !!int: tags (!) are not read"),
        (HEAD + "seed: 0x10\n", "x.yaml:3: seed: '0x10' is a number in another base"),
        (HEAD + "years: " + "[" * 5000, "x.yaml:3: is nested more than 20 deep"),
    ],
)
def test_batch_files_are_read_strictly(tmp_path: Path, text: str, line: str) -> None:
    assert said(text, tmp_path)[0].startswith(line)
