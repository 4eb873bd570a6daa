"""The command: tables and pictures of the pages."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from engels.runs.report.figures import draw_figures
from engels.runs.store.results import load_run

from .library import DOCS, ROOT, Runs, own_mode
from .pages import CALIBRATED, fill, solved
from .studies import replicated

PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))

PICTURES = {
    "pause": ("labour_share_swap", "pause"),
    "labour-share": ("labour_share_swap", "labour-share"),
    "compute": ("chip_embargo", "compute"),
}
"""Picture of docs/figures -> scenario and figure of `engels figures`."""


def draw(runs: Runs) -> None:
    """The pictures, by the function behind `engels figures`."""
    for picture, (scenario, figure) in PICTURES.items():
        folder = runs.place(scenario, own_mode(scenario), "foresight")
        draw_figures(load_run(folder), folder / "figures")
        (DOCS / "figures").mkdir(exist_ok=True)
        shutil.copyfile(folder / "figures" / f"{figure}.png", DOCS / "figures" / f"{picture}.png")


def main() -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(description="Tables and pictures of the pages.")
    parser.add_argument("--solve", action="store_true", help="solve the runs that are missing")
    parser.add_argument("--calibrated", action="store_true", help="tables that need no run alone")
    parser.add_argument("--page", action="append", help="file name of a page; all by default")
    parser.add_argument("--results", type=Path, default=ROOT / "results", help="folder of the runs")
    chosen = parser.parse_args()
    runs = Runs(chosen.results)
    if chosen.solve:
        runs.solve()
    tables = dict(CALIBRATED)
    if not chosen.calibrated:
        tables |= solved(runs) | replicated(ROOT / "replicated")
    for page in PAGES:
        if chosen.page and page.name not in chosen.page:
            continue
        text = page.read_text(encoding="utf-8")
        page.write_text(fill(text, tables), encoding="utf-8")
    if not chosen.calibrated and not chosen.page:
        draw(runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
