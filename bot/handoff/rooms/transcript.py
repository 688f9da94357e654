"""How messages read at the desk: the words of people as they are, all else named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.content.voice import Voice
from bot.domain.messages import InboundMessage, Kind, OutboundMessage

MEDIA: Final = frozenset(
    {Kind.PHOTO, Kind.VOICE, Kind.VIDEO, Kind.STICKER, Kind.DOCUMENT, Kind.OTHER}
)
"""Kinds that are shown by a copy."""
LONGEST_REPLY: Final = 300
"""Characters of a reply of the line in a history: operators know its texts."""
MAP: Final = (
    "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"
)


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a history, and who said it."""

    who: str
    text: str = field(repr=False)


def contact_said(
    message: InboundMessage, voice: Voice, earlier: Iterable[OutboundMessage] = ()
) -> str:
    """What a contact sent, as text; a pressed button by the title it had in `earlier` replies."""
    if message.kind is Kind.BUTTON:
        return f"▸ {_pressed(message.payload or '', earlier)}"
    if message.kind is Kind.COMMAND:
        return f"/{message.command or ''} {message.text}".rstrip()
    if message.kind is Kind.LOCATION:
        where = {name: _number(message.attachment.get(name)) for name in ("latitude", "longitude")}
        named = voice.say("desk_kind_location")
        return f"{named}: {where['latitude']}, {where['longitude']}\n{MAP.format(**where)}"
    if message.kind is Kind.CONTACT:
        number = message.attachment.get("phone_number", "")
        return f"{voice.say('desk_kind_contact')}: {number}"
    if message.kind is Kind.TEXT:
        return message.text
    return f"({voice.say(f'desk_kind_{message.kind.value}')}) {message.text}".rstrip()


def line_said(message: OutboundMessage) -> str:
    """What the line answered, in one paragraph and not all of it."""
    text = " ".join(message.text.replace("**", "").split())
    return text if len(text) <= LONGEST_REPLY else f"{text[: LONGEST_REPLY - 1].rstrip()}…"


def operator_said(message: OutboundMessage, kind: Kind, voice: Voice) -> str:
    """What an operator wrote to the contact."""
    if message.copied is None:
        return message.text
    return f"({voice.say(f'desk_kind_{kind.value}')}) {message.text}".rstrip()


def history(said: Sequence[Said]) -> str:
    """A conversation, one message a line."""
    return "\n".join(f"{one.who}: {one.text}" for one in said)


def _pressed(payload: str, earlier: Iterable[OutboundMessage]) -> str:
    """The title of a button; its payload when nobody knows it any more."""
    found = payload
    for message in earlier:
        for row in message.buttons:
            found = next((one.title for one in row if one.payload == payload), found)
    return found


def _number(text: str | None) -> str:
    """A coordinate, and nothing else that might stand in its place."""
    try:
        return f"{float(text or ''):.5f}"
    except ValueError:
        return "?"
