from __future__ import annotations

import pytest

from bot.domain.events import Answered
from bot.domain.understanding import Tier
from bot.flows import unhelpful
from bot.flows.state import FlowState
from tests.support.flow_parts import Talk, heard, pressed, tiers
from tests.transcripts.replay import texts

BUTTON = "/SetSlots(unhelpful=visa_overstay)"


def _offered(talk: Talk, message: object) -> list[str]:
    events = talk.turn(message).events  # type: ignore[arg-type]
    return [
        choice.payload
        for event in events
        if isinstance(event, Answered)
        for choice in event.choices
        if choice.phrase == unhelpful.BUTTON
    ]


def test_an_answer_that_ends_a_turn_asks_whether_it_helped() -> None:
    assert _offered(Talk(), heard("visa_overstay")) == [BUTTON]


def test_the_button_is_answered_with_the_menu_and_a_person() -> None:
    talk = Talk()
    talk.turn(heard("visa_overstay"))
    assert talk.say(pressed(BUTTON)) == ["did_not_help"]
    assert talk.state.frames == ()
    assert "unhelpful" not in talk.state.slots


@pytest.mark.parametrize(
    "intent", [name for name, tier in tiers().items() if tier in {Tier.CRITICAL, Tier.ELEVATED}]
)
def test_no_pressing_need_is_asked_whether_its_answer_helped(intent: str) -> None:
    assert _offered(Talk(), heard(intent)) == []


@pytest.mark.parametrize("topic", sorted(unhelpful.NEVER))
def test_advice_in_danger_and_about_the_chat_is_not_judged(topic: str) -> None:
    assert texts().answer_exists(topic)
    assert _offered(Talk(), pressed(f"/answer({topic})")) == []


def test_nobody_is_asked_in_the_middle_of_a_question() -> None:
    talk = Talk()
    talk.turn(heard("exit_procedure"))
    assert talk.state.frames
    assert _offered(talk, heard("visa_overstay")) == []


def test_nobody_is_asked_after_a_danger() -> None:
    talk = Talk(state=FlowState(greeted=True))
    talk.turn(heard("exit_procedure"))
    talk.turn(heard("held_captive"))
    assert talk.state.parked
    assert _offered(talk, pressed("/visa_overstay")) == []


def test_only_the_button_tells_a_topic() -> None:
    assert unhelpful.topic_of(BUTTON) == "visa_overstay"
    for other in (None, "", "/visa_overstay", "/answer(visa_overstay)", "/SetSlots(place=x)"):
        assert unhelpful.topic_of(other) is None


def test_every_button_can_be_sent() -> None:
    for topic in texts().topics():
        assert len(f"/SetSlots(unhelpful={topic})".encode()) <= 64
