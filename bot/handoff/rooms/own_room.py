"""What one operator is shown alone, and what all are: one list of what waits, and notices."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bot import clock, logs
from bot.domain.cases import CaseStatus
from bot.domain.channel import SendError
from bot.handoff.desk import Desk, Entry
from bot.handoff.rooms import entries, views, waiting
from bot.handoff.rooms.clearing import FOR_GOOD
from bot.storage import cases, operators, posts
from bot.storage.cases import Case
from bot.storage.encryption import Unreadable
from bot.storage.operators import Operator
from bot.storage.posts import EVERYBODY, Post, PostKind, PostStatus

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.handoff.parts import Parts

log = logs.get()

MOST_AT_ONCE: Final = 10
"""Messages that one job shows."""


@dataclass(frozen=True, slots=True)
class _Next:
    """The next message, and the posts that it shows."""

    posts: tuple[uuid.UUID, ...]
    entry: Entry | None = field(repr=False)
    urgent: bool = False
    replaces: tuple[uuid.UUID, ...] = ()
    """Posts of older lists, which are taken back."""


@dataclass(frozen=True, slots=True)
class OwnRoom:
    """Fills the room of an operator, or of everybody."""

    parts: Parts = field(repr=False)
    desk: Desk = field(repr=False)
    room: uuid.UUID

    async def fill(self) -> bool:
        """Show what is due. False when there is more than one job should show.

        Raises:
            SendError: the desk did not take something; it is tried again.
        """
        account = await self._account() if self.room != EVERYBODY else None
        for _ in range(MOST_AT_ONCE):
            found = await self._next()
            if found is None:
                return True
            if self.room != EVERYBODY and account is None:
                found = _Next(found.posts, None)  # nobody can be reached here (any more)
            references = await self._post(account, found)
            await self._record(found.posts, references)
            # A list that is empty by now leaves nothing to press.
            if account is not None and (references is not None or found.entry is None):
                await self._take_back(account, found.replaces)
        return False

    async def _account(self) -> str | None:
        async with self.parts.database.transaction() as session:
            operator = await session.get(Operator, self.room)
            if operator is None or not operator.active:
                return None
            try:
                return operators.account_of(self.parts.keyring, operator)
            except Unreadable:
                log.error("operator_not_reached", cause="Unreadable")
                return None

    async def _next(self) -> _Next | None:
        async with self.parts.database.transaction() as session:
            due = await posts.all_due(session, self.room)
            if not due:
                return None
            kind = PostKind(due[0].kind)
            if kind is PostKind.NOTICE:
                return await self._notice(session, due[0])
            if kind is PostKind.PAGE and self.room != EVERYBODY:
                return await self._list(session, due)
            return _Next((due[0].id,), None)

    async def _notice(self, session: AsyncSession, post: Post) -> _Next:
        case = await session.get(Case, post.case_id) if post.case_id is not None else None
        view = await views.view_of(session, case) if case is not None else None
        made = entries.notice(post.text or "", post.values, views.voice_of(self.parts), view)
        # What is answered stands in the group, not in an operator's own chat.
        reply_to = made.reply_to if self.room == EVERYBODY else None
        loud = post.urgent or post.text in entries.LOUD
        entry = replace(made, reply_to=reply_to, silent=not loud)
        return _Next((post.id,), entry, urgent=post.urgent)

    async def _list(self, session: AsyncSession, due: Sequence[Post]) -> _Next:
        """However many calls are due, one list shows them all, and replaces the list before."""
        calls = [post.id for post in due if post.kind == PostKind.PAGE.value]
        older = [
            post.id
            for post in await posts.with_references(session, self.room)
            if post.kind == PostKind.PAGE.value and post.references
        ]
        waits = await cases.of_status(session, CaseStatus.WAITING)
        own = await cases.held_by(session, self.room)
        entry = waiting.waiting_list(
            [await views.view_of(session, case) for case in waits],
            [await views.view_of(session, case) for case in own if case.unanswered_since],
            views.voice_of(self.parts),
            clock.now(),
        )
        return _Next(tuple(calls), entry, urgent=True, replaces=tuple(older))

    async def _post(self, account: str | None, found: _Next) -> tuple[str, ...] | None:
        """The ids of what was made; None when there is nothing to show, or nobody to show it."""
        if found.entry is None:
            return None
        try:
            if account is not None:
                return await self.desk.direct(account, found.entry)
            return await self.desk.post(None, found.entry, urgent=found.urgent)
        except SendError as error:
            if error.failure not in FOR_GOOD:
                raise
            event = "operator_not_reached" if account is not None else "post_refused"
            log.error(event, failure=error.failure.value, cause=error.cause)
            return None

    async def _record(
        self, shown: Collection[uuid.UUID], references: tuple[str, ...] | None
    ) -> None:
        """Note what was shown; the last post keeps the ids."""
        async with self.parts.database.transaction() as session:
            status = PostStatus.UNPOSTED if references is None else PostStatus.POSTED
            last = None
            for identity in shown:
                post = await session.get(Post, identity, with_for_update=True)
                if post is not None:
                    post.status, last = status.value, post
            if last is not None and references:
                last.references = list(references)

    async def _take_back(self, account: str, older: Sequence[uuid.UUID]) -> None:
        """Delete older lists. What cannot be deleted stays: its buttons tell how it stands now."""
        if not older:
            return
        async with self.parts.database.transaction() as session:
            references: list[str] = []
            for identity in older:
                post = await session.get(Post, identity, with_for_update=True)
                if post is not None:
                    references += post.references or ()
                    post.references = []
        try:
            await self.desk.take_back_direct(account, tuple(references))
        except SendError as error:
            log.warning("list_not_taken_back", failure=error.failure.value, cause=error.cause)
