"""Bring another table: from the layout the statistical office prints to the tidy file.

The printed layout has ``code,name_en,name_zh``, one column per sector, then the publisher's codes
of final use; below the sectors stand the rows of value added. Imports are positive.
:mod:`engels.data.layout` finds it in a CSV or a workbook.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from engels.data.cells import read_sheets
from engels.data.errors import EngelsInputError, shown
from engels.data.layout import PRINTED_COLUMNS, PRINTED_ROWS, PRINTED_SUBTOTALS, Layout, find_layout
from engels.data.lists import OURS, nearest, official_lists, require_list
from engels.data.table import (
    UNIT,
    IOTable,
    build_table,
    check_sector_codes,
    check_year,
    read_sectors,
    rounding,
)
from engels.data.units import DEFAULT, GAP, UNITS, parse_unit, require_gdp

SUBTOTAL_TOLERANCE = 1.0  # 10,000 yuan: printed subtotals are rounded on their own


@dataclass(frozen=True)
class Imported:
    """A table that was brought in: where it was written, the table, and what was found out."""

    path: Path  # of the tidy file
    sectors: Path  # of its list of sectors
    table: IOTable
    notes: tuple[str, ...]  # unit, encoding, list of sectors, GDP against the published one


def import_matrix(
    path: Path | str,
    year: int,
    out: Path | str,
    *,
    unit: str | None = None,
    sheet: str | None = None,
    check_gdp: bool = True,
) -> Imported:
    """Turn a printed input-output table into the tidy file and check it.

    Parameters
    ----------
    path
        CSV (UTF-8, UTF-16 or GB 18030; commas, semicolons or tabs) or .xlsx with
        ``code,name_en,name_zh`` (one of the names is enough), a column for each sector and the
        publisher's codes (``FU101 FU102 FU103 FU201 FU202 EX IM GO``, optionally ``ERR`` and the
        totals) and a row for each sector and for ``VA001 VA002 VA003 VA004``; imports positive.
    year
        Year of the table.
    out
        Folder to write to. ``<year>-<number of sectors>.csv`` and the list
        ``sectors-<number>.csv`` are written there when every check passes. Another file of either
        name is not replaced.
    unit
        Unit of the figures (:data:`engels.data.units.UNITS`); by default the one that the table
        states above its header, else 10,000 yuan.
    sheet
        Sheet of a workbook; by default the one that holds such a table.
    check_gdp
        Whether GDP must be that published for China in the year, to 10%.

    Raises
    ------
    EngelsInputError
        When the layout is another one, the accounts do not close, the codes are those of one of the
        project's lists and the names are not, or GDP is far from the published one.
    """
    source = Path(path)
    check_year(year, str(source))
    printed = _choose(source, sheet)
    unit, notes = _unit(printed, unit)
    codes, detail = list(printed.sectors), str(len(printed.sectors))
    check_sector_codes(codes, [printed.lines[code] for code in codes], printed.where)
    names = _names(printed)
    if detail in OURS and set(codes) == set(official_lists()[OURS[detail]].codes):
        require_list(names, detail, printed.where, [printed.lines[code] for code in codes])
    named = nearest(names)
    if named.agree == len(codes) == len(named.list.codes):
        notes.append(f"sectors are those of the {named.list.title}")
        names = _fill(names, named.list.names_en, named.list.names_zh)
    else:
        notes.append("sectors are those of no official list")
        names = _fill(names, printed.names_zh, printed.names_en)

    content, half = _tidy(printed, unit)
    listed = names.to_csv(index=True, index_label="code", lineterminator="\n").encode()
    if check_gdp:  # before the balances: in a wrong unit they may miss by rounding alone
        remedy = (
            "for a year without published GDP, or an economy that is not all of China, say "
            "--no-gdp-check"
        )
        gdp = _gdp(printed) * 10.0 ** UNITS[unit][0] / UNIT
        notes.append(require_gdp(gdp, year, unit, printed.where, GAP, remedy))
    table = build_table(
        content, printed.where, year, detail, read_sectors(listed, printed.where), half
    )
    if not check_gdp:
        notes.append(
            f"GDP is {table.gdp:.6g} trillion yuan with the table in {unit}; not compared with the "
            "published one"
        )
    folder = Path(out)
    target, beside = folder / f"{year}-{detail}.csv", folder / f"sectors-{detail}.csv"
    _write({beside: listed, target: content}, folder)
    return Imported(target, beside, table, (*printed.notes, *notes))


def _choose(path: Path, sheet: str | None) -> Layout:
    """The table of the file; of several sheets the one that has such a table."""
    sheets = read_sheets(path, sheet)
    if len(sheets) == 1:
        return find_layout(sheets[0])
    found: list[Layout] = []
    refused: list[EngelsInputError] = []
    for one in sheets:
        try:
            found.append(find_layout(one))
        except EngelsInputError as error:
            refused.append(error)
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise EngelsInputError(
            str(path),
            f"{len(found)} sheets hold such a table",
            f"say which with --sheet: {'; '.join(one.where.split(', sheet ')[-1] for one in found)}",
        )
    # The sheet that came nearest says most: those without any header say the least.
    best = [error for error in refused if "no header:" not in str(error)] or refused
    raise best[0] if best else EngelsInputError(str(path), "no sheet", "a sheet with the table")


def _unit(printed: Layout, given: str | None) -> tuple[str, list[str]]:
    """Name of the unit, and a note where it was not given."""
    stated = parse_unit(printed.unit) if printed.unit and _readable(printed.unit) else ""
    wanted = parse_unit(given) if given is not None else ""
    if stated and wanted and stated != wanted:
        raise EngelsInputError(
            printed.where,
            f"the lines above the header say {shown(printed.unit)} ({stated})",
            f"--unit says {wanted}: leave --unit out, or correct the file",
        )
    if wanted:
        return wanted, []
    if stated:
        return stated, [f"unit: {stated}, as stated above the header"]
    return DEFAULT, [f"unit: {DEFAULT} is assumed (--unit says another)"]


def _readable(unit: str) -> bool:
    try:
        parse_unit(unit)
    except EngelsInputError:
        return False
    return True


def _names(printed: Layout) -> pd.DataFrame:
    """Names by code, one of the two at least."""
    for code in printed.sectors:
        if not printed.names_en[code] and not printed.names_zh[code]:
            raise EngelsInputError(
                f"{printed.where}, line {printed.lines[code]} ({code})",
                "the sector has no name",
                "a name in name_en or name_zh",
            )
    return pd.DataFrame(
        {
            "name_en": [printed.names_en[code] for code in printed.sectors],
            "name_zh": [printed.names_zh[code] for code in printed.sectors],
        },
        index=pd.Index(printed.sectors, name="code"),
    )


def _fill(
    names: pd.DataFrame, english: Mapping[str, str], chinese: Mapping[str, str]
) -> pd.DataFrame:
    """The names, with those that are missing from elsewhere."""
    return names.assign(
        name_en=[en or english[c] for c, en in zip(names.index, names["name_en"], strict=True)],
        name_zh=[zh or chinese[c] for c, zh in zip(names.index, names["name_zh"], strict=True)],
    )


def _tidy(printed: Layout, unit: str) -> tuple[bytes, float]:
    """The tidy file, 10,000 yuan, and half a unit of the last digit printed."""
    sectors = list(printed.sectors)
    rows = [*sectors, *(code for code in PRINTED_ROWS if code in printed.lines)]
    columns = [*sectors, *(code for code in PRINTED_COLUMNS if code in printed.columns)]
    subtotals = [code for code in PRINTED_SUBTOTALS if code in printed.columns]
    power = UNITS[unit][0]

    def row(code: str, of: list[str]) -> list[float]:
        return [printed.number(code, column) for column in of]

    values = np.full((len(rows), len(columns)), np.nan)
    for i, code in enumerate(rows):
        own = columns if code in printed.sectors else sectors
        values[i, : len(own)] = row(code, own)
        if code in PRINTED_ROWS and PRINTED_ROWS[code][1]:
            _no_income_of_uses(printed, code, columns[len(sectors) :])
    half = rounding(np.nan_to_num(values)) * 10.0**power
    scaled = np.vectorize(lambda x: _shifted(x, power))(values) if power else values
    grid = pd.DataFrame(scaled, index=rows, columns=columns)
    summed = grid.loc[sectors].assign(
        **{c: [_shifted(printed.number(s, c), power) for s in sectors] for c in subtotals}
    )
    _check_subtotals(summed, printed.where, half)

    tidy_names = {code: name for code, (name, _) in {**PRINTED_COLUMNS, **PRINTED_ROWS}.items()}
    lines = ["row,column,value_10k_yuan"]
    for i, code in enumerate(rows):
        for j, column in enumerate(columns):
            value = scaled[i, j]
            # Zero cells are left out (but output, which says that the sector is meant to be there);
            # NaN is value added under final use, which has no meaning.
            if (value != 0 or column == "GO") and not np.isnan(value):
                name, use = tidy_names.get(code, code), tidy_names.get(column, column)
                lines.append(f"{name},{use},{_digits(float(value))}")
    return ("\n".join(lines) + "\n").encode(), half


def _gdp(printed: Layout) -> float:
    """GDP by income, in the unit of the table."""
    incomes = [code for code, (_, needed) in PRINTED_ROWS.items() if needed]
    return sum(printed.number(row, column) for row in incomes for column in printed.sectors)


def _no_income_of_uses(printed: Layout, code: str, columns: list[str]) -> None:
    """Value added stands under the sectors only; elsewhere it would be lost."""
    for column in columns:
        at, cells = printed.columns[column], printed.cells[code]
        text = cells[at] if at < len(cells) else ""
        if text and column != "GO" and not _is_zero(text):
            raise EngelsInputError(
                f"{printed.where}, column {column}, line {printed.lines[code]} ({code})",
                f"{shown(text)}: value added in a column of final use",
                "value added belongs to the sectors' columns only",
            )


def _is_zero(text: str) -> bool:
    try:
        return float(text) == 0.0
    except ValueError:
        return False


def _shifted(value: float, power: int) -> float:
    """``value`` times a power of ten, of its decimal digits: 0.1 becomes 1000, not 1000.0000001."""
    if np.isnan(value) or power == 0:
        return value
    return float(Decimal(repr(float(value))).scaleb(power))


def _digits(value: float) -> str:
    """Shortest text that reads back as the same number."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _check_subtotals(grid: pd.DataFrame, source: str, half: float) -> None:
    for subtotal, parts in PRINTED_SUBTOTALS.items():
        if subtotal not in grid:
            continue
        right = grid[list(parts)].sum(axis=1)
        gap = grid[subtotal] - right
        worst = str(gap.abs().idxmax())
        if abs(gap[worst]) > max(SUBTOTAL_TOLERANCE, half * (len(parts) + 1)):
            raise EngelsInputError(
                f"{source}, row {worst}, column {subtotal}",
                f"{right[worst] + gap[worst]:.6f} (10,000 yuan), gap {gap[worst]:.6g}",
                f"it must be {' + '.join(parts)} = {right[worst]:.6f}",
            )


def _write(contents: dict[Path, bytes], folder: Path) -> None:
    """Write the files, all or none; a file of the name with other content is not replaced."""
    for path, content in contents.items():
        try:
            there = path.read_bytes() if path.exists() else content
        except OSError as error:
            raise EngelsInputError(
                str(path), f"cannot be read ({error.strerror})", "give another --out"
            ) from error
        if there != content:
            raise EngelsInputError(
                str(path),
                "is there already, with another content",
                "remove it, or give another --out: it is not replaced",
            )
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in contents.items():
            if not path.exists():
                building = path.with_name(f".{path.name}.{os.getpid()}")
                made.append(building)
                building.write_bytes(content)
        for path in contents:
            if not path.exists():
                path.with_name(f".{path.name}.{os.getpid()}").replace(path)
    except OSError as error:
        for building in made:
            building.unlink(missing_ok=True)
        raise EngelsInputError(
            f"--out {folder}",
            f"cannot be written ({error.strerror})",
            "give a folder in which you may write",
        ) from error
