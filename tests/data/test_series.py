"""The catalogue, and the figures beside the tables."""

import shutil
from pathlib import Path

import pytest

from engels.data import (
    EngelsInputError,
    load_catalogue,
    load_cheer,
    load_concordance,
    load_elasticities,
    load_employment,
    load_exposure,
    load_macro,
    load_sectors,
    load_skill_groups,
    load_skills,
    load_table,
    load_task_exposure,
)
from engels.data import files as data_files
from engels.data.files import checksum, package_file
from engels.data.series import read_series

FILES = load_catalogue()["files"]
ENTRY = {
    "title",
    "publisher",
    "original_title",
    "unit",
    "year",
    "vintage",
    "derived",
    "checks",
    "terms",
    "mark",
    "columns",
    "key",
    "sha256",
}


@pytest.mark.parametrize("name", FILES)
def test_catalogue_entry(name: str) -> None:
    entry, content = FILES[name], package_file(name).read_bytes()
    assert set(entry) - {"without"} == ENTRY
    assert checksum(content) == entry["sha256"]
    assert content.decode().splitlines()[0].split(",") == entry["columns"]
    assert set(entry["columns"]) <= set(load_catalogue()["columns"])
    assert len(content) < 2e6
    assert entry["mark"] in {"S", "S2", "M", "R", "assumed"}


def test_every_file_is_in_the_catalogue() -> None:
    folders = ("io", "macro", "elasticities", "employment", "exposure")
    found = {f"{d}/{file.name}" for d in folders for file in package_file(d).iterdir()}
    assert found == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_files_are_read_without_a_gap(name: str) -> None:
    frame = read_series(name)
    assert len(frame) > 0
    assert not frame.isna().to_numpy().any()


def test_a_changed_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the installed package in which one figure was edited."""
    source = Path(str(package_file("catalogue.yaml"))).parent
    shutil.copytree(source, tmp_path / "data", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(data_files, "files", lambda package: tmp_path / "data")
    assert load_table(2020).year == 2020
    edited = tmp_path / "data" / "io" / "2020-42.csv"
    edited.write_text(edited.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(EngelsInputError, match=r"data/io/2020-42\.csv.*load_table_file"):
        load_table(2020)


def test_windows_line_ends_are_the_same_file() -> None:
    assert checksum(b"a,b\r\n1,2\r\n") == checksum(b"a,b\n1,2\n")


def test_sectors() -> None:
    sectors = load_sectors().set_index("code")
    assert len(sectors) == 42
    assert sectors.loc["01", "stage"] == "primary"
    assert set(sectors.index[sectors["stage"] == "tertiary"]) == {
        "23",
        *(f"{i}" for i in range(28, 43)),
    }
    parent = load_concordance(2020, "153")
    assert len(parent) == 153
    assert set(parent) == set(sectors.index)
    assert parent.is_monotonic_increasing
    with pytest.raises(EngelsInputError):
        load_sectors("43")
    with pytest.raises(EngelsInputError):
        load_concordance(2012)


def test_gdp_of_tables_against_the_vintages() -> None:
    gdp = load_macro("gdp").pivot(index="year", columns="vintage", values="value")
    table = load_table(2020).gdp
    assert table / gdp.loc[2020, "before-fifth-census"] - 1 == pytest.approx(0.0028, abs=5e-5)
    assert table / gdp.loc[2020, "latest"] - 1 == pytest.approx(-0.0178, abs=5e-5)


def test_official_growth() -> None:
    growth = load_macro("growth")
    used = growth[growth["vintage"] != "first"].set_index("year")
    assert list(used.index) == [2021, 2022, 2023, 2024, 2025]
    assert used["growth"].tolist() == pytest.approx([0.086, 0.031, 0.054, 0.050, 0.050])
    assert used["mark"].tolist() == ["M", "M", "M", "S", "S"]
    industry = load_macro("growth-by-industry").query("industry == 'gdp'").set_index("year")
    assert industry["growth"].tolist() == pytest.approx(used["growth"].loc[2024:].tolist())


def test_industries_sum_to_gdp() -> None:
    wide = load_macro("value-added").pivot(index="year", columns="industry", values="value")
    assert (wide.drop(columns="gdp").sum(axis=1) - wide["gdp"]).abs().max() < 0.3e-4
    wide = load_macro("growth-by-industry").pivot(index="year", columns="industry", values="value")
    parts = wide.drop(columns=["gdp", "manufacturing"])
    assert (parts.sum(axis=1) - wide["gdp"]).abs().max() < 2e-4


def test_employment_sums_to_the_published_totals() -> None:
    strata = load_macro("employment").pivot(index="year", columns="stage", values="persons")
    assert (strata.drop(columns="total").sum(axis=1) - strata["total"]).abs().max() < 1e-9
    census = load_employment().groupby("year")["persons"].sum()
    assert list(census.index) == list(range(2020, 2026))
    assert (census - strata["total"]).abs().max() < 1e-4
    other = load_employment("wang-jia-wang")
    assert other["year"].agg(["min", "max"]).tolist() == [1990, 2018]
    ict = [frame.query("sector == '31'") for frame in (load_employment(), other)]
    assert ict[0]["persons"].iloc[0] == pytest.approx(12.6, abs=0.05)
    assert ict[1]["persons"].iloc[-1] == pytest.approx(17.1, abs=0.05)
    with pytest.raises(EngelsInputError, match="census"):
        load_employment("survey")


def test_skills_against_the_pay_of_2012() -> None:
    skills = load_skills()
    assert skills["compensation"].sum() == pytest.approx(26.56, abs=5e-3)
    assert (skills[["persons", "compensation"]] >= 0).to_numpy().all()
    groups = load_skill_groups()
    assert set(groups["group"]) == set(skills["group"])
    labour = load_table(2012).value_added.loc["labour"]
    pay = skills.groupby("group")["compensation"].sum()
    for group in ("agri", "transeqp", "eleceqp", "constr", "geneqp", "rd", "service", "mine"):
        sectors = groups.loc[groups["group"] == group, "sector"]
        assert pay[group] == pytest.approx(labour[sectors].sum(), rel=0.02), group


def test_elasticities() -> None:
    frame = load_elasticities()
    wide = frame.pivot(index="sector", columns="parameter", values="value")
    assert len(wide) == 42
    assert list(wide.index[wide["value_added"].isna()]) == ["27"]
    assert wide["armington"].between(0.8, 6.5).all()
    assert wide["income"].between(0.4, 1.2).all()
    assert (wide["armington_origin"] >= wide["armington"]).all()
    cheer = load_cheer().set_index(["parameter", "group"])["value"]
    assert cheer["wage_curve", "all"] == -0.1
    assert cheer["armington", "serv"] == 3.0


def test_exposure() -> None:
    exposure = load_exposure().set_index("sector")
    assert len(exposure) == 42
    assert exposure["aiie"].idxmax() == "32"
    assert exposure["aiie"].idxmin() == "01"
    tasks = load_task_exposure().pivot(index=["labels", "skill"], columns="measure", values="share")
    assert tasks.to_numpy().min() > 0
    assert tasks.to_numpy().max() < 1
    assert (tasks["beta"] - (tasks["alpha"] + tasks["gamma"]) / 2).abs().max() < 1e-3


def test_macro_names() -> None:
    with pytest.raises(EngelsInputError, match="pwt"):
        load_macro("prices")
    pwt = load_macro("pwt").pivot(index="year", columns="series", values="value")
    assert pwt.loc[2019, "rnna"] / pwt.loc[2019, "rgdpna"] == pytest.approx(4.84, abs=5e-3)
    in_yuan = pwt["cn"] * pwt["pl_n"] / (pwt["cgdpo"] * pwt["pl_gdpo"])
    assert in_yuan.loc[[2012, 2017, 2018, 2019]].tolist() == pytest.approx(
        [2.68, 2.94, 3.08, 3.17], abs=5e-3
    )
    # the price level times the exchange rate makes GDP in yuan, which NBS publishes
    gdp = load_macro("gdp").set_index(["year", "vintage"])["value"]
    ours = pwt["cgdpo"][2019] * pwt["pl_gdpo"][2019] * pwt["xr"][2019] / 1e6
    assert ours == pytest.approx(gdp[2019, "before-fifth-census"], rel=5e-3)
    # and its net return is the source's own
    net = (1 - pwt["labsh"][2019]) / in_yuan[2019] - pwt["delta"][2019]
    assert net == pytest.approx(pwt["irr"][2019], abs=1e-3)
    assert len(load_macro("software")) == 24
    assert set(load_macro("ai-industry")["mark"]) == {"S2"}
