"""Remembers what a turn did not answer, scrubbed and sealed, for the editors to read once.

Nothing is kept of people in danger: no message that paged or might have, none while a critical case
is open, none while an operator is there. `helpline missed` shows the rest.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from bot import logs
from bot.domain.cases import CaseStatus
from bot.domain.events import Answered, HumanCalled, MissionShown, Said, WipeRequested
from bot.domain.messages import Kind
from bot.domain.understanding import Assessment, Decision, Tier
from bot.flows import payloads, triggers, unhelpful
from bot.handoff.contact import arrivals, silence
from bot.nlu import scrub
from bot.storage import cases, messages, missed
from bot.storage.encryption import Unreadable
from bot.storage.missed import Reason

if TYPE_CHECKING:
    import uuid

    from bot.flows.state import Outcome, Policy, TurnInput
    from bot.handoff.contact.arrivals import Arrived
    from bot.runtime import Runtime
    from bot.storage.messages import Message

log = logs.get()

_FEWEST_LETTERS: Final = 3
_FAR_BACK: Final = 40
"""Messages among which the question is looked for that an answer was given to."""
_NONE_OF_THESE: Final = frozenset({"capabilities", "talk_to_human"})
"""Intents of buttons under "did you mean" that say that it was nothing of what was offered."""
_TO_MENU: Final = frozenset(f"/{intent}" for intent in _NONE_OF_THESE)
_NO_DANGER: Final = payloads.set_slot(silence.DANGER_SLOT, "false")
"""The button that stands only under the question whether somebody is in danger."""
_OUT_OF_SCOPE: Final = "out_of_scope"
"""The intent, and its flow."""
_DANGER: Final = frozenset({triggers.DANGER, triggers.DANGER_CHECK, triggers.DANGER_QUESTION})


async def note(
    runtime: Runtime, arrived: Arrived, given: TurnInput, assessed: Assessment, outcome: Outcome
) -> None:
    """Keep what this turn missed, in its transaction."""
    if await _is_grave(arrived, assessed, outcome):
        await missed.settle_offer(arrived.session, arrived.conversation.row.id, taken=True)
        return
    taken = _takes_offer(given.payload)
    await missed.settle_offer(arrived.session, arrived.conversation.row.id, taken=taken)
    topic = unhelpful.topic_of(given.payload)
    if topic is not None:
        with suppress(Unreadable):  # a row was altered: no reason to leave anybody without a word
            await _note_unhelpful(runtime, arrived, topic)
        return
    reason = reason_of(given, outcome, runtime.policy)
    if reason is not None and arrived.inbound.kind is Kind.TEXT:
        language = given.written or arrived.conversation.row.language
        intent = given.need()[0] or None
        text = _scrubbed(runtime, arrived.inbound.text, language)
        await _keep(arrived, arrived.row.id, text, reason, language, intent=intent)


def reason_of(given: TurnInput, outcome: Outcome, policy: Policy) -> Reason | None:
    """Say why a turn did not answer its message; None when it did."""
    flows = {place.partition(":")[0] for place in outcome.path}
    said = {event.phrase for event in outcome.events if isinstance(event, Said)}
    if given.payload is not None or given.command is not None:
        return None
    if "did_you_mean" in said:
        return Reason.GUESSED
    if triggers.CANNOT_HANDLE in flows:
        return Reason.NOT_UNDERSTOOD
    if _OUT_OF_SCOPE in flows:
        return Reason.OUT_OF_SCOPE
    answered = any(isinstance(event, Answered | MissionShown) for event in outcome.events)
    asked = bool(outcome.state.frames)  # a flow that asks back has understood enough to begin
    greeted_only = flows == {triggers.SESSION_START} and not (answered or asked)
    return _reason_of_first(given, policy) if greeted_only else None


def _reason_of_first(given: TurnInput, policy: Policy) -> Reason | None:
    """Judge a first message that was but greeted: it held small talk, or nothing that was known."""
    intent, confidence = given.need()
    if intent == _OUT_OF_SCOPE and policy.is_sure(confidence):
        return Reason.OUT_OF_SCOPE
    understood = policy.tier(intent) is Tier.DIALOGUE and policy.is_sure(confidence)
    return None if understood else Reason.NOT_UNDERSTOOD


async def _is_grave(arrived: Arrived, assessed: Assessment, outcome: Outcome) -> bool:
    """Whether nothing of a turn is for the editors."""
    if assessed.decision is not Decision.NONE or assessed.tier is Tier.CRITICAL:
        return True
    if any(isinstance(event, HumanCalled | WipeRequested) for event in outcome.events):
        return True
    if any(frame.flow in _DANGER for frame in outcome.state.frames):
        return True
    row = arrived.conversation.row
    if arrivals.is_held(row) or row.blocked or row.wiping:
        return True
    case = await cases.open_of(arrived.session, row.id)
    claimed = case is not None and case.status == CaseStatus.CLAIMED.value
    return case is not None and (claimed or case.tier == Tier.CRITICAL.value)


def _takes_offer(payload: str | None) -> bool:
    pressed = payloads.read(payload or "")
    return isinstance(pressed, payloads.StartIntent) and pressed.intent not in _NONE_OF_THESE


async def _note_unhelpful(runtime: Runtime, arrived: Arrived, topic: str) -> None:
    """Keep the question that led to an answer which did not help."""
    row = await _question(arrived)
    if row is None or await missed.has_paged(arrived.session, row.id):
        return
    language = arrived.conversation.row.language
    text = messages.read_inbound(arrived.conversation, row).text
    scrubbed = _scrubbed(runtime, text, language)
    await _keep(arrived, row.id, scrubbed, Reason.DID_NOT_HELP, language, topic=topic)


async def _question(arrived: Arrived) -> Message | None:
    """Go back from the pressed button to the text in whose answer it stood.

    Between the two may be other buttons, as of "did you mean". None when one of them has left the
    question for the menu, when the text made the line ask about danger, and when the button was
    never offered: a changed client can send any payload.
    """
    conversation, pressed, turn = arrived.conversation, arrived.inbound.payload, None
    grave: set[uuid.UUID | None] = set()
    newest = await messages.newest(arrived.session, conversation.row.id, _FAR_BACK)
    for row in (row for row in reversed(newest) if row.number < arrived.row.number):
        if not row.inbound:
            rows = messages.read_outbound(conversation, row).buttons
            offered = {button.payload for buttons in rows for button in buttons}
            if _NO_DANGER in offered:
                grave.add(row.turn_id)
            if turn is None and pressed in offered:
                turn = row.turn_id
        elif row.id == turn:
            found = messages.read_inbound(conversation, row)
            if found.kind is Kind.TEXT:
                return row if row.id not in grave else None
            if found.payload in _TO_MENU:
                return None
            pressed, turn = found.payload, None
    return None


async def _keep(  # noqa: PLR0913 - what a row is
    arrived: Arrived,
    message: uuid.UUID,
    text: str | None,
    reason: Reason,
    language: str | None,
    *,
    intent: str | None = None,
    topic: str | None = None,
) -> None:
    if text is None:
        return
    kept = await missed.add(
        arrived.session,
        arrived.conversation,
        message,
        text,
        reason=reason,
        language=language,
        intent=intent,
        topic=topic,
    )
    if kept:
        log.info("question_missed", kind=reason.value, language=language)


def _scrubbed(runtime: Runtime, text: str, language: str | None) -> str | None:
    """Give a text without numbers and names; None when nothing is left of it to read."""
    try:
        found = scrub.scrub(text, runtime.understander.named, language)
    # What editors read is no reason to leave somebody without an answer.
    except Exception as error:  # noqa: BLE001
        log.error("scrubbing_failed", cause=logs.where(error))
        return None
    letters = sum(map(str.isalpha, scrub.without_placeholders(found)))
    return found if letters >= _FEWEST_LETTERS else None
