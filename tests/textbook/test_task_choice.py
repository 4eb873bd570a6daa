"""One sector whose work is tasks: what firms hand to AI, and how far that can carry output.

Labour is the only factor; AI is bought in units of output at a price of one, and a unit does Z units of
work. Known answers: the unit cost in closed form (Eaton & Kortum 2002; Artuc, Bastos & Rijkers 2023), the
limits of weak links (Jones 2026) and Hulten (1978).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, log1p

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from engels.calibration.benchmark import Tasks
from engels.model.algebra.nests import Input, Leaf, define_nests
from engels.model.economy.tasks import (
    Pair,
    average_saving,
    gain_of_new_tasks,
    of_base_year,
    task_nest,
)
from engels.model.solving.solve import engine, solve

TECHNOLOGY = Tasks(elasticity=0.5, saving=0.27, contestable=0.1, new_task_gain=1.15)


def technology(elasticity: float, saving: float, gain: float = 1.15) -> Tasks:
    return Tasks(elasticity, saving, 0.1, gain)


technologies = st.builds(technology, st.floats(0.3, 0.9), st.floats(0.15, 0.40))
parts = st.floats(0.02, 0.7)
"""AI's part of contestable tasks in the base year."""


def work(t: Tasks, contestable: float, done: float) -> Pair:
    """Work of base-year value 1, of whose cost a share is contestable."""
    ai = contestable * done
    return of_base_year(t, ai, 1 - ai, 1.0, done)


def economy(
    t: Tasks, p: Pair, open_: float, new: float = 0.0, moves: bool = True
) -> pyo.ConcreteModel:
    """Labour of base-year size moves freely between tasks (``moves``), or stays in those it had."""
    m = pyo.ConcreteModel()
    ai = p.contested * p.done / (1 - p.done)
    m.output = pyo.Var(initialize=p.kept + p.contested + ai)
    m.kept = pyo.Var(initialize=p.kept)
    m.contested = pyo.Var(initialize=p.contested)
    m.ai = pyo.Var(initialize=ai)
    m.wage = pyo.Var(["kept", "contested"], initialize=1.0)
    m.quality = pyo.Var(initialize=1.0)
    m.quality.fix()
    gain = gain_of_new_tasks(t, new / (1 - open_))
    nest = task_nest(
        "work",
        t,
        p,
        Input(Leaf("kept", p.kept, m.wage["kept"], m.kept), gain),
        Input(Leaf("contested", p.contested, m.wage["contested"], m.contested)),
        Input(Leaf("ai", ai, 1.0, m.ai), m.quality),
        open_,
    )
    define_nests(m, "work", {"one": nest}, price=lambda *_: 1.0, quantity=lambda *_: m.output)
    if moves:
        m.one_wage = pyo.Constraint(expr=m.wage["kept"] == m.wage["contested"])
        m.labour = pyo.Constraint(expr=m.kept + m.contested == p.kept + p.contested)
    else:
        m.kept.fix()
        m.contested.fix()
    return m


def raise_quality(m: pyo.ConcreteModel, to: float, step: float = 100.0) -> None:
    """Solve at a quality, on the way to it in steps."""
    newton = engine("newton")
    count = max(1, int(np.ceil(log(to / m.quality.value) / log(step))))
    for z in np.geomspace(m.quality.value, to, count + 1)[1:]:
        m.quality.fix(z)
        solve(m, newton)


def gdp(m: pyo.ConcreteModel) -> float:
    return float(m.output.value - m.ai.value)


@dataclass(frozen=True)
class Known:
    """The closed form, written from the docstring of ``economy/tasks.py`` and not from the nests."""

    t: Tasks
    p: Pair
    open_: float
    new: float = 0.0

    def contest(self, w: float, q: float) -> tuple[float, float]:
        """Price of the contestable tasks and AI's part of them."""
        theta = self.t.shape
        ai = log(self.p.done / (1 - self.p.done)) - theta * log(q)
        own = -theta * log(w)
        both = np.logaddexp(ai, own)
        return exp(-both / theta), exp(ai - both)

    def cost(self, w: float, q: float) -> float:
        """Unit cost over the base year's."""
        r = 1 - self.t.elasticity
        price, _ = self.contest(w, q)
        new = self.new * (w / self.t.new_task_gain) ** r
        now = (1 - self.open_ - self.new) * w**r + new + self.open_ * price**r
        base, _ = self.contest(1.0, 1.0)
        c = self.p.contestable
        return float((now / (1 - c + c * base**r)) ** (1 / r))

    def wage(self, z: float) -> float:
        """Wage at which output costs one: GDP per unit of labour."""
        return float(brentq(lambda w: self.cost(w, 1 / z) - 1, 1e-3, 1e30, xtol=1e-15, rtol=1e-15))

    def ai_share(self, z: float) -> float:
        """AI's share of unit cost, which is that of the tasks it does at their own cost."""
        w = self.wage(z)
        price, done = self.contest(w, 1 / z)
        base, _ = self.contest(1.0, 1.0)
        r, c = 1 - self.t.elasticity, self.p.contestable
        return float(done * self.open_ * price**r / (1 - c + c * base**r))


@settings(max_examples=8, deadline=None)
@given(technologies, st.floats(0.02, 0.5), parts, st.floats(0.0, 3.0), st.floats(1.0, 1.9))
def test_nests_are_the_closed_form(
    t: Tasks, contestable: float, done: float, log_z: float, more: float
) -> None:
    p = work(t, contestable, done)
    open_ = p.contestable * more
    m = economy(t, p, open_)
    raise_quality(m, 10**log_z)
    known = Known(t, p, open_)
    assert m.wage["kept"].value == pytest.approx(known.wage(10**log_z), rel=1e-8)
    assert m.ai.value / m.output.value == pytest.approx(known.ai_share(10**log_z), rel=1e-7)


@given(technologies, st.floats(0.02, 0.5), parts)
def test_the_base_year_is_returned(t: Tasks, contestable: float, done: float) -> None:
    p = work(t, contestable, done)
    known = Known(t, p, p.contestable)
    assert known.wage(1.0) == pytest.approx(1.0, rel=1e-12)
    assert known.ai_share(1.0) == pytest.approx(contestable * done, rel=1e-10)
    assert p.kept + p.contested + contestable * done == pytest.approx(1.0, rel=1e-14)


@settings(max_examples=8, deadline=None)
@given(st.floats(0.3, 0.5), st.floats(0.15, 0.40), st.floats(0.02, 0.5), parts)
def test_weak_links_bound_what_ai_without_end_can_do(
    elasticity: float, saving: float, share: float, done: float
) -> None:
    """``share``: of base-year cost, the tasks that AI does in the end."""
    t = technology(elasticity, saving)
    p = work(t, share, done)
    limit = 1 / (1 - share)
    stays = economy(t, p, p.contestable, moves=False)
    raise_quality(stays, 1e14)
    assert stays.output.value == pytest.approx(limit ** (elasticity / (1 - elasticity)), rel=1e-6)
    moves = economy(t, p, p.contestable)
    before = gdp(moves)
    raise_quality(moves, 1e14)
    assert gdp(moves) / before == pytest.approx(limit ** (1 / (1 - elasticity)), rel=1e-6)
    # AI does the contestable tasks and no other
    assert moves.contested.value / moves.kept.value < 1e-12


@given(st.floats(0.3, 0.9), st.floats(0.15, 0.40), st.floats(0.02, 0.5), parts)
def test_the_limit_is_that_of_the_closed_form_for_every_elasticity(
    elasticity: float, saving: float, share: float, done: float
) -> None:
    """Near one it is far off: the price of what AI does counts with a small power."""
    t = technology(elasticity, saving)
    p = work(t, share, done)
    known = Known(t, p, p.contestable)
    before, limit = known.wage(1.0), (1 / (1 - share)) ** (1 / (1 - elasticity))
    wages = [known.wage(z) / before for z in (1e2, 1e6, 1e20, 1e90)]
    assert np.all(np.diff(wages) >= 0)
    assert wages[-1] == pytest.approx(limit, rel=1e-6)
    assert wages[-1] <= limit * (1 + 1e-12)


def test_at_one_half_a_weak_link_gives_what_it_takes() -> None:
    """Jones (2026): 1/(1-s) at an elasticity of 1/2; all cognitive labour, a third, raises output by half."""
    p = work(TECHNOLOGY, 1 / 3, 0.2)
    m = economy(TECHNOLOGY, p, p.contestable, moves=False)
    raise_quality(m, 1e14)
    assert m.output.value == pytest.approx(1.5, rel=1e-6)


@given(technologies, st.floats(0.02, 0.5), parts)
def test_hulten_and_what_it_leaves_out(t: Tasks, contestable: float, done: float) -> None:
    """ln GDP gains m x + m' x^2 / 2 from an improvement x in logs, m AI's cost over GDP.

    With psi AI's share of cost, phi that of contestable tasks and s AI's part of them, x moves the price of
    labour over AI's by x / (1 - psi), s by theta s (1 - s) and phi by -(1 - sigma) phi (1 - phi) s of that.
    """
    p = work(t, contestable, done)
    known = Known(t, p, p.contestable)
    psi = contestable * done
    m = psi / (1 - psi)
    turned = contestable * t.shape * done * (1 - done)
    turned -= contestable * (1 - contestable) * (1 - t.elasticity) * done**2
    second = turned / (1 - psi) ** 3
    for improvement in (0.01, 0.10):
        x = log1p(improvement)
        gained = log(known.wage(1 + improvement))
        assert gained == pytest.approx(m * x, abs=m * (1 + t.shape) * x**2)
        assert gained == pytest.approx(m * x + second * x**2 / 2, abs=m * (1 + t.shape) ** 2 * x**3)


@given(technologies, parts, st.floats(-0.05, 0.05))
def test_the_marginal_task_saves_nothing(t: Tasks, done: float, shift: float) -> None:
    """Handing AI some tasks more or fewer than firms choose costs the square of them.

    Tasks are ordered by labour's cost over AI's; with x = (s / (1-s))^(1/theta) scaled so that AI's price
    is that of labour at the choice, a share s of the contestable tasks costs, with labour's cost of one,
    (1-s)^(1+1/theta) + s^(1+1/theta) x(choice)^-1: a sum whose slope is zero there.
    """
    power = (1 + t.shape) / t.shape

    def cost(part: float) -> float:
        relative = (done / (1 - done)) ** (-1 / t.shape)
        return float((1 - part) ** power + relative * part**power)

    moved = done * (1 + shift)
    extra = cost(moved) / cost(done) - 1
    assert extra >= -1e-15
    assert extra <= 4 * done * shift**2 / (1 - done) + 1e-15
    # while the average one saves
    assert average_saving(t, done) > t.saving


@given(technologies, st.floats(0.02, 0.5), parts)
def test_a_small_fall_of_the_price_displaces_and_gains_ais_own_cost(
    t: Tasks, contestable: float, done: float
) -> None:
    """So-so automation (Acemoglu & Restrepo 2018): many tasks change hands, and GDP gains AI's share."""
    p = work(t, contestable, done)
    known, x = Known(t, p, p.contestable), 1e-5
    psi = contestable * done
    before = known.contest(1.0, 1.0)[1]
    after = known.contest(known.wage(exp(x)), exp(-x))[1]
    taken = (after - before) / x
    assert taken == pytest.approx(t.shape * done * (1 - done) / (1 - psi), rel=1e-3)
    assert log(known.wage(exp(x))) / x == pytest.approx(psi / (1 - psi), rel=1e-3)


def test_the_saving_of_an_automated_task_is_the_calibrated_one_while_they_are_few() -> None:
    for saving in (0.15, 0.27, 0.40):
        t = technology(0.5, saving)
        assert average_saving(t, 1e-6) == pytest.approx(saving, rel=1e-5)
        savings = [average_saving(t, s) for s in np.linspace(0.01, 0.99, 20)]
        assert np.all(np.diff(savings) > 0)
        assert average_saving(t, 1.0) == 1.0


@settings(max_examples=8, deadline=None)
@given(technologies, st.floats(0.05, 0.5), parts, st.floats(0.01, 0.5))
def test_new_tasks(t: Tasks, contestable: float, done: float, taken: float) -> None:
    """They take places of contestable tasks: labour gains, and output where it does them at less cost."""
    p = work(t, contestable, done)
    new = taken * p.contestable
    price, _ = Known(t, p, p.contestable).contest(1.0, 1.0)

    def with_gain(gain: float) -> tuple[float, float]:
        tech = technology(t.elasticity, t.saving, gain)
        known = Known(tech, p, p.contestable - new, new)
        return known.wage(1.0), known.ai_share(1.0)

    before = Known(t, p, p.contestable)
    wage, ai = with_gain(1.0)
    # worth no more than other tasks of labour, they cost what AI saved there
    assert wage < 1
    assert ai < before.ai_share(1.0)
    wage, ai = with_gain(1.001 / price)
    assert wage > 1
    assert ai < before.ai_share(1.0)
    # what the nests make of it
    tech = technology(t.elasticity, t.saving, 1.2)
    m = economy(tech, p, p.contestable - new, new)
    solve(m)
    assert m.wage["kept"].value == pytest.approx(
        Known(tech, p, p.contestable - new, new).wage(1.0), rel=1e-8
    )
