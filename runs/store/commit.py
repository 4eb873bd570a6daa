"""Which commit the running code is: of the clone, or of the clone from which a wheel was built."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

UNKNOWN = "unknown commit"
BAKED = "commit.txt"
"""Written beside this file into a wheel; a clone has none (``setup.py``)."""


def described(folder: Path) -> str | None:
    """What ``git describe`` says of a clone: the last tag and the commit, ``-dirty`` where files differ.

    None where ``folder`` is no clone, or git is not there or refuses.
    """
    if not (folder / ".git").exists():
        return None
    # 40 digits, not a shortened name: a result has to be found again in any clone
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


@cache
def commit() -> str:
    """The commit of the running code, or :data:`UNKNOWN`."""
    here = Path(__file__).resolve().parent
    baked = here / BAKED
    if baked.is_file():
        return baked.read_text(encoding="utf-8").strip()
    return described(here.parents[1]) or UNKNOWN
