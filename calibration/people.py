"""Parameter sets of the blocks about people and the state: work, household groups, public finance."""

from __future__ import annotations

import numpy as np

from engels.calibration.benchmark import Benchmark, HouseholdGroups, LabourMarket, PublicFinance
from engels.calibration.parameters import Parameters

OWNERS = ("capital owners", "AI owners")
"""Groups that live on property; they belong to the last household of the benchmark (urban)."""


def labour_market(b: Benchmark, parameters: Parameters) -> LabourMarket:
    """The block ``labour_market``; rates per year, training cost in thousand yuan."""
    number = parameters.number
    rates = parameters.values("labour_market.unemployment")
    return LabourMarket(
        unemployment=np.array([rates[s] for s in b.skills]),
        **{
            name: number(f"labour_market.{name}")
            for name in (
                "wage_curve",
                "persistence",
                "adjustment",
                "discouragement",
                "mobility",
                "attachment",
                "training_rate",
                "training_elasticity",
                "training_success",
                "training_quality",
                "training_time",
                "training_cost",
                "training_loss",
                "reinstatement",
                "reinstatement_lag",
                "flexible_wage",
            )
        },
    )


def household_groups(b: Benchmark, parameters: Parameters) -> HouseholdGroups:
    """The block ``household_groups``: families of workers by region and skill, and owners.

    Families of workers share out the population that owners leave in proportion to workers, and own
    their share of property in proportion to wages.
    """
    number = parameters.number
    assert b.workers is not None  # calibrate() has counted them
    skills, regions = len(b.skills), len(b.households)
    names = [f"{h} {s}" for h in b.households for s in b.skills]
    region = [h for h in b.households for _ in b.skills] + [b.households[-1]] * len(OWNERS)
    families = skills * regions
    labour = np.zeros((skills, families + len(OWNERS)))
    for k in range(regions):
        for n in range(skills):
            labour[n, k * skills + n] = b.labour_owner[n, k]
    wages = b.labour.sum(axis=0) @ labour  # by group

    held, ai_held = number("household_groups.worker_capital"), number("household_groups.worker_ai")
    capital, ai = np.zeros(len(wages)), np.zeros(len(wages))
    for k in range(regions):
        mine = slice(k * skills, (k + 1) * skills)
        # of a region whose owners are elsewhere, families own all
        part = held if k == regions - 1 else 1.0
        capital[mine] = part * b.capital_owner[k] * wages[mine] / wages[mine].sum()
    capital[families] = 1 - capital.sum()
    ai[:families] = ai_held * wages[:families] / wages.sum()
    ai[families + 1] = 1 - ai_held

    population = number("household_groups.population")
    shares = parameters.values("household_groups.owners")
    persons = np.zeros(len(wages))
    persons[families] = shares["capital"] * population
    persons[families + 1] = shares["ai"] * population
    workers = b.workers.T.ravel()  # region by region, its skills
    persons[:families] = (population - persons.sum()) * workers / workers.sum()

    income = wages + capital * b.capital.sum() + ai * b.compute.rent
    return HouseholdGroups(
        names=(*names, *OWNERS),
        region=tuple(region),
        labour_owner=labour,
        capital_owner=capital,
        ai_owner=ai,
        transfer_owner=income / income.sum(),
        persons=persons,
        saving_slope=number("household_groups.saving_slope"),
    )


def public_finance(b: Benchmark, parameters: Parameters) -> PublicFinance:
    """The block ``public_finance``; gains are per log unit of a programme."""
    number = parameters.number
    assert b.person_services is not None  # calibrate() has coded them
    return PublicFinance(
        person_services=b.person_services,
        **{
            name: number(f"public_finance.{name}")
            for name in (
                "scale",
                "small_firms",
                "chips",
                "chip_success",
                "chip_frontier",
                "open_source",
                "standards",
                "competition",
                "flexible_work",
                "data_law",
                "contract_success",
                "loan_subsidy",
                "loan_step",
                "bond_rate",
                "bad_tasks",
                "harm",
                "paths",
                "path_gain",
                "path_spread",
            )
        },
    )
