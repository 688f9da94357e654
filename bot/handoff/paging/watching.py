"""Looking after one open case: operators are called, the contact is told, the slow reminded."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot import clock, logs, queue
from bot.domain.cases import CaseStatus, Move, Outcome
from bot.domain.events import Choice
from bot.domain.understanding import Tier
from bot.flows.state import FlowState, StateError
from bot.handoff import cases, words
from bot.handoff.paging import team, timing
from bot.handoff.paging.timing import RING_NOTICE, Act, Remind, Requeue, Ring, Tell, View, Words
from bot.storage import conversations, installation, messages, posts
from bot.storage.encryption import Unreadable
from bot.storage.posts import PostKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.content.library import Library
    from bot.domain.events import SlotValue
    from bot.handoff.paging.team import Team
    from bot.handoff.parts import Parts
    from bot.storage.cases import Case
    from bot.storage.conversations import Conversation

log = logs.get()

PHRASES: Final = (
    "handoff_waiting_critical",
    "handoff_waiting",
    "handoff_seen",
    "handoff_nobody_on_duty",
    "handoff_requeued",
    "handoff_minutes",
    "handoff_hours",
)
"""What is said to contacts here."""
NUMBERS: Final = "emergency_numbers"
"""The answer with numbers that somebody who cannot wait may call."""
IN_HOURS: Final = 120
"""From so many minutes on a wait is told in hours."""
ADVICE_FIRST: Final = timedelta(seconds=2)
"""That nobody is on duty waits for the turn that called: its advice is to be read first."""


async def watch(parts: Parts, case_id: uuid.UUID) -> None:
    """Look at an open case, do what is due, and note when to look again: all of it, or nothing.

    Without a desk nobody can be called, and the contact was told so by the turn.
    """
    async with parts.database.transaction() as session:
        with suppress(LookupError):  # it is gone, and with it what was due
            conversation, case = await cases.locked(session, case_id)
            if case.status != CaseStatus.RESOLVED.value:
                await _look(parts, session, conversation, case)


async def _look(
    parts: Parts, session: AsyncSession, conversation: Conversation | None, case: Case
) -> None:
    now = clock.now()
    if conversation is None:  # erased: nobody is left to help
        await cases.move(
            parts.queue, session, case.id, Move.RESOLVE, cases.SYSTEM, outcome=Outcome.ERASED
        )
        return
    waits = case.status == CaseStatus.WAITING.value
    if parts.desk is None and waits:
        log.error("page_has_no_desk", case=case.number, tier=case.tier)
    if waits and (parts.desk is None or conversation.blocked):
        case.watch_at = now + timing.MOST_AHEAD
        return
    people = await team.load(session, now)
    await _Watch(parts, session, conversation, case, people, now).keep()


@dataclass(frozen=True, slots=True)
class _Watch:
    """One look at a case that is open, with its row and its conversation's locked."""

    parts: Parts
    session: AsyncSession
    conversation: Conversation
    case: Case
    people: Team
    now: datetime

    async def keep(self) -> None:
        """Do what is due and note it in the case."""
        view = self._view()
        plan = timing.plan(view, self.now)
        acts, next_at = plan.acts, plan.next_at
        if any(isinstance(act, Tell) and not act.minutes for act in acts) and await self._turning():
            acts = tuple(act for act in acts if not isinstance(act, Tell))
            next_at = min(next_at, self.now + ADVICE_FIRST)
        for act in acts:
            await self._do(act)
        if any(isinstance(act, Requeue) for act in acts):
            return  # the move has begun a new wait, and asked for the next look
        after = timing.noted(view, acts, self.now)
        case = self.case
        case.rings, case.rang_at, case.words = after.rings, after.rang_at, after.words
        case.reminders, case.nobody_said = after.reminders, after.nobody_said
        case.watch_at = next_at

    def _view(self) -> View:
        case = self.case
        return View(
            status=CaseStatus(case.status),
            tier=Tier(case.tier),
            waiting_since=case.waiting_since,
            acknowledged_at=case.acknowledged_at,
            unanswered_since=case.unanswered_since,
            rang_at=case.rang_at,
            rings=case.rings,
            words=case.words,
            reminders=case.reminders,
            nobody_said=case.nobody_said,
            on_duty=self.people.anybody_on_duty,
            came_back=self._came_back,
        )

    async def _turning(self) -> bool:
        waiting = await messages.oldest(self.session, self.conversation.id, inbound=True)
        return waiting is not None

    async def _do(self, act: Act) -> None:
        match act:
            case Ring():
                await self._ring(act)
            case Tell():
                await self._tell(act)
            case Remind():
                await self._remind(act)
            case Requeue():
                await self._requeue()

    async def _ring(self, ring: Ring) -> None:
        case, critical = self.case, self._critical
        language = case.language or self.conversation.language
        called = self.people.called(ring.circle, language, critical=critical)
        for operator in called:
            await self._show_alone(operator)
        # The first ring of all comes with the page that opened the case.
        if ring.number > 1 or self._came_back:
            values = {"ring": ring.number, "count": len(called), "minutes": self._waited()}
            # In a flood rings would take all that the desk takes in a minute, and new cases would
            # never be shown: they wait for what is urgent, and only the newest is shown.
            await posts.supersede(self.session, case.id, RING_NOTICE)
            await self._notice(RING_NOTICE, values, urgent=False)
        installation.audit(self.session, "case_ring", cases.SYSTEM.name, case.id)
        log.info(
            "case_rung", case=case.number, tier=case.tier, attempt=ring.number, count=len(called)
        )
        if not called:
            log.error("ring_reaches_nobody", case=case.number, tier=case.tier)

    async def _tell(self, tell: Tell) -> None:
        numbers = (Choice(f"/answer({NUMBERS})", "button_numbers"),)
        match tell.words:
            case Words.NOBODY:
                await self._notice("desk_nobody_on_duty", {}, urgent=False)
                await self._say("handoff_nobody_on_duty", answer=NUMBERS)
            case Words.SEEN:
                await self._say("handoff_seen", minutes=tell.minutes, choices=numbers)
            case Words.WAITING:
                phrase = "handoff_waiting_critical" if self._critical else "handoff_waiting"
                await self._say(phrase, minutes=tell.minutes, choices=numbers)

    async def _remind(self, remind: Remind) -> None:
        await self._notice("desk_remind", {"minutes": remind.minutes}, urgent=self._critical)
        if self.case.operator_id is not None:
            await self._show_alone(self.case.operator_id)
        log.info("case_reminded", case=self.case.number, tier=self.case.tier)

    async def _requeue(self) -> None:
        await cases.move(self.parts.queue, self.session, self.case.id, Move.REQUEUE, cases.SYSTEM)
        if self.parts.desk is not None:
            await self._say("handoff_requeued")

    @property
    def _critical(self) -> bool:
        return self.case.tier == Tier.CRITICAL.value

    @property
    def _came_back(self) -> bool:
        return self.case.waiting_since != self.case.first_waited_at

    def _waited(self) -> int:
        since = self.case.waiting_since or self.now
        return max(int((self.now - since) / timedelta(minutes=1)), 0)

    async def _show_alone(self, operator: uuid.UUID) -> None:
        """Call an operator in their own room, which shows all that waits in one list."""
        posts.add(self.session, operator, PostKind.PAGE, case=self.case.id, urgent=self._critical)
        await self._defer_post(operator)

    async def _notice(self, text: str, values: Mapping[str, int], *, urgent: bool) -> None:
        """Say something to the operators in the case's room."""
        posts.add(
            self.session,
            self.case.id,
            PostKind.NOTICE,
            case=self.case.id,
            urgent=urgent,
            text=text,
            values=values,
        )
        await self._defer_post(self.case.id)

    async def _defer_post(self, room: uuid.UUID) -> None:
        priority = queue.PRIORITY_PAGE if self._critical else queue.PRIORITY_ELEVATED
        await queue.defer(
            self.parts.queue, self.session, queue.Job.POST, row=room, priority=priority
        )

    async def _say(
        self,
        phrase: str,
        *,
        minutes: int | None = None,
        choices: Sequence[Choice] = (),
        answer: str | None = None,
    ) -> None:
        """Say something to the contact, if they can be reached and may be written to."""
        row = self.conversation
        # A channel that was turned off has nobody to send; the rings go on all the same.
        if row.wiping or not row.reachable or row.channel not in self.parts.outbox.channels:
            return
        try:
            found = await conversations.load(self.session, self.parts.keyring, row.id)
            quiet = found is None or _asked_for_silence(found.state)
        except Unreadable:
            log.error("conversation_unreadable", conversation=str(row.id))
            return
        if found is None or quiet:
            return
        slots: dict[str, SlotValue] = {}
        if minutes is not None:
            language = row.language or words.FALLBACK_LANGUAGE
            slots["waited"] = _span(self.parts.content, language, minutes)
        await words.say(
            self.parts,
            self.session,
            found,
            phrase,
            slots=slots,
            choices=choices,
            answer=answer,
        )


def _asked_for_silence(state: str | None) -> bool:
    """Whether the contact said that it is not safe to go on writing (flows/danger.yml).

    A telephone that lights up in the wrong hands does more harm than not knowing how it stands.
    """
    with suppress(StateError):
        return state is not None and FlowState.from_json(state).slots.get("can_write") is False
    return False


def _span(content: Library, language: str, minutes: int) -> str:
    """A time as it is said in a language."""
    hours = minutes >= IN_HOURS
    phrase = content.phrase("handoff_hours" if hours else "handoff_minutes", language)
    number = str(minutes // 60 if hours else minutes)
    return phrase.fill({"hours": number, "minutes": number}) if phrase else ""
