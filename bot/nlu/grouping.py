"""Puts texts that ask alike into groups, whatever language they are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

NEAR: Final = 0.55
"""Cosine to the middle of a group from which a text belongs to it.

Measured on the 2,356 texts of tests/nlu/development in an order by chance: of the texts that are in
a group with others 92 % have the intent that most of it has, and the groups match the intents best
at 0.50 to 0.55 (adjusted Rand index 0.75). Between two texts of one intent the cosine is 0.62 in
the median, between others -0.03; 99.7 % of these are below 0.55.
"""


def group(meanings: Sequence[NDArray[np.float64]]) -> list[int]:
    """Give each text the place of the first text of its group.

    Texts are taken in their order, so that a group never changes by what comes after it.
    """
    if not meanings:
        return []
    middles = np.zeros((len(meanings), len(meanings[0])))
    firsts: list[int] = []
    found: list[int] = []
    for place, meaning in enumerate(meanings):
        known = middles[: len(firsts)]
        lengths = np.sqrt((known**2).sum(axis=1))
        cosines = known @ meaning / np.maximum(lengths, 1e-9)
        nearest = int(cosines.argmax()) if firsts else -1
        if nearest < 0 or cosines[nearest] < NEAR:
            nearest = len(firsts)
            firsts.append(place)
        middles[nearest] += meaning
        found.append(firsts[nearest])
    return found
