"""How much a page and an address may ask for; who is slowed down is told for how long."""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

MESSAGES = RateLimitItemPerMinute(30, namespace="messages")
"""Messages of one page."""
READS = RateLimitItemPerMinute(60, namespace="reads")
"""Looks of one page at its messages; a page with a good connection takes two."""
NEW_PAGES = RateLimitItemPerHour(120, namespace="new_pages")
"""New conversations of one address; generous: everybody in a shelter or behind one mobile
network shares an address."""
STREAMS = 5
"""Open streams of one conversation: a browser opens at most six connections to us."""


class Pace:
    """Counts what pages do. A limit that is reached delays: nothing is refused for good."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._streams: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self._stopped = False

    async def admit(self, item: RateLimitItem, key: str) -> None:
        """Count one of something.

        Raises:
            HTTPTooManyRequests: it is too much now; says after how many seconds it is not.
        """
        if not await self._limiter.hit(item, key):
            free_at, _ = await self._limiter.get_window_stats(item, key)
            seconds = max(1, math.ceil(free_at - time.time()))
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(seconds)})

    @contextmanager
    def stream(self, conversation: str) -> Iterator[asyncio.Event]:
        """Keep count of a stream; the event says that it must end.

        The oldest one ends, not the newest: after a lost connection the old stream is deaf,
        and the server learns of it last.
        """
        ended = asyncio.Event()
        streams = self._streams[conversation]
        streams.append(ended)
        for oldest in streams[:-STREAMS]:
            oldest.set()
        if self._stopped:
            ended.set()
        try:
            yield ended
        finally:
            streams.remove(ended)
            if not streams:
                self._streams.pop(conversation, None)

    def stop(self) -> None:
        """End all streams, now and from now on."""
        self._stopped = True
        for streams in self._streams.values():
            for ended in streams:
                ended.set()
