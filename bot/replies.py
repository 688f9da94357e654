"""Hop 7: what a turn decided becomes what the contact reads, and in which language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import clock
from bot.content import answers
from bot.domain.events import Choice, LanguageChanged, Said
from bot.domain.messages import InboundMessage, Kind, OutboundMessage
from bot.flows import payloads, triggers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.content.library import Library
    from bot.domain.events import Event
    from bot.flows.state import Outcome

FALLBACK_LANGUAGE = "en"
TELLING = 12
"""Fewer characters do not change the language of a conversation: "Kenya" is of every language."""
TELLING_SCRIPT = 4
"""The same in letters for a text without Latin ones: its script tells more."""
_TWINS = frozenset({"hi", "ur"})
"""One tongue in Latin letters, of which each reads the other's script rarely: what is known of the
contact counts more than what the letters look like."""
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")


def render(content: Library, outcome: Outcome, language: str) -> tuple[OutboundMessage, ...]:
    """Make the messages of a turn; an offer of another language comes last, in that one."""
    today = clock.today()
    replies = answers.render(content, named(content, outcome.events, language), language, today)
    if outcome.offer_in is None:
        return replies
    offered = answers.render(content, outcome.offer, outcome.offer_in, today)
    return (*replies, *map(without_human, offered))


def named(content: Library, events: Sequence[Event], language: str) -> tuple[Event, ...]:
    """Name the need that is offered beside the answer: a channel may join both in one message."""
    done: list[Event] = []
    for event in events:
        if isinstance(event, LanguageChanged):
            language = event.language
        if isinstance(event, Said) and event.phrase == "also_wrote":
            title = _title(content, event.choices[0], language)
            done.append(replace(event, slots={triggers.NEED: title}))
        else:
            done.append(event)
    return tuple(done)


def picked(content: Library, inbound: InboundMessage) -> InboundMessage:
    """Take `/language id` for the button of that language."""
    wanted = inbound.text.strip().lower()
    if inbound.command == "language" and wanted in dict(content.offered_languages()):
        payload = payloads.set_slot("language", wanted)
        return replace(inbound, kind=Kind.BUTTON, command=None, text="", payload=payload)
    return inbound


def without_human(message: OutboundMessage) -> OutboundMessage:
    """Leave out the button to a human of what follows a message that has it."""
    rows = (
        tuple(button for button in row if button.payload != answers.HUMAN_PAYLOAD)
        for row in message.buttons
    )
    return replace(message, buttons=tuple(row for row in rows if row))


def language_of(
    offered: Iterable[str], text: str, written: str | None, before: str | None, hint: str | None
) -> str:
    """Give the language to answer in: the written one if the text tells, else the one before.

    `hint` is the language of the contact's phone.
    """
    if before is not None and not tells(text):
        return before
    known = set(offered)
    if written in _TWINS and _LATIN.search(text):
        written = next((code for code in (before, hint) if code in _TWINS), written)
    return next(
        (code for code in (written, before, hint) if code is not None and code in known),
        FALLBACK_LANGUAGE,
    )


def tells(text: str) -> bool:
    """Whether a text is long enough to tell that its writer means its language."""
    letters = sum(map(str.isalpha, text))
    return len(text) >= TELLING or (letters >= TELLING_SCRIPT and not _LATIN.search(text))


def _title(content: Library, choice: Choice, language: str) -> str:
    phrase = content.phrase(choice.phrase or "", language)
    return phrase.fill({}) if phrase else ""
