from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.domain.channel import Failure, SendError
from bot.domain.messages import Address
from bot.outbox import SendLater
from bot.storage.messages import Message
from tests.support.parts import Parts

SOMEBODY = Address("test", "1")


async def _rows(parts: Parts) -> list[Message]:
    async with parts.database.transaction() as session:
        return list(await session.scalars(sa.select(Message).order_by(Message.number)))


async def test_messages_go_out_in_order_and_once(parts: Parts) -> None:
    conversation = await parts.enqueue(SOMEBODY, "one", "two", "three")
    assert await parts.outbox.deliver(conversation) is None
    assert await parts.outbox.deliver(conversation) is None
    assert parts.channel.sent == ["one", "two", "three"]
    assert {row.status for row in await _rows(parts)} == {"sent"}


async def test_a_named_wait_is_obeyed_and_keeps_the_order(parts: Parts) -> None:
    conversation = await parts.enqueue(SOMEBODY, "one", "two")
    parts.channel.failures = [SendError(Failure.WAIT, "TooManyRequests", retry_after=17)]
    with pytest.raises(SendLater) as later:
        await parts.outbox.deliver(conversation)
    assert later.value.seconds == 17
    await parts.outbox.deliver(conversation)
    assert parts.channel.sent == ["one", "two"]
    assert not any(row.doubtful for row in await _rows(parts))


async def test_a_channel_that_is_down_is_asked_again_with_growing_pauses(parts: Parts) -> None:
    conversation = await parts.enqueue(SOMEBODY, "one")
    pauses = []
    for _ in range(4):
        parts.channel.failures = [SendError(Failure.RETRY, "ServerError")]
        with pytest.raises(SendLater) as later:
            await parts.outbox.deliver(conversation)
        pauses.append(later.value.seconds)
    assert pauses == sorted(pauses)
    assert len(set(pauses)) > 1


async def test_a_lost_answer_is_sent_again_and_marked_as_doubtful(parts: Parts) -> None:
    conversation = await parts.enqueue(SOMEBODY, "one")
    parts.channel.failures = [SendError(Failure.RETRY, "Timeout", maybe_sent=True)]
    with pytest.raises(SendLater):
        await parts.outbox.deliver(conversation)
    await parts.outbox.deliver(conversation)
    assert parts.channel.sent == ["one"]
    assert [row.doubtful for row in await _rows(parts)] == [True]


async def test_a_kill_while_sending_is_seen_and_the_message_sent_again(parts: Parts) -> None:
    conversation = await parts.enqueue(SOMEBODY, "one")
    async with parts.database.transaction() as session:
        await session.execute(sa.text("UPDATE messages SET status = 'sending'"))
    await parts.outbox.deliver(conversation)
    assert parts.channel.sent == ["one"]
    assert [row.doubtful for row in await _rows(parts)] == [True]


async def test_a_contact_who_blocked_the_line_is_marked_and_left_alone(parts: Parts) -> None:
    conversation = await parts.enqueue(SOMEBODY, "one", "two")
    parts.channel.failures = [SendError(Failure.BLOCKED, "Forbidden")]
    await parts.outbox.deliver(conversation)
    assert parts.channel.sent == []
    assert {row.status for row in await _rows(parts)} == {"dropped"}
    async with parts.database.transaction() as session:
        assert await session.scalar(sa.text("SELECT reachable FROM conversations")) is False


async def test_a_refused_message_is_given_up_and_the_next_one_goes(parts: Parts) -> None:
    conversation = await parts.enqueue(SOMEBODY, "one", "two")
    parts.channel.failures = [SendError(Failure.REFUSED, "BadRequest")]
    assert await parts.outbox.deliver(conversation) == conversation
    assert parts.channel.sent == ["two"]
    assert [row.status for row in await _rows(parts)] == ["failed", "sent"]


async def test_a_message_of_an_earlier_owner_is_dropped(parts: Parts) -> None:
    conversation = await parts.enqueue(SOMEBODY, "the bot speaks")
    async with parts.database.transaction() as session:
        await session.execute(sa.text("UPDATE conversations SET fence = fence + 1, owner = 'x'"))
    await parts.outbox.deliver(conversation)
    assert parts.channel.sent == []
    assert [row.status for row in await _rows(parts)] == ["dropped"]
