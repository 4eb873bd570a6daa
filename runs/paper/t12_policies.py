"""T12 of the paper: policies at equal budget, their financing, and neutral support."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from engels.calibration.benchmark import PublicFinance
from engels.model.blocks.programmes import path_gdp
from engels.runs.indicators.deviations import engels_pause
from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import (
    FIRST,
    LIFETIME_NOTE,
    NAN,
    Need,
    Series,
    Solved,
    at,
    deviation,
    level,
    lifetime_welfare,
    pause_in_words,
    source,
)
from engels.runs.paper.winners import draw, enough_knowledge, interpolated
from engels.runs.report.page import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    axis_names,
    entitle,
    legend_below,
    new_figure,
)
from engels.runs.store.inputs import RunResult

START = Need("policy_genai")
PRICES = {
    "policy_compute": "Public money for compute",
    "policy_adopters": "Subsidy to adopters",
    "policy_services": "Support for personal services",
    "policy_basic_income": "Basic income",
}
COSTED = {
    "policy_talent": "Training of talent",
    "policy_loans": "Training loans with a contract",
}
ASSUMED = {
    "policy_small_firms": "Aid for small firms",
    "policy_chips": "Research on chips",
    "policy_open_source": "Open-source platforms",
    "policy_standards": "Common standards",
    "policy_flexible_work": "Platforms for flexible work",
    "policy_competition": "Competition policy",
    "policy_data_law": "Law on data and harmful use",
}
FINANCED = {
    "policy_basic_income": "Lump-sum tax",
    "finance_output_tax": "Output tax",
    "finance_ai_tax": "Tax on AI",
    "finance_debt": "Debt to 2035",
}
RETURNED = {"ai_tax_basic_income": "Tax of 10% on AI, paid out per head"}
POLICIES = {**PRICES, **COSTED, **ASSUMED, **FINANCED, **RETURNED}

QUALITIES = (1.0, 1.05, 1.1, 1.2, 1.4, 1.8)
"""Quality of AI reached in 2035, multiples of policy_genai's, at which the economy is solved."""

NODES = {
    x: Need(
        "policy_data_law",
        name=f"policy_quality_{round(100 * x)}",
        shocks=(("ai_productivity", "multiply", ((2025, 1.0), (2035, x))),),
    )
    for x in QUALITIES
}
DRAWS, SEED = 10_000, 2023
POLICY_NEEDS = (START, *(Need(n) for n in POLICIES), *NODES.values())
YEAR = 2035
JOBS = 2
"""Decimals of a million jobs."""


def pause_from_baseline(solved: Solved, run: RunResult) -> int:
    """Years of Engels' pause of a policy run against the baseline, from 2026 on."""
    start = solved.runs[START]
    wage, output = (level(run, v) for v in ("real_wage", "output_per_worker"))
    wage0, output0 = (level(start, v, reference=True) for v in ("real_wage", "output_per_worker"))
    w, y, w0, y0 = (x.to_numpy(dtype=float) for x in (wage, output, wage0, output0))
    paused = engels_pause(w, y, w0, y0, run.pause_threshold)
    return int(paused[np.asarray(wage.index) >= FIRST].sum())


def policy_row(solved: Solved, need: Need) -> dict[str, float]:
    """What a policy does in 2035 (and to GDP in 2050), from policy_genai."""
    run = solved.runs[need]
    cost = at(level(run, "policy_cost"), YEAR)
    jobs = at(level(run, "employment") - level(run, "employment", reference=True), YEAR)
    households = ("rural", "urban")
    return {
        "cost": 1e3 * cost,
        "gdp_2035": at(deviation(run, "gdp_real"), YEAR),
        "gdp_2050": at(deviation(run, "gdp_real"), 2050),
        "labour_share": at(deviation(run, "labour_share"), YEAR),
        "real_wage": at(deviation(run, "real_wage"), YEAR),
        "real_wage_2050": at(deviation(run, "real_wage"), 2050),
        "pause": float(pause_from_baseline(solved, run)),
        "gini": 100 * at(level(run, "gini_consumption"), YEAR)
        - 100 * at(level(run, "gini_consumption", reference=True), YEAR),
        **{f"ev_{h}": lifetime_welfare(run, h) for h in households},
        "ev_year": 1e3 * sum(at(level(run, "welfare_ev", h), YEAR) for h in households),
        "jobs": jobs,
        # where a policy gains no job that the table shows, a job has no price
        "job_cost": 1e3 * cost / jobs if round(jobs, JOBS) > 0 and cost > 0 else NAN,
    }


OUTPUT = (
    Column("cost", "2035", "Cost, bn yuan", 0),
    Column("gdp_2035", "2035", "Real GDP, %", 3, signed=True),
    Column("gdp_2050", "2050", "Real GDP, %", 3, signed=True),
    Column("labour_share", "LS, pp", "2035", 3, signed=True),
    Column("real_wage", "2035", "Real wage, %", 3, signed=True),
    Column("real_wage_2050", "2050", "Real wage, %", 3, signed=True),
    Column("pause", "Pause", "Years", 0),
)
WELFARE = (
    Column("gini", "Gini, pts", "2035", 3, signed=True),
    Column("ev_rural", "Rural", "Lifetime EV, %", 3, signed=True),
    Column("ev_urban", "Urban", "Lifetime EV, %", 3, signed=True),
    Column("ev_year", "2035", "EV, bn yuan", 0, signed=True),
    Column("jobs", "m", "Jobs 2035", JOBS, signed=True),
    Column("job_cost", "k yuan", "Jobs 2035", 0),
)


def winners(solved: Solved) -> pd.DataFrame:
    """Neutral support and a picked winner: GDP in 2035 over the draws, per cent from policy_genai."""
    b = solved.benchmarks[START]
    p = b.technology.public_finance
    assert isinstance(p, PublicFinance)
    spent = at(level(solved.runs[Need("policy_data_law")], "policy_cost"), YEAR)
    units = spent / (p.scale * path_gdp(b, YEAR))
    lottery = draw(units, p.path_gain, p.path_spread, round(p.paths), DRAWS, SEED)
    nodes = np.log(np.array(QUALITIES))
    gdp = [at(deviation(solved.runs[NODES[x]], "gdp_real"), YEAR) for x in QUALITIES]
    rows = {}
    for name, gains in (
        ("Neutral, technologies add up", lottery.together),
        ("Neutral, the best replaces the rest", lottery.rivals),
        ("One picked, blindly", lottery.picked),
        ("One picked, knowing the best", lottery.best),
    ):
        outcomes = interpolated(nodes, gdp, gains)
        rows[name] = {
            "mean": float(outcomes.mean()),
            "sd": float(outcomes.std()),
            "low": float(np.quantile(outcomes, 0.05)),
            "high": float(np.quantile(outcomes, 0.95)),
            "loss": 100 * float((outcomes < 0).mean()),
        }
    table = pd.DataFrame(rows).T
    table.attrs["knowledge"] = [
        100 * enough_knowledge(lottery, x) for x in (lottery.together, lottery.rivals)
    ]
    return table


WINNER_COLUMNS = (
    Column("mean", "Mean", "Real GDP in 2035, %", 3, signed=True),
    Column("sd", "St. dev.", "Real GDP in 2035, %", 3),
    Column("low", "5%", "Real GDP in 2035, %", 3, signed=True),
    Column("high", "95%", "Real GDP in 2035, %", 3, signed=True),
    Column("loss", "Below zero, %", "Draws", 0),
)


def policies(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T12: policies at equal budget."""
    families = {
        title: pd.DataFrame({label: policy_row(solved, Need(n)) for n, label in members.items()}).T
        for title, members in (
            ("Levers that act through prices", PRICES),
            ("Programmes whose effect follows from their cost", COSTED),
            ("Programmes whose effect is assumed", ASSUMED),
            ("Basic income, financed by", FINANCED),
            ("AI taxed and the revenue paid out", RETURNED),
        )
    }
    panels = [
        Panel(title, columns, rows)
        for columns in (OUTPUT, WELFARE)
        for title, rows in families.items()
    ]
    lottery = winners(solved)
    panels.append(Panel("Neutral support against a picked winner", WINNER_COLUMNS, lottery))
    base = solved.runs[START]
    harm = 1e3 * at(-deviation_level(solved.runs[Need("policy_data_law")], "harm"), YEAR)
    notes = [
        "How to read: Every policy of the first four panels costs the same in every year, and those of "
        "the first three are paid by a lump-sum tax. Deviations are from the start of policies, whose pause "
        f"from the baseline lasts {pause_from_baseline(solved, base)} years; {pause_in_words(base)}. "
        "LS is the labour share, EV the equivalent variation, of the year or of a lifetime; jobs are "
        "persons employed, and the last column is the cost of the year over jobs gained in it. The law "
        "lowers the harm of bad tasks, which no other column "
        f"counts, by {harm:.1f} bn yuan. Picking raises quality as much as neutral support does on "
        f"average ({DRAWS:,} draws, seed {SEED}) if the government knows the best technology with a chance "
        f"of {lottery.attrs['knowledge'][0]:.0f}% where technologies add up and of "
        f"{lottery.attrs['knowledge'][1]:.0f}% where they are rivals.",
        f"{LIFETIME_NOTE}. That of the year counts spending out of saving as a gain.",
        "Assumed: What programmes of the third panel do per yuan is assumed (public_finance, with "
        "ranges), and so is the worth of technologies; their order is not a finding.",
        source(solved, [START, *(Need(n) for n in POLICIES)]),
    ]
    return panels, notes


def deviation_level(run: RunResult, variable: str) -> Series:
    """A level less that of the reference."""
    return level(run, variable) - level(run, variable, reference=True)


def draw_policies(solved: Solved) -> Figure:
    """T12: GDP, wages and inequality by policy at equal budget."""
    members = {**PRICES, **COSTED, **ASSUMED}
    colours = [BLUE] * len(PRICES) + [GREEN] * len(COSTED) + [GREY] * len(ASSUMED)
    rows = pd.DataFrame({label: policy_row(solved, Need(n)) for n, label in members.items()}).T
    figure, places = new_figure(4, across=4, height=3.5, share_y=True)
    bars = np.arange(len(rows))[::-1]
    for place, (column, title) in zip(
        places,
        (
            ("gdp_2035", "Real GDP 2035, %"),
            ("gdp_2050", "Real GDP 2050, %"),
            ("real_wage", "Real wage 2035, %"),
            ("gini", "Gini 2035, points"),
        ),
        strict=True,
    ):
        place.barh(bars, rows[column], color=colours)
        place.axvline(0, color=BLACK, linewidth=0.7)
        place.set_title(title)
        place.grid(axis="y", visible=False)
        place.xaxis.set_major_locator(MaxNLocator(3))
        axis_names(place.yaxis, bars, list(rows.index), 0.25)
    kinds = {"Through prices": BLUE, "By cost": GREEN, "By assumption": GREY}
    legend_below(figure, [Patch(color=colour) for colour in kinds.values()], list(kinds))
    entitle(figure, "Policies at equal budget, from the economy that they start from")
    return figure


TABLE = PaperTable(
    "T12",
    "T12-policies",
    "Policies at equal budget: output, wages, inequality, welfare and jobs",
    POLICY_NEEDS,
    policies,
    draw_policies,
    "scriptsize",
    apart=True,
)
