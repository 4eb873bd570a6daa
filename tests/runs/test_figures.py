"""Figures: drawn for any run, readable, none of their words over another or cut off."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from engels.data import EngelsInputError
from engels.runs import figures
from engels.runs.figures import FIGURES, Picture, draw_figures, style
from engels.runs.labels import labels
from engels.runs.results import RunResult

MakeResult = Callable[[float], RunResult]


def has_chinese() -> bool:
    try:
        figures.chinese_font()
    except EngelsInputError:
        return False
    return True


def words_of(figure: Figure) -> list[Text]:
    """Every visible piece of text."""
    beyond = set()  # matplotlib keeps labels of ticks beyond the limits, and does not draw them
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not min(limits) <= tick.get_loc() <= max(limits):
                    beyond |= {tick.label1, tick.label2}
    return [
        t
        for t in figure.findobj(Text)
        if t.get_visible() and t.get_text().strip() and t not in beyond
    ]


def check_layout(figure: Figure) -> None:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    width, height = canvas.get_width_height()
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in words_of(figure)]
    for text, box in boxes:
        assert box.x0 > -2 and box.y0 > -2, f"{text!r} is cut off"
        assert box.x1 < width + 2 and box.y1 < height + 2, f"{text!r} is cut off"
    for (one, a), (other, b) in combinations(boxes, 2):
        inside_x = min(a.x1, b.x1) - max(a.x0, b.x0)
        inside_y = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert not (inside_x > 1 and inside_y > 1), f"{one!r} lies over {other!r}"


LANGUAGES = [
    "en",
    pytest.param("zh", marks=pytest.mark.skipif(not has_chinese(), reason="no Chinese font")),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [0.0, 0.01, 1.0, 8.0])
@pytest.mark.parametrize("name", FIGURES)
def test_no_words_collide(make_result: MakeResult, name: str, size: float, language: str) -> None:
    result = make_result(size)
    result.manifest["title"] = {
        "en": "What automation lowers the labour share by 2 points in 2035?",
        "zh": "何种自动化路径使2035年劳动份额下降2个百分点？",
    }
    with style(language):
        check_layout(FIGURES[name](Picture(result, labels(language), language)))


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
    assert "Engels' pause" in [t.get_text() for t in words_of(shaded)]
    assert "Engels' pause" not in [t.get_text() for t in words_of(plain)]


def test_chinese_without_a_font_names_the_package(
    result: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "CHINESE_FONTS", ("No Such Font",))
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
