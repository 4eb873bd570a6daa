"""The benchmark in one table."""

from __future__ import annotations

import pandas as pd

from engels.calibration.benchmark import Benchmark


def describe(benchmark: Benchmark) -> pd.DataFrame:
    """One row for each sector: what the benchmark says about it.

    Columns: label (English), output, value_added (with production tax), labour_share (of value
    added net of production tax), intensity, ai_cost_share (AI purchases over output),
    capital_stock (compute's for the AI sector), gross_return, net_return, exposure (mean over
    skills, by compensation), persons. Trillion yuan, million persons.
    """
    b = benchmark
    ai = b.index(b.ai)
    profit, stock, depreciation = b.capital.copy(), b.capital_stock.copy(), b.depreciation.copy()
    profit[ai] += b.compute.rent
    stock[ai] = b.compute.stock
    depreciation[ai] = b.compute.depreciation
    wages = b.labour.sum(axis=1)
    gross = profit / stock
    return pd.DataFrame(
        {
            "label": [b.labels[sector]["en"] for sector in b.sectors],
            "output": b.output,
            "value_added": wages + profit + b.production_tax,
            "labour_share": b.labour_share,
            "intensity": [b.intensity[sector] for sector in b.sectors],
            "ai_cost_share": b.ai_purchases.sum(axis=1) / b.output,
            "capital_stock": stock,
            "gross_return": gross,
            "net_return": gross - depreciation,
            "exposure": (b.exposure * b.labour).sum(axis=1) / wages,
            "persons": b.persons.sum(axis=1),
        },
        index=pd.Index(b.sectors, name="sector"),
    )
