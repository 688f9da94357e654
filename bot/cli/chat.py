"""`helpline chat`: the whole path in a terminal, on the real store."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Sequence

from bot import app, logs, settings
from bot.channels import terminal


def main(arguments: Sequence[str]) -> int:
    """Talk to the bot; its exit status."""
    parser = argparse.ArgumentParser(prog="helpline chat", description=__doc__)
    parser.add_argument("--language", help="language of the contact's phone, such as id")
    options = parser.parse_args(arguments)
    logs.configure("ERROR")
    asyncio.run(_chat(options.language))
    return 0


async def _chat(language: str | None) -> None:
    async with app.opened(settings.read()) as line:
        running = asyncio.ensure_future(app.run_forever(line.background()))
        store = line.store[terminal.NAME]
        await terminal.Terminal(line.runtime.inbox, store, line.live, language).talk()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
