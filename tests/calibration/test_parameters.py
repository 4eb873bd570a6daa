"""The parameter file and overrides."""

from __future__ import annotations

import pytest

from engels.calibration import load_parameters
from engels.data import EngelsInputError, load_macro, load_table


def test_every_parameter_has_a_source_and_lies_in_its_range() -> None:
    frame = load_parameters().frame()
    assert (frame["source"].str.len() > 2).all()
    assert ((frame["low"] <= frame["value"]) & (frame["value"] <= frame["high"])).all()
    assert frame.index.is_unique


def test_an_override_changes_one_value_and_not_the_published_ones() -> None:
    before = load_parameters().frame()["value"]
    after = load_parameters({"elasticities.ai_labour.high": 1.5}).frame()["value"]
    changed = after[after != before]
    assert changed.to_dict() == {"elasticities.ai_labour.high": 1.5}
    assert load_parameters().values("elasticities.ai_labour")["high"] == 1.0


def test_one_number_or_a_mapping_overrides_several_values() -> None:
    assert load_parameters({"elasticities.frisch": -3}).values("elasticities.frisch") == {
        "rural": -3.0,
        "urban": -3.0,
    }
    some = load_parameters({"elasticities.frisch": {"rural": -2.5}})
    assert some.values("elasticities.frisch") == {"rural": -2.5, "urban": -2.0}


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"ai.sale": 0.3}, "nearest is ai.sales"),
        ({"elasticities.ai_labour.hihg": 1.0}, "nearest is elasticities.ai_labour.high"),
        ({"sales": 0.3}, "no such parameter"),
        (
            {"ai.sales": 3.0},
            r"parameter ai.sales: 3 is out of range; a value in \[0.16285, 0.6514\]",
        ),
        ({"ai.sales": float("nan")}, "out of range"),
        ({"elasticities.ai_labour.low": 1.5}, r"in \[0.3, 1\]"),
        ({"ai.sales": "much"}, "'much' is not a number"),
        ({"ai.sales": True}, "True is not a number"),
    ],
)
def test_a_bad_override_is_refused_with_what_would_be_right(
    overrides: dict[str, object], message: str
) -> None:
    with pytest.raises(EngelsInputError, match=message):
        load_parameters(overrides)


def test_values_taken_from_the_data_are_those_of_the_data() -> None:
    parameters = load_parameters()
    table = load_table(2020, "153")
    electronics = [f"{code:03d}" for code in range(90, 96)]
    share = table.imports["094"] / table.imports[electronics].sum()
    assert parameters.number("compute.components_share") == pytest.approx(share, abs=5e-5)
    pwt = load_macro("pwt").set_index(["series", "year"])["value"]
    ratio = pwt["cn", 2019] * pwt["pl_n", 2019] / (pwt["cgdpo", 2019] * pwt["pl_gdpo", 2019])
    assert parameters.number("capital.output_ratio") == pytest.approx(ratio, abs=5e-3)
    assert parameters.number("capital.depreciation") == pytest.approx(pwt["delta", 2019], abs=5e-5)
    industry = load_macro("ai-industry").set_index(["series", "year"])["value"]
    assert parameters.number("ai.sales") == industry["ai-core-industry-size", 2020] / 1e4
