"""The figures of a group of judged sentences, and the mean figures of several groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sklearn.metrics import f1_score

from bot.domain.understanding import Decision
from bot.nlu.evaluate.judged import Judged, Triage
from bot.nlu.evaluate.shares import Share, mean, share


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured on a group of sentences."""

    n: int
    """Sentences."""
    accuracy: Share
    """Those whose intent is an acceptable one."""
    macro_f1: float
    """Mean F1 of the intents that are expected; an acceptable guess counts as the expected one."""
    among_top: Share
    """Those with an acceptable intent among the likeliest three."""
    language: Share
    """Those whose language was recognised."""
    urgent_paged: Share
    """Of the urgent ones, those to which a human is called."""
    urgent_paged_or_asked: Share
    calm_paged: Share
    """Of those that are not urgent, those to which a human is called: false alarms."""
    calm_paged_or_asked: Share


@dataclass(frozen=True, slots=True)
class DidYouMean:
    """The band of confidence in which the bot asks "did you mean", and what lies on its sides."""

    lost: Share
    """Of all sentences, those below the band: the bot gives the menu and a human."""
    asked: Share
    """Of all sentences, those in the band."""
    needed: Share
    """The question's precision: of those asked about, those whose intent is wrong."""
    offers_truth: Share
    """Of those asked about, those with an acceptable intent among the likeliest three."""
    right_when_sure: Share
    """Of those above the band, those whose intent is acceptable."""


def figures(judged: Sequence[Judged]) -> Figures:
    """Measure a group."""
    urgent = [j.assessment.decision for j in judged if j.sentence.urgent]
    calm = [j.assessment.decision for j in judged if not j.sentence.urgent]
    return Figures(
        n=len(judged),
        accuracy=share(j.right for j in judged),
        macro_f1=_macro_f1(judged),
        among_top=share(j.among_top for j in judged),
        language=share(j.understanding.language == j.sentence.language for j in judged),
        urgent_paged=share(d is Decision.PAGE for d in urgent),
        urgent_paged_or_asked=share(d is not Decision.NONE for d in urgent),
        calm_paged=share(d is Decision.PAGE for d in calm),
        calm_paged_or_asked=share(d is not Decision.NONE for d in calm),
    )


def mean_figures(groups: Sequence[Figures]) -> Figures:
    """The mean of groups, each weighing the same however many sentences it has."""
    scores = [group.macro_f1 for group in groups]
    return Figures(
        n=sum(group.n for group in groups),
        accuracy=mean([group.accuracy for group in groups]),
        macro_f1=math.fsum(scores) / len(scores) if scores else math.nan,
        among_top=mean([group.among_top for group in groups]),
        language=mean([group.language for group in groups]),
        urgent_paged=mean([group.urgent_paged for group in groups]),
        urgent_paged_or_asked=mean([group.urgent_paged_or_asked for group in groups]),
        calm_paged=mean([group.calm_paged for group in groups]),
        calm_paged_or_asked=mean([group.calm_paged_or_asked for group in groups]),
    )


def did_you_mean(judged: Sequence[Judged], triage: Triage) -> DidYouMean:
    """Measure the band from `triage.lost` to `triage.unsure` (excluded)."""
    confidences = [j.understanding.intent.confidence for j in judged]
    pairs = list(zip(judged, confidences, strict=True))
    band = [j for j, confidence in pairs if triage.lost <= confidence < triage.unsure]
    return DidYouMean(
        lost=share(confidence < triage.lost for confidence in confidences),
        asked=share(triage.lost <= confidence < triage.unsure for confidence in confidences),
        needed=share(not j.right for j in band),
        offers_truth=share(j.among_top for j in band),
        right_when_sure=share(j.right for j, confidence in pairs if confidence >= triage.unsure),
    )


def _macro_f1(judged: Sequence[Judged]) -> float:
    if not judged:
        return math.nan
    expected = [j.expected for j in judged]
    # Only intents that are expected: of another the recall is not defined, and in a small group
    # every stray guess would add a zero. Such a guess still lowers the recall of the truth.
    labels = sorted(set(expected))
    guessed = [j.guessed for j in judged]
    return float(f1_score(expected, guessed, labels=labels, average="macro", zero_division=0))
