"""The bars that the project has set itself, and whether figures meet them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.nlu.evaluate.figures import Figures

AVERAGE: Final = 0.90
"""Least accuracy, as the mean of the languages."""
TRAINED: Final = 0.85
"""Least accuracy in each language that training data exists for."""
UNTAUGHT: Final = 0.80
"""Least accuracy in each language that has none."""
URGENT_PAGED: Final = 0.92
URGENT_PAGED_OR_ASKED: Final = 0.98
CALM_PAGED: Final = 0.05
"""The most that may be."""
CALM_PAGED_OR_ASKED: Final = 0.15
"""The most that may be."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what is wanted, what was found, both from 0 to 1."""

    name: str
    wanted: float
    at_least: bool
    """Whether `wanted` is the least that may be; else it is the most."""
    found: float
    """NaN when no sentence could tell; then it is not met."""
    met: bool


def bar(name: str, wanted: float, found: float, *, at_least: bool = True) -> Bar:
    """Hold a figure against a bar."""
    return Bar(name, wanted, at_least, found, found >= wanted if at_least else found <= wanted)


def least_accuracy(*, trained: bool) -> float:
    """The least accuracy in a language."""
    return TRAINED if trained else UNTAUGHT


def bars(
    total: Figures, mean: Figures, languages: Sequence[tuple[str, bool, Figures]]
) -> tuple[Bar, ...]:
    """All bars: accuracy by language, urgency over all sentences.

    `languages` are code, whether there is training data for it, and figures.
    """
    kinds = {True: "trained", False: "untaught"}
    return (
        bar("intent, mean of languages", AVERAGE, mean.accuracy.value),
        *(
            bar(
                f"intent, {code} ({kinds[trained]})",
                least_accuracy(trained=trained),
                figures.accuracy.value,
            )
            for code, trained, figures in languages
        ),
        bar("urgent: paged", URGENT_PAGED, total.urgent_paged.value),
        bar("urgent: paged or asked", URGENT_PAGED_OR_ASKED, total.urgent_paged_or_asked.value),
        bar("calm: paged", CALM_PAGED, total.calm_paged.value, at_least=False),
        bar(
            "calm: paged or asked",
            CALM_PAGED_OR_ASKED,
            total.calm_paged_or_asked.value,
            at_least=False,
        ),
    )
