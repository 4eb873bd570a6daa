"""What a run depends on, checked one by one: ``engels doctor``.

Every check ends in a :class:`Check`, never in an exception, so that one missing part does not hide
the next. A solver counts as there once it has solved something.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pyomo.environ as pyo

State = Literal["ok", "note", "missing"]

MINIMUM_PYTHON = (3, 11)
#: GiB that a run of the default aggregation needs with some room.
COMFORTABLE_MEMORY = 4.0
LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"
#: What brings packages back: in a clone, which has the lock, and elsewhere.
REINSTALL = "`make setup`" if LOCK.is_file() else "`pip install --force-reinstall` of the wheel"
#: Seconds that the test problem may take.
TEST_SECONDS = 60.0
#: A character that every font for Chinese has.
CHINESE_SAMPLE = "中"


@dataclass(frozen=True)
class Check:
    """One thing a run depends on.

    Attributes
    ----------
    name: what was looked for.
    found: what is there, in a few words.
    state: ``ok``; ``note`` (works, worth knowing); ``missing`` (no run without it).
    remedy: what to do about it; empty where the state is ``ok``.
    """

    name: str
    found: str
    state: State = "ok"
    remedy: str = ""


def run_checks(results: Path = Path("results")) -> list[Check]:
    """All checks, in the order in which a failure would hide the later ones.

    ``results`` is the folder into which runs write.
    """
    checks = [check_python(), *check_packages()]
    checks += _guarded("Ipopt", check_solver)
    checks += _guarded("libpynumero_ASL", check_pynumero)
    checks += _guarded("data files", check_data)
    checks += [check_results(results), check_machine()]
    return checks + _guarded("font with Chinese characters", check_font)


def _guarded(title: str, check: Callable[[], list[Check]]) -> list[Check]:
    """A check that needs other packages: one that cannot be imported is a finding."""
    try:
        return check()
    except ImportError as error:
        return [Check(title, f"cannot be tried: {error}", "missing", f"run {REINSTALL}")]


def report(checks: list[Check], console: Console) -> int:
    """Print the checks as a table; 0 where nothing required is missing, else 1."""
    table = Table(title="What a run depends on", title_justify="left")
    for column in ("", "part", "found", "remedy"):
        table.add_column(column, overflow="fold")
    marks = {
        "ok": Text("ok", "green"),
        "note": Text("note", "yellow"),
        "missing": Text("MISSING", "red"),
    }
    for check in checks:
        table.add_row(marks[check.state], check.name, check.found, check.remedy)
    console.print(table)
    missing = [check for check in checks if check.state == "missing"]
    if not missing:
        console.print("Everything a run needs is there.")
        return 0
    console.print(Text(f"{len(missing)} missing:", "red"))
    for check in missing:
        console.print(f"  {check.name}: {check.found}; {check.remedy}", soft_wrap=True)
    return 1


# ---------------------------------------------------------------------- Python and packages


def check_python() -> Check:
    """The interpreter's version."""
    found = f"{platform.python_version()} in {sys.prefix}"
    if sys.version_info[:2] >= MINIMUM_PYTHON:
        return Check("Python", found)
    wanted = ".".join(str(part) for part in MINIMUM_PYTHON)
    return Check("Python", found, "missing", f"use Python {wanted} or newer")


def check_packages() -> list[Check]:
    """Each package the project names, and all others of the lock in one line."""
    direct = [Requirement(text) for text in requires("engels") or ()]
    direct = [item for item in direct if item.marker is None or item.marker.evaluate()]
    pins = pinned_versions()
    checks = [_check_package(item, pins.get(canonicalize_name(item.name))) for item in direct]
    others = {name: pin for name, pin in pins.items() if name not in _names(direct)}
    return [*checks, _check_others(others)] if others else checks


def pinned_versions() -> dict[str, str]:
    """Versions of ``requirements.lock``, by package; empty where the package is not a clone's."""
    if not LOCK.is_file():
        return {}
    pins: dict[str, str] = {}
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if not line[:1].isalnum():
            continue
        item = Requirement(line.rstrip("\\ "))
        if item.marker is None or item.marker.evaluate():
            pins[canonicalize_name(item.name)] = str(item.specifier).removeprefix("==")
    return pins


def _names(requirements: list[Requirement]) -> set[str]:
    return {canonicalize_name(item.name) for item in requirements}


def _check_package(item: Requirement, pin: str | None) -> Check:
    wanted = pin or str(item.specifier) or "any version"
    try:
        installed = version(item.name)
    except PackageNotFoundError:
        return Check(item.name, "not installed", "missing", f"{REINSTALL} installs {wanted}")
    if pin is not None and installed != pin:
        remedy = "results may differ in their last digits; `make setup` restores the pinned version"
        return Check(item.name, f"{installed}, pinned {pin}", "note", remedy)
    if pin is None and not item.specifier.contains(installed, prereleases=True):
        return Check(item.name, installed, "missing", f"install {item.name}{item.specifier}")
    return Check(item.name, f"{installed}{', as pinned' if pin else ''}")


def _check_others(pins: dict[str, str]) -> Check:
    differing: list[str] = []
    for name, pin in sorted(pins.items()):
        try:
            installed = version(name)
        except PackageNotFoundError:
            installed = "not installed"
        if installed != pin:
            differing.append(f"{name} {installed}, pinned {pin}")
    title = f"{len(pins)} other packages"
    if not differing:
        return Check(title, "all as pinned")
    return Check(title, "; ".join(differing), "note", "`make setup` restores the pinned versions")


# ---------------------------------------------------------------------- solver


def check_solver() -> list[Check]:
    """The Ipopt executable, and a problem solved with it."""
    from engels.model.algebra.errors import SolverBroken
    from engels.model.solving.ipopt import REMEDY, ipopt_version
    from engels.model.solving.solver_path import SolverMissing, find_ipopt

    try:
        executable = find_ipopt()
        number = ipopt_version(executable)
    except SolverMissing as error:
        return [Check("Ipopt", error.found, "missing", error.remedy)]
    except SolverBroken as error:
        found = str(error).removesuffix(f"; {REMEDY}")
        return [Check("Ipopt", found, "missing", "remove it, then `engels setup-solver`")]
    return [Check("Ipopt", f"{number} at {executable}"), _solve(executable)]


def _solve(executable: Path) -> Check:
    """Two equations in two unknowns: x + y = 3 and x = 2y², so x = 2 and y = 1."""
    import pyomo.environ as pyo

    from engels.data import EngelsInputError
    from engels.model.algebra.errors import SolverBroken, TookTooLong
    from engels.model.solving.deadline import Deadline
    from engels.model.solving.ipopt import run_ipopt
    from engels.model.solving.solver_path import LINEAR_SOLVER

    title = "Ipopt solves"
    remedy = f"remove {executable}, then `engels setup-solver`"
    m = _test_problem()
    options: dict[str, str | int | float] = {"linear_solver": LINEAR_SOLVER, "tol": 1e-9}
    try:
        run = run_ipopt(m, executable, options, Deadline(TEST_SECONDS))
    except (SolverBroken, TookTooLong, EngelsInputError) as error:
        return Check(title, f"test problem: {error}", "missing", remedy)
    if not run.converged:
        said = f"exit code {run.code}: {run.log}" if run.code else run.word
        return Check(title, f"test problem: {said}", "missing", remedy)
    gap = max(abs(pyo.value(m.x) - 2), abs(pyo.value(m.y) - 1))
    found = f"test problem, error {gap:.0e}, linear solver {LINEAR_SOLVER}"
    return Check(title, found) if gap < 1e-7 else Check(title, found, "missing", remedy)


def _test_problem() -> pyo.ConcreteModel:
    import pyomo.environ as pyo

    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.0)
    m.y = pyo.Var(initialize=1.0)
    m.total = pyo.Constraint(expr=m.x + m.y == 3)
    m.ratio = pyo.Constraint(expr=m.x == 2 * m.y**2)
    m.objective = pyo.Objective(expr=0.0)
    return m


def check_pynumero() -> list[Check]:
    """PyNumero's AMPL library, and a Jacobian evaluated with it."""
    from engels.model.solving.solver_path import SolverMissing, use_pynumero_asl

    title = "libpynumero_ASL"
    try:
        library = use_pynumero_asl()
    except SolverMissing as error:
        return [Check(title, error.found, "missing", error.remedy)]
    from pyomo.contrib.pynumero.interfaces.pyomo_nlp import PyomoNLP

    remedy = f"remove {library}, then `engels setup-solver`"
    try:
        ctypes.CDLL(str(library))
        entries = PyomoNLP(_test_problem()).evaluate_jacobian().nnz
    except (OSError, RuntimeError, AttributeError) as error:  # ctypes: no library, or another one
        return [Check(title, f"{library} cannot be used: {error}", "missing", remedy)]
    if entries != 4:
        return [Check(title, f"{library} evaluates wrongly", "missing", remedy)]
    return [Check(title, str(library))]


# ---------------------------------------------------------------------- data


def check_data() -> list[Check]:
    """Every file of the data catalogue, with its checksum."""
    from engels.data.files import checksum, load_catalogue, package_file

    title = "data files"
    remedy = "restore the data folder: `git checkout -- data`, or install the package again"
    try:
        listed = load_catalogue()["files"]
    except OSError as error:
        return [Check(title, f"the catalogue cannot be read: {error}", "missing", remedy)]
    bad: list[str] = []
    for name, about in listed.items():
        file = package_file(name)
        if not file.is_file():
            bad.append(f"{name} is missing")
        elif checksum(file.read_bytes()) != about["sha256"]:
            bad.append(f"{name} differs from its checksum")
    if bad:
        return [Check(title, "; ".join(bad), "missing", remedy)]
    return [Check(title, f"{len(listed)}, all with their checksums")]


# ---------------------------------------------------------------------- machine


def check_results(folder: Path) -> Check:
    """That runs can write into ``folder``, or make it."""
    title = "results folder"
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            free = shutil.disk_usage(place).free / 2**30
    except OSError as error:
        remedy = "choose another folder or give yourself the right to write there"
        return Check(title, f"{place}: {error.strerror}", "missing", remedy)
    return Check(title, f"{folder.absolute()}, {free:.0f} GiB free")


def check_machine() -> Check:
    """Cores and memory."""
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = f"{cores} cores, {memory:.0f} GiB of memory"
    if memory < COMFORTABLE_MEMORY:
        remedy = "the default run may be short of memory; use --aggregation 12"
        return Check("machine", found, "note", remedy)
    return Check("machine", found)


def check_font() -> list[Check]:
    """A font with Chinese characters, for figures labelled in Chinese."""
    title = "font with Chinese characters"
    for name in chinese_fonts():
        return [Check(title, name)]
    remedy = "only for figures in Chinese: install one, for example Debian's fonts-noto-cjk"
    return [Check(title, "none", "note", remedy)]


def chinese_fonts() -> Iterator[str]:
    """Names of the fonts known to Matplotlib that have Chinese characters, sans serif first."""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    fonts = font_manager.fontManager.ttflist
    for font in sorted(fonts, key=lambda f: ("sans" not in f.name.lower(), f.weight != 400)):
        # Matplotlib's font of last resort draws a box for every character there is.
        if font.name.startswith("Last Resort") or not Path(font.fname).is_file():
            continue
        if ord(CHINESE_SAMPLE) in FT2Font(font.fname).get_charmap():
            yield font.name
