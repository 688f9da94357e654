"""Hop 1: an update becomes an `InboundMessage`, and is acknowledged only once it is stored.

What comes from operators becomes an act at the desk instead, and is acknowledged once it is done.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiogram.exceptions import TelegramAPIError, TelegramConflictError
from aiogram.methods import AnswerCallbackQuery, TelegramMethod
from aiogram.types import CallbackQuery, ChatMemberUpdated, Update
from aiohttp import web
from pydantic import ValidationError

from bot import logs, queue
from bot.channels.telegram.contents import answered, kind_of, storable, words_of
from bot.channels.telegram.operators import Desk
from bot.domain.acts import LinkFollowed, OperatorAct, Pressed
from bot.domain.messages import Address, InboundMessage, Kind
from bot.handoff.acts import relay
from bot.handoff.contact import arrivals
from bot.inbox import Inbox, NotStored

if TYPE_CHECKING:
    from aiogram import Bot

    from bot.handoff.parts import Parts

log = logs.get()

UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
"""All that is asked for; what is not asked for is never seen (and never logged)."""
READS_ALL: Final = frozenset({"administrator", "creator"})
"""What a bot has to be in a group to be shown what people write there."""
POLL_SECONDS = 25
"""How long Telegram holds a request open when there is nothing."""
BATCH = 100
PAUSES = (1.0, 2.0, 5.0, 10.0)
LONGEST_ANSWER = 200
"""Bot API: most characters of what is shown to whoever pressed a button."""
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
WEBHOOK_PATH = "/telegram/webhook"
MOST_BYTES = 1024 * 1024
"""Largest webhook body: an update is a few kilobytes; the largest known stays under 100 KB."""

_SPINNERS: set[asyncio.Future[None]] = set()


@dataclass(frozen=True, slots=True)
class Door:
    """Where updates come in, and who takes them: the inbox for contacts, the desk for operators."""

    bot: Bot
    inbox: Inbox
    handoff: Parts
    desk: Desk


class _GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """`getUpdates` without parsing: one update of an unknown shape must not lose the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = BATCH
    timeout: int = POLL_SECONDS
    allowed_updates: list[str] = UPDATES


async def poll(door: Door) -> None:
    """Fetch updates for ever; the offset moves past an update only when it is stored."""
    offset: int | None = None
    failures = 0
    while True:
        try:
            call = _GetRawUpdates(offset=offset)
            for raw in await door.bot(call, request_timeout=POLL_SECONDS + 10):
                await take(door, raw)
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


def webhook(door: Door, secret: str) -> web.RouteDef:
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
            await take(door, raw)
        except (NotStored, OSError) as error:
            log.warning("webhook_failed", cause=logs.where(error))
            return web.Response(status=503, headers={"Retry-After": "5"})
        return web.Response()

    return web.post(WEBHOOK_PATH, handle)


async def take(door: Door, raw: dict[str, Any]) -> None:
    """Store one update, or do what it asks for. When this returns, it may be acknowledged."""
    inbox, update_id = door.inbox, str(raw["update_id"])
    try:
        update = Update.model_validate(raw, context={"bot": door.bot})
        act = door.desk.read(update)
        message = _read(update)
    except (ValidationError, ValueError, TypeError, LookupError, RecursionError) as error:
        cause = type(error).__name__
        await inbox.park("telegram", update_id, json.dumps(raw).encode(), cause)
        return
    if act is not None and await _acted(door, act, update, raw):
        return
    if update.my_chat_member is not None:
        await _note_membership(door, update_id, update.my_chat_member)
    elif message is not None:
        await inbox.accept(message)
    if update.callback_query is not None:
        _answer(door.bot, update.callback_query, None)


async def _acted(
    door: Door, act: OperatorAct | LinkFollowed, update: Update, raw: dict[str, Any]
) -> bool:
    """Do what an operator asks for; False for what turns out to be a contact's.

    Raises:
        NotStored: the database is away.
    """
    try:
        if isinstance(act, LinkFollowed):
            return await relay.follow_link(door.handoff, act)
        alone = isinstance(act, Pressed) and act.place.alone
        # Whoever is no operator learns no more from such a button than from any other.
        if alone and not await relay.is_operator(door.handoff, act.account):
            return False
        answer = await relay.act(door.handoff, act)
    except queue.OUTAGES as error:
        raise NotStored(type(error).__name__) from None
    except Exception as error:  # noqa: BLE001 - or one act that fails keeps all contacts waiting
        log.error("act_failed", cause=logs.where(error))
        cause = type(error).__name__
        await door.inbox.park("telegram", act.update_id, json.dumps(raw).encode(), cause)
        answer = None
    if update.callback_query is not None:
        _answer(door.bot, update.callback_query, answer)
    return True


def _read(update: Update) -> InboundMessage | None:
    """An update of a private chat as a message; None for what is not for us."""
    if update.callback_query is not None:
        return _read_press(update.update_id, update.callback_query)
    message = update.message or update.edited_message
    if message is None or message.chat.type != "private" or message.from_user is None:
        return None
    kind, attachment = kind_of(message)
    text = words_of(message)
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
        reply_to=answered(message),
    )


def _read_press(update_id: int, press: CallbackQuery) -> InboundMessage | None:
    if press.message is None or press.message.chat.type != "private" or not press.data:
        return None
    return InboundMessage(
        address=Address("telegram", str(press.message.chat.id)),
        update_id=str(update_id),
        kind=Kind.BUTTON,
        payload=storable(press.data),
        language_hint=_language(press.from_user.language_code),
    )


_OTHER_CODES: Final = {"tl": "fil"}
"""What apps call Tagalog is what we call Filipino."""


def _language(code: str | None) -> str | None:
    if not code:
        return None
    plain = code.partition("-")[0].lower()
    return _OTHER_CODES.get(plain, plain)


async def _note_membership(door: Door, update_id: str, change: ChatMemberUpdated) -> None:
    """Note who has blocked us, and whether we still read what operators write.

    Raises:
        NotStored: the database is away.
    """
    status = change.new_chat_member.status
    if change.chat.type == "private":
        address = Address("telegram", str(change.chat.id))
        there = status == "member"
        await door.inbox.mark_reachable(address, reachable=there)
        if not there:
            await _told(arrivals.note_gone(door.handoff, address, update_id))
    elif change.chat.id == door.desk.chat:
        await _told(relay.note_rights(door.handoff, update_id, administrator=status in READS_ALL))


async def _told(note: Awaitable[None]) -> None:
    try:
        await note
    except queue.OUTAGES as error:
        raise NotStored(type(error).__name__) from None


def _answer(bot: Bot, press: CallbackQuery, text: str | None) -> None:
    """Tell Telegram that a press arrived, and the person what came of it, without waiting."""
    spinner = asyncio.ensure_future(_stop_spinner(bot, press, text))
    _SPINNERS.add(spinner)  # or it may be collected before it has run
    spinner.add_done_callback(_SPINNERS.discard)


async def _stop_spinner(bot: Bot, press: CallbackQuery, text: str | None) -> None:
    """Too late or lost, it is only a spinner."""
    answer = AnswerCallbackQuery(
        callback_query_id=press.id, text=text[:LONGEST_ANSWER] if text else None
    )
    try:
        await bot(answer, request_timeout=5)
    except (TimeoutError, TelegramAPIError, OSError) as error:
        log.info("press_unanswered", cause=type(error).__name__)
