"""Environments of their own for the tests of installation and of ``engels doctor``."""

from __future__ import annotations

import subprocess
import sysconfig
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Environment:
    """A Python environment with every package of this one and no solver, in an empty home."""

    folder: Path
    home: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def run(
        self, arguments: Sequence[str | Path], path: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run Python with ``arguments``; nothing of the caller's environment is inherited."""
        environment = {"HOME": str(self.home), "PATH": path, "COLUMNS": "2000", **variables}
        return subprocess.run(
            [self.python, *arguments],
            env=environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def engels(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the ``engels`` command."""
        command = "from engels.runs.cli.main import main; main()"
        return self.run(["-c", command, *arguments], **variables)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    folder, home = tmp_path / "environment", tmp_path / "home"
    home.mkdir()
    venv.create(folder, with_pip=False, symlinks=True)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    # A .pth line of this environment adds the packages of the one that runs the tests.
    packages = sysconfig.get_path("purelib")
    (own / "all.pth").write_text(f"import site; site.addsitedir({packages!r})\n", encoding="utf-8")
    return Environment(folder, home)


@pytest.fixture
def script() -> Callable[..., Path]:
    """Writes an executable shell script."""

    def write(file: Path, text: str) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        file.chmod(0o755)
        return file

    return write


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY
