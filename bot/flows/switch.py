"""Offers, once, to go on in the language that a contact keeps writing in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.domain.events import Choice, HumanCalled, LanguageChanged, Said, WipeRequested
from bot.flows import payloads
from bot.flows.state import Facts, FlowState, Outcome, TurnInput

PHRASES: Final = frozenset({"offer_language", "button_switch_language", "button_no"})
"""What the offer says, in the language that is offered."""


def notice(before: FlowState, turn: TurnInput, outcome: Outcome, facts: Facts) -> Outcome:
    """Add to a turn's outcome what its language means: one more in a row, or the offer.

    A language that was picked counts more than one that is recognised, so it is never left
    without being asked. Two messages in a row tell; those whose language cannot be told do not
    count, and one in the language of the talk begins the count anew. Only languages that the line
    can answer in are offered. The message itself is answered first; a call for help is not
    burdened with the question, and while a question is open the offer waits: a typed "yes" would
    answer that one.
    """
    if any(isinstance(event, LanguageChanged | WipeRequested) for event in outcome.events):
        return replace(outcome, state=replace(outcome.state, writes=None))
    if turn.written is None or turn.speaking is None:
        return outcome
    known = {code for code, _ in facts.languages()}
    other = turn.written if turn.written in known - {turn.speaking} else None
    again = other is not None and other == before.writes
    urgent = any(isinstance(event, HumanCalled) and event.urgent for event in outcome.events)
    state = replace(outcome.state, writes=other)
    if not again or urgent or state.frames or before.switch_offered:
        return replace(outcome, state=state)
    state = replace(state, writes=None, switch_offered=True)
    return replace(outcome, state=state, offer=(_offer(turn),), offer_in=other)


def _offer(turn: TurnInput) -> Said:
    choices = (
        Choice(payloads.set_slot("language", turn.written or ""), phrase="button_switch_language"),
        Choice(payloads.set_slot("language", turn.speaking or ""), phrase="button_no"),
    )
    return Said("offer_language", {}, choices)
