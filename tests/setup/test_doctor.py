"""``engels doctor`` in environments that lack something: real processes, real exit codes."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from engels.model.solving.solver_path import find_ipopt, find_pynumero_asl, solver_folder

from .conftest import Environment

Script = Callable[[Path, str], Path]


def give_solver(environment: Environment) -> None:
    """The solver of the environment that runs the tests, in the place of the environment's own."""
    target = environment.folder / solver_folder().relative_to(sys.prefix)
    for kind, file in (("bin", find_ipopt()), ("lib", find_pynumero_asl())):
        (target / kind).mkdir(parents=True)
        (target / kind / file.name).symlink_to(file)


def row(printed: str, part: str) -> str:
    """The table's line about ``part``."""
    lines = [
        line for line in printed.splitlines() if re.match(rf"│ \w+ +│ {re.escape(part)} +│", line)
    ]
    assert len(lines) == 1, printed
    return lines[0]


def test_everything_there(environment: Environment) -> None:
    give_solver(environment)
    done = environment.engels("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything a run needs is there." in done.stdout
    assert "linear solver mumps" in row(done.stdout, "Ipopt solves")
    for part in ("Python", "pyomo", "Ipopt", "libpynumero_ASL", "data files", "results folder"):
        assert "│ ok " in row(done.stdout, part)


def test_no_solver(environment: Environment) -> None:
    done = environment.engels("doctor")
    assert done.returncode == 1
    assert "MISSING" in row(done.stdout, "Ipopt")
    assert "MISSING" in row(done.stdout, "libpynumero_ASL")
    assert "2 missing" in done.stdout
    assert "run `engels setup-solver`" in done.stdout
    assert str(environment.folder) in done.stdout, "it says where it looked"
    assert not done.stderr


def test_solver_of_idaes(environment: Environment) -> None:
    folder = environment.home / ".idaes" / "bin"
    folder.mkdir(parents=True)
    for file in (find_ipopt(), find_pynumero_asl()):
        (folder / file.name).symlink_to(file)
    done = environment.engels("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(folder / "ipopt") in row(done.stdout, "Ipopt")


def test_solver_on_path_that_solves_nothing(environment: Environment, script: Script) -> None:
    pretender = script(environment.home / "bin" / "ipopt", 'echo "Ipopt 3.14.0"')
    done = environment.engels("doctor", path=str(pretender.parent))
    assert done.returncode == 1
    assert "3.14.0" in row(done.stdout, "Ipopt")
    assert "MISSING" in row(done.stdout, "Ipopt solves")
    assert f"remove {pretender}" in done.stdout


def test_solver_that_does_not_run(environment: Environment, script: Script) -> None:
    broken = script(environment.home / "bin" / "ipopt", "exit 127")
    done = environment.engels("doctor", path=str(broken.parent))
    assert done.returncode == 1
    assert "MISSING" in row(done.stdout, "Ipopt")
    assert "cannot be used: `--version` gave exit code 127" in done.stdout


def test_library_that_is_none(environment: Environment) -> None:
    give_solver(environment)
    library = next(environment.folder.rglob("libpynumero_ASL.so"))
    library.unlink()
    library.write_text("not a library", encoding="utf-8")
    done = environment.engels("doctor")
    assert done.returncode == 1
    assert "cannot be used" in row(done.stdout, "libpynumero_ASL")
    assert not done.stderr


def test_missing_package(environment: Environment) -> None:
    """Without Pyomo the solver checks cannot run, and everything else is still reported."""
    give_solver(environment)
    hide = (
        "import sys, importlib.metadata as m\n"
        "sys.modules['pyomo'] = None\n"
        "real = m.version\n"
        "def version(name):\n"
        "    if name == 'pyomo': raise m.PackageNotFoundError(name)\n"
        "    return real(name)\n"
        "m.version = version\n"
        "sys.argv = ['engels', 'doctor']\n"
        "from engels.runs.cli.main import main\n"
        "main()\n"
    )
    done = environment.run(["-c", hide])
    assert done.returncode == 1, done.stdout + done.stderr
    assert "not installed" in row(done.stdout, "pyomo")
    assert "`make setup` installs 6.10" in row(done.stdout, "pyomo")
    assert "cannot be tried" in row(done.stdout, "libpynumero_ASL")
    assert "│ ok " in row(done.stdout, "data files")


def test_results_folder_that_cannot_be(environment: Environment) -> None:
    give_solver(environment)
    file = environment.home / "file"
    file.touch()
    done = environment.engels("doctor", "--results", str(file / "results"))
    assert done.returncode == 1
    assert "Not a directory" in row(done.stdout, "results folder")
    assert "choose another folder" in done.stdout


def test_installed_copy_with_a_changed_data_file(
    environment: Environment, repository: Path, tmp_path: Path
) -> None:
    give_solver(environment)
    copy = tmp_path / "engels"
    for part in ("data", "calibration", "model", "runs"):
        shutil.copytree(repository / part, copy / part)
    changed = copy / "data" / "io" / "2020-42.csv"
    changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    (copy / "data" / "exposure" / "tasks.csv").unlink()
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.argv = ['engels', 'doctor']\n"
        "sys.meta_path = [f for f in sys.meta_path if 'ditable' not in repr(f)]\n"
        "from engels.runs.cli.main import main; main()"
    )
    done = environment.run(["-c", code])
    assert done.returncode == 1, done.stdout + done.stderr
    said = row(done.stdout, "data files")
    assert "io/2020-42.csv differs from its checksum" in said
    assert "exposure/tasks.csv is missing" in said
    assert "git checkout -- data" in said


def test_version(environment: Environment) -> None:
    done = environment.engels("--version")
    assert done.returncode == 0
    assert re.fullmatch(r"engels \d+\.\d+\.\d+ \(.+\)\n", done.stdout)
