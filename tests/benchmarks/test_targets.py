"""The table of what a user waits for: its ratios, and what it does with a version that fails."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from engels.benchmarks import targets
from engels.benchmarks.peers import PeerFailed
from engels.benchmarks.targets import Version, against_peers, run_targets
from tests.conftest import Engels

OWN = {
    "recursive_baseline_s": 5.0,
    "recursive_again_s": 0.5,
    "source_12": 1.0,
    "equations_12": 1000.0,
}


def test_ratios_to_other_models() -> None:
    theirs = {"cgelab_cold": 2.5, "cgelab_again": 2.0, "irispie_12": 0.004}
    assert against_peers(OWN, theirs) == pytest.approx(
        {"recursive_cgelab": 0.5, "recursive_again_cgelab": 4.0, "irispie_12": 4.0}
    )
    assert against_peers(OWN, {}) == {}


def test_the_table_says_how_much_better_and_what_is_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Less is better of seconds, more of points; what fails is named and leaves its cells empty."""

    def stage(version: Version) -> dict[str, float]:
        if version.python == Path("old"):
            return {"cold_43": 9.0, "shock_points": 50.0}
        return {"cold_43": 3.0, "shock_points": 400.0}

    def broken(version: Version) -> dict[str, float]:
        raise PeerFailed("no such thing")

    monkeypatch.setattr(targets, "STAGES", {"one": stage, "two": broken})
    said = io.StringIO()
    screen = Console(file=said, width=200)
    assert not run_targets(Path("old"), tmp_path, lambda *_, **__: {}, screen)
    assert "two, before: no such thing" in said.getvalue()
    rows = (tmp_path / "targets.md").read_text(encoding="utf-8").splitlines()
    cold = next(row for row in rows if "from nothing to certified" in row)
    assert cold.endswith("| 9.0 | 3.0 | 3.0 | 3 | yes |")
    shocks = next(row for row in rows if "points of a shock" in row)
    assert shocks.endswith("| 50 | 400 | 8.0 | 450 | no |")
    assert next(row for row in rows if "154" in row).endswith("|  |  |  | 20 |  |")
    kept = pd.read_csv(tmp_path / "targets.csv", index_col="figure")
    assert kept.loc["cold_43"].to_dict() == {"before": 9.0, "now": 3.0}


def test_what_a_process_says() -> None:
    version = Version(Path(sys.executable), 1, 1)
    assert version.told("import sys; print('{\"a\": ' + sys.argv[1] + '}')", "2") == {"a": 2}
    with pytest.raises(PeerFailed, match="ZeroDivisionError"):
        version.told("1 / 0")


def test_a_version_that_is_not_there(engels: Engels) -> None:
    code, _, errors = engels("bench", "--before", "nowhere/python")
    assert code == 2
    assert "nowhere/python: no such file" in errors
