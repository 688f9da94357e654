"""The job queue: the Procrastinate app, the names of the jobs, and deferring in a transaction.

A job is a wake-up call for a row, or for all waiting rows of a conversation; its arguments
are row ids and nothing else, because they are stored and logged in the clear. It is deferred
in the transaction that wrote the row, so either both exist or neither does.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, LiteralString, cast
from uuid import UUID

import procrastinate
import psycopg
import sqlalchemy as sa
from procrastinate import jobs
from psycopg import OperationalError as DriverError
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from bot.storage.database import KEEPALIVES

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

OUTAGES = (
    OperationalError,
    InterfaceError,
    PoolExhausted,
    DriverError,
    PoolTimeout,
    procrastinate.exceptions.ConnectorException,
)
"""The database is away and nothing was done: a job fails as it is and the sweep defers it again,
an update comes again. Any other error of it is about the row, and would come again for ever."""


class Job(StrEnum):
    """Every job there is; `tasks.py` has a function for each."""

    TURN = "turn"
    SEND = "send"
    WATCH = "watch"
    """Look at an open case: call, call again, tell the contact how it stands, remind, requeue."""
    POST = "post"
    """Show at the desk what a room waits to show; the row is the room's."""
    REVISE = "revise"
    """Change or delete, at the contact, what an operator changed or deleted."""
    SUMMARY = "summary"
    WIPE = "wipe"
    ROTATE_KEYS = "rotate_keys"
    RETENTION = "retention"


class Lane(StrEnum):
    """Queues with workers of their own: who waits in one never holds up another."""

    TURNS = "turns"
    SENDS = "sends"
    """They wait for the channel's limits."""
    DESK = "desk"
    """They wait for the desk's limits."""
    CALLS = "calls"
    """Watches over cases, wipes and what runs by the clock."""


LANES = {
    Job.TURN: Lane.TURNS,
    Job.SEND: Lane.SENDS,
    Job.REVISE: Lane.SENDS,
    Job.POST: Lane.DESK,
}
"""The lane of a job; every other one is a call."""

PRIORITY_PAGE = 30
PRIORITY_WIPE = 20
PRIORITY_CRITICAL = 10
PRIORITY_ELEVATED = 5
PRIORITY_NORMAL = 0

HEARTBEAT = 5.0
"""Seconds between two signs of life of a worker process."""
GONE_BACK = 60.0
"""Seconds that a clock goes back at once which is not merely kept right."""
LONGEST_WAIT = 24 * 3600.0
"""Seconds beyond which no job is put off."""
STALLED_AFTER = 15.0
"""Seconds without a sign of life after which a worker's jobs are given to others."""


class _Connector(procrastinate.PsycopgConnector):
    """Says once more what a lost connection has swallowed.

    A job whose end is not recorded stays `doing` under a worker that lives, so that nobody
    gives it back and its conversation is silent until the process ends.
    """

    async def execute_query_async(self, query: LiteralString, **arguments: object) -> None:
        try:
            await super().execute_query_async(query, **arguments)
        except procrastinate.exceptions.ConnectorException as error:
            lost = isinstance(error.__cause__, psycopg.OperationalError)
            if not lost or isinstance(error.__cause__, PoolTimeout):
                raise
            await super().execute_query_async(query, **arguments)


def create_app(database_url: str) -> procrastinate.App:
    """The queue on a PostgreSQL database (a libpq URL), not yet opened."""
    connector = _Connector(conninfo=database_url, kwargs=KEEPALIVES, min_size=2, max_size=20)
    return procrastinate.App(connector=connector)


async def defer(  # noqa: PLR0913 - what a job is
    app: procrastinate.App,
    session: AsyncSession,
    job: Job,
    *,
    row: UUID,
    priority: int = PRIORITY_NORMAL,
    at: datetime | None = None,
) -> None:
    """Defer a job for a row in the session's transaction.

    The lock is the job and the row: two jobs for one conversation never run at once, and a
    turn never waits for a slow send.
    """
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    deferrer = app.configure_task(
        job.value,
        allow_unknown=True,
        queue=lane_of(job).value,
        lock=lock_of(job, row),
        priority=priority,
        schedule_at=at,
        connection=cast("Any", raw.driver_connection),
    )
    await deferrer.defer_async(row=str(row))


def lane_of(job: Job) -> Lane:
    """The lane in which a job runs."""
    return LANES.get(job, Lane.CALLS)


def lock_of(job: Job, row: UUID) -> str:
    """The lock of a job for a row."""
    return f"{job.value}:{row}"


async def locks_in_use(session: AsyncSession) -> set[str]:
    """The locks of all jobs that wait or run."""
    found = await session.execute(
        sa.text(
            "SELECT lock FROM procrastinate_jobs "
            "WHERE lock IS NOT NULL AND status IN ('todo', 'doing')"
        )
    )
    return set(found.scalars())


async def sweeps_alone(session: AsyncSession) -> bool:
    """Whether no other process sweeps until the transaction ends.

    Two that free the same job could free it from whoever has just taken it up.
    """
    return bool(await session.scalar(sa.text("SELECT pg_try_advisory_xact_lock(4823002)")))


async def is_worked_on(session: AsyncSession) -> bool:
    """Whether a line runs: a worker, here or elsewhere, has given a sign of life lately."""
    found = await session.scalar(
        sa.text(
            "SELECT EXISTS (SELECT FROM procrastinate_workers "
            "WHERE last_heartbeat > now() - make_interval(secs => :seconds))"
        ),
        {"seconds": STALLED_AFTER},
    )
    return bool(found)


async def retry_stalled(app: procrastinate.App) -> int:
    """Give the jobs of dead workers back to the queue; how many there were.

    Nothing in Procrastinate does this unasked, and a killed worker's job keeps its
    conversation's lock for ever (shared/threats.md, trial T4).
    """
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER))
    for job in stalled:
        await app.job_manager.retry_job(job)
    return len(stalled)


async def bring_back(session: AsyncSession) -> None:
    """Let nothing wait for a time to which a clock has been set back since, or never was right.

    A worker that died before seems to live, and keeps its jobs; a job that was put off waits for
    months, and keeps its lock meanwhile. Workers that live give their next sign in `HEARTBEAT`.
    """
    await session.execute(
        sa.text(
            "UPDATE procrastinate_workers SET last_heartbeat = now() "
            "WHERE last_heartbeat > now() + make_interval(secs => :seconds)"
        ),
        {"seconds": STALLED_AFTER},
    )
    await session.execute(
        sa.text(
            "UPDATE procrastinate_jobs AS job SET scheduled_at = now() "
            "WHERE status = 'todo' AND scheduled_at > now() "
            "AND (scheduled_at > now() + make_interval(secs => :longest) OR EXISTS ("
            "SELECT FROM procrastinate_events AS event WHERE event.job_id = job.id "
            "AND event.type <> 'scheduled' "  # which has the time to come by right
            "AND event.at > now() + make_interval(secs => :seconds)))"
        ),
        {"longest": LONGEST_WAIT, "seconds": STALLED_AFTER},
    )


async def run_worker(app: procrastinate.App, lane: Lane, *, concurrency: int) -> None:
    """Work on a lane until cancelled. Ends with an error when the database is gone for long.

    Ends also when the clock goes back: Procrastinate defers what runs by the clock only when it
    is later than at the last time, so that nothing would be erased until then.
    """
    async with asyncio.timeout(None) as limit:
        watch = asyncio.create_task(_end_when_clock_goes_back(limit))
        try:
            await app.run_worker_async(
                queues=[lane.value],
                name=lane.value,
                concurrency=concurrency,
                install_signal_handlers=False,
                listen_notify=True,
                delete_jobs=jobs.DeleteJobCondition.ALWAYS,
                fetch_job_polling_interval=2.0,
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=STALLED_AFTER,
                shutdown_graceful_timeout=8.0,
            )
        finally:
            watch.cancel()


async def _end_when_clock_goes_back(limit: asyncio.Timeout) -> None:
    before = time.time()  # Procrastinate's clock, which is not `bot.clock`
    while True:
        await asyncio.sleep(HEARTBEAT)
        now = time.time()
        if now < before - GONE_BACK:
            limit.reschedule(asyncio.get_running_loop().time())
        before = now
