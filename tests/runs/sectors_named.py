"""Scenarios of the library that name a sector which small economies do not tell apart."""

from __future__ import annotations

from engels.runs.scenario import load_scenario
from engels.runs.schema import library


def of_43_sectors() -> set[str]:
    """They name a sector by its number, and can be run at 43 sectors alone."""
    return {
        name
        for name in library()
        for part in load_scenario(name).parts()
        for shock in part.shocks
        if any(code.isdigit() for code in shock.sectors or ())
    }
