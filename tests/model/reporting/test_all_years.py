"""Figures and payments of all years at once are, digit by digit, those of each year by itself."""

from __future__ import annotations

import numpy as np
import pytest

from engels.calibration.blocks import BLOCKS
from engels.model.algebra.grid import Years, YearSet
from engels.model.algebra.point import IndexedValues, Point, indexed
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.economy.payments import gaps, payments
from engels.model.reporting.measures import measure, measured
from engels.model.solving.certificate import certify
from engels.model.solving.compiled import Compiled
from engels.model.solving.solution import Solution

from ..block_runs import ALL, START, baseline, run

LAST = 2030
EXACT = 1e-14
OF_ONE = 4 * np.finfo(float).eps
"""Rounding of a difference of numbers of the size of one, as ``link_share`` is."""


@pytest.fixture(scope="module")
def solved() -> Solution:
    """A path with every block and a shock of each."""
    return run(baseline(BLOCKS, (), True, "labour", LAST), ALL)


def of_year(s: Solution, t: int) -> Point:
    """The path as if it had one year, whose figures are single numbers."""
    return Point(s.values, {**s.systems[0], "years": YearSet((t,))})


def test_figures(solved: Solution) -> None:
    b = solved.benchmark
    together = measure(solved.point(), b)
    apart = {k: x for t in solved.point().years for k, x in measure(of_year(solved, t), b).items()}
    assert together.keys() == apart.keys()
    assert {t for *_, t in together} == set(range(START, LAST + 1))
    for key, x in apart.items():
        left_over = OF_ONE if key[0] == "link_share" else 1e-300
        assert together[key] == pytest.approx(x, rel=EXACT, abs=left_over), key


def test_years_before_the_announcement_are_the_origins(solved: Solution) -> None:
    origin = solved.origin
    assert origin is not None
    own, before = measured(solved).rows(), measured(origin).rows()
    early = {k: x for k, x in own.items() if k[-1] < START}
    assert early == {k: x for k, x in before.items() if k[-1] < START}
    assert min(t for *_, t in own) == origin.years[0]


def test_years_that_were_solved_one_by_one() -> None:
    """Their systems are put together; a year by itself has the same figures."""
    s = baseline(("diffusion",), (), False, last=2022)
    together = measured(s).rows()
    for system in s.systems:
        for key, x in measure(Point(s.values, system), s.benchmark).items():
            assert together[key] == pytest.approx(x, rel=EXACT, abs=1e-300), key
    assert {t for *_, t in together} == {2020, 2021, 2022}


def test_payments(solved: Solution) -> None:
    p, b = solved.point(), solved.benchmark
    t = Years(tuple(p.years))
    together = payments(p, b, t)
    for n, year in enumerate(p.years):
        apart = payments(p, b, year)
        assert together.keys() == apart.keys()
        for pair, x in apart.items():
            there = np.broadcast_to(together[pair], len(t))[n]
            assert there == pytest.approx(x, rel=EXACT, abs=1e-300), (pair, year)
        assert max(map(abs, gaps(apart).values())) < 1e-8 * b.gdp


@pytest.mark.parametrize("year", [START, 2028, LAST])
@pytest.mark.parametrize(
    ("name", "key", "kind"),
    [
        ("wage", ("high",), "gdp"),
        ("lump_sum_tax", (), "sam"),
        ("intermediate_demand", ("IND",), "quantity"),
        ("chip_premium", ("compute",), "complementarity"),
        ("production_price", ("work", "SRV"), "price"),
    ],
)
def test_a_number_that_is_wrong_in_one_year_is_found_there(
    solved: Solution, economy: Compiled, year: int, name: str, key: tuple[str, ...], kind: str
) -> None:
    index = (*key, year) if key else year
    economy.restore(solved.values)
    economy.restore({name: {index: solved.values[name][index] * (1 + 1e-5) + 1e-6}})
    proof = certify(economy, solved.benchmark, "said", {"nothing": 0.0})
    assert any(line.startswith(f"{kind}: ") for line in proof.failures())
    if kind != "complementarity":
        assert proof.where[kind].endswith(str(year))


@pytest.fixture(scope="module")
def economy(solved: Solution) -> Compiled:
    """The model of the years from the announcement on."""
    b = solved.benchmark
    years = list(range(START, LAST + 1))
    m = build_economy(b, years, True, "labour", solved.horizon_growth, blocks_of(b))
    e = Compiled(m)
    e.restore(solved.values)
    assert certify(e, b, "said", {"nothing": 0.0}).passed
    return e


def test_values_in_a_vector_are_what_their_names_say(solved: Solution) -> None:
    plain = {name: dict(entries) for name, entries in solved.values.items()}
    again = indexed(plain)
    assert isinstance(solved.values, IndexedValues)
    assert again == solved.values == plain
    part = {"wage": {("high", START): 2.0}, "nothing": {None: 1.0}}
    found = again.joined(part)
    assert found["wage"]["high", START] == 2.0
    assert found["wage"]["low", START] == plain["wage"]["low", START]
    assert found["nothing"] == {None: 1.0}
    assert again["wage"]["high", START] == plain["wage"]["high", START]
