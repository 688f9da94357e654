"""What an operator does at the desk, as the desk understood it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from bot.domain.messages import Kind


@dataclass(frozen=True, slots=True)
class Place:
    """Where at the desk something happened."""

    chat: str = field(repr=False)
    """The desk's id of the group, or of an operator's own chat."""
    reference: str
    """The desk's id of the message: the one that was written, or whose button was pressed."""
    room: int | None = None
    """The desk's number of the room; None where everybody reads."""
    has_rooms: bool = True
    """Without rooms, only an answer to something of a case tells to which one it belongs."""
    alone: bool = False
    """In an operator's own chat, where contacts write, too."""


@dataclass(frozen=True, slots=True)
class Wrote:
    """Somebody wrote at the desk, or changed what they had written."""

    update_id: str = field(repr=False)
    account: str = field(repr=False)
    """The channel's id of who it was."""
    place: Place
    kind: Kind
    text: str = field(default="", repr=False)
    """The text, the caption of a medium, or what stands for a place or a contact."""
    medium: bool = False
    """There is more than the text, and it has to be copied."""
    reply_to: str | None = None
    """The desk's id of the message that it answers, when they chose one."""
    edited: bool = False
    album: str | None = None
    """The desk's id of the pictures among which it was sent, when there were several."""
    unfit: str | None = None
    """Name of the phrase that says why this is nothing for a contact."""


@dataclass(frozen=True, slots=True)
class Commanded:
    """Somebody wrote `/name`, with a text after it."""

    update_id: str = field(repr=False)
    account: str = field(repr=False)
    place: Place
    name: str
    text: str = field(default="", repr=False)
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody pressed a button of the desk."""

    update_id: str = field(repr=False)
    account: str = field(repr=False)
    place: Place
    payload: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RoomClosed:
    """Somebody closed a room by hand, so that operators can no longer write in it."""

    update_id: str = field(repr=False)
    account: str = field(repr=False)
    place: Place


@dataclass(frozen=True, slots=True)
class LinkFollowed:
    """Somebody followed what may be an operator's one-time link."""

    update_id: str = field(repr=False)
    account: str = field(repr=False)
    secret: str = field(repr=False)


OperatorAct: TypeAlias = Wrote | Commanded | Pressed | RoomClosed
"""What somebody did at the desk; whether an operator did, `handoff/acts/relay.py` sees."""
