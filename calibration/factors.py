"""Labour by skill, persons, capital stocks and who owns what, at the table's sectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engels.calibration import published
from engels.calibration.ai_accounts import Accounts, Returns
from engels.calibration.parameters import Parameters, read_yaml
from engels.data import EngelsInputError

Array = NDArray[np.float64]

SKILLS = ("low", "middle", "high")
HOUSEHOLDS = ("rural", "urban")
LOWEST_SAVING = -0.5


def classes(name: str) -> dict[str, str]:
    """A grouping of ``concordances.yaml`` turned around: code of the 42 sectors -> group."""
    groups = read_yaml("concordances.yaml")[name]
    return {code: group for group, codes in groups.items() for code in codes}


@dataclass(frozen=True)
class SkillMix:
    """Structure of labour by sector, from the education data of 2012."""

    pay: Array  # N x S, shares of the sector's compensation
    persons: Array  # N x S, shares of the sector's persons
    rural: Array  # N x S, share of the pay of each skill that goes to rural households
    rural_persons: Array  # N x S, share of the persons of each skill in rural households


def skill_mix(parents: tuple[str, ...]) -> SkillMix:
    """Skill structure of sectors by their parents among the 42.

    Low is junior middle school and below, middle is high school, high is junior college and above.
    The structure is that of 2012: for 2020 no education by industry is at hand.
    """
    schooling = read_yaml("concordances.yaml")["schooling"]
    frame = published.labour_2012()
    frame = frame.assign(skill=frame["education"].map(schooling))
    cube = frame.pivot_table(
        index="sector",
        columns=["region", "skill"],
        values=["persons", "compensation"],
        aggfunc="sum",
    ).loc[list(parents)]

    def cells(measure: str, region: str) -> Array:
        return cube[measure][region][list(SKILLS)].to_numpy(dtype=float)

    pay = cells("compensation", "rural") + cells("compensation", "urban")
    people = cells("persons", "rural") + cells("persons", "urban")
    return SkillMix(
        pay=pay / pay.sum(axis=1, keepdims=True),
        persons=people / people.sum(axis=1, keepdims=True),
        rural=cells("compensation", "rural") / pay,
        rural_persons=cells("persons", "rural") / people,
    )


def persons(
    parents: tuple[str, ...], compensation: Array, mix: SkillMix, total: float, source: str
) -> Array:
    """Persons by sector and skill, N x S, million.

    The structure over the 42 sectors is that of ``source`` (parameter ``employment.source``); finer sectors
    share their parent's persons in proportion to compensation. ``total`` is the employment of the base year.
    """
    known = published.employment_structure(source)
    pay_of: dict[str, float] = {}
    for parent, pay in zip(parents, compensation, strict=True):
        pay_of[parent] = pay_of.get(parent, 0.0) + pay
    # A sector that pays nobody employs nobody: its people work for others by the table's account.
    by_sector = np.array(
        [
            known[p] * pay / pay_of[p] if pay > 0.0 else 0.0
            for p, pay in zip(parents, compensation, strict=True)
        ]
    )
    by_sector *= total / by_sector.sum()
    return by_sector[:, None] * mix.persons


def capital_stocks(
    accounts: Accounts, parents: tuple[str, ...], returns: Returns, parameters: Parameters
) -> tuple[Array, Array]:
    """Stocks and depreciation rates by sector; zero stock for the AI sector.

    Stocks are proportional to the table's depreciation over the rate of the sector's class, rates
    to the class rate; both are scaled to the totals of ``returns`` and the average rate. A share of the
    total (``capital.income_weight``) is spread so that all sectors earn the same net return instead.
    """
    rates = parameters.values("capital.depreciation_class")
    group = classes("depreciation_class")
    rate = np.array([rates[group[parent]] for parent in parents])
    stock = accounts.table_depreciation / rate
    stock *= returns.capital / stock.sum()
    average = parameters.number("capital.depreciation")
    weight = parameters.number("capital.income_weight")
    if weight > 0.0:
        alike = stocks_of_equal_return(accounts.capital, rate, returns.capital, average)
        stock = (1.0 - weight) * stock + weight * alike
    rate *= average * stock.sum() / (rate * stock).sum()
    return stock, rate


def stocks_of_equal_return(income: Array, rate: Array, total: float, average: float) -> Array:
    """Stocks that add up to ``total`` and earn the same net return, by sector.

    Income_j / K_j - s rate_j is the same in all sectors, s such that depreciation is ``average`` over
    the total: K_j = income_j / (r + s rate_j) with r = sum(income) / total - average.

    Raises ``EngelsInputError`` where that return is not positive, or a sector earns less than nothing.
    """
    net = float(income.sum()) / total - average
    if net <= 0.0 or (income < 0.0).any():
        raise EngelsInputError(
            "capital.income_weight",
            f"stocks of equal return need one above zero, and no negative income; it is {net:.4f}, "
            f"the lowest income {income.min():.4g}",
            "a lower capital.output_ratio or capital.depreciation, or a weight of 0",
        )
    # without depreciation the stocks are too large, with the average as the lowest rate not large enough
    high = 2.0 * average / rate.min()
    # loaded here: it takes longer than all else that a calibration loads
    from scipy.optimize import brentq

    scale = brentq(lambda s: (income / (net + s * rate)).sum() - total, 0.0, high, xtol=1e-15)
    return np.asarray(income / (net + scale * rate))


@dataclass(frozen=True)
class Ownership:
    """Who receives what; rows sum to one."""

    labour: Array  # S x H
    capital: Array  # H
    transfer: Array  # H, in proportion to factor income
    saving_rate: Array  # H, of disposable income in the base year


def ownership(accounts: Accounts, mix: SkillMix, parameters: Parameters) -> Ownership:
    """Shares of the households in wages, capital income and the lump-sum tax.

    The lump-sum tax pays what production taxes leave of government consumption. The labour data
    split wages by urban or rural registration, the table splits consumption by residence: migrants
    are on different sides, so the saving rates of the two households are no estimates.
    """
    wages = accounts.labour.sum(axis=0)
    rural = (accounts.labour * mix.rural).sum(axis=0) / wages
    labour = np.column_stack([rural, 1.0 - rural])
    rural_capital = parameters.number("households.capital_rural")
    capital = np.array([rural_capital, 1.0 - rural_capital])
    income = wages @ labour + (accounts.capital.sum() + accounts.rent) * capital
    transfer = income / income.sum()
    tax = accounts.government.sum() - accounts.production_tax.sum()
    disposable = income - tax * transfer
    saving = 1.0 - accounts.consumption.sum(axis=0) / disposable
    for household, rate, left in zip(HOUSEHOLDS, saving, disposable, strict=True):
        if left <= 0.0 or rate < LOWEST_SAVING:
            raise EngelsInputError(
                f"household {household}",
                f"disposable income {left:.4g} trillion yuan leaves a saving rate of {rate:.3f}",
                f"a rate above {LOWEST_SAVING:g}: see parameter households.capital_rural",
            )
    return Ownership(labour, capital, transfer, saving)
