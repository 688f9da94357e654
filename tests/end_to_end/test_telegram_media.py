"""What is no text: pictures, voices, places, edits. Each is stored, and each gets an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.domain.messages import Kind
from bot.storage.messages import Message
from tests.support.telegram_line import Scene, payloads, text_of
from tests.support.telegram_simulator.people import SimulatedUser

pytestmark = pytest.mark.asyncio(loop_scope="module")

SENDING: dict[Kind, Callable[[SimulatedUser], Awaitable[object]]] = {
    Kind.PHOTO: lambda user: user.send_photo(),
    Kind.VOICE: lambda user: user.send_voice(),
    Kind.VIDEO: lambda user: user.send_video(),
    Kind.STICKER: lambda user: user.send_sticker(),
    Kind.DOCUMENT: lambda user: user.send_document(),
    Kind.LOCATION: lambda user: user.send_location(),
    Kind.CONTACT: lambda user: user.send_contact(),
}
KEPT = {
    Kind.LOCATION: {"latitude": "11.5564", "longitude": "104.9282"},
    Kind.CONTACT: {"phone_number": "+85512000000"},
}
"""What is stored of a kind, where it is not the id of a file."""
UNUSUAL: dict[str, tuple[Kind, dict[str, Any]]] = {
    "animation": (
        Kind.VIDEO,
        {"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1, "duration": 1},
    ),
    "video_note": (
        Kind.VIDEO,
        {"file_id": "a", "file_unique_id": "a", "length": 1, "duration": 1},
    ),
    "audio": (Kind.VOICE, {"file_id": "a", "file_unique_id": "a", "duration": 1}),
    "dice": (Kind.OTHER, {"emoji": "\U0001f3b2", "value": 3}),
    "venue": (
        Kind.LOCATION,
        {"location": {"latitude": 1, "longitude": 2}, "title": "x", "address": "y"},
    ),
}
"""Contents that the simulator's people cannot send by hand."""


@pytest.mark.parametrize("kind", SENDING)
async def test_a_medium_is_stored_and_answered(telegram: Scene, kind: Kind) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    before = await telegram.count(Message.kind == kind.value)
    replies = await contact.after(SENDING[kind](contact.user))
    assert telegram.phrase("attachment_alone") in text_of(replies)
    assert "/talk_to_human" in payloads(replies)
    assert await telegram.count(Message.kind == kind.value) == before + 1
    stored = (await contact.stored())[-1]
    assert stored.kind is kind
    assert stored.attachment == KEPT.get(kind, stored.attachment)
    assert all(stored.attachment.values())
    assert stored.attachment


@pytest.mark.parametrize("content", UNUSUAL)
async def test_an_unusual_medium_is_stored_and_answered(telegram: Scene, content: str) -> None:
    kind, fields = UNUSUAL[content]
    contact = telegram.contact()
    await contact.write("/start")
    place = {"location": fields["location"]} if content == "venue" else {}
    message = {
        "message_id": 900_001,
        "date": telegram.simulator.clock.date(),
        "chat": contact.user.chat.as_chat(),
        "from": contact.user.person.as_user(),
        content: fields,
        **place,
    }

    async def send() -> None:
        telegram.simulator.telegram.updates.push(
            "message", message, queue=f"chat {contact.user.id}", chat_id=contact.user.id
        )

    replies = await contact.after(send())
    assert text_of(replies)
    assert (await contact.stored())[-1].kind is kind


async def test_a_first_message_that_is_a_picture_is_greeted(telegram: Scene) -> None:
    contact = telegram.contact()
    replies = await contact.after(contact.user.send_photo())
    assert text_of(replies)
    assert any(payload.startswith("/SetSlots(language=") for payload in payloads(replies))


async def test_what_stands_under_a_picture_is_heard(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    replies = await contact.after(
        contact.user.send_photo(caption="where is the embassy of Indonesia?")
    )
    assert "KBRI" in text_of(replies)
    stored = (await contact.stored())[-1]
    assert stored.kind is Kind.PHOTO
    assert stored.attachment
    assert stored.text == "where is the embassy of Indonesia?"


async def test_a_picture_leaves_an_open_question_open(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    await contact.press("/embassy_contact")
    await contact.after(contact.user.send_photo())
    replies = await contact.write("I am from Kenya")
    assert "Embassy of Kenya" in text_of(replies)


async def test_an_edited_message_is_stored_beside_the_first_and_answered_anew(
    telegram: Scene,
) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    sent = await contact.user.send("where is the embassy of Kenya?")
    await telegram.quiet()
    replies = await contact.after(contact.user.edit(sent, "where is the embassy of Indonesia?"))
    assert "KBRI" in text_of(replies)
    first, second = (await contact.stored())[-2:]
    assert (first.text, first.edited) == ("where is the embassy of Kenya?", False)
    assert (second.text, second.edited) == ("where is the embassy of Indonesia?", True)
    assert first.reference == second.reference
