"""Talking with the line on Telegram: commands, buttons, free text, and who is not answered."""

from __future__ import annotations

import re

import pytest

from bot.domain.messages import Button, OutboundMessage
from bot.storage import missed
from bot.storage.missed import Reason
from tests.support.telegram_line import Scene, payloads, text_of, titles
from tests.support.telegram_simulator.groups import SimulatedChannel, SimulatedGroup

pytestmark = pytest.mark.asyncio(loop_scope="module")

REVEALING = re.compile(
    r"\b(traffick|scam|compound|victim|police|rescue|escape|korban|perdagangan|polisi|kabur)",
    re.IGNORECASE,
)
"""What whoever looks over a shoulder must not read in a first answer."""
HOSTILE = '<b>bold</b> & "quotes" <script>alert(1)</script> &lt; **stars** <a href="x">'

SCRIPTS = (
    "မြန်မာ ကူညီပါ",
    "मेरो पासपोर्ट छैन",
    "我没有护照",
    "مرحبا",
    "\U0001f198" * 30,
    "No help. " * 455,
)


@pytest.mark.parametrize("language", ["en", "id", "ne", "tl", "de", None])
async def test_start_greets_neutrally_and_offers_the_languages(
    telegram: Scene, language: str | None
) -> None:
    replies = await telegram.contact(language).write("/start")
    spoken = {"id": "id", "ne": "ne", "tl": "fil"}.get(language or "", "en")
    assert telegram.phrase("welcome", spoken) in text_of(replies)
    assert {"English", "Bahasa Indonesia"} <= set(titles(replies))
    assert not REVEALING.search(text_of(replies))
    assert not REVEALING.search(" ".join(titles(replies)))


@pytest.mark.parametrize(
    ("command", "phrase"),
    [
        ("/help", "menu"),
        ("/menu", "menu"),
        ("/MENU", "menu"),
        ("/menu@helpline_test_bot", "menu"),
        ("/language", "ask_language"),
        ("/cancel", "cancelled"),
        ("/nonsense", "cannot_handle"),
        ("/", "cannot_handle"),
    ],
)
async def test_every_command_is_answered(telegram: Scene, command: str, phrase: str) -> None:
    replies = await telegram.contact().write(command)
    assert telegram.phrase(phrase) in text_of(replies)


async def test_the_command_human_calls_one_and_says_the_truth_when_nobody_is_there(
    telegram: Scene,
) -> None:
    replies = await telegram.contact().write("/human")
    assert "nobody of our team is on this line now" in text_of(replies)
    assert telegram.phrase("human_called") not in text_of(replies)


async def test_who_is_in_danger_is_told_the_truth_when_nobody_is_there(telegram: Scene) -> None:
    replies = await telegram.contact().write("they locked us in and will beat me tonight, help")
    assert "nobody of our team is on this line now" in text_of(replies)
    assert telegram.phrase("ask_can_write") not in text_of(replies)
    assert telegram.phrase("human_called") not in text_of(replies)


async def test_an_answer_that_did_not_help_says_so_with_its_last_button_but_one(
    telegram: Scene,
) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    replies = await contact.write("how much is the fine when my visa has expired")
    assert payloads(replies)[-2:] == ["/SetSlots(unhelpful=visa_overstay)", "/talk_to_human"]
    replies = await contact.press("/SetSlots(unhelpful=visa_overstay)")
    assert telegram.phrase("did_not_help_alone") in text_of(replies)
    async with telegram.line.runtime.database.transaction() as session:
        (row,) = [row for row in await missed.to_read(session) if row.topic == "visa_overstay"]
    assert row.reason == Reason.DID_NOT_HELP.value


async def test_the_command_privacy_says_what_is_kept(telegram: Scene) -> None:
    replies = await telegram.contact().write("/privacy")
    assert "stored encrypted" in text_of(replies)
    assert "/delete_data" in payloads(replies)


async def test_a_flow_is_left_by_the_command_cancel(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    asked = text_of(await contact.press("/embassy_contact"))
    assert asked in text_of(await contact.write("thank you"))
    await contact.write("/cancel")
    assert asked not in text_of(await contact.write("thank you"))


async def test_a_language_is_chosen_by_its_button(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    replies = await contact.press("Bahasa Indonesia")
    assert telegram.phrase("language_changed", "id") in text_of(replies)
    replies = await contact.write("/menu")
    assert telegram.phrase("menu", "id") in text_of(replies)


@pytest.mark.parametrize(
    "command",
    [
        "/language id",
        "/language  id ",
        "/language ID",
    ],
)
async def test_a_language_is_chosen_by_a_command(telegram: Scene, command: str) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    replies = await contact.write(command)
    assert telegram.phrase("language_changed", "id") in text_of(replies)


async def test_a_chosen_language_stays_whatever_is_written(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/language id")
    replies = await contact.write("how much is the overstay fine?")
    assert telegram.phrase("button_human", "id") in titles(replies)


async def test_the_name_of_a_country_does_not_change_the_language(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("where is my embassy?")
    replies = await contact.write("Kenya")
    assert telegram.phrase("button_human", "en") in titles(replies)


async def test_a_language_that_is_not_offered_brings_the_picker(telegram: Scene) -> None:
    replies = await telegram.contact().write("/language xx")
    assert telegram.phrase("ask_language") in text_of(replies)
    assert "Bahasa Indonesia" in titles(replies)


async def test_an_open_question_takes_a_button_as_well_as_words(telegram: Scene) -> None:
    by_button, by_words = telegram.contact(), telegram.contact()
    for contact in (by_button, by_words):
        await contact.write("/start")
        asked = await contact.press("/embassy_contact")
        assert telegram.phrase("ask_nationality") in text_of(asked)
    pressed = await by_button.press(telegram.phrase("country_ke"))
    written = await by_words.write("I am from Kenya")
    assert "Embassy of Kenya" in text_of(pressed)
    assert text_of(written) == text_of(pressed)


async def test_free_text_is_heard_while_buttons_are_shown(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/menu")
    replies = await contact.write("where is the embassy of Indonesia?")
    assert "KBRI" in text_of(replies)


async def test_old_buttons_still_work(telegram: Scene) -> None:
    contact = telegram.contact()
    menu = (await contact.write("/menu"))[-1]
    for text in ("thank you", "where is the embassy of Kenya?"):
        await contact.write(text)
    replies = await contact.after(contact.user.press(menu, "/embassy_contact"))
    assert text_of(replies)
    assert telegram.phrase("old_button") not in text_of(replies)


@pytest.mark.parametrize("payload", ["/nonsense", "x", "/SetSlots(mission_count=4)", "\U0001f600"])
async def test_a_button_that_means_nothing_any_more_is_owned_up_to(
    telegram: Scene, payload: str
) -> None:
    contact = telegram.contact()
    menu = (await contact.write("/menu"))[-1]
    replies = await contact.after(contact.user.press_stale(menu, payload))
    assert telegram.phrase("old_button") in text_of(replies)


async def test_a_button_under_a_message_that_is_gone_is_answered(telegram: Scene) -> None:
    contact = telegram.contact()
    menu = (await contact.write("/menu"))[-1]
    menu.deleted = True
    replies = await contact.after(contact.user.press_stale(menu, "/privacy_question"))
    assert "stored encrypted" in text_of(replies)


async def test_the_spinner_of_a_press_stops(telegram: Scene) -> None:
    contact = telegram.contact()
    menu = (await contact.write("/menu"))[-1]
    press = await contact.user.press(menu, "/privacy_question")
    assert (await contact.user.expect_answer(press)).answered
    await telegram.quiet()


async def test_every_turn_ends_with_a_button_to_a_human_unless_one_was_called(
    telegram: Scene,
) -> None:
    contact = telegram.contact()
    for text in (
        *("/start", "/menu", "hello", "where is the embassy of Kenya?", "asdf qwer", "/cancel"),
        *("how do I leave without a passport?", "yes", "thank you", "/nonsense", "/language"),
    ):
        replies = await contact.write(text)
        assert "/talk_to_human" in payloads(replies[-1:]), text
    assert await telegram.turns_that_leave_alone() == []


async def test_no_message_can_be_forwarded_or_saved(telegram: Scene) -> None:
    contact = telegram.contact()
    for text in ("/start", "where is the embassy of Kenya?", "/privacy", "they will kill me now"):
        assert all(message.protected for message in await contact.write(text))
    assert telegram.unprotected() == []


async def test_what_people_and_editors_write_is_never_read_as_html(telegram: Scene) -> None:
    contact = telegram.contact(first_name="<b>Ann & 'Bo'</b>", last_name='"<i>')
    await contact.write(HOSTILE)
    await contact.write(f"/language {HOSTILE}")
    await contact.receive(OutboundMessage(HOSTILE, ((Button(HOSTILE, "/menu"),),)))
    await telegram.quiet()
    shown = contact.screen[-1]
    assert shown.text == HOSTILE.replace("**", "")
    assert [button.text for button in shown.buttons] == [HOSTILE]
    assert {entity["type"] for entity in shown.body["entities"]} - {"bot_command"} == {"bold"}
    assert telegram.simulator.violations == []


async def test_texts_in_every_script_arrive_whole(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    for text in SCRIPTS:
        assert await contact.write(text)
    written = [message.text for message in await contact.stored()]
    assert written[1:] == list(SCRIPTS)


@pytest.mark.parametrize("kind", ["group", "supergroup", "forum", "channel"])
async def test_nobody_is_answered_elsewhere_than_in_a_private_chat(
    telegram: Scene, kind: str
) -> None:
    simulator = telegram.simulator
    member = simulator.user()
    place: SimulatedGroup
    if kind == "channel":
        place = channel = simulator.channel()
        assert isinstance(channel, SimulatedChannel)
        await channel.post(member, "/start")
    else:
        place = {
            "group": simulator.group,
            "supergroup": simulator.supergroup,
            "forum": simulator.forum,
        }[kind](members=[member])
        before = await telegram.count()
        message = await place.send(member, "/start@helpline_test_bot")
        await place.send(member, "@helpline_test_bot they will kill me, help")
        await member.send_photo(chat=place.chat)
        await member.edit(message, "/human@helpline_test_bot", chat=place.chat)
        await member.press_stale(message, "/talk_to_human", chat=place.chat)
        await place.set_bot_status(member, "kicked")
        await telegram.quiet()
        assert await telegram.count() == before
    await telegram.quiet()
    await place.expect_silence(0.05)
    assert [call.method for call in simulator.ledger.calls() if call.chat_id == place.id] == []
