"""``engels replicate``, which the command line finds by its entry point."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engels.runs.cli.options import PAPER

commands = typer.Typer()


@commands.command("replicate", rich_help_panel=PAPER)
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
    from engels.runs.store.folders import writable

    writable(out)
    writable(results, "--results")
    raise typer.Exit(0 if replicate(out, results, only) else 1)
