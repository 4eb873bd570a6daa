"""The equation appendix: complete, readable, and written in each of its forms."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engels.calibration.parameters import load_parameters
from engels.model.algebra.printed import Printer
from engels.model.blocks.declarations import VARIABLES
from engels.model.blocks.library import DRIVERS
from engels.model.equations.appendix import EQUATIONS, PARTS
from engels.runs.indicators.labels import labels
from engels.runs.report.equations import appendix, latex, markdown, page, symbols

if TYPE_CHECKING:
    from tests.runs.conftest import Engels

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_a_symbol_is_that_of_one_thing() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for part in PARTS.values():
        for x in (*part.variables, *part.parameters, *part.definitions):
            found[x.symbol].add(x.name)
    for d in DRIVERS.values():
        found[d.symbol].add(d.name)
    assert {s: names for s, names in found.items() if len(names) > 1} == {}


def test_all_that_is_declared_stands_in_a_part() -> None:
    assert {v.name for part in PARTS.values() for v in part.variables} == set(VARIABLES)
    assert [d.name for d in DRIVERS.values() if not (d.symbol and d.label)] == []


def test_parameters_name_a_source_that_exists() -> None:
    known = {*load_parameters().keys(), *load_parameters().entries}
    dotted = [
        key
        for part in PARTS.values()
        for p in part.parameters
        for key in re.findall(r"\b[a-z_]+\.[a-z_]+", p.source)
    ]
    assert len(dotted) > 50
    assert [k for k in dotted if not any(x == k or x.startswith(f"{k}.") for x in known)] == []


def test_every_label_is_in_both_languages() -> None:
    for part in PARTS.values():
        for x in (*part.variables, *part.parameters, *part.definitions, *part.equations):
            assert CHINESE.search(x.label_zh) and not CHINESE.search(x.label), x.name
            # both name the same places
            places = [set(re.findall(r"\{\d\}", text)) for text in (x.label, x.label_zh)]
            assert places[0] == places[1], x.name


def test_every_unit_is_in_both_languages() -> None:
    units = {x.unit for x in VARIABLES.values()} | {d.unit for d in DRIVERS.values()}
    for language in ("en", "zh"):
        known = labels(language)
        assert [u for u in sorted(units) if f"unit:{u}" not in known] == []


def test_the_appendix_has_every_equation_in_every_form() -> None:
    sections = appendix()
    forms = {"markdown": markdown(sections), "html": page(sections), "latex": latex(sections)}
    for name in EQUATIONS:
        assert f"`{name}`" in forms["markdown"]
        assert f"<code>{name}</code>" in forms["html"]
    # what MathML does not know it leaves as it was
    assert "\\" not in re.sub(r"<style>.*?</style>", "", forms["html"])
    body = forms["latex"]
    assert body.count("{") == body.count("}")
    assert body.count(r"\left") == body.count(r"\right")
    assert body.count(r"\begin{") == body.count(r"\end{")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a - (b - c)", "a - \\left(b - c\\right)"),
        ("a - b - c", "a - b - c"),
        ("(a + b) * c", "\\left(a + b\\right)\\,c"),
        ("a / b / c", "\\frac{a}{b\\,c}"),
        ("(a * b)**c", "\\left(a\\,b\\right)^{c}"),
        ("-(a + b)", "-\\left(a + b\\right)"),
        ("a**(-b)", "a^{-b}"),
        ("sum(x for a in b) * c", "\\left(\\sum_{a \\in \\text{b}} x\\right)\\,c"),
        (
            "c * sum(x + y for a in b)",
            "c\\,\\left(\\sum_{a \\in \\text{b}} \\left(x + y\\right)\\right)",
        ),
        (
            "x == a if b else c",
            "\\begin{cases} x = a & \\text{b} \\\\ c & \\text{otherwise} \\end{cases}",
        ),
    ],
)
def test_brackets_stand_where_they_must(text: str, printed: str) -> None:
    assert Printer({}).equation(text) == printed


def test_a_long_sum_keeps_its_signs_over_lines() -> None:
    names = [f"quite_a_long_name_{n}" for n in "abcdefgh"]
    printer = Printer({name: rf"\mathit{{{name.replace('_', '')}}}" for name in names})
    text = printer.equation(f"x == {names[0]} - {names[1]} + " + " - ".join(names[2:]))
    assert r"\begin{aligned}" in text
    bare = re.sub(r"\\begin\{aligned\}|\\end\{aligned\}|\\quad|\\\\|&|\s|\\mathit", "", text)
    shown = [name.replace("_", "") for name in names]
    signs = ["", "-", "+", *["-"] * 5]
    assert bare == "x=" + "".join(f"{s}{{{n}}}" for s, n in zip(signs, shown, strict=True))


def test_symbols_of_names_that_clash_are_the_variables() -> None:
    assert symbols()["ai_quality"] == VARIABLES["ai_quality"].symbol


def test_the_command_writes_what_it_is_asked_for(engels: Engels, tmp_path: Path) -> None:
    files = {form: tmp_path / f"equations.{form}" for form in ("markdown", "html", "latex")}
    options = [word for form, file in files.items() for word in (f"--{form}", str(file))]
    code, out, err = engels("equations", "--block", "trade", "--language", "zh", *options)
    assert code == 0, err
    assert all(str(file) in out for file in files.values())
    for file in files.values():
        text = file.read_text(encoding="utf-8")
        assert "贸易" in text and "国际收支" in text


def test_an_unknown_part_is_refused_by_name(engels: Engels) -> None:
    code, _, err = engels("equations", "--block", "traid")
    assert code == 2 and "traid" in err and "trade" in err
