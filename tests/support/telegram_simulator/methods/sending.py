"""Methods that put messages into chats: texts, media, copies and forwards."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.telegram_simulator.arguments import Call
from tests.support.telegram_simulator.chats import GENERAL_TOPIC, Chat, StoredMessage
from tests.support.telegram_simulator.errors import bad_request
from tests.support.telegram_simulator.files import StoredFile
from tests.support.telegram_simulator.formatting import message_caption, message_text
from tests.support.telegram_simulator.keyboards import read_markup
from tests.support.telegram_simulator.telegram import Telegram
from tests.support.telegram_simulator.wire import JsonObject

UNCOPIED = frozenset(
    {
        "message_id",
        "from",
        "sender_chat",
        "chat",
        "date",
        "edit_date",
        "message_thread_id",
        "is_topic_message",
        "reply_to_message",
        "reply_markup",
        "forward_origin",
        "has_protected_content",
    }
)
CAPTIONED = frozenset({"photo", "voice", "video", "audio", "animation", "document"})
"""Kinds of messages with a caption; a new one given to any other kind is ignored."""
SERVICE_KINDS = ("pinned_message", "forum_topic", "migrate_", "new_chat_members")
ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


@dataclass(frozen=True)
class Place:
    """Where a message is to go."""

    chat: Chat
    thread_id: int | None
    reply_to: StoredMessage | None


def send_message(telegram: Telegram, call: Call) -> JsonObject:
    return _send(telegram, call, lambda: message_text(call)).body


def send_photo(telegram: Telegram, call: Call) -> JsonObject:
    return _send_medium(telegram, call, "photo")


def send_document(telegram: Telegram, call: Call) -> JsonObject:
    return _send_medium(telegram, call, "document")


def send_voice(telegram: Telegram, call: Call) -> JsonObject:
    return _send_medium(telegram, call, "voice")


def send_video(telegram: Telegram, call: Call) -> JsonObject:
    return _send_medium(telegram, call, "video")


def send_sticker(telegram: Telegram, call: Call) -> JsonObject:
    return _send_medium(telegram, call, "sticker")


def send_location(telegram: Telegram, call: Call) -> JsonObject:
    def content() -> JsonObject:
        latitude, longitude = call.number("latitude"), call.number("longitude")
        if latitude is None or longitude is None:
            message = "latitude or longitude is empty"
            raise bad_request(message)
        return {"location": {"latitude": latitude, "longitude": longitude}}

    return _send(telegram, call, content).body


def send_contact(telegram: Telegram, call: Call) -> JsonObject:
    def content() -> JsonObject:
        if not call.text("phone_number"):
            message = "phone number is empty"
            raise bad_request(message)
        if not call.text("first_name"):
            message = "first name is empty"
            raise bad_request(message)
        names = ("phone_number", "first_name", "last_name", "vcard")
        return {"contact": {name: call.text(name) for name in names if call.text(name)}}

    return _send(telegram, call, content).body


def copy_message(telegram: Telegram, call: Call) -> JsonObject:
    source = _source(telegram, call, "copy")

    def content() -> JsonObject:
        copied = {
            name: value
            for name, value in copy.deepcopy(source.body).items()
            if name not in UNCOPIED
        }
        if call.has("caption") and source.kind in CAPTIONED:
            copied.pop("caption", None)
            copied.pop("caption_entities", None)
            copied |= message_caption(call)
        return copied

    return {"message_id": _send(telegram, call, content).message_id}


def forward_message(telegram: Telegram, call: Call) -> JsonObject:
    source = _source(telegram, call, "forward")

    def content() -> JsonObject:
        kept = {
            name: value
            for name, value in copy.deepcopy(source.body).items()
            if name not in UNCOPIED
        }
        return {"forward_origin": _origin(source), **kept}

    return _send(telegram, call, content).body


def send_chat_action(telegram: Telegram, call: Call) -> bool:
    chat = telegram.chat_for(call)
    if call.text("action") not in ACTIONS:
        message = "wrong parameter action in request"
        raise bad_request(message)
    chat.actions.append(call.text("action"))
    telegram.changed.notify()
    return True


def _send(telegram: Telegram, call: Call, content: Callable[[], JsonObject]) -> StoredMessage:
    markup = read_markup(call)
    place = _place(telegram, call)
    made = content()
    telegram.limits.check(place.chat.chat_id, group=not place.chat.private)
    return telegram.post(
        place.chat,
        made,
        author=None,
        thread_id=place.thread_id,
        reply_to=place.reply_to,
        markup=markup,
        protect=call.boolean("protect_content"),
    )


def _place(telegram: Telegram, call: Call) -> Place:
    chat = telegram.chat_for(call)
    thread_id = call.integer("message_thread_id") or None
    if thread_id not in {None, GENERAL_TOPIC}:
        topic = chat.topics.get(thread_id or 0)
        if topic is None or topic.deleted:
            message = "message thread not found"
            raise bad_request(message)
        if topic.closed and chat.bot_status != "administrator":
            message = "TOPIC_CLOSED"
            raise bad_request(message)
    return Place(chat, thread_id, _replied(call, chat))


def _replied(call: Call, chat: Chat) -> StoredMessage | None:
    wanted = call.structure("reply_parameters")
    number = (
        wanted.get("message_id")
        if isinstance(wanted, dict)
        else call.integer("reply_to_message_id")
    )
    if not number:
        return None
    found = chat.alive(int(number))
    lenient = isinstance(wanted, dict) and wanted.get("allow_sending_without_reply")
    if found is None and not lenient and not call.boolean("allow_sending_without_reply"):
        message = "message to be replied not found"
        raise bad_request(message)
    return found


def _send_medium(telegram: Telegram, call: Call, kind: str) -> JsonObject:
    def content() -> JsonObject:
        stored = _medium(telegram, call, kind)
        return stored.as_content() | ({} if kind == "sticker" else message_caption(call))

    return _send(telegram, call, content).body


def _medium(telegram: Telegram, call: Call, kind: str) -> StoredFile:
    upload = call.upload(kind)
    if upload is not None:
        if not upload.data:
            message = "file must be non-empty"
            raise bad_request(message)
        return telegram.files.keep(
            kind, upload.data, name=upload.name, mime_type=upload.content_type
        )
    wanted = call.text(kind)
    if not wanted:
        message = f"there is no {kind} in the request"
        raise bad_request(message)
    if wanted.startswith(("http://", "https://")):
        message = "failed to get HTTP URL content"
        raise bad_request(message)
    stored = telegram.files.by_id.get(wanted)
    if stored is None:
        message = "wrong file identifier/HTTP URL specified"
        raise bad_request(message)
    if stored.kind != kind:
        message = f"can't use file of type {stored.kind.capitalize()} as {kind.capitalize()}"
        raise bad_request(message)
    return stored


def _source(telegram: Telegram, call: Call, purpose: str) -> StoredMessage:
    source = telegram.message_for(call, telegram.chat_for(call, "from_chat_id"), purpose)
    service = source.kind.startswith(SERVICE_KINDS)
    if service or (source.protected and not source.from_bot):
        message = "message can't be copied" if purpose == "copy" else "message can't be forwarded"
        raise bad_request(message)
    return source


def _origin(source: StoredMessage) -> JsonObject:
    if "forward_origin" in source.body:
        return dict(source.body["forward_origin"])
    if "from" in source.body:
        return {"type": "user", "date": source.date, "sender_user": source.body["from"]}
    return {
        "type": "channel",
        "date": source.date,
        "chat": source.body["chat"],
        "message_id": source.message_id,
    }
