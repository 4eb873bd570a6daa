"""T7 of the paper: what moves the labour share, and what restores it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from engels.runs.analysis.decompose_run import decompose_run
from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import (
    FIRST,
    LIFETIME_NOTE,
    Need,
    Series,
    Solved,
    at,
    deviation,
    level,
    lifetime_welfare,
    run_labels,
    source,
)
from engels.runs.report.page import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    YELLOW,
    axis_names,
    entitle,
    legend_below,
    new_figure,
)
from engels.runs.store.inputs import RunResult

SHOCKS = {
    "Better AI and its diffusion": ("ai_central", "diffusion_genai"),
    "Deeper automation": ("deep_automation", "labour_share_swap"),
    "Less compute": ("chip_stop",),
    "Market power": ("markup_drift", "labour_share_markup", "firms_genai", "superstars"),
    "Tasks and frictions of labour": ("lost_reinstatement", "work_genai", "no_new_tasks"),
}
"""Runs by family of shocks."""

GIVEN_TAX = Need(
    "ai_tax_basic_income", name="ai_tax_half", shocks=(("ai_tax", "set", ((FIRST, 0.5),)),)
)
"""A tax on AI of half its price, paid out per head: given, because no path of it can be found.

In its own year a tax lowers labour's share of GDP, which counts the revenue; only with time does less
AI raise it. A target in every year has no use for an instrument whose sign turns.
"""

RESTORING = {
    "Support for services": (Need("restore_services"), "service_subsidy", "% of output"),
    "Slower automation": (
        Need("restore_slower_automation"),
        "automation_depth",
        "% of exposed tasks",
    ),
    "Lower markups": (Need("restore_lower_markups"), "markup_common", "% of price over cost"),
    "Tax on AI, paid out": (GIVEN_TAX, "ai_tax", "% of its price"),
}
"""What brings the labour share back: run, instrument, what that is counted in."""

SHARE_NEEDS = (
    *(Need(n) for of in SHOCKS.values() for n in of),
    *(need for need, *_ in RESTORING.values()),
)
SHARE_YEARS = (2035, 2050)
SHARE_PARTS = {"total": "All", "within": "Within", "between": "Between", "outside": "Taxes"}
DEMAND_PARTS = {
    "total": ("Wage\nbill", ("total",)),
    "productivity": ("Output", ("productivity",)),
    "prices": ("Prices,\ntaxes", ("prices", "taxes")),
    "composition": ("Compo-\nsition", ("composition",)),
    "profit": ("Profit", ("profit",)),
    "substitution": ("Substi-\ntution", ("substitution",)),
    "ai": ("AI\nprice", ("ai",)),
    "displacement": ("Dis-\nplaced", ("displacement",)),
    "reinstatement": ("Rein-\nstated", ("reinstatement",)),
}
"""Parts of the wage bill as they are shown: heading, and the parts of the accounting in it."""

DEMAND_YEAR = 2035
TARGET = 0.3
"""Points of GDP by which the restoring runs raise the labour share in 2035."""

HOUSEHOLDS = ("rural", "urban")


def parts_of(solved: Solved, name: str) -> dict[str, Series]:
    """Parts of the labour share (``share_``) and of the wage bill (``demand_``) by year, in hundredths.

    Against the run's reference; parts by sector are summed.
    """
    need = Need(name)
    run = solved.runs[need]
    table = decompose_run(run, solved.benchmarks[need]).table
    table = table[table["against"] == run.reference]
    sums = 100 * table.groupby(["what", "part", "year"])["value"].sum()
    parts_by_name = {f"share_{p}": sums["labour_share", p] for p in SHARE_PARTS}
    for key, (_, parts) in DEMAND_PARTS.items():
        parts_by_name[f"demand_{key}"] = sum(sums["labour_demand", p] for p in parts)
    return parts_by_name


def labour_shares(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T7: what moves the labour share, the parts of the wage bill, and what restores the share."""
    of_share = (
        Column("reference", "From"),
        *(
            Column(f"{part}_{y}", head, str(y), signed=True)
            for y in SHARE_YEARS
            for part, head in SHARE_PARTS.items()
        ),
    )
    of_demand = tuple(Column(f"demand_{k}", h, signed=True) for k, (h, _) in DEMAND_PARTS.items())
    shares, demands = [], []
    words = run_labels(solved, SHARE_NEEDS)
    for family, names in SHOCKS.items():
        parts = {name: parts_of(solved, name) for name in names}
        rows = {
            name: {
                "reference": solved.runs[Need(name)].reference,
                **{
                    f"{p}_{y}": at(parts[name][f"share_{p}"], y)
                    for y in SHARE_YEARS
                    for p in SHARE_PARTS
                },
            }
            for name in names
        }
        shares.append(
            Panel(f"{family}: labour share, points", of_share, _typed(rows), "Run", words)
        )
        wages = {
            n: {f"demand_{k}": at(parts[n][f"demand_{k}"], DEMAND_YEAR) for k in DEMAND_PARTS}
            for n in names
        }
        title = f"{family}: real wage bill in {DEMAND_YEAR}, log change × 100"
        demands.append(Panel(title, of_demand, _typed(wages), "Run", words))
    return [*shares, *demands, restored(solved)], [
        "How to read: A run moves the labour share of GDP by what the column All says; Within are "
        "sectors that pay less (or more) of their value added to labour, Between the weights of "
        "sectors that pay different shares, Taxes what taxes on products take; the three add up. The "
        "second part takes the real wage bill apart as Acemoglu and Restrepo (2019) do: Output would "
        "raise it in proportion; Composition, Profit, Substitution (by wages and rentals) and AI "
        "price are what else moves the share at given tasks; Displaced and Reinstated are sectors "
        "whose task content of labour fell or rose. All parts add up to the wage bill. The third part "
        "has the path of an instrument that puts the share 0.3 points above that of the start of policies "
        "by 2035, and what that costs. Its last row is a tax that is given, not found: in its own year a tax "
        "on AI lowers the share of GDP, which counts the revenue, and raises it only with time.",
        f"Levers: {note_on_levers(solved)}",
        "Units: Labour share in percentage points of GDP; the wage bill in hundredths of a log point (log "
        "change × 100), real by consumer prices. The value of an instrument is what it is beyond the start "
        "of policies, in per cent of what is named: support in per cent of the output of personal services, "
        "automation in per cent of the exposed tasks, markups in per cent of price over cost, the tax in per "
        "cent of the price of AI. Shares, GDP, wage and EV are against the start of policies; EV (both "
        f"households) in trillion yuan of the year. {LIFETIME_NOTE}.",
        source(solved, SHARE_NEEDS),
    ]


def factor_share(run: RunResult) -> Series:
    """Change of labour's share of factor income, which no tax is part of, points."""
    labour, capital = (
        [level(run, v, reference=r) for r in (False, True)]
        for v in ("labour_share", "capital_share")
    )
    share, base = (wages / (wages + rest) for wages, rest in zip(labour, capital, strict=True))
    return 100 * (share - base)


def note_on_levers(solved: Solved) -> str:
    """Which levers raise labour's share of factor income, and which its share of GDP alone."""
    changes = {
        title: at(factor_share(solved.runs[need]), DEMAND_YEAR)
        for title, (need, *_) in RESTORING.items()
    }
    full = [title for title, x in changes.items() if x > TARGET / 2]
    rest = [f"{t} ({x:+.2f})".replace("-", "−") for t, x in changes.items() if x <= TARGET / 2]
    sentence = f"the share of factor income, which leaves taxes out, rises with {', '.join(full)}"
    if rest:
        sentence += f"; with {', '.join(rest)} labour wins of GDP what taxes give up"
    return sentence[0].upper() + sentence[1:] + "."


def restored(solved: Solved) -> Panel:
    """What brings the labour share back, and at what cost."""
    columns = (
        Column("instrument", "", "Instrument in"),
        Column("value_2035", "2035", "Instrument, %", signed=True),
        Column("value_2050", "2050", "Instrument, %", signed=True),
        Column("share_2035", "of GDP", "Share 2035, points", signed=True),
        Column("factor_share_2035", "of factors", "Share 2035, points", signed=True),
        Column("gdp_2035", "2035", "GDP, %", 3, signed=True),
        Column("gdp_2050", "2050", "GDP, %", 3, signed=True),
        Column("wage_2035", "2035", "Real wage, %", signed=True),
        Column("wage_2050", "2050", "Real wage, %", signed=True),
        Column("ev_lifetime", "", "Lifetime EV, %", 3, signed=True),
        Column("ev_2035", "2035", "EV of the year, tn yuan", 3, signed=True),
    )
    rows = {}
    for title, (need, driver, unit) in RESTORING.items():
        run = solved.runs[need]
        value = 100 * (level(run, driver) - level(run, driver, reference=True))
        share, gdp, wage = (deviation(run, v) for v in ("labour_share", "gdp_real", "real_wage"))
        rows[title] = {
            "instrument": unit,
            **{f"value_{y}": at(value, y) for y in SHARE_YEARS},
            "share_2035": at(share, 2035),
            "factor_share_2035": at(factor_share(run), 2035),
            **{f"gdp_{y}": at(gdp, y) for y in SHARE_YEARS},
            **{f"wage_{y}": at(wage, y) for y in SHARE_YEARS},
            "ev_lifetime": lifetime_welfare(run),
            "ev_2035": sum(at(level(run, "welfare_ev", h), 2035) for h in HOUSEHOLDS),
        }
    return Panel("What restores the labour share", columns, _typed(rows), "Lever")


def _typed(rows: Mapping[str, Mapping[str, object]]) -> pd.DataFrame:
    """A table whose columns are numbers but for those of words."""
    return pd.DataFrame(rows).T.infer_objects()


def draw_labour_shares(solved: Solved) -> Figure:
    """T7: the labour share within and between sectors, and the parts of the wage bill, in 2035."""
    names = [name for of in SHOCKS.values() for name in of]
    parts = {name: parts_of(solved, name) for name in names}
    labels = run_labels(solved, SHARE_NEEDS)
    figure, (left, right) = new_figure(2, across=2, height=4.2, ratios=[1, 1.25], share_y=True)
    places = np.arange(len(names))[::-1]
    shown = {
        left: {
            "share_within": ("Within sectors", BLUE),
            "share_between": ("Between sectors", ORANGE),
            "share_outside": ("Taxes", GREY),
        },
        right: {
            "demand_productivity": ("Output", GREEN),
            "demand_prices": ("Prices, taxes", GREY),
            "demand_composition": ("Composition", ORANGE),
            "demand_profit": ("Profit", PURPLE),
            "demand_substitution": ("Substitution", SKY),
            "demand_ai": ("AI price", YELLOW),
            "demand_displacement": ("Displaced", RED),
            "demand_reinstatement": ("Reinstated", BLUE),
        },
    }
    for place, looks in shown.items():
        above, below = np.zeros(len(names)), np.zeros(len(names))
        for key, (title, colour) in looks.items():
            values = np.array([at(parts[n][key], DEMAND_YEAR) for n in names])
            start = np.where(values >= 0, above, below)
            place.barh(places, values, left=start, height=0.6, color=colour, label=title)
            above, below = above + np.clip(values, 0, None), below + np.clip(values, None, 0)
        total = "share_total" if place is left else "demand_total"
        sums = [at(parts[n][total], DEMAND_YEAR) for n in names]
        place.plot(sums, places, "D", color=BLACK, markersize=3.5, label="All")
        place.axvline(0, color=BLACK, linewidth=0.7)
        place.grid(axis="y", visible=False)
        place.use_sticky_edges = False  # bars stick to where they begin, and some begin at the end
        place.margins(x=0.05)
    for place in (left, right):
        axis_names(place.yaxis, places, [labels[n] for n in names], 0.2)
    left.set_title("Labour share of GDP")
    left.set_xlabel("Percentage points")
    right.set_title("Real wage bill")
    right.set_xlabel("Log change × 100")
    for place in (left, right):
        legend_below(place)
    entitle(
        figure,
        f"What moves the labour share, {DEMAND_YEAR}, from what each run starts from",
    )
    return figure


TABLE = PaperTable(
    "T7",
    "T7-labour-share",
    "The labour share: what moves it, and what restores it",
    SHARE_NEEDS,
    labour_shares,
    draw_labour_shares,
    "scriptsize",
    apart=True,
)
