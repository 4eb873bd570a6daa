"""T1 of the paper: the calibrated sectors, and the accounts of AI and compute."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from engels.calibration import describe
from engels.calibration.benchmark import Benchmark
from engels.runs.paper.intensity import KIND_COLOURS, KINDS
from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import Series, Solved
from engels.runs.report.page import axis_names, entitle, legend_below, new_figure
from engels.runs.report.point_names import label_points

OF_SECTORS = (
    Column("code", "Code", missing=""),
    Column("output", "tn yuan", "Output", digits=2),
    Column("value_added_share", "%", "Value added", digits=1),
    Column("labour_share", "%", "Labour share", digits=1),
    Column("exposure", "%", "Exposure", digits=1),
    Column("ai_cost_share", "%", "AI cost", digits=3),
)
OF_ACCOUNTS = (Column("value", "Value", digits=1), Column("unit", "Unit"))


def calibration(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T1: sectors by intensity, and the accounts of AI and compute in the base year."""
    b = solved.benchmarks[None]
    about = describe(b)
    total = float(about["value_added"].sum())
    rows = pd.DataFrame(
        {
            "code": list(about.index),
            "output": about["output"],
            "value_added_share": 100 * about["value_added"] / total,
            "labour_share": 100 * about["labour_share"],
            "exposure": 100 * about["exposure"],
            "ai_cost_share": 100 * about["ai_cost_share"],
        }
    )
    panels = []
    for kind in ("capital", "labour"):
        of_kind = (about["intensity"] == kind).to_numpy()
        chosen = rows[of_kind].set_axis(list(about["label"][of_kind]), axis=0)
        weights = about[of_kind]
        wages = weights["labour_share"] * (weights["value_added"] - _tax(b)[of_kind])
        whole = {
            "code": "",
            "output": chosen["output"].sum(),
            "value_added_share": chosen["value_added_share"].sum(),
            "labour_share": 100 * wages.sum() / (weights["value_added"] - _tax(b)[of_kind]).sum(),
            "exposure": 100 * (weights["exposure"] * wages).sum() / wages.sum(),
            "ai_cost_share": 100
            * (weights["ai_cost_share"] * weights["output"]).sum()
            / weights["output"].sum(),
        }
        chosen = pd.concat([chosen, pd.DataFrame(whole, index=[f"All {kind}-intensive"])])
        panels.append(Panel(f"{kind.capitalize()}-intensive sectors", OF_SECTORS, chosen, "Sector"))
    panels.append(Panel("Accounts of AI and compute", OF_ACCOUNTS, _accounts(b), "Item"))
    notes = [
        "How to read: A sector is capital-intensive where its labour share (of value added net of "
        "taxes on production) lies below the median weighted by value added. Exposure is the share of "
        "tasks that AI could do, averaged over skills by pay; AI cost is the share of purchases of AI "
        "services in the value of output. Where it is small, cheaper AI does little by itself, and "
        "much only once AI takes over tasks.",
        "Units: Output in trillion yuan; value added in per cent of the total; accounts as said.",
        f"Source: Calibration to the input-output table of {b.base_year} ({len(b.sectors)} sectors). "
        "The accounts of AI and compute are carved out of it with assumed structures; every number "
        "has its source and mark in calibration/parameters.yaml.",
    ]
    return panels, notes


def _tax(b: Benchmark) -> Series:
    return pd.Series(b.production_tax, index=pd.Index(b.sectors, name="sector"))


def _accounts(b: Benchmark) -> pd.DataFrame:
    """AI sector and compute in the base year."""
    c, ai = b.compute, b.index(b.ai)
    money, share = "billion yuan", "%"
    invested = c.chips_domestic + c.chips_imported + float(c.other.sum())
    capital = float(b.capital[ai] + b.production_tax[ai])
    rows: list[tuple[str, float, str]] = [
        ("Output of AI services", 1000 * float(b.output[ai]), money),
        (" over GDP", 100 * float(b.output[ai]) / b.gdp, share),
        (" wages", 1000 * float(b.labour[ai].sum()), money),
        (" goods", 1000 * float(b.intermediate[:, ai].sum()), money),
        (" compute: rent of capacity", 1000 * c.rent, money),
        (" compute: electricity", 1000 * float(c.operation.sum()), money),
        (" other capital income and taxes", 1000 * capital, money),
        ("AI services bought by sectors", 1000 * float(b.ai_purchases.sum()), money),
        ("Compute capacity", 1000 * c.stock, money),
        (" gross return", 100 * c.rent / c.stock, "% a year"),
        (" depreciation", 100 * c.depreciation, "% a year"),
        ("Compute investment", 1000 * invested, money),
        (" domestic chips", 100 * c.chips_domestic / invested, share),
        (" imported chips", 100 * c.chips_imported / invested, share),
        (" construction and other goods", 100 * float(c.other.sum()) / invested, share),
        ("Chips imported as components", 1000 * c.components_imported, money),
    ]
    return pd.DataFrame(
        {"value": [x for _, x, _ in rows], "unit": [u for _, _, u in rows]},
        index=[name for name, _, _ in rows],
    )


def draw_calibration(solved: Solved) -> Figure:
    """T1: labour share against exposure, and who buys AI services."""
    b = solved.benchmarks[None]
    about = describe(b)
    figure, (left, right) = new_figure(2, across=2, height=3.6, ratios=[1.25, 1])
    x, y = 100 * about["exposure"], 100 * about["labour_share"]
    # areas are in proportion to value added; the smallest can still be seen
    radii = np.clip(4.2 * np.sqrt(about["value_added"]), 1.8, None).to_numpy(dtype=float)
    kinds = about["intensity"].to_numpy()
    for kind, name in KINDS.items():
        of_kind = kinds == kind
        left.scatter(
            x[of_kind],
            y[of_kind],
            s=(2 * radii[of_kind]) ** 2,
            color=KIND_COLOURS[kind],
            alpha=0.75,
            edgecolor="white",
            linewidth=0.6,
            label=f"{name} sectors",
        )
    left.set_xlabel("Exposure, % of tasks")
    left.set_ylabel("Labour share, %")
    left.set_title("Labour share and exposure")
    handles = [
        Line2D([], [], marker="o", linestyle="none", markersize=5, color=KIND_COLOURS[kind])
        for kind in KINDS
    ]
    legend_below(left, handles, [f"{name} sectors" for name in KINDS.values()])
    buyers = about.sort_values("ai_cost_share", ascending=False).head(10).iloc[::-1]
    places = np.arange(len(buyers))
    right.barh(
        places,
        100 * buyers["ai_cost_share"],
        color=[KIND_COLOURS[k] for k in buyers["intensity"]],
    )
    names = [_short(code, name) for code, name in zip(buyers.index, buyers["label"], strict=True)]
    axis_names(right.yaxis, places, names, 0.21)
    right.grid(axis="y", visible=False)
    right.set_xlabel("AI purchases, % of output")
    right.set_title("Largest AI cost shares")
    label_points(left, list(x), list(y), [str(code) for code in about.index], list(radii))
    entitle(figure, f"The base year {b.base_year} by sector; areas are value added")
    return figure


def _short(code: object, label: str) -> str:
    return f"{textwrap.shorten(label, 34, placeholder=' …')} ({code})"


TABLE = PaperTable(
    "T1",
    "T1-calibration",
    "Calibration: sectors, AI and compute in the base year",
    (),
    calibration,
    draw_calibration,
    "scriptsize",
    apart=True,
)
