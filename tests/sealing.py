"""Folders of stored runs changed by one who writes a new seal, so that the tests behind it are seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engels.runs.store.seal import write_manifest


def reseal(folder: Path, change: Callable[[dict[str, Any]], object] = lambda _: None) -> None:
    """Seal a folder as it is now, its manifest changed."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(manifest)
    write_manifest(manifest, folder, created=manifest.get("created"))
