"""``engels multistart``: whether a run has other equilibria near the one that was found.

The run is solved, and its economy is then solved again from starts scattered around it: the whole path
under foresight, every year by itself recursively, at the stocks that the run hands on to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engels.model.blocks.declarations import SIGNED
from engels.model.solving.multistart import Found, Multistart, distance, multistart
from engels.model.solving.solve import engine
from engels.model.solving.words import variable_in_words
from engels.runs.analysis.diagnosis import economies
from engels.runs.scenarios.schema import Scenario
from engels.runs.simulation.simulate import Progress, Session
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import change_stored, load_run, run_folder
from engels.runs.store.seal import MANIFEST

SPREAD = 0.1
"""Standard deviation of the logarithm of the starts: from wider ones few solves of a whole path arrive."""
SHOWN = 5
"""Variables in which two equilibria are compared."""


@dataclass(frozen=True)
class Search:
    """What was found for a run: one :class:`Multistart` for each economy, under its years."""

    scenario: str
    starts: int
    seed: int
    spread: float
    parts: tuple[tuple[str, Multistart], ...]

    @property
    def unique(self) -> bool:
        """Whether no economy was found to have more than one equilibrium."""
        return all(len(found.solutions) <= 1 for _, found in self.parts)

    def finding(self) -> dict[str, Any]:
        """Figures for a manifest.

        ``starts`` is per economy, the run's own solution not counted; ``solved``, ``failed`` and
        ``negative`` add up economies; ``solutions`` is the largest number of any of them; and
        ``largest_difference`` is the largest relative difference of any unknown between two solves
        of one economy.
        """
        found = [f for _, f in self.parts]
        return {
            "starts": self.starts,
            "seed": self.seed,
            "spread": self.spread,
            "economies": len(found),
            "solved": sum(s.count for f in found for s in f.solutions),
            "failed": sum(len(f.failed) for f in found),
            "negative": sum(s.count for f in found for s in f.no_economy),
            "solutions": max(len(f.solutions) for f in found),
            "largest_difference": max(_apart(f) for f in found),
        }

    def lines(self) -> list[str]:
        """The finding as text."""
        sums = self.finding()
        text = []
        if len(self.parts) == 1:
            title, found = self.parts[0]
            text.append(f"{self.scenario}, {title}: {found.summary()}")
        else:
            tried = sums["solved"] + sums["failed"] + sums["negative"]
            text.append(
                f"{self.scenario}, {self.parts[0][0]}-{self.parts[-1][0]}: {sums['solved']:,} of "
                f"{tried:,} starts in {len(self.parts)} years were solved (seed {self.seed} and "
                f"following, spread {self.spread:g})"
            )
            text += [
                f"{title}: {found.summary()}" for title, found in self.parts if not found.unique
            ]
        text.append(f"largest difference between two solves: {sums['largest_difference']:.0e}")
        for title, found in self.parts:
            for number, other in enumerate(found.solutions[1:], 2):
                text.append(f"{title}: solution {number} against solution 1")
                text += [f"  {line}" for line in _compared(found.solutions[0], other)]
        text.append(
            "no other equilibrium was found, which is evidence and not a proof that there is none"
            if self.unique
            else "the run reports one of several equilibria"
        )
        return text


def search(
    scenario: Scenario,
    starts: int,
    seed: int,
    *,
    spread: float = SPREAD,
    solver: str = "newton",
    progress: Progress | None = None,
) -> tuple[Search, RunResult]:
    """Solve a scenario, and solve its economy again from scattered starts.

    Raises
    ------
    EngelsInputError: the scenario asks for something impossible.
    engels.model.algebra.errors.SolveError: the run itself could not be solved.
    """
    session = Session(solver)
    run = session.run(scenario, progress)
    b = session.economies.of(scenario)
    growth = float(run.manifest["horizon_growth"])
    by = engine(solver)
    built = list(economies(scenario, b, run.solution or {}, growth, every_year=True))
    parts = []
    for number, (title, m) in enumerate(built):

        def advance(done: int, each: int, before: int = number) -> None:
            if progress is not None:
                progress("starts", before * each + done, len(built) * each)

        found = multistart(
            m,
            starts,
            seed + number,  # else every year would see the same directions
            spread=spread,
            years=list(m.stock_years),
            signed=SIGNED,
            by=by,
            progress=advance,
        )
        parts.append((title, found))
    return Search(scenario.name, starts, seed, spread, tuple(parts)), run


def note(finding: Search, run: RunResult, root: Path) -> Path | None:
    """Write the finding into the manifest of the stored run, under ``multistart``.

    Returns the run's folder; None where the run is not stored below ``root``, or was stored from
    other inputs, so that the finding is not about it. Raises EngelsInputError where the stored run is
    damaged.
    """
    folder = run_folder(root, run.manifest)
    if not (folder / MANIFEST).is_file():
        return None
    stored = load_run(folder).manifest
    same = ("source", "table", "inputs", "parameters", "last_year", "announced", "versions", "code")
    if any(stored.get(key) != run.manifest.get(key) for key in same):
        return None

    def add(_: Path, manifest: dict[str, Any]) -> None:
        manifest["multistart"] = finding.finding()

    change_stored(folder, stored, add)
    return folder


def _apart(found: Multistart) -> float:
    """Largest relative difference of an unknown between any two solves of one economy."""
    first = found.solutions[:1]
    within = [s.apart for s in found.solutions]
    across = [_differences(a, s)[0][0] for a in first for s in found.solutions[1:]]
    return max([0.0, *within, *across])


def _differences(a: Found, b: Found) -> list[tuple[float, str, Any, float, float]]:
    """(difference, variable, index, value in a, value in b) of every variable, the largest first."""
    found = [
        (distance(np.array([x]), np.array([b.values[name][k]])), name, k, x, b.values[name][k])
        for name, entries in a.values.items()
        for k, x in entries.items()
    ]
    return sorted(found, key=lambda d: -d[0])


def _compared(a: Found, b: Found) -> list[str]:
    return [
        f"{variable_in_words(name, k)}: {x:.6g} and {y:.6g}"
        for _, name, k, x, y in _differences(a, b)[:SHOWN]
    ]
