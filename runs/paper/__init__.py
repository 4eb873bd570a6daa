"""The tables of the paper: one module a table, found by its name."""

from __future__ import annotations

import re
from pkgutil import iter_modules


def table_modules() -> dict[str, str]:
    """Modules of the tables by key, in the order of the paper: ``t07_labour_share`` is T7.

    Imports none of them, which takes seconds.
    """
    names = sorted(module.name for module in iter_modules(__path__))
    matches = [found for name in names if (found := re.fullmatch(r"t(\d{2})_\w+", name))]
    return {f"T{int(found[1])}": found[0] for found in matches}
