"""A solver that is broken in some way: one sentence that says how, and nothing left running.

Small shell scripts stand for the broken solver, in the folder where IDAES keeps its own.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pyomo.environ as pyo
import pytest

from engels.model.algebra.errors import SettingError, SolverBroken, TookTooLong
from engels.model.solving.compiled import Compiled
from engels.model.solving.deadline import Deadline
from engels.model.solving.ipopt import LIMIT, run_ipopt, time_limit
from engels.model.solving.solve import IpoptEngine, engine, solve, solve_path
from engels.model.solving.solver_path import find_ipopt, find_pynumero_asl

Install = Callable[[str], Path]


def model() -> pyo.ConcreteModel:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.0)
    m.y = pyo.Var(initialize=1.0)
    m.a = pyo.Var(initialize=2.0)
    m.a.fix()
    m.total = pyo.Constraint(expr=m.x * m.y == m.a)
    m.ratio = pyo.Constraint(expr=m.x == 2 * m.y**2)
    return m


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a script in the place of Ipopt; ``REAL`` in it is the true one."""
    real, library = find_ipopt(), find_pynumero_asl()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setenv("IDAES_DATA", str(tmp_path / "idaes"))

    def put(script: str) -> Path:
        file = tmp_path / "idaes" / "bin" / "ipopt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(script.replace("REAL", str(real)), encoding="utf-8")
        file.chmod(0o755)
        if not (file.parent / library.name).exists():
            (file.parent / library.name).symlink_to(library)
        return file

    return put


def message(error: type[Exception] = SolverBroken) -> str:
    """What solving says, in one line."""
    with pytest.raises(error) as caught:
        solve(model())
    text = str(caught.value)
    assert "\n" not in text
    return text


VERSION = '#!/bin/sh\n[ "$1" = --version ] && exec REAL --version\n'
CUT = 'REAL "$@"; f="${1%.nl}.sol"; head -n LINES "$f" > "$f.cut"; mv "$f.cut" "$f"\n'


def test_a_wrapper_of_the_true_one_serves(install: Install) -> None:
    """What the other tests break works, and takes its time over ``--version``."""
    install('#!/bin/sh\n[ "$1" = --version ] && sleep 2.2\nexec REAL "$@"\n')
    assert solve(model()).residual < 1e-9


def test_nothing_is_solved_with_the_ampl_library(install: Install) -> None:
    file = install('#!/bin/sh\nexec REAL "$@"\n')
    (file.parent / find_pynumero_asl().name).unlink()
    for name in ("ipopt", "newton"):
        assert solve(model(), engine(name)).residual < 1e-9


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("#!/bin/sh\nexit 3\n", "cannot be used: `--version` gave exit code 3"),
        ("#!/bin/sh\necho 'hello [/] \\033[1m'\n", "`--version` gave no version: hello"),
        ("#!/no/such/shell\n", "cannot be executed: No such file or directory"),
        ("no program\n", "cannot be executed: Exec format error"),
        (
            "#!/bin/sh\necho 'libgfortran.so.5: cannot open shared object file' >&2\nexit 127\n",
            "gave exit code 127: libgfortran.so.5: cannot open shared object file",
        ),
        ("#!/bin/sh\nkill -SEGV $$\n", "gave killed by SIGSEGV"),
        (VERSION + "kill -KILL $$\n", "was killed by SIGKILL before it finished"),
        (VERSION + "echo nothing to say\n", "without writing a solution; it printed: nothing to"),
        (VERSION + CUT.replace("LINES", "14"), "its file breaks off"),
        (VERSION + CUT.replace("LINES", "0"), "its file breaks off"),
        (VERSION + 'echo garbage > "${1%.nl}.sol"\n', "or holds something else"),
    ],
)
def test_how_it_is_broken_is_said(install: Install, script: str, says: str) -> None:
    file = install(script)
    said = message()
    assert says in said
    assert str(file) in said


def test_one_that_may_not_be_executed(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    file = install(VERSION)
    file.chmod(0o644)
    monkeypatch.setenv("PATH", "")
    said = message()
    assert f"Ipopt at {file} cannot be executed: Permission denied" in said
    assert "chmod u+x" in said


def test_one_that_hangs_is_ended_with_what_it_started(
    install: Install, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = tmp_path / "child"
    install(VERSION + f"sleep 300 &\necho $! > {note}\nwait\n")
    monkeypatch.setenv("ENGELS_IPOPT_SECONDS", "1")
    begin = time.monotonic()
    said = message(TookTooLong)
    assert time.monotonic() - begin < 20
    assert "Ipopt took longer than 1 s and was ended; ENGELS_IPOPT_SECONDS sets another" in said
    child = int(note.read_text(encoding="utf-8"))
    until = time.monotonic() + 10
    while psutil.pid_exists(child) and time.monotonic() < until:
        if psutil.Process(child).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.05)
    else:
        assert not psutil.pid_exists(child)


def test_one_that_hangs_is_not_tried_again_with_a_smaller_step(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(VERSION + "exec sleep 300\n")
    monkeypatch.setenv("ENGELS_IPOPT_SECONDS", "1")
    begin = time.monotonic()
    with pytest.raises(TookTooLong) as caught:
        solve_path(Compiled(model()), {"a": {None: 2.0}}, {"a": {None: 3.0}}, by=IpoptEngine())
    assert time.monotonic() - begin < 20
    assert caught.value.solved_fraction == 0.0
    assert "the shock was solved up to 0.0% of its size" in str(caught.value)


def test_a_deadline_ends_ipopt(install: Install) -> None:
    file = install(VERSION + "exec sleep 300\n")
    m = model()
    m.objective = pyo.Objective(expr=0.0)
    with pytest.raises(TookTooLong, match=r"the solve took longer than 1\.5 s, its limit"):
        run_ipopt(m, file, {}, Deadline(1.5))


@pytest.mark.parametrize("text", ["soon", "0", "-3", "nan", "inf", "1e999"])
def test_a_limit_that_is_no_time_is_bad_input(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ENGELS_IPOPT_SECONDS", text)
    with pytest.raises(SettingError, match=r"ENGELS_IPOPT_SECONDS: .* is no number of seconds"):
        time_limit()
    monkeypatch.delenv("ENGELS_IPOPT_SECONDS")
    assert time_limit() == LIMIT


def test_a_folder_of_temporary_files_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Python finds another, and Ipopt, which would end at once, is told of it."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "gone"))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert solve(model()).residual < 1e-9


def test_no_folder_for_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    said = message()
    assert said.startswith("temporary files for Ipopt cannot be written")
    assert str(tmp_path / "gone") in said
