"""Options that several commands of ``engels`` share, and what completes them in a shell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engels.runs.paper import table_modules


def scenario_names() -> list[str]:
    """Names that a shell completes: the library and ``baseline``; read off the folder, to be quick."""
    library = Path(__file__).parents[1] / "scenarios" / "library"
    return ["baseline", *sorted(path.stem for path in library.glob("*.yaml"))]


def complete_scenario(incomplete: str) -> list[str]:
    return [name for name in scenario_names() if name.startswith(incomplete)]


def one_of(*words: str) -> object:
    """A completion with these words."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


RUNS, MODEL, BATCHES = "Runs", "The model and your scenarios", "Many runs"
PAPER, MACHINE = "The paper", "This machine"
"""Headings under which ``engels --help`` puts the commands."""

Aggregation = Annotated[
    str | None,
    typer.Option(
        help="43 (default), 5, 12, 154, or the path of a mapping file.",
        autocompletion=one_of("5", "12", "43", "154"),
    ),
]
AiMode = Annotated[
    str | None,
    typer.Option(
        help="Where AI enters production: tasks, labour, capital or guo.",
        autocompletion=one_of("tasks", "labour", "capital", "guo"),
    ),
]
ExpectationsOption = Annotated[
    str | None,
    typer.Option(
        help="foresight, recursive or static.",
        autocompletion=one_of("foresight", "recursive", "static"),
    ),
]
LanguageOption = Annotated[str, typer.Option(help="en or zh.", autocompletion=one_of("en", "zh"))]
OneScenario = Annotated[
    str,
    typer.Argument(
        help="Name of a scenario, or path of its file.", autocompletion=complete_scenario
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Another value of a parameter (`engels parameters`); again for another.",
    ),
]
TableOption = Annotated[Path | None, typer.Option(help="Your own tidy base-year table.")]
RunFolder = Annotated[
    Path, typer.Argument(help="Folder of a run, such as results/43/ai_central-tasks-foresight.")
]
PAPER_TABLES = tuple(table_modules())
"""Keys of the paper's tables."""

CsvOption = Annotated[
    bool, typer.Option("--csv", help="As CSV, every column, for another program.")
]

PageOption = Annotated[
    str, typer.Option(help="What figures are made for: text (6.3 inches wide) or column (3.35).")
]


def check_solver(solver: str) -> None:
    from engels.data import EngelsInputError

    if solver not in ("ipopt", "newton"):
        raise EngelsInputError(f"--solver: unknown value {solver!r}; it is ipopt or newton")
