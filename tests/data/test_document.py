"""YAML of users: what it means, what is refused, and in which words."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engels.data import EngelsInputError, document
from engels.data.document import MAX_BYTES, read_source, read_text
from engels.data.errors import LONGEST, MOST, InputErrors, listed, one_line, shown

PLACE = Path("f.yaml")


@pytest.fixture(params=["with libyaml", "without"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "without":
        monkeypatch.setattr(document, "_EVENTS", yaml.Loader)
    return str(request.param)


def content(text: str) -> Any:
    return read_text(text, PLACE).content


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026", 2026),
        ("-3", -3),
        ("+3", 3),
        ("1e6", 1e6),
        ("1.5", 1.5),
        (".5", 0.5),
        ("0", 0),
        ("0.10", 0.1),
        (".inf", float("inf")),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        # what older YAML reads as numbers, dates, true and false is text
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("yes", "yes"),
        ("off", "off"),
        ("0x_", "0x_"),
        ("0b_", "0b_"),
        # a leading zero makes a code
        ("01", "01"),
        ("010", "010"),
        ("'2026'", "2026"),
        ('"a b"', "a b"),
    ],
)
@pytest.mark.usefixtures("parser")
def test_words_mean_what_they_seem_to(text: str, value: object) -> None:
    found = content(f"a: {text}")["a"]
    assert found == value and type(found) is type(value)


REFUSED: dict[str, tuple[str, list[str]]] = {
    "tag": ("a: 1\nb: !!bool maybe", ["f.yaml:2: b", "!!bool", "tags", "write the value alone"]),
    "unknown tag": ("a: !x 2", ["f.yaml:1: a", "!x", "tags"]),
    "tag that makes an object": ("a: !!python/object:os.system {}", ["f.yaml:1: a", "tags"]),
    "self-reference": ("a: &x [*x]", ["f.yaml:1: a", "&x", "anchors", "write the value itself"]),
    "unknown alias": ("a: *x", ["f.yaml:1: a", "*x", "in quotes"]),
    "merge key": ("<<: {a: 1}", ["f.yaml:1", "merge keys", "write the keys"]),
    "many digits": ("a: " + "9" * 5000, ["f.yaml:1: a", "5,000 digits", "18"]),
    "hexadecimal": ("a: 0x7ea", ["f.yaml:1: a", "'0x7ea'", "decimal"]),
    "octal": ("a: 0o17", ["f.yaml:1: a", "another base"]),
    "binary": ("a: 0b101", ["f.yaml:1: a", "another base"]),
    "no number": ("a: .nan", ["f.yaml:1: a", "not a finite number"]),
    "too large for a number": ("a: 1e999", ["f.yaml:1: a", "not a finite number"]),
    "key twice": ("a: 1\nb: 2\na: 3", ["f.yaml:3: a", "given twice", "line 1", "keep one"]),
    "year in quotes and without": (
        'p:\n  2026: 1\n  "2026": 2',
        ["f.yaml:3: p.2026", "given twice", "line 2"],
    ),
    "year as a decimal number": (
        "p:\n  2026: 1\n  2026.0: 2",
        ["f.yaml:3: p.2026.0", "line 2 as 2026"],
    ),
    "list as a key": ("? [a, b]\n: 1", ["f.yaml:1", "a key is a list", "a word or a year"]),
    "mapping as a key": ("? {a: 1}\n: 1", ["f.yaml:1", "a key is a list or a mapping"]),
    "alias as a key": ("a: &x 1\n*x : 2", ["f.yaml:1: a", "anchors"]),
    "empty key": ('"": 1', ["f.yaml:1", "as a key"]),
    "true as a key": ("true: 1", ["f.yaml:1", "true as a key"]),
    "long key": ("k" * 300 + ": 1", ["f.yaml:1", "a key of 300 characters"]),
    "second document": ("a: 1\n---\nb: 2", ["f.yaml:2", "second document", "holds one"]),
    "nested": ("a: " + "[" * 5000, ["f.yaml:1", "nested more than 20 deep"]),
    "many values": ("a: [" + "1," * 60_000 + "]", ["f.yaml:1", "more than 50,000 values"]),
    "half a character": ('a: "\\uD800"', ["f.yaml:1"]),
    "no character": ('a: "\\U00110000"', ["f.yaml", "not valid YAML"]),
    "colour of the terminal": ('a: "\\e[31m"', ["f.yaml:1: a", "U+001B", "leave it out"]),
    "direction of text": ('a: "\\u202E"', ["f.yaml:1: a", "U+202E", "right-to-left"]),
    "bell": ("a: 1\nb: \x07", ["f.yaml:2", "U+0007", "delete it"]),
    "line separator": ("a: x\u2028b: 1", ["f.yaml:1", "U+2028 (line separator)", "delete it"]),
    "tab": ("a:\n\t- 1", ["f.yaml:2", "not valid YAML", "tabs"]),
    "bracket": ("a: [1, 2\nb: 3", ["f.yaml:2", "not valid YAML"]),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.usefixtures("parser")
def test_what_is_refused(case: str) -> None:
    text, words = REFUSED[case]
    begin = time.process_time()
    with pytest.raises(EngelsInputError) as caught:
        read_text(text, PLACE)
    assert time.process_time() - begin < 5
    (line,) = str(caught.value).splitlines()
    assert len(line) <= LONGEST + 3
    for word in words:
        assert word in line


@pytest.mark.usefixtures("parser")
def test_bombs_are_not_expanded() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    begin = time.process_time()
    with pytest.raises(EngelsInputError, match="anchors"):
        read_text("\n".join(lines), PLACE)
    assert time.process_time() - begin < 1


def test_all_that_is_wrong_is_told() -> None:
    with pytest.raises(InputErrors) as caught:
        read_text("a: 0x1\nb: !!int 3\nc: .nan\na: 1", PLACE)
    assert [line.split(":")[1] for line in caught.value.lines] == ["1", "2", "3", "4"]


def test_lines_of_every_key() -> None:
    source = read_text("a: 1\nb:\n  - c: 2\n    2026: 3\n", PLACE)
    assert source.where(("b", 0, "2026")) == "f.yaml:4: b[0].2026"
    assert source.where(("b", 0, "none")) == "f.yaml:3: b[0].none"
    assert source.where() == "f.yaml:1"


def test_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    for end in ("\n", "\r\n", "\r"):
        file.write_bytes("\ufeffa: 1\nb: 2\n".replace("\n", end).encode())
        source = read_source(file)
        assert source.content == {"a": 1, "b": 2}
        assert source.where(("b",)).endswith(":2: b")


@pytest.mark.parametrize("encoding", ["utf-16", "gbk"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes("a: 1\nb: 关税\n".encode(encoding))
    with pytest.raises(EngelsInputError, match=r"a\.yaml:\d: byte \d+ is not UTF-8; save"):
        read_source(file)


def test_only_regular_files_of_bearable_size(tmp_path: Path) -> None:
    pipe, loop, large, folder = (
        tmp_path / f"{n}.yaml" for n in ("pipe", "loop", "large", "folder")
    )
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    folder.mkdir()
    with large.open("wb") as file:
        file.truncate(50 * MAX_BYTES)
    refused = {
        pipe: "is no regular file",
        Path("/dev/zero"): "is no regular file",
        loop: "leads back to itself",
        folder: "is a folder",
        large: "has 50,000,000 bytes; such a file has at most 1,000,000",
        tmp_path / "none.yaml": "no such file",
        tmp_path / ("n" * 300): "cannot be read",
    }
    for path, what in refused.items():
        with pytest.raises(EngelsInputError, match=what):
            read_source(path)


@given(st.text(max_size=2000))
def test_messages_are_printable_lines(text: str) -> None:
    assert one_line(text).isprintable() or "\u3000" in text
    assert len(one_line(text)) <= LONGEST + 3
    assert shown(text).isprintable() and len(shown(text)) < 700


def test_messages_keep_their_ends() -> None:
    line = str(EngelsInputError("f.yaml:1", "x" * 100_000, "write y"))
    assert (
        line.startswith("f.yaml:1: xxx") and line.endswith("write y") and len(line) <= LONGEST + 3
    )
    assert len(InputErrors([f"line {n}" for n in range(5000)]).lines) == MOST + 1
    assert listed(["word"] * 5000).endswith("…") and len(listed(["word" * 20] * 30)) < 400


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**17), 10**17)
        | st.floats(allow_nan=False, allow_infinity=False)
        # words that look like numbers are read as the newer YAML reads them
        | st.from_regex(r"[A-Za-z ,:#'\"{}\[\]&*!|>%@`?~-]{0,20}", fullmatch=True),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_what_pyyaml_writes_comes_back(value: object) -> None:
    assert content(yaml.safe_dump({"a": value}))["a"] == value
