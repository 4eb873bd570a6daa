"""A table of one's own: on the right list, in the right unit, with idle sectors, and named as such."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engels.calibration import calibrate, load_aggregation
from engels.data import EngelsInputError, load_table, official_lists
from engels.data.files import package_file

Engels = Callable[..., tuple[int, str, str]]
Cells = dict[tuple[str, str], float]


def cells(year: int = 2020) -> Cells:
    """Cells of an official tidy file, 10,000 yuan."""
    lines = package_file(f"io/{year}-42.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {(row, column): float(x) for row, column, x in (line.split(",") for line in lines)}


def write(folder: Path, found: Cells, names: str | None = "2017-42", year: int = 2020) -> Path:
    """A tidy file with its list of sectors beside it."""
    path = folder / f"{year}-42.csv"
    lines = [f"{row},{column},{x!r}" for (row, column), x in found.items()]
    path.write_text("\n".join(["row,column,value_10k_yuan", *lines]) + "\n", encoding="utf-8")
    if names is not None:
        listed = official_lists()[names]
        with (folder / "sectors-42.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["code", "name_en", "name_zh"])
            out.writerows([c, listed.names_en[c], listed.names_zh[c]] for c in listed.codes)
    return path


def shifted(found: Cells) -> Cells:
    """The table on the codes of 2015: waste is 23 on its own, so that all that follow are one on."""

    def code(old: str) -> str:
        return (
            f"{int(old) + 1:02d}"
            if old.isdigit() and 23 <= int(old) < 42
            else "23"
            if old == "42"
            else old
        )

    return {(code(row), code(column)): x for (row, column), x in found.items()}


def test_codes_of_another_list_are_refused_with_the_first_difference(tmp_path: Path) -> None:
    path = write(tmp_path, shifted(cells()), "2012-42")
    with pytest.raises(EngelsInputError) as caught:
        calibrate("5", table=path)
    message = str(caught.value)
    assert "sector 22: 'Other manufacturing" in message
    assert "official list of 2012 and 2015, 42 sectors" in message
    assert "ai.sales" not in message


def test_codes_without_names_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, cells(), None)
    with pytest.raises(EngelsInputError, match=r"no sectors-42\.csv beside it"):
        calibrate("5", table=path)


def test_a_wrong_unit_is_refused_and_an_economy_of_its_own_is_taken_when_said(
    tmp_path: Path,
) -> None:
    small = {place: 0.8 * x for place, x in cells().items()}
    path = write(tmp_path, small)
    with pytest.raises(
        EngelsInputError, match=r"GDP is 81\.3138 trillion yuan.*more than 10% off.*table\.gdp_gap"
    ):
        calibrate("5", table=path)
    yi = {place: x / 1e4 for place, x in cells().items()}
    with pytest.raises(EngelsInputError, match="looks like a table in 100 million yuan"):
        calibrate("5", table=write(tmp_path, yi))
    b = calibrate("5", {"table.gdp_gap": 1.0}, table=write(tmp_path, small))
    assert b.gdp == pytest.approx(0.8 * load_table(2020).gdp)


def test_a_table_of_ones_own_is_not_called_the_statistical_office_s(tmp_path: Path) -> None:
    path = write(tmp_path, cells(2018), year=2018)
    own, official = calibrate("5", table=path), calibrate("5")
    assert own.sources["table"] == f"the user's file {path}, 2018, 42 sectors"
    assert official.sources["table"].startswith("National Bureau of Statistics, 2020")


# ---- sectors that produce nothing, or pay nobody -------------------------------------------------------


def without(found: Cells, code: str) -> Cells:
    """The table without what a sector produces and uses, closed by inventories and surplus."""
    kept = {
        k: x
        for k, x in found.items()
        if code not in k and k[1] not in ("intermediate_use", "final_use")
    }
    kept = {
        k: x
        for k, x in kept.items()
        if k[0] not in ("intermediate_input", "value_added", "total_input")
    }
    codes = [c for c in load_table(2020).codes if c != code]
    for c in codes:
        used = sum(
            x
            for (row, column), x in kept.items()
            if row == c and column not in ("output", "imports", "inventory")
        )
        kept[c, "inventory"] = kept[c, "output"] + kept.get((c, "imports"), 0.0) - used
        spent = sum(x for (_, column), x in kept.items() if column == c) - kept.get(
            ("surplus", c), 0.0
        )
        kept["surplus", c] = kept[c, "output"] - spent
    return kept | {(code, "output"): 0.0}


def without_pay(found: Cells, code: str) -> Cells:
    """The table in which a sector's compensation is surplus."""
    pay = found["labour", code]
    return found | {("labour", code): 0.0, ("surplus", code): found["surplus", code] + pay}


@pytest.mark.parametrize("change", [without, without_pay])
def test_an_idle_sector_is_taken_within_another_and_refused_alone(
    tmp_path: Path, change: Callable[[Cells, str], Cells]
) -> None:
    path = write(tmp_path, change(cells(), "05"))
    b = calibrate("5", table=path)  # warnings are errors here: no 0/0 on the way
    for values in (
        b.output,
        b.labour.sum(axis=1),
        b.exposure,
        b.depreciation,
        b.elasticities.armington,
        b.persons.sum(axis=1),
    ):
        assert np.isfinite(values).all() and (values > 0).all()
    wanted = "output is 0" if change is without else "compensation of labour is 0"
    with pytest.raises(EngelsInputError, match=f"sector 05: {wanted} trillion yuan"):
        calibrate("43", table=path)


def test_what_an_idle_sector_leaves_is_what_the_others_have(tmp_path: Path) -> None:
    """A sector without pay changes no total but the split of its own value added."""
    whole, changed = (
        calibrate("5"),
        calibrate("5", table=write(tmp_path, without_pay(cells(), "05"))),
    )
    pay = cells()["labour", "05"] / 1e8
    assert changed.gdp == pytest.approx(whole.gdp, rel=1e-12)
    assert changed.labour.sum() == pytest.approx(whole.labour.sum() - pay, rel=1e-9)
    assert changed.persons.sum() == pytest.approx(whole.persons.sum(), rel=1e-12)


def test_an_information_sector_that_pays_nobody_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, without_pay(cells(), "31"))
    with pytest.raises(
        EngelsInputError, match=r"role information, sector 31: high-skilled comp.* is 0"
    ):
        calibrate("5", table=path)


def test_ai_services_that_do_not_fit_are_told_by_their_cause(tmp_path: Path) -> None:
    """The information sector sells almost nothing to producers: not the parameter is at fault."""
    found = cells()
    for code in load_table(2020).codes:
        moved = found.get(("31", code), 0.0) * 0.999
        if moved:
            found["31", code] -= moved
            found["surplus", code] = found.get(("surplus", code), 0.0) + moved
            found["31", "inventory"] = found.get(("31", "inventory"), 0.0) + moved
    found = {
        k: x
        for k, x in found.items()
        if k[1] not in ("intermediate_use", "final_use")
        and k[0] not in ("intermediate_input", "value_added", "total_input")
    }
    with pytest.raises(EngelsInputError) as caught:
        calibrate("5", table=write(tmp_path, found))
    assert "taken out of sector 31" in str(caught.value)
    assert "trillion yuan" in str(caught.value)


# ---- the command -----------------------------------------------------------------------------------------


def test_calibrate_prints_units_and_what_was_changed(engels: Engels) -> None:
    code, plain, _ = engels("calibrate", "--aggregation", "5")
    assert code == 0
    head = plain.splitlines()[:2]
    for heading, unit in (
        ("output", "tn yuan"),
        ("persons", "million"),
        ("AI cost", "% of output"),
    ):
        at = head[0].index(heading) + len(heading)
        assert head[1][:at].endswith(unit)
    assert "changed:" not in plain
    code, changed, _ = engels("calibrate", "--aggregation", "5", "--set", "ai.sales=0.2")
    assert code == 0 and changed != plain
    assert "changed: ai.sales is 0.2 trillion yuan in 2020 (published: 0.3257; range" in changed
    _, same, _ = engels("calibrate", "--aggregation", "5", "--set", "ai.sales=0.3257")
    assert "changed: nothing (ai.sales as published)" in same


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["ai.sales=0.2", "ai.sales=0.3"], "ai.sales is set twice"),
        (["ai.sales=0_3"], "'0_3' is not a number"),
        (["ai.sales=nan"], "'nan' is not a number"),
        (["ai.sales=" + "9" * 5000], "longer than any name, path or number"),
        (["ai.sales=9"], "9 is out of range; a value in [0.16285, 0.6514]"),
        (["ai.sales=" + "9" * 400], "is not a number"),
        (["=9"], "has no key"),
        (
            ["elasticities.frisch.rural=-3", "elasticities.frisch=-2"],
            "would undo elasticities.frisch.rural",
        ),
    ],
)
def test_overrides_that_are_wrong(engels: Engels, given: list[str], said: str) -> None:
    code, out, err = engels(
        "calibrate", "--aggregation", "5", *(x for g in given for x in ("--set", g))
    )
    assert (code, out) == (2, "")
    assert said in err and len(err) < 300 and err.count("\n") == 1


def test_a_table_comes_from_the_office_to_a_benchmark(engels: Engels, tmp_path: Path) -> None:
    """The mapping of the package and the list of the table are one; the notes are printed."""
    from ..data.test_importer import printed

    frame = printed(load_table(2018))
    frame.to_csv(tmp_path / "printed.csv", index_label="code", encoding="gb18030")
    code, out, err = engels("table", "import", "printed.csv", "--year", "2018", "--out", "mine")
    assert code == 0, err
    assert "read as GB 18030" in out and "10,000 yuan is assumed" in out
    assert "official list of 2017, 2018 and 2020, 42 sectors" in out
    code, out, err = engels("calibrate", "--aggregation", "5", "--table", "mine/2018-42.csv")
    assert code == 0 and "the user's file mine/2018-42.csv, 2018" in out, err
    assert load_aggregation("5").name == "5"
