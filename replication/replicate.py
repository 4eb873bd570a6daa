"""Run the studies, show and store their tables, and keep what has not changed.

replicated/acemoglu_2024.csv               numbers of the study beside ours
replicated/acemoglu_2024.pdf, .png         its picture, where it has one
replicated/acemoglu_2024-exposure.csv      a further table of it
replicated/acemoglu_2024-china.csv, ...    the China model beside it, where it has runs
replicated/studies.json                    what each was made from, as hashes
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from rich.console import Console

from engels.calibration import calibrate
from engels.data import EngelsInputError
from engels.data.files import checksum
from engels.model.algebra.errors import ModelError
from engels.replication.report import to_screen, write_outcome
from engels.replication.sheet import HERE
from engels.replication.studies import load_studies
from engels.replication.study import Study
from engels.runs.console.screen import console
from engels.runs.paper.tables import StoredRuns
from engels.runs.scenarios.scenario import prepare
from engels.runs.store.code import code_digest, data_digests, modules_of
from engels.runs.store.inputs import packaged_inputs
from engels.runs.store.ledger import Ledger
from engels.runs.store.results import ResultError

LEDGER = "studies.json"
AGGREGATION = "43"
"""Sectors of the runs beside the studies."""

CHINA = "china"
"""What the files with the China model are called, behind the study's key."""


def replicate(
    out: Path,
    results: Path,
    only: Sequence[str] | None = None,
    console: Console | None = None,
    studies: Iterable[Study] | None = None,
) -> bool:
    """Run the studies that are not up to date, show all; whether all that was printed came out.

    ``results`` is where runs of the China model are read from and stored. A study that cannot be
    computed says so in one line, and the others go on. Raises EngelsInputError for an unknown study.
    """
    console = console or wide_console()
    say: Callable[[str], None] = partial(console.print, markup=False)
    chosen = tuple(load_studies(only) if studies is None else studies)
    runs = StoredRuns(results, AGGREGATION, "newton")
    runs.fetch((need for study in chosen for need in study.needs), say)
    ledger = Ledger(out, LEDGER)
    good = True
    for study in chosen:
        broken = [runs.failed[need] for need in study.needs if need in runs.failed]
        try:
            if broken:
                raise EngelsInputError("; ".join(broken))
            how = _update(study, runs, ledger)
        except (EngelsInputError, ModelError, ResultError, ArithmeticError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            say(f"{study.key}: failed: {first}")
            good = False
            continue
        verdicts = _show(study, ledger, console)
        missed, met = verdicts.count("MISSED"), verdicts.count("ok")
        said = f"{met} of {met + missed} seen printed are reproduced"
        say(f"{study.key}: {how}; {said}")
        good = good and not missed
    return good


def wide_console() -> Console:
    """The screen; where there is none (a file, a pipe), lines that hold a table."""
    screen = console()
    return screen if screen.is_terminal else console(width=160)


def hashes(study: Study) -> dict[str, str]:
    """Everything that the study's own part is made from, by name."""
    makers = modules_of(study.run, study.beside, write_outcome)
    found = {"engels": version("engels")}
    if study.beside is not None:  # it is given the calibrated economy with the runs
        makers += modules_of(calibrate, prepare)
        found |= packaged_inputs(AGGREGATION)
    found |= {"code": code_digest(*makers), **data_digests(*makers)}
    for path in (HERE / f"{study.key}.yaml", *study.inputs):
        if path.is_file():
            found[f"{path.parent.name}/{path.name}"] = checksum(path.read_bytes())
    return found


def _update(study: Study, runs: StoredRuns, ledger: Ledger) -> str:
    made_from = hashes(study) | runs.hashes_of(study.needs)
    if ledger.current(study.key, made_from) is not None:
        return "up to date"
    parts = {"": study.run()}
    if study.beside is not None:
        parts[CHINA] = study.beside(runs.of(study.needs))

    def write(folder: Path) -> None:
        for part, outcome in parts.items():
            write_outcome(outcome, folder, "-".join(x for x in (study.key, part) if x), study.title)

    notes = {part: outcome.notes for part, outcome in parts.items()}
    ledger.make(study.key, made_from, write, notes=notes)
    return "made"


def stored(folder: Path, stem: str) -> pd.DataFrame:
    """A stored table of a study."""
    frame = pd.read_csv(folder / f"{stem}.csv", dtype=str, keep_default_na=False).astype(object)
    for column in ("published", "not_published", "ours", "difference"):
        frame[column] = [_typed(x) for x in frame[column]]
    return frame


def _typed(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _show(study: Study, ledger: Ledger, console: Console) -> list[str]:
    """Print the stored tables and notes of a study; the verdict on each number."""
    entry = ledger.read()[study.key]
    verdicts: list[str] = []
    for part, notes in sorted(entry["notes"].items()):
        frame = stored(ledger.folder, "-".join(x for x in (study.key, part) if x))
        verdicts += frame["verdict"].astype(str).tolist()
        title = "The China model beside it" if part else f"{study.title}\n{study.reference}"
        console.print(to_screen(frame, title) if len(frame) else title)
        for note in notes:
            console.print(f"  {note}", markup=False)
    return verdicts
