"""Ipopt as a program: the system written to a file, the solution read from one.

Pyomo's own interface waits for a hanging solver without end, ends in a traceback where ``ipopt --version``
takes more than two seconds, and leaves a child behind where a shell script starts Ipopt. Here whatever a
broken solver does is one sentence, and nothing that was started is left running.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyomo.environ as pyo
from pyomo.common.errors import InfeasibleConstraintException, InvalidValueError
from pyomo.contrib.solver.common.results import Results, TerminationCondition
from pyomo.contrib.solver.common.util import SolverError
from pyomo.contrib.solver.solvers.asl_sol_reader import (
    ASLSolFileData,
    asl_solve_code_to_solution_status,
    parse_asl_sol_file,
)
from pyomo.contrib.solver.solvers.ipopt import ipopt_command_line_options
from pyomo.repn.plugins.nl_writer import NLWriter, NLWriterInfo

from engels.model.algebra.errors import SettingError, SolverBroken, TookTooLong
from engels.model.solving.deadline import Deadline

LIMIT = 1800.0
"""Seconds that one run of Ipopt may take where :data:`LIMIT_VARIABLE` does not say; a solve of 154 sectors
over 31 years takes three minutes."""
LIMIT_VARIABLE = "ENGELS_IPOPT_SECONDS"
VERSION_LIMIT = 30.0
"""Seconds that ``ipopt --version`` may take."""
WRITER = {"export_defined_variables": False, "scale_model": False, "linear_presolve": True}
"""Options of Pyomo's writer; see ``newton.py`` on the first."""
REMEDY = "remove it, then `make setup`; `engels doctor` tries it"


@dataclass(frozen=True)
class IpoptRun:
    """What a run of Ipopt ended in; the point that it found is in the model, where there is one.

    ``word`` is what Ipopt says of it, ``converged`` whether that is success. ``iterations`` is None where
    Ipopt did not tell. Where nothing was left to run, ``code`` is 0 and ``version`` empty.
    """

    word: str
    converged: bool
    code: int
    log: str
    iterations: int | None
    version: str
    seconds_write: float
    seconds_solver: float


def time_limit() -> float:
    """Seconds that a run of Ipopt may take: ``ENGELS_IPOPT_SECONDS``, or half an hour.

    Raises :class:`SettingError` where the variable is no positive number.
    """
    text = os.environ.get(LIMIT_VARIABLE, "").strip()
    if not text:
        return LIMIT
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise SettingError(
            f"environment variable {LIMIT_VARIABLE}: {_short(text)!r} is no number of seconds; write a "
            f"positive number, or unset it for {LIMIT:g} s"
        )
    return seconds


def ipopt_version(executable: Path) -> str:
    """Version that the executable says it has.

    Raises :class:`SolverBroken` where it cannot be run or is no Ipopt.
    """
    try:
        changed = executable.stat().st_mtime_ns
    except OSError as error:
        raise SolverBroken(f"Ipopt at {executable}: {error.strerror}; {REMEDY}") from error
    return _version(executable, changed)


@cache
def _version(executable: Path, changed: int) -> str:
    try:
        with tempfile.TemporaryDirectory(prefix="engels-") as folder:
            code, said = _run([str(executable), "--version"], Path(folder), VERSION_LIMIT)
    except TimeoutError:
        raise SolverBroken(
            f"Ipopt at {executable} does not answer: `--version` took longer than "
            f"{VERSION_LIMIT:g} s; {REMEDY}"
        ) from None
    except OSError as error:
        raise SolverBroken(_no_folder(error)) from error
    number = re.search(r"\d+\.\d+\.\d+", said)
    if code or "ipopt" not in said.lower() or number is None:
        how = _ending(code) if code else "no version"
        raise SolverBroken(
            f"Ipopt at {executable} cannot be used: `--version` gave {how}"
            f"{': ' + _last(said) if said.strip() else ''}; {REMEDY}"
        )
    return number.group()


def run_ipopt(
    m: pyo.ConcreteModel,
    executable: Path,
    options: Mapping[str, str | int | float],
    deadline: Deadline | None = None,
) -> IpoptRun:
    """Run Ipopt on the active equations of ``m``, which has an objective, and load the point it ends at.

    Raises
    ------
    ArithmeticError: an equation has no value at what is given.
    SolverBroken: the executable cannot be run, was killed, or left no whole solution.
    TookTooLong: the limit of time, or the deadline, has passed; Ipopt was ended.
    """
    limit = time_limit()
    own = deadline is None or limit <= deadline.left()
    if deadline is not None:
        deadline.check()
        limit = min(limit, deadline.left())
    version = ipopt_version(executable)
    try:
        with tempfile.TemporaryDirectory(prefix="engels-") as name:
            folder = Path(name)
            start = time.perf_counter()
            try:
                with (folder / "economy.nl").open("w", newline="\n", encoding="utf-8") as stream:
                    info = NLWriter().write(m, stream, **WRITER)
            except InfeasibleConstraintException:
                word = TerminationCondition.provenInfeasible.name
                return IpoptRun(word, False, 0, "", 0, version, time.perf_counter() - start, 0.0)
            except (InvalidValueError, ValueError) as error:
                raise ArithmeticError(str(error)) from error
            written = time.perf_counter()
            if not info.variables:
                # a linear economy is settled by the writer's presolve: there is nothing left to run
                _load(info, ASLSolFileData())
                converged = bool(info.eliminated_vars)
                condition = TerminationCondition.convergenceCriteriaSatisfied
                if not converged:
                    condition = TerminationCondition.emptyModel
                word = condition.name
                return IpoptRun(word, converged, 0, "", 0, version, written - start, 0.0)
            settings = {**options, "max_cpu_time": limit}
            known = ipopt_command_line_options
            (folder / "ipopt.opt").write_text(
                "".join(f"{k} {x}\n" for k, x in settings.items() if k not in known),
                encoding="utf-8",
            )
            command = [str(executable), str(folder / "economy.nl"), "-AMPL"]
            command += [f"{k}={x}" for k, x in settings.items() if k in known]
            command.append(f"option_file_name={folder / 'ipopt.opt'}")
            try:
                code, log = _run(command, folder, limit)
            except TimeoutError:
                raise _too_long(limit, own, deadline) from None
            ended = time.perf_counter()
            if code < 0:
                raise SolverBroken(
                    f"Ipopt at {executable} was {_ending(code)} before it finished; a machine that is "
                    "short of memory does that"
                )
            found = re.search(r"Number of Iterations.*:\s+(\d+)", log)
            iterations = int(found.group(1)) if found else None
            times = (written - start, ended - written)
            if code:
                return IpoptRun("error", False, code, _last(log), iterations, version, *times)
            solution = _solution(folder / "economy.sol", len(info.variables), executable, log)
            result = Results()
            asl_solve_code_to_solution_status(solution, result)
            condition = result.termination_condition
            if "Maximum CPU Time Exceeded" in log or "Maximum wallclock" in log:
                raise _too_long(limit, own, deadline)
            if solution.primals:
                _load(info, solution)
            converged = condition == TerminationCondition.convergenceCriteriaSatisfied
            return IpoptRun(condition.name, converged, 0, "", iterations, version, *times)
    except OSError as error:
        raise SolverBroken(_no_folder(error)) from error


def _too_long(limit: float, own: bool, deadline: Deadline | None) -> TookTooLong:
    if own:
        return TookTooLong(
            f"Ipopt took longer than {limit:g} s and was ended; {LIMIT_VARIABLE} sets another limit"
        )
    assert deadline is not None
    return TookTooLong(f"the solve took longer than {deadline.seconds:g} s, its limit")


def _run(command: list[str], folder: Path, limit: float) -> tuple[int, str]:
    """Exit code (minus the signal that killed it) and all that was printed.

    What is printed goes to a file: a pipe stays open as long as any grandchild lives. Raises
    ``TimeoutError`` at the limit, :class:`SolverBroken` where the program does not start, and ends what it
    started whatever happens.
    """
    # Ipopt's own temporary files go where ours do, whatever TMPDIR says
    environment = {**os.environ, "TMPDIR": str(folder)}
    log = folder / "ipopt.log"
    with log.open("wb") as out:
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                process_group=0,
            )
        except OSError as error:
            raise SolverBroken(
                f"Ipopt at {command[0]} cannot be executed: {error.strerror}; {REMEDY}"
            ) from error
        try:
            code = child.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        finally:
            if child.returncode is None:
                _kill(child)
    return code, log.read_text(encoding="utf-8", errors="replace")


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End a child and what it started in its turn."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _solution(file: Path, variables: int, executable: Path, log: str) -> ASLSolFileData:
    """The solution file, whole; raises :class:`SolverBroken` where it is not."""
    broken = f"Ipopt at {executable} ended without "
    said = f"; it printed: {_last(log)}" if log.strip() else ""
    if not file.is_file():
        raise SolverBroken(f"{broken}writing a solution{said}")
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            found = parse_asl_sol_file(stream)
    except (SolverError, ValueError, AssertionError, IndexError) as error:
        raise SolverBroken(
            f"{broken}a whole solution: its file breaks off or holds something else (is the disk of "
            f"temporary files full?){said}"
        ) from error
    if found.primals and len(found.primals) != variables:
        raise SolverBroken(
            f"{broken}a whole solution: {len(found.primals)} values of {variables}{said}"
        )
    return found


def _load(info: NLWriterInfo, solution: ASLSolFileData) -> None:
    for v, value in zip(info.variables, solution.primals or (), strict=True):
        v.set_value(value, skip_validation=True)
    for v, expression in info.eliminated_vars:
        v.set_value(pyo.value(expression), skip_validation=True)


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _no_folder(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"temporary files for Ipopt cannot be written ({where}{error.strerror or error})"


def _last(log: str) -> str:
    """The last line of what was printed, cut to a length that can be read."""
    lines = [line for line in log.split("\n") if line.strip()]
    return _short(" ".join(lines[-1].split())) if lines else ""


def _short(text: str, length: int = 60) -> str:
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return clean if len(clean) <= length else f"{clean[:length]}…"
