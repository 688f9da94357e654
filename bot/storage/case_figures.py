"""Counts of cases and how long things took, for the morning's summary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cases import CaseStatus, Move
from bot.storage.cases import Case
from bot.storage.installation import AuditEntry


async def open_by_tier(session: AsyncSession, status: CaseStatus) -> dict[str, int]:
    """How many cases of a tier stand so now."""
    return await _counted(session, Case.status == status.value)


async def resolved_by_tier(
    session: AsyncSession, since: datetime, until: datetime
) -> dict[str, int]:
    """How many cases of a tier were resolved in these hours, and still are."""
    return await _counted(session, Case.resolved_hour >= since, Case.resolved_hour < until)


async def reopened_by_tier(
    session: AsyncSession, since: datetime, until: datetime
) -> dict[str, int]:
    """How often cases of a tier were reopened in these hours."""
    found = await session.execute(
        sa.select(Case.tier, sa.func.count())
        .join(AuditEntry, AuditEntry.subject == Case.id)
        .where(
            AuditEntry.event == f"case_{Move.REOPEN.value}",
            AuditEntry.hour >= since,
            AuditEntry.hour < until,
        )
        .group_by(Case.tier)
    )
    return {tier: count for tier, count in found}  # noqa: C416 - rows, not pairs


async def oldest_wait(session: AsyncSession) -> datetime | None:
    """Since when the case waits that has waited longest; None when none does."""
    found: datetime | None = await session.scalar(
        sa.select(sa.func.min(Case.waiting_since)).where(Case.status == CaseStatus.WAITING.value)
    )
    return found


async def unanswered(session: AsyncSession) -> int:
    """How many claimed cases there are whose contact waits for an answer."""
    count = await session.scalar(
        sa.select(sa.func.count())
        .select_from(Case)
        .where(Case.status == CaseStatus.CLAIMED.value, Case.unanswered_since.is_not(None))
    )
    return int(count or 0)


async def seconds_of(
    session: AsyncSession, since: datetime, until: datetime
) -> Sequence[tuple[int | None, int | None]]:
    """Seconds to acknowledge and to claim of the cases opened in these hours; None: not yet."""
    found = await session.execute(
        sa.select(Case.seconds_to_acknowledge, Case.seconds_to_claim).where(
            Case.opened_hour >= since, Case.opened_hour < until
        )
    )
    return [(acknowledged, claimed) for acknowledged, claimed in found]


async def _counted(session: AsyncSession, *which: sa.ColumnElement[bool]) -> dict[str, int]:
    found = await session.execute(
        sa.select(Case.tier, sa.func.count()).where(*which).group_by(Case.tier)
    )
    return {tier: count for tier, count in found}  # noqa: C416 - rows, not pairs
