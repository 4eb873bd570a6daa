"""Figures: drawn for any run, readable, none of their words over another or cut off."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from engels.data import EngelsInputError
from engels.runs.indicators.labels import labels
from engels.runs.report import page
from engels.runs.report.figures import FIGURES, Picture, draw_figures
from engels.runs.report.page import style
from engels.runs.store.inputs import RunResult

from ...pictures import check_picture, words_of

MakeResult = Callable[[float], RunResult]


def has_chinese() -> bool:
    try:
        page.chinese_font()
    except EngelsInputError:
        return False
    return True


def check_layout(figure: Figure, chinese: bool = False) -> None:
    """What :func:`check_picture` looks at, and no words lie over others."""
    for (one, a), (other, b) in combinations(check_picture(figure, chinese), 2):
        inside_x = min(a.x1, b.x1) - max(a.x0, b.x0)
        inside_y = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert not (inside_x > 1 and inside_y > 1), f"{one!r} lies over {other!r}"


LANGUAGES = [
    "en",
    pytest.param("zh", marks=pytest.mark.skipif(not has_chinese(), reason="no Chinese font")),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("paper", "size"), [("text", 0.0), ("text", 0.01), ("text", 8.0), ("column", 1.0)]
)
@pytest.mark.parametrize("name", FIGURES)
def test_no_words_collide(
    make_result: MakeResult, name: str, paper: str, size: float, language: str
) -> None:
    result = make_result(size)
    result.manifest["title"] = {
        "en": "What automation lowers the labour share by 2 points in 2035?",
        "zh": "何种自动化路径使2035年劳动份额下降2个百分点？",
    }
    with style(language, paper):
        figure = FIGURES[name](Picture(result, labels(language), language))
        check_layout(figure, chinese=language == "zh")


def test_files(result: RunResult, tmp_path: Path) -> None:
    written = draw_figures(result, tmp_path / "figures")
    assert {p.name for p in written} == {
        f"{name}.{kind}"
        for name in ("structure", "labour-share", "pause", "compute")
        for kind in ("pdf", "png")
    }
    assert {p.name for p in (tmp_path / "figures").iterdir()} == {p.name for p in written}
    for path in written:
        start = path.read_bytes()[:8]
        assert start.startswith(b"%PDF" if path.suffix == ".pdf" else b"\x89PNG")


@pytest.mark.parametrize("title", ["US$ 5 and $x", r"$\frac{1}{0$", "[/] %s {0} ~ ^ \\end"])
def test_titles_of_users_are_drawn_as_they_are(title: str) -> None:
    """A dollar begins no formula: two of them would be left out, or end in an error."""
    widths = []
    with style("en"):
        for text in (title, title.replace("$", "S")):  # as wide as a dollar
            figure = Figure()
            drawn = figure.suptitle(text)
            FigureCanvasAgg(figure).draw()
            widths.append(drawn.get_window_extent().width)
    assert widths[0] == pytest.approx(widths[1], rel=0.03)


def test_the_pause_is_shaded_only_where_there_is_one(make_result: MakeResult) -> None:
    with style("en"):
        shaded = FIGURES["pause"](Picture(make_result(1.0), labels("en"), "en"))
        plain = FIGURES["pause"](Picture(make_result(0.0), labels("en"), "en"))
    name = "Engels' pause (wage over 0.1% below)"
    assert name in [t.get_text() for t in words_of(shaded)]
    assert name not in [t.get_text() for t in words_of(plain)]


def test_chinese_without_a_font_names_the_package(
    result: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "CHINESE_FONTS", ("No Such Font",))
    with pytest.raises(EngelsInputError, match="fonts-noto-cjk"):
        draw_figures(result, tmp_path / "figures", "zh")
    assert not (tmp_path / "figures").exists()


def test_a_single_year_has_no_path(result: RunResult, tmp_path: Path) -> None:
    one = RunResult(result.frame[result.frame["year"] == 2020], result.manifest)
    with pytest.raises(EngelsInputError, match="one year"):
        draw_figures(one, tmp_path / "figures")


def test_a_missing_variable_is_named(result: RunResult, tmp_path: Path) -> None:
    frame = result.frame[result.frame["variable"] != "compute_used"]
    with pytest.raises(EngelsInputError, match="compute_used"):
        draw_figures(RunResult(frame, result.manifest), tmp_path / "figures")


def test_the_reference_is_named_in_words(make_result: MakeResult) -> None:
    """Of the library by its label, of a user by its title, else without underscores."""
    result = make_result(1.0)
    frame = result.frame.replace({"scenario": {"baseline": "my_own_reference"}})
    result.frame["scenario"] = frame["scenario"]
    result.manifest["reference"] = "my_own_reference"
    titled = {"my_own_reference.yaml": "title: {en: My own, zh: 我的}\n"}
    for texts, said in ((titled, "(My own)"), ({}, "(my own reference)")):
        result.manifest["scenario_text"] = texts
        with style("en"):
            figure = FIGURES["compute"](Picture(result, labels("en"), "en"))
            check_picture(figure)
        assert any(said in t.get_text().replace("\n", " ") for t in words_of(figure))


def test_the_premium_is_drawn_where_a_quota_binds(make_result: MakeResult) -> None:
    with style("en"):
        free = FIGURES["compute"](Picture(make_result(0.0), labels("en"), "en"))
        bound = FIGURES["compute"](Picture(make_result(1.0), labels("en"), "en"))
    assert [len(free.axes), len(bound.axes)] == [2, 3]
    said = [t.get_text() for t in words_of(bound)]
    # components have no premium here, and two lines that are one are one
    assert "Chips for compute" in said and "Components" not in said
    assert "Used and capacity (equal)" in [t.get_text() for t in words_of(free)]


def test_groups_of_sectors_leave_ai_services_out(make_result: MakeResult) -> None:
    """By factor intensity as in all tables: AI services stand apart."""
    with style("en"):
        figure = FIGURES["structure"](Picture(make_result(1.0), labels("en"), "en"))
    said = [t.get_text() for t in figure.axes[1].texts]
    assert said[0] == "Capital-intensive sectors" and said[-1].startswith("AI services ")


def test_official_years_are_shaded(make_result: MakeResult) -> None:
    with style("en"):
        figure = FIGURES["labour-share"](Picture(make_result(1.0), labels("en"), "en"))
    (span,) = [p for p in figure.axes[0].patches if p.get_label().startswith("Official")]
    assert (span.get_extents().width) > 0
    assert span.get_x() == 2020 and span.get_x() + span.get_width() == 2025
