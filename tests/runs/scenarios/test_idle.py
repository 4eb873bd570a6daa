"""Parameters that nothing reads are told, and those alone."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engels.calibration import calibrate
from engels.calibration.blocks import BLOCKS, NEEDS
from engels.calibration.parameters import load_parameters
from engels.model.economy.trees import MODES
from engels.runs.scenarios.scenario import (
    Economies,
    idle_parameters,
    load_scenario,
    with_settings,
)
from engels.runs.scenarios.variant import read_overrides, with_changes
from engels.runs.simulation.simulate import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Engels

OWN = [mode.parameters for mode in MODES.values()]


@pytest.fixture(scope="module")
def solved() -> Callable[..., bytes]:
    """All figures of better AI in one mode, with a section of the parameters 1.1 times as large."""
    session = Session("newton", Economies(None))
    base = with_settings(load_scenario("ai_central"), aggregation="5", expectations="static")

    def solve(ai_mode: str, section: str = "") -> tuple[bytes, bool]:
        scenario = with_settings(base, ai_mode=ai_mode)
        table = load_parameters().frame()
        keys = [k for k in table.index if section and k.startswith(f"{section}.")] or [section]
        keys = [k for k in keys if k]
        told = [f"{k}={1.1 * float(table['value'][k])}" for k in keys]
        scenario = with_changes(scenario, read_overrides(told))
        values = session.run(scenario).frame["value"].to_numpy()
        return values.tobytes(), bool(idle_parameters(scenario))

    return solve


@pytest.mark.parametrize("ai_mode", list(MODES))
def test_what_belongs_to_another_mode_changes_nothing_and_is_told(
    ai_mode: str, solved: Callable[..., tuple[bytes, bool]]
) -> None:
    before, none = solved(ai_mode)
    assert not none
    for section in OWN:
        after, told = solved(ai_mode, section)
        assert told == (after == before) == (section != MODES[ai_mode].parameters), section


@pytest.mark.parametrize("block", BLOCKS)
def test_what_belongs_to_a_block_that_is_off_changes_nothing(block: str) -> None:
    table = load_parameters().frame()
    mine = table[table.index.str.startswith(f"{block}.") & ~table.index.str.endswith(".active")]
    bounds = mine[["low", "high", "value"]].astype(float)
    moved = bounds[np.isfinite(bounds).all(axis=1)]
    off = {f"{block}.active": 0}
    ends = {
        k: row["high"] if row["value"] < row["high"] else row["low"] for k, row in moved.iterrows()
    }
    assert pickle.dumps(calibrate("5", off | ends)) == pickle.dumps(calibrate("5", off))
    scenario = with_changes(load_scenario("ai_central"), read_overrides([f"{block}.active=0"]))
    assert set(idle_parameters(scenario, ends)) == set(ends)
    needed = [f"{name}.active=1" for name in (block, NEEDS.get(block)) if name]
    on = with_changes(load_scenario("ai_central"), read_overrides(needed))
    assert not idle_parameters(on, ends)


def test_a_run_says_so(engels: Engels, tmp_path: Path) -> None:
    text = "name: mine\nparameters: {elasticities.ai_labour.middle: 3, learning.use: 0.01}\nshocks: []\n"
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    _, _, err = engels("check-scenario", str(file))
    assert (
        "caution: mine: elasticities.ai_labour.middle changes nothing: it belongs to ai_mode labour"
        in err
    )
    assert "caution: mine: learning.use changes nothing: the block learning is off" in err


def test_a_batch_that_varies_nothing_is_refused(engels: Engels, tmp_path: Path) -> None:
    """But where one of its points reads the parameter."""
    text = (
        "name: flat\nscenario: ai_central\naggregation: '5'\nvary:\n"
        "  - parameter: elasticities.ai_labour.middle\n    values: [1, 2]\n"
    )
    file = tmp_path / "flat.yaml"
    file.write_text(text)
    for more in (["--check"], []):
        code, out, err = engels("batch", str(file), *more, "--out", str(tmp_path))
        assert (code, out) == (2, "")
        assert err.strip().endswith(
            "vary[0].parameter: elasticities.ai_labour.middle changes nothing at any point: it belongs "
            "to ai_mode labour, and this is tasks"
        )
    file.write_text(text + "  - setting: ai_mode\n    values: [tasks, labour]\n")
    assert engels("batch", str(file), "--check")[0] == 0
