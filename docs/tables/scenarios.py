"""Tables of scenarios, from stored runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engels.calibration import calibrate
from engels.model.economy.trees import AI_MODES
from engels.model.reporting.measures import measured
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.solution import Solution
from engels.model.solving.solve import engine
from engels.runs.indicators import deviations
from engels.runs.paper.runs import FIRST
from engels.runs.scenarios.schema import DEFAULT_MODE

from .form import benchmark, percent, plain, short, signed, table
from .library import (
    AGGREGATED,
    AGGREGATIONS,
    BOTH,
    EXPECTATIONS,
    FORCED,
    LADDER,
    LIBRARY,
    Runs,
    modes_of,
    own_mode,
)


def across(runs: Runs, variable: str, year: int, points: bool = False) -> str:
    rows = []
    for name in LIBRARY:
        cells = [
            signed(runs.change(name, variable, year, mode, e, points=points))
            for e in EXPECTATIONS
            for mode in AI_MODES
        ]
        rows.append((f"`{name}`", runs.reference(name), *cells))
    heads = ("scenario", "against", *(f"{e} {m}" for e in EXPECTATIONS for m in AI_MODES))
    return table(heads, rows)


def pauses(runs: Runs) -> str:
    def said(name: str, mode: str, e: str) -> str:
        if mode not in modes_of(name):
            return "–"
        pause = deviations.pause_of(runs.frame(name, mode, e), name, runs.reference(name))
        spans = [f"{a}–{z}" if a < z else f"{a}" for a, z in deviations.spans(pause.years)]
        size = f" ({plain(pause.depth, 1)}; {plain(pause.loss, 0)})" if spans else ""
        return (", ".join(spans) or "none") + size

    rows = [(f"`{n}`", *(said(n, m, e) for e in EXPECTATIONS for m in AI_MODES)) for n in LIBRARY]
    return table(("scenario", *(f"{e} {m}" for e in EXPECTATIONS for m in AI_MODES)), rows)


def aggregation(runs: Runs) -> str:
    """What the number of sectors does to results."""
    shown = (("gdp_real", 2035), ("gdp_real", 2050), ("real_wage", 2035), ("labour_share", 2035))
    rows = [
        (
            f"`{name}`",
            *(
                signed(runs.change(name, v, y, "", "foresight", a, points=v == "labour_share"), 3)
                for v, y in shown
                for a in AGGREGATIONS
            ),
        )
        for name in AGGREGATED
    ]
    heads = ("GDP 2035, %", "GDP 2050, %", "real wage 2035, %", "labour share 2035, points")
    return table(
        ("scenario", *(f"{head}, {a}" for head in heads for a in AGGREGATIONS)),
        rows,
    )


def prices(runs: Runs) -> str:
    b = benchmark()
    frame = runs.frame("ai_central", DEFAULT_MODE, "foresight")
    before = frame[(frame["scenario"] == "baseline") & (frame["year"] == 2035)]
    cost = before[before["variable"] == "ai_cost_share"].set_index("sector")["value"]
    users = cost.drop(b.ai).sort_values(ascending=False)
    price: dict[str, pd.Series[float]] = {}
    output: dict[str, pd.Series[float]] = {}
    for e in EXPECTATIONS:
        own = deviations.deviations(
            runs.frame("ai_central", DEFAULT_MODE, e), "ai_central", "baseline"
        )
        own = own[own["year"] == 2035]
        for into, variable in ((price, "price_output"), (output, "output")):
            into[e] = own[own["variable"] == variable].set_index("sector")["deviation"]
    rows = []
    for j in [*users.index[:6], *users.index[-6:]]:
        cells = [signed(x[e][j]) for x in (price, output) for e in EXPECTATIONS]
        rows.append((f"{j} {short(b.labels[j]['en'])}", percent(users[j], 2), *cells))
    ranks = [float(users.rank().corr(price[e][users.index].rank())) for e in EXPECTATIONS]
    rows.append(("**rank correlation with the cost share**", "", *map(signed, ranks), "", ""))
    heads = [f"{what}, {e}, %" for what in ("price", "output") for e in EXPECTATIONS]
    return table(("sector", "AI, % of output, baseline", *heads), rows)


def hulten(runs: Runs) -> str:
    rows = []
    for name in ("ai_slow", "ai_central", "ai_moore"):
        for year in (2030, 2035, 2050):
            share = runs.series(name, "ai_income_share", reference=True)[year]
            gain = float(np.log(runs.series(name, "ai_productivity")[year]))
            cells = [signed(runs.change(name, "gdp_real", year, m, "recursive")) for m in AI_MODES]
            rows.append(
                (
                    f"`{name}` {year}",
                    percent(share, 2),
                    plain(np.exp(gain), 1),
                    signed(100 * share * gain),
                    *cells,
                )
            )
    heads = (
        "run",
        "AI over GDP, baseline, %",
        "Z",
        "share × ln Z, %",
        *(f"GDP {m}, recursive, %" for m in AI_MODES),
    )
    return table(heads, rows)


def orders() -> str:
    """Better AI at once, capacity and capital as they were: GDP against AI's cost share."""
    year = FIRST
    shop = Workshop(engine("newton"))
    b = calibrate()
    origin = solve_baseline(b, "tasks", False, year, workshop=shop)

    def figures(s: Solution) -> tuple[float, float]:
        """Real GDP, and what users spend on AI over GDP."""
        rows = measured(s).rows()
        spent = sum(
            rows["ai_cost_share", j, "", year]
            * rows["price_output", j, "", year]
            * rows["output", j, "", year]
            for j in b.sectors
        )
        return rows["gdp_real", "", "", year], spent / rows["gdp_nominal", "", "", year]

    gdp, share = figures(origin)
    lines = []
    for x in (0.001, 0.01, 0.1, 0.5):
        better = {k: z * (1 + x) for k, z in origin.values["ai_productivity"].items() if k == year}
        run = solve_policy(origin, {"ai_productivity": better}, year, workshop=shop)
        gdp_then, share_then = figures(run)
        found = np.log(gdp_then / gdp)
        terms = [share * np.log1p(x), (share + share_then) / 2 * np.log1p(x)]
        lines.append(
            (
                f"{100 * x:g}%",
                percent(share, 4),
                percent(share_then, 4),
                *(signed(100 * term, 4) for term in (*terms, found)),
                *(plain(found / term, 3) for term in terms),
            )
        )
    heads = (
        "AI better by",
        "AI's cost over GDP before, %",
        "after, %",
        "first order, %",
        "second order, %",
        "GDP, %",
        "GDP over first order",
        "GDP over second order",
    )
    return table(heads, lines)


def announcement(runs: Runs) -> str:
    shown = ("gdp_real", "consumption_real", "investment_real", "real_wage")
    rows = []
    for name in ("ai_central", "deep_automation", "lost_reinstatement"):
        for e in EXPECTATIONS:
            for year in (2026, 2035):
                cells = [signed(runs.change(name, v, year, own_mode(name), e)) for v in shown]
                rate = runs.change(name, "interest_rate", year, own_mode(name), e, points=True)
                rows.append((f"`{name}`, {e}, {year}", *cells, signed(rate)))
    return table(
        ("run", "GDP, %", "consumption, %", "investment, %", "real wage, %", "interest, points"),
        rows,
    )


def ladder(runs: Runs) -> str:
    left = {"quota_50": "50%", "quota_25": "25%", "chip_embargo": "10%", "quota_0": "0"}
    rows = []
    for name in LADDER:
        premium = runs.series(name, "chip_premium", group="compute")[2035]
        rows.append(
            (
                f"`{name}`",
                left[name],
                *(signed(runs.change(name, "gdp_real", y), 3) for y in (2030, 2035, 2050)),
                signed(runs.change(name, "compute_used", 2035), 1),
                signed(runs.change(name, "ai_price", 2035), 1),
                plain(100 * premium, 0),
            )
        )
    heads = (
        "run",
        "chips for compute left",
        "GDP 2030, %",
        "2035",
        "2050",
        "compute used 2035, %",
        "price of AI 2035, %",
        "premium 2035, %",
    )
    return table(heads, rows)


def stop(runs: Runs) -> str:
    named = (("chip_stop", "both"), ("stop_components", "components"), ("stop_compute", "compute"))
    shown = ("gdp_real", "consumption_real", "exports_real", "imports_real", "employment")
    rows = []
    for name, what in named:
        for year in (2026, 2030, 2035):
            cells = [signed(runs.change(name, v, year)) for v in shown]
            chip = signed(runs.change(name, "output", year, sector=benchmark().chip_sector), 1)
            rows.append((f"`{name}` ({what}), {year}", *cells, chip))
    heads = (
        "run, foresight",
        "GDP, %",
        "consumption, %",
        "exports, %",
        "imports, %",
        "employment, %",
        "output of sector 20, %",
    )
    return table(heads, rows)


def soso(runs: Runs) -> str:
    shown = ("gdp_real", "consumption_real", "investment_real", "real_wage")
    rows = []
    for name in BOTH:
        price = runs.series(name, "ai_price_effective", reference=True)
        wage = runs.series(name, "real_wage", reference=True)
        effective = wage / wage[2020] / runs.series(name, "labour_efficiency")
        for e in EXPECTATIONS:
            for year in (2035, 2050):
                cells = [signed(runs.change(name, v, year, own_mode(name), e)) for v in shown]
                share = runs.change(name, "labour_share", year, own_mode(name), e, points=True)
                costs = (plain(price[year], 2), plain(effective[year], 2))
                rows.append((f"`{name}`, {e}, {year}", *cells, signed(share), *costs))
    heads = (
        "run",
        "GDP, %",
        "consumption, %",
        "investment, %",
        "real wage, %",
        "labour share, points",
        "AI, cost per effective unit",
        "labour, the same",
    )
    return table(heads, rows)


def labour(runs: Runs) -> str:
    rows = []
    for name in ("ai_central", "deep_automation", "lost_reinstatement", "markup_drift"):
        for mode in AI_MODES:
            within, between = (
                signed(100 * runs.series(name, f"labour_share_{v}", mode)[2035])
                for v in ("within", "between")
            )
            total = signed(runs.change(name, "labour_share", 2035, mode, points=True))
            pay = [
                signed(runs.change(name, "wage", 2035, mode, group=s)) for s in benchmark().skills
            ]
            rows.append((f"`{name}`, {mode}", total, within, between, *pay))
    heads = (
        "run, foresight, 2035",
        "labour share, points",
        "within",
        "between",
        "wage low, %",
        "wage middle, %",
        "wage high, %",
    )
    return table(heads, rows)


def swap(runs: Runs) -> str:
    rows = []
    for e in EXPECTATIONS:
        for mode in FORCED:
            depth = runs.series("labour_share_swap", "automation_depth", mode, e)
            cells = (percent(depth[y]) for y in (2026, 2030, 2035, 2050))
            gdp = signed(runs.change("labour_share_swap", "gdp_real", 2035, mode, e))
            wage = signed(runs.change("labour_share_swap", "real_wage", 2035, mode, e))
            rows.append((f"{e}, {mode}", *cells, gdp, wage))
    heads = (
        "`labour_share_swap`",
        "depth 2026, %",
        "2030",
        "2035",
        "2050",
        "GDP 2035, %",
        "real wage 2035, %",
    )
    return table(heads, rows)


def idle(runs: Runs) -> str:
    years, name = (2025, 2026, 2027, 2028, 2030, 2035, 2050), "sudden_ai"
    rows = []
    for what, variable, scale in (
        ("Compute used, 2025 = 100", "compute_used", 2025),
        ("Compute capacity, 2025 = 100", "compute_capacity", 2025),
        ("Rent, % of capacity a year", "compute_rent", 0),
        ("Compute investment, 2025 = 100", "compute_investment", 2025),
        ("AI services bought, 2025 = 100", "ai_output", 2025),
    ):
        s = runs.series(name, variable, "capital")
        s = 100 * s / (s[scale] if scale else 1.0)
        rows.append((what, *(plain(float(s[y]), 1) for y in years)))
    return table((f"`{name}`, mode capital", *map(str, years)), rows)


def welfare(runs: Runs) -> str:
    rows = []
    for name in LIBRARY:
        cells = [
            signed(100 * float(runs.series(name, "welfare_lifetime_share", group=h).iloc[0]))
            for h in benchmark().households
        ]
        for year in (2026, 2035, 2050):
            for h in benchmark().households:
                ev = runs.series(name, "welfare_ev", group=h)[year]
                spent = runs.series(name, "consumption_household", group=h, reference=True)[year]
                cells.append(signed(100 * ev / spent))
        rows.append((f"`{name}`", *cells))
    heads = [f"{h}, lifetime" for h in benchmark().households]
    heads += [f"{h}, {y}" for y in (2026, 2035, 2050) for h in benchmark().households]
    return table(("EV, % of spending", *heads), rows)
