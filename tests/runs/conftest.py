"""A small economy and a synthetic run: `runs/` is tested without data, calibration or solver."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from engels.calibration.benchmark import (
    BaselinePath,
    Benchmark,
    Composition,
    Compute,
    Elasticities,
    Tasks,
)
from engels.calibration.composition import compose
from engels.model.reporting.measures import variables
from engels.runs.indicators.deviations import engels_pause, pause_in_levels
from engels.runs.scenarios.scenario import load_scenario
from engels.runs.store.inputs import RunResult, describe_inputs

SECTORS = ("A", "M", "E", "S", "AI")
SKILLS = ("low", "middle", "high")
YEARS = np.arange(2020, 2051)


def make_benchmark() -> Benchmark:
    """Five sectors with round numbers; the accounts are not balanced, nothing is solved here."""
    n, s, t = len(SECTORS), len(SKILLS), len(YEARS)
    ones, by_skill = np.ones(n), np.ones((n, s))
    ai_purchases = np.array([0.0, 0.5, 0.6, 2.0, 0.0])[:, None] * by_skill / s
    economy = Benchmark(
        name="five",
        base_year=2020,
        sectors=SECTORS,
        skills=SKILLS,
        households=("rural", "urban"),
        ai="AI",
        chip_sector="E",
        labels={
            "A": {"en": "Agriculture", "zh": "农业"},
            "M": {"en": "Manufacturing", "zh": "制造业"},
            "E": {"en": "Electronics", "zh": "电子"},
            "S": {"en": "Services", "zh": "服务业"},
            "AI": {"en": "AI services", "zh": "人工智能服务"},
        },
        stage=dict(
            zip(SECTORS, ["primary", "secondary", "secondary", "tertiary", "tertiary"], strict=True)
        ),
        intensity=dict(
            zip(SECTORS, ["labour", "capital", "capital", "labour", "capital"], strict=True)
        ),
        labour_share=np.array([0.9, 0.4, 0.45, 0.6, 0.5]),
        output=np.array([12.0, 90.0, 20.0, 100.0, 3.0]),
        intermediate=np.ones((n, n)),
        ai_purchases=ai_purchases,
        labour=by_skill * 3.0,
        capital=ones * 8.0,
        production_tax=ones * 0.5,
        consumption=np.ones((n, 2)),
        government=ones,
        investment=ones,
        inventory=ones * 0.1,
        exports=ones * 2.0,
        imports=ones * 1.5,
        compute=Compute(
            rent=0.4,
            operation=ones * 0.02,
            stock=1.0,
            depreciation=0.3,
            chips_domestic=0.1,
            chips_imported=0.15,
            other=ones * 0.03,
            components_imported=1.5,
        ),
        capital_stock=ones * 40.0,
        depreciation=ones * 0.06,
        persons=by_skill * 50.0,
        labour_owner=np.full((s, 2), 0.5),
        capital_owner=np.array([0.3, 0.7]),
        transfer_owner=np.array([0.5, 0.5]),
        quota_rent_owner={"foreign": 1.0},
        exposure=by_skill * 0.3,
        tasks=Tasks(elasticity=0.5, saving=0.27, contestable=0.1, new_task_gain=1.15),
        elasticities=Elasticities(
            top=ones * 0.1,
            intermediates=0.0,
            capital_labour=ones * 0.5,
            skills=1.5,
            ai_labour=np.array([0.6, 2.0, 1.0]),
            ai_capital=0.5,
            ai_traditional=ones,
            ai_inputs=0.3,
            armington=ones * 2.0,
            export_demand=ones * 4.0,
            transformation=ones * 2.0,
            chips=0.5,
            labour_supply=0.2,
            frisch=np.array([-2.0, -2.0]),
            income=np.ones((n, 2)),
            intertemporal=0.5,
            discount=0.96,
            adjustment_capital=1.0,
            adjustment_compute=2.0,
        ),
        path=BaselinePath(
            years=tuple(int(y) for y in YEARS),
            gdp=1.04 ** np.arange(t),
            employment=np.full(t, 750.0),
            investment_rate=np.full(t, 0.4),
            government_rate=np.full(t, 0.16),
            inventory=np.ones(t),
            foreign_saving=np.ones(t),
            world_demand=1.03 ** np.arange(t),
            tfp_sector=np.ones((t, n)),
            labour_by_skill=np.ones((t, s)),
            premia=np.ones(t),
            investment_trend=np.zeros(t),
        ),
    )
    return economy.with_(composition=compose_itself(economy), pause_threshold=0.001)


def compose_itself(b: Benchmark) -> Composition:
    """The groups of an economy whose sectors are the official ones."""
    itself = np.eye(len(b.sectors))
    value_added = np.array([8.0, 30.0, 10.0, 50.0, 2.0])
    bases = {"value_added": value_added, "labour": b.labour_share * value_added, "output": b.output}
    return compose(
        b.sectors,
        itself,
        itself,
        bases
        | {"capital": b.capital_stock, "imports": b.imports, "consumption": b.consumption[:, 0]},
        stage=[b.stage[code] for code in b.sectors],
        care=[],
        ai_purchases=b.ai_purchases.sum(axis=1),
        government=b.government,
    )


@pytest.fixture(scope="session")
def benchmark() -> Benchmark:
    """Five sectors A, M, E (chips), S, AI."""
    return make_benchmark()


ComposeOfItself = Callable[[Benchmark], Composition]


@pytest.fixture(scope="session")
def compose_of_itself() -> ComposeOfItself:
    """The groups of an economy whose sectors are the official ones."""
    return compose_itself


def make_frame(size: float = 1.0, run: str = "ai_central", seed: int = 1) -> pd.DataFrame:
    """A run and its baseline, smooth and plausible in shape, ``size`` times a moderate shock."""
    benchmark = make_benchmark()
    rows: list[tuple[str, str, str, str, int, float, str]] = []
    since = np.clip(YEARS - 2025, 0, None) / 25
    growth = 1.04 ** (YEARS - 2020)

    def put(
        name: str, variable: str, values: np.ndarray, unit: str, sector: str = "", group: str = ""
    ) -> None:
        rows.extend(
            (name, variable, sector, group, int(year), float(value), unit)
            for year, value in zip(YEARS, np.broadcast_to(values, YEARS.shape), strict=True)
        )

    for name in ("baseline", run):
        x = since * (0.0 if name == "baseline" else size)
        put(name, "gdp_real", 100 * growth * (1 + 0.05 * x), "trillion yuan")
        put(name, "consumption_real", 40 * growth * (1 + 0.04 * x), "trillion yuan")
        put(name, "labour_share", 0.53 - 0.015 * x, "share")
        put(name, "labour_share_within", -0.018 * x, "share")
        put(name, "labour_share_between", 0.003 * x, "share")
        put(name, "real_wage", 0.08 * growth * (1 - 0.02 * x + 0.06 * x**2), "trillion yuan")
        put(name, "output_per_worker", 0.14 * growth * (1 + 0.05 * x), "trillion yuan")
        put(name, "automation_depth", 0.0 * x, "share of exposed tasks")
        put(name, "ai_price", np.exp(-0.8 * x), "index")
        put(name, "compute_price", np.exp(0.3 * x * (1 - x)), "index")
        put(name, "compute_used", growth**2 * np.exp(1.5 * x), "trillion yuan")
        put(name, "compute_capacity", growth**2 * np.exp(1.6 * x), "trillion yuan")
        put(name, "compute_scarcity", 0.4 * x * np.clip(1 - x, 0, None), "rate")
        put(name, "compute_rent", 0.45 + 0.4 * x * np.clip(1 - x, 0, None), "rate")
        put(name, "ai_price_effective", np.exp(-1.8 * x), "index")
        put(name, "chip_premium", 0.2 * x, "ad valorem rate", group="compute")
        put(name, "chip_premium", 0.0 * x, "ad valorem rate", group="components")
        wages, outputs = 1 - 0.02 * x + 0.06 * x**2, 1 + 0.05 * x
        ones = np.ones_like(wages)
        paused = engels_pause(wages, outputs, ones, ones, benchmark.pause_threshold)
        put(name, "engels_pause", paused.astype(float), "1 or 0")
        levels = pause_in_levels(growth * wages, growth * outputs)
        put(name, "engels_pause_levels", levels.astype(float), "1 or 0")
        for who, gain in {"": 3.0, "rural": 1.0, "urban": 2.0}.items():
            gain = gain if name == run else 0.0
            for variable, value in (
                ("welfare_lifetime", 100 * gain),
                ("welfare_lifetime_share", 0.01 * gain),
                ("welfare_lifetime_beta", 0.005 * gain),
            ):
                rows.append((name, variable, "", who, 2026, value, variables()[variable].unit))
        rows.append((name, "welfare_tail", "", "", 2026, 0.25, variables()["welfare_tail"].unit))
        drift = {"A": -0.03, "M": -0.01, "E": 0.01, "S": 0.012, "AI": 0.1}
        for number, code in enumerate(benchmark.sectors):
            level = benchmark.output[number] * growth ** (1 + drift[code])
            put(name, "output", level * (1 + 0.2 * drift[code] * x * 20), "trillion yuan", code)
            added = 0.4 * level * (1 + (2.5 if code == "AI" else 0.05) * x)
            put(name, "value_added", added, "trillion yuan", code)
        for group in ("capital_intensive", "labour_intensive"):
            sign = 1 if group == "capital_intensive" else -0.3
            put(name, "output_group", 100 * growth * (1 + sign * 0.06 * x), "tn", group=group)
    columns = ["scenario", "variable", "sector", "group", "year", "value", "unit"]
    return pd.DataFrame(rows, columns=columns)


def build_result(size: float = 1.0, run: str = "ai_central") -> RunResult:
    """A synthetic solved run with a manifest that may be stored."""
    benchmark = make_benchmark()
    scenario = load_scenario(run).model_copy(update={"reference": "baseline"})
    manifest = {
        **describe_inputs(scenario, benchmark),
        "solver": {"name": "ipopt", "version": "3.14.19", "linear_solver": "mumps"},
        "residuals": {
            "equations": {"value": 3e-11, "tolerance": 1e-8},
            "walras": {"value": 2e-12, "tolerance": 1e-8},
        },
        "homotopy_steps": [1.0],
        "seconds": {"build": 1.0, "solve": 4.0},
    }
    return RunResult(make_frame(size, run), manifest)


@pytest.fixture
def frame() -> pd.DataFrame:
    """The synthetic run ``ai_central`` and its baseline."""
    return make_frame()


@pytest.fixture
def result() -> RunResult:
    """The synthetic run with its manifest."""
    return build_result()


@pytest.fixture(scope="session")
def make_result() -> Callable[[float], RunResult]:
    """Makes a synthetic run of any size: 0 is the baseline itself, 1 a moderate shock."""
    return build_result
