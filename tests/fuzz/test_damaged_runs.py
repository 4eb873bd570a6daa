"""Nothing that has happened to a stored run is passed over: no traceback, no silent acceptance."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engels.data import EngelsInputError
from engels.runs.analysis.verify import check_run
from engels.runs.scenarios.scenario import load_scenario, with_settings
from engels.runs.simulation.simulate import simulate
from engels.runs.store.results import load_run, store_run

from .damage_runs import CLASSES, RUN, damaged, flip, run_cases

if TYPE_CHECKING:
    from tests.conftest import Engels


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that passes, with a figure."""
    scenario = with_settings(load_scenario("ai_central"), aggregation="5", expectations="static")
    result = simulate(scenario, solver="newton")
    root = tmp_path_factory.mktemp("sound")
    folder = store_run(result, root, draw=lambda f: (f / "pause.png").write_bytes(b"\x89PNG" * 100))
    assert check_run(folder).passed
    return folder


def test_a_flipped_bit_in_any_file(sound: Path, tmp_path: Path) -> None:
    """Of every file 60 bits, those at its ends among them."""
    copy = tmp_path / "run"
    shutil.copytree(sound, copy)
    names = [p.relative_to(sound) for p in sound.rglob("*") if p.is_file()]
    assert len(names) == 5
    rng = random.Random(4)
    for name in names:
        size = 8 * (sound / name).stat().st_size
        bits = {0, 7, size - 8, size - 1, *(rng.randrange(size) for _ in range(56))}
        for bit in bits:
            flip(copy / name, bit)
            with pytest.raises(EngelsInputError) as error:
                check_run(copy)
            if name.parts[0] != "figures":
                with pytest.raises(EngelsInputError):
                    load_run(copy)
            # which file it is, except where a name in the manifest has changed to one that is missing
            assert str(name) in str(error.value) or name.name == "manifest.json", bit
            flip(copy / name, bit)
    check_run(copy)


def test_damage_of_every_class(sound: Path, engels: Engels, tmp_path: Path) -> None:
    found = run_cases(sound, seed=12, count=2 * len(CLASSES))
    before = set(tmp_path.iterdir())
    for number, (label, damage, arguments) in enumerate(found):
        copy = damaged(sound, tmp_path / f"run{number}", damage)
        there = sorted(copy.rglob("*"))
        given = [str(copy) if a == RUN else a for a in arguments]
        code, out, err = engels(*given)
        assert code in (1, 2), (label, code, out)
        assert code == 1 or str(copy) in err, (label, err)
        assert err and all(len(line) < 700 for line in err.splitlines()), (label, err)
        assert code == 1 or len(err.splitlines()) == 1, (label, err)
        assert sorted(copy.rglob("*")) == there, label
        shutil.rmtree(copy)
    assert set(tmp_path.iterdir()) == before  # nothing was written anywhere
