"""The command line: ``engels``.

Exit codes: 0 done, 1 a solve failed or something a run depends on is missing, 2 bad input. A user
never sees a traceback for these; a traceback is a fault of the program.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from engels.runs import cli_experiments, cli_subtotals
from engels.runs.cli_options import (
    Aggregation,
    AiMode,
    ExpectationsOption,
    PageOption,
    check_solver,
)
from engels.runs.screen import any_terminal, console

app = typer.Typer(
    name="engels",
    help="AI, compute and labour in the Chinese economy: a dynamic general equilibrium model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
tables = typer.Typer(help="Input-output tables.", no_args_is_help=True)
app.add_typer(tables, name="table")
app.add_typer(cli_experiments.commands)
app.add_typer(cli_subtotals.commands)

LIBRARY_RUNS = (
    "baseline",
    "ai_central",
    "ai_slow",
    "ai_moore",
    "chip_embargo",
    "chip_stop",
    "deep_automation",
    "labour_share_swap",
)
"""What ``engels run --library`` solves: each family, small and large shocks, the swap run."""

Out = Annotated[Path, typer.Option(help="The folder into which runs write.")]
RunFolder = Annotated[
    Path, typer.Argument(help="Folder of a run, such as results/43/ai_central-labour-foresight.")
]
LanguageOption = Annotated[str, typer.Option(help="en or zh.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"engels {version('engels')}")
        raise typer.Exit


@app.callback()
def engels(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    # Threads of the linear algebra gain nothing here and let workers fight for cores.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")


@app.command()
def run(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(help="Names of library scenarios, or paths of scenario files."),
    ] = None,
    library: Annotated[
        bool, typer.Option("--library", help=f"Run {', '.join(LIBRARY_RUNS)}.")
    ] = False,
    aggregation: Aggregation = None,
    ai_mode: AiMode = None,
    expectations: ExpectationsOption = None,
    solver: Annotated[
        str, typer.Option(help="ipopt (reference) or newton (fast path for many runs).")
    ] = "ipopt",
    table: Annotated[Path | None, typer.Option(help="Your own tidy base-year table.")] = None,
    out: Out = Path("results"),
    figures: Annotated[bool, typer.Option(help="Draw figures too.")] = True,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace stored runs of other scenarios of the name.")
    ] = False,
    language: LanguageOption = "en",
) -> None:
    """Solve scenarios, store the results and show the headline of each."""
    from engels.data import EngelsInputError
    from engels.runs.scenario import load_scenario, prepare, with_settings

    names = [*(LIBRARY_RUNS if library else ()), *(scenarios or ())]
    if not names:
        raise EngelsInputError("engels run: name a scenario (`engels scenarios`) or say --library")
    chosen = [
        with_settings(
            load_scenario(name),
            expectations=expectations,
            ai_mode=ai_mode,
            aggregation=aggregation,
        )
        for name in names
    ]
    # everything is checked before anything is solved or written
    for scenario in chosen:
        prepare(scenario, table)
    check_solver(solver)
    if figures:
        _check_language(language)
    from engels.runs.batch import run_all

    failed = run_all(chosen, out, language if figures else None, solver, table, replace)
    if failed and all(isinstance(error, EngelsInputError) for error in failed.values()):
        raise typer.Exit(2)
    raise typer.Exit(1 if failed else 0)


@app.command("scenarios")
def list_scenarios() -> None:
    """List the scenarios of the library."""
    from rich.table import Table

    from engels.runs.scenario import library, load_scenario

    table = Table(title="Scenario library", title_justify="left")
    for heading in ("Name", "Family", "Title", "Measured from"):
        table.add_column(heading, no_wrap=heading == "Name")
    loaded = [load_scenario(name) for name in library()]
    for scenario in sorted(loaded, key=lambda s: (s.family, s.name)):
        title = f"{scenario.title.en}\n{scenario.title.zh}"
        table.add_row(scenario.name, scenario.family, title, scenario.reference)
    console().print(table)


@app.command("check-scenario")
def check_scenario(
    files: Annotated[list[str], typer.Argument(help="Scenario files or names.")],
    aggregation: Aggregation = None,
    ai_mode: AiMode = None,
    expectations: ExpectationsOption = None,
) -> None:
    """Check scenario files without solving; exit 2 with one line for every error."""
    from engels.runs.scenario import announced_year, load_scenario, prepare, with_settings

    for name in files:
        scenario = with_settings(
            load_scenario(name),
            expectations=expectations,
            ai_mode=ai_mode,
            aggregation=aggregation,
        )
        prepare(scenario)
        known = announced_year(scenario)
        typer.echo(
            f"{name}: good: {len(scenario.all_shocks())} shocks, "
            f"{len(scenario.all_swaps())} swaps, known from {known or 'never'} on, measured "
            f"from {scenario.reference}"
        )


@app.command()
def calibrate(
    aggregation: Annotated[str, typer.Option(help="43, 5, 12, 154 or a mapping file.")] = "43",
    parameter: Annotated[
        list[str] | None, typer.Option("--set", help="Override a parameter: key=value.")
    ] = None,
    table: Annotated[Path | None, typer.Option(help="Your own tidy table.")] = None,
) -> None:
    """Calibrate the base year and print what came out, for an economist to judge."""
    from engels.calibration import calibrate as make_benchmark
    from engels.calibration import describe

    benchmark = make_benchmark(aggregation, _overrides(parameter or []) or None, table=table)
    table_of_sectors = describe(benchmark)
    typer.echo(table_of_sectors.to_string(float_format="{:,.3f}".format))
    typer.echo(f"\nGDP of {benchmark.base_year}: {benchmark.gdp:,.3f} trillion yuan")
    for what, source in sorted({**benchmark.sources, **benchmark.path.notes}.items()):
        typer.echo(f"{what}: {source}")


@tables.command("import")
def import_table(
    file: Annotated[Path, typer.Argument(help="CSV laid out as the statistical office prints it.")],
    year: Annotated[int, typer.Option(help="Year of the table.")],
    out: Annotated[Path, typer.Option(help="The folder to write the tidy table to.")],
) -> None:
    """Turn a printed input-output table into the project's layout, and check every identity."""
    from engels.data import import_matrix
    from engels.runs.folders import writable

    writable(out)
    typer.echo(f"{import_matrix(file, year, out)}")


@app.command()
def show(folder: RunFolder, language: LanguageOption = "en") -> None:
    """Show the headline of a stored run."""
    from engels.runs.headline import run_table
    from engels.runs.results import load_run

    result = load_run(folder)
    console().print(run_table(result.frame, result.manifest, language))
    for words in result.manifest.get("cautions", []):
        typer.echo(f"caution: {words}", err=True)


@app.command()
def check(folder: RunFolder) -> None:
    """Repeat the certificate of a stored run from its stored numbers; exit 1 where it fails."""
    from rich.table import Table

    from engels.runs.check import check_run

    proof = check_run(folder)
    table = Table(title=f"Certificate of {folder}", title_justify="left")
    for heading in ("Measure", "Largest gap", "At most", "Where"):
        table.add_column(heading, justify="right" if "gap" in heading else "left")
    for m in proof.measures:
        table.add_row(m.kind, f"{m.gap:.1e}", f"{m.limit:.0e}", m.where)
    console().print(table)
    for line in proof.failures():
        typer.echo(f"fails: {line}", err=True)
    raise typer.Exit(0 if proof.passed else 1)


@app.command()
def decompose(
    folders: Annotated[list[Path], typer.Argument(help="Folders of runs, as `engels run` says.")],
    out: Annotated[Path, typer.Option(help="The folder to write the tables to.")] = Path(
        "decompositions"
    ),
    language: LanguageOption = "en",
) -> None:
    """Take stored runs apart: labour demand, labour share, jobs by horizon, Nordhaus' tests."""
    from engels.runs.decompose_run import decompose_folder, screen_tables, write_decomposition
    from engels.runs.folders import writable
    from engels.runs.labels import labels

    labels(language)
    writable(out)
    # every run is taken apart before anything is written
    for result, found in [decompose_folder(folder) for folder in folders]:
        for table in screen_tables(result, found, language):
            console().print(table)
        for path in write_decomposition(result, found, out):
            typer.echo(f"{path}")


@app.command()
def figures(
    folder: RunFolder,
    out: Annotated[
        Path | None, typer.Option(help="Where to write; the run's own folder by default.")
    ] = None,
    language: LanguageOption = "en",
    page: PageOption = "text",
) -> None:
    """Draw the figures of a stored run, as PDF and PNG."""
    from engels.runs.figures import draw_stored

    for path in draw_stored(folder, out, language, page):
        typer.echo(f"{path}")


@app.command()
def diagnose(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario, or path of its file.")],
    aggregation: Aggregation = None,
    ai_mode: AiMode = None,
    expectations: ExpectationsOption = None,
) -> None:
    """Say what the closure of a scenario leaves undetermined or gives twice; exit 1 where it does."""
    from engels.runs.diagnose import diagnose_scenario
    from engels.runs.headline import solving_progress

    with solving_progress(console(error=True), scenario) as progress:
        found = diagnose_scenario(
            scenario,
            expectations=expectations,
            ai_mode=ai_mode,
            aggregation=aggregation,
            progress=progress,
        )
    for line in found.lines():
        typer.echo(line)
    raise typer.Exit(0 if found.usable else 1)


@app.command("multistart")
def search_for_others(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario, or path of its file.")],
    starts: Annotated[int, typer.Option(min=1, help="Scattered starts of each economy.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed of the generator that scatters them.")] = 1,
    spread: Annotated[
        float, typer.Option(min=0.001, max=5.0, help="Standard deviation of their logarithm.")
    ] = 0.1,
    aggregation: Aggregation = None,
    ai_mode: AiMode = None,
    expectations: ExpectationsOption = None,
    solver: Annotated[str, typer.Option(help="newton or ipopt.")] = "newton",
    out: Out = Path("results"),
) -> None:
    """Solve a scenario from scattered starts, and say whether it has other equilibria.

    The finding is added to the manifest of the run where it is stored.
    """
    from engels.runs.headline import solving_progress
    from engels.runs.multistart import note, search
    from engels.runs.scenario import load_scenario, prepare, with_settings

    chosen = with_settings(
        load_scenario(scenario),
        expectations=expectations,
        ai_mode=ai_mode,
        aggregation=aggregation,
    )
    prepare(chosen)
    check_solver(solver)
    with solving_progress(console(error=True), chosen.name) as progress:
        found, run = search(chosen, starts, seed, spread=spread, solver=solver, progress=progress)
    for line in found.lines():
        typer.echo(line)
    folder = note(found, run, out)
    if folder is not None:
        typer.echo(f"noted in {folder / 'manifest.json'}")


@app.command("tables")
def paper_tables(
    out: Annotated[Path, typer.Option(help="The folder to write the tables to.")] = Path("paper"),
    results: Annotated[
        Path, typer.Option(help="The folder of stored runs; what is missing is solved into it.")
    ] = Path("results"),
    only: Annotated[
        list[str] | None, typer.Option("--only", help="T1 to T6; all by default.")
    ] = None,
    aggregation: Annotated[str, typer.Option(help="43, 5, 12, 154 or a mapping file.")] = "43",
    solver: Annotated[str, typer.Option(help="newton (fast path) or ipopt.")] = "newton",
) -> None:
    """Make the tables of the paper (CSV, LaTeX, figures) where an input changed; exit 1 if one fails."""
    from engels.runs.folders import writable
    from engels.runs.paper import make_tables

    check_solver(solver)
    writable(out)
    writable(results, "--results")
    failed = make_tables(out, results, aggregation, solver, only, typer.echo)
    raise typer.Exit(1 if failed else 0)


@app.command("replicate")
def replicate_studies(
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Keys of studies; all by default.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write tables and pictures to.")] = Path(
        "replicated"
    ),
    results: Annotated[
        Path, typer.Option(help="The folder of stored runs; what is missing is solved into it.")
    ] = Path("results"),
) -> None:
    """Set published results beside the project's own; exit 1 where one seen printed is missed."""
    from engels.replication.replicate import replicate
    from engels.runs.folders import writable

    writable(out)
    writable(results, "--results")
    raise typer.Exit(0 if replicate(out, results, only) else 1)


@app.command()
def doctor(
    results: Annotated[Path, typer.Option(help="The folder into which runs write.")] = Path(
        "results"
    ),
) -> None:
    """Check everything a run depends on; exit 1 and name the remedy where something is missing."""
    from engels.runs.doctor import report, run_checks

    raise typer.Exit(report(run_checks(results), console()))


@app.command()
def bench(
    sectors: Annotated[str, typer.Option(help="Aggregations to measure.")] = "12,43,154",
    years: Annotated[str, typer.Option(help="Years after the base year.")] = "10,30,60",
    peers: Annotated[
        bool, typer.Option(help="Measure irispie and cgelab too, where installed.")
    ] = True,
    out: Annotated[Path, typer.Option(help="The folder to write the tables to.")] = Path(
        "results/bench"
    ),
    quick: Annotated[bool, typer.Option("--quick", help="5 sectors and 10 years only.")] = False,
    batch: Annotated[
        int, typer.Option(min=0, help="Points of the batch that is measured; 0 for none.")
    ] = 1000,
) -> None:
    """Measure times and memory by size, beside other models of the field; exit 1 where one fails."""
    from engels.runs.bench import parse_sizes, run_bench
    from engels.runs.folders import writable

    writable(out)
    sizes = parse_sizes("5", "10") if quick else parse_sizes(sectors, years)
    solved = run_bench(sizes, out, peers, console())
    if batch:
        from engels.runs.experiments.measure import run_batch_bench

        size, points = ("5", min(batch, 20)) if quick else ("43", batch)
        solved &= run_batch_bench(size, points, out, console())
    raise typer.Exit(0 if solved else 1)


def _check_language(language: str) -> None:
    """A missing font is said before an hour of solving, not after."""
    from engels.runs.labels import labels
    from engels.runs.page import style

    labels(language)
    with style(language):
        pass


def _overrides(given: list[str]) -> dict[str, Any]:
    from engels.data import EngelsInputError

    found: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not value.strip():
            raise EngelsInputError(
                f"--set {text}: {'has no value' if equals else 'has no ='}; write key=value, "
                "such as ai.sales=0.2"
            )
        try:
            found[key.strip()] = float(value)
        except ValueError:
            # a parameter may be a name; the calibration says where one is not
            found[key.strip()] = value.strip()
    return found


def main() -> None:
    """Entry point of the ``engels`` command: errors of users and solves become one message."""
    from engels.data import EngelsInputError
    from engels.model.errors import ModelError
    from engels.runs.results import ResultError

    any_terminal()
    try:
        app()
    except EngelsInputError as error:
        for line in str(error).splitlines():
            # a closure known to be impossible is one line like any other, with a word on what to ask next
            hint = "; see `engels diagnose`" if "impossible closure" in line else ""
            typer.echo(f"{line}{hint}", err=True)
        sys.exit(2)
    except (ModelError, ResultError) as error:
        typer.echo(f"{error}", err=True)
        sys.exit(1)
    except OSError as error:
        typer.echo(f"{error.filename or 'system'}: {error.strerror or error}", err=True)
        sys.exit(1)
