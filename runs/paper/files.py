"""A table of the paper as its files: CSV, LaTeX and a figure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engels.runs.paper.panels import to_csv, to_latex
from engels.runs.report.page import save_figure, style

if TYPE_CHECKING:
    from engels.runs.paper.paper_table import PaperTable
    from engels.runs.paper.runs import Solved


def write_table(table: PaperTable, solved: Solved, folder: Path, page: str = "text") -> None:
    """Write a table's files to a folder, its figure for the width of a page (``report/page.py``)."""
    panels, notes = table.make(solved)
    csv, tex = (folder / name for name in table.files[:2])
    csv.write_text(to_csv(panels), encoding="utf-8")
    latex = to_latex(table.stem, table.caption, panels, notes, table.size, table.apart)
    tex.write_text(latex, encoding="utf-8")
    with style("en", page):
        save_figure(table.draw(solved), folder, table.stem)
