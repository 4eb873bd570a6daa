"""A two-sector economy of Guo (2019) with known answers, built from the nests of `model/algebra/nests.py`.

    Q = CES_e(Y1, Y2)      Y_j = CES_sj(A M_j, X_j)      X_j = K_j^g L_j^(1-g)

K = L = 1 and M = 0.1 in all; AI services become 10 log points more productive. T_j is the income of the
traditional bundle X_j, theta_j the cost share of AI in sector j.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

import pyomo.environ as pyo
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engels.model.algebra.nests import Input, Leaf, Nest, define_nests
from engels.model.solving.solve import solve

TOLERANCE = 1e-3
"""Percentage points; shares to the printed digits."""
BEFORE, AFTER = 0, 1
GAIN = 0.1
FEW = settings(max_examples=5, deadline=None)
CAPITAL, LABOUR, SERVICES = 1.0, 1.0, 0.1


@dataclass(frozen=True)
class Case:
    """Parameters and answers: log changes in percent, the change of the labour share in points."""

    name: str
    epsilon: float
    sigma: tuple[float, float]
    alpha: tuple[float, float]
    gamma: float
    theta: tuple[float, float]
    labour_share: float
    output: float
    prices: float
    traditional: float
    share_change: float
    wage: float
    rental: float


# fmt: off
CASES = [
    Case("A", 0.5, (0.8, 0.8), (.10, .02), .4, (.0902, .0179), .56779,
         .5302, -.9029, -.2709, +.0789, .6691, .6691),
    Case("B", 0.5, (1.5, 1.5), (.10, .02), .4, (.1146, .0232), .55883,
         .6965, -.6323, -.6323, -.1237, .4748, .4748),
    Case("C", 0.5, (0.3, 0.3), (.10, .02), .4, (.0380, .0072), .58663,
         .1995, -.9140, +.1828, +.2712, .6607, .6607),
    Case("D", 1.5, (0.8, 0.8), (.10, .02), .4, (.0906, .0180), .56722,
         .5406, -.8782, +.6148, +.0684, .6612, .6612),
    Case("E", 0.5, (1.5, 0.8), (.05, .05), .4, (.0646, .0451), .56710,
         .5529, -.1748, -.4333, -.0546, .4565, .4565),
]
# fmt: on


def economy(case: Case) -> pyo.ConcreteModel:
    """Two years without a link: before and after the gain. The final good is the numeraire."""
    years, sectors = (BEFORE, AFTER), (1, 2)
    m = pyo.ConcreteModel()
    m.quality = pyo.Var(years, initialize={BEFORE: 1.0, AFTER: exp(GAIN)})
    m.quality.fix()
    m.final = pyo.Var(years, initialize=1.0)
    m.wage = pyo.Var(years, initialize=0.6)
    m.rental = pyo.Var(years, initialize=0.4)
    m.ai_price = pyo.Var(years, initialize=0.5)
    m.price = pyo.Var(sectors, years, initialize=1.0)
    m.output = pyo.Var(sectors, years, initialize=0.5)
    m.traditional = pyo.Var(sectors, years, initialize=0.5)
    m.price_traditional = pyo.Var(sectors, years, initialize=1.0)
    m.services = pyo.Var(sectors, years, initialize=0.05)
    m.capital = pyo.Var(sectors, years, initialize=0.5)
    m.labour = pyo.Var(sectors, years, initialize=0.5)

    # distribution parameters are benchmark shares of an economy whose prices are 1
    goods = {
        "Q": Nest(
            "final",
            case.epsilon,
            tuple(
                Input(
                    Leaf(
                        f"good {j}",
                        0.5,
                        lambda t, j=j: m.price[j, t],
                        lambda t, j=j: m.output[j, t],
                    )
                )
                for j in sectors
            ),
        )
    }
    g = case.gamma
    # K^g L^(1-g) with a coefficient of 1 instead of calibrated shares
    coefficient = g**g * (1 - g) ** (1 - g)

    def firm(j: int) -> Nest:
        share = case.alpha[j - 1]
        return Nest(
            "output",
            case.sigma[j - 1],
            (
                Input(
                    Leaf("AI", share, lambda t: m.ai_price[t], lambda t: m.services[j, t]),
                    efficiency=lambda t: m.quality[t],
                ),
                Input(
                    Leaf(
                        "traditional",
                        1 - share,
                        lambda t: m.price_traditional[j, t],
                        lambda t: m.traditional[j, t],
                    )
                ),
            ),
        )

    def bundle(j: int) -> Nest:
        return Nest(
            "traditional",
            1,
            (
                Input(Leaf("K", g, lambda t: m.rental[t], lambda t: m.capital[j, t]), coefficient),
                Input(Leaf("L", 1 - g, lambda t: m.wage[t], lambda t: m.labour[j, t]), coefficient),
            ),
        )

    define_nests(m, "goods", goods, years, price=lambda *_: 1.0, quantity=lambda _, t: m.final[t])
    define_nests(
        m,
        "firms",
        {j: firm(j) for j in sectors},
        years,
        price=lambda j, t: m.price[j, t],
        quantity=lambda j, t: m.output[j, t],
    )
    define_nests(
        m,
        "bundles",
        {j: bundle(j) for j in sectors},
        years,
        price=lambda j, t: m.price_traditional[j, t],
        quantity=lambda j, t: m.traditional[j, t],
    )
    m.capital_market = pyo.Constraint(
        years, rule=lambda _, t: sum(m.capital[j, t] for j in sectors) == CAPITAL
    )
    m.labour_market = pyo.Constraint(
        years, rule=lambda _, t: sum(m.labour[j, t] for j in sectors) == LABOUR
    )
    m.ai_market = pyo.Constraint(
        years, rule=lambda _, t: sum(m.services[j, t] for j in sectors) == SERVICES
    )
    return m


def log_change(x: pyo.Var, *key: int) -> float:
    """Percent."""
    before, after = (x[(*key, t) if key else t].value for t in (BEFORE, AFTER))
    return 100 * log(after / before)


def labour_share(m: pyo.ConcreteModel, t: int) -> float:
    return float(m.wage[t].value * LABOUR / m.final[t].value)


def traditional_income(m: pyo.ConcreteModel, j: int) -> float:
    """Log change of the income of capital and labour in a sector, percent."""
    return log_change(m.traditional, j) + log_change(m.price_traditional, j)


def theta(m: pyo.ConcreteModel, j: int, t: int) -> float:
    """Cost share of AI."""
    return float(
        m.ai_price[t].value * m.services[j, t].value / (m.price[j, t].value * m.output[j, t].value)
    )


@pytest.fixture(scope="module", params=CASES, ids=[c.name for c in CASES])
def solved(request: pytest.FixtureRequest) -> tuple[Case, pyo.ConcreteModel]:
    m = economy(request.param)
    solve(m)
    return request.param, m


def test_golden_numbers(solved: tuple[Case, pyo.ConcreteModel]) -> None:
    case, m = solved
    assert [theta(m, j, BEFORE) for j in (1, 2)] == pytest.approx(case.theta, abs=5.1e-5)
    assert labour_share(m, BEFORE) == pytest.approx(case.labour_share, abs=5.1e-6)
    found = {
        "output": log_change(m.final),
        "prices": log_change(m.price, 1) - log_change(m.price, 2),
        "traditional": traditional_income(m, 1) - traditional_income(m, 2),
        "share_change": 100 * (labour_share(m, AFTER) - labour_share(m, BEFORE)),
        "wage": log_change(m.wage),
        "rental": log_change(m.rental),
    }
    assert found == pytest.approx({name: getattr(case, name) for name in found}, abs=TOLERANCE)


def test_sign_rule(solved: tuple[Case, pyo.ConcreteModel]) -> None:
    """dln(T1/T2) = [(s1 - e) theta1 - (s2 - e) theta2] dln(pM/pX), with shares between the two years."""
    check_sign_rule(*solved, known=True)


def check_sign_rule(case: Case, m: pyo.ConcreteModel, known: bool = False) -> None:
    """The direction of factors, and its size to a thousandth of a percentage point.

    The direction of what moves less than that can be told in a ``known`` case alone. Shares between the two
    years are the mean of both, the trapezoid rule: over a price change h, of a share with dtheta = (1 - s)
    theta (1 - theta) dh, it errs by at most h^3 / 12 (1 - s)^2 theta (1 - theta).
    """
    ends = [(theta(m, j, BEFORE), theta(m, j, AFTER)) for j in (1, 2)]
    between = [sum(both) / 2 for both in ends]
    relative = log_change(m.ai_price) - 100 * GAIN - log_change(m.price_traditional, 1)
    weight = [(s - case.epsilon) * x for s, x in zip(case.sigma, between, strict=True)]
    moved = traditional_income(m, 1) - traditional_income(m, 2)
    assert relative < 0  # AI became cheaper
    curved = 100 * sum(
        abs(s - case.epsilon) * abs(relative / 100) ** 3 / 12 * (1 - s) ** 2 * max(both)
        for s, both in zip(case.sigma, ends, strict=True)
    )
    assert moved == pytest.approx((weight[0] - weight[1]) * relative, abs=TOLERANCE + curved)
    # factors flow into sector 1 where its weight is the smaller
    if known or abs(weight[0] - weight[1]) * -relative > TOLERANCE:
        assert (moved > 0) == (weight[0] < weight[1])
        more = log_change(m.labour, 1)
        assert (more > 0) == (moved > 0)
        assert log_change(m.capital, 1) == pytest.approx(more, abs=1e-9)


GRID = [
    pytest.param(epsilon, sigma, alpha, id=f"{epsilon}-{sigma[0]}-{sigma[1]}-{alpha[0]}")
    for epsilon in (0.3, 0.7, 1.4, 2.0)
    for sigma in ((0.5, 0.5), (0.5, 1.6), (1.6, 0.5), (1.6, 1.6), (0.9, 1.2))
    for alpha in ((0.10, 0.03), (0.05, 0.05))
]


@pytest.mark.parametrize(("epsilon", "sigma", "alpha"), GRID)
def test_sign_rule_on_a_grid(
    epsilon: float, sigma: tuple[float, float], alpha: tuple[float, float]
) -> None:
    """Cheaper AI draws factors into sector 1 iff (s1 - e) theta1 < (s2 - e) theta2, whatever substitutes."""
    case = Case("grid", epsilon, sigma, alpha, 0.4, (0, 0), 0, 0, 0, 0, 0, 0, 0)
    m = economy(case)
    solve(m)
    check_sign_rule(case, m)


@FEW
@example(2.0, (0.25, 1.25), (0.09375, 0.0625))
@given(
    st.floats(0.25, 2.5),
    st.tuples(st.floats(0.25, 2.5), st.floats(0.25, 2.5)),
    st.tuples(st.floats(0.01, 0.12), st.floats(0.01, 0.12)),
)
def test_sign_rule_anywhere(
    epsilon: float, sigma: tuple[float, float], alpha: tuple[float, float]
) -> None:
    # a nest of elasticity one is another function
    assume(all(abs(x - 1) > 0.02 for x in (epsilon, *sigma)))
    case = Case("anywhere", epsilon, sigma, alpha, 0.4, (0, 0), 0, 0, 0, 0, 0, 0, 0)
    m = economy(case)
    solve(m)
    check_sign_rule(case, m)


def test_every_unit_of_income_is_spent(solved: tuple[Case, pyo.ConcreteModel]) -> None:
    _, m = solved
    for t in (BEFORE, AFTER):
        earned = m.wage[t].value * LABOUR + m.rental[t].value * CAPITAL
        earned += m.ai_price[t].value * SERVICES
        assert earned == pytest.approx(m.final[t].value, rel=1e-9)
