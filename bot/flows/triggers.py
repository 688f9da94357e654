"""Which flow or answer an intent or a command starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from bot.domain.understanding import Tier
from bot.flows.conditions import Scope
from bot.flows.definition import FlowLibrary
from bot.flows.state import Facts, Policy

SESSION_START: Final = "pattern_session_start"
"""Greets a contact who was not greeted yet; `context.reason` says what else the turn does."""
CANNOT_HANDLE: Final = "pattern_cannot_handle"
"""Says that something was not understood; `context.reason` says what."""
CLARIFICATION: Final = "pattern_clarification"
"""Asks which of a few things was meant."""
HUMAN_HANDOFF: Final = "pattern_human_handoff"
"""Calls a human."""
DANGER_CHECK: Final = "pattern_danger_check"
"""Asks whether the contact is in danger now."""
INTERNAL_ERROR: Final = "pattern_internal_error"
"""Says that something went wrong, and calls a human."""
ATTACHMENT: Final = "pattern_attachment"
"""Says what becomes of a picture, a voice message, a place."""
DANGER_QUESTION: Final = "danger_check"
"""The flow that DANGER_CHECK leads to: the question itself."""
DANGER: Final = "danger_now"
"""What follows a message of a critical intent, or one that paged a human."""
WIPE: Final = "wipe_conversation"
"""Asks whether to erase the conversation, and erases it."""
ERASE: Final = "delete_data"
"""The intent of who wants all of it gone."""
EMBASSY: Final = "embassy_contact"
"""The intent that the bare name of a country is taken for."""
FIRST_CONTACT: Final = "first_contact"
"""The command /start."""

BUILT_IN: Final = (
    SESSION_START,
    CANNOT_HANDLE,
    CLARIFICATION,
    HUMAN_HANDOFF,
    DANGER_CHECK,
    DANGER_QUESTION,
    INTERNAL_ERROR,
    ATTACHMENT,
    DANGER,
    FIRST_CONTACT,
)
"""The flows that the engine starts by name: they must be there."""

CAN_WRITE: Final = "can_write"
"""The slot for whether it is safe to go on writing; the first question of a danger."""
PLACE: Final = "place"
"""The slot for where somebody in danger is; the next one."""
TOWN: Final = "town"
"""The slot for the town of a danger; emptied when another danger begins."""
NEED: Final = "need"
"""What `also_wrote` names in braces: the title of its button, which the turn fills in."""

COMMANDS: Final[Mapping[str, str]] = {
    "start": FIRST_CONTACT,
    "help": "show_menu",
    "menu": "show_menu",
    "language": "change_language",
    "human": HUMAN_HANDOFF,
    "privacy": "privacy",
    "wipe": WIPE,
    "cancel": "pattern_cancel_flow",
    "stop": "pattern_cancel_flow",
}
"""Which flow a command starts."""

EVERYWHERE: Final = frozenset({"talk_to_human", ERASE, "change_language"})
"""Intents that are heard in every state, before the question that is open."""
NEVER_DIGRESS: Final = frozenset({"affirm", "deny", "out_of_scope"})
"""Intents that, while a question is open, are an answer to it or a miss."""


@dataclass(frozen=True, slots=True)
class StartFlow:
    """Start this flow; the message may fill its slots."""

    flow: str
    intent: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Give:
    """Give the answer file of this topic."""

    topic: str


Move: TypeAlias = StartFlow | Give


@dataclass(frozen=True, slots=True)
class Heard:
    """An intent as it was heard. `forced`: a button said it, so guards do not count."""

    intent: str
    confidence: float
    forced: bool = False


def of_intent(
    library: FlowLibrary, heard: Heard, scope: Scope, facts: Facts, policy: Policy
) -> Move | None:
    """Give what an intent starts: the first flow that fits, else the answer of its name.

    None when it starts nothing, or when it is not sure enough.
    """
    for flow, trigger in library.triggered_by(heard.intent):
        limit = policy.did_you_mean if trigger.threshold is None else trigger.threshold
        open_to_all = flow.guard is None or heard.forced or flow.guard.holds(scope)
        if open_to_all and heard.confidence >= limit:
            return StartFlow(flow.id, heard.intent)
    if not policy.is_sure(heard.confidence):
        return None
    return Give(heard.intent) if facts.answer_exists(heard.intent) else None


def of_command(library: FlowLibrary, command: str) -> StartFlow | None:
    """Give the flow of a command; None for a command that is none of ours."""
    flow = COMMANDS.get(command.lower())
    return StartFlow(flow) if flow is not None and flow in library.flows else None


def is_critical(heard: Heard, policy: Policy) -> bool:
    """Say whether a message of this intent leaves every flow."""
    return policy.tier(heard.intent) is Tier.CRITICAL and policy.is_sure(heard.confidence)


def leads_somewhere(library: FlowLibrary, intent: str, facts: Facts) -> bool:
    """Say whether a button of this intent answers anything."""
    return any(library.triggered_by(intent)) or facts.answer_exists(intent)
