"""One line on one simulated Telegram for each module that asks: its people are independent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.parts import private_directory
from tests.support.telegram_line import Scene, connected, fresh_database, hurry
from tests.support.telegram_simulator.emitted import wrong_in_what_was_emitted
from tests.support.telegram_simulator.simulator import TelegramSimulator


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telegram(postgres: str, template: str) -> AsyncIterator[Scene]:
    """A line without a desk, which sends as fast as it can; at its end, what holds of every
    conversation must hold.
    """
    with (
        private_directory() as directory,
        fresh_database(postgres, template) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        hurry(patch)
        async with TelegramSimulator() as simulator, connected(simulator, directory, url) as scene:
            yield scene
            await scene.check()
            assert wrong_in_what_was_emitted(simulator) == []
