"""What the build of a wheel adds to setuptools: the commit from which it is built."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent.parent


class BuildPy(build_py):
    """Copies the modules, and writes the clone's commit beside ``engels.runs.commit``."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:  # a clone is asked itself
            return
        specification = importlib.util.spec_from_file_location(
            "commit", ROOT / "runs" / "commit.py"
        )
        assert specification is not None and specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        described = module.described(ROOT)
        if described:
            target = Path(self.build_lib) / "engels" / "runs" / module.BAKED
            target.write_text(f"{described}\n", encoding="utf-8")
