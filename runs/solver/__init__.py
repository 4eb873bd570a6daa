"""Puts an Ipopt executable and PyNumero's AMPL library into the running Python environment.

    engels setup-solver [--way auto|idaes|build] [--to FOLDER]

Two ways, tried in this order:

``idaes``
    ``idaes get-extensions``: ready-made binaries from the IDAES project. It needs a connection to
    more than the package registries, and it may end without an error having installed nothing, so
    only a solver that has solved something counts.
``build``
    Compile ``ipopt_ampl.c`` beside this file against the Ipopt and MUMPS libraries that the
    ``casadi`` wheel carries and against the AMPL Solver Library of Debian or Ubuntu
    (``libamplsolver-dev``), and PyNumero's library against the latter. It needs a compiler and the
    package registries alone.

Everything lands in ``<environment>/share/engels/solver``, where ``engels.model.solving.solver_path`` looks.
It is not part of the wheel: binaries differ by system, and those of the ``casadi`` wheel stay under
their own licences (copied beside them).
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from engels.model.solving.solver_path import solver_folder

HERE = Path(__file__).resolve().parent
DRIVER = HERE / "ipopt_ampl.c"
LOCK = HERE / "casadi.lock"
TARGET = solver_folder()

#: Debian and Ubuntu packages for the second way.
BUILD_PACKAGES = ["gcc", "g++", "libamplsolver-dev"]
ASL_HEADERS = Path("/usr/include/ampl-netlib-solvers")

#: IDAES's builds are linked against these; its documentation asks for them.
IDAES_PACKAGES = ["libgfortran5", "libgomp1", "liblapack3"]
#: The build that serves a distribution IDAES does not know.
IDAES_FALLBACK_DISTRO = "ubuntu2204"
#: Seconds without an answer after which a connection is given up, and for the whole download.
CONNECT_SECONDS = 15
DOWNLOAD_SECONDS = 300

#: What the executable needs from the casadi wheel; each finds the next beside itself.
LIBRARIES = (
    "libipopt.so.3",
    "libcoinmumps.so.3",
    "libcoinmetis.so.2",
    "libcasadi-tp-openblas.so.0",
    "libgfortran-",
    "libquadmath-",
    "libgomp-",
    "libz.so.1",
)


class InstallError(RuntimeError):
    """One way did not lead to a working solver; the message says why."""


def say(text: str) -> None:
    print(f"[solver] {text}", flush=True)


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def run(command: list[str], timeout: float | None = None, name: str = "") -> str:
    """Run a command and return what it printed; raise :class:`InstallError` where it fails."""
    name = name or shlex.join(command[:2])
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InstallError(f"{name} gave no result in {timeout:.0f} seconds") from None
    except OSError as error:
        raise InstallError(f"{name} cannot be started: {error.strerror}") from None
    if done.returncode != 0:
        raise InstallError(f"{name} failed: {last_line(done.stdout)}")
    return done.stdout


# ---------------------------------------------------------------------- the check


CHECK = """
import sys
import pyomo.environ as pyo
from pyomo.contrib.pynumero.asl import AmplInterface

ipopt, library = sys.argv[1:]
m = pyo.ConcreteModel()
m.x = pyo.Var(initialize=1.0)
m.y = pyo.Var(initialize=1.0)
m.total = pyo.Constraint(expr=m.x + m.y == 3)
m.ratio = pyo.Constraint(expr=m.x == 2 * m.y**2)
m.objective = pyo.Objective(expr=0.0)
solver = pyo.SolverFactory("ipopt", executable=ipopt)
result = solver.solve(m, options={"tol": 1e-9, "linear_solver": "mumps"})
pyo.assert_optimal_termination(result)
assert abs(m.x() - 2) < 1e-7 and abs(m.y() - 1) < 1e-7, (m.x(), m.y())

AmplInterface.libname = library
from pyomo.contrib.pynumero.interfaces.pyomo_nlp import PyomoNLP

nlp = PyomoNLP(m)
assert abs(nlp.evaluate_constraints()).max() < 1e-7
assert nlp.evaluate_jacobian().nnz == 4
print("solver checked")
"""


def check(folder: Path) -> None:
    """Solve two equations in two unknowns with the solver in ``folder``, and read them back."""
    ipopt = folder / "bin" / "ipopt"
    library = pynumero_library(folder)
    if not ipopt.is_file():
        raise InstallError("no ipopt executable came of it")
    if library is None:
        raise InstallError("no libpynumero_ASL came of it")
    run([str(ipopt), "--version"], timeout=60)
    run([sys.executable, "-c", CHECK, str(ipopt), str(library)], 300, "a test problem")


def pynumero_library(folder: Path) -> Path | None:
    found = sorted(folder.glob("*/libpynumero_ASL.*"))
    return found[0] if found else None


# ---------------------------------------------------------------------- Debian packages


def install_packages(packages: list[str]) -> None:
    """Install Debian packages where that needs no question; else say what to run."""
    if shutil.which("apt-get") is None:
        raise InstallError(f"needed, by whatever name your system has them: {' '.join(packages)}")
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() == 0:
        prefix: list[str] = []
    elif (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        prefix = ["sudo", "-n"]
    else:
        raise InstallError(
            f"system packages are missing; run  sudo apt-get install {' '.join(packages)}"
            "  and then `engels setup-solver` again"
        )
    say(f"installing system packages: {' '.join(packages)}")
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    run([*prefix, "apt-get", "update", "-qq"])
    run([*prefix, *environment, *command])


# ---------------------------------------------------------------------- way 1: IDAES


IDAES = """
import socket, sys
socket.setdefaulttimeout(float(sys.argv.pop(1)))
from idaes.commands.base import command_base
command_base()
"""


def install_idaes(folder: Path) -> str:
    """``idaes get-extensions`` into ``folder``/bin; the way's description."""
    target = folder / "bin"
    target.mkdir()
    # IDAES keeps logs and settings in a folder of its own, by default in the user's home.
    os.environ["IDAES_DATA"] = str(folder.parent / "idaes")
    command = [sys.executable, "-c", IDAES, str(CONNECT_SECONDS), "get-extensions"]
    command += ["--to", str(target), *shlex.split(os.environ.get("ENGELS_IDAES_ARGS", ""))]
    name = "idaes get-extensions"
    said = run(command, DOWNLOAD_SECONDS, name)
    distro = "the build for this system"
    if "Unsupported platform" in said:
        distro = f"the {IDAES_FALLBACK_DISTRO} build"
        say(f"IDAES has no build for this system; trying {distro}")
        run([*command, "--distro", IDAES_FALLBACK_DISTRO], DOWNLOAD_SECONDS, name)
    for archive in target.glob("*.tar.gz"):
        archive.unlink()
    if not (target / "ipopt").is_file():
        raise InstallError(f"{name} ended without an error and installed nothing")
    try:
        run([str(target / "ipopt"), "--version"], timeout=60)
    except InstallError as error:
        say(f"{error}; its system libraries may be missing")
        install_packages(IDAES_PACKAGES)
    return f"{name} ({distro})"


# ---------------------------------------------------------------------- way 2: build


def install_build(folder: Path) -> str:
    """Compile the executable and the library into ``folder``; the way's description."""
    binaries, libraries = folder / "bin", folder / "lib"
    if not (shutil.which("gcc") and shutil.which("g++") and ASL_HEADERS.is_dir()):
        install_packages(BUILD_PACKAGES)
    with tempfile.TemporaryDirectory() as scratch:
        wheel = download_casadi(Path(scratch))
        headers = unpack(wheel, Path(scratch), libraries)
        binaries.mkdir(parents=True)
        compile_ipopt(headers, libraries, binaries / "ipopt")
    compile_pynumero(libraries / "libpynumero_ASL.so")
    return f"built from {wheel.name.split('-cp')[0]} and libamplsolver-dev"


def download_casadi(scratch: Path) -> Path:
    say("fetching the Ipopt and MUMPS libraries (the casadi wheel)")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "-r", str(LOCK), "-d", str(scratch)]
    run(command)
    return next(scratch.glob("casadi-*.whl"))


def unpack(wheel: Path, scratch: Path, libraries: Path) -> Path:
    """Copy the shared libraries to keep; return the folder of Ipopt's headers."""
    libraries.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            base = name.rpartition("/")[2]
            if name.startswith("casadi/include/coin-or/"):
                archive.extract(name, scratch)
            elif name.startswith("casadi/lib") and (
                base in LIBRARIES or base.startswith(LIBRARIES[4:7])
            ):
                (libraries / base).write_bytes(archive.read(name))
            elif ".dist-info/licenses/" in name or name.startswith("casadi/include/licenses/"):
                archive.extract(name, libraries.parent / "licenses")
    return scratch / "casadi" / "include" / "coin-or"


def compile_ipopt(headers: Path, libraries: Path, executable: Path) -> None:
    say("compiling ipopt")
    command = ["gcc", "-O2", f"-I{headers}", "-isystem", str(ASL_HEADERS)]
    command += [str(DRIVER), "-o", str(executable)]
    command += [f"-L{libraries}", "-l:libipopt.so.3", f"-Wl,-rpath-link,{libraries}"]
    # The executable finds the libraries relative to itself: the environment may be moved.
    command += ["-Wl,-rpath,$ORIGIN/../lib", "-l:libamplsolver.a", "-lm", "-ldl"]
    run(command)


def compile_pynumero(library: Path) -> None:
    say("compiling libpynumero_ASL")
    import pyomo.contrib.pynumero

    sources = Path(pyomo.contrib.pynumero.__file__).parent / "src"
    command = ["g++", "-O2", "-shared", "-fPIC", "-DBUILDING_PYNUMERO_ASL"]
    command += ["-isystem", str(ASL_HEADERS), str(sources / "AmplInterface.cpp")]
    command += ["-o", str(library), "-l:libamplsolver.so.0", "-ldl"]
    run(command)


# ---------------------------------------------------------------------- both


WAYS = {"idaes": install_idaes, "build": install_build}


def sources() -> str:
    """Hash of what the second way builds from."""
    return hashlib.sha256(DRIVER.read_bytes() + LOCK.read_bytes()).hexdigest()


def install(way: str, target: Path) -> None:
    """Make the solver in a folder beside the final one, check it, then put it in place.

    Raises InstallError, also where ``target`` holds something that is no solver of ours.
    """
    if target.exists() and not (target / "about.json").is_file() and any(target.iterdir()):
        raise InstallError(f"{target} holds other files; name an empty or a new folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="solver-") as parent:
        folder = Path(parent) / "solver"
        folder.mkdir()
        how = WAYS[way](folder)
        check(folder)
        version = run([str(folder / "bin" / "ipopt"), "--version"]).split("(")[0].strip()
        about = {"ipopt": version, "way": way, "how": how, "sources": sources()}
        (folder / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    say(f"{version}, {how}, in {target}; a test problem is solved")


def is_there(target: Path) -> bool:
    """Whether ``target`` has a solver that works and that today's sources would give."""
    about_file = target / "about.json"
    if not about_file.is_file():
        return False
    try:
        about = json.loads(about_file.read_text(encoding="utf-8"))
    except ValueError:
        about = None
    if not isinstance(about, dict) or not {"ipopt", "way", "how"} <= about.keys():
        say(f"{about_file} is damaged; installing the solver anew")
        return False
    if about["way"] == "build" and about.get("sources") != sources():
        say("its sources have changed; installing the solver anew")
        return False
    try:
        check(target)
    except InstallError as error:
        say(f"the solver in {target} does not work ({error}); installing it anew")
        return False
    say(f"{about['ipopt']} ({about['how']}) is in {target}, and works")
    return True


def set_up(way: str, target: Path) -> int:
    """Have a solver that works in ``target``, by one of :data:`WAYS` or ``auto``; the exit code.

    ``auto`` keeps what is there and works.
    """
    if way == "auto" and is_there(target):
        return 0
    titles = {"idaes": "trying `idaes get-extensions`", "build": "building from packages"}
    for each in WAYS if way == "auto" else [way]:
        say(titles[each])
        try:
            install(each, target)
        except InstallError as error:
            say(f"this way did not work: {error}")
        else:
            return 0
    say("no Ipopt could be installed; the lines above say why")
    return 1
