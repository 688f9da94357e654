"""What goes wrong between operators and contacts, on a whole line with a simulated Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.domain.messages import Kind
from bot.handoff.acts import relay
from bot.storage.cases import Case
from bot.storage.deliveries import ParkedUpdate
from bot.storage.messages import Message
from tests.support.desk import (
    DELIVERED,
    FAILED,
    OperatorsDesk,
    Room,
    mark,
    open_desk,
)
from tests.support.line import eventually
from tests.support.telegram_line import text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(postgres: str, template: str) -> AsyncIterator[OperatorsDesk]:
    async with open_desk(postgres, template) as found:
        yield found


def _read(room: Room) -> list[str]:
    """What the line, or an operator through it, has said to the contact."""
    return [shown.text for shown in room.contact.screen if shown.from_bot]


async def test_an_update_that_comes_twice_is_acted_on_once(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    desk.scene.simulator.faults.duplicate_updates()
    await room.write(operator, "only once")
    desk.scene.simulator.faults.clear()
    await desk.quiet()
    assert _read(room).count("only once") == 1
    assert await desk.scene.count(Message.operator_id.is_not(None), Message.kind == "text") > 0


async def test_a_contact_who_blocked_the_line_is_named_to_the_operator(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.press(operator, "take")
    await room.contact.user.block()
    await desk.quiet()
    message = await room.write(operator, "are you well?")
    assert mark(message) == FAILED
    await room.posted(desk.scene.phrase("desk_contact_gone"))


async def test_a_message_that_telegram_refuses_is_named_and_the_next_one_goes(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.press(operator, "take")
    desk.scene.simulator.faults.fail("sendMessage", 400, chat_id=room.contact.user.id)
    message = await room.write(operator, "refused")
    assert mark(message) == FAILED
    await room.posted(desk.scene.phrase("desk_refused"))
    assert mark(await room.write(operator, "taken")) == DELIVERED
    assert (await room.row()).status == "claimed"


async def test_what_waits_for_telegram_goes_in_order_and_is_marked_then(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.press(operator, "take")
    faults = desk.scene.simulator.faults
    faults.fail("sendMessage", 502, times=2, chat_id=room.contact.user.id)
    topic = await room.topic()
    first = await operator.send("one", chat=desk.group.chat, topic=topic)
    photo = await operator.send_photo(caption="two", chat=desk.group.chat, topic=topic)
    last = await operator.send("three", chat=desk.group.chat, topic=topic)
    await desk.quiet()
    assert _read(room)[-3:] == ["one", "two", "three"]
    assert [mark(one) for one in (first, photo, last)] == [DELIVERED] * 3


async def test_what_a_contact_has_erased_cannot_be_answered(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    case, card = await room.row(), await room.card()
    await room.contact.write("/wipe")
    await room.contact.press("/SetSlots(confirm_wipe=true)")

    async def wiped() -> bool:
        async with desk.scene.line.runtime.database.transaction() as session:
            return (await session.get_one(Case, case.id)).conversation_id is None

    await eventually(wiped)
    before = len(room.contact.screen)
    query = await operator.press_stale(card, f"case:{case.number}:take", chat=desk.group.chat)
    await operator.expect_answer(query)
    assert query.answer_text == desk.scene.phrase("desk_press_gone")
    assert len(room.contact.screen) == before


async def test_an_act_that_fails_is_parked_and_keeps_no_contact_waiting(
    desk: OperatorsDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, room = await desk.operator(), await desk.urgent()

    async def broken(*_arguments: object) -> None:
        raise KeyError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(relay, "_case_at", broken)
        await operator.send("lost?", chat=desk.group.chat, topic=await room.topic())
        await desk.scene.quiet()
    async with desk.scene.line.runtime.database.transaction() as session:
        parked = (await session.scalars(sa.select(ParkedUpdate))).all()
    assert [row.cause for row in parked] == ["KeyError"]
    assert text_of(await desk.scene.contact().write("/start"))


async def test_an_act_for_which_the_database_is_away_is_done_when_it_is_back(
    desk: OperatorsDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    away = [True, True]
    real = relay._case_at

    async def shaky(*given: Any) -> object:  # noqa: ANN401 - whatever the real one takes
        if away and away.pop():
            raise sa.exc.OperationalError("SELECT 1", {}, Exception())
        return await real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(relay, "_case_at", shaky)
        await room.write(operator, "not lost")
    assert away == []
    assert _read(room).count("not lost") == 1


async def test_what_was_written_in_a_topic_that_was_deleted_since_reaches_the_contact(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.write(operator, "I am here")
    before = await room.topic()
    await desk.group.delete_topic(before or 0)
    await room.contact.write("hello?")
    await desk.quiet()
    assert await room.topic() != before
    await operator.send("stay where you are", chat=desk.group.chat, topic=before)
    await desk.quiet()
    assert _read(room)[-1] == "stay where you are"


async def test_kinds_are_stored_as_they_were_sent(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.press(operator, "take")
    await operator.send_voice(chat=desk.group.chat, topic=await room.topic())
    await desk.quiet()
    ours = Message.operator_id.is_not(None)
    assert await desk.scene.count(ours, Message.kind == Kind.VOICE.value) >= 1
