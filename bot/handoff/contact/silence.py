"""When the bot lets a message be: an operator is there, it is one of a flood, or it says thanks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.messages import InboundMessage, Kind
from bot.domain.understanding import Assessment, Decision, Tier
from bot.flows import payloads, triggers
from bot.flows.machine import LANGUAGE

if TYPE_CHECKING:
    from bot.flows.state import FlowState, Policy, TurnInput

SAFETY_COMMANDS: Final = frozenset({"wipe", "privacy"})
SAFETY_INTENTS: Final = frozenset({"delete_data", "privacy_question", "emergency_numbers"})
SAFETY_TOPICS: Final = SAFETY_INTENTS | {"wipe_by_hand", "what_we_keep", "safety_general"}
"""What is about the contact's own safety, and is done also while an operator is there."""
WIPE_SLOT: Final = "confirm_wipe"
DANGER_SLOT: Final = "in_danger"
COURTESIES: Final = frozenset({"thanks", "goodbye", "affirm"})
"""Intents that say that all is well: no reason to call anybody back to a case."""
PRESSING_COMMANDS: Final = SAFETY_COMMANDS | {"human", "cancel", "stop"}
"""Commands that are answered also in a flood."""


class Part(StrEnum):
    """Which part of what the bot could do with a message is left while an operator is there."""

    SAFETY = "safety"
    """Its flow runs: the contact's own safety waits for nobody."""
    LANGUAGE = "language"
    """The language is stored."""
    ALARM = "alarm"
    """A button that says that they are in danger: the case is raised."""
    CONTROL = "control"
    """Any other command or button: only the bot could answer it, and it does not."""
    MESSAGE = "message"
    """It is the operator's to answer."""


def part_of(inbound: InboundMessage, tiers: Mapping[str, Tier]) -> Part:
    """Say which part of a message is the bot's while an operator is there."""
    if inbound.kind is Kind.COMMAND:
        return Part.SAFETY if inbound.command in SAFETY_COMMANDS else Part.CONTROL
    if inbound.kind is not Kind.BUTTON:
        return Part.MESSAGE
    return _part_of_button(payloads.read(inbound.payload or ""), tiers)


def _part_of_button(pressed: payloads.Payload | None, tiers: Mapping[str, Tier]) -> Part:
    match pressed:
        case payloads.GiveAnswer(topic) if topic in SAFETY_TOPICS:
            return Part.SAFETY
        case payloads.StartIntent(intent) if intent in SAFETY_INTENTS:
            return Part.SAFETY
        case payloads.StartIntent(intent) if tiers.get(intent) is Tier.CRITICAL:
            return Part.ALARM
        case payloads.SetSlots(((slot, value),)):
            return _part_of_slot(slot, value)
    return Part.CONTROL


def _part_of_slot(slot: str, value: str) -> Part:
    if slot == LANGUAGE:
        return Part.LANGUAGE
    if slot == WIPE_SLOT:
        return Part.SAFETY
    return Part.ALARM if (slot, value) == (DANGER_SLOT, "true") else Part.CONTROL


def erases(inbound: InboundMessage) -> bool:
    """Say whether a message is about erasing the chat, which nobody can take from its contact."""
    if inbound.kind is Kind.COMMAND:
        return inbound.command == "wipe"
    pressed = payloads.read(inbound.payload or "") if inbound.kind is Kind.BUTTON else None
    return isinstance(pressed, payloads.SetSlots) and WIPE_SLOT in dict(pressed.pairs)


def alarm_of(inbound: InboundMessage) -> str:
    """Give the reason for which a button of `Part.ALARM` calls a human."""
    pressed = payloads.read(inbound.payload or "")
    return pressed.intent if isinstance(pressed, payloads.StartIntent) else triggers.DANGER


def picked_language(inbound: InboundMessage) -> str | None:
    """Give the language that a button picks; None for any other message."""
    pressed = payloads.read(inbound.payload or "")
    if isinstance(pressed, payloads.SetSlots):
        return dict(pressed.pairs).get(LANGUAGE)
    return None


def can_wait(given: TurnInput, state: FlowState, assessment: Assessment) -> bool:
    """Say whether one of many messages may go without an answer when a newer one gets it.

    Never what is about danger and was not yet heard: the flows may call a human for it.
    """
    if given.command is not None:
        return given.command not in PRESSING_COMMANDS
    if given.payload is not None:
        return isinstance(payloads.read(given.payload), payloads.GiveAnswer)
    in_danger = any(
        frame.flow in {triggers.DANGER, triggers.DANGER_QUESTION} for frame in state.frames
    )
    if assessment.decision is Decision.PAGE:
        return in_danger  # the page stands, and the advice was given
    if may_be_urgent(assessment):
        return False
    return not (in_danger and given.intent in {"affirm", "deny"})


def may_be_urgent(assessment: Assessment) -> bool:
    """Say whether the flows have to look at a message, for it may be about danger."""
    return assessment.decision is not Decision.NONE or assessment.tier is Tier.CRITICAL


def reopens(
    inbound: InboundMessage, given: TurnInput, assessment: Assessment, policy: Policy
) -> bool:
    """Say whether a message shows that a need which was met lately is there again."""
    if inbound.kind is Kind.COMMAND:
        return False
    if inbound.kind is Kind.BUTTON:
        known = payloads.read(inbound.payload or "")
        if known is None or known == payloads.StartIntent("capabilities"):
            return False
        return part_of(inbound, policy.tiers) not in {Part.SAFETY, Part.LANGUAGE}
    courteous = given.intent in COURTESIES and policy.is_sure(given.confidence)
    more = given.lead is not None or given.also is not None
    return more or not courteous or assessment.decision is not Decision.NONE
