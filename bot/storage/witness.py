"""How much time has passed while the line ran: what retention counts an age by.

Retention deletes for ever, and only a clock says what is old. One that jumps ahead by months (an
empty battery, a wrong time server, a machine restored from a snapshot) would have everything
deleted at the next run. No look at a clock tells such a jump from a line that was switched off for
months. So neither is believed: an age is counted in time that was **witnessed**. Each run of
retention, once an hour, prolongs the newest stretch; a clock that is more than `PAUSE` ahead of it
begins another one, and what lies between the two counts for nothing.

- The clock jumps ahead: what was idle for three days of seven is still idle for three days, and
  is deleted after four more, as it should be. Nothing is lost however wrong the clock is.
- The line was off for a month: what waits to be deleted is deleted after at most its age once
  more, while the line runs, and nothing is kept for ever. Somebody who knows that the date is right
  says so once (`helpline retention confirm`), and it goes with the next run.
- The clock jumps back: what lies ahead of it is taken back, and what was stored then counts as
  stored now (`conversations.bring_back`): it has its full age before it, and not months more.
- Two machines, of which one has a wrong clock: each of its runs jumps ahead, and the next run of
  the other one takes that back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot import clock
from bot.storage.database import Base

PAUSE: Final = timedelta(hours=12)
"""A pause that is no jump: a line may be off at night, a machine may take its time zone for
another. So little may be deleted too early, of at least a day that everything is kept."""


class Stretch(Base):
    """Time in which the line ran, as its clock had it."""

    __tablename__ = "clock_stretches"

    began: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), primary_key=True)
    until: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    held: Mapped[int] = mapped_column(default=0)
    """Conversations that the clock alone would have had deleted, as of the last run."""


@dataclass(frozen=True, slots=True)
class Jump:
    """The clock is not where it should be; what it has left out, negative when it went back."""

    by: timedelta


async def database_now(session: AsyncSession) -> datetime:
    """What PostgreSQL's own clock says, which may be another machine's."""
    found = await session.scalar(sa.text("SELECT clock_timestamp()"))
    if not isinstance(found, datetime):  # pragma: no cover - PostgreSQL always knows the time
        raise TypeError
    return found


async def note(session: AsyncSession, now: datetime) -> Jump | None:
    """Note that the line runs now. Other runs wait until the transaction ends."""
    await session.execute(sa.text("SELECT pg_advisory_xact_lock(4823003)"))
    before = await newest(session)
    await session.execute(sa.delete(Stretch).where(Stretch.began > now))
    last = await newest(session)
    if last is not None and now <= last.until + PAUSE:
        last.until = now
    else:
        session.add(Stretch(began=now, until=now, held=0))
    await session.flush()
    if before is None or -PAUSE <= now - before.until <= PAUSE:
        return None
    return Jump(now - before.until)


async def newest(session: AsyncSession) -> Stretch | None:
    """The stretch that goes on; None before the first run."""
    found: Stretch | None = await session.scalar(
        sa.select(Stretch).order_by(Stretch.began.desc()).limit(1)
    )
    return found


async def before_it(session: AsyncSession, stretch: Stretch) -> Stretch | None:
    """The stretch before another one."""
    found: Stretch | None = await session.scalar(
        sa.select(Stretch)
        .where(Stretch.began < stretch.began)
        .order_by(Stretch.began.desc())
        .limit(1)
    )
    return found


async def cutoff(session: AsyncSession, age: timedelta) -> datetime:
    """What was last touched before this is older than `age`, in time that was witnessed.

    A whole hour, as what is stored. `note` comes first.
    """
    found = await session.scalars(sa.select(Stretch).order_by(Stretch.began.desc()))
    return reckon([(stretch.began, stretch.until) for stretch in found], age)


def reckon(stretches: Sequence[tuple[datetime, datetime]], age: timedelta) -> datetime:
    """Go back from the end of the newest stretch by `age`, past what lies between them.

    Before the oldest one nothing is known, and the clock is believed.
    """
    left = age
    for began, until in stretches:
        if until - began >= left:
            return clock.hour_of(until - left)
        left -= until - began
    return clock.hour_of(stretches[-1][0] - left)


async def hold(session: AsyncSession, held: int) -> None:
    """Note how many conversations are kept that the clock alone would have had deleted."""
    last = await newest(session)
    if last is not None:
        last.held = held


async def forget(session: AsyncSession, before: datetime) -> None:
    """Forget stretches that no age reaches any more."""
    await session.execute(sa.delete(Stretch).where(Stretch.until < before))


async def believe(session: AsyncSession, now: datetime) -> None:
    """Take the clock's word for all that lies between the stretches: somebody has looked."""
    await note(session, now)
    await session.execute(sa.delete(Stretch))
    session.add(Stretch(began=now, until=now, held=0))
