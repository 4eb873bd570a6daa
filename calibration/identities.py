"""Every identity that a benchmark must satisfy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engels.calibration.benchmark import Benchmark
from engels.calibration.sam import build_sam, check_sam
from engels.data import EngelsInputError

Array = NDArray[np.float64]

TOLERANCE = 1e-10  # of GDP


def row_gaps(benchmark: Benchmark) -> Array:
    """Supply minus use of each good, N; the AI sector's row is its sales to users."""
    b = benchmark
    compute = b.compute
    supply = b.output - b.exports + b.imports
    chip, ai = b.index(b.chip_sector), b.index(b.ai)
    supply[chip] += compute.components_imported - compute.chips_domestic
    use = b.intermediate.sum(axis=1) + b.consumption.sum(axis=1) + b.government + b.investment
    use += b.inventory + compute.operation + compute.other
    use[ai] += b.ai_purchases.sum()
    return supply - use


def column_gaps(benchmark: Benchmark) -> Array:
    """Output minus cost of each sector, N."""
    b = benchmark
    cost = b.intermediate.sum(axis=0) + b.ai_purchases.sum(axis=1) + b.labour.sum(axis=1)
    cost += b.capital + b.production_tax
    cost[b.index(b.ai)] += b.compute.rent + b.compute.operation.sum()
    return b.output - cost


def gdp_by_expenditure(benchmark: Benchmark) -> float:
    """Consumption, government, all investment, inventory change and net exports."""
    b = benchmark
    c = b.compute
    investment = b.investment.sum() + c.chips_domestic + c.chips_imported + c.other.sum()
    imports = b.imports.sum() + c.chips_imported + c.components_imported
    return float(
        b.consumption.sum()
        + b.government.sum()
        + investment
        + b.inventory.sum()
        + b.exports.sum()
        - imports
    )


def net_return(benchmark: Benchmark) -> float:
    """Average net return on ordinary capital, per year."""
    b = benchmark
    worn = (b.depreciation * b.capital_stock).sum()
    return float((b.capital.sum() - worn) / b.capital_stock.sum())


def net_growth(benchmark: Benchmark) -> float:
    """Net growth of the ordinary capital stock in the base year, per year."""
    b = benchmark
    worn = (b.depreciation * b.capital_stock).sum()
    return float((b.investment.sum() - worn) / b.capital_stock.sum())


def check_benchmark(benchmark: Benchmark, tolerance: float = TOLERANCE) -> None:
    """Check rows, columns, GDP, returns, shares, signs and the SAM.

    Raises
    ------
    EngelsInputError
        Naming what does not hold, where, and by how much (gaps are relative to GDP).
    """
    b = benchmark
    gdp = b.gdp
    for name, gaps in (("row", row_gaps(b)), ("column", column_gaps(b))):
        worst = int(np.abs(gaps).argmax())
        if not abs(gaps[worst]) <= tolerance * gdp:
            raise EngelsInputError(
                f"benchmark {b.name}, {name} {b.sectors[worst]}",
                f"does not close, gap {gaps[worst] / gdp:.3g} of GDP",
                f"at most {tolerance:g}",
            )
    compute = b.compute
    spending = compute.chips_domestic + compute.chips_imported + compute.other.sum()
    gaps_named = {
        "GDP by income and by expenditure": gdp - gdp_by_expenditure(b),
        "compute's net return and the economy's": compute.rent
        - (net_return(b) + compute.depreciation) * compute.stock,
        "compute's growth and the economy's": spending
        - (net_growth(b) + compute.depreciation) * compute.stock,
    }
    for name, gap in gaps_named.items():
        if not abs(gap) <= tolerance * gdp:
            raise EngelsInputError(
                f"benchmark {b.name}",
                f"{name} differ by {gap / gdp:.3g} of GDP",
                f"at most {tolerance:g}",
            )
    _check_shares(b)
    _check_signs(b)
    check_sam(build_sam(b), tolerance)


def _check_shares(b: Benchmark) -> None:
    shares = {f"labour_owner, {s}": b.labour_owner[i] for i, s in enumerate(b.skills)}
    shares |= {"capital_owner": b.capital_owner, "transfer_owner": b.transfer_owner}
    shares["quota_rent_owner"] = np.array(list(b.quota_rent_owner.values()))
    for name, values in shares.items():
        if abs(values.sum() - 1.0) > TOLERANCE or (values < 0.0).any():
            raise EngelsInputError(
                f"benchmark {b.name}, {name}", f"shares {values}", "non-negative, summing to one"
            )


def _check_signs(b: Benchmark) -> None:
    """Refuse what no CES share can be: negative flows, sectors without home sales or capital."""
    others = np.arange(len(b.sectors)) != b.index(b.ai)
    chips = np.zeros(len(b.sectors))
    chips[b.index(b.chip_sector)] = b.compute.chips_domestic
    positive = {
        "output": b.output,
        "home sales": b.output - b.exports - chips,
        "compensation": b.labour.sum(axis=1),
        "persons": b.persons.sum(axis=1),
        "capital income": np.where(others, b.capital, 1.0),
        "capital stock": np.where(others, b.capital_stock, 1.0),
        "depreciation": b.depreciation,
        "AI purchases": np.where(others, b.ai_purchases.sum(axis=1), 1.0),
        "exposure": b.exposure.min(axis=1),
        "1 - exposure": 1.0 - b.exposure.max(axis=1),
    }
    not_negative = {
        "intermediate use": b.intermediate.min(axis=1),
        "labour": b.labour.min(axis=1),
        "consumption": b.consumption.min(axis=1),
        "government": b.government,
        "investment": b.investment,
        "exports": b.exports,
        "imports": b.imports,
    }
    for strict, fields in ((True, positive), (False, not_negative)):
        for name, values in fields.items():
            bad = values <= 0.0 if strict else values < 0.0
            if bad.any():
                worst = int(bad.argmax())
                raise EngelsInputError(
                    f"benchmark {b.name}, sector {b.sectors[worst]}",
                    f"{name} is {values[worst]:.6g}",
                    "it must be positive" if strict else "it must not be negative",
                )
