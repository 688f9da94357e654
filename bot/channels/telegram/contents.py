"""What a Telegram message holds: its kind, its words, and what it answers."""

from __future__ import annotations

from aiogram.types import Message

from bot.domain.messages import Kind


def kind_of(message: Message) -> tuple[Kind, dict[str, str]]:  # noqa: PLR0911 - a table
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


def words_of(message: Message) -> str:
    """The text or the caption, as it can be stored."""
    return storable(message.text or message.caption or "")


def written_out(message: Message) -> str:
    """The text or the caption with the addresses that its formatting hides behind words."""
    text = (message.text or message.caption or "").encode("utf-16-le", "surrogatepass")
    links = message.entities or message.caption_entities or ()
    # From the last one on, so that the places of those before it stay right.
    for link in sorted(links, key=lambda entity: entity.offset, reverse=True):
        if link.url is not None:
            end = 2 * (link.offset + link.length)
            text = text[:end] + f" ({link.url})".encode("utf-16-le") + text[end:]
    return storable(text.decode("utf-16-le", "surrogatepass"))


def topic_of(message: Message) -> int | None:
    """The topic of a forum in which it stands; a thread of answers in a plain group is none."""
    return message.message_thread_id if message.is_topic_message else None


def answered(message: Message) -> str | None:
    """The id of the message that it answers.

    In a topic, Telegram says of every message that it answers the one that opened the topic.
    """
    other = message.reply_to_message
    if other is None or other.message_id == topic_of(message):
        return None
    return str(other.message_id)


def storable(text: str) -> str:
    """Text as it can be encoded and stored: lone surrogates and NUL become U+FFFD."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
