"""The simulator's clock: real time plus whatever a test has advanced it by."""

import asyncio
import time
from contextlib import suppress


class SimulatorClock:
    """Tells the time that Telegram believes it is."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._moved = asyncio.Event()

    def now(self) -> float:
        return time.time() + self._ahead

    def date(self) -> int:
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Move the clock on, and wake whoever sleeps on it."""
        self._ahead += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def sleep(self, seconds: float) -> None:
        """Wait until this much time has passed, in reality or by `advance`."""
        until = self.now() + seconds
        while (left := until - self.now()) > 0:
            # not wait_for: before Python 3.12 it may swallow a cancellation
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._moved.wait()


class Signal:
    """Lets many wait until something has changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109  # how a test says it
        """True when something changed before the time was up."""
        if timeout <= 0:
            return False
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            return False
        return True
