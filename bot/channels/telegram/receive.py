"""Hop 1: an update becomes an `InboundMessage`, and is acknowledged only once it is stored."""

from __future__ import annotations

import asyncio
import hmac
import json
from typing import TYPE_CHECKING, Any

from aiogram.exceptions import TelegramAPIError, TelegramConflictError
from aiogram.methods import AnswerCallbackQuery, TelegramMethod
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, Update
from aiohttp import web
from pydantic import ValidationError

from bot import logs
from bot.domain.messages import Address, InboundMessage, Kind
from bot.inbox import Inbox, NotStored

if TYPE_CHECKING:
    from aiogram import Bot

log = logs.get()

UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
"""All that is asked for; what is not asked for is never seen (and never logged)."""
POLL_SECONDS = 25
"""How long Telegram holds a request open when there is nothing."""
BATCH = 100
PAUSES = (1.0, 2.0, 5.0, 10.0)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
WEBHOOK_PATH = "/telegram/webhook"
MOST_BYTES = 1024 * 1024
"""Largest webhook body: an update is a few kilobytes; the largest known stays under 100 KB."""

_SPINNERS: set[asyncio.Future[None]] = set()


class _GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """`getUpdates` without parsing: one update of an unknown shape must not lose the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = BATCH
    timeout: int = POLL_SECONDS
    allowed_updates: list[str] = UPDATES


async def poll(bot: Bot, inbox: Inbox) -> None:
    """Fetch updates for ever; the offset moves past an update only when it is stored."""
    offset: int | None = None
    failures = 0
    while True:
        try:
            call = _GetRawUpdates(offset=offset)
            for raw in await bot(call, request_timeout=POLL_SECONDS + 10):
                await take(bot, inbox, raw)
                offset = int(raw["update_id"]) + 1
            failures = 0
        except TelegramConflictError:
            log.error("polling_conflict", cause="another process polls, or a webhook is set")
            failures = len(PAUSES)
        except (TimeoutError, TelegramAPIError, NotStored, OSError) as error:
            # Nothing was acknowledged: Telegram gives the same updates again.
            failures += 1
            log.warning("polling_failed", cause=logs.where(error), attempt=failures)
        if failures:
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES)) - 1])


def webhook(bot: Bot, inbox: Inbox, secret: str) -> web.RouteDef:
    """The webhook's route: answers 200 once the update is stored, 401 without the secret."""

    async def handle(request: web.Request) -> web.Response:
        given = request.headers.getall(SECRET_HEADER, [])
        # aiohttp keeps bytes of a header that are no UTF-8 as lone surrogates.
        known = [value.encode("utf-8", "surrogateescape") for value in given]
        if len(known) != 1 or not hmac.compare_digest(known[0], secret.encode()):
            return web.Response(status=401)
        try:
            raw = json.loads(await request.read())
        except (ValueError, RecursionError):
            return web.Response(status=400)
        if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
            return web.Response(status=400)
        try:
            await take(bot, inbox, raw)
        except (NotStored, OSError) as error:
            log.warning("webhook_failed", cause=logs.where(error))
            return web.Response(status=503, headers={"Retry-After": "5"})
        return web.Response()

    return web.post(WEBHOOK_PATH, handle)


async def take(bot: Bot, inbox: Inbox, raw: dict[str, Any]) -> None:
    """Store one update. When this returns, it may be acknowledged."""
    update_id = str(raw["update_id"])
    try:
        update = Update.model_validate(raw, context={"bot": bot})
        message = _read(update)
    except (ValidationError, ValueError, TypeError, LookupError, RecursionError) as error:
        cause = type(error).__name__
        await inbox.park("telegram", update_id, json.dumps(raw).encode(), cause)
        return
    if update.my_chat_member is not None:
        await _note_membership(inbox, update.my_chat_member)
    elif message is not None:
        await inbox.accept(message)
    if update.callback_query is not None:
        spinner = asyncio.ensure_future(_stop_spinner(bot, update.callback_query))
        _SPINNERS.add(spinner)  # or it may be collected before it has run
        spinner.add_done_callback(_SPINNERS.discard)


def _read(update: Update) -> InboundMessage | None:
    """An update of a private chat as a message; None for what is not for us."""
    if update.callback_query is not None:
        return _read_press(update.update_id, update.callback_query)
    message = update.message or update.edited_message
    if message is None or message.chat.type != "private" or message.from_user is None:
        return None
    kind, attachment = _kind(message)
    text = _storable(message.text or message.caption or "")
    command = None
    if kind is Kind.TEXT and text.startswith("/"):
        name, _, rest = text[1:].partition(" ")
        kind, command, text = Kind.COMMAND, name.partition("@")[0].lower(), rest.strip()
    return InboundMessage(
        address=Address("telegram", str(message.chat.id)),
        update_id=str(update.update_id),
        kind=kind,
        text=text,
        command=command,
        reference=str(message.message_id),
        attachment=attachment,
        language_hint=_language(message.from_user.language_code),
        edited=update.edited_message is not None,
    )


def _read_press(update_id: int, press: CallbackQuery) -> InboundMessage | None:
    if press.message is None or press.message.chat.type != "private" or not press.data:
        return None
    return InboundMessage(
        address=Address("telegram", str(press.message.chat.id)),
        update_id=str(update_id),
        kind=Kind.BUTTON,
        payload=_storable(press.data),
        language_hint=_language(press.from_user.language_code),
    )


def _kind(message: Message) -> tuple[Kind, dict[str, str]]:  # noqa: PLR0911 - a table
    """What sort of message it is, and what is needed to fetch or show it later."""
    if message.photo:
        return Kind.PHOTO, {"file_id": message.photo[-1].file_id}
    if message.voice or message.audio:
        medium = message.voice or message.audio
        return Kind.VOICE, {"file_id": medium.file_id if medium else ""}
    if message.video or message.video_note or message.animation:
        clip = message.video or message.video_note or message.animation
        return Kind.VIDEO, {"file_id": clip.file_id if clip else ""}
    if message.sticker:
        return Kind.STICKER, {"file_id": message.sticker.file_id}
    if message.document:
        return Kind.DOCUMENT, {"file_id": message.document.file_id}
    if message.location:
        place = message.location
        return Kind.LOCATION, {"latitude": f"{place.latitude}", "longitude": f"{place.longitude}"}
    if message.contact:
        return Kind.CONTACT, {"phone_number": message.contact.phone_number}
    if message.text:
        return Kind.TEXT, {}
    return Kind.OTHER, {}


def _storable(text: str) -> str:
    """Text as it can be encoded and stored: lone surrogates and NUL become U+FFFD."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def _language(code: str | None) -> str | None:
    return code.partition("-")[0].lower() if code else None


async def _note_membership(inbox: Inbox, change: ChatMemberUpdated) -> None:
    if change.chat.type == "private":
        address = Address("telegram", str(change.chat.id))
        await inbox.mark_reachable(address, reachable=change.new_chat_member.status == "member")


async def _stop_spinner(bot: Bot, press: CallbackQuery) -> None:
    """Tell Telegram that the press arrived. Too late or lost, it is only a spinner."""
    try:
        await bot(AnswerCallbackQuery(callback_query_id=press.id), request_timeout=5)
    except (TimeoutError, TelegramAPIError, OSError) as error:
        log.info("press_unanswered", cause=type(error).__name__)
