"""What a message of a contact does to their case: shown at the desk, relayed, reopened, revised.

All of it happens in the transaction that notes that the message was turned, so that a crash
repeats nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bot import clock, logs, queue
from bot.content import answers
from bot.domain.cases import CaseStatus
from bot.domain.events import Choice
from bot.domain.understanding import Tier
from bot.flows import triggers
from bot.handoff import cases as handoff
from bot.handoff import words
from bot.handoff.contact import feedback, silence
from bot.handoff.contact.silence import Part
from bot.storage import cases, conversations, deliveries, installation, messages, posts
from bot.storage.encryption import Unreadable
from bot.storage.posts import PostKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.domain.messages import Address, InboundMessage
    from bot.flows.state import FlowState
    from bot.handoff.contact.feedback import Feedback
    from bot.handoff.parts import Parts
    from bot.storage.cases import Case
    from bot.storage.conversations import Conversation, OpenConversation
    from bot.storage.messages import Message

log = logs.get()

SAFETY: Final = "handoff_safety"
OPERATOR_IS_HERE: Final = "handoff_operator_is_here"
SLOW: Final = "flood_slow"
PHRASES: Final = (SAFETY, OPERATOR_IS_HERE, SLOW)
"""What is said to contacts here."""
NUMBERS: Final = "urgent_numbers"
"""The answer with the few numbers that follow SAFETY."""
MOST_REVISIONS: Final = 2
"""Posts that wait to show a changed message: one may be on its way with what it was before, and
the next shows all that came since, however often a place on the map moves."""
GONE: Final = "desk_contact_left"
"""What operators are told of a contact who has blocked the line."""
IGNORED: Final = "blocked_contact_wrote"
"""The audit trail's word for the first message that was kept and not dealt with."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message whose turn is being stored; its conversation and its row are locked."""

    parts: Parts = field(repr=False)
    session: AsyncSession = field(repr=False)
    conversation: OpenConversation = field(repr=False)
    row: Message = field(repr=False)
    inbound: InboundMessage = field(repr=False)
    country: str | None = None
    """What the contact named as their own, ISO 3166-1."""


def is_held(conversation: Conversation) -> bool:
    """Whether an operator owns a conversation, so that the bot is silent."""
    return conversation.owner not in {handoff.BOT, handoff.QUEUE}


def without_questions(state: FlowState, *keeping: str) -> FlowState:
    """Leave what flows had asked, all but these flows: a human has spoken since.

    A "thanks" to the operator is no answer to what the bot wanted to know before.
    """
    kept = tuple(frame for frame in state.frames if frame.flow in keeping)
    return replace(state, frames=kept, parked=(), misses=0)


def in_hand(state: FlowState) -> FlowState:
    """Leave all questions but the one whether to erase the chat: its buttons go on working."""
    return without_questions(state, triggers.COMMANDS["wipe"])


async def ignore(arrived: Arrived) -> None:
    """Note, once, that somebody who is blocked wrote; it is kept, and nobody is called."""
    identity = arrived.conversation.row.id
    known = await installation.history(arrived.session, identity)
    if all(entry.event != IGNORED for entry in known):
        installation.audit(arrived.session, IGNORED, "bot", identity)


async def note_gone(parts: Parts, address: Address, update_id: str) -> None:
    """Tell operators at once that nothing reaches a contact; whoever holds their phone may know."""
    async with parts.database.transaction() as session:
        conversation = await conversations.find(session, parts.keyring, address)
        if conversation is None or conversation.row.wiping or conversation.row.blocked:
            return
        case = await cases.open_of(session, conversation.row.id)
        if case is None or not await deliveries.is_new(session, GONE, update_id):
            return
        urgent = case.tier == Tier.CRITICAL.value and case.status == CaseStatus.CLAIMED.value
        posts.add(session, case.id, PostKind.NOTICE, case=case.id, urgent=urgent, text=GONE)
        await queue.defer(parts.queue, session, queue.Job.POST, row=case.id)


async def free_if_nobody_is_there(arrived: Arrived) -> bool:
    """Give a conversation back whose operator has no case with it; whether it was so.

    No move leaves it like this; but were it so, nobody would ever answer.
    """
    conversation = arrived.conversation.row
    case = await cases.open_of(arrived.session, conversation.id)
    if case is not None and case.status == CaseStatus.CLAIMED.value:
        return False
    log.error("owner_without_case", conversation=str(conversation.id))
    conversation.owner = handoff.BOT if case is None else handoff.QUEUE
    conversation.fence += 1
    return True


async def show(arrived: Arrived, replies: Sequence[Message] = ()) -> None:
    """Show a message in the room of the open case, and what the bot answered while it waits."""
    conversation = arrived.conversation.row
    if conversation.wiping or conversation.blocked:  # nothing new of what is, or may be, erased
        return
    case = await cases.open_of(arrived.session, conversation.id)
    if case is None:
        return
    await _post(arrived, case)
    if case.status == CaseStatus.WAITING.value:
        for reply in replies:
            posts.add(arrived.session, case.id, PostKind.REPLY, case=case.id, message=reply.id)


async def relay(arrived: Arrived, part: Part, *, language: str | None, paged: bool) -> str | None:
    """Pass a message to the operator who is there; the phrase that was said to it, if any.

    `language` is one that the contact has picked; `paged` says that the message called a human.
    """
    parts, session, conversation = arrived.parts, arrived.session, arrived.conversation
    if part is Part.LANGUAGE:
        if language in dict(parts.content.offered_languages()):
            conversation.row.language, conversation.row.language_chosen = language, True
        await show(arrived)
        return None
    if part is Part.ALARM:
        reason = silence.alarm_of(arrived.inbound)
        need = handoff.Need(Tier.CRITICAL, reason, arrived.row.id, arrived.country)
        await handoff.open_case(parts.queue, session, conversation.row, need, parts.floods)
    await show(arrived)
    await owe_an_answer(parts, session, conversation.row.id)
    if paged or part is Part.ALARM:
        return await _say(arrived, SAFETY, answer=NUMBERS)
    return await _say(arrived, OPERATOR_IS_HERE) if part is Part.CONTROL else None


async def owe_an_answer(parts: Parts, session: AsyncSession, conversation: uuid.UUID) -> None:
    """Note since when the contact waits for the operator who is there."""
    case = await cases.open_of(session, conversation)
    if case is not None and case.unanswered_since is None:
        case.unanswered_since = case.watch_at = clock.now()
        case.reminders = 0
        await handoff.wake(parts.queue, session, case)


async def reopen(arrived: Arrived) -> None:
    """Take up the newest case again if it was resolved lately, and nothing is being erased."""
    conversation = arrived.conversation.row
    if not conversation.wiping:
        await handoff.reopen_recent(
            arrived.parts.queue, arrived.session, conversation, handoff.CONTACT
        )


async def take_feedback(arrived: Arrived, judged: Feedback) -> str | None:
    """Store what the contact says of the help, and thank them; the phrase of `_say`, if any."""
    parts, session, conversation = arrived.parts, arrived.session, arrived.conversation
    events = await feedback.take(session, conversation.row, judged)
    if is_held(conversation.row):
        return await _say(arrived, OPERATOR_IS_HERE)
    language = conversation.row.language or words.FALLBACK_LANGUAGE
    thanks = answers.render(parts.content, events, language, clock.today())
    await parts.outbox.enqueue(session, conversation, thanks, turn_id=arrived.row.id)
    return None


async def say_that_it_is_much(arrived: Arrived) -> str | None:
    """Say that only the newest of many messages is answered; the phrase, if it was said."""
    return await _say(
        arrived, SLOW, choices=(Choice(answers.HUMAN_PAYLOAD, phrase="button_human"),)
    )


async def revise(arrived: Arrived) -> bool:
    """Let the desk change what it shows of a message that its contact has changed.

    False when the desk shows nothing of it: then the change is a message like any other.
    """
    session, conversation = arrived.session, arrived.conversation
    original = await _original(arrived)
    case = await cases.open_of(session, conversation.row.id)
    if original is None or case is None:
        return False
    if not await posts.has(session, case.id, original.id, PostKind.MESSAGE, PostKind.PAGE):
        return False
    messages.rewrite_inbound(conversation, original, arrived.inbound)
    await session.delete(arrived.row)
    if await posts.revisions_due(session, case.id, original.id) < MOST_REVISIONS:
        posts.add(session, case.id, PostKind.REVISE, case=case.id, message=original.id)
        await queue.defer(arrived.parts.queue, session, queue.Job.POST, row=case.id)
    return True


async def _original(arrived: Arrived) -> Message | None:
    reference = arrived.inbound.reference
    if reference is None:
        return None
    try:
        found = await messages.referred_to(
            arrived.session, arrived.conversation, reference, before=arrived.row.number
        )
    except Unreadable:
        return None
    return found if found is not None and found.inbound else None


async def _post(arrived: Arrived, case: Case) -> None:
    """Add the post of a message, unless a page shows it; the card tells what has become known."""
    session, conversation = arrived.session, arrived.conversation.row
    urgent = (
        case.tier == Tier.CRITICAL.value
        and case.status == CaseStatus.CLAIMED.value
        and not arrived.parts.floods.is_flooding(conversation.id)
    )
    if not await posts.has(session, case.id, arrived.row.id, PostKind.MESSAGE, PostKind.PAGE):
        posts.add(
            session,
            case.id,
            PostKind.MESSAGE,
            case=case.id,
            urgent=urgent,
            message=arrived.row.id,
        )
    country = arrived.country or case.country
    if (case.language, case.country) != (conversation.language, country):
        case.language, case.country, case.card_stale = conversation.language, country, True
    priority = queue.PRIORITY_CRITICAL if urgent else queue.PRIORITY_NORMAL
    await queue.defer(arrived.parts.queue, session, queue.Job.POST, row=case.id, priority=priority)


async def _say(
    arrived: Arrived,
    phrase: str,
    *,
    answer: str | None = None,
    choices: Sequence[Choice] = (),
) -> str | None:
    """Say a phrase unless it was said lately; whoever commits it notes that it was."""
    parts, conversation = arrived.parts, arrived.conversation
    if not parts.floods.may_say(phrase, conversation.row.id):
        return None
    await words.say(parts, arrived.session, conversation, phrase, answer=answer, choices=choices)
    return phrase


def note_said(parts: Parts, conversation: uuid.UUID, phrase: str | None) -> None:
    """Note that a phrase was said, when that has been committed."""
    if phrase is not None:
        parts.floods.said(phrase, conversation)
