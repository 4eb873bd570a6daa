"""What the baseline is told: growth, employment, investment, trade and sectoral productivity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engels.calibration import published
from engels.calibration.benchmark import BaselinePath
from engels.calibration.factors import SKILLS
from engels.calibration.parameters import Parameters
from engels.data import EngelsInputError

Array = NDArray[np.float64]


def years(base_year: int, last_year: int) -> tuple[int, ...]:
    """Years of the path; the last must leave at least one year after the base year."""
    if last_year <= base_year:
        raise EngelsInputError(
            "last_year", f"{last_year} is not after the base year", f"at least {base_year + 1}"
        )
    return tuple(range(base_year, last_year + 1))


def baseline_path(
    base_year: int,
    last_year: int,
    rates: dict[str, float],
    differential: Array,
    value_added: Array,
    parameters: Parameters,
    stock: float,
    wear: float,
) -> BaselinePath:
    """The path from the base year to ``last_year`` and ``path.years_beyond`` years on.

    Parameters
    ----------
    rates
        The base year's own ``investment`` and ``government`` rates (shares of GDP).
    differential
        N, growth of sectoral TFP over the aggregate, per year.
    value_added
        N, base-year weights with which the differentials average to zero.
    stock, wear
        Ordinary capital over GDP in the base year, years, and its mean depreciation, per year.
    """
    beyond = int(parameters.number("path.years_beyond"))
    # refused by itself, whatever lies beyond
    span = years(base_year, years(base_year, last_year)[-1] + beyond)
    gdp = _gdp(span, parameters)
    persons = _employment(span, parameters)
    investment = _linear(
        span, {base_year: rates["investment"]} | _after(parameters, "path.investment_rate", span)
    )
    run_off = parameters.number("path.inventory_years")
    inventory = np.array([max(0.0, 1.0 - (year - base_year) / run_off) for year in span])
    upgrading = parameters.values("path.skill_upgrading")
    elapsed = np.array(span) - base_year
    closing = parameters.number("capital.premium_closing")
    index = persons / persons[0]
    labour = np.column_stack([index * (1.0 + upgrading[skill]) ** elapsed for skill in SKILLS])
    return BaselinePath(
        years=span,
        beyond=beyond,
        gdp=gdp,
        employment=persons,
        investment_rate=investment,
        government_rate=np.full(len(span), rates["government"]),
        inventory=inventory,
        foreign_saving=gdp.copy(),
        world_demand=gdp.copy(),
        tfp_sector=_tfp(span, differential, value_added, parameters),
        labour_by_skill=labour,
        premia=(1.0 - closing) ** elapsed,
        investment_trend=_investment_trend(gdp, investment, stock, wear),
        notes={
            "gdp": "official growth to 2025 (M; 2025 preliminary), then assumed",
            "employment": "NBS to 2025 (S; before 2020 M), then a path after UN projections (M)",
            "investment_rate": "the table's own rate (D), then assumed",
            "government_rate": "the table's own rate (D), constant (assumed)",
            "inventory": "runs off in a line (assumed)",
            "foreign_saving": "constant ratio to baseline GDP (assumed)",
            "world_demand": "grows as baseline GDP (assumed)",
            "tfp_sector": "differentials by group of sectors (M), fading (assumed)",
            "labour_by_skill": "as employment, with path.skill_upgrading (assumed)",
            "premia": "close at capital.premium_closing a year (assumed)",
            "investment_trend": "follows from GDP, its investment rate and capital, at base-year prices",
        },
    )


def employment(parameters: Parameters) -> dict[int, float]:
    """Known employment by year, million persons."""
    return parameters.years("employment.recalled") | published.employment_total()


def _linear(span: tuple[int, ...], points: dict[int, float]) -> Array:
    """Linear between the given years, constant before the first and after the last."""
    known = sorted(points)
    return np.interp(span, known, [points[year] for year in known])


def _after(parameters: Parameters, key: str, span: tuple[int, ...]) -> dict[int, float]:
    return {year: value for year, value in parameters.years(key).items() if year > span[0]}


def _compound(span: tuple[int, ...], start: float, growth: Array) -> Array:
    """Levels from growth rates; the first rate (of the base year) is not used."""
    return start * np.cumprod(np.concatenate([[1.0], 1.0 + growth[1 : len(span)]]))


def _gdp(span: tuple[int, ...], parameters: Parameters) -> Array:
    projected = _linear(span, parameters.years("path.gdp_growth"))
    official = parameters.years("path.gdp_growth_recalled") | published.official_growth()
    growth = [official.get(year, rate) for year, rate in zip(span, projected, strict=True)]
    return _compound(span, 1.0, np.array(growth))


def _employment(span: tuple[int, ...], parameters: Parameters) -> Array:
    known = employment(parameters)
    steps = parameters.years("path.employment_growth")
    reform = parameters.number("path.retirement_reform")
    reform_years = parameters.values("path.retirement_reform_years")
    level = [known[span[0]]]
    for year in span[1:]:
        if year in known:
            level.append(known[year])
            continue
        rate = [growth for first, growth in steps.items() if first <= year][-1]
        if reform_years["first"] <= year <= reform_years["last"]:
            rate += reform
        level.append(level[-1] * (1.0 + rate))
    return np.array(level)


def _investment_trend(gdp: Array, rate: Array, stock: float, wear: float) -> Array:
    """T, investment over capital less the base year's, where a perpetual inventory of the path leads."""
    invested, found = rate * gdp, np.empty(len(gdp))
    for n, flow in enumerate(invested):
        found[n] = flow / stock
        stock = (1.0 - wear) * stock + flow
    return found - found[0]


def _tfp(
    span: tuple[int, ...], differential: Array, value_added: Array, parameters: Parameters
) -> Array:
    """T x N index, base year 1; each year's differentials average to zero over value added."""
    centred = differential - (differential * value_added).sum() / value_added.sum()
    marks = parameters.values("path.tfp_differential_years")
    fade = np.interp(span, [marks["hold"], max(marks["zero"], marks["hold"] + 1)], [1.0, 0.0])
    growth = fade[:, None] * centred[None, :]
    growth[0] = 0.0
    return np.cumprod(1.0 + growth, axis=0)
