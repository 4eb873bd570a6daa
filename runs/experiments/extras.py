"""Packages that only some batches need, and that an installation may leave out."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from engels.data import EngelsInputError

PACKAGES = {"cluster": "distributed", "stats": "salib", "gams": "gamsapi gamspy-base"}
"""Extras of ``pyproject.toml``, and what they install."""


def optional(module: str, extra: str, purpose: str) -> Any:
    """Import a module of an extra.

    Raises EngelsInputError, which names the extra and how to install it, where it is not there.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise  # it is there, and lacks something itself
        raise EngelsInputError(
            f"{purpose}: needs the packages of the extra `{extra}`; run "
            f".venv/bin/python -m pip install {PACKAGES[extra]}"
        ) from None
