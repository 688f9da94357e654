"""Missed questions: what the line did not answer, scrubbed and sealed, and what editors asked for.

A row lives at most as long as its conversation, under whose key its text is sealed, and at most
`KEPT`: it is there to be read once by an editor, who makes an answer or a training sentence of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot import clock
from bot.storage.cases import Page
from bot.storage.conversations import OpenConversation
from bot.storage.database import Base
from bot.storage.encryption import seal, unseal

KEPT: Final = timedelta(days=30)
"""However often its contact writes, a row is not kept longer."""
A_DAY: Final = 5
"""Rows of one conversation in a day: whoever tries out the line must not fill the list."""
MOST: Final = 2000
"""Rows in all; the oldest go."""


class Reason(StrEnum):
    """Why a question counts as missed."""

    NOT_UNDERSTOOD = "not_understood"
    GUESSED = "guessed"
    """The line asked which of a few things was meant, and it was none of them."""
    OUT_OF_SCOPE = "out_of_scope"
    """It was understood as something that the line has no answer to."""
    DID_NOT_HELP = "did_not_help"
    """The contact said so of the answer to it."""


class MissedStatus(StrEnum):
    """Whether a row is to be read. What was dealt with is deleted."""

    OFFERED = "offered"
    """The line has just asked which of a few things was meant; the next message decides."""
    OPEN = "open"


class Missed(Base):
    """One question that was not answered. `number` is what editors call it by."""

    __tablename__ = "missed"
    __table_args__ = (sa.Index("missed_of_conversation", "conversation_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), unique=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("conversations.id", ondelete="CASCADE")
    )
    message_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("messages.id", ondelete="CASCADE"), unique=True
    )
    """The message that it was: one message is missed but once."""
    text_sealed: Mapped[bytes]
    """What was written without numbers and names (`bot/nlu/scrub.py`), under the conversation's
    key."""
    language: Mapped[str | None]
    reason: Mapped[str]
    intent: Mapped[str | None]
    """What it was guessed to be."""
    topic: Mapped[str | None]
    """Of DID_NOT_HELP: the answer that was given."""
    status: Mapped[str] = mapped_column(default=MissedStatus.OPEN.value)
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class Asked(Base):
    """An answer task: an editor says in their own words what people ask and nobody answers."""

    __tablename__ = "asked"

    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    what: Mapped[str]
    """The editor's wording, never a contact's."""
    language: Mapped[str | None]
    """The one that most of them wrote in."""
    count: Mapped[int]
    """How many questions were in the group when the task was made."""
    made_on: Mapped[date]
    done_on: Mapped[date | None]


async def add(  # noqa: PLR0913 - what a row is
    session: AsyncSession,
    conversation: OpenConversation,
    message: uuid.UUID,
    text: str,
    *,
    reason: Reason,
    language: str | None,
    intent: str | None,
    topic: str | None = None,
) -> bool:
    """Keep a scrubbed text; False when the conversation has had enough kept, or it is kept already.

    The conversation's row must be locked by the session.
    """
    if await _today(session, conversation.row.id) >= A_DAY:
        return False
    identity = uuid.uuid4()
    status = MissedStatus.OFFERED if reason is Reason.GUESSED else MissedStatus.OPEN
    added = await session.scalar(
        insert(Missed)
        .values(
            id=identity,
            conversation_id=conversation.row.id,
            message_id=message,
            text_sealed=seal(conversation.key, text.encode(), f"missed:{identity}"),
            language=language,
            reason=reason.value,
            intent=intent,
            topic=topic,
            status=status.value,
            hour=clock.this_hour(),
        )
        .on_conflict_do_nothing()
        .returning(Missed.id)
    )
    if added is not None:
        await _shorten(session)
    return added is not None


async def has_paged(session: AsyncSession, message: uuid.UUID) -> bool:
    """Whether a message called a human."""
    found = await session.scalar(sa.select(Page.id).where(Page.turn_id == message).limit(1))
    return found is not None


def read(conversation: OpenConversation, row: Missed) -> str:
    """Open the text of a row.

    Raises:
        Unreadable: the row was altered.
    """
    return unseal(conversation.key, row.text_sealed, f"missed:{row.id}").decode()


async def settle_offer(session: AsyncSession, conversation: uuid.UUID, *, taken: bool) -> None:
    """Say whether one of the offered things was meant: then nothing was missed."""
    offered = sa.and_(
        Missed.conversation_id == conversation, Missed.status == MissedStatus.OFFERED.value
    )
    if taken:
        await session.execute(sa.delete(Missed).where(offered))
    else:
        await session.execute(
            sa.update(Missed).where(offered).values(status=MissedStatus.OPEN.value)
        )


async def to_read(session: AsyncSession) -> Sequence[Missed]:
    """All rows that an editor may read, oldest first."""
    found = await session.scalars(
        sa.select(Missed).where(Missed.status == MissedStatus.OPEN.value).order_by(Missed.number)
    )
    return found.all()


async def forget(session: AsyncSession, conversation: uuid.UUID) -> None:
    """Delete what is kept of a conversation."""
    await session.execute(sa.delete(Missed).where(Missed.conversation_id == conversation))


async def drop(session: AsyncSession, numbers: Collection[int]) -> None:
    """Delete rows that were dealt with."""
    await session.execute(sa.delete(Missed).where(Missed.number.in_(numbers)))


async def forget_old(session: AsyncSession, before: datetime) -> int:
    """Delete what was kept before an hour (`KEPT` ago); how many there were."""
    gone = await session.scalars(sa.delete(Missed).where(Missed.hour < before).returning(Missed.id))
    return len(gone.all())


async def bring_back(session: AsyncSession, hour: datetime) -> None:
    """Let what a wrong clock has put into the time to come be of this hour."""
    await session.execute(sa.update(Missed).where(Missed.hour > hour).values(hour=hour))


async def asked(session: AsyncSession) -> Sequence[Asked]:
    """The answer tasks that are not done, oldest first."""
    found = await session.scalars(
        sa.select(Asked).where(Asked.done_on.is_(None)).order_by(Asked.number)
    )
    return found.all()


def ask(session: AsyncSession, what: str, language: str | None, count: int) -> Asked:
    """Make an answer task; it has its number after a flush."""
    row = Asked(what=what, language=language, count=count, made_on=clock.today())
    session.add(row)
    return row


async def _today(session: AsyncSession, conversation: uuid.UUID) -> int:
    count = await session.scalar(
        sa.select(sa.func.count())
        .select_from(Missed)
        .where(
            Missed.conversation_id == conversation,
            Missed.hour > clock.this_hour() - timedelta(days=1),
        )
    )
    return int(count or 0)


async def _shorten(session: AsyncSession) -> None:
    """Let the oldest go when there are too many; what another turn deletes now is left to it."""
    count = await session.scalar(sa.select(sa.func.count()).select_from(Missed))
    if (over := int(count or 0) - MOST) > 0:
        oldest = (
            sa.select(Missed.id)
            .order_by(Missed.number)
            .limit(over)
            .with_for_update(skip_locked=True)
        )
        await session.execute(sa.delete(Missed).where(Missed.id.in_(oldest)))
