"""Paths: the baseline and the policy run, under foresight and recursively.

The baseline is solved under the forecast closure; a policy run starts from it in the year in which the
shock becomes known (``announced``): until then history is the baseline's, stocks are inherited, and
technology, wedges, purchases and the reference wage keep their baseline paths. A policy run without a
shock therefore returns the baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyomo.environ as pyo

from engels.calibration.benchmark import Array, Benchmark
from engels.model.closures import POLICY, Closure, Swap, forecast
from engels.model.drivers import DRIVERS
from engels.model.economy import base_foreign_saving, build_economy
from engels.model.errors import ModelError, SolveError
from engels.model.measures import Rows, measure
from engels.model.solve import SolveReport, Values, restore, snapshot, solve, solve_path

Progress = Callable[[str, int, int], None]
TARGETS = ("gdp_real", "labour_supply", "investment_rate", "government_rate")


@dataclass(frozen=True)
class Target:
    """A swap of a policy run: ``change`` (per year) is added to the target's reference value."""

    swap: Swap
    change: Mapping[int, float]


@dataclass
class Solution:
    """A solved path.

    ``values`` holds every variable by name and index, ``rows`` what is reported (``measures.py``),
    ``reports`` one entry per solve (one in all under foresight, one a year recursively).
    """

    benchmark: Benchmark
    ai_mode: str
    foresight: bool
    years: tuple[int, ...]
    announced: int
    closure: str
    values: Values = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    reports: list[SolveReport] = field(default_factory=list)

    def series(self, name: str, *key: str) -> Array:
        """Values of one variable over the years, shape (T,)."""
        entries = self.values[name]
        return np.array([entries[(*key, t) if key else t] for t in self.years], dtype=float)

    @property
    def residual(self) -> float:
        """Largest scaled residual of all solves."""
        return max(r.residual for r in self.reports)

    def absorb(self, m: pyo.ConcreteModel) -> None:
        """Take over the values and the reported rows of a solved model."""
        for name, entries in snapshot(m).items():
            self.values.setdefault(name, {}).update(entries)
        self.rows.update(measure(m, self.benchmark, self.ai_mode))


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
    saving = base_foreign_saving(b)
    return {
        "gdp_real": {t: b.gdp * float(p.gdp[at[t]]) for t in years},
        "investment_rate": {t: float(p.investment_rate[at[t]]) for t in years},
        "government_rate": {t: float(p.government_rate[at[t]]) for t in years},
        "labour_supply": {
            (s, t): labour[s] * float(p.labour_by_skill[at[t], k])
            for k, s in enumerate(b.skills)
            for t in years
        },
        "labour_endowment": {
            (s, t): float(p.labour_by_skill[at[t], k]) for k, s in enumerate(b.skills) for t in years
        },
        "inventory": {t: float(p.inventory[at[t]]) for t in years},
        "foreign_saving": {t: saving * float(p.foreign_saving[at[t]]) for t in years},
        "world_demand": {t: float(p.world_demand[at[t]]) for t in years},
        "tfp_sector": {
            (j, t): float(p.tfp_sector[at[t], n]) for n, j in enumerate(b.sectors) for t in years
        },
    }


_GROWING = (
    "output intermediate intermediate_demand intermediate_weight ai_use composite home_sales imports "
    "exports chips_imported chips chips_domestic compute_service compute_investment compute_purchases "
    "compute_capacity capital investment investment_total income spending consumption supernumerary "
    "property_income lump_sum_tax gdp_nominal production_quantity government_consumption"
).split()


def first_guess(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Quantities grown with GDP, labour with its endowment, wages with GDP per worker."""
    p = b.path
    gdp = dict(zip(p.years, p.gdp, strict=True))
    gdp[p.years[-1] + 1] = 2 * gdp[p.years[-1]] - gdp[p.years[-2]]
    work = {(s, t): float(p.labour_by_skill[n, k]) for n, t in enumerate(p.years) for k, s in enumerate(b.skills)}
    for name in _GROWING:
        component = m.component(name)
        if component is None:
            continue
        for k, v in component.items():
            t = k[-1] if isinstance(k, tuple) else k
            v.set_value(v.value * float(gdp[t]), skip_validation=True)
    for (_, s, t), v in m.labour.items():
        v.set_value(v.value * work[s, t], skip_validation=True)
    for name in ("wage", "reference_wage"):
        for (s, t), v in m.component(name).items():
            v.set_value(float(gdp[t]) / work[s, t], skip_validation=True)


def solve_baseline(
    b: Benchmark,
    ai_mode: str,
    foresight: bool,
    last_year: int,
    first_year: int | None = None,
    progress: Progress | None = None,
) -> Solution:
    """The baseline under the forecast closure.

    Raises :class:`SolveError` where it cannot be solved.
    """
    first = b.base_year if first_year is None else first_year
    years = list(range(first, last_year + 1))
    drivers = baseline_drivers(b, years)
    done = Solution(b, ai_mode, foresight, tuple(years), first, "forecast")
    if foresight:
        growth = drivers["gdp_real"][years[-1]] / drivers["gdp_real"][years[-2]]
        m = build_economy(b, years, True, ai_mode, growth)
        first_guess(m, b)
        restore(m, drivers)
        forecast(years, True).apply(m, True)
        if progress:
            progress("baseline", 0, 1)
        done.reports.append(solve(m))
        done.absorb(m)
        if progress:
            progress("baseline", 1, 1)
        return done
    state: Values = {}
    for n, t in enumerate(years):
        m = build_economy(b, [t], False, ai_mode)
        first_guess(m, b) if n == 0 else restore(m, _shift(done.values, t - 1, t))
        restore(m, {k: {i: x for i, x in v.items() if _year(i) == t} for k, v in drivers.items()})
        restore(m, state)
        forecast([t], False).apply(m, False)
        done.reports.append(solve(m))
        done.absorb(m)
        state = _stocks(m, t + 1)
        if progress:
            progress("baseline", n + 1, len(years))
    return done


def solve_policy(
    baseline: Solution,
    drivers: Mapping[str, Mapping[object, float]],
    announced: int | None = None,
    targets: Sequence[Target] = (),
    reference: Solution | None = None,
    closure: Closure = POLICY,
    progress: Progress | None = None,
) -> Solution:
    """A policy run: driver paths changed, and targets swapped in, from ``announced`` on.

    Parameters
    ----------
    drivers: name -> {index: value}, for the entries that differ from the baseline.
    targets: swaps with the change of their target against ``reference`` (default: the baseline).
    reference: the run whose values the targets start from.

    Raises
    ------
    ModelError: a driver is unknown or its years lie outside the run.
    SolveError: the shock could not be solved; its ``solved_fraction`` says how far it went.
    """
    b, years = baseline.benchmark, list(baseline.years)
    start = years[0] if announced is None else announced
    if start not in years:
        raise ModelError(f"announced {start}: it must lie in {years[0]}-{years[-1]}")
    for name, entries in drivers.items():
        if name not in DRIVERS:
            raise ModelError(f"driver {name!r} is unknown")
        bad = [k for k in entries if not start <= _year(k) <= years[-1]]
        if bad:
            raise ModelError(f"driver {name}: year {_year(bad[0])} lies outside {start}-{years[-1]}")
    run = [t for t in years if t >= start]
    origin = reference or baseline
    done = Solution(b, baseline.ai_mode, baseline.foresight, tuple(years), start, closure.name)
    done.values = {
        n: {k: x for k, x in v.items() if _year(k) < start or (_year(k) == start and n in _STOCKS)}
        for n, v in baseline.values.items()
    }
    done.rows = {k: x for k, x in baseline.rows.items() if k[-1] < start}
    full = closure.with_swaps(t.swap for t in targets)
    if baseline.foresight:
        growth = baseline.values["gdp_real"][years[-1]] / baseline.values["gdp_real"][years[-2]]
        m = build_economy(b, run, True, baseline.ai_mode, growth)
        restore(m, baseline.values)
        begin, goal = _ends(baseline, drivers, targets, origin, run)
        full.apply(m, True)
        note = (lambda f: progress("solving", round(100 * f), 100)) if progress else None
        done.reports.append(solve_path(m, begin, goal, note))
        done.absorb(m)
        return done
    state: Values = {}
    for n, t in enumerate(run):
        m = build_economy(b, [t], False, baseline.ai_mode)
        restore(m, baseline.values)
        begin, goal = _ends(baseline, drivers, targets, origin, [t])
        for name, entries in state.items():
            begin[name] = {k: baseline.values[name][k] for k in entries}
            goal[name] = dict(entries)
        full.with_years([t]).apply(m, False)
        try:
            done.reports.append(solve_path(m, begin, goal))
        except SolveError as error:
            raise SolveError(f"{t}: {str(error).splitlines()[0]}", error.worst, error.solved_fraction) from error
        done.absorb(m)
        state = _stocks(m, t + 1)
        if progress:
            progress("solving", n + 1, len(run))
    return done


def _ends(
    baseline: Solution,
    drivers: Mapping[str, Mapping[object, float]],
    targets: Sequence[Target],
    origin: Solution,
    years: Sequence[int],
) -> tuple[Values, Values]:
    """Values of what is fixed and moved: at the baseline, and in the run."""
    begin: Values = {}
    goal: Values = {}
    for name, entries in drivers.items():
        wanted = {k: float(x) for k, x in entries.items() if _year(k) in years}
        goal[name] = wanted
        begin[name] = {k: baseline.values[name][k] for k in wanted}
    for target in targets:
        name = target.swap.target
        entries_at = [k for k in baseline.values[name] if _year(k) in years]
        if target.swap.years is not None:
            entries_at = [k for k in entries_at if _year(k) in target.swap.years]
        begin[name] = {k: baseline.values[name][k] for k in entries_at}
        goal[name] = {
            k: origin.values[name][k] + float(target.change.get(_year(k), 0.0)) for k in entries_at
        }
    return begin, goal


_STOCKS = ("capital", "compute_capacity")


def _stocks(m: pyo.ConcreteModel, year: int) -> Values:
    return {
        n: {k: v.value for k, v in m.component(n).items() if _year(k) == year} for n in _STOCKS
    }


def _shift(values: Values, old: int, new: int) -> Values:
    """Last year's solution as the first guess of this year."""
    out: Values = {}
    for name, entries in values.items():
        out[name] = {
            ((*k[:-1], new) if isinstance(k, tuple) else new): x
            for k, x in entries.items()
            if _year(k) == old
        }
    return out


def _year(index: object) -> int:
    last = index[-1] if isinstance(index, tuple) else index
    if not isinstance(last, int):
        raise ModelError(f"index {index!r} carries no year")
    return last
