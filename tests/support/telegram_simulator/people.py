"""People with Telegram in their hands: what a test lets them do and see."""

import asyncio
import itertools
import time

from tests.support.telegram_simulator.chats import Chat, Person, StoredMessage
from tests.support.telegram_simulator.expecting import Expectations, Predicate
from tests.support.telegram_simulator.methods.forum import bot_as_member
from tests.support.telegram_simulator.telegram import CallbackQuery, Telegram
from tests.support.telegram_simulator.wire import JsonObject

SMALLEST_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
PRESS_NUMBERS = itertools.count(4_382_000_000_000_000_001)


class SimulatedUser:
    """One person: writes, presses and blocks, in the private chat with the bot or in a group."""

    def __init__(self, telegram: Telegram, person: Person) -> None:
        self._telegram = telegram
        self.person = person
        self.chat: Chat = telegram.world.chats[person.user_id]
        self._expectations = Expectations(telegram, self.chat)

    @property
    def id(self) -> int:
        return self.person.user_id

    async def start(self, payload: str = "") -> StoredMessage:
        """Press Start, or follow a deep link."""
        return await self.send(f"/start {payload}".strip())

    async def send(
        self,
        text: str,
        *,
        chat: Chat | None = None,
        topic: int | None = None,
        reply_to: int | None = None,
    ) -> StoredMessage:
        return self._say(self._telegram.text_content(text), chat, topic, reply_to)

    async def send_photo(
        self,
        data: bytes = SMALLEST_JPEG,
        *,
        caption: str = "",
        chat: Chat | None = None,
        topic: int | None = None,
        size: int = 0,
        album: str = "",
    ) -> StoredMessage:
        """Send a photo; those with the same `album` were chosen together."""
        return self._send_file("photo", data, caption, chat, topic, size=size, album=album)

    async def send_voice(
        self,
        data: bytes = b"OggS voice",
        *,
        chat: Chat | None = None,
        topic: int | None = None,
        size: int = 0,
    ) -> StoredMessage:
        return self._send_file("voice", data, "", chat, topic, size=size)

    async def send_video(
        self,
        data: bytes = b"ftyp video",
        *,
        caption: str = "",
        chat: Chat | None = None,
        topic: int | None = None,
    ) -> StoredMessage:
        return self._send_file("video", data, caption, chat, topic)

    async def send_clip(
        self,
        kind: str,
        data: bytes = b"ftyp clip",
        *,
        caption: str = "",
        chat: Chat | None = None,
        topic: int | None = None,
    ) -> StoredMessage:
        """Send an `animation`, an `audio`, or a `video_note`, which has no caption."""
        return self._send_file(kind, data, caption, chat, topic)

    async def send_poll(
        self, question: str = "When?", *, chat: Chat | None = None, topic: int | None = None
    ) -> StoredMessage:
        options = [
            {"persistent_id": str(at), "text": text, "voter_count": 0}
            for at, text in enumerate(("Now", "Later"))
        ]
        poll: JsonObject = {
            "id": "5",
            "question": question,
            "options": options,
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
        return self._say({"poll": poll}, chat, topic)

    async def send_sticker(
        self, data: bytes = b"RIFF sticker", *, chat: Chat | None = None, topic: int | None = None
    ) -> StoredMessage:
        return self._send_file("sticker", data, "", chat, topic)

    async def send_document(
        self,
        data: bytes = b"%PDF document",
        *,
        name: str = "contract.pdf",
        caption: str = "",
        chat: Chat | None = None,
        topic: int | None = None,
        size: int = 0,
    ) -> StoredMessage:
        return self._send_file("document", data, caption, chat, topic, name=name, size=size)

    async def send_location(
        self,
        latitude: float = 11.5564,
        longitude: float = 104.9282,
        *,
        chat: Chat | None = None,
        topic: int | None = None,
    ) -> StoredMessage:
        return self._say({"location": {"latitude": latitude, "longitude": longitude}}, chat, topic)

    async def send_contact(
        self,
        phone_number: str = "+85512000000",
        first_name: str = "Friend",
        *,
        user_id: int | None = None,
        chat: Chat | None = None,
        topic: int | None = None,
    ) -> StoredMessage:
        contact: JsonObject = {"phone_number": phone_number, "first_name": first_name}
        if user_id is not None:
            contact["user_id"] = user_id
        return self._say({"contact": contact}, chat, topic)

    async def edit(
        self, message: StoredMessage | int, text: str, *, chat: Chat | None = None
    ) -> StoredMessage:
        """Change the text or the caption of an own message."""
        place = chat or self.chat
        stored = self._own(message, place)
        stored.earlier_texts.append(stored.text)
        stored.body.pop("entities", None)
        content = self._telegram.text_content(text) if stored.kind == "text" else {"caption": text}
        stored.body |= {**content, "edit_date": self._telegram.clock.date()}
        stored.version += 1
        self._telegram.announce(place, stored, edited=True)
        self._telegram.changed.notify()
        return stored

    async def delete(self, message: StoredMessage | int, *, chat: Chat | None = None) -> None:
        """Delete an own message; bots are never told."""
        self._own(message, chat or self.chat).deleted = True
        self._telegram.changed.notify()

    async def press(
        self, message: StoredMessage | int, button: str | int, *, chat: Chat | None = None
    ) -> CallbackQuery:
        """Press a button by its data, its label (or a part), or its number from 1."""
        place = chat or self.chat
        number = message if isinstance(message, int) else message.message_id
        stored = place.store[number]
        found = stored.find_button(button)
        if found.data is None:
            failure = f"{found.text!r} opens a link and tells the bot nothing"
            raise LookupError(failure)
        return self._press(place, stored, found.data)

    async def press_stale(
        self, message: StoredMessage | int, data: str, *, chat: Chat | None = None
    ) -> CallbackQuery:
        """Press a button that the message no longer has, as an old client may."""
        place = chat or self.chat
        number = message if isinstance(message, int) else message.message_id
        return self._press(place, place.store[number], data)

    async def react(
        self, message: StoredMessage | int, emoji: str, *, chat: Chat | None = None
    ) -> None:
        """Put a reaction; the bot hears of it only if it asked for such updates."""
        place = chat or self.chat
        number = message if isinstance(message, int) else message.message_id
        update = {
            "chat": place.as_chat(),
            "message_id": number,
            "user": self.person.as_user(),
            "date": self._telegram.clock.date(),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}],
        }
        queue = f"reaction {place.chat_id}"
        self._telegram.updates.push("message_reaction", update, queue=queue, chat_id=place.chat_id)

    async def block(self) -> None:
        """Stop and block the bot."""
        self._set_blocked(blocked=True)

    async def unblock(self) -> None:
        self._set_blocked(blocked=False)

    async def expect(self, wanted: str | Predicate = "", *, timeout: float = 5.0) -> StoredMessage:  # noqa: ASYNC109  # how a test says it
        """Wait for a message that contains this text or fits this predicate; each answers once."""
        return await self._expectations.expect(wanted, timeout=timeout)

    async def expect_silence(self, seconds: float = 0.2) -> None:
        await self._expectations.expect_silence(seconds)

    async def expect_answer(self, query: CallbackQuery, *, timeout: float = 5.0) -> CallbackQuery:  # noqa: ASYNC109  # how a test says it
        """Wait until the bot has answered a press."""
        until = time.monotonic() + timeout
        while not query.answered:
            if not await self._telegram.changed.wait(until - time.monotonic()):
                failure = f"the press of {query.data!r} was not answered within {timeout} s"
                raise AssertionError(failure)
        return query

    async def flood(self, count: int, text: str = "flood") -> None:
        """Write very often at once."""
        for number in range(count):
            await self.send(f"{text} {number}")
            await asyncio.sleep(0)

    def _say(
        self, content: JsonObject, chat: Chat | None, topic: int | None, reply_to: int | None = None
    ) -> StoredMessage:
        place = chat or self.chat
        self._enter(place)
        message = self._telegram.post(
            place,
            content,
            author=self.person,
            thread_id=topic,
            reply_to=place.alive(reply_to) if reply_to else None,
        )
        self._telegram.announce(place, message)
        return message

    def _send_file(
        self,
        kind: str,
        data: bytes,
        caption: str,
        chat: Chat | None,
        topic: int | None,
        *,
        name: str = "",
        size: int = 0,
        album: str = "",
    ) -> StoredMessage:
        stored = self._telegram.files.keep(
            kind, data, name=name, mime_type=_mime_type(name), size=size
        )
        content = stored.as_content() | ({"media_group_id": album} if album else {})
        return self._say({**content, "caption": caption} if caption else content, chat, topic)

    def _enter(self, place: Chat) -> None:
        if place is self.chat:
            if self.person.blocked_bot:
                failure = "who blocked the bot must unblock it before writing"
                raise RuntimeError(failure)
            self.person.started = True
        elif place.members.get(self.id, "left") in {"left", "kicked"}:
            failure = f"{self.person.first_name} is no member of {place.title}"
            raise RuntimeError(failure)

    def _own(self, message: StoredMessage | int, place: Chat) -> StoredMessage:
        stored = place.store[message if isinstance(message, int) else message.message_id]
        if stored.author_id != self.id:
            failure = "only own messages can be changed"
            raise RuntimeError(failure)
        return stored

    def _press(self, place: Chat, stored: StoredMessage, data: str) -> CallbackQuery:
        query = CallbackQuery(
            query_id=str(next(PRESS_NUMBERS)),
            data=data,
            person_id=self.id,
            chat_id=place.chat_id,
            message_id=stored.message_id,
            pressed_at=self._telegram.clock.now(),
        )
        self._telegram.queries[query.query_id] = query
        gone = {"chat": place.as_chat(), "message_id": stored.message_id, "date": 0}
        update = {
            "id": query.query_id,
            "from": self.person.as_user(),
            "message": gone if stored.deleted else stored.body,
            "chat_instance": str(place.chat_id * 7919),
            "data": data,
        }
        self._telegram.updates.push(
            "callback_query", update, queue=f"press {self.id}", chat_id=place.chat_id
        )
        return query

    def _set_blocked(self, *, blocked: bool) -> None:
        if self.person.blocked_bot is blocked:
            return
        self.person.blocked_bot = blocked
        before, after = ("member", "kicked") if blocked else ("kicked", "member")
        self._telegram.tell_membership(
            self.chat,
            self.person.as_user(),
            bot_as_member(self._telegram, before),
            bot_as_member(self._telegram, after),
        )


def _mime_type(name: str) -> str:
    return "application/pdf" if name.endswith(".pdf") else "application/octet-stream"
