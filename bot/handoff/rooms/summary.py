"""Every morning the team reads how it stands: what waits, what was done, how long it took."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from bot import clock, queue
from bot.domain.cases import CaseStatus
from bot.domain.understanding import Tier
from bot.handoff.paging import rota
from bot.storage import case_figures, deliveries, operators, posts
from bot.storage.operators import Role
from bot.storage.posts import EVERYBODY, PostKind

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.handoff.parts import Parts

EVERY_MORNING: Final = "0 0 * * *"
"""Cron, in UTC: 07:00 in Phnom Penh, before the first shift begins."""


async def add(parts: Parts) -> None:
    """Post the summary to everybody and to each supervisor, once a day; nowhere without a desk."""
    if parts.desk is None:
        return
    now = clock.now()
    today = rota.local_day(now)
    async with parts.database.transaction() as session:
        # Its job may run twice: after a crash, or beside another process.
        if not await deliveries.is_new(session, "summary", today.isoformat()):
            return
        until = datetime.combine(today, time(), rota.PHNOM_PENH)
        values = await _values(session, now, until - timedelta(days=1), until)
        for room in (EVERYBODY, *await _supervisors(session)):
            posts.add(session, room, PostKind.NOTICE, text="desk_summary", values=values)
            await queue.defer(parts.queue, session, queue.Job.POST, row=room)


async def _supervisors(session: AsyncSession) -> list[uuid.UUID]:
    found = await operators.reachable(session)
    return [row.id for row in found if row.role == Role.SUPERVISOR.value]


async def _values(
    session: AsyncSession, now: datetime, since: datetime, until: datetime
) -> dict[str, int | None]:
    """What the summary says. `since` and `until` bound yesterday, in Phnom Penh."""
    oldest = await case_figures.oldest_wait(session)
    seconds = await case_figures.seconds_of(session, since, until)
    return {
        **_by_tier("waiting", await case_figures.open_by_tier(session, CaseStatus.WAITING)),
        **_by_tier("claimed", await case_figures.open_by_tier(session, CaseStatus.CLAIMED)),
        **_by_tier("resolved", await case_figures.resolved_by_tier(session, since, until)),
        **_by_tier("reopened", await case_figures.reopened_by_tier(session, since, until)),
        "unanswered": await case_figures.unanswered(session),
        "oldest_minutes": _minutes((now - oldest).total_seconds()) if oldest else None,
        "acknowledge_minutes": _median(first for first, _ in seconds),
        "claim_minutes": _median(second for _, second in seconds),
    }


def _by_tier(name: str, counts: Mapping[str, int]) -> dict[str, int]:
    """Critical ones, and all others together."""
    critical = counts.get(Tier.CRITICAL.value, 0)
    return {
        f"{name}_critical": critical,
        f"{name}_elevated": sum(counts.values()) - critical,
    }


def _median(seconds: Iterable[int | None]) -> int | None:
    """In whole minutes; None when it has not happened yesterday."""
    known = [number for number in seconds if number is not None]
    return _minutes(statistics.median(known)) if known else None


def _minutes(seconds: float) -> int:
    return max(round(seconds / 60), 0)
