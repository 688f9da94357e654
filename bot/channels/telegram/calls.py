"""Awaits a Bot API call: Telegram's errors become the closed table, without their texts."""

from __future__ import annotations

from collections.abc import Awaitable
from enum import StrEnum
from typing import TypeVar

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

from bot.channels.telegram.pace import Pace
from bot.domain.channel import Failure, SendError

Result = TypeVar("Result")


class Reason(StrEnum):
    """What a refused call was about, as far as anything follows from it."""

    UNCHANGED = "unchanged"
    """It says already what it was to say, or stands already as it was to stand."""
    MESSAGE_GONE = "message_gone"
    """The message was deleted, or never was, or is nothing that we can change."""
    TOPIC_GONE = "topic_gone"
    TOPIC_CLOSED = "topic_closed"
    CHAT_SHUT = "chat_shut"
    """The chat is not there, or takes nothing from us: a person has to mend it."""
    OTHER = "other"


class MovedError(SendError):
    """A group became a supergroup, which has another id."""

    def __init__(self, chat: int) -> None:
        super().__init__(Failure.REFUSED, "MigrateToChat")
        self.chat = chat


class RefusedError(SendError):
    """Telegram will never take this call as it is."""

    def __init__(self, cause: str, reason: Reason) -> None:
        super().__init__(Failure.REFUSED, cause)
        self.reason = reason


async def translated(call: Awaitable[Result]) -> Result:
    """Await a Bot API call.

    Raises:
        SendError: Telegram did not do it; `cause` is a class name, never Telegram's words.
    """
    try:
        return await call
    except TelegramRetryAfter as error:
        raise SendError(
            Failure.WAIT, "TooManyRequests", retry_after=float(error.retry_after)
        ) from None
    except TelegramMigrateToChat as error:
        raise MovedError(error.migrate_to_chat_id) from None
    except TelegramBadRequest as error:
        raise RefusedError(type(error).__name__, _reason_of(error.message)) from None
    except TelegramAPIError as error:
        raise SendError(
            _failure_of(error), type(error).__name__, maybe_sent=_may_have_arrived(error)
        ) from None
    except (TimeoutError, OSError) as error:
        raise SendError(Failure.RETRY, type(error).__name__, maybe_sent=True) from None


async def obeyed(pace: Pace, chat: int, call: Awaitable[Result]) -> Result:
    """Await a Bot API call to a chat; a wait that Telegram asks for holds back what comes next.

    Raises:
        SendError: as `translated` does.
    """
    try:
        return await translated(call)
    except SendError as error:
        if error.failure is Failure.WAIT:
            pace.told_to_wait(chat, error.retry_after)
        raise


FAILURES: tuple[tuple[type[TelegramAPIError], Failure], ...] = (
    (TelegramEntityTooLarge, Failure.REFUSED),
    (TelegramServerError, Failure.RETRY),
    (TelegramNetworkError, Failure.RETRY),
    (TelegramForbiddenError, Failure.BLOCKED),
    (TelegramUnauthorizedError, Failure.UNAUTHORIZED),
    (TelegramNotFound, Failure.UNAUTHORIZED),
)
"""Telegram's errors and what follows; 404 is what an unknown token gets on some servers."""

REASONS: tuple[tuple[str, Reason], ...] = (
    ("is not modified", Reason.UNCHANGED),
    ("topic_not_modified", Reason.UNCHANGED),
    ("thread not found", Reason.TOPIC_GONE),
    ("topic_id_invalid", Reason.TOPIC_GONE),
    ("topic_deleted", Reason.TOPIC_GONE),
    ("topic_closed", Reason.TOPIC_CLOSED),
    ("message to", Reason.MESSAGE_GONE),
    ("message_id_invalid", Reason.MESSAGE_GONE),
    ("message can't be edited", Reason.MESSAGE_GONE),
    ("chat not found", Reason.CHAT_SHUT),
    ("group chat was deactivated", Reason.CHAT_SHUT),
    ("rights to send", Reason.CHAT_SHUT),
    ("chat_write_forbidden", Reason.CHAT_SHUT),
)
"""Parts of the descriptions of error 400. The Bot API documents none of them; these are what
its server (github.com/tdlib/telegram-bot-api) answers. One that it rewords becomes OTHER."""


def _reason_of(description: str) -> Reason:
    said = description.lower()
    return next((reason for part, reason in REASONS if part in said), Reason.OTHER)


def _failure_of(error: TelegramAPIError) -> Failure:
    for kind, failure in FAILURES:
        if isinstance(error, kind):
            return failure
    return Failure.RETRY


def _may_have_arrived(error: TelegramAPIError) -> bool:
    return isinstance(error, TelegramNetworkError)
