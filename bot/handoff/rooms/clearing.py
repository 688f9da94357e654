"""Takes from the desk what stands there of somebody who is erased, as far as the desk lets us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bot import logs
from bot.domain.channel import Failure, SendError
from bot.handoff.rooms import everybody

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.handoff.desk import Desk
    from bot.handoff.parts import Parts

log = logs.get()

FOR_GOOD: Final = frozenset({Failure.REFUSED, Failure.BLOCKED})
"""Failures that no repeating mends."""


async def clear(desk: Desk, rooms: Sequence[int], references: Sequence[str]) -> int:
    """Delete rooms with all in them, else message by message; how many messages have to stay.

    Where a desk has no rooms, what operators wrote themselves is among the messages.

    Raises:
        SendError: the desk could not be reached; it may be asked again.
    """
    refused = not rooms
    for room in rooms:
        try:
            await desk.delete_room(room)
        except SendError as error:
            if error.failure not in FOR_GOOD:
                raise
            log.error("room_not_deleted", cause=error.cause)  # its messages go one by one
            refused = True
    return await desk.delete(tuple(references)) if refused and references else 0


async def tell_what_stays(
    parts: Parts, session: AsyncSession, numbers: Sequence[int], count: int
) -> None:
    """Tell the desk how many messages of cases people have to delete by hand."""
    if not count:
        return
    log.error("desk_not_cleared", count=count)
    named = ", ".join(f"#{number}" for number in numbers)
    await everybody.tell(parts.queue, session, "desk_left_behind", count=count, cases=named)
