"""What operators change, take back, or look up, on a whole line with a simulated Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.storage.operators import Role
from tests.support.desk import (
    DELIVERED,
    FAILED,
    OperatorsDesk,
    Room,
    mark,
    open_desk,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(postgres: str, template: str) -> AsyncIterator[OperatorsDesk]:
    async with open_desk(postgres, template) as found:
        yield found


def _read(room: Room) -> list[str]:
    """What the line, or an operator through it, has said to the contact."""
    return [shown.text for shown in room.contact.screen if shown.from_bot]


async def test_a_change_is_seen_by_the_contact(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    message = await room.write(operator, "Go to the blue door")
    await operator.edit(message, "Go to the red door\n// I was wrong", chat=desk.group.chat)
    await desk.quiet()
    shown = room.contact.screen[-1]
    assert shown.text == "Go to the red door"
    assert shown.earlier_texts == ["Go to the blue door"]
    await operator.edit(message, "Go to the red door\n// quite", chat=desk.group.chat)
    await desk.quiet()
    assert shown.version == 1


async def test_a_changed_caption_is_seen_by_the_contact(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.write(operator, "hello")
    where: dict[str, Any] = {"chat": desk.group.chat, "topic": await room.topic()}
    message = await operator.send_photo(caption="this door", **where)
    await desk.quiet()
    await operator.edit(message, "that door", chat=desk.group.chat)
    await desk.quiet()
    assert room.contact.screen[-1].text == "that door"
    await operator.edit(message, "// none of it", chat=desk.group.chat)
    await desk.quiet()
    assert room.contact.screen[-1].text == "hello"
    await room.posted(desk.scene.phrase("desk_taken_back"))


async def test_delete_takes_back_an_own_message_and_no_other(desk: OperatorsDesk) -> None:
    first, second = await desk.operator(), await desk.operator(role=Role.SUPERVISOR)
    room = await desk.urgent()
    message = await room.write(first, "the address is a secret")
    await room.press(second, "takeover")
    refused = await room.write(second, "/delete", reply_to=message)
    assert mark(refused) == FAILED
    assert "the address is a secret" in _read(room)
    await room.write(first, "/delete", reply_to=message)
    assert "the address is a secret" not in _read(room)
    await room.posted(desk.scene.phrase("desk_taken_back"))


async def test_a_change_by_who_no_longer_has_the_case_reaches_nobody(desk: OperatorsDesk) -> None:
    first, second = await desk.operator(), await desk.operator(role=Role.SUPERVISOR)
    room = await desk.urgent()
    message = await room.write(first, "before")
    await room.press(second, "takeover")
    await first.edit(message, "after", chat=desk.group.chat)
    await desk.quiet()
    assert "before" in _read(room)
    assert "after" not in _read(room)
    await room.posted(desk.scene.phrase("desk_edit_not_yours"))


async def test_a_note_that_becomes_a_message_is_not_sent(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.write(operator, "hello")
    note = await room.write(operator, "// her name is on the list")
    before = len(room.contact.screen)
    await operator.edit(note, "her name is on the list", chat=desk.group.chat)
    await desk.quiet()
    assert len(room.contact.screen) == before
    assert mark(note) == FAILED
    await room.posted(desk.scene.phrase("desk_edit_not_sent"))


async def test_a_few_letters_send_an_answer_in_the_contacts_language(desk: OperatorsDesk) -> None:
    operator = await desk.operator()
    room = await desk.urgent(
        "tolong saya disekap dan dipukul, mereka mengunci pintu", language="id"
    )
    assert (await room.row()).language == "id"
    command = await room.write(operator, "/a shelter")
    sent = room.contact.screen[-1]
    assert "kedutaan" in sent.text.lower()
    assert sent.buttons == []
    assert mark(command) == DELIVERED
    assert "kedutaan" in (await room.shown())[-1].text.lower()
    await room.write(operator, "/delete", reply_to=command)
    assert sent.deleted


async def test_where_letters_mean_several_answers_one_is_picked(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    before = len(room.contact.screen)
    await room.write(operator, "/a@helpline_test_bot passport")
    assert len(room.contact.screen) == before
    offer = await room.posted(desk.scene.phrase("desk_answer_choose"))
    wanted = next(one for one in offer.buttons if (one.data or "").endswith("passport_missing"))
    query = await operator.press(offer, wanted.data or "", chat=desk.group.chat)
    await operator.expect_answer(query)
    await desk.quiet()
    assert query.answer_text == desk.scene.phrase("desk_press_sent")
    assert len(room.contact.screen) == before + 2


async def test_help_explains_in_one_message(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    before = len(room.contact.screen)
    await room.write(operator, "/help")
    text = desk.scene.phrase("desk_help").partition("**")[2].partition("**")[0]
    await room.posted(text)
    await desk.group.send(operator, "/help")
    await desk.quiet()
    assert any(text in said for said in desk.said_in_general())
    assert len(room.contact.screen) == before


async def test_talk_of_the_team_outside_of_cases_is_let_alone(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    topic = await desk.group.create_topic(operator, "Coffee")
    before = len(room.contact.screen)
    said = await desk.group.send(operator, "who takes the night?", topic=topic.thread_id)
    page = desk.group.chat.from_bot[-1]
    more = await desk.group.send(operator, "me", reply_to=page.message_id)
    await desk.quiet()
    assert (mark(said), mark(more)) == (None, None)
    assert len(room.contact.screen) == before
