"""The runs that the tables are made from: which there are, where they are stored, how they are read."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import pandas as pd

from engels.data import EngelsInputError
from engels.model.algebra.errors import SolveError
from engels.model.economy.trees import AI_MODES, mode_of
from engels.runs.indicators import deviations
from engels.runs.scenarios.scenario import load_scenario, with_settings
from engels.runs.scenarios.schema import DEFAULT_MODE, Scenario
from engels.runs.simulation.simulate import Session
from engels.runs.store.results import check_place, load_run, run_folder, store_run

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
OWN = DOCS / "scenarios"

FORCED = tuple(mode for mode in AI_MODES if not mode_of(mode).by_choice)
"""Nests in which what is handed over is given."""

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
    "labour_share_markup",
)
"""Scenarios of the library with every block off: the runs of the tables."""

WITH_BLOCKS = (
    "diffusion_electricity",
    "diffusion_it",
    "diffusion_genai",
    "adoption_genai",
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
"""Scenarios of AI as a general-purpose technology; in no table of these pages."""

PEOPLE = (
    "work_genai",
    "stuck_labour",
    "free_movement",
    "no_new_tasks",
    "so_so_work",
    "sluggish_wages",
    "brain_drain",
    "ageing_care",
    "care_ai",
    "firms_genai",
    "superstars",
    "ai_pricing",
    "access_wedge",
    "policy_genai",
    "policy_adopters",
    "policy_basic_income",
    "policy_chips",
    "policy_competition",
    "policy_compute",
    "policy_data_law",
    "policy_flexible_work",
    "policy_loans",
    "policy_open_source",
    "policy_services",
    "policy_small_firms",
    "policy_standards",
    "policy_talent",
    "finance_ai_tax",
    "finance_debt",
    "finance_output_tax",
    "ai_tax_basic_income",
    "restore_lower_markups",
    "restore_services",
    "restore_slower_automation",
)
"""Scenarios of work, incomes, firms and policy, run in their own nest with foresight."""

LADDER = ("quota_50", "quota_25", "chip_embargo", "quota_0")

OF_DOCS = (
    "quota_50",
    "quota_25",
    "quota_0",
    "stop_compute",
    "stop_components",
    "so_so_automation",
    "automation_on_better_ai",
    "sudden_ai",
)
"""Scenarios of docs/scenarios."""

BOTH = ("so_so_automation", "automation_on_better_ai")
"""Those of them that are run under both kinds of expectations."""


FULL = "43"
"""The aggregation of the tables."""

AGGREGATIONS = ("5", "12", FULL)
AGGREGATED = (
    "markup_drift",
    "ageing_care",
    "care_ai",
    "ai_central",
    "deep_automation",
    "chip_embargo",
)
"""Scenarios that are run at each of these aggregations, in the default nest with foresight: first those
that shock a group of sectors."""


def load(name: str) -> Scenario:
    """A scenario of the library or of docs/scenarios."""
    return load_scenario(str(OWN / f"{name}.yaml") if name in OF_DOCS else name)


def own_mode(name: str) -> str:
    """The nest in which a scenario is run where no other is named."""
    return load(name).ai_mode


def modes_of(name: str) -> tuple[str, ...]:
    """The nests in which a scenario is run; firms that choose cannot be made to hand tasks over."""
    return AI_MODES if own_mode(name) == DEFAULT_MODE else FORCED


def wanted() -> list[Scenario]:
    """Every run of the tables, in an order that keeps the solved references of one setting at hand."""
    runs: list[Scenario] = []
    for expectations in EXPECTATIONS:
        for mode in AI_MODES:
            here = ["baseline", *(n for n in LIBRARY if mode in modes_of(n))]
            here += [
                n
                for n in OF_DOCS
                if own_mode(n) == mode and (expectations == "foresight" or n in BOTH)
            ]
            runs += [
                with_settings(load(name), expectations=expectations, ai_mode=mode) for name in here
            ]
    runs += [load_scenario(name) for name in PEOPLE]
    return runs + [
        with_settings(load_scenario(name), aggregation=aggregation)
        for aggregation in AGGREGATIONS
        if aggregation != FULL
        for name in AGGREGATED
    ]


class Runs:
    """Stored runs below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.frame = cache(self._frame)

    def place(self, name: str, mode: str, expectations: str, aggregation: str = FULL) -> Path:
        """Folder of a run."""
        about = {
            "aggregation": aggregation,
            "scenario": name,
            "ai_mode": mode,
            "expectations": expectations,
        }
        return run_folder(self.folder, about)

    def _frame(
        self, name: str, mode: str, expectations: str, aggregation: str = FULL
    ) -> pd.DataFrame:
        return load_run(self.place(name, mode, expectations, aggregation)).frame

    def solve(self) -> None:
        """Solve and store what is missing, by the fast path."""
        session = Session("newton")
        for scenario in wanted():
            # what another scenario of the name has stored is refused, what is damaged solved again
            place = check_place(scenario, self.folder)
            with suppress(EngelsInputError):
                load_run(place)
                continue
            session.economies.of(scenario)
            print(
                f"solving {scenario.name}, {scenario.ai_mode}, {scenario.expectations}", flush=True
            )
            try:
                store_run(session.run(scenario), self.folder)
            except SolveError as error:
                print(f"not solved: {error}", file=sys.stderr, flush=True)

    def series(
        self,
        name: str,
        variable: str,
        mode: str = "",
        expectations: str = "foresight",
        aggregation: str = FULL,
        *,
        sector: str = "",
        group: str = "",
        reference: bool = False,
    ) -> pd.Series[float]:
        """A variable of a run (or of its reference) by year, in its own nest where none is named."""
        frame = self.frame(name, mode or own_mode(name), expectations, aggregation)
        known = [str(s) for s in frame["scenario"].unique()]
        own = next(s for s in known if (s == name) != (reference and len(known) > 1))
        return deviations.series(frame, own, variable, sector, group)

    def change(
        self, name: str, variable: str, year: int, *settings: str, points: bool = False, **key: str
    ) -> float:
        """Deviation from the reference: per cent, or percentage points; none in a nest it is not run in."""
        if settings and settings[0] and settings[0] not in modes_of(name):
            return float("nan")
        place = {"sector": "", "group": "", **key}
        sector, group = place["sector"], place["group"]
        run = self.series(name, variable, *settings, sector=sector, group=group)[year]
        other = self.series(name, variable, *settings, sector=sector, group=group, reference=True)[
            year
        ]
        return float(100 * (run - other) if points else 100 * (run / other - 1))

    def reference(self, name: str) -> str:
        """What a run is measured from."""
        known = self.frame(name, own_mode(name), "foresight")["scenario"].unique()
        return str(next((s for s in known if s != name), name))
