"""Keeps within Telegram's limits, and waits when it says so."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from aiolimiter import AsyncLimiter

BURST, PER_SECOND = 5, 23
"""Calls at once, and a second: together under the 30 a second that Telegram's FAQ names."""
CHAT_BURST, PER_CHAT_SECOND = 2, 0.95
"""To one chat: about 1 a second, short bursts allowed, as the same FAQ says."""
CHATS_REMEMBERED = 5000
SHORT = 2.0
"""Seconds for which everybody waits when one chat is told to: the answer does not say whether
the chat or the bot was too fast. A second chat that is told so settles it."""
AT_START = 1.0
"""Seconds before the first call: a process that was just killed may have used this second up."""


class Pace:
    """When the next call to a chat may be made."""

    def __init__(self) -> None:
        self._overall = AsyncLimiter(BURST, BURST / PER_SECOND)
        self._chats: OrderedDict[int, AsyncLimiter] = OrderedDict()
        self._held_until = asyncio.get_running_loop().time() + AT_START
        self._last_told: tuple[int, float] | None = None

    async def wait(self, chat: int) -> None:
        """Wait until a call to a chat may be made."""
        await self._limiter(chat).acquire()
        await self.wait_for_all()

    async def wait_for_all(self) -> None:
        """Wait until a call that sends nothing to a chat may be made."""
        await self._overall.acquire()
        # The hold may have grown while we slept.
        while (left := self._held_until - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    def told_to_wait(self, chat: int, seconds: float) -> None:
        """Telegram answered a call to a chat with a wait: hold the others back, too."""
        now = asyncio.get_running_loop().time()
        everybody = (
            self._last_told is not None and self._last_told[0] != chat and self._last_told[1] > now
        )
        held = seconds if everybody else min(seconds, SHORT)
        self._held_until = max(self._held_until, now + held)
        self._last_told = (chat, now + seconds)

    def _limiter(self, chat: int) -> AsyncLimiter:
        limiter = self._chats.pop(chat, None)
        if limiter is None:
            limiter = AsyncLimiter(CHAT_BURST, CHAT_BURST / PER_CHAT_SECOND)
        self._chats[chat] = limiter
        while len(self._chats) > CHATS_REMEMBERED:
            self._chats.popitem(last=False)
        return limiter
