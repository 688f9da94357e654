"""Shares with their 95 % confidence bounds: of sentences, and means of several shares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

LEVEL = 0.95
"""Of all confidence bounds."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, from 0 to 1, with bounds; NaN where there was nothing to count.

    Of a mean of shares, `hits` and `of` are the sums of its parts, so `value` is not their ratio.
    """

    value: float
    low: float
    high: float
    hits: int
    of: int


NOTHING = Share(math.nan, math.nan, math.nan, 0, 0)
"""The share of no sentences."""


def share(truths: Iterable[bool]) -> Share:
    """The share of true ones, with Wilson's bounds.

    E. B. Wilson (1927), "Probable inference, the law of succession, and statistical inference",
    JASA 22:209-212; without continuity correction.
    """
    counted = [bool(truth) for truth in truths]
    if not counted:
        return NOTHING
    hits, of = sum(counted), len(counted)
    bounds = binomtest(hits, of).proportion_ci(LEVEL, method="wilson")
    return Share(hits / of, float(bounds.low), float(bounds.high), hits, of)


def mean(shares: Sequence[Share]) -> Share:
    """The mean of independent shares, each weighing the same; those of nothing are left out.

    Its bounds are made of theirs (MOVER): with k shares p having bounds l and u, the mean m has
    m - sqrt(sum (p - l)^2) / k and m + sqrt(sum (u - p)^2) / k. G. Y. Zou, W. Huang, X. Zhang
    (2009), "A note on confidence interval estimation for a linear function of binomial
    proportions", Computational Statistics & Data Analysis 53:1080-1085.
    """
    parts = [part for part in shares if part.of]
    if not parts:
        return NOTHING
    middle = math.fsum(part.value for part in parts) / len(parts)
    below = math.hypot(*(part.value - part.low for part in parts)) / len(parts)
    above = math.hypot(*(part.high - part.value for part in parts)) / len(parts)
    hits, of = sum(part.hits for part in parts), sum(part.of for part in parts)
    return Share(middle, middle - below, middle + above, hits, of)
