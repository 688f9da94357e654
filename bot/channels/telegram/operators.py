"""Updates of the operators' group, and of their private chats, become acts at the desk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aiogram.enums import ChatAction, ChatType, ContentType
from aiogram.types import Message

from bot import logs
from bot.channels.telegram.calls import MovedError, translated
from bot.channels.telegram.contents import answered, kind_of, storable, topic_of, written_out
from bot.domain.acts import (
    Commanded,
    LinkFollowed,
    OperatorAct,
    Place,
    Pressed,
    RoomClosed,
    Wrote,
)
from bot.domain.channel import SendError
from bot.domain.messages import Kind

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.types import CallbackQuery, Update

log = logs.get()

CAPTION_LIMIT: Final = 1024
"""Bot API: most characters of a caption that a bot gives; who pays for Telegram writes more."""
DESK_PAYLOADS: Final = ("case:", "answer:")
"""How the payloads of the desk's buttons begin; none of a contact's does."""

_LINK: Final = re.compile(r"/start(?:@\w+)? ([A-Za-z0-9_-]{24})")
"""A one-time link's secret has 24 characters (`storage.operators.LINK_BYTES`)."""
_COMMAND: Final = re.compile(r"/(\w+)(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_UNFIT: Final = {
    ContentType.POLL, ContentType.DICE, ContentType.GAME, ContentType.STORY, ContentType.INVOICE,
    ContentType.PAID_MEDIA, ContentType.CHECKLIST, ContentType.GIVEAWAY, ContentType.RICH_MESSAGE,
    ContentType.UNKNOWN,
}  # fmt: skip
"""What people post and no contact is given. All else that is no medium is Telegram's own: who
came, what was pinned."""


class Desk:
    """The operators' group as updates show it; without one, only links are read."""

    def __init__(self, chat: int | None) -> None:
        self.chat = chat

    async def find(self, bot: Bot) -> None:
        """Follow a group that became a supergroup, and has another id, while nobody looked."""
        if self.chat is None:
            return
        try:
            await translated(bot.send_chat_action(self.chat, ChatAction.TYPING))
        except MovedError as moved:
            self.chat = moved.chat
        except SendError as error:  # whoever posts to the desk raises the alarm
            log.warning("desk_not_found", failure=error.failure.value, cause=error.cause)

    def read(self, update: Update) -> OperatorAct | LinkFollowed | None:
        """What somebody did at the desk; None for what is no business of operators.

        What comes from a private chat may be a contact's all the same.
        """
        if update.callback_query is not None:
            return self._press(update.update_id, update.callback_query)
        message = update.message or update.edited_message
        if message is None or message.from_user is None:
            return None
        if message.chat.type == ChatType.PRIVATE:
            return _link(update.update_id, message)
        if not self._is_ours(message) or message.from_user.id == _own_id(message):
            return None
        edited = update.edited_message is not None
        return _written(str(update.update_id), message, edited=edited)

    def _is_ours(self, message: Message) -> bool:
        """Whether it is of the group; its move is followed as soon as it is told of."""
        if self.chat is None:
            return False
        if message.migrate_from_chat_id == self.chat:
            self.chat = message.chat.id
        ours = message.chat.id == self.chat
        if ours and message.migrate_to_chat_id is not None:
            self.chat = message.migrate_to_chat_id
        return ours

    def _press(self, update_id: int, press: CallbackQuery) -> Pressed | None:
        shown = press.message
        if shown is None or not press.data or not press.data.startswith(DESK_PAYLOADS):
            return None
        alone = shown.chat.type == ChatType.PRIVATE
        if not alone and shown.chat.id != self.chat:
            return None
        place = Place(
            chat=str(shown.chat.id),
            reference=str(shown.message_id),
            # Of a message that is too old, Telegram tells only where it stands.
            room=topic_of(shown) if isinstance(shown, Message) else None,
            has_rooms=bool(shown.chat.is_forum),
            alone=alone,
        )
        return Pressed(str(update_id), str(press.from_user.id), place, storable(press.data))


def _own_id(message: Message) -> int | None:
    """The line's own id: it is told of what it does in the group itself."""
    return message.bot.id if message.bot is not None else None


def _link(update_id: int, message: Message) -> LinkFollowed | None:
    found = _LINK.fullmatch(message.text or "")
    if found is None or message.from_user is None:
        return None
    return LinkFollowed(str(update_id), str(message.from_user.id), found[1])


def _written(
    update_id: str, message: Message, *, edited: bool
) -> Wrote | Commanded | RoomClosed | None:
    kind, attachment = kind_of(message)
    account = _account(message)
    place = Place(
        chat=str(message.chat.id),
        reference=str(message.message_id),
        room=topic_of(message),
        has_rooms=bool(message.chat.is_forum),
    )
    if message.content_type == ContentType.FORUM_TOPIC_CLOSED:
        return RoomClosed(update_id, account, place)
    if kind is Kind.OTHER and message.content_type not in _UNFIT:
        return None
    text = _text(message, kind, attachment)
    if kind is Kind.TEXT and not edited and (command := _COMMAND.fullmatch(text)):
        name, rest = command[1].lower(), command[2] or ""
        return Commanded(update_id, account, place, name, rest.strip(), answered(message))
    return Wrote(
        update_id=update_id,
        account=account,
        place=place,
        kind=kind,
        text=text,
        medium=kind is not Kind.TEXT,
        reply_to=answered(message),
        edited=edited,
        album=message.media_group_id,
        unfit=_unfit(message, kind),
    )


def _account(message: Message) -> str:
    """Who wrote it; an administrator who is hidden writes as the group."""
    who = message.sender_chat or message.from_user
    return str(who.id) if who is not None else ""


def _text(message: Message, kind: Kind, attachment: dict[str, str]) -> str:
    """The words, or what stands for a place or a contact where these cannot be shown."""
    if kind is Kind.LOCATION:
        point = f"{attachment['latitude']}, {attachment['longitude']}"
        named = (message.venue.title, message.venue.address) if message.venue else ()
        return "\n".join(storable(line) for line in (*named, point))
    if kind is Kind.CONTACT and message.contact is not None:
        given = message.contact
        name = " ".join(filter(None, (given.first_name, given.last_name)))
        return storable(f"{name}\n{given.phone_number}")
    return written_out(message)


def _unfit(message: Message, kind: Kind) -> str | None:
    """Why it is nothing for a contact."""
    if kind is Kind.OTHER:
        return "desk_kind_refused"
    shared, writer = message.contact, message.from_user
    if shared is not None and writer is not None and shared.user_id == writer.id:
        return "desk_own_contact"  # contacts never learn who an operator is
    if len(message.caption or "") > CAPTION_LIMIT:
        return "desk_caption_too_long"
    return None
