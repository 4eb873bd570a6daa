"""Where the solver is: the Ipopt executable and PyNumero's AMPL library.

``engels setup-solver`` (which ``make setup`` calls) puts both inside the Python environment; a solver
brought by IDAES or found on the ``PATH`` serves as well. Nothing else in the package looks for a
solver.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from engels.model.algebra.errors import ModelError, SolverBroken

#: Ipopt's linear solver in every run, so that machines with and without HSL agree.
LINEAR_SOLVER = "mumps"

#: Folder of the solver inside a Python environment; ``engels.runs.solver`` fills it.
SOLVER_FOLDER = Path("share") / "engels" / "solver"


class SolverMissing(ModelError):
    """A solver file is nowhere; the message says where was looked and what to do.

    Attributes
    ----------
    found: what is missing and where was looked.
    remedy: what to do.
    """

    def __init__(self, what: str, last_place: str) -> None:
        places = [*(str(folder) for folder in _folders()), last_place]
        self.found = f"{what} is missing (looked in {', '.join(places)})"
        self.remedy = "run `engels setup-solver` (`make setup` in the repository does)"
        super().__init__(f"{self.found}; {self.remedy}")


def solver_folder() -> Path:
    """Folder of the environment's own solver, whether it exists or not."""
    return Path(sys.prefix) / SOLVER_FOLDER


def idaes_folder() -> Path | None:
    """``idaes.bin_directory``, found as IDAES finds it but without the seconds its import takes."""
    data = os.environ.get("IDAES_DATA")
    if data:
        return Path(data) / "bin"
    home = os.environ.get("HOME")
    return Path(home) / ".idaes" / "bin" if home else None


def _folders() -> Iterator[Path]:
    yield solver_folder() / "bin"
    yield solver_folder() / "lib"
    idaes = idaes_folder()
    if idaes is not None:
        yield idaes


def find_ipopt() -> Path:
    """The Ipopt executable: the environment's own, else IDAES's, else the one on ``PATH``.

    Raises:
        SolverMissing: there is none.
        SolverBroken: there is one, and it may not be executed.
    """
    closed: Path | None = None
    for folder in _folders():
        candidate = folder / "ipopt"
        if candidate.is_file():
            if os.access(candidate, os.X_OK):
                return candidate
            closed = closed or candidate
    on_path = shutil.which("ipopt")
    if on_path is not None:
        return Path(on_path).absolute()
    if closed is not None:
        raise SolverBroken(
            f"Ipopt at {closed} cannot be executed: Permission denied; give yourself the right "
            f"(chmod u+x), or remove it and run `make setup`"
        )
    raise SolverMissing("the Ipopt executable", "PATH")


def find_pynumero_asl() -> Path:
    """PyNumero's AMPL library: the environment's own, else IDAES's, else Pyomo's own.

    Raises:
        SolverMissing: there is none.
    """
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    for folder in _folders():
        candidate = folder / f"libpynumero_ASL{suffix}"
        if candidate.is_file():
            return candidate
    from pyomo.common.fileutils import find_library

    found = find_library("pynumero_ASL")
    if found is not None:
        return Path(found)
    raise SolverMissing("libpynumero_ASL", "Pyomo's library folders")


def use_pynumero_asl() -> Path:
    """Tell PyNumero where its AMPL library is; call it before making a ``PyomoNLP``.

    Raises:
        SolverMissing: there is none.
    """
    from pyomo.contrib.pynumero.asl import AmplInterface

    library = find_pynumero_asl()
    if AmplInterface.ASLib is None:  # once loaded it stays
        AmplInterface.libname = str(library)
    return library
