"""An edit leaves standing what conversations that began before it can still say."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from bot.content.library import Library
from bot.flows import loading
from bot.flows.definition import FlowLibrary
from bot.publishing import continuity
from bot.publishing.edition import EARLIER, Edition
from tests.support.editions import press_of, project_content
from tests.support.flow_parts import project_flows, tiers


def _without_phrase(content: Library, key: str) -> Library:
    english = content.phrases["en"]
    phrases = {name: phrase for name, phrase in english.phrases.items() if name != key}
    book = replace(english, phrases=MappingProxyType(phrases))
    return replace(content, phrases={**content.phrases, "en": book})


def _without_answer(content: Library, topic: str) -> Library:
    answers = {place: answer for place, answer in content.answers.items() if place[0] != topic}
    return replace(content, answers=answers)


def _flows(*, before: str = "", after: str = "") -> FlowLibrary:
    return loading.parse(project_flows().source.replace(before, after, 1))


def test_an_edit_that_takes_nothing_away_breaks_nothing() -> None:
    new = Edition(project_content(), _flows(before="Three questions", after="Questions"))
    assert continuity.broken(project_flows(), new, tiers()) == []


def test_a_phrase_that_older_flows_say_must_stay() -> None:
    new = Edition(_without_phrase(project_content(), "ask_offer_pay"), project_flows())
    [problem] = continuity.broken(project_flows(), new, tiers())
    assert problem.file == "content/phrases/en.yml"
    assert "`ask_offer_pay`" in problem.what
    assert problem.mend


def test_an_answer_that_older_flows_lead_to_must_stay() -> None:
    new = Edition(_without_answer(project_content(), "wages_scam"), project_flows())
    [problem] = continuity.broken(project_flows(), new, tiers())
    assert problem.file == "content/answers/wages_scam/en.md"
    assert "`wages_scam`" in problem.what


def test_a_question_that_is_gone_needs_a_successor() -> None:
    flows = _flows(before="id: ask_place", after="id: place_asked")
    found = continuity.broken(project_flows(), Edition(project_content(), flows), tiers())
    assert ["ask_place" in problem.what for problem in found] == [True]


def test_what_is_broken_already_keeps_nobody_from_going_on() -> None:
    lacking = Edition(_without_phrase(project_content(), "ask_offer_pay"), project_flows())
    held = [project_flows()]
    assert continuity.newly_broken(held, lacking, lacking, tiers()) == ()
    worse = Edition(_without_phrase(lacking.content, "ask_offer_travel"), project_flows())
    [problem] = continuity.newly_broken(held, lacking, worse, tiers())
    assert "`ask_offer_travel`" in problem.what


def test_a_turn_keeps_the_edition_that_it_began_with() -> None:
    press = press_of()
    turn = press.one_edition()
    later = Edition(project_content(), _flows(before="Three questions", after="Questions"))
    press.publish(later, press.since)
    assert turn.edition is not later
    assert press.edition is later
    assert press.flows_of(turn.edition.flows.version) is turn.edition.flows


def test_only_some_earlier_versions_stay_in_memory() -> None:
    press = press_of()
    first = project_flows().version
    for number in range(EARLIER + 1):
        press.remember(replace(project_flows(), version=str(number)))
    assert press.flows_of("0") is None
    assert press.flows_of(str(EARLIER)) is not None
    assert press.flows_of(first) is press.edition.flows
