"""An event loop whose time passes only by waiting, and then at once: minutes take no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _Selector(selectors.SelectSelector):
    """Waits for nothing: what would be waited is added to the time."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready and timeout is not None:
            self.passed += max(timeout, 0.0)
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._hurried = _Selector()
        super().__init__(self._hurried)

    def time(self) -> float:
        # A part of the clock's resolution more, or a timer may be late by rounding for ever.
        return self._hurried.passed + 1e-9 * self._hurried.passed


def run_hurried(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that waits only for time; deadlocks show as a test that hangs."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)
