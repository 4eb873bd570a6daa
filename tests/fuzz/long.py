"""The long test of mutated input: ``make fuzz``, or parts of it by ``python -m tests.fuzz.long tables=100``.

Every case goes through the command itself, in a process of its own with a limit of time (:mod:`.runner`).
A case ends well where the command did what its label says: refused it with a message and wrote nothing, or
took it. What a scenario's check calls good is solved too, every so often, and must run or fail in words.
Damaged runs and stores must be refused, or (a store) answered as the sound one is.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.fuzz.damage_runs import RUN, run_cases
from tests.fuzz.damage_stores import STORE, make_store, store_cases
from tests.fuzz.mutate_batches import batch_cases
from tests.fuzz.mutate_scenarios import scenario_cases
from tests.fuzz.mutate_tables import table_cases
from tests.fuzz.runner import Command, Outcome, lay

SEED = 20261129
COUNTS = {"scenarios": 2000, "batches": 700, "tables": 250, "runs": 1000, "stores": 300}
SECONDS = 5.0
"""A check, or a reader, ends within this."""
SOLVING = 120.0
"""A run of five sectors over a few years ends within this."""
SOLVED = 10
"""Of so many scenarios that are good one is solved."""

ACCEPTED = {"refuse": (2,), "bad": (2,), "good": (0,), "either": (0, 2), "any": (0, 2)}

Result = tuple[str, Outcome, list[str]]
"""Label, outcome, what is wrong with it."""


def _judged(label: str, outcome: Outcome, codes: Sequence[int]) -> Result:
    faults = outcome.faults
    if not faults and outcome.code not in codes:
        faults = [f"ends with {outcome.code}, not {' or '.join(map(str, codes))}"]
    return label, outcome, faults


def _files(
    command: Command,
    cases: Iterator[tuple[str, dict[str, bytes], Sequence[str]]],
    then: Callable[[Path, int], Result | None] = lambda folder, number: None,
) -> Iterator[Result]:
    for number, (label, files, arguments) in enumerate(cases):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            lay(folder, files)
            outcome = command.call(arguments, folder, SECONDS)
            yield _judged(label, outcome, ACCEPTED[label.split("/")[0]])
            if outcome.code == 0 and (more := then(folder, number)) is not None:
                yield more


def scenarios(command: Command, count: int, seed: int) -> Iterator[Result]:
    """Scenario files; of the good ones some are solved."""
    good = Counter[str]()

    def solve(folder: Path, number: int) -> Result | None:
        good["seen"] += 1
        if good["seen"] % SOLVED:
            return None
        arguments = ("run", "case.yaml", "--solver", "newton", "--no-figures", "--out", "out")
        return _judged(f"solved/{number}", command.call(arguments, folder, SOLVING), (0, 1))

    yield from _files(command, scenario_cases(seed, count), solve)


def batches(command: Command, count: int, seed: int) -> Iterator[Result]:
    """Batch files."""
    yield from _files(command, batch_cases(seed, count))


def tables(command: Command, count: int, seed: int) -> Iterator[Result]:
    """Tables, mapping files, parameters."""
    yield from _files(command, table_cases(seed, count))


def runs(command: Command, count: int, seed: int) -> Iterator[Result]:
    """Damaged folders of a stored run: all are refused."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        arguments = ("run", "ai_central", "--aggregation", "5", "--expectations", "static")
        solved = command.call((*arguments, "--solver", "newton", "--out", "sound"), folder, SOLVING)
        assert solved.code == 0, solved.err
        sound = folder / "sound" / "5" / "ai_central-tasks-static"
        for number, (label, damage, given) in enumerate(run_cases(sound, seed, count)):
            copy = folder / f"run{number}"
            shutil.copytree(sound, copy)
            damage(copy)
            outcome = command.call([str(copy) if a == RUN else a for a in given], folder, SECONDS)
            yield _judged(label, outcome, (1, 2))
            shutil.rmtree(copy)


def stores(command: Command, count: int, seed: int) -> Iterator[Result]:
    """Damaged stores of a batch: refused, or the answer of the sound one."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sound = make_store(folder)
        chance = random.Random(seed)
        right: dict[tuple[str, ...], str] = {}
        readers = {"query", "export", "sensitivity"}
        for label, damage, commands in store_cases(sound, seed, count):
            given = chance.choice([c for c in commands if c[0] in readers])
            if given not in right:
                right[given] = _answer(command, sound, given)[1]
            copy = folder / "copies" / sound.name
            shutil.copytree(sound, copy)
            damage(copy)
            outcome, answer = _answer(command, copy, given)
            result = _judged(label, outcome, (0, 2))
            if outcome.code == 0 and answer != right[given]:
                result[2].append("answers otherwise than the sound store")
            yield result
            shutil.rmtree(copy.parent)


def _answer(command: Command, store: Path, given: Sequence[str]) -> tuple[Outcome, str]:
    """What a command says of a store, and the text of the files that it writes."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place)
        more = () if given[0] == "query" else ("--out", str(out / "out"))
        arguments = [str(store) if a == STORE else a for a in given]
        outcome = command.call((*arguments, *more), out, 4 * SECONDS)
        written = [
            p.read_text(encoding="utf-8", errors="replace") for p in sorted(out.rglob("*.csv"))
        ]
    return outcome, "\n".join([outcome.out if given[0] == "query" else "", *written])


KINDS = {
    "scenarios": scenarios,
    "batches": batches,
    "tables": tables,
    "runs": runs,
    "stores": stores,
}


def main(arguments: Sequence[str]) -> int:
    """``kind=count`` for each kind that is wanted (all by default), ``seed=number``; 1 where one fails."""
    given = dict(a.split("=") for a in arguments)
    seed = int(given.pop("seed", SEED))
    wanted = {k: int(n) for k, n in given.items()} or COUNTS
    bad = 0
    with Command() as command:
        for kind, count in wanted.items():
            begin, codes, slowest = time.monotonic(), Counter[int](), 0.0
            faulty = 0
            for label, outcome, faults in KINDS[kind](command, count, seed):
                codes[outcome.code] += 1
                slowest = max(slowest, outcome.seconds)
                if faults:
                    faulty += 1
                    first = (outcome.err or outcome.out).strip().splitlines()[:1]
                    print(
                        f"  {label}: {'; '.join(faults)} | {' '.join(outcome.arguments)} | {first}"
                    )
            said = ", ".join(f"{n} ended with {code}" for code, n in sorted(codes.items()))
            print(
                f"{kind}: {count} cases, {said}; {faulty} faulty; slowest {slowest:.1f} s, all "
                f"{time.monotonic() - begin:.0f} s",
                flush=True,
            )
            bad += faulty
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
