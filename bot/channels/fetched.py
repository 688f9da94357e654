"""Channels whose messages are fetched: what was sent is what the holder of the token may read.

The web chat and the terminal are such channels. Sending needs nothing but the outbox's note
that it was sent; whoever holds the conversation's token reads it from the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.channel import SendResult
from bot.domain.messages import Address, Kind, OutboundMessage
from bot.storage import cases, conversations, messages
from bot.storage.messages import Message, Status

if TYPE_CHECKING:
    from bot.storage.database import Database
    from bot.storage.encryption import Keyring

TEXT_LIMIT = 4000
"""Characters (UTF-16 code units) of one message, in and out."""


@dataclass(frozen=True, slots=True)
class FetchedChannel:
    """A channel to which nothing is sent: its messages are fetched from the store."""

    name: str
    text_limit: int = TEXT_LIMIT

    async def send(self, address: Address, message: OutboundMessage) -> SendResult:
        """Nothing to do: readers are woken when the outbox has recorded it as sent."""
        del address, message
        return SendResult()

    async def delete(self, address: Address, references: Sequence[str]) -> int:
        """Nothing to do: readers keep nothing that the store does not hold."""
        del address, references
        return 0


@dataclass(frozen=True, slots=True)
class Store:
    """The readers' view of the store. An address on such a channel is a secret token."""

    channel: str
    database: Database
    keyring: Keyring

    async def conversation_of(self, token: str) -> str | None:
        """Id of the conversation that a token opens; None for an unknown token."""
        async with self.database.transaction() as session:
            found = await conversations.find(session, self.keyring, Address(self.channel, token))
            return str(found.row.id) if found is not None else None

    async def read(self, token: str, after: int) -> list[dict[str, Any]]:
        """Messages that a reader may show, after a number, oldest first."""
        async with self.database.transaction() as session:
            found = await conversations.find(session, self.keyring, Address(self.channel, token))
            if found is None:
                return []
            rows = await session.scalars(
                sa.select(Message)
                .where(
                    Message.conversation_id == found.row.id,
                    Message.number > after,
                    sa.or_(Message.inbound, Message.status == Status.SENT.value),
                )
                .order_by(Message.number)
                .limit(200)
            )
            shown = [_show(found, row) for row in rows]
        return [message for message in shown if message]

    async def leave(self, token: str) -> None:
        """Close a conversation: erased, unless a case of it is still open."""
        async with self.database.transaction() as session:
            found = await conversations.find(session, self.keyring, Address(self.channel, token))
            if found is None:
                return
            if await cases.has_open(session, found.row.id):
                found.row.reachable = False
                found.row.address_hash = None
            else:
                await conversations.erase(session, found.row.id)


def _show(conversation: conversations.OpenConversation, row: Message) -> dict[str, Any]:
    if row.inbound:
        sent = messages.read_inbound(conversation, row)
        if sent.kind is not Kind.TEXT:
            return {}
        return {"number": row.number, "from": "contact", "text": sent.text}
    reply = messages.read_outbound(conversation, row)
    return {
        "number": row.number,
        "from": "line",
        "text": reply.text,
        "buttons": [
            [{"title": button.title, "payload": button.payload} for button in line]
            for line in reply.buttons
        ],
    }
