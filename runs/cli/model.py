"""Commands of ``engels`` that list the model, and the one that begins a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engels.runs.cli.options import MODEL, CsvOption, LanguageOption, one_of

commands = typer.Typer()

Words = Annotated[
    list[str] | None,
    typer.Argument(help="Only what has all of these words in its name, unit or text."),
]
BlockOption = Annotated[str | None, typer.Option(help="Only what belongs to this block.")]


@commands.command("scenarios", rich_help_panel=MODEL)
def list_scenarios(
    words: Words = None, as_csv: CsvOption = False, language: LanguageOption = "en"
) -> None:
    """List the scenarios of the library."""
    from engels.runs.indicators.labels import labels
    from engels.runs.report import catalogue

    labels(language)
    catalogue.scenarios(language).having(words or []).write(as_csv)


@commands.command("drivers", rich_help_panel=MODEL)
def list_drivers(words: Words = None, block: BlockOption = None, as_csv: CsvOption = False) -> None:
    """List what a shock may change, with unit and range."""
    from engels.runs.report import catalogue

    catalogue.drivers(block).having(words or []).write(as_csv)


@commands.command("variables", rich_help_panel=MODEL)
def list_variables(words: Words = None, as_csv: CsvOption = False) -> None:
    """List what a run reports, with unit."""
    from engels.runs.report import catalogue

    catalogue.reported().having(words or []).write(as_csv)


@commands.command("parameters", rich_help_panel=MODEL)
def list_parameters(
    words: Words = None, block: BlockOption = None, as_csv: CsvOption = False
) -> None:
    """List what --set may change, with value, unit, range, mark and source."""
    from engels.runs.report import catalogue

    catalogue.parameters(block).having(words or []).write(as_csv)


@commands.command("swaps", rich_help_panel=MODEL)
def list_swaps(words: Words = None, as_csv: CsvOption = False) -> None:
    """List which indicators a swap may fix, and what may be found in exchange."""
    from engels.runs.report import catalogue

    catalogue.swaps().having(words or []).write(as_csv)


@commands.command("sectors", rich_help_panel=MODEL)
def list_sectors(
    words: Words = None,
    aggregation: Annotated[
        str,
        typer.Option(
            help="43, 5, 12, 154 or a mapping file.", autocompletion=one_of("5", "12", "43", "154")
        ),
    ] = "43",
    as_csv: CsvOption = False,
    language: LanguageOption = "en",
) -> None:
    """List the sectors of an aggregation, and the groups that a scenario may name."""
    from engels.runs.indicators.labels import labels
    from engels.runs.report import catalogue

    labels(language)
    catalogue.sectors(aggregation, language).having(words or []).write(as_csv)


@commands.command("equations", rich_help_panel=MODEL)
def list_equations(
    block: Annotated[
        str | None, typer.Option(help="One part: firms, trade, …, or a block's.")
    ] = None,
    language: LanguageOption = "en",
    markdown: Annotated[Path | None, typer.Option(help="A file to write, in Markdown.")] = None,
    html: Annotated[Path | None, typer.Option(help="A page to write, with MathML.")] = None,
    latex: Annotated[Path | None, typer.Option(help="A LaTeX document to write.")] = None,
) -> None:
    """Print the equations with symbols, units and parameters, in Markdown, or write them."""
    from engels.runs.report import equations

    sections = equations.appendix(block, language)
    files = {"markdown": markdown, "html": html, "latex": latex}
    for form, file in files.items():
        if file is not None:
            file.write_text(equations.FORMS[form](sections, language), encoding="utf-8")
            typer.echo(f"{file}")
    if not any(files.values()):
        typer.echo(equations.markdown(sections))


@commands.command("new", rich_help_panel=MODEL)
def new_scenario(
    name: Annotated[str, typer.Argument(help="Small letters, digits and _.")],
    out: Annotated[Path, typer.Option(help="The folder to write NAME.yaml to.")] = Path(),
) -> None:
    """Begin a scenario file of your own, NAME.yaml, with a comment on every key."""
    from engels.runs.scenarios.template import write_template

    typer.echo(f"{write_template(name, out)}")
