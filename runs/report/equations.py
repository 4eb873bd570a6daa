"""The equation appendix: every equation of the economy by part, with its symbols and parameters.

It is written from the declarations of ``model/``, whose equations a test holds against the constraints that
are solved. As Markdown (with LaTeX that GitHub shows), as one HTML page (MathML, which browsers show by
themselves) and as a LaTeX document.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from latex2mathml.converter import convert

from engels.calibration import calibrate
from engels.calibration.blocks import BLOCKS
from engels.data import EngelsInputError
from engels.model.algebra.declaration import Parameter
from engels.model.algebra.nests import Family
from engels.model.algebra.printed import Printer
from engels.model.algebra.written import bound
from engels.model.blocks.library import DRIVERS, blocks_of
from engels.model.economy.build import build_economy
from engels.model.economy.trees import AI_MODES
from engels.model.equations import nests
from engels.model.equations.appendix import PARTS, Part
from engels.model.solving.price_identities import families
from engels.runs.indicators.labels import labels, unit_name

LETTERS = {
    "sectors": "j", "using": "j", "inputs": "i", "importers": "i", "exporters": "i", "transforming": "i",
    "capital_sectors": "j", "adopters": "j", "skills": "s", "households": "h", "groups": "g",
    "chip_uses": "u", "uses": "u", "links": "k", "years": "t", "stock_years": "t",
    "interest_years": "t", "jobs": "j,s", "wants": "i,h", "ai_users": "j,u", "training_steps": "a,z",
    "production_nests": "n,k", "armington_nests": "n,k", "transformation_nests": "n,k",
    "chip_nests": "n,k",
}  # fmt: skip
"""Usual name of a member of each set."""

SINGLE = {"ai": r"\text{AI}", "chip_sector": r"\text{chips}", "last": "T", "last_interest": "T^{r}"}
"""Single elements."""

WORDS = {
    "en": {
        "title": "Equations", "variables": "Variables", "drivers": "Exogenous drivers",
        "parameters": "Parameters", "definitions": "Definitions", "equations": "Equations",
        "symbol": "symbol", "name": "name", "what": "what it is", "unit": "unit", "value": "value",
        "source": "source", "nests": "Nests", "nest": "nest", "inputs": "inputs",
        "elasticity": "elasticity", "tree": "tree", "otherwise": "otherwise", "for": "for", "to": "to",
    },
    "zh": {
        "title": "方程", "variables": "变量", "drivers": "外生驱动", "parameters": "参数",
        "definitions": "定义", "equations": "方程", "symbol": "符号", "name": "名称", "what": "含义",
        "unit": "单位", "value": "数值", "source": "来源", "nests": "嵌套", "nest": "嵌套层",
        "inputs": "投入",
        "elasticity": "弹性", "tree": "结构", "otherwise": "其他", "for": "对于", "to": "至",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Rows under headings; the first column is LaTeX, the second a name in code."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Formula:
    """An equation with its name, what it is, and LaTeX of its index (empty where it has none)."""

    name: str
    label: str
    latex: str
    index: str


@dataclass(frozen=True)
class Section:
    title: str
    tables: Sequence[Table]
    formulas: Sequence[tuple[str, Sequence[Formula]]]


def symbols() -> dict[str, str]:
    """LaTeX of every name that an equation may contain."""
    found = {**SINGLE, "last_skill": r"\text{high}"}
    # what a definition and a variable are both called is the variable where there is one
    for part in PARTS.values():
        found |= {d.name: d.symbol for d in part.definitions}
        found |= {p.name: p.symbol for p in part.parameters}
        found |= {v.name: v.symbol for v in part.variables}
    for family in nests.EQUATIONS:
        found |= {f"{family}_{name}": symbol for name, symbol in nests.SYMBOLS.items()}
    return found | {d.name: d.symbol for d in DRIVERS.values()}


def appendix(block: str | None = None, language: str = "en") -> list[Section]:
    """The sections of the appendix: of all parts, or of one (``block``).

    Parameters have the values of the default economy with every block on. Raises
    ``EngelsInputError`` for an unknown part or language.
    """
    labels(language)
    if block is not None and block not in PARTS:
        raise EngelsInputError(f"--block {block}: no such part; it is one of {', '.join(PARTS)}")
    chosen = PARTS if block is None else {block: PARTS[block]}
    b = calibrate("43", {f"{name}.active": 1 for name in BLOCKS})
    economies = {
        mode: build_economy(b, [b.base_year], False, mode, blocks=blocks_of(b))
        for mode in (AI_MODES if "firms" in chosen else AI_MODES[:1])
    }
    m = economies[AI_MODES[0]]
    printer = Printer(symbols(), WORDS[language]["otherwise"])
    found = []
    for name, part in chosen.items():
        own = {e.name.removesuffix("_unit_price") for e in part.equations}
        # production alone has another tree in another mode
        modes = AI_MODES if name == "firms" else AI_MODES[:1]
        trees = [
            (mode if name == "firms" else family.name, family)
            for mode in modes
            for family in families(economies[mode], b, mode)
            if family.name in own
        ]
        found.append(_section(part, printer, m, b, language, _trees(trees, language)))
    return found


def _trees(trees: Sequence[tuple[str, Family]], language: str) -> Table:
    """Nests and what each buys, those of the same inputs in one row."""
    words = WORDS[language]
    sigma: dict[tuple[str, str, tuple[str, ...]], list[float]] = defaultdict(list)
    for where, family in trees:
        for (name, _), node in family.nests().items():
            inputs = tuple(i.node.name for i in node.inputs)
            sigma[where, name, inputs].append(float(pyo.value(node.sigma)))
    rows = [
        (
            rf"{nests.SYMBOLS['sigma']}_{{n,k}}",
            name,
            ", ".join(inputs),
            _range(found, words["to"]),
            where,
        )
        for (where, name, inputs), found in sigma.items()
    ]
    heads = ("symbol", "nest", "inputs", "elasticity", "tree")
    return Table(words["nests"], tuple(words[x] for x in heads), rows)


def _section(part: Part, printer: Printer, m: Any, b: Any, language: str, trees: Table) -> Section:
    words = WORDS[language]
    chinese = language == "zh"
    heads = (words["symbol"], words["name"], words["what"])
    variables = [
        (
            _indexed(v.symbol, v.index),
            v.name,
            _plain(v.label_zh if chinese else v.label, _letters(v.index)),
            unit_name(v.unit, language),
        )
        for v in part.variables
    ]
    named = _named(part)
    told = labels(language)
    given = [
        (
            _indexed(d.symbol, [_set_of(x) for x in d.dims]),
            d.name,
            told[f"driver:{d.name}"],
            unit_name(d.unit, language),
        )
        for d in DRIVERS.values()
        if d.name in named
    ]
    parameters = [
        (
            _indexed(p.symbol, p.index),
            p.name,
            p.label_zh if chinese else p.label,
            _value(p, m, b, words["to"]),
            p.source,
        )
        for p in part.parameters
    ]
    definitions = [
        Formula(
            d.name,
            d.label_zh if chinese else d.label,
            printer.definition(d.name, d.index, d.algebra),
            "",
        )
        for d in part.definitions
    ]
    equations = [
        Formula(
            e.name,
            _plain(e.label_zh if chinese else e.label, bound(e.index)),
            printer.equation(e.algebra),
            printer.index(e.index),
        )
        for e in part.equations
    ]
    tables = [
        Table(words["variables"], (*heads, words["unit"]), variables),
        Table(words["drivers"], (*heads, words["unit"]), given),
        Table(words["parameters"], (*heads, words["value"], words["source"]), parameters),
        trees,
    ]
    formulas = [(words["definitions"], definitions), (words["equations"], equations)]
    return Section(
        part.title[int(chinese)],
        [t for t in tables if t.rows],
        [(title, found) for title, found in formulas if found],
    )


def _named(part: Part) -> set[str]:
    """Every name that stands in the equations and definitions of a part."""
    texts = [*(d.algebra for d in part.definitions), *(e.algebra for e in part.equations)]
    return {name for text in texts for name in re.findall(r"[a-z]\w+", text)}


def _set_of(dim: str) -> str:
    return {"sector": "sectors", "skill": "skills", "use": "uses", "year": "years"}[dim]


def _letters(index: Iterable[str]) -> list[str]:
    return [x for name in index for x in LETTERS[name].split(",")]


def _indexed(symbol: str, index: Iterable[str]) -> str:
    letters = _letters(index)
    if letters[:2] == ["j", "j"]:
        letters[0] = "i"
    if not letters:
        return symbol
    own = re.search(r"_\{([^{}]*)\}$", symbol)
    if own:
        symbol, letters = symbol[: own.start()], [own[1], *letters]
    return f"{symbol}_{{{','.join(letters)}}}"


def _plain(label: str, letters: Sequence[str]) -> str:
    """A label with the names of its index for its places."""
    return label.format(*letters)


def _value(p: Parameter, m: Any, b: Any, to: str) -> str:
    """The value, or the smallest and the largest of several."""
    found = p.value(m, b)
    if not isinstance(found, Mapping):
        return f"{float(found):.4g}"
    if any(isinstance(x, str) for x in found.values()):
        return ""
    return _range(list(found.values()), to)


def _range(found: Sequence[float], to: str) -> str:
    # what is left of a difference of equal numbers is none
    numbers = np.array([0.0 if abs(x) < ROUNDING else x for x in found], dtype=float)
    if not numbers.size:
        return ""
    low, high = f"{numbers.min():.4g}", f"{numbers.max():.4g}"
    return low if low == high else f"{low} {to} {high}"


def markdown(sections: Sequence[Section], level: int = 2) -> str:
    """The sections in Markdown, headings from ``level`` on."""
    lines: list[str] = []
    for section in sections:
        lines += [f"{'#' * level} {section.title}", ""]
        for t in section.tables:
            lines += [f"**{t.title}**", "", _row(t.heads), _row(["---"] * len(t.heads))]
            lines += [_row([f"${r[0]}$", f"`{r[1]}`", *r[2:]]) for r in t.rows]
            lines.append("")
        for title, formulas in section.formulas:
            lines += [f"**{title}**", ""]
            for f in formulas:
                index = f", ${f.index}$" if f.index else ""
                lines += [f"`{f.name}`: {f.label}{index}", "", f"$${f.latex}$$", ""]
    return "\n".join(lines).rstrip()


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(x.replace("|", r"\|") for x in cells) + " |"


def page(sections: Sequence[Section], language: str = "en") -> str:
    """The sections as one HTML page that needs nothing else."""
    body = [f"<h1>{WORDS[language]['title']}</h1>"]
    for section in sections:
        body.append(f"<h2>{html.escape(section.title)}</h2>")
        for t in section.tables:
            heads = "".join(f"<th>{html.escape(x)}</th>" for x in t.heads)
            rows = [
                f"<tr><td>{convert(r[0])}</td><td><code>{r[1]}</code></td>"
                + "".join(f"<td>{html.escape(x)}</td>" for x in r[2:])
                + "</tr>"
                for r in t.rows
            ]
            body.append(f"<h3>{t.title}</h3><table><tr>{heads}</tr>{''.join(rows)}</table>")
        for title, formulas in section.formulas:
            body.append(f"<h3>{title}</h3>")
            for f in formulas:
                index = f", {convert(f.index)}" if f.index else ""
                body.append(f"<p><code>{f.name}</code>: {html.escape(f.label)}{index}</p>")
                body.append(convert(f.latex, display="block"))
    style = (
        "body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
        "table{border-collapse:collapse}td,th{text-align:left;padding:.2em .8em .2em 0}"
        "math[display=block]{overflow-x:auto;margin:.5em 0 1.5em}"
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{WORDS[language]['title']}</title><style>{style}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


ROUNDING = 1e-12
UNBROKEN = 14
"""Rows of a table that stays on one page."""


def latex(sections: Sequence[Section], language: str = "en") -> str:
    """The sections as a LaTeX document; Chinese needs XeLaTeX or LuaLaTeX (package ctex)."""
    lines = [
        r"\documentclass[a4paper,10pt]{article}",
        *([r"\usepackage{ctex}"] if language == "zh" else [r"\usepackage[utf8]{inputenc}"]),
        r"\usepackage{amsmath,amssymb,longtable,array,needspace}",
        r"\usepackage[margin=2cm]{geometry}",
        r"\setlength{\parindent}{0pt}\allowdisplaybreaks\raggedright",
        r"\begin{document}",
        rf"\section*{{{WORDS[language]['title']}}}",
    ]
    for section in sections:
        # heads that their page has no room below go to the next
        lines.append(r"\Needspace{9\baselineskip}")
        lines.append(rf"\subsection*{{{_escaped(section.title)}}}")
        for n, t in enumerate(section.tables):
            widths = [
                ".12",
                ".24",
                *([".34", ".20"] if len(t.heads) == 4 else [".24", ".13", ".17"]),
            ]
            columns = "".join(
                rf">{{\raggedright\arraybackslash}}p{{{w}\textwidth}}" for w in widths
            )
            head = " & ".join(_escaped(x) for x in t.heads) + r" \\ \hline\noalign{\smallskip}"
            rows = []
            for symbol, name, *rest in t.rows:
                code = rf"\texttt{{\small {_breakable(name)}}}"
                cells = [f"${symbol}$", code, *(_breakable(x) for x in rest)]
                rows.append(" & ".join(cells))
            lines += [r"\Needspace{6\baselineskip}"] if n else []
            lines.append(rf"\paragraph{{{t.title}}}")
            # longtable may begin a page with its head and no row: what fits on a page is not broken
            whole = len(rows) <= UNBROKEN
            kind = "tabular" if whole else "longtable"
            lines += [r"\mbox{}\par\nopagebreak\smallskip\noindent"] if whole else []
            lines.append(rf"\begin{{{kind}}}{{@{{}}{columns}@{{}}}}")
            lines += [head if whole else head + r" \endhead", *(row + r" \\" for row in rows)]
            lines += [rf"\end{{{kind}}}", *([r"\par\bigskip"] if whole else [])]
        for title, formulas in section.formulas:
            lines += [r"\Needspace{4\baselineskip}", rf"\paragraph{{{title}}}", ""]
            for f in formulas:
                index = f", ${f.index}$" if f.index else ""
                lines.append(rf"\texttt{{{_breakable(f.name)}}}: {_escaped(f.label)}{index}")
                lines.append(rf"\[ {f.latex} \]")
    return "\n".join([*lines, r"\end{document}", ""])


def _escaped(text: str) -> str:
    return re.sub(r"([&%#_$])", r"\\\1", text)


def _breakable(name: str) -> str:
    text = _escaped(name).replace(r"\_", r"\_\allowbreak ")
    return re.sub(r"\.(?=[a-z])", r".\\allowbreak ", text)


FORMS: dict[str, Callable[[Sequence[Section], str], str]] = {
    "markdown": lambda sections, _: markdown(sections) + "\n",
    "html": page,
    "latex": latex,
}
"""Ways to write the appendix: functions of (sections, language)."""
