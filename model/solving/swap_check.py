"""What a swap found, looked at: whether its instrument may be that, and whether it is the only answer.

A swap fixes a target and finds the instrument that brings it there. Every equation then holds, whatever
the instrument had to become. So each instrument is held to the range of its driver, and a run says where

    weak      a little more of the target takes a large part of the instrument's range
    turned    more of the target takes more of the instrument in some years and less in others: the
              target is then near the most that the instrument can bring, and a second answer lies beyond
    jump      the instrument moves from one year to the next as it does nowhere else on its path
    others    the same targets are reached by another path of the instrument

Answers are tangents of the solved economy: with targets y and instruments z, and all equations held,

    dz = D dy        D: one column for each year of a target
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from engels.model.algebra.errors import SolveError
from engels.model.algebra.point import Values, restore, snapshot
from engels.model.blocks.declarations import SIGNED
from engels.model.blocks.library import DRIVERS
from engels.model.solving.closures import Swap
from engels.model.solving.compiled import Compiled
from engels.model.solving.multistart import Multistart, distance, multistart
from engels.model.solving.newton import NewtonSystem
from engels.model.solving.solve import NewtonEngine

Array = NDArray[np.float64]

MORE = 1.0e-3
"""The little more that is asked of a target: 0.1 points of a share or rate, 0.1% of any other."""
LARGE = 0.1
"""A part of an instrument's range that is large."""
JUMP = 10.0
"""A step from year to year is a jump where it is so many times the median step of the path, ..."""
JUMP_LEAST = 0.02
"""... and so large a part of the instrument's range."""
STARTS, SPREAD, SEED = 3, 0.1, 1
"""Scattered starts from which a run with swaps is solved again; see ``multistart.py``."""
SHARES = ("labour_share", "investment_rate", "government_rate")
"""Targets that are shares: more of them is counted in points."""


@dataclass(frozen=True)
class Held:
    """One swap at work: its target and instrument, and the place of each year's entry.

    ``targets`` and ``instruments`` hold the names and indices of the entries, by year.
    """

    target: str
    instrument: str
    years: tuple[int, ...]
    target_keys: tuple[Any, ...]
    instrument_keys: tuple[Any, ...]


def held(
    entries: Mapping[str, Iterable[Any]], years: Sequence[int], swaps: Sequence[Swap]
) -> list[Held]:
    """The swaps that have one target and one instrument a year.

    ``entries`` holds the indices of every variable by its name: a solved path, or a model's variables;
    ``years`` are those of swaps that hold in all years.
    """
    found = []
    for swap in swaps:
        mine = tuple(swap.years if swap.years is not None else years)
        sides = [
            [[k for k in entries[name] if _year(k) == t and _of(k, of)] for t in mine]
            for name, of in ((swap.target, None), (swap.instrument, swap.of))
        ]
        if mine and all(len(keys) == 1 for side in sides for keys in side):
            targets, instruments = (tuple(keys[0] for keys in side) for side in sides)
            found.append(Held(swap.target, swap.instrument, mine, targets, instruments))
    return found


def _of(key: Any, part: str | None) -> bool:
    return part is None or (isinstance(key, tuple) and key[0] == part)


def require_in_range(values: Values, swaps: Sequence[Swap]) -> None:
    """Raise ``SolveError`` where an instrument had to leave the range of its driver.

    ``swaps`` are the swaps of a run, ``values`` its solved path.
    """
    for swap in swaps:
        driver = DRIVERS.get(swap.instrument)
        if driver is None:
            continue
        wrong = [
            (_year(k), x)
            for k, x in values[swap.instrument].items()
            if (swap.years is None or _year(k) in swap.years)
            and _of(k, swap.of)
            and not driver.low <= x <= driver.high
        ]
        if wrong:
            year, x = min(wrong)
            worst = max((abs(x) for _, x in wrong))
            raise SolveError(
                f"{swap.target} can be brought to its path only by {swap.instrument} outside its "
                f"range: {x:,.4g} in {year} ({len(wrong)} years outside, at most {worst:,.4g}); it must "
                f"lie from {driver.low:g} to {driver.high:g} ({driver.unit}); ask for less of the "
                "target, or take another instrument"
            )


def answers(system: NewtonSystem, swaps: Sequence[Held]) -> tuple[Array, Array]:
    """How the economy answers to targets: (tangents, D), at the values that the model holds.

    ``tangents`` has a row for each year of each target, the movement of all entries of ``x``; ``D``
    (instruments x targets) is the instruments' part. Raises ``RuntimeError`` where the Jacobian is
    singular.
    """
    x, free = system.values(), system.unknowns()
    m = system.model
    targets = [system.position[id(m.component(s.target)[k])] for s in swaps for k in s.target_keys]
    moved = [
        system.position[id(m.component(s.instrument)[k])] for s in swaps for k in s.instrument_keys
    ]
    moves = np.zeros((len(targets), len(x)))
    moves[np.arange(len(targets)), targets] = 1.0
    tangents = system.tangents(x, free, moves)
    return tangents, tangents[:, moved].T


def _asked(target: str, levels: Array) -> Array:
    """The little more of a target, by year, in its own units."""
    return np.full(len(levels), MORE) if target in SHARES else MORE * np.abs(levels)


def _said(target: str) -> str:
    return f"{100 * MORE:g} points" if target in SHARES else f"{100 * MORE:g}%"


def weak_or_turned(m: pyo.ConcreteModel, swaps: Sequence[Held], d: Array) -> list[str]:
    """Cautions on how the instruments answer; ``d`` is D of :func:`answers`."""
    found = []
    begin = 0
    for s in swaps:
        part = slice(begin, begin + len(s.years))
        begin += len(s.years)
        levels = np.array([m.component(s.target)[k].value for k in s.target_keys], dtype=float)
        move = d[part, part] @ _asked(s.target, levels)
        width = _width(s.instrument)
        largest = int(np.argmax(np.abs(move)))
        if width is not None and abs(move[largest]) > LARGE * width:
            found.append(
                f"{s.target} hardly answers to {s.instrument}: {_said(s.target)} more of it would take "
                f"{move[largest]:+,.3g} of {s.instrument} in {s.years[largest]}"
            )
        firm = np.abs(move) > 0.05 * np.abs(move).max()
        signs = np.sign(move[firm])
        if len(signs) and signs.min() != signs.max():
            years = np.array(s.years)[firm]
            turn = int(years[int(np.argmax(signs != signs[0]))])
            found.append(
                f"{s.target} turns in its answer to {s.instrument} from {turn} on: more of it takes "
                "more of the instrument in some years and less in others, so that a second answer is "
                "likely"
            )
    return found


def _width(instrument: str) -> float | None:
    driver = DRIVERS.get(instrument)
    return None if driver is None else driver.high - driver.low


def jumps(values: Values, swaps: Sequence[Held]) -> list[str]:
    """Cautions on instruments that jump from a year to the next on a solved path."""
    found = []
    for s in swaps:
        path = np.array([values[s.instrument][k] for k in s.instrument_keys], dtype=float)
        steps = np.abs(np.diff(path))
        if len(steps) < 3:
            continue
        wanted = np.array([values[s.target][k] for k in s.target_keys], dtype=float)
        asked = np.abs(np.diff(wanted))
        width = _width(s.instrument)
        at = int(np.argmax(steps))
        usual = float(np.median(steps))
        own = asked[at] >= JUMP * max(float(np.median(asked)), 1e-12)
        if width is not None and steps[at] > max(JUMP * usual, JUMP_LEAST * width) and not own:
            found.append(
                f"{s.instrument} jumps from {path[at]:,.4g} in {s.years[at]} to {path[at + 1]:,.4g} in "
                f"{s.years[at + 1]}, {steps[at] / max(usual, 1e-12):,.0f} times its usual step"
            )
    return found


def others(
    m: pyo.ConcreteModel, system: NewtonSystem, swaps: Sequence[Held], tangents: Array, d: Array
) -> list[str]:
    """Cautions on other equilibria of the same closure; the model keeps its values.

    Starts are scattered around the solution, and two lie where the tangents of the targets lead the
    instruments far from it, to either side.
    """
    origin = snapshot(m)
    x, free = system.values(), system.unknowns()
    directed: list[Values] = []
    begin = 0
    for s in swaps:
        part = slice(begin, begin + len(s.years))
        begin += len(s.years)
        width = _width(s.instrument)
        way, move = tangents[part].sum(axis=0), np.abs(d[part, part].sum(axis=1)).max()
        if width is None or not move > 0:
            continue
        for side in (1.0, -1.0):
            trial = x.copy()
            trial[free] += side * (width / 4 / move) * way[free]
            # a linear step so long would take quantities below zero
            trial = np.where(
                (x > 0) & (trial <= 0.2 * x), 0.2 * x, np.minimum(trial, np.abs(x) * 5 + 1)
            )
            system.load(trial)
            directed.append(snapshot(m))
    restore(m, origin)
    found = multistart(
        m,
        STARTS,
        SEED,
        spread=SPREAD,
        years=list(m.stock_years),
        signed=SIGNED,
        by=NewtonEngine(),
        also=directed,
    )
    restore(m, origin)
    return _others_in_words(found, swaps)


def _others_in_words(found: Multistart, swaps: Sequence[Held]) -> list[str]:
    texts = []
    first = found.solutions[0] if found.solutions else None
    for other in found.solutions[1:]:
        for s in swaps:
            assert first is not None
            a, b = (
                np.array([q.values[s.instrument][k] for k in s.instrument_keys], dtype=float)
                for q in (first, other)
            )
            at = int(np.argmax(np.abs(a - b)))
            if distance(a, b) > 1e-4:
                texts.append(
                    f"another equilibrium reaches the same {s.target}, with {s.instrument} at "
                    f"{b[at]:,.4g} in {s.years[at]} where this run has {a[at]:,.4g}; see `engels multistart`"
                )
    return list(dict.fromkeys(texts))


def look_at(e: Compiled, swaps: Sequence[Swap], search: bool = True) -> list[str]:
    """All cautions on the swaps of a solved model, ``e`` at its solution; it keeps its values.

    ``search`` looks for other equilibria too, which takes several solves.
    """
    mine = held(e.values, list(e.model.years), swaps) if swaps else []
    if not mine:
        return []
    system = NewtonEngine().system(e)
    e.load()
    m = e.model
    try:
        tangents, d = answers(system, mine)
    except RuntimeError as error:
        which = ", ".join(f"{s.target} by {s.instrument}" for s in mine)
        return [f"{which}: the economy has no tangent where it was solved ({error})"]
    found = others(m, system, mine, tangents, d) if search else []
    return [*weak_or_turned(m, mine, d), *found]


def _year(index: Any) -> int:
    return int(index[-1] if isinstance(index, tuple) else index)
