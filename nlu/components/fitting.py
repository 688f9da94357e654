"""The statistics of training: linear models, calibration and thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

LEAST = 20
"""Sentences that a share is counted of."""

EVEN = 0.5
SEED = 20261123

# What a mistake costs, in false questions ("Are you in danger now?" to someone who is not).
# Nobody called to a person in danger is by far the worst; see README.md, "Thresholds".
COST_MISSED = 10.0  # urgent, and neither paged nor asked
COST_ASKED = 4.0  # urgent, and asked first: time lost, and a frightened person may not answer
COST_FALSE_PAGE = 4.0  # not urgent, and an operator was called
COST_FALSE_ASK = 1.0
# For "did you mean": a wrong answer against a question that was not needed.
COST_WRONG_ANSWER = 2.0
COST_NEEDLESS_QUESTION = 1.0


def fit_intents(features: csr_matrix, labels: np.ndarray, c: float) -> LogisticRegression:
    """Multinomial logistic regression; deterministic. Fitted again, it begins where it was."""
    model = LogisticRegression(
        C=c, max_iter=200, tol=1e-3, solver="lbfgs", multi_class="multinomial", warm_start=True
    )
    return model.fit(features, labels)


def fit_urgency(features: csr_matrix, labels: np.ndarray, c: float) -> LogisticRegression:
    """Logistic regression, both classes weighing the same; deterministic, and as above."""
    model = LogisticRegression(
        C=c, max_iter=200, tol=1e-3, solver="lbfgs", class_weight="balanced", warm_start=True
    )
    return model.fit(features, labels)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities (n, classes) of scores."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: np.ndarray = raised / raised.sum(axis=1, keepdims=True)
    return probabilities


def temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """What held-out scores are divided by so that a confidence is the chance of being right.

    Guo et al. 2017, arXiv:1706.04599. `truth` holds the column of the right class.
    """

    def loss(softness: float) -> float:
        chances = softmax(scores / softness)[np.arange(len(truth)), truth]
        return -float(np.log(np.maximum(chances, 1e-12)).mean())

    found = minimize_scalar(loss, bounds=(0.2, 10.0), method="bounded")
    return float(found.x)


def platt(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Slope and offset that turn held-out scores into probabilities (Platt's scaling)."""
    model = LogisticRegression(C=1e6, max_iter=1000).fit(scores.reshape(-1, 1), labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def urgency_thresholds() -> tuple[float, float]:
    """The (page, ask) pair at which expected costs cross, for a probability that is calibrated.

    A message that is urgent with probability p costs p * COST_ASKED + (1 - p) * COST_FALSE_ASK if
    it is asked about, and (1 - p) * COST_FALSE_PAGE if it pages; and likewise for asking or not.
    The least cost counted on the held-out sentences themselves says the same with more noise: its
    curve is nearly flat around this line (README.md, "Thresholds").
    """
    dearer = COST_FALSE_PAGE - COST_FALSE_ASK
    page = dearer / (COST_ASKED + dearer)
    ask = COST_FALSE_ASK / (COST_MISSED - COST_ASKED + COST_FALSE_ASK)
    return round(page, 2), round(ask, 2)


def unsure_threshold(confidences: np.ndarray, right: np.ndarray) -> float:
    """The confidence below which asking "did you mean" costs less than answering."""
    grid = np.round(np.arange(0.05, 0.8, 0.01), 2)
    costs = [
        COST_WRONG_ANSWER * (~right & (confidences >= t)).sum()
        + COST_NEEDLESS_QUESTION * (confidences < t).sum()
        for t in grid
    ]
    return float(grid[int(np.argmin(costs))])


def lost_threshold(
    ranked: np.ndarray, names: np.ndarray, truth: np.ndarray, unsure: float
) -> float:
    """The confidence below which the right intent is rarely among the three that could be offered.

    "Rarely" is less than every second time; never more than `unsure`.
    """
    three = names[np.argsort(-ranked, axis=1)[:, :3]]
    offered = (three == truth[:, None]).any(axis=1)
    confidences = ranked.max(axis=1)
    grid = np.round(np.arange(0.05, unsure, 0.01), 2)
    for line in grid[::-1]:
        below = confidences < line
        if below.sum() >= LEAST and offered[below].mean() < EVEN:
            return float(line)
    return float(grid[0])


def calibration_error(probabilities: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean distance between promised and true frequency."""
    index = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [
        abs(probabilities[index == b].mean() - truth[index == b].mean()) * (index == b).mean()
        for b in range(bins)
        if (index == b).any()
    ]
    return float(sum(gaps))


def figures(labels: Sequence[str], top: Sequence[str]) -> dict[str, float]:
    """Share of right answers for each label."""
    truth, guess = np.array(labels), np.array(top)
    return {
        label: round(float((guess[truth == label] == label).mean()), 4)
        for label in sorted(set(labels))
    }
