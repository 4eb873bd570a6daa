"""Production trees: one function a mode, which reads like its tree.

Where AI enters depends on ``ai_mode``: tasks that are chosen, tasks that are given, machines, or Guo (2019):

    tasks     as labour, with task bundles of ( labour, contestable( labour, AI ))
    labour    output( value added( capital, work( task bundles by skill( labour, AI ))), intermediates)
    capital   output( value added( machines( capital, AI ), work( labour by skill )), intermediates)
    guo       output( AI, traditional( value added( capital, work( labour by skill )), intermediates))

AI services enter with efficiency Z (``slots.ai_quality``), so one unit bought does Z units of work.
In mode tasks firms choose what AI does of the tasks that it may do (``tasks.py``), and depth says how many
it may. In the others automation moves distribution parameters: with e the share of tasks that AI could do
and d the depth (``slots.depth``), labour loses and the AI-using bundle gains e*d of its cost share at
benchmark prices. The AI sector itself uses compute services where others use capital, and no AI.

Another mode is another function here, and its row in ``MODES``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engels.calibration.benchmark import Array, Benchmark
from engels.model.algebra.nests import Input, Leaf, Nest, TimeFunction, ces, nest
from engels.model.economy import slots, tasks
from engels.model.economy.block import Economy

BUNDLE = "all"
"""Label of AI bought for the sector as a whole (modes capital and guo), not beside one skill."""

Node = Nest | Leaf | None


@dataclass(frozen=True)
class Mode:
    """Where AI enters: the tree of a sector, and whether AI is bought beside each skill or as a whole."""

    tree: Callable[[Sector], Nest]
    by_skill: bool
    by_choice: bool = False
    """Firms choose which tasks AI does; labour in tasks that it may do is a variable."""
    parameters: str = ""
    """The section of the parameters that enters this tree alone."""


@dataclass(frozen=True)
class Sector:
    """What the trees of one sector are made of: leaves, and what moves efficiencies and shares."""

    m: Economy
    b: Benchmark
    name: str
    ai_mode: str

    # leaves: variables of the model with their benchmark values

    def labour(self, skill: str) -> Input:
        """Work of a skill, in efficiency units."""
        m, b, j = self.m, self.b, self.name
        leaf = Leaf(
            f"labour {skill}",
            float(b.labour[b.index(j), b.skills.index(skill)]),
            lambda t: slots.sector_wage(m, b, j, skill, t),
            lambda t: m.labour[j, skill, t],
        )
        return Input(leaf, self.labour_efficiency)

    def ai(self, user: str = BUNDLE) -> Leaf:
        """AI services bought beside a skill, or for the whole sector."""
        m, b, j = self.m, self.b, self.name
        value = ai_benchmark(b, self.ai_mode, j, user) if (j, user) in m.ai_users else 0.0
        return Leaf(
            "ai",
            value,
            lambda t: m.price_composite[b.ai, t] * (1 + slots.ai_charge(m, b, t)),
            lambda t: m.ai_use[j, user, t],
        )

    @cached_property
    def capital(self) -> Leaf:
        """Capital services in benchmark income; in the AI sector, compute."""
        m, b, j = self.m, self.b, self.name
        if j == b.ai:
            value = b.compute.rent + float(b.compute.operation.sum())
            return Leaf(
                "compute", value, lambda t: m.price_compute[t], lambda t: m.compute_service[t]
            )
        n = b.index(j)
        value = float(b.capital[n]) if j in m.capital_sectors else 0.0
        # the stock times the benchmark rental
        rate = value / float(b.capital_stock[n]) if value else 0.0
        return Leaf("capital", value, lambda t: m.rental[j, t], lambda t: rate * m.capital[j, t])

    @cached_property
    def further(self) -> tuple[Leaf, ...]:
        """Inputs that blocks put beside capital and work."""
        return tuple(slots.further_inputs(self.m, self.b, self.name))

    @cached_property
    def intermediates(self) -> Leaf:
        """The composite of goods, less what the further inputs are made of."""
        m, b, j = self.m, self.b, self.name
        return Leaf(
            "intermediates",
            float(b.intermediate[:, b.index(j)].sum()) - sum(x.value for x in self.further),
            lambda t: m.price_intermediate[j, t],
            lambda t: m.intermediate[j, t] - slots.goods_for_inputs(m, b, j, t),
        )

    # efficiencies

    def labour_efficiency(self, t: int) -> Any:
        """Efficiency of labour in the sector."""
        return slots.work_efficiency(self.m, self.b, self.name, t)

    def quality(self, t: int) -> Any:
        """Z: effective units of AI per unit bought."""
        return slots.ai_quality(self.m, self.b, t)

    def progress(self, t: int) -> Any:
        """Efficiency of value added."""
        return slots.sector_efficiency(self.m, self.b, self.name, t)

    # shares

    def depth(self, t: int) -> Any:
        """Share of the exposed tasks handed to AI beyond the base year's."""
        return slots.depth(self.m, self.b, self.name, t)

    def manned(self, t: int) -> Any:
        """Share of work that stays with labour where tasks leave it for an AI bundle above it."""
        return 1.0 if self.name == self.b.ai else 1 - self.exposed * self.depth(t)

    @cached_property
    def exposed(self) -> float:
        """Share of the sector's work that AI could do, pay-weighted over skills."""
        n = self.b.index(self.name)
        pay: Array = self.b.labour[n]
        return float((self.b.exposure[n] * pay).sum() / pay.sum()) if pay.sum() else 0.0

    @property
    def top(self) -> float:
        """Elasticity between value added and intermediates."""
        return float(self.b.elasticities.top[self.b.index(self.name)])

    # parts that trees have in common

    def work(self) -> Node:
        """Labour of all skills."""
        return bundle("work", self.b.elasticities.skills, *map(self.labour, self.b.skills))

    def value_added(self, capital: Node, work: Node, manned: TimeFunction, kept: bool) -> Node:
        """Capital and work, of which the share ``manned`` is left to labour.

        The rest is done by capital where it is ``kept`` inside value added; else it leaves for a bundle
        above. Further inputs keep their share.
        """
        further = sum(x.value for x in self.further)
        k0, w0 = (x.value if x else 0.0 for x in (capital, work))
        elasticity = slots.value_added_elasticity(self.m, self.b, self.name)
        if k0 == 0 or w0 == 0:
            return bundle("value added", elasticity, capital, work, keep=True)
        total = w0 + k0 + further

        def work_share(t: int) -> Any:
            left = w0 * manned(t)
            cost = total if kept else left + k0 + further
            return left / cost * slots.task_share(self.m, self.b, self.name, t)

        assert capital is not None
        assert work is not None
        return ces(
            "value added",
            elasticity,
            Input(capital, share=lambda t: 1 - work_share(t) - further / total),
            Input(work, share=work_share),
            *(Input(x, share=x.value / total) for x in self.further),
        )


def bundle(name: str, sigma: float, *children: Node | Input, keep: bool = False) -> Node:
    """:func:`~engels.model.algebra.nests.nest` of children that may be missing, written like ``ces``."""
    inputs = [c if isinstance(c, Input) else Input(c) for c in children if c is not None]
    return nest(name, sigma, inputs, keep)


def whole(t: int) -> float:
    """Work of which no task leaves."""
    return 1.0


def tasks_tree(s: Sector) -> Nest:
    """AI does tasks of each skill, beside its labour."""
    e, b = s.b.elasticities, s.b

    def of_skill(k: int, skill: str) -> Node | Input:
        labour, ai = s.labour(skill), s.ai(skill)
        if ai.value == 0:
            return labour
        a, reach = ai.value / (ai.value + labour.node.value), float(b.exposure[b.index(s.name), k])
        return ces(
            f"tasks {skill}",
            float(e.ai_labour[k]),
            Input(labour.node, labour.efficiency, lambda t: 1 - a - reach * s.depth(t)),
            Input(ai, s.quality, lambda t: a + reach * s.depth(t)),
        )

    work = bundle("work", e.skills, *(of_skill(k, skill) for k, skill in enumerate(b.skills)))
    value_added = s.value_added(s.capital, work, whole, kept=True)
    return output(s, value_added)


def chosen_tree(s: Sector) -> Nest:
    """Firms choose what AI does of the tasks of each skill that it may do."""
    m, b = s.m, s.b

    def work_of(skill: str) -> Node | Input:
        labour, ai = s.labour(skill), s.ai(skill)
        return labour if ai.value == 0 else of_tasks(skill, labour, ai)

    def of_tasks(skill: str, labour: Input, ai: Leaf) -> Nest:
        j, p = s.name, tasks.pair(b, s.name, skill)
        assert isinstance(labour.node, Leaf)
        wage = labour.node.price

        def contestable(t: int) -> Any:
            return tasks.contestable(m, b, p, j, t)

        def efficiency(t: int) -> Any:
            if not slots.new_tasks.moved(m):
                return s.labour_efficiency(t)
            new = p.exposed * slots.new_tasks(m, b, j, t) / (1 - contestable(t))
            return s.labour_efficiency(t) * tasks.gain_of_new_tasks(b.tasks, new)

        def in_contest(t: int) -> Any:
            return m.contested[j, skill, t]

        def in_rest(t: int) -> Any:
            return m.labour[j, skill, t] - m.contested[j, skill, t]

        return tasks.task_nest(
            skill,
            b.tasks,
            p,
            Input(Leaf(f"kept {skill}", p.kept, wage, in_rest), efficiency),
            Input(Leaf(f"contested {skill}", p.contested, wage, in_contest), s.labour_efficiency),
            Input(ai, s.quality),
            contestable,
        )

    work = bundle("work", b.elasticities.skills, *map(work_of, b.skills))
    return output(s, s.value_added(s.capital, work, whole, kept=True))


def machines_tree(s: Sector) -> Nest:
    """AI and capital are machines, which take tasks from labour inside value added."""
    machines = bundle("machines", s.b.elasticities.ai_capital, s.capital, Input(s.ai(), s.quality))
    return output(s, s.value_added(machines, s.work(), s.manned, kept=True))


def guo_tree(s: Sector) -> Nest:
    """AI stands beside all traditional production, and takes tasks out of it."""
    work, goods, ai = s.work(), s.intermediates, s.ai()
    value_added = s.value_added(s.capital, work, s.manned, kept=False)
    if ai.value == 0:
        return output(s, value_added)
    assert value_added is not None
    w0, added = work.value if work else 0.0, value_added.value

    def manned(t: int) -> Any:
        """Cost of value added at benchmark prices, once tasks have left it."""
        return added - w0 + w0 * s.manned(t)

    def cost(t: int) -> Any:
        return manned(t) + goods.value

    total = ai.value + added + goods.value
    traditional = ces(
        "traditional",
        s.top,
        Input(value_added, s.progress, lambda t: manned(t) / cost(t)),
        Input(goods, share=lambda t: goods.value / cost(t)),
    )
    return ces(
        "output",
        float(s.b.elasticities.ai_traditional[s.b.index(s.name)]),
        Input(ai, s.quality, lambda t: 1 - cost(t) / total),
        Input(traditional, share=lambda t: cost(t) / total),
    )


def output(s: Sector, value_added: Node) -> Nest:
    """Value added and intermediates."""
    added = [Input(value_added, s.progress)] if value_added else []
    return ces("output", s.top, *added, s.intermediates)


MODES: dict[str, Mode] = {
    "tasks": Mode(chosen_tree, by_skill=True, by_choice=True, parameters="tasks"),
    "labour": Mode(tasks_tree, by_skill=True, parameters="elasticities.ai_labour"),
    "capital": Mode(machines_tree, by_skill=False, parameters="elasticities.ai_capital"),
    "guo": Mode(guo_tree, by_skill=False, parameters="elasticities.ai_traditional"),
}
AI_MODES = tuple(MODES)


def mode_of(ai_mode: str) -> Mode:
    """Raises ``ValueError`` for a mode that is unknown."""
    if ai_mode not in MODES:
        raise ValueError(f"ai_mode {ai_mode!r} is unknown; it is one of {', '.join(MODES)}")
    return MODES[ai_mode]


def production_tree(m: Economy, b: Benchmark, ai_mode: str, sector: str) -> Nest:
    """The tree of one sector; leaves are variables of the model, or numbers of a solved point."""
    return mode_of(ai_mode).tree(Sector(m, b, sector, ai_mode))


def ai_users(b: Benchmark, ai_mode: str) -> list[tuple[str, str]]:
    """Pairs (sector, skill or ``BUNDLE``) that buy AI services in the benchmark."""
    if not mode_of(ai_mode).by_skill:
        return [(j, BUNDLE) for j in adopters(b)]
    return [
        (j, s)
        for i, j in enumerate(b.sectors)
        for k, s in enumerate(b.skills)
        if b.ai_purchases[i, k] > 0 and b.labour[i, k] > 0
    ]


def displaced(m: Economy, b: Benchmark, sector: str, t: int) -> Any:
    """Share of a sector's exposed tasks that AI has taken over beyond the base year's, new tasks not netted.

    Where firms choose it is what they chose, weighted with base-year pay; else what they are given.
    """
    if not mode_of(m.ai_mode).by_choice:
        return slots.handed_over(m, b, sector, t)
    i, total = b.index(sector), exposed_pay(b)[sector]
    found: Any = 0.0
    for j, s in m.ai_users:
        if j == sector:
            weight = float(b.labour[i, b.skills.index(s)]) / total
            found = found + weight * tasks.taken_over(m, b, j, s, t)
    return found


def ai_benchmark(b: Benchmark, ai_mode: str, sector: str, user: str) -> float:
    """Base-year AI purchases of one entry of :func:`ai_users`, trillion yuan."""
    i = b.index(sector)
    if mode_of(ai_mode).by_skill:
        return float(b.ai_purchases[i, b.skills.index(user)])
    return float(b.ai_purchases[i].sum())


def adopters(b: Benchmark) -> list[str]:
    """Sectors that buy AI services in the benchmark."""
    return [j for i, j in enumerate(b.sectors) if b.ai_purchases[i].sum() > 0]


def exposed_pay(b: Benchmark) -> dict[str, float]:
    """Base-year pay of the work that AI could do, trillion yuan, by sector."""
    pay = (b.exposure * b.labour).sum(axis=1)
    return {j: float(x) for j, x in zip(b.sectors, pay, strict=True)}
