"""Whoever says that it is not safe to write is not written to unasked, until the next danger.

How a wait stands is told at set times (bot/handoff/paging/watching.py); that this heeds what is
remembered here is shown in tests/integration/test_paging.py.
"""

from __future__ import annotations

import pytest

from bot.domain.understanding import Decision
from bot.flows.state import TurnInput
from bot.handoff.paging import watching
from tests.support.flow_parts import Talk, heard, pressed


def _silent(talk: Talk) -> bool:
    return watching._asked_for_silence(talk.state.to_json())


@pytest.mark.parametrize(
    "no", [heard("deny", "no"), pressed("/SetSlots(can_write=false)")], ids=["words", "button"]
)
def test_the_no_is_remembered_when_its_dialogue_is_over(no: TurnInput) -> None:
    talk = Talk()
    talk.say(heard("held_captive"))
    assert not _silent(talk)
    assert talk.say(no) == ["danger_quiet"]
    assert _silent(talk)
    talk.say(heard("thanks"))
    assert _silent(talk)


def test_the_next_danger_asks_anew() -> None:
    talk = Talk()
    talk.say(heard("held_captive"))
    talk.say(heard("deny", "no"))
    again = TurnInput(intent="violence_now", confidence=0.9, text="x", decision=Decision.PAGE)
    assert talk.say(again)[-1] == "ask_can_write"
    assert not _silent(talk)
    assert talk.say(heard("affirm", "yes"))[-1] == "ask_place"
    assert not _silent(talk)


def test_where_a_life_is_at_stake_the_last_danger_changes_no_word() -> None:
    before, after = Talk(), Talk()
    after.say(heard("held_captive"))
    after.say(heard("affirm", "yes"))
    after.say(heard(None, "Room 4, the blue house"))
    said = [talk.say(heard("medical_emergency"))[-1] for talk in (before, after)]
    assert said == ["ask_place_first", "ask_place_first"]


def test_a_state_that_cannot_be_read_silences_nobody() -> None:
    assert not watching._asked_for_silence(None)
    assert not watching._asked_for_silence("{")
