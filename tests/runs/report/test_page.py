"""Figures on a page: width, letters, titles that fit, files; words for all that has an identifier."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import font_manager
from matplotlib.figure import Figure

from engels.calibration.parameters import load_parameters
from engels.data import EngelsInputError
from engels.model.blocks.library import DRIVERS
from engels.model.reporting.measures import variables
from engels.runs.experiments.sensitivity_figures import draw
from engels.runs.indicators.labels import entry_name, labels, scenario_name, unit_name
from engels.runs.report import page
from engels.runs.report.page import (
    WIDTH,
    entitle,
    in_legend,
    legend_below,
    new_figure,
    save_figure,
    style,
    text_width,
    wrap,
)
from engels.runs.report.point_names import label_points
from engels.runs.scenarios.schema import library

from ...pictures import check_picture, identifiers_in, page_of
from .test_figures import has_chinese

ROOT = Path(__file__).parents[3]

STRANGE = (
    "Costs $5 and $6, 50% of a_b_c {x} \\frac{1}{2} ^~# & “more”",
    "_begins with an underscore",
    "$",
    "A title that goes on and on " * 12,
    "Donaudampfschifffahrtsgesellschaft" * 5,
    "何种自动化路径使2035年劳动份额下降2个百分点？" * 4,
)


@pytest.fixture(params=["text", "column"])
def paper(request: pytest.FixtureRequest) -> Iterator[str]:
    """The style of a page."""
    with style("en", request.param):
        yield request.param


# ------------------------------------------------------------------ lines


WORDS = st.text(st.sampled_from("ab m$_%\\{}，。（）劳动份额 –"), max_size=80)


@given(WORDS, st.floats(20, 200))
@settings(deadline=None, max_examples=60)
def test_lines_are_as_wide_as_they_may_be_and_lose_nothing(text: str, width: float) -> None:
    with style("en"):
        lines = wrap(text, width, 8.0)
        assert all(len(x) <= 2 or text_width(x, 8.0) <= width for x in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_lines_are_broken_between_words_and_chinese_characters() -> None:
    with style("en"):
        assert wrap("Employment in small firms", 72, 8.0) == ["Employment in", "small firms"]
        assert wrap("two\nlines", 500, 8.0) == ["two", "lines"]
        lines = wrap("与“人工智能中速”相比（百分点）。", 60, 8.0)
    # a line begins with no sign that closes, and ends with none that opens
    assert len(lines) > 2 and not any(x[0] in "”）。" or x[-1] in "“（" for x in lines)


# ------------------------------------------------------------------ figures and their files


def strange(text: str) -> Figure:
    figure, places = new_figure(2, across=2, height=2.0)
    for axes in places:
        axes.plot([2020, 2050], [-1, 1], label=in_legend(text))
        axes.set_title(text[:200])
        axes.set_xlabel(text[:60])
        axes.set_ylabel(text[:60])
    legend_below(figure, *places[0].get_legend_handles_labels())
    entitle(figure, text)
    return figure


@pytest.mark.parametrize(
    ("paper", "text"),
    [*(("text", t) for t in STRANGE), ("column", STRANGE[-2])],
    indirect=["paper"],
)
def test_any_title_can_be_drawn(paper: str, text: str, tmp_path: Path) -> None:
    """Nothing in it is read as a formula, and nothing of it is cut off."""
    if not text.isascii() and not text.startswith("Costs") and not has_chinese():
        pytest.skip("no Chinese font")
    figure = strange(text)
    save_figure(figure, tmp_path, "strange")
    check_picture(figure)  # with its title
    legend = figure.legends[0].texts[0].get_text().replace("\n", " ")
    shown = "".join(legend.split()).rstrip("…")
    assert "".join(text.split()).startswith(shown) and len(shown) > min(len(text), 20) - 1


def test_files_are_made_for_the_page(
    paper: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The PDF is as wide as the page and has no title; the PNG has it and is higher by it."""
    heads: dict[str, str] = {}
    save = Figure.savefig

    def watched(self: Figure, *arguments: object, **more: object) -> None:
        heads[str(more["format"])] = self.get_suptitle()
        save(self, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "savefig", watched)
    pdf, png = save_figure(strange("What it shows"), tmp_path, "one")
    assert heads == {"pdf": "", "png": "What it shows"}
    width, height = page_of(pdf.read_bytes())
    assert width == pytest.approx(72 * WIDTH[paper], abs=0.01)
    data = png.read_bytes()
    across, down = (int.from_bytes(data[n : n + 4], "big") for n in (16, 20))
    assert across == int(200 * WIDTH[paper]) and 72 * down / 200 > height + 9
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.pdf", "one.png"]
    again = save_figure(strange("What it shows"), tmp_path, "two")
    assert [p.read_bytes() for p in again] == [pdf.read_bytes(), data]


def test_an_unknown_page_is_refused() -> None:
    with pytest.raises(
        EngelsInputError, match="--page: unknown page 'poster'; write text or column"
    ):
        page.check_page("poster")


def test_panels_stand_below_each_other_in_a_column(paper: str) -> None:
    _, places = new_figure(3, across=3)
    spec = places[0].get_subplotspec()
    assert spec is not None
    assert spec.get_gridspec().get_geometry() == ((1, 3) if paper == "text" else (3, 1))


def test_figures_are_made_in_one_place() -> None:
    """Width, title and files are the business of runs/report/page.py alone."""
    for folder in ("runs", "replication", "docs"):
        for file in (ROOT / folder).rglob("*.py"):
            if file.name != "page.py" or file.parent.name != "report":
                found = re.findall(r"suptitle|figsize|savefig", file.read_text(encoding="utf-8"))
                assert not found, f"{file}: {found}"


def test_points_are_whole_and_named_where_there_is_room(paper: str) -> None:
    figure, (axes,) = new_figure(1, height=2.4)
    x, y = [10.0, 10.1, 50.0, 90.0], [95.0, 95.0, 40.0, 40.0]
    radii = [14.0, 14.0, 3.0, 12.0]
    axes.scatter(x, y, s=[(2 * r) ** 2 for r in radii])
    named = label_points(axes, x, y, ["AGR", "MIN", "LGT", "BUS"], radii)
    entitle(figure, "Points")
    check_picture(figure)
    texts = [t.get_text() for t in axes.texts]
    assert {"LGT", "BUS"} < set(texts) and named == len(texts)
    box, scale = axes.get_window_extent(), figure.dpi / 72
    for place, radius in zip(axes.transData.transform(np.column_stack([x, y])), radii, strict=True):
        assert box.x0 <= place[0] - radius * scale and place[0] + radius * scale <= box.x1
        assert box.y0 <= place[1] - radius * scale and place[1] + radius * scale <= box.y1
    for n, one in enumerate(axes.texts):
        for other in axes.texts[n + 1 :]:
            assert not one.get_window_extent().overlaps(other.get_window_extent())


@pytest.mark.skipif(not has_chinese(), reason="no Chinese font")
def test_a_font_installed_since_is_added_to_those_that_are_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Matplotlib keeps a list of fonts; its parts keep asking that list, which must stay the one."""
    manager = font_manager.fontManager
    files = {f.fname for f in manager.ttflist if f.name in page.CHINESE_FONTS}
    without = [f for f in manager.ttflist if f.fname not in files]
    monkeypatch.setattr(manager, "ttflist", without)
    with caplog.at_level(logging.WARNING, "matplotlib"), style("zh"):
        figure, (axes,) = new_figure(1)
        axes.set_title("劳动收入份额 labour")
        entitle(figure, "恩格斯停顿")
        save_figure(figure, tmp_path, "font", "zh")
    assert font_manager.fontManager is manager
    assert not caplog.records


# ------------------------------------------------------------------ words


def test_all_that_has_an_identifier_has_words_in_both_languages() -> None:
    parameters = load_parameters()
    names = [*DRIVERS, *parameters.entries, *parameters.frame().index]
    for name in names:
        for language in ("en", "zh"):
            said = entry_name(name, language)
            assert said != name or "_" not in name + "." not in name
            assert not identifiers_in(said)
            if language == "zh":
                assert re.search("[\u4e00-\u9fff]", said), name
    for name in ("baseline", *library()):
        for language in ("en", "zh"):
            assert not identifiers_in(scenario_name(name, language))
    for unit in {v.unit for v in variables().values()}:
        assert re.search("[\u4e00-\u9fff]", unit_name(unit, "zh")), unit
    assert all(all(words.values()) for words in (labels("en"), labels("zh")))


def test_entries_in_words() -> None:
    assert entry_name("elasticities.ai_labour.middle") == "σ AI and labour, middle skill"
    assert entry_name("path.gdp_growth.2035") == "Growth of GDP, 2035"
    assert entry_name("tfp_sector:AGR", "zh") == "分行业生产率，AGR"
    assert entry_name("markup_common_2035") == "Markup of all sectors, 2035"
    assert entry_name("labour_share") == variables()["labour_share"].label_en
    # names that users give are theirs
    assert entry_name("my_own.name") == "my_own.name" and entry_name("a:b") == "a:b"


# ------------------------------------------------------------------ sensitivity


def outputs(years: list[int], **columns: list[float]) -> pd.DataFrame:
    key = {"scenario": "ai_central", "variable": "gdp_real", "sector": "", "group": ""}
    return pd.DataFrame({**key, "year": years, "unit": "%", **columns})


def spread(years: list[int]) -> pd.DataFrame:
    grow = np.linspace(0.5, 2, len(years))
    shares = {"q05": -1.0, "q25": -0.4, "q50": 0.1, "mean": 0.2, "q75": 0.6, "q95": 1.2}
    return outputs(years, **{name: list(x * grow) for name, x in shares.items()})


def entries(years: list[int], names: list[str], **columns: list[object]) -> pd.DataFrame:
    table = outputs([y for y in years for _ in names], entry=names * len(years))  # type: ignore[arg-type]
    return table.assign(**{k: v * len(years) for k, v in columns.items()})


NAMES = ["ai_productivity", "elasticities.ai_labour.middle", "ai_mode", "markup_common_2035"]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are written, as they are."""
    found: list[Figure] = []

    def watched(figure: Figure, *arguments: object, **more: object) -> list[Path]:
        found.append(figure)
        language = arguments[2]
        check_picture(figure, chinese=language == "zh")
        return save_figure(figure, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("engels.runs.experiments.sensitivity_figures.save_figure", watched)
    return found


@pytest.mark.parametrize(
    ("width", "language"),
    [
        ("text", "en"),
        pytest.param(
            "column", "zh", marks=pytest.mark.skipif(not has_chinese(), reason="no Chinese font")
        ),
    ],
)
def test_every_design_in_words(
    seen: list[Figure], tmp_path: Path, language: str, width: str
) -> None:
    years, ends = [2035, 2050], [0.1, 1.5, "labour", -0.02]
    tables = {
        "tornado": entries(
            years, NAMES, entry_low=ends, entry_high=[2.0, 3.0, "guo", 0.05],
            low=[-1.0, 0.5, 0.0, 0.1], high=[2.0, 0.8, 0.0, -0.1], swing=[3.0, 0.8, 0.0, 0.2],
        ),
        "morris": entries(
            years, NAMES, mu_star=[1.0, 0.9, 0.0, 0.4], mu_star_conf=[0.1, 0.1, 0.0, 0.1],
            sigma=[0.2, 0.3, 0.0, 0.1],
        ),
        "sobol": entries(
            years, NAMES, S1=[0.5, 0.2, 0.0, 0.1], S1_conf=[0.1] * 4, ST=[0.6, 0.3, 0.0, 0.1],
            ST_conf=[0.1] * 4,
        ),
        "rank_correlations": entries(years, NAMES, rank_correlation=[0.9, -0.5, 0.0, 0.1]),
        "years": spread(list(range(2025, 2051))),
    }  # fmt: skip
    for design in ("tornado", "morris", "saltelli", "lhs"):
        draw(tables, design, [("gdp_real", "", "")], tmp_path, language, "", width)
    assert len(seen) == 5
    for file in tmp_path.glob("*.pdf"):
        assert page_of(file.read_bytes())[0] == pytest.approx(72 * WIDTH[width], abs=0.01)


@pytest.mark.parametrize(
    ("years", "bands"),
    [
        (list(range(2025, 2051)), 2),
        ([2030, 2035, 2050], 0),
        ([2030, 2031], 0),
        ([2026, 2030, 2035, 2040, 2050], 0),
    ],
)
def test_what_is_between_stored_years_is_not_drawn(
    seen: list[Figure], tmp_path: Path, years: list[int], bands: int
) -> None:
    draw({"years": spread(years)}, "stroud", [("gdp_real", "", "")], tmp_path, "en")
    (axes,) = seen[0].axes
    areas = [c for c in axes.collections if type(c).__name__ == "FillBetweenPolyCollection"]
    assert len(areas) == bands
    joined = [line for line in axes.lines if line.get_linestyle() != "None"]
    across = [line for line in joined if len(np.unique(np.asarray(line.get_xdata()))) > 2]
    assert bool(across) == bool(bands)
    if not bands:
        assert [t.get_text() for t in axes.get_xticklabels()] == [str(y) for y in years]
