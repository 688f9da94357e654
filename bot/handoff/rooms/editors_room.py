"""The editors' room at the desk: opened when it is first needed, and filled in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot import logs
from bot.domain.channel import Failure, SendError
from bot.handoff.desk import Desk, Entry, RoomGone
from bot.handoff.rooms import editors, views
from bot.handoff.rooms.clearing import FOR_GOOD
from bot.storage import posts
from bot.storage.posts import EDITORS, Post, PostStatus

if TYPE_CHECKING:
    import uuid

    from bot.handoff.parts import Parts

log = logs.get()

TOO_MUCH: Final = 20.0
"""Seconds until it is tried again when too much was shown lately; what is newest then, is."""
"""Failures that no repeating mends."""


@dataclass(frozen=True, slots=True)
class _Next:
    post: uuid.UUID
    topic: int | None
    title: str
    entry: Entry = field(repr=False)


@dataclass(frozen=True, slots=True)
class EditorsRoom:
    """Fills the room of the editors; where the desk has no rooms, the group itself is theirs."""

    parts: Parts = field(repr=False)
    desk: Desk = field(repr=False)

    async def fill(self) -> bool:
        """Show what is due.

        Raises:
            RoomGone: it was deleted.
            SendError: the desk did not take something, or it is too much: it is tried again.
        """
        while (found := await self._next()) is not None:
            if not self.parts.floods.may_tell_editors():
                raise SendError(Failure.WAIT, "MuchForEditors", retry_after=TOO_MUCH)
            topic = found.topic if found.topic is not None else await self._opened(found.title)
            await self._record(found.post, await self._post(topic, found.entry))
        return True

    async def _next(self) -> _Next | None:
        async with self.parts.database.transaction() as session:
            room = await posts.locked_room(session, EDITORS)  # before its posts, as all do
            post = await posts.next_due(session, EDITORS)
            if post is None:
                return None
            voice = views.voice_of(self.parts)
            refused = await posts.newest_notice(session, EDITORS, editors.REFUSED)
            stands = refused.references if refused is not None else None
            entry = editors.entry(post, voice, stands[0] if stands else None)
            return _Next(post.id, room.topic, voice.say("desk_editors_room"), entry)

    async def _opened(self, title: str) -> int | None:
        """Open the room; None where the desk has none."""
        topic = await self.desk.open_room(title, urgent=False)
        if topic is None:
            return None
        async with self.parts.database.transaction() as session:
            room = await posts.locked_room(session, EDITORS)
            if room.topic is None:
                room.topic = topic
                return topic
            opened = room.topic
        await self.desk.delete_room(topic)  # another process was quicker
        return opened

    async def _post(self, topic: int | None, entry: Entry) -> tuple[str, ...] | None:
        """The ids of what was made; None when the desk will never take it."""
        try:
            return await self.desk.post(topic, entry, urgent=False)
        except RoomGone:
            raise
        except SendError as error:
            if error.failure not in FOR_GOOD:
                raise
            log.error("post_refused", failure=error.failure.value, cause=error.cause)
            return None

    async def _record(self, shown: uuid.UUID, references: tuple[str, ...] | None) -> None:
        async with self.parts.database.transaction() as session:
            post = await session.get(Post, shown, with_for_update=True)
            if post is not None:
                status = PostStatus.UNPOSTED if references is None else PostStatus.POSTED
                post.status = status.value
                post.references = list(references or ())
