"""The walk of a scenario through the code, from the command line to its table: ``python -m docs.walk``.

A run of five sectors is followed. Every function of the project is noted when it is entered for the first
time; functions entered one after the other in one room are a stay there, and a stay in a room that was left
before is a return. Imports, bodies of classes, comprehensions, lambdas and what a dataclass generates are not
counted. A room is a file, or a folder; both are told, of the whole project and of ``runs`` alone.
``--list`` prints the functions in their order.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("data", "calibration", "model", "runs")


def walk(arguments: list[str]) -> list[tuple[str, str]]:
    """File and function of everything that the command enters, each once, in order of first entry."""
    from engels.runs.cli.main import app

    seen: set[CodeType] = set()
    found: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "call" or code in seen:
            return
        seen.add(code)
        path = Path(code.co_filename)
        # the body of a class, which runs when it is imported, has no variables of its own
        if (
            code.co_flags & CO_OPTIMIZED
            and path.is_relative_to(ROOT)
            and not code.co_name.startswith("<")
        ):
            place = path.relative_to(ROOT)
            if place.parts[0] in PACKAGES and "<locals>" not in code.co_qualname:
                found.append((str(place), code.co_qualname))

    sys.setprofile(note)
    try:
        app(arguments, standalone_mode=False)
    except SystemExit:
        pass
    finally:
        sys.setprofile(None)
    return found


def stays(rooms: list[str]) -> list[str]:
    """The rooms in their order, those entered one after the other once."""
    return [room for room, _ in itertools.groupby(rooms)]


def main() -> None:
    """Walk and print."""
    with tempfile.TemporaryDirectory() as out:
        asked = ["--aggregation", "5", "--solver", "newton", "--no-figures", "--out", out]
        entered = walk(["run", "ai_central", *asked])
    listed = "--list" in sys.argv
    for what, part in (
        ("the project", entered),
        ("runs", [e for e in entered if e[0][:5] == "runs/"]),
    ):
        for kind in ("files", "folders"):
            of = [file if kind == "files" else str(Path(file).parent) for file, _ in part]
            found = stays(of)
            rooms = len(set(found))
            print(
                f"{what}, rooms are {kind}: {len(part)} functions, {len(found)} stays in {rooms} "
                f"rooms, {len(found) - rooms} returns"
            )
    if listed:
        for file, function in entered:
            print(f"{file:45} {function}")


if __name__ == "__main__":
    main()
