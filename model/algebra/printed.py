"""Equations in text, printed in LaTeX from the same syntax tree that is evaluated (``written.py``)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

WIDTH = 80
"""Signs of a line, LaTeX's commands not counted, beyond which an equation is broken at a sum."""

NARROW = 55
"""The same within cases."""

_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
_PLAIN = {
    "exp": r"\exp",
    "log": r"\log",
    "sinh": r"\sinh",
    "min": r"\min",
    "abs": r"\operatorname{abs}",
}
_COMPARED = {
    ast.Eq: "=",
    ast.NotEq: r"\neq",
    ast.Lt: "<",
    ast.In: r"\in",
    ast.NotIn: r"\notin",
}


class Printer:
    """LaTeX of equations.

    Parameters
    ----------
    symbols: LaTeX of variables, parameters, definitions and single elements, by name. The base value of
        a variable (``output0``) has the variable's symbol with a bar, unless it has one of its own.
    otherwise: the word for what holds where a condition does not.
    """

    def __init__(self, symbols: Mapping[str, str], otherwise: str = "otherwise") -> None:
        self._symbols = symbols
        self._otherwise = otherwise

    def equation(self, algebra: str) -> str:
        """An equation, over several lines where it is long."""
        return self._statement(ast.parse(algebra, mode="eval").body)

    def definition(self, name: str, index: Iterable[str], algebra: str) -> str:
        """A name and the expression that it stands for."""
        head = f"{name}[{', '.join(index)}]" if index else name
        return self.equation(f"{head} == ({algebra})")

    def index(self, entries: Iterable[str]) -> str:
        """The index of an equation, such as ``j in sectors``."""
        loops = [
            ast.parse(f"[0 for {entry}]", mode="eval").body.generators[0]  # type: ignore[attr-defined]
            for entry in entries
        ]
        return r",\; ".join(self._loop(x) for x in loops)

    def _statement(self, node: ast.expr) -> str:
        if isinstance(node, ast.IfExp):
            return self._cases(node)
        if isinstance(node, ast.Compare):
            left, right = self._of(node.left), node.comparators[0]
            return self._broken(f"{left} =", right)
        return self._of(node)

    def _broken(self, head: str, node: ast.expr, width: int = WIDTH) -> str:
        whole = self._of(node)
        terms = list(self._terms(node, "+"))
        if _width(head + whole) <= width or len(terms) < 2:
            return f"{head} {whole}"
        lines, line = [], ""
        for n, (sign, term) in enumerate(terms):
            shown = self._of(term, _PRODUCT)
            piece = shown if n == 0 and sign == "+" else f"{sign} {shown}"
            if line and _width(line + piece) > width:
                lines.append(line)
                line = piece
            else:
                line = f"{line} {piece}" if line else piece
        first, *rest = [*lines, line]
        body = r" \\ ".join([f"{head} & {first}", *(rf"& \quad {x}" for x in rest)])
        return rf"\begin{{aligned}} {body} \end{{aligned}}"

    def _terms(self, node: ast.expr, sign: str) -> Iterable[tuple[str, ast.expr]]:
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            yield from self._terms(node.left, sign)
            turned = {"+": "-", "-": "+"}[sign] if isinstance(node.op, ast.Sub) else sign
            # what is subtracted stays together
            if isinstance(node.op, ast.Sub):
                yield turned, node.right
            else:
                yield from self._terms(node.right, sign)
        else:
            yield sign, node

    def _of(self, node: ast.expr, least: int = _SUM) -> str:
        """An expression, in brackets where it binds less than ``least``."""
        text, binds = self._bound(node)
        return text if binds >= least else rf"\left({text}\right)"

    def _bound(self, node: ast.expr) -> tuple[str, int]:
        match node:
            case ast.BinOp():
                return self._operation(node)
            case ast.UnaryOp(op=ast.USub()):
                return f"-{self._of(node.operand, _POWER)}", _SIGN
            case ast.Subscript():
                return self._subscript(node), _ATOM
            case ast.Name():
                return self._symbol(node.id, ()), _ATOM
            case ast.Constant():
                return _constant(node.value), _ATOM
            case ast.Call():
                return self._call(node)
            case ast.IfExp():
                return self._choice(node), _ATOM
            case ast.Compare():
                return self._condition(node), _SUM
        raise ValueError(f"an equation cannot contain {ast.unparse(node)}")

    def _operation(self, node: ast.BinOp) -> tuple[str, int]:
        match node.op:
            case ast.Add():
                return f"{self._of(node.left)} + {self._of(node.right, _SIGN - 1)}", _SUM
            case ast.Sub():
                return f"{self._of(node.left)} - {self._of(node.right, _PRODUCT)}", _SUM
            case ast.Mult():
                left, right = self._of(node.left, _PRODUCT), self._of(node.right, _PRODUCT)
                dot = r"\cdot " if right[0].isdigit() else r"\,"
                return f"{left}{dot}{right}", _PRODUCT
            case ast.Div():
                top: ast.expr = node.left
                under: ast.expr = node.right
                while isinstance(top, ast.BinOp) and isinstance(top.op, ast.Div):
                    under = ast.BinOp(top.right, ast.Mult(), under)
                    top = top.left
                return rf"\frac{{{self._of(top)}}}{{{self._of(under)}}}", _PRODUCT
            case ast.Pow():
                base = self._of(node.left, _ATOM)
                if not re.fullmatch(r"\w|\\left\(.*\\right\)", base):
                    base = rf"\left({self._of(node.left)}\right)"
                return f"{base}^{{{self._of(node.right)}}}", _POWER
        raise ValueError(f"an equation cannot contain {ast.unparse(node)}")

    def _call(self, node: ast.Call) -> tuple[str, int]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "sum" and isinstance(node.args[0], ast.GeneratorExp):
            inner = node.args[0]
            under = r",\,".join(self._loop(x) for x in inner.generators)
            return rf"\sum_{{{under}}} {self._of(inner.elt, _PRODUCT)}", _PRODUCT - 1
        arguments = [self._of(x) for x in node.args]
        if name == "complementary":
            return rf"0 \le {arguments[0]} \;\perp\; {arguments[1]} \ge 0", _SUM
        if name == "power":
            power = self._operation(ast.BinOp(node.args[0], ast.Pow(), node.args[1]))[0]
            return rf"\frac{{{power} - 1}}{{{arguments[1]}}}", _PRODUCT
        if name == "sqrt":
            return rf"\sqrt{{{arguments[0]}}}", _ATOM
        return rf"{_PLAIN[name]}\left({', '.join(arguments)}\right)", _POWER

    def _loop(self, loop: ast.comprehension) -> str:
        target = loop.target
        names = (
            [x.id for x in target.elts if isinstance(x, ast.Name)]
            if isinstance(target, ast.Tuple)
            else [ast.unparse(target)]
        )
        over = self._set(loop.iter)
        found = rf"{','.join(names)} \in {over}"
        for condition in loop.ifs:
            found += rf":\, {self._condition(condition)}"
        return found

    def _set(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return _text(node.id)
        return self._of(node)

    def _condition(self, node: ast.expr) -> str:
        match node:
            case ast.BoolOp():
                return r",\; ".join(self._condition(x) for x in node.values)
            case ast.Compare():
                sign = _COMPARED[type(node.ops[0])]
                right = node.comparators[0]
                shown = self._set(right) if sign in (r"\in", r"\notin") else self._of(right)
                return f"{self._of(node.left)} {sign} {shown}"
            case ast.Name():
                return _text(node.id)
        return self._of(node)

    def _choice(self, node: ast.IfExp) -> str:
        other = node.orelse
        if isinstance(other, ast.Constant) and other.value in (0, 1):
            # the neutral element: what is added or multiplied where the condition holds
            return (
                rf"\underbrace{{{self._of(node.body, _PRODUCT)}}}_{{{self._condition(node.test)}}}"
            )
        return self._cases(node)

    def _cases(self, node: ast.IfExp) -> str:
        first = rf"{self._case(node.body)} & {self._condition(node.test)}"
        other = rf"{self._case(node.orelse)} & {_text(self._otherwise)}"
        return rf"\begin{{cases}} {first} \\ {other} \end{{cases}}"

    def _case(self, node: ast.expr) -> str:
        if isinstance(node, (ast.Compare, ast.IfExp)):
            return self._statement(node)
        found = self._broken("", node, NARROW).strip()
        return found.replace(r"\begin{aligned}  &", r"\begin{aligned} &")

    def _subscript(self, node: ast.Subscript) -> str:
        assert isinstance(node.value, ast.Name)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        simple = all(
            isinstance(x, (ast.Name, ast.Constant))
            or (isinstance(x, ast.BinOp) and isinstance(x.left, ast.Name))
            for x in parts
        )
        shown = tuple(self._element(x) for x in parts)
        if simple:
            return self._symbol(node.value.id, shown)
        return rf"{self._symbol(node.value.id, ())}\left({', '.join(shown)}\right)"

    def _element(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name) and len(node.id) == 1:
            return node.id
        return self._of(node)

    def _symbol(self, name: str, index: tuple[str, ...]) -> str:
        symbol = self._symbols.get(name)
        if symbol is None and name.endswith("0") and name[:-1] in self._symbols:
            symbol = rf"\overline{{{self._symbols[name[:-1]]}}}"
        if symbol is None:
            if len(name) > 1:
                raise ValueError(f"{name} has no symbol")
            symbol = name
        if not index:
            return symbol
        # a symbol that has a subscript of its own
        own = re.search(r"_\{([^{}]*)\}$", symbol)
        if own:
            symbol, index = symbol[: own.start()], (own[1], *index)
        return f"{symbol}_{{{','.join(index)}}}"


def _constant(value: object) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float) and 0 < abs(value) < 0.01:
        digits, power = f"{value:e}".split("e")
        factor = "" if float(digits) == 1 else rf"{float(digits):g}\cdot "
        return rf"{factor}10^{{{int(power)}}}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _text(name: str) -> str:
    return rf"\text{{{name.replace('_', ' ')}}}"


def _width(latex: str) -> int:
    """Signs that are seen, about."""
    return len(
        re.sub(
            r"\\(left|right|text|mathit|quad|overline|hat|bar|,|;)|\\[a-zA-Z]+(?=\W)|[{}^_ ]",
            "",
            latex,
        )
    )
