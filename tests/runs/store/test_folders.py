"""Folders put in place: tried before the work, whole at every moment, by many processes, killed or not."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from engels.data import EngelsInputError
from engels.runs.cli import several
from engels.runs.report import figures
from engels.runs.store import folders
from engels.runs.store.folders import building, exchange, locked, put_files, put_folder, writable
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import change_stored, load_run, store_run

if TYPE_CHECKING:
    from tests.conftest import Engels

NAME = "43/ai_central-tasks-foresight"


def fill(text: str) -> Callable[[Path], None]:
    """Writes two files that must be seen together."""

    def write(folder: Path) -> None:
        (folder / "a").write_text(text)
        (folder / "b").write_text(text)

    return write


# --- Before the work -------------------------------------------------------------------------------


def test_a_folder_that_can_be_written(tmp_path: Path) -> None:
    writable(tmp_path / "a" / "b" / "c")
    assert not list(tmp_path.iterdir())  # what was made for the trial is gone
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine").touch()
    writable(tmp_path / "a")
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["mine"]


def test_folders_that_cannot(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    cases = {
        tmp_path / "file": "file is a file",
        tmp_path / "file" / "deep" / "er": "file is a file",
        tmp_path / "gone" / "x": "cannot be written",
        tmp_path / ("x" * 300): "too long",
        Path("/proc/nothing/here"): "cannot be written",
    }
    for folder, said in cases.items():
        with pytest.raises(EngelsInputError, match=said) as error:
            writable(folder, "--there")
        assert "choose another folder with --there" in str(error.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "gone"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(EngelsInputError, match="Permission denied"):
            writable(tmp_path / "x")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    "command",
    [
        ("run", "ai_central"),
        ("tables", "--only", "T4"),
        ("subtotals", "gpt_all"),
        ("figures", NAME),
        ("decompose", NAME),
        ("replicate",),
    ],
)
def test_commands_try_before_they_work(
    engels: Engels,
    result: RunResult,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    """None of them solves, draws or reads a thing first."""
    store_run(result, tmp_path)
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr("engels.runs.simulation.simulate.Session.solve", None)
    code, out, err = engels(*command, "--out", "file/here")
    assert (code, out) == (2, "") and len(err.splitlines()) == 1
    assert "cannot be written (file is a file)" in err


# --- In place --------------------------------------------------------------------------------------


@pytest.mark.parametrize("can", [True, False])
def test_a_folder_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can: bool
) -> None:
    if not can:
        monkeypatch.setattr(folders, "exchange", lambda *_: False)
    target = tmp_path / "deep" / "er"
    for text in ("one", "two", "three"):
        put_folder(target, fill(text))
        assert {p.name: p.read_text() for p in target.iterdir()} == {"a": text, "b": text}
        assert [p.name for p in target.parent.iterdir()] == ["er"]


def test_names_are_exchanged_in_one_step(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        (folder / folder.name).touch()
    assert exchange(one, two)
    assert (one / "two").exists() and (two / "one").exists()
    with pytest.raises(FileNotFoundError):
        exchange(one, tmp_path / "nowhere")


def test_what_was_moved_aside_comes_back(tmp_path: Path) -> None:
    """A writer killed between the two steps of a file system without exchange."""
    aside = tmp_path / f".engels-{folders._HOST}-{2**22 + 1}-0123abcd.was-run"
    aside.mkdir()
    (aside / "a").write_text("the only copy")
    put_folder(tmp_path / "other", fill("x"))
    assert (tmp_path / "run" / "a").read_text() == "the only copy"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "run"]


def test_a_file_in_the_place_is_kept(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(EngelsInputError, match="is no folder of ours"):
        put_folder(tmp_path / "run", fill("x"))
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("run", "mine")]


def test_files_are_moved_after_all_are_made(tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        (folder / "a").write_text("new")
        raise EngelsInputError("no")

    (tmp_path / "a").write_text("old")
    with pytest.raises(EngelsInputError, match="no"):
        put_files(tmp_path, fails)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a", "old")]
    assert put_files(tmp_path, fill("new")) == [tmp_path / "a", tmp_path / "b"]
    assert (tmp_path / "a").read_text() == "new" and len(list(tmp_path.iterdir())) == 2


def test_a_lock_waits_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "WAIT", 0.1)
    with (
        locked(tmp_path),
        pytest.raises(EngelsInputError, match="another process"),
        locked(tmp_path),
    ):
        pass
    assert not list(tmp_path.iterdir())


def test_nothing_of_a_failed_building_stays(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), building(tmp_path) as folder:
        (folder / "a").touch()
        raise RuntimeError
    assert not list(tmp_path.iterdir())


# --- Runs ------------------------------------------------------------------------------------------


def test_a_stored_run_is_changed_only_where_it_is_the_same(
    result: RunResult, tmp_path: Path
) -> None:
    folder = store_run(result, tmp_path, draw=lambda f: (f / "pause.png").write_bytes(b"1"))
    read = load_run(folder).manifest

    def meanwhile(copy: Path, manifest: dict[str, object]) -> None:
        store_run(RunResult(result.frame, {**result.manifest, "seconds": {}}), tmp_path)
        manifest["note"] = "of the run before"

    with pytest.raises(EngelsInputError, match="another run has been stored here meanwhile"):
        change_stored(folder, read, meanwhile)
    assert "note" not in load_run(folder).manifest and not (folder / "figures").exists()


@pytest.fixture
def one_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """One figure instead of four, for speed."""
    monkeypatch.setattr(figures, "FIGURES", {"pause": figures.FIGURES["pause"]})


@pytest.mark.usefixtures("one_figure")
def test_figures_of_a_stored_run(engels: Engels, result: RunResult, tmp_path: Path) -> None:
    folder = store_run(result, tmp_path / "results")
    before = load_run(folder).manifest
    assert engels("figures", str(folder))[0] == 0
    after = load_run(folder, solution=False).manifest
    drawn = {f"figures/{p.name}" for p in (folder / "figures").iterdir()}
    assert len(drawn) == 2 and set(after["files"]) == {*before["files"], *drawn}
    assert after["created"] == before["created"]
    (folder / "figures" / "pause.png").write_bytes(b"painted over")
    assert engels("show", str(folder))[0] == 0  # figures are looked at by `check` alone
    assert engels("figures", str(folder))[0] == 0
    assert (folder / "figures" / "pause.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("one_figure")
def test_figures_elsewhere_replace_their_own_alone(
    engels: Engels, result: RunResult, tmp_path: Path
) -> None:
    folder = store_run(result, tmp_path / "results")
    manifest = {**result.manifest, "ai_mode": "capital"}
    other = store_run(RunResult(result.frame, manifest), tmp_path / "results")
    assert engels("figures", str(folder), "--out", "pictures")[0] == 0
    assert engels("figures", str(folder), "--out", "pictures")[0] == 0
    pictures = {p: p.read_bytes() for p in (tmp_path / "pictures").iterdir()}
    assert len(pictures) == 2
    code, _, err = engels("figures", str(other), "--out", "pictures")
    assert code == 2 and "is no figure of" in err
    (tmp_path / "pictures" / "pause.png").write_bytes(b"mine")
    code, _, err = engels("figures", str(folder), "--out", "pictures")
    assert code == 2 and "pause.png: is no figure of" in err
    assert (tmp_path / "pictures" / "pause.png").read_bytes() == b"mine"
    assert all(p.read_bytes() == b for p, b in pictures.items() if p.name != "pause.png")


FULL = """
import pickle, resource, signal, sys
from pathlib import Path
from engels.runs.store.results import store_run
result = pickle.load(open(sys.argv[1], "rb"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    store_run(result, Path(sys.argv[2]))
except OSError as error:
    sys.exit(f"{error.filename}: {error.strerror}")
"""


def test_a_disk_that_takes_no_more(result: RunResult, tmp_path: Path) -> None:
    """Whichever file it is that does not fit, the run of before is there and nothing else."""
    parcel, root = tmp_path / "result.pickle", tmp_path / "results"
    pd.to_pickle(result, parcel)
    folder = store_run(result, root)
    before = load_run(folder).manifest
    sizes = sorted(p.stat().st_size for p in folder.iterdir())
    for limit in (100, sizes[-1] - 1):
        done = subprocess.run(
            [sys.executable, "-c", FULL, str(parcel), str(root), str(limit)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1 and done.stderr == f"{folder}: File too large\n"
        assert load_run(folder).manifest == before
        assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_a_full_disk_ends_a_list_of_scenarios(
    engels: Engels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was solved before is stored and said; what comes after is not solved in vain."""
    real = several.store_run

    def full(result: RunResult, *args: object, **more: object) -> Path:
        if result.scenario == "ai_slow":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "results/5/x")
        return real(result, *args, **more)

    monkeypatch.setattr(several, "store_run", full)
    settings = ("--aggregation", "5", "--expectations", "static", "--solver", "newton")
    code, out, err = engels("run", "baseline", "ai_slow", "ai_central", *settings)
    assert code == 1 and "Stored in results/5/baseline-tasks-static" in out
    assert err.splitlines() == [
        "ai_slow: failed: results/5/x: No space left on device",
        "Not solved: ai_central",
        "Failed: ai_slow",
    ]
    stored = (tmp_path / "results" / "5").iterdir()
    assert [p.name for p in stored] == ["baseline-tasks-static"]


# --- Many processes --------------------------------------------------------------------------------

STRESS = """
import os, pickle, random, signal, sys, time
from pathlib import Path
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import load_run, run_folder, store_run

parcel, root, rounds, kills = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "kill"
result = pickle.load(open(parcel, "rb"))
target = run_folder(root, result.manifest)

def version(number):
    frame = result.frame.assign(value=float(number))
    return RunResult(frame, {**result.manifest, "seconds": {"version": float(number)}})

def write(number):
    for turn in range(3):
        each = 10 * number + turn
        def draw(folder):
            (folder / "pause.png").write_text(str(each))
        store_run(version(each), root, draw=draw)

def read():
    while os.getppid() == parent:
        run = load_run(target)
        assert set(run.frame["value"]) == {run.manifest["seconds"]["version"]}
        time.sleep(0.01)

def child(work, *args):
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        work(*args)
        code = 0
    finally:
        os._exit(code)

parent = os.getpid()
random.seed(12)
store_run(version(0), root, draw=lambda folder: None)
readers = [child(read) for _ in range(2)]
bad = []
for turn in range(rounds):
    writers = [child(write, 10 * turn + n) for n in range(6)]
    if kills:
        for process in writers[:4]:
            time.sleep(random.uniform(0, 0.15))
            os.kill(process, signal.SIGKILL)
    for process in writers:
        _, status = os.waitpid(process, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            bad.append(f"writer of round {turn}")
for process in readers:
    if os.waitpid(process, os.WNOHANG) != (0, 0):
        bad.append("reader")
    else:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
store_run(version(1), root)
sys.exit("; ".join(bad) or 0)
"""


def stress(result: RunResult, tmp_path: Path, rounds: int, how: str) -> None:
    parcel, root = tmp_path / "result.pickle", tmp_path / "results"
    few = result.frame[result.frame["variable"].isin(["gdp_real", "labour_share"])]
    pd.to_pickle(RunResult(few, result.manifest), parcel)
    done = subprocess.run(
        [sys.executable, "-c", STRESS, str(parcel), str(root), str(rounds), how],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert (done.returncode, done.stderr) == (0, "")
    folder = root / NAME
    assert load_run(folder).manifest["seconds"] == {"version": 1.0}
    left = [p.name for p in folder.parent.iterdir() if p.name != folder.name]
    # a lock file may stay of a writer that was killed; it is the next one's
    assert all(re.fullmatch(re.escape(folders.LOCK), name) for name in left)
    assert how == "kill" or not left


def test_six_writers_at_once(result: RunResult, tmp_path: Path) -> None:
    stress(result, tmp_path, 1, "all")


def test_killed_writers(result: RunResult, tmp_path: Path) -> None:
    stress(result, tmp_path, 2, "kill")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["all", "kill"])
def test_many_rounds(result: RunResult, tmp_path: Path, how: str) -> None:
    stress(result, tmp_path, 25, how)


@pytest.mark.slow
def test_six_commands_at_once(tmp_path: Path) -> None:
    """As users run them: one scenario, solved, stored and drawn by six processes."""
    command = [str(Path(sys.executable).with_name("engels"))]
    settings = ["--aggregation", "5", "--solver", "newton"]
    for _ in range(2):
        writers = [
            subprocess.Popen(
                [*command, "run", "ai_central", *settings],
                cwd=tmp_path,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(6)
        ]
        said = [w.communicate()[1] for w in writers]
        assert [w.returncode for w in writers] == [0] * 6, said
    folder = tmp_path / "results" / "5" / "ai_central-tasks-foresight"
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert len([name for name in files if name.startswith("figures/")]) == 8
    load_run(folder, solution=True)
