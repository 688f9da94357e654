from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.fitting import JOINED, fit, join, split
from bot.domain.messages import Button, OutboundMessage

ROW = ((Button("yes", "/affirm"),),)


def test_a_short_text_stays_whole() -> None:
    message = OutboundMessage("Hello.", ROW)
    assert split(message, 4000) == (message,)


def test_buttons_go_with_the_last_piece() -> None:
    pieces = split(OutboundMessage("One sentence. " * 20, ROW), 100)
    assert [piece.buttons for piece in pieces[:-1]] == [()] * (len(pieces) - 1)
    assert pieces[-1].buttons == ROW


@pytest.mark.parametrize(
    ("text", "limit", "first"),
    [
        ("First paragraph.\n\nSecond one is here.", 30, "First paragraph."),
        ("A sentence ends. Another one goes on", 25, "A sentence ends."),
        ("这是第一句话。这是第二句话没有结束", 10, "这是第一句话。"),
        ("यह पहला वाक्य है। यह दूसरा है", 20, "यह पहला वाक्य है।"),
        ("no stop anywhere in this text", 16, "no stop anywhere"),
        ("x" * 50, 20, "x" * 20),
    ],
)
def test_it_is_cut_where_a_reader_pauses(text: str, limit: int, first: str) -> None:
    assert split(OutboundMessage(text), limit)[0].text == first


@given(st.text(min_size=1, max_size=600), st.integers(10, 100))
def test_pieces_fit_and_nothing_but_white_space_is_lost(text: str, limit: int) -> None:
    pieces = split(OutboundMessage(text), limit)
    assert all(len(p.text.encode("utf-16-le")) // 2 <= limit for p in pieces)
    assert "".join("".join(p.text.split()) for p in pieces) == "".join(text.split())


def test_short_replies_of_a_turn_become_one_message_with_all_buttons() -> None:
    other = ((Button("no", "/deny"),),)
    joined = join(
        [OutboundMessage("Advice."), OutboundMessage("A?", ROW), OutboundMessage("B?", other)]
    )
    assert joined == (OutboundMessage("Advice.\n\nA?\n\nB?", (*ROW, *other)),)


def test_a_button_that_comes_twice_stands_once_and_last() -> None:
    human, yes = Button("Talk to a person", "/talk_to_human"), Button("Yes", "/affirm")
    joined = join(
        [OutboundMessage("Arrived.", ((human,),)), OutboundMessage("A?", ((yes,), (human,)))]
    )
    assert joined[0].buttons == ((yes,), (human,))


def test_long_replies_stay_apart() -> None:
    long, short = OutboundMessage("x" * JOINED), OutboundMessage("y")
    assert fit([long, short], 4000) == (long, short)
