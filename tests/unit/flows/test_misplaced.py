"""An answer counts where it belongs, whichever question was asked last."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.events import HumanCalled, Said
from bot.domain.messages import Kind
from bot.domain.understanding import Decision
from bot.flows.state import TurnInput
from tests.support.flow_parts import Talk, heard

LANGUAGE = heard("change_language", "i speak a language")
KENYA = heard("change_language", "", country="KE")
"""The classifier was never taught bare names."""
DANGER = heard("violence_now", "they beat me")


def _slots(talk: Talk) -> dict[str, object]:
    return dict(talk.state.slots)


def test_the_language_question_does_not_swallow_the_country() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    talk.say(LANGUAGE)
    talk.say(KENYA)
    assert _slots(talk)["nationality"] == "KE"
    assert talk.state.frames == ()


def test_a_language_that_is_named_is_taken_and_the_open_question_comes_again() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    said = talk.say(heard("change_language", "tolong jawab", language="id"))
    assert said[0] == "language id"
    assert said[-1].startswith("ask_nationality")


def test_the_bare_name_of_a_country_is_not_asked_about() -> None:
    talk = Talk()
    talk.say(heard("greet"))
    talk.say(KENYA)
    assert _slots(talk)["nationality"] == "KE"


def test_who_is_asked_whether_it_is_safe_may_say_safe() -> None:
    talk = Talk()
    talk.say(DANGER)
    talk.say(heard("privacy_question", "", safe="true"))
    assert _slots(talk)["can_write"] is True
    talk = Talk()
    talk.say(DANGER)
    assert "danger_quiet" in talk.say(heard("privacy_question", "", safe="false"))


def test_a_town_goes_on_and_is_asked_about() -> None:
    talk = Talk()
    talk.say(DANGER)
    said = talk.say(heard(None, "", city="Poipet"))
    assert said[-1].startswith("ask_place_in_town")
    assert _slots(talk)["town"] == "Poipet"


def test_a_location_is_where_they_are() -> None:
    talk = Talk()
    talk.say(DANGER)
    outcome = talk.turn(TurnInput(kind=Kind.LOCATION))
    said = [event.phrase for event in outcome.events if isinstance(event, Said)]
    assert said == ["place_kept"]
    assert HumanCalled("place") in outcome.events
    assert _slots(talk)["place"] == "[location]"


def test_who_wants_it_gone_is_asked_about_that_first() -> None:
    talk = Talk()
    erase = heard("delete_data", "delete all fast boss is coming")
    outcome = talk.turn(replace(erase, decision=Decision.ASK))
    last = [event for event in outcome.events if isinstance(event, Said)]
    question = next(event for event in last if event.phrase == "ask_confirm_wipe")
    assert "/SetSlots(in_danger=true)" in [choice.payload for choice in question.choices]
    assert not any(event.phrase == "ask_in_danger" for event in last)
