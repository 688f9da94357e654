"""Waiting for what the bot says next."""

import time
from collections.abc import Callable

from tests.support.telegram_simulator.chats import Chat, StoredMessage
from tests.support.telegram_simulator.telegram import Telegram

Predicate = Callable[[StoredMessage], bool]


class Expectations:
    """What one reader of a chat has already taken note of; no message answers two expectations."""

    def __init__(self, telegram: Telegram, chat: Chat) -> None:
        self._telegram = telegram
        self._chat = chat
        self._noted: set[tuple[int, int]] = set()

    async def expect(self, wanted: str | Predicate = "", *, timeout: float = 5.0) -> StoredMessage:  # noqa: ASYNC109  # how a test says it
        """The first unnoted message or version that fits; fails when none comes in time."""
        until = time.monotonic() + timeout
        while True:
            for message in self._unnoted():
                if wanted in message.text if isinstance(wanted, str) else wanted(message):
                    self._noted.add((message.message_id, message.version))
                    return message
            if not await self._telegram.changed.wait(until - time.monotonic()):
                break
        said = [message.text or message.kind for message in self._unnoted()]
        failure = f"the bot did not say {wanted!r} within {timeout} s; it said {said}"
        raise AssertionError(failure)

    async def expect_silence(self, seconds: float = 0.2) -> None:
        """Fails when the bot says anything new in this time."""
        self.note_all()
        until = time.monotonic() + seconds
        while await self._telegram.changed.wait(until - time.monotonic()):
            pass
        if said := [message.text or message.kind for message in self._unnoted()]:
            failure = f"the bot should have been silent, but said {said}"
            raise AssertionError(failure)

    def note_all(self) -> None:
        """Forget about everything said so far."""
        self._noted |= {(message.message_id, message.version) for message in self._chat.from_bot}

    def _unnoted(self) -> list[StoredMessage]:
        return [
            message
            for message in self._chat.from_bot
            if not message.deleted and (message.message_id, message.version) not in self._noted
        ]
