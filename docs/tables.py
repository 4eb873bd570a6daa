"""The tables and pictures of README.md and docs/*.md, made from the model.

    .venv/bin/python docs/tables.py --solve     solve what the tables need and is not stored yet
    .venv/bin/python docs/tables.py             write tables and pictures from stored runs
    .venv/bin/python docs/tables.py --page replication.md   one page alone, without the pictures

A table stands in a page between ``<!-- table NAME -->`` and ``<!-- end -->``; what is between them is
replaced. Names are the keys of ``CALIBRATED`` (from the calibration alone, in a second), of ``solved``
(from stored runs) and of ``replicated`` (from what `make replicate` stored). Nothing else in a page is
touched.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from engels.calibration import calibrate, describe
from engels.calibration import exposure as exposed
from engels.calibration.benchmark import Benchmark
from engels.calibration.parameters import load_parameters
from engels.data import load_macro
from engels.model.capital import net_growth, net_return
from engels.model.errors import SolveError
from engels.model.households import base_income, base_lump_sum, base_propensity
from engels.replication.library import load_studies
from engels.replication.replicate import CHINA, stored
from engels.replication.report import to_markdown
from engels.runs import measures
from engels.runs.figures import draw_figures
from engels.runs.results import load_run, run_folder, store_run
from engels.runs.scenario import load_scenario, prepare, with_settings
from engels.runs.schema import Scenario
from engels.runs.simulate import simulate

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))
OWN = DOCS / "scenarios"
BLOCK = re.compile(r"(<!-- table ([a-z0-9-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

MODES = ("labour", "capital", "guo")
EXPECTATIONS = ("foresight", "recursive")
LIBRARY = (
    "ai_slow",
    "ai_central",
    "ai_moore",
    "ai_price_drop",
    "chip_tariff",
    "slow_catch_up",
    "datacentre_delay",
    "chip_embargo",
    "compute_relief",
    "chip_stop",
    "deep_automation",
    "labour_share_swap",
    "lost_reinstatement",
    "markup_drift",
)
"""Scenarios of the library with every block of AI as a general-purpose technology off: the runs of the
tables."""
WITH_BLOCKS = (
    "diffusion_electricity",
    "diffusion_it",
    "diffusion_genai",
    "coordination_failure",
    "wait_for_infrastructure",
    "sow_reap",
    "innovation_private",
    "innovation_internalised",
    "open_source",
    "decoupling",
    "new_formats",
    "ideas_search",
    "ideas_access",
    "research_conversion",
    "compute_chain",
    "efficient_compute",
    "power_limit",
    "storage_limit",
    "synthetic_data",
    "chain_embargo",
    "gpt_all",
)
"""The rest of the library; in no table of these pages."""
LADDER = ("quota_50", "quota_25", "chip_embargo", "quota_0")
OF_DOCS = dict.fromkeys(("quota_50", "quota_25", "quota_0"), "labour") | {
    "stop_compute": "labour",
    "stop_components": "labour",
    "so_so_automation": "labour",
    "automation_on_better_ai": "labour",
    "sudden_ai": "capital",
}
"""Scenarios of docs/scenarios, with the AI nest that they are run in."""
BOTH = ("so_so_automation", "automation_on_better_ai")
"""Those of them that are run under both kinds of expectations."""


# --------------------------------------------------------------------------- runs


def wanted() -> list[Scenario]:
    """Every run of the tables, in an order that keeps the solved references of one setting at hand."""
    runs: list[Scenario] = []
    for expectations in EXPECTATIONS:
        for mode in MODES:
            here = ["baseline", *LIBRARY]
            here += [
                str(OWN / f"{n}.yaml")
                for n, m in OF_DOCS.items()
                if m == mode and (expectations == "foresight" or n in BOTH)
            ]
            for name in here:
                chosen = load_scenario(name)
                runs.append(with_settings(chosen, expectations=expectations, ai_mode=mode))
    return runs


class Runs:
    """Stored runs below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.frame = cache(self._frame)

    def place(self, name: str, mode: str, expectations: str) -> Path:
        """Folder of a run."""
        about = {
            "aggregation": "43",
            "scenario": name,
            "ai_mode": mode,
            "expectations": expectations,
        }
        return run_folder(self.folder, about)

    def _frame(self, name: str, mode: str, expectations: str) -> pd.DataFrame:
        return load_run(self.place(name, mode, expectations)).frame

    def solve(self) -> None:
        """Solve and store what is missing, by the fast path."""
        for scenario in wanted():
            about = {**scenario.settings, "scenario": scenario.name}
            if (run_folder(self.folder, about) / "manifest.json").is_file():
                continue
            prepare(scenario)
            print(
                f"solving {scenario.name}, {scenario.ai_mode}, {scenario.expectations}", flush=True
            )
            try:
                store_run(simulate(scenario, solver="newton"), self.folder)
            except SolveError as error:
                print(f"not solved: {error}", file=sys.stderr, flush=True)

    def series(
        self,
        name: str,
        variable: str,
        mode: str = "labour",
        expectations: str = "foresight",
        *,
        sector: str = "",
        group: str = "",
        reference: bool = False,
    ) -> pd.Series[float]:
        """A variable of a run (or of its reference) by year."""
        frame = self.frame(name, mode, expectations)
        known = [str(s) for s in frame["scenario"].unique()]
        own = next(s for s in known if (s == name) != (reference and len(known) > 1))
        return measures.series(frame, own, variable, sector, group)

    def change(
        self, name: str, variable: str, year: int, *settings: str, points: bool = False, **key: str
    ) -> float:
        """Deviation from the reference: per cent, or percentage points."""
        place = {"sector": "", "group": "", **key}
        sector, group = place["sector"], place["group"]
        run = self.series(name, variable, *settings, sector=sector, group=group)[year]
        other = self.series(name, variable, *settings, sector=sector, group=group, reference=True)[
            year
        ]
        return float(100 * (run - other) if points else 100 * (run / other - 1))

    def reference(self, name: str) -> str:
        """What a run is measured from."""
        known = self.frame(name, OF_DOCS.get(name, "labour"), "foresight")["scenario"].unique()
        return str(next((s for s in known if s != name), name))


# --------------------------------------------------------------------------- form


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column to the left, the others to the right."""
    lines = [
        "| " + " | ".join(headings) + " |",
        "|" + "|".join(["---", *["---:"] * (len(headings) - 1)]) + "|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def signed(x: float, digits: int = 2) -> str:
    """A deviation, with its sign; zero and what rounds to it without one."""
    if x != x:
        return "–"
    text = f"{x:+.{digits}f}"
    return f"{0:.{digits}f}" if float(text) == 0 else text.replace("-", "−")


def plain(x: float, digits: int = 3) -> str:
    """A level."""
    if x != x:
        return "–"
    text = f"{x:,.{digits}f}"
    return f"{0:.{digits}f}" if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def percent(x: float, digits: int = 1) -> str:
    """A share as per cent."""
    return plain(100 * x, digits)


# --------------------------------------------------------------------------- calibration


@cache
def benchmark() -> Benchmark:
    """The default benchmark."""
    return calibrate()


def short(label: str, letters: int = 46) -> str:
    """A label that fits a table."""
    return label if len(label) <= letters else label[: letters - 1].rstrip(" ,") + "…"


def accounts() -> str:
    b = benchmark()
    c = b.compute
    invested = c.chips_domestic + c.chips_imported + float(c.other.sum())
    imports = float(b.imports.sum()) + c.chips_imported + c.components_imported
    rows = [
        ("Compensation of employees", b.labour.sum()),
        ("Gross income of ordinary capital (depreciation and operating surplus)", b.capital.sum()),
        ("Rent of compute capacity", c.rent),
        ("Net taxes on production", b.production_tax.sum()),
        ("**GDP by income**", b.gdp),
        ("Household consumption", b.consumption.sum()),
        ("Government consumption", b.government.sum()),
        ("Fixed investment without compute", b.investment.sum()),
        ("Compute investment", invested),
        ("Inventory change", b.inventory.sum()),
        ("Exports", b.exports.sum()),
        ("Imports (chips included)", -imports),
    ]
    return table(
        ("flow", "trillion yuan", "% of GDP"),
        [(what, plain(float(x)), percent(float(x) / b.gdp)) for what, x in rows],
    )


def ai_account() -> str:
    b = benchmark()
    n = b.index(b.ai)
    output = float(b.output[n])
    rows = [
        ("High-skilled labour", b.labour[n].sum()),
        ("Rent of compute capacity", b.compute.rent),
        ("Electricity to run compute", b.compute.operation.sum()),
        ("Other intermediates (mix of the information sector)", b.intermediate[:, n].sum()),
        ("Net taxes on production", b.production_tax[n]),
        ("**Output**", output),
        ("Imports of AI services", b.imports[n]),
        ("Purchases by all sectors", b.ai_purchases.sum()),
    ]
    return table(
        ("AI services, 2020", "trillion yuan", "% of output"),
        [(what, plain(float(x), 4), percent(float(x) / output)) for what, x in rows],
    )


def ai_buyers() -> str:
    b = benchmark()
    bought = b.ai_purchases.sum(axis=1)
    rows = []
    for n in np.argsort(-bought)[:10]:
        share, cost = bought[n] / bought.sum(), bought[n] / b.output[n]
        label = short(b.labels[b.sectors[n]]["en"])
        rows.append(
            (f"{b.sectors[n]} {label}", plain(bought[n], 4), percent(share), percent(cost, 2))
        )
    return table(("buyer", "trillion yuan", "% of all purchases", "% of its output"), rows)


def compute_account() -> str:
    b = benchmark()
    c, chip = b.compute, b.index(b.chip_sector)
    invested = c.chips_domestic + c.chips_imported + float(c.other.sum())
    imports = float(b.imports[chip]) + c.chips_imported + c.components_imported
    rows = [
        ("Capacity Q", plain(c.stock, 4), "rent over (r0 + depreciation)"),
        ("Depreciation a year", percent(c.depreciation), "`compute.depreciation`"),
        ("Investment I_Q", plain(invested, 4), "(depreciation + g0) Q"),
        (
            "– domestic chips",
            plain(c.chips_domestic, 4),
            "`compute.chips_share`, `compute.imported_share`",
        ),
        ("– imported chips", plain(c.chips_imported, 4), "the same"),
        ("– construction", plain(float(c.other.sum()), 4), "the rest"),
        ("Imported components", plain(c.components_imported), "`compute.components_share`"),
        ("All imports of the chip sector", plain(imports), "the table"),
        ("– imported components over GDP", percent(c.components_imported / b.gdp) + "%", ""),
        ("– chips for compute over GDP", percent(c.chips_imported / b.gdp, 3) + "%", ""),
    ]
    return table(("compute, 2020", "trillion yuan", "how"), rows)


def classification() -> str:
    b, d = benchmark(), describe(benchmark())
    rows = []
    for j, line in d.sort_values("labour_share").iterrows():
        rows.append(
            (
                f"{j} {short(str(line['label']))}",
                percent(line["labour_share"]),
                b.intensity[str(j)],
                percent(line["value_added"] / b.gdp),
                percent(line["ai_cost_share"], 2),
                percent(line["exposure"]),
            )
        )
    heads = (
        "sector",
        "labour share, %",
        "class",
        "value added, % of GDP",
        "AI, % of output",
        "exposure, %",
    )
    return table(heads, rows)


def median() -> str:
    b, d = benchmark(), describe(benchmark())
    labour = [j for j in b.sectors if b.intensity[j] == "labour"]
    share = dict(zip(b.sectors, b.labour_share.tolist(), strict=True))
    at = min(labour, key=lambda j: share[j])
    edge, part = share[at], float(d["value_added"][labour].sum()) / b.gdp
    rows = [
        ("Value-added-weighted median labour share", percent(edge) + "%"),
        ("Sector at the median", f"{at} {b.labels[at]['en']}"),
        ("Labour-intensive sectors", f"{len(labour)} of {len(b.sectors)}"),
        ("Their share of GDP", percent(part) + "%"),
    ]
    return table(("classification", "value"), rows)


def stocks() -> str:
    b, d = benchmark(), describe(benchmark())
    r0, rows = net_return(b), []
    for j, line in d.sort_values("net_return").iterrows():
        delta = b.compute.depreciation if j == b.ai else float(b.depreciation[b.index(str(j))])
        rows.append(
            (
                f"{j} {short(str(line['label']), 40)}",
                plain(line["capital_stock"], 2),
                percent(delta),
                percent(line["gross_return"]),
                percent(line["net_return"]),
                signed(100 * (line["net_return"] - r0), 1),
            )
        )
    heads = (
        "sector",
        "stock, trillion yuan",
        "depreciation, %",
        "gross return, %",
        "net return, %",
        "premium, points",
    )
    return table(heads, rows)


def behaviour() -> str:
    b = benchmark()
    e, rows = b.elasticities, []
    for n, j in enumerate(b.sectors):
        rows.append(
            (
                f"{j} {short(b.labels[j]['en'], 40)}",
                plain(float(e.capital_labour[n]), 2),
                plain(float(e.armington[n]), 2),
                *(plain(float(e.income[n, h]), 2) for h in range(len(b.households))),
                *(percent(float(b.exposure[n, s]), 0) for s in range(len(b.skills))),
            )
        )
    heads = (
        "sector",
        "σ capital–labour",
        "σ Armington",
        "η rural",
        "η urban",
        "exposure low, %",
        "middle, %",
        "high, %",
    )
    return table(heads, rows)


def vectors() -> str:
    rows = []
    for name, vector in exposed.VECTORS.items():
        p = load_parameters({"exposure.vector": name, "exposure.skill_profile": "vector"})
        base = exposed.MEASURES[vector.sectors]
        order = pd.Series(exposed.sector_scores(name))
        rows.append(
            (
                f"`{name}`",
                percent(exposed.coverage(name)),
                plain(exposed.level(name, p), 3),
                *(plain(x, 2) for x in exposed.skill_shape(p).values()),
                vector.sectors,
                "1" if name == base else plain(exposed.correlation(name, base), 2),
                str(order.idxmin()),
                str(order.idxmax()),
            )
        )
    heads = (
        "vector",
        "employment with a score, %",
        "level",
        "low",
        "middle",
        "high",
        "sectors from",
        "correlation",
        "least exposed",
        "most exposed",
    )
    return table(heads, rows)


def published() -> str:
    share = exposed.employment_share
    human, machine = "eloundou_human_beta", "eloundou_beta"
    rows = [
        (
            "Frey and Osborne: employment at a probability of 0.7 and more",
            "47",
            percent(share("frey_osborne", 0.7)),
            "",
        ),
        (
            "Eloundou and others: workers with a tenth of their tasks exposed",
            "80",
            percent(share(human, 0.1)),
            percent(share(machine, 0.1)),
        ),
        (
            "Eloundou and others: workers with more than half",
            "19",
            percent(share(human, 0.5, strict=True)),
            percent(share(machine, 0.5, strict=True)),
        ),
    ]
    return table(("share of employment, %", "published", "here", "labels of GPT-4"), rows)


def sector_map() -> str:
    file = resources.files("engels.calibration").joinpath("sector_map.csv")
    with file.open(encoding="utf-8") as text:
        lines = pd.read_csv(text, dtype=str, na_filter=False)
    columns = ("substitution", "upgrading", "new_formats", "cap", "reference")
    rows = [
        (f"{line['sector']} {short(line['name'], 30)}", *(line[c] for c in columns))
        for _, line in lines.iterrows()
    ]
    heads = ("sector", "substitution", "upgrading", "new formats", "cap", "where")
    return table(heads, rows)


def skills() -> str:
    b = benchmark()
    pay, people = b.labour.sum(axis=0), b.persons.sum(axis=0)
    rows = [
        (
            s,
            plain(people[k], 1),
            percent(people[k] / people.sum()),
            percent(pay[k] / pay.sum()),
            plain(1e3 * pay[k] / people[k], 1),
            percent(float(b.labour_owner[k, 0])),
            percent(float((b.exposure[:, k] * b.labour[:, k]).sum() / pay[k])),
        )
        for k, s in enumerate(b.skills)
    ]
    heads = (
        "skill",
        "million persons",
        "% of persons",
        "% of pay",
        "pay, thousand yuan a year",
        "to rural households, %",
        "mean exposure, %",
    )
    return table(heads, rows)


def households() -> str:
    b = benchmark()
    income, tax = base_income(b), b.transfer_owner * base_lump_sum(b)
    spent, propensity = b.consumption.sum(axis=0), base_propensity(b)
    rows = [
        (
            h,
            plain(income[k], 2),
            percent(float(b.capital_owner[k]), 0),
            plain(tax[k], 2),
            plain(spent[k], 2),
            percent(1 - propensity[k]),
        )
        for k, h in enumerate(b.households)
    ]
    heads = (
        "household",
        "factor income",
        "% of property income",
        "lump-sum tax",
        "consumption",
        "saving rate, %",
    )
    return table(heads, rows)


def oddities() -> str:
    b, d = benchmark(), describe(benchmark())
    pwt = load_macro("pwt").pivot_table(index="year", columns="series", values="value")
    ratio = pwt["rnna"] / pwt["rgdpna"]
    implied = (pwt["rnna"][2019] - (1 - pwt["delta"][2018]) * pwt["rnna"][2018]) / pwt["rgdpna"][
        2018
    ]
    national = (1 - pwt["labsh"][2019]) / (pwt["irr"][2019] + pwt["delta"][2019])
    table_rate = float(
        (
            b.investment.sum()
            + b.compute.chips_domestic
            + b.compute.chips_imported
            + b.compute.other.sum()
        )
        / b.gdp
    )
    premium = d["net_return"] - net_return(b)
    first, urban = base_propensity(b)
    rows = [
        ("Net return on ordinary capital, r0", percent(net_return(b), 2) + "%", "calibrated"),
        ("Net growth of ordinary capital, g0", percent(net_growth(b), 2) + "%", "calibrated"),
        (
            "Sectors with a negative net return",
            f"{int((d['net_return'] < 0).sum())} of {len(d)}",
            "calibrated",
        ),
        (
            "Sectors with a return premium below zero",
            f"{int((premium < 0).sum())} of {len(d)}",
            "calibrated",
        ),
        (
            "Lowest and highest net return",
            f"{percent(d['net_return'].min())}%, {percent(d['net_return'].max())}%",
            "calibrated",
        ),
        (
            "Saving rate, rural and urban",
            f"{percent(1 - first)}%, {percent(1 - urban)}%",
            "calibrated",
        ),
        ("Capital over GDP, Penn World Table, 2019", plain(ratio[2019], 2), "R"),
        (
            "Growth of capital there, 2019",
            percent(pwt["rnna"][2019] / pwt["rnna"][2018] - 1) + "%",
            "R",
        ),
        ("Internal rate of return there, 2019", percent(pwt["irr"][2019]) + "%", "S"),
        ("Investment over GDP there, from its stocks, 2018", percent(implied) + "%", "R"),
        ("Investment over GDP in the table, 2020", percent(table_rate) + "%", "D"),
        ("Capital over GDP that gives PWT's own rate of return", plain(national, 2), "R"),
    ]
    return table(("what", "value", "mark"), rows)


def parameters() -> str:
    frame = load_parameters().frame()
    parts, section = [], ""
    for key, line in frame.iterrows():
        head = str(key).split(".")[0]
        if head != section:
            section = head
            parts.append(
                f"\n**{section}**\n\n| key | value | range | unit | mark | source |\n"
                "|---|---:|---:|---|---|---|"
            )
        low, high = (f"{line[c]:g}" for c in ("low", "high"))
        cells = (
            f"`{key}`",
            f"{line['value']:g}",
            f"{low} to {high}",
            line["unit"],
            line["mark"],
            line["source"],
        )
        parts.append("| " + " | ".join(str(c).replace("|", "/") for c in cells) + " |")
    return "\n".join(parts).strip()


def names() -> str:
    named = load_parameters().named().reset_index()
    named["key"] = named["key"].where(~named["key"].duplicated(), "")
    rows = [
        (
            f"`{line['key']}`" if line["key"] else "",
            f"`{line['choice']}`" + (" (default)" if line["chosen"] else ""),
            line["meaning"],
        )
        for line in named.to_dict("records")
    ]
    return table(("key", "name", "meaning"), rows)


CALIBRATED: dict[str, Callable[[], str]] = {
    "accounts": accounts,
    "ai-account": ai_account,
    "ai-buyers": ai_buyers,
    "compute-account": compute_account,
    "classification": classification,
    "median": median,
    "stocks": stocks,
    "behaviour": behaviour,
    "skills": skills,
    "households": households,
    "oddities": oddities,
    "parameters": parameters,
    "names": names,
    "vectors": vectors,
    "published-exposure": published,
    "sector-map": sector_map,
}
"""Tables that follow from the calibration alone."""


# --------------------------------------------------------------------------- solved runs

BASELINE_YEARS = (2020, 2021, 2022, 2023, 2024, 2025, 2030, 2035, 2040, 2045, 2050)


def baseline(runs: Runs, expectations: str) -> str:
    def get(variable: str) -> pd.Series[float]:
        return runs.series("baseline", variable, "labour", expectations)

    def growth(variable: str) -> pd.Series[float]:
        s = get(variable)
        return 100 * (s / s.shift(1) - 1)

    frame = runs.frame("baseline", "labour", expectations)
    capital = frame[frame["variable"] == "capital_stock"].groupby("year")["value"].sum()
    lines: list[tuple[str, pd.Series[float], int]] = [
        ("Real GDP, growth %", growth("gdp_real"), 2),
        ("Employment, growth %", growth("employment"), 2),
        ("Capital, growth %", 100 * (capital / capital.shift(1) - 1), 2),
        ("Total factor productivity, growth %", growth("tfp"), 2),
        ("Labour efficiency, growth %", growth("labour_efficiency"), 2),
        ("Real wage, growth %", growth("real_wage"), 2),
        ("Capital over GDP", capital / get("gdp_real"), 2),
        ("Investment over GDP, %", 100 * get("investment_rate"), 1),
        ("Labour share of GDP, %", 100 * get("labour_share"), 1),
        ("Real interest rate, %", 100 * get("interest_rate"), 2),
    ]
    if expectations == "foresight":
        lines.append(("Euler wedge, factor", get("euler_wedge"), 3))
    else:
        lines.append(("Propensity to consume, 2020 = 1", get("consumption_propensity"), 3))
    lines += [
        ("AI output over GDP, %", 100 * get("ai_income_share"), 2),
        ("Price of AI services, 2020 = 1", get("ai_price"), 3),
    ]
    rows = [
        (what, *(plain(float(s.get(y, np.nan)), digits) for y in BASELINE_YEARS))
        for what, s, digits in lines
    ]
    return table(("baseline", *map(str, BASELINE_YEARS)), rows)


SPANS = ((2020, 2025), (2025, 2030), (2030, 2035), (2035, 2040), (2040, 2050))


def growth_accounts(runs: Runs) -> str:
    def rate(s: pd.Series[float], a: int, z: int) -> float:
        return float(100 * np.log(s[z] / s[a]) / (z - a))

    gdp, people, tfp = (runs.series("baseline", v) for v in ("gdp_real", "employment", "tfp"))
    share = runs.series("baseline", "labour_share")
    rows = []
    for a, z in SPANS:
        y, n, total = rate(gdp, a, z), rate(people, a, z), rate(tfp, a, z)
        work = float(share.loc[a:z].mean()) * n
        rows.append((f"{a}–{z}", *(plain(x, 2) for x in (y, y - total - work, work, total))))
    return table(("years", "GDP, % a year", "capital", "labour", "TFP"), rows)


def structure(runs: Runs) -> str:
    names = ("primary", "secondary", "tertiary", "capital_intensive", "labour_intensive")
    years, rows = (2020, 2025, 2030, 2035, 2050), []
    for what, variable in (
        ("value added", "value_added_group"),
        ("employment", "employment_group"),
    ):
        values = {g: runs.series("baseline", variable, group=g) for g in names}
        total = values["primary"] + values["secondary"] + values["tertiary"]
        for g in names:
            cells = (percent(values[g][y] / total[y]) for y in years)
            rows.append((f"{g.replace('_', '-')}, {what}", *cells))
    return table(("share, %", *map(str, years)), rows)


def across(runs: Runs, variable: str, year: int, points: bool = False) -> str:
    rows = []
    for name in LIBRARY:
        cells = [
            signed(runs.change(name, variable, year, mode, e, points=points))
            for e in EXPECTATIONS
            for mode in MODES
        ]
        rows.append((f"`{name}`", runs.reference(name), *cells))
    heads = ("scenario", "against", *(f"{e} {m}" for e in EXPECTATIONS for m in MODES))
    return table(heads, rows)


def pauses(runs: Runs) -> str:
    def said(name: str, mode: str, e: str) -> str:
        years = measures.pause_years(runs.frame(name, mode, e), name, runs.reference(name))
        spans = [f"{a}–{z}" if a < z else f"{a}" for a, z in measures.spans(years)]
        return ", ".join(spans) or "none"

    rows = [(f"`{n}`", *(said(n, m, e) for e in EXPECTATIONS for m in MODES)) for n in LIBRARY]
    return table(("scenario", *(f"{e} {m}" for e in EXPECTATIONS for m in MODES)), rows)


def prices(runs: Runs) -> str:
    b = benchmark()
    frame = runs.frame("ai_central", "labour", "foresight")
    before = frame[(frame["scenario"] == "baseline") & (frame["year"] == 2035)]
    cost = before[before["variable"] == "ai_cost_share"].set_index("sector")["value"]
    users = cost.drop(b.ai).sort_values(ascending=False)
    price: dict[str, pd.Series[float]] = {}
    output: dict[str, pd.Series[float]] = {}
    for e in EXPECTATIONS:
        own = measures.deviations(runs.frame("ai_central", "labour", e), "ai_central", "baseline")
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
            cells = [signed(runs.change(name, "gdp_real", year, m, "recursive")) for m in MODES]
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
        *(f"GDP {m}, recursive, %" for m in MODES),
    )
    return table(heads, rows)


def announcement(runs: Runs) -> str:
    shown = ("gdp_real", "consumption_real", "investment_real", "real_wage")
    rows = []
    for name in ("ai_central", "deep_automation", "lost_reinstatement"):
        for e in EXPECTATIONS:
            for year in (2026, 2035):
                cells = [signed(runs.change(name, v, year, "labour", e)) for v in shown]
                rate = runs.change(name, "interest_rate", year, "labour", e, points=True)
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
                cells = [signed(runs.change(name, v, year, "labour", e)) for v in shown]
                share = runs.change(name, "labour_share", year, "labour", e, points=True)
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
        for mode in MODES:
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
        for mode in MODES:
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
        cells = []
        for year in (2026, 2035, 2050):
            for h in benchmark().households:
                ev = runs.series(name, "welfare_ev", group=h)[year]
                spent = runs.series(name, "consumption_household", group=h, reference=True)[year]
                cells.append(signed(100 * ev / spent))
        rows.append((f"`{name}`", *cells))
    heads = [f"{h} {y}" for y in (2026, 2035, 2050) for h in benchmark().households]
    return table(("EV, % of consumption", *heads), rows)


def solved(runs: Runs) -> dict[str, Callable[[], str]]:
    """Tables that need stored runs."""
    return {
        "baseline-foresight": lambda: baseline(runs, "foresight"),
        "baseline-recursive": lambda: baseline(runs, "recursive"),
        "growth-accounts": lambda: growth_accounts(runs),
        "baseline-structure": lambda: structure(runs),
        "gdp-2035": lambda: across(runs, "gdp_real", 2035),
        "gdp-2050": lambda: across(runs, "gdp_real", 2050),
        "consumption-2035": lambda: across(runs, "consumption_real", 2035),
        "labour-share-2035": lambda: across(runs, "labour_share", 2035, points=True),
        "wage-2035": lambda: across(runs, "real_wage", 2035),
        "pause": lambda: pauses(runs),
        "prices": lambda: prices(runs),
        "hulten": lambda: hulten(runs),
        "announcement": lambda: announcement(runs),
        "ladder": lambda: ladder(runs),
        "chip-stop": lambda: stop(runs),
        "so-so": lambda: soso(runs),
        "labour": lambda: labour(runs),
        "swap": lambda: swap(runs),
        "idle": lambda: idle(runs),
        "welfare": lambda: welfare(runs),
    }


def replicated(folder: Path) -> dict[str, Callable[[], str]]:
    """Tables of the studies below a folder: ``replication-KEY``, with the China model ``...-china``."""
    stems = [x for study in load_studies() for x in (study.key, f"{study.key}-{CHINA}")]
    return {
        f"replication-{stem.replace('_', '-')}": partial(study_table, folder, stem)
        for stem in stems
    }


def study_table(folder: Path, stem: str) -> str:
    return to_markdown(stored(folder, stem))


PICTURES = {
    "pause": ("labour_share_swap", "pause"),
    "labour-share": ("labour_share_swap", "labour-share"),
    "compute": ("chip_embargo", "compute"),
}
"""Picture of docs/figures -> scenario and figure of `engels figures`."""


def draw(runs: Runs) -> None:
    """The pictures, by the function behind `engels figures`."""
    for picture, (scenario, figure) in PICTURES.items():
        folder = runs.place(scenario, "labour", "foresight")
        draw_figures(load_run(folder), folder / "figures")
        (DOCS / "figures").mkdir(exist_ok=True)
        shutil.copyfile(folder / "figures" / f"{figure}.png", DOCS / "figures" / f"{picture}.png")


def fill(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """``text`` with the tables that are known written anew."""

    def replace(found: re.Match[str]) -> str:
        name = found[2]
        return f"{found[1]}{tables[name]()}\n{found[3]}" if name in tables else found[0]

    return BLOCK.sub(replace, text)


def main() -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--solve", action="store_true", help="solve the runs that are missing")
    parser.add_argument("--page", action="append", help="file name of a page; all by default")
    parser.add_argument("--results", type=Path, default=ROOT / "results", help="folder of the runs")
    chosen = parser.parse_args()
    runs = Runs(chosen.results)
    if chosen.solve:
        runs.solve()
    tables = {**CALIBRATED, **solved(runs), **replicated(ROOT / "replicated")}
    for page in PAGES:
        if chosen.page and page.name not in chosen.page:
            continue
        text = page.read_text(encoding="utf-8")
        page.write_text(fill(text, tables), encoding="utf-8")
    if not chosen.page:
        draw(runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
