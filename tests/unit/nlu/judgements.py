"""Judged sentences as a test wants them."""

from __future__ import annotations

from bot.domain.understanding import Assessment, Decision, Intent, Tier, Understanding
from bot.nlu.evaluate.judged import Judged, Triage
from bot.nlu.evaluate.sentences import Sentence

INTENTS = ("greet", "thanks", "held_captive", "detained")


def judged(
    expected: str,
    guessed: str,
    *,
    text: str = "some words",
    language: str = "en",
    recognised: str | None = "en",
    urgent: bool = False,
    confidence: float = 0.9,
    urgency: float = 0.1,
    decision: Decision = Decision.NONE,
) -> Judged:
    """`expected` may name several intents, parted by spaces; the other intents follow the guess."""
    others = [name for name in INTENTS if name != guessed]
    left = (1 - confidence) / len(others)
    ranking = (Intent(guessed, confidence), *(Intent(name, left) for name in others))
    return Judged(
        Sentence(text, tuple(expected.split()), urgent, language, "some.yml:1"),
        Understanding(ranking[0], ranking, language=recognised, urgency=urgency, engine="export"),
        Assessment(Tier.INFO, decision, guessed),
    )


def triage(*, unsure: float = 0.4, lost: float = 0.2) -> Triage:
    """Thresholds; nothing is judged with it."""

    def assess(understanding: Understanding) -> Assessment:
        return Assessment(Tier.INFO, Decision.NONE, understanding.intent.name)

    return Triage(assess, page=0.6, ask=0.2, unsure=unsure, lost=lost)
