"""Triage misses nobody whom any of its three voices calls, and says why it decided."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.understanding import Decision, Intent, Tier, Understanding
from bot.triage import Thresholds, assess, is_unsure

TIERS = {"held_captive": Tier.CRITICAL, "detained": Tier.ELEVATED, "greet": Tier.DIALOGUE}
LINES = Thresholds(page=0.6, ask=0.2, unsure=0.4)
PAGE, ASK, NONE = Decision.PAGE, Decision.ASK, Decision.NONE


def _message(
    name: str, confidence: float, urgency: float, words: Decision = Decision.NONE
) -> Understanding:
    return Understanding(Intent(name, confidence), urgency=urgency, danger_words=words)


@pytest.mark.parametrize(
    ("understanding", "decision", "reason"),
    [
        (_message("held_captive", 0.9, 0.5), PAGE, "held_captive"),
        (_message("held_captive", 0.9, 0.1), ASK, "held_captive"),  # past, or denied
        (_message("held_captive", 0.3, 0.1), ASK, "held_captive"),  # not sure
        (_message("held_captive", 0.3, 0.7), PAGE, "urgency"),
        (_message("greet", 0.9, 0.7), PAGE, "urgency"),
        (_message("greet", 0.9, 0.6), PAGE, "urgency"),
        (_message("greet", 0.9, 0.59), ASK, "urgency"),
        (_message("greet", 0.9, 0.2), ASK, "urgency"),
        (_message("greet", 0.9, 0.19), NONE, "greet"),
        (_message("detained", 0.9, 0.1), NONE, "detained"),
        (_message("greet", 0.9, 0.0, PAGE), PAGE, "danger_words"),
        (_message("greet", 0.9, 0.0, ASK), ASK, "danger_words"),
        (_message("held_captive", 0.9, 0.9, ASK), PAGE, "held_captive"),
        (_message("held_captive", 0.9, 0.9, PAGE), PAGE, "danger_words"),
    ],
)
def test_the_strongest_voice_decides(
    understanding: Understanding, decision: Decision, reason: str
) -> None:
    assessment = assess(understanding, TIERS, LINES)
    assert (assessment.decision, assessment.reason) == (decision, reason)


SHARE = st.floats(0, 1)
STRENGTH = {NONE: 0, ASK: 1, PAGE: 2}


@given(st.sampled_from(sorted(TIERS)), SHARE, SHARE, SHARE, st.sampled_from(Decision))
def test_more_danger_never_lowers_a_decision(
    name: str, confidence: float, urgency: float, other: float, words: Decision
) -> None:
    low, high = sorted((urgency, other))
    without = assess(_message(name, confidence, low), TIERS, LINES)
    with_more = assess(_message(name, confidence, high, words), TIERS, LINES)
    assert STRENGTH[with_more.decision] >= STRENGTH[without.decision]
    assert STRENGTH[with_more.decision] >= STRENGTH[words]


@given(SHARE, SHARE)
def test_a_critical_intent_is_never_passed_over(confidence: float, urgency: float) -> None:
    assert assess(_message("held_captive", confidence, urgency), TIERS, LINES).decision is not NONE


def test_an_intent_that_no_tier_knows_is_weighed_by_its_urgency() -> None:
    assessment = assess(_message("new_intent", 0.9, 0.9), TIERS, LINES)
    assert assessment.tier is Tier.DIALOGUE
    assert assessment.decision is PAGE


def test_a_low_confidence_is_unsure() -> None:
    assert is_unsure(_message("greet", 0.39, 0), LINES)
    assert not is_unsure(_message("greet", 0.4, 0), LINES)
