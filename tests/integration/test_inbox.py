from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from bot.domain.messages import Address
from bot.inbox import NotStored
from bot.storage import conversations, messages
from bot.storage.messages import Message
from tests.support.parts import Parts, message


async def _count(parts: Parts, table: str) -> int:
    async with parts.database.transaction() as session:
        return int(await session.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)


async def test_a_message_and_its_job_are_stored_together(parts: Parts) -> None:
    assert await parts.inbox.accept(message("hello"))
    assert await _count(parts, "messages") == 1
    jobs = list(await parts.queue.job_manager.list_jobs_async())
    assert [job.task_name for job in jobs] == ["turn"]
    async with parts.database.transaction() as session:
        found = await conversations.find(session, parts.keyring, Address("test", "1"))
        assert found is not None
        assert jobs[0].task_kwargs == {"row": str(found.row.id)}
        row = await messages.oldest(session, found.row.id, inbound=True)
        assert row is not None
        assert messages.read_inbound(found, row).text == "hello"


async def test_a_repeated_delivery_is_stored_once(parts: Parts) -> None:
    twin = message("hello", update_id="55")
    results = await asyncio.gather(*(parts.inbox.accept(twin) for _ in range(8)))
    assert sorted(results) == [False] * 7 + [True]
    assert await _count(parts, "messages") == 1
    assert await _count(parts, "procrastinate_jobs") == 1


async def test_two_first_messages_at_once_make_one_conversation(parts: Parts) -> None:
    await asyncio.gather(*(parts.inbox.accept(message(f"text {n}")) for n in range(8)))
    assert await _count(parts, "conversations") == 1
    assert await _count(parts, "messages") == 8


async def test_what_fails_to_be_stored_raises_so_that_it_is_not_acknowledged(parts: Parts) -> None:
    async with parts.database.transaction() as session:
        await session.execute(sa.text("ALTER TABLE procrastinate_jobs RENAME TO gone"))
    with pytest.raises(NotStored) as caught:
        await parts.inbox.accept(message("canary text", sender="canary sender"))
    assert "canary" not in str(caught.value)
    assert await _count(parts, "messages") == 0
    assert await _count(parts, "deliveries") == 0


async def test_an_unreadable_update_is_parked_sealed_and_once(parts: Parts) -> None:
    for _ in range(2):
        await parts.inbox.park("test", "9", b'{"canary": 1}', "ValidationError")
    assert await _count(parts, "parked_updates") == 1
    async with parts.database.transaction() as session:
        stored = await session.scalar(sa.text("SELECT sealed FROM parked_updates"))
    assert b"canary" not in stored


async def test_messages_are_numbered_in_the_order_in_which_they_were_stored(parts: Parts) -> None:
    for number in range(5):
        await parts.inbox.accept(message(f"text {number}"))
    async with parts.database.transaction() as session:
        found = await conversations.find(session, parts.keyring, Address("test", "1"))
        assert found is not None
        rows = list(await session.scalars(sa.select(Message).order_by(Message.number)))
        texts = [messages.read_inbound(found, row).text for row in rows]
    assert texts == [f"text {number}" for number in range(5)]
