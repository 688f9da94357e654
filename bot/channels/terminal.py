"""`helpline chat`: type a message, read the replies; `:1` presses the first button."""

from __future__ import annotations

import asyncio
import secrets
import sys
from typing import TYPE_CHECKING, Any

from bot.channels.fetched import Store
from bot.domain.messages import Address, InboundMessage, Kind

if TYPE_CHECKING:
    from bot.channels.live import Live
    from bot.inbox import Inbox

NAME = "terminal"
QUIET = 0.6
"""Seconds of silence after which a turn's replies are taken to be complete."""
LAST_LOOK = 2.0
"""Seconds between looks while a conversation is being erased."""
PATIENCE = 20.0
"""Seconds to wait for the first reply."""
HELP = "Type a message. :1 presses button 1. /menu, /human, /wipe ... are commands. Ctrl-D leaves."


class Terminal:
    """One conversation in a terminal."""

    def __init__(self, inbox: Inbox, store: Store, live: Live, language: str | None) -> None:
        self._inbox = inbox
        self._store = store
        self._live = live
        self._language = language
        self._token = secrets.token_urlsafe(16)
        self._conversation: str | None = None
        self._seen = 0
        self._buttons: list[dict[str, str]] = []

    async def talk(self) -> None:
        """Converse until the input ends."""
        self._print(HELP)
        await self._put("/start")
        while (line := await asyncio.to_thread(_read_line)) is not None:
            if line.strip():
                await self._put(line.strip())
        await self._store.leave(self._token)

    async def _put(self, line: str) -> None:
        message = self._message(line)
        if message is None:
            self._print(HELP)
            return
        await self._inbox.accept(message)
        await self._print_replies()

    def _message(self, line: str) -> InboundMessage | None:
        kind, text, command, payload = Kind.TEXT, line, None, None
        if line.startswith(":"):
            number = int(line[1:]) if line[1:].isdecimal() else 0
            if not 0 < number <= len(self._buttons):
                return None
            kind, text, payload = Kind.BUTTON, "", self._buttons[number - 1]["payload"]
        elif line.startswith("/"):
            command, _, text = line[1:].partition(" ")
            kind = Kind.COMMAND
        return InboundMessage(
            address=Address(NAME, self._token),
            update_id=secrets.token_hex(16),
            kind=kind,
            text=text.encode("utf-8", "replace").decode(),
            command=command,
            payload=payload,
            language_hint=self._language,
        )

    async def _print_replies(self) -> None:
        conversation = await self._store.conversation_of(self._token)
        if conversation is None:
            return
        if conversation != self._conversation:  # the last one was erased
            self._conversation, self._seen = conversation, 0
        async with self._live.waiting(conversation) as event:
            patience = PATIENCE
            while True:
                event.clear()
                news = await self._store.news(conversation, self._seen)
                if news is None:
                    self._print("(this conversation was erased; write to begin another)")
                    return
                for reply in news.replies:
                    self._show(reply)
                    patience = QUIET
                if news.ending:
                    patience = LAST_LOOK
                try:
                    await asyncio.wait_for(event.wait(), patience)
                except TimeoutError:
                    if not news.ending:
                        return

    def _show(self, reply: dict[str, Any]) -> None:
        self._seen = reply["number"]
        self._print("\n" + reply["text"])
        self._buttons = [button for row in reply["buttons"] for button in row]
        for number, button in enumerate(self._buttons, 1):
            self._print(f"  [:{number}] {button['title']}")

    @staticmethod
    def _print(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _read_line() -> str | None:
    sys.stdout.write("\n> ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line or None
