"""Bad scenarios: exit code 2, one line that says where, what, and what would be right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engels.runs.cli.main import main

if TYPE_CHECKING:
    from tests.conftest import Engels

HEAD = """\
name: mine
title: {en: Mine, zh: 我的}
family: compute
description: A test.
"""
GOOD_SHOCK = """\
shocks:
  - driver: ai_productivity
    path: {2026: 1.2}
"""


def scenario(body: str, head: str = HEAD) -> str:
    return head + body


# Body of the file, then words that the one line must hold: the line number, what, and the remedy.
CASES: dict[str, tuple[str, list[str]]] = {
    "long name": (
        scenario(GOOD_SHOCK, head=HEAD.replace("name: mine", f"name: {'a' * 240}")),
        ["mine.yaml:1: name", "at most 80 characters"],
    ),
    "include by path": (
        scenario("include: [../ai_central]\n"),
        ["mine.yaml:5: include[0]", "'../ai_central'", "write the name alone"],
    ),
    "last year beyond every projection": (
        scenario("last_year: 9999\n" + GOOD_SHOCK),
        ["mine.yaml:5: last_year", "9999 is too far", "2150"],
    ),
    "two years with foresight": (
        scenario(
            "aggregation: '5'\nlast_year: 2021\nshocks:\n  - driver: import_tariff\n    path: {2021: 0.1}\n"
        ),
        ["mine.yaml", "the first change, 2021", "too few years", "last_year: 2023", "recursive"],
    ),
    "horizon too short for foresight": (
        scenario("aggregation: '5'\nlast_year: 2021\n"),
        ["mine.yaml:6: last_year", "2021 leaves too few years for foresight", "2022"],
    ),
    "horizon before the base year": (
        scenario("aggregation: '5'\nlast_year: 2019\n"),
        ["mine.yaml:6: last_year", "2019", "2021"],
    ),
    "instrument of foresight in a recursive run": (
        scenario(
            "expectations: recursive\nswaps:\n  - target: investment_rate\n    instrument: euler_wedge\n"
            "    change: add\n    path: {2025: 0, 2035: 0.02}\n"
        ),
        ["mine.yaml:8: swaps[0].instrument", "impossible closure", "consumption_propensity"],
    ),
    "instrument of a recursive run with foresight": (
        scenario(
            "swaps:\n  - target: investment_rate\n    instrument: consumption_propensity\n"
            "    change: add\n    path: {2025: 0, 2035: 0.02}\n"
        ),
        ["mine.yaml:7: swaps[0].instrument", "impossible closure", "euler_wedge"],
    ),
    "target by skill": (
        scenario(
            "swaps:\n  - target: labour_supply\n    instrument: reference_wage\n"
            "    change: multiply\n    path: {2026: 1.01}\n"
        ),
        ["mine.yaml:6: swaps[0].target", "a value for each skill", "labour_endowment"],
    ),
    "instrument without hold on the last year": (
        scenario(
            "announced: 2026\nswaps:\n  - target: investment_rate\n    instrument: euler_wedge\n"
            "    change: add\n    path: {2050: 0.01}\n"
        ),
        ["mine.yaml:7: swaps[0]", "before the last year, 2050"],
    ),
    "block by its parameter, without the one it needs": (
        scenario(GOOD_SHOCK + "parameters: {sow_reap.active: 1}\n"),
        ["mine.yaml:8: parameters.sow_reap.active", "needs the block diffusion"],
    ),
    "parameter that is a list": (
        scenario(GOOD_SHOCK + "parameters: {ai.sales: [1]}\n"),
        ["mine.yaml:8: parameters.ai.sales", "neither a number nor a name"],
    ),
    "mapping that is not there": (
        scenario("aggregation: nowhere.yaml\n" + GOOD_SHOCK),
        ["mine.yaml:5: aggregation", "nowhere.yaml", "no such file"],
    ),
    "title that is a number": (
        scenario(GOOD_SHOCK, head="name: mine\ntitle: 5\n"),
        ["mine.yaml:2: title", "5 is no title", "write text"],
    ),
    "text without end": (
        scenario(f"shocks:\n  - driver: {'x' * 100_000}\n    path: {{2026: 1}}\n"),
        ["mine.yaml:6: shocks[0].driver", "unknown driver 'xxx"],
    ),
    "self-reference": (
        scenario(GOOD_SHOCK + "x: &x [*x]\n"),
        ["mine.yaml:8: x", "anchors (&) and aliases (*) are not read"],
    ),
    "tag": (scenario(GOOD_SHOCK + "x: !!int abc\n"), ["mine.yaml:8: x", "!!int", "tags"]),
    "year in two spellings": (
        scenario("shocks:\n  - driver: ai_tax\n    path:\n      2026: 0.1\n      '2026': 0.2\n"),
        ["mine.yaml:9: shocks[0].path.2026", "given twice", "line 8"],
    ),
    "year in base 16": (
        scenario("shocks:\n  - driver: ai_tax\n    path: {0x7ea: 0.1}\n"),
        ["mine.yaml:7: shocks[0].path.0x7ea", "decimal digits"],
    ),
    "time of day for a number": (
        scenario("shocks:\n  - driver: ai_tax\n    path: {2026: 0:30}\n"),
        ["mine.yaml:7: shocks[0].path.2026", "'0:30' (text)", "must be a number"],
    ),
    "typo in a key": (
        scenario("expectation: recursive\n"),
        ["mine.yaml:5: expectation", "unknown key", "did you mean 'expectations'?"],
    ),
    "typo in a key of a shock": (
        scenario("shocks:\n  - driver: ai_tax\n    intrpolate: step\n    path: {2026: 0.1}\n"),
        ["mine.yaml:7: shocks[0].intrpolate", "did you mean 'interpolate'?"],
    ),
    "typo in growth": (
        scenario(
            "shocks:\n  - driver: ai_productivity\n    change: multiply\n"
            "    growth: {from: 2026, until: 2030, to: 2030, rate: 0.1}\n"
        ),
        ["shocks[0].growth.until", "unknown key"],
    ),
    "unknown driver": (
        scenario("shocks:\n  - driver: ai_prodctivity\n    path: {2026: 2}\n"),
        ["mine.yaml:6: shocks[0].driver", "ai_prodctivity", "did you mean 'ai_productivity'?"],
    ),
    "unknown sector": (
        scenario(
            "aggregation: '5'\nshocks:\n  - driver: markup\n    sectors: [IND, ELX]\n"
            "    path: {2026: 1.1}\n"
        ),
        ["mine.yaml:8: shocks[0].sectors[1]", "'ELX'", "did you mean 'ELC'?"],
    ),
    "sector by its label": (
        scenario(
            "aggregation: '5'\nshocks:\n  - driver: markup\n    sectors: [Services]\n"
            "    path: {2026: 1.1}\n"
        ),
        ["shocks[0].sectors[0]", "write its code 'SRV'"],
    ),
    "sector code without quotes": (
        scenario("shocks:\n  - driver: markup\n    sectors: [20]\n    path: {2026: 1.1}\n"),
        ["mine.yaml:7: shocks[0].sectors[0]", "must be text", "quotes"],
    ),
    "unknown skill": (
        scenario(
            "aggregation: '5'\nshocks:\n  - driver: labour_endowment\n    skills: [hihg]\n"
            "    change: multiply\n    path: {2026: 1.1}\n"
        ),
        ["shocks[0].skills[0]", "did you mean 'high'?"],
    ),
    "unknown use": (
        scenario("shocks:\n  - driver: chip_tariff\n    uses: [computer]\n    path: {2026: 1}\n"),
        ["mine.yaml:7: shocks[0].uses[0]", "did you mean 'compute'?"],
    ),
    "selector that the driver does not have": (
        scenario("shocks:\n  - driver: ai_tax\n    sectors: ['20']\n    path: {2026: 0.1}\n"),
        ["shocks[0].sectors", "ai_tax does not differ by sector", "markup"],
    ),
    "empty selector": (
        scenario("shocks:\n  - driver: markup\n    sectors: []\n    path: {2026: 1.1}\n"),
        ["shocks[0].sectors", "is empty"],
    ),
    "unknown include": (
        scenario("include: [ai_centrl]\n"),
        ["mine.yaml:5: include[0]", "did you mean 'ai_central'?"],
    ),
    "unknown reference": (
        scenario("reference: basline\n" + GOOD_SHOCK),
        ["mine.yaml:5: reference", "did you mean 'baseline'?"],
    ),
    "includes itself": (
        scenario("include: [mine]\n"),
        ["mine.yaml:5: include[0]", "circular include", "mine → mine"],
    ),
    "is its own reference": (
        scenario("reference: mine\n" + GOOD_SHOCK),
        ["mine.yaml:5: reference", "circular reference"],
    ),
    "year after the last": (
        scenario("shocks:\n  - driver: ai_tax\n    path: {2026: 0.1, 2055: 0.2}\n"),
        ["mine.yaml:7: shocks[0].path.2055", "after the last year", "2050", "last_year"],
    ),
    "year before the first": (
        scenario("aggregation: '5'\nshocks:\n  - driver: ai_tax\n    path: {2019: 0.1}\n"),
        ["shocks[0].path.2019", "before the first year", "2021"],
    ),
    "year before the announcement": (
        scenario("announced: 2030\n" + GOOD_SHOCK),
        ["mine.yaml:7: shocks[0]", "changes 2026", "before agents learn", "announced: 2026"],
    ),
    "announced after the last year": (
        scenario("announced: 2060\nshocks:\n  - driver: ai_tax\n    path: {2026: 0}\n"),
        ["mine.yaml:5: announced", "after the last year 2050"],
    ),
    "announced before the base year": (
        scenario("aggregation: '5'\nannounced: 2010\n" + GOOD_SHOCK),
        ["mine.yaml:6: announced", "2010", "2021"],
    ),
    "year that is none": (
        scenario("shocks:\n  - driver: ai_tax\n    path: {soon: 0.1}\n"),
        ["shocks[0].path", "'soon' is not a year", "2026"],
    ),
    "negative share of the reference": (
        scenario(
            "shocks:\n  - driver: chip_quota\n    change: share_of_reference\n"
            "    path: {2026: -0.1}\n"
        ),
        ["mine.yaml:8: shocks[0].path.2026", "negative", "0 or more"],
    ),
    "negative quota": (
        scenario("shocks:\n  - driver: chip_quota\n    path: {2026: -1}\n"),
        ["mine.yaml:7: shocks[0].path.2026", "negative share", "from 0"],
    ),
    "value out of range": (
        scenario("shocks:\n  - driver: ai_productivity\n    path: {2026: 0}\n"),
        ["mine.yaml:7: shocks[0].path.2026", "out of range", "0.001"],
    ),
    "growth out of the driver's range": (
        scenario(
            "aggregation: '5'\nshocks:\n  - driver: compute_utilisation\n    change: multiply\n"
            "    growth: {from: 2026, to: 2050, rate: 0.5}\n"
        ),
        ["mine.yaml:7: shocks[0]", "compute_utilisation becomes", "2037", "100"],
    ),
    "growth that ends before it begins": (
        scenario(
            "shocks:\n  - driver: ai_productivity\n    change: multiply\n"
            "    growth: {from: 2030, to: 2026, rate: 0.1}\n"
        ),
        ["mine.yaml:8: shocks[0].growth", "ends in 2026, before it begins in 2030"],
    ),
    "growth below -100%": (
        scenario(
            "shocks:\n  - driver: ai_productivity\n    change: multiply\n"
            "    growth: {from: 2026, to: 2030, rate: -5}\n"
        ),
        ["shocks[0]", "leaves nothing", "-0.05"],
    ),
    "growth of a set value": (
        scenario(
            "shocks:\n  - driver: ai_productivity\n    growth: {from: 2026, to: 2030, rate: 0.1}\n"
        ),
        ["shocks[0]", "growth does not go with change: set", "multiply"],
    ),
    "path and growth": (
        scenario(
            "shocks:\n  - driver: ai_productivity\n    change: multiply\n    path: {2026: 1}\n"
            "    growth: {from: 2026, to: 2030, rate: 0.1}\n"
        ),
        ["mine.yaml:6: shocks[0]", "has both"],
    ),
    "no path": (
        scenario("shocks:\n  - driver: ai_productivity\n"),
        ["shocks[0]", "neither 'path' nor 'growth'"],
    ),
    "logarithm of zero": (
        scenario("shocks:\n  - driver: ai_tax\n    interpolate: log\n    path: {2026: 0}\n"),
        ["shocks[0]", "positive values"],
    ),
    "share of the reference of another driver": (
        scenario(
            "shocks:\n  - driver: ai_tax\n    change: share_of_reference\n    path: {2026: 0.1}\n"
        ),
        ["mine.yaml:7: shocks[0].change", "chip_quota alone"],
    ),
    "adding to a quota that is not there": (
        scenario("shocks:\n  - driver: chip_quota\n    change: multiply\n    path: {2026: 0.1}\n"),
        ["shocks[0].change", "no quota to multiply", "share_of_reference"],
    ),
    "unknown expectations": (
        scenario("expectations: forsight\n" + GOOD_SHOCK),
        ["mine.yaml:5: expectations", "did you mean 'foresight'?"],
    ),
    "wrong type": (
        scenario("shocks:\n  - driver: ai_tax\n    path: {2026: lots}\n"),
        ["mine.yaml:7: shocks[0].path.2026", "'lots' (text)", "must be a number"],
    ),
    "list instead of mapping": (
        scenario("shocks:\n  - driver: ai_tax\n    path: [2026, 0.1]\n"),
        ["mine.yaml:7: shocks[0].path", "must be a mapping"],
    ),
    "value that is not finite": (
        scenario("shocks:\n  - driver: ai_tax\n    path: {2026: .inf}\n"),
        ["shocks[0].path.2026", "finite number"],
    ),
    "missing key": (
        "title: Mine\n" + GOOD_SHOCK,
        ["mine.yaml", "name", "is missing"],
    ),
    "key given twice": (
        scenario("reference: baseline\nreference: baseline\n"),
        ["mine.yaml:6: reference", "given twice", "line 5"],
    ),
    "broken YAML": (
        scenario("shocks:\n  - driver: ai_tax\n   path: {2026: 0.1}\n"),
        ["mine.yaml:7", "not valid YAML", "indentation"],
    ),
    "tab": (
        scenario("shocks:\n\t- driver: ai_tax\n"),
        ["mine.yaml:6", "not valid YAML", "tabs"],
    ),
    "empty file": ("", ["mine.yaml", "holds no mapping"]),
    "name of another file": (
        scenario("", head=HEAD.replace("name: mine", "name: yours")),
        ["mine.yaml:1: name", "'yours' differs", "name: mine"],
    ),
    "unknown aggregation": (
        scenario("aggregation: '44'\n" + GOOD_SHOCK),
        ["mine.yaml:5: aggregation", "44", "43"],
    ),
    "unknown parameter": (
        scenario("aggregation: '5'\n" + GOOD_SHOCK + "parameters: {ai.salse: 0.2}\n"),
        ["mine.yaml:9: parameters.ai.salse", "ai.sales"],
    ),
    "swap with an instrument that does not steer the target": (
        scenario(
            "swaps:\n  - target: labour_share\n    instrument: chip_tariff\n    change: add\n"
            "    path: {2026: -0.01}\n"
        ),
        ["mine.yaml:7: swaps[0].instrument", "impossible closure", "automation_depth"],
    ),
    "unknown target": (
        scenario(
            "swaps:\n  - target: labor_share\n    instrument: automation_depth\n    change: add\n"
            "    path: {2026: -0.01}\n"
        ),
        ["mine.yaml:6: swaps[0].target", "did you mean 'labour_share'?"],
    ),
    "one instrument for two targets": (
        scenario(
            "swaps:\n"
            + "  - target: labour_share\n    instrument: automation_depth\n    change: add\n"
            "    path: {2026: -0.01}\n"
            * 1
            + "  - target: labour_share\n    instrument: labour_task_share\n    change: add\n"
            "    path: {2030: -0.01}\n"
        ),
        ["mine.yaml:10: swaps[1]", "impossible closure", "labour_share is already in another"],
    ),
    "instrument that is shocked too": (
        scenario(
            "shocks:\n  - driver: automation_depth\n    path: {2026: 0.1}\n"
            "swaps:\n  - target: labour_share\n    instrument: automation_depth\n    change: add\n"
            "    path: {2026: -0.01}\n"
        ),
        ["mine.yaml:10: swaps[0].instrument", "impossible closure", "mine.yaml:6", "drop one"],
    ),
    "labour share above one": (
        scenario(
            "swaps:\n  - target: labour_share\n    instrument: automation_depth\n    change: set\n"
            "    path: {2026: 52}\n"
        ),
        ["mine.yaml:9: swaps[0].path.2026", "impossible closure", "between 0 and 1"],
    ),
    "labour share that would leave (0, 1)": (
        scenario(
            "aggregation: '5'\n"
            "swaps:\n  - target: labour_share\n    instrument: automation_depth\n    change: add\n"
            "    path: {2026: -0.9}\n"
        ),
        ["swaps[0]", "labour_share would have to be", "between 0 and 1"],
    ),
    "swap of many years in a static run": (
        scenario(
            "expectations: static\n"
            "swaps:\n  - target: labour_share\n    instrument: automation_depth\n    change: add\n"
            "    path: {2026: 0, 2030: -0.02}\n"
        ),
        ["mine.yaml:7: swaps[0]", "impossible closure", "static"],
    ),
}

# One case of every stage also goes through the installed command in a process of its own.
IN_A_PROCESS = (
    "typo in a key",
    "unknown sector",
    "year after the last",
    "negative share of the reference",
    "one instrument for two targets",
    "broken YAML",
    "unknown parameter",
)


def check(code: object, error: str, out: Path, words: list[str]) -> None:
    assert code == 2
    lines = error.strip().splitlines()
    assert len(lines) == 1, error
    for word in words:
        assert word in lines[0]
    assert "Traceback" not in error
    assert not out.exists()


@pytest.mark.parametrize("case", CASES)
def test_bad_scenario(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, words = CASES[case]
    file, out = tmp_path / "mine.yaml", tmp_path / "results"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["engels", "run", str(file), "--out", str(out)])
    with pytest.raises(SystemExit) as stop:
        main()
    check(stop.value.code, capsys.readouterr().err, out, words)


@pytest.mark.parametrize("case", IN_A_PROCESS)
@pytest.mark.sampled(2)
def test_bad_scenario_in_a_process(case: str, tmp_path: Path) -> None:
    text, words = CASES[case]
    file, out = tmp_path / "mine.yaml", tmp_path / "results"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", "from engels.runs.cli.main import main; main()", "run"]
    done = subprocess.run(
        [*command, str(file), "--out", str(out)], capture_output=True, text=True, check=False
    )
    check(done.returncode, done.stderr, out, words)


def test_every_error_of_a_file_has_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        scenario(
            "shocks:\n  - driver: ai_taxx\n    path: {2026: 0.1}\n"
            "  - driver: ai_tax\n    path: {2099: 0.1}\n"
        ),
        encoding="utf-8",
    )
    monkeypatch.setattr(sys, "argv", ["engels", "check-scenario", str(file)])
    with pytest.raises(SystemExit):
        main()
    lines = capsys.readouterr().err.strip().splitlines()
    assert ["mine.yaml:6" in lines[0], "mine.yaml:9" in lines[1]] == [True, True]


HIDDEN = {
    "name of another file": ("name: mine", "name: yours", "differs"),
    "no name": ("name: mine", "name: Not a name", "letters, digits and _"),
    "no title": ("title: {en: Mine, zh: 我的}", "title: 5", "is no title"),
    "unknown key": ("family: compute", "famly: compute", "did you mean 'family'?"),
}


@pytest.mark.parametrize("case", HIDDEN)
def test_a_wrong_name_hides_nothing(engels: Engels, tmp_path: Path, case: str) -> None:
    old, new, words = HIDDEN[case]
    text = scenario("shocks:\n  - driver: ai_taxx\n    path: {2026: 0.1}\n").replace(old, new)
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    code, _, err = engels("check-scenario", "mine.yaml")
    first, second = err.splitlines()
    assert code == 2 and words in first
    assert "mine.yaml:6: shocks[0].driver: unknown driver 'ai_taxx'" in second


ELSEWHERE = {
    "driver": (
        "shocks:\n  - driver: nonsense\n    path: {2026: 1}\n",
        "6: shocks[0].driver: unknown",
    ),
    "block": (GOOD_SHOCK + "blocks: [nope]\n", "8: blocks[0]: unknown block 'nope'"),
    "year": (
        "shocks:\n  - driver: ai_tax\n    path: {2060: 0.1}\n",
        "7: shocks[0].path.2060: 2060 is",
    ),
    "sector": (
        "shocks:\n  - driver: markup\n    sectors: [NO]\n    path: {2026: 1.1}\n",
        "7: shocks[0].sectors[0]: unknown sector 'NO'",
    ),
    "range": (
        "shocks:\n  - driver: ai_tax\n    change: add\n    path: {2026: 6}\n",
        "6: shocks[0]: ai_tax becomes 6",
    ),
    "block that is off": (
        "shocks:\n  - driver: diffusion_speed\n    path: {2026: 0.1}\n",
        "6: shocks[0].driver: diffusion_speed belongs to the block diffusion",
    ),
    "swap": (
        "swaps:\n  - target: nonsense\n    instrument: ai_tax\n    path: {2026: 1}\n",
        "6: swaps[0].target: no swap has the target",
    ),
    "parameter": (GOOD_SHOCK + "parameters: {ai.salse: 1}\n", "8: parameters.ai.salse"),
    "key": (GOOD_SHOCK + "expectation: static\n", "8: expectation: unknown key"),
    "YAML": ("shocks: [", "6: not valid YAML"),
    "circle": ("reference: mine\n", "5: reference: circular reference: mine → other → mine"),
    "circle by inclusion": (
        "include: [mine]\n",
        "5: include[0]: circular include: mine → other → mine",
    ),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_what_a_scenario_is_measured_from_is_checked(
    engels: Engels, tmp_path: Path, case: str
) -> None:
    body, words = ELSEWHERE[case]
    other = scenario(body).replace("name: mine", "name: other")
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    mine = scenario("aggregation: '5'\nreference: other\n" + GOOD_SHOCK)
    (tmp_path / "mine.yaml").write_text(mine, encoding="utf-8")
    for command in (["check-scenario"], ["run", "--out", "results"]):
        code, _, err = engels(command[0], "mine.yaml", *command[1:])
        (line,) = err.splitlines()
        assert code == 2 and f"other.yaml:{words}" in line
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("links", [("include", "reference"), ("include", "include")])
def test_a_file_behind_another_is_checked(
    engels: Engels, tmp_path: Path, links: tuple[str, str]
) -> None:
    """What an included scenario is measured from, and what it includes."""
    wrong = "shocks:\n  - driver: nonsense\n    path: {2026: 1}\n"
    written = {"include": "include: [{}]\n", "reference": "reference: {}\n"}
    bodies = {
        "mine": written[links[0]].format("other"),
        "other": written[links[1]].format("third"),
        "third": wrong,
    }
    for name, body in bodies.items():
        text = scenario(body).replace("name: mine", f"name: {name}")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    code, _, err = engels("check-scenario", "mine.yaml")
    (line,) = err.splitlines()
    assert code == 2 and "third.yaml:6: shocks[0].driver: unknown driver" in line


def test_two_files_of_one_name(engels: Engels, tmp_path: Path) -> None:
    """One's own chip_embargo, and the library's that chain_embargo includes."""
    own = scenario(GOOD_SHOCK).replace("name: mine", "name: ai_central")
    (tmp_path / "ai_central.yaml").write_text(own, encoding="utf-8")
    text = scenario("include: [ai_central, chip_embargo]\n")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    code, _, err = engels("check-scenario", "mine.yaml")
    assert code == 2 and "two files are called ai_central" in err


def test_circle_of_two_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, other in (("mine", "yours"), ("yours", "mine")):
        text = scenario(f"include: [{other}]\n").replace("name: mine", f"name: {name}")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["engels", "check-scenario", str(tmp_path / "mine.yaml")])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert "mine → yours → mine" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run"], ["name a scenario", "--library"]),
        (["run", "ai_centrl"], ["ai_centrl", "did you mean 'ai_central'?"]),
        (["run", "nowhere/mine.yaml"], ["nowhere/mine.yaml", "no such file"]),
        (["run", "ai_slow", "--ai-mode", "labor"], ["--ai-mode", "did you mean 'labour'?"]),
        (["run", "ai_slow", "--expectations", "x"], ["--expectations", "foresight, recursive"]),
        (["run", "ai_slow", "--aggregation", "44"], ["44"]),
        (["run", "ai_slow", "--language", "fr"], ["--language", "en or zh"]),
        (["run", "labour_share_swap", "--expectations", "static"], ["impossible closure"]),
        (["show", "nowhere"], ["nowhere", "no folder of a run"]),
        (["figures", "nowhere"], ["nowhere", "no folder of a run"]),
        (["calibrate", "--set", "ai.sales"], ["--set ai.sales", "key=value"]),
        (["calibrate", "--set", "ai.salse=1"], ["ai.salse"]),
        (["calibrate", "--aggregation", "44"], ["44"]),
        (
            ["table", "import", "nowhere.csv", "--year", "2020", "--out", "x"],
            ["nowhere.csv", "no such file"],
        ),
    ],
)
def test_bad_commands(
    arguments: list[str],
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["engels", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    check(stop.value.code, capsys.readouterr().err, tmp_path / "results", words)
