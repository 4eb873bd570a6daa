"""The command of ``engels`` that takes a run apart by shock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engels.runs.cli.options import (
    RUNS,
    Aggregation,
    AiMode,
    ExpectationsOption,
    PageOption,
    check_solver,
)
from engels.runs.console.screen import console

commands = typer.Typer()


@commands.command(rich_help_panel=RUNS)
def subtotals(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario, or path of its file.")],
    method: Annotated[
        str, typer.Option(help="path (as GEMPACK's subtotals) or shapley (at most six shocks).")
    ] = "path",
    group: Annotated[
        list[str] | None,
        typer.Option(help="Put shocks together: NAME=driver,driver or NAME=driver:element."),
    ] = None,
    variable: Annotated[
        list[str] | None, typer.Option(help="Show this variable, or variable:element.")
    ] = None,
    year: Annotated[list[int] | None, typer.Option(help="Show this year.")] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Solve every shock by itself too, for comparison.")
    ] = False,
    tolerance: Annotated[
        float,
        typer.Option(
            min=1e-9, max=1e-2, help="What contributions may miss before they are closed."
        ),
    ] = 1e-6,
    jumps: Annotated[
        float,
        typer.Option(min=0.0, max=0.1, help="What jumps between equilibria may add up to."),
    ] = 1e-2,
    aggregation: Aggregation = None,
    ai_mode: AiMode = None,
    expectations: ExpectationsOption = None,
    solver: Annotated[str, typer.Option(help="newton or ipopt, for runs; paths take newton.")] = (
        "newton"
    ),
    table: Annotated[Path | None, typer.Option(help="Your own tidy base-year table.")] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("subtotals"),
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    page: PageOption = "text",
) -> None:
    """Take a scenario's deviation from its reference apart by shock; the parts add up exactly."""
    from engels.runs.analysis.subtotals import read_groups
    from engels.runs.analysis.subtotals import subtotals as take_apart
    from engels.runs.analysis.subtotals_report import (
        Shown,
        check_variables,
        choose,
        place_of,
        said_together,
        screen_table,
        summary,
        write_subtotals,
    )
    from engels.runs.console.progress import solving_progress
    from engels.runs.indicators.labels import labels
    from engels.runs.report.page import style
    from engels.runs.scenarios.scenario import load_scenario, with_settings
    from engels.runs.store.folders import writable
    from engels.runs.store.inputs import identity
    from engels.runs.store.results import refuse_other

    chosen = with_settings(
        load_scenario(scenario),
        expectations=expectations,
        ai_mode=ai_mode,
        aggregation=aggregation,
    )
    check_solver(solver)
    about = identity(chosen, table)
    place = place_of(about, method, out)
    writable(place.parent)
    refuse_other(place, about)
    check_variables(variable or [])
    groups = read_groups(group or [])
    labels(language)
    with style(language, page):
        pass
    asked: list[Shown] = []
    with solving_progress(console(error=True), chosen.name) as progress:
        found = take_apart(
            chosen,
            method,
            groups,
            alone=alone,
            solver=solver,
            table=table,
            tolerance=tolerance,
            jumps=jumps,
            # what cannot be shown is said before the path is taken
            check=lambda keys: asked.append(choose(keys, variable or [], year or [])),
            progress=progress,
        )
    shown = asked[0]
    folder = write_subtotals(found, shown, out, language, page)
    console().print(screen_table(found, shown, language))
    for line in (*said_together(found), summary(found)):
        typer.echo(line)
    typer.echo(f"written to {folder}")
