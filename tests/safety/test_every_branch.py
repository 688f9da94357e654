"""Every flow plays to an end, from every branch, in every language, and no text is missing.

The walks are made, not written: see `tests/support/walks.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import pytest

from bot.content import check
from bot.content.answers import HUMAN_PAYLOAD, render
from bot.content.library import Library
from bot.content.markup import plain_length
from bot.domain.events import Answered, Event, HumanCalled, LanguageChanged, MissionShown, Said
from bot.domain.messages import OutboundMessage
from bot.domain.understanding import Tier
from bot.replies import named
from tests.support.flow_parts import project_flows, tiers
from tests.support.walks import TODAY, Taken, branches, countries, everywhere, texts

LANGUAGES = [code for code, _ in texts().offered_languages()]
FEWEST_TURNS = 6
"""Turns within which any place has a way to an end. Our own bound: three questions, each asked
again once."""
UNTAKEN: frozenset[str] = frozenset()
"""Branches that no contact can take, each with its reason. There is none."""
LONGEST = 1000
"""Characters of any message, as they are read: issue 5."""
UNASKED = frozenset({"utter_ask_go_on", "utter_ask_unhelpful"})
"""Questions of flows that only their own button begins, and it brings the answer."""
_UNFILLED = re.compile(r"\{\w*\}|\{\{|\}\}|\{%|%\}")
_SHOWN = (Said, Answered, MissionShown)

Events = tuple[Event, ...]


def test_every_branch_of_every_step_of_every_flow_is_taken() -> None:
    assert branches() - everywhere().path() == UNTAKEN


def test_every_value_that_a_question_refuses_is_refused_once() -> None:
    for flow in project_flows().flows.values():
        for step in flow.questions():
            for rejection in step.rejections:
                variations = project_flows().response(rejection.utter).variations
                assert _said() & {variation.phrase for variation in variations}, rejection.utter


def test_every_form_of_every_response_is_said() -> None:
    known = {
        variation.phrase
        for name, response in project_flows().responses.items()
        if name not in UNASKED
        for variation in response.variations
    }
    assert known - _said() == set()


def test_from_every_place_there_is_a_way_to_an_end() -> None:
    places = everywhere().places
    near = {key for key, place in places.items() if not place.state.frames}
    assert near
    for _ in range(FEWEST_TURNS):
        near |= {key for key, place in places.items() if place.leads_to & near}
    assert not [place.by for key, place in places.items() if key not in near]


def test_every_turn_says_something_and_leaves_a_way_to_a_human() -> None:
    for turn in everywhere().turns:
        assert turn.messages, turn.by
        called = any(isinstance(event, HumanCalled) for event in turn.outcome.events)
        assert called or _leads_to_a_human(turn.messages[-1]), turn.by


def test_no_turn_runs_in_circles_or_gives_a_page_that_is_missing() -> None:
    for turn in everywhere().turns:
        said = {event.phrase for event in turn.outcome.events if isinstance(event, Said)}
        assert "no_answer" not in said, turn.by
        if turn.by.startswith("the line runs in circles"):
            continue
        assert not said & {"internal_error", "internal_error_alone"}, turn.by


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_in_a_language(language: str) -> None:
    """What is said is the same without the English texts to fall back to."""
    alone = _without_english(language)
    nothing = texts().phrase("no_answer", language)
    assert nothing is not None
    for turn in _read_in(language):
        changes = any(isinstance(event, LanguageChanged) for event in turn.events)
        assert changes or turn.messages == _read(alone, turn.events, language), turn.by
        for message in turn.messages:
            assert message.text.strip(), turn.by
            assert message.text != nothing.text, turn.by


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_placeholder_is_left_in_what_is_said(language: str) -> None:
    for turn in _read_in(language):
        for message in turn.messages:
            titles = [button.title for row in message.buttons for button in row]
            assert all(titles), turn.by
            for text in (message.text, *titles):
                assert not _UNFILLED.search(text), f"{turn.by}: {text}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_fits_and_advice_in_danger_is_short(language: str) -> None:
    notices = [texts().phrase("machine_translated", code) for code in LANGUAGES]
    for turn in _read_in(language):
        shown = [
            found for found in turn.events if isinstance(found, Said | Answered | MissionShown)
        ]
        for event, message in zip(shown, turn.messages, strict=True):
            length = plain_length(message.text)
            assert length <= LONGEST, f"{turn.by}: {event}"
            if isinstance(event, Answered) and tiers().get(event.topic) is Tier.CRITICAL:
                # Said anew in another language, advice has a notice under it that is no part of it.
                extra = [n.text for n in notices if n and message.text.endswith(n.text)]
                advice = message.text.removesuffix(extra[0] if extra else "").strip()
                assert plain_length(advice) <= check.LONGEST_CRITICAL, f"{turn.by}: {event}"


@dataclass(frozen=True)
class _Read:
    """A turn as it reads in a language."""

    events: Events
    by: str
    messages: tuple[OutboundMessage, ...]


def _leads_to_a_human(message: OutboundMessage) -> bool:
    return any(button.payload == HUMAN_PAYLOAD for row in message.buttons for button in row)


@cache
def _said() -> frozenset[str]:
    """The phrases that flows said."""
    events = (event for turn in everywhere().turns for event in turn.outcome.events)
    return frozenset(event.phrase for event in events if isinstance(event, Said))


@cache
def _read_in(language: str) -> tuple[_Read, ...]:
    return tuple(_Read(events, by, _read(texts(), events, language)) for events, by in _turns())


@cache
def _turns() -> tuple[tuple[Events, str], ...]:
    """Each different turn once, its pages for each sort of country; and how a walk came to it."""
    found: dict[str, tuple[Events, str]] = {}
    for turn in everywhere().turns:
        for events in _for_countries(turn):
            found.setdefault(repr(events), (events, turn.by))
    return tuple(found.values())


def _for_countries(turn: Taken) -> Iterator[Events]:
    events = turn.outcome.events
    yield events
    if any(isinstance(event, Answered) for event in events):
        for country in (None, *countries()):
            yield tuple(
                replace(event, country=country) if isinstance(event, Answered) else event
                for event in events
            )


def _read(library: Library, events: Events, language: str) -> tuple[OutboundMessage, ...]:
    return render(library, named(library, events, language), language, TODAY)


def _without_english(language: str) -> Library:
    """The texts of one language alone: what it lacks cannot be said in English."""
    whole = texts()
    answers = {key: found for key, found in whole.answers.items() if key[1] == language}
    phrases: Mapping[str, object] = {language: whole.phrases[language]}
    return replace(whole, answers=answers, phrases=phrases)  # type: ignore[arg-type]
