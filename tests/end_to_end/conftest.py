"""One line on one simulated Telegram for each module that asks: its people are independent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.parts import private_directory
from tests.support.telegram_line import Scene, connected, fresh_database
from tests.support.telegram_simulator.simulator import TelegramSimulator


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telegram(postgres: str, template: str) -> AsyncIterator[Scene]:
    """A line without a desk; at the end, what holds of every conversation must hold."""
    with private_directory() as directory, fresh_database(postgres, template) as url:
        async with TelegramSimulator() as simulator, connected(simulator, directory, url) as scene:
            yield scene
            await scene.check()
