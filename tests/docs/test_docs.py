"""What README.md and docs/ say is there is there: commands, files, parameters, scenarios, errors, tables."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import typer.main
import yaml

from engels.calibration.blocks import BLOCKS
from engels.calibration.parameters import load_parameters
from engels.data import load_table
from engels.model.blocks.declarations import INSTRUMENTS
from engels.model.blocks.library import DRIVERS
from engels.model.equations.appendix import EQUATIONS
from engels.model.reporting.measures import variables
from engels.runs.cli.main import app
from engels.runs.paper.contents import TABLES
from engels.runs.scenarios.scenario import library, load_scenario
from engels.runs.store.results import COLUMNS

if TYPE_CHECKING:
    from tests.conftest import Engels

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=PAGES, ids=_name)
def page(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    """docs/tables, which makes the tables of the pages."""
    spec = importlib.util.spec_from_file_location("docs_tables", DOCS / "tables/__init__.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its parts import each other
    spec.loader.exec_module(module)
    return module


def _code(text: str) -> Iterator[str]:
    """Code spans, and lines of indented and fenced blocks."""
    fenced = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
    for block in fenced.findall(text):
        yield from block.splitlines()
    bare = fenced.sub("", text)
    yield from (line.strip() for line in bare.splitlines() if line.startswith("    "))
    yield from re.findall(r"`([^`\n]+)`", bare)


def _commands(text: str) -> list[list[str]]:
    found = []
    for code in _code(text):
        if match := re.match(r"(?:\.venv/bin/)?engels (.+)", code):
            found.append(shlex.split(match[1].split("#")[0]))
    return found


def test_pages_have_commands() -> None:
    assert len(_commands(README)) > 15


def test_commands_exist_and_take_these_options(page: Path) -> None:
    group = typer.main.get_command(app)
    for words in _commands(page.read_text(encoding="utf-8")):
        command, rest, name = group, list(words), "engels"
        while hasattr(command, "commands"):
            name = rest.pop(0)
            assert name in command.commands, f"engels {' '.join(words)}"
            command = command.commands[name]
        # parsing refuses unknown options and missing arguments; nothing runs
        command.make_context(name, rest or ["--help"], resilient_parsing=not rest)


def test_help_of_every_command_named(engels: Engels) -> None:
    named = {words[0] for p in PAGES for words in _commands(p.read_text(encoding="utf-8"))}
    for name in sorted(named - {"table"}):
        code, out, _ = engels(name, "--help")
        assert code == 0 and "Usage" in out, name


def test_scenarios_named_exist(page: Path) -> None:
    for words in _commands(page.read_text(encoding="utf-8")):
        if words[0] not in ("run", "check-scenario", "diagnose", "multistart"):
            continue
        given = words[1 : next((n for n, w in enumerate(words) if w.startswith("-")), len(words))]
        for name in (w for w in given if not w.isupper()):
            load_scenario(ROOT / name if name.endswith(".yaml") else name)


def test_make_targets_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for code in _code(page.read_text(encoding="utf-8")):
        if match := re.match(r"make ([a-z-]+)", code):
            assert re.search(rf"^{match[1]}:", makefile, re.MULTILINE), code


def test_links_resolve(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("#"):
            assert (page.parent / target.split("#")[0]).exists(), target


def test_no_absolute_paths(page: Path) -> None:
    folders = r"(?<![\w.])/(?:home|work|root|tmp|usr|opt|var|mnt|Users|etc)/"
    assert not re.search(folders, page.read_text(encoding="utf-8"))


def test_parameters_named_exist(page: Path) -> None:
    known = {*load_parameters().keys(), *load_parameters().entries}
    sections = {key.split(".")[0] for key in known}
    for code in _code(page.read_text(encoding="utf-8")):
        if re.fullmatch(r"[a-z_]+(\.[a-z0-9_]+)+", code) and code.split(".")[0] in sections:
            assert code in known, code


def test_names_in_model_page_exist() -> None:
    """Names with an underscore are drivers, variables, equations or scenario keys."""
    text = (DOCS / "model.md").read_text(encoding="utf-8")
    known = {*DRIVERS, *INSTRUMENTS, *BLOCKS, *variables(), *library(), *EQUATIONS}
    known |= {"ai_mode", "reference_wage"}
    known |= {name for names in INSTRUMENTS.values() for name in names}
    for code in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text):
        assert code in known, code


def test_every_paper_table_is_explained() -> None:
    text = (DOCS / "paper-tables.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\*\*(T\d+), [^*]+\*\* \(`([\w-]+)`\)", text, re.MULTILINE)
    assert dict(explained) == {key: table.stem for key, table in TABLES.items()}


def test_columns_named() -> None:
    assert all(f"`{column}`" in README for column in COLUMNS)


def _yaml_blocks() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_scenario_of_the_readme(engels: Engels, tmp_path: Path) -> None:
    text = _yaml_blocks()[0]
    assert text == (DOCS / "scenarios/so_so_automation.yaml").read_text(encoding="utf-8")
    (tmp_path / "so_so_automation.yaml").write_text(text, encoding="utf-8")
    code, out, err = engels("check-scenario", "so_so_automation.yaml")
    assert code == 0 and "good" in out, err
    parameters = yaml.safe_load(_yaml_blocks()[1])
    both = text + yaml.safe_dump(parameters)
    (tmp_path / "so_so_automation.yaml").write_text(both, encoding="utf-8")
    assert engels("check-scenario", "so_so_automation.yaml")[0] == 0


@pytest.mark.parametrize(
    ("right", "wrong"), [("automation_depth", "automation_deepth"), ("2035: 0.05", "2060: 0.05")]
)
def test_errors_of_the_readme(engels: Engels, tmp_path: Path, right: str, wrong: str) -> None:
    text = _yaml_blocks()[0].replace(right, wrong)
    (tmp_path / "so_so_automation.yaml").write_text(text, encoding="utf-8")
    code, _, err = engels("check-scenario", "so_so_automation.yaml")
    assert code == 2
    assert err.splitlines()[0] in [line.strip() for line in README.splitlines()]


def test_scenarios_of_the_docs(engels: Engels) -> None:
    files = sorted(str(f) for f in (DOCS / "scenarios").glob("*.yaml"))
    assert files
    code, _, err = engels("check-scenario", *files)
    assert code == 0, err


def test_own_table_of_the_readme(engels: Engels, tmp_path: Path) -> None:
    """The packaged table of 2018, laid out as the README says, comes back as it is."""
    table = load_table(2018)
    use = {"rural": "FU101", "urban": "FU102", "government": "FU103", "gfcf": "FU201"}
    use |= {"inventory": "FU202", "exports": "EX"}
    added = {"labour": "VA001", "production_tax": "VA002", "depreciation": "VA003"}
    added |= {"surplus": "VA004"}
    above = table.intermediate.join(table.final.rename(columns=use)).assign(
        IM=table.imports, GO=table.output
    )
    printed = 1e8 * pd.concat([above, table.value_added.rename(added)])
    printed.insert(0, "name_zh", [table.names_zh.get(c, "") for c in printed.index])
    printed.insert(0, "name_en", [table.names_en.get(c, "") for c in printed.index])
    printed.to_csv(tmp_path / "printed.csv", index_label="code")
    assert all(f" {heading} " in README for heading in (*use.values(), "IM", "GO"))
    quoted = [w for w in _commands(README) if "my-tables" in w or "my-tables/2018-42.csv" in w]
    assert engels(*next(w for w in quoted if w[0] == "table"))[0] == 0
    code, out, err = engels(*next(w for w in quoted if w[0] == "calibrate"))
    assert code == 0 and "GDP of 2018: 92.206" in out, err


def test_calibration_tables_are_current(page: Path, tables: ModuleType) -> None:
    text = page.read_text(encoding="utf-8")
    fresh = tables.fill(text, tables.CALIBRATED)
    assert fresh == text, "run .venv/bin/python -m docs.tables --calibrated"


def test_tables_of_pages_are_known_and_filled(page: Path, tables: ModuleType) -> None:
    known = {*tables.CALIBRATED, *tables.solved(tables.Runs(ROOT / "results"))}
    known |= set(tables.replicated(ROOT / "replicated"))
    text = page.read_text(encoding="utf-8")
    assert text.count("<!-- table ") == len(tables.BLOCK.findall(text))
    for found in tables.BLOCK.finditer(text):
        assert found[2] in known, found[2]
        assert found[0].count("\n") > 3, f"{found[2]} is empty: run docs/tables"


def test_the_tables_have_a_command() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "docs.tables", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--calibrated" in said.stdout and "--solve" in said.stdout


def test_runs_of_the_tables_are_the_library(tables: ModuleType) -> None:
    assert {*tables.LIBRARY, *tables.WITH_BLOCKS, *tables.PEOPLE} == set(library())
    switches = {f"{block}.active" for block in BLOCKS}
    for name in library():
        on = switches & set(load_scenario(name).all_parameters())
        assert (
            (name in (*tables.WITH_BLOCKS, *tables.PEOPLE))
            == bool(on)
            == (name not in tables.LIBRARY)
        ), name
    assert {p.stem for p in (DOCS / "scenarios").glob("*.yaml")} == set(tables.OF_DOCS)
