"""Hops 8 and 9: messages are stored with what caused them, then sent once, in order.

Whether a message may still go (its writer owns the conversation, the contact can be reached) is
looked at under the conversation's lock, after all waiting and right before the call. What an
operator wrote is marked at the desk as delivered or failed in the transaction that records it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import clock, logs
from bot.domain.channel import TEXT_ONLY, Channel, Failure, SendError, SendResult
from bot.domain.fitting import fit
from bot.queue import PRIORITY_CRITICAL, PRIORITY_ELEVATED, PRIORITY_NORMAL, Job, defer
from bot.storage import cases, conversations, messages, posts
from bot.storage.encryption import Unreadable
from bot.storage.messages import TAKEN_BACK, Message, Status
from bot.storage.posts import PostKind

if TYPE_CHECKING:
    import procrastinate
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.domain.messages import Address, OutboundMessage
    from bot.storage.conversations import OpenConversation
    from bot.storage.database import Database
    from bot.storage.encryption import Keyring
    from bot.storage.messages import Author

log = logs.get()

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between tries while a channel is down; the last one repeats."""
MOST_ATTEMPTS = 1500
"""After about a day of `PAUSES` a message is given up and a case is opened."""
MOST_AT_ONCE = 10
"""Messages that one job sends; a flood of replies to one contact must not keep a place in the
lane, while others wait, for as long as it lasts."""
REVISE_AGAIN = 10.0
"""Seconds between tries to change or delete what was sent, while the channel is down."""
DELETABLE = timedelta(hours=48)
"""Bot API: a bot deletes a message of a private chat only while it is younger."""
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

    async def enqueue(  # noqa: PLR0913 - what a message is
        self,
        session: AsyncSession,
        conversation: OpenConversation,
        replies: Sequence[OutboundMessage],
        *,
        turn_id: uuid.UUID | None,
        priority: int = PRIORITY_NORMAL,
        by: Author | None = None,
    ) -> tuple[Message, ...]:
        """Store messages to a contact and defer their sending, in the caller's transaction.

        They are joined and cut to what the channel takes at once. Those `by` an operator go
        before what the bot says to others.
        """
        limit = self.channels[conversation.row.channel].text_limit
        stored = []
        for message in fit(replies, limit):
            row = messages.store_outbound(session, conversation, message, turn_id=turn_id, by=by)
            stored.append(row)
            await session.flush()  # numbers are given in this order
        if stored:
            await defer(
                self.queue,
                session,
                Job.SEND,
                row=conversation.row.id,
                priority=priority if by is None else PRIORITY_CRITICAL,
            )
        return tuple(stored)

    async def deliver(self, conversation_id: uuid.UUID) -> uuid.UUID | None:
        """Send what waits for a conversation, oldest first; of much, the rest by a later job.

        Returns the conversation's id when a message of the bot had to be given up, so that the
        caller opens a case; None when all went.

        Raises:
            SendLater: the channel asks to wait, or is down; what waits stays in order.
        """
        given_up = None
        for _ in range(MOST_AT_ONCE):
            if not await self._ready_for_next(conversation_id):
                return given_up
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

    async def revise(self, message_id: uuid.UUID) -> None:
        """Change at the contact what an operator changed in the store, or delete it there.

        Raises:
            SendLater: the channel asks to wait, or is down.
        """
        async with self.database.transaction() as session:
            row = await session.get(Message, message_id)
            identity = row.conversation_id if row is not None else None
            address = await self._address_of(session, identity) if identity is not None else None
        channel = self.channels.get(address.channel) if address is not None else None
        if identity is None or address is None or channel is None:
            return
        await channel.ready(address)
        revision = await self._revision(identity, message_id)
        if revision is None:
            return
        try:
            said = await _revise(channel, address, revision)
        except SendError as error:
            log.warning(
                "revision_failed",
                message=str(message_id),
                failure=error.failure.value,
                cause=error.cause,
            )
            if error.failure is Failure.WAIT:
                raise SendLater(error.retry_after) from None
            if error.failure in {Failure.RETRY, Failure.UNAUTHORIZED}:
                raise SendLater(REVISE_AGAIN) from None
            said = "desk_not_changed" if revision.message is not None else "desk_not_taken_back"
        if said is not None:
            await self._tell(identity, message_id, said)

    async def _ready_for_next(self, conversation_id: uuid.UUID) -> bool:
        """Wait until the next message may be sent; False when there is none."""
        async with self.database.transaction() as session:
            if await messages.oldest(session, conversation_id, inbound=False) is None:
                return False
            address = await self._address_of(session, conversation_id)
        if address is not None and address.channel in self.channels:
            await self.channels[address.channel].ready(address)
        return address is not None

    async def _address_of(
        self, session: AsyncSession, conversation_id: uuid.UUID
    ) -> Address | None:
        try:
            found = await conversations.load(session, self.keyring, conversation_id)
            address = found.address if found is not None else None
        except Unreadable:  # nobody can tell any more to whom they go
            log.error("conversation_unreadable", conversation=str(conversation_id))
            await messages.give_up_waiting(session, conversation_id, inbound=False)
            return None
        return address

    async def _take_next(self, conversation_id: uuid.UUID) -> _Taken | None:
        """Mark the next message as being sent, before it is, so that a crash leaves a trace."""
        async with self.database.transaction() as session:
            conversation = await conversations.load(
                session, self.keyring, conversation_id, lock=True
            )
            row = await messages.oldest(session, conversation_id, inbound=False)
            if conversation is None or row is None:
                return None
            taken = _Taken(row.id, conversation_id, conversation.address, row.operator_id)
            if row.fence != conversation.row.fence or not conversation.row.reachable:
                row.status = Status.DROPPED.value
                log.info("message_dropped", message=str(row.id))
                theirs = row.fence == conversation.row.fence
                why = "desk_contact_gone" if theirs else "desk_dropped"
                await self._mark(session, row, _End(delivered=False, why=why))
                return taken
            try:
                content = messages.read_outbound(conversation, row)
                reply_to = (
                    await messages.reference_of(session, conversation, content.reply_to)
                    if content.reply_to is not None
                    else None
                )
            except Unreadable:  # altered: it can never be sent, and must not keep the next ones
                row.status, row.failure = Status.FAILED.value, "unreadable"
                log.error("message_unreadable", message=str(row.id))
                await self._mark(session, row, _End(delivered=False, why="desk_refused"))
                return taken
            if row.status == Status.SENDING.value:
                # We were killed between the channel's yes and our note of it, or before the
                # call. Telegram can't be asked which. A repeat is better than a silence.
                row.doubtful = True
                log.warning("message_repeated", message=str(row.id))
            row.status = Status.SENDING.value
            row.attempts += 1
            return replace(taken, message=content, reply_to=reply_to, attempts=row.attempts)

    async def _send(self, taken: _Taken) -> bool:
        if taken.message is None:
            return True
        channel = self.channels.get(taken.address.channel)
        if channel is None:  # it was turned off since, and may be turned on again
            return await self._failed(taken, SendError(Failure.UNAUTHORIZED, "ChannelIsOff"))
        try:
            result = await channel.send(taken.address, taken.message, taken.reply_to)
        except SendError as error:
            return await self._failed(taken, error)
        await self._record(taken, Status.SENT, result)
        return True

    async def _failed(self, taken: _Taken, error: SendError) -> bool:
        """The one answer to each kind of failure; False when a message of the bot was given up.

        An operator learns of it where they wrote.
        """
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
                await self._record(taken, Status.QUEUED, error=error)
                raise SendLater(PAUSES[min(taken.attempts, len(PAUSES)) - 1])
            case Failure.BLOCKED:
                await self._record(taken, Status.DROPPED, error=error)
                return True
            case _:
                await self._record(taken, Status.FAILED, error=error)
                return taken.operator is not None

    async def _record(
        self,
        taken: _Taken,
        status: Status,
        result: SendResult | None = None,
        *,
        error: SendError | None = None,
    ) -> None:
        async with self.database.transaction() as session:
            conversation = await conversations.load(
                session, self.keyring, taken.conversation_id, lock=True
            )
            row = await session.get(Message, taken.row_id, with_for_update=True)
            if conversation is None or row is None:  # erased meanwhile
                return
            if result is not None and result.references:
                messages.keep_references(conversation, row, result.references)
            if error is not None and error.failure is Failure.BLOCKED:
                conversation.row.reachable = False
            row.doubtful = row.doubtful or (error is not None and error.maybe_sent)
            if row.status == Status.DROPPED.value:  # its operator took it back while it was sent
                row.failure = TAKEN_BACK if status is Status.SENT else None
            else:
                row.status = status.value
                row.failure = error.cause if error and status is Status.FAILED else None
                await self._mark(session, row, _end_of(status, result, error))
            if taken.operator is not None and _differs(conversation, row, taken.message):
                await defer(self.queue, session, Job.REVISE, row=row.id)
            if status is Status.SENT:
                await session.execute(
                    sa.select(sa.func.pg_notify(SENT_NOTICE, str(row.conversation_id)))
                )

    async def _mark(self, session: AsyncSession, row: Message, end: _End | None) -> None:
        """Show at the desk what became of an operator's message, where they wrote it."""
        if end is None or row.operator_id is None:
            return
        case = await cases.latest_of(session, row.conversation_id)
        if case is None:
            return
        mark = {"reference": row.desk_reference}
        if end.delivered is not None and row.desk_reference is not None:
            text = "delivered" if end.delivered else "failed"
            posts.add(
                session, case.id, PostKind.MARK,
                case=case.id, message=row.id, text=text, values=mark,
            )  # fmt: skip
        if end.why is not None:
            posts.add(session, case.id, PostKind.NOTICE, case=case.id, text=end.why, values=mark)
        await defer(self.queue, session, Job.POST, row=case.id, priority=PRIORITY_ELEVATED)

    async def _revision(self, identity: uuid.UUID, message_id: uuid.UUID) -> _Revision | None:
        """What is to be changed at the contact; None when nothing is (any more)."""
        async with self.database.transaction() as session:
            conversation = await conversations.load(session, self.keyring, identity, lock=True)
            row = await session.get(Message, message_id, with_for_update=True)
            if conversation is None or row is None or conversation.row.wiping:
                return None
            references = messages.read_references(conversation, row)
            if row.status == Status.SENT.value:
                return _Revision(references, messages.read_outbound(conversation, row))
            if row.failure != TAKEN_BACK:
                return None
            # Hours are all that is stored.
            late = row.hour < clock.now() - DELETABLE
            return _Revision(references, None, late=late)

    async def _tell(self, identity: uuid.UUID, message_id: uuid.UUID, why: str) -> None:
        async with self.database.transaction() as session:
            await conversations.load(session, self.keyring, identity, lock=True)
            row = await session.get(Message, message_id)
            if row is not None:
                await self._mark(session, row, _End(delivered=None, why=why))


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message that may be sent now; without a `message` there is nothing to send."""

    row_id: uuid.UUID
    conversation_id: uuid.UUID
    address: Address
    operator: uuid.UUID | None
    message: OutboundMessage | None = None
    reply_to: str | None = None
    """The channel's id of what it answers."""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class _End:
    """What an operator is shown of their message: a mark, and a phrase that says why."""

    delivered: bool | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class _Revision:
    """What a message that was sent is to become; without a `message` it is to go."""

    references: tuple[str, ...]
    message: OutboundMessage | None
    late: bool = False


def _end_of(status: Status, result: SendResult | None, error: SendError | None) -> _End | None:
    """What the end of a sending means to the operator who wrote it; None while it goes on."""
    if status is Status.SENT:
        partly = result is not None and result.text_only
        return _End(delivered=True, why="desk_text_only" if partly else None)
    if status is Status.DROPPED:
        return _End(delivered=False, why="desk_contact_gone")
    if status is Status.FAILED:
        no_media = error is not None and error.cause == TEXT_ONLY
        return _End(delivered=False, why="desk_no_media" if no_media else "desk_refused")
    return None


def _differs(conversation: OpenConversation, row: Message, sent: OutboundMessage | None) -> bool:
    """Whether what was sent just now is no longer what it is to be."""
    if row.failure == TAKEN_BACK:
        return True
    return row.status == Status.SENT.value and messages.read_outbound(conversation, row) != sent


async def _revise(channel: Channel, address: Address, revision: _Revision) -> str | None:
    """Do it; what the operator is told."""
    if revision.message is None:
        count = await channel.delete(address, revision.references)
        if revision.late:  # Telegram says yes, and leaves it there
            return "desk_not_taken_back"
        return "desk_taken_back" if count else "desk_changed_unseen"
    # Where messages are fetched they have no ids.
    seen = bool(revision.references) and await channel.edit(
        address, revision.references[0], revision.message
    )
    return None if seen else "desk_changed_unseen"
