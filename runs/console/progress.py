"""How far a command has come, shown as a bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

ProgressCallback = Callable[[str, int, int], None]


@contextmanager
def solving_progress(console: Console, title: str) -> Iterator[ProgressCallback]:
    """A progress bar on ``console``; yields the callback (stage, done, total) that moves it."""
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        # elsewhere than on a terminal a bar is noise
        disable=not console.is_terminal,
    )
    tasks: dict[str, TaskID] = {}

    def advance(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bar.add_task(f"{title}: {stage}", total=total)
        bar.update(tasks[stage], completed=done, total=total)

    with bar:
        yield advance
