"""Cases, the need of a contact for a human, and the pages that call one."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot import clock
from bot.domain.understanding import Tier
from bot.storage.database import Base


class CaseStatus(StrEnum):
    """Where a case stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    RESOLVED = "resolved"


class PageStatus(StrEnum):
    """What became of a page."""

    DUE = "due"
    POSTED = "posted"
    UNPOSTED = "unposted"
    """There is no desk to post it to."""


URGENCY = {Tier.CRITICAL.value: 2, Tier.ELEVATED.value: 1}
"""Order of tiers; every other one is 0."""


class Case(Base):
    """The need of one contact for a human. At most one is open in a conversation."""

    __tablename__ = "cases"
    __table_args__ = (
        sa.Index(
            "one_open_case",
            "conversation_id",
            unique=True,
            postgresql_where=sa.text("status <> 'resolved'"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), unique=True)
    """What people call it by."""
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("conversations.id", ondelete="SET NULL")
    )
    status: Mapped[str] = mapped_column(default=CaseStatus.WAITING.value)
    tier: Mapped[str]
    reason: Mapped[str]
    """Intent, or what else opened it; never message text."""
    language: Mapped[str | None]
    opened_hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class Page(Base):
    """One call for operators, made by one turn."""

    __tablename__ = "pages"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("cases.id", ondelete="CASCADE"))
    turn_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    """The message that made it: a turn that runs again after a crash makes no second page."""
    tier: Mapped[str]
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(default=PageStatus.DUE.value)
    attempts: Mapped[int] = mapped_column(default=0)
    desk_references: Mapped[list[str] | None] = mapped_column(sa.JSON)
    """The desk's ids of what was posted, to delete it when the contact wants everything gone."""
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


async def open_case(
    session: AsyncSession,
    conversation: uuid.UUID,
    *,
    tier: str,
    reason: str,
    language: str | None,
) -> Case:
    """The open case of a conversation, begun if there is none; its tier only ever rises.

    The caller holds the conversation's row lock, so that there is never a second one.
    """
    case: Case | None = await session.scalar(
        sa.select(Case)
        .where(Case.conversation_id == conversation, Case.status != CaseStatus.RESOLVED.value)
        .with_for_update()
    )
    if case is None:
        case = Case(
            id=uuid.uuid4(),
            conversation_id=conversation,
            status=CaseStatus.WAITING.value,
            tier=tier,
            reason=reason,
            language=language,
            opened_hour=clock.this_hour(),
        )
        session.add(case)
        await session.flush()
    elif URGENCY.get(tier, 0) > URGENCY.get(case.tier, 0):
        case.tier, case.reason = tier, reason
    return case


async def add_page(
    session: AsyncSession, case: Case, *, tier: str, reason: str, turn_id: uuid.UUID | None
) -> uuid.UUID | None:
    """Add a page for a turn; its id, or None when that turn has paged already."""
    result = await session.execute(
        insert(Page)
        .values(
            id=uuid.uuid4(),
            case_id=case.id,
            turn_id=turn_id,
            tier=tier,
            reason=reason,
            status=PageStatus.DUE.value,
            attempts=0,
            hour=clock.this_hour(),
        )
        .on_conflict_do_nothing()
        .returning(Page.id)
    )
    identity: uuid.UUID | None = result.scalar_one_or_none()
    return identity


async def due_pages(session: AsyncSession) -> list[uuid.UUID]:
    """Pages that were not posted yet."""
    found = await session.scalars(sa.select(Page.id).where(Page.status == PageStatus.DUE.value))
    return list(found)


async def end_without_person(session: AsyncSession) -> int:
    """Resolve cases whose conversation was erased: nobody is left to help; how many there were."""
    ended = await session.scalars(
        sa.update(Case)
        .where(Case.conversation_id.is_(None), Case.status != CaseStatus.RESOLVED.value)
        .values(status=CaseStatus.RESOLVED.value)
        .returning(Case.id)
    )
    return len(ended.all())


async def posted_to_desk(session: AsyncSession, conversation: uuid.UUID) -> list[str]:
    """The desk's ids of all that was posted about a conversation.

    Its cases stay locked until the transaction ends: nothing more is noted as posted meanwhile.
    """
    of_conversation = sa.select(Case.id).where(Case.conversation_id == conversation)
    locked = list(await session.scalars(of_conversation.with_for_update()))
    found = await session.scalars(
        sa.select(Page.desk_references).where(
            Page.case_id.in_(locked), Page.desk_references.is_not(None)
        )
    )
    return [reference for references in found for reference in references or ()]


async def has_open(session: AsyncSession, conversation: uuid.UUID) -> bool:
    """Whether a conversation has an open case."""
    found = await session.scalar(
        sa.select(Case.id).where(
            Case.conversation_id == conversation, Case.status != CaseStatus.RESOLVED.value
        )
    )
    return found is not None
