"""Several runs one after the other: solve, store, draw, show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from engels.data import EngelsInputError
from engels.model.errors import ClosureError, ModelError
from engels.runs.figures import draw_figures
from engels.runs.headline import comparison_table, run_table, solving_progress
from engels.runs.results import ResultError, RunResult, check_place, source_of, store_run
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


def each_once(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """The scenarios, one that is asked for twice only once.

    Raises EngelsInputError where two that differ have one name: they would have one folder.
    """
    found: dict[str, Scenario] = {}
    for scenario in scenarios:
        first = found.setdefault(scenario.name, scenario)
        if (source_of(first), first.identity()) != (source_of(scenario), scenario.identity()):
            raise EngelsInputError(
                f"{scenario.source.where(('name',))}: {scenario.name!r} is the name of "
                f"{first.source.path} too, which is to be run with it; rename one of them, or run them "
                "apart with another --out"
            )
    return list(found.values())


def run_all(
    scenarios: Sequence[Scenario],
    out: Path,
    language: str | None,
    solver: str = "ipopt",
    table: Path | None = None,
    replace: bool = False,
) -> dict[str, Exception]:
    """Solve, store and show every scenario; draw figures where a language for them is given.

    A run that fails does not stop the others, unless it is the disk that fails. Returns its name and
    error; nothing of it is stored. ``replace`` lets runs replace others of their name.

    Raises EngelsInputError, before anything is solved, where two scenarios have one name, ``out`` cannot
    be written, or another run is stored in the place of one of them.
    """
    scenarios = each_once(scenarios)
    for scenario in scenarios:
        check_place(scenario, out, table, replace)
    screen = console()
    # a message stays on its line however narrow the terminal, so that it can be searched for
    say = partial(console(error=True).print, markup=False, highlight=False, soft_wrap=True)
    done: dict[str, RunResult] = {}
    failed: dict[str, Exception] = {}
    drawn: list[Path] = []
    for number, scenario in enumerate(scenarios):
        try:
            with solving_progress(screen, scenario.name) as progress:
                result = simulate(scenario, progress, solver, table)
            # a static run has one year and no path to draw
            paths = language is not None and result.frame["year"].nunique() > 1
            draw = partial(draw_figures, result, language=language or "en") if paths else None
            folder = store_run(result, out, replace=replace, draw=draw)
        except (ModelError, ResultError, EngelsInputError, OSError) as error:
            failed[scenario.name] = error
            said = str(error)
            if isinstance(error, OSError):
                said = f"{error.filename or out}: {error.strerror}"
            say(f"{scenario.name}: failed: {said}")
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
        done[scenario.name] = result
        screen.print(run_table(result.frame, result.manifest, language or "en"))
        for words in result.manifest["cautions"]:
            say(f"{scenario.name}: caution: {words}")
        if draw is not None:
            drawn.append(folder / "figures")
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
    if drawn:
        folders = sorted(map(str, drawn))
        screen.print(
            "Figures (PDF and PNG):", *folders, sep="\n  ", highlight=False, soft_wrap=True
        )
    if failed:
        say(f"Failed: {', '.join(failed)}")
    return failed
