"""Shows at the desk what is due, room by room; what the desk does not take now, later."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from bot import logs, queue
from bot.domain.channel import Failure, SendError
from bot.handoff.desk import RoomGone
from bot.handoff.rooms import editors
from bot.handoff.rooms.case_room import CaseRoom
from bot.handoff.rooms.editors_room import EditorsRoom
from bot.handoff.rooms.own_room import OwnRoom
from bot.storage import posts
from bot.storage.cases import Case
from bot.storage.posts import EDITORS, PostStatus

if TYPE_CHECKING:
    from bot.handoff.desk import Desk
    from bot.handoff.parts import Parts

log = logs.get()

PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 15.0)
"""Seconds between tries to show a post; the last one repeats. None is ever given up."""
MOST_REFILLS: Final = 3
"""Times that one job opens a room anew that somebody deletes."""


class PostLater(Exception):
    """The desk could not be reached; the room's job is to be tried again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds


async def fill(parts: Parts, room: uuid.UUID) -> None:
    """Show what is due in a room (a case's, an operator's, the editors', everybody's), in order.

    Without a desk it is noted that nobody was shown it, and the contact was told so by the turn.

    Raises:
        PostLater: the desk could not be reached.
    """
    if parts.desk is None:
        await _show_nobody(parts, room)
        return
    try:
        done = await _fill(parts, parts.desk, room)
    except SendError as error:
        raise await _later(parts, room, error) from None
    if not done:
        async with parts.database.transaction() as session:
            urgent = await posts.has_urgent(session, room)
            priority = queue.PRIORITY_PAGE if urgent else queue.PRIORITY_NORMAL
            await queue.defer(parts.queue, session, queue.Job.POST, row=room, priority=priority)


async def _fill(parts: Parts, desk: Desk, room: uuid.UUID) -> bool:
    """Show what is due. False when there is more than one job should show."""
    found = await _room(parts, desk, room)
    for _ in range(MOST_REFILLS):
        try:
            return await found.fill()
        except RoomGone:
            await _refill(parts, room)
    return await found.fill()


async def _room(parts: Parts, desk: Desk, room: uuid.UUID) -> CaseRoom | EditorsRoom | OwnRoom:
    if room == EDITORS:
        return EditorsRoom(parts, desk)
    async with parts.database.transaction() as session:
        is_case = await session.get(Case, room) is not None
    return CaseRoom(parts, desk, room) if is_case else OwnRoom(parts, desk, room)


async def _refill(parts: Parts, room: uuid.UUID) -> None:
    """Somebody deleted the room: the store fills another one."""
    async with parts.database.transaction() as session:
        if room == EDITORS:
            log.warning("room_gone")
            await editors.refill(session)
            return
        case = await session.get(Case, room, with_for_update=True)
        if case is not None:
            log.warning("room_gone", case=case.number)
            await posts.refill(session, case)


async def _later(parts: Parts, room: uuid.UUID, error: SendError) -> PostLater:
    """When to try again: when the desk says so, else after growing pauses."""
    if error.failure is Failure.WAIT:
        log.info("post_waits", cause=error.cause, seconds=error.retry_after)
        return PostLater(error.retry_after)
    async with parts.database.transaction() as session:
        post = await posts.next_due(session, room)
        attempts = 1
        if post is not None:
            post.attempts += 1
            attempts = post.attempts
    log.warning("post_failed", failure=error.failure.value, cause=error.cause, attempt=attempts)
    return PostLater(PAUSES[min(attempts, len(PAUSES)) - 1])


async def _show_nobody(parts: Parts, room: uuid.UUID) -> None:
    async with parts.database.transaction() as session:
        due = await posts.all_due(session, room)
        for post in due:
            post.status = PostStatus.UNPOSTED.value
    if due:
        log.error("post_has_no_desk", count=len(due))
