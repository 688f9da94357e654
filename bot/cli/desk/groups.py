"""`helpline desk find`: the chat ids of groups to which the bot was just added."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bot import queue, settings
from bot.cli import store, tables
from bot.cli.store import RefusedError
from bot.cli.telegram import AnsweredNo, connected

CONFLICT = 409
"""What Telegram answers when updates go elsewhere: to a webhook, or to another process."""
GROUPS = frozenset({"group", "supergroup"})
NONE = """\
Telegram has nothing of a group for the bot. Add the bot to the group (or write a
message in it that begins with /), and try again within 24 hours, before the line is started.
"""


async def find(_options: argparse.Namespace) -> int:
    """Look into what waits at Telegram, and leave it there for the line."""
    async with store.opened() as open_store, open_store.database.transaction() as session:
        if await queue.is_worked_on(session):
            raise RefusedError(
                "The line runs, and has taken from Telegram what this command looks for. Stop it, "
                "write a message that begins with / in the group, and try again",
                1,
            )
    async with connected(settings.read()) as telegram:
        try:
            # Without an offset nothing is confirmed: the line gets all of it when it starts.
            updates = await telegram.ask("getUpdates", timeout=0)
        except AnsweredNo as error:
            if error.code != CONFLICT:
                raise RefusedError(f"Telegram says: {error}", 1) from None
            raise RefusedError(
                "Another process gets the bot's updates, or a webhook does (HELPLINE_PUBLIC_URL). "
                "Stop it, or read the id in the address of the group at https://web.telegram.org",
                1,
            ) from None
    groups = {
        chat["id"]: chat
        for update in updates
        for chat in _chats(update)
        if chat.get("type") in GROUPS
    }
    if not groups:
        sys.stdout.write(NONE)
        return 1
    table = tables.table("#chat id", "group", "topics")
    for number, chat in sorted(groups.items()):
        topics = "yes" if chat.get("is_forum") else "no"
        table.add_row(str(number), tables.shown(str(chat.get("title", ""))), topics)
    tables.console().print(table)
    sys.stdout.write(
        "\nPut the id into .env as HELPLINE_TELEGRAM_DESK, then: helpline desk check\n"
    )
    return 0


def _chats(update: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [part for part in update.values() if isinstance(part, dict)]
    return [part["chat"] for part in parts if isinstance(part.get("chat"), dict)]
