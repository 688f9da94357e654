"""A shift in which the group is not as it was set up, and people tap and send as people do."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage import posts
from bot.storage.operators import Operator, Role
from bot.storage.posts import PostKind, PostStatus
from tests.support.desk import CRITICAL, DELIVERED, FAILED, OperatorsDesk, Room, mark, open_desk
from tests.support.line import eventually
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.people import SimulatedUser

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(postgres: str, template: str) -> AsyncIterator[OperatorsDesk]:
    async with open_desk(postgres, template) as found:
        yield found


def _read(room: Room) -> list[StoredMessage]:
    return [shown for shown in room.contact.screen if shown.from_bot]


async def _album(room: Room, by: SimulatedUser, name: str, caption: str) -> list[StoredMessage]:
    chat, topic = room.desk.group.chat, await room.topic()
    sent = [
        await by.send_photo(caption=words, album=name, chat=chat, topic=topic)
        for words in (caption, "", "")
    ]
    await room.desk.quiet()
    return sent


async def test_several_pictures_under_which_a_note_stands_stay_with_the_team(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.press(operator, "take")
    before = len(_read(room))
    noted = await _album(room, operator, "71", "// the gate, for the team")
    assert len(_read(room)) == before
    assert [mark(message) for message in noted] == [None] * 3
    sent = await _album(room, operator, "72", "// for Dara\nIs it this house?")
    assert [shown.kind for shown in _read(room)[before:]] == ["photo"] * 3
    assert [mark(message) for message in sent] == [DELIVERED] * 3


async def test_who_is_not_known_sees_at_each_message_that_it_has_not_gone(
    desk: OperatorsDesk,
) -> None:
    room, stranger = await desk.urgent(), desk.scene.simulator.user(first_name="Newcomer")
    desk.group.chat.members[stranger.id] = "member"
    before = len(_read(room))
    written = [await room.write(stranger, text) for text in ("are you hurt?", "/a shelter")]
    assert [mark(message) for message in written] == [FAILED, FAILED]
    why = desk.scene.phrase("desk_stranger")
    assert [shown.text for shown in await room.shown()].count(why) == 1
    assert len(_read(room)) == before


async def test_that_a_contact_has_blocked_the_line_is_told_before_anybody_writes(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.press(operator, "take")
    await room.contact.user.block()
    await desk.quiet()
    await room.posted(desk.scene.phrase("desk_contact_left"))


async def test_a_topic_that_somebody_closes_is_open_again_unless_its_case_is_done(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    topic = await room.topic()
    assert topic is not None
    await desk.group.close_topic(operator, topic)
    await desk.quiet()
    await eventually(lambda: not desk.group.topics[topic].closed, what="the topic is open")
    await room.posted(desk.scene.phrase("desk_closed_by_hand"))
    await room.press(operator, "take")
    await room.press(operator, "resolve:helped")
    assert desk.group.topics[topic].closed
    shown = len(await room.shown())
    await desk.group.close_topic(operator, topic)
    await desk.quiet()
    assert desk.group.topics[topic].closed
    assert len(await room.shown()) == shown


async def test_who_is_handed_a_case_that_is_not_critical_hears_it(desk: OperatorsDesk) -> None:
    giver, taker = await desk.operator(), await desk.operator("Taker", rota="never")
    room = await desk.urgent()
    for verb in ("take", "down", "hand"):
        await room.press(giver, verb)
    button = next(one for one in (await room.card()).buttons if "Taker" in one.text)
    await giver.expect_answer(
        await giver.press(await room.card(), button.data or "", chat=desk.group.chat)
    )
    await desk.quiet()
    told = await taker.expect("was handed to you")
    sent = desk.scene.simulator.ledger.calls("sendMessage", accepted=True)
    (call,) = [
        one
        for one in sent
        if one.chat_id == taker.chat.chat_id and one.message_id == told.message_id
    ]
    assert call.parameters.get("disable_notification") != "true"


async def test_talk_of_the_team_reaches_nobody_whatever_its_topics_number(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator("Talker"), await desk.urgent()
    topic = await desk.group.create_topic(operator, "Tea")
    case = (await room.row()).id
    async with desk.scene.line.runtime.database.transaction() as session:
        own = await session.scalar(sa.select(Operator.id).where(Operator.name == "Talker"))
        assert own is not None
        # The list in their own chat has an id that is the topic's here.
        call = posts.add(session, own, PostKind.PAGE, case=case)
        call.status, call.references = PostStatus.POSTED.value, [str(topic.thread_id)]
    before = len(_read(room))
    message = await operator.send("tea?", chat=desk.group.chat, topic=topic.thread_id)
    await desk.quiet()
    assert len(_read(room)) == before
    assert mark(message) is None
    assert (await room.row()).status == "waiting"


async def test_of_two_messages_with_one_number_the_newer_is_meant(desk: OperatorsDesk) -> None:
    first, second = (await (await desk.urgent()).row()).id, (await (await desk.urgent()).row()).id
    async with desk.scene.line.runtime.database.transaction() as session:
        for case in (first, second):
            await _shown(session, case, "900001")
        assert await posts.case_shown_as(session, "900001") == second


async def _shown(session: AsyncSession, case: uuid.UUID, reference: str) -> None:
    post = posts.add(session, case, PostKind.NOTICE, case=case)
    post.status, post.references = PostStatus.POSTED.value, [reference]
    await session.flush()


async def test_that_the_line_no_longer_reads_the_group_is_said_aloud(desk: OperatorsDesk) -> None:
    operator = await desk.operator()
    boss = await desk.operator(role=Role.SUPERVISOR, rota="never")
    await desk.group.set_bot_status(operator, "member")
    await desk.quiet()
    lost = desk.scene.phrase("desk_not_administrator").replace("**", "")
    assert desk.said_in_general().count(lost) == 1
    assert [shown.text for shown in boss.chat.from_bot].count(lost) == 1
    await desk.group.set_bot_status(operator, "administrator")
    await desk.quiet()
    assert desk.said_in_general()[-1] == desk.scene.phrase("desk_administrator_again")


async def test_a_case_that_could_get_no_topic_is_answered_by_a_reply(desk: OperatorsDesk) -> None:
    operator, elsewhere = await desk.operator(), await desk.urgent()
    await desk.group.set_bot_status(operator, "member")
    room = Room(desk, desk.scene.contact("en"))
    await room.contact.write(f"{CRITICAL} now")
    page = await desk.group.expect(f"{CRITICAL} now", timeout=20)
    assert page.topic_id is None
    message = await operator.send("I read it", chat=desk.group.chat, reply_to=page.message_id)
    await desk.quiet()
    assert _read(room)[-1].text == "I read it"
    assert mark(message) == DELIVERED
    # One that has a topic is answered there.
    before = len(_read(elsewhere))
    await operator.send(
        "who is that?", chat=desk.group.chat, reply_to=(await elsewhere.card()).message_id
    )
    await desk.quiet()
    assert len(_read(elsewhere)) == before
