"""Where the line errs: which intents it confuses, and the sentences that it gets most wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sklearn.metrics import confusion_matrix

from bot.domain.understanding import Decision
from bot.nlu.evaluate.judged import Judged


@dataclass(frozen=True, slots=True)
class Case:
    """One sentence and what was made of it."""

    text: str = field(repr=False)
    language: str
    place: str
    """`file:line`."""
    urgent: bool
    expected: tuple[str, ...]
    """Acceptable intents, the best first."""
    guessed: str
    confidence: float
    urgency: float
    decision: Decision
    reason: str
    """Why it was decided so, as triage says."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """An intent that was taken for another, how often, and the surest example."""

    expected: str
    guessed: str
    count: int
    example: Case


@dataclass(frozen=True, slots=True)
class Matrix:
    """How often each expected intent (row) was taken for which (column)."""

    intents: tuple[str, ...]
    """Of rows and columns; those that were expected or guessed."""
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Worst:
    """The sentences to look at first."""

    missed: tuple[Case, ...]
    """Urgent, and neither paged nor asked; the least urgent in the model's eyes first."""
    called: tuple[Case, ...]
    """Calm, and paged; the most urgent in its eyes first."""
    wrong: tuple[Case, ...]
    """With a wrong intent; the surest first."""


def confusions(judged: Sequence[Judged]) -> tuple[Confusion, ...]:
    """The pairs of intents that are confused, the most frequent first."""
    pairs: dict[tuple[str, str], list[Judged]] = {}
    for j in judged:
        if not j.right:
            pairs.setdefault((j.expected, j.guessed), []).append(j)
    found = [
        Confusion(expected, guessed, len(group), _case(max(group, key=_confidence)))
        for (expected, guessed), group in pairs.items()
    ]
    return tuple(sorted(found, key=lambda c: (-c.count, c.expected, c.guessed)))


def matrix(judged: Sequence[Judged], order: Sequence[str]) -> Matrix:
    """Count who was taken for whom; `order` is that of all intents."""
    expected, guessed = [j.expected for j in judged], [j.guessed for j in judged]
    seen = {*expected, *guessed}
    # An engine may guess what `order` does not know, when it can't read a text at all.
    intents = [*(i for i in order if i in seen), *sorted(seen - set(order))]
    if not intents:
        return Matrix((), ())
    counts = confusion_matrix(expected, guessed, labels=intents)
    return Matrix(tuple(intents), tuple(tuple(int(n) for n in row) for row in counts))


def worst(judged: Sequence[Judged]) -> Worst:
    """All sentences that went wrong, the worst first."""
    missed = [j for j in judged if j.sentence.urgent and j.assessment.decision is Decision.NONE]
    called = [j for j in judged if not j.sentence.urgent and j.assessment.decision is Decision.PAGE]
    wrong = [j for j in judged if not j.right]
    return Worst(
        tuple(_case(j) for j in sorted(missed, key=_urgency)),
        tuple(_case(j) for j in sorted(called, key=_urgency, reverse=True)),
        tuple(_case(j) for j in sorted(wrong, key=_confidence, reverse=True)),
    )


def _confidence(judged: Judged) -> float:
    return judged.understanding.intent.confidence


def _urgency(judged: Judged) -> float:
    return judged.understanding.urgency


def _case(judged: Judged) -> Case:
    sentence, understood = judged.sentence, judged.understanding
    return Case(
        text=sentence.text,
        language=sentence.language,
        place=sentence.place,
        urgent=sentence.urgent,
        expected=sentence.intents,
        guessed=understood.intent.name,
        confidence=understood.intent.confidence,
        urgency=understood.urgency,
        decision=judged.assessment.decision,
        reason=judged.assessment.reason,
    )
