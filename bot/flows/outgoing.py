"""What of a turn's events goes out: each call for a human once, and buttons that channels carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot.domain.events import Choice, Event, HumanCalled, LanguageChanged, Said
from bot.flows import payloads

NEED_SOMEONE: Final = Choice(payloads.set_slot("in_danger", "true"), phrase="button_in_danger")
"""The button of somebody in danger, where they are not asked whether they are."""
_LANGUAGE_BUTTON: Final = payloads.set_slot("language", "").removesuffix(")")


def one_call(events: Sequence[Event]) -> Iterator[Event]:
    """Leave out calls for a human that an earlier one of the turn covers."""
    called = urgent = False
    for event in events:
        if isinstance(event, HumanCalled):
            if urgent or (called and not event.urgent):
                continue
            called, urgent = True, event.urgent
        yield event


def sendable(event: Event) -> Event:
    """Leave out buttons whose payload no channel could carry."""
    if not isinstance(event, Said):
        return event
    fitting = tuple(
        choice for choice in event.choices if len(choice.payload.encode()) <= payloads.MAX_BYTES
    )
    return replace(event, choices=fitting)


def offers_languages(events: Iterable[Event]) -> bool:
    """Say whether a turn changes the language, or has a button that does."""
    return any(
        isinstance(event, LanguageChanged)
        or (
            isinstance(event, Said)
            and any(choice.payload.startswith(_LANGUAGE_BUTTON) for choice in event.choices)
        )
        for event in events
    )


def add_button(events: list[Event], choice: Choice) -> None:
    """Put one more button under what is said last."""
    if events and isinstance(last := events[-1], Said):
        events[-1] = replace(last, choices=(*last.choices, choice))
