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
from bot.publishing.edition import EditionRefused
from bot.storage.database import DatabaseError
from bot.storage.encryption import KeyringError

if TYPE_CHECKING:
    from bot.cli.duty import Strength
    from bot.domain.problems import Problem
    from bot.publishing.edition import Press
    from bot.settings import Settings

REFUSALS = (EditionRefused, DatabaseError, KeyringError, TokenRefused)
"""What keeps the line from starting and is told in a sentence, without a traceback."""
MOST_SHOWN = 20
"""Problems of a refused edit that are printed."""


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
        line.runtime.press.listeners.append(Editing(line.runtime.press.edition.version).hear)
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


class Editing:
    """Says on the terminal what became of an edit."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._refused: tuple[Problem, ...] = ()

    async def hear(self, press: Press) -> None:
        """Say what is new: an edit is live, or why it is not, or that nothing is wrong any more."""
        if press.edition.version != self._version:
            _say(f"An edit is live now ({press.edition.version}).")
        elif self._refused and not press.refused:
            _say("The files are what the line speaks from again.")
        if press.refused and press.refused != self._refused:
            shown = press.refused[:MOST_SHOWN]
            _say("AN EDIT IS NOT LIVE. The line goes on with the last good version. Mend this:")
            for problem in shown:
                _say(f"  {problem.file}:{problem.line}: {problem.what} ({problem.mend})")
            if more := len(press.refused) - len(shown):
                _say(f"  and {more} more: helpline check")
        self._version, self._refused = press.edition.version, press.refused


def _say(line: str) -> None:
    """Print a line. Nothing ends when it cannot be, or when a file's name is no proper text."""
    shown = "".join(sign if sign.isprintable() else "?" for sign in line)
    encoding = sys.stdout.encoding or "utf-8"
    with contextlib.suppress(OSError):
        sys.stdout.write(shown.encode(encoding, "replace").decode(encoding) + "\n")
        sys.stdout.flush()


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
    who = "with HELPLINE_METRICS_TOKEN" if found.metrics_token else "on this machine alone"
    database = "HELPLINE_DATABASE_URL" if found.database_url else f"embedded, in {found.data_dir}/"
    sys.stdout.write(
        f"""
The help line is ready ({seconds:.1f} s).

  Web chat    {address}/
  Health      {address}/healthz   and {address}/metrics ({who})
  Telegram    {telegram}
  Desk        {desk}
  Understands with {engine}
  Database    {database}
  Keys        {found.data_dir}/ (a backup of the database needs the keys of its day; README.md)

Ctrl-C stops it.
"""
    )
    sys.stdout.flush()
