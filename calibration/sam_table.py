"""A social accounting matrix that a user brings as a table: the base of a small economy."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import pandas as pd

from engels.calibration.sam import check_sam
from engels.data import EngelsInputError


def read_sam(source: str | Path | TextIO) -> pd.DataFrame:
    """The table at ``source`` (CSV), square and checked: rows receive, columns pay, blanks are zero.

    The first column and the header name the accounts. Rows and columns may stand in any order, and an
    account that appears only as one of the two has nothing on the other side.

    Raises
    ------
    EngelsInputError
        An entry is no number, an account stands twice, or receipts and payments of one differ.
    """
    where = "SAM" if hasattr(source, "read") else f"SAM {source}"
    text = pd.read_csv(source, index_col=0, skipinitialspace=True, dtype=str, keep_default_na=False)
    text.index = text.index.map(lambda x: str(x).strip())
    text.columns = text.columns.map(lambda x: str(x).strip())
    for side, labels in (("row", text.index), ("column", text.columns)):
        if not labels.is_unique:
            twice = labels[labels.duplicated()][0]
            raise EngelsInputError(where, f"{side} {twice} stands twice", "one row per account")
    table = pd.DataFrame(0.0, index=text.index, columns=text.columns)
    for row in text.index:
        for column in text.columns:
            entry = str(text.at[row, column]).strip()
            try:
                table.at[row, column] = float(entry) if entry else 0.0
            except ValueError:
                raise EngelsInputError(
                    f"{where}, row {row}, column {column}",
                    f"{entry!r} is no number",
                    "a number or blank",
                ) from None
    accounts = [*table.index, *(c for c in table.columns if c not in table.index)]
    table = table.reindex(index=accounts, columns=accounts, fill_value=0.0)
    check_sam(table)
    return table
