"""What the bot tells Telegram about itself at the start: its commands, its webhook."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING

from aiogram.exceptions import TelegramAPIError, TelegramUnauthorizedError
from aiogram.types import BotCommand

from bot import logs
from bot.channels.telegram.commands import COMMANDS
from bot.channels.telegram.receive import UPDATES, WEBHOOK_PATH

if TYPE_CHECKING:
    from aiogram import Bot

log = logs.get()

TELEGRAM_CODES = {"fil": "tl"}
"""Bot API: a language's code has two letters (ISO 639-1); Filipino has none, and Tagalog's stands
for it."""


class TokenRefused(Exception):
    """Telegram does not know HELPLINE_TELEGRAM_TOKEN. Get a token from @BotFather."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


async def introduce(bot: Bot, phrases: Mapping[str, Mapping[str, str]]) -> None:
    """Set the commands, in each language. A server that lacks the call is warned about only."""
    for language, texts in phrases.items():
        commands = [
            BotCommand(command=name, description=texts[f"command_{name}"]) for name in COMMANDS
        ]
        code = TELEGRAM_CODES.get(language, language)
        await _optional(bot.set_my_commands(commands, language_code=code), "setMyCommands")
    first = next(iter(phrases.values()))
    commands = [BotCommand(command=name, description=first[f"command_{name}"]) for name in COMMANDS]
    await _optional(bot.set_my_commands(commands), "setMyCommands")


async def use_polling(bot: Bot) -> None:
    """Turn a webhook off, keeping what waits."""
    await _optional(bot.delete_webhook(drop_pending_updates=False), "deleteWebhook")


async def use_webhook(bot: Bot, public_url: str, secret: str) -> None:
    """Turn the webhook on.

    Raises:
        TelegramAPIError: Telegram did not take it.
    """
    await bot.set_webhook(
        f"{public_url}{WEBHOOK_PATH}",
        secret_token=secret,
        allowed_updates=UPDATES,
        max_connections=40,
        drop_pending_updates=False,
    )


async def _optional(call: Awaitable[bool], method: str) -> None:
    try:
        await call
    except TelegramUnauthorizedError:
        raise TokenRefused from None
    except TelegramAPIError as error:
        log.warning("telegram_start_call_failed", method=method, cause=type(error).__name__)
