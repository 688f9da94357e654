"""`helpline retention`: what a clock holds back, and the word of somebody who has looked."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot import clock
from bot.handoff.paging import rota
from bot.storage import witness
from bot.storage.installation import AuditEntry
from bot.storage.witness import Stretch
from tests.support.command import Command
from tests.support.parts import Parts

DAY = timedelta(days=1)


async def _jumped(parts: Parts) -> None:
    """The line ran a month ago, and runs now; 3 conversations are kept for it."""
    now = clock.now()
    async with parts.database.transaction() as session:
        session.add(Stretch(began=now - 40 * DAY, until=now - 30 * DAY, held=0))
        session.add(Stretch(began=now, until=now, held=3))


async def test_before_the_first_run_there_is_nothing_to_say(command: Command) -> None:
    assert "It has not run yet" in (await command.succeeds("retention")).plain


async def test_what_is_held_back_is_said_with_the_way_out(command: Command, parts: Parts) -> None:
    await _jumped(parts)
    said = (await command.succeeds("retention")).plain
    assert "HELD BACK: 3 conversations." in said
    assert "it was off for 30 d" in said
    assert "helpline retention confirm" in said


async def test_who_says_the_right_date_is_believed_once(command: Command, parts: Parts) -> None:
    await _jumped(parts)
    today = rota.local_day(clock.now())
    await command.succeeds("retention", "confirm", today.isoformat())
    assert "Nothing is held back" in (await command.succeeds("retention")).plain
    async with parts.database.transaction() as session:
        cutoff = await witness.cutoff(session, 7 * DAY)
        assert clock.now() - 7 * DAY - cutoff < timedelta(hours=1)
        events = await session.scalars(sa.select(AuditEntry.event))
        assert list(events) == ["clock_confirmed"]


async def test_another_date_confirms_nothing(command: Command, parts: Parts) -> None:
    await _jumped(parts)
    other = rota.local_day(clock.now()) - DAY
    for day, status in ((other.isoformat(), 1), ("yesterday", 2)):
        printed = await command("retention", "confirm", day)
        assert printed.status == status
        assert day in printed.complaint
    assert "HELD BACK" in (await command.succeeds("retention")).plain
