"""Remembers whether Telegram knows our token: without one nothing comes in, and nothing fails."""

from __future__ import annotations

from aiogram import Bot
from aiogram.client.session.middlewares.base import (
    BaseRequestMiddleware,
    NextRequestMiddlewareType,
)
from aiogram.exceptions import TelegramUnauthorizedError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType


class TokenWatch(BaseRequestMiddleware):
    """Looks at every call of a client."""

    refused = False
    """The newest call that tells was refused for its token."""

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Make a call, and note how the token fared."""
        try:
            response = await make_request(bot, method)
        except TelegramUnauthorizedError:
            self.refused = True
            raise
        self.refused = False
        return response
