"""Calls of the command on mutated input, judged: what a user must never see.

A call ends well with 0, or with 1 or 2 and lines that say why. A traceback, a warning of a library, a
message without end, a process that hangs or is killed, and files left behind by a call that was refused
are faults.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

REPOSITORY = Path(__file__).parents[2]
MEMORY = 8 << 30
"""Address space of a call, bytes."""
LONGEST = 600
"""Characters of a line of a message."""


@dataclass(frozen=True)
class Outcome:
    """What a call printed, and how it ended."""

    arguments: tuple[str, ...]
    code: int
    late: bool
    seconds: float
    out: str
    err: str
    written: tuple[str, ...] = field(default=())

    @property
    def faults(self) -> list[str]:
        """What is wrong with the way in which the call ended."""
        found = []
        both = self.out + self.err
        if self.late:
            found.append(f"hangs: no end after {self.seconds:.0f} s")
        elif self.code not in (0, 1, 2):
            found.append(f"ends with {self.code}")
        if "Traceback (most recent call last)" in both:
            found.append("traceback: " + both.strip().splitlines()[-1][:200])
        if "Warning:" in both:
            found.append("a library's warning")
        if self.code in (1, 2) and not self.late:
            if not self.err.strip():
                found.append("no message")
            long = max((len(line) for line in self.err.splitlines()), default=0)
            if long > LONGEST:
                found.append(f"a line of {long} characters")
        if self.code == 2 and self.written:
            found.append(f"refused, but wrote {', '.join(self.written[:3])}")
        return found


class Command:
    """The command in processes of its own; use it in a ``with`` statement."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def __enter__(self) -> Command:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=30)

    def _answer(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process that calls the command has ended"
        return dict(json.loads(line))

    def call(
        self,
        arguments: Sequence[str],
        cwd: Path,
        seconds: float = 5.0,
        environment: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Call ``engels`` with ``arguments`` in the folder ``cwd``, for so many seconds at most."""
        before = _files(cwd)
        with tempfile.TemporaryDirectory() as place:
            out, err = Path(place) / "out", Path(place) / "err"
            request = {
                "arguments": list(arguments),
                "cwd": str(cwd),
                "out": str(out),
                "err": str(err),
                "seconds": seconds,
                "memory": MEMORY,
                "environment": {"COLUMNS": "200", **(environment or {})},
            }
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer = self._answer()
            texts = [p.read_text(encoding="utf-8", errors="replace") for p in (out, err)]
        return Outcome(
            tuple(arguments),
            int(answer["code"]),
            bool(answer["late"]),
            answer["seconds"],
            *texts,
            tuple(sorted(_files(cwd) - before)),
        )


def _files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir()}


def lay(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a case."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
