"""Every way to fail, tried on purpose: a clear message, the right exit code, and nothing stored.

Where a user would see it the failure goes through the command line, in a process of its own where the
solver is what fails.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partialmethod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyomo.environ as pyo
import pytest

from engels.data import load_table
from engels.model.algebra.errors import ClosureError, ModelError, SolveError
from engels.model.algebra.point import restore
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.solving.closures import POLICY
from engels.model.solving.compiled import Compiled
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.newton import NewtonSystem
from engels.model.solving.solution import Solution
from engels.model.solving.solve import Engine, IpoptEngine, NewtonEngine, SolveReport, solve
from engels.model.solving.solver_path import find_ipopt, find_pynumero_asl
from engels.runs.simulation import simulate as simulation
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import ResultError, load_run, load_solution, store_run

from ...sealing import reseal

if TYPE_CHECKING:
    from tests.conftest import Engels
    from tests.model.conftest import Runs

DATA = Path(load_table.__code__.co_filename).parent

HEAD = """\
name: {name}
title: {{en: A failure, zh: 失败}}
family: labour_share
description: A scenario that cannot be run.
last_year: 2030
"""
NO_LABOUR = (
    "ai_mode: labour\n"
    "swaps: [{target: labour_share, instrument: automation_depth, path: {2026: 0.05}}]"
)
"""Labour left 5 % of income: handing over every task that can be leaves it more."""


@pytest.fixture
def scenario(tmp_path: Path) -> Callable[[str, str], str]:
    """Writes a scenario file and returns its path."""

    def write(name: str, text: str) -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text(HEAD.format(name=name) + text, encoding="utf-8")
        return str(path)

    return write


def nothing_stored(folder: Path) -> bool:
    return not list(folder.rglob("manifest.json")) and not list(folder.rglob("*.parquet"))


def clear(message: str) -> bool:
    """A message for people: no traceback, no class of a library, no empty word."""
    unclear = ("Traceback", "pyomo.", "Exception", "Error:", "None", "KeyError", "InvalidNumber")
    return bool(message.strip()) and not any(word in message for word in unclear)


# --- A closure that cannot be --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "swaps", "says"),
    [
        (
            "bad_instrument",
            "swaps: [{target: gdp_real, instrument: numeraire, change: multiply, path: {2026: 1.1}}]",
            "numeraire does not steer gdp_real; use labour_efficiency",
        ),
        (
            "two_targets",
            "swaps:\n"
            "  - {target: labour_share, instrument: automation_depth, change: add, path: {2026: 0}}\n"
            "  - {target: gdp_real, instrument: automation_depth, change: add, path: {2026: 1}}\n",
            "automation_depth is already in another swap",
        ),
    ],
)
def test_an_impossible_closure_is_refused_and_points_to_its_diagnosis(
    engels: Engels,
    scenario: Callable[[str, str], str],
    tmp_path: Path,
    name: str,
    swaps: str,
    says: str,
) -> None:
    code, out, err = engels("run", scenario(name, swaps), "--aggregation", "5")
    assert (code, out) == (2, "")
    assert "impossible closure" in err and says in err
    assert "`engels diagnose`" in err
    assert clear(err) and nothing_stored(tmp_path)


def test_a_target_that_nothing_reaches_says_how_far_it_came(
    engels: Engels, scenario: Callable[[str, str], str], tmp_path: Path
) -> None:
    file = scenario("no_labour", NO_LABOUR)
    code, _, err = engels(
        "run", file, "--aggregation", "5", "--expectations", "static", "--no-figures"
    )
    assert code == 1
    assert "no_labour: failed: 2020: the shock was solved up to" in err
    assert "Worst equations:" in err
    assert "`engels diagnose`" in err
    assert clear(err) and nothing_stored(tmp_path)


def test_a_swap_that_the_reference_holds_earlier_is_no_failure(
    engels: Engels, scenario: Callable[[str, str], str], tmp_path: Path
) -> None:
    """Its years before the announcement are the reference's, not years outside the run."""
    swap = "swaps: [{target: labour_share, instrument: automation_depth, path: {2026: 0.48}}]"
    # depth is handed over as it is found: there is one for each labour share
    scenario("lower", f"ai_mode: labour\n{swap}")
    more = "shocks: [{driver: ai_tax, path: {2028: 0.1}}]"
    file = scenario(
        "later", f"reference: lower\ninclude: [lower]\nai_mode: labour\nannounced: 2028\n{more}"
    )
    settings = ["--aggregation", "5", "--expectations", "recursive", "--no-figures"]
    code, _, err = engels("run", file, *settings)
    assert code == 0, err
    run = load_run(tmp_path / "results" / "5" / "later-labour-recursive").frame
    share = run[(run["variable"] == "labour_share") & (run["year"] >= 2026)]
    assert share["value"].to_numpy() == pytest.approx(0.48, abs=1e-9)


@pytest.fixture
def year(runs: Runs) -> pyo.ConcreteModel:
    """The solved base year under the policy closure."""
    origin = runs.baseline("5", foresight=False, last_year=2020)
    m = build_economy(
        origin.benchmark, [2020], False, origin.ai_mode, blocks=blocks_of(origin.benchmark)
    )
    restore(m, origin.values)
    POLICY.apply(m, False)
    return m


ENGINES = pytest.mark.parametrize("by", [IpoptEngine(), NewtonEngine()], ids=["ipopt", "newton"])


@ENGINES
def test_unknowns_and_equations_are_counted(year: pyo.ConcreteModel, by: Engine) -> None:
    year.reference_wage["high", 2020].unfix()
    with pytest.raises(ClosureError, match="1 more unknowns than equations"):
        solve(year, by)


@ENGINES
def test_an_unknown_in_no_equation_is_named(year: pyo.ConcreteModel, by: Engine) -> None:
    """As many unknowns as equations, but one of them stands nowhere."""
    year.euler_wedge[2020].unfix()
    year.labour_share[2020].fix()
    with pytest.raises(
        ClosureError, match=r"leaves saving wedge .* 2020 undetermined: no equation"
    ):
        solve(year, by)


@ENGINES
def test_an_equation_without_unknowns_is_named(year: pyo.ConcreteModel, by: Engine) -> None:
    year.price_consumption[2020].fix(1.1)
    year.reference_wage["high", 2020].unfix()
    with pytest.raises(ClosureError, match="gives every variable of: numeraire, 2020"):
        solve(year, by)


# --- Not a number --------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["nan", "", "inf", "-", "1,5"])
def test_a_cell_of_a_table(engels: Engels, tmp_path: Path, cell: str) -> None:
    lines = (DATA / "io" / "2020-42.csv").read_text(encoding="utf-8").splitlines()
    row = ",".join(lines[199].split(",")[:2])
    lines[199] = f"{row},{cell}"
    table = tmp_path / "table" / "2020-42.csv"
    table.parent.mkdir()
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, out, err = engels("run", "baseline", "--aggregation", "5", "--table", str(table))
    assert (code, out) == (2, "")
    assert str(table) in err and "line 200" in err
    assert clear(err) and nothing_stored(tmp_path)


@pytest.mark.parametrize("value", [".nan", ".inf", "-1", "1e9"])
def test_a_driver_of_a_scenario(
    engels: Engels, scenario: Callable[[str, str], str], tmp_path: Path, value: str
) -> None:
    file = scenario("no_number", f"shocks: [{{driver: ai_productivity, path: {{2026: {value}}}}}]")
    code, out, err = engels("run", file, "--aggregation", "5")
    assert (code, out) == (2, "")
    assert "shocks[0].path.2026" in err
    assert clear(err) and nothing_stored(tmp_path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.0, 1e9])
def test_a_driver_of_a_run(runs: Runs, value: float) -> None:
    origin = runs.baseline("5", foresight=False, last_year=2026)
    with pytest.raises(
        ModelError, match=r"driver ai_productivity: .* at 2026; it must be a number"
    ):
        solve_policy(origin, {"ai_productivity": {2026: value}}, 2026)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize(
    ("part", "figure", "where"),
    [
        ("", "output", "output[AGR]"),
        ("", "intermediate", "intermediate[AGR, AGR]"),
        ("", "labour", "labour[AGR, low]"),
        ("", "capital_stock", "capital_stock[AGR]"),
        ("", "consumption", "consumption[AGR, rural]"),
        ("compute", "stock", "stock"),
        ("path", "tfp_sector", "tfp_sector[2020, AGR]"),
        ("elasticities", "chips", "chips"),
    ],
)
def test_a_figure_of_the_benchmark(
    runs: Runs, part: str, figure: str, where: str, value: float
) -> None:
    b = runs.benchmark("5")
    owner = getattr(b, part) if part else b
    figures = getattr(owner, figure)
    spoilt: object = value
    if isinstance(figures, np.ndarray):
        spoilt = figures.copy()
        spoilt.flat[0] = value
    owner = dataclasses.replace(owner, **{figure: spoilt})
    wrong = dataclasses.replace(b, **{part: owner}) if part else owner
    if part == "elasticities" and value == np.inf:
        return  # a price taker's
    with pytest.raises(ModelError) as caught:
        solve_baseline(wrong, "labour", False, 2020)
    assert str(caught.value) == (f"benchmark 5: {where} is {value}; every figure must be a number")


@ENGINES
@pytest.mark.parametrize("value", [np.nan, None])
def test_a_value_of_the_model(year: pyo.ConcreteModel, by: Engine, value: float | None) -> None:
    year.ai_productivity[2020].set_value(value, skip_validation=True)
    with pytest.raises(
        SolveError, match=r"AI productivity, 2020 is .*; it must be a finite number"
    ):
        solve(year, by)


@ENGINES
def test_an_equation_that_has_no_value(
    year: pyo.ConcreteModel, by: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """A good whose world price is zero: its import price cannot be raised to a negative power."""
    year.world_price_imports["ELC", 2020].set_value(0.0)
    with pytest.raises(SolveError, match="equation cannot be evaluated") as caught:
        solve(year, by)
    assert "good ELC" in caught.value.worst[0].words


# --- The solver ----------------------------------------------------------------------------------


@dataclasses.dataclass
class Machine:
    """A machine of its own: what stands in for Ipopt there, and the command run on it."""

    home: Path

    def install(self, script: str) -> None:
        """Put a shell script where IDAES keeps Ipopt; ``REAL`` in it is the true one."""
        folder = self.home / ".idaes" / "bin"
        folder.mkdir(parents=True)
        file = folder / "ipopt"
        file.write_text(
            '#!/bin/sh\n[ "$1" = -v ] && exec REAL -v\n'.replace("REAL", str(find_ipopt()))
            + script.replace("REAL", str(find_ipopt()))
            + "\n",
            encoding="utf-8",
        )
        file.chmod(0o755)
        library = find_pynumero_asl()
        (folder / library.name).symlink_to(library)

    def engels(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        # the environment's own solver is looked for below sys.prefix
        code = (
            f"import sys; sys.prefix = {str(self.home / 'environment')!r}; "
            "from engels.runs.cli.main import main; main()"
        )
        kept: Mapping[str, str] = {"HOME": str(self.home), "COLUMNS": "500", "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=self.home,
            env={**kept, "PATH": os.defpath},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def run_baseline(self, solver: str = "ipopt") -> subprocess.CompletedProcess[str]:
        settings = ["--aggregation", "5", "--no-figures", "--solver", solver]
        return self.engels("run", "baseline", *settings)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    if shutil.which("ipopt", path=os.defpath):
        pytest.skip("an Ipopt in the system's own folders would be found")
    return Machine(tmp_path)


@pytest.mark.slow
def test_a_machine_of_its_own_can_solve(machine: Machine) -> None:
    """What the next tests break works."""
    machine.install('exec REAL "$@"')
    done = machine.run_baseline()
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        load_run(machine.home / "results" / "5" / "baseline-tasks-foresight").scenario == "baseline"
    )


def test_no_solver(machine: Machine) -> None:
    done = machine.run_baseline("ipopt")
    assert done.returncode == 1
    assert "baseline: failed: the Ipopt executable is missing (looked in" in done.stderr
    assert "`make setup`" in done.stderr
    assert clear(done.stderr) and nothing_stored(machine.home)


@pytest.mark.parametrize(
    ("death", "said"),
    [
        # Ipopt itself is killed while it works
        pytest.param(
            'REAL "$@" & child=$!; sleep 0.05; kill -9 $child; wait $child',
            "was ended before it finished (exit code 137)",
            id="while solving",
        ),
        # killed when it had already written a solution: even that one is not believed
        pytest.param(
            'REAL "$@"; [ "$1" = --version ] || kill -9 $$',
            "was killed by SIGKILL before it finished",
            id="after writing",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "kill -9 $$", "cannot be used: `--version` gave killed by SIGKILL", id="at once"
        ),
    ],
)
@pytest.mark.sampled(1)
def test_a_killed_solver(machine: Machine, death: str, said: str) -> None:
    machine.install(death)
    done = machine.run_baseline()
    assert done.returncode == 1, done.stdout + done.stderr
    assert said in done.stderr
    assert clear(done.stderr) and nothing_stored(machine.home)


@pytest.mark.slow
def test_the_iteration_limit(machine: Machine) -> None:
    few = 'for a; do shift; case $a in max_iter=*) a=max_iter=2;; esac; set -- "$@" "$a"; done'
    machine.install(f'{few}\nexec REAL "$@"')
    done = machine.run_baseline()
    assert done.returncode == 1
    said = "baseline: failed: Ipopt stopped without a solution (iterationLimit, 2 iterations)"
    assert said in done.stderr
    assert "Worst equations:" in done.stderr
    assert clear(done.stderr) and nothing_stored(machine.home)


def test_newton_without_convergence(
    engels: Engels, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Newton alone, without Ipopt behind it, with fewer iterations than it takes."""
    monkeypatch.setattr(simulation, "engine", lambda _: NewtonEngine())
    monkeypatch.setattr(NewtonSystem, "solve", partialmethod(NewtonSystem.solve, max_iterations=1))
    settings = ["--aggregation", "5", "--expectations", "recursive", "--no-figures"]
    code, _, err = engels("run", "ai_slow", *settings)
    assert code == 1
    assert "Newton stopped without a solution (no convergence in 1 iterations)" in err
    assert clear(err) and nothing_stored(tmp_path)


def test_newton_where_equations_hold_and_no_economy_is(
    engels: Engels,
    scenario: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A target that cannot be reached is met by numbers of which some are negative; they are refused."""
    monkeypatch.setattr(simulation, "engine", lambda _: NewtonEngine())
    file = scenario("no_labour", NO_LABOUR)
    settings = ["--aggregation", "5", "--expectations", "recursive", "--no-figures"]
    code, _, err = engels("run", file, *settings)
    assert code == 1
    assert "2026: the shock was solved up to" in err
    said = "Newton ended where every equation holds and this is negative, which is no equilibrium: "
    assert said in err
    assert clear(err) and nothing_stored(tmp_path)


# --- Numbers that are no solution ----------------------------------------------------------------


class Dishonest:
    """Solves, and changes one number before it hands the solution over."""

    def __init__(self, name: str, index: object) -> None:
        self.name, self.index = name, index
        self.honest = IpoptEngine()

    def anchor(self, e: Compiled) -> None:
        """Nothing to prepare."""

    def solve(self, e: Compiled, share: float = 0.0) -> SolveReport:
        report = self.honest.solve(e)
        e.restore({self.name: {self.index: e.values[self.name][self.index] * (1 + 1e-6)}})
        return report


@pytest.mark.parametrize(
    ("name", "index", "failure"),
    [
        ("wage", ("high", 2020), "gdp: "),
        ("consumption", ("SRV", "urban", 2020), "sam: "),
        ("lump_sum_tax", 2020, "sam: "),
    ],
)
def test_a_solution_that_fails_its_certificate_is_none(
    engels: Engels,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    index: object,
    failure: str,
) -> None:
    monkeypatch.setattr(simulation, "engine", lambda _: Dishonest(name, index))
    settings = ["--aggregation", "5", "--expectations", "static", "--no-figures"]
    code, _, err = engels("run", "baseline", *settings)
    assert code == 1
    assert "the solution fails its certificate: " in err and failure in err
    assert clear(err) and nothing_stored(tmp_path)


@pytest.fixture
def stored(engels: Engels, tmp_path: Path) -> Path:
    """Folder of a stored run."""
    settings = ["--aggregation", "5", "--expectations", "static", "--no-figures"]
    code, _, err = engels("run", "ai_central", *settings)
    assert code == 0, err
    return tmp_path / "results" / "5" / "ai_central-tasks-static"


def change(folder: Path, variable: str, index: str, factor: float | None) -> None:
    """Multiply one stored number of the run, or take it away, and seal the folder anew."""
    file = folder / "solution.parquet"
    table = pd.read_parquet(file).astype(dict.fromkeys(("scenario", "variable", "index"), object))
    chosen = (table["variable"] == variable) & (table["index"] == index)
    chosen &= table["scenario"] == "ai_central"
    assert chosen.sum() == 1
    if factor is None:
        table = table[~chosen]
    else:
        table.loc[chosen, "value"] *= factor
    table.to_parquet(file, index=False)
    reseal(folder)


def test_an_untouched_run_passes(engels: Engels, stored: Path) -> None:
    code, out, err = engels("check", str(stored))
    assert (code, err) == (0, "") and "Certificate of" in out


@pytest.mark.parametrize(
    ("variable", "index", "says"),
    [
        ("wage", "high", "gdp"),
        ("output", "IND", "gdp"),
        ("chips_imported", "compute", "equations: 1.0e-06 at chip_demand"),
        ("lump_sum_tax", "", "equations"),
        ("ai_productivity", "", "equations"),
    ],
)
def test_a_changed_number_of_a_stored_run(
    engels: Engels, stored: Path, variable: str, index: str, says: str
) -> None:
    change(stored, variable, index, 1 + 1e-6)
    code, _, err = engels("check", str(stored))
    assert code == 1
    assert f"fails: {says}" in err and "at most 1e-08" in err


@pytest.mark.parametrize("factor", [None, np.nan])
def test_a_number_missing_from_a_stored_run(
    engels: Engels, stored: Path, factor: float | None
) -> None:
    """Its benchmark value must not stand in for it."""
    change(stored, "output", "IND", factor)
    code, _, err = engels("check", str(stored))
    assert code == 1
    assert "solution: output[IND,2020] is missing" in err


def test_what_has_no_certificate_is_not_stored(stored: Path, tmp_path: Path) -> None:
    run = load_run(stored)
    for spoil in ("above", "absent"):
        manifest = {**run.manifest, "residuals": dict(run.manifest["residuals"])}
        if spoil == "above":
            manifest["residuals"]["sam"] = {"value": 1e-6, "tolerance": 1e-8}
        else:
            manifest["residuals"] = {}
        result = RunResult(run.frame, manifest, load_solution(stored))
        with pytest.raises(ResultError, match="not stored"):
            store_run(result, tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_a_failed_run_leaves_its_origin_as_it_was(runs: Runs) -> None:
    """The next scenario of a batch starts from a sound baseline."""
    origin: Solution = runs.baseline("5", foresight=False, last_year=2026)
    before = {n: dict(entries) for n, entries in origin.values.items()}
    shop = Workshop(Dishonest("wage", ("high", 2026)))
    with pytest.raises(SolveError, match="certificate"):
        solve_policy(origin, {"ai_productivity": {2026: 2.0}}, 2026, workshop=shop)
    assert origin.values == before
    shop.by = IpoptEngine()
    assert solve_policy(origin, {"ai_productivity": {2026: 2.0}}, 2026, workshop=shop).certificate
