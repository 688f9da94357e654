"""Whether a probability is what it promises: reliability bins, and the trade-off of urgency."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score, roc_curve

from bot.nlu.evaluate.judged import Judged
from bot.nlu.evaluate.shares import Share, share

BINS = 10
"""Of equal width, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The sentences whose probability lies between `low` (excluded) and `high`."""

    low: float
    high: float
    promised: float
    """Mean probability."""
    true: Share
    """How often it was so."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Bins that hold sentences, and the expected calibration error, from 0 to 1."""

    bins: tuple[Bin, ...]
    error: float


@dataclass(frozen=True, slots=True)
class Point:
    """What calling from a threshold of urgency on would give; the score alone decides."""

    threshold: float
    recall: float
    """Share of the urgent ones at or above it."""
    false_alarms: float
    """Share of the others at or above it."""


@dataclass(frozen=True, slots=True)
class Tradeoff:
    """Recall against false alarms over all thresholds of urgency, from strict to lenient."""

    points: tuple[Point, ...]
    area: float
    """Under the curve: the chance that an urgent sentence scores above a calm one."""
    page: Point | None
    """At the threshold chosen for calling a human; None without sentences of both kinds."""
    ask: Point | None


def of_confidence(judged: Sequence[Judged]) -> Calibration:
    """Whether an intent of confidence x is acceptable in x of the cases."""
    return calibration(
        [j.understanding.intent.confidence for j in judged], [j.right for j in judged]
    )


def of_urgency(judged: Sequence[Judged]) -> Calibration:
    """Whether of sentences with urgency x a share of x is urgent."""
    return calibration(
        [j.understanding.urgency for j in judged], [j.sentence.urgent for j in judged]
    )


def calibration(promised: Sequence[float], true: Sequence[bool]) -> Calibration:
    """Compare probabilities with what was true.

    The error is the mean distance between a bin's mean probability and its share of true ones,
    bins weighing by their sentences: M. P. Naeini, G. Cooper, M. Hauskrecht (2015), "Obtaining
    well calibrated probabilities using Bayesian binning", AAAI.
    """
    if not promised:
        return Calibration((), math.nan)
    _, means = calibration_curve(true, promised, n_bins=BINS, strategy="uniform", pos_label=True)
    edges = np.linspace(0, 1, BINS + 1)
    places = np.searchsorted(edges[1:-1], promised)  # as calibration_curve does
    bins = []
    # calibration_curve leaves empty bins out, and so does np.unique.
    for place, probability in zip(np.unique(places), means, strict=True):
        inside = share(bool(t) for t, p in zip(true, places, strict=True) if p == place)
        bins.append(Bin(float(edges[place]), float(edges[place + 1]), float(probability), inside))
    distances = (abs(b.promised - b.true.value) * b.true.of for b in bins)
    return Calibration(tuple(bins), math.fsum(distances) / len(promised))


def tradeoff(judged: Sequence[Judged], *, page: float, ask: float) -> Tradeoff:
    """The trade-off of urgency's score; empty unless some sentences are urgent and some not."""
    urgent = [j.sentence.urgent for j in judged]
    scores = [j.understanding.urgency for j in judged]
    if len(set(urgent)) < 2:  # noqa: PLR2004 - both kinds
        return Tradeoff((), math.nan, None, None)
    false_alarms, recall, thresholds = roc_curve(urgent, scores)
    points = tuple(
        # The first threshold lies above every score: nobody is called.
        Point(min(float(threshold), 1.0), float(hit), float(alarm))
        for threshold, hit, alarm in zip(thresholds, recall, false_alarms, strict=True)
    )
    area = float(roc_auc_score(urgent, scores))
    return Tradeoff(points, area, _at(page, urgent, scores), _at(ask, urgent, scores))


def _at(threshold: float, urgent: Sequence[bool], scores: Sequence[float]) -> Point:
    pairs = list(zip(urgent, scores, strict=True))
    recall = share(score >= threshold for is_urgent, score in pairs if is_urgent)
    alarms = share(score >= threshold for is_urgent, score in pairs if not is_urgent)
    return Point(threshold, recall.value, alarms.value)
