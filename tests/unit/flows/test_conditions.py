"""The language of conditions: what holds, what is refused, and that it never takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import SlotValue
from bot.flows.conditions import MAX_LENGTH, Scope, parse
from bot.flows.patterns import ConditionError

SLOTS: dict[str, SlotValue] = {
    "yes": True,
    "no": False,
    "three": 3.0,
    "zero": 0.0,
    "city": "Phnom Penh",
    "blank": "",
    "age": 17.0,
    "digits": "17",
    "hindi": "भद्रपुर",
    "nothing": None,
}

HOLDS = [
    ("slots.yes", True),
    ("slots.no", False),
    ("slots.nothing", False),
    ("slots.zero", False),
    ("slots.blank", False),
    ("slots.city", True),
    ("not slots.yes", False),
    ("not slots.nothing", True),
    ("NOT slots.no AND slots.yes", True),
    ("not not slots.yes", True),
    ("slots.three = 3", True),
    ("slots.three == 3.0", True),
    ("slots.three is 3", True),
    ("slots.three != 3", False),
    ("slots.three is not 4", True),
    ("slots.three > 2", True),
    ("slots.three >= 3", True),
    ("slots.three < 3", False),
    ("slots.three <= 3", True),
    ("slots.zero > -1", True),
    ("slots.nothing > 3", False),
    ("slots.nothing < 3", False),
    ("slots.city > 3", False),
    ("slots.city >= 'Kampot'", True),
    ("slots.yes > 0", False),
    ("slots.yes = true", True),
    ("slots.yes = 1", False),
    ("slots.no = 0", False),
    ("slots.nothing is null", True),
    ("slots.nothing is undefined", True),
    ("slots.no is not null", True),
    ("slots.nothing is empty", True),
    ("slots.blank is empty", True),
    ("slots.city is not empty", True),
    ("slots.zero is empty", False),
    ("slots.age = '17'", False),
    ("slots.digits = '17'", True),
    ('slots.city = "Phnom Penh"', True),
    ("slots.city contains 'Penh'", True),
    ("slots.city contains 'penh'", False),
    ("slots.nothing contains 'a'", False),
    ("{'a' \"Phnom Penh\"} contains slots.city", True),
    ("{3 4} contains slots.three", True),
    ("{1} contains slots.yes", False),
    ("{} contains slots.city", False),
    ('slots.city matches "^Phnom"', True),
    ('slots.city matches "(?i)penh$"', True),
    ('slots.digits matches "^\\d+$"', True),
    ('slots.three matches "3"', False),
    ("slots.hindi = 'भद्रपुर'", True),
    ("slots.yes and slots.three and slots.no", False),
    ("slots.no or slots.nothing or slots.yes", True),
    ("(slots.yes and slots.no) or slots.three > 2", True),
    ("slots.yes and (slots.no or slots.three > 2)", True),
    ("context.intent = 'greet'", True),
    ("context.reason is null", True),
    ("true", True),
    ("False", False),
]


@pytest.mark.parametrize(("source", "expected"), HOLDS)
def test_condition_holds_or_not(source: str, expected: bool) -> None:  # noqa: FBT001
    assert parse(source).holds(Scope(SLOTS, {"intent": "greet"})) is expected


def test_yaml_booleans_are_conditions() -> None:
    assert parse(True).holds(Scope({}))  # noqa: FBT003
    assert not parse(False).holds(Scope({}))  # noqa: FBT003


REFUSED = [
    "",
    "   ",
    "slots.a and slots.b or slots.c",
    "slots.a or slots.b and slots.c",
    "slots.city = Kampot",
    "city = 'Kampot'",
    "slots.a.b",
    "context.password",
    "context.",
    "slots.a =",
    "slots.a = = 3",
    "slots.a 3",
    "(slots.a",
    "slots.a)",
    "slots.a and",
    "and slots.a",
    "'unclosed",
    "slots.a = 'Côte d\\'Ivoire'",
    "slots.a matches slots.b",
    "slots.a matches '('",
    "slots.a matches '(a+)+$'",
    "slots.a matches '(a|a)*$'",
    "slots.a matches '.*.*.*b'",
    "slots.a matches '(?=a)b'",
    "slots.a matches '(a)\\1'",
    "{'a', 'b'} contains slots.a",
    "{'a' slots.b} contains slots.a",
    "{'a'",
    "slots.a + 1 = 2",
    "len(slots.a)",
    "__import__('os')",
    "slots.a = 0123abc",
    "slots.city = भद्रपुर",
    "(" * 30 + "true" + ")" * 30,
    "not " * 30 + "true",
    "true" + " " * MAX_LENGTH + "and true",
]


@pytest.mark.parametrize("source", REFUSED)
def test_what_is_not_in_the_language_is_refused_with_a_mend(source: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(source)
    assert caught.value.what
    assert caught.value.mend


def test_slots_of_a_condition_are_known() -> None:
    assert parse("slots.a and (slots.b or not slots.c)").slots == {"a", "b", "c"}


@pytest.mark.parametrize("pattern", ["a*a*b", "^[a-z]+[a-z]+$", "(?i)a+.*z"])
def test_no_pattern_that_is_taken_is_slow(pattern: str) -> None:
    condition = parse(f'slots.text matches "{pattern}"')
    started = time.process_time()
    assert not condition.holds(Scope({"text": "a" * 199 + "!" * 100_000}))
    assert time.process_time() - started < 0.2


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        condition = parse(source)
    except ConditionError:
        return
    assert condition.holds(Scope(SLOTS)) in {True, False}


_PIECE = st.sampled_from(
    [
        "slots.a",
        "slots.b",
        "context.intent",
        "'x'",
        "3",
        "-1.5",
        "true",
        "null",
        "empty",
        "(",
        ")",
        "{",
        "}",
        "and",
        "or",
        "not",
        "is",
        "=",
        "!=",
        "<",
        ">=",
        "contains",
        "matches",
    ]
)


@given(
    st.lists(_PIECE, max_size=12),
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
)
def test_any_pieces_are_read_or_refused_and_never_fail_later(
    pieces: list[str], value: SlotValue
) -> None:
    try:
        condition = parse(" ".join(pieces))
    except ConditionError:
        return
    assert condition.holds(Scope({"a": value, "b": "x"})) in {True, False}
