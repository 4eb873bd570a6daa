"""Tables of what is not read off the table of flows: elasticities, exposure, sector map, parameters."""

from __future__ import annotations

from importlib import resources

import pandas as pd

from engels.calibration import exposure as exposed
from engels.calibration.parameters import load_parameters

from .form import benchmark, percent, plain, short, table


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
