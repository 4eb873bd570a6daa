"""The command line: ``engels``.

What a command needs is imported when it runs, so that ``--help`` and completion are quick; how it ends
is the matter of :mod:`engels.runs.console.exits`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import typer

from engels.runs.cli import experiments, machine, model, subtotals
from engels.runs.cli.options import (
    MODEL,
    PAPER,
    PAPER_TABLES,
    RUNS,
    Aggregation,
    AiMode,
    CsvOption,
    ExpectationsOption,
    LanguageOption,
    OneScenario,
    PageOption,
    RunFolder,
    SetOption,
    TableOption,
    check_solver,
    complete_scenario,
    one_of,
)
from engels.runs.console.exits import BAD_INPUT, check_arguments, guarded, say
from engels.runs.console.screen import any_terminal, console

app = typer.Typer(
    name="engels",
    help="AI, compute and labour in the Chinese economy: a dynamic general equilibrium model.",
    epilog="First: engels run ai_central --aggregation 5. Lists: engels scenarios, drivers, variables, "
    "parameters, swaps, sectors.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
tables = typer.Typer(help="Input-output tables.", no_args_is_help=True)

FURTHER = "engels.commands"
"""The group of entry points by which other packages add commands: replications, benchmarks, yours."""

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


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        from engels.runs.store.commit import commit

        typer.echo(f"engels {version('engels')} ({commit()})")
        raise typer.Exit


@app.callback()
def engels(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Print the version and the commit.",
        ),
    ] = False,
) -> None:
    # Threads of the linear algebra gain nothing here and let workers fight for cores.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")


@app.command(rich_help_panel=RUNS)
def run(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names of library scenarios, or paths of scenario files.",
            autocompletion=complete_scenario,
        ),
    ] = None,
    library: Annotated[
        bool, typer.Option("--library", help=f"Run {', '.join(LIBRARY_RUNS)}.")
    ] = False,
    aggregation: Aggregation = None,
    ai_mode: AiMode = None,
    expectations: ExpectationsOption = None,
    parameter: SetOption = None,
    last_year: Annotated[int | None, typer.Option(help="Solve to this year.")] = None,
    name: Annotated[
        str | None,
        typer.Option(help="Store the run under this name; for one scenario."),
    ] = None,
    solver: Annotated[
        str,
        typer.Option(
            help="newton (in memory, Ipopt behind it) or ipopt (reference, through files).",
            autocompletion=one_of("newton", "ipopt"),
        ),
    ] = "newton",
    table: TableOption = None,
    out: Out = Path("results"),
    skip_current: Annotated[
        bool,
        typer.Option(
            "--skip-current",
            help="Leave out runs that are stored and were made from the same inputs and equations.",
        ),
    ] = False,
    figures: Annotated[bool, typer.Option(help="Draw figures too.")] = True,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace stored runs of other scenarios of the name.")
    ] = False,
    language: LanguageOption = "en",
) -> None:
    """Solve scenarios, store the results and show the headline of each.

    Changed by --set or --last-year, a run is stored beside the plain one, as NAME+xxxxxx.
    """
    from engels.data import EngelsInputError
    from engels.model.algebra.errors import SettingError
    from engels.runs.cli.several import run_all
    from engels.runs.scenarios.variant import Changes

    names = list(dict.fromkeys([*(LIBRARY_RUNS if library else ()), *(scenarios or ())]))
    if not names:
        raise EngelsInputError("engels run: name a scenario (`engels scenarios`) or say --library")
    if name is not None and len(names) > 1:
        raise EngelsInputError(f"--name {name}: is for one scenario, and {len(names)} are given")
    check_solver(solver)
    failed = run_all(
        names,
        Changes(expectations, ai_mode, aggregation, parameter or (), last_year, name),
        out,
        language,
        solver,
        table,
        figures=figures,
        skip_current=skip_current,
        replace=replace,
    )
    wrong = (EngelsInputError, SettingError)
    if failed and all(isinstance(error, wrong) for error in failed.values()):
        raise typer.Exit(2)
    raise typer.Exit(1 if failed else 0)


@app.command("check-scenario", rich_help_panel=MODEL)
def check_scenario(
    files: Annotated[list[str], typer.Argument(help="Scenario files or names.")],
    aggregation: Aggregation = None,
    ai_mode: AiMode = None,
    expectations: ExpectationsOption = None,
) -> None:
    """Check scenario files without solving; exit 2 with one line for every error."""
    from engels.data import EngelsInputError
    from engels.runs.scenarios.scenario import (
        announced_year,
        cautions,
        load_scenario,
        prepare,
        with_settings,
    )

    wrong: EngelsInputError | None = None
    for name in files:
        try:
            scenario = with_settings(
                load_scenario(name),
                expectations=expectations,
                ai_mode=ai_mode,
                aggregation=aggregation,
            )
            benchmark = prepare(scenario)
        except EngelsInputError as error:
            # the last one ends the command; the others are told as they are met
            if wrong is not None:
                typer.echo(wrong, err=True)
            wrong = error
            continue
        for line in cautions(scenario, benchmark):
            typer.echo(f"caution: {line}", err=True)
        known = announced_year(scenario)
        typer.echo(
            f"{name}: good: {len(scenario.all_shocks())} shocks, "
            f"{len(scenario.all_swaps())} swaps, known from {known or 'never'} on, measured "
            f"from {scenario.reference}"
        )
    if wrong is not None:
        raise wrong


@app.command(rich_help_panel=MODEL)
def calibrate(
    aggregation: Annotated[str, typer.Option(help="43, 5, 12, 154 or a mapping file.")] = "43",
    parameter: SetOption = None,
    table: TableOption = None,
) -> None:
    """Calibrate the base year and print what came out, for an economist to judge."""
    from engels.calibration import calibrate as make_benchmark
    from engels.calibration import report
    from engels.runs.scenarios.variant import read_overrides

    overrides = read_overrides(parameter or [])
    benchmark = make_benchmark(aggregation, overrides or None, table=table)
    for line in report(benchmark, overrides):
        typer.echo(line)


@tables.command("import")
def import_table(
    file: Annotated[
        Path, typer.Argument(help="CSV or .xlsx laid out as the statistical office prints it.")
    ],
    year: Annotated[int, typer.Option(help="Year of the table.")],
    out: Annotated[Path, typer.Option(help="The folder to write the tidy table to.")],
    unit: Annotated[
        str | None,
        typer.Option(
            help="Unit of the figures: yuan, 10,000 yuan, million yuan, 100 million yuan, trillion "
            "yuan. By default the one stated above the header, else 10,000 yuan."
        ),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    gdp_check: Annotated[
        bool, typer.Option(help="Compare GDP with the one published for China in the year.")
    ] = True,
) -> None:
    """Turn a printed input-output table into the project's layout, and check every identity."""
    from engels.data import import_matrix
    from engels.runs.store.folders import writable

    writable(out)
    found = import_matrix(file, year, out, unit=unit, sheet=sheet, check_gdp=gdp_check)
    typer.echo(f"{found.path}")
    for note in found.notes:
        typer.echo(f"  {note}")


@app.command(rich_help_panel=RUNS)
def show(
    folder: RunFolder,
    variable: Annotated[
        list[str] | None,
        typer.Option(help="A reported variable (`engels variables`); again for another."),
    ] = None,
    sector: Annotated[
        list[str] | None,
        typer.Option(help="Code of a sector (`engels sectors`), or all; again for another."),
    ] = None,
    year: Annotated[
        list[int] | None, typer.Option(help="A year of the run; again for another.")
    ] = None,
    as_csv: CsvOption = False,
    language: LanguageOption = "en",
) -> None:
    """Show a stored run: its headline, or variables, by sector and year, beside the reference's."""
    from engels.runs.indicators.headline import run_table
    from engels.runs.indicators.labels import labels
    from engels.runs.report.shown import show_rows
    from engels.runs.store.results import load_run

    labels(language)
    result = load_run(folder)
    if variable or sector or year or as_csv:
        show_rows(result, variable or [], sector or [], year or [], as_csv, language)
        return
    console().print(run_table(result.frame, result.manifest, language))
    for words in result.manifest.get("cautions", []):
        typer.echo(f"caution: {words}", err=True)


@app.command(rich_help_panel=RUNS)
def compare(
    first: RunFolder,
    second: RunFolder,
    year: Annotated[
        list[int] | None,
        typer.Option(help="A year to compare; 2030, 2035 and 2050 by default."),
    ] = None,
    as_csv: CsvOption = False,
    language: LanguageOption = "en",
) -> None:
    """Set the headlines of two stored runs side by side, with their differences."""
    from engels.runs.analysis.compare import compare_runs
    from engels.runs.indicators.labels import labels

    labels(language)
    compare_runs(first, second, year or [], as_csv, language)


@app.command(rich_help_panel=RUNS)
def check(folder: RunFolder) -> None:
    """Repeat the certificate of a stored run from its stored numbers; exit 1 where it fails."""
    from rich.box import SIMPLE
    from rich.table import Table

    from engels.runs.analysis.verify import check_run

    proof = check_run(folder)
    table = Table(title=f"Certificate of {folder}", title_justify="left", box=SIMPLE)
    for heading in ("Measure", "Largest gap", "At most", "Where"):
        number = heading in ("Largest gap", "At most")
        table.add_column(heading, justify="right" if number else "left", no_wrap=number)
    for m in proof.measures:
        table.add_row(m.kind, f"{m.gap:.1e}", f"{m.limit:.0e}", m.where)
    console().print(table)
    for line in proof.failures():
        typer.echo(f"fails: {line}", err=True)
    raise typer.Exit(0 if proof.passed else 1)


@app.command(rich_help_panel=RUNS)
def decompose(
    folders: Annotated[list[Path], typer.Argument(help="Folders of runs, as `engels run` says.")],
    out: Annotated[Path, typer.Option(help="The folder to write the tables to.")] = Path(
        "decompositions"
    ),
    language: LanguageOption = "en",
) -> None:
    """Take stored runs apart: labour demand, labour share, jobs by horizon, Nordhaus' tests."""
    from engels.runs.analysis.decompose_run import (
        decompose_folder,
        screen_tables,
        write_decomposition,
    )
    from engels.runs.indicators.labels import labels
    from engels.runs.store.folders import writable

    labels(language)
    writable(out)
    # every run is taken apart before anything is written
    for result, found in [decompose_folder(folder) for folder in folders]:
        for table in screen_tables(result, found, language):
            console().print(table)
        for path in write_decomposition(result, found, out):
            typer.echo(f"{path}")


@app.command(rich_help_panel=RUNS)
def figures(
    folder: RunFolder,
    out: Annotated[
        Path | None, typer.Option(help="Where to write; the run's own folder by default.")
    ] = None,
    language: LanguageOption = "en",
    page: PageOption = "text",
) -> None:
    """Draw the figures of a stored run, as PDF and PNG."""
    from engels.runs.report.figures import draw_stored

    for path in draw_stored(folder, out, language, page):
        typer.echo(f"{path}")


@app.command(rich_help_panel=RUNS)
def diagnose(
    scenario: OneScenario,
    aggregation: Aggregation = None,
    ai_mode: AiMode = None,
    expectations: ExpectationsOption = None,
) -> None:
    """Say what the closure of a scenario leaves undetermined or gives twice; exit 1 where it does."""
    from engels.runs.analysis.diagnosis import diagnose_scenario
    from engels.runs.console.progress import solving_progress

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


@app.command("multistart", rich_help_panel=RUNS)
def search_for_others(
    scenario: OneScenario,
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
    from engels.runs.analysis.near_equilibria import note, search
    from engels.runs.console.progress import solving_progress
    from engels.runs.scenarios.scenario import load_scenario, prepare, with_settings

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


@app.command("tables", rich_help_panel=PAPER)
def paper_tables(
    out: Annotated[Path, typer.Option(help="The folder to write the tables to.")] = Path("paper"),
    results: Annotated[
        Path, typer.Option(help="The folder of stored runs; what is missing is solved into it.")
    ] = Path("results"),
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            help=f"{PAPER_TABLES[0]} to {PAPER_TABLES[-1]}, again or with commas for another; all by "
            "default.",
            autocompletion=one_of(*PAPER_TABLES),
        ),
    ] = None,
    aggregation: Annotated[str, typer.Option(help="43, 5, 12, 154 or a mapping file.")] = "43",
    solver: Annotated[str, typer.Option(help="newton (fast path) or ipopt.")] = "newton",
    page: PageOption = "text",
) -> None:
    """Make the tables of the paper (CSV, LaTeX, figures) where an input changed; exit 1 if one fails."""
    from engels.runs.paper.tables import make_tables
    from engels.runs.store.folders import writable

    check_solver(solver)
    writable(out)
    writable(results, "--results")
    failed = make_tables(out, results, aggregation, solver, only, typer.echo, page)
    raise typer.Exit(1 if failed else 0)


def add_further_commands(to: typer.Typer) -> None:
    """Add the commands of other packages, by the entry points of :data:`FURTHER`.

    An entry point names a ``typer.Typer``. One that cannot be loaded is told in a line.
    """
    for entry in sorted(entry_points(group=FURTHER), key=lambda e: e.name):
        try:
            to.add_typer(entry.load())
        except Exception as error:  # noqa: BLE001 - whatever a package does when it is imported
            say(f"engels: the commands of {entry.value} are left out: {error!r}")


app.add_typer(model.commands)
app.add_typer(tables, name="table", rich_help_panel=MODEL)
app.add_typer(experiments.commands)
app.add_typer(subtotals.commands)
app.add_typer(machine.commands)
add_further_commands(app)


def command(arguments: Sequence[str]) -> int:
    """Do what ``arguments`` (without the program's name) say; the exit code.

    Raises what :func:`engels.runs.console.exits.explain` explains.
    """
    any_terminal()
    if "_ENGELS_COMPLETE" in os.environ:  # a shell asks how a word goes on
        app(prog_name="engels")
    wrong = check_arguments(arguments)
    if wrong is not None:
        say(wrong)
        return BAD_INPUT
    usage: type[Exception] = typer.BadParameter.__mro__[2]  # every error of the command's words
    main_command: Any = typer.main.get_command(app)
    try:
        with main_command.make_context("engels", list(arguments)) as context:
            main_command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except usage as error:
        return _misused(error, arguments)
    return 0


def _misused(error: Any, arguments: Sequence[str]) -> int:
    """Say in one line which word is wrong; a command without its words shows its help instead."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "engels"
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message())
    else:
        said = error.format_message().rstrip(".")
        say(f"{path}: {said}; `{path} --help` says what is possible", arguments)
    return BAD_INPUT


def main() -> None:
    """The command, for those who call it from Python."""
    sys.exit(guarded(lambda: command(sys.argv[1:]), sys.argv[1:]))
