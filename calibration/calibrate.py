"""From a table and the parameters to a :class:`~engels.calibration.benchmark.Benchmark`.

The accounts are made at the table's own sectors and summed at the end, so that GDP, the AI sector
and every total are the same in all aggregations of a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engels.calibration import published, sector_map
from engels.calibration.ai_accounts import (
    Accounts,
    Returns,
    carve_compute,
    from_table,
    mark,
    separate_components,
    split_ai,
)
from engels.calibration.behaviour import average, elasticities
from engels.calibration.benchmark import Benchmark, Composition, Compute, Tasks
from engels.calibration.blocks import technology
from engels.calibration.composition import classify, compose
from engels.calibration.exposure import describe_exposure, exposure
from engels.calibration.factors import (
    HOUSEHOLDS,
    SKILLS,
    Ownership,
    capital_stocks,
    classes,
    ownership,
    persons,
    skill_mix,
)
from engels.calibration.identities import check_benchmark
from engels.calibration.mapping import Aggregation, load_aggregation
from engels.calibration.parameters import Parameters, load_parameters
from engels.calibration.path import baseline_path, employment
from engels.data import EngelsInputError, IOTable, load_table_file, require_gdp, require_list
from engels.data.errors import shown
from engels.data.lists import OURS
from engels.data.table import TABLES

Array = NDArray[np.float64]

REFERENCE_YEAR = 2020  # of ai.sales
NO_PAY = 1e-12  # weight of a skill that a sector does not employ, for means over its members


def calibrate(
    aggregation: str | Path = "43",
    overrides: Mapping[str, object] | None = None,
    last_year: int = 2050,
    table: Path | None = None,
) -> Benchmark:
    """The benchmark of an aggregation.

    Parameters
    ----------
    aggregation
        Name of a mapping of the package (``"5"``, ``"12"``, ``"43"``, ``"153"``, ``"154"``) or the
        path of your own mapping file.
    overrides
        Dotted key of ``parameters.yaml`` -> value, within the parameter's range.
    last_year
        Last year of the baseline path.
    table
        Your own tidy table instead of the mapping's official one. Its sectors must be the
        mapping's, by code and by name (``sectors-<number>.csv`` beside it), and its GDP the
        published one of its year to ``table.gdp_gap``.

    Raises
    ------
    EngelsInputError
        For an unknown aggregation, parameter or year, or a table the accounts cannot be made of.
    """
    parameters = load_parameters(overrides)
    mapping = load_aggregation(aggregation)
    if table is None:
        year, detail = mapping.table.year, mapping.table.detail
        if (year, detail) not in TABLES:
            known = ", ".join(f"{{year: {y}, detail: {d}}}" for y, d in TABLES)
            raise EngelsInputError(
                mapping.where("table"),
                f"no official table of {year} at {shown(detail)[1:-1]} sectors",
                f"one of {known}",
            )
        source = published.official_table(year, detail)
    else:
        source = load_table_file(table)
    mapping.check(source.codes)
    if table is not None:
        _check_table(source, parameters)
    members = _members(source, mapping, parameters)
    benchmark = _aggregate(members, mapping, last_year, parameters)
    check_benchmark(benchmark)
    return benchmark.with_(technology=technology(benchmark, parameters))


def _check_table(table: IOTable, parameters: Parameters) -> None:
    """A user's table is on the list whose labour and capital are known, and in the right unit."""
    detail = next((d for d in OURS if set(table.codes) <= set(published.sectors(d).index)), None)
    if detail is None:
        known = {code for d in OURS for code in published.sectors(d).index}
        code = next((c for c in table.codes if c not in known), table.codes[0])
        raise EngelsInputError(
            f"{table.names_file or table.origin}, sector {code}",
            "not among the official sectors, so nothing is known of its labour and capital",
            "use the codes and names of the 42 or the 153 sectors (data/io/sectors-42.csv)",
        )
    if not table.names_file:
        raise EngelsInputError(
            table.origin,
            f"no sectors-{table.detail}.csv beside it, so the names of its sectors are not known: "
            "codes alone do not tell the list (33 is real estate in 2017 and finance in 2015)",
            "put the list (code,name_en,name_zh) beside the table, as `engels table import` does",
        )
    names = pd.DataFrame(
        {
            "name_en": [table.names_en[code] for code in table.codes],
            "name_zh": [table.names_zh[code] for code in table.codes],
        },
        index=list(table.codes),
    )
    require_list(names, detail, table.names_file)
    require_gdp(
        table.gdp,
        table.year,
        "10,000 yuan",
        table.origin,
        parameters.number("table.gdp_gap"),
        "for an economy that is not all of China set the parameter table.gdp_gap",
    )


@dataclass(frozen=True)
class Members:
    """All that is known at the table's sectors, the AI sector last; see :func:`_members`."""

    table: IOTable
    accounts: Accounts
    compute: Compute
    returns: Returns
    parents: tuple[str, ...]  # code among the 42 sectors that attributes are inherited from
    exposure: Array  # M x S
    capital_stock: Array  # M
    depreciation: Array  # M
    owners: Ownership
    workers: Array  # S x H, million persons
    rates: dict[str, float]  # investment and government consumption over GDP

    @property
    def value_added(self) -> Array:
        """M, net of production tax; compute's rent is capital income of the AI sector."""
        result = self.accounts.labour.sum(axis=1) + self.accounts.capital
        result[-1] += self.accounts.rent
        return np.asarray(result)


def _members(table: IOTable, mapping: Aggregation, parameters: Parameters) -> Members:
    """Accounts, stocks and attributes at the table's sectors."""
    known = employment(parameters)
    if table.year not in known:
        raise EngelsInputError(
            f"base year {table.year}",
            "employment is not known",
            f"a table of {min(known)} to {max(known)}",
        )
    roles = mapping.roles
    parents = _parents(table)
    mix = skill_mix(parents)
    compensation = table.value_added.loc["labour"].to_numpy(dtype=float)
    people = persons(
        parents, compensation, mix, known[table.year], parameters.choice("employment.source")
    )
    accounts = from_table(table, mix.pay, people, parameters)
    rates = {
        "investment": accounts.investment.sum() / accounts.gdp,
        "government": accounts.government.sum() / accounts.gdp,
    }

    sales = parameters.number("ai.sales")
    if table.year != REFERENCE_YEAR:
        sales *= accounts.gdp / published.official_table(REFERENCE_YEAR, "42").gdp
    tasks = exposure(parents, parameters)
    accounts = split_ai(accounts, mapping.ai, sales, roles, tasks, parameters)
    # What is not in the accounts, the AI sector inherits from the (first) information sector.
    heir = table.codes.index(roles.information[0])
    parents = (*parents, parents[heir])

    accounts, compute, returns = carve_compute(accounts, roles, parameters)
    stock, depreciation = capital_stocks(accounts, parents, returns, parameters)
    owners = ownership(accounts, skill_mix(parents), parameters)
    rural = (accounts.persons * skill_mix(parents).rural_persons).sum(axis=0)
    together = mapping.position(roles.components) == mapping.position(roles.chips)
    accounts, compute = separate_components(accounts, compute, roles, together, parameters)
    return Members(
        table=table,
        accounts=accounts,
        compute=compute,
        returns=returns,
        parents=parents,
        exposure=np.vstack([tasks, tasks[heir]]),
        capital_stock=stock,
        depreciation=depreciation,
        owners=owners,
        workers=np.column_stack([rural, accounts.persons.sum(axis=0) - rural]),
        rates=rates,
    )


def _aggregate(
    members: Members, mapping: Aggregation, last_year: int, parameters: Parameters
) -> Benchmark:
    """Sums of flows and stocks, weighted means of the rest, and the path."""
    accounts, owners = members.accounts, members.owners
    a = mapping.matrix(accounts.codes)
    codes = tuple(sector.code for sector in mapping.sectors)
    labour = a @ accounts.labour
    value_added = a @ members.value_added
    _require_activity(accounts, mapping, a)
    labour_share = labour.sum(axis=1) / value_added
    intensity = classify(labour_share, value_added)
    return Benchmark(
        name=mapping.name,
        base_year=members.table.year,
        sectors=codes,
        skills=SKILLS,
        households=HOUSEHOLDS,
        ai=mapping.ai,
        chip_sector=codes[mapping.position(mapping.roles.chips)],
        labels={sector.code: {"en": sector.en, "zh": sector.zh} for sector in mapping.sectors},
        stage=dict(zip(codes, _stages(members, a), strict=True)),
        intensity=dict(zip(codes, intensity, strict=True)),
        labour_share=labour_share,
        output=a @ accounts.output,
        intermediate=a @ accounts.intermediate @ a.T,
        ai_purchases=a @ accounts.ai_purchases,
        labour=labour,
        capital=a @ accounts.capital,
        production_tax=a @ accounts.production_tax,
        consumption=a @ accounts.consumption,
        government=a @ accounts.government,
        investment=a @ accounts.investment,
        inventory=a @ accounts.inventory,
        exports=a @ accounts.exports,
        imports=a @ accounts.imports,
        compute=replace(
            members.compute,
            operation=a @ members.compute.operation,
            other=a @ members.compute.other,
        ),
        capital_stock=a @ members.capital_stock,
        depreciation=average(a, members.depreciation, members.capital_stock, accounts.output),
        persons=a @ accounts.persons,
        labour_owner=owners.labour,
        capital_owner=owners.capital,
        transfer_owner=owners.transfer,
        quota_rent_owner={"urban": 1.0},  # the importers, who are urban firms
        exposure=average(a, members.exposure, np.maximum(accounts.labour, NO_PAY)),
        elasticities=elasticities(accounts, members.parents, a, intensity, parameters),
        tasks=Tasks(**{f.name: parameters.number(f"tasks.{f.name}") for f in fields(Tasks)}),
        path=baseline_path(
            members.table.year,
            last_year,
            members.rates,
            average(a, _tfp_differential(members, parameters), members.value_added),
            value_added,
            parameters,
            stock=float(members.capital_stock.sum() / accounts.gdp),
            wear=float(np.average(members.depreciation, weights=members.capital_stock)),
        ),
        sources=_sources(members, parameters),
        sector_map=sector_map.as_map(
            average(
                a,
                sector_map.by_parent(parameters.choice("sector_map.file"), members.parents),
                accounts.labour.sum(axis=1),
            )
        ),
        workers=members.workers,
        person_services=average(a, _person_services(members), accounts.output),
        composition=_composition(members, mapping.ai, a),
        pause_threshold=parameters.number("reporting.pause_threshold"),
    )


def _require_activity(accounts: Accounts, mapping: Aggregation, aggregator: Array) -> None:
    """Each sector of the model produces, pays labour and capital, and sells at home.

    A sector of the table may have none of it (nobody produces it, or it stands for rent alone); then
    it must go with others.
    """
    made = {
        "output": accounts.output,
        "compensation of labour": accounts.labour.sum(axis=1),
        "capital income": accounts.capital,
        "depreciation": accounts.table_depreciation,
        "home sales (output - exports)": accounts.output - accounts.exports,
    }
    for i, sector in enumerate(mapping.sectors):
        if sector.code == mapping.ai:
            continue
        for name, values in made.items():
            value = float(aggregator[i] @ values)
            # What is left of a difference of large numbers is no capital.
            if value <= 1e-14 * accounts.gdp:
                of = (
                    "" if sector.members == [sector.code] else f" ({', '.join(sector.members[:4])})"
                )
                raise EngelsInputError(
                    f"{mapping.where('sectors', i)}, sector {sector.code}{of}",
                    f"{name} is {value:.6g} trillion yuan; a sector of the model needs some",
                    "put it together with a sector like it, in a mapping file of your own",
                )


def _person_services(members: Members) -> Array:
    """M, one for a sector that serves persons."""
    group = classes("person_services")
    served = np.array([float(p in group) for p in members.parents])
    served[-1] = 0.0
    return served


def _composition(members: Members, ai: str, aggregator: Array) -> Composition:
    """The 42 official sectors and AI that the sectors of the model are made of.

    Sectors of a finer table count by their parents among the 42.
    """
    accounts = members.accounts
    parents = (*members.parents[:-1], ai)
    codes = tuple(dict.fromkeys(parents))
    official = np.array([[float(p == code) for p in parents] for code in codes])
    return compose(
        codes,
        official,
        aggregator,
        {
            "value_added": members.value_added,
            "output": accounts.output,
            "labour": accounts.labour.sum(axis=1),
            "capital": members.capital_stock,
            "imports": accounts.imports,
            "consumption": accounts.consumption.sum(axis=1),
        },
        stage=_stages(members, official),
        care=[
            code for code, kind in classes("person_services").items() if kind == "health_and_care"
        ],
        ai_purchases=accounts.ai_purchases.sum(axis=1),
        government=accounts.government,
    )


def _list_of(table: IOTable) -> str:
    """The list of ours that the table is on: ``"42"`` or ``"153"``."""
    return next(d for d in OURS if set(table.codes) <= set(published.sectors(d).index))


def _parents(table: IOTable) -> tuple[str, ...]:
    """Code among the 42 sectors of each sector of the table."""
    known = published.sectors(_list_of(table))["parent"]
    return tuple(str(known[code]) for code in table.codes)


def _stages(members: Members, aggregator: Array) -> list[str]:
    """Stage of each sector: that of most of its value added; AI services are tertiary."""
    of = published.sectors(_list_of(members.table))["stage"]
    stages = ("primary", "secondary", "tertiary")
    stage = [*(of[code] for code in members.table.codes), "tertiary"]
    member = np.array([[own == each for each in stages] for own in stage])
    sums = aggregator @ (member * members.value_added[:, None])
    return [stages[int(row.argmax())] for row in sums]


def _tfp_differential(members: Members, parameters: Parameters) -> Array:
    """M, growth of each member's TFP over the aggregate, per year."""
    group = classes("tfp_differential")
    rates = parameters.values("path.tfp_differential")
    result = np.array([rates[group[parent]] for parent in members.parents])
    result[-1] = rates["ai"]
    return result


PERSONS_OF = {
    "census": "the census of 2020 (S)",
    "wang-jia-wang": "Wang, Jia and Wang (2021), structure of 2018 (S)",
}


def _sources(members: Members, parameters: Parameters) -> dict[str, str]:
    """What the numbers rest on, for reports."""
    table, returns = members.table, members.returns
    saving = ", ".join(
        f"{name} {rate:.3f}"
        for name, rate in zip(HOUSEHOLDS, members.owners.saving_rate, strict=True)
    )
    return {
        "table": (
            f"the user's file {table.origin}, {table.year}, {len(table.codes)} sectors"
            if table.origin
            else f"National Bureau of Statistics, {table.year}, {table.detail} sectors (S)"
        ),
        **members.accounts.notes,
        "compute": "stock from rent, shares of chips and imports assumed (section compute)",
        "capital": (
            f"capital-output ratio {parameters.number('capital.output_ratio'):g} "
            f"({mark(parameters, 'capital.output_ratio')}), sectors by depreciation; implied net "
            f"return {returns.average:.4f} and net growth {returns.growth:.4f} a year"
        ),
        "labour": (
            f"persons by {PERSONS_OF[parameters.choice('employment.source')]}, skills by the structure "
            "of 2012 (S2)"
        ),
        "ownership": f"wages by the labour data of 2012; saving rates: {saving}",
        "exposure": describe_exposure(parameters),
        "sector map": sector_map.describe_source(parameters.choice("sector_map.file")),
        "elasticities": "ENVISAGE/LINKAGE for trade and consumption (S), see parameters.yaml",
    }
