"""Asks Telegram a question for a command: a few calls without the client that the line runs on.

Loading that client takes three seconds, which a command that asks for one name should not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.cli.store import RefusedError
from bot.settings import Settings

OFFICIAL = "https://api.telegram.org"
PATIENCE = 15.0
"""Seconds for an answer."""
UNKNOWN = (401, 404)
"""What Telegram answers to a token that it does not know."""


class AnsweredNo(Exception):
    """Telegram refused a call; the message is Telegram's own description."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any]) -> None:
        super().__init__(description)
        self.code = code
        self.moved_to: int | None = parameters.get("migrate_to_chat_id")
        """The new id of a group that has become a supergroup."""
        self.retry_after: int | None = parameters.get("retry_after")
        """Seconds to wait, for a call that came too soon."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """A connection to the Bot API. The token is part of the address, which is never shown."""

    session: aiohttp.ClientSession = field(repr=False)
    base: str = field(repr=False)
    host: str

    async def ask(self, method: str, **parameters: object) -> Any:  # noqa: ANN401 - it is JSON
        """Call a method of the Bot API; its result.

        Raises:
            AnsweredNo: Telegram refused it.
            RefusedError: it cannot be asked, or does not know the token.
        """
        try:
            async with self.session.post(f"{self.base}/{method}", json=parameters) as response:
                answer = await response.json(content_type=None)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise RefusedError(
                f"Telegram cannot be asked: {self.host} does not answer as it should "
                f"({type(error).__name__}). Is this machine online? Try again later",
                1,
            ) from None
        if not isinstance(answer, dict):
            raise RefusedError(f"{self.host} is no Bot API: look at HELPLINE_TELEGRAM_API", 1)
        if answer.get("ok"):
            return answer.get("result")
        code = int(answer.get("error_code") or response.status)
        if code in UNKNOWN:
            raise RefusedError(
                "Telegram does not know HELPLINE_TELEGRAM_TOKEN. Get a token from @BotFather", 1
            )
        parameters = answer.get("parameters") or {}
        raise AnsweredNo(code, str(answer.get("description", "")), parameters)


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Telegram]:
    """Connect to Telegram with the token of the settings, which must have one."""
    if settings.telegram_token is None:
        raise RefusedError(
            "HELPLINE_TELEGRAM_TOKEN is not set: there is no bot. Get a token from @BotFather and "
            "put it into .env"
        )
    api = settings.telegram_api or OFFICIAL
    base = f"{api}/bot{settings.telegram_token.get_secret_value()}"
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield Telegram(session, base, urlsplit(api).hostname or "")
