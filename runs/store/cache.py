"""What a later process need not work out again: compiled economies and solved baselines.

They lie in a folder of the user's cache. The name of every file is the hash of all that it was made from:
every module and file of data of the program, versions of Python and of the packages, and the settings. Its
content is sealed by a hash of its own. What is damaged, or not there, is made anew. Nothing here is a result:
a baseline is the point at which a solve begins, which has to end there with its certificate, and an economy
is judged by identities that do not rest on it.

``ENGELS_CACHE`` names another folder; ``ENGELS_CACHE=off`` keeps nothing.
"""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import platform
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from engels.runs.store.code import PACKAGES, files_of
from engels.runs.store.inputs import versions

LARGEST = 2**30
"""Bytes that the cache holds at most; what was used longest ago goes first."""
FOLDER, OFF = "ENGELS_CACHE", "off"
_NAME = re.compile(r"[0-9a-f]{64}\.kept")
_SEAL = 32


@dataclass(frozen=True)
class Cache:
    """Things kept in a folder, by the hash of what they are made from."""

    folder: Path

    def get(self, key: str) -> Any | None:
        """What is kept under a key; None where there is nothing whole."""
        path = self._path(key)
        try:
            if not self._private():
                return None
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        if hashlib.sha256(content[_SEAL:]).digest() != content[:_SEAL]:
            path.unlink(missing_ok=True)
            return None
        return pickle.loads(content[_SEAL:])

    def put(self, key: str, thing: Any) -> None:
        """Keep a thing; nothing happens where the folder cannot be written."""
        content = pickle.dumps(thing, protocol=pickle.HIGHEST_PROTOCOL)
        path = self._path(key)
        new = path.with_name(f"{path.name}.{os.getpid()}.new")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new.write_bytes(hashlib.sha256(content).digest() + content)
            new.replace(path)
        except OSError:
            with suppress(OSError):
                new.unlink()
            return
        self._trim()

    def sizes(self) -> dict[Path, int]:
        """Bytes of what is kept, by its file, what was used longest ago first."""
        found: list[tuple[int, Path, int]] = []
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if _NAME.fullmatch(path.name):
                    try:
                        seen = path.stat()
                    except FileNotFoundError:  # another process was quicker
                        continue
                    found.append((seen.st_mtime_ns, path, seen.st_size))
        return {path: size for _, path, size in sorted(found)}

    def clear(self) -> int:
        """Remove everything that was kept, and nothing else; returns how many files."""
        found = self.sizes()
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def _private(self) -> bool:
        """Whether nobody else can write here: what is kept is read by ``pickle``, which may run code."""
        if not hasattr(os, "getuid"):
            return True
        seen = self.folder.stat()
        others = stat.S_IWGRP | stat.S_IWOTH
        return seen.st_uid == os.getuid() and not seen.st_mode & others

    def _trim(self) -> None:
        found = self.sizes()
        total = sum(found.values())
        for path, size in found.items():
            if total <= LARGEST:
                return
            path.unlink(missing_ok=True)
            total -= size

    def _path(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()}.kept"


def user_cache() -> Cache | None:
    """The cache of the user; None where it is switched off."""
    wanted = os.environ.get(FOLDER, "")
    if wanted == OFF:
        return None
    return Cache(Path(wanted) if wanted else user_cache_path("engels", appauthor=False))


@functools.cache
def program() -> str:
    """Hash of every module and file of data of the program as they lie, and of what runs it."""
    found = hashlib.sha256(repr((sorted(versions().items()), platform.machine())).encode())
    for path in sorted(files_of(PACKAGES)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.parent.name}/{path.name} {content}\n".encode())
    return found.hexdigest()
