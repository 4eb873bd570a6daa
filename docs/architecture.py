"""The import graph by folder, and its place in architecture.md: ``make graph``.

Folders stand in the order of the layers in pyproject.toml (``[tool.importlinter]``), the highest first, and
the files are read by grimp, which import-linter uses too. An arrow is upward where a folder uses one that
does not stand below it.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BLOCK = re.compile(r"(<!-- graph -->\n).*?(<!-- end -->)", re.DOTALL)
PREFIX = "engels."

Uses = dict[str, dict[str, int]]
"""Folder -> the folders that it uses, with the number of imports."""


def layers() -> list[list[str]]:
    """The folders of each layer, the highest layer first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    lines = next(c["layers"] for c in contracts if c["type"] == "layers")
    return [[name.strip() for name in re.split("[|:]", line)] for line in lines]


def graph() -> grimp.ImportGraph:
    """Who imports whom, imports for types alone aside."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = settings["tool"]["importlinter"]["root_packages"]
    return grimp.build_graph(*packages, exclude_type_checking_imports=True, cache_dir=None)


def uses(modules: grimp.ImportGraph, order: list[list[str]]) -> Uses:
    """What each folder uses; a folder of folders alone, which uses nothing, is left out."""
    known = {name for names in order for name in names}

    def folder(module: str) -> str:
        whole = module in known or modules.find_children(module)
        return module if whole else module.rpartition(".")[0]

    found: Uses = defaultdict(lambda: defaultdict(int))
    for module in modules.modules:
        here = folder(module)
        if module != here:
            found[here]  # it has files, whatever they use
        for other in modules.find_modules_directly_imported_by(module):
            if folder(other) != here:
                found[here][folder(other)] += 1
    return {name: dict(entries) for name, entries in found.items()}


def faults(found: Uses, order: list[list[str]]) -> list[str]:
    """Arrows that are not downward, and folders that stand in no layer; sentences."""
    place = {name: n for n, names in enumerate(order) for name in names}
    lost = sorted({*found, *(x for entries in found.values() for x in entries)} - place.keys())
    said = [f"{name} stands in no layer of pyproject.toml" for name in lost]
    for name, entries in sorted(found.items()):
        said += [
            f"upward: {name} uses {other} ({count} imports)"
            for other, count in sorted(entries.items())
            if name in place and other in place and place[other] <= place[name]
        ]
    return said


def short(name: str) -> str:
    """A folder as a path from the top."""
    return name.removeprefix(PREFIX).replace(".", "/")


def rows(found: Uses, order: list[list[str]]) -> list[tuple[str, list[str]]]:
    """Folders from the highest layer to the lowest, with what they use in that order."""
    flat = [name for names in order for name in names]
    return [(name, sorted(found.get(name, {}), key=flat.index)) for name in flat]


def drawing(found: Uses, order: list[list[str]]) -> str:
    """The table of folders, and a drawing in Mermaid without the arrows that others imply."""
    lines = ["| folder | what is in it | uses |", "|---|---|---|"]
    for name, used in rows(found, order):
        text = (import_module(name).__doc__ or "").strip().splitlines()[0]
        lines.append(f"| `{short(name)}/` | {text} | {', '.join(map(short, used)) or 'nothing'} |")
    lines += ["", "```mermaid", "flowchart TD"]
    lines += [f'  {_node(name)}["{short(name)}"]' for names in order for name in names]
    below = {name: set(used) for name, used in rows(found, order)}
    for name, used in rows(found, order):
        implied = set().union(*(_under(other, below) for other in used)) if used else set()
        lines += [f"  {_node(name)} --> {_node(other)}" for other in used if other not in implied]
    return "\n".join([*lines, "```", ""])


def _node(name: str) -> str:
    return short(name).replace("/", "_")


def _under(name: str, below: dict[str, set[str]], seen: frozenset[str] = frozenset()) -> set[str]:
    """All that a folder uses, itself or through others."""
    if name in seen:
        return set()
    return below[name].union(*(_under(other, below, seen | {name}) for other in below[name]))


def written(text: str, found: Uses, order: list[list[str]]) -> str:
    """The page with the graph as it is."""
    return BLOCK.sub(lambda m: f"{m[1]}{drawing(found, order)}{m[2]}", text)


def main() -> int:
    """Entry point; 1 where an arrow goes up."""
    parser = argparse.ArgumentParser(description="The import graph by folder.")
    parser.add_argument("--write", action="store_true", help="write it into docs/architecture.md")
    chosen = parser.parse_args()
    order = layers()
    found = uses(graph(), order)
    said = faults(found, order)
    lost = [line for line in said if not line.startswith("upward")]
    if chosen.write and not lost:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), found, order), encoding="utf-8")
    lines = [] if lost else rows(found, order)
    width = max((len(short(name)) for name, _ in lines), default=0)
    for name, used in lines:
        print(f"{short(name):{width}}  {', '.join(map(short, used)) or '-'}")
    print("\n".join(said) or "arrows only downward")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
