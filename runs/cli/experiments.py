"""Commands of ``engels`` on experiments: many runs from one file, and what they say together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engels.runs.cli.options import (
    BATCHES,
    Aggregation,
    AiMode,
    ExpectationsOption,
    PageOption,
    check_solver,
)
from engels.runs.console.screen import console, plain

commands = typer.Typer()

StoreFolder = Annotated[
    Path, typer.Argument(help="Folder of a batch's store, such as batches/ai_speed.")
]
Seconds = Annotated[
    float, typer.Option(min=0.1, max=1e6, help="A query that takes longer is ended.")
]


@commands.command(rich_help_panel=BATCHES)
def batch(
    file: Annotated[Path, typer.Argument(help="The batch file; see docs/batches.md.")],
    out: Annotated[
        Path, typer.Option(help="The folder of stores; this batch's is named in its file.")
    ] = Path("batches"),
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes of this machine; all cores by default.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, whose workers solve instead.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option(help="Try again what failed; what is missing is always solved.")
    ] = True,
    point_seconds: Annotated[
        int, typer.Option(min=1, help="A point that takes longer is ended and counts as failed.")
    ] = 900,
    solver: Annotated[
        str | None, typer.Option(help="newton or ipopt, instead of what the file says.")
    ] = None,
    aggregation: Aggregation = None,
    ai_mode: AiMode = None,
    expectations: ExpectationsOption = None,
    table: Annotated[Path | None, typer.Option(help="Your own tidy base-year table.")] = None,
    max_points: Annotated[
        int, typer.Option(min=1, help="A file of more points is refused before any is made.")
    ] = 100_000,
    check: Annotated[
        bool, typer.Option("--check", help="Check the file, count its points, solve nothing.")
    ] = False,
) -> None:
    """Solve all points of a batch file that are not stored yet; exit 1 where some failed.

    The same command goes on where an earlier one was stopped.
    """
    from engels.runs.experiments.batch import INTERRUPTED, report, run_batch
    from engels.runs.experiments.form import read_experiment
    from engels.runs.experiments.points import CHECKED, make_points

    if solver is not None:
        check_solver(solver)
    experiment = read_experiment(
        file,
        aggregation=aggregation,
        ai_mode=ai_mode,
        expectations=expectations,
        solver=solver,
        most=max_points,
    )
    if check:
        points = make_points(experiment, table, CHECKED)
        economies = len({p.group for p in points})
        others = f" ({CHECKED} of them looked at)" if economies > CHECKED else ""
        typer.echo(
            f"{file}: good: {len(points)} points of {economies} calibrated economies{others}"
        )
        return
    done = run_batch(
        experiment,
        out,
        processes=processes,
        scheduler=scheduler,
        retry_failed=retry_failed,
        limit=point_seconds,
        table=table,
        screen=console(error=True),
    )
    for line in report(done):
        typer.echo(line)
    if done.stopped == INTERRUPTED:
        raise typer.Exit(130)
    raise typer.Exit(1 if done.failed or done.stopped else 0)


@commands.command(rich_help_panel=BATCHES)
def query(
    folder: StoreFolder,
    sql: Annotated[
        str, typer.Argument(help="SQL on the views points, results, wide and wide_deviation.")
    ] = "select * from points",
    rows: Annotated[int, typer.Option(min=1, help="Show so many rows at most.")] = 40,
    seconds: Seconds = 300.0,
) -> None:
    """Ask the store of a batch, in SQL (DuckDB). It is only read, whatever the SQL says."""
    from engels.runs.experiments.query import head

    answer, total = head(folder, sql, rows, seconds)
    typer.echo(plain(answer.to_string(index=False, max_colwidth=60)) if total else "no rows")
    if total > rows:
        typer.echo(f"… {total - rows} more rows; --rows shows more, `engels export` writes all")


@commands.command(rich_help_panel=BATCHES)
def export(
    folder: StoreFolder,
    to: Annotated[str, typer.Option("--to", help="xlsx, csv, dta (Stata) or gdx (GAMS).")],
    out: Annotated[
        Path | None, typer.Option(help="Where to write; the store's own folder by default.")
    ] = None,
    sql: Annotated[
        str | None, typer.Option("--query", help="Write the answer to this SQL instead.")
    ] = None,
    seconds: Seconds = 300.0,
) -> None:
    """Write the store of a batch for other programs."""
    from engels.runs.experiments.export import export_store

    for path in export_store(folder, to, out or folder / "export", sql, seconds):
        typer.echo(f"{path}")


@commands.command(rich_help_panel=BATCHES)
def sensitivity(
    folder: StoreFolder,
    variable: Annotated[
        list[str] | None,
        typer.Option(
            help="What to look at, as the columns of wide are named: gdp_real, "
            "output_group.capital_intensive; all for everything. Again for another."
        ),
    ] = None,
    year: Annotated[
        list[int] | None, typer.Option(help="A year of the tables; again for another.")
    ] = None,
    levels: Annotated[
        bool, typer.Option("--levels", help="The figures themselves instead of deviations.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Where to write; the store's own folder by default.")
    ] = None,
    figures: Annotated[bool, typer.Option(help="Draw figures too.")] = True,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    page: PageOption = "text",
) -> None:
    """What a batch says of sensitivity, as its design allows: tables and figures.

    Exit 1 where points are missing that leave a gap in them.
    """
    from engels.runs.experiments.sensitivity import run_sensitivity, show

    done = run_sensitivity(
        folder,
        variables=variable or (),
        years=year or (),
        levels=levels,
        out=out,
        figures=figures,
        language=language,
        page=page,
    )
    show(done, console(), language)
    for line in (*done.finding.notes, *(str(path) for path in done.files)):
        typer.echo(line)
    raise typer.Exit(0 if done.finding.complete else 1)
