"""Bring another table: from the layout the statistical office prints to the tidy file.

The printed layout has ``code,name_en,name_zh``, one column per sector, then the publisher's codes
of final use; below the sectors stand the rows of value added. Figures are in 10,000 yuan, imports
are positive.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from engels.data.errors import EngelsInputError
from engels.data.files import numbers, read_bytes, read_frame
from engels.data.table import build_table, read_sectors

# Publisher's code -> name in the tidy file, and whether the table must have it.
PRINTED_COLUMNS = {
    "TIU": ("intermediate_use", False),
    "FU101": ("rural", True),
    "FU102": ("urban", True),
    "FU103": ("government", True),
    "FU201": ("gfcf", True),
    "FU202": ("inventory", True),
    "EX": ("exports", True),
    "TFU": ("final_use", False),
    "IM": ("imports", True),
    "ERR": ("error", False),
    "GO": ("output", True),
}
PRINTED_ROWS = {
    "TII": ("intermediate_input", False),
    "VA001": ("labour", True),
    "VA002": ("production_tax", True),
    "VA003": ("depreciation", True),
    "VA004": ("surplus", True),
    "TVA": ("value_added", False),
    "TI": ("total_input", False),
}
# Subtotals that the tidy file leaves out once they are found to be the sum of their parts.
PRINTED_SUBTOTALS = {
    "THC": ("FU101", "FU102"),
    "TC": ("FU101", "FU102", "FU103"),
    "GCF": ("FU201", "FU202"),
}
SUBTOTAL_TOLERANCE = 1.0  # 10,000 yuan: printed subtotals are rounded on their own


def import_matrix(path: Path | str, year: int, out: Path | str) -> Path:
    """Turn a printed input-output table into the tidy file and check it.

    Parameters
    ----------
    path
        CSV with ``code,name_en,name_zh``, a column for each sector and the publisher's codes
        (``FU101 FU102 FU103 FU201 FU202 EX IM GO``, optionally ``ERR`` and the totals) and a row
        for each sector and for ``VA001 VA002 VA003 VA004``; 10,000 yuan; imports positive.
    year
        Year of the table.
    out
        Folder to write to. ``<year>-<number of sectors>.csv`` and the list
        ``sectors-<number>.csv`` are written there, the table only when every check passes.

    Returns
    -------
    Path of the tidy file, ready for :func:`engels.data.load_table_file`.

    Raises
    ------
    EngelsInputError
        When the layout is another one or the accounts do not close.
    """
    source = str(path)
    printed = read_frame(read_bytes(Path(path), source), source, ("code", "name_en", "name_zh"))
    sectors = [name for name in printed.columns[3:] if name in set(printed["code"])]
    if not sectors:
        raise EngelsInputError(
            source,
            "no column is named like a row",
            "sector codes must name both the rows and the columns",
        )
    _check_layout(printed, sectors, source)
    printed = printed.set_index("code", drop=False)
    rows = [*sectors, *(code for code in PRINTED_ROWS if code in printed.index)]
    columns = [*sectors, *(code for code in PRINTED_COLUMNS if code in printed.columns)]
    grid = pd.DataFrame(
        {
            column: numbers(
                printed.loc[rows if column in sectors else sectors, column],
                f"{source}, column {column}",
            )
            for column in [*columns, *(c for c in PRINTED_SUBTOTALS if c in printed.columns)]
        },
        index=rows,
    )
    _check_subtotals(grid.loc[sectors], source)

    tidy_names = {code: name for code, (name, _) in {**PRINTED_COLUMNS, **PRINTED_ROWS}.items()}
    lines = ["row,column,value_10k_yuan"]
    values = grid[columns].to_numpy()
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            # Zero cells are left out; NaN is value added under final use, which has no meaning.
            if values[i, j] != 0 and not np.isnan(values[i, j]):
                name, use = tidy_names.get(row, row), tidy_names.get(column, column)
                lines.append(f"{name},{use},{_digits(values[i, j])}")
    content = ("\n".join(lines) + "\n").encode()
    names = printed.loc[sectors, ["code", "name_en", "name_zh"]]
    listed = names.to_csv(index=False, lineterminator="\n").encode()
    detail = str(len(sectors))
    build_table(content, source, year, detail, read_sectors(listed, source))

    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"sectors-{detail}.csv").write_bytes(listed)
    target = folder / f"{year}-{detail}.csv"
    target.write_bytes(content)
    return target


def _digits(value: float) -> str:
    """Shortest text that reads back as the same number."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _check_layout(printed: pd.DataFrame, sectors: list[str], source: str) -> None:
    """Rows and columns complete, unique, and none that would be dropped without a word."""
    required = [code for code, (_, needed) in PRINTED_COLUMNS.items() if needed]
    known = {*sectors, *PRINTED_COLUMNS, *PRINTED_SUBTOTALS}
    absent = [code for code in required if code not in printed.columns]
    unknown = [code for code in printed.columns[3:] if code not in known]
    if absent or unknown:
        raise EngelsInputError(
            f"{source}, header",
            "; ".join(
                f"{word} column {', '.join(found[:5])}"
                for word, found in (("no", absent), ("unknown", unknown))
                if found
            ),
            f"columns are code, name_en, name_zh, the sectors and {', '.join(PRINTED_COLUMNS)}",
        )
    codes = printed["code"]
    if codes.duplicated().any():
        line = int(codes.duplicated().to_numpy().argmax())
        raise EngelsInputError(
            f"{source}, line {line + 2}", f"code {codes.iloc[line]!r} twice", "one row for each"
        )
    required = [code for code, (_, needed) in PRINTED_ROWS.items() if needed]
    absent = [code for code in required if code not in set(codes)]
    unknown = [code for code in codes if code not in {*sectors, *PRINTED_ROWS}]
    if absent or unknown:
        raise EngelsInputError(
            f"{source}, column code",
            "; ".join(
                f"{word} row {', '.join(found[:5])}"
                for word, found in (("no", absent), ("unknown", unknown))
                if found
            ),
            f"rows are the {len(sectors)} sectors of the header and {', '.join(PRINTED_ROWS)}",
        )


def _check_subtotals(grid: pd.DataFrame, source: str) -> None:
    for subtotal, parts in PRINTED_SUBTOTALS.items():
        if subtotal not in grid:
            continue
        right = grid[list(parts)].sum(axis=1)
        gap = grid[subtotal] - right
        worst = str(gap.abs().idxmax())
        if abs(gap[worst]) > SUBTOTAL_TOLERANCE:
            raise EngelsInputError(
                f"{source}, row {worst}, column {subtotal}",
                f"{right[worst] + gap[worst]:.6f} (10,000 yuan), gap {gap[worst]:.6g}",
                f"it must be {' + '.join(parts)} = {right[worst]:.6f}",
            )
