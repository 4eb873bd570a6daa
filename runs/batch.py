"""Several runs one after the other: solve, store, draw, show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from engels.model.errors import ClosureError, ModelError
from engels.runs.figures import draw_figures
from engels.runs.headline import comparison_table, run_table, solving_progress
from engels.runs.results import ResultError, RunResult, store_run
from engels.runs.schema import Scenario
from engels.runs.screen import console
from engels.runs.simulate import simulate

ADVICE = (
    "`engels diagnose`, with the same scenario and settings, says what its closure leaves "
    "undetermined and what it gives twice"
)
"""What to do after a failed solve in which a closure is, or may be, at fault."""

COMPARED = 2035
"""Year of the table that compares all runs."""


def run_all(
    scenarios: Sequence[Scenario],
    out: Path,
    language: str | None,
    solver: str = "ipopt",
    table: Path | None = None,
) -> dict[str, str]:
    """Solve, store and show every scenario; draw figures where a language for them is given.

    A run that fails does not stop the others. Returns its name and message; nothing of it is
    stored.
    """
    screen = console()
    # a message stays on its line however narrow the terminal, so that it can be searched for
    say = partial(console(error=True).print, markup=False, highlight=False, soft_wrap=True)
    done: dict[str, RunResult] = {}
    failed: dict[str, str] = {}
    pictures: list[Path] = []
    for scenario in scenarios:
        try:
            with solving_progress(screen, scenario.name) as progress:
                result = simulate(scenario, progress, solver, table)
            folder = store_run(result, out)
        except (ModelError, ResultError) as error:
            failed[scenario.name] = str(error)
            say(f"{scenario.name}: failed: {error}")
            if isinstance(error, ClosureError) or scenario.all_swaps():
                say(ADVICE)
            continue
        done[scenario.name] = result
        screen.print(run_table(result.frame, result.manifest, language or "en"))
        for words in result.manifest["cautions"]:
            say(f"{scenario.name}: caution: {words}")
        # a static run has one year and no path to draw
        if language is not None and result.frame["year"].nunique() > 1:
            pictures += draw_figures(result, folder / "figures", language)
        screen.print(f"Stored in {folder}", highlight=False, soft_wrap=True)
    compared = {name: r for name, r in done.items() if r.reference != name}
    if len(compared) > 1:
        screen.print(
            comparison_table(
                {name: r.frame for name, r in compared.items()},
                {name: r.reference for name, r in compared.items()},
                COMPARED,
            )
        )
    if pictures:
        folders = sorted({str(path.parent) for path in pictures})
        screen.print(
            "Figures (PDF and PNG):", *folders, sep="\n  ", highlight=False, soft_wrap=True
        )
    if failed:
        say(f"Failed: {', '.join(failed)}")
    return failed
