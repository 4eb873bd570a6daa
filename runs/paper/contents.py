"""The list of the paper's tables: what each is called, made from, made by and drawn by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from engels.runs.paper.compute import BOTTLENECK_NEEDS, bottleneck, draw_bottleneck
from engels.runs.paper.diffusion import (
    SOW,
    SPEEDS,
    WITHOUT,
    draw_sow_and_reap,
    draw_speeds,
    sow_and_reap,
    speeds,
)
from engels.runs.paper.incomes import (
    HOUSEHOLD_NEEDS,
    MARKET_NEEDS,
    draw_household_welfare,
    draw_markets,
    household_welfare,
    markets,
)
from engels.runs.paper.innovation import PRIVATE, SHARED, draw_innovation, innovation
from engels.runs.paper.layout import Panel
from engels.runs.paper.policy import POLICY_NEEDS, draw_policies, policies
from engels.runs.paper.runs import Need, Solved
from engels.runs.paper.sectors import (
    EXPANSION_NEEDS,
    calibration,
    draw_calibration,
    draw_expansion,
    expansion,
)
from engels.runs.paper.sensitivity import draw_sensitivity, sensitivity, solve_batches
from engels.runs.paper.share import SHARE_NEEDS, draw_labour_shares, labour_shares
from engels.runs.paper.work import PAUSES, SKILL_NEEDS, draw_pauses, draw_skills, pauses, skills

Batches = Callable[[Path, str, str, Callable[[str], None]], dict[str, Path]]
"""Solves batches as far as needed: folder, aggregation, solver and who is told -> stores by name."""


@dataclass(frozen=True)
class PaperTable:
    """One table: ``key`` names it on the command line, ``stem`` its files, ``size`` its letters."""

    key: str
    stem: str
    caption: str
    needs: tuple[Need, ...]
    make: Callable[[Solved], tuple[list[Panel], list[str]]]
    draw: Callable[[Solved], Figure]
    size: str = "small"
    apart: bool = False  # each part on a page of its own
    batches: Batches | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files it is written to."""
        return tuple(f"{self.stem}.{kind}" for kind in ("csv", "tex", "pdf", "png"))


TABLES: dict[str, PaperTable] = {
    t.key: t
    for t in (
        PaperTable(
            "T1",
            "T1-calibration",
            "Calibration: sectors, AI and compute in the base year",
            (),
            calibration,
            draw_calibration,
            "scriptsize",
            apart=True,
        ),
        PaperTable(
            "T2",
            "T2-expansion",
            "Expansion of capital- and labour-intensive sectors by the place of AI in production",
            tuple(EXPANSION_NEEDS.values()),
            expansion,
            draw_expansion,
        ),
        PaperTable(
            "T3",
            "T3-sow-and-reap",
            "Sowing and reaping: intangibles and measured productivity",
            (WITHOUT, *SOW.values()),
            sow_and_reap,
            draw_sow_and_reap,
            "footnotesize",
        ),
        PaperTable(
            "T4",
            "T4-diffusion",
            "Diffusion at the speed of electricity, information technology and generative AI",
            tuple(SPEEDS.values()),
            speeds,
            draw_speeds,
        ),
        PaperTable(
            "T5",
            "T5-compute",
            "The compute bottleneck: limits, what they cost and the rent of each link",
            BOTTLENECK_NEEDS,
            bottleneck,
            draw_bottleneck,
            "scriptsize",
        ),
        PaperTable(
            "T6",
            "T6-innovation",
            "Innovation spawning: private incentives against internalised learning",
            (PRIVATE, SHARED),
            innovation,
            draw_innovation,
            "scriptsize",
        ),
        PaperTable(
            "T7",
            "T7-labour-share",
            "The labour share: what moves it, and what restores it",
            SHARE_NEEDS,
            labour_shares,
            draw_labour_shares,
            "scriptsize",
            apart=True,
        ),
        PaperTable(
            "T8",
            "T8-pause",
            "Length of Engels' pause by the gain of automation and the mobility of labour",
            tuple(PAUSES.values()),
            pauses,
            draw_pauses,
            "footnotesize",
        ),
        PaperTable(
            "T9",
            "T9-skills",
            "Skills and polarisation by the profile of exposure",
            SKILL_NEEDS,
            skills,
            draw_skills,
            "footnotesize",
        ),
        PaperTable(
            "T10",
            "T10-households",
            "Households: welfare by group and inequality",
            tuple(HOUSEHOLD_NEEDS.values()),
            household_welfare,
            draw_household_welfare,
            "scriptsize",
            apart=True,
        ),
        PaperTable(
            "T11",
            "T11-markets",
            "Market structure: large firms, prices of AI, output and labour",
            tuple(MARKET_NEEDS.values()),
            markets,
            draw_markets,
            "scriptsize",
        ),
        PaperTable(
            "T12",
            "T12-policies",
            "Policies at equal budget: output, wages, inequality, welfare and jobs",
            POLICY_NEEDS,
            policies,
            draw_policies,
            "scriptsize",
            apart=True,
        ),
        PaperTable(
            "T13",
            "T13-sensitivity",
            "GDP, the labour share and the pause by the parameters that matter most",
            (),
            sensitivity,
            draw_sensitivity,
            "scriptsize",
            apart=True,
            batches=solve_batches,
        ),
    )
}
"""The tables by key, in the order of the paper."""
