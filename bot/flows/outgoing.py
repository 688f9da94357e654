"""What of a turn's events goes out: each call for a human once, and buttons that channels carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.domain.events import Event, HumanCalled, Said
from bot.flows import payloads


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
