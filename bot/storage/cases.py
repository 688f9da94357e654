"""Cases, the need of a contact for a human, and the pages that call one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot import clock
from bot.domain.cases import CaseStatus, Outcome
from bot.domain.understanding import Tier
from bot.storage.database import Base

URGENCY = {Tier.CRITICAL.value: 2, Tier.ELEVATED.value: 1}
"""Order of tiers; every other one is 0."""

_OPEN = "status <> 'resolved'"


class Case(Base):
    """The need of one contact for a human. At most one is open in a conversation.

    Exact times are kept while the case is open, since people wait by the minute; resolving it
    leaves the hour and how long things took.
    """

    __tablename__ = "cases"
    __table_args__ = (
        sa.Index("one_open_case", "conversation_id", unique=True, postgresql_where=sa.text(_OPEN)),
        sa.Index("cases_to_watch", "watch_at", postgresql_where=sa.text(_OPEN)),
        sa.CheckConstraint(
            "(status = 'claimed') = (operator_id IS NOT NULL)", name="claimed_has_operator"
        ),
        sa.CheckConstraint("status = 'resolved' OR watch_at IS NOT NULL", name="open_has_timer"),
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
    country: Mapped[str | None]
    """What the contact named as their own, ISO 3166-1."""
    opened_hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    operator_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("operators.id"))
    """Who has claimed it."""
    claimed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """Since when they have it."""
    waiting_since: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """Since when nobody has it; null while somebody has."""
    acknowledged_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """When an operator last said that they have seen it: the rings rest for a while."""
    unanswered_since: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """Since when the contact waits for an answer of the operator who has the case."""
    watch_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """When somebody has to look at it again, at the latest: see `handoff/paging/timing.py`."""
    rang_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """When operators were called last, in this wait."""
    rings: Mapped[int] = mapped_column(default=0)
    """How often operators were called, in this wait."""
    words: Mapped[int] = mapped_column(default=0)
    """How often the contact was told how it stands, in this wait."""
    nobody_said: Mapped[bool] = mapped_column(default=False)
    """The contact was told that nobody is on duty, in this wait."""
    reminders: Mapped[int] = mapped_column(default=0)
    """How often the operator was reminded, of this unanswered message."""

    resolved_hour: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    outcome: Mapped[str | None]
    feedback: Mapped[str | None]
    """What the contact said of the help: `good`, `bad`, or `good_<why>`."""
    reopened: Mapped[int] = mapped_column(default=0)
    seconds_to_acknowledge: Mapped[int | None]
    seconds_to_claim: Mapped[int | None]
    seconds_to_resolve: Mapped[int | None]
    """From the first wait on; null as long as it has not happened."""
    first_waited_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """What these are counted from; null once it is resolved."""

    topic: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The desk's number of the room in which it is worked on."""
    card: Mapped[str | None]
    """The desk's id of the card at its head."""
    card_stale: Mapped[bool] = mapped_column(default=True)
    """The card no longer says how it stands."""
    menu: Mapped[str | None]
    """Buttons that the card shows in place of the usual: see `handoff/rooms/card.py: Menu`."""


_MOMENTS = (
    Case.claimed_at,
    Case.waiting_since,
    Case.acknowledged_at,
    Case.unanswered_since,
    Case.rang_at,
    Case.first_waited_at,
)
"""What has happened: none of it lies in the time to come."""


class Page(Base):
    """One call for operators, made by one turn."""

    __tablename__ = "pages"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("cases.id", ondelete="CASCADE"))
    turn_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    """The message that made it: a turn that runs again after a crash makes no second page."""
    tier: Mapped[str]
    reason: Mapped[str]
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


async def open_of(session: AsyncSession, conversation: uuid.UUID) -> Case | None:
    """The open case of a conversation, locked.

    The caller holds the conversation's row lock; whoever changes a case takes that one first.
    """
    found: Case | None = await session.scalar(
        sa.select(Case)
        .where(Case.conversation_id == conversation, Case.status != CaseStatus.RESOLVED.value)
        .with_for_update()
    )
    return found


async def latest_of(session: AsyncSession, conversation: uuid.UUID) -> Case | None:
    """The newest case of a conversation, open or not, locked; None when there never was one."""
    found: Case | None = await session.scalar(
        sa.select(Case)
        .where(Case.conversation_id == conversation)
        .order_by(Case.number.desc())
        .limit(1)
        .with_for_update()
    )
    return found


async def newest_of(session: AsyncSession, conversation: uuid.UUID) -> uuid.UUID | None:
    """The id of the newest case of a conversation, not locked."""
    found: uuid.UUID | None = await session.scalar(
        sa.select(Case.id)
        .where(Case.conversation_id == conversation)
        .order_by(Case.number.desc())
        .limit(1)
    )
    return found


async def by_number(session: AsyncSession, number: int) -> Case | None:
    """The case that people call by this number."""
    found: Case | None = await session.scalar(sa.select(Case).where(Case.number == number))
    return found


async def own(session: AsyncSession, conversation: uuid.UUID, number: int) -> Case | None:
    """The case of this number, locked, if it is this conversation's.

    The caller holds the conversation's row lock.
    """
    found: Case | None = await session.scalar(
        sa.select(Case)
        .where(Case.number == number, Case.conversation_id == conversation)
        .with_for_update()
    )
    return found


async def by_topic(session: AsyncSession, topic: int) -> Case | None:
    """The case that is worked on in a room of the desk."""
    found: Case | None = await session.scalar(
        sa.select(Case).where(Case.topic == topic).order_by(Case.number.desc()).limit(1)
    )
    return found


async def of_status(session: AsyncSession, *statuses: CaseStatus) -> Sequence[Case]:
    """Cases of these statuses, the most urgent and the oldest first."""
    rank = sa.case(URGENCY, value=Case.tier, else_=0)
    found = await session.scalars(
        sa.select(Case)
        .where(Case.status.in_([status.value for status in statuses]))
        .order_by(rank.desc(), Case.number)
    )
    return found.all()


async def all_since(session: AsyncSession, since: datetime | None) -> Sequence[Case]:
    """Cases that were opened from a time on (None: ever), by number."""
    every = sa.select(Case).order_by(Case.number)
    if since is not None:
        every = every.where(Case.opened_hour >= since)
    return (await session.scalars(every)).all()


async def held_by(session: AsyncSession, operator: uuid.UUID) -> Sequence[Case]:
    """The cases that an operator has claimed, by number."""
    found = await session.scalars(
        sa.select(Case).where(Case.operator_id == operator).order_by(Case.number)
    )
    return found.all()


async def held(session: AsyncSession) -> dict[uuid.UUID, int]:
    """How many cases each operator has claimed who has any."""
    rows = await session.execute(
        sa.select(Case.operator_id, sa.func.count())
        .where(Case.operator_id.is_not(None))
        .group_by(Case.operator_id)
    )
    return {operator: count for operator, count in rows if operator is not None}


async def pages(session: AsyncSession) -> dict[uuid.UUID, int]:
    """How many calls for operators each case has had."""
    rows = await session.execute(sa.select(Page.case_id, sa.func.count()).group_by(Page.case_id))
    return dict(rows.all())


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
            hour=clock.this_hour(),
        )
        .on_conflict_do_nothing()
        .returning(Page.id)
    )
    identity: uuid.UUID | None = result.scalar_one_or_none()
    return identity


async def to_watch(session: AsyncSession) -> list[uuid.UUID]:
    """Open cases at which it is time to look, the most urgent first."""
    rank = sa.case(URGENCY, value=Case.tier, else_=0)
    found = await session.scalars(
        sa.select(Case.id)
        .where(Case.status != CaseStatus.RESOLVED.value, Case.watch_at <= clock.now())
        .order_by(rank.desc(), Case.watch_at)
    )
    return list(found)


async def bring_back(
    session: AsyncSession, now: datetime, *, slack: timedelta, ahead: timedelta
) -> None:
    """Let open cases begin anew to wait whose past lies more than `slack` ahead of the clock.

    It was written by a clock that was wrong, or has gone back; until it came there again nobody
    would be called. So is a case that is to be looked at later than `ahead`, where none is set.
    """
    found = sa.and_(
        Case.status != CaseStatus.RESOLVED.value,
        sa.or_(
            sa.func.greatest(*_MOMENTS) > now + slack,
            Case.watch_at > now + slack + ahead,
        ),
    )
    moved = {moment.key: sa.case((moment > now, now), else_=moment) for moment in _MOMENTS}
    await session.execute(sa.update(Case).where(found).values(watch_at=now, **moved))


async def end_without_person(session: AsyncSession) -> int:
    """Resolve cases whose conversation was erased: nobody is left to help; how many there were.

    What still stands of them at the desk, of cases that were resolved long before, too, is to go.
    """
    await session.execute(
        sa.update(Case)
        .where(
            Case.conversation_id.is_(None),
            sa.or_(Case.topic.is_not(None), Case.card.is_not(None)),
        )
        .values(card_stale=True)
    )
    ended = await session.scalars(
        sa.update(Case)
        .where(Case.conversation_id.is_(None), Case.status != CaseStatus.RESOLVED.value)
        .values(
            status=CaseStatus.RESOLVED.value,
            outcome=Outcome.ERASED.value,
            operator_id=None,
            claimed_at=None,
            resolved_hour=clock.this_hour(),
            waiting_since=None,
            acknowledged_at=None,
            unanswered_since=None,
            first_waited_at=None,
            rang_at=None,
            watch_at=None,
            card_stale=True,
        )
        .returning(Case.id)
    )
    return len(ended.all())


async def rooms_of(session: AsyncSession, conversation: uuid.UUID) -> list[int]:
    """The desk's rooms in which a conversation's cases were worked on."""
    found = await session.scalars(
        sa.select(Case.topic).where(Case.conversation_id == conversation, Case.topic.is_not(None))
    )
    return [topic for topic in found if topic is not None]


async def numbers_of(session: AsyncSession, conversation: uuid.UUID) -> list[int]:
    """The numbers of a conversation's cases, in order."""
    found = await session.scalars(
        sa.select(Case.number).where(Case.conversation_id == conversation).order_by(Case.number)
    )
    return list(found)


async def leave_rooms(session: AsyncSession, conversation: uuid.UUID) -> None:
    """Note that the rooms of a conversation's cases are gone for good."""
    await session.execute(
        sa.update(Case)
        .where(Case.conversation_id == conversation)
        .values(topic=None, card=None, card_stale=False)
    )


async def has_open(session: AsyncSession, conversation: uuid.UUID) -> bool:
    """Whether a conversation has an open case."""
    found = await session.scalar(
        sa.select(Case.id).where(
            Case.conversation_id == conversation, Case.status != CaseStatus.RESOLVED.value
        )
    )
    return found is not None


async def opened_since(session: AsyncSession, moment: datetime) -> int:
    """How many critical cases that are still open began to wait after a moment."""
    count = await session.scalar(
        sa.select(sa.func.count())
        .select_from(Case)
        .where(
            Case.status != CaseStatus.RESOLVED.value,
            Case.tier == Tier.CRITICAL.value,
            Case.first_waited_at > moment,
        )
    )
    return int(count or 0)
