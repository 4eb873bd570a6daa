"""Guo Kaiming (2019): AI, structural change and the labour share, in the model's own blocks.

    Q    CES(epsilon) of two sectors' goods
    Y_j  CES(sigma_j) of AI services A M_j (share alpha_j) and a bundle X_j = K_j^gamma_j L_j^(1-gamma_j)

Two variants: AI beside labour, Y = K^gamma CES(A M, L)^(1-gamma), or beside capital,
Y = CES(A M, K)^gamma L^(1-gamma). The supplies of M, K and L are given.

With theta_j the cost share of AI, T_j the income of the bundle, gamma the same in both sectors:

    dln(T_1/T_2) = [(sigma_1 - epsilon) theta_1 - (sigma_2 - epsilon) theta_2] dln(p_M/p_X)

so that cheaper AI draws factors into sector 1 where (sigma_1-epsilon) theta_1 < (sigma_2-epsilon) theta_2.
The paper was not at hand: economy and rule are our reconstruction from its abstract.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure as Drawing
from numpy.typing import NDArray
from scipy.optimize import root

from engels.model.algebra.equilibrium import define_market
from engels.model.algebra.errors import SolveError
from engels.model.algebra.nests import Input, Leaf, Nest, ces, define_nests, technology
from engels.model.algebra.power_mean import log_power_mean
from engels.model.solving.solve import solve
from engels.replication.sheet import Sheet, load_sheet
from engels.replication.study import Figure, Outcome, Study
from engels.runs.report.page import BLACK, ORANGE, SKY, entitle, new_figure

KEY = "guo_2019"
SECTORS = (1, 2)
CHANGES = ("Q", "p1/p2", "T1/T2", "labour_share", "w", "r")
LEVELS = ("theta_1", "theta_2", "labour_share_before")
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Economy:
    """Parameters of the two sectors. ``place`` is where AI enters: bundle, labour or capital."""

    epsilon: float
    sigma: tuple[float, float]
    alpha: tuple[float, float]
    gamma: tuple[float, float]
    weights: tuple[float, float] = (0.5, 0.5)
    ai: float = 0.1
    capital: float = 1.0
    labour: float = 1.0
    place: str = "bundle"


@dataclass(frozen=True)
class Solution:
    """Prices (Q is the numeraire) and the incomes of each sector."""

    final: float
    price: tuple[float, float]
    wage: float
    rental: float
    price_ai: float
    ai: Array  # income of AI by sector
    capital: Array
    labour: Array

    @property
    def theta(self) -> Array:
        """Cost share of AI by sector."""
        return np.asarray(self.ai / (self.ai + self.traditional))

    @property
    def traditional(self) -> Array:
        """Income of capital and labour by sector."""
        return np.asarray(self.capital + self.labour)

    @property
    def labour_share(self) -> float:
        """Share of labour in all income."""
        return float(self.labour.sum() / (self.ai + self.traditional).sum())


def build(e: Economy) -> pyo.ConcreteModel:
    """The economy as Pyomo equations; ``augmented`` is A, effective units per unit of AI."""
    m = pyo.ConcreteModel()
    m.augmented = pyo.Var(initialize=1.0)
    m.augmented.fix()
    supply = {"M": e.ai, "K": e.capital, "L": e.labour}
    m.price = pyo.Var(SECTORS, initialize=1.0)
    m.made = pyo.Var(SECTORS, initialize=0.5)
    m.final = pyo.Var(initialize=1.0)
    m.factor_price = pyo.Var(supply, initialize=0.5)
    m.used = pyo.Var(list(supply), SECTORS, initialize=lambda _, f, j: supply[f] / len(SECTORS))
    index = dict(enumerate(SECTORS))
    at = {j: n for n, j in index.items()}

    def sector(j: int) -> Nest:
        n = at[j]
        alpha, gamma, sigma = e.alpha[n], e.gamma[n], e.sigma[n]
        # X = K^gamma L^(1-gamma) has no scale: its efficiency in calibrated-share form is this
        _, scale = technology(1, 1.0, {"K": gamma, "L": 1 - gamma})

        def leaf(f: str, share: float) -> Leaf:
            return Leaf(f, share, m.factor_price[f], m.used[f, j])

        if e.place == "bundle":
            rest = 1 - alpha
            parts = [
                Input(leaf("K", rest * gamma), scale),
                Input(leaf("L", rest * (1 - gamma)), scale),
            ]
            traditional = ces("traditional", 1, *parts)
            return ces("good", sigma, Input(leaf("M", alpha), m.augmented), traditional)
        # AI beside one factor, within the Cobb-Douglas of both
        beside, other, share = ("L", "K", 1 - gamma) if e.place == "labour" else ("K", "L", gamma)
        own = ces(
            "with AI",
            sigma,
            Input(leaf("M", share * alpha), m.augmented),
            leaf(beside, share * (1 - alpha)),
        )
        return ces("good", 1, Input(leaf(other, 1 - share), scale), Input(own, scale))

    define_nests(
        m,
        "firms",
        {j: sector(j) for j in SECTORS},
        price=lambda j, _: m.price[j],
        quantity=lambda j, _: m.made[j],
    )
    goods = [Leaf(str(j), e.weights[at[j]], m.price[j], m.made[j]) for j in SECTORS]
    define_nests(
        m,
        "wants",
        {"Q": ces("final", e.epsilon, *goods)},
        price=lambda *_: 1.0,
        quantity=lambda *_: m.final,
    )
    define_market(
        m,
        "factors",
        list(supply),
        supply=lambda f: supply[f],
        demand=lambda f: sum(m.used[f, j] for j in SECTORS),
    )
    return m


def equilibria(e: Economy, augmented: float) -> tuple[Solution, Solution]:
    """The economy before and after AI is augmented, by Ipopt. Raises SolveError where that fails."""
    m = build(e)
    solve(m)
    before = _read(m)
    m.augmented.fix(augmented)
    solve(m)
    return before, _read(m)


def _read(m: pyo.ConcreteModel) -> Solution:
    value = {
        f: np.array([pyo.value(m.factor_price[f] * m.used[f, j]) for j in SECTORS]) for f in "MKL"
    }
    return Solution(
        final=pyo.value(m.final),
        price=(pyo.value(m.price[1]), pyo.value(m.price[2])),
        wage=pyo.value(m.factor_price["L"]),
        rental=pyo.value(m.factor_price["K"]),
        price_ai=pyo.value(m.factor_price["M"]),
        ai=value["M"],
        capital=value["K"],
        labour=value["L"],
    )


def changes(before: Solution, after: Solution) -> dict[str, float]:
    """Changes in per cent (logarithms), of the labour share in points."""

    def log(x: float, y: float) -> float:
        return float(100 * np.log(y / x))

    ratio = [s.traditional[0] / s.traditional[1] for s in (before, after)]
    return {
        "Q": log(before.final, after.final),
        "p1/p2": log(before.price[0] / before.price[1], after.price[0] / after.price[1]),
        "T1/T2": log(*ratio),
        "labour_share": 100 * (after.labour_share - before.labour_share),
        "w": log(before.wage, after.wage),
        "r": log(before.rental, after.rental),
    }


def rule(e: Economy, before: Solution, after: Solution, augmented: float) -> float:
    """dln(T1/T2) by the rule, per cent; cost shares are means of before and after."""
    theta = (before.theta + after.theta) / 2
    gamma = e.gamma[0]
    bundle = [s.rental**gamma * s.wage ** (1 - gamma) for s in (before, after)]
    cheaper = np.log(after.price_ai / augmented / bundle[1]) - np.log(before.price_ai / bundle[0])
    weights = [(s - e.epsilon) * t for s, t in zip(e.sigma, theta, strict=True)]
    return float(100 * (weights[0] - weights[1]) * cheaper)


def read_case(sheet: Sheet, numbers: list[float]) -> Economy:
    """A case of the sheet."""
    epsilon, s1, s2, a1, a2, g1, g2 = numbers
    w1, w2 = sheet.numbers("weights")
    n = sheet.number
    return Economy(
        epsilon, (s1, s2), (a1, a2), (g1, g2), (w1, w2), n("ai"), n("capital"), n("labour")
    )


# ------------------------------------------------------------------- regions


def quick(e: Economy, augmented: float) -> tuple[Array, Array, float]:
    """The same equilibrium with the bundle in two unknowns, for many points (gamma the same).

    Returns AI and bundle by sector and p_M/p_X. Unknown are the logits of sector 1's shares of AI and
    of the bundle; in equilibrium the value of each one's marginal product is the same in both.
    """
    sigma, alpha, weights = (np.array(x) for x in (e.sigma, e.alpha, e.weights))
    bundle = e.capital ** e.gamma[0] * e.labour ** (1 - e.gamma[0])

    def parts(x: Array) -> tuple[Array, Array, Array, Array]:
        first = 1 / (1 + np.exp(-x))
        m = e.ai * np.array([first[0], 1 - first[0]])
        k = bundle * np.array([first[1], 1 - first[1]])
        power = (sigma - 1) / sigma
        shares = np.stack([alpha, 1 - alpha], axis=-1)
        over = np.stack([augmented * m, k], axis=-1) / shares
        made = np.exp(log_power_mean(power, shares, np.log(over)))
        price = (weights / made) ** (1 / e.epsilon)
        # of a unit of output, what each is paid: its share times (over / made)^power
        ai, rest = (shares * (over / made[:, None]) ** power[:, None]).T
        return m, k, price * made * ai / m, price * made * rest / k

    def gap(x: Array) -> Array:
        _, _, product_ai, product_rest = parts(x)
        return np.array([np.log(p[0] / p[1]) for p in (product_ai, product_rest)])

    found = root(gap, np.zeros(2), method="hybr", tol=1e-12)
    if np.abs(gap(found.x)).max() > 1e-8:
        raise SolveError("the two-sector economy of the figure has no solution from this start")
    m, k, product_ai, product_rest = parts(found.x)
    return m, k, float(product_ai[0] / product_rest[0])


def region(e: Economy, shock: float) -> tuple[float, float]:
    """dln of sector 1's share of the bundle against sector 2's: the solution's and the rule's, %."""
    before, after = quick(e, 1.0), quick(e, float(np.exp(shock)))
    flow = np.log(after[1][0] / after[1][1]) - np.log(before[1][0] / before[1][1])
    theta = [m * p / (m * p + k) for m, k, p in (before, after)]
    mean = (theta[0] + theta[1]) / 2
    cheaper = np.log(after[2] / before[2]) - shock
    weights = (np.array(e.sigma) - e.epsilon) * mean
    return float(100 * flow), float(100 * (weights[0] - weights[1]) * cheaper)


def regions(sheet: Sheet, case: Economy) -> pd.DataFrame:
    """Flows over a grid of elasticities; ``panel``: sigma the same in both sectors, or in one alone."""
    first, last, step = sheet.numbers("grid")
    values = np.arange(first, last + step / 2, step)
    # at exactly one the CES is another formula; next to it nothing differs that could be seen
    values = np.where(np.isclose(values, 1.0), 1.0 + 1e-6, values)
    rows = []
    for panel in ("both", "one"):
        for sigma in values:
            for epsilon in values:
                other = sigma if panel == "both" else sheet.number("sigma_2")
                e = replace(case, epsilon=float(epsilon), sigma=(float(sigma), float(other)))
                rows.append((panel, sigma, epsilon, *region(e, sheet.number("shock"))))
    return pd.DataFrame(rows, columns=["panel", "sigma", "epsilon", "flow", "rule"])


# --------------------------------------------------------------------- study


def run() -> Outcome:
    """The cases, the propositions and the regions in which factors enter the AI-intensive sector."""
    sheet = load_sheet(KEY)
    shock = sheet.number("shock")
    augmented = float(np.exp(shock))
    figures: list[Figure] = []
    rows: dict[str, dict[str, float]] = {}
    earlier = sheet.lists("earlier")
    for name, numbers in sheet.lists("cases").items():
        e = read_case(sheet, numbers)
        before, after = equilibria(e, augmented)
        row = dict(zip(LEVELS, [*before.theta, before.labour_share], strict=True))
        row |= changes(before, after)
        row["rule"] = rule(e, before, after, augmented)
        rows[name] = {key: float(value) for key, value in row.items()}
        known = dict(zip([*LEVELS, *CHANGES], earlier[name], strict=True))
        gaps = {
            "level": max(abs(row[key] - known[key]) for key in LEVELS),
            "case": max(abs(row[key] - known[key]) for key in CHANGES),
            "rule": abs(row["rule"] - row["T1/T2"]),
        }
        figures += [_of_case(sheet, key, name, gap) for key, gap in gaps.items()]
    cases = pd.DataFrame(rows).T
    cases.index.name = "case"
    points = regions(sheet, read_case(sheet, sheet.lists("cases")["A"]))
    same = _same_sign(points)
    figures = [
        *_propositions(sheet, cases, augmented),
        *figures,
        sheet.compare("regions", 100 * same, f"{len(points)} points"),
    ]
    notes = [
        "The paper's full text was not at hand. Compared as published are the statements of its "
        "abstract alone; whether it prints a table of calibrated numbers is not known to us.",
        "With different gamma the bundle's price differs by sector and the rule is approximate.",
    ]
    return Outcome(figures, notes, {"cases": cases, "regions": points}, lambda: _draw(points))


def _of_case(sheet: Sheet, key: str, name: str, gap: float) -> Figure:
    found = sheet.compare(key, gap)
    return replace(found, label=f"Case {name}: {found.label}")


def _same_sign(points: pd.DataFrame) -> float:
    """Share of points where rule and solution agree; nothing flows on the border between regions."""
    flow, law = (points[c].to_numpy(dtype=np.float64) for c in ("flow", "rule"))
    still = np.maximum(np.abs(flow), np.abs(law)) < 1e-4
    return float(np.mean(still | (np.sign(flow) == np.sign(law))))


def _propositions(sheet: Sheet, cases: pd.DataFrame, augmented: float) -> list[Figure]:
    """What the abstract states, as yes or no of our solutions."""
    case = read_case(sheet, sheet.lists("cases")["A"])

    turned = changes(*equilibria(replace(case, alpha=case.alpha[::-1]), augmented))["T1/T2"]
    flows = cases["T1/T2"]
    # other capital shares: between-sector part of the change of the labour share
    before, after = equilibria(read_case(sheet, sheet.numbers("different_gamma")), augmented)
    income = [s.ai + s.traditional for s in (before, after)]
    weight = [x / x.sum() for x in income]
    share = [s.labour / x for s, x in zip((before, after), income, strict=True)]
    between = float(((weight[1] - weight[0]) * (share[0] + share[1]) / 2).sum())
    sigma = (sheet.number("sigma_variants"),) * 2
    moved = {
        place: changes(*equilibria(replace(case, place=place, sigma=sigma), augmented))
        for place in ("labour", "capital")
    }

    def said(yes: bool) -> str:
        return "yes" if yes else "no"

    return [
        sheet.compare("output_elasticity", said(turned * flows["A"] < 0)),
        sheet.compare("substitution", said(flows["B"] * flows["C"] < 0 and abs(flows["E"]) > 0.01)),
        sheet.compare("labour_share", said(abs(between) > 1e-6)),
        *(sheet.compare(f"beside_{p}", moved[p]["labour_share"]) for p in ("labour", "capital")),
    ]


def _draw(points: pd.DataFrame) -> Drawing:
    drawing, places = new_figure(2, across=2, height=2.9, share_y=True)
    titles = {"both": "Same σ in both sectors", "one": "Sector 2 keeps σ = 0.8"}
    for axes, (panel, title) in zip(places, titles.items(), strict=True):
        grid = points[points["panel"] == panel].pivot_table(
            index="epsilon", columns="sigma", values=["flow", "rule"]
        )
        x = grid["flow"].columns.to_numpy(dtype=np.float64)
        y = grid["flow"].index.to_numpy(dtype=np.float64)
        flow = grid["flow"].to_numpy(dtype=np.float64)
        levels = [-1e9, 0.0, 1e9]
        axes.contourf(x, y, flow, levels=levels, cmap=ListedColormap([ORANGE, SKY]), alpha=0.55)
        axes.contour(
            x,
            y,
            grid["rule"].to_numpy(dtype=np.float64),
            levels=[0.0],
            colors=BLACK,
            linewidths=1.6,
        )
        axes.set_title(title)
        axes.set_xlabel("σ of sector 1, AI-intensive")
        axes.grid(visible=False)
        axes.text(0.05, 0.93, "factors flow in", transform=axes.transAxes, va="top")
        axes.text(0.95, 0.07, "factors flow out", transform=axes.transAxes, ha="right")
    drawing.axes[0].set_ylabel("ε between goods")
    entitle(drawing, "Cheaper AI and the AI-intensive sector; line: the rule")
    return drawing


STUDY = Study(
    key=KEY,
    title="Guo: artificial intelligence, structural change and the labour income share",
    reference="Guo Kaiming 郭凯明, 管理世界 35(7), 2019: 60–77; abstract in China Economist 2021(6)",
    run=run,
)
