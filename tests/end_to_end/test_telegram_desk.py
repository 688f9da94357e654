"""Operators are called to a group: at once, with what was written, and without who wrote it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.support.parts import private_directory
from tests.support.telegram_line import (
    Scene,
    connected,
    fresh_database,
    hurry,
    payloads,
    text_of,
)
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.groups import SimulatedGroup
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.simulator import TelegramSimulator

pytestmark = pytest.mark.asyncio(loop_scope="module")

CRITICAL = "they locked us in and will beat me tonight, help"


@dataclass
class Desk:
    """A line whose operators sit in a group."""

    scene: Scene
    group: SimulatedGroup
    operator: SimulatedUser


@asynccontextmanager
async def _desk(postgres: str, template: str, kind: str) -> AsyncIterator[Desk]:
    with (
        private_directory() as directory,
        fresh_database(postgres, template) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        hurry(patch)
        async with TelegramSimulator() as simulator:
            operator = simulator.user(first_name="Operator")
            make = {
                "forum": simulator.forum,
                "supergroup": simulator.supergroup,
                "group": simulator.group,
            }[kind]
            group = make(members=[operator])
            async with connected(simulator, directory, url, telegram_desk=group.id) as scene:
                yield Desk(scene, group, operator)
                await scene.check()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(postgres: str, template: str) -> AsyncIterator[Desk]:
    async with _desk(postgres, template, "forum") as found:
        yield found


@pytest.mark.parametrize("kind", ["supergroup", "group"])
async def test_a_page_comes_to_a_desk_of_every_kind(
    postgres: str, template: str, kind: str
) -> None:
    async with _desk(postgres, template, kind) as desk:
        await desk.scene.contact().write(CRITICAL)
        await desk.group.expect(CRITICAL)


async def test_a_critical_message_calls_operators_with_its_text_and_without_its_writer(
    desk: Desk,
) -> None:
    contact = desk.scene.contact(first_name="Siti", last_name="Rahayu", username="siti_r")
    replies = await contact.write(CRITICAL)
    page = await desk.group.expect(CRITICAL)
    seen = str(page.body)
    assert "critical" in page.text
    for secret in ("Siti", "Rahayu", "siti_r", str(contact.user.id)):
        assert secret not in seen
    assert "forward_origin" not in page.body
    assert page.protected
    assert "nobody of our team" not in text_of(replies)
    assert desk.scene.phrase("ask_can_write") in text_of(replies)


def _calls(desk: Desk) -> list[StoredMessage]:
    """What calls operators: it shows the message, and buttons."""
    said = desk.group.chat.from_bot
    return [message for message in said if CRITICAL in message.text and message.buttons]


async def test_a_desk_is_called_once_for_each_critical_message(desk: Desk) -> None:
    contact = desk.scene.contact()
    before = len(_calls(desk))
    await contact.write(CRITICAL)
    await desk.group.expect(CRITICAL)
    await contact.write("thank you")
    await desk.group.expect("thank you")
    await desk.group.expect(desk.scene.phrase("thanks"))
    assert len(_calls(desk)) == before + 1


async def test_who_asks_for_a_human_is_told_that_one_was_called(desk: Desk) -> None:
    contact = desk.scene.contact()
    replies = await contact.write("/human")
    assert desk.scene.phrase("human_called") in text_of(replies)
    await desk.group.expect(desk.scene.phrase("desk_reason_pattern_human_handoff"))


async def test_a_location_answers_where_somebody_in_danger_is(desk: Desk) -> None:
    contact = desk.scene.contact()
    await contact.write(CRITICAL)
    await contact.press("/SetSlots(can_write=true)")
    replies = await contact.after(contact.user.send_location())
    assert desk.scene.phrase("place_kept") in text_of(replies)


async def test_a_page_shows_marks_as_they_were_written(desk: Desk) -> None:
    text = f'<b>{CRITICAL}</b> & "now" <a href="tg://user?id=1">x</a>'
    await desk.scene.contact().write(text)
    page = await desk.group.expect(text)
    assert "text_link" not in str(page.body.get("entities"))


async def test_a_page_goes_on_until_telegram_takes_it(desk: Desk) -> None:
    faults = desk.scene.simulator.faults
    struck = faults.struck
    faults.fail("sendMessage", 500, chat_id=desk.group.id)
    await desk.scene.contact().write(f"{CRITICAL} (500)")
    await desk.group.expect("(500)", timeout=10)
    assert faults.struck == struck + 1


async def test_the_longest_critical_message_reaches_the_desk_whole(desk: Desk) -> None:
    text = f"Listen. {CRITICAL}. ".ljust(4095, "x") + "."
    await desk.scene.contact().write(text)
    first = await desk.group.expect("Listen.")
    rest = await desk.group.expect("x.")
    shown = (first.text + rest.text).replace(" ", "").replace("\n", "")
    assert shown.endswith(text.replace(" ", ""))


async def test_a_page_follows_a_group_that_became_a_supergroup(
    postgres: str, template: str
) -> None:
    async with _desk(postgres, template, "group") as desk:
        bigger = await desk.group.upgrade(desk.operator)
        await desk.scene.contact().write(CRITICAL)
        await bigger.expect(CRITICAL, timeout=1.0)


async def test_what_operators_write_in_their_group_is_no_message_of_a_contact(
    desk: Desk,
) -> None:
    before = await desk.scene.count()
    page = desk.group.chat.from_bot[-1]
    await desk.group.send(desk.operator, "who takes this one?", reply_to=page.message_id)
    await desk.group.send(desk.operator, "/start")
    await desk.scene.quiet()
    await desk.group.expect(desk.scene.phrase("desk_stranger"))  # nobody registered them
    assert await desk.scene.count() == before


async def test_a_button_to_a_human_calls_one(desk: Desk) -> None:
    contact = desk.scene.contact()
    assert "/talk_to_human" in payloads(await contact.write("/start"))
    replies = await contact.press("/talk_to_human")
    assert desk.scene.phrase("human_called") in text_of(replies)
