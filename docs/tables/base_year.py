"""Tables of the base year: accounts, sectors, stocks, people."""

from __future__ import annotations

import numpy as np

from engels.calibration import calibrate, describe
from engels.data import load_macro
from engels.model.blocks.groups import base_group_income, group_propensity, groups_of
from engels.model.economy.capital import net_growth, net_return
from engels.model.economy.households import base_income, base_lump_sum, base_propensity
from engels.runs.indicators.inequality import gini, theil

from .form import benchmark, by_depreciation, percent, plain, short, signed, table


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
    b, d, other = benchmark(), describe(benchmark()), describe(by_depreciation())
    stock, gross = (d[x].to_dict() for x in ("capital_stock", "gross_return"))
    common, rows = net_return(by_depreciation()), []
    for j, line in other.sort_values("net_return").iterrows():
        delta = b.compute.depreciation if j == b.ai else float(b.depreciation[b.index(str(j))])
        rows.append(
            (
                f"{j} {short(str(line['label']), 40)}",
                plain(stock[j], 2),
                percent(delta),
                percent(gross[j]),
                plain(line["capital_stock"], 2),
                percent(line["net_return"]),
                signed(100 * (line["net_return"] - common), 1),
            )
        )
    heads = (
        "sector",
        "stock, trillion yuan",
        "depreciation, %",
        "gross return, %",
        "stock by depreciation",
        "its net return, %",
        "premium, points",
    )
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


def groups() -> str:
    b = calibrate(overrides={"household_groups.active": 1})
    g = groups_of(b)
    income = base_group_income(b, base_lump_sum(b))
    propensity = group_propensity(b, base_lump_sum(b))
    head = income / g.persons
    rows = [
        (
            name,
            plain(g.persons[k], 1),
            plain(income[k], 2),
            plain(1e3 * head[k], 1),
            percent(g.capital_owner[k]),
            percent(g.ai_owner[k]),
            percent(1 - propensity[k]),
        )
        for k, name in enumerate(g.names)
    ]
    for what, measure in (("Gini", gini), ("Theil", theil)):
        values = (measure(x, g.persons) for x in (head, propensity * head))
        said = ", ".join(plain(float(x), 3) for x in values)
        rows.append((f"**{what} of income, of consumption**", "", "", said, "", "", ""))
    heads = (
        "group",
        "million persons",
        "disposable income, trillion yuan",
        "per head, thousand yuan",
        "% of capital",
        "% of AI and compute",
        "saving rate, %",
    )
    return table(heads, rows)


def oddities() -> str:
    b, d = benchmark(), describe(by_depreciation())
    pwt = load_macro("pwt").pivot_table(index="year", columns="series", values="value")
    ratio = pwt["rnna"] / pwt["rgdpna"]
    in_yuan = pwt["cn"] * pwt["pl_n"] / (pwt["cgdpo"] * pwt["pl_gdpo"])
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
    premium = d["net_return"] - net_return(by_depreciation())
    first, urban = base_propensity(b)
    rows = [
        ("Net return on ordinary capital, r0", percent(net_return(b), 2) + "%", "calibrated"),
        ("Net growth of ordinary capital, g0", percent(net_growth(b), 2) + "%", "calibrated"),
        (
            "Sectors with a negative net return, stocks by depreciation",
            f"{int((d['net_return'] < 0).sum())} of {len(d)}",
            "calibrated",
        ),
        (
            "Sectors with a return premium below zero, the same",
            f"{int((premium < 0).sum())} of {len(d)}",
            "calibrated",
        ),
        (
            "Lowest and highest net return, the same",
            f"{percent(d['net_return'].min())}%, {percent(d['net_return'].max())}%",
            "calibrated",
        ),
        (
            "Saving rate, rural and urban",
            f"{percent(1 - first)}%, {percent(1 - urban)}%",
            "calibrated",
        ),
        ("Capital over GDP, Penn World Table, 2019", plain(ratio[2019], 2), "R"),
        ("The same at national prices", plain(in_yuan[2019], 2), "R"),
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
