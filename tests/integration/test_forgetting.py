"""What was erased is gone: from the database, and from a backup of it with today's keys."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest
import sqlalchemy as sa

from bot import clock, erasure
from bot.domain.channel import Failure, SendError
from bot.domain.messages import Address
from bot.domain.understanding import Tier
from bot.erasure import WipeLater
from bot.handoff import cases
from bot.handoff.cases import Need
from bot.runtime import Runtime
from bot.storage import conversations
from bot.storage.encryption import Unreadable
from tests.support.parts import Parts, message
from tests.support.witnessed import ran_for

SOMEBODY = Address("test", "1")


def _runtime(parts: Parts) -> Runtime:
    """The few parts that forgetting needs."""
    return cast(
        "Runtime",
        SimpleNamespace(
            database=parts.database,
            keyring=parts.keyring,
            queue=parts.queue,
            channels={"test": parts.channel},
            handoff=SimpleNamespace(desk=None),
            settings=SimpleNamespace(retention_days=7, database_url=None),
        ),
    )


async def _wiped(parts: Parts) -> uuid.UUID:
    identity = await parts.conversation_id(SOMEBODY)
    async with parts.database.transaction() as session:
        found = await conversations.load(session, parts.keyring, identity, lock=True)
        assert found is not None
        await erasure.request_wipe(_runtime(parts), session, found)
    return identity


async def _count(parts: Parts, table: str) -> int:
    async with parts.database.transaction() as session:
        return int(await session.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)


async def test_a_wipe_deletes_both_sides_on_the_channel_and_everything_here(parts: Parts) -> None:
    await parts.inbox.accept(message("please help"))
    identity = await parts.enqueue(SOMEBODY, "an answer")
    await parts.outbox.deliver(identity)
    await _wiped(parts)
    await erasure.wipe(_runtime(parts), identity, attempt=0)
    assert sorted(parts.channel.deleted) == ["1", "7"]
    assert await _count(parts, "conversations") == 0
    assert await _count(parts, "messages") == 0


async def test_from_the_wish_on_whoever_writes_again_begins_afresh(parts: Parts) -> None:
    await parts.inbox.accept(message("one"))
    old = await _wiped(parts)
    await parts.inbox.accept(message("two"))
    assert await parts.conversation_id(SOMEBODY) != old


async def test_a_wipe_waits_until_the_goodbye_was_sent(parts: Parts) -> None:
    identity = await parts.enqueue(SOMEBODY, "goodbye")
    await _wiped(parts)
    with pytest.raises(WipeLater):
        await erasure.wipe(_runtime(parts), identity, attempt=0)
    assert await _count(parts, "conversations") == 1


async def test_a_channel_that_is_down_is_asked_again_and_nothing_is_forgotten_yet(
    parts: Parts,
) -> None:
    await parts.inbox.accept(message("one"))
    identity = await _wiped(parts)
    parts.channel.failures = [SendError(Failure.RETRY, "ServerError")]
    with pytest.raises(WipeLater):
        await erasure.wipe(_runtime(parts), identity, attempt=0)
    await erasure.wipe(_runtime(parts), identity, attempt=1)
    assert parts.channel.deleted == ["7"]


async def test_messages_too_old_for_the_channel_are_not_asked_for(parts: Parts) -> None:
    await parts.inbox.accept(message("old"))
    identity = await _wiped(parts)
    with clock.moved(timedelta(hours=50)):
        await erasure.wipe(_runtime(parts), identity, attempt=0)
    assert parts.channel.deleted == []
    assert await _count(parts, "conversations") == 0


async def test_an_erased_conversation_cannot_be_read_from_yesterdays_backup(parts: Parts) -> None:
    """S12 of the threat study: a backup from before the erasure, with today's keys."""
    await parts.inbox.accept(message("they hold me", sender="erased"))
    await parts.inbox.accept(message("still here", sender="living"))
    async with parts.database.transaction() as session:
        backup = (await session.execute(sa.text("SELECT * FROM conversations"))).mappings().all()
    erased = await parts.conversation_id(Address("test", "erased"))
    living = await parts.conversation_id(Address("test", "living"))
    async with parts.database.transaction() as session:
        await conversations.erase(session, erased)
    with clock.moved(timedelta(days=1, hours=2)):
        await erasure.rotate_keys(_runtime(parts))
        await erasure.rotate_keys(_runtime(parts))  # the next one, an hour later
    for row in backup:
        with pytest.raises(Unreadable):
            parts.keyring.unwrap(row["key_wrapped"], row["key_epoch"], str(row["id"]))
    async with parts.database.transaction() as session:
        found = await conversations.load(session, parts.keyring, living)
        assert found is not None
        assert found.address.value == "living"


async def test_an_epoch_is_not_destroyed_while_a_transaction_may_still_use_it(
    parts: Parts,
) -> None:
    await parts.inbox.accept(message("one"))
    midnight = clock.now().replace(hour=0, minute=0) + timedelta(days=1, minutes=10)
    with clock.moved(midnight - clock.now()):
        await erasure.rotate_keys(_runtime(parts))
        assert len(parts.keyring.epochs) == 2


async def test_idle_conversations_expire_and_those_with_an_open_case_stay(parts: Parts) -> None:
    await parts.inbox.accept(message("a question", sender="idle"))
    await parts.inbox.accept(message("a need", sender="waiting"))
    waiting = await parts.conversation_id(Address("test", "waiting"))
    async with parts.database.transaction() as session:
        row = await session.get_one(conversations.Conversation, waiting, with_for_update=True)
        await cases.open_case(parts.queue, session, row, Need(Tier.CRITICAL, "held", None))
    with clock.moved(timedelta(days=8)):
        await erasure.forget_old(_runtime(parts))
    async with parts.database.transaction() as session:
        left = list(await session.scalars(sa.select(conversations.Conversation.id)))
    assert left == [waiting]
    await ran_for(parts.database, timedelta(days=91))
    with clock.moved(timedelta(days=91)):
        await erasure.forget_old(_runtime(parts))
    assert await _count(parts, "conversations") == 0
    assert await _count(parts, "cases") == 1  # a count without a person


async def test_deliveries_are_remembered_longer_than_telegram_repeats_them(parts: Parts) -> None:
    await parts.inbox.accept(message("one", update_id="5"))
    with clock.moved(timedelta(hours=48)):
        await erasure.forget_old(_runtime(parts))
    assert not await parts.inbox.accept(message("one", update_id="5"))
    await ran_for(parts.database, timedelta(hours=80))
    with clock.moved(timedelta(hours=80)):
        await erasure.forget_old(_runtime(parts))
    assert await _count(parts, "deliveries") == 0
