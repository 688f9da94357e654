"""Promises of the strict YAML reader that content and flows share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.yaml_source import MAX_DEPTH, SourceError, load_yaml

REFUSED = [
    ("a: 1\nb: 2\na: 3", 3, "twice"),
    ("a:\n  b: &x 1\n  c: *x", 2, "anchors"),
    ("a: *x", 1, "anchors"),
    ("a: !!python/object:os.system x", 1, "tags"),
    ("a: !secret x", 1, "tags"),
    ("a: 1\n---\nb: 2", 2, "more than one document"),
    ("a: 1\n<<: {b: 2}", 2, "merge keys"),
    ("x: 1\n? [a]\n: b", 2, "as a key"),
    ("a: b: c", 1, "not valid YAML"),
    ("a:\n\t- b", 2, "not valid YAML"),
    ("a: 1\nb: 'x", 2, "not valid YAML"),
    ("", 1, "empty"),
    ("# nothing", 1, "empty"),
    ("a: 1\nb: \x00", 2, "forbids"),
    ("a: \ud800", 1, "forbids"),
    ("[" * (MAX_DEPTH + 1), 1, "nested deeper"),
    ("[" * 100_000, 1, "nested deeper"),
    ("a: " + "x" * 1_000_000, 0, "larger than"),
]


@pytest.mark.parametrize(("text", "line", "what"), REFUSED, ids=[case[2] for case in REFUSED])
def test_what_is_not_plain_yaml_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(SourceError) as raised:
        load_yaml(text, "content/x.yml")
    assert raised.value.file == "content/x.yml"
    assert what in raised.value.what
    # The C parser tells of an open quote at the end of the text.
    assert raised.value.line in {line, line + 1}
    assert raised.value.mend


def test_countries_days_and_numbers_of_phones_stay_text() -> None:
    node = load_yaml("a: [NO, on, yes, 2026-11-23, 0123, +855, 1_000, 12:30, .5, 1e3]", "x")
    assert node.plain() == {
        "a": ["NO", "on", "yes", "2026-11-23", "0123", "+855", "1_000", "12:30", ".5", "1e3"]
    }


def test_plain_values_are_typed_and_quoted_ones_are_text() -> None:
    node = load_yaml("a: [1, -2, 1.5, true, false, null, ~, '1', \"true\", '']", "x")
    assert node.plain() == {"a": [1, -2, 1.5, True, False, None, None, "1", "true", ""]}


def test_every_value_and_key_knows_its_line() -> None:
    node = load_yaml("a: 1\nb:\n  - x\n  - c: |\n      y\n      z\n", "x", first_line=5)
    assert node.key_lines == {"a": 5, "b": 6}
    items = node.require("b").sequence()
    assert [item.line for item in items] == [7, 8]
    assert items[1].require("c").text() == "y\nz\n"


def test_values_of_the_wrong_sort_are_refused_where_they_stand() -> None:
    node = load_yaml("a: 1\nb: []\nc: {}\nd: x\ne:\n", "x")
    for key, read in (
        ("a", "text"),
        ("b", "text"),
        ("c", "sequence"),
        ("d", "mapping"),
        ("d", "boolean"),
        ("e", "text"),
        ("b", "scalar"),
    ):
        with pytest.raises(SourceError) as raised:
            getattr(node.require(key), read)()
        assert raised.value.line == "abcde".index(key) + 1
    with pytest.raises(SourceError, match="`f` is missing"):
        node.require("f")
    assert [error.line for error in node.unknown_keys("a", "b", "c")] == [4, 5]


def test_an_error_never_quotes_the_value() -> None:
    with pytest.raises(SourceError) as raised:
        load_yaml("a: [secret, secret", "x")
    assert "secret" not in str(raised.value)
    assert "secret" not in repr(load_yaml("a: secret", "x"))


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    lines = text.count("\n") + text.count("\r") + 3
    try:
        line = load_yaml(text, "x").line
    except SourceError as error:
        line = error.line
    assert 0 <= line <= lines + sum(text.count(sign) for sign in "\x85\u2028\u2029")
