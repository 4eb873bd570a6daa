"""The tables of the paper, found among the modules of this folder."""

from __future__ import annotations

from importlib import import_module

from engels.runs.paper import table_modules
from engels.runs.paper.paper_table import PaperTable


def _table(key: str, module: str) -> PaperTable:
    """Raises ValueError where the module's table bears another number."""
    table: PaperTable = import_module(f"engels.runs.paper.{module}").TABLE
    if table.key != key:
        raise ValueError(f"runs/paper/{module}.py: holds table {table.key}, not {key}")
    return table


TABLES: dict[str, PaperTable] = {key: _table(key, name) for key, name in table_modules().items()}
"""The tables by key, in the order of the paper."""
