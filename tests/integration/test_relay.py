"""What operators write in their group reaches contacts, or nobody; on a whole line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.storage.operators import Role
from tests.support.desk import (
    DELIVERED,
    FAILED,
    OperatorsDesk,
    Room,
    mark,
    open_desk,
)
from tests.support.telegram_line import text_of
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.people import SimulatedUser

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(postgres: str, template: str) -> AsyncIterator[OperatorsDesk]:
    async with open_desk(postgres, template) as found:
        yield found


def _read(room: Room) -> list[str]:
    """What the line, or an operator through it, has said to the contact."""
    return [shown.text for shown in room.contact.screen if shown.from_bot]


async def test_a_link_binds_once_and_tells_a_stranger_nothing(desk: OperatorsDesk) -> None:
    link = await desk.link("Rina")
    rina = desk.scene.simulator.user(first_name="Rina")
    await rina.start(link)
    await desk.quiet()
    await rina.expect(desk.scene.phrase("desk_bound"))
    other, plain = desk.scene.contact(), desk.scene.contact()
    await other.write(f"/start {link}")
    await plain.write("/start")
    assert text_of(other.user.chat.from_bot) == text_of(plain.user.chat.from_bot)
    assert await desk.audited("operator_bind") >= 1


async def test_a_repeated_delivery_of_a_link_makes_nobody_a_contact(desk: OperatorsDesk) -> None:
    before = await desk.scene.conversations()
    desk.scene.simulator.faults.duplicate_updates()
    await desk.operator()
    desk.scene.simulator.faults.clear()
    assert await desk.scene.conversations() == before


async def test_of_a_stranger_in_the_group_nothing_leaves_and_it_is_reported_once(
    desk: OperatorsDesk,
) -> None:
    room = await desk.urgent()
    stranger = desk.scene.simulator.user(first_name="Stranger")
    desk.group.chat.members[stranger.id] = "member"
    before = len(room.contact.screen)
    reports = len(desk.said_in_general())
    audited = await desk.audited("desk_stranger")
    for text in ("I am the operator", "let me help", "/a shelter"):
        await room.write(stranger, text)
    assert await room.press(stranger, "take") == desk.scene.phrase("desk_press_stranger")
    await stranger.send_photo(chat=desk.group.chat, topic=await room.topic())
    await desk.quiet()
    assert len(room.contact.screen) == before
    assert (await room.row()).status == "waiting"
    assert desk.said_in_general()[reports:] == [desk.scene.phrase("desk_stranger")]
    assert await desk.audited("desk_stranger") == audited + 1


async def test_an_operator_who_has_left_is_a_stranger(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator("Leaver"), await desk.urgent()
    async with desk.scene.line.runtime.database.transaction() as session:
        await session.execute(sa.text("UPDATE operators SET active = false WHERE name = 'Leaver'"))
    before = len(room.contact.screen)
    await room.write(operator, "hello")
    assert len(room.contact.screen) == before


async def test_editors_answer_nobody(desk: OperatorsDesk) -> None:
    editor, room = await desk.operator(role=Role.EDITOR), await desk.urgent()
    before = len(room.contact.screen)
    message = await room.write(editor, "hello")
    assert mark(message) == FAILED
    await room.posted(desk.scene.phrase("desk_editor"))
    assert await room.press(editor, "take") == desk.scene.phrase("desk_press_editor")
    assert len(room.contact.screen) == before


async def test_who_writes_first_has_the_case_and_the_contact_reads_it_as_it_was_written(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator("Sari"), await desk.urgent()
    text = "- **Where** are you, <b>exactly</b>? _Tell_ me & I come"
    message = await room.write(operator, text)
    assert _read(room)[-2:] == [desk.scene.phrase("handoff_operator_here"), text]
    assert room.contact.screen[-1].protected
    assert mark(message) == DELIVERED
    case = await room.row()
    assert case.status == "claimed"
    assert case.unanswered_since is None
    await room.write(operator, "and another")
    assert _read(room)[-2:] == [text, "and another"]
    assert await desk.audited("case_answered") >= 2


async def test_contacts_never_see_who_an_operator_is(desk: OperatorsDesk) -> None:
    operator = await desk.operator("Very Secret Name")
    room = await desk.urgent()
    await room.write(operator, "hello")
    await operator.send_photo(caption="look", chat=desk.group.chat, topic=await room.topic())
    await room.press(operator, "release")
    await desk.quiet()
    seen = str([shown.body for shown in room.contact.screen if shown.from_bot])
    for secret in ("Very Secret Name", str(operator.id), operator.person.username or "", "Desk"):
        assert secret not in seen
    assert "forward_origin" not in seen


SENDING: dict[str, Callable[..., Awaitable[StoredMessage]]] = {
    "photo": SimulatedUser.send_photo,
    "voice": SimulatedUser.send_voice,
    "video": SimulatedUser.send_video,
    "sticker": SimulatedUser.send_sticker,
    "document": SimulatedUser.send_document,
    "location": SimulatedUser.send_location,
    "contact": SimulatedUser.send_contact,
    "animation": lambda user, **where: user.send_clip("animation", **where),
    "audio": lambda user, **where: user.send_clip("audio", **where),
    "video_note": lambda user, **where: user.send_clip("video_note", **where),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def answered(desk: OperatorsDesk) -> tuple[SimulatedUser, Room]:
    """An operator, and the room of a case that they have."""
    operator, room = await desk.operator(), await desk.urgent()
    await room.write(operator, "I am here")
    return operator, room


@pytest.mark.parametrize("kind", SENDING)
async def test_every_kind_of_medium_is_copied(
    desk: OperatorsDesk, answered: tuple[SimulatedUser, Room], kind: str
) -> None:
    operator, room = answered
    sent = await SENDING[kind](operator, chat=desk.group.chat, topic=await room.topic())
    await desk.quiet()
    shown = room.contact.screen[-1]
    assert shown.kind == kind
    assert shown.from_bot
    assert shown.protected
    assert shown.text == ""
    assert mark(sent) == DELIVERED


async def test_a_caption_goes_along_without_the_lines_that_are_notes(
    desk: OperatorsDesk, answered: tuple[SimulatedUser, Room]
) -> None:
    operator, room = answered
    where: dict[str, Any] = {"chat": desk.group.chat, "topic": await room.topic()}
    await operator.send_photo(caption="// from the **police**\nThis **door**?", **where)
    await desk.quiet()
    assert room.contact.screen[-1].text == "This **door**?"
    before = len(room.contact.screen)
    noted = await operator.send_photo(caption="// only for us", **where)
    await desk.quiet()
    assert len(room.contact.screen) == before
    assert mark(noted) is None


async def test_a_note_that_is_added_while_the_copy_waits_does_not_leave_with_it(
    desk: OperatorsDesk, answered: tuple[SimulatedUser, Room]
) -> None:
    operator, room = answered
    desk.scene.simulator.faults.fail("copyMessage", 500)
    sent = await operator.send_photo(chat=desk.group.chat, topic=await room.topic())
    await desk.scene.simulator.wait_until_confirmed()
    await operator.edit(sent, "// she is the witness", chat=desk.group.chat)
    await desk.quiet()
    assert "witness" not in str([shown.body for shown in room.contact.screen])


async def test_an_address_that_is_hidden_behind_words_is_written_out(
    desk: OperatorsDesk, answered: tuple[SimulatedUser, Room]
) -> None:
    operator, room = answered
    link = {"type": "text_link", "offset": 8, "length": 4, "url": "https://example.org/a"}
    note = {"type": "text_link", "offset": 22, "length": 4, "url": "https://example.org/b"}
    content = {"text": "\U0001f6a9 Read this page.\n// not this", "entities": [link, note]}
    operator._say(content, desk.group.chat, await room.topic())
    await desk.quiet()
    assert room.contact.screen[-1].text == "\U0001f6a9 Read this (https://example.org/a) page."


async def test_lines_that_are_notes_never_leave(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    before = len(room.contact.screen)
    note = await room.write(operator, "// is this the one from yesterday?\n  //yes\n／／ really")
    assert len(room.contact.screen) == before
    assert mark(note) is None
    assert (await room.row()).status == "waiting"
    await room.write(operator, "Where are you?\n// she said Sihanoukville\nhttps://example.org/x")
    assert _read(room)[-1] == "Where are you?\nhttps://example.org/x"


@pytest.mark.parametrize(
    ("sending", "said"),
    [
        (lambda user, **where: user.send_poll(**where), "desk_kind_refused"),
        (lambda user, **where: user.send_contact(user_id=user.id, **where), "desk_own_contact"),
        (lambda user, **where: user.send("/unknown thing", **where), "desk_unknown_command"),
        (lambda user, **where: user.send("/ and more", **where), "desk_unknown_command"),
        (
            lambda user, **where: user.send_photo(caption="x" * 1025, **where),
            "desk_caption_too_long",
        ),
        (lambda user, **where: user.send("/a zzzz", **where), "desk_answer_none"),
        (lambda user, **where: user.send("/a", **where), "desk_answer_letters"),
        (lambda user, **where: user.send("/delete", **where), "desk_delete_what"),
    ],
)
async def test_what_is_nothing_for_a_contact_is_refused_and_said_so(
    desk: OperatorsDesk,
    answered: tuple[SimulatedUser, Room],
    sending: Callable[..., Awaitable[StoredMessage]],
    said: str,
) -> None:
    operator, room = answered
    before = len(room.contact.screen)
    message = await sending(operator, chat=desk.group.chat, topic=await room.topic())
    await desk.quiet()
    assert mark(message) == FAILED
    await room.posted(desk.scene.phrase(said))
    assert len(room.contact.screen) == before


async def test_of_two_operators_one_answers_and_the_other_is_told_whose_it_is(
    desk: OperatorsDesk,
) -> None:
    first, second = await desk.operator("First"), await desk.operator("Second")
    room = await desk.urgent()
    await room.write(first, "I have it")
    before = len(room.contact.screen)
    message = await room.write(second, "me, too")
    assert len(room.contact.screen) == before
    assert mark(message) == FAILED
    assert "First" in (await room.posted("Not sent")).text
    assert "First" in await room.press(second, "take")
    assert await room.press(first, "take") == desk.scene.phrase("desk_press_yours")


async def test_replies_stay_replies_in_both_directions(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.write(operator, "Who is with you?")
    question = room.contact.screen[-1]
    await room.contact.write("my brother")
    await desk.quiet()
    shown = await room.posted("my brother")
    await room.write(operator, "How old is he?", reply_to=shown)
    answer = room.contact.screen[-1]
    assert answer.body["reply_to_message"]["text"] == "my brother"
    await room.contact.user.send("thank you very much", reply_to=question.message_id)
    await desk.quiet()
    stored = (await room.contact.stored())[-1]
    assert stored.reply_to == str(question.message_id)
    shown = await room.posted("thank you very much")
    assert shown.body["reply_to_message"]["text"] == "Who is with you?"


async def test_a_reply_to_what_the_contact_has_deleted_arrives_all_the_same(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.write(operator, "hello")
    sent = await room.contact.user.send("forget this")
    await desk.quiet()
    shown = await room.posted("forget this")
    await room.contact.user.delete(sent)
    message = await room.write(operator, "it is all right", reply_to=shown)
    assert _read(room)[-1] == "it is all right"
    assert mark(message) == DELIVERED
