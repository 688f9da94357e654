"""What every desk promises: a view of the store that can be lost and filled again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.channel import Failure, SendError
from bot.domain.messages import Button


class RoomGone(SendError):
    """The room was deleted: it is opened anew and filled from the store."""

    def __init__(self) -> None:
        super().__init__(Failure.REFUSED, "RoomGone")


@dataclass(frozen=True, slots=True)
class Copied:
    """A message of another chat, shown as a copy that does not name its writer."""

    chat: str = field(repr=False)
    reference: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a room shows."""

    text: str = field(default="", repr=False)
    """Markdown as in `OutboundMessage`; the words of people are shown as they are."""
    literal: str = field(default="", repr=False)
    """Words of a person, after `text`, shown as they were written."""
    buttons: tuple[tuple[Button, ...], ...] = field(default=(), repr=False)
    copied: Copied | None = field(default=None, repr=False)
    """A medium; `text` and `literal` are posted before it."""
    reply_to: str | None = None
    """The desk's id of the message that it answers."""
    silent: bool = True
    """Nobody's phone makes a sound."""
    can_wait: bool = False
    """What belongs to the cases that operators work on goes before it."""


class Desk(Protocol):
    """Where operators work. Made by `bot.app`; every call may be repeated after a crash.

    All calls raise SendError as a channel does; those that name a room raise RoomGone when it was
    deleted. `urgent` ones go before the others where the desk takes only so many at a time.
    """

    async def open_room(self, title: str, *, urgent: bool) -> int | None:
        """Open a room for a case; its number, or None where the desk has no rooms."""
        ...

    async def rename_room(self, room: int, title: str) -> None:
        """Give a room another title; one that has it already is left alone."""
        ...

    async def close_room(self, room: int) -> None:
        """Close a room whose case is resolved; closed already is as good."""
        ...

    async def reopen_room(self, room: int) -> None:
        """Open a closed room again; open already is as good."""
        ...

    async def delete_room(self, room: int) -> None:
        """Delete a room with all that stands in it; gone already is as good."""
        ...

    async def put_card(
        self, room: int | None, card: str | None, entry: Entry, *, urgent: bool
    ) -> str:
        """Show the card of a case, pinned; changes `card` (its id) if there is one. Its id."""
        ...

    async def post(self, room: int | None, entry: Entry, *, urgent: bool) -> tuple[str, ...]:
        """Show an entry in a room (None: where everybody reads); the ids of what was made."""
        ...

    async def direct(self, account: str, entry: Entry) -> tuple[str, ...]:
        """Write to an operator alone; the ids of what was made."""
        ...

    async def take_back_direct(self, account: str, references: tuple[str, ...]) -> None:
        """Delete what was written to an operator alone."""
        ...

    async def revise(self, reference: str, entry: Entry) -> None:
        """Change the text of what was posted."""
        ...

    async def mark(self, reference: str, *, delivered: bool) -> None:
        """Show at an operator's message whether it reached the contact."""
        ...

    async def delete(self, references: tuple[str, ...]) -> int:
        """Delete what stands there, of whomever; how many messages the desk does not let us."""
        ...
