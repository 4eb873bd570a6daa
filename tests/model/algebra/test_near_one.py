"""Elasticities next to one, through one and at it: nothing jumps, and nothing is rounding noise.

Formulas with 1 - sigma in a denominator are compared with forty digits of decimal arithmetic, and solved
economies with their neighbours: what is reported moves by no more than the elasticity does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from functools import cache

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engels.calibration import calibrate, parameters
from engels.calibration.benchmark import Benchmark
from engels.calibration.parameters import Parameter
from engels.model.algebra.errors import ModelError
from engels.model.algebra.nests import (
    PLAIN,
    Family,
    Input,
    Leaf,
    Nest,
    ces,
    define_family,
    demand,
    relative_power,
    technology,
    unit_price,
)
from engels.model.algebra.power_mean import log_power_mean
from engels.model.blocks.library import blocks_of
from engels.model.economy.block import Rows
from engels.model.economy.build import build_economy
from engels.model.economy.trees import AI_MODES
from engels.model.reporting.measures import measured
from engels.model.solving.certificate import certify
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.newton import NewtonSystem
from engels.model.solving.price_identities import families, family_gaps
from engels.model.solving.solution import Solution
from engels.model.solving.solve import NewtonEngine, residual_by_family, solve

ULP = float(np.finfo(float).eps)
DISTANCES = st.one_of(
    st.sampled_from([0.0, ULP, -ULP / 2, 1e-10, -1e-10, 1e-8, -1e-8, 1e-4, -1e-4]),
    st.builds(lambda k, s: s * 10.0**k, st.floats(-16, -1), st.sampled_from([-1, 1])),
    st.sampled_from([PLAIN, -PLAIN, 1.01 * PLAIN, -0.99 * PLAIN]),
)
PRICES = st.lists(st.floats(1e-3, 1e3), min_size=3, max_size=3)
WEIGHTS = st.lists(st.floats(0.02, 1.0), min_size=3, max_size=3)


def shares_of(weights: Sequence[float]) -> list[float]:
    return [w / sum(weights) for w in weights]


def true_log_mean(power: float, shares: Sequence[float], values: Sequence[float]) -> float:
    """log(sum a x^r) / r in forty digits, with shares that add up to one in as many."""
    with localcontext() as context:
        context.prec = 60
        r = Decimal(power)
        a = [Decimal(x) for x in shares]
        a = [x / sum(a) for x in a]
        logs = [Decimal(x).ln() for x in values]
        if r == 0:
            return float(sum(x * y for x, y in zip(a, logs, strict=True)))
        return float(sum(x * (r * y).exp() for x, y in zip(a, logs, strict=True)).ln() / r)


# --------------------------------------------------------------------------- formulas


@given(DISTANCES, st.floats(1e-4, 1e4))
def test_a_relative_power_is_exact(r: float, q: float) -> None:
    with localcontext() as context:
        context.prec = 60
        power = Decimal(r)
        log = Decimal(q).ln()
        exact = float(((power * log).exp() - 1) / power) if r else float(log)
    # the logarithm of q is known to a unit in the last place of q; from ``PLAIN`` on r divides it
    assert pyo.value(relative_power(q, r)) == pytest.approx(exact, rel=2e-15, abs=3e-15 / PLAIN)


@given(DISTANCES, WEIGHTS, PRICES)
@example(ULP, [0.5, 0.3, 0.2], [0.2, 1.0, 5.0])
def test_the_price_equation_holds_at_the_true_price(
    distance: float, weights: list[float], prices: list[float]
) -> None:
    sigma, shares = 1 + distance, shares_of(weights)
    price = float(np.exp(true_log_mean(1 - sigma, shares, prices)))
    terms = list(zip(shares, prices, strict=True))
    assert pyo.value(unit_price(sigma, price, terms)) == pytest.approx(0, abs=1e-13)
    # and at no other: its slope in the log of the price is one, or P^r further from sigma = 1
    slope = price ** (1 - sigma) if abs(1 - sigma) >= PLAIN else 1.0
    for gap in (-1e-6, 1e-6):
        off = pyo.value(unit_price(sigma, price * np.exp(gap), terms))
        assert off == pytest.approx(gap * slope, rel=2e-6)


@given(DISTANCES, WEIGHTS, PRICES)
def test_the_mean_in_numbers_is_exact(
    distance: float, weights: list[float], prices: list[float]
) -> None:
    shares = shares_of(weights)
    found = log_power_mean(distance, np.array(shares), np.log(prices))
    assert float(found) == pytest.approx(true_log_mean(distance, shares, prices), abs=1e-14)


@given(st.sampled_from([-500.0, -20.0, -2.5, 0.4, 3.0, 700.0]), WEIGHTS, PRICES)
def test_the_mean_of_any_power_is_exact(
    power: float, weights: list[float], prices: list[float]
) -> None:
    shares = shares_of(weights)
    found = log_power_mean(power, np.array(shares), np.log(prices))
    assert float(found) == pytest.approx(true_log_mean(power, shares, prices), abs=1e-13)


def test_an_input_without_a_share_does_not_count() -> None:
    two = log_power_mean(0.3, np.array([0.4, 0.6]), np.log([2.0, 3.0]))
    three = log_power_mean(0.3, np.array([0.4, 0.0, 0.6]), np.array([np.log(2), np.nan, np.log(3)]))
    assert three == two


@given(DISTANCES, st.floats(0.05, 0.95))
@example(ULP, 0.3)
def test_textbook_weights_next_to_one(distance: float, weight: float) -> None:
    """The efficiency of X = scale (sum w x^r)^(1/r): log(sum w^s) / (s - 1), continuous at s = 1."""
    sigma, weights = 1 + distance, {"a": weight, "b": 1 - weight}
    share, efficiency = technology(sigma, 2.0, weights)
    logs = true_log_mean(sigma - 1, list(weights.values()), list(weights.values()))
    assert efficiency == pytest.approx(2 * np.exp(logs), rel=1e-13)
    assert sum(share.values()) == pytest.approx(1, abs=1e-15)


@given(st.floats(-4.0, -0.2), st.floats(0.1, 0.9), PRICES)
def test_textbook_weights_of_a_transformation_function(
    sigma: float, weight: float, prices: list[float]
) -> None:
    """Sales at given prices make up the composite that the function says."""
    weights = {"a": weight, "b": 1 - weight}
    share, e = technology(sigma, 1.5, weights)
    p = dict(zip("ab", prices, strict=False))
    price = np.exp(true_log_mean(1 - sigma, list(share.values()), [p[c] / e for c in "ab"]))
    sold = {c: float(demand(sigma, 1.0, float(price), share[c], p[c], e)) for c in "ab"}
    r = (sigma - 1) / sigma
    made = 1.5 * sum(weights[c] * sold[c] ** r for c in "ab") ** (1 / r)
    assert made == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize("sigma", [1.0, 1 + ULP, 1 - 1e-9])
def test_weights_without_a_limit_are_refused(sigma: float) -> None:
    with pytest.raises(ValueError, match=r"add up to 1\.2$"):
        technology(sigma, 1.0, {"a": 0.5, "b": 0.7})


# ------------------------------------------------------------------------- equations


def two_inputs(sigma: object, shares: Sequence[object] = (0.3, 0.7)) -> pyo.ConcreteModel:
    """A composite of two inputs at prices of 0.5 and 4."""
    m = pyo.ConcreteModel()
    m.shift = pyo.Var(initialize=1.0)
    m.shift.fix()
    m.sigma = pyo.Var(initialize=1.0)
    m.sigma.fix()
    m.p = pyo.Var([0, 1], initialize={0: 0.5, 1: 4.0})
    m.p.fix()
    m.x = pyo.Var([0, 1], initialize=1.0)
    m.price = pyo.Var(initialize=1.0)
    parts = [Input(Leaf(f"{n}", 0.5, m.p[n], m.x[n]), 1.0, shares[n]) for n in (0, 1)]
    tree = Nest("good", m.sigma if sigma is None else sigma, tuple(parts))  # type: ignore[arg-type]
    family = Family("firm", {"y": tree}, lambda *_: m.price, lambda *_: 1.0)
    define_family(m, family)
    m.family = family
    return m


@pytest.mark.parametrize("distance", [0.0, ULP, -ULP / 2, 1e-12, -1e-9, 1e-6, 0.09, 0.11, -0.5])
@pytest.mark.parametrize("held", [False, True], ids=["number", "variable"])
def test_compiled_equations_keep_their_digits(distance: float, held: bool) -> None:
    """AMPL's own functions: residual and slopes at the true price; ``held``: sigma is a fixed variable."""
    # a variable stands next to one instead of at it
    sigma = 1 + (distance or (ULP if held else 0.0))
    m = two_inputs(None if held else sigma)
    m.sigma.set_value(sigma)
    price = float(np.exp(true_log_mean(1 - sigma, [0.3, 0.7], [0.5, 4.0])))
    m.price.set_value(price)
    system = NewtonSystem(m)
    x = system.values()
    row = next(
        n
        for n, c in enumerate(system.constraints)
        if c.parent_component().name == "firm_unit_price"
    )
    assert system.residual(x)[row] == pytest.approx(0, abs=1e-14)
    free = np.array([id(v) in {id(m.price), id(m.x[0]), id(m.x[1])} for v in system.variables])
    slope = system.jacobian(x, free).toarray()[
        row, np.cumsum(free)[system.position[id(m.price)]] - 1
    ]
    # further from one the equation is in powers of the price
    size = price ** (1 - sigma) if abs(distance) >= PLAIN and not held else 1.0
    assert slope == pytest.approx(size / price, rel=1e-12)
    for n, a in ((0, 0.3), (1, 0.7)):
        others = free.copy()
        others[system.position[id(m.p[n])]], others[system.position[id(m.price)]] = True, False
        place = np.cumsum(others)[system.position[id(m.p[n])]] - 1
        cost_share = a * (m.p[n].value / price) ** (1 - sigma)
        slope = system.jacobian(x, others).toarray()[row, place]
        assert slope == pytest.approx(-size * cost_share / m.p[n].value, rel=1e-12)


@pytest.mark.parametrize("distance", [0.0, ULP, -1e-9, 1e-3])
def test_both_engines_find_the_same_composite(distance: float) -> None:
    sigma = 1 + distance
    exact = np.exp(true_log_mean(1 - sigma, [0.3, 0.7], [0.5, 4.0]))
    for by in (None, NewtonEngine()):
        m = two_inputs(sigma)
        solve(m, by)
        assert m.price.value == pytest.approx(exact, rel=1e-10)
        spent = sum(m.p[n].value * m.x[n].value for n in (0, 1))
        assert spent == pytest.approx(m.price.value, rel=1e-10)
        assert max(g.size for g in family_gaps(m, m.family, 0)) < 1e-10


def test_shares_that_do_not_add_up_have_no_limit() -> None:
    with pytest.raises(ValueError, match=r"nest good of y: its shares add up to 1\.1; with an"):
        two_inputs(1.0, (0.3, 0.8))
    # one that is moved by itself is found too, though it adds up at the start
    for other in (lambda _: 0.7, None):
        m = pyo.ConcreteModel()
        m.s = pyo.Var(initialize=0.3)
        second = other or (lambda _, m=m: 1 - m.s)
        for sigma in (1.0, 1 - 1e-9, 0.5):
            tree = ces(
                "good",
                sigma,
                Input(Leaf("a", 0.5, m.s, m.s), 1.0, lambda _, m=m: m.s),
                Input(Leaf("b", 0.5, m.s, m.s), 1.0, second),
            )
            family = Family(f"firm {sigma}", {"y": tree}, lambda *_, m=m: m.s, lambda *_: 1.0)
            if other is not None and sigma != 0.5:
                with pytest.raises(ValueError, match="once what moves them does"):
                    define_family(m, family)
                assert m.s.value == 0.3
            else:
                # away from one such shares are a technology of their own
                define_family(m, family)


# -------------------------------------------------------------------- certificates


@pytest.mark.parametrize("name", ["production_price", "price_chips", "price_composite"])
def test_a_wrong_index_is_refused_whatever_the_equations_say(name: str) -> None:
    """A price that no index gives, with residuals that are said to be zero: as of an ill-written equation."""
    origin = at_rest("labour")
    e = Workshop().model(origin.benchmark, [2020], False, "labour", 1.0)
    e.restore(origin.values)
    nothing = dict.fromkeys(residual_by_family(e.model), 0.0)
    assert certify(e, origin.benchmark, "said", nothing).passed
    index, x = next(iter(e.values[name].items()))
    e.restore({name: {index: x * (1 + 1e-6)}})
    lines = certify(e, origin.benchmark, "said", nothing).failures()
    assert any(line.startswith("price: 1.0e-06 at") for line in lines), lines


def test_a_wrong_quantity_cost_and_path_are_refused() -> None:
    origin = short_path()
    b = origin.benchmark
    e = Workshop().model(b, list(origin.years), True, "labour", origin.horizon_growth)
    nothing = dict.fromkeys(residual_by_family(e.model), 0.0)
    for name, index, kinds in (
        ("labour", ("SRV", "low", 2021), {"cost", "quantity"}),
        ("consumption", ("AGR", "urban", 2021), {"cost"}),
        ("intermediate_demand", ("IND", 2021), {"quantity"}),
        ("interest_rate", 2021, {"saving"}),
    ):
        e.restore(origin.values)
        assert certify(e, b, "said", nothing).passed
        e.restore({name: {index: e.values[name][index] * (1 + 1e-5)}})
        found = {line.split(":")[0] for line in certify(e, b, "said", nothing).failures()}
        assert kinds <= found, (name, found)


@pytest.mark.parametrize("ai_mode", AI_MODES)
def test_every_nest_of_the_economy_is_certified(ai_mode: str) -> None:
    origin = at_rest(ai_mode)
    m = Workshop().model(origin.benchmark, [2020], False, ai_mode, 1.0).model
    equations = {
        c.name.removesuffix("_unit_price")
        for c in m.component_objects(pyo.Constraint)
        if c.name.endswith("_unit_price")
    }
    assert equations == {f.name for f in families(m, origin.benchmark, ai_mode)}


# ------------------------------------------------------------------------ economies

NEVER_ONE = {"elasticities.armington_scale"}
"""A multiple of elasticities. ``armington_cap`` brings those of all sectors to one."""
MODE = {"elasticities.ai_capital": "capital", "elasticities.ai_traditional": "guo"}
OF_NESTS = {"elasticities", "compute_chain"}
BLOCKS = {"compute_chain.elements": ("compute_chain",)}
FIXED = [
    "elasticities.top",
    "elasticities.intermediates",
    "elasticities.skills",
    "elasticities.chips",
]
AHEAD = {"elasticities.intertemporal"}
"""Elasticities that matter with foresight alone."""
SHOCK = {
    "ai_productivity": 1.3,
    "automation_depth": 0.005,
    "world_demand": 1.1,
    ("chip_world_price", "compute"): 1.3,
    ("tfp_sector", "IND"): 1.05,
    ("import_tariff", "SRV"): 0.1,
}


def elasticities() -> list[str]:
    """Keys of every elasticity of the parameters' file that a nest, a demand or a supply may have."""
    return [
        key
        for key, entry in parameters.load_parameters().entries.items()
        if key not in NEVER_ONE
        and (
            "elasticity of substitution between compute" in entry.unit
            or (key.startswith("elasticities.") and "elasticity" in entry.unit)
        )
    ]


@pytest.fixture(autouse=True)
def wide_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every elasticity may be one here, also where the file says that it is not."""
    monkeypatch.setattr(parameters, "_published", _wide)


_published = parameters._published


@cache
def _wide() -> dict[str, Parameter]:
    free = {"low": -float("inf"), "high": float("inf")}
    return {
        key: entry.model_copy(update=free) if key.split(".")[0] in OF_NESTS else entry
        for key, entry in _published().items()
    }


def economy(key: str, sigma: float) -> Benchmark:
    """The five sectors with one elasticity, of all sectors, skills or uses it is given for."""
    given: dict[str, object] = {key: sigma} | {f"{b}.active": 1 for b in BLOCKS.get(key, ())}
    if key == "elasticities.armington_cap":
        given["elasticities.armington_scale"] = 2.0
    return calibrate("5", given)


@cache
def at_rest(ai_mode: str) -> Solution:
    """The base year before any shock: the benchmark's, whatever the elasticities."""
    return solve_baseline(calibrate("5"), ai_mode, False, 2020, workshop=Workshop(NewtonEngine()))


@cache
def short_path() -> Solution:
    return solve_baseline(calibrate("5"), "labour", True, 2023, workshop=Workshop(NewtonEngine()))


def drivers(years: Sequence[int]) -> dict[str, dict[object, float]]:
    found: dict[str, dict[object, float]] = {}
    for name, x in SHOCK.items():
        if isinstance(name, tuple):
            found[name[0]] = {(name[1], t): x for t in years}
        else:
            found[name] = dict.fromkeys(years, x)
    return found


def shocked(key: str, sigma: float, foresight: bool) -> Rows:
    """What is reported of a shocked base year, or of a short path with foresight."""
    b, mode = economy(key, sigma), MODE.get(key, "labour")
    shop = Workshop(NewtonEngine())
    if foresight:
        origin = solve_baseline(b, mode, True, 2023, workshop=shop)
    elif key in BLOCKS:
        origin = solve_baseline(b, mode, False, 2020, workshop=shop)
    else:
        origin = replace(at_rest(mode), benchmark=b)
    first = origin.years[1] if foresight else origin.years[0]
    years = [t for t in origin.years if t >= first]
    return measured(solve_policy(origin, drivers(years), first, workshop=shop)).rows()


def gaps(one: Rows, other: Rows) -> Iterator[tuple[float, object]]:
    """How far figures are apart, relative to their size (of two hundredths at least)."""
    assert one.keys() == other.keys()
    for k, x in one.items():
        if np.isfinite(x):
            yield abs(other[k] - x) / max(abs(x), 2e-2), k


STEEPEST = 30.0
"""No figure moves by so many percent where an elasticity moves by one hundredth."""


def require_continuous(key: str, foresight: bool) -> None:
    exact, below, above = (shocked(key, 1 + d, foresight) for d in (0.0, -1e-3, 1e-3))
    # what is tested does something
    assert max(gaps(below, above))[0] > 1e-8
    for rows in (below, above):
        size, where = max(gaps(exact, rows), key=lambda g: g[0])
        assert size < STEEPEST * 1e-3, where
    # the two sides meet in the middle
    middle = {k: (below[k] + above[k]) / 2 for k in exact}
    size, where = max(gaps(exact, middle), key=lambda g: g[0])
    assert size < 3e-4, where
    for distance in (ULP, -1e-9):
        size, where = max(gaps(exact, shocked(key, 1 + distance, foresight)), key=lambda g: g[0])
        assert size < STEEPEST * abs(distance) + 1e-8, (distance, where)


@pytest.mark.parametrize("key", [k for k in elasticities() if k not in AHEAD])
@pytest.mark.sampled(5)
def test_figures_are_continuous_through_one(key: str) -> None:
    require_continuous(key, foresight=False)


@settings(deadline=None, max_examples=10)
@given(
    st.sampled_from([k for k in elasticities() if k not in AHEAD]),
    st.lists(DISTANCES.filter(lambda d: abs(d) <= 1e-3), min_size=2, max_size=2),
)
def test_figures_move_no_more_than_an_elasticity(key: str, distances: list[float]) -> None:
    one, other = (shocked(key, 1 + d, False) for d in distances)
    size, where = max(gaps(one, other), key=lambda g: g[0])
    assert size < STEEPEST * abs(distances[1] - distances[0]) + 2e-8, where


@pytest.mark.parametrize("key", FIXED)
def test_figures_are_continuous_at_zero(key: str) -> None:
    """Fixed proportions, which have equations of their own, and what is next to them."""
    exact, far = shocked(key, 0.0, False), shocked(key, 1e-3, False)
    assert 1e-8 < max(gaps(exact, far))[0] < STEEPEST * 1e-3
    for sigma in (5e-324, 1e-13, 1e-9):
        size, where = max(gaps(exact, shocked(key, sigma, False)), key=lambda g: g[0])
        assert size < STEEPEST * sigma + 2e-8, (sigma, where)


@pytest.mark.parametrize("sigma", [0.0, 1e-9])
def test_trend_expectations_take_some_substitution(sigma: float) -> None:
    b = economy("elasticities.capital_labour", sigma)
    with pytest.raises(ModelError, match=r"without foresight it must be at least 0\.01"):
        build_economy(b, [2020], False, "labour", blocks=blocks_of(b))
    build_economy(b, [2020, 2021, 2022], True, "labour", blocks=blocks_of(b))


@pytest.mark.slow
@pytest.mark.parametrize("key", elasticities())
def test_paths_are_continuous_through_one(key: str) -> None:
    require_continuous(key, foresight=True)
