"""Which indicator an error arose in, from the place in the code at which it did."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from engels.model.reporting.measures import variables


def broken_indicator(error: BaseException) -> str:
    """The reported variable whose computation raised ``error``, else the function that did.

    The innermost frame that stands in an entry ``"name": ...`` or an assignment to ``rows["name", ...]``
    of a reported variable decides.
    """
    frames: list[tuple[str, int, str]] = []
    at: TracebackType | None = error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        frames.append((code.co_filename, at.tb_lineno, code.co_name))
        at = at.tb_next
    for file, line, _ in reversed(frames):
        name = _reported_at(Path(file), line)
        if name:
            return name
    return frames[-1][2] if frames else "unknown"


def _reported_at(file: Path, line: int) -> str:
    """The reported variable that is computed in a line of a source file; empty where there is none."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ""
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        for name, value in _named(node).items():
            last = value.end_lineno or value.lineno
            if value.lineno <= line <= last and name in variables():
                found[name] = last - value.lineno
    return min(found, key=lambda name: found[name], default="")


def _named(node: ast.AST) -> Mapping[str, ast.expr]:
    """Values of a dictionary, or what is assigned to an entry, by the name in the key."""
    if isinstance(node, ast.Dict):
        keys = zip(node.keys, node.values, strict=True)
        return {str(k.value): v for k, v in keys if isinstance(k, ast.Constant)}
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        place = node.targets[0].slice
        first = place.elts[0] if isinstance(place, ast.Tuple) and place.elts else place
        if isinstance(first, ast.Constant):
            return {str(first.value): node.value}
    return {}
