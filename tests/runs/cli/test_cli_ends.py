"""How the command ends: exit codes, one line for every fault, Ctrl-C, terminals of every kind."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
import typer

from engels.data import EngelsInputError
from engels.model.algebra.errors import ModelError
from engels.runs.cli.main import app
from engels.runs.console import exits
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import ResultError, store_run

if TYPE_CHECKING:
    from tests.conftest import Engels

COMMAND = [sys.executable, "-m", "engels"]

PLAIN = """
name: {name}
title: {{en: "{title}", zh: "{title}"}}
family: ai_productivity
description: Better AI.
shocks: [{{driver: ai_productivity, change: multiply, path: {{2026: 1.1}}}}]
"""


def process(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, its output into pipes."""
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "PYTHONIOENCODING")}
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        timeout=120,
        check=False,
    )


# ---------------------------------------------------------------------- bad input


LONG = "x" * 100_000
NONSENSE = {
    "unknown command": ["runn"],
    "unknown option": ["run", "--nothing"],
    "no option's value": ["run", "ai_central", "--solver"],
    "words where numbers are expected": ["run", "ai_central", "--last-year", "soon"],
    "numbers where words are expected": ["run", "ai_central", "--ai-mode", "3"],
    "unknown scenario": ["run", "ai_centrall"],
    "no scenario": ["run"],
    "two of one name": ["run", "ai_slow", "ai_slow.yaml"],
    "unknown language": ["run", "ai_central", "--language", "xx"],
    "language of show": ["show", "nowhere", "--language", "xx"],
    "unknown solver": ["run", "ai_central", "--solver", "gams"],
    "unknown aggregation": ["run", "ai_central", "--aggregation", "6"],
    "no such folder": ["show", "nowhere"],
    "check of no folder": ["check", "nowhere"],
    "figures of no folder": ["figures", "nowhere"],
    "a run's file is none": ["decompose", "file/results"],
    "compare with no folder": ["compare", "nowhere", "elsewhere"],
    "no such table": ["calibrate", "--table", "nowhere.csv"],
    "a table that is a folder": ["calibrate", "--table", "."],
    "a folder inside a file": ["run", "ai_central", "--aggregation", "5", "--out", "file/results"],
    "a file as folder": ["new", "mine", "--out", "file"],
    "a folder that is not there": ["new", "mine", "--out", "nowhere"],
    "a set without =": ["run", "ai_central", "--set", "ai.sales"],
    "a set without value": ["run", "ai_central", "--set", "ai.sales="],
    "a set twice": ["run", "ai_central", "--set", "ai.sales=0.4", "--set", "ai.sales=0.5"],
    "unknown parameter": ["run", "ai_central", "--set", "ai.sails=0.4"],
    "a parameter out of range": ["run", "ai_central", "--set", "ai.sales=nan"],
    "a name of the library": ["run", "ai_central", "--name", "baseline"],
    "no name": ["run", "ai_central", "--name", "../mine"],
    "one name for two": ["run", "ai_central", "ai_slow", "--name", "mine"],
    "a year before the change": ["run", "ai_central", "--last-year", "2024"],
    "unknown table": ["tables", "--only", "T99"],
    "nothing has the words": ["drivers", "nonsensical"],
    "unknown block": ["drivers", "--block", "diffusionn"],
    "aggregation of sectors": ["sectors", "--aggregation", "7"],
    "an empty argument": ["run", ""],
    "an empty value": ["run", "ai_central", "--out="],
    "a line break": ["run", "ai_central\nai_slow"],
    "a control character": ["show", "a\x1b[31mb"],
    "no UTF-8": ["show", os.fsdecode(b"r\xe9sultats")],
    "too long a name": ["run", "x" * 300],
    "too long an argument": ["run", LONG],
    "too long an option": ["run", f"--{LONG}"],
    "too long a value": ["run", "ai_central", f"--set=ai.sales={LONG}"],
    "unknown way of a solver": ["setup-solver", "--way", "magic"],
}


@pytest.mark.parametrize("words", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_one_line_and_two(engels: Engels, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "file").write_text("a file\n", encoding="utf-8")
    (tmp_path / "ai_slow.yaml").write_text(
        PLAIN.format(name="ai_slow", title="Mine"), encoding="utf-8"
    )
    before = sorted(tmp_path.rglob("*"))
    begin = time.process_time()
    code, out, err = engels(*words)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1 and len(err) < 800, err
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", err) and "Traceback" not in err
    assert sorted(tmp_path.rglob("*")) == before
    assert time.process_time() - begin < 5


def test_a_name_that_is_cut_says_its_length() -> None:
    line = exits.one_line(f"--set {LONG}: has no =", [f"--set={LONG}"])
    assert "(100,000 characters)" in line and line.endswith("has no =") and len(line) < 200


def test_sql_may_have_lines(engels: Engels) -> None:
    code, _, err = engels("query", "nowhere", "select *\nfrom points")
    assert code != 0 and "line break" not in err


@pytest.mark.parametrize("place", [errno.ENOENT, errno.EACCES, errno.ENOTDIR, errno.EROFS])
def test_a_wrong_place_is_bad_input(place: int) -> None:
    found = exits.explain(OSError(place, os.strerror(place), "somewhere"))
    assert found is not None and found[0] == 2 and found[1][0].startswith("somewhere: ")


@pytest.mark.parametrize(
    "error",
    [
        *(OSError(n, os.strerror(n), "f") for n in (errno.ENOSPC, errno.EIO, errno.EMFILE)),
        OSError(errno.ENOENT, "without a name"),
        MemoryError(),
        ModelError("not solved"),
        ResultError("not stored"),
    ],
    ids=repr,
)
def test_what_the_machine_lacks_is_one(error: Exception) -> None:
    found = exits.explain(error)
    assert found is not None and found[0] == 1 and len(found[1]) == 1


def test_what_is_no_fault_of_the_user_is_not_explained() -> None:
    assert exits.explain(ValueError("a fault of the program")) is None
    assert exits.explain(EngelsInputError("file: wrong")) == (2, ["file: wrong"])


def test_a_full_disk_under_the_output(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "drivers"], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr.decode().strip() == f"system: {exits.MACHINE[errno.ENOSPC]}"


# ---------------------------------------------------------------------- help


def every_command() -> list[list[str]]:
    """The words of every command and group."""
    found: list[list[str]] = [[]]
    top = typer.main.get_command(app)
    for name, command in top.commands.items():  # type: ignore[attr-defined]
        found.append([name])
        found += [[name, inner] for inner in getattr(command, "commands", ())]
    return found


def test_every_command_has_short_help(engels: Engels) -> None:
    commands = every_command()
    assert len(commands) > 25
    for words in commands:
        code, out, err = engels(*words, "-h")
        assert (code, err) == (0, "") and "Usage: engels" in out


HELP = (["--help"], ["run", "--help"], ["tables", "-h"])
LISTS = (["scenarios"], ["drivers"], ["variables"], ["parameters"])


@pytest.mark.parametrize(
    ("calls", "heavy"),
    [
        (HELP, {"numpy", "pandas", "pyomo", "pyarrow", "matplotlib", "yaml"}),
        (LISTS, {"scipy", "matplotlib", "engels.model.solving.newton"}),
    ],
)
def test_what_does_not_solve_is_quick_and_light(
    calls: tuple[list[str], ...], heavy: set[str], tmp_path: Path
) -> None:
    """Help and completion load nothing that solving needs, and lists of names no solver."""
    code = (
        "import sys\n"
        "from engels.runs.cli.main import command\n"
        f"for words in {calls!r}: command(words)\n"
        f"print({heavy!r} & set(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stderr.strip() == "set()"


def test_a_shell_completes(tmp_path: Path) -> None:
    said = {"_ENGELS_COMPLETE": "complete_bash", "COMP_CWORD": "2"}
    done = process(tmp_path, COMP_WORDS="engels run chip_", **said)
    assert {"chip_embargo", "chip_stop", "chip_tariff"} <= set(done.stdout.decode().split())
    done = process(tmp_path, COMP_WORDS="engels dri", **(said | {"COMP_CWORD": "1"}))
    assert done.stdout.decode().split() == ["drivers"]


def test_no_words_show_the_help(engels: Engels) -> None:
    code, out, err = engels()
    assert (code, err) == (2, "") and "Usage: engels" in out


# ---------------------------------------------------------------------- terminals


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "parameters"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        said = running.stderr.read()
        assert running.wait(60) == 141
    assert said == b""


@pytest.mark.parametrize("encoding", ["ascii", pytest.param("latin-1", marks=pytest.mark.slow)])
def test_every_run_is_solved_whatever_the_terminal_can_show(tmp_path: Path, encoding: str) -> None:
    for name in ("first", "second"):
        text = PLAIN.format(name=name, title=f"Überholung ✓ 人工智能 [/] {name}")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    words = ("run", "first.yaml", "second.yaml", "--aggregation", "5", "--solver", "newton")
    words += ("--expectations", "static", "--no-figures")
    done = process(tmp_path, *words, PYTHONIOENCODING=encoding, LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode(encoding)
    assert "[/] first" in said and "[/] second" in said
    stored = sorted(p.name for p in (tmp_path / "results" / "5").iterdir())
    assert stored == ["first-tasks-static", "second-tasks-static"]


def test_a_pipe_gets_whole_rows_without_colours(tmp_path: Path) -> None:
    done = process(tmp_path, "scenarios", TERM="xterm-256color")
    text = done.stdout.decode()
    assert "\x1b" not in text
    row = next(line for line in text.splitlines() if " chip_embargo " in line)
    assert "Chip embargo on compute, 10% of imports left" in row and "compute" in row


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
@pytest.mark.sampled(2)
def test_no_number_is_cut(engels: Engels, result: RunResult, tmp_path: Path, width: int) -> None:
    folder = str(store_run(result, tmp_path / "results"))
    calls = [
        ["show", folder],
        ["show", folder, "--variable", "gdp_real", "--year", "2050"],
        ["compare", folder, folder],
    ]
    for words in calls:
        wide, narrow = (engels(*words, COLUMNS=columns)[1] for columns in ("500", str(width)))
        numbers = re.findall(r"[-+]?[\d,]+\.\d+(?: %| pp)?", wide.partition("worst residual")[0])
        assert numbers and all(number in narrow for number in numbers), narrow
        assert "…" not in narrow


# ---------------------------------------------------------------------- Ctrl-C


@pytest.mark.parametrize(
    "delay",
    [
        0.1,
        pytest.param(1.0, marks=pytest.mark.slow),
        pytest.param(0.5, marks=pytest.mark.slow),
        pytest.param(4.0, marks=pytest.mark.slow),
    ],
)
def test_an_interrupt_is_one_line_at_any_time(tmp_path: Path, delay: float) -> None:
    """While Python starts nothing is ours yet: the clock begins with the first line of ``main``."""
    words = ["run", "ai_central", "--aggregation", "5", "--no-figures"]
    code = (
        # tests that run in the background of a shell are born deaf to Ctrl-C
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import sys; from engels.__main__ import main, hear_interrupts\n"
        f"sys.argv = ['engels', *{words!r}]\n"
        "hear_interrupts(); print('heard', flush=True); main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "heard\n"
        time.sleep(delay)
        children = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert err == f"{exits.INTERRUPTED_LINE}\n"
    assert not any(child.is_running() for child in children)
    assert not list(tmp_path.rglob("*.parquet"))
