"""A social accounting matrix that a user brings as a table: the base of a small economy."""

from __future__ import annotations

import math
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
    text = pd.read_csv(
        source, header=None, index_col=0, dtype=str, keep_default_na=False, skipinitialspace=True
    ).fillna("")
    text = text.map(str.strip)
    text.columns = pd.Index(text.iloc[0])
    text = text.iloc[1:]
    text.index = text.index.map(str.strip)
    for side, labels in (("row", text.index), ("column", text.columns)):
        if not labels.is_unique:
            twice = labels[labels.duplicated()][0]
            raise EngelsInputError(where, f"{side} {twice} stands twice", "one for each account")
    accounts = list(dict.fromkeys([*text.index, *text.columns]))
    sam = pd.DataFrame(0.0, index=pd.Index(accounts), columns=pd.Index(accounts))
    for row in text.index:
        for column in text.columns:
            sam.loc[row, column] = _number(str(text.at[row, column]), f"{where}, row {row}", column)
    check_sam(sam)
    return sam


def _number(entry: str, row: str, column: str) -> float:
    try:
        value = float(entry) if entry else 0.0
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise EngelsInputError(
            f"{row}, column {column}", f"{entry!r} is no number", "a number or blank"
        )
    return value
