"""Words for tables and figures, in English and Chinese, from ``runs/labels.csv``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from engels.data import EngelsInputError

Language = Literal["en", "zh"]
FILE = Path(__file__).parent / "labels.csv"


@cache
def labels(language: str = "en") -> Mapping[str, str]:
    """Key -> words. Raises EngelsInputError for a language other than ``en`` and ``zh``."""
    if language not in ("en", "zh"):
        raise EngelsInputError(f"--language: unknown language {language!r}; write en or zh")
    with FILE.open(encoding="utf-8", newline="") as stream:
        return {row["key"]: row[language] for row in csv.DictReader(stream)}
