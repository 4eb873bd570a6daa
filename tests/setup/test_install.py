"""The setup scripts where something is wrong, and what a built wheel holds."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engels.model.solving.solver_path import find_ipopt, find_pynumero_asl

from .conftest import Environment

Script = Callable[[Path, str], Path]
PARTS = ("data", "calibration", "model", "runs", "replication", "benchmarks")


def install_solver(target: Path, way: str, arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "engels", "setup-solver", "--way", way, "--to", target],
        env={**os.environ, "ENGELS_IDAES_ARGS": arguments},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


# ---------------------------------------------------------------------- solver


@pytest.fixture
def idaes_mirror(tmp_path: Path) -> Iterator[str]:
    """A server on this machine with archives laid out as IDAES lays out its own."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    files = {"solvers": find_ipopt().resolve(), "lib": find_pynumero_asl().resolve()}
    for name, file in files.items():
        with tarfile.open(folder / f"idaes-{name}-ubuntu2204-x86_64.tar.gz", "w:gz") as archive:
            archive.add(file, file.name)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the requests are not the test's subject."""

    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_solver_from_idaes(
    tmp_path: Path, idaes_mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # IDAES's executable stands alone; the one served here may need its libraries.
    libraries = find_ipopt().resolve().parent.parent / "lib"
    monkeypatch.setenv("LD_LIBRARY_PATH", str(libraries))
    target = tmp_path / "solver"
    arguments = f"--url {idaes_mirror} --nochecksum --distro ubuntu2204"
    done = install_solver(target, "idaes", arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "a test problem is solved" in done.stdout
    assert os.access(target / "bin" / "ipopt", os.X_OK)
    assert json.loads((target / "about.json").read_text())["way"] == "idaes"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--distro ubuntu2204 --no-download", "ended without an error and installed nothing"),
        ("--url http://127.0.0.1:9 --nochecksum --distro ubuntu2204", "Connection refused"),
    ],
)
def test_idaes_that_installs_nothing(tmp_path: Path, arguments: str, said: str) -> None:
    target = tmp_path / "solver"
    done = install_solver(target, "idaes", arguments)
    assert done.returncode == 1
    assert said in done.stdout
    assert "no Ipopt could be installed" in done.stdout
    assert not target.exists()


def test_a_folder_of_the_user_is_no_place_for_a_solver(tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "notes.txt"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    done = install_solver(mine.parent, "build", "")
    assert done.returncode == 1 and "holds other files" in done.stdout
    assert mine.read_text(encoding="utf-8") == "mine"


# ---------------------------------------------------------------------- environment


def run_environment_script(
    repository: Path, tmp_path: Path, path: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """``setup/environment.sh`` in an empty clone with nothing but ``path`` on the PATH."""
    clone = tmp_path / "clone"
    (clone / "setup").mkdir(parents=True)
    shutil.copy(repository / "setup" / "environment.sh", clone / "setup")
    for tool in ("dirname", "id", "rm"):
        (path / tool).symlink_to(str(shutil.which(tool)))
    return subprocess.run(
        [str(shutil.which("bash")), clone / "setup" / "environment.sh"],
        env={"PATH": str(path), "HOME": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_python(repository: Path, tmp_path: Path, script: Script) -> None:
    old = script(tmp_path / "bin" / "python3", "exit 1")
    done = run_environment_script(repository, tmp_path, old.parent)
    assert done.returncode == 1
    assert "no Python 3.11 or newer is on PATH" in done.stderr


def test_named_python_is_too_old(repository: Path, tmp_path: Path, script: Script) -> None:
    old = script(tmp_path / "bin" / "old", "exit 1")
    done = run_environment_script(repository, tmp_path, old.parent, PYTHON=str(old))
    assert done.returncode == 1
    assert f"PYTHON={old} is not a Python 3.11 or newer" in done.stderr


def test_python_without_ensurepip(repository: Path, tmp_path: Path, script: Script) -> None:
    """Debian's bare Python on a system whose package manager is another."""
    python = script(
        tmp_path / "bin" / "python3",
        f'case "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"',
    )
    done = run_environment_script(repository, tmp_path, python.parent)
    assert done.returncode == 1
    assert "python3 has no ensurepip" in done.stderr


# ---------------------------------------------------------------------- wheel


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy with a commit of its own, so that the clone keeps no build folders."""
    source = tmp_path_factory.mktemp("source")
    for name in (*PARTS, "setup.py", "pyproject.toml", "README.md", "LICENSE"):
        origin = repository / name
        if origin.is_dir():
            shutil.copytree(origin, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, source)
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "source"]):
        subprocess.run(["git", "-C", source, *words], check=True, timeout=60)
    output = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", output, source], check=True, timeout=300)
    return next(output.glob("engels-*.whl"))


def test_wheel_holds_every_file(wheel: Path, repository: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("engels/")}
        baked = archive.read("engels/runs/store/commit.txt").decode().strip()
    assert re.fullmatch(r"[0-9a-f]{40}", baked), "the commit from which it was built"
    start = repository / "runs" / "start"
    expected = {
        f"engels/{file.relative_to(repository)}"
        for part in PARTS
        for file in (repository / part).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and start not in file.parents
    }
    assert packed == expected | {"engels/__main__.py", "engels/runs/store/commit.txt"}


@pytest.mark.slow
def test_wheel_sets_up_a_solver_and_runs(
    wheel: Path, environment: Environment, tmp_path: Path
) -> None:
    """From the wheel to a solved run, in an empty folder: the other packages are this environment's."""
    install = [sys.executable, "-m", "pip", "--python", environment.python, "install", "--quiet"]
    subprocess.run([*install, "--no-deps", wheel], check=True, timeout=120)
    path = os.pathsep.join([str(environment.python.parent), os.environ["PATH"]])

    def engels(*words: str) -> subprocess.CompletedProcess[str]:
        return environment.run(["-m", "engels", *words], path=path)

    code = "import engels.runs, pathlib; print(engels.runs.__file__)"
    assert str(environment.folder) in environment.run(["-c", code]).stdout
    assert re.fullmatch(r"engels \S+ \([0-9a-f]{40}\)\n", engels("--version").stdout)
    static = ("ai_central", "--aggregation", "5", "--expectations", "static")
    done = engels("run", *static, "--solver", "ipopt")
    assert done.returncode == 1 and "run `engels setup-solver`" in done.stderr
    done = engels("doctor")
    assert done.returncode == 1 and "run `engels setup-solver`" in done.stdout
    # the packages that it needs come from their registries, by their own settings
    done = engels("setup-solver", "--way", "build")
    assert done.returncode == 0 and "a test problem is solved" in done.stdout, done.stdout
    assert engels("doctor").returncode == 0
    for solver in ("ipopt", "newton"):
        done = engels(
            *("run", "ai_central", "--aggregation", "5", "--expectations", "static"),
            *("--solver", solver, "--out", solver),
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        assert (environment.home / solver / "5" / "ai_central-tasks-static").is_dir()
        folder = f"{solver}/5/ai_central-tasks-static"
        assert engels("check", folder).returncode == 0


def test_wheel_works_away_from_the_clone(wheel: Path, tmp_path: Path) -> None:
    """The packages come from the wheel, the others from this environment."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = (
        "import engels.runs.cli.main, engels.data, engels.model.solving.solver_path as s\n"
        "table = engels.data.load_table(2020)\n"
        "print(engels.data.__file__, table.year)"
    )
    packages = [str(tmp_path / "installed"), sysconfig.get_path("purelib")]
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": os.pathsep.join(packages), "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path / "installed/engels/data/__init__.py"), "2020"]
