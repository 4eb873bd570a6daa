"""The packages of `engels`, found in the folders at the top of the repository, and the commit in a wheel.

`engels` is a namespace. `engels` itself is the folder of `__main__.py` alone, for `python -m engels`.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
PARTS = ("data", "calibration", "model", "runs", "replication", "benchmarks")


class BuildPy(build_py):
    """Copies the modules, and writes the clone's commit beside ``engels.runs.store.commit``."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:  # a clone is asked itself
            return
        store = Path("runs", "store")
        specification = importlib.util.spec_from_file_location("commit", ROOT / store / "commit.py")
        assert specification is not None and specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        described = module.described(ROOT)
        if described:
            target = Path(self.build_lib) / "engels" / store / module.BAKED
            target.write_text(f"{described}\n", encoding="utf-8")


setup(
    packages=[
        "engels",
        *(f"engels.{name}" for name in find_packages(include=[*PARTS, *(f"{p}.*" for p in PARTS)])),
    ],
    package_dir={"engels": "runs/start", **{f"engels.{part}": part for part in PARTS}},
    cmdclass={"build_py": BuildPy},
)
