"""The budget of the operators' group: so many messages a minute, and what is urgent goes first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from dataclasses import dataclass, field

from bot.domain.channel import Failure, SendError

PER_MINUTE = 20
"""Messages to one group, as Telegram's FAQ for bots says ("My bot is hitting limits"). Edits,
new topics and pins are among them: "they share the limit; creating a forum topic is sending a
message about its creation" (levlam, github.com/tdlib/td/issues/2592)."""
RESERVED = 5
"""Of these, kept for what is urgent: a quiet minute's history must not delay a page."""
MINUTE = 61.0
"""Seconds; one more than Telegram's, for calls that arrive closer together than they left."""
BURST, BURST_SECONDS = 2, 2.1
"""Messages to any one chat, and in how many seconds: about 1 a second (the same FAQ)."""
HEAD_START = 300.0
"""Seconds by which what belongs to an open room goes before the opening of a new one: one case
that can be read is worth more than five that have begun. It bounds the wait of a new room."""
MOST_WAITING = 24
"""Callers that wait at once, fewer than the jobs of the lane (`tasks.CONCURRENCY`), so that direct
messages always find a free one. Whoever is last in order beyond them is sent away."""
AWAY_URGENT, AWAY = 5.0, 15.0
"""Seconds after which who was sent away comes again."""


class DeskPace:
    """When the next call to the group may be made. Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: list[_Waiter] = []
        self._arrivals = itertools.count()
        self._made: deque[float] = deque(maxlen=PER_MINUTE)
        self._held_until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, *, urgent: bool, begun: bool = True) -> None:
        """Wait until a message to the group may be made; `begun` is what its room is.

        Raises:
            SendError: so many wait that this one has to come again.
        """
        loop = asyncio.get_running_loop()
        since = loop.time() - (HEAD_START if begun else 0.0)
        order = (not urgent, since, next(self._arrivals))
        waiter = _Waiter(order, urgent, loop.create_future())
        heapq.heappush(self._waiting, waiter)
        if len(self._waiting) > MOST_WAITING:
            self._send_last_away()
        self._serve()
        try:
            await waiter.turn
        finally:
            if waiter in self._waiting:  # cancelled
                self._waiting.remove(waiter)
                heapq.heapify(self._waiting)
            self._serve()

    async def wait_for_hold(self) -> None:
        """Wait until a call to the group may be made that makes no message."""
        loop = asyncio.get_running_loop()
        # The hold may have grown while we slept.
        while (left := self._held_until - loop.time()) > 0:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(left)

    def note(self) -> None:
        """Note that a call has made a message for which nobody waited."""
        self._made.append(asyncio.get_running_loop().time())

    def told_to_wait(self, seconds: float) -> None:
        """Telegram answered a call to the group with a wait: everybody in it waits as long."""
        now = asyncio.get_running_loop().time()
        self._held_until = max(self._held_until, now + seconds)
        self._serve()

    def _serve(self) -> None:
        """Let through whoever may go; the heap's first is the first who may."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            first, now = self._waiting[0], loop.time()
            if first.turn.done():
                heapq.heappop(self._waiting)
                continue
            at = self._free_at(urgent=first.urgent)
            if at > now:
                self._timer = loop.call_at(at, self._serve)
                return
            heapq.heappop(self._waiting)
            self._made.append(now)
            first.turn.set_result(None)

    def _free_at(self, *, urgent: bool) -> float:
        """The loop's time from which one more call may be made."""
        most = PER_MINUTE if urgent else PER_MINUTE - RESERVED
        at = self._held_until
        for count, seconds in ((most, MINUTE), (BURST, BURST_SECONDS)):
            if len(self._made) >= count:
                at = max(at, self._made[-count] + seconds)
        return at

    def _send_last_away(self) -> None:
        last = max(self._waiting, key=lambda waiter: waiter.order)
        self._waiting.remove(last)
        heapq.heapify(self._waiting)
        if not last.turn.done():
            pause = AWAY_URGENT if last.urgent else AWAY
            last.turn.set_exception(SendError(Failure.WAIT, "DeskBusy", retry_after=pause))


@dataclass(order=True)
class _Waiter:
    order: tuple[bool, float, int]
    urgent: bool = field(compare=False)
    turn: asyncio.Future[None] = field(compare=False)
