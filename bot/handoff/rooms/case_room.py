"""A case's room at the desk: opened, headed by its card, filled in order, closed when it is done.

Every step looks at the store afresh, does one thing at the desk and notes it. A crash between
the two repeats that one thing; nothing is ever noted that was not done.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot import clock, logs
from bot.domain.cases import CaseStatus
from bot.domain.channel import SendError
from bot.domain.understanding import Tier
from bot.handoff.desk import Desk, Entry, RoomGone
from bot.handoff.paging import colleagues
from bot.handoff.rooms import card, clearing, views
from bot.handoff.rooms.clearing import FOR_GOOD
from bot.handoff.rooms.entries import Mark, Plan, PostMaker, Revise, Show
from bot.storage import posts
from bot.storage.cases import Case
from bot.storage.posts import Post, PostKind, PostStatus

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.handoff.parts import Parts

log = logs.get()

MOST_AT_ONCE: Final = 10
"""Steps of one job: a case with much to show must not keep a place in the lane for it."""


@dataclass(frozen=True, slots=True)
class _Look:
    """How a case stood, and what is to be done about it next."""

    number: int
    tier: str
    topic: int | None
    card: str | None
    title: str
    resolved: bool
    erased: bool
    urgent: bool
    standing: tuple[object, ...]
    """What the card says, to see later whether it still does."""
    drawing: Entry | None = field(default=None, repr=False)
    """The card, when it is its turn."""
    due: _Due | None = None


@dataclass(frozen=True, slots=True)
class _Due:
    post: uuid.UUID
    kind: PostKind
    urgent: bool
    plan: Plan | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaseRoom:
    """Fills the room of one case."""

    parts: Parts = field(repr=False)
    desk: Desk = field(repr=False)
    case_id: uuid.UUID

    async def fill(self) -> bool:
        """Show what is due. False when there is more than one job should show.

        Raises:
            RoomGone: it was deleted.
            SendError: the desk did not take something; it is tried again.
        """
        for step in range(MOST_AT_ONCE + 1):
            look = await self._look()
            if look is None or look.erased:
                await self._leave(look)
                return True
            if look.drawing is None and look.due is None:
                if step and look.resolved and look.topic is not None:
                    await self._quietly(self.desk.close_room(look.topic))
                return True
            if step < MOST_AT_ONCE:
                await self._do(look)
        return False

    async def _do(self, look: _Look) -> None:
        """Do the next thing."""
        if look.topic is None and look.card is None and await self._opened(look):
            return  # what it shows depends on where
        if look.drawing is not None:
            await self._draw(look, look.drawing)
        elif look.due is not None:
            await self._show(look, look.due)

    async def _look(self) -> _Look | None:
        parts = self.parts
        async with parts.database.transaction() as session:
            case = await session.get(Case, self.case_id)
            if case is None:
                return None
            voice = views.voice_of(parts)
            view = await views.view_of(session, case)
            post = await posts.next_due(session, case.id)
            # What is urgent is read first; in a flood its card may come minutes later.
            hurry = post is not None and await posts.has_urgent(session, case.id)
            known = case.topic is not None or case.card is not None
            wanted = case.card_stale and (known or case.status != CaseStatus.RESOLVED.value)
            drawing = due = None
            if case.conversation_id is not None and wanted and not hurry:
                answered = await views.answers_of(parts, session, case)
                whole = await views.view_of(session, case, answered)
                menu, now = card.Menu(case.menu or card.Menu.MAIN), clock.now()
                hands = menu is card.Menu.HAND
                people = await colleagues.of(session, case, now) if hands else ()
                drawing = card.card(whole, voice, now, menu=menu, people=people)
            elif case.conversation_id is not None and post is not None:
                maker = PostMaker(parts, session, case, post, view, voice)
                due = _Due(post.id, PostKind(post.kind), hurry, await maker.plan())
            return _Look(
                number=case.number,
                tier=case.tier,
                topic=case.topic,
                card=case.card,
                title=card.title(view),
                resolved=case.status == CaseStatus.RESOLVED.value,
                erased=case.conversation_id is None,
                urgent=hurry or case.tier == Tier.CRITICAL.value,
                standing=_standing(case),
                drawing=drawing,
                due=due,
            )

    async def _opened(self, look: _Look) -> bool:
        """Open a room; False where the desk has none."""
        topic = await self.desk.open_room(look.title, urgent=look.urgent)
        if topic is None:
            return False
        async with self.parts.database.transaction() as session:
            case = await self._locked(session)
            kept = case is not None and case.conversation_id is not None and case.topic is None
            if case is not None and kept:
                case.topic = topic
        if not kept:  # erased meanwhile, or opened by another process
            await self.desk.delete_room(topic)
        return True

    async def _draw(self, look: _Look, entry: Entry) -> None:
        if look.topic is not None and look.card is not None:
            await self._quietly(self.desk.rename_room(look.topic, look.title))
            if not look.resolved:
                await self._quietly(self.desk.reopen_room(look.topic))
        drawn = await self._put_card(look, entry)
        async with self.parts.database.transaction() as session:
            case = await self._locked(session)
            erased = case is None or case.conversation_id is None
            if case is not None and not erased and case.topic == look.topic:
                case.card = drawn or case.card
                case.card_stale = _standing(case) != look.standing
        if erased and drawn is not None:
            await self._take_back(look, (drawn,))

    async def _put_card(self, look: _Look, entry: Entry) -> str | None:
        """The card's id; None when the desk will never take it, which must not hold up the rest."""
        # Somebody has just pressed a button of the old one; of a new case the page comes first.
        urgent = look.card is not None
        for form in (entry, Entry(text=look.title)):
            try:
                return await self.desk.put_card(look.topic, look.card, form, urgent=urgent)
            except RoomGone:
                raise
            except SendError as error:
                if error.failure not in FOR_GOOD:
                    raise
                log.error("card_refused", case=look.number, cause=error.cause)
        return None

    async def _show(self, look: _Look, due: _Due) -> None:
        references = await self._act(look, due) if due.plan is not None else None
        async with self.parts.database.transaction() as session:
            case = await self._locked(session)
            post = await session.get(Post, due.post, with_for_update=True)
            erased = case is None or case.conversation_id is None
            if post is not None:
                shown = references is not None and not erased
                post.status = (PostStatus.POSTED if shown else PostStatus.UNPOSTED).value
                post.references = list(references) if references and shown else []
        if references and erased:
            await self._take_back(look, references)
        elif references is not None and due.kind is PostKind.PAGE:
            log.info("page_posted", case=look.number, tier=look.tier)

    async def _act(self, look: _Look, due: _Due) -> tuple[str, ...] | None:
        """Do it at the desk; what was made there, None when the desk will never take it."""
        plan = due.plan
        try:
            if isinstance(plan, Mark):
                await self.desk.mark(plan.reference, delivered=plan.delivered)
                return ()
            if isinstance(plan, Revise):
                try:
                    await self.desk.revise(plan.reference, plan.entry)
                except SendError as error:
                    if error.failure not in FOR_GOOD:
                        raise
                    plan = plan.anew
                else:
                    return ()
            return await self._post(look, due, plan) if isinstance(plan, Show) else ()
        except RoomGone:
            raise
        except SendError as error:
            if error.failure not in FOR_GOOD:
                raise
            log.error("post_refused", case=look.number, kind=due.kind.value, cause=error.cause)
            return None

    async def _post(self, look: _Look, due: _Due, plan: Show) -> tuple[str, ...]:
        """Post an entry; refused, what is plain of it, so that a call is read at least."""
        try:
            return await self.desk.post(look.topic, plan.entry, urgent=due.urgent)
        except RoomGone:
            raise
        except SendError as error:
            if error.failure not in FOR_GOOD:
                raise
            log.warning("post_made_plain", case=look.number, kind=due.kind.value, cause=error.cause)
        return await self.desk.post(look.topic, plan.plain, urgent=due.urgent)

    async def _quietly(self, call: Awaitable[None]) -> None:
        """Do what the room can also be without."""
        try:
            await call
        except RoomGone:
            raise
        except SendError as error:
            if error.failure not in FOR_GOOD:
                raise
            log.warning("room_unchanged", cause=error.cause)

    async def _leave(self, look: _Look | None) -> None:
        """Nothing of somebody who was erased stays at the desk, nor waits to come there."""
        async with self.parts.database.transaction() as session:
            for post in await posts.all_due(session, self.case_id):
                post.status = PostStatus.UNPOSTED.value
            posted = await posts.with_references(session, self.case_id)
            references = [reference for post in posted for reference in post.references or ()]
        if look is None:
            return
        if look.card is not None:
            references.append(look.card)
        kept = await self._clear(look.topic, references)
        async with self.parts.database.transaction() as session:
            await clearing.tell_what_stays(self.parts, session, [look.number], kept)
            case = await self._locked(session)
            if case is not None:
                case.topic, case.card, case.card_stale = None, None, False
            for post in await posts.with_references(session, self.case_id):
                post.references = []

    async def _clear(self, topic: int | None, references: Sequence[str]) -> int:
        return await clearing.clear(self.desk, [topic] if topic is not None else [], references)

    async def _take_back(self, look: _Look, references: tuple[str, ...]) -> None:
        """Its contact was erased while we posted: what they want gone must not stay."""
        try:
            await self._clear(look.topic, references)
        except SendError as error:
            log.error("post_not_taken_back", failure=error.failure.value, cause=error.cause)
            raise

    async def _locked(self, session: AsyncSession) -> Case | None:
        return await session.get(Case, self.case_id, with_for_update=True)


def _standing(case: Case) -> tuple[object, ...]:
    """All of a case that its card shows."""
    return (
        *(case.status, case.tier, case.reason, case.language, case.country, case.operator_id),
        *(case.claimed_at, case.waiting_since, case.acknowledged_at, case.reopened, case.outcome),
        case.menu,
    )
