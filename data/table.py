"""Input-output tables: reading the tidy files and checking every identity of the accounts.

A tidy file has one line per non-zero cell, ``row,column,value_10k_yuan``, in the publisher's unit
(10,000 yuan, current producers' prices). Rows are sector codes and the four parts of value added;
columns are sector codes, the six final uses, ``imports`` (positive, to be subtracted), ``error``
and ``output``. The publisher's totals (``intermediate_use``, ``final_use``; ``intermediate_input``,
``value_added``, ``total_input``) may stand in the file too and are then checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from engels.data.errors import EngelsInputError, shown
from engels.data.files import numbers, package_file, read_bytes, read_frame, verified

FINAL_USES = ("rural", "urban", "government", "gfcf", "inventory", "exports")
VALUE_ADDED = ("labour", "production_tax", "depreciation", "surplus")
COLUMNS = ("row", "column", "value_10k_yuan")
TOTAL_COLUMNS = ("intermediate_use", "final_use")
TOTAL_ROWS = ("intermediate_input", "value_added", "total_input")
MAY_BE_NEGATIVE = ("inventory", "error", "production_tax", "surplus")
TABLES = ((2012, "42"), (2017, "42"), (2018, "42"), (2020, "42"), (2020, "153"))

FIRST_YEAR, LAST_YEAR = 1981, 2100  # the first national table; no table is of later

# Names that the tidy and the printed layout keep for themselves: no sector may be called so.
RESERVED = frozenset(
    {
        *FINAL_USES,
        *VALUE_ADDED,
        *TOTAL_COLUMNS,
        *TOTAL_ROWS,
        *COLUMNS,
        *("imports", "error", "output", "code", "name_en", "name_zh"),
        *("tiu", "fu101", "fu102", "fu103", "fu201", "fu202", "ex", "tfu", "im", "err", "go"),
        *("tii", "va001", "va002", "va003", "va004", "tva", "ti", "thc", "tc", "gcf"),
    }
)
LONGEST_CODE = 32
MOST_SECTORS = 2000  # the multi-regional tables of 31 provinces have 1,302

UNIT = 1e8  # 10,000 yuan in a trillion yuan

# The official tables close to 4e-5 in rows (2018) and to 1e-6 in columns, in 10,000 yuan: that is
# the rounding of double-precision sums of cells up to 3e9. The limits leave room for another order
# of summation and stay 1e-14 of GDP.
ROW_TOLERANCE = 1e-4
COLUMN_TOLERANCE = 1e-5
LARGE_CELL = 1e10  # 100 trillion yuan: beyond what the limits above were found at
SMALLEST_DIGIT = 1e-6  # of the largest cell: what whole tens or thousands may be rounded to


@dataclass(frozen=True, eq=False)
class IOTable:
    """A national input-output table (competitive imports), trillion yuan at current prices.

    Row identity: ``intermediate.sum(axis=1) + final.sum(axis=1) - imports + error = output``.
    Column identity: ``intermediate.sum(axis=0) + value_added.sum(axis=0) = output``.
    """

    year: int
    detail: str  # name of the sector list, "42" or "153"
    codes: tuple[str, ...]  # N sector codes, in the order of all the tables
    names_en: dict[str, str]
    names_zh: dict[str, str]
    intermediate: pd.DataFrame  # N x N, good i used by sector j
    final: pd.DataFrame  # N x 6, FINAL_USES
    imports: pd.Series  # N, positive
    error: pd.Series  # N, statistical discrepancy; zero but in 2012
    value_added: pd.DataFrame  # 4 x N, VALUE_ADDED
    output: pd.Series  # N
    origin: str = ""  # path of the user's file; empty for an official table of the package
    names_file: str = ""  # where the names of the user's table stand; empty where it has none

    @property
    def gdp(self) -> float:
        """GDP by income (equal to GDP by expenditure), trillion yuan."""
        return float(self.value_added.to_numpy().sum())


def load_table(year: int, detail: str = "42", root: Path | None = None) -> IOTable:
    """One of the official tables.

    Parameters
    ----------
    year, detail
        2012, 2017, 2018, 2020 at ``"42"`` sectors; 2020 also at ``"153"``.
    root
        Folder with the layout of ``data/`` to read from instead of the package. Its files are held
        to every identity but not to the catalogue's SHA-256.

    Raises
    ------
    EngelsInputError
        For a table that is not there, was changed, or breaks an identity.
    """
    detail = str(detail)
    name = f"io/{year}-{detail}.csv"
    if root is not None:
        return load_table_file(Path(root) / name, year=year, detail=detail)
    if (year, detail) not in TABLES:
        known = ", ".join(f"{known_year} at {known}" for known_year, known in TABLES)
        raise EngelsInputError(
            f"load_table({year}, {detail!r})",
            "no such official table",
            f"there are {known} sectors; bring another with load_table_file or import_matrix",
        )
    sectors = read_sectors(verified(f"io/sectors-{detail}.csv"), f"data/io/sectors-{detail}.csv")
    return build_table(verified(name), f"data/{name}", year, detail, sectors)


def load_table_file(
    path: Path | str,
    year: int | None = None,
    detail: str | None = None,
    sectors: Path | str | None = None,
) -> IOTable:
    """A table from your own tidy file, held to the same checks as the official ones.

    Parameters
    ----------
    path
        Tidy CSV. Named ``<year>-<detail>.csv`` (``2023-42.csv``), it needs no other argument.
    year, detail
        Override what the file name says.
    sectors
        CSV with ``code,name_en,name_zh``. By default ``sectors-<detail>.csv`` beside the table,
        else the official list of that name.
    """
    path = Path(path)
    match = re.fullmatch(r"(\d{4})-([A-Za-z0-9]+)", path.stem)
    if match is None and (year is None or detail is None):
        raise EngelsInputError(
            str(path),
            "the file name does not tell year and sector list",
            "name it like 2023-42.csv or pass year= and detail= (a table as printed is brought in by "
            "`engels table import`)",
        )
    if match is not None:
        year = int(match[1]) if year is None else year
        detail = match[2] if detail is None else detail
    assert year is not None and detail is not None
    check_year(year, str(path))
    content = read_bytes(path, str(path))
    beside = path.with_name(f"sectors-{detail}.csv")
    if sectors is not None or beside.is_file():
        file = beside if sectors is None else Path(sectors)
        names_file = str(file)
        frame = read_sectors(read_bytes(file, names_file), names_file)
    else:
        packaged = package_file(f"io/sectors-{detail}.csv")
        if not packaged.is_file():
            raise EngelsInputError(
                str(path),
                f"no sector list {beside.name} beside it and none of that name in the package",
                f"put {beside.name} (code,name_en,name_zh) beside it or pass sectors=",
            )
        names_file = ""
        frame = read_sectors(verified(f"io/sectors-{detail}.csv"), f"data/io/sectors-{detail}.csv")
    table = build_table(content, str(path), year, detail, frame)
    return replace(table, origin=str(path), names_file=names_file)


def check_year(year: int, where: str) -> None:
    """Refuse a year of which there can be no table."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise EngelsInputError(
            f"{where}, year {year}",
            "no year of a table",
            f"a year from {FIRST_YEAR} to {LAST_YEAR}",
        )


def read_sectors(content: bytes, where: str) -> pd.DataFrame:
    """Sector list (``code,name_en,name_zh,...``) with unique, non-empty codes as index."""
    frame = read_frame(content, where, ("code", "name_en", "name_zh"))
    check_sector_codes(list(frame["code"]), list(frame.index), where)
    return frame.set_index("code")


def check_sector_codes(codes: list[str], lines: list[int], where: str) -> None:
    """Codes there, unique (also without regard to case), printable, and none that is reserved."""
    if not codes:
        raise EngelsInputError(where, "no sector", "a line for each sector")
    if len(codes) > MOST_SECTORS:
        raise EngelsInputError(where, f"{len(codes)} sectors", f"at most {MOST_SECTORS}")
    seen: dict[str, str] = {}
    for code, line in zip(codes, lines, strict=True):
        place = f"{where}, line {line}"
        own = "each sector needs one code of its own"
        if not code:
            raise EngelsInputError(place, "sector code '' is empty in the list", own)
        if code in seen.values():
            raise EngelsInputError(place, f"sector code {shown(code)} is twice in the list", own)
        if code.casefold() in seen:
            raise EngelsInputError(
                place,
                f"sector codes {shown(seen[code.casefold()])} and {shown(code)} differ in case only",
                own,
            )
        if code.casefold() in RESERVED:
            raise EngelsInputError(
                place,
                f"sector code {shown(code)} is a name that the layout keeps for itself",
                "another code for this sector, such as S_" + code,
            )
        if len(code) > LONGEST_CODE or not code.isprintable() or set(code) & set('",;|='):
            raise EngelsInputError(
                place,
                f"sector code {shown(code)} is longer than {LONGEST_CODE} characters or holds one of "
                '" , ; | = or a control character',
                "a short code of letters and digits",
            )
        seen[code.casefold()] = code


def build_table(
    content: bytes,
    where: str,
    year: int,
    detail: str,
    sectors: pd.DataFrame,
    half: float | None = None,
) -> IOTable:
    """Parse a tidy file and check it; see the module docstring for the layout.

    ``half`` is half a unit of the last digit printed, 10,000 yuan; by default what the cells show.
    """
    cells = read_frame(content, where, COLUMNS)
    labels = cells["row"] + ", " + cells["column"]
    values = numbers(cells["value_10k_yuan"], where, labels)
    codes = [str(code) for code in sectors.index]
    _check_codes(cells, labels, codes, where)
    rows = [*codes, *VALUE_ADDED, *TOTAL_ROWS]
    columns = [*codes, *FINAL_USES, "imports", "error", "output", *TOTAL_COLUMNS]
    grid = np.zeros((len(rows), len(columns)))
    row_index = pd.Index(rows).get_indexer(pd.Index(cells["row"]))
    column_index = pd.Index(columns).get_indexer(pd.Index(cells["column"]))
    grid[row_index, column_index] = values.to_numpy()
    frame = pd.DataFrame(grid, index=rows, columns=columns)
    given = set(cells["row"]) | set(cells["column"])
    names = dict(zip(codes, sectors["name_en"], strict=True))
    _check_signs(frame, codes, names, where)
    half = rounding(frame.to_numpy()) if half is None else half
    _check_balances(frame, codes, names, given, where, half)
    scaled = frame / UNIT
    return IOTable(
        year=year,
        detail=detail,
        codes=tuple(codes),
        names_en=names,
        names_zh=dict(zip(codes, sectors["name_zh"], strict=True)),
        intermediate=scaled.loc[codes, codes],
        final=scaled.loc[codes, list(FINAL_USES)],
        imports=scaled.loc[codes, "imports"],
        error=scaled.loc[codes, "error"],
        value_added=scaled.loc[list(VALUE_ADDED), codes],
        output=scaled.loc[codes, "output"],
    )


def _check_codes(cells: pd.DataFrame, labels: pd.Series, codes: list[str], where: str) -> None:
    """Codes known, cells unique and in a place that has a meaning, no sector left out."""
    uses = {*FINAL_USES, "imports", "error", "output", *TOTAL_COLUMNS}
    incomes = {*VALUE_ADDED, *TOTAL_ROWS}
    row_is_sector = cells["row"].isin(codes)
    column_is_sector = cells["column"].isin(codes)
    problems = (
        (
            ~(row_is_sector | cells["row"].isin(incomes)),
            "unknown row code",
            f"rows are the {len(codes)} sector codes, {', '.join([*VALUE_ADDED, *TOTAL_ROWS])}",
        ),
        (
            ~(column_is_sector | cells["column"].isin(uses)),
            "unknown column code",
            f"columns are the {len(codes)} sector codes, {', '.join(FINAL_USES)}, imports, error, "
            f"output, {', '.join(TOTAL_COLUMNS)}",
        ),
        (
            ~(row_is_sector | column_is_sector),
            "a cell of value added in a column of final use",
            "value added belongs to the sectors' columns only",
        ),
        (labels.duplicated(), "the cell stands twice in the file", "one line for each cell"),
    )
    for problem, what, right in problems:
        if problem.any():
            first = int(problem.to_numpy().argmax())
            label = shown(labels.iloc[first])[1:-1]
            raise EngelsInputError(f"{where}, line {cells.index[first]} ({label})", what, right)
    producing = set(cells.loc[cells["column"].eq("output"), "row"])
    absent = [code for code in codes if code not in producing]
    if absent:
        raise EngelsInputError(
            where,
            f"no output for sector {', '.join(absent[:5])}{' ...' if len(absent) > 5 else ''}",
            f"each of the {len(codes)} sectors of the list needs a line <code>,output,<value>",
        )


def _check_signs(frame: pd.DataFrame, codes: list[str], names: dict[str, str], where: str) -> None:
    """Nothing negative but MAY_BE_NEGATIVE (which the official tables have).

    Output may be zero: some vintages print a sector that nobody produces. Whether a sector of the
    model has output is asked when sectors are put together.
    """
    empty = frame.loc[codes, "output"].lt(0)
    if empty.any():
        code = codes[int(empty.to_numpy().argmax())]
        raise EngelsInputError(
            f"{where}, row {code} ({names[code]}), column output",
            f"{_cell(frame, code, 'output'):.6g} (10,000 yuan)",
            "the output of every sector must be positive, or zero",
        )
    allowed = frame.index.isin(MAY_BE_NEGATIVE)[:, None] | frame.columns.isin(MAY_BE_NEGATIVE)
    totals = frame.index.isin(TOTAL_ROWS)[:, None] | frame.columns.isin(TOTAL_COLUMNS)
    negative = (frame.to_numpy() < 0) & ~allowed & ~totals
    if negative.any():
        row, column = np.argwhere(negative)[0]
        raise EngelsInputError(
            f"{where}, row {_name(frame.index[row], names)}, "
            f"column {_name(frame.columns[column], names)}",
            f"{frame.to_numpy()[row, column]:.6g} (10,000 yuan) is negative",
            f"only {', '.join(MAY_BE_NEGATIVE)} may be",
        )


def _check_balances(
    frame: pd.DataFrame,
    codes: list[str],
    names: dict[str, str],
    given: set[str],
    where: str,
    half: float,
) -> None:
    """Rows, columns, the publisher's totals, and GDP by income = GDP by expenditure."""
    flows = frame.loc[codes, codes]
    uses = frame.loc[codes, list(FINAL_USES)].sum(axis=1)
    incomes = frame.loc[list(VALUE_ADDED), codes].sum(axis=0)
    output = frame.loc[codes, "output"]
    supply = output + frame.loc[codes, "imports"] - frame.loc[codes, "error"]
    # A table printed in whole units carries up to half a unit of rounding in each cell it sums.
    allowed = half * (len(codes) + len(FINAL_USES) + 3)
    # Sums of larger cells are rounded in proportion.
    size = max(1.0, float(np.abs(frame.to_numpy()).max(initial=0.0)) / LARGE_CELL)
    row_limit, column_limit = ROW_TOLERANCE * size + allowed, COLUMN_TOLERANCE * size + allowed

    row_gap = flows.sum(axis=1) + uses - supply
    column_gap = flows.sum(axis=0) + incomes - output
    if row_gap.abs().max() > row_limit or column_gap.abs().max() > column_limit:
        raise EngelsInputError(
            where, *_balance_message(frame, names, row_gap, column_gap, row_limit, column_limit)
        )

    totals = (
        ("column", "intermediate_use", frame["intermediate_use"], flows.sum(axis=1), row_limit),
        ("column", "final_use", frame["final_use"], uses, row_limit),
        ("row", "intermediate_input", frame.loc["intermediate_input"], flows.sum(), column_limit),
        ("row", "value_added", frame.loc["value_added"], incomes, column_limit),
        ("row", "total_input", frame.loc["total_input"], output, column_limit),
    )
    for kind, total, stated, summed, limit in totals:
        if total not in given:
            continue
        gap = stated.loc[codes] - summed
        for code in _worst(pd.Series(gap), limit):
            other = "row" if kind == "column" else "column"
            raise EngelsInputError(
                f"{where}, {other} {_name(code, names)}, {kind} {total}",
                f"the total says {stated[code]:.6f}, its parts sum to {summed[code]:.6f} "
                f"(10,000 yuan), gap {gap[code]:.6g}",
                f"they must agree to {limit:.2g}",
            )

    by_income = float(incomes.sum())
    by_expenditure = float((uses - frame.loc[codes, "imports"] + frame.loc[codes, "error"]).sum())
    limit = len(codes) * (row_limit + column_limit)
    if abs(by_income - by_expenditure) > limit:
        raise EngelsInputError(
            where,
            f"GDP by income {by_income:.6f}, by expenditure {by_expenditure:.6f} (10,000 yuan)",
            f"they must agree to {limit:.2g}",
        )


def rounding(values: np.ndarray) -> float:
    """Half a unit of the last printed decimal (0.5 for whole numbers), 0 beyond 4 decimals.

    A table printed in a larger unit comes in whole tens or thousands. They count as its last digit
    while they are small beside the largest cell: round figures of a small table are no rounding.
    """
    largest = float(np.abs(values).max(initial=0.0))
    for decimals in range(-6, 5):
        half = float(0.5 * 10.0**-decimals)
        if decimals < 0 and half > SMALLEST_DIGIT * largest:
            continue
        if np.array_equal(np.round(values, decimals), values):
            return half
    return 0.0


def _worst(gap: pd.Series, limit: float) -> list[str]:
    """Codes whose gap is beyond the limit, largest first."""
    size = gap.abs()
    return [str(code) for code in size[size > limit].sort_values(ascending=False).index]


def _balance_message(
    frame: pd.DataFrame,
    names: dict[str, str],
    row_gap: pd.Series,
    column_gap: pd.Series,
    row_limit: float,
    column_limit: float,
) -> tuple[str, str]:
    """What does not close, and where the numbers point to: (what is wrong, what would be right)."""
    what, right = [], ""
    bad_rows, bad_columns = _worst(row_gap, row_limit), _worst(column_gap, column_limit)
    if bad_rows:
        row = bad_rows[0]
        output = _cell(frame, row, "output")
        what.append(
            f"row {_name(row, names)} does not close: intermediate + final use - imports + error = "
            f"{output + row_gap[row]:.6f}, column output says {output:.6f} (10,000 yuan), "
            f"gap {row_gap[row]:.6g}{_others(bad_rows, 'row')}"
        )
        right = f"its uses must sum to its output to {row_limit:.2g}"
    if bad_columns:
        column = bad_columns[0]
        output = _cell(frame, column, "output")
        what.append(
            f"column {_name(column, names)} does not close: intermediate input + value added = "
            f"{output + column_gap[column]:.6f}, output says {output:.6f} (10,000 yuan), "
            f"gap {column_gap[column]:.6g}{_others(bad_columns, 'column')}"
        )
        right = right or f"its inputs must sum to its output to {column_limit:.2g}"
    if len(bad_rows) == 1 and len(bad_columns) == 1:
        gap = column_gap[column]
        if row == column:
            right = (
                f"either its output is {_cell(frame, row, 'output') + gap:.6f} "
                f"or the cell ({row}, {row}) is {_cell(frame, row, row) - gap:.6f}"
            )
        elif abs(gap - row_gap[row]) < 2 * row_limit:
            right = (
                f"both would close with {_cell(frame, row, column) - gap:.6f} in ({row}, {column})"
            )
    return " and ".join(what), right


def _cell(frame: pd.DataFrame, row: str, column: str) -> float:
    return float(frame.to_numpy()[frame.index.get_loc(row), frame.columns.get_loc(column)])


def _others(codes: Iterable[str], kind: str) -> str:
    rest = list(codes)[1:]
    return f" (also {kind} {', '.join(rest[:4])}{' ...' if len(rest) > 4 else ''})" if rest else ""


def _name(code: str, names: dict[str, str]) -> str:
    return f"{code} ({names[code]})" if code in names else str(code)
