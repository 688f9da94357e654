"""Hop 10: a message becomes a Bot API call; the API's errors become the closed table."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TypeVar

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import LinkPreviewOptions
from aiogram.utils.token import TokenValidationError

from bot.channels.telegram.introduce import TokenRefused
from bot.channels.telegram.markup import keyboard, to_html
from bot.channels.telegram.pace import Pace
from bot.domain.channel import Failure, SendError, SendResult
from bot.domain.messages import Address, OutboundMessage

TEXT_LIMIT = 4000
"""Bot API: 4096 characters after entities are parsed; the rest is reserve."""
DELETE_AT_ONCE = 100
"""Bot API: `deleteMessages` takes 1-100 ids."""
TIMEOUT = 30.0
"""Seconds that a call may take."""

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

Result = TypeVar("Result")


def create_bot(token: str, api: str | None) -> Bot:
    """A Bot API client; `api` is the base URL of a server other than Telegram's own.

    Raises:
        TokenRefused: this is no token at all.
    """
    server = TelegramAPIServer.from_base(api, is_local=False) if api else None
    session = (
        AiohttpSession(api=server, timeout=TIMEOUT) if server else AiohttpSession(timeout=TIMEOUT)
    )
    try:
        return Bot(token, session=session)
    except TokenValidationError:
        raise TokenRefused from None


class TelegramChannel:
    """Sends to contacts and to the desk on Telegram."""

    name = "telegram"
    text_limit = TEXT_LIMIT

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._pace = Pace()
        self._moved: dict[int, int] = {}
        """Groups that became supergroups and have a new id: the desk's may, at any time."""

    async def send(self, address: Address, message: OutboundMessage) -> SendResult:
        """Send one message; its id.

        Raises:
            SendError: Telegram did not take it.
        """
        known = int(address.value)
        try:
            return await self._send(self._moved.get(known, known), message)
        except _MovedError as moved:
            self._moved[known] = moved.chat
            return await self._send(moved.chat, message)

    async def _send(self, chat: int, message: OutboundMessage) -> SendResult:
        await self._pace.wait(chat)
        sent = await self._call(
            chat,
            self._bot.send_message(
                chat_id=chat,
                text=to_html(message.text),
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard(message.buttons),
                link_preview_options=_NO_PREVIEW,
                protect_content=True,
            ),
        )
        return SendResult((str(sent.message_id),))

    async def delete(self, address: Address, references: Sequence[str]) -> int:
        """Delete messages of a private chat on both sides; how many Telegram was asked for.

        Telegram deletes what is younger than 48 hours, skips the rest and says yes all the
        same, so the number is a bound and not a proof (threats.md, 1.9).

        Raises:
            SendError: Telegram could not be asked.
        """
        chat = self._moved.get(int(address.value), int(address.value))
        ids = [int(reference) for reference in references]
        for start in range(0, len(ids), DELETE_AT_ONCE):
            part = ids[start : start + DELETE_AT_ONCE]
            if not await self._delete(chat, part):
                # One id that cannot be deleted must not keep the others.
                for one in part:
                    await self._delete(chat, [one])
        return len(ids)

    async def _delete(self, chat: int, ids: list[int]) -> bool:
        """Delete some messages; False when Telegram refused."""
        await self._pace.wait_for_all()
        try:
            await self._call(chat, self._bot.delete_messages(chat_id=chat, message_ids=ids))
        except SendError as error:
            if error.failure is Failure.REFUSED:
                return False
            raise
        return True

    async def _call(self, chat: int, call: Awaitable[Result]) -> Result:
        try:
            return await _translated(call)
        except SendError as error:
            if error.failure is Failure.WAIT:
                self._pace.told_to_wait(chat, error.retry_after)
            raise


class _MovedError(SendError):
    """A group became a supergroup, which has another id."""

    def __init__(self, chat: int) -> None:
        super().__init__(Failure.REFUSED, "MigrateToChat")
        self.chat = chat


async def _translated(call: Awaitable[Result]) -> Result:
    """Await a Bot API call; its errors as `SendError`, without their texts."""
    try:
        return await call
    except TelegramRetryAfter as error:
        raise SendError(
            Failure.WAIT, "TooManyRequests", retry_after=float(error.retry_after)
        ) from None
    except TelegramMigrateToChat as error:
        raise _MovedError(error.migrate_to_chat_id) from None
    except TelegramAPIError as error:
        raise SendError(
            _failure_of(error), type(error).__name__, maybe_sent=_may_have_arrived(error)
        ) from None
    except (TimeoutError, OSError) as error:
        raise SendError(Failure.RETRY, type(error).__name__, maybe_sent=True) from None


FAILURES: tuple[tuple[type[TelegramAPIError], Failure], ...] = (
    (TelegramEntityTooLarge, Failure.REFUSED),
    (TelegramServerError, Failure.RETRY),
    (TelegramNetworkError, Failure.RETRY),
    (TelegramForbiddenError, Failure.BLOCKED),
    (TelegramUnauthorizedError, Failure.UNAUTHORIZED),
    (TelegramNotFound, Failure.UNAUTHORIZED),
    (TelegramBadRequest, Failure.REFUSED),
)
"""Telegram's errors and what follows; 404 is what an unknown token gets on some servers."""


def _failure_of(error: TelegramAPIError) -> Failure:
    for kind, failure in FAILURES:
        if isinstance(error, kind):
            return failure
    return Failure.RETRY


def _may_have_arrived(error: TelegramAPIError) -> bool:
    return isinstance(error, TelegramNetworkError)
