"""From an input-output table to accounts with an AI sector and a compute account.

All arrays are at the table's own sectors until :mod:`engels.calibration.aggregate` sums them, so
that totals do not depend on the aggregation. Units: trillion yuan, million persons.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engels.calibration.benchmark import Compute
from engels.calibration.mapping import Roles
from engels.calibration.parameters import Parameters
from engels.data import EngelsInputError, IOTable

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Accounts:
    """Flows and stocks at the table's sectors; the fields are those of ``Benchmark``.

    Row: ``output - exports + imports = intermediate.sum(1) + consumption.sum(1) + government +
    investment + inventory`` before compute is carved out. Column: ``output = intermediate.sum(0) +
    ai_purchases.sum(1) + labour.sum(1) + capital + production_tax`` (for AI also compute's cost).
    """

    codes: tuple[str, ...]
    output: Array
    intermediate: Array
    ai_purchases: Array
    labour: Array
    capital: Array
    production_tax: Array
    table_depreciation: Array  # as in the table, the key to sector capital stocks
    consumption: Array
    government: Array
    investment: Array
    inventory: Array
    exports: Array
    imports: Array
    persons: Array
    rent: float = 0.0
    operation: Array = field(default_factory=lambda: np.zeros(0))
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def gdp(self) -> float:
        """GDP by income."""
        incomes = self.labour.sum() + self.capital.sum() + self.production_tax.sum()
        return float(incomes + self.rent)


@dataclass(frozen=True)
class Returns:
    """What the stocks imply: see :func:`carve_compute`."""

    capital: float  # ordinary capital stock
    average: float  # r0, net return on capital
    growth: float  # g0, net growth of capital


def from_table(
    table: IOTable, skill_pay: Array, persons: Array, parameters: Parameters
) -> Accounts:
    """Accounts of a table, closed exactly.

    Rules, each reported in ``notes``:

    - flows below ``table.small_flow`` become zero; intermediate ones are added to the largest input
      of their column, so that value added does not move;
    - what a row then lacks (with the publisher's error column and rounding) is inventory change,
      what rounding leaves of a column is operating surplus;
    - a loss so large that gross capital income is not positive is booked as a subsidy (a lower
      production tax), up to an operating surplus of zero.

    Parameters
    ----------
    skill_pay
        N x S, share of each skill in the sector's compensation (rows sum to one).
    persons
        N x S, million.
    """
    small = parameters.number("table.small_flow")
    intermediate, dropped = _without_tiny(table.intermediate.to_numpy(dtype=float), small)
    imports, dropped_imports = _without_tiny(table.imports.to_numpy(dtype=float), small)
    exports, dropped_exports = _without_tiny(table.final["exports"].to_numpy(dtype=float), small)
    columns = np.arange(intermediate.shape[1])
    intermediate[intermediate.argmax(axis=0), columns] += dropped.sum(axis=0)
    final = table.final
    consumption = final[["rural", "urban"]].to_numpy(dtype=float)
    government = final["government"].to_numpy(dtype=float)
    investment = final["gfcf"].to_numpy(dtype=float)
    output = table.output.to_numpy(dtype=float)
    demand = intermediate.sum(axis=1) + consumption.sum(axis=1) + government + investment
    inventory = output - exports + imports - demand

    compensation = table.value_added.loc["labour"].to_numpy(dtype=float)
    tax = table.value_added.loc["production_tax"].to_numpy(dtype=float)
    depreciation = table.value_added.loc["depreciation"].to_numpy(dtype=float)
    capital = output - intermediate.sum(axis=0) - compensation - tax
    loss = np.where(capital <= 0.0, depreciation - capital, 0.0)
    capital, tax = capital + loss, tax - loss

    moved = inventory - final["inventory"].to_numpy(dtype=float)
    error = table.error.to_numpy(dtype=float)
    notes = {
        "residuals": (
            f"moved into inventory change: {np.abs(moved).max():.3g} trillion yuan at most, "
            f"of which the table's error column {np.abs(error).max():.3g}; "
            f"flows below {small:g} set to zero: "
            f"{dropped.sum() + dropped_imports.sum() + dropped_exports.sum():.3g} in all"
        ),
        "losses": (
            "booked as subsidies: "
            + (
                ", ".join(
                    f"{code} {amount:.4f}"
                    for code, amount in zip(table.codes, loss, strict=True)
                    if amount
                )
                or "none"
            )
        ),
    }
    accounts = Accounts(
        codes=table.codes,
        output=output,
        intermediate=intermediate,
        ai_purchases=np.zeros_like(skill_pay),
        labour=compensation[:, None] * skill_pay,
        capital=capital,
        production_tax=tax,
        table_depreciation=depreciation,
        consumption=consumption,
        government=government,
        investment=investment,
        inventory=inventory,
        exports=exports,
        imports=imports,
        persons=persons,
        operation=np.zeros_like(output),
        notes=notes,
    )
    where = f"table of {table.year}"
    for name, values in (
        ("compensation", compensation),
        ("capital income", capital),
        ("home sales (output - exports)", output - exports),
    ):
        require(table.codes, name, values, where)
    for name, total in (
        ("compensation", compensation.sum()),
        ("depreciation", depreciation.sum()),
        ("consumption of rural households", consumption[:, 0].sum()),
        ("consumption of urban households", consumption[:, 1].sum()),
        ("government consumption", government.sum()),
        ("gross fixed capital formation", investment.sum()),
    ):
        if total <= 0.0:
            raise EngelsInputError(
                where, f"{name} is {total:.6g} trillion yuan in all", "it must be positive"
            )
    return accounts


def _without_tiny(flow: Array, small: float) -> tuple[Array, Array]:
    """The flow with entries below ``small`` set to zero, and those entries."""
    tiny = np.where(np.abs(flow) < small, flow, 0.0)
    return flow - tiny, tiny


def require(
    codes: tuple[str, ...], name: str, values: Array, where: str, strict: bool = False
) -> None:
    """Refuse a negative (``strict``: non-positive) entry, naming the sector."""
    bad = values <= 0.0 if strict else values < 0.0
    if bad.any():
        position = int(bad.argmax())
        raise EngelsInputError(
            f"{where}, sector {codes[position]}",
            f"{name} is {values[position]:.6g} trillion yuan",
            "it must be positive" if strict else "it must not be negative",
        )


def split_ai(
    accounts: Accounts,
    ai: str,
    sales: float,
    roles: Roles,
    exposure: Array,
    parameters: Parameters,
) -> Accounts:
    """Split AI services out of the information sectors; GDP and every identity stay.

    The AI column is taken out of the information columns: high-skilled labour, rent of compute
    capacity (out of their capital income), electricity, production tax at their rate, and other
    intermediates in their composition. The AI row is taken out of their intermediate use, in
    proportion to that use times the exposure of the user, with their import share and no exports.

    Parameters
    ----------
    sales
        Home output of AI services.
    exposure
        N x S, exposure by user and skill; within a user AI is split over skills in proportion to
        compensation times exposure, over users in proportion to its compensation-weighted mean.

    Raises
    ------
    EngelsInputError
        When an information sector is too small for the AI output asked for.
    """
    n, skills = accounts.labour.shape
    info = [accounts.codes.index(code) for code in roles.information]
    electricity = accounts.codes.index(roles.electricity)
    _require_roles(accounts, roles)
    labour_share = parameters.number("ai.labour_share")
    rent_share = parameters.number("ai.rent_share")
    electricity_share = parameters.number("ai.electricity_share")

    use = accounts.intermediate[info, :].sum(axis=1)
    parts = sales * use / use.sum()  # AI output taken out of each information sector
    power = accounts.intermediate[electricity, info]
    powers = electricity_share * sales * power / power.sum()

    intermediate = np.zeros((n + 1, n + 1))
    intermediate[:n, :n] = accounts.intermediate
    labour = np.vstack([accounts.labour, np.zeros(skills)])
    persons = np.vstack([accounts.persons, np.zeros(skills)])
    capital, tax, depreciation, output, imports = (
        np.append(values, 0.0)
        for values in (
            accounts.capital,
            accounts.production_tax,
            accounts.table_depreciation,
            accounts.output,
            accounts.imports,
        )
    )
    operation = np.zeros(n + 1)
    for k, part, bill in zip(info, parts, powers, strict=True):
        tax_rate = accounts.production_tax[k] / accounts.output[k]
        other = part * (1.0 - labour_share - rent_share - tax_rate) - bill
        if other < 0.0:
            raise EngelsInputError(
                "parameters ai.labour_share, ai.rent_share, ai.electricity_share",
                f"with the production tax they exceed AI output by {-other / part:.3f}",
                "together below 1",
            )
        recipe = accounts.intermediate[:, k].copy()
        recipe[electricity] = 0.0
        column = other * recipe / recipe.sum()
        intermediate[:n, n] += column
        intermediate[:n, k] -= column
        intermediate[electricity, k] -= bill
        operation[electricity] += bill
        paid = labour_share * part
        people = paid * accounts.persons[k, -1] / accounts.labour[k, -1]
        labour[k, -1] -= paid
        labour[n, -1] += paid
        persons[k, -1] -= people
        persons[n, -1] += people
        depreciation[k] *= 1.0 - rent_share * part / capital[k]
        capital[k] -= rent_share * part
        tax[k] -= tax_rate * part
        tax[n] += tax_rate * part
        output[k] -= part
        output[n] += part

    # Row: who buys AI. The AI sector itself does not.
    # A sector that pays no labour has no task that AI could do, and buys none.
    by_skill = accounts.labour * exposure
    tasks, pay = by_skill.sum(axis=1), accounts.labour.sum(axis=1)
    score = tasks / np.where(pay > 0.0, pay, 1.0)
    by_skill /= np.where(tasks > 0.0, tasks, 1.0)[:, None]
    bought = np.zeros(n)
    for k, part in zip(info, parts, strict=True):
        absorption = accounts.output[k] - accounts.exports[k] + accounts.imports[k]
        import_share = accounts.imports[k] / absorption
        imported = part * import_share / (1.0 - import_share)
        weight = intermediate[k, :n] * score
        purchases = (part + imported) * weight / weight.sum()
        bought += purchases
        intermediate[k, :n] -= purchases
        imports[k] -= imported
        imports[n] += imported

    codes = (*accounts.codes, ai)
    where = (
        f"AI services of {sales:.4g} trillion yuan (ai.sales) taken out of sector "
        f"{', '.join(roles.information)}"
    )
    for name, values in (
        ("output", output),
        ("intermediate use", intermediate[: n + 1].min(axis=1)),
        ("imports", imports),
        ("high-skilled compensation", labour[:, -1]),
        ("persons", persons.min(axis=1)),
    ):
        require(codes, name, values, where)
    require(tuple(roles.information), "capital income", capital[info], where, strict=True)
    return replace(
        accounts,
        codes=codes,
        output=output,
        intermediate=intermediate,
        ai_purchases=np.vstack([bought[:, None] * by_skill, np.zeros(skills)]),
        labour=labour,
        capital=capital,
        production_tax=tax,
        table_depreciation=depreciation,
        consumption=np.vstack([accounts.consumption, np.zeros(accounts.consumption.shape[1])]),
        government=np.append(accounts.government, 0.0),
        investment=np.append(accounts.investment, 0.0),
        inventory=np.append(accounts.inventory, 0.0),
        exports=np.append(accounts.exports, 0.0),
        imports=imports,
        persons=persons,
        rent=rent_share * sales,
        operation=operation,
        notes={
            **accounts.notes,
            "ai": (
                f"output {sales:.4f} trillion yuan (ai.sales, {mark(parameters, 'ai.sales')}), "
                "cost structure assumed (section ai of parameters.yaml)"
            ),
        },
    )


def _require_roles(accounts: Accounts, roles: Roles) -> None:
    """The sectors that AI is split out of sell to producers, use electricity and pay for skills."""
    info = [accounts.codes.index(code) for code in roles.information]
    electricity = accounts.codes.index(roles.electricity)
    inputs = accounts.intermediate[:, info].sum(axis=0) - accounts.intermediate[electricity, info]
    for name, values in (
        ("output", accounts.output[info]),
        ("capital income", accounts.capital[info]),
        ("high-skilled compensation", accounts.labour[info, -1]),
        ("intermediate input beside electricity", inputs),
        ("home sales (output - exports)", (accounts.output - accounts.exports)[info]),
    ):
        require(tuple(roles.information), name, values, "role information", strict=True)
    for name, total in (
        ("intermediate use", accounts.intermediate[info, :].sum()),
        ("use of electricity", accounts.intermediate[electricity, info].sum()),
    ):
        if total <= 0.0:
            raise EngelsInputError(
                f"role information, sector {', '.join(roles.information)}",
                f"{name} is {total:.6g} trillion yuan",
                "it must be positive: AI services are split out of it",
            )


def mark(parameters: Parameters, key: str) -> str:
    """The mark of a parameter, for notes."""
    return parameters.entries[key].mark


def carve_compute(
    accounts: Accounts, roles: Roles, parameters: Parameters
) -> tuple[Accounts, Compute, Returns]:
    """Take compute investment out of the chip and construction rows, and the stocks it implies.

    With K the ordinary capital stock, C its gross income, d its average depreciation, F total
    investment and Q the stock of compute::

        K + Q = capital.output_ratio * GDP         r0 = C / K - d
        Q = rent / (r0 + compute.depreciation)     I_Q = (compute.depreciation + g0) Q
        g0 = (F - I_Q) / K - d

    Raises
    ------
    EngelsInputError
        When a row has less investment or imports than compute needs.
    """
    total = parameters.number("capital.output_ratio") * accounts.gdp
    d = parameters.number("capital.depreciation")
    d_compute = parameters.number("compute.depreciation")
    gross, investment_total = accounts.capital.sum(), accounts.investment.sum()
    stock = 0.0
    for _ in range(100):
        r0 = gross / (total - stock) - d
        previous, stock = stock, accounts.rent / (r0 + d_compute)
        if abs(stock - previous) <= 1e-15 * total:
            break
    capital = total - stock
    r0 = gross / capital - d
    stock = accounts.rent / (r0 + d_compute)
    spending = stock * (d_compute + investment_total / capital - d) / (1.0 + stock / capital)
    g0 = (investment_total - spending) / capital - d

    chips_share = parameters.number("compute.chips_share")
    imported = spending * chips_share * parameters.number("compute.imported_share")
    domestic = spending * chips_share - imported
    chip = accounts.codes.index(roles.chips)
    construction = accounts.codes.index(roles.construction)
    investment, imports = accounts.investment.copy(), accounts.imports.copy()
    other = np.zeros_like(investment)
    other[construction] = spending * (1.0 - chips_share)
    investment[chip] -= domestic + imported
    investment -= other
    imports[chip] -= imported
    where = "compute account (parameters compute.*, ai.sales)"
    require(accounts.codes, "investment left", investment, where)
    require(accounts.codes, "imports left", imports, where)
    carved = replace(accounts, investment=investment, imports=imports)
    compute = Compute(
        rent=accounts.rent,
        operation=accounts.operation,
        stock=float(stock),
        depreciation=d_compute,
        chips_domestic=float(domestic),
        chips_imported=float(imported),
        other=other,
        components_imported=0.0,
    )
    return carved, compute, Returns(float(capital), average=float(r0), growth=float(g0))


def separate_components(
    accounts: Accounts, compute: Compute, roles: Roles, same_sector: bool, parameters: Parameters
) -> tuple[Accounts, Compute]:
    """Take imported components out of ``imports``; they are an import variety of their own.

    They are the imports of ``roles.components`` (a share of them where that sector also holds the
    chips). When the aggregation keeps components outside the chip sector (``same_sector`` false),
    they stay ordinary imports and ``components_imported`` is zero.
    """
    if not same_sector:
        note = "components are imported by another sector: components_imported is zero"
        return replace(accounts, notes={**accounts.notes, "components": note}), compute
    position = accounts.codes.index(roles.components)
    mixed = roles.components == roles.chips
    share = parameters.number("compute.components_share") if mixed else 1.0
    # The share is of the sector's imports before the chips for compute were taken out.
    total = accounts.imports[position] + (compute.chips_imported if mixed else 0.0)
    imports = accounts.imports.copy()
    imports[position] -= share * total
    require(accounts.codes, "imports left", imports, "parameter compute.components_share")
    return replace(accounts, imports=imports), replace(
        compute, components_imported=float(share * total)
    )
