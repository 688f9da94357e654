"""One message in, replies out: the page to read first. Understand, assess, decide, answer, store.

A turn is a function of what was stored, so it may be killed anywhere and run again: the page
of an urgent message is committed on its own (T2) and made once for each message; replies, new
flow state and the note that the message was turned are committed together (T3).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot import clock, erasure, logs, queue, triage
from bot.content import answers
from bot.domain.events import Choice, HumanCalled, LanguageChanged, Said, WipeRequested
from bot.domain.messages import InboundMessage, Kind, OutboundMessage
from bot.domain.understanding import Assessment, Decision, Tier, Understanding
from bot.facts import Facts
from bot.flows import engine, filling, loading, payloads, triggers
from bot.flows.definition import FlowError
from bot.flows.state import FlowState, Outcome, StateError, TurnInput
from bot.handoff import cases as handoff
from bot.nlu import needs
from bot.storage import conversations, installation, messages
from bot.storage.conversations import Conversation
from bot.storage.encryption import Unreadable
from bot.storage.messages import Message, Status
from bot.triage import Reply

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.content.library import Library
    from bot.domain.events import Event
    from bot.flows.definition import FlowLibrary
    from bot.runtime import Runtime
    from bot.storage.conversations import OpenConversation

log = logs.get()

FALLBACK_LANGUAGE = "en"
TELLING = 12
"""Fewer characters do not change the language of a conversation: "Kenya" is of every language."""
TELLING_SCRIPT = 4
"""The same in letters for a text without Latin ones: its script tells more."""
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
PRIORITIES = {Tier.CRITICAL: queue.PRIORITY_CRITICAL, Tier.ELEVATED: queue.PRIORITY_ELEVATED}


@dataclass(frozen=True, slots=True)
class Turn:
    """A message that is being turned, and what its conversation was when it began."""

    conversation_id: uuid.UUID
    message_id: uuid.UUID
    inbound: InboundMessage = field(repr=False)
    state: FlowState = field(repr=False)
    language: str | None
    language_chosen: bool


async def next_message(runtime: Runtime, conversation_id: uuid.UUID) -> uuid.UUID | None:
    """The message of a conversation whose turn is next; None when nothing waits."""
    async with runtime.database.transaction() as session:
        row = await messages.oldest(session, conversation_id, inbound=True)
        return row.id if row is not None else None


async def take(runtime: Runtime, conversation_id: uuid.UUID, message_id: uuid.UUID) -> None:
    """Hops 3 to 8 for one message.

    Raises:
        Unreadable: it cannot be opened: its key is lost, or it was altered.
    """
    turn = await _load(runtime, conversation_id, message_id)
    if turn is None:
        return
    understanding = await _understand(runtime, turn)
    language = _language(runtime, turn, understanding)
    library, given, assessment = await _weigh(runtime, turn, understanding, language)
    outcome = engine.advance(
        library, _with_desk(runtime, turn.state), given, Facts(runtime.content), runtime.policy
    )
    replies = _render(runtime, outcome, language)
    await _store(
        runtime, turn, _Decided(outcome.state, outcome.events, replies, language, assessment)
    )
    log.info(
        "turn_taken",
        conversation=str(turn.conversation_id),
        message=str(turn.message_id),
        tier=assessment.tier.value,
        decision=assessment.decision.value,
        engine=understanding.engine if understanding else "none",
        count=len(replies),
    )


async def give_up(
    runtime: Runtime,
    conversation_id: uuid.UUID,
    message_id: uuid.UUID,
    *,
    cause: str,
    apologise: bool = True,
) -> None:
    """Open a case for a message whose turn failed, and say so to the contact; the next goes on."""
    log.error("turn_failed", message=str(message_id), cause=cause)
    async with runtime.database.transaction() as session:
        conversation = await session.get(Conversation, conversation_id, with_for_update=True)
        row = await session.get(Message, message_id, with_for_update=True)
        if conversation is None or row is None or row.status != Status.STORED.value:
            return
        row.status, row.failure = Status.FAILED.value, cause
        need = handoff.Need(Tier.ELEVATED, "turn_failed", message_id)
        await handoff.open_case(runtime.queue, session, conversation, need)
        if apologise:
            with suppress(Unreadable):  # then nobody can be reached any more
                await _apologise(runtime, session, conversation_id, message_id)


async def _apologise(
    runtime: Runtime, session: AsyncSession, conversation_id: uuid.UUID, message_id: uuid.UUID
) -> None:
    conversation = await conversations.load(session, runtime.keyring, conversation_id, lock=True)
    if conversation is None:
        return
    language = conversation.row.language or FALLBACK_LANGUAGE
    events = (Said("internal_error" if runtime.desk else "internal_error_alone"),)
    replies = answers.render(runtime.content, events, language, clock.today())
    await runtime.outbox.enqueue(session, conversation, replies, turn_id=message_id)


async def open_case_for(runtime: Runtime, conversation_id: uuid.UUID, *, reason: str) -> None:
    """Open a case for something that went wrong outside a turn."""
    async with runtime.database.transaction() as session:
        conversation = await session.get(Conversation, conversation_id, with_for_update=True)
        if conversation is not None:
            need = handoff.Need(Tier.ELEVATED, reason, None)
            await handoff.open_case(runtime.queue, session, conversation, need)


async def _load(runtime: Runtime, conversation_id: uuid.UUID, message_id: uuid.UUID) -> Turn | None:
    """Hop 3; None when it was erased meanwhile."""
    async with runtime.database.transaction() as session:
        row = await session.get(Message, message_id)
        conversation = await conversations.load(session, runtime.keyring, conversation_id)
        if conversation is None or row is None:
            return None
        return Turn(
            conversation_id=conversation_id,
            message_id=row.id,
            inbound=messages.read_inbound(conversation, row),
            state=_read_state(conversation),
            language=conversation.row.language,
            language_chosen=conversation.row.language_chosen,
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
        given = _turn_input(runtime, _picked(runtime, turn.inbound), understanding, language)
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


def _render(runtime: Runtime, outcome: Outcome, language: str) -> tuple[OutboundMessage, ...]:
    """Hop 7; an offer to go on in another language is made in that one, after all else."""
    content, today = runtime.content, clock.today()
    replies = answers.render(content, named(content, outcome.events, language), language, today)
    if outcome.offer_in is None:
        return replies
    offered = answers.render(content, outcome.offer, outcome.offer_in, today)
    return (*replies, *map(without_human, offered))


def named(content: Library, events: Sequence[Event], language: str) -> tuple[Event, ...]:
    """Name the need that is offered beside the answer: a channel may join both in one message."""
    done: list[Event] = []
    for event in events:
        if isinstance(event, LanguageChanged):
            language = event.language
        if isinstance(event, Said) and event.phrase == "also_wrote":
            title = _title(content, event.choices[0], language)
            done.append(replace(event, slots={triggers.NEED: title}))
        else:
            done.append(event)
    return tuple(done)


def _title(content: Library, choice: Choice, language: str) -> str:
    phrase = content.phrase(choice.phrase or "", language)
    return phrase.fill({}) if phrase else ""


def without_human(message: OutboundMessage) -> OutboundMessage:
    """Leave out the button to a human of what follows a message that has it."""
    rows = (
        tuple(button for button in row if button.payload != answers.HUMAN_PAYLOAD)
        for row in message.buttons
    )
    return replace(message, buttons=tuple(row for row in rows if row))


def _language(runtime: Runtime, turn: Turn, understanding: Understanding | None) -> str:
    """The language to answer in: picked, else written, else the last one, else the phone's."""
    offered = dict(runtime.content.offered_languages())
    written = understanding.language if understanding else None
    if turn.language and (turn.language_chosen or not _tells(turn.inbound.text)):
        return turn.language
    for code in (written, turn.language, turn.inbound.language_hint):
        if code in offered and code is not None:
            return code
    return FALLBACK_LANGUAGE


def _tells(text: str) -> bool:
    """Whether a text is long enough to tell that its writer means its language."""
    letters = sum(map(str.isalpha, text))
    return len(text) >= TELLING or (letters >= TELLING_SCRIPT and not _LATIN.search(text))


def _picked(runtime: Runtime, inbound: InboundMessage) -> InboundMessage:
    """`/language id` is the same as the button of that language."""
    wanted = inbound.text.strip().lower()
    if inbound.command == "language" and wanted in dict(runtime.content.offered_languages()):
        payload = payloads.set_slot("language", wanted)
        return replace(inbound, kind=Kind.BUTTON, command=None, text="", payload=payload)
    return inbound


def _with_desk(runtime: Runtime, state: FlowState) -> FlowState:
    """Tell the flows whether anybody can be called, so that nothing untrue is said."""
    return replace(state, slots={**state.slots, "desk_open": runtime.desk is not None})


async def _page(runtime: Runtime, turn: Turn, language: str, assessment: Assessment) -> None:
    """T2: the case and its page stand before anything else is tried."""
    async with runtime.database.transaction() as session:
        conversation = await conversations.load(
            session, runtime.keyring, turn.conversation_id, lock=True
        )
        if conversation is None:
            return
        conversation.row.language = language
        need = handoff.Need(Tier.CRITICAL, assessment.reason, turn.message_id)
        await handoff.open_case(runtime.queue, session, conversation.row, need)


async def _flows_of(runtime: Runtime, state: FlowState) -> FlowLibrary:
    """The flows that the conversation's open frames began with, else today's."""
    if not (state.frames or state.parked) or state.version == runtime.flows.version:
        return runtime.flows
    async with runtime.database.transaction() as session:
        source = await installation.flow_source(session, state.version)
    if source is None:
        log.error("flow_version_missing", version=state.version)
        return runtime.flows
    try:
        return loading.parse(source)
    except FlowError:  # it names an action that is gone; today's flows drop what they don't know
        log.error("flow_version_unusable", version=state.version)
        return runtime.flows


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
        written=understanding.language if _tells(inbound.text) else None,
        intent=understanding.intent.name,
        confidence=understanding.intent.confidence,
        ranking=understanding.ranking,
        entities=understanding.entities,
    )


@dataclass(frozen=True, slots=True)
class _Decided:
    """What a turn came to, before it is stored."""

    state: FlowState = field(repr=False)
    events: tuple[Event, ...] = field(repr=False)
    replies: Sequence[OutboundMessage] = field(repr=False)
    language: str
    assessment: Assessment


async def _store(runtime: Runtime, turn: Turn, decided: _Decided) -> None:
    """T3, hop 8: replies, state and the note that the message was turned, or nothing."""
    async with runtime.database.transaction() as session:
        conversation = await conversations.load(
            session, runtime.keyring, turn.conversation_id, lock=True
        )
        row = await session.get(Message, turn.message_id, with_for_update=True)
        if conversation is None or row is None or row.status != Status.STORED.value:
            return  # erased meanwhile, or turned by a twin of this job
        row.status = Status.TURNED.value
        conversation.row.language = decided.language
        conversation.keep_state(decided.state.to_json())
        await runtime.outbox.enqueue(
            session,
            conversation,
            decided.replies,
            turn_id=turn.message_id,
            priority=PRIORITIES.get(decided.assessment.tier, queue.PRIORITY_NORMAL),
        )
        for event in decided.events:
            await _apply(runtime, session, conversation, turn, event)


async def _apply(
    runtime: Runtime,
    session: AsyncSession,
    conversation: OpenConversation,
    turn: Turn,
    event: Event,
) -> None:
    """What an event changes beside what is said."""
    if isinstance(event, LanguageChanged):
        conversation.row.language = event.language
        conversation.row.language_chosen = True
    elif isinstance(event, HumanCalled):
        tier = Tier.CRITICAL if event.urgent else Tier.ELEVATED
        need = handoff.Need(tier, event.reason, turn.message_id)
        await handoff.open_case(runtime.queue, session, conversation.row, need)
    elif isinstance(event, WipeRequested):
        await erasure.request_wipe(runtime, session, conversation)
