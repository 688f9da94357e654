"""Hops 8 and 9: replies are stored with the state that caused them, then sent once, in order."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import logs
from bot.domain.channel import Channel, Failure, SendError, SendResult
from bot.domain.fitting import fit
from bot.queue import PRIORITY_NORMAL, Job, defer
from bot.storage import conversations, messages
from bot.storage.encryption import Unreadable
from bot.storage.messages import Message, Status

if TYPE_CHECKING:
    import procrastinate
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.domain.messages import Address, OutboundMessage
    from bot.storage.conversations import OpenConversation
    from bot.storage.database import Database
    from bot.storage.encryption import Keyring

log = logs.get()

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between tries while a channel is down; the last one repeats."""
MOST_ATTEMPTS = 1500
"""After about a day of `PAUSES` a message is given up and a case is opened."""
MOST_AT_ONCE = 10
"""Messages that one job sends; a flood of replies to one contact must not keep a place in the
lane, while others wait, for as long as it lasts."""
SENT_NOTICE = "helpline_sent"
"""PostgreSQL notification, payload the conversation's id: something was sent to it."""


class SendLater(Exception):
    """A message waits; its job is to be tried again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds
        self.given_up: uuid.UUID | None = None
        """The conversation, when an earlier message of the same job had to be given up."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """What goes to contacts, whoever wrote it."""

    database: Database
    keyring: Keyring
    queue: procrastinate.App
    channels: Mapping[str, Channel]

    async def enqueue(
        self,
        session: AsyncSession,
        conversation: OpenConversation,
        replies: Sequence[OutboundMessage],
        *,
        turn_id: uuid.UUID | None,
        priority: int = PRIORITY_NORMAL,
    ) -> None:
        """Store messages to a contact and defer their sending, in the caller's transaction.

        They are joined and cut to what the channel takes at once.
        """
        limit = self.channels[conversation.row.channel].text_limit
        for message in fit(replies, limit):
            messages.store_outbound(session, conversation, message, turn_id=turn_id)
            await session.flush()  # numbers are given in this order
        if replies:
            await defer(
                self.queue,
                session,
                Job.SEND,
                row=conversation.row.id,
                priority=priority,
            )

    async def deliver(self, conversation_id: uuid.UUID) -> uuid.UUID | None:
        """Send what waits for a conversation, oldest first; of much, the rest by a later job.

        Returns the conversation's id when a message had to be given up, so that the caller
        opens a case; None when all went.

        Raises:
            SendLater: the channel asks to wait, or is down; what waits stays in order.
        """
        given_up = None
        for _ in range(MOST_AT_ONCE):
            message = await self._take_next(conversation_id)
            if message is None:
                return given_up
            try:
                if not await self._send(message):
                    given_up = conversation_id
            except SendLater as later:
                later.given_up = given_up
                raise
        async with self.database.transaction() as session:
            await defer(self.queue, session, Job.SEND, row=conversation_id)
        return given_up

    async def _take_next(self, conversation_id: uuid.UUID) -> _Taken | None:
        """Mark the next message as being sent, before it is, so that a crash leaves a trace."""
        async with self.database.transaction() as session:
            try:
                conversation = await conversations.load(session, self.keyring, conversation_id)
            except Unreadable:  # nobody can tell any more to whom they go
                log.error("conversation_unreadable", conversation=str(conversation_id))
                await messages.give_up_waiting(session, conversation_id, inbound=False)
                return None
            row = await messages.oldest(session, conversation_id, inbound=False)
            if conversation is None or row is None:
                return None
            if row.fence != conversation.row.fence or not conversation.row.reachable:
                row.status = Status.DROPPED.value
                log.info("message_dropped", message=str(row.id))
                return _Taken(row.id, conversation.address, None, row.attempts)
            try:
                content = messages.read_outbound(conversation, row)
            except Unreadable:  # altered: it can never be sent, and must not keep the next ones
                row.status, row.failure = Status.FAILED.value, "unreadable"
                log.error("message_unreadable", message=str(row.id))
                return _Taken(row.id, conversation.address, None, row.attempts)
            if row.status == Status.SENDING.value:
                # We were killed between the channel's yes and our note of it, or before the
                # call. Telegram can't be asked which. A repeat is better than a silence.
                row.doubtful = True
                log.warning("message_repeated", message=str(row.id))
            row.status = Status.SENDING.value
            row.attempts += 1
            return _Taken(row.id, conversation.address, content, row.attempts)

    async def _send(self, taken: _Taken) -> bool:
        if taken.message is None:
            return True
        channel = self.channels.get(taken.address.channel)
        if channel is None:  # it was turned off since, and may be turned on again
            return await self._failed(taken, SendError(Failure.UNAUTHORIZED, "ChannelIsOff"))
        try:
            result = await channel.send(taken.address, taken.message)
        except SendError as error:
            return await self._failed(taken, error)
        await self._record(taken, Status.SENT, result)
        return True

    async def _failed(self, taken: _Taken, error: SendError) -> bool:
        """The one answer to each kind of failure; False when the message was given up."""
        log.warning(
            "send_failed",
            message=str(taken.row_id),
            failure=error.failure.value,
            cause=error.cause,
            attempt=taken.attempts,
        )
        match error.failure:
            case Failure.WAIT:
                await self._record(taken, Status.QUEUED)
                raise SendLater(error.retry_after)
            case Failure.RETRY | Failure.UNAUTHORIZED if taken.attempts < MOST_ATTEMPTS:
                await self._record(taken, Status.QUEUED, doubtful=error.maybe_sent)
                raise SendLater(PAUSES[min(taken.attempts, len(PAUSES)) - 1])
            case Failure.BLOCKED:
                await self._record(taken, Status.DROPPED, reachable=False)
                return True
            case _:
                await self._record(taken, Status.FAILED, cause=error.cause)
                return False

    async def _record(  # noqa: PLR0913 - one statement for every end of a sending
        self,
        taken: _Taken,
        status: Status,
        result: SendResult | None = None,
        *,
        doubtful: bool = False,
        reachable: bool = True,
        cause: str | None = None,
    ) -> None:
        async with self.database.transaction() as session:
            row = await session.get(Message, taken.row_id, with_for_update=True)
            if row is None:  # erased meanwhile
                return
            conversation = await conversations.load(session, self.keyring, row.conversation_id)
            if conversation is None:
                return
            row.status = status.value
            row.failure = cause
            row.doubtful = row.doubtful or doubtful
            if result is not None and result.references:
                messages.keep_references(conversation, row, result.references)
            if not reachable:
                conversation.row.reachable = False
            if status is Status.SENT:
                await session.execute(
                    sa.select(sa.func.pg_notify(SENT_NOTICE, str(row.conversation_id)))
                )


@dataclass(frozen=True, slots=True)
class _Taken:
    row_id: uuid.UUID
    address: Address
    message: OutboundMessage | None
    attempts: int
