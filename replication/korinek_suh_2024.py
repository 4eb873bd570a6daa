"""Korinek & Suh (2024): four ways to artificial general intelligence, as Ramsey problems.

The economy is in :mod:`engels.replication.korinek_suh_economy`. Any year T of full automation is a
number in the sheet (``other_horizons``); a scenario differs from another in its frontier alone.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from scipy.optimize import minimize_scalar

from engels.replication.korinek_suh_economy import (
    Setting,
    bounded,
    continued,
    mixed,
    moment,
    pareto,
    solved,
    walked,
)
from engels.replication.sheet import Sheet, load_sheet
from engels.replication.study import Figure, Outcome, Study
from engels.runs.report.page import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    entitle,
    legend_below,
    new_figure,
)

KEY = "korinek_suh_2024"

BAU = "business as usual"
BASELINE = "AGI in {:g} years"
BOUT = "bout of automation"

SHOWN_YEARS = (0, 1, 2, 3, 4, 5, 7.5, 10, 15, 20, 25, 30)
"""Years of the table of scenarios."""


def setting(fixed_factor: float = 0.0) -> Setting:
    """The economy of their Table 2."""
    sheet = load_sheet(KEY)
    return Setting(
        discount=sheet.number("discount"),
        risk_aversion=sheet.number("risk_aversion"),
        depreciation=sheet.number("depreciation"),
        elasticity=sheet.number("elasticity"),
        productivity=sheet.number("productivity"),
        automated=sheet.number("automated"),
        capital=sheet.number("capital"),
        fixed_factor=fixed_factor,
    )


def full_automation(s: Setting, years: float, sheet: Sheet) -> pd.DataFrame:
    """All tasks can be automated in ``years``; the path goes on in closed form."""
    steps = round(sheet.number("steps"))
    found = solved(s, bounded(s.automated, years), years, steps)
    return continued(s, found, max(sheet.number("drawn_years"), years), years / steps)


def case_of_tail(s: Setting, rate: float) -> str:
    """Case of their Proposition 7: what a long tail of tasks does to wages."""
    if rate > s.full_growth:
        return "case 1"
    return "case 2" if rate > s.full_growth * (1 - s.elasticity) else "case 3"


def abundance(frame: pd.DataFrame) -> float:
    """First year in region 2; NaN where there is none."""
    years = frame.index[frame["region"] == 2]
    return float(years[0]) if len(years) else math.nan


def peak_year(wage: pd.Series[float]) -> float:
    """Year of the highest wage."""
    return float(wage.index[int(wage.to_numpy().argmax())])


def story(frame: pd.DataFrame, years: float) -> str:
    """What wages do before full automation."""
    peak, low = peak_year(frame["w"]), abundance(frame)
    return f"{'rise' if peak > 0 else 'fall'}, {'collapse' if peak < low < years else 'stay'}"


def static_figures(sheet: Sheet, name: str, productivity: float) -> dict[str, float]:
    """A panel of their figure 6: region 2, output, and where wages are highest."""
    case = sheet.named(f"static_{name}")
    capital, sigma = case["capital"], case["elasticity"]

    def wage(phi: float) -> float:
        return moment(phi, capital, sigma, productivity).wage

    region = capital / (1 + capital)
    found = minimize_scalar(
        lambda phi: -wage(phi), bounds=(0.0, region), method="bounded", options={"xatol": 1e-10}
    )
    ends = [moment(phi, capital, sigma, productivity).output for phi in (0.0, 1.0)]
    peak = float(found.x)
    return {
        "region": region,
        "output": ends[1] / ends[0],
        "peak": peak,
        "wage": wage(peak) / productivity,
        "fall": 100 * (1 - productivity / wage(peak)),
    }


def static_path(sheet: Sheet, name: str, productivity: float) -> pd.DataFrame:
    """Output, wage bill and income of capital by the share of tasks that can be automated."""
    case = sheet.named(f"static_{name}")
    index = np.linspace(0, 1, 201)
    moments = [moment(p, case["capital"], case["elasticity"], productivity) for p in index]
    data = {"output": [m.output for m in moments], "wages": [m.wage for m in moments]}
    frame = pd.DataFrame(data, index=pd.Index(index, name="Phi"))
    return frame.assign(capital=frame["output"] - frame["wages"])


def run() -> Outcome:
    """All scenarios, the static panels and other years of full automation."""
    sheet = load_sheet(KEY)
    s = setting()
    T, soon = sheet.number("baseline"), sheet.number("aggressive")
    rate = sheet.number("tail_rate")
    tail = pareto(s.automated, rate)
    agi = {
        years: full_automation(s, years, sheet)
        for years in sorted({T, soon, *sheet.numbers("other_horizons")})
    }
    usual = solved(s, tail, sheet.number("tail_years"), round(sheet.number("tail_steps")))
    bouts = bouts_of_automation(s, sheet)
    bottleneck = solved(
        setting(sheet.number("fixed_factor")),
        tail,
        sheet.number("tail_years"),
        round(sheet.number("tail_steps")),
    )
    paths = {
        BAU: usual,
        BASELINE.format(T): agi[T],
        BASELINE.format(soon): agi[soon],
        BOUT: bouts[f"{sheet.number('bout_weight'):g}"],
    }
    figures = [
        *of_usual(sheet, s, usual, rate),
        *of_static(sheet, s),
        *of_baseline(sheet, s, agi[T], T),
        *of_others(sheet, agi[soon], agi[T], paths[BOUT], bottleneck),
    ]
    low = bouts_table(bouts)
    frames = {
        "scenarios": pd.concat(
            {name: at_years(frame) for name, frame in paths.items()}, names=["scenario", "year"]
        ),
        "horizons": horizons_table(agi),
        "bouts": low,
    }
    return Outcome(figures, notes_on(s, rate, usual, low), frames, lambda: draw(sheet, s, paths))


# --------------------------------------------------------------------------- parts


def notes_on(s: Setting, rate: float, usual: pd.DataFrame, bouts: pd.DataFrame) -> list[str]:
    """What is not printed, what differs and why."""
    still = s.discount + s.depreciation
    growth = rate / (1 - s.elasticity)
    share = 100 * usual["labour_share"]
    return [
        f"K0 is said to be a steady state. At K0 = {s.capital} the return to capital is "
        f"{usual['R'].iloc[0]:.4f}; that of a steady state is {still:.2f} without growth and "
        f"{still + s.risk_aversion * growth:.2f} with growth of {100 * growth:.0f}% a year.",
        "Business as usual with optimal saving: the labour share is "
        f"{share.loc[10.0]:.1f}% after 10 years and {share.loc[50.0]:.1f}% after 50. Proposition 7 "
        f"has {100 * labour_share_of_tail(s, growth):.1f}% in the long run because it holds saving "
        "at the rate of full automation.",
        "Bout of automation: omega is not printed. Labour is abundant "
        + ", ".join(
            f"from year {row.region_2_from:.1f} to {row.region_2_to:.1f} with {row.Index}"
            for row in bouts.itertuples()
        )
        + ". The printed year 9 lies between 0.85 and 0.9.",
        "Fixed factor: its stock M, the rate of automation and the start are not printed. With "
        f"M = 1, lambda g = {rate} and Table 2, wages rise after the first years and labour "
        "stays scarce for 200 years, so figure 9 has other numbers.",
        "A fall of wages by 85%, often quoted for the AGI scenario, is that of the static figure "
        "6b.",
    ]


def labour_share_of_tail(s: Setting, growth: float) -> float:
    """Case 3 of Proposition 7: 1 - [(s A) / (g + delta)]^((sigma - 1)/sigma), s of full automation."""
    saved = s.full_saving * s.productivity
    return float(1 - (saved / (growth + s.depreciation)) ** ((s.elasticity - 1) / s.elasticity))


def of_usual(sheet: Sheet, s: Setting, usual: pd.DataFrame, rate: float) -> list[Figure]:
    """Business as usual, and the long run with every task automated."""
    window = sheet.number("growth_window")
    grown = math.log(usual["Y"].loc[window] / usual["Y"].iloc[0])
    share = usual["labour_share"]
    falls = bool((share.loc[:window].diff().dropna() < 0).all())
    return [
        sheet.compare("labour_share", 100 * float(share.iloc[0])),
        sheet.compare("tail_growth", 100 * grown / window),
        sheet.compare("tail_case", case_of_tail(s, rate)),
        sheet.compare("tail_labour_share", "falls" if falls else "rises"),
    ]


def of_static(sheet: Sheet, s: Setting) -> list[Figure]:
    """The panels of figure 6."""
    even, abundant = (static_figures(sheet, name, s.productivity) for name in ("even", "abundant"))
    return [
        *(sheet.compare(f"even_{k}", even[k]) for k in ("region", "output", "peak", "wage")),
        *(
            sheet.compare(f"abundant_{k}", abundant[k])
            for k in ("region", "output", "fall", "peak")
        ),
    ]


def of_baseline(sheet: Sheet, s: Setting, frame: pd.DataFrame, years: float) -> list[Figure]:
    """The baseline AGI scenario."""
    wage, low = frame["w"], abundance(frame)
    first, highest = float(wage.iloc[0]), float(wage.max())
    end = frame.loc[:years].iloc[-2:]
    growth = math.log(end["C"].iloc[1] / end["C"].iloc[0]) / (end.index[1] - end.index[0])
    after = frame.loc[low:years]
    golden = sheet.lists("golden_path")
    gap = max(
        abs(float(frame[name].loc[float(year)]) - value)
        for year, values in golden.items()
        for name, value in zip(("K", "C", "Y", "w", "R"), values, strict=True)
    )
    return [
        sheet.compare("full_growth", 100 * growth),
        sheet.compare("full_saving", 100 * s.full_saving),
        sheet.compare("story", story(frame, years)),
        sheet.compare("peak_year", peak_year(wage)),
        sheet.compare("peak_wage", highest),
        sheet.compare("peak_rise", 100 * (highest / first - 1)),
        sheet.compare("region_year", low),
        sheet.compare("region_frontier", float(frame["phi"].loc[low])),
        sheet.compare("collapsed", float((after["w"] / after["R"]).max())),
        sheet.compare("left", 100 * float(wage.iloc[-1]) / first),
        sheet.compare("golden", gap),
    ]


def of_others(
    sheet: Sheet,
    aggressive: pd.DataFrame,
    baseline: pd.DataFrame,
    bout: pd.DataFrame,
    bottleneck: pd.DataFrame,
) -> list[Figure]:
    """The other scenarios, as far as their numbers are printed."""
    order = "earlier" if abundance(aggressive) < abundance(baseline) else "later"
    again = float(bout.index[bout["region"] == 2][-1])
    later = bout["w"].loc[again:]
    never = f"not by {bottleneck.index[-1]:.0f}"
    low = abundance(bottleneck)
    peak = peak_year(bottleneck["w"])
    return [
        sheet.compare("aggressive_year", abundance(aggressive)),
        sheet.compare("aggressive_order", order),
        sheet.compare("bout_return", again),
        sheet.compare("bout_collapse", "rise" if later.is_monotonic_increasing else "fall"),
        sheet.compare("fixed_peak", never if peak == bottleneck.index[-1] else peak),
        sheet.compare("fixed_region", never if math.isnan(low) else low),
    ]


def bouts_of_automation(s: Setting, sheet: Sheet) -> dict[str, pd.DataFrame]:
    """Their mixed scenario by its weight, each path approached from the one before."""
    tail = pareto(s.automated, sheet.number("tail_rate"))
    fast = bounded(s.automated, sheet.number("bout_years"))
    weights = sorted({*sheet.numbers("bout_weights"), sheet.number("bout_weight")})
    goals = {f"{weight:g}": mixed(weight, fast, tail) for weight in weights}
    horizon = sheet.number("bout_horizon")
    return walked(s, tail, goals, horizon, round(sheet.number("bout_steps")))


def bouts_table(bouts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """When labour is abundant, by the weight of the bout."""
    rows = {}
    for weight, frame in bouts.items():
        years = frame.index[frame["region"] == 2]
        rows[weight] = {
            "region_2_from": float(years[0]) if len(years) else math.nan,
            "region_2_to": float(years[-1]) if len(years) else math.nan,
            "lowest_wage": float(frame["w"].min()),
        }
    return pd.DataFrame(rows).T.rename_axis("weight")


def horizons_table(agi: dict[float, pd.DataFrame]) -> pd.DataFrame:
    """The years until full automation against what wages do."""
    rows = {}
    for years, frame in agi.items():
        wage = frame["w"].loc[:years]
        low = abundance(frame)
        rows[years] = {
            "first_consumption": float(frame["C"].iloc[0]),
            "peak_year": peak_year(wage),
            "peak_wage_over_first": float(wage.max() / wage.iloc[0]),
            "region_2_year": low,
            "region_2_frontier": float(frame["phi"].loc[low]),
            "labour_share_at_end": float(frame["labour_share"].loc[:years].iloc[-1]),
        }
    return pd.DataFrame(rows).T.rename_axis("years_to_full_automation")


def at_years(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a path nearest to the years of the table."""
    years = frame.index.to_numpy()
    return frame.iloc[[int(np.abs(years - y).argmin()) for y in SHOWN_YEARS]]


# --------------------------------------------------------------------------- picture


def draw(sheet: Sheet, s: Setting, paths: dict[str, pd.DataFrame]) -> Drawing:
    """Wages and labour shares by scenario, and the two panels of their figure 6."""
    figure, (wages, shares, even, abundant) = new_figure(4, across=2, height=2.3)
    looks = dict(zip(paths, ((GREY, "--"), (BLUE, "-"), (RED, "-."), (ORANGE, ":")), strict=True))
    until = sheet.number("drawn_years")
    for axes, column, scale in ((wages, "w", 1.0), (shares, "labour_share", 100.0)):
        for name, frame in paths.items():
            colour, dash = looks[name]
            shown = scale * frame[column].loc[:until]
            axes.plot(shown.index, shown, color=colour, linestyle=dash, label=name)
        axes.set_xlim(0, until)
        axes.set_xlabel("Years")
    wages.set_yscale("log")
    wages.set_yticks([0.5, 1, 2, 4, 8], labels=["0.5", "1", "2", "4", "8"])
    wages.minorticks_off()
    wages.set_title("Wage (output units, log scale)")
    legend_below(wages)
    shares.set_title("Labour share (%)")
    _static(even, static_path(sheet, "even", s.productivity), "K = L = 1, σ = 0.5 (their 6a)")
    _static(abundant, static_path(sheet, "abundant", s.productivity), "K = 10, σ = 0.2 (their 6b)")
    entitle(figure, "Scenarios for the transition to AGI: wages, labour shares and automation")
    return figure


def _static(axes: Axes, frame: pd.DataFrame, title: str) -> None:
    axes.stackplot(
        frame.index,
        frame["wages"],
        frame["capital"],
        labels=["wage bill", "income of capital"],
        colors=[GREEN, PURPLE],
        alpha=0.75,
    )
    axes.plot(frame.index, frame["output"], color=BLACK, linewidth=1.0, label="output")
    axes.set_xlim(0, 1)
    axes.set_xlabel("Share of tasks that can be automated")
    axes.set_title(title)
    legend_below(axes)


STUDY = Study(
    key=KEY,
    title="Korinek & Suh 2024: scenarios for the transition to AGI",
    reference="Korinek, A. and Suh, D. (2024). Scenarios for the Transition to AGI. NBER "
    "Working Paper 32255.",
    run=run,
)
