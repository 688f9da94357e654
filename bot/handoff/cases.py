"""The course of a case: opened, claimed, handed on, resolved, reopened; each move at once whole.

Whoever changes a case locks its conversation first and the case after it, so that of two claims
one wins, and a turn that runs at the same time sees one owner. A change of owner raises the
conversation's fence: what the earlier owner has not sent is dropped. An operator who leaves by
their own will is asked to wait until it went (`presses.py`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import clock, logs, queue
from bot.domain import cases as rules
from bot.domain.cases import CaseStatus, IllegalMove, Move, Outcome, Who
from bot.domain.understanding import Tier
from bot.handoff import floods
from bot.storage import cases, installation, posts
from bot.storage.cases import Case
from bot.storage.conversations import Conversation
from bot.storage.posts import PostKind

if TYPE_CHECKING:
    import procrastinate
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.handoff.floods import Floods

log = logs.get()

BOT, QUEUE = "bot", "queue"
"""Owners of a conversation that are nobody's; an operator's id is the third kind."""
REOPENS_WITHIN = timedelta(hours=72)
"""After it was resolved: who writes by then has the same need."""


@dataclass(frozen=True, slots=True)
class Need:
    """Why a human is needed: a tier and a reason that is no message text."""

    tier: Tier
    reason: str
    turn_id: uuid.UUID | None
    country: str | None = None
    """What the contact named as their own, ISO 3166-1."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a move: an operator by id, or the bot, a timer, the contact."""

    operator: uuid.UUID | None = None
    name: str = "system"
    """As the audit trail has it; an operator's is their id."""
    supervisor: bool = False
    contact: bool = False

    def part_in(self, case: Case) -> Who:
        """In which part they act on a case."""
        if self.operator is None and not self.supervisor:
            return Who.CONTACT if self.contact else Who.SYSTEM
        if self.operator is not None and self.operator == case.operator_id:
            return Who.OWNER
        return Who.SUPERVISOR if self.supervisor else Who.OPERATOR


SYSTEM = Actor()
CONTACT = Actor(name="contact", contact=True)
COMMAND_LINE = Actor(name="cli", supervisor=True)
"""Whoever holds the machine: may do what a supervisor may, and claims nothing."""


async def open_case(
    app: procrastinate.App,
    session: AsyncSession,
    conversation: Conversation,
    need: Need,
    flood: Floods | None = None,
) -> int:
    """Open, reopen or raise the conversation's case and page operators to it; the case's number.

    The conversation's row must be locked by the session. A turn pages once, however often
    it runs. With the budgets of `flood`, one of many pages of a case is shown as a message.
    """
    case = await cases.open_of(session, conversation.id)
    known = case is not None
    if case is None:
        case = await reopen_recent(app, session, conversation, CONTACT)
    if case is None:
        case = await _begin(session, conversation, need)
    case.country = need.country or case.country
    case.language = conversation.language or case.language
    page = await cases.add_page(
        session, case, tier=need.tier.value, reason=need.reason, turn_id=need.turn_id
    )
    if page is None:
        return case.number
    urgent = need.tier is Tier.CRITICAL
    raised = cases.URGENCY.get(need.tier.value, 0) > cases.URGENCY.get(case.tier, 0)
    shown = flood is None or need.turn_id is None or flood.may_page(case.id)
    if raised:
        case.tier, case.reason, case.card_stale = need.tier.value, need.reason, True
    if raised or (urgent and shown and case.acknowledged_at is not None):
        _ring_anew(case)
    posts.add(
        session,
        case.id,
        PostKind.PAGE if shown or raised or not known else PostKind.MESSAGE,
        case=case.id,
        urgent=urgent and shown,
        message=need.turn_id,
        values={"tier": need.tier.value, "reason": need.reason},
    )
    await wake(app, session, case)
    installation.audit(session, "case_paged", "bot", case.id)
    log.info("case_paged", case=case.number, tier=need.tier.value)
    return case.number


def _ring_anew(case: Case) -> None:
    """What was not urgent, or was seen before this, waits for nobody any longer."""
    case.watch_at, case.card_stale = clock.now(), True
    if case.status == CaseStatus.WAITING.value:
        case.rings, case.rang_at, case.acknowledged_at = 0, None, None


async def _begin(session: AsyncSession, conversation: Conversation, need: Need) -> Case:
    many = need.tier is Tier.CRITICAL and await floods.of_cases(session)
    case = Case(
        id=uuid.uuid4(),
        conversation_id=conversation.id,
        status=CaseStatus.WAITING.value,
        tier=need.tier.value,
        reason=need.reason + (floods.ONE_OF_MANY if many else ""),
        language=conversation.language,
        opened_hour=clock.this_hour(),
        rings=0,
        words=0,
        reminders=0,
        reopened=0,
        card_stale=True,
    )
    _wait(case, conversation)
    session.add(case)
    await session.flush()
    posts.add(session, case.id, PostKind.HISTORY, case=case.id, urgent=need.tier is Tier.CRITICAL)
    installation.audit(session, "case_open", "bot", case.id)
    return case


async def reopen_recent(
    app: procrastinate.App, session: AsyncSession, conversation: Conversation, actor: Actor
) -> Case | None:
    """Reopen the newest case if it was resolved lately; None if it was not.

    The conversation's row must be locked by the session.
    """
    case = await cases.latest_of(session, conversation.id)
    if case is None or case.status != CaseStatus.RESOLVED.value or case.resolved_hour is None:
        return None
    # Hours are all that is stored: up to one more.
    if case.resolved_hour < clock.this_hour() - REOPENS_WITHIN:
        return None
    await _move(app, session, conversation, case, Move.REOPEN, actor)
    posts.add(session, case.id, PostKind.NOTICE, case=case.id, text="desk_reopened")
    return case


async def move(  # noqa: PLR0913 - what a move is
    app: procrastinate.App,
    session: AsyncSession,
    case_id: uuid.UUID,
    move: Move,
    actor: Actor,
    *,
    to: uuid.UUID | None = None,
    outcome: Outcome | None = None,
) -> Case:
    """Make a move, whole or not at all.

    `to` is the operator to whom HAND_OVER gives the case; `outcome` belongs to RESOLVE.

    Raises:
        IllegalMove: the case does not allow it now, or not to them; another was quicker.
        LookupError: there is no such case any more.
    """
    conversation, case = await locked(session, case_id)
    await _move(app, session, conversation, case, move, actor, to=to, outcome=outcome)
    return case


async def locked(session: AsyncSession, case_id: uuid.UUID) -> tuple[Conversation | None, Case]:
    """A case and its conversation, locked in the order that everybody keeps.

    Raises:
        LookupError: there is no such case any more.
    """
    owner = await session.scalar(sa.select(Case.conversation_id).where(Case.id == case_id))
    conversation = None
    if owner is not None:
        conversation = await session.get(
            Conversation, owner, with_for_update=True, populate_existing=True
        )
    case = await session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise LookupError("there is no such case")
    return conversation, case


async def _move(  # noqa: PLR0913, PLR0917 - what a move is
    app: procrastinate.App,
    session: AsyncSession,
    conversation: Conversation | None,
    case: Case,
    move: Move,
    actor: Actor,
    *,
    to: uuid.UUID | None = None,
    outcome: Outcome | None = None,
) -> None:
    who = actor.part_in(case)
    status = CaseStatus(case.status)
    after = rules.check(move, status, who)
    if move is Move.HAND_OVER and to is None:
        raise ValueError("handing over needs somebody to hand over to")
    if conversation is None and after is not CaseStatus.RESOLVED:
        raise IllegalMove(move, status, who)  # erased: nobody is left to help
    case.status = after.value
    if move in {Move.RAISE, Move.LOWER}:
        tier = Tier.CRITICAL if move is Move.RAISE else Tier.ELEVATED
        case.tier, case.watch_at = tier.value, clock.now()
    elif after is CaseStatus.CLAIMED:
        _claim(case, conversation, to if move is Move.HAND_OVER else actor.operator)
    elif after is CaseStatus.WAITING:
        _wait(case, conversation)
        if move is Move.REOPEN:
            case.reopened += 1
            case.outcome = case.resolved_hour = None
    else:
        _resolve(case, conversation, outcome or Outcome.HELPED)
    if conversation is not None and move not in {Move.RAISE, Move.LOWER, Move.REOPEN}:
        conversation.fence += 1  # what the earlier owner has not sent is dropped, and marked so
    case.card_stale = True
    installation.audit(session, f"case_{move.value}", actor.name, case.id)
    log.info("case_moved", case=case.number, status=case.status, tier=case.tier, kind=move.value)
    await wake(app, session, case)


def _wait(case: Case, conversation: Conversation | None) -> None:
    now = clock.now()
    case.operator_id = case.claimed_at = None
    case.waiting_since = case.watch_at = now
    case.first_waited_at = case.first_waited_at or now
    case.acknowledged_at = case.unanswered_since = case.rang_at = None
    case.rings = case.words = case.reminders = 0
    case.nobody_said = False
    if conversation is not None:
        conversation.owner = QUEUE


def _claim(case: Case, conversation: Conversation | None, operator: uuid.UUID | None) -> None:
    now = clock.now()
    if case.first_waited_at is not None:
        passed = int((now - case.first_waited_at).total_seconds())
        case.seconds_to_claim = passed if case.seconds_to_claim is None else case.seconds_to_claim
        if case.seconds_to_acknowledge is None:
            case.seconds_to_acknowledge = passed
    case.operator_id, case.claimed_at = operator, now
    case.waiting_since = case.acknowledged_at = case.rang_at = None
    # Whoever comes new to a case owes the contact a first word.
    case.unanswered_since = case.watch_at = now
    case.reminders = 0
    if conversation is not None:
        conversation.owner = str(operator)


def _resolve(case: Case, conversation: Conversation | None, outcome: Outcome) -> None:
    now = clock.now()
    if case.first_waited_at is not None:
        case.seconds_to_resolve = int((now - case.first_waited_at).total_seconds())
    case.operator_id = case.claimed_at = None
    case.outcome, case.resolved_hour = outcome.value, clock.this_hour()
    case.waiting_since = case.acknowledged_at = case.unanswered_since = None
    case.first_waited_at = case.rang_at = case.watch_at = None
    if conversation is not None:
        conversation.owner = BOT


async def acknowledge(
    app: procrastinate.App, session: AsyncSession, case_id: uuid.UUID, actor: Actor
) -> Case:
    """Note that an operator has seen a waiting case: the rings rest, until nobody took it.

    Raises:
        LookupError: there is no such case any more.
    """
    _, case = await locked(session, case_id)
    if case.status != CaseStatus.WAITING.value:
        return case
    now = clock.now()
    case.acknowledged_at = case.watch_at = now
    if case.seconds_to_acknowledge is None and case.first_waited_at is not None:
        case.seconds_to_acknowledge = int((now - case.first_waited_at).total_seconds())
    case.card_stale = True
    installation.audit(session, "case_acknowledge", actor.name, case.id)
    log.info("case_acknowledged", case=case.number, tier=case.tier)
    await wake(app, session, case)
    return case


async def wake(app: procrastinate.App, session: AsyncSession, case: Case) -> None:
    """Let the case's timers and its room be looked at as soon as this transaction is over."""
    urgent = case.tier == Tier.CRITICAL.value
    priority = queue.PRIORITY_PAGE if urgent else queue.PRIORITY_ELEVATED
    await queue.defer(app, session, queue.Job.WATCH, row=case.id, priority=priority)
    await queue.defer(app, session, queue.Job.POST, row=case.id, priority=priority)
