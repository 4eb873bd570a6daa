"""Several runs one after the other: solve, store, draw, show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from engels.model.errors import ClosureError, ModelError
from engels.runs.current import current_run
from engels.runs.figures import draw_figures
from engels.runs.headline import comparison_table, run_table, solving_progress
from engels.runs.labels import labels
from engels.runs.results import ResultError, RunResult, describe_inputs, run_folder, store_run
from engels.runs.scenario import prepare
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
    language: str = "en",
    solver: str = "ipopt",
    table: Path | None = None,
    *,
    figures: bool = True,
    skip_current: bool = False,
) -> dict[str, str]:
    """Solve, store and show every scenario; draw figures of it too.

    With ``skip_current`` a run that is stored and is what a new one would be is shown from its
    folder, not solved. A run that fails does not stop the others. Returns its label and message;
    nothing of it is stored.
    """
    screen = console()
    words = labels(language)
    # a message stays on its line however narrow the terminal, so that it can be searched for
    say = partial(console(error=True).print, markup=False, highlight=False, soft_wrap=True)
    done: dict[str, RunResult] = {}
    failed: dict[str, str] = {}
    pictures: list[Path] = []
    for scenario in scenarios:
        label = scenario.label
        stored = _stored(scenario, out, table) if skip_current else None
        if stored is not None:
            folder, result = stored
            solved_by = result.manifest["solver"]["name"]
            note = words["is_current"].format(name=label, folder=folder, solver=solved_by)
            screen.print(note, soft_wrap=True)
            done[label] = result
            continue
        try:
            with solving_progress(console(error=True), label) as progress:
                result = simulate(scenario, progress, solver, table)
            folder = store_run(result, out)
        except (ModelError, ResultError) as error:
            failed[label] = str(error)
            say(f"{label}: failed: {error}")
            if isinstance(error, ClosureError) or scenario.all_swaps():
                say(ADVICE)
            continue
        done[label] = result
        screen.print(run_table(result.frame, result.manifest, language))
        for caution in result.manifest["cautions"]:
            say(f"{label}: caution: {caution}")
        # a static run has one year and no path to draw
        if figures and result.frame["year"].nunique() > 1:
            pictures += draw_figures(result, folder / "figures", language)
        screen.print(words["stored_in"].format(folder=folder), soft_wrap=True)
    compared = {label: r for label, r in done.items() if r.reference != r.scenario}
    if len(compared) > 1:
        screen.print(
            comparison_table(
                {label: r.frame for label, r in compared.items()},
                {label: r.reference for label, r in compared.items()},
                COMPARED,
                {label: r.scenario for label, r in compared.items()},
                language,
            )
        )
    if pictures:
        folders = sorted({str(path.parent) for path in pictures})
        screen.print(words["stored_figures"], *folders, sep="\n  ", soft_wrap=True)
    if failed:
        say(f"Failed: {', '.join(failed)}")
    return failed


def _stored(scenario: Scenario, out: Path, table: Path | None) -> tuple[Path, RunResult] | None:
    """Folder and result of the stored run of a scenario, where it is what a new one would be."""
    benchmark = prepare(scenario, table)
    place = run_folder(out, describe_inputs(scenario, benchmark, table))
    found = current_run(scenario, benchmark, place, table)
    return None if found is None else (place, found)
