"""The tables of the paper: their numbers are those of the runs, and nothing is made twice."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from engels.data import EngelsInputError
from engels.model.algebra.errors import SolveError
from engels.runs.paper import t13_sensitivity, t15_prior, tables
from engels.runs.paper.batches import candidates
from engels.runs.paper.panels import Column, Panel, cell, escape, to_csv, to_latex
from engels.runs.paper.runs import Need
from engels.runs.paper.t03_sow_and_reap import find_trough
from engels.runs.paper.t04_diffusion import DIFFUSION_YEARS, SPEEDS
from engels.runs.paper.t05_compute import binding
from engels.runs.paper.t07_labour_share import DEMAND_PARTS, RESTORING
from engels.runs.paper.t08_pause import GAINS, MOBILITY, PAUSES, rises, shape_in_words, years_below
from engels.runs.paper.t09_skills import SKILLED
from engels.runs.scenarios.schema import Scenario
from engels.runs.store.results import load_run

from ...sealing import reseal

if TYPE_CHECKING:
    from tests.conftest import Engels

FIVE = "5"


class PaperFolders:
    """A folder of runs and one of tables, and what making the tables said."""

    def __init__(self, root: Path) -> None:
        self.out, self.results = root / "paper", root / "results"
        self.said: list[str] = []
        self.failed: dict[str, str] = {}

    def make(self, *only: str) -> list[str]:
        """Make tables; returns the lines about tables, not those about solving."""
        self.said = []
        self.failed = tables.make_tables(
            self.out, self.results, FIVE, only=only, say=self.said.append
        )
        return [line for line in self.said if not line.startswith("solving")]

    def state(self) -> dict[str, int]:
        """When each file was written."""
        return {p.name: p.stat().st_mtime_ns for p in self.out.iterdir()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> PaperFolders:
    """T1 and T4, made once."""
    folders = PaperFolders(tmp_path_factory.mktemp("paper"))
    assert folders.make("T1", "T4") == [
        "T1: made from the calibration",
        "T4: made from 3 runs (3 solved)",
    ]
    return folders


@pytest.fixture
def copied(made: PaperFolders, tmp_path: Path) -> PaperFolders:
    """The same in a folder of the test's own."""
    import shutil

    shutil.copytree(made.out, tmp_path / "paper")
    shutil.copytree(made.results, tmp_path / "results")
    return PaperFolders(tmp_path)


def forbidden(_: tables.Session, scenario: Scenario) -> None:
    raise AssertionError(f"{scenario.name} is solved again")


def check_latex(text: str) -> None:
    """Every row has the cells that its tabular announces; braces and environments close."""
    plain = re.sub(r"\\[{}&%_#$]", "", text)
    assert plain.count("{") == plain.count("}")
    for name in ("table", "tabular", "minipage"):
        assert plain.count(rf"\begin{{{name}}}") == plain.count(rf"\end{{{name}}}") >= 1
    for spec, body in re.findall(
        r"\\begin\{tabular\}\{([lr]+)\}(.*?)\\end\{tabular\}", plain, flags=re.DOTALL
    ):
        assert r"\toprule" in body and r"\midrule" in body and r"\bottomrule" in body
        for line in body.splitlines():
            if line.endswith(r"\\"):
                spans = [int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", line)]
                assert line.count("&") + 1 + sum(spans) == len(spec), line
    assert not re.search(r"\b(nan|inf)\b", text)


def test_files_are_there_and_can_be_read(made: PaperFolders) -> None:
    for key in ("T1", "T4"):
        table = tables.TABLES[key]
        csv, tex, pdf, png = (made.out / name for name in table.files)
        read = pd.read_csv(csv)
        assert {"panel", "row"} <= set(read.columns) and len(read) > 5
        text = tex.read_text(encoding="utf-8")
        check_latex(text)
        assert rf"\label{{tab:{table.stem}}}" in text and r"\emph{How to read.}" in text
        assert pdf.read_bytes().startswith(b"%PDF") and png.read_bytes()[1:4] == b"PNG"
    assert "certified, worst residual" in (made.out / "T4-diffusion.tex").read_text()
    assert sorted(p.name for p in made.out.iterdir()) == sorted(
        [*tables.TABLES["T1"].files, *tables.TABLES["T4"].files, tables.LEDGER]
    )


def test_numbers_are_those_of_the_runs(made: PaperFolders) -> None:
    table = pd.read_csv(made.out / "T4-diffusion.csv").set_index(["panel", "row"])
    rows = {"Electricity": "diffusion_electricity", "Generative AI": "diffusion_genai"}
    for row, name in rows.items():
        frame = load_run(made.results / "5" / f"{name}-tasks-foresight").frame
        values = frame[frame["sector"] == ""].set_index(["scenario", "variable", "year"])["value"]
        for year in DIFFUSION_YEARS:
            gdp = values[name, "gdp_real", year] / values["baseline", "gdp_real", year]
            share = values[name, "labour_share", year] - values["baseline", "labour_share", year]
            for panel, number in (
                ("Real GDP, %", 100 * (gdp - 1)),
                ("Labour share, points", 100 * share),
                ("Mean adoption, %", 100 * values[name, "adoption_mean", year]),
            ):
                found = table.loc[(panel, row), str(year)]
                assert found == pytest.approx(number, abs=1e-9)
    assert table.loc[("Milestones", "Generative AI"), "half_year"] == "2032"


def test_shares_of_sectors_add_up(made: PaperFolders) -> None:
    table = pd.read_csv(made.out / "T1-calibration.csv")
    groups = table[table["row"].isin(["All capital-intensive", "All labour-intensive"])]
    assert groups["value_added_share"].sum() == pytest.approx(100)
    sectors = table[table["panel"].str.endswith("-intensive sectors")].drop(groups.index)
    assert sectors["output"].sum() == pytest.approx(groups["output"].sum())
    cost = table.set_index("row")["value"]
    parts = [r for r in cost.index if str(r).startswith(("wages", "goods", "compute:", "other"))]
    assert cost[parts].sum() == pytest.approx(cost["Output of AI services"], rel=1e-6)


def test_nothing_is_made_twice(copied: PaperFolders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables.Session, "run", forbidden)
    before = copied.state()
    assert copied.make("T1", "T4") == ["T1: up to date", "T4: up to date"]
    assert copied.state() == before


def test_a_damaged_or_missing_file_is_made_again(
    copied: PaperFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables.Session, "run", forbidden)
    whole = (copied.out / "T4-diffusion.csv").read_bytes()
    (copied.out / "T4-diffusion.csv").write_bytes(whole[:50])
    assert copied.make("T1,T4") == ["T1: up to date", "T4: made from 3 runs (0 solved)"]
    assert (copied.out / "T4-diffusion.csv").read_bytes() == whole
    (copied.out / "T1-calibration.png").unlink()
    assert copied.make("T1", "T4") == ["T1: made from the calibration", "T4: up to date"]


def test_a_changed_scenario_solves_its_run_alone(
    copied: PaperFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = {"scenario/diffusion_it.yaml": "0" * 64}
    place = copied.results / "5/diffusion_it-tasks-foresight"
    reseal(place, lambda m: m["inputs"].update(changed))
    asked: list[str] = []
    real = tables.Session.run

    def watched(session: tables.Session, scenario: Scenario) -> object:
        asked.append(scenario.name)
        return real(session, scenario)

    monkeypatch.setattr(tables.Session, "run", watched)
    assert copied.make("T1", "T4") == ["T1: up to date", "T4: made from 3 runs (1 solved)"]
    assert asked == ["diffusion_it"]


@pytest.mark.parametrize("key", ["code", "parameters", "source"])
def test_a_run_of_other_equations_or_parameters_is_not_used(made: PaperFolders, key: str) -> None:
    runs = tables.StoredRuns(made.results, FIVE, "newton")
    need = SPEEDS["electricity"]
    place = runs.place(need.load(FIVE))
    assert runs.stored(need.load(FIVE)) is not None
    whole = (place / "manifest.json").read_text(encoding="utf-8")
    try:
        other = {"x": 1.0} if key == "parameters" else "other"
        reseal(place, lambda m: m.update({key: other}))
        assert load_run(place).manifest[key] == other
        assert runs.stored(need.load(FIVE)) is None
    finally:
        (place / "manifest.json").write_text(whole, encoding="utf-8")


def test_a_run_of_a_users_file_is_not_read_and_not_replaced(copied: PaperFolders) -> None:
    """Whatever it is called."""
    place = copied.results / "5/diffusion_it-tasks-foresight"
    mine = {"source": "/a/diffusion_it.yaml", "scenario_text": {"diffusion_it.yaml": "mine"}}
    reseal(place, lambda m: m.update(mine))
    before = (place / "manifest.json").read_bytes()
    (line,) = copied.make("T4")
    assert line.startswith("T4: failed: run diffusion_it: ")
    assert "holds the run of another scenario of that name (/a/diffusion_it.yaml)" in line
    assert (place / "manifest.json").read_bytes() == before


def test_a_changed_calibration_makes_what_depends_on_it(
    copied: PaperFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables.Session, "run", forbidden)
    # the runs' manifests know their inputs themselves
    monkeypatch.setattr(tables, "packaged_inputs", lambda _: {"calibration/parameters.yaml": "new"})
    assert copied.make("T1", "T4") == ["T1: made from the calibration", "T4: up to date"]


def test_a_failing_run_fails_its_table_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: tables.Session, scenario: Scenario) -> None:
        raise SolveError(f"{scenario.name} has no solution\nWorst equations:")

    monkeypatch.setattr(tables.Session, "run", fails)
    folders = PaperFolders(tmp_path)
    one, two = folders.make("T4", "T1")
    assert one == "T1: made from the calibration"
    assert two.startswith("T4: failed: run diffusion_electricity: ") and "\n" not in two
    assert list(folders.failed) == ["T4"]
    names = sorted(p.name for p in folders.out.iterdir())
    assert names == sorted([*tables.TABLES["T1"].files, tables.LEDGER])
    assert not folders.results.exists()


def test_a_table_that_breaks_half_way_stays_as_it_was(
    copied: PaperFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: object) -> None:
        raise EngelsInputError("run x: reports no y, which a table needs")

    broken = replace(tables.TABLES["T4"], draw=breaks, caption="Another")  # type: ignore[arg-type]
    monkeypatch.setattr(tables, "TABLES", MappingProxyType({"T4": broken}))
    (copied.out / "T4-diffusion.tex").unlink()
    before = copied.state()
    assert copied.make() == ["T4: failed: run x: reports no y, which a table needs"]
    assert copied.state() == before


def test_the_command(
    engels: Engels,
    made: PaperFolders,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    places = ("--out", str(made.out), "--results", str(made.results), "--aggregation", FIVE)
    code, out, err = engels("tables", "--only", "T4", *places)
    assert (code, out, err) == (0, "T4: up to date\n", "")
    code, _, err = engels("tables", "--only", "T99", *places)
    assert code == 2 and "unknown table 'T99'" in err
    code, _, err = engels("tables", *places[:-1], "17")
    assert code == 2 and "17" in err

    def fails(_: tables.Session, scenario: Scenario) -> None:
        raise SolveError("no solution")

    monkeypatch.setattr(tables.Session, "run", fails)
    elsewhere = ("--out", str(tmp_path / "p"), "--results", str(tmp_path / "r"))
    code, out, _ = engels("tables", "--only", "T4", *elsewhere, "--aggregation", FIVE)
    assert code == 1 and "T4: failed: run diffusion_" in out and not (tmp_path / "p").exists()


@pytest.mark.parametrize(
    "key", [t.key for t in tables.TABLES.values() if not t.needs and not t.batches]
)
def test_a_calibration_table_can_be_made(key: str, tmp_path: Path) -> None:
    made = PaperFolders(tmp_path)
    assert made.make(key) == [f"{key}: made from the calibration"]
    files = [made.out / name for name in tables.TABLES[key].files]
    assert all(f.stat().st_size for f in files) and len(pd.read_csv(files[0])) > 3


def test_every_run_is_in_the_library() -> None:
    for table in tables.TABLES.values():
        for need in table.needs:
            scenario = need.load(FIVE)
            assert scenario.name == (need.name or need.scenario)
            assert all(scenario.all_parameters()[k] == v for k, v in need.parameters)
    # two runs of one name in one folder would replace each other
    needs = {n for t in tables.TABLES.values() for n in t.needs}
    folders = {(n.name or n.scenario, n.ai_mode, n.aggregation, n.expectations) for n in needs}
    assert len(folders) == len(needs)


def test_an_unknown_run() -> None:
    with pytest.raises(EngelsInputError, match="unknown scenario"):
        Need("sow_and_reap").load(FIVE)


def test_needs_of_their_own() -> None:
    plain = Need("so_so_work").load(FIVE)
    free = PAUSES[2.0, "free"].load(FIVE)
    moved = PAUSES[2.0, "0.2"].load(FIVE)
    assert free.name == "so_so_free_gain_2" and moved.name == "so_so_work_gain_2_mobility_0_2"
    # the depth of automation is the same in all; what is left out is the block alone
    assert not free.all_parameters() and moved.all_parameters() == plain.all_parameters()
    for scenario in (free, moved):
        assert scenario.all_shocks()[: len(plain.shocks)] == plain.all_shocks()
    assert {s.driver for s in free.shocks} == {"automation_depth", "ai_productivity"}
    assert {s.driver for s in moved.shocks} == {
        "automation_depth", "ai_productivity", "mobility", "reinstatement",
    }  # fmt: skip
    skilled = SKILLED["increasing"].load(FIVE)
    assert skilled.all_parameters()["exposure.skill_profile"] == "increasing"
    assert "skill_profile = increasing" in skilled.title.en


def test_the_shape_in_words() -> None:
    assert rises([3.0, 4.0, 4.0, 2.0, 5.0]) == [1, 4]
    said = shape_in_words(
        {"a": [9.0, 9.0, 3.0], "b": [9.0, 4.0, 4.0], "c": [2.0, 2.0, 2.0], "d": [8.0, 9.0, 1.0]},
        (1.0, 2.0, 4.0),
    )
    assert said == (
        "never longer at a larger gain with mobility a or b, 2 years at every gain with mobility c, "
        "longer at a gain of 2 than of 1 (9 against 8) with mobility d"
    )
    path = pd.Series([-1.0, 0.0, -1e-9, -0.3, 0.2], index=[2025, 2026, 2027, 2028, 2029])
    assert years_below(path) == 1  # the year before is not counted, and noise is not below


def test_troughs() -> None:
    years = [*range(2024, 2032)]
    path = pd.Series([-9.0, 0.0, -0.1, -0.4, -0.2, 0.0, 0.1, 0.2], index=years)
    low = find_trough(path)
    assert low is not None
    assert (low.year, low.break_even) == (2027, 2030) and low.depth == pytest.approx(-0.4)
    assert find_trough(path.abs()) is None
    never = find_trough(-path.abs())
    assert never is not None and never.break_even is None


def test_what_binds() -> None:
    shares = pd.DataFrame({"chips": [30.0, 0.1], "power": [10.0, 0.0]}, index=[2030, 2035])
    assert binding(shares, 2030) == "Chips" and binding(shares, 2035) == "none"


def test_cells() -> None:
    plain, signed = Column("x", "X", digits=1), Column("x", "X", digits=1, signed=True)
    assert [cell(v, plain) for v in (1234.56, -0.04, np.nan, "", "a_b")] == [
        "1,234.6", "0.0", "--", "--", r"a\_b",
    ]  # fmt: skip
    assert [cell(v, signed) for v in (2.0, -2.0, 0.01)] == ["$+$2.0", "$-$2.0", "0.0"]
    assert escape("50% & more_of {it}") == r"50\% \& more\_of \{it\}"


def test_panels_with_the_same_headings_share_a_tabular() -> None:
    one, two = Column("x", "X, %"), Column("x", "X, %", digits=0, signed=True)
    other = Column("y", "Y", "Words")
    panels = [
        Panel("First", (one,), pd.DataFrame({"x": [1.0, -1e-30]}, index=["a", " b"]), "Row"),
        Panel("Second", (two,), pd.DataFrame({"x": [2.0]}, index=["c"])),
        Panel("Third", (other,), pd.DataFrame({"y": ["w"]}, index=["d" * 60 + " e"])),
    ]
    text = to_latex("label", "A caption", panels, ["How to read: So: and so."])
    check_latex(text)
    assert text.count(r"\begin{tabular}") == 2 and text.count(r"\begin{table}") == 1
    assert "c & $+$2" in text and r"\quad b & 0.00" in text and "How to read.} So: and so." in text
    apart = to_latex("label", "A caption", panels, ["How to read: So."], apart=True)
    check_latex(apart)
    assert apart.count(r"\begin{table}") == 2 and "tab:label-2" in apart
    assert to_csv(panels).splitlines() == [
        "panel,row,x,y", "First,a,1.0,", "First,b,0.0,", "Second,c,2.0,",
        f"Third,{'d' * 60} e,,w",
    ]  # fmt: skip
    wide = Panel("First", (other,), pd.DataFrame({"y": ["v", "u"]}, index=["a", " b"]), "Row")
    assert to_csv([panels[0], wide]).splitlines() == [
        "panel,row,x,y",
        "First,a,1.0,v",
        "First,b,0.0,u",
    ]


@pytest.mark.slow
def test_all_tables(made: PaperFolders, monkeypatch: pytest.MonkeyPatch) -> None:
    # a distribution over all parameters is solved draw by draw: some of them say whether it can be made
    for table in (t13_sensitivity, t15_prior):
        monkeypatch.setattr(table, "DRAWS", 16)
        monkeypatch.setattr(table, "candidates", lambda: candidates()[::8])
    lines = made.make()
    assert not made.failed
    assert [line.split(":")[0] for line in lines] == list(tables.TABLES)
    for table in tables.TABLES.values():
        assert all((made.out / name).is_file() for name in table.files)
        check_latex((made.out / table.files[1]).read_text(encoding="utf-8"))
    read = {key: pd.read_csv(made.out / t.files[0]) for key, t in tables.TABLES.items()}
    sown = read["T3"].set_index("row")
    # the more has to be sown, the deeper measured productivity falls
    for what in ("measured", "investment"):
        size = sown.loc["2030", [f"{what}_{s}" for s in ("low", "central", "high")]].abs()
        assert size.is_monotonic_increasing
    limits = read["T5"].set_index("row")
    assert limits.loc["power_limit", "binds_2030"].tolist()[-1] == "Power"
    check_labour_shares(read["T7"].set_index("row"))
    check_pauses(read["T8"].set_index(["panel", "row"]))
    check_households(read["T10"], read["T11"].set_index("row"))
    assert all(line.endswith("up to date") for line in made.make())


def check_labour_shares(table: pd.DataFrame) -> None:
    """Parts add up to the whole, and each lever reaches the target of the labour share."""
    shares = table[table["total_2035"].notna()]
    for year in (2035, 2050):
        parts = shares[[f"{p}_{year}" for p in ("within", "between", "outside")]].sum(axis=1)
        assert parts.to_numpy() == pytest.approx(shares[f"total_{year}"].to_numpy(), abs=1e-6)
    demand = table[table["demand_total"].notna()]
    assert len(demand) == len(shares)
    parts = demand[[f"demand_{p}" for p in DEMAND_PARTS if p != "total"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(demand["demand_total"].to_numpy(), abs=1e-6)
    # the two swaps hold the same labour share by different means
    two = shares.loc[["labour_share_swap", "labour_share_markup"], "total_2035"]
    assert two.tolist() == pytest.approx([-2.0, -2.0], abs=1e-5)
    levers = table.loc[list(RESTORING)]
    found = levers["share_2035"].drop("Tax on AI, paid out")
    assert found.tolist() == pytest.approx([0.3] * len(found), abs=1e-5)
    assert levers.loc["Lower markups", "factor_share_2035"] > 0.2
    assert levers.loc["Tax on AI, paid out", "value_2035"] == pytest.approx(50)


def check_pauses(table: pd.DataFrame) -> None:
    """From the largest loss of wages to the largest gain of AI the pause gets shorter."""
    years = table.loc["Years of 2026–2050, by mobility of labour"]
    for m in MOBILITY:
        assert years[f"pause_{m}"].between(0, 25).all()
        assert (years[f"pause_{m}"] <= years[f"below_{m}"]).all()
        assert years.loc[GAINS[-1], f"pause_{m}"] < years.loc[GAINS[0], f"pause_{m}"]
    output = table.loc["Output per worker, %"]
    assert all(output[f"{y}_{m}"].is_monotonic_increasing for y in (2035, 2050) for m in MOBILITY)
    assert table.loc["Unemployment rate, points", "2035_free"].isna().all()


def check_households(table: pd.DataFrame, markets: pd.DataFrame) -> None:
    """Prices and shares add up to welfare; who is left behind adopts less."""
    parts = table[table["welfare_ev_rural"].notna()]
    for region in ("rural", "urban"):
        both = parts[f"welfare_price_{region}"] + parts[f"welfare_income_{region}"]
        assert both.to_numpy() == pytest.approx(parts[f"welfare_ev_{region}"].to_numpy(), abs=1e-9)
    heads = table[table["panel"] == "EV per head in 2035, thousand yuan"].set_index("row")
    assert heads["work_genai"].idxmax() == "AI owners" and len(heads) == 8
    adoption = markets.loc["Adoption, small firms, points", "superstars_2035"].max()
    assert adoption < -5
    price = markets.loc["Price of AI to users, %", "access_wedge_2035"].max()
    assert price == pytest.approx(30, abs=3)


def test_figures_for_a_column(made: PaperFolders, tmp_path: Path) -> None:
    """Made anew for another page; the width is the column's, and tables are what they are."""

    def make(page: str) -> list[str]:
        said: list[str] = []
        tables.make_tables(
            tmp_path, made.results, FIVE, only=["T1", "T4"], say=said.append, page=page
        )
        return [line for line in said if not line.startswith("solving")]

    width = {}
    for page in ("text", "column"):
        assert not any(line.endswith("up to date") for line in make(page))
        assert all(line.endswith("up to date") for line in make(page))
        width[page] = {
            name: plt.imread(tmp_path / f"{name}.png").shape[1]
            for name in (tables.TABLES[key].stem for key in ("T1", "T4"))
        }
        for key in ("T1", "T4"):
            csv, tex = tables.TABLES[key].files[:2]
            assert (tmp_path / csv).read_bytes() == (made.out / csv).read_bytes()
            assert (tmp_path / tex).read_bytes() == (made.out / tex).read_bytes()
    assert set(width["text"].values()) == {1260}
    assert set(width["column"].values()) == {670}
    with pytest.raises(EngelsInputError, match="unknown page 'poster'; write text or column"):
        make("poster")
