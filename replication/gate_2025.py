"""GATE (Erdil et al. 2025): its default run from the equations, beside the run on its page.

Period k of the stored run is the year 2025 + k. Its automation in year k is that of the training
runs up to the end of year k - 1, which is what :mod:`engels.replication.gate_planner` has; stocks
"after 2025" are those at the beginning of 2026.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pyomo.environ as pyo
from matplotlib.figure import Figure as Drawing

from engels.model.algebra.errors import SolveError
from engels.replication.gate_planner import LN10, best, maximise, path, planner, spending
from engels.replication.gate_setting import Efficiency, Gate
from engels.replication.sheet import Sheet, load_sheet
from engels.replication.study import Figure, Outcome, Study
from engels.runs.report.page import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    entitle,
    legend_below,
    new_figure,
    years_axis,
)

KEY = "gate_2025"

BASE = 2025
"""Calendar year of the first period."""

PRINTED_YEARS = {2028: "learned_2028", 2030: "learned_2030", 2031: "learned_2031"}
SHOWN = 16
"""Years of the table and the picture; beyond them output grows without bound."""


def setting(sheet: Sheet, **other: float) -> Gate:
    """The playground's default, with the constants that are given instead of the sheet's."""

    def number(key: str) -> float:
        return other.get(key, sheet.number(key))

    def efficiency(kind: str) -> Efficiency:
        fields = Efficiency.__dataclass_fields__
        return Efficiency(**{name: number(f"{kind}_{name}") for name in fields})

    plain = [name for name in Gate.__dataclass_fields__ if name not in ("hardware", "software")]
    return Gate(
        **{name: number(name) for name in plain},
        hardware=efficiency("hardware"),
        software=efficiency("software"),
    )


def solved(g: Gate, years: int, dt: float = 1.0) -> tuple[float, pd.DataFrame]:
    """The optimum: its aim and its path in calendar years."""
    aim, m = best(g, years, dt)
    return aim, dated(path(m, g, dt))


def dated(frame: pd.DataFrame) -> pd.DataFrame:
    """Years of the calendar instead of years since the beginning."""
    return frame.set_axis(pd.Index([BASE + t for t in frame.index], name="year"))


def forced(sheet: Sheet, g: Gate, years: int) -> tuple[float, pd.DataFrame]:
    """The best path that has the stored run's numbers: what these cost shows how far it is from ours.

    These are AI's share of output in 2025, stocks after it, tasks that can be automated from 2027 to
    2031 and growth from 2027 to 2031.
    """
    m = planner(g, years)

    def printed(key: str) -> float:
        value = sheet.figures[key].value
        assert isinstance(value, float)
        return value

    def run_for(learned: float) -> float:
        """log10 of the training run after which the share ``learned`` can be automated."""
        beyond = learned / 100 - g.automated
        return g.threshold + beyond * g.per_task - g.inference / g.slope

    maximise(m)  # the search starts from the optimum
    m.k[1].fix(math.log(printed("first_capital")))
    m.h[1].fix(math.log(printed("first_hardware")))
    m.s[1].fix(math.log(printed("first_software")))
    m.z[1].fix(g.first_run + math.log(printed("first_run")) / LN10)
    m.z[2].fix(run_for(printed("learned_2027")))
    for year, key in PRINTED_YEARS.items():
        m.z[year - BASE].fix(run_for(printed(key)))
    low, high = (math.log(1 + printed(key) / 100) for key in ("slowest", "fastest"))
    limits = {3: (low, high), 4: (low, high), 5: (low, high), 6: (high, None)}
    m.grown = pyo.Var([2, *limits], bounds=lambda _, n: limits.get(n))
    m.grown[2].fix(math.log(1 + printed("growth_2027") / 100))
    m.define_grown = pyo.Constraint(
        m.grown.index_set(), rule=lambda m, n: m.grown[n] == m.y[n] - m.y[n - 1]
    )
    invested = {key: x for key, x in spending(m, g, 0).items() if key != "capital"}
    share = printed("first_share") / 100
    m.define_first_share = pyo.Constraint(expr=sum(invested.values()) == share)
    aim = maximise(m)
    return aim, dated(path(m, g))


def run() -> Outcome:
    """The default run, what its differences to the stored run cost, and what they do not hang on."""
    sheet = load_sheet(KEY)
    g = setting(sheet)
    years = round(sheet.number("years"))
    aim, ours = solved(g, years)
    figures = compare(sheet, ours)
    notes = []
    frames = {"path": ours.loc[: BASE + SHOWN]}
    try:
        forced_aim, nearest = forced(sheet, g, years)
    except SolveError as error:
        notes.append(f"No path with all the numbers of the stored run was found: {error}")
    else:
        loss = 100 * (1 - (forced_aim / aim) ** (1 / (1 - g.risk_aversion)))
        figures.append(sheet.compare("forced_loss", loss))
        frames["forced"] = nearest.loc[: BASE + SHOWN]
    frames["variants"] = variants(sheet, g, ours)
    notes += notes_on(ours, frames.get("forced"), frames["variants"])
    return Outcome(figures, notes, frames, lambda: draw(sheet, frames))


def compare(sheet: Sheet, ours: pd.DataFrame) -> list[Figure]:
    """Our default run beside the stored one."""
    learned, growth = 100 * ours["automatable"], ours["growth"]
    first, second = ours.iloc[0], ours.iloc[1]
    fast = growth.index[growth > 30]
    slow = growth.loc[: fast[-1]].index[growth.loc[: fast[-1]] <= 30]
    between = growth.loc[BASE + 3 : BASE + 5]
    values = {
        "first_share": first["share_ai"],
        "growth_2027": growth.loc[BASE + 2],
        "learned_2027": learned.loc[BASE + 2],
        "learned_20": learned.loc[growth.index[growth > 20][0]],
        "learned_2028": learned.loc[BASE + 3],
        "learned_2030": learned.loc[BASE + 5],
        "learned_2031": learned.loc[BASE + 6],
        "slowest": between.min(),
        "fastest": between.max(),
        "year_30": fast[0],
        "lasting_30": slow[-1] + 1,
        "first_output": first["output"],
        "first_hardware": second["hardware"],
        "first_software": second["software"],
        "first_capital": second["capital"],
        "first_run": 10 ** (second["log10_run"] - first["log10_run"]),
    }
    return [sheet.compare(key, float(value)) for key, value in values.items()]


def headline(frame: pd.DataFrame) -> dict[str, float]:
    """What the variants are compared by."""
    return {
        "share_ai_2025": float(frame["share_ai"].iloc[0]),
        "growth_2027": float(frame["growth"].loc[BASE + 2]),
        "growth_2028": float(frame["growth"].loc[BASE + 3]),
        "automatable_2027": 100 * float(frame["automatable"].loc[BASE + 2]),
        "automated_2027": 100 * float(frame["automated"].loc[BASE + 2]),
        "automatable_2031": 100 * float(frame["automatable"].loc[BASE + 6]),
    }


def variants(sheet: Sheet, g: Gate, ours: pd.DataFrame) -> pd.DataFrame:
    """Other horizons, lengths of a period, readings of a parameter, and the presets."""
    rows: dict[str, dict[str, float]] = {"default": headline(ours)}
    for horizon in sheet.numbers("other_years"):
        rows[f"horizon of {horizon:g} years"] = headline(solved(g, round(horizon))[1])
    short = round(min(sheet.numbers("other_years")))
    for dt in sheet.numbers("steps"):
        rows[f"periods of {dt:g} year"] = headline(solved(g, short, dt)[1])
    settings: dict[str, dict[str, float]] = {
        f"{key} {value:g}": {key: value} for key, value in sheet.named("readings").items()
    }
    settings |= {name: sheet.named(name) for name in ("conservative", "aggressive")}
    for name, other in settings.items():
        rows[name] = headline(solved(setting(sheet, **other), short)[1])
    return pd.DataFrame(rows).T.rename_axis("variant")


def notes_on(ours: pd.DataFrame, forced: pd.DataFrame | None, variants: pd.DataFrame) -> list[str]:
    """What is not reproduced and why."""
    third = ours.loc[BASE + 2]
    growth = variants["growth_2027"]
    through = exists = ""
    if forced is not None:
        exists = (
            " A path with all of its numbers, growth in 2027 too, exists in our equations; what it "
            "gives up is the last row."
        )
        one, two = forced["training"].iloc[:2]
        through = f" The path through the stored numbers trains with {one:.0f}% and {two:.0f}%."
    read = growth.filter(regex=r"^(gap|software|risk|output|compute)")
    return [
        f"Not within 10%: growth in 2027 ({third['growth']:.1f}%; this is also the first year above "
        "30%) and the training run of 2025. Both come from how compute is shared out in the first "
        f"years: the optimum trains with {ours['training'].iloc[0]:.0f}% of compute in 2025 and "
        f"{ours['training'].iloc[1]:.0f}% in 2026, as compute has no better use before more tasks "
        "are open to it, and uses what it has in 2027." + through,
        "The stored run need not be an exact optimum: its search goes by the signs of the gradient "
        "and ends at a change of 0.02 or after 40 steps." + exists,
        f"The paper has other values for some parameters than its page; with these growth in 2027 "
        f"is {read.min():.0f} to {read.max():.0f}%. Shorter periods than a year also change it: "
        f"{growth['periods of 0.5 year']:.0f}% with half years and "
        f"{growth['periods of 0.25 year']:.0f}% with quarters, as automation begins earlier.",
        "Settled by the numbers of the stored run and not by the paper: a year's automation follows "
        "the training until the year before; A is such that Y(0) is made without compute (1.19 "
        "is then output in 2025); C_I(0) is the whole first stock of compute; research has a "
        "constant effect within a year.",
        "Not used: the wedge of research (off in the stored run), I_Q(0) (in no equation), and a "
        "law of motion of its own near the limit C_L, which the paper does not give.",
        f"From {int(ours.index[ours['growth'] > 100][0])} on output more than doubles in a year: "
        "those numbers have no meaning, which the authors say of their model near full automation.",
    ]


def draw(sheet: Sheet, frames: dict[str, pd.DataFrame]) -> Drawing:
    """Growth, tasks and spending of the default run beside the numbers of the stored run."""
    ours = frames["path"].loc[: BASE + 10]
    figure, (growth, tasks, spent) = new_figure(3, across=3, height=2.6)
    growth.plot(ours.index, ours["growth"], color=BLUE, label="optimum")
    if "forced" in frames:
        near = frames["forced"].loc[: BASE + 10]
        label = "best path with the stored numbers"
        growth.plot(near.index, near["growth"], color=GREY, linestyle="--", label=label)
    growth.plot(
        [BASE + 2],
        [float(str(sheet.figures["growth_2027"].value))],
        "o",
        color=RED,
        label="stored run",
    )
    growth.set_title("Growth of output (%/year)")
    growth.set_ylim(-5, 60)
    tasks.plot(ours.index, 100 * ours["automatable"], color=BLUE, label="can be automated")
    tasks.plot(
        ours.index, 100 * ours["automated"], color=GREEN, linestyle="--", label="done by compute"
    )
    known: dict[int, Any] = {BASE + 2: "learned_2027", **PRINTED_YEARS}
    values = [float(str(sheet.figures[key].value)) for key in known.values()]
    tasks.plot(list(known), values, "o", color=RED, label="stored run: can be automated")
    tasks.set_title("Tasks (%)")
    names = {"compute": BLUE, "hardware": GREEN, "software": ORANGE, "capital": GREY}
    spent.stackplot(
        ours.index,
        *(ours[f"share_{name}"].clip(lower=0) for name in names),
        labels=["compute", "hardware research", "software research", "capital"],
        colors=list(names.values()),
    )
    first = float(str(sheet.figures["first_share"].value))
    spent.plot([BASE], [first], "o", color=RED, clip_on=False)
    spent.set_ylim(0, 45)
    spent.set_title("Investment (% of output)")
    for axes in (growth, tasks, spent):
        years_axis(axes, ours.index)
        legend_below(axes)
    entitle(figure, "GATE: growth, tasks and investment beside its stored run")
    return figure


STUDY = Study(
    key=KEY,
    title="GATE (Erdil et al. 2025): growth with automation by compute",
    reference="Erdil, E., Potlogea, A., Besiroglu, T., Roldan, E., Ho, A., Sevilla, J., Barnett, M., "
    "Vrzla, M. and Sandler, R. (2025). GATE: An Integrated Assessment Model for AI Automation. "
    "arXiv:2503.04941; numbers of the run on https://epoch.ai/gate (Epoch AI, CC BY).",
    run=run,
)
