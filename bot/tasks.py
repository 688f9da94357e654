"""The jobs, a few lines each, and the loops that keep the queue moving."""

from __future__ import annotations

import asyncio
import math
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import procrastinate
from procrastinate import RetryDecision
from psycopg import OperationalError as DriverError
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from bot import clock, erasure, logs, queue, turn
from bot.handoff import failures
from bot.handoff.paging import timing, watching
from bot.handoff.rooms import editors, posting, summary
from bot.outbox import SendLater
from bot.queue import Lane
from bot.storage import cases, messages, posts

if TYPE_CHECKING:
    from procrastinate.jobs import Job as QueuedJob
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.runtime import Runtime

log = logs.get()

SKEW = timedelta(minutes=10)
"""How far the clocks of two machines may differ; beyond that one of them is wrong."""
SWEEP_EVERY = 5.0
"""Seconds between two looks for what was left behind by a killed process."""
CONCURRENCY = {Lane.TURNS: 4, Lane.SENDS: 32, Lane.DESK: 32, Lane.CALLS: 4}
"""Jobs at a time in a process: turns compute, sends and posts wait for the channel's limits."""
TURNS_AT_ONCE = 20
"""Turns that one job takes: whoever keeps writing must not keep a place in the lane for it."""
DATABASE_ERRORS = (DBAPIError, InterfaceError, PoolExhausted, DriverError, PoolTimeout)
"""What the database can raise."""


class _AsAsked(procrastinate.BaseRetryStrategy):
    """Retries just when the job itself asked for it, and as long as it asks."""

    def get_retry_decision(
        self, *, exception: BaseException, job: QueuedJob
    ) -> RetryDecision | None:
        del job
        if isinstance(exception, SendLater | posting.PostLater | erasure.WipeLater):
            return RetryDecision(retry_in={"seconds": max(1, math.ceil(exception.seconds))})
        return None


def register(runtime: Runtime) -> None:
    """Give the queue a function for each job."""
    app = runtime.queue
    retry = _AsAsked()

    @app.task(name=queue.Job.TURN.value)
    async def take_turns(row: str) -> None:
        await _take_turns(runtime, uuid.UUID(row))

    @app.task(name=queue.Job.SEND.value, retry=retry)
    async def send(row: str) -> None:
        await _send(runtime, uuid.UUID(row))

    @app.task(name=queue.Job.REVISE.value, retry=retry)
    async def revise(row: str) -> None:
        await runtime.outbox.revise(uuid.UUID(row))

    @app.task(name=queue.Job.WATCH.value)
    async def watch(row: str) -> None:
        await watching.watch(runtime.handoff, uuid.UUID(row))

    @app.task(name=queue.Job.POST.value, retry=retry)
    async def post(row: str) -> None:
        await posting.fill(runtime.handoff, uuid.UUID(row))

    @app.periodic(cron=summary.EVERY_MORNING)
    @app.task(name=queue.Job.SUMMARY.value, queue=Lane.CALLS.value)
    async def summarise(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate gives it
        await summary.add(runtime.handoff)
        await editors.add_tasks(runtime.handoff, runtime.policy.tiers)

    @app.task(name=queue.Job.WIPE.value, retry=retry, pass_context=True)
    async def wipe(context: procrastinate.JobContext, row: str) -> None:
        await erasure.wipe(runtime, uuid.UUID(row), context.job.attempts)

    @app.periodic(cron="7 * * * *")
    @app.task(name=queue.Job.ROTATE_KEYS.value, queue=Lane.CALLS.value)
    async def rotate_keys(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate gives it
        await erasure.rotate_keys(runtime)

    @app.periodic(cron="23 * * * *")
    @app.task(name=queue.Job.RETENTION.value, queue=Lane.CALLS.value)
    async def retention(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate gives it
        await erasure.forget_old(runtime)


async def _send(runtime: Runtime, conversation: uuid.UUID) -> None:
    """Send; a message that had to be given up is given to a human, also when others wait."""
    try:
        given_up = await runtime.outbox.deliver(conversation)
    except SendLater as later:
        if later.given_up is not None:
            await failures.open_case_for(runtime.handoff, later.given_up, reason="message_refused")
        raise
    if given_up is not None:
        await failures.open_case_for(runtime.handoff, given_up, reason="message_refused")


async def _take_turns(runtime: Runtime, conversation: uuid.UUID) -> None:
    """Turn what waits in a conversation, oldest first; of much, the rest by a later job.

    The one place that catches all: a turn that fails is named in the log, without its text,
    answered, given to a human, and keeps nobody waiting.
    """
    for _ in range(TURNS_AT_ONCE):
        message = await turn.next_message(runtime, conversation)
        if message is None:
            return
        try:
            await turn.take(runtime, conversation, message)
        except queue.OUTAGES as error:
            log.warning("turn_interrupted", cause=logs.where(error))
            raise
        except Exception as error:  # noqa: BLE001
            await _give_up(runtime, conversation, message, logs.where(error))
    async with runtime.database.transaction() as session:
        await queue.defer(runtime.queue, session, queue.Job.TURN, row=conversation)


async def _give_up(
    runtime: Runtime, conversation: uuid.UUID, message: uuid.UUID, cause: str
) -> None:
    """Give a message to a human; what would say sorry for it may be what is broken."""
    try:
        await failures.give_up(runtime.handoff, conversation, message, cause=cause)
    except queue.OUTAGES:
        raise
    except Exception:  # noqa: BLE001 - the case must stand, whatever else falls
        await failures.give_up(runtime.handoff, conversation, message, cause=cause, apologise=False)


async def work(runtime: Runtime, lane: Lane) -> None:
    """Work on a lane for ever. A long outage ends Procrastinate's worker: it is started again."""
    while True:
        try:
            await queue.run_worker(runtime.queue, lane, concurrency=CONCURRENCY[lane])
        except (
            *DATABASE_ERRORS,
            procrastinate.exceptions.ProcrastinateException,
            OSError,
        ) as error:
            log.error("worker_ended", cause=logs.where(error))
        await asyncio.sleep(1.0)


async def sweep(runtime: Runtime) -> None:
    """For ever: free the jobs of dead workers, and wake what waits without a job.

    Both follow a clock that goes back: at once where this process sees it go, else as soon as
    something lies further ahead than the clocks of two machines may differ (`SKEW`).
    """
    before, slack = clock.now(), SKEW
    while True:
        await asyncio.sleep(SWEEP_EVERY)
        now = clock.now()
        if now < before:
            log.warning("clock_went_back", seconds=round((before - now).total_seconds()))
            slack = timedelta()
        before = now
        try:
            count = await _recover(runtime, slack)
        except (
            *DATABASE_ERRORS,
            procrastinate.exceptions.ProcrastinateException,
            OSError,
        ) as error:
            log.warning("sweep_interrupted", cause=logs.where(error))
        else:
            slack = SKEW
            if count:
                log.warning("left_behind_recovered", count=count)


async def _recover(runtime: Runtime, slack: timedelta) -> int:
    """Free what dead workers hold and wake what waits; how many there were.

    What lies more than `slack` ahead of the clock was written by a wrong one.
    """
    async with runtime.database.transaction() as session:
        await cases.bring_back(session, clock.now(), slack=slack, ahead=timing.MOST_AHEAD)
    async with runtime.database.transaction() as session:
        if not await queue.sweeps_alone(session):
            return 0
        await queue.bring_back(session)
        count = await queue.retry_stalled(runtime.queue)
        return count + await _wake_forgotten(runtime, session)


async def _wake_forgotten(runtime: Runtime, session: AsyncSession) -> int:
    """Defer a job for every row that waits for one and has none; how many there were."""
    rooms = await posts.rooms_waiting(session)
    waiting = [
        (queue.Job.TURN, await messages.with_waiting(session, inbound=True)),
        (queue.Job.SEND, await messages.with_waiting(session, inbound=False)),
        (queue.Job.POST, [room for room, _ in rooms]),
        (queue.Job.WIPE, await messages.being_wiped(session)),
    ]
    urgent = {room for room, is_urgent in rooms if is_urgent}
    locks = await queue.locks_in_use(session)
    count = 0
    for job, rows in waiting:
        for row in rows:
            if queue.lock_of(job, row) not in locks:
                priority = queue.PRIORITY_PAGE if row in urgent else queue.PRIORITY_NORMAL
                await queue.defer(runtime.queue, session, job, row=row, priority=priority)
                count += 1
    # These are the timers of open cases, and nothing that was forgotten.
    for case in await cases.to_watch(session):
        if queue.lock_of(queue.Job.WATCH, case) not in locks:
            await queue.defer(
                runtime.queue, session, queue.Job.WATCH, row=case, priority=queue.PRIORITY_PAGE
            )
    return count
