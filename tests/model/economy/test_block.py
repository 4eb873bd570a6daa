"""The protocol of blocks: slots, contributions, drivers, and a block that the package does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pyomo.environ as pyo
import pytest

from engels.calibration.benchmark import Benchmark
from engels.calibration.blocks import BLOCKS as NAMES
from engels.model.algebra.declaration import Variable
from engels.model.algebra.errors import ModelError
from engels.model.algebra.point import Point, Values, given, snapshot
from engels.model.blocks import library
from engels.model.economy import slots
from engels.model.economy.block import Block, Economy, Rows, national, slot
from engels.model.economy.build import build_economy
from engels.model.economy.driver import Driver
from engels.model.economy.drivers import ECONOMY_DRIVERS
from engels.model.reporting.measures import measure
from engels.model.solving.closures import POLICY
from engels.model.solving.solve import solve

from ..block_runs import economy


def define_revenue(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Revenue of the levy, trillion yuan."""
    m.levy_revenue_definition = pyo.Constraint(
        m.years,
        rule=lambda _, t: (
            m.levy_revenue[t]
            == m.levy[t] * m.price_composite[b.ai, t] * sum(m.ai_use[k, t] for k in m.ai_users)
        ),
    )


def report_levy(m: Point, b: Benchmark, t: int) -> Rows:
    return national(t, levy_revenue=m.levy_revenue[t])


LEVY = Block(
    name="levy",
    drivers=(Driver("levy", ("year",), "ad valorem rate", 0.0, -0.9, 5.0, "on AI services"),),
    variables=(
        Variable("levy_revenue", ("years",), 0.0, "trillion yuan", "money", "levy", "税", "X"),
    ),
    define=define_revenue,
    contributions={slots.ai_tax: lambda m, b, t: m.levy[t]},
    report=report_levy,
)


def solved(blocks: Sequence[Block], **drivers: float) -> Point:
    """The base year with drivers at other values."""
    b = economy(())
    m = build_economy(b, [2020], False, "labour", blocks=blocks)
    POLICY.apply(m, False)
    for name, x in drivers.items():
        m.component(name)[2020].fix(x)
    solve(m)
    return Point(snapshot(m), given(m))


def rows(p: Point) -> Rows:
    return measure(p, economy(()))


def same(found: Rows, wanted: Rows) -> None:
    for k, x in wanted.items():
        assert abs(found[k] - x) <= 1e-9 * max(abs(x), 1.0), k


def test_a_new_block_enters_the_economy_through_its_slots() -> None:
    """A levy on AI is a tax on AI by another name: the same economy, and a figure more."""
    taxed, levied = rows(solved((), ai_tax=0.2)), rows(solved((LEVY,), levy=0.2))
    same(levied, {k: x for k, x in taxed.items() if k[0] != "ai_tax"})
    assert set(levied) - set(taxed) == {("levy_revenue", "", "", 2020)}
    assert levied["levy_revenue", "", "", 2020] > 0
    plain = rows(solved(()))
    assert taxed["ai_output", "", "", 2020] < 0.99 * plain["ai_output", "", "", 2020]


def test_a_new_block_at_rest_or_left_out_changes_nothing() -> None:
    plain, at_rest = rows(solved(())), rows(solved((LEVY,)))
    same(at_rest, plain)
    m = build_economy(economy(()), [2020], False, "labour")
    assert m.component("levy") is None
    assert m.component("levy_revenue") is None


def test_a_misspelt_slot_fails_aloud() -> None:
    with pytest.raises(AttributeError, match="ai_taxx"):
        Block("levy", contributions={slots.ai_taxx: lambda m, b, t: 0.0})  # type: ignore[attr-defined]
    with pytest.raises(ModelError, match="ai_charge is no slot"):
        Block("levy", contributions={slots.ai_charge: lambda m, b, t: 0.0})


def test_a_misspelt_driver_fails_aloud() -> None:
    wrong = Block("levy", contributions={slots.ai_tax: lambda m, b, t: m.levvy[t]})
    with pytest.raises(AttributeError, match="levvy"):
        build_economy(economy(()), [2020], False, "labour", blocks=(wrong,))


def test_a_block_of_the_benchmark_must_be_given_once() -> None:
    with pytest.raises(ModelError, match="has the block diffusion on"):
        build_economy(economy(("diffusion",)), [2020], False, "labour")
    with pytest.raises(ModelError, match="levy is given twice"):
        build_economy(economy(()), [2020], False, "labour", blocks=(LEVY, LEVY))


def test_two_blocks_cannot_take_one_place() -> None:
    double = [
        Block(name, contributions={slots.ai_quality: lambda m, b, t: 2.0})
        for name in ("one", "two")
    ]
    with pytest.raises(ModelError, match=r"ai_quality.*more than one block"):
        build_economy(economy(()), [2020], False, "labour", blocks=double)


@pytest.mark.parametrize(
    ("rule", "expected"), [("plus", 3.0 + 5.0 + 7.0), ("times", 3.0 * 5.0 * 7.0), ("instead", 5.0)]
)
def test_contributions_combine_by_the_rule_of_the_slot(rule: Any, expected: float) -> None:
    def given(m: Economy, b: Benchmark, j: str) -> float:
        return 3.0

    class Model:
        contributions: ClassVar[dict[Any, Any]] = {}

    asked = slot(rule)(given)
    b = economy(())
    assert asked(Model, b, "AGR") == 3.0
    more = (lambda m, b, j: 5.0, lambda m, b, j: None if rule == "instead" else 7.0)
    Model.contributions = {asked: more}
    assert asked(Model, b, "AGR") == expected


def test_the_library_has_the_blocks_of_the_calibration() -> None:
    assert tuple(block.name for block in library.BLOCKS) == NAMES
    declared = [d.name for block in library.BLOCKS for d in block.drivers]
    assert len({*declared, *ECONOMY_DRIVERS}) == len(declared) + len(ECONOMY_DRIVERS)
    assert {d.through for d in library.DRIVERS.values()} - {""} <= set(NAMES)


def test_every_driver_starts_where_its_path_does() -> None:
    """The base value is written once: of the model, of the baseline's path and of the benchmark."""
    b = economy(NAMES)
    m = build_economy(b, [2020, 2021, 2022], True, "labour", blocks=library.BLOCKS)
    values: Values = snapshot(m)
    for d in library.DRIVERS.values():
        for k, x in zip(d.index(b, [2020]), d.path(b, [2020]).flat, strict=True):
            assert values[d.name][k if len(k) > 1 else k[0]] == float(x), (d.name, k)
    tax = values["production_tax_rate"]
    for n, j in enumerate(b.sectors):
        assert tax[j, 2021] == float(b.production_tax[n] / b.output[n])
