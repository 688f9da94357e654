"""Triage misses nobody whom any of its three voices calls, and says why it decided."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.understanding import Decision, Intent, Piece, Tier, Understanding
from bot.triage import FEW_LETTERS, LOST_SHARE, MARGIN, Reply, Thresholds, assess, reply_of

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


@pytest.mark.parametrize(
    ("words", "urgency", "decision"),
    [(ASK, 0.06, NONE), (ASK, 0.07, ASK), (PAGE, 0.0, PAGE)],
)
def test_a_model_that_is_sure_of_calm_is_overruled_by_a_page_alone(
    words: Decision, urgency: float, decision: Decision
) -> None:
    judged = _message("greet", 0.9, urgency, words)
    understanding = replace(judged, ranking=(judged.intent,))
    assert assess(understanding, TIERS, LINES).decision is decision


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


def test_lost_is_a_share_of_unsure_unless_training_said_it() -> None:
    assert LINES.guess == LINES.unsure * LOST_SHARE
    assert Thresholds(page=0.6, ask=0.2, unsure=0.4, lost=0.1).guess == 0.1
    assert 0 < LINES.guess < LINES.unsure


def _with_clause(name: str, confidence: float, urgency: float) -> Understanding:
    whole = _message("greet", 0.9, 0.0)
    return replace(whole, pieces=(Piece(Intent(name, confidence), urgency),))


@pytest.mark.parametrize(
    ("clause", "decision"),
    [
        (_with_clause("held_captive", 0.9, 0.1), ASK),
        (_with_clause("held_captive", 0.59, 0.1), NONE),
        (_with_clause("greet", 0.9, 0.6), ASK),
        (_with_clause("greet", 0.9, 0.59), NONE),
        (_with_clause("held_captive", 1.0, 1.0), ASK),  # never more, by itself
        (_with_clause("detained", 1.0, 0.0), NONE),
    ],
)
def test_a_clause_can_ask_and_never_page(clause: Understanding, decision: Decision) -> None:
    assert assess(clause, TIERS, LINES).decision is decision


@given(st.sampled_from(sorted(TIERS)), SHARE, SHARE, SHARE, SHARE)
def test_a_clause_never_lowers_a_decision_and_never_makes_it_a_page(
    name: str, confidence: float, urgency: float, sure: float, pressing: float
) -> None:
    whole = _message(name, confidence, urgency)
    with_clause = replace(whole, pieces=(Piece(Intent("held_captive", sure), pressing),))
    alone, both = (assess(found, TIERS, LINES).decision for found in (whole, with_clause))
    assert STRENGTH[both] >= STRENGTH[alone]
    assert (both is PAGE) == (alone is PAGE)


@pytest.mark.parametrize(
    ("understanding", "reply", "decision"),
    [
        # "Bavet" and "in Bavet now", in answer to "where are you?"
        (_message("greet", 0.9, 0.7), Reply.BARE, NONE),
        (_message("greet", 0.9, 0.7), Reply.SHORT, ASK),
        (_message("held_captive", 0.5, 0.7), Reply.SHORT, ASK),
        (_message("held_captive", 0.95, 0.7), Reply.SHORT, PAGE),
        (_message("held_captive", 0.95, 0.7), Reply.BARE, NONE),
        (_message("greet", 0.9, 0.8), Reply.BARE, PAGE),
        (_message("greet", 0.9, 0.8), Reply.SHORT, PAGE),
        (_message("greet", 0.9, 0.7, PAGE), Reply.BARE, PAGE),
        (_message("greet", 0.9, 0.7, ASK), Reply.BARE, ASK),
    ],
)
def test_a_place_in_answer_to_a_question_does_not_page_by_itself(
    understanding: Understanding, reply: Reply, decision: Decision
) -> None:
    assert assess(understanding, TIERS, LINES, reply).decision is decision


@given(
    st.sampled_from(sorted(TIERS)), SHARE, SHARE, st.sampled_from(Decision), st.sampled_from(Reply)
)
def test_no_answer_silences_danger_words_or_an_urgency_far_above_the_line(
    name: str, confidence: float, urgency: float, words: Decision, reply: Reply
) -> None:
    message = _message(name, confidence, urgency, words)
    decision = assess(message, TIERS, LINES, reply).decision
    assert STRENGTH[decision] >= STRENGTH[words]
    assert STRENGTH[decision] <= STRENGTH[assess(message, TIERS, LINES).decision]
    if urgency >= LINES.page + MARGIN:
        assert decision is PAGE
    # So the turn may page before it knows what the message answers.
    assert (assess(message, TIERS, LINES, Reply.BARE).decision is not PAGE) or decision is PAGE


def test_only_a_name_with_little_beside_it_is_an_answer() -> None:
    assert reply_of(None) is Reply.NO
    assert reply_of(0) is Reply.BARE
    assert reply_of(FEW_LETTERS) is Reply.SHORT
    assert reply_of(FEW_LETTERS + 1) is Reply.NO
