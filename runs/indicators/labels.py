"""Words for tables and figures, in English and Chinese, from ``runs/indicators/labels.csv``.

Plain keys are words. What the model calls by an identifier stands under its kind: ``driver:NAME``,
``parameter:KEY``, ``item:NAME`` (an element, such as a skill), ``setting:NAME``, ``unit:TEXT`` and, where
a title is too long for a table, ``scenario:NAME``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from engels.data import EngelsInputError
from engels.model.reporting.measures import variables
from engels.runs.scenarios.schema import library

Language = Literal["en", "zh"]
FILE = Path(__file__).parent / "labels.csv"


@cache
def labels(language: str = "en") -> Mapping[str, str]:
    """Key -> words. Raises EngelsInputError for a language other than ``en`` and ``zh``."""
    if language not in ("en", "zh"):
        raise EngelsInputError(f"--language: unknown language {language!r}; write en or zh")
    with FILE.open(encoding="utf-8", newline="") as stream:
        return {row["key"]: row[language] for row in csv.DictReader(stream)}


def item_name(name: str, language: str = "en") -> str:
    """An element of a dimension, or a choice, in words; a sector's code and a year stay as they are."""
    return labels(language).get(f"item:{name}", name)


def unit_name(unit: str, language: str = "en") -> str:
    """A unit in words."""
    return labels(language).get(f"unit:{unit}", unit)


def entry_name(label: str, language: str = "en") -> str:
    """What a batch varies, or a shock of subtotals, in words; a name that a user gave stays as it is.

    ``label`` is a driver, parameter, setting or target of a swap, with an element
    (``elasticities.ai_labour.middle``, ``tfp_sector:AGR``) or a year (``markup_common_2035``) behind it.
    """
    words = labels(language)
    known = _known(label, language)
    if known is not None:
        return known
    shock, colon, element = label.partition(":")
    dated = re.fullmatch(r"(.+)_(\d{4})", label)
    parent, dot, item = label.rpartition(".")
    for there, name, part in ((colon, shock, element), (dot, parent, item)):
        known = _known(name, language) if there else None
        if known is not None:
            return f"{known}{words['comma']}{item_name(part, language)}"
    if dated:
        known = _known(dated[1], language)
        if known is not None:
            return f"{known}{words['comma']}{dated[2]}"
    return label


def _known(name: str, language: str) -> str | None:
    words = labels(language)
    for kind in ("driver", "parameter", "setting"):
        if f"{kind}:{name}" in words:
            return words[f"{kind}:{name}"]
    variable = variables().get(name)
    if variable is None:
        return None
    return variable.label_en if language == "en" else variable.label_zh


def scenario_name(
    name: str, language: str = "en", manifest: Mapping[str, Any] | None = None
) -> str:
    """A scenario in a few words: its label, or its title.

    ``manifest``, of a run of the scenario or against it, tells the title of a user's own. A scenario of
    which nothing is known but its name has blanks for its underscores.
    """
    words = labels(language)
    if name == "baseline":
        return words[name]
    if f"scenario:{name}" in words:
        return words[f"scenario:{name}"]
    about = manifest or {}
    if name == about.get("scenario"):
        titles = about.get("title")
    elif name in library():
        titles = _title(library()[name].read_text(encoding="utf-8"))
    else:
        titles = _title(str((about.get("scenario_text") or {}).get(f"{name}.yaml", "")))
    titles = titles if isinstance(titles, dict) else {}
    return str(titles.get(language) or titles.get("en") or name.replace("_", " "))


def _title(text: str) -> Any:
    content = yaml.safe_load(text)
    return content.get("title") if isinstance(content, dict) else None
