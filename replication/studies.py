"""The studies, in the order of the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from engels.data import EngelsInputError
from engels.replication.study import Study

MODULES = (
    "acemoglu_2024",
    "korinek_suh_2024",
    "aghion_jones_jones",
    "guo_2019",
    "eloundou_2023",
    "allen_2009",
    "jones_2026",
    "nordhaus_2021",
    "chen_2019",
    "acemoglu_restrepo_2019",
    "cui_2022",
    "gate_2025",
)
"""Modules of this package that define a ``STUDY``, which is named as its module."""


def load_studies(keys: Sequence[str] | None = None) -> tuple[Study, ...]:
    """The studies asked for, all by default; EngelsInputError for one that is not there."""
    wanted = [key.strip() for text in keys or () for key in text.split(",")]
    for key in wanted:
        if key not in MODULES:
            raise EngelsInputError(
                f"--only: unknown study {key!r}; it is one of {', '.join(MODULES)}"
            )
    return tuple(load_study(key) for key in MODULES if not wanted or key in wanted)


def load_study(key: str) -> Study:
    """The study of a module."""
    found = import_module(f"engels.replication.{key}").STUDY
    assert isinstance(found, Study) and found.key == key
    return found
