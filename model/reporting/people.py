"""What a run reports of the blocks about work, households, firms and policy, where they are on."""

from __future__ import annotations

import math

import numpy as np

from engels.calibration.benchmark import Array, Benchmark
from engels.model.algebra.point import Point
from engels.model.blocks import programmes
from engels.model.blocks.firm_size import firms_of, log_markup, logistic
from engels.model.blocks.work import heads
from engels.model.economy.technology import (
    access_income,
    access_wedge,
    adoption_gap,
    coupons,
    sector_wage,
    training_fees,
    wage_bill,
)
from engels.model.reporting.blocks import Rows, put


def measure_people(rows: Rows, m: Point, b: Benchmark, t: int) -> None:
    """Add the rows of one year."""
    tech = b.technology
    if tech.labour_market:
        _work(rows, m, b, t)
    if tech.household_groups:
        _groups(rows, m, b, t)
    if tech.firm_size:
        _firms(rows, m, b, t)
    if tech.public_finance:
        _policy(rows, m, b, t)


def _work(rows: Rows, m: Point, b: Benchmark, t: int) -> None:
    idle = force = 0.0
    employed = {}
    for s in b.skills:
        found = heads(m, b, s, t)
        idle, force = idle + found["unemployed"], force + found["unemployed"] + found["employed"]
        employed[s] = found["employed"]
        rows["unemployment_rate", "", s, t] = float(m.unemployment[s, t])
        rows["unemployed", "", s, t] = found["unemployed"]
        rows["trained", "", s, t] = found["trained"]
    put(
        rows,
        t,
        unemployment=idle / force,
        labour_force=force,
        polarisation=(employed[b.skills[0]] + employed[b.skills[-1]]) / employed[b.skills[1]],
        training_fees=training_fees(m, b, t, dict.fromkeys(b.skills, 1.0)),
    )
    for j in b.sectors:
        rows["new_tasks", j, "", t] = float(m.reinstated[j, t])
    for j, s in m.jobs:
        mean = float(wage_bill(m, s, t) / m.labour_supply[s, t])
        rows["wage_premium", j, s, t] = float(sector_wage(m, j, s, t)) / mean


def _groups(rows: Rows, m: Point, b: Benchmark, t: int) -> None:
    g = b.technology.household_groups
    assert g is not None
    grown = group_persons(m, b, t)
    for n, name in enumerate(g.names):
        persons = float(grown[n])
        rows["persons_group", "", name, t] = persons
        rows["income_group", "", name, t] = float(m.group_income[name, t])
        rows["consumption_group", "", name, t] = float(m.group_spending[name, t])
    put(rows, t, ai_property_income=m.ai_property_income[t])


def group_persons(m: Point, b: Benchmark, t: int) -> Array:
    """Million persons by group: families follow the labour force of their skill, all grow with employment."""
    g = b.technology.household_groups
    assert g is not None
    n, families = b.path.years.index(t), len(b.households) * len(b.skills)
    found = g.persons.copy()
    if b.technology.labour_market:
        force = [sum(heads(m, b, s, t)[k] for k in ("employed", "unemployed")) for s in b.skills]
        rest = b.technology.labour_market.unemployment
        moved = np.array(force) / (b.persons.sum(axis=0) / (1 - rest))
    else:
        moved = b.path.labour_by_skill[n]
    found[:families] *= np.tile(moved, len(b.households))
    found[:families] *= g.persons[:families].sum() / found[:families].sum()
    return np.asarray(found * b.path.employment[n] / b.path.employment[0])


def _firms(rows: Rows, m: Point, b: Benchmark, t: int) -> None:
    f = firms_of(b)
    total = large = small_work = work = concentration = left = 0.0
    mean = {"adoption_large": 0.0, "adoption_small": 0.0, "markup_large": 0.0}
    for j in m.adopters:
        s, s0 = float(m.large_share[j, t]), float(f.large_share[b.index(j)])
        y = float(m.price_output[j, t] * m.output[j, t])
        hired = float(sum(m.labour[k, q, t] for k, q in m.jobs if k == j))
        by_small = (1 - s) * f.small_labour / (s + (1 - s) * f.small_labour)
        o, ceiling = float(m.adoption_odds[j, t]), float(m.adoption_ceiling[j, t])
        gap = float(adoption_gap(m, b, t))
        total, large, work = total + y, large + s * y, work + hired
        small_work += by_small * hired
        concentration += y * s**2 / f.leaders
        left += y * (1 - (1 - s) / (1 - s0))
        mean["adoption_large"] += y * ceiling * float(logistic(o))
        mean["adoption_small"] += y * ceiling * float(logistic(o - gap))
        mean["markup_large"] += y * float(log_markup(m, b, j, t))
        rows["large_firm_share", j, "", t] = s
    put(
        rows,
        t,
        large_firms=large / total,
        small_firm_employment=small_work / work,
        concentration=concentration / total,
        small_firm_exit=left / total,
        access_wedge=access_wedge(m, b, t),
        access_income=access_income(m, b, t),
        **{name: x / total for name, x in mean.items()},
    )


def _policy(rows: Rows, m: Point, b: Benchmark, t: int) -> None:
    p = programmes.finance_of(b)
    ai = float(m.price_composite[b.ai, t]) * float(sum(m.ai_use[j, u, t] for j, u in m.ai_users))
    put(
        rows,
        t,
        policy_cost=m.policy_cost[t],
        public_debt=m.public_debt[t],
        public_interest=coupons(m, b, t),
        lump_sum_real=m.lump_sum_real[t],
        output_tax=m.output_tax[t],
        ai_subsidy=m.ai_subsidy[t],
        service_subsidy=m.service_subsidy[t],
        basic_income=m.basic_income[t],
        programmes=sum(getattr(m, name)[t] for name in programmes.PROGRAMMES),
        chip_research=math.exp(float(m.chip_research[t])),
        harm=p.harm * float(programmes.harm(m, b, t)) * ai,
    )
