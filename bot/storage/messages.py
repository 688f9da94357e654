"""Messages in both directions, sealed, and the deliveries that were already seen."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot import clock
from bot.domain.messages import Button, InboundMessage, Kind, OutboundMessage
from bot.storage.conversations import Conversation, OpenConversation
from bot.storage.database import Base
from bot.storage.encryption import seal, unseal

LOOKED_THROUGH = 2000
"""Messages, newest first, among which one is looked for by its channel's id."""


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
TAKEN_BACK = "taken_back"
"""The `failure` of a dropped message that had been sent: its operator deleted it afterwards."""


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
    operator_id: Mapped[uuid.UUID | None]
    """Of a message to the contact: the operator who wrote it; null for the bot's own."""
    desk_reference: Mapped[str | None]
    """Of an operator's message: the desk's id of it, to mark it as delivered or failed."""
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Author:
    """The operator who wrote a message to a contact, and what it is at the desk."""

    operator: uuid.UUID
    desk_reference: str | None
    """The desk's id of it, to mark it as delivered or failed, to change it or take it back."""
    kind: Kind = Kind.TEXT


def store_inbound(
    session: AsyncSession, conversation: OpenConversation, message: InboundMessage
) -> Message:
    """Store a contact's message, waiting for its turn."""
    row = Message(
        id=uuid.uuid4(),
        conversation_id=conversation.row.id,
        inbound=True,
        status=Status.STORED.value,
        kind=message.kind.value,
        body_sealed=b"",
        hour=clock.this_hour(),
    )
    rewrite_inbound(conversation, row, message)
    if message.reference is not None:
        keep_references(conversation, row, (message.reference,))
    session.add(row)
    return row


def rewrite_inbound(conversation: OpenConversation, row: Message, message: InboundMessage) -> None:
    """Give a contact's message the content that they changed it to."""
    body = asdict(message)
    del body["address"], body["reference"]
    row.body_sealed = _seal(conversation, row, json.dumps(body))


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
    by: Author | None = None,
) -> Message:
    """Store a message to the contact, waiting to be sent, under the owner's fence."""
    row = Message(
        id=uuid.uuid4(),
        conversation_id=conversation.row.id,
        inbound=False,
        status=Status.QUEUED.value,
        kind=(by.kind if by is not None else Kind.TEXT).value,
        body_sealed=b"",
        turn_id=turn_id,
        fence=conversation.row.fence,
        operator_id=by.operator if by is not None else None,
        desk_reference=by.desk_reference if by is not None else None,
        hour=clock.this_hour(),
    )
    rewrite(conversation, row, message)
    session.add(row)
    return row


def rewrite(conversation: OpenConversation, row: Message, message: OutboundMessage) -> None:
    """Give a message to the contact another content."""
    row.body_sealed = _seal(conversation, row, json.dumps(asdict(message)))


def read_outbound(conversation: OpenConversation, row: Message) -> OutboundMessage:
    """Open a message to the contact.

    Raises:
        Unreadable: the row was altered.
    """
    body = json.loads(_unseal(conversation, row))
    rows = tuple(tuple(Button(**button) for button in line) for line in body.pop("buttons"))
    copied = body.pop("copied", None)
    return OutboundMessage(buttons=rows, copied=tuple(copied) if copied else None, **body)


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


async def written_as(
    session: AsyncSession, conversation: uuid.UUID, desk_reference: str
) -> list[Message]:
    """What was made of an operator's message at the desk, oldest first, locked."""
    found = await session.scalars(
        sa.select(Message)
        .where(
            Message.conversation_id == conversation,
            Message.operator_id.is_not(None),
            Message.desk_reference == desk_reference,
        )
        .order_by(Message.number)
        .with_for_update()
    )
    return list(found)


async def conversation_written_to(session: AsyncSession, desk_reference: str) -> uuid.UUID | None:
    """To whom an operator's message at the desk went; None when it went to nobody."""
    found: uuid.UUID | None = await session.scalar(
        sa.select(Message.conversation_id)
        .where(Message.operator_id.is_not(None), Message.desk_reference == desk_reference)
        .limit(1)
    )
    return found


async def referred_to(
    session: AsyncSession,
    conversation: OpenConversation,
    reference: str,
    *,
    before: int | None = None,
) -> Message | None:
    """The newest message with one of the channel's ids; None when none is stored.

    The ids are sealed, so the conversation's messages are opened one after the other. With the
    number `before`, only those that are older are looked at.
    """
    rows = await session.scalars(
        sa.select(Message)
        .where(
            Message.conversation_id == conversation.row.id,
            Message.references_sealed.is_not(None),
            Message.number < before if before is not None else sa.true(),
        )
        .order_by(Message.number.desc())
        .limit(LOOKED_THROUGH)
    )
    for row in rows:
        if reference in read_references(conversation, row):
            return row
    return None


async def reference_of(
    session: AsyncSession, conversation: OpenConversation, identity: str
) -> str | None:
    """The channel's id of a stored message; None when it is not known (any more).

    Raises:
        Unreadable: the row was altered.
    """
    row = await session.get(Message, uuid.UUID(identity))
    if row is None or row.conversation_id != conversation.row.id:
        return None
    return next(iter(read_references(conversation, row)), None)


async def newer_waits(session: AsyncSession, row: Message) -> bool:
    """Whether a contact has written more since, which waits for its turn."""
    found = await session.scalar(
        sa.select(Message.id)
        .where(
            Message.conversation_id == row.conversation_id,
            Message.inbound,
            Message.status == Status.STORED.value,
            Message.number > row.number,
        )
        .limit(1)
    )
    return found is not None


async def operator_spoke_last(session: AsyncSession, conversation: uuid.UUID) -> bool:
    """Whether an operator wrote to a contact after the bot's newest answer to them."""
    found = await session.scalar(
        sa.select(Message.operator_id.is_not(None))
        .where(
            Message.conversation_id == conversation,
            ~Message.inbound,
            sa.or_(Message.operator_id.is_not(None), Message.turn_id.is_not(None)),
        )
        .order_by(Message.number.desc())
        .limit(1)
    )
    return bool(found)


async def is_on_its_way(
    session: AsyncSession, conversation: uuid.UUID, operator: uuid.UUID
) -> bool:
    """Whether a message of an operator waits to be sent, and was not refused or put off yet."""
    found = await session.scalar(
        sa.select(Message.id)
        .where(
            Message.conversation_id == conversation,
            Message.operator_id == operator,
            Message.status.in_(WAITING_TO_GO),
            Message.attempts <= 1,
        )
        .limit(1)
    )
    return found is not None


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


async def newest(session: AsyncSession, conversation: uuid.UUID, count: int) -> list[Message]:
    """The newest messages of a conversation, oldest first."""
    found = await session.scalars(
        sa.select(Message)
        .where(Message.conversation_id == conversation)
        .order_by(Message.number.desc())
        .limit(count)
    )
    return list(found)[::-1]


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


def _seal(conversation: OpenConversation, row: Message, body: str) -> bytes:
    return seal(conversation.key, body.encode(), f"message:{row.id}")


def _unseal(conversation: OpenConversation, row: Message) -> bytes:
    return unseal(conversation.key, row.body_sealed, f"message:{row.id}")
