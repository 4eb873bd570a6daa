"""Tables of published results beside ours, from what `make replicate` stored."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from engels.replication.replicate import CHINA, stored
from engels.replication.report import to_markdown
from engels.replication.studies import load_studies


def replicated(folder: Path) -> dict[str, Callable[[], str]]:
    """Tables of the studies below a folder: ``replication-KEY``, with the China model ``...-china``."""
    stems = [x for study in load_studies() for x in (study.key, f"{study.key}-{CHINA}")]
    return {
        f"replication-{stem.replace('_', '-')}": partial(study_table, folder, stem)
        for stem in stems
    }


def study_table(folder: Path, stem: str) -> str:
    """One of them, in Markdown."""
    return to_markdown(stored(folder, stem))
