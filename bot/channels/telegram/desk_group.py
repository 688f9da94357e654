"""Calls to the operators' group: within its budget, and to wherever the group went."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from bot.channels.telegram.calls import MovedError, Reason, RefusedError, Result, translated
from bot.channels.telegram.desk_pace import DeskPace
from bot.channels.telegram.pace import Pace
from bot.domain.channel import Failure, SendError
from bot.handoff.desk import RoomGone

DELETE_AT_ONCE = 100
"""Bot API: `deleteMessages` takes 1-100 ids."""

Call: TypeAlias = Callable[[int], Awaitable[Result]]
"""A Bot API call, given the chat."""


class Group:
    """The chat in which operators work; it may become a supergroup, with another id, any time."""

    def __init__(self, chat: int, pace: Pace) -> None:
        self._chat = chat
        self._pace = pace
        self._budget = DeskPace()

    async def message(
        self, call: Call[Result], *, urgent: bool, begun: bool = True, follows: bool = True
    ) -> Result:
        """Make a call that makes or changes a message, when its turn has come.

        Raises:
            SendError: as of `act`; also when so many wait that this one has to come again.
        """
        await self._budget.wait(urgent=urgent, begun=begun)
        return await self.act(call, follows=follows)

    async def act(self, call: Call[Result], *, follows: bool = True) -> Result:
        """Make a call, and follow the group where it went.

        Without `follows` the call names a message of the group, which did not go with it.

        Raises:
            SendError: Telegram did not do it. A group that is not there for us, or takes nothing
                from us, is UNAUTHORIZED: people have to mend that, and what waits, waits.
        """
        await self._budget.wait_for_hold()
        await self._pace.wait_for_all()
        try:
            return await self._told(call)
        except MovedError as moved:
            self._chat = moved.chat
            if not follows:
                raise RefusedError(moved.cause, Reason.MESSAGE_GONE) from None
            return await self._told(call)

    async def topic(self, call: Call[bool], *, waits: bool = True) -> bool:
        """Change a topic; False when it was so already.

        Raises:
            RoomGone: it was deleted.
            SendError: as of `act`.
        """
        try:
            await (self.message(call, urgent=False) if waits else self.act(call))
        except RefusedError as error:
            if error.reason is Reason.TOPIC_GONE:
                raise RoomGone from None
            if error.reason is not Reason.UNCHANGED:
                raise
            return False
        if not waits:
            self._budget.note()
        return True

    async def _told(self, call: Call[Result]) -> Result:
        try:
            return await translated(call(self._chat))
        except RefusedError as error:
            if error.reason is Reason.CHAT_SHUT:
                raise SendError(Failure.UNAUTHORIZED, "DeskShut") from None
            raise
        except SendError as error:
            if error.failure is Failure.WAIT:
                self._budget.told_to_wait(error.retry_after)
                self._pace.told_to_wait(self._chat, error.retry_after)
            if error.failure is Failure.BLOCKED:  # we were removed, and may be added again
                raise SendError(Failure.UNAUTHORIZED, "DeskShut") from None
            raise


async def delete_all(
    references: Sequence[str], delete: Callable[[list[int]], Awaitable[None]]
) -> int:
    """Delete many messages; one that Telegram does not let us delete keeps no other.

    How many these are: older than 48 hours, or of people where we are no administrator. One that
    is gone already is none of them.
    """
    ids = [int(reference) for reference in dict.fromkeys(references)]
    kept = 0
    for start in range(0, len(ids), DELETE_AT_ONCE):
        part = ids[start : start + DELETE_AT_ONCE]
        if await _refused(part, delete) is not None:
            reasons = [await _refused([one], delete) for one in part]
            kept += sum(reason not in {None, Reason.MESSAGE_GONE} for reason in reasons)
    return kept


async def _refused(ids: list[int], delete: Callable[[list[int]], Awaitable[None]]) -> Reason | None:
    """Why messages were not deleted; None when they were."""
    try:
        await delete(ids)
    except RefusedError as error:
        return error.reason
    return None
