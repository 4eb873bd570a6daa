"""Results on disk: whole or not at all, refused without a passing residual, the same when read."""

from __future__ import annotations

import copy
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engels.data import EngelsInputError
from engels.runs.store import folders
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import TEXT, ResultError, load_run, run_folder, store_run

from ...sealing import reseal

NAME = "43/ai_central-tasks-foresight"


def test_round_trip(result: RunResult, tmp_path: Path) -> None:
    folder = store_run(result, tmp_path)
    assert folder == tmp_path / NAME
    assert sorted(p.name for p in folder.iterdir()) == [
        "headline.csv", "manifest.json", "results.parquet",
    ]  # fmt: skip
    loaded = load_run(folder)
    pd.testing.assert_frame_equal(
        loaded.frame.astype(result.frame.dtypes), result.frame, check_exact=True
    )
    seal = {key: loaded.manifest.pop(key) for key in ("created", "format", "files", "checksum")}
    assert seal["created"].endswith("+00:00")
    assert set(seal["files"]) == {"headline.csv", "results.parquet"}
    assert loaded.manifest == result.manifest


def test_manifest_says_what_went_in(result: RunResult, tmp_path: Path) -> None:
    manifest = load_run(store_run(result, tmp_path)).manifest
    assert "growth" in manifest["scenario_text"]["ai_central.yaml"]
    inputs = manifest["inputs"]
    assert {
        "calibration/parameters.yaml",
        "calibration/mappings/43.yaml",
        "data/catalogue.yaml",
        "data/io/2020-42.csv",
        "scenario/ai_central.yaml",
    } <= set(inputs)
    assert all(len(value) == 64 for value in inputs.values())
    assert manifest["versions"]["pyomo"] != "not installed"
    assert manifest["solver"]["name"] == "ipopt"


def test_headline_csv(result: RunResult, tmp_path: Path) -> None:
    table = pd.read_csv(store_run(result, tmp_path) / "headline.csv")
    gdp = table[(table["indicator"] == "gdp_real") & (table["year"] == 2050)]
    assert gdp["deviation"].iloc[0] == pytest.approx(5.0)
    share = table[(table["indicator"] == "labour_share") & (table["year"] == 2050)]
    assert share["deviation"].iloc[0] == pytest.approx(-1.5)
    assert share["unit"].iloc[0] == "points"


def test_the_same_run_gives_the_same_files(result: RunResult, tmp_path: Path) -> None:
    one, two = store_run(result, tmp_path / "a"), store_run(result, tmp_path / "b")
    for name in ("results.parquet", "headline.csv"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_a_run_is_replaced(result: RunResult, tmp_path: Path) -> None:
    store_run(result, tmp_path)
    (tmp_path / NAME / "figures").mkdir()
    manifest = {**result.manifest, "seconds": {"solve": 99.0}}
    folder = store_run(RunResult(result.frame, manifest), tmp_path)
    assert load_run(folder).manifest["seconds"] == {"solve": 99.0}
    assert not (folder / "figures").exists()  # figures of another run are not kept
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def without(manifest: dict[str, Any], *keys: str) -> dict[str, Any]:
    changed = copy.deepcopy(manifest)
    place = changed
    for key in keys[:-1]:
        place = place[key]
    del place[keys[-1]]
    return changed


def residual(manifest: dict[str, Any], value: float) -> dict[str, Any]:
    changed = copy.deepcopy(manifest)
    changed["residuals"]["equations"]["value"] = value
    return changed


@pytest.mark.parametrize("value", [1e-7, float("nan"), float("inf"), -1.0])
def test_a_failing_residual_is_refused(result: RunResult, tmp_path: Path, value: float) -> None:
    with pytest.raises(ResultError, match=r"residuals\.equations"):
        store_run(RunResult(result.frame, residual(result.manifest, value)), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "keys", [("residuals",), ("solver", "version"), ("inputs",), ("residuals", "walras", "value")]
)
def test_an_incomplete_manifest_is_refused(
    result: RunResult, tmp_path: Path, keys: tuple[str, ...]
) -> None:
    with pytest.raises(ResultError, match=keys[0]):
        store_run(RunResult(result.frame, without(result.manifest, *keys)), tmp_path)
    assert not list(tmp_path.iterdir())


def test_no_residual_at_all_is_refused(result: RunResult, tmp_path: Path) -> None:
    manifest = {**result.manifest, "residuals": {}}
    with pytest.raises(ResultError, match="none is given"):
        store_run(RunResult(result.frame, manifest), tmp_path)


def test_a_broken_frame_is_refused(result: RunResult, tmp_path: Path) -> None:
    frame = result.frame
    hole = frame.assign(value=frame["value"].where(frame.index != 5))
    twice = pd.concat([frame, frame.iloc[[3]]])
    alone = frame[frame["scenario"] != "baseline"]
    for bad, words in (
        (hole, "is nan"),
        (twice, "twice"),
        (alone, "no figures of 'baseline'"),
        (frame.drop(columns="unit"), "columns"),
    ):
        with pytest.raises(ResultError, match=words):
            store_run(RunResult(bad, result.manifest), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_nothing(
    result: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as error:
        store_run(result, tmp_path)
    assert error.value.filename == str(tmp_path / NAME)  # the message says where
    assert not list((tmp_path / "43").iterdir())


def test_a_folder_that_cannot_be_written(result: RunResult, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file, not a folder")
    with pytest.raises(EngelsInputError, match="--out"):
        store_run(result, tmp_path / "results")


WRITER = """
import pickle, sys, time
from pathlib import Path
from engels.runs.store import results
with open(sys.argv[1], "rb") as stream:
    result = pickle.load(stream)
whole = results._write
def slow(result, folder):
    whole(result, folder)  # the manifest is written last
    print("half", flush=True)
    time.sleep(60)
results._write = slow
results.store_run(result, Path(sys.argv[2]))
"""


def test_a_killed_writer_leaves_no_half_folder(result: RunResult, tmp_path: Path) -> None:
    root, parcel = tmp_path / "results", tmp_path / "result.pickle"
    pd.to_pickle(result, parcel)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(parcel), str(root)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    with writer.stdout:
        assert writer.stdout.readline() == "half\n"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    target = root / NAME
    assert not target.exists()
    assert [p.name.startswith(".") for p in target.parent.iterdir()] == [True]
    with pytest.raises(EngelsInputError, match="no folder of a run"):
        load_run(target)
    # the next writer clears up
    store_run(result, root)
    assert [p.name for p in target.parent.iterdir()] == [target.name]


def test_a_killed_writer_leaves_the_earlier_run(result: RunResult, tmp_path: Path) -> None:
    root, parcel = tmp_path / "results", tmp_path / "result.pickle"
    store_run(result, root)
    pd.to_pickle(result, parcel)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(parcel), str(root)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    with writer.stdout:
        writer.stdout.readline()
        writer.kill()
        writer.wait()
    load_run(root / NAME)


def test_a_living_writer_is_left_alone(result: RunResult, tmp_path: Path) -> None:
    target = run_folder(tmp_path, result.manifest)
    target.parent.mkdir(parents=True)
    living, dead = (
        target.parent / f".engels-{folders._HOST}-{process}-0123abcd"
        for process in (os.getppid(), 2**22 + 1)
    )
    others = [target.parent / name for name in (
        f".engels-elsewhere-{2**22 + 1}-0123abcd",  # of another machine, where it may live
        f".engels-{folders._HOST}-{2**22 + 1}-mine",
        f".{target.name}.{2**22 + 1}.abc",
    )]  # fmt: skip
    for folder in (living, dead, *others):
        folder.mkdir()
    store_run(result, tmp_path)
    assert living.exists() and not dead.exists() and all(o.exists() for o in others)


def test_damaged_folders(result: RunResult, tmp_path: Path) -> None:
    folder = store_run(result, tmp_path)
    manifest = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(manifest[:100])
    with pytest.raises(EngelsInputError, match=r"manifest\.json: is damaged"):
        load_run(folder)
    (folder / "manifest.json").write_bytes(manifest.replace(b"1e-08", b"1e-02"))
    with pytest.raises(EngelsInputError, match="checksum"):
        load_run(folder)
    (folder / "manifest.json").write_bytes(manifest)
    (folder / "results.parquet").write_bytes(b"no parquet")
    with pytest.raises(EngelsInputError, match=r"results\.parquet: is not as it was stored"):
        load_run(folder)
    reseal(folder)
    with pytest.raises(EngelsInputError, match=r"results\.parquet: is damaged"):
        load_run(folder)


def test_a_stored_residual_is_judged_again(result: RunResult, tmp_path: Path) -> None:
    folder = store_run(result, tmp_path)
    reseal(folder, lambda m: m["residuals"]["equations"].update(value=1.0))
    with pytest.raises(EngelsInputError, match="tolerance"):
        load_run(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.pop("title"), "title: Field required"),
        (lambda m: m.update(last_year="2050"), "last_year: Input should be a valid integer"),
        (lambda m: m.update(last_year=10**300), "last_year: Input should be"),
        (lambda m: m.update(scenario="../../elsewhere"), "scenario: String should match"),
        (lambda m: m.update(ai_mode="x" * 10**5), "ai_mode: Input should be"),
        (lambda m: m.update(sectors=[1]), "sectors: Input should be a valid dictionary"),
        (lambda m: m.update(residuals={"x": 1}), "residuals.x: Input should be"),
        (lambda m: m["residuals"]["walras"].update(value=None), "residuals.walras.value"),
    ],
)
def test_a_manifest_that_says_something_else(
    result: RunResult, tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    folder = store_run(result, tmp_path)
    reseal(folder, change)
    with pytest.raises(EngelsInputError, match=re.escape(said)) as error:
        load_run(folder)
    assert "manifest.json" in str(error.value) and len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is damaged"),
        (b"[1, 2]", "it holds a list"),
        (b"3", "it holds a int"),
        (b"\xff{}", "is not UTF-8"),
        (b'{"a": 1, "a": 2}', "key 'a' is there twice"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is damaged"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": "\\ud800"}', "half a character"),
        (b'{"format": 99}', "of a later version"),
        (b'{"format": "2"}', "is no whole number"),
        (b"{}", "of an earlier version"),
        (b'{"format": 2}', "has format 2, of an earlier version"),
        (b'{"format": 3}', "checksum"),
    ],
)
def test_text_that_is_no_manifest(result: RunResult, tmp_path: Path, raw: bytes, said: str) -> None:
    folder = store_run(result, tmp_path)
    (folder / "manifest.json").write_bytes(raw)
    with pytest.raises(EngelsInputError, match=said) as error:
        load_run(folder)
    assert "run the scenario again" in str(error.value) and len(str(error.value)) < 300


def test_files_that_are_none(result: RunResult, tmp_path: Path) -> None:
    folder = store_run(result, tmp_path)
    for name in ("headline.csv", "results.parquet"):
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        with pytest.raises(EngelsInputError, match=f"{name}: is missing"):
            load_run(folder)
        (folder / name).mkdir()
        with pytest.raises(EngelsInputError, match=f"{name}: is a folder"):
            load_run(folder)
        (folder / name).rmdir()
        (folder / name).write_bytes(content)
    load_run(folder)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pa.table({"a": [1]}), "has columns a"),
        (pa.table({**{key: ["x"] for key in TEXT}, "year": ["y"], "value": [1.0]}), "year is string"),
        (
            pa.table({
                **{key: ["x"] for key in TEXT},
                "year": pa.array([None], pa.int32()),
                "value": [1.0],
            }),
            "year has 1 empty cells",
        ),
    ],
)  # fmt: skip
def test_parquet_of_another_form(
    result: RunResult, tmp_path: Path, table: pa.Table, said: str
) -> None:
    folder = store_run(result, tmp_path)
    pq.write_table(table, folder / "results.parquet")
    reseal(folder)
    with pytest.raises(EngelsInputError, match=f"results.parquet: {said}"):
        load_run(folder)


# --- Whose run it is --------------------------------------------------------------------------------


def of(result: RunResult, **changes: Any) -> RunResult:
    """The run with another manifest."""
    return RunResult(result.frame, {**result.manifest, **changes})


def test_a_run_of_another_file_is_not_replaced(result: RunResult, tmp_path: Path) -> None:
    mine = of(result, source="/a/ai_central.yaml", scenario_text={"ai_central.yaml": "mine"})
    theirs = of(result, source="/b/ai_central.yaml", scenario_text={"ai_central.yaml": "theirs"})
    folder = store_run(mine, tmp_path)
    with pytest.raises(
        EngelsInputError, match=r"another scenario of that name \(/a/ai_central.yaml"
    ):
        store_run(theirs, tmp_path)
    with pytest.raises(EngelsInputError, match="another scenario of that name"):
        store_run(result, tmp_path)  # the library's
    assert load_run(folder).manifest["source"] == "/a/ai_central.yaml"
    # the file is edited, or moved
    store_run(of(mine, scenario_text={"ai_central.yaml": "edited"}), tmp_path)
    store_run(of(mine, scenario_text={"ai_central.yaml": "edited"}, source="/c/d.yaml"), tmp_path)
    store_run(theirs, tmp_path, replace=True)
    assert load_run(folder).manifest["source"] == "/b/ai_central.yaml"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"last_year": 2060}, "other settings (last_year: 2050)"),
        ({"parameters": {"ai.sales": 0.4}}, "other settings (parameters: none)"),
        ({"table": "/a/2020-42.csv"}, "another table (the official one)"),
        ({"aggregation": "/a/43.yaml"}, "is the name of a mapping of the library"),
    ],
)
def test_a_run_of_other_settings_is_not_replaced(
    result: RunResult, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    store_run(result, tmp_path)
    with pytest.raises(EngelsInputError, match=re.escape(said)):
        store_run(of(result, **changes), tmp_path)


def test_two_mappings_of_one_name(result: RunResult, tmp_path: Path) -> None:
    inputs = result.manifest["inputs"]
    one = of(result, aggregation="/a/mine.yaml", inputs={**inputs, "mapping/mine.yaml": "1"})
    folder = store_run(one, tmp_path)
    assert folder.parent.name == "mine"
    with pytest.raises(EngelsInputError, match=re.escape("another aggregation (/a/mine.yaml)")):
        two = {"aggregation": "/b/mine.yaml", "inputs": {**inputs, "mapping/mine.yaml": "2"}}
        store_run(of(result, **two), tmp_path)
    store_run(of(one, aggregation="/c/mine.yaml"), tmp_path)  # moved


def test_files_of_a_user_are_kept(result: RunResult, tmp_path: Path) -> None:
    folder = store_run(result, tmp_path, draw=lambda f: (f / "pause.png").write_bytes(b"1"))
    (folder / "notes.txt").write_text("mine")
    (folder / "figures" / "mine.png").write_bytes(b"mine")
    (folder / "figures" / "structure-zh.pdf").write_bytes(b"an old figure of ours")
    store_run(result, tmp_path)
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    ours = {"headline.csv", "manifest.json", "results.parquet"}
    assert names == {*ours, "notes.txt", "figures/mine.png"}
    (folder / "figures" / "other.png").write_bytes(b"mine")
    with pytest.raises(EngelsInputError, match=r"other\.png: is not of our making"):
        store_run(result, tmp_path, draw=lambda f: (f / "other.png").write_bytes(b"2"))
    assert (folder / "figures" / "other.png").read_bytes() == b"mine"


def test_folders_are_open_as_the_umask_says(result: RunResult, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        folder = store_run(result, tmp_path)
        assert (folder.stat().st_mode & 0o777) == 0o750
        assert all((p.stat().st_mode & 0o777) == 0o640 for p in folder.iterdir())
        os.umask(0o002)
        folder = store_run(result, tmp_path)
        assert (folder.stat().st_mode & 0o777) == 0o775
    finally:
        os.umask(before)


def test_parquet_is_small_and_compressed(result: RunResult, tmp_path: Path) -> None:
    file = pq.ParquetFile(store_run(result, tmp_path) / "results.parquet")
    column = file.metadata.row_group(0).column(0)
    assert column.compression == "ZSTD"
