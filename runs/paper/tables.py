"""The tables of the paper: from stored, certified runs to CSV, LaTeX and a figure.

    paper/T3-sow-and-reap.csv, .tex, .pdf, .png     one set a table
    paper/tables.json                               what each was made from, as hashes

A run is solved only where no stored one was made from the same inputs by the same equations, and a
table is made only where something that it is made from, or one of its files, is not as it was. A
table is there as a whole or not at all: its files are written beside their places first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.data import EngelsInputError
from engels.data.files import checksum
from engels.model.algebra.errors import ModelError
from engels.runs.experiments.store import PLAN, part_files
from engels.runs.paper.contents import TABLES
from engels.runs.paper.files import write_table
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import Need, Solved
from engels.runs.report.page import check_page
from engels.runs.scenarios.scenario import prepare
from engels.runs.scenarios.schema import Scenario
from engels.runs.simulation.simulate import Session
from engels.runs.store.code import code_digest, data_digests, modules_of
from engels.runs.store.current import current_run
from engels.runs.store.inputs import RunResult, packaged_inputs
from engels.runs.store.ledger import Ledger
from engels.runs.store.results import ResultError, check_place, load_run, run_folder, store_run
from engels.runs.store.seal import file_hash, read_file

LEDGER = "tables.json"
"""What each table was made from."""


def chosen_tables(keys: Sequence[str] | None) -> tuple[PaperTable, ...]:
    """The tables asked for, all of them by default; EngelsInputError for one that is not there."""
    wanted = [key.strip().upper() for text in keys or () for key in text.split(",")]
    for key in wanted:
        if key not in TABLES:
            raise EngelsInputError(
                f"--only: unknown table {key!r}; it is one of {', '.join(TABLES)}"
            )
    return tuple(t for t in TABLES.values() if not wanted or t.key in wanted)


# --------------------------------------------------------------------------- runs


class StoredRuns:
    """Stored runs below a folder, and the calibrated economies behind them."""

    def __init__(self, folder: Path, aggregation: str, solver: str) -> None:
        self.folder, self.aggregation, self.solver = folder, aggregation, solver
        self.session = Session(solver)
        self.failed: dict[Need, str] = {}
        self.solved: set[Need] = set()
        self.stores: dict[str, dict[str, Path]] = {}  # of batches, by table
        self._benchmarks: dict[str, Benchmark] = {}
        self._found: dict[Need, RunResult] = {}

    def benchmark(self, scenario: Scenario | None) -> Benchmark:
        """The calibrated economy of a scenario; None: of the parameters as they are."""
        if scenario is None:
            return self._benchmarks.setdefault("", calibrate(self.aggregation))
        key = json.dumps(
            [scenario.aggregation, scenario.all_parameters(), scenario.last_year], sort_keys=True
        )
        if key not in self._benchmarks:
            self._benchmarks[key] = prepare(scenario)
        return self._benchmarks[key]

    def place(self, scenario: Scenario) -> Path:
        """Where the run of a scenario is stored."""
        return run_folder(self.folder, {**scenario.settings, "scenario": scenario.name})

    def stored(self, scenario: Scenario) -> RunResult | None:
        """The stored run of a scenario, where it is what a new one would be.

        Raises EngelsInputError where the scenario does not fit the economy.
        """
        return current_run(scenario, self.benchmark(scenario), self.place(scenario))

    def fetch(self, needs: Iterable[Need], say: Callable[[str], None]) -> None:
        """Have every run: those that are stored, and the rest solved.

        Runs of one setting are solved one after the other, because they share their baseline. A run
        that cannot be solved is noted in ``failed``.
        """
        missing: list[tuple[str, Need, Scenario]] = []
        for need in dict.fromkeys(needs):
            try:
                scenario = need.load(self.aggregation)
                run = self.stored(scenario)
            except EngelsInputError as error:
                self.failed[need] = _first_line(need, error)
                continue
            if run is not None:
                self._found[need] = run
                continue
            setting = json.dumps([scenario.settings, scenario.all_parameters()], sort_keys=True)
            missing.append((setting, need, scenario))
        # by setting, in the order in which the settings first come up
        order = list(dict.fromkeys(setting for setting, *_ in missing))
        missing.sort(key=lambda entry: order.index(entry[0]))
        for number, (_, need, scenario) in enumerate(missing, 1):
            say(f"solving {scenario.name}, {scenario.ai_mode} ({number} of {len(missing)})")
            try:
                check_place(scenario, self.folder)
                result = self.session.run(scenario)
                place = store_run(result, self.folder)
            except (ModelError, ResultError, EngelsInputError) as error:
                self.failed[need] = _first_line(need, error)
                continue
            self._found[need] = load_run(place)
            self.solved.add(need)

    def fill(self, table: PaperTable, say: Callable[[str], None]) -> None:
        """Have the batches of a table, where it is made from any. Raises EngelsInputError."""
        if table.batches is not None:
            place = self.folder / "batches"
            self.stores[table.key] = table.batches(place, self.aggregation, self.solver, say)

    def of(
        self, needs: Sequence[Need], stores: Mapping[str, Path] = MappingProxyType({})
    ) -> Solved:
        """What a table with these needs and stores is made from."""
        scenarios = {need: need.load(self.aggregation) for need in needs}
        return Solved(
            {need: self._found[need] for need in needs},
            {None: self.benchmark(None), **{n: self.benchmark(s) for n, s in scenarios.items()}},
            stores,
        )

    def hashes_of(self, needs: Sequence[Need]) -> dict[str, str]:
        """Hashes of the stored runs, by folder and file."""
        hashes = {}
        for need in needs:
            place = self.place(need.load(self.aggregation))
            for file in ("manifest.json", "results.parquet"):
                hashes[f"{place.name}/{file}"] = file_hash(read_file(place / file))
        return hashes

    def hashes(self, table: PaperTable, page: str = "text") -> dict[str, str]:
        """Everything that a table is made from, by name."""
        modules = makers(table)
        form = (table.stem, table.caption, table.size, table.apart, table.needs)
        hashes = {
            "aggregation": self.aggregation,
            "engels": version("engels"),
            "page": page,
            "form": checksum(repr(form).encode()),
            "code": code_digest(*modules),
            **data_digests(*modules),
        }
        if not table.needs:
            hashes |= packaged_inputs(self.aggregation)
        for store in self.stores.get(table.key, {}).values():
            for file in (store / PLAN, *part_files(store, "results")):
                hashes[f"{store.name}/{file.name}"] = checksum(file.read_bytes())
        return hashes | self.hashes_of(table.needs)


def _first_line(need: Need, error: Exception) -> str:
    run = ", ".join(filter(None, (need.name or need.scenario, need.ai_mode)))
    return f"run {run}: {str(error).splitlines()[0]}"


def makers(table: PaperTable) -> tuple[str, ...]:
    """The modules that make a table's files out of runs and the calibrated economies behind them."""
    return modules_of(table.make, table.draw, table.batches, write_table, calibrate, prepare)


# --------------------------------------------------------------------------- tables


def make_tables(
    out: Path,
    results: Path,
    aggregation: str = "43",
    solver: str = "newton",
    only: Sequence[str] | None = None,
    say: Callable[[str], None] = print,
    page: str = "text",
) -> dict[str, str]:
    """Make the tables that are not up to date; one line a table to ``say``.

    ``page`` is what figures are made for: the width of a text or of a column. ``results`` is where runs are
    read from and stored. A table whose run fails, or lacks what the table shows, is left as it was; the
    others go on. Returns key -> message of those that failed.

    Raises EngelsInputError for an unknown table, aggregation or page.
    """
    check_page(page)
    tables = chosen_tables(only)
    runs = StoredRuns(results, aggregation, solver)
    runs.benchmark(None)  # an aggregation that does not exist is said before anything is solved
    runs.fetch((need for table in tables for need in table.needs), say)
    failed: dict[str, str] = {}
    for table in tables:
        broken = [runs.failed[need] for need in table.needs if need in runs.failed]
        if broken:
            failed[table.key] = "; ".join(broken)
        else:
            try:
                runs.fill(table, say)
                say(f"{table.key}: {_update(table, runs, out, page)}")
            except EngelsInputError as error:
                failed[table.key] = str(error)
        if table.key in failed:
            say(f"{table.key}: failed: {failed[table.key]}")
    return failed


def _update(table: PaperTable, runs: StoredRuns, out: Path, page: str) -> str:
    ledger, made_from = Ledger(out, LEDGER), runs.hashes(table, page)
    stores = runs.stores.get(table.key, {})
    entry = ledger.current(table.key, made_from)
    if entry is not None and set(entry["files"]) == set(table.files):
        return "up to date"
    ledger.make(
        table.key,
        made_from,
        lambda folder: write_table(table, runs.of(table.needs, stores), folder, page),
    )
    if stores:
        return f"made from {len(stores)} batches"
    if not table.needs:
        return "made from the calibration"
    count, solved = len(table.needs), sum(need in runs.solved for need in table.needs)
    return f"made from {count} run{'s' if count > 1 else ''} ({solved} solved)"
