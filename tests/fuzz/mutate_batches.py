"""Batch files as users and attackers may write them: of every class ten and more, from a seed.

A label is ``bad/CLASS/NUMBER`` where the file must be refused, ``good/…`` where it must be accepted, and
``any/…`` where either may be right (what a mutation leaves may still be a batch file).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

Case = tuple[str, dict[str, bytes], tuple[str, ...]]
"""Label, files by name, arguments of the command."""

BASE = """\
name: base
title: {en: Base, zh: 基础}
family: labour_share
description: A scenario to vary.
aggregation: "5"
last_year: 2030
shocks:
  - {driver: automation_depth, change: add, path: {2025: 0, 2030: 0.05}}
  - {driver: markup, sectors: [IND], change: add, path: {2026: 0.01}}
swaps:
  - {target: gdp_real, instrument: labour_efficiency, change: multiply, path: {2028: 1.0}}
"""

HEAD = """\
name: case
scenario: base
last_year: 2030
"""

FIVE = 'aggregation: "5"\nai_mode: labour\n'

DRIVER = """\
  - driver: tfp_sector
    change: multiply
    path: {2026: 1.0, 2030: 1.05}
"""
PARAMETER = "  - parameter: elasticities.ai_labour.middle\n"
VALUES = "    values: [0.5, 1]\n"
SPAN = "    uniform: {from: 1.5, to: 2}\n"

PLAIN = HEAD + FIVE + "vary:\n" + DRIVER + VALUES + PARAMETER + "    values: [1.5, 2]\n"

WRONG_VALUES = (
    "null",
    "true",
    "[]",
    "{}",
    "[[1]]",
    "{a: 1}",
    "-1",
    "0",
    "1.5",
    ".nan",
    ".inf",
    "-.inf",
    "1e400",
    "abc",
    "''",
    "'\\u0000'",
    '"\\0"',
    "0x7EA",
    "2030:30",
    "1_000",
    "2030-01-01",
    "9" * 400,
    "9" * 5000,
    "x" * 300,
    "[/red]",
    "'[bold]'",
    "../../etc/passwd",
    "/etc/passwd",
    "=1+1",
    "农业",
    "!!python/object:os.system x",
    "!!binary x",
    "!!int abc",
    "!!float abc",
    "!!bool maybe",
    "!!set {a}",
    "!mine x",
    "*nowhere",
    "&a [*a]",
    "&a {b: *a}",
    "<<: 1",
    '"\\ud800"',
    "- 1",
    "? 1",
    "| \n  x",
)

TOP_KEYS = (
    "name",
    "title",
    "description",
    "scenario",
    "scenarios",
    "vary",
    "design",
    "samples",
    "seed",
    "levels",
    "second_order",
    "aggregation",
    "ai_mode",
    "expectations",
    "last_year",
    "solver",
    "keep",
    "years",
)
ENTRY_KEYS = (
    "name",
    "parameter",
    "shock",
    "swap",
    "driver",
    "setting",
    "within",
    "year",
    "change",
    "path",
    "interpolate",
    "sectors",
    "skills",
    "uses",
    "central",
    "values",
    "grid",
    "uniform",
    "triangular",
    "normal",
)


def _file(text: str | bytes) -> dict[str, bytes]:
    return {
        "base.yaml": BASE.encode(),
        "case.yaml": text if isinstance(text, bytes) else text.encode(errors="surrogatepass"),
    }


def _vary(entries: str, more: str = "", head: str = HEAD + FIVE) -> str:
    return f"{head}{more}vary:\n{entries}"


def _without(text: str, key: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith(f"{key}:"))


def _wrong_top(rng: random.Random) -> str:
    key = rng.choice(TOP_KEYS)
    return _without(PLAIN, key) + f"{key}: {rng.choice(WRONG_VALUES)}\n"


def _wrong_entry(rng: random.Random) -> str:
    key, value = rng.choice(ENTRY_KEYS), rng.choice(WRONG_VALUES)
    entry = rng.choice((DRIVER, PARAMETER, "  - shock: automation_depth\n", "  - swap: gdp_real\n"))
    lines = [
        x for x in (entry + VALUES).splitlines(True) if not x.strip(" -").startswith(f"{key}:")
    ]
    text = "".join(lines) or "  -\n"
    if not text.startswith("  -"):
        text = "  -" + text[3:]
    return _vary(f"{text}    {key}: {value}\n")


def _wrong_spread(rng: random.Random) -> str:
    """A key of a grid or a distribution that is wrong."""
    kind, keys = rng.choice(
        (
            ("grid", {"from": "1.5", "to": "2", "steps": "3", "spacing": "linear"}),
            ("uniform", {"from": "1.5", "to": "2"}),
            ("triangular", {"from": "1.5", "mode": "1.7", "to": "2"}),
            ("normal", {"mean": "1.7", "sd": "0.1", "from": "1.5", "to": "2"}),
        )
    )
    keys[rng.choice([*keys, "other"])] = rng.choice(
        (*WRONG_VALUES, "1e-320", "1e300", "-5", "2.0000000000000004", "100", "1e12")
    )
    design = "" if kind == "grid" else "design: lhs\nsamples: 4\n"
    said = ", ".join(f"{k}: {v}" for k, v in keys.items())
    return _vary(f"{PARAMETER}    {kind}: {{{said}}}\n", design)


def _too_many(rng: random.Random) -> str:
    large = rng.choice((10**6, 10**8, 10**10, 2**40, 10**18))
    distributions = f"{PARAMETER}{SPAN}"
    texts = [
        _vary(f"{DRIVER}    grid: {{from: 0, to: 1, steps: {large}}}\n"),
        _vary(distributions, f"design: lhs\nsamples: {large}\n"),
        _vary(distributions, f"design: random\nsamples: {large}\n"),
        _vary(distributions, f"design: sobol\nsamples: {2 ** rng.randint(20, 60)}\n"),
        _vary(distributions, f"design: morris\nsamples: {large}\n"),
        _vary(distributions, f"design: saltelli\nsamples: {2 ** rng.randint(20, 60)}\n"),
        _vary(distributions, f"design: morris\nsamples: 4\nlevels: {large}\n"),
        _vary(distributions, f"design: gauss\nlevels: {large}\n"),
        _vary(distributions, f"design: lhs\nsamples: 4\nseed: {large * 10**10}\n"),
        _vary(
            "".join(
                f"  - {{driver: markup, name: p{n}, sectors: [s{n}], change: add, path: {{2026: 1}}, "
                f"uniform: {{from: 0, to: 1}}}}\n"
                for n in range(rng.choice((20, 60, 400)))
            ),
            "design: gauss\n",
        ),
        _vary(
            "".join(
                f"  - {{driver: markup, name: p{n}, sectors: [s{n}], change: add, path: {{2026: 1}}, "
                f"grid: {{from: 0, to: 1, steps: {rng.choice((10, 1000))}}}}}\n"
                for n in range(rng.randint(6, 12))
            )
        ),
    ]
    return rng.choice(texts)


def _twice(rng: random.Random) -> str:
    """Something that two entries vary."""
    skill = rng.choice(("high", "middle", "low"))
    pairs = (
        (
            f"parameter: elasticities.ai_labour.{skill}",
            f"parameter: elasticities.ai_labour.{skill}",
        ),
        ("parameter: elasticities.ai_labour", f"parameter: elasticities.ai_labour.{skill}"),
        (
            f"parameter: elasticities.ai_labour.{skill}",
            "parameter: elasticities.ai_labour, change: multiply",
        ),
        ("shock: automation_depth", "shock: automation_depth"),
        ("shock: automation_depth", "shock: automation_depth, within: base"),
        ("shock: automation_depth, year: 2030", "shock: automation_depth"),
        ("swap: gdp_real", "swap: gdp_real, year: 2028"),
        (
            "shock: automation_depth",
            "driver: automation_depth, change: add, path: {2026: 0, 2029: 0.01}",
        ),
        (
            "driver: markup, change: add, path: {2026: 0.01}",
            "driver: markup, change: add, sectors: [SRV], path: {2025: 0, 2030: 0.01}",
        ),
        (
            "driver: markup, change: add, sectors: [secondary], path: {2026: 0.01}",
            "driver: markup, change: add, sectors: [ELC], path: {2025: 0, 2030: 0.01}",
        ),
    )
    one, other = rng.choice(pairs)
    if rng.random() < 0.5:
        one, other = other, one
    values = rng.choice(("values: [1, 1.05]", "grid: {from: 1, to: 1.05, steps: 2}"))
    return _vary(f"  - {{{one}, {values}}}\n  - {{{other}, name: another, {values}}}\n")


def _setting_twice(rng: random.Random) -> str:
    setting, values = rng.choice(
        (
            ("ai_mode", "[labour, capital]"),
            ("expectations", "[foresight, recursive]"),
            ("aggregation", '["5", "12"]'),
        )
    )
    entry = f"  - {{setting: {setting}, values: {values}}}\n"
    if rng.random() < 0.5:
        return _vary(entry + entry.replace("setting", "name: other, setting"), head=HEAD)
    one = {"ai_mode": "labour", "expectations": "foresight", "aggregation": '"5"'}[setting]
    return _vary(entry, f"{setting}: {one}\n", head=HEAD)


def _name(rng: random.Random) -> str:
    """A name that the store, or SQL, cannot tell from another."""
    own = ("number", "point", "scenario", "status", "reason", "year", "value", "group", "unit")
    name = rng.choice(own)
    name = rng.choice((name.upper(), name.capitalize(), name))
    wild = (
        "''",
        '"a b"',
        "'\"'",
        "'x''y'",
        "a;b",
        "'=1'",
        "名",
        "'1a'",
        "'[/]'",
        "x" * 200,
        '"a\\n"',
        '"a\\0"',
        "_x",
        "-",
        "true",
        "1",
        "[a]",
    )
    name = rng.choice((name, rng.choice(wild)))
    return _vary(f"{DRIVER}    name: {name}\n{VALUES}")


def _case_name(rng: random.Random) -> str:
    name = rng.choice(("Aa", "gdp", "SPEED", "x.y"))
    return _vary(
        f"{DRIVER}    name: {name}\n{VALUES}{PARAMETER}    name: {name.swapcase()}\n    values: [1.5]\n"
    )


def _fine_name(rng: random.Random) -> str:
    name = rng.choice(
        ("select", "order", "table", "Group_", "x" * 60, "a.b.c", "gdp_real", "rowid", "NULL_", "a")
    )
    return _vary(f"{DRIVER}    name: {name}\n    values: [0.5]\n")


def _wrong_list(rng: random.Random) -> str:
    values = rng.choice(
        (
            "[1, 1]",
            "[1, 1.0]",
            "[0.3, 0.30000000000000004]",
            "[.nan]",
            "[1, .inf]",
            "[]",
            "[1e400]",
            f"[{'9' * 400}]",
            "[true]",
            "[null]",
            "[[1]]",
            "[{a: 1}]",
            "[1, x]",
            "['']",
            "[1e30]",
            "[-1e6]",
            "x",
            "1",
            f"[{'x' * 5000}]",
            '["\\ud800"]',
        )
    )
    entry = rng.choice((DRIVER, PARAMETER))
    return _vary(f"{entry}    values: {values}\n")


def _out_of_range(rng: random.Random) -> str:
    texts = (
        _vary(f"{PARAMETER}    values: [1.5, {rng.choice(('-1', '0', '1e6', '1000'))}]\n"),
        _vary(
            f"  - parameter: ai.sales\n    uniform: {{from: 0, to: {rng.choice((50, 9e9))}}}\n",
            "design: lhs\nsamples: 16\n",
        ),
        _vary(f"  - shock: automation_depth\n    values: [1, {rng.choice((1e3, -1e5))}]\n"),
        _vary("  - shock: automation_depth\n    year: 2030\n    values: [0.01, 400]\n"),
        _vary(f"{DRIVER}    values: [{rng.choice(('-1e5', '-100'))}]\n"),
        _vary("  - parameter: exposure.vector\n    values: [nobody]\n"),
        _vary("  - parameter: employment.source\n    values: [2]\n"),
    )
    return rng.choice(texts)


def _wrong_setting(rng: random.Random) -> str:
    value = rng.choice(
        (
            "../../../etc/passwd",
            "x",
            "''",
            "5.yaml",
            "/etc/passwd",
            "base.yaml",
            "6",
            "'5 '",
            "case.yaml",
        )
    )
    texts = (
        _vary(f"  - setting: aggregation\n    values: ['5', {value}]\n", head=HEAD),
        _vary(DRIVER + VALUES, f"aggregation: {value}\n", head=HEAD),
        _vary(f"  - setting: ai_mode\n    values: [labour, {value}]\n"),
        _vary(f"  - setting: expectations\n    values: [{value}]\n"),
        _vary(f"  - setting: solver\n    values: [{value}]\n"),
    )
    return rng.choice(texts)


def _wrong_year(rng: random.Random) -> str:
    years = rng.choice(("[1990]", "[2030, 2031]", "[]", "[2019]", "2030", "['2030']", "[2030.5]"))
    texts = (
        _vary(DRIVER + VALUES, f"years: {years}\n"),
        _vary("  - shock: automation_depth\n    year: 2027\n    values: [0.1]\n"),
        _vary(
            f"  - {{driver: markup, change: add, path: {{{rng.choice((1990, 2020, 2031, 99999))}: 0.1}}, "
            "values: [1]}\n"
        ),
        _vary(
            DRIVER + VALUES,
            head=HEAD.replace("2030", rng.choice(("2020", "1", "-5", "9999", "10000000"))) + FIVE,
        ),
    )
    return rng.choice(texts)


def _wrong_scenario(rng: random.Random) -> str:
    name = rng.choice(
        (
            "nothing",
            "../base",
            "/etc/passwd",
            "case.yaml",
            "missing.yaml",
            "'.yaml'",
            "x" * 300,
            "x" * 300 + ".yaml",
            '"a\\0b"',
            "''",
            "[base]",
            "5",
            "{}",
            "{name: baseline, shocks: []}",
            "{name: y, include: [y]}",
            "{name: y, reference: y, shocks: []}",
            "{name: y, shocks: [{driver: nothing, path: {2026: 1}}]}",
            "{name: y, shocks: [{driver: markup, path: {2026: .nan}}]}",
            "{name: y, shocks: " + "[" * 60 + "]" * 60 + "}",
            "{" * 700 + "}" * 700,
            "{name: y, blocks: [nothing]}",
            "{name: y, title: {en: '[/]', zh: 5}}",
        )
    )
    return f"name: case\nscenario: {name}\n" + FIVE + "vary:\n" + DRIVER + VALUES


def _bomb(rng: random.Random) -> str:
    kind = rng.randrange(6)
    if kind == 0:
        lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
        return PLAIN + "\n".join(lines) + "\n"
    if kind == 1:
        lines = ["a0: &a0 {k0: 1}"]
        lines += [
            f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], k{n}: 1}}" for n in range(1, 9)
        ]
        return PLAIN + "\n".join(lines) + "\n"
    if kind == 2:
        return PLAIN + "keep: &k [*k]\n"
    if kind == 3:
        depth = rng.choice((100, 1000, 20000))
        return PLAIN + f"keep: {'[' * depth}{']' * depth}\n"
    if kind == 4:
        depth = rng.choice((100, 600))
        return PLAIN + "scenario_:\n" + "\n".join(" " * n + f"a{n}:" for n in range(1, depth))
    return PLAIN + f"description: {'x' * rng.choice((10**6, 3 * 10**7))}\n"


def _encoding(rng: random.Random) -> bytes:
    text = PLAIN.replace("name: case", "name: case\ntitle: 基础")
    kinds: tuple[bytes, ...] = (
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        text.encode("gbk"),
        b"\xff\xfe" + text.encode(),
        text.encode().replace(b"case", b"ca\x00se"),
        text.encode()[:-30] + b"\xc3",
        b"",
        b"\n\n",
        b"---\n---\n",
        b"- a\n- b\n",
        b"just text",
        b"%YAML 9.9\n---\n" + text.encode(),
        b"%TAG ! x\n" + text.encode(),
        text.encode().replace(b"  - ", b"\t- "),
        text.encode().replace(b": ", b":"),
        text.encode() + b"name: case\n",
        b"\x89PNG\r\n\x1a\n" + bytes(rng.randrange(256) for _ in range(200)),
        b"PK\x03\x04" + bytes(rng.randrange(256) for _ in range(200)),
    )
    return rng.choice(kinds)


def _bytes(rng: random.Random) -> bytes:
    """The plain file with bytes changed, lines swapped, doubled or gone."""
    lines = PLAIN.encode().splitlines(True)
    for _ in range(rng.randint(1, 3)):
        kind, place = rng.randrange(5), rng.randrange(len(lines))
        line = bytearray(lines[place])
        if kind == 0 and line:
            line[rng.randrange(len(line))] = rng.randrange(256)
            lines[place] = bytes(line)
        elif kind == 1:
            lines.insert(place, lines[place])
        elif kind == 2 and len(lines) > 1:
            del lines[place]
        elif kind == 3:
            other = rng.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
        else:
            lines[place] = b" " * rng.randint(0, 6) + lines[place].lstrip()
    return b"".join(lines)


def _good(rng: random.Random) -> str:
    parameter = f"{PARAMETER}{SPAN}"
    return rng.choice(
        (
            PLAIN,
            _vary(
                parameter,
                f"design: lhs\nsamples: {rng.randint(1, 9)}\nseed: {rng.randrange(2**32)}\n",
            ),
            _vary(parameter, "design: sobol\nsamples: 4\n"),
            _vary(parameter, "design: morris\nsamples: 2\n"),
            _vary(parameter, "design: saltelli\nsamples: 2\n"),
            _vary(parameter, "design: stroud\n"),
            _vary(parameter, f"design: gauss\nlevels: {rng.randint(2, 5)}\n"),
            _vary(parameter, "design: tornado\n"),
            _vary(
                f"{DRIVER}    values: [1, 1, 2]\n{PARAMETER}    values: [1.5, 2, 2]\n",
                "design: list\n",
            ),
            _vary(f"{DRIVER}    values: [1, 1, 2]\n", "design: random\nsamples: 3\n"),
            _vary(
                "  - {driver: markup, name: a, change: add, sectors: [SRV], path: {2026: 0.1}, values: [1]}\n"
                "  - {driver: markup, name: b, change: add, sectors: [AGR], path: {2026: 0.1}, values: [1]}\n"
            ),
            _vary(
                "  - {driver: markup, name: a, change: add, sectors: [SRV], path: {2026: 0.1}, values: [1]}\n"
                "  - {driver: markup, name: b, change: add, sectors: [SRV], path: {2028: 0.1}, values: [1]}\n"
            ),
            _vary(
                "  - {shock: automation_depth, year: 2025, values: [0, 0.01]}\n"
                "  - {shock: automation_depth, year: 2030, values: [0.05]}\n"
            ),
            _vary(DRIVER + VALUES, "years: [2020, 2030]\nkeep: [gdp_real]\n"),
        )
    )


CLASSES: dict[str, Callable[[random.Random], str | bytes]] = {
    "any/top": _wrong_top,
    "any/entry": _wrong_entry,
    "any/spread": _wrong_spread,
    "any/bytes": _bytes,
    "bad/many": _too_many,
    "bad/twice": _twice,
    "bad/setting-twice": _setting_twice,
    "bad/name": _name,
    "bad/case-name": _case_name,
    "bad/list": _wrong_list,
    "bad/range": _out_of_range,
    "bad/setting": _wrong_setting,
    "bad/year": _wrong_year,
    "bad/scenario": _wrong_scenario,
    "bad/bomb": _bomb,
    "bad/encoding": _encoding,
    "good/name": _fine_name,
    "good/plain": _good,
}
"""What makes a file of a class."""


def batch_cases(seed: int, count: int) -> Iterator[Case]:
    """So many cases, class after class in turn; the same seed gives the same cases."""
    rng = random.Random(seed)
    kinds = list(CLASSES)
    for n in range(count):
        kind = kinds[n % len(kinds)]
        yield f"{kind}/{n}", _file(CLASSES[kind](rng)), ("batch", "case.yaml", "--check")
