"""Hop 2: a message is stored once and its turn deferred; only then is it acknowledged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import procrastinate
from sqlalchemy.exc import SQLAlchemyError

from bot import clock, logs
from bot.queue import Job, defer
from bot.storage import conversations, deliveries, messages

if TYPE_CHECKING:
    from bot.domain.messages import Address, InboundMessage
    from bot.storage.database import Database
    from bot.storage.encryption import Keyring

log = logs.get()


class NotStored(Exception):
    """Nothing was stored: whoever asked for it must not acknowledge it, and gets it again."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"nothing was stored: {cause}")


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where channels put what comes in."""

    database: Database
    keyring: Keyring
    queue: procrastinate.App

    async def accept(self, message: InboundMessage) -> bool:
        """Store a message and defer its turn, in one transaction; False for a repeat.

        When this returns, the message is on the disk and the channel may acknowledge it.

        Raises:
            NotStored: the database is away.
        """
        channel = message.address.channel
        async with _stored(), self.database.transaction() as session:
            if not await deliveries.is_new(session, channel, message.update_id):
                log.info("delivery_repeated", channel=channel)
                return False
            conversation = await conversations.find_or_begin(session, self.keyring, message.address)
            conversation.row.last_hour = clock.this_hour()
            conversation.row.reachable = True
            stored = messages.store_inbound(session, conversation, message)
            await defer(self.queue, session, Job.TURN, row=conversation.row.id)
        log.info(
            "message_stored",
            channel=channel,
            conversation=str(conversation.row.id),
            message=str(stored.id),
            kind=message.kind.value,
        )
        return True

    async def park(self, channel: str, update_id: str, raw: bytes, cause: str) -> None:
        """Keep an update that cannot be read, sealed, so that it blocks nobody and is not lost."""
        async with _stored(), self.database.transaction() as session:
            if await deliveries.is_new(session, channel, update_id):
                deliveries.park(session, self.keyring, channel, raw, cause)
        log.error("update_parked", channel=channel, cause=cause)

    async def mark_reachable(self, address: Address, *, reachable: bool) -> None:
        """Note that a contact blocked the line, or came back."""
        async with _stored(), self.database.transaction() as session:
            conversation = await conversations.find(session, self.keyring, address)
            if conversation is not None:
                conversation.row.reachable = reachable
        log.info("contact_reachable" if reachable else "contact_blocked", channel=address.channel)


@asynccontextmanager
async def _stored() -> AsyncIterator[None]:
    try:
        yield
    except (SQLAlchemyError, procrastinate.exceptions.ConnectorException) as error:
        raise NotStored(type(error).__name__) from None
