"""`helpline run`: everything in one process, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot import app, cli, clock, logs, settings
from bot.channels.telegram.introduce import TokenRefused
from bot.cli import duty
from bot.content.problems import ContentError
from bot.flows.definition import FlowError
from bot.storage.database import DatabaseError
from bot.storage.encryption import KeyringError

if TYPE_CHECKING:
    from bot.cli.duty import Strength
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
        async with line.runtime.database.transaction() as session:
            strength = await duty.strength(session, clock.now())
        _greet(line, address, strength, time.monotonic() - cli.BEGAN)
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not running.done():
            sys.stdout.write("\nStopping: finishing what has begun ...\n")
            running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    sys.stdout.write("Stopped. Nothing was lost: what waits goes on at the next start.\n")


def desk_line(strength: Strength, *, desk: bool) -> str:
    """How the desk stands, and the next step where urgent cases would reach nobody."""
    if not desk:
        return (
            "none: urgent cases wait where nobody sees them. docs/desk.md tells how to\n"
            "              make one; then start again with HELPLINE_TELEGRAM_DESK=<its id>"
        )
    if not strength.added:
        return (
            "on, but there is nobody to call. Add an operator:\n"
            "              helpline operator add NAME --languages id,en"
        )
    if not strength.bound:
        return (
            "on, but nobody can be called yet: no operator has used their link\n"
            "              (`helpline operator link NAME` prints a new one)"
        )
    people = "1 operator" if strength.bound == 1 else f"{strength.bound} operators"
    if not strength.on_duty:
        return (
            f"on: {people}, NOBODY on duty now. When somebody is:\n"
            "              helpline operator rota"
        )
    return f"on: {people}, {strength.on_duty} on duty now"


def _greet(line: app.App, address: str, strength: Strength, seconds: float) -> None:
    found = line.runtime.settings
    telegram = "on, by webhook" if found.public_url else "on, by polling"
    if line.bot is None:
        telegram = (
            "off. To connect it, get a token from @BotFather and start again with\n"
            "              HELPLINE_TELEGRAM_TOKEN=<token> make run   (or put it into .env)"
        )
    desk = desk_line(strength, desk=line.runtime.handoff.desk is not None)
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
