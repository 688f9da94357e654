"""Decides whether a message calls a human at once, asks one plain question, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.understanding import Assessment, Decision, Tier, Understanding


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the lines are, from 0 to 1; training chose them (nlu/README.md, "Thresholds")."""

    page: float
    """Urgency from which a human is called at once."""
    ask: float
    """Urgency from which the contact is asked whether they are in danger now."""
    unsure: float
    """Confidence of the intent below which the bot asks "did you mean"."""


def assess(
    understanding: Understanding, tiers: Mapping[str, Tier], thresholds: Thresholds
) -> Assessment:
    """Weigh intent, urgency and danger words; the strongest of three voices decides.

    - The urgency: page from the upper threshold, ask from the lower.
    - The intent: one of tier critical that the bot is sure of pages, unless the urgency is below
      the lower threshold (a danger that is past, or denied): then it asks. One that it is not
      sure of asks.
    - The danger words: whatever they ask for. They can only raise.

    Missing a person in danger is the worst that can happen; crying wolf is the second, for
    operators who are called for nothing stop coming.
    """
    intent = understanding.intent
    tier = tiers.get(intent.name, Tier.DIALOGUE)
    voices = (
        (_of_urgency(understanding.urgency, thresholds), "urgency"),
        (_of_intent(understanding, tier, thresholds), intent.name),
        (understanding.danger_words, "danger_words"),
    )
    # Of equal voices the later is named: a danger word is the plainest reason, a number the least.
    decision, reason = max(reversed(voices), key=lambda voice: _STRENGTH[voice[0]])
    return Assessment(tier, decision, reason if decision is not Decision.NONE else intent.name)


def is_unsure(understanding: Understanding, thresholds: Thresholds) -> bool:
    """Whether the bot should ask "did you mean" instead of answering."""
    return understanding.intent.confidence < thresholds.unsure


_STRENGTH = {Decision.NONE: 0, Decision.ASK: 1, Decision.PAGE: 2}


def _of_urgency(urgency: float, thresholds: Thresholds) -> Decision:
    if urgency >= thresholds.page:
        return Decision.PAGE
    return Decision.ASK if urgency >= thresholds.ask else Decision.NONE


def _of_intent(understanding: Understanding, tier: Tier, thresholds: Thresholds) -> Decision:
    if tier is not Tier.CRITICAL:
        return Decision.NONE
    past_or_denied = understanding.urgency < thresholds.ask
    sure = understanding.intent.confidence >= thresholds.unsure
    return Decision.PAGE if sure and not past_or_denied else Decision.ASK
