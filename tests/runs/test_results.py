"""Results on disk: whole or not at all, refused without a passing residual, the same when read."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from engels.data import EngelsInputError
from engels.runs.results import ResultError, RunResult, load_run, run_folder, store_run

NAME = "43/ai_central-labour-foresight"


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
    created = loaded.manifest.pop("created")
    assert created.endswith("+00:00")
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
    with pytest.raises(OSError, match="No space"):
        store_run(result, tmp_path)
    assert not list((tmp_path / "43").iterdir())


def test_a_folder_that_cannot_be_written(result: RunResult, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file, not a folder")
    with pytest.raises(EngelsInputError, match="--out"):
        store_run(result, tmp_path / "results")


WRITER = """
import pickle, sys, time
from pathlib import Path
from engels.runs import results
with open(sys.argv[1], "rb") as stream:
    result = pickle.load(stream)
whole = results._write
def slow(result, folder):
    whole(result, folder)
    (folder / "manifest.json").unlink()  # as if killed before it was written
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
    other = target.parent / f".{target.name}.{os.getppid()}.abc"
    other.mkdir()
    store_run(result, tmp_path)
    assert other.exists()


def test_damaged_folders(result: RunResult, tmp_path: Path) -> None:
    folder = store_run(result, tmp_path)
    manifest = (folder / "manifest.json").read_text(encoding="utf-8")
    (folder / "manifest.json").write_text(manifest[:100], encoding="utf-8")
    with pytest.raises(EngelsInputError, match="damaged"):
        load_run(folder)
    changed = residual(json.loads(manifest), 1.0)
    (folder / "manifest.json").write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(EngelsInputError, match="tolerance"):
        load_run(folder)
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    (folder / "results.parquet").write_bytes(b"no parquet")
    with pytest.raises(EngelsInputError, match="damaged"):
        load_run(folder)


def test_parquet_is_small_and_compressed(result: RunResult, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(store_run(result, tmp_path) / "results.parquet")
    column = file.metadata.row_group(0).column(0)
    assert column.compression == "ZSTD"
