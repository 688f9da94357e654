"""Operators in groups without topics, a group that moves, and contacts who use the web page."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from bot.domain.messages import Address
from tests.support.desk import CRITICAL, DELIVERED, FAILED, OperatorsDesk, Room, mark, open_desk
from tests.support.line import eventually
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.webchat import Line, Phone, take_replies


def _read(room: Room) -> list[str]:
    return [shown.text for shown in room.contact.screen if shown.from_bot]


@pytest.mark.parametrize("kind", ["supergroup", "group"])
async def test_in_a_group_without_topics_an_answer_to_something_of_a_case_is_meant_for_it(
    postgres: str, template: str, kind: str
) -> None:
    async with open_desk(postgres, template, kind) as desk:
        operator, other = await desk.operator(), await desk.operator()
        first, second = await desk.urgent(), await desk.urgent(f"{CRITICAL} now")
        before = len(first.contact.screen), len(second.contact.screen)
        await first.write(operator, "who takes which?")
        assert (len(first.contact.screen), len(second.contact.screen)) == before
        page = await second.posted(f"{CRITICAL} now")
        message = await second.write(operator, "where are you?", reply_to=page)
        assert _read(second)[-1] == "where are you?"
        assert mark(message) == DELIVERED
        assert len(first.contact.screen) == before[0]
        await first.write(other, "I come", reply_to=await first.card())
        assert _read(first)[-1] == "I come"
        # What they wrote belongs to the case, too.
        await second.write(operator, "and who is with you?", reply_to=message)
        assert _read(second)[-1] == "and who is with you?"
        await second.write(operator, "/delete", reply_to=message)
        assert "where are you?" not in _read(second)


async def test_a_wipe_takes_from_a_group_without_topics_what_operators_wrote_there(
    postgres: str, template: str
) -> None:
    async with open_desk(postgres, template, "supergroup") as desk:
        operator, other = await desk.operator(), await desk.operator()
        room, second = await desk.urgent(), await desk.urgent(f"{CRITICAL} now")
        old = await room.write(operator, "where are you?", reply_to=await room.card())
        desk.scene.simulator.clock.advance(49 * 3600)
        note = await room.write(operator, "// she is alone", reply_to=await room.card())
        about = await room.write(other, "shall I call?", reply_to=note)
        command = await room.write(other, "/help", reply_to=await room.card())
        talk = await room.write(other, "who has tea?")
        elsewhere = await second.write(operator, "I come", reply_to=await second.card())
        assert "shall I call?" not in _read(room)
        number = (await room.row()).number
        await room.contact.write("/wipe")
        await room.contact.press("/SetSlots(confirm_wipe=true)")
        await eventually(lambda: "could not be deleted" in "".join(desk.said_in_general()))
        assert [gone.deleted for gone in (note, about, command)] == [True] * 3
        assert not any(kept.deleted for kept in (old, talk, elsewhere))
        (told,) = [text for text in desk.said_in_general() if "could not be deleted" in text]
        assert f"on #{number} " in told
        assert "where are you?" not in told


async def test_a_block_that_outlived_a_wipe_is_lifted_in_the_group(
    postgres: str, template: str
) -> None:
    async with open_desk(postgres, template) as desk:
        operator, room = await desk.operator(), await desk.urgent()
        number = (await room.row()).number
        await room.press(operator, "block")
        await room.contact.write("/wipe")
        await room.contact.press("/SetSlots(confirm_wipe=true)")
        await desk.quiet()
        assert await room.contact.write(CRITICAL) == []
        for words in (f"/unblock {number + 1}", "/unblock", f"/unblock #{number}"):
            await operator.send(words, chat=desk.group.chat)
            await desk.quiet()
        told = desk.said_in_general()
        assert f"/unblock {number} lifts it" in "".join(told)
        assert told[-3:-1] == [desk.scene.phrase("desk_unblock_whom")] * 2
        assert told[-1] == f"No longer blocked: #{number}."
        assert await room.contact.write("hello")


async def test_a_group_that_becomes_a_supergroup_is_followed(postgres: str, template: str) -> None:
    async with open_desk(postgres, template, "group") as desk:
        operator, room = await desk.operator(), await desk.urgent()
        desk.group = await desk.group.upgrade(operator)
        await desk.quiet()
        await room.contact.write(f"{CRITICAL} again")
        page = await desk.group.expect(f"{CRITICAL} again")
        message = await operator.send("I read it", chat=desk.group.chat, reply_to=page.message_id)
        await desk.quiet()
        assert _read(room)[-1] == "I read it"
        assert mark(message) == DELIVERED


async def test_a_group_that_moved_while_the_line_was_off_is_found(
    postgres: str, template: str
) -> None:
    async with open_desk(postgres, template, "group") as desk:
        operator = await desk.operator()
        door = desk.scene.line.door
        assert door is not None
        old = desk.group.id
        desk.group = await desk.group.upgrade(operator)
        await desk.quiet()
        door.desk.chat = old  # as after a restart: the settings name the group that was
        await door.desk.find(door.bot)
        assert door.desk.chat == desk.group.id


async def test_who_uses_the_web_page_reads_texts_and_operators_learn_what_it_cannot_show(
    postgres: str, template: str
) -> None:
    async with open_desk(postgres, template) as desk:
        operator, line = await desk.operator(), Line(desk.scene.line, desk.scene.address)
        async with Phone(line) as phone:
            await phone.send(CRITICAL)
            address = Address("webchat", phone.token)
            room = await desk.room(desk.scene.contact(), address)
            where: dict[str, Any] = {"chat": desk.group.chat, "topic": await room.topic()}
            said = await room.write(operator, "- **where** are you?")
            assert mark(said) == DELIVERED
            assert (await phone.history())[-1] | {"language": "en"} == {
                "number": len(await phone.texts("line")),
                "from": "line",
                "text": "- **where** are you?",
                "literal": True,
                "language": "en",
                "buttons": [],
            }
            photo = await operator.send_photo(**where)
            await desk.quiet()
            assert mark(photo) == FAILED
            await room.posted(desk.scene.phrase("desk_no_media"))
            named = await operator.send_photo(caption="the door", **where)
            place = await operator.send_location(**where)
            await desk.quiet()
            assert [mark(one) for one in (named, place)] == [DELIVERED] * 2
            await room.posted(desk.scene.phrase("desk_text_only"))
            assert (await phone.texts("line"))[-2:] == ["the door", "11.5564, 104.9282"]
            await _change_and_take_back(desk, room, operator, said, phone)


async def _change_and_take_back(
    desk: OperatorsDesk,
    room: Room,
    operator: SimulatedUser,
    said: StoredMessage,
    phone: Phone,
) -> None:
    """What is taken back is still counted by the page, which misses nothing that comes after."""
    count = len(await phone.texts("line"))
    await operator.edit(said, "how are you?", chat=desk.group.chat)
    await desk.quiet()
    assert "how are you?" in await phone.texts("line")
    await room.posted(desk.scene.phrase("desk_changed_unseen"))
    await room.write(operator, "/delete", reply_to=said)
    assert "how are you?" not in await phone.texts("line")
    chat = hashlib.sha256(str(await phone.conversation()).encode()).hexdigest()[:8]
    async with phone.watching(f"{chat}.{count}") as events:
        await room.write(operator, "the next one")
        (news,) = await take_replies(events, 1)
    assert json.loads(news["data"])["text"] == "the next one"
    assert json.loads(news["data"])["number"] == count + 1
