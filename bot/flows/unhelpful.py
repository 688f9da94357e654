"""The button under an answer that says that it did not help: under which, and what it sends."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.domain.events import Answered, Choice, HumanCalled, WipeRequested
from bot.domain.understanding import Decision, Tier
from bot.flows import payloads
from bot.flows.definition import FlowLibrary
from bot.flows.state import Outcome, Policy, TurnInput

SLOT: Final = "unhelpful"
"""The slot that the button fills with the topic; flows/did_not_help.yml asks for it."""
BUTTON: Final = "button_did_not_help"
PHRASES: Final = frozenset({BUTTON})
NEVER: Final = frozenset(
    {
        *("emergency_numbers", "no_human", "safety_general", "urgent_numbers"),
        *("leave_detained", "missing_person_report", "report_still_inside", "report_what_to_send"),
        *("delete_data", "privacy_question", "what_we_keep", "wipe_by_hand"),
    }
)
"""Topics of no pressing intent under which it does not stand either: advice in danger, and what is
said of the chat itself."""


def offer(library: FlowLibrary, turn: TurnInput, outcome: Outcome, policy: Policy) -> Outcome:
    """Put the button under the answer that ends a turn.

    Only where nothing else is asked and nobody was called: who is in danger, or in the middle of a
    question, is not asked what they think of us.
    """
    last = outcome.events[-1] if outcome.events else None
    state = outcome.state
    if not isinstance(last, Answered) or not _is_judged(last.topic, policy):
        return outcome
    if state.frames or state.parked or turn.decision is not Decision.NONE:
        return outcome
    if any(isinstance(event, HumanCalled | WipeRequested) for event in outcome.events):
        return outcome
    payload = payloads.set_slot(SLOT, last.topic)
    if not library.collecting(SLOT) or len(payload) > payloads.MAX_BYTES:
        return outcome
    asked = replace(last, choices=(*last.choices, Choice(payload, phrase=BUTTON)))
    return replace(outcome, events=(*outcome.events[:-1], asked))


def topic_of(payload: str | None) -> str | None:
    """Give the topic that a pressed button says did not help; None for any other button."""
    pressed = payloads.read(payload or "")
    return dict(pressed.pairs).get(SLOT) if isinstance(pressed, payloads.SetSlots) else None


def _is_judged(topic: str, policy: Policy) -> bool:
    return policy.tier(topic) in {Tier.INFO, None} and topic not in NEVER
