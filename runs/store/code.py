"""Which code a result depends on, read off the import graph, and its digest.

A module belongs to a result if the module that makes the result imports it, itself or through others,
anywhere in its text. Nothing is listed by hand: a new module, or a new import, is found by itself.
Comments and docstrings change no figure and are left out of the digest.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import grimp

from engels.data.files import checksum

PACKAGES = (
    "engels.data",
    "engels.calibration",
    "engels.model",
    "engels.runs",
    "engels.replication",
    "engels.benchmarks",
)
"""The packages whose modules are looked at."""

SIMULATION = "engels.runs.simulation.simulate"
"""The module that makes a stored run."""


@cache
def import_graph() -> grimp.ImportGraph:
    """Who imports whom in :data:`PACKAGES`, as far as they are installed; imports for types alone aside."""
    found = [name for name in PACKAGES if find_spec(name) is not None]
    return grimp.build_graph(*found, exclude_type_checking_imports=True, cache_dir=None)


@cache
def reached(*modules: str) -> tuple[str, ...]:
    """These modules, all that they import, directly or not, and the packages that hold them; sorted."""
    graph = import_graph()
    found = set(modules).union(*(graph.find_upstream_modules(name) for name in modules))
    holders = {name.rsplit(".", n)[0] for name in found for n in range(1, name.count("."))}
    return tuple(sorted(found | (holders & graph.modules)))


def source(module: str) -> Path:
    """The file of a module."""
    found = find_spec(module)
    assert found is not None and found.origin is not None, module
    return Path(found.origin)


@cache
def code_digest(*modules: str) -> str:
    """SHA-256 of what the modules that :func:`reached` finds say."""
    found = []
    for name in reached(*modules):
        tree = _undocumented(ast.parse(source(name).read_text(encoding="utf-8")))
        found.append(f"{name}\n{ast.dump(tree)}")
    return checksum("\n".join(found).encode())


def packaged_code(*more: str) -> str:
    """Digest of the code behind a stored run, and behind ``more`` modules."""
    return code_digest(SIMULATION, *more)


def _undocumented(tree: ast.Module) -> ast.Module:
    """A module without its docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            node.body = [x for x in node.body if not _is_text(x)]
    return tree


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
