"""What is kept between processes saves work and decides nothing."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from engels.runs.scenarios.scenario import load_scenario, with_settings
from engels.runs.scenarios.schema import Scenario
from engels.runs.simulation.simulate import Session
from engels.runs.store import cache as module
from engels.runs.store.cache import Cache, program, user_cache
from engels.runs.store.inputs import RunResult
from tests.conftest import Engels


def scenario() -> Scenario:
    return with_settings(
        load_scenario("ai_central"), aggregation="5", ai_mode="labour", expectations="foresight"
    )


def solved(cache: Cache | None) -> RunResult:
    return Session(cache=cache).run(scenario())


def same(one: RunResult, other: RunResult) -> bool:
    """Every reported figure, to the last digit."""
    return one.frame.equals(other.frame)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def test_a_run_from_the_cache_is_the_run(cache: Cache) -> None:
    plain = solved(None)
    first = solved(cache)
    kept = cache.sizes()
    assert len(kept) == 3  # the baseline, and the economies of both runs
    again = solved(cache)
    assert cache.sizes().keys() == kept.keys()
    assert same(plain, first) and same(first, again)
    assert again.manifest["certificate"] == first.manifest["certificate"]


def test_damaged_files_are_made_anew(cache: Cache) -> None:
    first = solved(cache)
    for path in cache.sizes():
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    assert same(solved(cache), first)
    for path in cache.sizes():
        content = path.read_bytes()
        assert hashlib.sha256(content[32:]).digest() == content[:32]


def test_a_wrong_baseline_is_no_result(cache: Cache) -> None:
    """Sealed, under the right name, and of another economy: the solve ends where it ends without."""
    first = solved(cache)
    changed = 0
    for path in cache.sizes():
        thing = module.pickle.loads(path.read_bytes()[32:])
        if isinstance(thing, tuple):
            keys, x = thing
            content = module.pickle.dumps((keys, x * 1.7))
            path.write_bytes(hashlib.sha256(content).digest() + content)
            changed += 1
    assert changed == 1
    again = solved(cache)
    assert again.manifest["residuals"]["equations"]["value"] <= 1e-8
    gap = (again.frame["value"] - first.frame["value"]).abs()
    assert (gap <= 1e-8 * (1 + first.frame["value"].abs())).all()


def test_settings_do_not_share(cache: Cache) -> None:
    solved(cache)
    before = set(cache.sizes())
    other = with_settings(scenario(), ai_mode="capital")
    Session(cache=cache).run(other)
    assert len(set(cache.sizes()) - before) == 3


def test_the_reference_solver_takes_nothing_from_it(cache: Cache) -> None:
    Session("ipopt", cache=cache).run(scenario())
    assert not cache.sizes()


def test_what_was_used_longest_ago_goes_first(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 2500)
    for n, key in enumerate("abc"):
        cache.put(key, bytes(1000))
        for path in cache.sizes():
            os.utime(path, ns=(n + path.stat().st_mtime_ns,) * 2)
        if key == "b":
            assert cache.get("a") is not None
    assert cache.get("b") is None
    assert cache.get("a") is not None and cache.get("c") is not None


def test_other_files_are_left_alone(cache: Cache) -> None:
    cache.put("a", 1)
    own = cache.folder / "notes.kept"
    own.write_text("mine")
    assert cache.clear() == 1
    assert own.read_text() == "mine" and not cache.sizes()


@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_that_others_can_write_is_not_read(cache: Cache, mode: int) -> None:
    cache.put("a", 1)
    assert cache.get("a") == 1
    cache.folder.chmod(mode)
    assert cache.get("a") is None
    cache.folder.chmod(0o755)
    assert cache.get("a") == 1


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "cache")
    cache.put("a", 1)
    assert cache.get("a") is None and cache.sizes() == {}


def test_the_user_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENGELS_CACHE", str(tmp_path))
    assert user_cache() == Cache(tmp_path)
    monkeypatch.setenv("ENGELS_CACHE", "off")
    assert user_cache() is None
    monkeypatch.delenv("ENGELS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    found = user_cache()
    assert found is not None and found.folder.name == "engels"


def test_the_command_says_and_clears(engels: Engels, tmp_path: Path) -> None:
    there = {"ENGELS_CACHE": str(tmp_path / "cache")}
    settings = ("--aggregation", "5", "--no-figures")
    code, _, errors = engels("run", "ai_central", *settings, **there)
    assert code == 0, errors
    code, out, _ = engels("cache", **there)
    assert code == 0 and "3 files" in out
    code, out, _ = engels("cache", "--clear", **there)
    assert code == 0 and "removed 3 files" in out
    assert "0 files" in engels("cache", **there)[1]
    assert "nothing is kept" in engels("cache", ENGELS_CACHE="off")[1]


def test_the_program_is_every_module_and_table(monkeypatch: pytest.MonkeyPatch) -> None:
    before = program()
    real = module.files_of(module.PACKAGES)
    assert {path.suffix for path in real} == {".py", ".csv", ".yaml"}
    monkeypatch.setattr(module, "files_of", lambda packages: frozenset(sorted(real)[1:]))
    program.cache_clear()
    assert program() != before
    program.cache_clear()
