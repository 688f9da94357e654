"""One message in, replies out: the page to read first. Understand, assess, decide, answer, store.

A turn is a function of what was stored, so it may be killed anywhere and run again: the page
of an urgent message is committed on its own (T2) and made once for each message; replies, new
flow state, what the desk is shown and the note that the message was turned are committed together
(T3). Who owns the conversation is looked at under its lock, in T3: if that has changed since the
turn began, it is decided anew.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot import erasure, logs, missed, queue, replies, triage
from bot.domain.events import HumanCalled, LanguageChanged, WipeRequested
from bot.domain.messages import InboundMessage, Kind
from bot.domain.understanding import Assessment, Decision, Tier, Understanding
from bot.facts import Facts
from bot.flows import engine, filling, loading, triggers
from bot.flows.definition import FlowError
from bot.flows.state import FlowState, Outcome, StateError, TurnInput
from bot.handoff import cases as handoff
from bot.handoff.contact import arrivals, feedback, silence
from bot.handoff.contact.arrivals import Arrived
from bot.handoff.contact.silence import Part
from bot.nlu import needs
from bot.storage import conversations, installation, messages
from bot.storage.messages import Message, Status
from bot.triage import Reply

if TYPE_CHECKING:
    from bot.domain.events import Event
    from bot.domain.messages import OutboundMessage
    from bot.flows.definition import FlowLibrary
    from bot.runtime import Runtime
    from bot.storage.conversations import OpenConversation

log = logs.get()

PRIORITIES = {Tier.CRITICAL: queue.PRIORITY_CRITICAL, Tier.ELEVATED: queue.PRIORITY_ELEVATED}
_COUNTRY = re.compile("[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Turn:
    """A message that is being turned, and what its conversation was when it began."""

    conversation_id: uuid.UUID
    message_id: uuid.UUID
    inbound: InboundMessage = field(repr=False)
    state: FlowState = field(repr=False)
    language: str | None
    language_chosen: bool
    held: bool = False
    """An operator owns the conversation: the bot is silent."""
    ignored: bool = False
    """An operator blocked the contact: what they write is kept, and no more; they may erase it."""


async def next_message(runtime: Runtime, conversation_id: uuid.UUID) -> uuid.UUID | None:
    """The message of a conversation whose turn is next; None when nothing waits."""
    async with runtime.database.transaction() as session:
        row = await messages.oldest(session, conversation_id, inbound=True)
        return row.id if row is not None else None


async def take(runtime: Runtime, conversation_id: uuid.UUID, message_id: uuid.UUID) -> None:
    """Hops 3 to 8 for one message, with the texts and flows that are live when it begins.

    Raises:
        Unreadable: it cannot be opened: its key is lost, or it was altered.
    """
    runtime = runtime.of_one_edition()
    turn = await _load(runtime, conversation_id, message_id)
    if turn is None:
        return
    decided = None if turn.ignored else await _decide(runtime, turn)
    if await _store(runtime, turn, decided):
        await take(runtime, conversation_id, message_id)
    elif decided is not None:
        log.info(
            "turn_taken",
            conversation=str(turn.conversation_id),
            message=str(turn.message_id),
            tier=decided.assessment.tier.value,
            decision=decided.assessment.decision.value,
            engine=decided.engine,
            count=len(decided.replies),
        )


async def _load(runtime: Runtime, conversation_id: uuid.UUID, message_id: uuid.UUID) -> Turn | None:
    """Hop 3; None when it was erased meanwhile."""
    async with runtime.database.transaction() as session:
        row = await session.get(Message, message_id)
        conversation = await conversations.load(session, runtime.keyring, conversation_id)
        if conversation is None or row is None:
            return None
        held = arrivals.is_held(conversation.row)
        state = _read_state(conversation)
        if held:
            state = arrivals.in_hand(state)
        elif await messages.operator_spoke_last(session, conversation_id):
            state = arrivals.without_questions(state)
        inbound = messages.read_inbound(conversation, row)
        return Turn(
            conversation_id=conversation_id,
            message_id=row.id,
            inbound=inbound,
            state=state,
            language=conversation.row.language,
            language_chosen=conversation.row.language_chosen,
            held=held,
            ignored=conversation.row.blocked and not silence.erases(inbound),
        )


def _read_state(conversation: OpenConversation) -> FlowState:
    """The flow state; a fresh one when the stored one cannot be read, since people go on."""
    stored = conversation.state
    if stored is None:
        return FlowState()
    try:
        return FlowState.from_json(stored)
    except StateError:
        log.error("state_unreadable", conversation=str(conversation.row.id))
        return FlowState(greeted=True)


@dataclass(frozen=True, slots=True)
class _Decided:
    """What a turn came to, before it is stored."""

    given: TurnInput = field(repr=False)
    language: str
    assessment: Assessment
    part: Part
    """What of it is the bot's while an operator owns the conversation."""
    engine: str = "none"
    outcome: Outcome | None = field(default=None, repr=False)
    """None where the bot is silent."""
    replies: tuple[OutboundMessage, ...] = field(default=(), repr=False)


async def _decide(runtime: Runtime, turn: Turn) -> _Decided:
    """Hops 4 to 7; 6 and 7 give way to an operator, and in a flood to a newer message."""
    is_few = runtime.handoff.floods.wrote(turn.conversation_id)
    understanding = await _understand(runtime, turn)
    language = _language(runtime, turn, understanding)
    library, given, assessment = await _weigh(runtime, turn, understanding, language)
    part = silence.part_of(replies.picked(runtime.content, turn.inbound), runtime.policy.tiers)
    engine_name = understanding.engine if understanding else "none"
    decided = _Decided(given, language, assessment, part, engine_name)
    silent = turn.held and part is not Part.SAFETY
    if silent or feedback.read(turn.inbound.payload) is not None:
        return decided
    if not is_few and await _gives_way(runtime, turn, decided):
        return decided
    state = _with_desk(runtime, turn.state)
    outcome = engine.advance(library, state, given, Facts(runtime.content), runtime.policy)
    said = replies.render(runtime.content, outcome, language)
    return replace(decided, outcome=outcome, replies=said)


async def _gives_way(runtime: Runtime, turn: Turn, decided: _Decided) -> bool:
    """Whether this is one of a flood of messages, of which only the newest is answered."""
    if not silence.can_wait(decided.given, turn.state, decided.assessment):
        return False
    async with runtime.database.transaction() as session:
        row = await session.get(Message, turn.message_id)
        return row is not None and await messages.newer_waits(session, row)


async def _understand(runtime: Runtime, turn: Turn) -> Understanding | None:
    """Hop 4, outside any transaction; None for what holds no text to understand."""
    if turn.inbound.kind in {Kind.BUTTON, Kind.COMMAND} or not turn.inbound.text.strip():
        return None
    return await runtime.understander.understand(turn.inbound.text)


async def _weigh(
    runtime: Runtime, turn: Turn, understanding: Understanding | None, language: str
) -> tuple[FlowLibrary, TurnInput, Assessment]:
    """Hop 5: what the flows take of the message; a human is paged before anything else can fail.

    Only a page that the answer to an open question may soften waits until that question is
    looked up, and whatever fails there, a human is called before it is told.
    """
    whatever = _assess(runtime, turn, understanding, Reply.BARE)
    if whatever.decision is Decision.PAGE:
        await _page(runtime, turn, language, whatever)
    reply = Reply.NO
    try:
        library = await _flows_of(runtime, turn.state)
        given = _turn_input(
            runtime, replies.picked(runtime.content, turn.inbound), understanding, language
        )
        beside = filling.names_beside(library, turn.state, given, runtime.policy)
        reply = triage.reply_of(beside)
    finally:
        assessment = _assess(runtime, turn, understanding, reply)
        paged = assessment.decision is Decision.PAGE
        if paged and whatever.decision is not Decision.PAGE:
            await _page(runtime, turn, language, assessment)
    answers = reply is not Reply.NO and not paged
    return library, replace(given, decision=assessment.decision, answers=answers), assessment


def _assess(
    runtime: Runtime, turn: Turn, understanding: Understanding | None, reply: Reply
) -> Assessment:
    if understanding is None:
        return Assessment(Tier.DIALOGUE, Decision.NONE, turn.inbound.kind.value)
    return triage.assess(understanding, runtime.understander.tiers, runtime.thresholds, reply)


def _language(runtime: Runtime, turn: Turn, understanding: Understanding | None) -> str:
    """The language to answer in: picked, else written, else the last one, else the phone's."""
    if turn.language and turn.language_chosen:
        return turn.language
    return replies.language_of(
        dict(runtime.content.offered_languages()),
        turn.inbound.text,
        written=understanding.language if understanding else None,
        before=turn.language or None,
        hint=turn.inbound.language_hint,
    )


def _with_desk(runtime: Runtime, state: FlowState) -> FlowState:
    """Tell the flows whether anybody can be called, so that nothing untrue is said."""
    return replace(state, slots={**state.slots, "desk_open": runtime.handoff.desk is not None})


async def _page(runtime: Runtime, turn: Turn, language: str, assessment: Assessment) -> None:
    """T2: the case and its page stand before anything else is tried."""
    async with runtime.database.transaction() as session:
        conversation = await conversations.load(
            session, runtime.keyring, turn.conversation_id, lock=True
        )
        if conversation is None or conversation.row.blocked:
            return
        conversation.row.language = language
        need = handoff.Need(Tier.CRITICAL, assessment.reason, turn.message_id, _country(turn.state))
        await handoff.open_case(
            runtime.queue, session, conversation.row, need, runtime.handoff.floods
        )


def _country(state: FlowState) -> str | None:
    """What the contact named as their own country (flows/find_embassy.yml), ISO 3166-1."""
    named = state.slots.get("nationality")
    return named if isinstance(named, str) and _COUNTRY.fullmatch(named) else None


async def _flows_of(runtime: Runtime, state: FlowState) -> FlowLibrary:
    """The flows that the conversation's open frames began with, else today's."""
    is_open = bool(state.frames or state.parked)
    known = runtime.press.flows_of(state.version) if is_open else runtime.flows
    if known is not None:
        return known
    async with runtime.database.transaction() as session:
        source = await installation.flow_source(session, state.version)
    if source is None:
        log.error("flow_version_missing", version=state.version)
        return runtime.flows
    try:
        flows = loading.parse(source)
    except FlowError:  # it names what is gone; today's flows go on (bot/flows/successors.py)
        log.error("flow_version_unusable", version=state.version)
        return runtime.flows
    runtime.press.remember(flows)
    return flows


def _turn_input(
    runtime: Runtime, inbound: InboundMessage, understanding: Understanding | None, language: str
) -> TurnInput:
    """What the flows take of a message, all but triage's decision."""
    given = TurnInput(
        text=inbound.text,
        payload=inbound.payload,
        command=inbound.command,
        kind=inbound.kind,
        speaking=language,
    )
    if understanding is None:
        return given
    lines = runtime.thresholds
    found = needs.weigh(
        understanding,
        runtime.understander.tiers,
        bar=lines.second,
        unsure=lines.unsure,
        first=triggers.EVERYWHERE,
    )
    return replace(
        given,
        lead=found.lead if found.lead is not understanding.intent else None,
        also=found.also,
        written=understanding.language if replies.tells(inbound.text) else None,
        intent=understanding.intent.name,
        confidence=understanding.intent.confidence,
        ranking=understanding.ranking,
        entities=understanding.entities,
    )


async def _store(runtime: Runtime, turn: Turn, decided: _Decided | None) -> bool:
    """T3, hop 8: all that follows from the message and the note that it was turned, or nothing.

    True when the conversation has another owner than at the beginning: to be decided anew.
    """
    parts, said = runtime.handoff, None
    async with runtime.database.transaction() as session:
        conversation = await conversations.load(
            session, runtime.keyring, turn.conversation_id, lock=True
        )
        row = await session.get(Message, turn.message_id, with_for_update=True)
        if conversation is None or row is None or row.status != Status.STORED.value:
            return False  # erased meanwhile, or turned by a twin of this job
        state = decided.outcome.state if decided and decided.outcome else turn.state
        arrived = Arrived(parts, session, conversation, row, turn.inbound, _country(state))
        if conversation.row.blocked and not silence.erases(turn.inbound):
            row.status = Status.TURNED.value
            await arrivals.ignore(arrived)
            return False
        held = arrivals.is_held(conversation.row)
        if decided is None or held is not turn.held:
            return True
        if held and await arrivals.free_if_nobody_is_there(arrived):
            return True
        row.status = Status.TURNED.value
        said = await _settle(runtime, turn, decided, arrived)
    arrivals.note_said(parts, turn.conversation_id, said)
    return False


async def _settle(runtime: Runtime, turn: Turn, decided: _Decided, arrived: Arrived) -> str | None:
    """What follows from a message under the owner that is certain now.

    The phrase of `floods.WORDS` that was said, if any.
    """
    conversation, outcome = arrived.conversation, decided.outcome
    urgent = decided.assessment.decision is Decision.PAGE
    maybe = not turn.held and silence.may_be_urgent(decided.assessment)
    if turn.inbound.edited and not (urgent or maybe) and await arrivals.revise(arrived):
        return None
    judged = feedback.read(turn.inbound.payload)
    if judged is not None:
        return await arrivals.take_feedback(arrived, judged)
    conversation.row.language = decided.language
    if turn.held and outcome is None:
        if conversation.state is not None:
            conversation.keep_state(arrivals.without_questions(turn.state).to_json())
        language = silence.picked_language(replies.picked(runtime.content, turn.inbound))
        return await arrivals.relay(arrived, decided.part, language=language, paged=urgent)
    stored: tuple[Message, ...] = ()
    if outcome is not None:
        conversation.keep_state(outcome.state.to_json())
        priority = PRIORITIES.get(decided.assessment.tier, queue.PRIORITY_NORMAL)
        stored = await runtime.outbox.enqueue(
            arrived.session,
            conversation,
            decided.replies,
            turn_id=turn.message_id,
            priority=priority,
        )
        await missed.note(runtime, arrived, decided.given, decided.assessment, outcome)
        for event in outcome.events:
            await _apply(runtime, arrived, event)
    if silence.reopens(turn.inbound, decided.given, decided.assessment, runtime.policy):
        await arrivals.reopen(arrived)
    await arrivals.show(arrived, stored)
    return await arrivals.say_that_it_is_much(arrived) if outcome is None else None


async def _apply(runtime: Runtime, arrived: Arrived, event: Event) -> None:
    """What an event changes beside what is said."""
    session, conversation = arrived.session, arrived.conversation
    if isinstance(event, LanguageChanged):
        conversation.row.language = event.language
        conversation.row.language_chosen = True
    elif isinstance(event, HumanCalled):
        tier = Tier.CRITICAL if event.urgent else Tier.ELEVATED
        need = handoff.Need(tier, event.reason, arrived.row.id, arrived.country)
        await handoff.open_case(
            runtime.queue, session, conversation.row, need, runtime.handoff.floods
        )
    elif isinstance(event, WipeRequested):
        await erasure.request_wipe(runtime, session, conversation)
