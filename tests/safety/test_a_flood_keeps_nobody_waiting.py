"""One contact who writes without end, or whose messages fail, takes nobody's place."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot import queue
from bot.domain.channel import Failure, SendError
from bot.domain.messages import Address
from bot.domain.understanding import Tier
from bot.handoff import cases as handoff
from bot.outbox import MOST_AT_ONCE, SendLater
from bot.storage import conversations
from tests.support.parts import Parts, message

FLOODER = Address("test", "1")


async def _jobs(parts: Parts, job: queue.Job) -> list[int]:
    """Priorities of the jobs that wait, in the order in which they are taken up."""
    statement = sa.text(
        "SELECT priority FROM procrastinate_jobs WHERE task_name = :task ORDER BY priority DESC, id"
    )
    async with parts.database.transaction() as session:
        return list(await session.scalars(statement, {"task": job.value}))


async def test_a_long_queue_of_replies_gives_its_place_to_others(parts: Parts) -> None:
    conversation = await parts.enqueue(FLOODER, *(f"reply {n}" for n in range(MOST_AT_ONCE + 5)))
    before = len(await _jobs(parts, queue.Job.SEND))
    await parts.outbox.deliver(conversation)
    assert parts.channel.sent == [f"reply {n}" for n in range(MOST_AT_ONCE)]
    assert len(await _jobs(parts, queue.Job.SEND)) == before + 1  # at the end of the line
    await parts.outbox.deliver(conversation)
    assert len(parts.channel.sent) == MOST_AT_ONCE + 5


async def test_a_refused_reply_is_told_of_also_when_the_next_one_must_wait(parts: Parts) -> None:
    conversation = await parts.enqueue(FLOODER, "one", "two")
    parts.channel.failures = [
        SendError(Failure.REFUSED, "BadRequest"),
        SendError(Failure.WAIT, "TooManyRequests", retry_after=3),
    ]
    with pytest.raises(SendLater) as later:
        await parts.outbox.deliver(conversation)
    assert later.value.given_up == conversation


async def test_pages_of_danger_come_before_all_others(parts: Parts) -> None:
    identity = await parts.conversation_id(FLOODER)
    async with parts.database.transaction() as session:
        found = await conversations.load(session, parts.keyring, identity, lock=True)
        assert found is not None
        for tier in (Tier.ELEVATED, Tier.ELEVATED, Tier.CRITICAL):
            await handoff.open_case(parts.queue, session, found.row, handoff.Need(tier, "x", None))
    pages = await _jobs(parts, queue.Job.PAGE)
    assert pages[0] == queue.PRIORITY_PAGE
    assert max(pages[1:]) < queue.PRIORITY_WIPE


async def test_a_channel_that_was_turned_off_keeps_what_waits(parts: Parts) -> None:
    conversation = await parts.enqueue(FLOODER, "one")
    channels = parts.outbox.channels
    assert isinstance(channels, dict)
    off = channels.pop("test")
    with pytest.raises(SendLater):
        await parts.outbox.deliver(conversation)
    channels["test"] = off
    await parts.outbox.deliver(conversation)
    assert parts.channel.sent == ["one"]


async def test_an_address_that_is_no_text_is_nobody(parts: Parts) -> None:
    """A cookie may hold any bytes."""
    async with parts.database.transaction() as session:
        stranger = Address("test", "\udcff\udc00")
        assert await conversations.find(session, parts.keyring, stranger) is None
    assert await parts.inbox.accept(message("hello"))
