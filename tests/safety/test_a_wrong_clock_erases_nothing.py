"""A clock that jumps ahead has nothing deleted, and one that goes back keeps nobody waiting."""

from __future__ import annotations

import asyncio
import time
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa

from bot import clock, erasure, queue, tasks
from bot.domain.messages import Address
from bot.domain.understanding import Tier
from bot.handoff.floods import MESSAGES, Floods
from bot.queue import Lane
from bot.runtime import Runtime
from bot.storage import conversations, witness
from bot.storage.cases import Case
from bot.storage.conversations import Conversation
from bot.storage.posts import EVERYBODY, Post
from tests.support.parts import Parts, message
from tests.support.watched import UnspokenDesk, line_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = witness.PAUSE - HOUR


def _runtime(parts: Parts, **settings: object) -> Runtime:
    """The few parts that forgetting and the sweep need."""
    given: dict[str, Any] = {"retention_days": 7, "database_url": None, **settings}
    return cast(
        "Runtime",
        SimpleNamespace(
            database=parts.database,
            keyring=parts.keyring,
            queue=parts.queue,
            handoff=SimpleNamespace(desk=UnspokenDesk()),
            settings=SimpleNamespace(**given),
        ),
    )


async def _run(parts: Parts, ahead: timedelta, until: timedelta | None = None) -> None:
    """Let retention run, and until then as often as makes no gap."""
    while True:
        with clock.moved(ahead):
            await erasure.forget_old(_runtime(parts))
        if until is None or ahead >= until:
            return
        ahead += STEP


async def _living(parts: Parts) -> set[str]:
    async with parts.database.transaction() as session:
        return {
            found.address.value
            for identity in await session.scalars(sa.select(Conversation.id))
            if (found := await conversations.load(session, parts.keyring, identity)) is not None
        }


async def _held(parts: Parts) -> int:
    async with parts.database.transaction() as session:
        found = await witness.newest(session)
        assert found is not None
        return found.held


async def _notices(parts: Parts) -> list[dict[str, Any]]:
    async with parts.database.transaction() as session:
        rows = await session.scalars(sa.select(Post).where(Post.room == EVERYBODY))
        return [dict(post.values) for post in rows if post.text == "desk_clock_jumped"]


async def test_months_ahead_nothing_goes_and_the_desk_is_told_once(parts: Parts) -> None:
    await parts.inbox.accept(message(sender="old"))
    await _run(parts, timedelta(), 2 * DAY)
    wrong = 90 * DAY
    await _run(parts, 2 * DAY + wrong, 4 * DAY + wrong)
    assert await _living(parts) == {"old"}
    assert await _held(parts) == 1
    assert await _notices(parts) == [{"count": 1, "days": 90}]
    # What the wrong clock has stamped is not kept for months once it is right again.
    with clock.moved(4 * DAY + wrong):
        await parts.inbox.accept(message(sender="new"))
    await _run(parts, 5 * DAY)
    assert await _living(parts) == {"old", "new"}
    await _run(parts, 5 * DAY + STEP, 10 * DAY)
    assert await _living(parts) == {"new"}
    await _run(parts, 10 * DAY, 13 * DAY)
    assert await _living(parts) == set()


async def test_however_often_it_jumps_an_age_is_counted_in_time_that_passed(parts: Parts) -> None:
    await parts.inbox.accept(message(sender="old"))
    await _run(parts, timedelta())
    for number in range(1, 6):
        await _run(parts, number * (STEP + 100 * DAY))
        await _run(parts, number * STEP)
    assert await _living(parts) == {"old"}
    await _run(parts, 6 * STEP, 6 * DAY)
    assert await _living(parts) == {"old"}
    await _run(parts, 6 * DAY, 8 * DAY)
    assert await _living(parts) == set()


async def test_a_clock_that_falls_back_for_years_and_is_mended_erases_nothing(
    parts: Parts,
) -> None:
    """A battery is empty: the machine starts in another year, and soon asks for the time."""
    await _run(parts, timedelta())
    await parts.inbox.accept(message(sender="old"))
    await _run(parts, -3650 * DAY, -3650 * DAY + HOUR)
    await _run(parts, DAY, 6 * DAY)
    assert await _living(parts) == {"old"}
    await _run(parts, 6 * DAY, 9 * DAY)
    assert await _living(parts) == set()


async def test_a_line_that_was_off_for_a_month_is_not_stuck(parts: Parts) -> None:
    await parts.inbox.accept(message(sender="three days"))
    await _run(parts, timedelta(), 3 * DAY)
    await _run(parts, 33 * DAY, 36 * DAY)
    assert await _living(parts) == {"three days"}
    with clock.moved(36 * DAY):
        await parts.inbox.accept(message(sender="since"))
    await _run(parts, 36 * DAY, 38 * DAY)
    assert await _living(parts) == {"since"}
    await _run(parts, 38 * DAY, 44 * DAY)
    assert await _living(parts) == set()


async def test_a_database_elsewhere_is_asked_for_the_time(parts: Parts) -> None:
    await parts.inbox.accept(message(sender="old"))
    with clock.moved(90 * DAY):
        await erasure.forget_old(_runtime(parts, database_url="postgresql:"))
    assert await _living(parts) == {"old"}
    assert await _held(parts) == 0


async def test_keys_outlive_the_run_that_finds_another_day(parts: Parts) -> None:
    """A transaction may have sealed under the old epoch, and commit a moment later."""
    before = parts.keyring.epoch
    with clock.moved(90 * DAY):
        await erasure.rotate_keys(_runtime(parts))
        assert before in parts.keyring.epochs
        await erasure.rotate_keys(_runtime(parts))
        assert before not in parts.keyring.epochs


def test_an_age_leaves_out_what_lies_between_two_stretches() -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    stretches = [(noon + 30 * DAY, noon + 31 * DAY), (noon, noon + 2 * DAY)]
    assert witness.reckon(stretches, HOUR) == noon + 31 * DAY - HOUR
    assert witness.reckon(stretches, 2 * DAY) == noon + DAY
    assert witness.reckon(stretches, 7 * DAY) == noon - 4 * DAY
    assert witness.reckon([(noon, noon)], 7 * DAY) == noon - 7 * DAY


async def _case_ahead(parts: Parts, ahead: timedelta) -> uuid.UUID:
    with clock.moved(ahead):
        line = line_of(parts)
        case = await line.case(Tier.CRITICAL)
        await line.look(case)
    return case


@pytest.mark.parametrize(
    ("ahead", "slack"), [(90 * DAY, tasks.SKEW), (HOUR, tasks.SKEW), (5 * HOUR / 60, timedelta())]
)
async def test_a_clock_that_goes_back_stops_no_page(
    parts: Parts, ahead: timedelta, slack: timedelta
) -> None:
    case = await _case_ahead(parts, ahead)
    await tasks._recover(_runtime(parts), slack)
    async with parts.database.transaction() as session:
        row = await session.get_one(Case, case)
        now = clock.now()
        assert row.watch_at is not None
        assert row.rang_at is not None
        assert row.waiting_since is not None
        assert max(row.watch_at, row.rang_at, row.waiting_since) <= now
        assert row.acknowledged_at is None
        jobs = await session.scalar(
            sa.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'watch'")
        )
        assert jobs


async def test_clocks_of_two_machines_that_differ_a_little_change_no_timer(parts: Parts) -> None:
    case = await _case_ahead(parts, timedelta(minutes=5))
    async with parts.database.transaction() as session:
        before = (await session.get_one(Case, case)).watch_at
    await tasks._recover(_runtime(parts), tasks.SKEW)
    async with parts.database.transaction() as session:
        assert (await session.get_one(Case, case)).watch_at == before


async def test_jobs_of_before_wait_for_no_time_to_come(parts: Parts) -> None:
    """One was being done when the machine fell, by a worker whose last sign lies ahead now."""
    identity = uuid.uuid4()
    async with parts.database.transaction() as session:
        for job in (queue.Job.SEND, queue.Job.POST):
            await queue.defer(parts.queue, session, job, row=identity)
        worker = await session.scalar(
            sa.text(
                "INSERT INTO procrastinate_workers (last_heartbeat) "
                "VALUES (now() + interval '90 days') RETURNING id"
            )
        )
        for statement in (
            "UPDATE procrastinate_events SET at = at + interval '3 hours'",
            """UPDATE procrastinate_jobs SET scheduled_at = now() + interval '3 hours'
               WHERE task_name = 'post'""",
            """UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker
               WHERE task_name = 'send'""",
        ):
            values = {"worker": worker} if ":worker" in statement else {}
            await session.execute(sa.text(statement), values)
    async with parts.database.transaction() as session:
        await queue.bring_back(session)
    async with parts.database.transaction() as session:
        late = await session.scalar(
            sa.text("SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at > now()")
        )
        assert late == 0
        # A quarter of a minute later it counts as dead, unless it gives a sign.
        await session.execute(
            sa.text(
                "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '16 s'"
            )
        )
    assert await queue.retry_stalled(parts.queue) == 1


async def test_a_job_that_was_put_off_by_a_right_clock_waits(parts: Parts) -> None:
    async with parts.database.transaction() as session:
        await queue.defer(parts.queue, session, queue.Job.SEND, row=uuid.uuid4())
        await session.execute(
            sa.text("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '3 hours'")
        )
    async with parts.database.transaction() as session:
        await queue.bring_back(session)
        late = await session.scalar(
            sa.text("SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at > now()")
        )
        assert late == 1


async def test_a_worker_begins_anew_when_the_clock_goes_back(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or nothing that runs by the clock would be deferred until it has come there again."""
    monkeypatch.setattr(queue, "HEARTBEAT", 0.1)
    real, back = time.time, [0.0]
    monkeypatch.setattr(queue, "time", SimpleNamespace(time=lambda: real() - back[0]))
    working = asyncio.ensure_future(queue.run_worker(parts.queue, Lane.CALLS, concurrency=1))
    await asyncio.sleep(0.5)
    assert not working.done()
    back[0] = 3600.0
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(working), 30)
    assert working.done()


def test_who_wrote_much_before_the_clock_went_back_is_not_put_off_until_then() -> None:
    floods, somebody = Floods(), uuid.uuid4()
    with clock.moved(DAY):
        for _ in range(MESSAGES.most):
            assert floods.wrote(somebody)
        assert floods.is_flooding(somebody)
    assert not floods.is_flooding(somebody)
    assert floods.wrote(somebody)


async def test_a_return_of_the_right_time_leaves_living_conversations_readable(
    parts: Parts,
) -> None:
    await parts.inbox.accept(message(sender="1"))
    for ahead in (timedelta(), 90 * DAY, HOUR):
        with clock.moved(ahead):
            await erasure.rotate_keys(_runtime(parts))
            await erasure.rotate_keys(_runtime(parts))
    async with parts.database.transaction() as session:
        found = await conversations.find(session, parts.keyring, Address("test", "1"))
        assert found is not None
        assert found.address.value == "1"
