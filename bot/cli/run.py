"""`helpline run`: everything in one process, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot import app, cli, logs, settings
from bot.channels.telegram.introduce import TokenRefused
from bot.content.problems import ContentError
from bot.flows.definition import FlowError
from bot.storage.database import DatabaseError
from bot.storage.encryption import KeyringError

if TYPE_CHECKING:
    from bot.settings import Settings

REFUSALS = (ContentError, FlowError, DatabaseError, KeyringError, TokenRefused)
"""What keeps the line from starting and is told in a sentence, without a traceback."""


def main(_arguments: Sequence[str]) -> int:
    """Run the help line; its exit status."""
    found = settings.read()
    logs.configure(found.log_level)
    try:
        asyncio.run(_run(found))
    except (*REFUSALS, OSError) as error:
        return _refuse(error)
    return 0


def _refuse(error: BaseException) -> int:
    sys.stderr.write(f"The help line cannot start:\n{error}\n")
    return 1


async def _run(found: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with app.opened(found) as line:
        address = await app.start_web(line)
        loops = [*line.background(), lambda: app.start_telegram(line)]
        running = asyncio.ensure_future(app.run_forever(loops))
        _greet(line, address, time.monotonic() - cli.BEGAN)
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not running.done():
            sys.stdout.write("\nStopping: finishing what has begun ...\n")
            running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    sys.stdout.write("Stopped. Nothing was lost: what waits goes on at the next start.\n")


def _greet(line: app.App, address: str, seconds: float) -> None:
    found = line.runtime.settings
    telegram = "on, by webhook" if found.public_url else "on, by polling"
    if line.bot is None:
        telegram = (
            "off. To connect it, get a token from @BotFather and start again with\n"
            "              HELPLINE_TELEGRAM_TOKEN=<token> make run   (or put it into .env)"
        )
    desk = "on" if line.runtime.desk else (
        "none: urgent cases wait where nobody sees them. Set HELPLINE_TELEGRAM_DESK\n"
        "              to the chat id of the operators' group"
    )  # fmt: skip
    engine = "a Rasa server, with the export to stand in" if found.rasa_url else "the export"
    database = "HELPLINE_DATABASE_URL" if found.database_url else f"embedded, in {found.data_dir}/"
    sys.stdout.write(
        f"""
The help line is ready ({seconds:.1f} s).

  Web chat    {address}/
  Health      {address}/healthz   and {address}/metrics
  Telegram    {telegram}
  Desk        {desk}
  Understands with {engine}
  Database    {database}
  Keys        {found.data_dir}/ (a backup of the database needs the keys of its day; README.md)

Ctrl-C stops it.
"""
    )
    sys.stdout.flush()
