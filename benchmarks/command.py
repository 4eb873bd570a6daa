"""``engels bench``, which the command line finds by its entry point."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engels.runs.cli.options import MACHINE
from engels.runs.console.screen import console

commands = typer.Typer()


@commands.command(rich_help_panel=MACHINE)
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
    before: Annotated[
        Path | None,
        typer.Option(
            help="The Python of another version's environment (CLONE/.venv/bin/python): measure what a user "
            "waits for in both versions, and nothing else."
        ),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            help="A table to append the key figures to, as docs/benchmarks/history.csv is."
        ),
    ] = None,
) -> None:
    """Measure times and memory by size, beside other models of the field; exit 1 where one fails."""
    from engels.benchmarks.bench import parse_sizes, run_bench
    from engels.data import EngelsInputError

    if before is not None:
        from engels.benchmarks.bench import measured
        from engels.benchmarks.targets import run_targets

        if not before.is_file():
            raise EngelsInputError(f"--before {before}: no such file; name a Python executable")
        raise typer.Exit(0 if run_targets(before.absolute(), out, measured, console()) else 1)
    sizes = parse_sizes("5", "10") if quick else parse_sizes(sectors, years)
    solved = run_bench(sizes, out, peers, console())
    if history is not None:
        from engels.benchmarks.history import append_history

        append_history(out / "bench.csv", history)
    if batch:
        from engels.runs.experiments.measure import run_batch_bench

        size, points = ("5", min(batch, 20)) if quick else ("43", batch)
        solved &= run_batch_bench(size, points, out, console())
    raise typer.Exit(0 if solved else 1)
