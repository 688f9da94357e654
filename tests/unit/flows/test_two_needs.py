"""A second need is offered, a clause's need goes first, and an answer swallows neither."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.events import Said
from bot.domain.understanding import Decision, Intent
from bot.flows.state import TurnInput
from tests.support.flow_parts import Talk, heard, pressed


def _two(intent: str, also: str) -> TurnInput:
    return replace(heard(intent), also=also)


def test_the_second_need_is_offered_after_the_answer_and_a_press_answers_it() -> None:
    talk = Talk()
    outcome = talk.turn(_two("legal_rights", "visa_overstay"))
    offered = outcome.events[-1]
    assert isinstance(offered, Said)
    assert offered.phrase == "also_wrote"
    (choice,) = offered.choices
    assert choice.phrase == "intent_visa_overstay"
    assert talk.say(pressed(choice.payload)) == ["answer visa_overstay"]


def test_the_question_stays_the_last_thing_said_but_nothing_goes_before_one_of_danger() -> None:
    assert Talk().say(_two("embassy_contact", "legal_rights")) == ["also_wrote", "ask_nationality"]
    page = replace(_two("held_captive", "unpaid_wages"), decision=Decision.PAGE)
    said = Talk().say(page)
    assert said == ["human now", "answer held_captive", "ask_can_write", "also_wrote"]


def test_a_clause_leads_and_danger_in_it_is_asked_about_not_paged() -> None:
    lead = Intent("held_captive", 0.8)
    turn = replace(heard("unpaid_wages"), lead=lead, also="unpaid_wages", decision=Decision.ASK)
    talk = Talk()
    assert talk.say(turn) == ["ask_in_danger", "also_wrote"]
    assert talk.say(heard("affirm"))[:2] == ["human now", "answer held_captive"]


def test_small_talk_the_same_need_and_one_without_an_answer_are_not_offered() -> None:
    for also in ("greet", "deny", "talk_to_human", "legal_rights", "no_such_intent"):
        assert Talk().say(_two("legal_rights", also)) == ["answer legal_rights"]
    assert Talk().say(_two("unpaid_wages", "unpaid_wages")) == ["ask_wages_work"]


YES = "Yes I am right now. They took my passport and I have no money"
SURE, DOUBTFUL = 0.8, 0.62


def _answer(intent: str, lead: str, sure: float = SURE) -> TurnInput:
    return replace(heard(intent, YES), lead=Intent(lead, sure))


@pytest.mark.parametrize("sure", [SURE, DOUBTFUL])
def test_a_need_behind_a_grave_answer_is_offered_and_does_not_bury_it(sure: float) -> None:
    talk = Talk()
    talk.say(replace(heard("greet"), decision=Decision.ASK))
    said = talk.say(_answer("affirm", "passport_missing", sure))
    assert said == ["human now", "answer safety_general", "ask_can_write", "also_wrote"]
    talk = Talk()
    talk.say(replace(heard("greet"), decision=Decision.ASK))
    assert talk.say(_answer("deny", "visa_overstay", sure)) == ["danger_no", "also_wrote"]
    talk = Talk()
    talk.say(heard("delete_data"))
    assert talk.say(_answer("deny", "visa_overstay", sure)) == ["not_wiped", "also_wrote"]


def test_who_must_stop_writing_or_wants_nothing_kept_is_offered_nothing() -> None:
    talk = Talk()
    talk.say(heard("held_captive"))
    assert talk.say(_answer("deny", "passport_missing")) == ["danger_quiet"]
    talk = Talk()
    talk.say(heard("delete_data"))
    assert talk.say(_answer("affirm", "passport_missing")) == ["wipe", "wiped"]


def test_elsewhere_a_need_behind_a_no_is_heard() -> None:
    talk = Talk()
    talk.say(heard("shelter_find"))
    assert talk.say(_answer("affirm", "visa_overstay")) == ["answer visa_overstay", "shelter_later"]


def test_a_clause_never_pages_against_a_no_and_such_a_no_is_not_taken() -> None:
    talk = Talk()
    talk.say(replace(heard("greet"), decision=Decision.ASK))
    doubted = replace(_answer("deny", "violence_now"), decision=Decision.ASK)
    assert talk.say(doubted) == ["not_understood", "ask_in_danger"]
    assert talk.say(doubted) == ["human", "danger_unclear"]
    assert talk.say(heard("deny")) == ["danger_no"]


def test_a_clause_at_the_question_of_danger_pages_by_no_flow_either() -> None:
    talk = Talk()
    talk.say(replace(heard("greet"), decision=Decision.ASK))
    turn = replace(_answer("legal_rights", "violence_now"), decision=Decision.ASK)
    assert talk.say(turn) == ["answer legal_rights", "ask_in_danger"]


def test_a_clause_about_danger_in_a_danger_that_is_known_tells_the_human() -> None:
    talk = Talk()
    talk.say(heard("held_captive"))
    turn = replace(_answer("deny", "violence_now"), decision=Decision.ASK)
    assert talk.say(turn) == ["human now", "danger_quiet"]


def test_words_that_answer_and_may_be_a_need_are_kept_and_the_need_is_offered() -> None:
    talk = Talk()
    talk.say(heard("medical_emergency"))
    said = talk.say(heard("legal_rights", "in the yellow tower, and what are my rights", 0.6))
    assert said == ["human", "place_kept", "also_wrote"]
    assert str(talk.state.slots["place"]).startswith("in the yellow tower")
    talk = Talk()
    talk.say(heard("medical_emergency"))
    assert talk.say(heard("legal_rights", "yellow tower", 0.6)) == ["human", "place_kept"]
