"""Time that a line has run for, as far as its store knows; no test waits for weeks."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot import clock
from bot.storage.database import Database
from bot.storage.witness import Stretch


async def ran_for(database: Database, time: timedelta) -> None:
    """Let retention have run every hour, from now until then."""
    now = clock.now()
    async with database.transaction() as session:
        await session.execute(sa.delete(Stretch))
        session.add(Stretch(began=now, until=now + time, held=0))
