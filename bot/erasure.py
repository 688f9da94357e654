"""Forgetting: a contact's wish, and age. What is gone here is unreadable in backups in a day."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot import clock, logs, queue
from bot.domain.channel import Failure, SendError
from bot.handoff.rooms import clearing, everybody
from bot.storage import (
    blocked,
    cases,
    conversations,
    deliveries,
    installation,
    messages,
    missed,
    operators,
    posts,
    witness,
)
from bot.storage.encryption import Unreadable
from bot.storage.messages import Status

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.domain.messages import Address
    from bot.runtime import Runtime
    from bot.settings import Settings
    from bot.storage.conversations import Conversation, OpenConversation
    from bot.storage.messages import Message
    from bot.storage.witness import Jump

log = logs.get()

PAUSES = (1.0, 5.0, 30.0, 120.0, 600.0)
"""Seconds between tries to delete on the channel; the last one repeats."""
DELETABLE = timedelta(hours=48)
"""Bot API: a bot deletes messages of a private chat only while they are younger."""
MOST_ATTEMPTS = 290
"""Tries to delete on the channel: with `PAUSES` they fill the 48 hours in which it can."""
ASK_AGAIN = {Failure.RETRY, Failure.WAIT, Failure.UNAUTHORIZED}
"""Failures after which the channel may still delete, for one with a new token."""
CASE_KEPT = timedelta(days=90)
"""However long a case stays open, its conversation is not kept longer than this without a word."""
EPOCH_REST = timedelta(hours=1)
"""How long an old key epoch outlives its last use, for transactions that began under it."""


class WipeLater(Exception):
    """The channel could not be asked to delete; the job is to be tried again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds


async def request_wipe(
    runtime: Runtime, session: AsyncSession, conversation: OpenConversation
) -> None:
    """Begin to erase a conversation, in the transaction of the turn that was asked to.

    From the commit on nothing new is sent from it and whoever writes again begins afresh.
    Only what is needed to delete on the channel is kept, until that is done.
    """
    await _stay_blocked(runtime, session, conversation.row)
    conversation.row.wiping = True
    conversation.row.address_hash = None
    conversation.row.state_sealed = None
    await missed.forget(session, conversation.row.id)  # the channel may take two days
    installation.audit(session, "wipe_requested", "contact", conversation.row.id)
    await queue.defer(
        runtime.queue,
        session,
        queue.Job.WIPE,
        row=conversation.row.id,
        priority=queue.PRIORITY_WIPE,
    )


async def wipe(runtime: Runtime, conversation_id: uuid.UUID, attempt: int) -> None:
    """Delete a conversation on its channel and the desk, then its key and all under it.

    The replies of the turn that asked for it are sent before and stay: nothing may vanish
    without a word. All else that the channel lets us delete goes.

    Raises:
        WipeLater: the channel could not be asked; nothing is lost by asking again.
    """
    async with runtime.database.transaction() as session:
        try:
            conversation = await conversations.load(session, runtime.keyring, conversation_id)
        except Unreadable:  # nobody can tell any more what to delete on the channel
            await conversations.erase(session, conversation_id)
            return
        if conversation is None:
            return
        address = conversation.address
        rows = await messages.of_conversation(session, conversation_id)
        references = _deletable(conversation, rows)
        posted = await posts.references_of(session, conversation_id)
        rooms = await cases.rooms_of(session, conversation_id)
    if _has_words_left(conversation, rows) and attempt < MOST_ATTEMPTS:
        raise WipeLater(_pause(attempt))
    count = await _tried(_delete(runtime, address, references), attempt) or 0
    kept = await _tried(_clear_desk(runtime, rooms, posted), attempt)
    async with runtime.database.transaction() as session:
        if await posts.references_of(session, conversation_id) != posted:
            raise WipeLater(PAUSES[0])  # something was posted while we deleted the rest
        numbers = await cases.numbers_of(session, conversation_id)
        stays = len(posted) if kept is None else kept
        await clearing.tell_what_stays(runtime.handoff, session, numbers, stays)
        await posts.forget(session, conversation_id)
        await cases.leave_rooms(session, conversation_id)
        await conversations.erase(session, conversation_id)
        await cases.end_without_person(session)
        installation.audit(session, "conversation_wiped", "contact", conversation_id)
    log.info("conversation_wiped", count=count)


async def _stay_blocked(runtime: Runtime, session: AsyncSession, row: Conversation) -> None:
    """Whoever is blocked stays so after a wipe: it takes what is known of them, not the block."""
    if not row.blocked or row.address_hash is None:
        return
    numbers = await cases.numbers_of(session, row.id)
    number = numbers[-1] if numbers else None
    if not await blocked.keep(session, row.channel, row.address_hash, number, row.last_hour):
        return  # the desk has been told before: who wipes again and again must not fill it
    installation.audit(session, "block_kept", "contact", row.id)
    if runtime.handoff.desk is not None and number is not None:
        await everybody.tell(runtime.queue, session, "desk_block_kept", number=number)


async def _tried(call: Awaitable[int], attempt: int) -> int | None:
    """Await a deletion; None for one that is refused for good, or was tried too often."""
    try:
        return await call
    except SendError as error:
        log.warning("wipe_failed", failure=error.failure.value, cause=error.cause)
        if error.failure in ASK_AGAIN and attempt < MOST_ATTEMPTS:
            raise WipeLater(max(_pause(attempt), error.retry_after)) from None
        return None


def _pause(attempt: int) -> float:
    return PAUSES[min(attempt, len(PAUSES) - 1)]


def _has_words_left(conversation: OpenConversation, rows: list[Message]) -> bool:
    """Whether a message after the wish still waits for its turn, or a reply to be sent.

    What was written in one breath with the wish may be a call for help: its turn comes first.
    """
    statuses = {row.status for row in rows if row.inbound}
    later = Status.STORED.value in statuses and Status.TURNED.value in statuses
    unsent = any(row.status in messages.WAITING_TO_GO for row in rows)
    return later or (unsent and conversation.row.reachable)


async def _clear_desk(runtime: Runtime, rooms: list[int], posted: list[str]) -> int:
    """Nothing of a conversation stays at the desk; how many messages have to all the same."""
    desk = runtime.handoff.desk
    return await clearing.clear(desk, rooms, posted) if desk is not None else 0


async def _delete(runtime: Runtime, address: Address, references: list[str]) -> int:
    channel = runtime.channels.get(address.channel)
    if channel is None:  # it was turned off since, and may be turned on again in time
        raise SendError(Failure.UNAUTHORIZED, "ChannelIsOff")
    return await channel.delete(address, references)


def _deletable(conversation: OpenConversation, rows: list[Message]) -> list[str]:
    """The channel's ids of all messages that it may still delete, but for the last words."""
    last_turn = next((row.id for row in reversed(rows) if row.inbound), None)
    oldest = clock.now() - DELETABLE - timedelta(hours=1)  # hours are all that is stored
    return [
        reference
        for row in rows
        if row.hour > oldest and (row.turn_id is None or row.turn_id != last_turn)
        for reference in messages.read_references(conversation, row)
    ]


async def forget_old(runtime: Runtime) -> None:
    """Erase conversations that were idle too long, and traces of deliveries.

    A conversation with an open case is kept while the case is open, at most `CASE_KEPT`. Ages are
    counted in time that was witnessed (`storage/witness.py`), so that a wrong clock erases nothing.
    """
    age = timedelta(days=runtime.settings.retention_days)
    async with runtime.database.transaction() as session:
        now = await earlier_clock(runtime.settings, session)
        jump = await witness.note(session, now)
        await conversations.bring_back(session, clock.hour_of(now))
        await missed.bring_back(session, clock.hour_of(now))
        kept_since = await witness.cutoff(session, age)
        count = await _erase_idle(session, kept_since)
        held = len(await _due(session, clock.hour_of(now) - age, clock.hour_of(now) - CASE_KEPT))
        await witness.hold(session, held)
        await cases.end_without_person(session)
        await deliveries.forget(session, await witness.cutoff(session, deliveries.DELIVERIES_KEPT))
        await blocked.forget(session, kept_since)
        await missed.forget_old(session, await witness.cutoff(session, missed.KEPT))
        # The version that is live may be as old; it is kept anew when another takes its place.
        unused = await witness.cutoff(session, CASE_KEPT + age)
        await installation.forget_flow_versions(session, unused)
        await witness.forget(session, unused)
        if jump is not None:
            await _tell_of_jump(runtime, session, jump, held)
    if jump is not None:
        log.error("clock_jumped", seconds=round(jump.by.total_seconds()))
    if held:
        log.error("retention_held", count=held)
    log.info("retention_ran", count=count)


async def earlier_clock(settings: Settings, session: AsyncSession) -> datetime:
    """The time now; where the database may run on another machine, by the clock that is behind."""
    now = clock.now()
    if settings.database_url is None:
        return now
    return min(now, await witness.database_now(session))


async def _erase_idle(session: AsyncSession, before: datetime) -> int:
    """Erase what was idle since before an hour; how many there were."""
    count = 0
    for identity in await _due(session, before, await witness.cutoff(session, CASE_KEPT)):
        if await conversations.erase_idle(session, identity, before):
            installation.audit(session, "conversation_expired", "retention", identity)
            count += 1
    return count


async def _due(session: AsyncSession, before: datetime, old: datetime) -> list[uuid.UUID]:
    """Conversations to erase: idle since before an hour; with an open case, since before `old`."""
    too_old = set(await conversations.idle_since(session, old))
    return [
        identity
        for identity in await conversations.idle_since(session, before)
        if identity in too_old or not await cases.has_open(session, identity)
    ]


async def _tell_of_jump(runtime: Runtime, session: AsyncSession, jump: Jump, held: int) -> None:
    """Note that the clock jumped, and tell the desk, if anything is kept because of it."""
    installation.audit(session, "clock_jumped", "retention", None)
    if runtime.handoff.desk is None or not held or jump.by < timedelta():
        return
    days = max(round(jump.by / timedelta(days=1)), 1)
    await everybody.tell(runtime.queue, session, "desk_clock_jumped", count=held, days=days)


async def rotate_keys(runtime: Runtime) -> None:
    """Begin the day's epoch, re-wrap living keys under it, destroy epochs that nothing needs.

    The run that begins one destroys none: by a clock that has jumped, the old one would seem to
    have rested, while a transaction that began under it is still to be committed.
    """
    ring = runtime.keyring
    begun = ring.begin_epoch(clock.today())
    if begun:
        log.info("epoch_begun", epoch=ring.epoch)
    while True:
        async with runtime.database.transaction() as session:
            await deliveries.rewrap_parked(session, ring)
            await operators.rewrap(session, ring)
            if not await conversations.rewrap(session, ring):
                break
    if begun:
        return
    async with runtime.database.transaction() as session:
        used = await conversations.epochs_in_use(session) | await operators.epochs_in_use(session)
    rested, today = (clock.now() - EPOCH_REST).date().isoformat(), clock.today().isoformat()
    for epoch in ring.epochs:
        # One of a day to come was begun by a wrong clock.
        if epoch not in used and epoch != ring.epoch and (epoch < rested or epoch > today):
            ring.destroy_epoch(epoch)
            log.info("epoch_destroyed", epoch=epoch)
