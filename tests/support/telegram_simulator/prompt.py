"""A chat at the terminal: you are the contact, and see what the bot says."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TextIO

from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.simulator import TelegramSimulator

HELP = """\
Type to write to the bot. Also:
  :1 :2 ...    press that button of the bot's last message with buttons
  :photo :voice :sticker :document :location :contact
  :edit text   change your last message
  :start       press Start          :lang id    become a new person with this language
  :block       block the bot        :unblock    unblock it
  :advance s   move Telegram's clock on by so many seconds
  :help        this list            :quit       leave"""


class ChatPrompt:
    """Reads lines and acts on them; prints what the bot says as it comes."""

    def __init__(self, simulator: TelegramSimulator, out: TextIO = sys.stdout) -> None:
        self._simulator = simulator
        self._out = out
        self._user = simulator.user()
        self._shown: dict[int, tuple[int, bool]] = {}
        self._last: StoredMessage | None = None
        self._done = asyncio.Event()

    async def run(self) -> None:
        """Until the input ends or the person leaves."""
        lines: asyncio.Queue[str] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin.fileno(), lambda: lines.put_nowait(sys.stdin.readline()))
        showing = asyncio.create_task(self._show())
        self._print(HELP)
        try:
            while not self._done.is_set():
                line = await lines.get()
                if not line:
                    break
                await self.take(line.strip())
        finally:
            loop.remove_reader(sys.stdin.fileno())
            showing.cancel()

    async def take(self, line: str) -> None:
        """Act on one line."""
        try:
            if not line.startswith(":"):
                self._last = await self._user.send(line) if line else self._last
            elif line[1:].isdigit():
                await self._press(int(line[1:]))
            else:
                await self._command(*line[1:].split(maxsplit=1))
        except (LookupError, RuntimeError, ValueError, TypeError) as error:
            self._print(f"! {error}")

    async def _command(self, name: str = "help", argument: str = "") -> None:
        sends = {"photo", "voice", "sticker", "document", "location", "contact"}
        plain: dict[str, Callable[[], Awaitable[object]]] = {
            "start": self._user.start,
            "block": self._user.block,
            "unblock": self._user.unblock,
        }
        if name in sends:
            await getattr(self._user, f"send_{name}")()
        elif name in plain:
            await plain[name]()
        elif name == "edit" and self._last is not None:
            await self._user.edit(self._last, argument)
        elif name == "lang":
            self._become(argument)
        elif name == "advance":
            self._simulator.clock.advance(float(argument))
        elif name == "quit":
            self._done.set()
        else:
            self._print(HELP)

    def _become(self, language: str) -> None:
        self._user = self._simulator.user(language_code=language or None)
        self._shown.clear()
        self._print(
            f"You are now {self._user.id}, whose Telegram is in {language or 'no language'}."
        )

    async def _press(self, number: int) -> None:
        with_buttons = [
            message
            for message in self._user.chat.from_bot
            if message.buttons and not message.deleted
        ]
        if not with_buttons:
            self._print("! the bot has shown no buttons")
            return
        await self._user.press(with_buttons[-1], number)

    async def _show(self) -> None:
        while True:
            for message in self._user.chat.from_bot:
                state = (message.version, message.deleted)
                if self._shown.get(message.message_id) != state:
                    self._show_message(message, new=message.message_id not in self._shown)
                    self._shown[message.message_id] = state
            await self._simulator.telegram.changed.wait(3600)

    def _show_message(self, message: StoredMessage, *, new: bool) -> None:
        if message.deleted:
            self._print(f"  (the bot deleted: {message.text[:40]!r})")
            return
        sign = "bot>" if new else "bot (edited)>"
        self._print(f"{sign} {message.text or f'[{message.kind}]'}")
        for number, button in enumerate(message.buttons, 1):
            self._print(
                f"      [:{number}] {button.text}" + (f"  -> {button.url}" if button.url else "")
            )
        for label in message.keyboard_labels:
            self._print(f"      (type) {label}")

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)  # this is a terminal program
