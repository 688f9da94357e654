"""A language that someone keeps writing in is offered once, and no message is lost over it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.events import Choice, Said
from bot.domain.understanding import Decision
from bot.flows.state import FlowState, Outcome, TurnInput
from tests.support.flow_parts import Talk, command, heard, pressed, short


def _wrote(language: str | None, intent: str = "legal_rights", speaking: str = "en") -> TurnInput:
    return replace(heard(intent), written=language, speaking=speaking)


def _offered(*languages: str | None) -> list[str | None]:
    talk = Talk()
    return [talk.turn(_wrote(language)).offer_in for language in languages]


def test_two_messages_in_a_row_make_an_offer_after_the_answer() -> None:
    talk = Talk()
    assert talk.turn(_wrote("id")).offer == ()
    outcome = talk.turn(_wrote("id"))
    assert short(outcome) == ["answer legal_rights"]
    yes, no = "/SetSlots(language=id)", "/SetSlots(language=en)"
    choices = (Choice(yes, phrase="button_switch_language"), Choice(no, phrase="button_no"))
    assert outcome.offer == (Said("offer_language", {}, choices),)
    assert outcome.offer_in == "id"
    assert talk.say(pressed(yes))[:2] == ["language id", "language_changed"]


@pytest.mark.parametrize(
    ("languages", "offers"),
    [
        (["id", None, "id"], [None, None, "id"]),  # "ok" is of every language
        (["id", "en", "id"], [None, None, None]),
        (["id", "id", "id", "id"], [None, "id", None, None]),  # once
        (["my", "my", "my"], [None, None, None]),  # a language without texts
        (["my", "id", "id"], [None, None, "id"]),
        (["en", "en"], [None, None]),
        ([None, None], [None, None]),
    ],
)
def test_only_another_language_that_the_line_has_is_offered_and_only_once(
    languages: list[str | None], offers: list[str | None]
) -> None:
    assert _offered(*languages) == offers


def test_a_call_for_help_is_not_burdened_with_it_and_the_offer_comes_later() -> None:
    talk = Talk()
    talk.turn(_wrote("id"))
    assert talk.turn(replace(_wrote("id"), decision=Decision.PAGE)).offer_in is None
    assert talk.say(pressed("/SetSlots(can_write=false)")) == ["danger_quiet"]
    assert talk.turn(_wrote("id")).offer_in == "id"


def test_while_a_question_is_open_the_offer_waits_so_that_a_yes_answers_one_thing() -> None:
    talk = Talk()
    talk.turn(_wrote("id"))
    outcome = talk.turn(_wrote("id", "delete_data"))
    assert (short(outcome), outcome.offer) == (["ask_confirm_wipe"], ())
    assert talk.say(heard("deny")) == ["not_wiped"]
    assert talk.turn(_wrote("id")).offer_in == "id"


def test_the_language_that_was_picked_stays_until_the_contact_says_yes() -> None:
    talk = Talk()
    talk.turn(_wrote("id"))
    talk.turn(_wrote("id"))
    said = talk.say(replace(pressed("/SetSlots(language=en)"), speaking="en"))
    assert said == ["language en", "language_changed"]  # the page is not said again
    assert _still_silent(talk)


def _still_silent(talk: Talk) -> bool:
    outcomes: list[Outcome] = [talk.turn(_wrote("id")) for _ in range(4)]
    return all(outcome.offer_in is None for outcome in outcomes)


def test_after_a_wipe_nothing_of_it_is_remembered() -> None:
    talk = Talk()
    talk.turn(_wrote("id"))
    talk.turn(command("wipe"))
    talk.turn(heard("affirm"))
    assert talk.state == FlowState(version=talk.library.version)
