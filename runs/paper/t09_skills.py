"""T9 of the paper: skills and polarisation."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from engels.runs.paper.panels import Column, Panel
from engels.runs.paper.paper_table import PaperTable
from engels.runs.paper.runs import Need, Series, Solved, at, deviation, since, source
from engels.runs.report.page import (
    BLUE,
    GREEN,
    ORANGE,
    entitle,
    legend_below,
    new_figure,
    years_axis,
    zero_line,
)

PROFILES = {"inverted_u": "Inverted U", "increasing": "Increasing", "decreasing": "Decreasing"}
SKILLED = {
    p: Need("work_genai", name=f"work_genai_{p}", parameters=(("exposure.skill_profile", p),))
    for p in PROFILES
}
GIVEN = {
    p: Need(
        "work_genai",
        "labour",
        name=f"work_genai_{p}_given",
        parameters=(("exposure.skill_profile", p),),
    )
    for p in PROFILES
}
"""Tasks handed over as given, with an elasticity between AI and labour of each skill's own."""
SKILL_NEEDS = (*SKILLED.values(), *GIVEN.values())
SKILL_YEARS = (2030, 2035, 2050)
BY_SKILL = {
    "Employment, %": "employment_skill",
    "Real wage, %": "wage",
    "Unemployment, points": "unemployment_rate",
}
WHOLE = {
    "Polarisation, %": "polarisation",
    "Unemployment, points": "unemployment",
    "Gini of income, points": "gini_income",
    "Gini of consumption, points": "gini_consumption",
    "Real wage, %": "real_wage",
    "Real GDP, %": "gdp_real",
}


def skills(solved: Solved) -> tuple[list[Panel], list[str]]:
    """T9: whom generative AI reaches, by the profile of exposure over skills."""
    names = solved.benchmarks[SKILLED["inverted_u"]].skills
    columns = tuple(
        Column(f"{p}_{y}", str(y), title, signed=True)
        for p, title in PROFILES.items()
        for y in SKILL_YEARS
    )

    def row(
        variable: str, group: str = "", needs: Mapping[str, Need] = SKILLED
    ) -> dict[str, float]:
        paths = {p: deviation(solved.runs[n], variable, group) for p, n in needs.items()}
        return {f"{p}_{y}": at(paths[p], y) for p in PROFILES for y in SKILL_YEARS}

    panels = [
        Panel(title, columns, pd.DataFrame({s.capitalize(): row(variable, s) for s in names}).T, "")
        for title, variable in BY_SKILL.items()
    ]
    whole = pd.DataFrame({title: row(variable) for title, variable in WHOLE.items()}).T
    panels.append(Panel("The economy", columns, whole, ""))
    given = {s.capitalize(): row("employment_skill", s, GIVEN) for s in names}
    given["Polarisation"] = row("polarisation", "", GIVEN)
    title = "Employment, %, were tasks handed over as given"
    panels.append(Panel(title, columns, pd.DataFrame(given).T, ""))
    exposed = tuple(Column(f"exposed_{p}", title, digits=1) for p, title in PROFILES.items())
    panels.append(
        Panel(
            "Pay for exposed tasks in the base year, % of pay",
            exposed,
            pd.DataFrame({f"exposed_{p}": exposure_by_skill(solved, p) for p in PROFILES}),
            "Skill",
        )
    )
    notes = [
        "How to read: The same generative AI with its tasks spread differently over skills; the last "
        "part says what share of each skill's work it can do. A column is the change against the "
        "baseline of an economy with that profile. Polarisation is the number of workers of low and "
        "high skill per worker of middle skill; it rises where the middle loses workers. Employment "
        "of a skill moves by unemployment, training for the next skill, and participation. "
        "AI is equally good at the exposed work of all skills. " + note_on_elasticities(solved),
        "Units: Per cent or percentage points against the baseline; Gini in points of 100.",
        source(solved, SKILL_NEEDS),
    ]
    return panels, notes


def note_on_elasticities(solved: Solved) -> str:
    """What is assumed of the substitution between AI and each skill."""
    b = solved.benchmarks[SKILLED["inverted_u"]]
    of = zip(b.skills, b.elasticities.ai_labour, strict=True)
    return (
        "In the part where tasks are handed over as given the skills differ in how easily AI does their work "
        "besides: elasticities of " + ", ".join(f"{float(x):g} ({s})" for s, x in of) + "."
    )


def exposure_by_skill(solved: Solved, profile: str) -> Series:
    """Share of pay for tasks that AI could do, per cent, by skill and for all work."""
    b = solved.benchmarks[SKILLED[profile]]
    pay = b.exposure * b.labour
    shares = {
        s.capitalize(): 100 * float(pay[:, n].sum() / b.labour[:, n].sum())
        for n, s in enumerate(b.skills)
    }
    return pd.Series({**shares, "All": 100 * float(pay.sum() / b.labour.sum())})


def draw_skills(solved: Solved) -> Figure:
    """T9: employment, wage and unemployment by skill under each profile."""
    figure, places = new_figure(
        len(BY_SKILL) * len(PROFILES), across=len(PROFILES), height=1.6, share_x=True, share_y="row"
    )
    lines = [places[n : n + len(PROFILES)] for n in range(0, len(places), len(PROFILES))]
    looks = ((GREEN, ":"), (ORANGE, "-"), (BLUE, "--"))
    for line, (title, variable) in zip(lines, BY_SKILL.items(), strict=True):
        for place, (p, profile) in zip(line, PROFILES.items(), strict=True):
            names = solved.benchmarks[SKILLED[p]].skills
            for s, (colour, dash) in zip(names, looks, strict=True):
                path = since(deviation(solved.runs[SKILLED[p]], variable, s))
                place.plot(path.index, path, color=colour, linestyle=dash, label=s.capitalize())
            zero_line(place)
            years_axis(place, path.index)
            place.set_title(profile if variable == "employment_skill" else "")
        line[0].set_ylabel(title)
    handles, labels = places[0].get_legend_handles_labels()
    legend_below(figure, handles, [f"{n} skill" for n in labels])
    entitle(figure, "Generative AI by the profile of exposure over skills, from the baseline")
    return figure


TABLE = PaperTable(
    "T9",
    "T9-skills",
    "Skills and polarisation by the profile of exposure",
    SKILL_NEEDS,
    skills,
    draw_skills,
    "footnotesize",
)
