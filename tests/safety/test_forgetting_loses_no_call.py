"""Forgetting and writing at the same time: what is new is never taken along with what is old."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock, erasure
from bot.domain.messages import Address
from bot.erasure import MOST_ATTEMPTS, WipeLater
from bot.runtime import Runtime
from bot.storage import cases, conversations, messages
from bot.storage.conversations import Conversation
from bot.storage.deliveries import ParkedUpdate
from bot.storage.encryption import unseal
from bot.storage.messages import Message, Status
from tests.support.parts import Parts, message

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
            settings=SimpleNamespace(retention_days=7, database_url=None),
        ),
    )


async def _wish(parts: Parts) -> uuid.UUID:
    """Somebody wrote, and asked to be forgotten with the last message that was turned."""
    await parts.inbox.accept(message("forget me"))
    identity = await parts.conversation_id(SOMEBODY)
    async with parts.database.transaction() as session:
        await session.execute(sa.update(Message).values(status=Status.TURNED.value))
        found = await conversations.load(session, parts.keyring, identity, lock=True)
        assert found is not None
        await erasure.request_wipe(_runtime(parts), session, found)
    return identity


async def _conversations(parts: Parts) -> list[uuid.UUID]:
    async with parts.database.transaction() as session:
        return list(await session.scalars(sa.select(Conversation.id)))


async def test_who_writes_just_as_retention_runs_is_kept(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await parts.inbox.accept(message("old"))
    identity = await parts.conversation_id(SOMEBODY)
    has_open = cases.has_open

    async def writing_meanwhile(session: AsyncSession, conversation: uuid.UUID) -> bool:
        assert await parts.inbox.accept(message("they are at the door"))
        return await has_open(session, conversation)

    monkeypatch.setattr(cases, "has_open", writing_meanwhile)
    with clock.moved(timedelta(days=8)):
        await erasure.forget_old(_runtime(parts))
    assert await _conversations(parts) == [identity]


async def test_a_call_in_the_same_breath_as_the_wish_has_its_turn_before_the_wipe(
    parts: Parts,
) -> None:
    await parts.inbox.accept(message("forget me"))
    await parts.inbox.accept(message("they are at the door"))
    identity = await parts.conversation_id(SOMEBODY)
    async with parts.database.transaction() as session:
        first = await messages.oldest(session, identity, inbound=True)
        assert first is not None
        first.status = Status.TURNED.value
        found = await conversations.load(session, parts.keyring, identity, lock=True)
        assert found is not None
        await erasure.request_wipe(_runtime(parts), session, found)
    with pytest.raises(WipeLater):
        await erasure.wipe(_runtime(parts), identity, attempt=0)
    assert await _conversations(parts) == [identity]


async def test_a_goodbye_that_cannot_be_sent_for_an_hour_does_not_end_the_wipe(
    parts: Parts,
) -> None:
    """Or the phone keeps everything, and whoever asked believes that it is gone."""
    identity = await _wish(parts)
    async with parts.database.transaction() as session:
        await session.execute(sa.update(Message).values(status=Status.QUEUED.value))
    waited = 0.0
    for attempt in range(MOST_ATTEMPTS):
        with pytest.raises(WipeLater) as later:
            await erasure.wipe(_runtime(parts), identity, attempt)
        waited += later.value.seconds
    assert timedelta(seconds=waited) > timedelta(hours=40)


async def test_one_lost_key_does_not_end_the_rotation_of_all(parts: Parts) -> None:
    for sender in ("1", "2", "3"):
        await parts.inbox.accept(message("hello", sender=sender))
    before = parts.keyring.epoch
    lost = await parts.conversation_id(Address("test", "2"))
    async with parts.database.transaction() as session:
        await session.execute(
            sa.update(Conversation).where(Conversation.id == lost).values(key_wrapped=b"lost")
        )
    with clock.moved(timedelta(days=1)):
        await erasure.rotate_keys(_runtime(parts))
    async with parts.database.transaction() as session:
        rows = await session.execute(sa.select(Conversation.id, Conversation.key_epoch))
        epochs = {identity: epoch for identity, epoch in rows}  # noqa: C416 - rows are no pairs
    assert [epoch for identity, epoch in epochs.items() if identity != lost] == [
        parts.keyring.epoch
    ] * 2
    assert parts.keyring.epoch > before


async def test_a_parked_update_can_be_read_as_long_as_it_is_kept(parts: Parts) -> None:
    await parts.inbox.park("test", "1", b"strange", "ValidationError")
    with clock.moved(timedelta(days=2)):
        await erasure.rotate_keys(_runtime(parts))
        await erasure.rotate_keys(_runtime(parts))
    assert len(parts.keyring.epochs) == 1
    async with parts.database.transaction() as session:
        row = (await session.scalars(sa.select(ParkedUpdate))).one()
    key = parts.keyring.unwrap(row.key_wrapped, row.key_epoch, str(row.id))
    assert unseal(key, row.sealed, f"parked:{row.id}") == b"strange"


async def test_a_wrong_clock_does_not_end_the_rotation(parts: Parts) -> None:
    await parts.inbox.accept(message("hello"))
    with clock.moved(timedelta(days=400)):
        await erasure.rotate_keys(_runtime(parts))
        wrong = parts.keyring.epoch
    with clock.moved(timedelta(days=1)):
        await erasure.rotate_keys(_runtime(parts))
        await erasure.rotate_keys(_runtime(parts))
    assert parts.keyring.epoch == (clock.today() + timedelta(days=1)).isoformat()
    assert wrong not in parts.keyring.epochs
    async with parts.database.transaction() as session:
        found = await conversations.find(session, parts.keyring, SOMEBODY)
        assert found is not None
        assert found.address == SOMEBODY
