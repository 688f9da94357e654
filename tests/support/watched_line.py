"""A line whose channel and desk look into the store at each call, fail when told to, or die."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.domain.channel import Failure, SendError, SendResult
from bot.domain.messages import Address, OutboundMessage
from bot.handoff import cases
from bot.handoff.desk import Entry, RoomGone
from bot.handoff.parts import Parts
from bot.runtime import Runtime
from bot.storage import conversations
from bot.storage.messages import Message, Status

Result = TypeVar("Result")


class Killed(BaseException):  # no Exception: nothing in the line may catch it
    """The process is gone: what was not committed never happened."""


@dataclass
class Channel:
    """Where contacts are; each call is held against the store."""

    runtime: Runtime | None = None
    name: str = "test"
    text_limit: int = 4000
    then: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What happens in the middle of the next call."""
    wrong: list[str] = field(default_factory=list)
    sent: int = 0

    async def ready(self, address: Address) -> None:
        """At once."""

    async def send(
        self, address: Address, message: OutboundMessage, reply_to: str | None = None
    ) -> SendResult:
        await self._hold_against_the_store(address)
        if self.then:
            await self.then.pop(0)()
        self.sent += 1
        return SendResult((str(self.sent),))

    async def edit(self, address: Address, reference: str, message: OutboundMessage) -> bool:
        return True

    async def delete(self, address: Address, references: Sequence[str]) -> int:
        return len(references)

    async def _hold_against_the_store(self, address: Address) -> None:
        assert self.runtime is not None
        async with self.runtime.database.transaction() as session:
            found = await conversations.find(session, self.runtime.keyring, address)
            assert found is not None
            row = await session.scalar(
                sa.select(Message).where(
                    Message.conversation_id == found.row.id,
                    Message.status == Status.SENDING.value,
                )
            )
            assert row is not None
            writer = str(row.operator_id) if row.operator_id else "the line"
            nobody = found.row.owner in {cases.BOT, cases.QUEUE}
            if row.fence != found.row.fence:
                self.wrong.append(f"{writer} spoke under fence {row.fence} of {found.row.fence}")
            elif row.operator_id and not nobody and str(row.operator_id) != found.row.owner:
                self.wrong.append(f"{writer} spoke while {found.row.owner} owned it")


@dataclass
class Desk:
    """Where operators are; rooms may vanish and calls fail."""

    rooms: Iterator[int] = field(default_factory=lambda: itertools.count(100))
    gone: set[int] = field(default_factory=set)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(5000))
    failing: bool = False

    def _work(self, room: int | None = None) -> str:
        if self.failing:
            raise SendError(Failure.RETRY, "Away")
        if room in self.gone:
            raise RoomGone
        return str(next(self.ids))

    async def open_room(self, title: str, *, urgent: bool) -> int | None:
        self._work()
        return next(self.rooms)

    async def rename_room(self, room: int, title: str) -> None:
        self._work(room)

    async def close_room(self, room: int) -> None:
        self._work(room)

    async def reopen_room(self, room: int) -> None:
        self._work(room)

    async def delete_room(self, room: int) -> None:
        self._work()

    async def put_card(
        self, room: int | None, card: str | None, entry: Entry, *, urgent: bool
    ) -> str:
        return card or self._work(room)

    async def post(self, room: int | None, entry: Entry, *, urgent: bool) -> tuple[str, ...]:
        return (self._work(room),)

    async def direct(self, account: str, entry: Entry) -> tuple[str, ...]:
        return (self._work(),)

    async def take_back_direct(self, account: str, references: tuple[str, ...]) -> None:
        self._work()

    async def revise(self, reference: str, entry: Entry) -> None:
        self._work()

    async def mark(self, reference: str, *, delivered: bool) -> None:
        self._work()

    async def delete(self, references: tuple[str, ...]) -> int:
        self._work()
        return 0


@dataclass
class World:
    """One line for all examples; each has a contact of its own."""

    loop: asyncio.AbstractEventLoop
    runtime: Runtime
    channel: Channel
    desk: Desk
    team: tuple[uuid.UUID, uuid.UUID]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.loop.run_until_complete(work)

    @property
    def parts(self) -> Parts:
        return self.runtime.handoff
