"""What is made from what: files that are made again only where something behind them has changed.

A ledger is a JSON file beside what was made. For every entry it holds the hashes of all that the
entry was made from and of the files it was written to. An entry is there as a whole or not at all:
its files are written beside their places first, and the ledger last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engels.data.files import checksum
from engels.runs.folders import building, locked


class Ledger:
    """The ledger of a folder, in a file of that name."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    def read(self) -> dict[str, Any]:
        """All entries; empty where nothing readable is there."""
        try:
            found = json.loads((self.folder / self.name).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def current(self, key: str, made_from: Mapping[str, str]) -> dict[str, Any] | None:
        """The entry, where it was made from just this and its files are as they were written."""
        entry = self.read().get(key)
        if not isinstance(entry, dict) or entry.get("made_from") != made_from:
            return None
        files = self._files(entry)
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
        **more: Any,
    ) -> None:
        """Have ``write`` fill an empty folder, move its files into place and note the entry.

        ``more`` is noted with it. Nothing is in its place before all files are made; files of an
        earlier entry that are no longer made are removed.
        """
        with building(self.folder) as made:
            write(made)
            names = sorted(path.name for path in made.iterdir())
            files = {name: checksum((made / name).read_bytes()) for name in names}
            with locked(self.folder):
                for name in names:
                    (made / name).replace(self.folder / name)
                entries = self.read()
                for name in set(self._files(entries.get(key))) - set(files):
                    (self.folder / name).unlink(missing_ok=True)
                # last: a maker that is killed before leaves something that will be made again
                entry = {**more, "made_from": dict(made_from), "files": files}
                text = json.dumps(
                    {**entries, key: entry}, indent=2, sort_keys=True, ensure_ascii=False
                )
                part = made / self.name
                part.write_text(text + "\n", encoding="utf-8")
                part.replace(self.folder / self.name)

    def _files(self, entry: object) -> dict[str, str]:
        """The files of an entry, those that may have been written to this folder."""
        files = entry.get("files") if isinstance(entry, dict) else None
        if not isinstance(files, dict):
            return {}
        return {name: said for name, said in files.items() if Path(name).name == name}
