"""Turns the events of a turn into the messages that the contact will read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from bot.content.answer_files import Answer
from bot.content.card import mission_card
from bot.content.library import Library
from bot.content.problems import RenderError
from bot.content.render import render_answer
from bot.content.voice import Voice
from bot.domain.events import (
    Answered,
    Choice,
    Event,
    HumanCalled,
    LanguageChanged,
    MissionShown,
    Said,
    SlotValue,
)
from bot.domain.messages import Button, OutboundMessage

HUMAN_PAYLOAD: Final = "/talk_to_human"
"""What the button that reaches a human sends."""
LANGUAGE_OFFER: Final = "choose_language"
"""What is said with a button for each language, below the answer to a first message."""
SHORT_TITLE: Final = 14
"""Longest title, in characters, of buttons that stand two in a row on a small screen."""
SHORTEST_TITLE: Final = 10
"""The same for three in a row, where there are MANY."""
MANY: Final = 6
"""More buttons than this fill a small screen, one or two in a row."""
LONGEST_VALUE: Final = 200
"""Longest value of a slot inside a phrase, in characters."""

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_COUNTRY_SLOTS: Final = frozenset({"nationality", "country"})
_MARKS: Final = re.compile(r"[\x00-\x1f\x7f*`\u200b\u202a-\u202e\u2066-\u2069]+")


def render(
    library: Library, events: Iterable[Event], language: str, today: date
) -> tuple[OutboundMessage, ...]:
    """Make the messages of a turn, in order.

    Never raises: a text that cannot be rendered gives way to the general one, to English, and
    at last to the phrase `no_answer`. The last message always carries a button to a human,
    except when one has been called in this turn.
    """
    turn = _Turn(Voice(library, language, today))
    for event in events:
        turn.take(event)
    return turn.messages()


@dataclass(slots=True)
class _Draft:
    """A message that can still grow."""

    text: str
    rows: list[tuple[Button, ...]] = field(default_factory=list)
    machine: bool = False
    """Whether no person has read the text."""
    human_first: bool = False
    """Whether the button to a human stands above the others, of which there are many."""


class _Turn:
    """Collects the messages of a turn."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._drafts: list[_Draft] = []
        self._human_called = False

    def take(self, event: Event) -> None:
        voice = self._voice
        if isinstance(event, LanguageChanged):
            self._voice = Voice(voice.library, event.language, voice.today)
        elif isinstance(event, HumanCalled):
            self._human_called = True
        elif isinstance(event, Said):
            text = voice.say(event.phrase, **spoken(event.slots, voice))
            offer = event.phrase == LANGUAGE_OFFER
            self._add(_Draft(text, _rows(_buttons(event.choices, voice)), human_first=offer))
        elif isinstance(event, Answered):
            self._add(_answer(event, voice))
        elif isinstance(event, MissionShown):
            self._add(_mission(event.mission_id, voice))

    def messages(self) -> tuple[OutboundMessage, ...]:
        if self._drafts:
            self._say_that_machines_wrote()
            self._offer_human(self._drafts[-1])
        return tuple(OutboundMessage(draft.text, tuple(draft.rows)) for draft in self._drafts)

    def _add(self, draft: _Draft) -> None:
        if draft.text:
            self._drafts.append(draft)

    def _offer_human(self, last: _Draft) -> None:
        there = any(button.payload == HUMAN_PAYLOAD for row in last.rows for button in row)
        if not there and not self._human_called:
            place = 0 if last.human_first else len(last.rows)
            last.rows.insert(place, (Button(self._voice.say("button_human"), HUMAN_PAYLOAD),))

    def _say_that_machines_wrote(self) -> None:
        # When a human was called, the message is about danger and stays as short as it is.
        if self._human_called:
            return
        written = [draft for draft in self._drafts if draft.machine]
        notice = self._voice.library.phrase("machine_translated", self._voice.language)
        if written and notice:
            written[-1].text += "\n\n" + notice.fill({})


def spoken(slots: dict[str, SlotValue], voice: Voice) -> dict[str, str]:
    """Give the values of slots as they are read out in a phrase."""
    return {name: _spoken(name, value, voice) for name, value in slots.items()}


def _spoken(name: str, value: SlotValue, voice: Voice) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return voice.say("word_yes" if value else "word_no")
    if isinstance(value, float | int):
        return f"{value:g}"
    if name in _COUNTRY_SLOTS and _COUNTRY.fullmatch(value):
        return voice.country(value)
    # What a contact typed must not format the message, nor turn its direction of reading.
    return " ".join(_MARKS.sub(" ", value).split())[:LONGEST_VALUE]


def _answer(event: Answered, voice: Voice) -> _Draft:
    for answer in voice.library.candidates(event.topic, voice.language, event.country):
        try:
            text = render_answer(answer, voice, event.country)
        except RenderError:
            continue
        if answer.is_past_review(voice.today):
            date = voice.day(answer.verified_on)
            text += "\n\n" + voice.say("answer_out_of_date", date=date)
        return _Draft(
            text,
            _rows([*_answer_buttons(answer, voice), *_buttons(event.choices, voice)]),
            machine=answer.reviewed.is_machine,
        )
    return _Draft(voice.say("no_answer"), _rows(_buttons(event.choices, voice)))


def _mission(mission_id: str, voice: Voice) -> _Draft:
    mission = voice.library.directory.mission(mission_id)
    if mission is None:
        return _Draft(voice.say("mission_unknown"))
    return _Draft(mission_card(mission, voice))


def _answer_buttons(answer: Answer, voice: Voice) -> list[Button]:
    return [Button(voice.say(found.phrase), found.payload) for found in answer.buttons]


def _buttons(choices: Iterable[Choice], voice: Voice) -> list[Button]:
    return [
        Button(voice.say(choice.phrase) if choice.phrase else choice.title or "", choice.payload)
        for choice in choices
    ]


def _rows(buttons: Sequence[Button]) -> list[tuple[Button, ...]]:
    """Lay buttons out: short ones two in a row, others one; a payload that comes twice, once.

    Of many as many stand in a row as a small screen holds.
    """
    once = list({button.payload: button for button in buttons if button.title}.values())
    if len(once) > MANY:
        return _packed(once)
    width = 2 if all(len(button.title) <= SHORT_TITLE for button in once) else 1
    return [tuple(once[at : at + width]) for at in range(0, len(once), width)]


def _packed(buttons: Iterable[Button]) -> list[tuple[Button, ...]]:
    rows: list[tuple[Button, ...]] = []
    for button in buttons:
        wider = (*rows[-1], button) if rows else ()
        longest = max((len(one.title) for one in wider), default=0)
        if wider and longest <= _LONGEST_OF.get(len(wider), 0):
            rows[-1] = wider
        else:
            rows.append((button,))
    return rows


_LONGEST_OF: Final = {2: SHORT_TITLE, 3: SHORTEST_TITLE}
