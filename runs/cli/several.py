"""Several runs one after the other: solve, store, draw, show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from engels.data import EngelsInputError
from engels.model.algebra.errors import ClosureError, ModelError
from engels.runs.console.progress import solving_progress
from engels.runs.console.screen import console
from engels.runs.indicators.headline import comparison_table, run_table
from engels.runs.indicators.labels import labels
from engels.runs.scenarios.scenario import Economies, cautions
from engels.runs.scenarios.schema import Scenario
from engels.runs.scenarios.variant import Changes, choose
from engels.runs.simulation.simulate import ReportError, Session
from engels.runs.store.cache import user_cache
from engels.runs.store.current import current_run
from engels.runs.store.folders import writable
from engels.runs.store.inputs import RunResult, identity
from engels.runs.store.results import (
    ResultError,
    check_place,
    run_folder,
    store_run,
    store_unreported,
)

ADVICE = (
    "`engels diagnose`, with the same scenario and settings, says what its closure leaves "
    "undetermined and what it gives twice"
)
"""What to do after a failed solve in which a closure is, or may be, at fault."""

COMPARED = 2035
"""Year of the table that compares all runs."""


def run_all(
    names: Sequence[str],
    changes: Changes,
    out: Path,
    language: str = "en",
    solver: str = "newton",
    table: Path | None = None,
    *,
    figures: bool = True,
    skip_current: bool = False,
    replace: bool = False,
) -> dict[str, Exception]:
    """Solve, store and show every scenario of these names; draw figures of it too.

    With ``skip_current`` a run that is stored and is what a new one would be is shown from its
    folder, not solved. A run that fails does not stop the others, unless it is the disk that fails.
    Returns its label and error; nothing of it is stored. ``replace`` lets runs replace others of their
    name.

    Raises EngelsInputError, before anything is solved, where a scenario is wrong, two have one name,
    ``out`` cannot be written, or another run is stored in the place of one of them.
    """
    words = labels(language)
    economies = Economies(table)
    scenarios = choose(names, changes, economies)
    # a message stays on its line however narrow the terminal, so that it can be searched for
    say = partial(console(error=True).print, markup=False, highlight=False, soft_wrap=True)
    for scenario in scenarios:
        for line in cautions(scenario, economies.of(scenario)):
            say(f"caution: {line}")
    writable(out)
    for scenario in scenarios:
        check_place(scenario, out, table, replace)
    if figures:
        _check_font(language)
    session = Session(solver, economies, user_cache())
    screen = console()
    done: dict[str, RunResult] = {}
    failed: dict[str, Exception] = {}
    drawn: list[Path] = []
    for number, scenario in enumerate(scenarios):
        label = scenario.label
        stored = _stored(scenario, out, session) if skip_current else None
        if stored is not None:
            folder, result = stored
            solved_by = result.manifest["solver"]["name"]
            note = words["is_current"].format(name=label, folder=folder, solver=solved_by)
            screen.print(note, soft_wrap=True)
            done[label] = result
            continue
        try:
            with solving_progress(console(error=True), label) as progress:
                result = session.run(scenario, progress)
            # what was found is on the screen before it is stored and drawn, which may take longer
            screen.print(run_table(result.frame, result.manifest, language))
            for caution in result.manifest.get("cautions", []):
                say(f"{label}: caution: {caution}")
            # a static run has one year and no path to draw
            paths = figures and result.frame["year"].nunique() > 1
            undrawn: list[EngelsInputError] = []
            draw = partial(_draw, result, language, undrawn) if paths else None
            folder = store_run(result, out, replace=replace, draw=draw)
        except (ModelError, ResultError, EngelsInputError, OSError) as error:
            failed[label] = error
            said = str(error)
            if isinstance(error, OSError):
                said = f"{error.filename or out}: {error.strerror}"
            if isinstance(error, ReportError):
                said += f"; its solution is kept in {store_unreported(error.run, out)}"
            say(f"{label}: failed: {said}")
            if isinstance(error, ClosureError) or (
                isinstance(error, ModelError) and scenario.all_swaps()
            ):
                say(ADVICE)
            if isinstance(error, OSError):
                # the next could not be stored either
                left = [s.name for s in scenarios[number + 1 :]]
                if left:
                    say(f"Not solved: {', '.join(left)}")
                break
            continue
        done[label] = result
        for trouble in undrawn:
            failed[f"{label}, figures"] = trouble
            say(f"{label}: its figures could not be drawn: {trouble}")
        if draw is not None and not undrawn:
            drawn.append(folder / "figures")
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
                thresholds=[r.pause_threshold for r in compared.values()],
            )
        )
    if drawn:
        folders = sorted(map(str, drawn))
        screen.print(words["stored_figures"], *folders, sep="\n  ", soft_wrap=True)
    if failed:
        say(f"Failed: {', '.join(failed)}")
    return failed


def _check_font(language: str) -> None:
    """A missing font is said before an hour of solving, not after."""
    if language != "zh":
        return
    # what draws takes a second to load; a headline does not wait for it
    from engels.runs.report.page import style

    try:
        with style(language):
            pass
    except EngelsInputError as error:
        raise EngelsInputError(f"{error}, or draw none with --no-figures") from None


def _draw(result: RunResult, language: str, undrawn: list[EngelsInputError], folder: Path) -> None:
    """Figures into ``folder``; what stops them is noted, and does not lose the solved run."""
    from engels.runs.report.figures import draw_figures

    try:
        draw_figures(result, folder, language)
    except EngelsInputError as error:
        undrawn.append(error)
        for path in folder.iterdir():
            path.unlink()


def _stored(scenario: Scenario, out: Path, session: Session) -> tuple[Path, RunResult] | None:
    """Folder and result of the stored run of a scenario, where it is what a new one would be."""
    place = run_folder(out, identity(scenario, session.table))
    found = current_run(scenario, session.economies.of(scenario), place, session.table)
    return None if found is None else (place, found)
