"""What a result depends on, read off the import graph: modules, and the data that they name.

A module belongs to a result if the module that makes the result imports it, itself or through others,
anywhere in its text. A file of data belongs to it if one of these modules names it as a path within its own
folder or within its part of the project: ``"labels.csv"``, or ``f"io/{year}-{detail}.csv"``, which names all
that fit. A folder of alternatives, such as the mappings, belongs to no result as a whole: whoever chooses one
of them says which. Nothing is listed by hand: a new module, import or table is found by itself.

Comments and docstrings change no figure and are left out of the digest of code, as labels and
descriptions are out of that of the data behind a run.
"""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

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
"""The packages whose modules are looked at: the parts of the project."""

SIMULATION = "engels.runs.simulation.simulate"
"""The module that makes a stored run."""

DATA = (".csv", ".yaml")
"""What files of data are called."""
ONE = re.compile(r"'([\w./-]+\.(?:csv|yaml))'")
"""A text that may name a file of data, as Python writes it."""
SOME = re.compile(r"'([\w-]+/[\w*./-]+\.(?:csv|yaml))'")
"""A text, stars for what is put into it, that may name some files of a folder."""

WORDS = ("label_en", "label_zh", "description")
"""Columns of a CSV for readers alone."""


@cache
def import_graph() -> grimp.ImportGraph:
    """Who imports whom in :data:`PACKAGES`, as far as they are installed; imports for types alone aside."""
    found = [name for name in PACKAGES if _folder(name) is not None]
    return grimp.build_graph(*found, exclude_type_checking_imports=True, cache_dir=None)


@cache
def reached(*modules: str) -> tuple[str, ...]:
    """These modules, all that they import, directly or not, and the packages that hold them; sorted.

    A module outside :data:`PACKAGES` reaches nothing but itself.
    """
    graph = import_graph()
    inside = [name for name in modules if name in graph.modules]
    found = set(modules).union(*(graph.find_upstream_modules(name) for name in inside))
    holders = {name.rsplit(".", n)[0] for name in found for n in range(1, name.count("."))}
    return tuple(sorted(found | (holders & graph.modules)))


def modules_of(*makers: Callable[..., Any] | None) -> tuple[str, ...]:
    """The modules in which functions are defined, those behind a ``partial`` too."""
    functions = [getattr(maker, "func", maker) for maker in makers if maker is not None]
    return tuple(sorted({f.__module__ for f in functions}))


@cache
def code_digest(*modules: str) -> str:
    """SHA-256 of what the modules that :func:`reached` finds say."""
    found = [f"{name}\n{_read(name)[0]}" for name in reached(*modules)]
    return checksum("\n".join(found).encode())


@cache
def data_named(*modules: str) -> dict[str, Path]:
    """Files of data that the modules of :func:`reached` name, by their path from the top, sorted."""
    found: dict[str, Path] = {}
    files = _data_files()
    for module in reached(*modules):
        part = _part(module)
        if part is None:
            continue
        root, texts = _folder(part), _read(module)[1]
        assert root is not None
        for base in {root, source(module).parent}:
            for path in files & {path for text in texts for path in base.glob(text)}:
                found[f"{root.name}/{path.relative_to(root).as_posix()}"] = path
    return dict(sorted(found.items()))


@cache
def data_digests(*modules: str, words: bool = True) -> dict[str, str]:
    """SHA-256 of each file of :func:`data_named`; without ``words``, of what is not for readers alone."""
    return {name: _data_digest(path, words) for name, path in data_named(*modules).items()}


def packaged_code(*more: str) -> str:
    """Digest of the code behind a stored run, and behind ``more`` modules."""
    return code_digest(SIMULATION, *more)


def source(module: str) -> Path:
    """The file of a module."""
    part = _part(module)
    if part is None:
        found = find_spec(module)
        assert found is not None and found.origin is not None, module
        return Path(found.origin)
    folder = _folder(part)
    assert folder is not None, module
    path = folder.joinpath(*module.removeprefix(part).split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _part(module: str) -> str | None:
    """The package of :data:`PACKAGES` that holds a module."""
    part = ".".join(module.split(".")[:2])
    return part if part in PACKAGES else None


@cache
def _folder(package: str) -> Path | None:
    """Where a package lies; None where it is not installed."""
    found = find_spec(package)
    return Path(found.origin).parent if found is not None and found.origin else None


@cache
def _data_files() -> frozenset[Path]:
    """All files of data of the installed packages."""
    return frozenset(path for path in files_of(PACKAGES) if path.suffix in DATA)


def files_of(packages: tuple[str, ...]) -> frozenset[Path]:
    """All modules and files of data of packages, as far as they are installed."""
    roots = [root for name in packages if (root := _folder(name)) is not None]
    return frozenset(
        path
        for root in roots
        for path in root.rglob("*")
        if path.suffix in (".py", *DATA) and path.is_file()
    )


def _data_digest(path: Path, words: bool) -> str:
    content = path.read_bytes()
    if not words and path.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        kept = [n for n, name in enumerate(rows[0]) if name not in WORDS]
        if len(kept) < len(rows[0]):
            return checksum(repr([[row[n] for n in kept] for row in rows]).encode())
    return checksum(content)


@cache
def _read(module: str) -> tuple[str, frozenset[str]]:
    """What a module says, without comments and docstrings, and the names of data files in it.

    Read once in a process: what runs is what was read when it began.
    """
    said: list[str] = []
    _flatten(ast.parse(source(module).read_bytes()), said.append)
    texts = [line for line in said if line.endswith((".csv'", ".yaml'"))]
    named = (ONE.fullmatch(line) or SOME.fullmatch(line) for line in texts)
    return "\n".join(said), frozenset(match[1] for match in named if match)


def _flatten(node: Any, say: Callable[[str], None]) -> None:
    """Say a syntax tree: the kind and the fields of each node, names and constants as Python writes them.

    A field that is empty is left out, so that versions of Python that know further ones say the same.
    """
    if isinstance(node, ast.AST):
        say(f"({type(node).__name__}")
        if isinstance(node, ast.JoinedStr):
            parts = (v.value if isinstance(v, ast.Constant) else "*" for v in node.values)
            say(repr("".join(map(str, parts))))
        for name in node._fields:
            value = getattr(node, name, None)
            if value is not None and value != []:
                say(name)
                _flatten(value, say)
        say(")")
    elif isinstance(node, list):
        say("[")
        for item in node:
            if not _is_text(item):
                _flatten(item, say)
        say("]")
    else:
        say(repr(node))


def _is_text(node: object) -> bool:
    """Whether a statement is a text that nobody reads but a reader: a docstring."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
