"""docs/mechanisms.md is complete, and names nothing that the code does not have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from engels.calibration import calibrate
from engels.calibration.blocks import BLOCKS, NEEDS
from engels.calibration.parameters import load_parameters
from engels.model.algebra.point import Point, given, snapshot
from engels.model.blocks.library import BLOCK_DRIVERS, DRIVERS, blocks_of
from engels.model.economy.build import build_economy
from engels.model.economy.trees import AI_MODES
from engels.model.reporting.measures import measure, variables
from engels.runs.scenarios.scenario import library, load_scenario
from engels.runs.scenarios.schema import FIELDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/mechanisms.md").read_text(encoding="utf-8")

WANTED = [
    *(f"A{n}" for n in range(1, 35)),
    *(f"B{n}" for n in range(1, 18)),
    *(f"C{n}" for n in range(1, 14)),
    *(f"D{n}" for n in range(1, 17)),
    "E",
    "F",
    *(f"G{n}" for n in range(1, 16)),
]
CLAIMS = ("id", "claim", "where", "drivers", "parameters", "reported variables", "scenarios")
NUMBERS = ("number", "drivers", "parameters", "scenarios")
STATUS = ("in", "partly", "out")
NONE = "–"


class Row(NamedTuple):
    """A line of a table: its cells by heading, and the names in the cells that hold nothing else."""

    key: str
    cells: dict[str, str]
    names: dict[str, list[str]]

    @property
    def status(self) -> str:
        return self.cells["status"]


def rows(text: str, headings: tuple[str, ...]) -> list[Row]:
    """Rows of the tables that begin with these headings."""
    found: list[Row] = []
    head: list[str] = []
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            head = []
        elif not head:
            head = cells if tuple(cells[: len(headings)]) == headings else ["another table"]
        elif len(head) > 1 and not set(cells[0]) <= {"-", ":"}:
            by = dict(zip(head, cells, strict=True))
            names = {
                h: re.findall(r"`([^`]+)`", by[h])
                for h in headings
                if h not in ("id", "claim", "number")
            }
            found.append(Row(cells[0], by, names))
    return found


@cache
def known() -> dict[str, set[str]]:
    """What may stand in a column, besides files in 'where'."""
    parameters = load_parameters()
    return {
        "where": set(BLOCKS),
        "drivers": set(DRIVERS),
        "parameters": {*parameters.keys(), *parameters.entries},
        "reported variables": set(variables()),
        "scenarios": set(library()),
    }


@cache
def anything() -> set[str]:
    """Every name that the last column may use."""
    choices = {c for e in load_parameters().entries.values() for c in e.choices or ()}
    return set().union(*known().values(), choices, AI_MODES, FIELDS[()], {"step", "data/"})


@cache
def moved_by(scenario: str) -> tuple[set[str], set[str]]:
    """Blocks that a scenario switches on, and drivers that it changes."""
    found = load_scenario(scenario)
    on = {b for b in BLOCKS if found.all_parameters().get(f"{b}.active")}
    drivers = {shock.driver for _, _, shock in found.located("shocks")}
    return on, drivers | {swap.instrument for _, _, swap in found.located("swaps")}


@cache
def block_of() -> dict[str, str]:
    """Reported variable -> the block without which it is not reported."""

    def reported(*blocks: str) -> set[str]:
        b = calibrate("5", {f"{k}.active": 1 for k in blocks})
        m = build_economy(b, [2020, 2021, 2022], True, "labour", blocks=blocks_of(b))
        return {name for name, *_ in measure(Point(snapshot(m), given(m)), b)}

    plain = reported()
    found = {"tfp_adjusted": "sow_reap"}  # these are made of a run's figures
    found |= dict.fromkeys(
        (v for v in variables() if v.startswith(("gini", "theil"))), "household_groups"
    )
    found |= dict.fromkeys(
        ("welfare_ev_head", "welfare_price", "welfare_income"), "household_groups"
    )
    for block in BLOCKS:
        basis = [NEEDS[block]] if block in NEEDS else []
        before = reported(*basis) if basis else plain
        found |= dict.fromkeys(reported(*basis, block) - before, block)
    return found


def wrong_names(row: Row) -> Iterator[str]:
    for column, names in row.names.items():
        bare = re.sub(r"`[^`]+`|, ", "", row.cells[column])
        if bare != (NONE if not names else ""):
            yield f"{row.key}, {column}: {bare!r} is neither a name nor {NONE}"
        for name in names:
            is_file = column == "where" and "/" in name and (ROOT / name).is_file()
            if name not in known()[column] and not is_file:
                yield f"{row.key}, {column}: `{name}` does not exist"
    for name in re.findall(r"`([^`]+)`", list(row.cells.values())[-1]):
        if name not in anything():
            yield f"{row.key}, last column: `{name}` does not exist"


def wrong_blocks(row: Row) -> Iterator[str]:
    """A block's driver, parameter or variable without the block; a scenario that moves nothing of the row."""
    blocks = {n for n in row.names["where"] if n in BLOCKS}
    own = {v: block_of()[v] for v in row.names["reported variables"] if v in block_of()}
    needed = {d: BLOCK_DRIVERS[d].block for d in row.names["drivers"] if d in BLOCK_DRIVERS}
    needed |= {p: p.split(".")[0] for p in row.names["parameters"] if p.split(".")[0] in BLOCKS}
    for name, block in (needed | own).items():
        if block not in blocks:
            yield f"{row.key}: `{name}` is of the block {block}, which 'where' does not name"
    named = set(row.names["scenarios"]) & set(library())
    for name, block in own.items():
        if named and not any(block in moved_by(scenario)[0] for scenario in named):
            yield f"{row.key}: no scenario of the row reports `{name}`"
    for scenario in named:
        on, drivers = moved_by(scenario)
        if not on & blocks and not drivers & set(row.names["drivers"]):
            yield f"{row.key}: `{scenario}` has neither block nor driver of the row"


def wrong_status(row: Row, output: str | None) -> Iterator[str]:
    if row.status not in STATUS:
        yield f"{row.key}: status {row.status!r} is none of {', '.join(STATUS)}"
    given = row.names["drivers"] + row.names["parameters"]
    if row.status == "in" and not given:
        yield f"{row.key} is in, but names no driver or parameter"
    if row.status == "in" and output and not row.names[output]:
        yield f"{row.key} is in, but names no output"
    if row.status == "out" and any(row.names.values()):
        yield f"{row.key} is out, but names something"
    if len(list(row.cells.values())[-1]) < 5:
        yield f"{row.key} does not say why"


def complaints(text: str) -> list[str]:
    """Everything that is wrong with the page, one line each."""
    claims, numbers = rows(text, CLAIMS), rows(text, NUMBERS)
    count = Counter(r.key for r in claims)
    found = [f"{k} is there {count[k]} times" for k in WANTED if count[k] != 1]
    found += [f"{k} is no claim" for k in count if k not in WANTED]
    for row in claims:
        found += [*wrong_names(row), *wrong_blocks(row), *wrong_status(row, "reported variables")]
    for row in numbers:
        found += [*wrong_names(row), *wrong_status(row, None)]
    kept = [r for r in claims if r.status != "out"]
    for column, all_of in (
        ("where", BLOCKS),
        ("drivers", BLOCK_DRIVERS),
        ("scenarios", [s for s in library() if moved_by(s)[0]]),
    ):
        named = {n for r in kept for n in r.names[column]}
        found += [f"no row has `{n}` under {column}" for n in all_of if n not in named]
    if len(numbers) < 10:
        found.append("the numbers of F are not there one by one")
    return found


def test_page_is_complete_and_true() -> None:
    assert complaints(PAGE) == []


def _line(key: str) -> str:
    return next(line for line in PAGE.splitlines() if line.startswith(f"| {key} |"))


def _without(key: str) -> str:
    return PAGE.replace(_line(key) + "\n", "")


def _twice(key: str) -> str:
    return PAGE.replace(_line(key), f"{_line(key)}\n{_line(key)}")


def _bare(key: str, column: str) -> str:
    """The page with an empty cell."""
    headings = next(line for line in PAGE.splitlines() if line.startswith("| id |")).split("|")
    cells = _line(key).split("|")
    cells[[h.strip() for h in headings].index(column)] = f" {NONE} "
    return PAGE.replace(_line(key), "|".join(cells))


def _status(key: str, status: str) -> str:
    return PAGE.replace(_line(key), _line(key).replace("| in |", f"| {status} |"))


MISTAKES: dict[str, tuple[Callable[[], str], str]] = {
    "row missing": (lambda: _without("A5"), "A5 is there 0 times"),
    "row twice": (lambda: _twice("C13"), "C13 is there 2 times"),
    "row of no claim": (lambda: PAGE.replace("| D16 |", "| D17 |"), "D17 is no claim"),
    "driver": (lambda: PAGE.replace("`diffusion_speed`", "`diffusion_rate`"), "`diffusion_rate`"),
    "parameter": (lambda: PAGE.replace("`ideas.access`", "`ideas.acess`"), "`ideas.acess`"),
    "variable": (lambda: PAGE.replace("`tfp_adjusted`", "`tfp_true`"), "`tfp_true`"),
    "scenario": (lambda: PAGE.replace("`gpt_all`", "`gpt_none`"), "`gpt_none`"),
    "module": (
        lambda: PAGE.replace("`model/economy/trade.py`", "`model/trades.py`"),
        "`model/trades.py`",
    ),
    "name in the text": (lambda: PAGE.replace("`step`", "`steps`"), "`steps`"),
    "no output": (lambda: _bare("A30", "reported variables"), "A30 is in, but names no output"),
    "block of a driver": (lambda: _bare("C13", "where"), "`coordination_failure` is of the block"),
    "scenario of another row": (
        lambda: PAGE.replace("`synthetic_data` | in | A price", "`ai_moore` | in | A price"),
        "`ai_moore` has neither",
    ),
    "variable that no scenario reports": (
        lambda: PAGE.replace("`ai_price_drop`, `open_source` | in", "`ai_price_drop` | in"),
        "A27: no scenario of the row reports `ai_quality`",
    ),
    "driver in no row": (
        lambda: _bare("C6", "drivers"),
        "no row has `storage_limit` under drivers",
    ),
    "status": (lambda: _status("A1", "yes"), "A1: status 'yes'"),
    "out with names": (lambda: _status("A1", "out"), "A1 is out, but names"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_found(mistake: str) -> None:
    change, message = MISTAKES[mistake]
    text = change()
    assert text != PAGE
    assert any(message in line for line in complaints(text)), complaints(text)
