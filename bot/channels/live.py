"""Wakes the readers of fetched channels, by PostgreSQL's notifications."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from bot import logs
from bot.outbox import SENT_NOTICE

log = logs.get()

PAUSE = 2.0
"""Seconds before listening again after the database went away."""


class Live:
    """One listening connection for all the readers of this process."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    async def listen(self) -> None:
        """Listen for ever. Readers also look by themselves, so a gap costs only seconds."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {SENT_NOTICE}")
                    self._wake_all()  # for what was sent while nobody listened
                    async for notice in connection.notifies():
                        for event in self._waiting.get(notice.payload, ()):
                            event.set()
            except (psycopg.Error, OSError) as error:
                log.warning("live_interrupted", cause=logs.where(error))
            await asyncio.sleep(PAUSE)

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()

    @asynccontextmanager
    async def waiting(self, conversation: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever something was sent to a conversation."""
        event = asyncio.Event()
        self._waiting[conversation].add(event)
        try:
            yield event
        finally:
            self._waiting[conversation].discard(event)
            if not self._waiting[conversation]:
                del self._waiting[conversation]
