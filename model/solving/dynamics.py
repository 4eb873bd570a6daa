"""Paths: the baseline and the policy run, under foresight and recursively.

The baseline is solved under the forecast closure; a policy run starts from it in the year in which the
shock becomes known (``announced``): until then history is the baseline's, stocks are inherited, and
technology, wedges, purchases and the reference wage keep their baseline paths. A policy run without a
shock therefore returns the baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.errors import ModelError, SolveError, SolveStopped
from engels.model.algebra.grid import years_beyond
from engels.model.algebra.point import IndexedValues, Values, indexed
from engels.model.blocks.declarations import STATES, growing
from engels.model.blocks.library import DRIVERS, blocks_of
from engels.model.economy.build import build_economy
from engels.model.economy.compute import least_chips, most_chips
from engels.model.economy.driver import Driver
from engels.model.economy.trade import chips_benchmark
from engels.model.solving import swap_check
from engels.model.solving.certificate import certify
from engels.model.solving.closures import POLICY, Closure, Swap, forecast
from engels.model.solving.compiled import Compiled
from engels.model.solving.deadline import Deadline
from engels.model.solving.repeated import Make, Parts, repeated
from engels.model.solving.solution import Solution
from engels.model.solving.solve import (
    Engine,
    IpoptEngine,
    SolveReport,
    residual_by_family,
    solve_path,
)
from engels.model.solving.yearly import same_equations

Progress = Callable[[str, int, int], None]
Through = Callable[[str, Make], Parts | None]
"""Of a name and what makes the parts of a compiled economy, the parts, made or had already."""
Entries = dict[str, dict[Any, float]]
"""Some values by name and index, to be added to."""


class Workshop:
    """Built models of one economy and the engine that solves them, kept for the runs to come.

    A run asks for the model of its years and takes it as the last run left it, so every run first
    restores all values. Use one workshop per benchmark, ``ai_mode`` and kind of expectations.

    Attributes
    ----------
    deadline: the time at which solves are broken off by :class:`TookTooLong`; None for no limit.
    through: what parts of compiled economies are had through; by default they are made.
    """

    def __init__(self, by: Engine | None = None, through: Through = lambda _, make: make()) -> None:
        self.by = by or IpoptEngine()
        self.through = through
        self.deadline: Deadline | None = None
        self._models: dict[tuple[int, ...], Compiled] = {}
        self._yearly: Compiled | None = None
        self._one_serves_all: bool | None = None

    def year(self, b: Benchmark, t: int, ai_mode: str) -> Compiled:
        """The recursive economy of ``t``: one model, moved to the year, where all years are alike.

        A model that was asked for before may be another year's by then.
        """
        if self._yearly is None:
            self._yearly = Compiled(build_economy(b, [t], False, ai_mode, blocks=blocks_of(b)))
        e = self._yearly
        now = e.model.years.first()
        if t != now and self._one_serves_all is None:
            self._one_serves_all = all(
                same_equations(e.model, build_economy(b, [k], False, ai_mode, blocks=blocks_of(b)))
                for k in {t, b.path.years[-1]} - {now}
            )
        if t == now or self._one_serves_all:
            e.move_to(t)
            return e
        return self.model(b, [t], False, ai_mode, 1.0)

    def model(
        self, b: Benchmark, years: Sequence[int], foresight: bool, ai_mode: str, growth: float
    ) -> Compiled:
        """The model over ``years``, built at the first call."""
        key = tuple(years)
        if key not in self._models:
            self._models[key] = self.built(b, years, foresight, ai_mode, growth)
        return self._models[key]

    def built(
        self, b: Benchmark, years: Sequence[int], foresight: bool, ai_mode: str, growth: float
    ) -> Compiled:
        """A model over ``years`` that is not kept.

        For a solver that works in memory it is compiled from a few of its years, where they are alike.
        """
        if foresight and self.by.in_memory:
            through = partial(self.through, f"{years} {growth!r}")
            found = repeated(b, years, ai_mode, growth, blocks_of(b), through)
            if found is not None:
                return found
        return Compiled(build_economy(b, years, foresight, ai_mode, growth, blocks_of(b)))

    def solve(self, e: Compiled) -> SolveReport:
        """Solve ``e`` from its values, within the deadline."""
        if self.deadline is None:
            return self.by.solve(e)
        self.deadline.check()
        return self.by.solve(e, deadline=self.deadline)


@dataclass(frozen=True)
class Target:
    """A swap of a policy run with the level of its target, by year."""

    swap: Swap
    levels: Mapping[int, float]


def baseline_drivers(b: Benchmark, years: Sequence[int]) -> Values:
    """Driver and target values that the benchmark's path prescribes."""
    p = b.path
    missing = [t for t in years if t not in p.years]
    if missing:
        raise ModelError(
            f"the baseline path of {b.name} covers {p.years[0]}-{p.years[-1]}, not {missing[0]}"
        )
    at = {t: p.years.index(t) for t in years}
    labour = dict(zip(b.skills, b.labour.sum(axis=0), strict=True))
    return {
        "gdp_real": {t: b.gdp * float(p.gdp[at[t]]) for t in years},
        "investment_rate": {t: float(p.investment_rate[at[t]]) for t in years},
        "government_rate": {t: float(p.government_rate[at[t]]) for t in years},
        "labour_supply": {
            (s, t): labour[s] * float(p.labour_by_skill[at[t], k])
            for k, s in enumerate(b.skills)
            for t in years
        },
        **{name: _prescribed(DRIVERS[name], b, years) for name in PRESCRIBED},
    }


def _prescribed(d: Driver, b: Benchmark, years: Sequence[int]) -> dict[object, float]:
    keys = (k if len(k) > 1 else k[0] for k in d.index(b, years))
    return {k: float(x) for k, x in zip(keys, d.path(b, years).flat, strict=True)}


PRESCRIBED = (
    "labour_endowment",
    "inventory",
    "foreign_saving",
    "world_demand",
    "tfp_sector",
    "investment_trend",
)
"""Drivers that follow the benchmark's path in the baseline."""


def first_guess(e: Compiled, b: Benchmark) -> None:
    """Quantities grown with GDP, labour with its endowment, wages with GDP per worker."""
    p = b.path
    gdp = dict(zip(p.years, p.gdp, strict=True))
    gdp[p.years[-1] + 1] = 2 * gdp[p.years[-1]] - gdp[p.years[-2]]
    work = {
        (s, t): float(p.labour_by_skill[n, k])
        for n, t in enumerate(p.years)
        for k, s in enumerate(b.skills)
    }
    x = e.x.copy()
    for index, n in _entries(e, growing("gdp")):
        x[n] *= float(gdp[index[-1]])
    for index, n in _entries(e, growing("labour")):
        x[n] *= work[index[-2], index[-1]]
    for index, n in _entries(e, growing("gdp per worker")):
        s, t = index
        x[n] = float(gdp[t]) / work[s, t]
    e.x = x


def _entries(e: Compiled, names: Iterable[str]) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Index and place of the variables that the economy has of these."""
    for name in names:
        for k, n in e.index.places(name).items():
            yield k if isinstance(k, tuple) else (k,), n


def solved_years(b: Benchmark, last_year: int, foresight: bool) -> list[int]:
    """Years of a path that is reported to ``last_year``: with foresight some beyond it too."""
    years = list(range(b.base_year, last_year + 1))
    return years + years_beyond(last_year, b.path.beyond) if foresight else years


def solve_baseline(
    b: Benchmark,
    ai_mode: str,
    foresight: bool,
    last_year: int,
    progress: Progress | None = None,
    workshop: Workshop | None = None,
    near: Values | None = None,
) -> Solution:
    """The baseline under the forecast closure.

    With foresight the search begins at ``near``, where it is given and leads anywhere.

    Raises :class:`SolveError` where it cannot be solved.
    """
    shop = workshop or Workshop()
    first = b.base_year
    years = solved_years(b, last_year, foresight)
    drivers = baseline_drivers(b, years)
    gdp = drivers["gdp_real"]
    # the last period has one year
    growth = gdp[years[-1]] / gdp[years[-2]] if len(years) > 1 else 1.0
    # with unemployment a reference wage is found even where labour supply does not answer to wages
    elastic = b.elasticities.labour_supply > 0 or b.technology.labour_market is not None
    done = Solution(b, ai_mode, foresight, tuple(years), first, "forecast", growth, last_year)
    if foresight:
        e = shop.built(b, years, True, ai_mode, growth)
        e.close(forecast(years, True, b.ai, elastic, b.technology.blocks), True)
        if progress:
            progress("baseline", 0, 1)
        first_guess(e, b)
        e.restore(drivers)
        opening = e.x
        if near is not None and _solved_from(e, near, shop, done):
            return done
        try:
            report = shop.solve(e)
        except SolveStopped:
            raise
        except SolveError as error:
            # years solved one by one, each from the last, lie nearer where AI replaces labour easily
            try:
                yearly = solve_baseline(b, ai_mode, False, years[-1], workshop=shop)
            except SolveStopped:
                raise
            except SolveError:
                raise error from None
            # what years by themselves do not have (values of what is to come) stays at its first guess
            e.x = opening
            e.restore(yearly.values)
            e.restore(drivers)
            report = shop.solve(e)
        done.absorb(e, report)
        if progress:
            progress("baseline", 1, 1)
        return done
    state: Values = {}
    for n, t in enumerate(years):
        e = shop.year(b, t, ai_mode)
        e.close(forecast([t], False, b.ai, elastic, b.technology.blocks), False)
        if n == 0:
            e.restore(_of_year(drivers, t))
            report = shop.solve(e)
        else:
            # last year's solution, moved to this year, solves this year's economy at last year's data
            e.restore(_shift(done.values, t - 1))
            begin = e.known_values
            e.restore(_of_year(drivers, t))
            e.restore(state)
            e.restore({"trend_growth": {t: _trend(done.values, t)}})
            goal = e.known_values
            guess = _extrapolate(done.values, t) if n > 1 else None
            report = solve_path(e, begin, goal, guess=guess, by=shop.by, deadline=shop.deadline)
        done.absorb(e, report)
        state = _stocks(e.values, t + 1)
        if progress:
            progress("baseline", n + 1, len(years))
    return done


def _solved_from(e: Compiled, near: Values, shop: Workshop, done: Solution) -> bool:
    """Whether the economy is solved from unknowns near by; ``e`` is what it was where it is not."""
    start = e.x
    e.restore(near)
    e.x = np.where(e.known, start, e.x)
    try:
        done.absorb(e, shop.solve(e))
    except SolveStopped:
        raise
    except SolveError:
        e.x = start
        return False
    return True


def solve_policy(
    origin: Solution,
    drivers: Mapping[str, Mapping[object, float]],
    announced: int | None = None,
    targets: Sequence[Target] = (),
    closure: Closure = POLICY,
    progress: Progress | None = None,
    workshop: Workshop | None = None,
) -> Solution:
    """A policy run: driver paths changed, and targets swapped in, from ``announced`` on.

    Parameters
    ----------
    origin: the solved path that the run departs from: the baseline, or another policy run.
    drivers: name -> {index: value}, for the entries that differ from the origin's.
    announced: first year in which agents know; the years before are the origin's.
    targets: swaps with the levels that their targets must take.

    Raises
    ------
    ModelError: a driver is unknown or out of its range, or the years of a driver or a target lie
        outside the run.
    SolveError: the shock could not be solved; its ``solved_fraction`` says how far it went.
    """
    shop = workshop or Workshop()
    b, years = origin.benchmark, list(origin.years)
    start = years[0] if announced is None else announced
    if start not in years:
        raise ModelError(f"announced {start}: it must lie in {years[0]}-{years[-1]}")
    for name, entries in drivers.items():
        if name not in DRIVERS:
            raise ModelError(f"driver {name!r} is unknown; known: {', '.join(DRIVERS)}")
        block = DRIVERS[name].block
        if block and block not in b.technology.blocks:
            raise ModelError(f"driver {name!r} belongs to the block {block}, which is off")
        through = DRIVERS[name].through
        if through and through not in b.technology.blocks and any(entries.values()):
            raise ModelError(f"driver {name!r} works through the block {through}, which is off")
        if name == "internalisation" and not origin.foresight and any(entries.values()):
            raise ModelError("internalisation pays a present value, which takes foresight")
        bad = [k for k in entries if not start <= _year(k) <= years[-1]]
        if bad:
            raise ModelError(
                f"driver {name}: year {_year(bad[0])} lies outside {start}-{years[-1]}"
            )
        low, high = DRIVERS[name].low, DRIVERS[name].high
        wrong = next(((k, x) for k, x in entries.items() if not low <= x <= high), None)
        if wrong is not None:
            raise ModelError(
                f"driver {name}: {wrong[1]:g} at {wrong[0]}; it must be a number from {low:g} to "
                f"{high:g} ({DRIVERS[name].unit})"
            )
    if not origin.foresight:
        none = sorted(_year(k) for k, x in drivers.get("compute_build", {}).items() if x == 0)
        if none:
            raise ModelError(
                f"driver compute_build: 0 in {none[0]}; without foresight capacity is valued at the cost "
                "of replacing it, and where nothing can be built there is none: give a positive number, "
                "or foresight"
            )
    run = [t for t in years if t >= start]
    quota = dict(origin.values["chip_quota"])
    quota.update(drivers.get("chip_quota", {}))
    full = closure.with_swaps(t.swap for t in targets)
    _refuse_years_outside(full.swaps, targets, run)
    done = Solution(
        b,
        origin.ai_mode,
        origin.foresight,
        tuple(years),
        start,
        closure.name,
        origin.horizon_growth,
        origin.last_reported,
        _history(origin.values, start),
        origin,
    )
    if origin.foresight:
        e = shop.model(b, run, True, origin.ai_mode, origin.horizon_growth)
        e.restore(origin.values)
        e.close(full, True)
        begin, goal = path_ends(origin, drivers, targets, run)
        kept = 1 - b.compute.depreciation
        least = origin.values["compute_capacity"][start]
        for t in run:
            _require_chips(b, quota, least * kept ** (t - start), t)
        if progress:
            progress("solving", 0, 100)
        note = (lambda f: progress("solving", round(100 * f), 100)) if progress else None
        done.absorb(e, solve_path(e, begin, goal, note, by=shop.by, deadline=shop.deadline))
        swap_check.require_in_range(done.values, full.swaps)
        done.cautions += swap_check.look_at(e, full.swaps)
        done.cautions += swap_check.jumps(
            done.values, swap_check.held(done.values, run, full.swaps)
        )
        return done
    state: Entries = {}
    for n, t in enumerate(run):
        e = shop.year(b, t, origin.ai_mode)
        e.restore(origin.values)
        e.close(full.with_years([t]), False)
        begin, goal = path_ends(origin, drivers, targets, [t])
        if state:
            state["trend_growth"] = {t: _trend(done.values, t)}
        for name, entries in state.items():
            begin[name] = {k: origin.values[name][k] for k in entries}
            goal[name] = dict(entries)
        now = state.get("compute_capacity", origin.values["compute_capacity"])[t]
        _require_chips(b, quota, now, t)
        try:
            report = solve_path(e, begin, goal, by=shop.by, deadline=shop.deadline)
        except SolveError as error:
            raise type(error)(
                f"{t}: {error.message}", partial(getattr, error, "worst"), error.solved_fraction
            ) from error
        done.absorb(e, report)
        yearly = full.with_years([t]).swaps
        swap_check.require_in_range(done.values, yearly)
        # other equilibria are sought where swaps begin and where they end: each year is several solves
        ends = _ends_of(full.swaps, run)
        done.cautions += [f"{t}: {words}" for words in swap_check.look_at(e, yearly, t in ends)]
        state = _stocks(e.values, t + 1)
        if progress:
            progress("solving", n + 1, len(run))
    done.cautions += swap_check.jumps(done.values, swap_check.held(done.values, run, full.swaps))
    return done


def _require_chips(b: Benchmark, quota: Mapping[object, float], capacity: float, year: int) -> None:
    """Refuse a quota under which no equilibrium can exist; ``capacity`` is the least that the year has.

    Any solution obeys what is compared, so that no search is needed to know that there is none.
    """
    if ("compute", year) not in quota:
        return
    allowed = quota["compute", year]
    least, most = least_chips(b, capacity), most_chips(b, allowed)
    if most < least:
        raise SolveError(
            f"{year}: there is no equilibrium. With an elasticity of {b.elasticities.chips:g} between "
            f"domestic and imported chips (elasticities.chips), imports of {allowed:.3g} times the base "
            f"year's make at most {most:.3g} trillion yuan of chips for compute, however many are made at "
            f"home; compute investment takes at least {least:.3g}, which is what stopping it costs "
            f"(elasticities.adjustment_compute {b.elasticities.adjustment_compute:g})"
        )


def _ends_of(swaps: Sequence[Swap], run: Sequence[int]) -> set[int]:
    """First and last years of swaps in a run."""
    spans = [run if s.years is None else s.years for s in swaps]
    return {t for span in spans if span for t in (min(span), max(span))}


def _refuse_years_outside(
    swaps: Sequence[Swap], targets: Sequence[Target], run: Sequence[int]
) -> None:
    """A swap, or a level, of a year that is not solved would be passed over in silence."""
    asked: list[tuple[str, Swap, Iterable[int], Sequence[int]]] = [
        ("the swap", s, s.years or (), run) for s in swaps
    ]
    for target in targets:
        held = run if target.swap.years is None else target.swap.years
        asked.append(("the level", target.swap, target.levels, held))
    for what, swap, years, possible in asked:
        outside = sorted(t for t in years if t not in possible)
        if outside:
            within = (
                f"{min(possible)}-{max(possible)}"
                if possible
                else "its years, of which it has none"
            )
            raise ModelError(
                f"{swap.target} by {swap.instrument}: {what} of "
                f"{', '.join(str(t) for t in outside)} lies outside {within}"
            )


def recertify(run: Solution) -> Solution:
    """The path with its certificate found again, from its values alone, from ``announced`` on.

    Models are built anew; nothing is solved. Raises ``ModelError`` where a value is missing.
    """
    b = run.benchmark
    years = [t for t in run.years if t >= run.announced]
    found = replace(run, systems=[], certificates=[])
    for span in [years] if run.foresight else [[t] for t in years]:
        m = build_economy(b, span, run.foresight, run.ai_mode, run.horizon_growth, blocks_of(b))
        # what is missing would be judged at its benchmark value
        _require_all(m, run.values)
        e = Compiled(m)
        e.restore(run.values)
        e.load()
        found.systems.append(e.given)
        found.certificates.append(certify(e, b, "repeated", residual_by_family(m)))
    return found


def _require_all(m: pyo.ConcreteModel, values: Values) -> None:
    for v in m.component_objects(pyo.Var, active=True):
        entries = values.get(v.local_name, {})
        for k in v:
            x = entries.get(k)
            if x is None or not np.isfinite(x):
                raise ModelError(
                    f"solution: {v[k].name} is {'missing' if x is None else x}; every variable of "
                    "the economy must have a finite value"
                )


def path_ends(
    origin: Solution,
    drivers: Mapping[str, Mapping[object, float]],
    targets: Sequence[Target],
    years: Sequence[int],
) -> tuple[Entries, Entries]:
    """Values of what is fixed and moved: in the origin, and in the run, for ``years``."""
    goal: Entries = {
        name: {k: float(x) for k, x in entries.items() if _year(k) in years}
        for name, entries in drivers.items()
    }
    for target in targets:
        levels = {t: x for t, x in target.levels.items() if t in years}
        goal.setdefault(target.swap.target, {}).update(levels)
    begin = {name: {k: origin.values[name][k] for k in entries} for name, entries in goal.items()}
    # a quota that leaves room binds as little as none: the way to a narrow one begins there
    base = chips_benchmark(origin.benchmark)
    for (use, t), x in goal.get("chip_quota", {}).items():
        roomy = ROOM * origin.values["chips_imported"][use, t] / base[use] if use in base else x
        if x < roomy < begin["chip_quota"][use, t]:
            begin["chip_quota"][use, t] = roomy
    return begin, goal


ROOM = 1.1
"""A quota of so many times the imports is slack."""


def _history(values: Values, start: int) -> IndexedValues:
    """What is known before ``start``: stocks of that year too."""
    past = indexed(values)
    later = past.index.years >= start
    for name in STATES:
        own = past.index.span.get(name, slice(0))
        later[own] = past.index.years[own] > start
    return IndexedValues(past.index, np.where(later, np.nan, past.x))


def _stocks(values: Values, year: int) -> Entries:
    return {
        n: {k: x for k, x in values[n].items() if _year(k) == year} for n in STATES if n in values
    }


def _trend(values: Values, year: int) -> float:
    """One plus the growth of the economy's capital in the year before ``year``."""
    now = sum(x for k, x in values["capital"].items() if _year(k) == year)
    before = sum(x for k, x in values["capital"].items() if _year(k) == year - 1)
    return now / before


def _of_year(values: Values, year: int) -> Values:
    return {n: {k: x for k, x in v.items() if _year(k) == year} for n, v in values.items()}


def _at(index: object, year: int) -> object:
    return (*index[:-1], year) if isinstance(index, tuple) else year


def _shift(values: Values, year: int) -> Values:
    """Values of ``year``, and stocks of the year after it, moved one year on."""
    return {
        n: {_at(k, _year(k) + 1): x for k, x in v.items() if _year(k) in (year, year + 1)}
        for n, v in values.items()
    }


def _extrapolate(values: Values, year: int) -> Values:
    """First guess for ``year``: the growth of the last two years, where steady, goes on."""
    out: Entries = {}
    for name, entries in values.items():
        out[name] = {}
        for k, x in entries.items():
            last, before = _year(k), entries.get(_at(k, _year(k) - 1))
            if last in (year - 1, year) and before is not None:
                # what moves faster than half or double is noise around zero, not growth
                steady = x > 0 and before > 0 and 0.5 < x / before < 2
                out[name][_at(k, last + 1)] = x * x / before if steady else x
    return out


def _year(index: object) -> int:
    last = index[-1] if isinstance(index, tuple) else index
    if not isinstance(last, int):
        raise ModelError(f"index {index!r} carries no year")
    return last
