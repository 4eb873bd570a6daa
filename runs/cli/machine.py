"""Commands of ``engels`` on the machine: what a run needs, the solver, times."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engels.runs.cli.options import MACHINE, one_of
from engels.runs.console.screen import console

commands = typer.Typer()


@commands.command(rich_help_panel=MACHINE)
def doctor(
    results: Annotated[Path, typer.Option(help="The folder into which runs write.")] = Path(
        "results"
    ),
) -> None:
    """Check everything a run depends on; exit 1 and name the remedy where something is missing."""
    from engels.runs.cli.doctor import report, run_checks

    raise typer.Exit(report(run_checks(results), console()))


@commands.command("setup-solver", rich_help_panel=MACHINE)
def setup_solver(
    way: Annotated[
        str,
        typer.Option(
            help="idaes (ready-made, needs github.com), build (compiles, needs gcc and the package "
            "registries), or auto: what is there if it works, else the first, else the second.",
            autocompletion=one_of("auto", "idaes", "build"),
        ),
    ] = "auto",
    to: Annotated[
        Path | None, typer.Option(help="Another folder than share/engels/solver of this Python.")
    ] = None,
) -> None:
    """Put Ipopt and PyNumero's AMPL library into this Python environment; exit 1 where that fails."""
    from engels.data import EngelsInputError
    from engels.runs.solver import TARGET, WAYS, set_up

    if way not in ("auto", *WAYS):
        raise EngelsInputError(f"--way: unknown value {way!r}; it is auto, {' or '.join(WAYS)}")
    raise typer.Exit(set_up(way, (to or TARGET).absolute()))


@commands.command(rich_help_panel=MACHINE)
def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove all that is kept.")] = False,
) -> None:
    """Say what is kept between processes: compiled economies and baselines, never results."""
    from engels.runs.store.cache import FOLDER, LARGEST, OFF, user_cache

    kept_in = user_cache()
    if kept_in is None:
        typer.echo(f"nothing is kept ({FOLDER}={OFF})")
        return
    kept = kept_in.sizes()
    size = (
        f"{len(kept)} files, {sum(kept.values()) / 2**20:.1f} MiB of at most {LARGEST / 2**20:.0f}"
    )
    typer.echo(f"{kept_in.folder}: {size}")
    if clear:
        typer.echo(f"removed {kept_in.clear()} files")
