"""Channels whose messages are fetched: what was sent is what the holder of the token may read.

The web chat and the terminal are such channels. Sending needs nothing but the outbox's note
that it was sent; whoever holds the conversation's token reads it from the store.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.channel import TEXT_ONLY, Failure, SendError, SendResult
from bot.domain.messages import Address, Kind, OutboundMessage
from bot.outbox import SENT_NOTICE
from bot.storage import cases, conversations, deliveries, installation, messages
from bot.storage.conversations import Conversation
from bot.storage.messages import Message, Status

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.storage.conversations import OpenConversation
    from bot.storage.database import Database
    from bot.storage.encryption import Keyring

TEXT_LIMIT = 4000
"""Characters (UTF-16 code units) of one message, in and out."""
MOST = 200
"""Messages that are read at a time."""
GONE = "(...)"
"""Stands for a message that its writer took back."""

_REPLY = sa.and_(
    ~Message.inbound,
    sa.or_(Message.status == Status.SENT.value, Message.failure == messages.TAKEN_BACK),
)
"""What was sent. Readers count these, so what was taken back afterwards is one of them still."""
_SHOWN = sa.or_(
    _REPLY, sa.and_(Message.inbound, Message.kind.in_((Kind.TEXT.value, Kind.BUTTON.value)))
)


@dataclass(frozen=True, slots=True)
class FetchedChannel:
    """A channel to which nothing is sent: its messages are fetched from the store."""

    name: str
    text_limit: int = TEXT_LIMIT

    async def ready(self, address: Address) -> None:
        """Nothing to wait for."""
        del address

    async def send(
        self, address: Address, message: OutboundMessage, reply_to: str | None = None
    ) -> SendResult:
        """Nothing to do: readers are woken when the outbox has recorded it as sent.

        Raises:
            SendError: it is a medium without a text, which readers cannot show.
        """
        del address, reply_to
        if message.copied is not None and not message.text:
            raise SendError(Failure.REFUSED, TEXT_ONLY)
        return SendResult(text_only=message.copied is not None)

    async def edit(self, address: Address, reference: str, message: OutboundMessage) -> bool:
        """Nothing to do: the store holds it, and a page that is open shows it when it is loaded
        again. It is told only what is new.
        """
        del address, reference, message
        return False

    async def delete(self, address: Address, references: Sequence[str]) -> int:
        """Nothing to do: readers keep nothing that the store does not hold."""
        del address, references
        return 0


@dataclass(frozen=True, slots=True)
class News:
    """Replies that a reader has not seen."""

    replies: list[dict[str, Any]] = field(repr=False)
    more: bool
    """There may be more of them."""
    ending: bool
    """The conversation is about to be erased."""


@dataclass(frozen=True, slots=True)
class Store:
    """The readers' view of the store. An address on such a channel is a secret token.

    Readers count the replies of their own conversation. The store's numbers count everybody's
    messages, and would tell whoever holds one phone when others write.
    """

    channel: str
    database: Database
    keyring: Keyring

    async def conversation_of(self, token: str) -> str | None:
        """Id of the conversation that a token opens; None for an unknown token."""
        async with self.database.transaction() as session:
            identity = await session.scalar(sa.select(Conversation.id).where(self._is_of(token)))
            return str(identity) if identity is not None else None

    async def read(self, token: str, after: int) -> list[dict[str, Any]]:
        """Messages that a reader may show, after one of the store's numbers, oldest first."""
        async with self.database.transaction() as session:
            found = await self._open(session, self._is_of(token))
            if found is None:
                return []
            rows = await session.scalars(
                sa.select(Message)
                .where(Message.conversation_id == found.row.id, Message.number > after, _SHOWN)
                .order_by(Message.number)
                .limit(MOST)
            )
            return _show(found, [(row, row.number) for row in rows])

    async def history(self, token: str) -> list[dict[str, Any]]:
        """The newest messages in both directions, oldest first; none for an unknown token."""
        async with self.database.transaction() as session:
            found = await self._open(session, self._is_of(token))
            if found is None:
                return []
            seen = sa.func.count().filter(_REPLY).over(order_by=Message.number)
            rows = await session.execute(
                sa.select(Message, seen)
                .where(Message.conversation_id == found.row.id, _SHOWN)
                .order_by(Message.number.desc())
                .limit(MOST)
            )
            return _show(found, [(row, number) for row, number in reversed(rows.all())])

    async def news(self, conversation: str, seen: int) -> News | None:
        """The replies after the first `seen` ones, at most `MOST`; None when it is gone.

        Replies are sent in order, so whoever counts them misses none. A contact's own message
        may be stored before the reply to an earlier one is sent: it is not counted.
        """
        async with self.database.transaction() as session:
            found = await self._open(session, Conversation.id == uuid.UUID(conversation))
            if found is None or (found.row.address_hash is None and not found.row.wiping):
                return None
            rows = await session.scalars(
                sa.select(Message)
                .where(Message.conversation_id == found.row.id, _REPLY)
                .order_by(Message.number)
                .offset(seen)
                .limit(MOST)
            )
            numbered = [(row, number) for number, row in enumerate(rows, seen + 1)]
            return News(_show(found, numbered), len(numbered) == MOST, found.row.wiping)

    async def leave(self, token: str) -> str | None:
        """Close a conversation, for good: nobody reads it with this token again.

        It is erased, unless a case of it is open or a message waits for its turn, which may
        be a call for help. The id of what is kept for its turn, for `erase_left`.
        """
        async with self.database.transaction() as session:
            await deliveries.is_new(session, self.channel, _left(token))
            found = await conversations.find(
                session, self.keyring, Address(self.channel, token)
            )  # locked: no turn is stored and no case opened meanwhile
            if found is None:
                return None
            found.row.reachable = False
            found.row.address_hash = None
            notice = sa.func.pg_notify(SENT_NOTICE, str(found.row.id))
            await session.execute(sa.select(notice))  # other readers learn that it is gone
            return await self._erase(session, found.row.id)

    async def has_left(self, token: str) -> bool:
        """Whether a conversation was closed: a late message of it opens nothing."""
        async with self.database.transaction() as session:
            found = await session.scalar(
                sa.select(sa.func.count())
                .select_from(deliveries.Delivery)
                .where(
                    deliveries.Delivery.channel == self.channel,
                    deliveries.Delivery.update_id == _left(token),
                )
            )
            return bool(found)

    async def erase_left(self, conversation: str) -> str | None:
        """Erase what was left, if its messages have had their turn; None when that is settled."""
        async with self.database.transaction() as session:
            found = await conversations.load(
                session, self.keyring, uuid.UUID(conversation), lock=True
            )
            if found is None or found.row.address_hash is not None:
                return None
            return await self._erase(session, found.row.id)

    async def _erase(self, session: AsyncSession, identity: uuid.UUID) -> str | None:
        if await cases.has_open(session, identity):
            return None
        if await messages.oldest(session, identity, inbound=True) is not None:
            return str(identity)
        await conversations.erase(session, identity)
        installation.audit(session, "conversation_left", "contact", identity)
        return None

    async def _open(
        self, session: AsyncSession, condition: sa.ColumnElement[bool]
    ) -> OpenConversation | None:
        """A conversation, not locked: readers must not hold up whoever writes."""
        identity = await session.scalar(sa.select(Conversation.id).where(condition))
        if identity is None:
            return None
        return await conversations.load(session, self.keyring, identity)

    def _is_of(self, token: str) -> sa.ColumnElement[bool]:
        return sa.and_(
            Conversation.channel == self.channel,
            Conversation.address_hash == self.keyring.look_up(self.channel, token),
        )


def _left(token: str) -> str:
    return hashlib.sha256(f"left:{token}".encode()).hexdigest()


def _show(
    conversation: OpenConversation, rows: Sequence[tuple[Message, int]]
) -> list[dict[str, Any]]:
    """Messages as a reader shows them. Of a pressed button its title is shown."""
    shown = []
    titles: dict[str, str] = {}
    for row, number in rows:
        if row.inbound:
            sent = messages.read_inbound(conversation, row)
            text = sent.text if sent.payload is None else titles.get(sent.payload)
            if text is not None:
                shown.append({"number": number, "from": "contact", "text": text})
            continue
        if row.failure == messages.TAKEN_BACK:
            reply = OutboundMessage(GONE, literal=True)
        else:
            reply = messages.read_outbound(conversation, row)
        titles.update({button.payload: button.title for line in reply.buttons for button in line})
        shown.append(
            {
                "number": number,
                "from": "line",
                "text": reply.text,
                "literal": reply.literal,
                "language": conversation.row.language,
                "buttons": [
                    [{"title": button.title, "payload": button.payload} for button in line]
                    for line in reply.buttons
                ],
            }
        )
    return shown
