"""Messages in both directions, sealed, and the deliveries that were already seen."""

from __future__ import annotations

import contextlib
import json
import secrets
import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot import clock
from bot.domain.messages import Button, InboundMessage, Kind, OutboundMessage
from bot.storage.conversations import Conversation, OpenConversation
from bot.storage.database import Base
from bot.storage.encryption import KEY_BYTES, Keyring, Unreadable, seal, unseal

DELIVERIES_KEPT = timedelta(hours=72)
"""Telegram repeats an update for at most 24 h; twice that and a day of reserve."""


class Status(StrEnum):
    """Where a message is on its path."""

    STORED = "stored"
    TURNED = "turned"
    FAILED = "failed"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"


WAITING_TO_GO = (Status.QUEUED.value, Status.SENDING.value)


class Delivery(Base):
    """A delivery of a channel that was stored: seen again, it is dropped."""

    __tablename__ = "deliveries"

    channel: Mapped[str] = mapped_column(primary_key=True)
    update_id: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class Message(Base):
    """One message, in or out. `number` gives the order; text and channel ids are sealed."""

    __tablename__ = "messages"
    __table_args__ = (
        sa.Index("messages_in_order", "conversation_id", "number"),
        sa.Index(
            "messages_waiting",
            "conversation_id",
            "inbound",
            "number",
            postgresql_where=sa.text("status IN ('stored', 'queued', 'sending')"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), unique=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("conversations.id", ondelete="CASCADE")
    )
    inbound: Mapped[bool]
    status: Mapped[str]
    kind: Mapped[str]
    body_sealed: Mapped[bytes]
    references_sealed: Mapped[bytes | None]
    """The channel's ids of the message, needed to delete it there."""
    turn_id: Mapped[uuid.UUID | None]
    """Of a reply: the inbound message that it answers."""
    fence: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    doubtful: Mapped[bool] = mapped_column(default=False)
    """It may have reached the contact twice: we were killed, or timed out, while sending."""
    failure: Mapped[str | None]
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class ParkedUpdate(Base):
    """An update that could not be read: acknowledged, kept sealed, looked at by people."""

    __tablename__ = "parked_updates"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    channel: Mapped[str]
    sealed: Mapped[bytes]
    key_wrapped: Mapped[bytes]
    key_epoch: Mapped[str]
    cause: Mapped[str]
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


async def is_new_delivery(session: AsyncSession, channel: str, update_id: str) -> bool:
    """Note a delivery; False when it had been noted before."""
    result = await session.execute(
        insert(Delivery)
        .values(channel=channel, update_id=update_id, hour=clock.this_hour())
        .on_conflict_do_nothing()
        .returning(Delivery.update_id)
    )
    return result.first() is not None


async def forget_deliveries(session: AsyncSession) -> None:
    """Forget deliveries that cannot come again, and parked updates of that age."""
    limit = clock.this_hour() - DELIVERIES_KEPT
    await session.execute(sa.delete(Delivery).where(Delivery.hour < limit))
    await session.execute(sa.delete(ParkedUpdate).where(ParkedUpdate.hour < limit))


def store_inbound(
    session: AsyncSession, conversation: OpenConversation, message: InboundMessage
) -> Message:
    """Store a contact's message, waiting for its turn."""
    body = asdict(message)
    del body["address"], body["reference"]
    row = Message(
        id=uuid.uuid4(),
        conversation_id=conversation.row.id,
        inbound=True,
        status=Status.STORED.value,
        kind=message.kind.value,
        body_sealed=b"",
        hour=clock.this_hour(),
    )
    row.body_sealed = _seal(conversation, row, json.dumps(body))
    if message.reference is not None:
        keep_references(conversation, row, (message.reference,))
    session.add(row)
    return row


def read_inbound(conversation: OpenConversation, row: Message) -> InboundMessage:
    """Open a contact's message.

    Raises:
        Unreadable: the row was altered.
    """
    body = json.loads(_unseal(conversation, row))
    references = read_references(conversation, row)
    return InboundMessage(
        address=conversation.address,
        reference=references[0] if references else None,
        kind=Kind(body.pop("kind")),
        **body,
    )


def store_outbound(
    session: AsyncSession,
    conversation: OpenConversation,
    message: OutboundMessage,
    *,
    turn_id: uuid.UUID | None,
) -> Message:
    """Store a message to the contact, waiting to be sent, under the owner's fence."""
    row = Message(
        id=uuid.uuid4(),
        conversation_id=conversation.row.id,
        inbound=False,
        status=Status.QUEUED.value,
        kind=Kind.TEXT.value,
        body_sealed=b"",
        turn_id=turn_id,
        fence=conversation.row.fence,
        hour=clock.this_hour(),
    )
    row.body_sealed = _seal(conversation, row, json.dumps(asdict(message)))
    session.add(row)
    return row


def read_outbound(conversation: OpenConversation, row: Message) -> OutboundMessage:
    """Open a message to the contact.

    Raises:
        Unreadable: the row was altered.
    """
    body = json.loads(_unseal(conversation, row))
    rows = tuple(tuple(Button(**button) for button in line) for line in body["buttons"])
    return OutboundMessage(text=body["text"], buttons=rows)


def keep_references(
    conversation: OpenConversation, row: Message, references: tuple[str, ...]
) -> None:
    """Store the channel's ids of a message."""
    row.references_sealed = seal(
        conversation.key, json.dumps(references).encode(), f"references:{row.id}"
    )


def read_references(conversation: OpenConversation, row: Message) -> tuple[str, ...]:
    """The channel's ids of a message; empty when it has none."""
    if row.references_sealed is None:
        return ()
    plain = unseal(conversation.key, row.references_sealed, f"references:{row.id}")
    return tuple(json.loads(plain))


async def oldest(
    session: AsyncSession, conversation: uuid.UUID, *, inbound: bool
) -> Message | None:
    """The next message of a conversation to be turned, or to be sent."""
    statuses = (Status.STORED.value,) if inbound else WAITING_TO_GO
    found: Message | None = await session.scalar(
        sa.select(Message)
        .where(
            Message.conversation_id == conversation,
            Message.inbound == inbound,
            Message.status.in_(statuses),
        )
        .order_by(Message.number)
        .limit(1)
    )
    return found


async def give_up_waiting(session: AsyncSession, conversation: uuid.UUID, *, inbound: bool) -> None:
    """Let nothing of a conversation wait any longer: its key is lost."""
    statuses = (Status.STORED.value,) if inbound else WAITING_TO_GO
    await session.execute(
        sa.update(Message)
        .where(
            Message.conversation_id == conversation,
            Message.inbound == inbound,
            Message.status.in_(statuses),
        )
        .values(status=Status.FAILED.value, failure="unreadable")
    )


async def of_conversation(session: AsyncSession, conversation: uuid.UUID) -> list[Message]:
    """All messages of a conversation, oldest first."""
    found = await session.scalars(
        sa.select(Message).where(Message.conversation_id == conversation).order_by(Message.number)
    )
    return list(found)


async def with_waiting(session: AsyncSession, *, inbound: bool) -> list[uuid.UUID]:
    """Conversations in which a message waits for its turn, or to be sent."""
    statuses = (Status.STORED.value,) if inbound else WAITING_TO_GO
    found = await session.scalars(
        sa.select(Message.conversation_id)
        .where(Message.inbound == inbound, Message.status.in_(statuses))
        .distinct()
    )
    return list(found)


async def being_wiped(session: AsyncSession) -> list[uuid.UUID]:
    """Conversations that are being erased."""
    found = await session.scalars(sa.select(Conversation.id).where(Conversation.wiping))
    return list(found)


def park(session: AsyncSession, keyring: Keyring, channel: str, raw: bytes, cause: str) -> None:
    """Keep an update that could not be read, sealed under a key of its own."""
    identity = uuid.uuid4()
    key = secrets.token_bytes(KEY_BYTES)
    wrapped, epoch = keyring.wrap(key, str(identity))
    session.add(
        ParkedUpdate(
            id=identity,
            channel=channel,
            sealed=seal(key, raw, f"parked:{identity}"),
            key_wrapped=wrapped,
            key_epoch=epoch,
            cause=cause,
            hour=clock.this_hour(),
        )
    )


async def rewrap_parked(session: AsyncSession, keyring: Keyring) -> None:
    """Wrap keys of parked updates under the newest epoch, so that people can still read them."""
    older = [epoch for epoch in keyring.epochs if epoch != keyring.epoch]
    rows = await session.scalars(
        sa.select(ParkedUpdate).where(ParkedUpdate.key_epoch.in_(older)).with_for_update()
    )
    for row in rows:
        with contextlib.suppress(Unreadable):
            key = keyring.unwrap(row.key_wrapped, row.key_epoch, str(row.id))
            row.key_wrapped, row.key_epoch = keyring.wrap(key, str(row.id))


def _seal(conversation: OpenConversation, row: Message, body: str) -> bytes:
    return seal(conversation.key, body.encode(), f"message:{row.id}")


def _unseal(conversation: OpenConversation, row: Message) -> bytes:
    return unseal(conversation.key, row.body_sealed, f"message:{row.id}")
