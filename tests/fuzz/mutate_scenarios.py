"""Scenario files as users get them wrong, and as nobody would write them, from a seed.

``scenario_cases`` yields cases whose label begins with what must happen:

    refuse   exit 2, one line for every error, and nothing written
    good     exit 0, and what is good can be solved or fails for economic reasons
    either   one of the two

then the class of the case and its number. A case has the file ``case.yaml``, others that it leads to, and
the arguments of the command.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from engels.calibration.blocks import BLOCKS
from engels.model.blocks.declarations import INSTRUMENTS
from engels.model.blocks.library import DRIVERS
from engels.model.economy.driver import USES

Files = dict[str, bytes]
Case = tuple[str, Files, list[str]]
Made = str | bytes | dict[str, str | bytes]
Maker = Callable[[random.Random], Made]

COMMAND = ["check-scenario", "case.yaml"]
MAIN = "case.yaml"

HEAD = """\
name: case
aggregation: "5"
last_year: 2026
"""
SHOCK = """\
shocks:
  - driver: automation_depth
    change: add
    path: {2022: 0, 2025: 0.01}
"""
GOOD = HEAD + SHOCK

_CLASSES: dict[str, tuple[str, Maker]] = {}


def _kind(expected: str) -> Callable[[Maker], Maker]:
    """Registers a class of cases under the name of its maker, and what must happen to them."""

    def register(maker: Maker) -> Maker:
        _CLASSES[maker.__name__.strip("_")] = (expected, maker)
        return maker

    return register


def classes() -> list[str]:
    """The names of all classes."""
    return list(_CLASSES)


def scenario_cases(seed: int, count: int) -> Iterator[Case]:
    """``count`` cases, the classes in turn: label, files by name, arguments of the command."""
    made = list(_CLASSES.items())
    for number in range(count):
        name, (expected, maker) = made[number % len(made)]
        rng = random.Random(f"{seed} {name} {number}")
        content = maker(rng)
        files = content if isinstance(content, dict) else {MAIN: content}
        as_bytes = {
            path: text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
            for path, text in files.items()
        }
        yield f"{expected}/{name}/{number}", as_bytes, COMMAND


def _with(line: str) -> str:
    return GOOD + line + "\n"


def _shock(fields: str, head: str = HEAD) -> str:
    return f"{head}shocks:\n  - {{{fields}}}\n"


def _own(name: str, body: str) -> str:
    return (HEAD + body).replace("name: case", f"name: {name}")


# What the words of YAML can do


@_kind("refuse")
def _tag(rng: random.Random) -> Made:
    words = [
        "!!bool maybe",
        "!!int abc",
        "!!float abc",
        "!x 2",
        "!!python/object:os.system {}",
        "! 3",
    ]
    words += [
        "!!binary AA",
        "!!set {a}",
        "!!timestamp x",
        "!!null x",
        "!e!x 1",
        "!!str 2026",
        "!<x> 1",
    ]
    return _with(f"{rng.choice(['description', 'announced', 'x'])}: {rng.choice(words)}")


@_kind("refuse")
def _alias(rng: random.Random) -> Made:
    return rng.choice(
        [
            _with("x: &x [*x]"),
            _with("x: &x {a: *x}"),
            _with("title: &t A\ndescription: *t"),
            _with("description: *unknown"),
            _with("x: &x {driver: ai_tax}\ny: {<<: *x}"),
            GOOD.replace("{2022: 0", "&p {2022: 0"),
            _with("? &k a\n: 1"),
        ]
    )


@_kind("refuse")
def _bomb(rng: random.Random) -> Made:
    many, levels = rng.randrange(5, 12), rng.randrange(5, 30)
    if rng.random() < 0.5:
        lines = ["a0: &a0 [x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * many)}]" for n in range(1, levels)]
    else:
        lines = ["a0: &a0 {a: 1}"]
        lines += [
            f"a{n}: &a{n} {{{', '.join(f'k{m}: *a{n - 1}' for m in range(many))}}}"
            for n in range(1, levels)
        ]
    return _with("\n".join(lines))


@_kind("refuse")
def _merge(rng: random.Random) -> Made:
    return _with(rng.choice(["<<: {announced: 2022}", "<<: [{a: 1}]", "x: {<<: {a: 1}}", "<<: 1"]))


@_kind("refuse")
def _deep(rng: random.Random) -> Made:
    depth = rng.choice([30, 600, 5000, 100_000])
    if rng.random() < 0.6 or depth > 600:
        begin = rng.choice(["[", "{a: ", "- "])
        return _with(f"x: {begin * depth}" if begin != "- " else f"x:\n {begin * depth}")
    return _with("x:\n" + "\n".join(f"{' ' * n}a:" for n in range(1, depth)))


@_kind("refuse")
def _many(rng: random.Random) -> Made:
    size = rng.choice([60_000, 200_000])
    return rng.choice(
        [
            f"{GOOD}x: [{'1,' * size}1]\n",
            GOOD + "".join(f"k{n}: 1\n" for n in range(size // 4)) + "x: [" + "1," * size + "1]\n",
            GOOD + "#" * 1_100_000,
            GOOD + "description: " + "x" * 1_100_000,
            "? \n" * size,
        ]
    )


@_kind("refuse")
def _huge_integer(rng: random.Random) -> Made:
    digits = "9" * rng.choice([19, 60, 5000, 100_000])
    return rng.choice(
        [
            GOOD.replace("2026", digits, 1),
            GOOD.replace("0.01", digits),
            GOOD.replace("2025", digits),
            _with(f"announced: -{digits}"),
            _with(f"parameters: {{ai.sales: {digits}}}"),
        ]
    )


@_kind("refuse")
def _other_base(rng: random.Random) -> Made:
    year = rng.choice(["0x7ea", "0o3752", "0b11111101010", "02026", "1_9_9_9", "-0x1"])
    return rng.choice(
        [
            GOOD.replace("last_year: 2026", f"last_year: {year}"),
            GOOD.replace("2025:", f"{year}:"),
            GOOD.replace("0.01", year),
        ]
    )


@_kind("either")
def _prefix_alone(rng: random.Random) -> Made:
    word = rng.choice(["0x_", "0b_", "0o_", "0x", "0b", "-0b_", "._", "0_", "+", "-", "+.", "1e"])
    return _with(f"{rng.choice(['description', 'title', 'announced'])}: {word}")


@_kind("refuse")
def _escape(rng: random.Random) -> Made:
    code = rng.choice(
        ["\\uD800", "\\uDFFF", "\\U00110000", "\\UFFFFFFFF", "\\x00", "\\e[31m", "\\a"]
    )
    code = rng.choice([code, "\\u202E", "\\u0085", "\\u2028", "\\q", "\\xZZ", "\\u12"])
    field = rng.choice(["title: ", "description: ", "reference: ", "include: [", ""])
    close = "]" if "[" in field else ""
    return _with(f'{field}"a{code}"{close or ("" if field else ": 1")}')


@_kind("refuse")
def _unseen(rng: random.Random) -> Made:
    character = rng.choice("\x00\x07\x1b\x7f\x85\u2028\u2029\u202e\u2066\ufffe\x0b\x0c")
    place = rng.randrange(len(GOOD))
    return GOOD[:place] + character + GOOD[place:]


@_kind("refuse")
def _encoding(rng: random.Random) -> Made:
    text = _with("title: 关税 é")
    return rng.choice(
        [
            text.encode("utf-16"),
            text.encode("utf-32"),
            text.encode("gbk", "replace"),
            _with("title: é").encode("latin-1"),
            GOOD.encode() + bytes(rng.randrange(128, 256) for _ in range(7)) + b"\xff",
            GOOD.encode() + b"\xed\xa0\x80",
            bytes(rng.randrange(256) for _ in range(400)) + b"\xff",
        ]
    )


@_kind("good")
def _line_ends(rng: random.Random) -> Made:
    text = rng.choice([GOOD, GOOD + "\n\n", "# a comment\n" + GOOD, "---\n" + GOOD, GOOD + "...\n"])
    end = rng.choice(["\n", "\r\n", "\r"])
    return (b"\xef\xbb\xbf" if rng.random() < 0.5 else b"") + text.replace("\n", end).encode()


@_kind("refuse")
def _sexagesimal(rng: random.Random) -> Made:
    word = rng.choice(
        ["12:30", "20:26", "1:2:3", "190:20:30", "2026-01-01", "2026-01-01T00:00:00Z"]
    )
    return rng.choice(
        [
            GOOD.replace("last_year: 2026", f"last_year: {word}"),
            GOOD.replace("0.01", word),
            _with(f"announced: {word}"),
            _with(f"parameters: {{ai.sales: {word}}}"),
        ]
    )


@_kind("refuse")
def _booleans(rng: random.Random) -> Made:
    word = rng.choice(["yes", "no", "on", "off", "true", "False", "Y", "n", "~", "null", ""])
    return rng.choice(
        [
            GOOD.replace("last_year: 2026", f"last_year: {word}"),
            GOOD.replace("0.01", word),
            _with(f"parameters: {{ai.sales: {word}}}"),
            _with(f"parameters: {{diffusion.active: {word}}}"),
            _with(f"blocks: {word}" if word else "blocks: yes"),
        ]
    )


@_kind("refuse")
def _doubled(rng: random.Random) -> Made:
    twice = rng.choice(['"2025"', "2025.0", "2025", "+2025", "2.025e3", "'2025'", "02025", "2025."])
    return rng.choice(
        [
            GOOD.replace("0.01}", f"0.01, {twice}: 0.02}}"),
            _with("last_year: 2030"),
            _with('"last_year": 2030'),
            GOOD.replace("change: add", "change: add\n    change: set"),
            _with("parameters: {ai.sales: 0.2, ai.sales: 0.3}"),
            _with("title: {en: A, en: B}"),
        ]
    )


@_kind("refuse")
def _not_finite(rng: random.Random) -> Made:
    word = rng.choice([".nan", ".inf", "-.inf", "1e999", "-1e400", "nan", "inf", "NaN", "Infinity"])
    return rng.choice(
        [
            GOOD.replace("0.01", word),
            GOOD.replace("last_year: 2026", f"last_year: {word}"),
            _with(f"parameters: {{ai.sales: {word}}}"),
            _shock(f"driver: ai_tax, change: add, growth: {{from: 2022, to: 2025, rate: {word}}}"),
        ]
    )


@_kind("refuse")
def _odd_key(rng: random.Random) -> Made:
    key = rng.choice(
        ["? [a, b]\n: 1", "? {a: 1}\n: 1", '"": 1', "? |\n  long\n: 1", "true: 1", "2026: 1"]
    )
    key = rng.choice([key, "~: 1", "? \n: 1", "1.5: 1", f"{'k' * rng.choice([300, 900, 5000])}: 1"])
    return rng.choice([_with(key), GOOD.replace("{2022: 0", "{[2022]: 0"), _with(f"x:\n {key}")])


@_kind("refuse")
def _documents(rng: random.Random) -> Made:
    return rng.choice(
        [GOOD + "---\n" + GOOD, "---\n---\n" + GOOD, GOOD + "---\n", GOOD + "...\n---\na"]
    )


@_kind("refuse")
def _no_mapping(rng: random.Random) -> Made:
    return rng.choice(
        ["", "\n", "# only\n", "---\n", "text", "[a, b]", "- a\n- b\n", "3", "~", "'{a: 1}'"]
    )


@_kind("either")
def _cut(rng: random.Random) -> Made:
    text = _with("title: {en: A title, zh: 标题}\nswaps: []").encode()
    return text[: rng.randrange(len(text))]


@_kind("either")
def _typed_over(rng: random.Random) -> Made:
    text = list(_with("title: {en: A, zh: 甲}\nblocks: [diffusion]"))
    for _ in range(rng.randrange(1, 5)):
        place = rng.randrange(len(text))
        text[place : place + rng.randrange(2)] = rng.choice(
            list("{}[]:,-#&*!|>'\"%@`\t \n?=~09.eé")
        )
    return "".join(text)


@_kind("either")
def _flipped(rng: random.Random) -> Made:
    content = bytearray(GOOD.encode())
    for _ in range(rng.randrange(1, 4)):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


# Keys, types and names


@_kind("refuse")
def _wrong_type(rng: random.Random) -> Made:
    key = rng.choice(
        [
            "shocks",
            "swaps",
            "blocks",
            "include",
            "parameters",
            "reference",
            "expectations",
            "ai_mode",
            "last_year",
            "announced",
            "aggregation",
            "family",
            "title",
            "name",
        ]
    )
    values = {"announced": ["{}", "a", "[2022]", "1.5", "false"]}
    wrong = values.get(key, ["17.5", "{2026: {a: 1}}", "[[1]]", "true", "[{a: 1}]", "-1", "[~]"])
    lines = [x for x in GOOD.splitlines() if not x.startswith(f"{key}:")]
    if key == "shocks":
        lines = HEAD.splitlines()
    return "\n".join([*lines, f"{key}: {rng.choice(wrong)}"]) + "\n"


@_kind("refuse")
def _unknown_key(rng: random.Random) -> Made:
    word = "".join(rng.choice("abcdefgh_") for _ in range(rng.choice([1, 8, 150])))
    return rng.choice(
        [
            _with(f"x{word}: 1"),
            GOOD.replace("change:", f"x{word}: 1\n    change:"),
            GOOD.replace("change:", "chnage:"),
            _with(f"title: {{en: A, fr{word}: B}}"),
            _shock(
                f"driver: ai_tax, change: add, growth: {{from: 2022, to: 2023, rate: 0, x{word}: 1}}"
            ),
        ]
    )


@_kind("refuse")
def _long_word(rng: random.Random) -> Made:
    word = rng.choice(["a", "é", "a b ", "甲", "a" * 50 + "."]) * rng.choice([300, 20_000])
    return rng.choice(
        [
            GOOD.replace("automation_depth", f'"{word}"'),
            _with(f'reference: "{word}"'),
            _with(f'include: ["{word}"]'),
            _with(f'blocks: ["{word}"]'),
            _with(f'expectations: "{word}"'),
            _with(f'family: "{word}"'),
            _with(f'title: "{word}{"a" * 301}"'),
            _shock(f'driver: markup, sectors: ["{word}"], path: {{2022: 1.1}}'),
            _shock(f'driver: labour_endowment, skills: ["{word}"], path: {{2022: 1.1}}'),
            _shock(f'driver: chip_tariff, uses: ["{word}"], path: {{2022: 1.1}}'),
            GOOD.replace('"5"', f'"{word}"'),
            _with(f'parameters: {{exposure.vector: "{word}"}}'),
            f'{HEAD}swaps:\n  - {{target: "{word}", instrument: ai_tax, path: {{2022: 1}}}}\n',
        ]
    )


@_kind("refuse")
def _name(rng: random.Random) -> Made:
    name = rng.choice(
        [
            "Case",
            "a" * 81,
            "a" * 240,
            "a" * 5000,
            "../case",
            "a/b",
            "1a",
            "a-b",
            "_a",
            '"a b"',
            "情景",
            "baseline",
            "error",
            '"case\\n"',
            "''",
            "con.",
            "~",
            "[case]",
            "5",
        ]
    )
    return GOOD.replace("name: case", f"name: {name}")


@_kind("refuse")
def _name_hides_nothing(rng: random.Random) -> Made:
    wrong = rng.choice([_shock("driver: nonsense, path: {2022: 1}"), _with("announced: 2060")])
    return wrong.replace("name: case", f"name: {rng.choice(['other', 'Case', '5'])}")


@_kind("good")
def _title(rng: random.Random) -> Made:
    words = [
        "[red]A[/blue]",
        "[/]",
        ":smile:",
        "US$ 5 and $x",
        "$\\\\frac{1}{0}$",
        "a" * 300,
        "\\\\x",
        "%s {0}",
    ]
    words += ["甲", "é", "🙂", "a\\n b", "<b>", "=1+1", "\\u3000x", "#", "~"]
    word = rng.choice(words)
    return _with(
        rng.choice([f'title: "{word}"', f'title: {{en: "{word}"}}', f'title: {{zh: "{word}"}}'])
    )


@_kind("good")
def _least(rng: random.Random) -> Made:
    body = rng.choice(
        ["", "family: own\n", "description: ''\n", "title: A\n", "include: []\n", "swaps: []\n"]
    )
    return GOOD + body


# What shocks mean


def _any_path(rng: random.Random, high: float = 3.0) -> str:
    years = rng.sample(range(2021, 2027), rng.randrange(1, 4))
    return "{" + ", ".join(f"{y}: {rng.uniform(-0.2, high):.4g}" for y in years) + "}"


@_kind("either")
def _any_shock(rng: random.Random) -> Made:
    driver = DRIVERS[rng.choice(list(DRIVERS))]
    fields = [f"driver: {driver.name}", f"path: {_any_path(rng)}"]
    change = rng.choice(["set", "multiply", "add", "share_of_reference"])
    fields.append(f"change: {change}")
    fields.append(f"interpolate: {rng.choice(['linear', 'log', 'step'])}")
    if rng.random() < 0.3:
        selector = rng.choice(
            ["sectors: [SRV]", "sectors: [secondary, AI]", "skills: [high]", "uses: [compute]"]
        )
        fields.append(selector)
    blocks = ", ".join(b for b in (driver.block, driver.through, "diffusion") if b)
    settings = f"expectations: {rng.choice(['foresight', 'recursive', 'static'])}\n"
    settings += f"ai_mode: {rng.choice(['labour', 'capital', 'guo'])}\nblocks: [{blocks}]\n"
    return _shock(", ".join(fields), HEAD + settings)


@_kind("either")
def _any_swap(rng: random.Random) -> Made:
    target = rng.choice(list(INSTRUMENTS))
    instrument = rng.choice(INSTRUMENTS[rng.choice([target, target, target, "policy_cost"])])
    change = rng.choice(["set", "multiply", "add"])
    path = {"set": "{2022: 0.5}", "multiply": "{2022: 1.001}", "add": "{2022: 0.001}"}[change]
    settings = f"expectations: {rng.choice(['foresight', 'recursive', 'static'])}\n"
    settings += (
        f"blocks: [{rng.choice(['', 'public_finance', 'public_finance, diffusion, firm_size'])}]\n"
    )
    swap = f"{{target: {target}, instrument: {instrument}, change: {change}, path: {path}}}"
    return f"{HEAD}{settings}swaps:\n  - {swap}\n"


@_kind("refuse")
def _swap_of_no_use(rng: random.Random) -> Made:
    target, instrument, expectations = rng.choice(
        [
            ("investment_rate", "euler_wedge", "recursive"),
            ("investment_rate", "euler_wedge", "static"),
            ("investment_rate", "consumption_propensity", "foresight"),
            ("labour_supply", "reference_wage", "foresight"),
            ("labour_supply", "reference_wage", "recursive"),
            ("policy_cost", "basic_income", "recursive"),
            ("labour_share", "chip_tariff", "foresight"),
            ("nonsense", "ai_tax", "foresight"),
        ]
    )
    swap = f"{{target: {target}, instrument: {instrument}, change: add, path: {{2022: 0.001}}}}"
    return f"{HEAD}expectations: {expectations}\nswaps:\n  - {swap}\n"


@_kind("refuse")
def _out_of_range(rng: random.Random) -> Made:
    driver = rng.choice([d for d in DRIVERS.values() if not d.block and d.number is not None])
    value = rng.choice([driver.low - rng.uniform(0.01, 5), driver.high * 2 + 1, 1e11, -1e11])
    interpolate = rng.choice(["", ", interpolate: step"])
    return _shock(f"driver: {driver.name}, path: {{2022: {value!r}}}{interpolate}")


@_kind("refuse")
def _enormous(rng: random.Random) -> Made:
    value = rng.choice(["1e13", "1e300", "1.7e308", "1e12", "9" * 18])
    fields = rng.choice(
        [
            f"driver: markup, change: multiply, path: {{2022: {value}, 2024: -{value}}}",
            f"driver: ai_tax, change: add, growth: {{from: 2022, to: 2025, rate: {value}}}",
            f"driver: markup, change: multiply, growth: {{from: 2022, to: 2026, rate: {value}}}",
        ]
    )
    return _shock(fields)


@_kind("refuse")
def _years(rng: random.Random) -> Made:
    year = rng.choice([-1, 0, 26, 1066, 2020, 2027, 2051, 9999, 10**7, 10**17])
    return rng.choice(
        [
            GOOD.replace("2025:", f"{year}:"),
            _with(f"announced: {year}"),
            _shock(
                f"driver: ai_tax, change: add, growth: {{from: {year}, to: {year}, rate: 0.01}}"
            ),
        ]
    )


@_kind("refuse")
def _horizon(rng: random.Random) -> Made:
    last = rng.choice([-1, 0, 2019, 2020, 2021, 2151, 9999, 10**7, 10**17])
    return GOOD.replace("2026", str(last), 1)


@_kind("refuse")
def _too_late(rng: random.Random) -> Made:
    first = rng.choice([2025, 2026])
    extra = rng.choice(["", "announced: 2025\n", "expectations: foresight\n"])
    return _shock(f"driver: ai_tax, interpolate: step, path: {{{first}: 0.1}}", HEAD + extra)


@_kind("refuse")
def _selector(rng: random.Random) -> Made:
    return _shock(
        rng.choice(
            [
                "driver: ai_tax, sectors: [SRV], path: {2022: 0.1}",
                "driver: markup, skills: [high], path: {2022: 1.1}",
                "driver: markup, sectors: [], path: {2022: 1.1}",
                "driver: markup, sectors: [services], path: {2022: 1.1}",
                "driver: markup, sectors: SRV, path: {2022: 1.1}",
                "driver: markup, sectors: [3], path: {2022: 1.1}",
                f"driver: chip_tariff, uses: [{USES[0]}, memory], path: {{2022: 0.1}}",
                "driver: labour_endowment, skills: [highest], path: {2022: 1.1}",
                "driver: labour_endowment, skills: [~], path: {2022: 1.1}",
            ]
        )
    )


@_kind("refuse")
def _path(rng: random.Random) -> Made:
    return _shock(
        rng.choice(
            [
                "driver: ai_tax",
                "driver: ai_tax, path: {}",
                "driver: ai_tax, path: [2026, 0.1]",
                "driver: ai_tax, path: {soon: 0.1}",
                "driver: ai_tax, path: {2022: lots}",
                "driver: ai_tax, path: {2022: 0}, interpolate: log",
                "driver: ai_tax, path: {2022: 0.1}, interpolate: cubic",
                "driver: ai_tax, path: {2022: 0.1}, growth: {from: 2022, to: 2023, rate: 0.1}",
                "driver: ai_tax, growth: {from: 2022, to: 2023, rate: 0.1}",
                "driver: ai_tax, change: add, growth: {from: 2024, to: 2023, rate: 0.1}",
                "driver: markup, change: multiply, growth: {from: 2022, to: 2023, rate: -1}",
                "driver: ai_tax, change: share_of_reference, path: {2022: 0.1}",
                "driver: chip_quota, change: share_of_reference, path: {2022: -0.1}",
                "driver: chip_quota, change: multiply, path: {2022: 0.1}",
            ]
        )
    )


@_kind("refuse")
def _blocks(rng: random.Random) -> Made:
    block_drivers = [d.name for d in DRIVERS.values() if d.block]
    return rng.choice(
        [
            _with("blocks: [nope]"),
            _with("blocks: [sow_reap]"),
            _with("blocks: [firm_size, learning]"),
            _with("parameters: {sow_reap.active: 1}"),
            _with("parameters: {spawning.active: 0.5}"),
            _shock(f"driver: {rng.choice(block_drivers)}, path: {{2022: 1}}"),
            _with(f"blocks: [{', '.join([*BLOCKS, 'more'])}]"),
        ]
    )


@_kind("refuse")
def _parameters(rng: random.Random) -> Made:
    return _with(
        rng.choice(
            [
                "parameters: {ai.salse: 0.2}",
                "parameters: {ai.sales: 1e9}",
                "parameters: {ai.sales: lots}",
                "parameters: {ai.sales: [1]}",
                "parameters: {ai.sales: {a: 1}}",
                "parameters: {ai: 1}",
                "parameters: {ai.sales: ~}",
                "parameters: {exposure.vector: none}",
                "parameters: {exposure.vector: missing.csv}",
                "parameters: {exposure.vector: 3}",
                "parameters: {2026: 1}",
                "parameters: [a]",
                "parameters: {diffusion.active: 2}",
                "parameters: {elasticities.ai_labour.middle: -1}",
                "parameters: {elasticities.ai_labour.nowhere: 1}",
                f"parameters: {{{'k' * 150}: 1}}",
            ]
        )
    )


@_kind("refuse")
def _aggregation(rng: random.Random) -> Made:
    name = rng.choice(
        ["44", "''", "missing.yaml", "broken.yaml", "empty.yaml", "other.yaml", "../5", "bomb.yml"]
    )
    return {
        MAIN: GOOD.replace('"5"', f'"{name}"' if name != "''" else name),
        "broken.yaml": "name: [",
        "empty.yaml": "",
        "other.yaml": "name: other\ntable: {year: 1066, detail: '42'}\n",
        "bomb.yml": "a: &a [*a]\n",
    }


# What a scenario leads to


@_kind("refuse")
def _link(rng: random.Random) -> Made:
    name = rng.choice(
        [
            "../case",
            "/etc/passwd",
            "a/b",
            "..",
            ".",
            "other.yaml",
            "no_such",
            "Case",
            '""',
            "~",
            "a" * 300,
            "'a\tb'",
            '"other "',
            "sub/other",
            "file:other",
        ]
    )
    return {
        MAIN: _with(rng.choice([f"include: [{name}]", f"reference: {name}"])),
        "other.yaml": _own("other", SHOCK),
        "sub/other.yaml": _own("other", SHOCK),
    }


@_kind("refuse")
def _circle(rng: random.Random) -> Made:
    length = rng.randrange(1, 6)
    names = ["case", *(f"part_{n}" for n in range(1, length))]
    files: dict[str, str | bytes] = {}
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        link = rng.choice([f"include: [{following}]\n", f"reference: {following}\n"])
        files[f"{name}.yaml"] = _own(name, SHOCK.replace("2022: 0", "2023: 0") + link)
    return files


@_kind("refuse")
def _wrong_elsewhere(rng: random.Random) -> Made:
    """What the scenario leads to is wrong, at once or behind another file."""
    wrong = rng.choice(
        [
            "shocks:\n  - {driver: nonsense, path: {2022: 1}}\n",
            "shocks:\n  - {driver: ai_tax, path: {2022: 99}}\n",
            "shocks:\n  - {driver: ai_tax, path: {2049: 0.1}}\n",
            "shocks:\n  - {driver: markup, sectors: [XX], path: {2022: 1.1}}\n",
            "shocks:\n  - {driver: diffusion_speed, path: {2022: 1.1}}\n",
            SHOCK + "blocks: [nope]\n",
            SHOCK + "swaps:\n  - {target: nonsense, instrument: x, path: {2022: 1}}\n",
            SHOCK + "parameters: {ai.salse: 1}\n",
            SHOCK + "expectation: static\n",
            SHOCK + "announced: 2060\n",
            SHOCK + "name: again\n",
            "shocks: 3\n",
            "[",
            SHOCK + "include: [no_such]\n",
            SHOCK + "reference: no_such\n",
        ]
    )
    first = rng.choice(["include: [other]\n", "reference: other\n"])
    if "announced" in wrong:
        first = "reference: other\n"  # what is included is not announced by itself
    files: dict[str, str | bytes] = {MAIN: GOOD + first}
    if rng.random() < 0.5 or "announced" in wrong:
        files["other.yaml"] = _own("other", wrong)
        return files
    # what includes are measured from is not solved, so only what is wrong by itself is refused
    second = rng.choice(["include: [third]\n", "reference: third\n"])
    while "sectors: [XX]" in wrong and "include" in first and "reference" in second:
        second = "include: [third]\n"
    while "2049" in wrong and "include" in first and "reference" in second:
        second = "include: [third]\n"
    files["other.yaml"] = _own("other", SHOCK + second)
    files["third.yaml"] = _own("third", wrong)
    return files


@_kind("good")
def _diamond(rng: random.Random) -> Made:
    """Every level includes both files of the next: many ways, few files."""
    levels = rng.randrange(2, 30)
    files: dict[str, str | bytes] = {MAIN: GOOD + "include: [a1, b1]\n"}
    for level in range(1, levels):
        following = "" if level == levels - 1 else f"include: [a{level + 1}, b{level + 1}]\n"
        for side in "ab":
            files[f"{side}{level}.yaml"] = _own(f"{side}{level}", following)
    return files


@_kind("refuse")
def _long_chain(rng: random.Random) -> Made:
    length = rng.randrange(105, 300)
    key = rng.choice(["include: [part_{}]\n", "reference: part_{}\n"])
    files: dict[str, str | bytes] = {MAIN: GOOD + key.format(1)}
    for number in range(1, length):
        files[f"part_{number}.yaml"] = _own(f"part_{number}", key.format(number + 1))
    files[f"part_{length}.yaml"] = _own(f"part_{length}", "")
    return files


@_kind("good")
def _reference(rng: random.Random) -> Made:
    share = rng.uniform(0, 1)
    quota = f"  - {{driver: chip_quota, change: share_of_reference, path: {{2023: {share:.3f}}}}}\n"
    return {
        MAIN: GOOD + quota + "reference: other\ninclude: [other]\n",
        "other.yaml": _own("other", "shocks:\n  - {driver: ai_tax, path: {2022: 0.05}}\n"),
    }
