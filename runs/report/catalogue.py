"""The model as lists: scenarios, drivers, variables, parameters, swaps, sectors.

Each list is a :class:`Listing`: rows of text under headings, every row with all the words by which it
may be found. ``engels drivers`` and its like print them, or write them as CSV.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE
from rich.table import Table

from engels.calibration import calibrate
from engels.calibration.blocks import BLOCKS
from engels.calibration.parameters import load_parameters
from engels.data import EngelsInputError
from engels.model.blocks.declarations import INSTRUMENTS
from engels.model.blocks.library import DRIVERS
from engels.model.economy.driver import NO_QUOTA
from engels.model.reporting.measures import variables
from engels.runs.console.exits import cut
from engels.runs.console.screen import console, write_csv
from engels.runs.scenarios.paths import sector_groups
from engels.runs.scenarios.scenario import load_scenario
from engels.runs.scenarios.schema import BASELINE, baseline, library
from engels.runs.scenarios.source import nearest

Row = tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """A list of the model.

    Attributes
    ----------
    title: what it lists.
    headings: names of the columns, as CSV has them.
    rows: one item each; the first column is its name.
    shown: for the screen, heading -> how a row reads there, in the order of ``rows``.
    note: a line below the table.
    """

    title: str
    headings: Row
    rows: Sequence[Row]
    shown: Sequence[tuple[str, Sequence[str]]]
    note: str = ""

    def having(self, words: Sequence[str]) -> Listing:
        """The rows that have all of ``words`` in any of their columns, in either case.

        Raises EngelsInputError where there is none.
        """
        kept = [
            n
            for n, row in enumerate(self.rows)
            if all(word.casefold() in "\n".join(row).casefold() for word in words)
        ]
        if not kept:
            said = " ".join(words)
            close = nearest(cut(said), [row[0] for row in self.rows], limit=0)
            hint = close if close.startswith("did") else "leave a word out"
            raise EngelsInputError(
                f"{cut(said)}: nothing of the {self.title.lower()} has it; {hint}"
            )
        return Listing(
            self.title,
            self.headings,
            [self.rows[n] for n in kept],
            [(heading, [cells[n] for n in kept]) for heading, cells in self.shown],
            self.note,
        )

    def write(self, as_csv: bool) -> None:
        """Print the list: a table for the screen, or CSV with every column."""
        if as_csv:
            write_csv(self.headings, self.rows)
            return
        table = Table(
            title=f"{self.title} ({len(self.rows)})",
            title_justify="left",
            caption=self.note or None,
            caption_justify="left",
            box=SIMPLE,
            padding=(0, 1, 0, 0),
        )
        screen = console()
        for number, (heading, cells) in enumerate(self.shown):
            # a name stays whole, to be copied, where the terminal leaves as much for the rest
            whole = number == 0 and 2 * max(map(len, cells)) <= screen.width
            table.add_column(heading, overflow="fold", no_wrap=whole)
        for cells in zip(*(column for _, column in self.shown), strict=True):
            table.add_row(*cells)
        screen.print(table)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return "no limit" if value >= NO_QUOTA else f"{value:g}"


def _check_block(block: str | None) -> None:
    if block is not None and block not in BLOCKS:
        raise EngelsInputError(f"--block {cut(block)}: unknown block; {nearest(block, BLOCKS)}")


def scenarios(language: str = "en") -> Listing:
    """The scenarios of the library and the baseline, by family."""
    found = [baseline(), *(load_scenario(name) for name in library())]
    first = {BASELINE: 0}
    found.sort(key=lambda s: (first.get(s.name, 1), s.family, s.name))
    rows = [
        (
            s.name,
            s.family,
            s.title.en,
            s.title.zh,
            s.reference if s.name != BASELINE else "",
            " ".join(s.description.split()),
        )
        for s in found
    ]
    titles = [row[3] if language == "zh" else row[2] for row in rows]
    against = [f"\nfrom {row[4]}" if row[4] not in ("", BASELINE) else "" for row in rows]
    return Listing(
        "Scenarios",
        ("name", "family", "title_en", "title_zh", "reference", "description"),
        rows,
        (
            ("Name", [row[0] for row in rows]),
            ("Family", [row[1] for row in rows]),
            ("Title", [t + a for t, a in zip(titles, against, strict=True)]),
        ),
        "Measured from the baseline where no other is named.",
    )


def drivers(block: str | None = None) -> Listing:
    """Everything that a shock may change. Raises EngelsInputError for an unknown block."""
    _check_block(block)
    chosen = [d for d in DRIVERS.values() if block in (None, d.block, d.through)]
    rows = [
        (
            d.name,
            d.unit,
            " ".join(d.dims),
            "" if d.number is None else f"{d.number:g}",
            f"{d.low:g}",
            f"{d.high:g}",
            d.block,
            d.description,
        )
        for d in chosen
    ]
    meanings = [
        f"{d.description}; by {', '.join(d.dims)}" + (f"; block {d.block}" if d.block else "")
        for d in chosen
    ]
    return Listing(
        "Drivers",
        ("name", "unit", "by", "default", "low", "high", "block", "description"),
        rows,
        (
            ("Driver", [d.name for d in chosen]),
            ("Unit, range", [f"{d.unit}; {_figure(d.low)} to {_figure(d.high)}" for d in chosen]),
            ("Meaning", meanings),
        ),
    )


def reported() -> Listing:
    """Everything that a run reports."""
    found = list(variables().values())
    return Listing(
        "Variables",
        ("name", "unit", "by", "label_en", "label_zh", "description"),
        [(v.name, v.unit, v.dims, v.label_en, v.label_zh, v.description) for v in found],
        (
            ("Variable", [v.name for v in found]),
            ("Unit", [v.unit for v in found]),
            (
                "Meaning",
                [f"{v.label_en}: {v.description}; by {', '.join(v.dims.split())}" for v in found],
            ),
        ),
    )


def parameters(block: str | None = None) -> Listing:
    """Every parameter that ``--set`` may change. Raises EngelsInputError for an unknown block."""
    _check_block(block)
    all_of_them = load_parameters()
    rows: list[Row] = []
    for key, entry in all_of_them.entries.items():
        if block is not None and key.split(".")[0] != block:
            continue
        for item, value in entry.items():
            low, high = (f"{x:g}" for x in entry.bounds(item))
            name = f"{key}.{item}" if item else key
            rows.append(
                (name, f"{value:g}", entry.unit, low, high, entry.mark, entry.source, entry.note)
            )
        if entry.choices:
            others = ", ".join(entry.choices)
            rows.append(
                (
                    key,
                    str(entry.value),
                    f"one of {others}",
                    "",
                    "",
                    entry.mark,
                    entry.source,
                    entry.note,
                )
            )
    return Listing(
        "Parameters",
        ("key", "value", "unit", "low", "high", "mark", "source", "note"),
        rows,
        (
            ("Parameter", [row[0] for row in rows]),
            ("Value", [row[1] for row in rows]),
            (
                "Unit, range, mark, source",
                [
                    "; ".join(
                        x
                        for x in (row[2], f"{row[3]} to {row[4]}" if row[3] else "", row[5], row[6])
                        if x
                    )
                    for row in rows
                ],
            ),
        ),
        "Marks: S seen in the source, S2 in a secondary source, M recalled, R recomputed, D of the "
        "table, assumed.",
    )


def swaps() -> Listing:
    """Every target that a swap may fix, with each instrument that may be found in exchange."""
    known = variables()
    rows = []
    for target, instruments in INSTRUMENTS.items():
        unit = known[target].unit if target in known else ""
        for instrument in instruments:
            driver = DRIVERS.get(instrument)
            # what is no driver of scenarios is a variable that the baseline finds
            other = known.get(instrument)
            said = other.description if other else ""
            rows.append(
                (
                    target,
                    unit,
                    instrument,
                    driver.unit if driver else other.unit if other else "",
                    f"{driver.low:g}" if driver else "",
                    f"{driver.high:g}" if driver else "",
                    driver.block if driver else "",
                    driver.description if driver else said,
                )
            )
    return Listing(
        "Swaps",
        (
            "target",
            "target_unit",
            "instrument",
            "unit",
            "low",
            "high",
            "block",
            "description",
        ),
        rows,
        (
            ("Target", [f"{row[0]}, {row[1]}" if row[1] else row[0] for row in rows]),
            ("Instrument", [row[2] for row in rows]),
            (
                "Meaning of the instrument",
                [
                    "; ".join(
                        x
                        for x in (
                            row[7],
                            row[3],
                            f"{row[4]} to {row[5]}" if row[4] else "",
                            f"block {row[6]}" if row[6] else "",
                        )
                        if x
                    )
                    for row in rows
                ],
            ),
        ),
        "A swap puts the target on a path and finds the instrument that brings it there.",
    )


ROUNDING = 1e-9
"""What a sum of shares may miss of one."""


def sectors(aggregation: str, language: str = "en") -> Listing:
    """The sectors of an aggregation and the groups of them that a scenario may name.

    Raises EngelsInputError for an unknown aggregation.
    """
    b = calibrate(aggregation)
    groups = sector_groups(b)
    mine = {
        code: " ".join(
            name if parts[code] > 1 - ROUNDING else f"{name}:{100 * parts[code]:.3g}%"
            for name, parts in groups.items()
            if code in parts
        )
        for code in b.sectors
    }
    rows = [
        (
            code,
            b.labels[code]["en"],
            b.labels[code].get("zh", ""),
            mine[code],
            f"{b.output[n]:.6g}",
        )
        for n, code in enumerate(b.sectors)
    ]
    return Listing(
        "Sectors",
        ("code", "name_en", "name_zh", "groups", f"output_{b.base_year}_trillion_yuan"),
        rows,
        (
            ("Code", [row[0] for row in rows]),
            ("Sector", [row[2] if language == "zh" else row[1] for row in rows]),
            ("Groups", [row[3] for row in rows]),
        ),
        "Codes and groups are what `sectors:` of a shock names. A share is the part of the sector's value "
        "added that belongs to the group; of a shock to the group the sector gets that part.",
    )
