"""The benchmark in one table, and the page that `engels calibrate` prints."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from engels.calibration.benchmark import Benchmark
from engels.calibration.parameters import load_parameters

# Column of describe() -> heading in print and unit.
HEADINGS = {
    "label": ("sector", ""),
    "output": ("output", "tn yuan"),
    "value_added": ("value added", "tn yuan"),
    "labour_share": ("labour share", "of 1"),
    "intensity": ("intensive in", ""),
    "ai_cost_share": ("AI cost", "% of output"),
    "capital_stock": ("capital", "tn yuan"),
    "gross_return": ("gross return", "a year"),
    "net_return": ("net return", "a year"),
    "exposure": ("exposure", "of tasks"),
    "persons": ("persons", "million"),
}
LONGEST_LABEL = 40  # characters in print


def describe(benchmark: Benchmark) -> pd.DataFrame:
    """One row for each sector: what the benchmark says about it.

    Columns: label (English), output, value_added (with production tax), labour_share (of value
    added net of production tax), intensity, ai_cost_share (AI purchases over output),
    capital_stock (compute's for the AI sector), gross_return, net_return, exposure (mean over
    skills, by compensation), persons. Trillion yuan, million persons; shares and returns of one.
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


def report(benchmark: Benchmark, overrides: Mapping[str, object] | None = None) -> list[str]:
    """What `engels calibrate` prints, line by line.

    The table of :func:`describe` with units in its headings, GDP, the ``overrides`` beside the
    values they replaced, and what the numbers rest on.
    """
    table = describe(benchmark)
    table["ai_cost_share"] *= 100.0
    table["label"] = [
        label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
        for label in table["label"]
    ]
    cells = table.map(lambda x: f"{x:,.3f}" if isinstance(x, float) else str(x))
    codes = [str(code) for code in table.index]
    wide = max(len(code) for code in codes)
    columns = [[cell.ljust(wide) for cell in ("", "", *codes)]]
    for name in table.columns:
        heading, unit = HEADINGS[name]
        column = [heading, unit, *cells[name]]
        width = max(len(cell) for cell in column)
        left = name in ("label", "intensity")
        columns.append([cell.ljust(width) if left else cell.rjust(width) for cell in column])
    result = ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]
    b = benchmark
    result += ["", f"GDP of {b.base_year}: {b.gdp:,.3f} trillion yuan"]
    result += changes(overrides or {})
    sources = {**b.sources, **b.path.notes}
    result += [f"{what}: {source}" for what, source in sorted(sources.items())]
    return result


def changes(overrides: Mapping[str, object]) -> list[str]:
    """One line for each parameter that was overridden: value, the published one, unit, range."""
    published, now = load_parameters(), load_parameters(overrides)
    result = []
    for key, entry in now.entries.items():
        before = published.entries[key]
        if entry.choices and entry.value != before.value:
            result.append(f"changed: {key} is {entry.value} (published: {before.value})")
            continue
        old = dict(before.items())
        for item, value in entry.items():
            if value == old[item]:
                continue
            low, high = entry.bounds(item)
            result.append(
                f"changed: {key}{'.' + item if item else ''} is {value:g} {entry.unit} (published: "
                f"{old[item]:g}; range {low:g} to {high:g})"
            )
    given = [f"{key} as published" for key in overrides] if overrides and not result else []
    return result + [f"changed: nothing ({', '.join(given)})"] * bool(given)
