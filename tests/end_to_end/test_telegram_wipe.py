"""Who asks for it is forgotten: on the phone as far as Telegram lets us, and here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import clock, erasure
from tests.support.line import eventually
from tests.support.telegram_line import Contact, Scene, text_of, titles

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _wiped(contact: Contact) -> None:
    """Ask for it, confirm, and wait until it is done."""
    await contact.write("/wipe")
    before = await contact.scene.conversations()
    await contact.press("/SetSlots(confirm_wipe=true)")
    await _gone(contact.scene, before)


async def _gone(scene: Scene, before: int) -> None:
    async def fewer() -> bool:
        return await scene.conversations() == before - 1

    await eventually(fewer, 15, "the conversation is erased")


async def test_a_wipe_is_asked_about_first_and_can_be_declined(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    replies = await contact.write("/wipe")
    assert telegram.phrase("ask_confirm_wipe") in text_of(replies)
    shown = [message.text for message in contact.screen]
    replies = await contact.press("/SetSlots(confirm_wipe=false)")
    assert telegram.phrase("not_wiped") in text_of(replies)
    assert [message.text for message in contact.screen][: len(shown)] == shown
    assert await contact.conversation_id() is not None


async def test_a_wipe_deletes_what_both_sides_wrote_and_leaves_one_neutral_line(
    telegram: Scene,
) -> None:
    contact = telegram.contact()
    for text in ("/start", "where is the embassy of Kenya?"):
        await contact.write(text)
    await contact.after(contact.user.send_photo(caption="my passport"))
    await contact.received(*(f"line {number}" for number in range(120)))
    await _wiped(contact)
    assert [message.text for message in contact.screen] == [telegram.phrase("wiped")]
    assert await contact.conversation_id() is None


async def test_after_a_wipe_a_message_begins_afresh(telegram: Scene) -> None:
    contact = telegram.contact("en")
    await contact.write("/language id")
    await contact.press("/embassy_contact")
    first = await contact.conversation_id()
    await _wiped(contact)
    replies = await contact.write("hello")
    assert telegram.phrase("welcome", "en") in text_of(replies)
    assert "Bahasa Indonesia" in titles(replies)
    assert await contact.conversation_id() not in {None, first}
    assert [message.text for message in await contact.stored()] == ["hello"]


async def test_a_message_during_a_wipe_begins_afresh_and_is_answered(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/wipe")
    before = await telegram.conversations()
    await contact.press("/SetSlots(confirm_wipe=true)")
    replies = await contact.write("/menu")
    assert telegram.phrase("menu") in text_of(replies)

    async def wiped() -> bool:
        return len(contact.screen) == 3 and await telegram.conversations() == before

    await eventually(wiped, 15, "the old conversation is erased, the new one is not")
    assert [message.text for message in contact.screen][1] == "/menu"
    assert len(await contact.stored()) == 1


async def test_a_wipe_is_asked_for_in_words(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    replies = await contact.write("delete this chat and everything you know about me")
    assert telegram.phrase("ask_confirm_wipe") in text_of(replies)


async def test_what_is_older_than_two_days_is_left_to_the_contact(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    old = [message.message_id for message in contact.screen]
    await _later(telegram)
    with clock.moved(timedelta(hours=51)):
        await contact.write("/menu")
        await _wiped(contact)
    assert [message.message_id for message in contact.screen[:-1]] == old
    assert contact.screen[-1].text == telegram.phrase("wiped")
    assert await contact.conversation_id() is None


async def test_at_the_edge_of_two_days_all_that_can_be_deleted_is(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    old = [message.message_id for message in contact.screen]
    # Too old for Telegram, but only hours are stored: here it may still be young enough.
    telegram.simulator.clock.advance(48 * 3600 + 60)
    with clock.moved(timedelta(hours=48, minutes=1)):
        await contact.write("/menu")
        await _wiped(contact)
    assert [message.message_id for message in contact.screen[:-1]] == old


async def test_a_wipe_goes_on_until_telegram_has_deleted(
    telegram: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "PAUSES", (1.0, 1.0))
    contact = telegram.contact()
    await contact.write("/start")
    faults = telegram.simulator.faults
    struck = faults.struck
    faults.fail("deleteMessages", 500, chat_id=contact.user.id)
    await _wiped(contact)
    assert faults.struck == struck + 1
    assert [message.text for message in contact.screen] == [telegram.phrase("wiped")]


async def test_who_blocked_the_line_meanwhile_is_forgotten_too(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/wipe")
    before = await telegram.conversations()
    words = "Forbidden: bot was blocked by the user"
    for method in ("sendMessage", "deleteMessages"):
        telegram.simulator.faults.fail(method, 403, description=words, chat_id=contact.user.id)
    await contact.press("/SetSlots(confirm_wipe=true)")
    await _gone(telegram, before)
    telegram.simulator.faults.clear()


async def _later(telegram: Scene) -> None:
    await telegram.quiet()
    telegram.simulator.clock.advance(timedelta(hours=51).total_seconds())
