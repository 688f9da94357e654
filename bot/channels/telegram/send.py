"""Hop 10: a message becomes a Bot API call; the API's errors become the closed table."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.types import LinkPreviewOptions, Message, MessageId, ReplyParameters
from aiogram.utils.token import TokenValidationError

from bot.channels.telegram.calls import Reason, RefusedError, obeyed
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
_NO_CAPTION = " "
"""Nothing, once Telegram has trimmed it. An empty caption would not be sent at all (aiogram leaves
out what is empty), and copying then keeps the caption that stands at the desk, notes included."""


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
    """Sends to contacts on Telegram. Theirs are private chats, which never move."""

    name = "telegram"
    text_limit = TEXT_LIMIT

    def __init__(self, bot: Bot, pace: Pace | None = None) -> None:
        self._bot = bot
        self._pace = pace or Pace()

    async def ready(self, address: Address) -> None:
        """Wait until one more call for a contact's chat may be made."""
        await self._pace.wait(int(address.value))

    async def send(
        self, address: Address, message: OutboundMessage, reply_to: str | None = None
    ) -> SendResult:
        """Send one message at once, `ready` has waited for it; its id.

        Raises:
            SendError: Telegram did not take it.
        """
        chat = int(address.value)
        # The contact may have deleted what is answered, and gets the answer all the same.
        reply = (
            ReplyParameters(message_id=int(reply_to), allow_sending_without_reply=True)
            if reply_to is not None
            else None
        )
        sent: Message | MessageId
        if message.copied is None:
            sent = await obeyed(self._pace, chat, self._say(chat, message, reply))
        else:
            sent = await obeyed(self._pace, chat, self._copy(chat, message, message.copied, reply))
        return SendResult((str(sent.message_id),))

    async def _say(
        self, chat: int, message: OutboundMessage, reply: ReplyParameters | None
    ) -> Message:
        text, mode = _worded(message)
        return await self._bot.send_message(
            chat_id=chat,
            text=text,
            parse_mode=mode,
            reply_markup=keyboard(message.buttons),
            link_preview_options=_NO_PREVIEW,
            protect_content=True,
            reply_parameters=reply,
        )

    async def _copy(
        self,
        chat: int,
        message: OutboundMessage,
        copied: tuple[str, str],
        reply: ReplyParameters | None,
    ) -> MessageId:
        caption, mode = _worded(message)
        source, reference = copied
        return await self._bot.copy_message(
            chat_id=chat,
            from_chat_id=int(source),
            message_id=int(reference),
            caption=caption or _NO_CAPTION,
            parse_mode=mode,
            reply_markup=keyboard(message.buttons),
            protect_content=True,
            reply_parameters=reply,
        )

    async def edit(self, address: Address, reference: str, message: OutboundMessage) -> bool:
        """Change the text, or the caption, of a message at once; the contact sees it.

        Raises:
            SendError: Telegram did not change it.
        """
        chat = int(address.value)
        text, mode = _worded(message)
        try:
            if message.copied is None:
                await obeyed(
                    self._pace,
                    chat,
                    self._bot.edit_message_text(
                        text=text,
                        chat_id=chat,
                        message_id=int(reference),
                        parse_mode=mode,
                        reply_markup=keyboard(message.buttons),
                        link_preview_options=_NO_PREVIEW,
                    ),
                )
            else:
                await obeyed(
                    self._pace,
                    chat,
                    self._bot.edit_message_caption(
                        chat_id=chat,
                        message_id=int(reference),
                        caption=text or _NO_CAPTION,
                        parse_mode=mode,
                        reply_markup=keyboard(message.buttons),
                    ),
                )
        except RefusedError as error:
            if error.reason is not Reason.UNCHANGED:
                raise
        return True

    async def delete(self, address: Address, references: Sequence[str]) -> int:
        """Delete messages of a private chat on both sides; how many Telegram was asked for.

        Telegram deletes what is younger than 48 hours, skips the rest and says yes all the
        same, so the number is a bound and not a proof (threats.md, 1.9).

        Raises:
            SendError: Telegram could not be asked.
        """
        chat = int(address.value)
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
            await obeyed(self._pace, chat, self._bot.delete_messages(chat_id=chat, message_ids=ids))
        except SendError as error:
            if error.failure is Failure.REFUSED:
                return False
            raise
        return True


def _worded(message: OutboundMessage) -> tuple[str, ParseMode | None]:
    """A message's text and how Telegram is to read it: a person's as it was written."""
    if message.literal:
        return message.text, None
    return to_html(message.text), ParseMode.HTML
