"""The operators' group on Telegram: a topic for each case, or all of them in one group."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from aiogram.enums import ParseMode
from aiogram.types import LinkPreviewOptions, ReactionTypeEmoji, ReplyParameters

from bot import logs
from bot.channels.telegram.calls import Reason, RefusedError, obeyed
from bot.channels.telegram.desk_group import Group, delete_all
from bot.channels.telegram.desk_text import pieces
from bot.channels.telegram.markup import keyboard
from bot.channels.telegram.pace import Pace
from bot.domain.channel import Failure, SendError
from bot.handoff.desk import Copied, Entry, RoomGone

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.types import Message

log = logs.get()

DELIVERED, FAILED = "👌", "👎"
"""Two of the reactions that the Bot API lets bots use; told apart by shape, not by colour."""
ROOMLESS_FOR = 60.0
"""Seconds for which a group without topics is not asked for one again."""
TITLES_KEPT = 5000

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_Make: TypeAlias = Callable[[int, ReplyParameters | None], Awaitable[int]]
"""Makes a message in a chat, as an answer to another one or not; its id."""


class TelegramDesk:
    """Implements `handoff.desk.Desk`: numbers of rooms are topics', ids are those of messages.

    `pace` is the sender's, so that both together keep to what Telegram takes from a bot.
    """

    def __init__(self, bot: Bot, chat_id: int, pace: Pace | None = None) -> None:
        self._bot = bot
        self._pace = pace or Pace()
        self._group = Group(chat_id, self._pace)
        self._titles: OrderedDict[int, str] = OrderedDict()
        self._unpinned: set[str] = set()
        self._roomless_until = 0.0

    async def open_room(self, title: str, *, urgent: bool) -> int | None:
        """Open a topic; None in a group without topics, or in which we may not make any."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._roomless_until:
            return None
        try:
            topic = await self._group.message(
                lambda chat: self._bot.create_forum_topic(chat_id=chat, name=title),
                urgent=urgent,
                begun=False,
            )
        except RefusedError as error:
            # A case without a room of its own is better than none.
            log.warning("desk_has_no_rooms", cause=error.cause)
            self._roomless_until = loop.time() + ROOMLESS_FOR
            return None
        self._keep_title(topic.message_thread_id, title)
        return topic.message_thread_id

    async def rename_room(self, room: int, title: str) -> None:
        """Give a topic another name; one that it has from us is not given again."""
        if self._titles.get(room) == title:
            return
        await self._group.topic(
            lambda chat: self._bot.edit_forum_topic(
                chat_id=chat, message_thread_id=room, name=title
            ),
        )
        self._keep_title(room, title)

    async def close_room(self, room: int) -> None:
        """Close a topic: only administrators write in it."""
        await self._group.topic(
            lambda chat: self._bot.close_forum_topic(chat_id=chat, message_thread_id=room),
        )

    async def reopen_room(self, room: int) -> None:
        """Open a closed topic again, also one that a person has closed."""
        # Nearly always it is open, and nothing is made for which one would have to wait.
        await self._group.topic(
            lambda chat: self._bot.reopen_forum_topic(chat_id=chat, message_thread_id=room),
            waits=False,
        )

    async def delete_room(self, room: int) -> None:
        """Delete a topic with all its messages."""
        self._titles.pop(room, None)
        try:
            await self._group.act(
                lambda chat: self._bot.delete_forum_topic(chat_id=chat, message_thread_id=room)
            )
        except RefusedError as error:
            if error.reason is not Reason.TOPIC_GONE:
                raise

    async def put_card(
        self, room: int | None, card: str | None, entry: Entry, *, urgent: bool
    ) -> str:
        """Show the card of a case, pinned in its topic; its id. One that was deleted comes anew."""
        if card is not None and await self._edit(card, entry, urgent=urgent):
            if room is not None and card in self._unpinned:
                await self._pin(card)
            return card
        new = await self._say(room, pieces(entry)[0], entry, urgent=urgent)
        if room is not None:
            await self._pin(new)
        return new

    async def post(self, room: int | None, entry: Entry, *, urgent: bool) -> tuple[str, ...]:
        """Show an entry in a topic, or in the group; the ids of its messages."""
        made: list[str] = []
        for text, frame in _framed(entry):
            made.append(await self._say(room, text, frame, urgent=urgent))
        if entry.copied is not None:
            frame = Entry() if made else entry
            made.append(await self._copy(room, entry.copied, frame, urgent=urgent))
        return tuple(made)

    async def direct(self, account: str, entry: Entry) -> tuple[str, ...]:
        """Write to an operator; who blocked us is BLOCKED, as a contact would be."""
        chat = int(account)
        made: list[str] = []
        for text, frame in _framed(entry):
            await self._pace.wait(chat)
            sent = await obeyed(self._pace, chat, self._send(chat, text, frame))
            made.append(str(sent.message_id))
        return tuple(made)

    async def take_back_direct(self, account: str, references: tuple[str, ...]) -> None:
        """Delete what was written to an operator, as far as it is younger than 48 hours."""
        chat = int(account)

        async def delete(ids: list[int]) -> None:
            await self._pace.wait_for_all()
            await obeyed(self._pace, chat, self._bot.delete_messages(chat_id=chat, message_ids=ids))

        await delete_all(references, delete)

    async def revise(self, reference: str, entry: Entry) -> None:
        """Change the text of what was posted; REFUSED when it is gone, or no text."""
        if not await self._edit(reference, entry, urgent=False):
            raise RefusedError("MessageGone", Reason.MESSAGE_GONE)

    async def mark(self, reference: str, *, delivered: bool) -> None:
        """React to an operator's message; one that they deleted is left alone."""
        emoji = ReactionTypeEmoji(emoji=DELIVERED if delivered else FAILED)
        try:
            await self._group.act(
                lambda chat: self._bot.set_message_reaction(
                    chat_id=chat, message_id=int(reference), reaction=[emoji]
                ),
                follows=False,
            )
        except RefusedError as error:
            if error.reason not in {Reason.MESSAGE_GONE, Reason.UNCHANGED}:
                raise

    async def delete(self, references: tuple[str, ...]) -> int:
        """Delete messages of the group, also people's; how many Telegram does not let us."""

        async def delete(ids: list[int]) -> None:
            await self._group.act(
                lambda chat: self._bot.delete_messages(chat_id=chat, message_ids=ids),
                follows=False,
            )

        return await delete_all(references, delete)

    async def _say(self, room: int | None, text: str, frame: Entry, *, urgent: bool) -> str:
        """Put one text, as HTML, into a topic or the group; its id."""

        async def say(chat: int, reply: ReplyParameters | None) -> int:
            return (await self._send(chat, text, frame, room, reply)).message_id

        return await self._put(room, say, frame, urgent=urgent)

    async def _copy(self, room: int | None, copied: Copied, frame: Entry, *, urgent: bool) -> str:
        """Put a copy of another chat's message into a topic or the group; its id."""

        async def copy(chat: int, reply: ReplyParameters | None) -> int:
            made = await self._bot.copy_message(
                chat_id=chat,
                from_chat_id=int(copied.chat),
                message_id=int(copied.reference),
                message_thread_id=room,
                reply_parameters=reply,
                reply_markup=keyboard(frame.buttons),
                disable_notification=frame.silent,
                protect_content=True,
            )
            return made.message_id

        return await self._put(room, copy, frame, urgent=urgent)

    async def _put(self, room: int | None, make: _Make, frame: Entry, *, urgent: bool) -> str:
        """Make a message, whatever became of its topic and of the message that it answers."""
        reply_to, reopened = frame.reply_to, False
        while True:
            reply = _reply(reply_to)
            try:
                made = await self._group.message(
                    lambda chat: make(chat, reply),  # noqa: B023 - awaited at once
                    urgent=urgent,
                    begun=not frame.can_wait,
                )
            except RefusedError as error:
                if error.reason is Reason.MESSAGE_GONE and reply_to is not None:
                    reply_to = None
                elif error.reason is Reason.TOPIC_CLOSED and not reopened:
                    await self._open_or_give_up(room)
                    reopened = True
                elif error.reason in {Reason.TOPIC_GONE, Reason.TOPIC_CLOSED} and room is not None:
                    raise RoomGone from None
                else:
                    raise
            else:
                return str(made)

    async def _open_or_give_up(self, room: int | None) -> None:
        """Reopen a topic that is closed to us; one that stays so is as good as gone."""
        if room is None:  # an administrator has closed the general topic, and has to open it
            raise SendError(Failure.UNAUTHORIZED, "GeneralTopicClosed")
        try:
            await self.reopen_room(room)
        except RefusedError:
            raise RoomGone from None

    async def _edit(self, reference: str, entry: Entry, *, urgent: bool) -> bool:
        """Change a text; False when it is gone."""
        text = pieces(entry)[0]
        try:
            await self._group.message(
                lambda chat: self._bot.edit_message_text(
                    text=text,
                    chat_id=chat,
                    message_id=int(reference),
                    parse_mode=ParseMode.HTML,
                    link_preview_options=_NO_PREVIEW,
                    reply_markup=keyboard(entry.buttons),
                ),
                urgent=urgent,
                follows=False,
            )
        except RefusedError as error:
            if error.reason is Reason.MESSAGE_GONE:
                return False
            if error.reason is not Reason.UNCHANGED:
                raise
        return True

    async def _pin(self, card: str) -> None:
        """Pin a card. Where that fails it stands all the same, and is pinned the next time."""
        try:
            await self._group.message(
                lambda chat: self._bot.pin_chat_message(
                    chat_id=chat, message_id=int(card), disable_notification=True
                ),
                urgent=False,
            )
        except SendError as error:
            log.warning("card_not_pinned", failure=error.failure.value, cause=error.cause)
            self._unpinned.add(card)
        else:
            self._unpinned.discard(card)

    def _send(
        self,
        chat: int,
        text: str,
        frame: Entry,
        room: int | None = None,
        reply: ReplyParameters | None = None,
    ) -> Awaitable[Message]:
        return self._bot.send_message(
            chat_id=chat,
            text=text,
            message_thread_id=room,
            parse_mode=ParseMode.HTML,
            reply_parameters=reply,
            reply_markup=keyboard(frame.buttons),
            link_preview_options=_NO_PREVIEW,
            disable_notification=frame.silent,
            protect_content=True,
        )

    def _keep_title(self, room: int, title: str) -> None:
        self._titles[room] = title
        self._titles.move_to_end(room)
        while len(self._titles) > TITLES_KEPT:
            self._titles.popitem(last=False)


def _framed(entry: Entry) -> list[tuple[str, Entry]]:
    """An entry's texts as HTML, each with its frame: one sound, one answer, one keyboard."""
    texts = pieces(entry)
    return [
        (
            text,
            Entry(
                buttons=entry.buttons if at == len(texts) - 1 else (),
                reply_to=entry.reply_to if at == 0 else None,
                silent=entry.silent or at > 0,
                can_wait=entry.can_wait,
            ),
        )
        for at, text in enumerate(texts)
    ]


def _reply(reference: str | None) -> ReplyParameters | None:
    if reference is None:
        return None
    return ReplyParameters(message_id=int(reference), allow_sending_without_reply=True)
