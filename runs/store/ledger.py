"""What is made from what: files that are made again only where something behind them has changed.

A ledger is a JSON file beside what was made. For every entry it holds the hashes of all that the
entry was made from and of the files it was written to. An entry is there as a whole or not at all:
its files are written beside their places first, and the ledger last. Files that no entry lists, or that
were changed since, are not the ledger's: they are never removed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engels.data.files import checksum
from engels.runs.store.folders import building, locked


class Ledger:
    """The ledger of a folder, in a file of that name."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    def read(self) -> dict[str, Any]:
        """All entries; empty where nothing readable is there."""
        found = self._content()
        return {k: e for k, e in found.items() if _is_entry(e)} if isinstance(found, dict) else {}

    def sound(self) -> bool:
        """Whether the ledger is not there yet, or holds nothing but entries."""
        try:
            os.lstat(self.folder / self.name)
        except FileNotFoundError:
            return True
        found = self._content()
        return isinstance(found, dict) and all(map(_is_entry, found.values()))

    def _content(self) -> Any:
        try:
            return json.loads((self.folder / self.name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None

    def own(self, name: str) -> bool:
        """Whether a file is as some entry wrote it."""
        path = self.folder / name
        if not path.is_file() or path.is_symlink():
            return False
        written = {e["files"].get(name) for e in self.read().values()}
        return checksum(path.read_bytes()) in written

    def current(self, key: str, made_from: Mapping[str, str]) -> dict[str, Any] | None:
        """The entry, where it was made from just this and its files are as they were written."""
        entry = self.read().get(key)
        if entry is None or entry["made_from"] != made_from:
            return None
        files = entry["files"]
        if not files:
            return None
        whole = all(
            (self.folder / name).is_file()
            and checksum((self.folder / name).read_bytes()) == written
            for name, written in files.items()
        )
        return entry if whole else None

    def make(
        self,
        key: str,
        made_from: Mapping[str, str],
        write: Callable[[Path], None],
        admit: Callable[[Path, str], None] = lambda built, name: None,
        **more: Any,
    ) -> None:
        """Have ``write`` fill an empty folder, move its files into place and note the entry.

        ``more`` is noted with it. Nothing is in its place before all files are made; ``admit`` may
        refuse each (by an error) before any takes its place. Files of an earlier entry of this key that
        are no longer made are removed, as far as they are as they were written and of no other entry.
        """
        with building(self.folder) as made:
            write(made)
            names = sorted(path.name for path in made.iterdir())
            files = {name: checksum((made / name).read_bytes()) for name in names}
            with locked(self.folder):
                for name in names:
                    admit(made / name, name)
                for name in names:
                    (made / name).replace(self.folder / name)
                entries = self.read()
                old = entries.pop(key, {"files": {}})["files"]
                kept = {*files, *(name for e in entries.values() for name in e["files"])}
                for name, written in old.items():
                    path = self.folder / name
                    if (
                        name not in kept
                        and path.is_file()
                        and checksum(path.read_bytes()) == written
                    ):
                        path.unlink()
                # last: a maker that is killed before leaves something that will be made again
                entry = {**more, "made_from": dict(made_from), "files": files}
                text = json.dumps(
                    {**entries, key: entry}, indent=2, sort_keys=True, ensure_ascii=False
                )
                part = made / self.name
                part.write_text(text + "\n", encoding="utf-8")
                part.replace(self.folder / self.name)


def _is_entry(entry: object) -> bool:
    """Whether this is an entry, whose files lie in the folder itself."""
    if not isinstance(entry, dict) or not isinstance(entry.get("made_from"), dict):
        return False
    files = entry.get("files")
    return isinstance(files, dict) and all(
        isinstance(written, str) and name == Path(name).name not in ("", "..")
        for name, written in files.items()
    )
