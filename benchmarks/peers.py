"""Two other models of the field, timed beside ours by ``engels bench``: irispie and cgelab.

Each is given a small model of its own kind, written here in its own language:

* irispie: a many-sector Ramsey economy with perfect foresight (CES costs, capital and Tobin's q in every
  sector), over as many periods as make its equations as many as ours. It has few equations a period and
  many periods, the shape that suits irispie best: its terminal condition costs the cube of the former.
* cgelab: a recursive economy on the same table, the same sectors and the same years.

Neither has complementarity, skills, AI or compute. Neither is needed for anything else; where one is not
installed (``pip install -e .[bench]``) it is left out by name.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rich.console import Console

from engels.benchmarks.timing import (
    SHOCK,
    SHOCK_AFTER,
    free_memory,
    median_time,
    printed,
    size_name,
)

if TYPE_CHECKING:
    from engels.calibration import Benchmark

Record = dict[str, Any]

TOLERANCE = 1e-10
"""Largest residual of an accepted solution of irispie's model, as in our own."""
MAX_ITERATIONS = 30


class PeerFailed(Exception):
    """A peer did not solve its model."""


# --- irispie ---------------------------------------------------------------------------------------


def ramsey_source(n: int) -> str:
    """A Ramsey economy of ``n`` sectors in irispie's language: 8 n + 6 equations a period.

    By sector: price ``p`` and its power ``s`` = p^(1 - sigma), output ``y`` and its demand weight ``o`` =
    y p^sigma, rental ``r``, capital ``k``, investment ``i``, Tobin's ``q``. The input-output matrix ``g``
    enters linearly, as in our own model. One shock moves the productivity ``z`` of the first sector.
    """
    sectors = range(1, n + 1)

    def total(term: str) -> str:
        return " + ".join(term.format(j=j) for j in sectors)

    names = [f"{x}{j}" for j in sectors for x in "spoyrkiq"] + ["w", "c", "pk", "it", "h", "z"]
    equations: list[str] = []
    for j in sectors:
        gain, cost = ("z^(sigma-1)*", "*z^(1-sigma)") if j == 1 else ("", "")
        inputs = " + ".join(f"g{i}_{j}*s{i}" for i in sectors)
        uses = " + ".join(f"g{j}_{i}*o{i}" for i in sectors)
        equations += [
            f"s{j} = p{j}^(1-sigma)",
            f"o{j} = {gain}y{j}*p{j}^sigma",
            f"s{j}{cost} = a{j}*r{j}^(1-sigma) + b{j}*w^(1-sigma) + {inputs}",
            f"y{j}*p{j}^sigma = {uses} + t{j}*c + m{j}*it*pk^sigma",
            f"u*k{j}[-1] = a{j}*o{j}*r{j}^(-sigma)",
            f"k{j} = (1-delta)*k{j}[-1] + i{j}",
            f"q{j} = pk*(1 + phi*(i{j}/k{j}[-1] - delta))",
            f"q{j}*h = u*r{j}[+1] + (1-delta)*q{j}[+1]",
        ]
    equations += [
        "1 = " + total("t{j}*s{j}"),
        "pk^(1-sigma) = " + total("m{j}*s{j}"),
        "it = " + total("i{j}"),
        "supply*w^sigma = " + total("b{j}*o{j}"),
        "c[+1] = c*(beta*h)^eta",
        "log(z) = rho*log(z[-1]) + shock",
    ]
    parameters = ["sigma", "u", "delta", "phi", "beta", "eta", "rho", "supply"]
    parameters += [f"{x}{j}" for x in "abtm" for j in sectors]
    parameters += [f"g{i}_{j}" for i in sectors for j in sectors]
    return "\n".join(
        (
            "!transition-variables",
            ", ".join(names),
            "!anticipated-shocks",
            "shock",
            "!parameters",
            ", ".join(parameters),
            "!transition-equations",
            *(f"{e};" for e in equations),
        )
    )


def ramsey_values(n: int) -> dict[str, float]:
    """Parameters and the steady state of :func:`ramsey_source`, where every price is one."""
    random = np.random.default_rng(1)
    g = random.uniform(0.2, 1.0, (n, n))
    g *= 0.5 / g.sum(axis=0)
    a = random.uniform(0.15, 0.3, n)
    b = 1.0 - g.sum(axis=0) - a
    t = np.full(n, 1.0 / n)
    m = random.uniform(0.1, 1.0, n)
    m /= m.sum()
    delta, beta = 0.06, 0.96
    u = 1.0 / beta - 1.0 + delta
    # consumption is one; investment replaces what wears out: delta k = delta a y / u
    y = np.linalg.solve(np.eye(n) - g - np.outer(m, a * delta / u), t)
    k = a * y / u
    found = {
        "sigma": 0.6,
        "u": u,
        "delta": delta,
        "phi": 2.0,
        "beta": beta,
        "eta": 0.5,
        "rho": 0.9,
        "supply": float((b * y).sum()),
        "it": float(delta * k.sum()),
        "h": 1.0 / beta,
    } | dict.fromkeys(("w", "c", "pk", "z"), 1.0)
    columns = {"o": y, "y": y, "k": k, "i": delta * k, "a": a, "b": b, "t": t, "m": m}
    columns |= {x: np.ones(n) for x in "sprq"}
    for name, values in columns.items():
        found |= {f"{name}{j + 1}": float(values[j]) for j in range(n)}
    return found | {f"g{i + 1}_{j + 1}": float(g[i, j]) for i in range(n) for j in range(n)}


def measure_irispie(sectors: int, equations: int) -> Iterator[Record]:
    """Times of a Ramsey economy with about ``equations`` equations in all.

    irispie evaluates a stacked model and its Jacobian but leaves the iterations to its user: they are
    Newton's, with SciPy's sparse solver, on the Jacobian without the zeros that irispie stores. The first
    shock pays for stacking the periods, the second uses what was stacked.
    """

    ir = importlib.import_module("irispie")
    start = time.perf_counter()
    model = ir.Simultaneous.from_string(ramsey_source(sectors), flat=True)
    model.assign(**ramsey_values(sectors))
    model.check_steady()
    model.solve()
    per_period = 8 * sectors + 6
    periods = max(3, round(equations / per_period))
    yield {
        "equations": per_period * periods,
        "periods": periods,
        "setup_s": time.perf_counter() - start,
    }
    first = ir.yy(2020)
    span = first >> first + periods - 1

    def stacked(shock: float) -> Mapping[str, Any]:
        data = ir.Databox.steady(model, span)
        data["shock"][first] = shock
        _, info = model.simulate(
            data, span, method="stacked_time", return_info=True, when_missing="silent"
        )
        return dict(info)

    start = time.perf_counter()
    info = stacked(0.5)
    iterations = _iterate(info["evaluator"], info["data"])
    yield {"first_s": time.perf_counter() - start, "first_iterations": iterations}
    # the data of the other shock are not timed: its evaluator is not needed
    other = stacked(0.4)["data"]
    seconds, iterations = median_time(lambda: _iterate(info["evaluator"], other.copy()))
    yield {"again_s": seconds, "iterations": iterations}


def _iterate(evaluator: Any, data: Any) -> int:
    """Newton's method on a stacked model of irispie; the number of its iterations."""
    from scipy.sparse.linalg import spsolve

    x = evaluator.get_init_guess(data)
    for iteration in range(MAX_ITERATIONS):
        gap, jacobian = evaluator.eval_func_jacob(x, data)
        if np.max(np.abs(gap)) <= TOLERANCE:
            return iteration
        jacobian.eliminate_zeros()
        x = x - spsolve(jacobian.tocsc(), gap)
    raise PeerFailed(f"irispie: no convergence in {MAX_ITERATIONS} iterations")


def irispie_memory(sectors: int, equations: int) -> float:
    """About what irispie takes, MiB: some 17 dense arrays of all equations by one period's (measured)."""
    return 17 * 8 * equations * (8 * sectors + 6) / 2**20


# --- cgelab ----------------------------------------------------------------------------------------


def social_accounts(b: Benchmark) -> pd.DataFrame:
    """Our base year as cgelab's accounts, columns row, col, value; one household, AI bought as a good.

    The accounts that cgelab does not have (compute, chips, inventories) are in investment; where a
    sector's investment would be negative, its imports are raised instead.
    """
    use = b.intermediate.copy()
    use[b.index(b.ai)] += b.ai_purchases.sum(axis=1)
    labour = b.labour.sum(axis=1)
    capital = b.output - use.sum(axis=0) - labour
    # every sector needs some capital
    lent = np.maximum(0.05 * (labour + capital) - capital, 0.0)
    labour, capital = labour - lent, capital + lent
    consumption = b.consumption.sum(axis=1)
    investment = b.output + b.imports - use.sum(axis=1) - consumption - b.government - b.exports
    imports = b.imports + np.maximum(-investment, 0.0)
    investment = np.maximum(investment, 0.0)
    cells: list[tuple[str, str, float]] = []
    for j, code in enumerate(b.sectors):
        good, maker = f"c_{code}", f"a_{code}"
        cells += [(f"c_{k}", maker, use[i, j]) for i, k in enumerate(b.sectors)]
        cells += [
            ("f_lab", maker, labour[j]),
            ("f_cap", maker, capital[j]),
            (maker, good, b.output[j]),
            ("row", good, imports[j]),
            (good, "hh_1", consumption[j]),
            (good, "gov", b.government[j]),
            (good, "s_i", investment[j]),
            (good, "row", b.exports[j]),
        ]
    income = labour.sum() + capital.sum()
    cells += [
        ("hh_1", "f_lab", labour.sum()),
        ("hh_1", "f_cap", capital.sum()),
        ("gov", "hh_1", b.government.sum()),
        ("s_i", "hh_1", income - consumption.sum() - b.government.sum()),
        ("s_i", "row", imports.sum() - b.exports.sum()),
    ]
    frame = pd.DataFrame(cells, columns=["row", "col", "value"])
    return frame[frame["value"].abs() > 1e-12]


def measure_cgelab(aggregation: str, years: int) -> Iterator[Record]:
    """Times of a recursive path on the same table, sectors and years, and of a scenario after it.

    Its equations are the values that it finds in every year, the widest count there is: most of them
    follow from a few dozen prices by formula.
    """
    from engels.calibration import calibrate

    cge = importlib.import_module("cgelab")
    b = calibrate(aggregation)
    accounts = social_accounts(b)
    span = range(b.base_year, b.base_year + years + 1)
    start = time.perf_counter()
    economy = cge.calibrate(
        cge.SAM.from_long(accounts),
        cge.ModelSpec(export_rule="cet", margins=False, numeraire_factor="f_lab"),
    )
    growth = cge.Growth(
        labour=-0.003, tfp=0.03, depreciation=0.06, productivity="factor_augmenting"
    )
    closure = cge.Closure(foreign_saving_unit="foreign_currency")
    quality = np.ones(len(b.sectors))
    quality[b.index(b.ai)] = SHOCK

    def scenario(_: int, number: int) -> Any:
        return cge.Scenario(productivity=quality) if number >= SHOCK_AFTER else cge.Scenario()

    try:
        path = cge.run_path(economy, closure, years=span, growth=growth)
        yield {
            "equations": sum(_size(p) for p in path.periods),
            "cold_s": time.perf_counter() - start,
        }
        seconds, _ = median_time(
            lambda: cge.run_path(economy, closure, years=span, growth=growth, scenario=scenario)
        )
    except RuntimeError as error:
        raise PeerFailed(f"cgelab: {error}") from error
    yield {"again_s": seconds}


def _size(result: Any) -> int:
    """How many numbers a solved period of cgelab holds."""
    values = [getattr(result, f.name) for f in dataclasses.fields(result)]
    arrays = [np.asarray(v) for v in values if isinstance(v, (float, np.ndarray))]
    return sum(a.size for a in arrays if a.dtype.kind == "f")


# --- both ------------------------------------------------------------------------------------------

PEERS: dict[str, Callable[..., Iterable[Record]]] = {
    "irispie": measure_irispie,
    "cgelab": measure_cgelab,
}

LIMIT = 180.0
"""Seconds after which a peer, or our part of its comparison, is given up."""

STAGES = {
    "setup": "model from its source",
    "first": "first shock of the compiled model",
    "cold": "from source to first solution",
    "again": "another shock",
}
"""What is compared, in the order of the table."""

NOTES = {
    "irispie": """Two models with as many equations, both under perfect foresight, both solved by Newton's
method to a largest residual of 1e-10: a many-sector Ramsey economy in irispie (8 equations by sector and 6
more a period; as many sectors as ours, and as many periods as it takes), and ours over its years.

* Model from its source: irispie reads its text, checks the steady state and solves the first-order
  solution that closes its last period; ours is built and compiled.
* First shock of the compiled model: irispie stacks the periods and iterates; ours finds the order of
  elimination and iterates, with no factors kept.
* From source to first solution: the sum of the two. irispie's steady state is given to it by formula, and
  ours starts from a solved baseline: finding it is in the first table.
* Another shock: irispie iterates on the model that it stacked before; ours iterates from the factors at the
  baseline, takes the solution into the model and finds every residual again.

A ratio above one means that ours takes less time an equation.
""",
    "cgelab": """Two recursive economies on the same table, the same sectors and the same years. cgelab's
equations are the numbers that it finds in every year, the widest count there is: most of them follow by
formula from a few dozen prices, so its time by path is shown beside its time by equation.

* From source to first solution: cgelab calibrates and solves its first path; ours builds, compiles and
  solves the baseline, one model a year.
* Another shock: a scenario after it, every model at hand. AI is twice as productive in both.

A ratio above one means that ours takes less time.
""",
}
"""What precisely is compared with each peer."""


def compare(
    sizes: Sequence[Mapping[str, Any]], measured: Callable[..., Record], console: Console
) -> list[Record]:
    """Measure the peers that are installed at the sizes of ``sizes`` (records of ``engels bench``).

    ``measured(kind, limit, **arguments)`` measures in a process of its own. A peer that is not installed
    is left out and named on screen.
    """
    rows: list[Record] = []
    for peer in PEERS:
        if importlib.util.find_spec(peer) is None:
            console.print(
                f"{peer}: not installed, left out (pip install -e .[bench])", markup=False
            )
            continue
        for size in sizes:
            if "newton_s" not in size:
                continue
            with console.status(f"measuring {peer}"):
                rows.append(_against(peer, size, measured))
            if "note" in rows[-1]:
                console.print(f"{peer} {rows[-1]['size']}: {rows[-1]['note']}", markup=False)
    return rows


def _against(peer: str, size: Mapping[str, Any], measured: Callable[..., Record]) -> Record:
    row: Record = {"peer": peer, "size": size_name(size["aggregation"], size["years"])}
    if peer == "irispie":
        given = {"sectors": size["sector_count"], "equations": size["unknowns"]}
        need = irispie_memory(**given)
        if need > 0.9 * free_memory():
            return {**row, "note": f"irispie left out: needs about {need:.0f} MiB"}
        theirs = measured(peer, LIMIT, **given)
        ours = {
            "equations": size["unknowns"],
            "setup_s": size["source_s"],
            "first_s": size["newton_first_s"],
            "again_s": size["newton_s"],
            "iterations": size["newton_iterations"],
        }
    else:
        given = {"aggregation": size["aggregation"], "years": size["years"]}
        theirs = measured(peer, LIMIT, **given)
        path = measured("recursive", LIMIT, **given)
        if "recursive_again_s" not in path:
            return {**row, "note": f"ours: {path.get('note', 'not measured')}"}
        ours = {
            "equations": path["recursive_equations"],
            "cold_s": path["recursive_baseline_s"],
            "again_s": path["recursive_again_s"],
        }
    return {**row, **per_equation(theirs, ours)}


def per_equation(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Record:
    """Seconds per 1,000 equations of both for every stage that both measured, and their ratio."""
    row: Record = {}
    if "note" in theirs:
        row["note"] = f"{theirs['note']}"
    if "equations" not in theirs:
        return row
    row |= {"peer_equations": theirs["equations"], "equations": ours["equations"]}
    row |= {"peer_mib": theirs.get("python_mib"), "peer_iterations": theirs.get("iterations")}
    row["iterations"] = ours.get("iterations")
    for stage in STAGES:
        one, two = _seconds(theirs, stage), _seconds(ours, stage)
        if one is None or two is None:
            continue
        row[f"peer_{stage}_s"], row[f"{stage}_s"] = one, two
        row[f"peer_{stage}_k"] = 1e3 * one / row["peer_equations"]
        row[f"{stage}_k"] = 1e3 * two / row["equations"]
        row[f"{stage}_ratio"] = row[f"peer_{stage}_k"] / row[f"{stage}_k"]
        row[f"{stage}_path_ratio"] = one / two
    return row


def _seconds(record: Mapping[str, Any], stage: str) -> float | None:
    """Seconds of a stage; a solution from source is the model and the first shock."""
    if stage == "cold" and "setup_s" in record and "first_s" in record:
        return float(record["setup_s"] + record["first_s"])
    return float(record[f"{stage}_s"]) if f"{stage}_s" in record else None


def cells(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """The comparison with one peer as text, headings first; what was left out has a note."""
    table = [["sectors x years of ours", *(row["size"] for row in rows)]]

    def add(label: str, name: str, digits: int) -> None:
        if any(row.get(name) is not None for row in rows):
            table.append([label, *(printed(row.get(name), digits) for row in rows)])

    add("its equations", "peer_equations", 0)
    add("our equations", "equations", 0)
    for stage, label in STAGES.items():
        add(f"{label}: its, s", f"peer_{stage}_s", 3)
        add("- ours, s", f"{stage}_s", 3)
        add("- its, s per 1,000 equations", f"peer_{stage}_k", 4)
        add("- ours, s per 1,000 equations", f"{stage}_k", 4)
        add("- its / ours, an equation", f"{stage}_ratio", 2)
        if any(row.get("peer") == "cgelab" for row in rows):  # its equations are not like ours
            add("- its / ours, the whole path", f"{stage}_path_ratio", 2)
    add("its iterations, another shock", "peer_iterations", 0)
    add("our iterations, another shock", "iterations", 0)
    add("its memory, MiB", "peer_mib", 0)
    if any("note" in row for row in rows):
        table.append(["note", *(str(row.get("note", "")) for row in rows)])
    return table
