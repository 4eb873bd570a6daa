"""docs/architecture.md draws the import graph as it is, and an upward arrow is told."""

from __future__ import annotations

from docs import architecture


def test_the_page_is_current() -> None:
    """`make graph` writes it."""
    order = architecture.layers()
    found = architecture.uses(architecture.graph(), order)
    text = architecture.PAGE.read_text(encoding="utf-8")
    assert architecture.written(text, found, order) == text
    assert "| `data/` |" in text


def test_faults_are_told() -> None:
    order = [["engels.runs"], ["engels.model", "engels.calibration"], ["engels.data"]]
    down = {"engels.runs": {"engels.data": 1}, "engels.model": {"engels.data": 2}}
    assert architecture.faults(down, order) == []
    up = {"engels.data": {"engels.model": 3}, "engels.model": {"engels.calibration": 1}}
    assert architecture.faults(up, order) == [
        "upward: engels.data uses engels.model (3 imports)",
        "upward: engels.model uses engels.calibration (1 imports)",
    ]
    assert architecture.faults({"engels.new": {"engels.data": 1}}, order) == [
        "engels.new stands in no layer of pyproject.toml"
    ]
