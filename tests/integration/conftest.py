"""A simulated Telegram and the two libraries that drive it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from telegram import Bot as OtherBot

from bot import logs
from tests.support.command import Command
from tests.support.parts import Parts
from tests.support.telegram_simulator.emitted import wrong_in_what_was_emitted
from tests.support.telegram_simulator.simulator import TelegramSimulator


@pytest.fixture
async def simulator() -> AsyncIterator[TelegramSimulator]:
    """A running simulator; whatever it said in the test must be as the official schema has it."""
    async with TelegramSimulator() as running:
        yield running
        assert wrong_in_what_was_emitted(running) == []


@pytest.fixture
async def bot(simulator: TelegramSimulator) -> AsyncIterator[Bot]:
    """A client of aiogram."""
    api = TelegramAPIServer.from_base(simulator.url)
    async with Bot(simulator.token, session=AiohttpSession(api=api, timeout=5)) as running:
        yield running


@pytest.fixture
async def other_bot(simulator: TelegramSimulator) -> AsyncIterator[OtherBot]:
    """A client of python-telegram-bot."""
    base, files = f"{simulator.url}/bot", f"{simulator.url}/file/bot"
    async with OtherBot(simulator.token, base_url=base, base_file_url=files) as running:
        yield running


@pytest.fixture
def command(
    parts: Parts,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Command]:
    """The command line on the store of `parts`."""
    keys = tmp_path / "keys"
    typed = Command(capsys, monkeypatch)
    typed.settings(
        database_url=parts.database.url,
        data_dir=str(keys),
        key=(keys / "master.key").read_text(),
    )
    # Logging is the whole process's, and other tests look at it.
    before = structlog.get_config()
    silent = structlog.make_filtering_bound_logger(logging.ERROR)
    monkeypatch.setattr(logs, "configure", lambda _: structlog.configure(wrapper_class=silent))
    yield typed
    structlog.configure(**before)
