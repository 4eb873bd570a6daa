"""What a stored run, a table and a study depend on is found: what they reach makes them stale, no more."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from engels.calibration.benchmark import Benchmark
from engels.replication import replicate
from engels.replication.studies import load_studies
from engels.runs.paper import tables
from engels.runs.paper.contents import TABLES
from engels.runs.scenarios.scenario import load_scenario, prepare
from engels.runs.scenarios.schema import Scenario
from engels.runs.simulation.simulate import simulate
from engels.runs.store import code, inputs
from engels.runs.store.current import current_run
from engels.runs.store.results import store_run

SEED = 13
CACHED = (
    code.import_graph,
    code.reached,
    code.code_digest,
    code.data_named,
    code.data_digests,
    code._folder,
    code._data_files,
    code._read,
)


def forget() -> None:
    """What was read of the code, as a new process would have it."""
    for function in CACHED:
        function.cache_clear()


def folder(package: str) -> Path:
    found = find_spec(package)
    assert found is not None and found.origin is not None
    return Path(found.origin).parent


ROOT = folder("engels.runs").parent
PARTS = [name.removeprefix("engels.") for name in code.PACKAGES]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scratch copy of all modules and data."""
    top = tmp_path_factory.mktemp("code")
    for part in PARTS:
        shutil.copytree(ROOT / part, top / part, ignore=shutil.ignore_patterns("__pycache__"))
    return top


@pytest.fixture
def scratch(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The copy, in which digests look."""
    real = code._folder

    def there(package: str) -> Path | None:
        found = real(package)
        return None if found is None else copy / package.removeprefix("engels.")

    # a cache of its own, to be cleared with the others
    monkeypatch.setattr(code, "_folder", code.cache(there))
    monkeypatch.setattr(f"{__name__}.CACHED", (*CACHED, code._folder), raising=False)
    forget()
    yield copy
    forget()


def module_file(top: Path, module: str) -> Path:
    path = top.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def changed(path: Path, text: str) -> str:
    """Append to a file; what it was before."""
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    forget()
    return before


MUTATION = "\nMUTATED = True\n"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scenario, Benchmark, Path]:
    """A stored run of the smallest economy."""
    scenario = load_scenario("ai_central").model_copy(
        update={"aggregation": "5", "expectations": "static"}
    )
    out = tmp_path_factory.mktemp("results")
    return scenario, prepare(scenario), store_run(simulate(scenario, solver="newton"), out)


def reached_and_not() -> tuple[list[str], list[str]]:
    reached = code.reached(code.SIMULATION)
    others = sorted(code.import_graph().modules - set(reached))
    draw = random.Random(SEED)
    return draw.sample(reached, 10), draw.sample(others, 10)


def test_a_run_is_stale_where_what_it_reaches_has_changed(
    scratch: Path, stored: tuple[Scenario, Benchmark, Path]
) -> None:
    scenario, benchmark, place = stored
    assert current_run(scenario, benchmark, place) is not None  # the copy is as the code is
    behind, beside = reached_and_not()
    for module in behind + beside:
        path = module_file(scratch, module)
        before = changed(path, MUTATION)
        found = current_run(scenario, benchmark, place)
        assert (found is None) == (module in behind), module
        path.write_text(before, encoding="utf-8")
    forget()
    assert current_run(scenario, benchmark, place) is not None


@pytest.mark.parametrize(
    ("file", "stale"),
    [
        ("calibration/parameters.yaml", True),
        ("calibration/concordances.yaml", True),
        ("calibration/mappings/5.yaml", True),
        ("calibration/mappings/43.yaml", False),
        ("data/catalogue.yaml", True),
        ("data/macro/gdp.csv", True),
        ("runs/indicators/labels.csv", False),
        ("runs/scenarios/library/ai_slow.yaml", False),
        ("replication/acemoglu_2024.yaml", False),
    ],
)
def test_a_run_is_stale_where_data_it_reads_have_changed(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, file: str, stale: bool
) -> None:
    monkeypatch.setattr(inputs, "files", lambda package: scratch / package.split(".")[1])
    before = inputs.packaged_inputs("5")
    text = changed(scratch / file, "# a new line\n")
    try:
        assert (inputs.packaged_inputs("5") != before) == stale
    finally:
        (scratch / file).write_text(text, encoding="utf-8")


def test_comments_docstrings_and_labels_change_nothing(scratch: Path) -> None:
    before = code.packaged_code(), code.data_digests(code.SIMULATION, words=False)
    words = code.data_digests(code.SIMULATION)
    path = module_file(scratch, "engels.model.algebra.nests")
    text = changed(path, '\n# a comment\n"""More about it."""\n')
    csv = scratch / "model/reporting/variables.csv"
    table = csv.read_text(encoding="utf-8")
    label = table.splitlines()[1].split(",")[3]
    csv.write_text(table.replace(label, label + " indeed", 1), encoding="utf-8")
    forget()
    assert (code.packaged_code(), code.data_digests(code.SIMULATION, words=False)) == before
    # a table of the paper prints labels
    assert code.data_digests(code.SIMULATION) != words
    path.write_text(text, encoding="utf-8")
    csv.write_text(table, encoding="utf-8")


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("engels.runs.paper.t06_innovation", {"T6"}),
        ("engels.runs.paper.winners", {"T12"}),
        ("engels.runs.analysis.decompose", {"T7"}),
        ("engels.runs.experiments.designs", {"T13", "T15"}),
        ("engels.runs.paper.panels", set(TABLES)),
        ("engels.runs.paper.tables", set()),
        ("engels.replication.guo_2019", set()),
    ],
)
def test_exactly_the_tables_that_depend_on_a_module_are_made_again(
    scratch: Path, module: str, expected: set[str]
) -> None:
    def digests() -> dict[str, str]:
        return {key: code.code_digest(*tables.makers(table)) for key, table in TABLES.items()}

    before = digests()
    path = module_file(scratch, module)
    text = changed(path, MUTATION)
    after = digests()
    path.write_text(text, encoding="utf-8")
    assert {key for key in TABLES if after[key] != before[key]} == expected


def test_a_table_is_made_again_where_its_maker_has_changed(scratch: Path, tmp_path: Path) -> None:
    """The whole way, for the table that needs no run."""

    def make() -> list[str]:
        said: list[str] = []
        tables.make_tables(
            tmp_path / "paper", tmp_path / "results", "5", only=["T1"], say=said.append
        )
        return said

    assert make() == ["T1: made from the calibration"]
    path = module_file(scratch, "engels.runs.paper.t06_innovation")
    text = changed(path, MUTATION)
    assert make() == ["T1: up to date"]
    path.write_text(text, encoding="utf-8")
    path = module_file(scratch, "engels.runs.paper.t01_calibration")
    text = changed(path, MUTATION)
    assert make() == ["T1: made from the calibration"]
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("replication/korinek_suh_economy.py", {"korinek_suh_2024"}),
        ("replication/gate_planner.py", {"gate_2025"}),
        ("replication/gate_2025.py", {"gate_2025"}),
        ("runs/paper/t06_innovation.py", set()),
    ],
)
def test_exactly_the_studies_that_depend_on_a_file_are_made_again(
    scratch: Path, file: str, expected: set[str]
) -> None:
    studies = load_studies()
    before = {study.key: replicate.hashes(study) for study in studies}
    path = scratch / file
    text = changed(path, MUTATION)
    after = {study.key: replicate.hashes(study) for study in studies}
    path.write_text(text, encoding="utf-8")
    assert {key for key in before if before[key] != after[key]} == expected
