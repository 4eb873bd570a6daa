"""CONTRIBUTING.md is true: its examples work in a copy of the repository, and no step can be forgotten."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PARTS = ("data", "calibration", "model", "runs", "replication", "benchmarks")
COPIED = (*PARTS, "tests", "docs", "README.md", "CHANGELOG.md", "pyproject.toml")
STEP = re.compile(
    r"^(?:New file `(?P<new>[^`]+)`|In `(?P<file>[^`]+)`, (?P<how>after|before|instead of) "
    r"`(?P<anchor>[^`\n]+)`):\n\n```\w+\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Step:
    """One file of a change: what is written, and beside or in place of which line."""

    file: str
    how: str
    anchor: str
    text: str

    def take(self, repository: Path) -> None:
        """Make the change. The anchor is in one line of the file."""
        path = repository / self.file
        if self.how == "new":
            assert not path.exists(), self.file
            path.write_text(self.text, encoding="utf-8")
            return
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        places = [n for n, line in enumerate(lines) if self.anchor in line]
        assert len(places) == 1, f"{self.file}: {self.anchor!r} is in {len(places)} lines"
        (at,) = places
        kept = [] if self.how == "instead of" else [lines[at]]
        new = [self.text, *kept] if self.how == "before" else [*kept, self.text]
        path.write_text("".join([*lines[:at], *new, *lines[at + 1 :]]), encoding="utf-8")


@dataclass(frozen=True)
class Change:
    """A section of the page that shows code: its steps, and the tests that it names."""

    title: str
    steps: tuple[Step, ...]
    checks: tuple[tuple[str, ...], ...]


def read_changes(page: str) -> list[Change]:
    """The sections with code. Every block of code in them is a step."""
    changes = []
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        steps = tuple(
            Step(m["new"] or m["file"], m["how"] or "new", m["anchor"] or "", m["text"])
            for m in STEP.finditer(body)
        )
        assert len(steps) == len(re.findall(r"^```\w+$", body, re.MULTILINE)), title
        if steps:
            (named,) = re.findall(r"^Checks: (.+?)\.$", body, re.MULTILINE | re.DOTALL)
            checks = tuple(tuple(shlex.split(c)) for c in re.findall(r"`([^`]+)`", named))
            changes.append(Change(title, steps, checks))
    return changes


CHANGES = read_changes(PAGE)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the repository, whose code is what its tests import."""
    copy = tmp_path / "engels"
    copy.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, copy / name)
    packages = tmp_path / "packages" / "engels"
    packages.mkdir(parents=True)
    for part in PARTS:
        (packages / part).symlink_to(copy / part)
    return copy


def python(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the copy."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=repository,
        env={
            **os.environ,
            "PYTHONPATH": str(repository.parent / "packages"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def failures(repository: Path, checks: Sequence[Sequence[str]]) -> str:
    """What the tests that a change names say in the copy, up to the first that fails; nothing if all pass."""
    for check in checks:
        # folders of its own: a run of pytest sweeps those of earlier runs
        own = ("-p", "no:cacheprovider", "--basetemp", str(repository.parent / "tmp"))
        done = python(repository, "-m", "pytest", "-q", "-x", *own, *check)
        # one that selects no test (5) checks nothing
        assert done.returncode != 5, done.stdout
        if done.returncode:
            return done.stdout + done.stderr
    return ""


def test_the_copy_is_what_is_tested(repository: Path) -> None:
    done = python(repository, "-c", "import engels.runs; print(engels.runs.__file__)")
    assert str(repository.parent) in done.stdout, done.stderr


def test_the_page_shows_the_commonest_changes() -> None:
    titles = [change.title for change in CHANGES]
    assert titles == ["A driver with a default", "A block", "A paper table", "An indicator"]
    sections = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert len(sections) == len(set(sections)) == 10


@pytest.mark.parametrize("section", re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:])
def test_files_that_are_named_exist(section: str) -> None:
    new = set(re.findall(r"New file `([^`]+)`", section))
    named = set(re.findall(r"`((?:[a-z_]+/)+[\w.-]+\.\w+)", section))
    assert named
    missing = {f for f in named - new if not (ROOT / f).exists()}
    assert not missing


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.title)
def test_an_example_works_and_has_the_style_of_the_code(change: Change, repository: Path) -> None:
    for step in change.steps:
        step.take(repository)
    for command in (("format", "--check"), ("check",)):
        done = python(repository, "-m", "ruff", *command, ".")
        assert done.returncode == 0, done.stdout + done.stderr
    failed = failures(repository, change.checks)
    assert not failed, failed


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.title)
def test_a_forgotten_step_is_noticed(change: Change, repository: Path) -> None:
    kept = {s.file: (repository / s.file).read_bytes() for s in change.steps if s.how != "new"}
    for forgotten in change.steps:
        for step in change.steps:
            if step.how == "new":
                (repository / step.file).unlink(missing_ok=True)
            else:
                (repository / step.file).write_bytes(kept[step.file])
        for step in change.steps:
            if step is not forgotten:
                step.take(repository)
        assert failures(repository, change.checks), f"without the step in {forgotten.file}"
