"""Aggregations and mapping files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engels.calibration import available, calibrate, load_aggregation
from engels.calibration.mapping import code_problem
from engels.data import EngelsInputError, load_table


@pytest.mark.parametrize("name", ["5", "12", "43", "153", "154"])
def test_each_aggregation_covers_its_table(name: str) -> None:
    aggregation = load_aggregation(name)
    table = load_table(aggregation.table.year, aggregation.table.detail)
    aggregation.check(table.codes)
    assert len(aggregation.sectors) == int(name)
    matrix = aggregation.matrix((*table.codes, "AI"))
    assert (matrix.sum(axis=0) == 1.0).all()
    assert name in available()


def write(folder: Path, change: dict[str, Any], drop: str = "", extra: str = "") -> Path:
    """The aggregation of five sectors with one thing wrong."""
    content = load_aggregation("5").model_dump()
    content.update({"name": "mine"} | change)
    for sector in content["sectors"]:
        sector["members"] = [member for member in sector["members"] if member != drop]
    if extra:
        content["sectors"][0]["members"].append(extra)
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def test_a_mapping_file_of_ones_own(tmp_path: Path) -> None:
    benchmark = calibrate(write(tmp_path, {"name": "mine"}))
    assert benchmark.name == "mine"
    assert benchmark.gdp == pytest.approx(calibrate("5").gdp, rel=1e-14)


@pytest.mark.parametrize(
    ("drop", "extra", "message"),
    [
        ("07", "", "member 07 is missing"),
        ("", "07", "member 07 is there 2 times"),
        ("", "99", "member 99 is not in the table"),
        ("AI", "AI", "AI shares sector AGR"),
    ],
)
def test_a_wrong_member_is_named(tmp_path: Path, drop: str, extra: str, message: str) -> None:
    with pytest.raises(EngelsInputError, match=message):
        calibrate(write(tmp_path, {}, drop, extra))


def test_a_missing_field_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(EngelsInputError, match="roles"):
        calibrate(write(tmp_path, {"roles": None}))
    with pytest.raises(EngelsInputError, match="aggregation 44: no such aggregation; one of 5, 12"):
        calibrate("44")


# ---- what a mapping file may not say ---------------------------------------------------------------

INDUSTRY = ", ".join(f"{n:02d}" for n in range(2, 28) if n != 20)
SERVICES = ", ".join(str(n) for n in range(28, 43))
FIVE = f"""\
name: mine
table: {{year: 2020, detail: 42}}
ai: AI
roles: {{chips: 20, components: 20, electricity: 24, construction: 27, information: [31]}}
sectors:
  - {{code: AGR, en: Agriculture, zh: 农业, members: [01]}}
  - {{code: IND, en: Industry, zh: 工业, members: [{INDUSTRY}]}}
  - {{code: ELC, en: Electronics, zh: 电子, members: [20]}}
  - {{code: SRV, en: Services, zh: 服务业, members: [{SERVICES}]}}
  - {{code: AI, en: AI services, zh: 人工智能, members: [AI]}}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("code: AGR", "code: 农|业", 6, "sectors[0].code: code '农|业' holds '|'"),
        ("code: AGR", "code: =1+1", 6, "code '=1+1' begins with '='"),
        ("code: AGR", "code: A GR", 6, "code 'A GR' holds ' '"),
        ("code: AGR", f"code: {'A' * 25}", 6, "has 25 characters, more than 24"),
        ("code: AGR", "code: Error", 6, "is a word with a meaning of its own"),
        ("code: AGR", "code: nan", 6, "is a word with a meaning of its own"),
        ("code: AGR", "code: tertiary", 6, "is a word with a meaning of its own"),
        ("code: AGR", "code: 1e5", 6, "is read as a number by spreadsheets"),
        ("code: AGR", "code: ＡＧＲ", 6, "has characters of another width; write 'AGR'"),
        ("code: AGR", "code: ind", 7, "sector IND is defined twice (as ind)"),
        ("code: AGR", "code: IND", 7, "sector IND is defined twice"),
        ("en: Agriculture", f"en: {'x' * 201}", 6, "sectors[0].en: label"),
        (
            "members: [01]",
            "members: [01, 07]",
            7,
            "sectors[1].members[5]: member 07 is there 2 times",
        ),
        ("members: [01]", "members: []", 5, "sectors: member 01 is missing"),
        ("members: [20]", "members: [20, 99]", 8, "sectors[2].members[1]: member 99 is not in the"),
        ("chips: 20", "chips: 99", 4, "roles.chips: role 99 is not in the table"),
        ("chips: 20, ", "", 4, "roles.chips: is missing"),
        ("[31]}", "[]}", 4, "roles.information: is empty"),
        ("ai: AI", "ai: KI", 5, "member KI is missing"),
        ("name: mine", "name: 43", 1, "name: '43' is an aggregation of the package"),
        ("name: mine", "name: ../x", 1, "name '../x' holds '/'"),
        ("detail: 42}", "detail: 43}", 2, "table: no official table of 2020 at 43 sectors"),
        ("ai: AI", "ai: AI\nname: yours", 4, "name: given twice"),
        ("ai: AI", "ai: AI\ncolour: red", 4, "colour: unknown key"),
        ("ai: AI", "ai: &a AI\nb: *a", 3, "anchors (&) and aliases (*) are not read"),
        ("ai: AI", "ai: !!python/name:os.system AI", 3, "tags (!) are not read"),
        ("ai: AI", f"ai: {'[' * 30}{']' * 30}", 3, "is nested more than 20 deep"),
        ("ai: AI", "ai: AI\n---\nai: AI", 4, "a second document begins"),
        ("ai: AI", "ai: AI\n\tx: 1", 4, "not valid YAML"),
    ],
)
def test_a_wrong_mapping_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in FIVE
    path = tmp_path / "mine.yaml"
    path.write_text(FIVE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(EngelsInputError) as caught:
        calibrate(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}")
    assert said in message
    assert "\n" not in message and len(message) < 500


def test_a_file_called_as_one_of_the_package_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "5.yaml"
    path.write_text(FIVE, encoding="utf-8")
    with pytest.raises(EngelsInputError, match=r"5\.yaml: a file called 5\.yaml would share"):
        calibrate(path)


@pytest.mark.parametrize("code", ["农业", "A-1", "x.y", "Ä_1", "01", "7"])
def test_codes_of_any_script_are_good(tmp_path: Path, code: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(FIVE.replace("code: AGR", f"code: {code}"), encoding="utf-8")
    assert calibrate(path).sectors[0] == code


def test_the_mappings_of_the_package_keep_the_rules() -> None:
    for name in available():
        mapping = load_aggregation(name)
        assert all(not code_problem(sector.code) for sector in mapping.sectors)


@given(st.text(max_size=30))
def test_a_code_that_passes_parts_no_index_and_no_file_name(code: str) -> None:
    if code_problem(code):
        return
    assert not set(code) & set('|=/\\:*?"<>,; \t\n')
    assert code[0] not in "=+-@." and code == code.strip() and len(code) <= 24
