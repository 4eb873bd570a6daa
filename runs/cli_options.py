"""Options that several commands of ``engels`` share."""

from __future__ import annotations

from typing import Annotated

import typer

Aggregation = Annotated[
    str | None, typer.Option(help="43 (default), 5, 12, 154, or the path of a mapping file.")
]
AiMode = Annotated[
    str | None, typer.Option(help="Where AI enters production: labour, capital or guo.")
]
ExpectationsOption = Annotated[str | None, typer.Option(help="foresight, recursive or static.")]

PageOption = Annotated[
    str, typer.Option(help="What figures are made for: text (6.3 inches wide) or column (3.35).")
]


def check_solver(solver: str) -> None:
    from engels.data import EngelsInputError

    if solver not in ("ipopt", "newton"):
        raise EngelsInputError(f"--solver: unknown value {solver!r}; it is ipopt or newton")
