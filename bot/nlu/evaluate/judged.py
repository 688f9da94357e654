"""Lets the line judge labelled sentences: what it understood, and what it would do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.understanding import Assessment, Understanding
from bot.nlu.evaluate.sentences import Sentence
from bot.nlu.understand import Understander

OFFERED = 3
"""How many of the likeliest intents count as "among the top"."""

AT_ONCE = 2
"""Sentences: enough for a small machine, and a Rasa server still answers within its 2 s."""


@dataclass(frozen=True, slots=True)
class Triage:
    """The judgement of `bot/triage.py`, handed in because stages never import each other."""

    assess: Callable[[Understanding], Assessment]
    page: float
    """Urgency (0 to 1) from which a human is called."""
    ask: float
    """Urgency (0 to 1) from which the contact is asked."""
    unsure: float
    """Confidence (0 to 1) below which the bot asks "did you mean"."""
    lost: float = 0.0
    """Confidence (0 to 1) below which it does not even guess: the menu, and a human."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled sentence and what the line made of it."""

    sentence: Sentence
    understanding: Understanding
    assessment: Assessment

    @property
    def right(self) -> bool:
        """Whether the intent is one of the acceptable ones."""
        return self.understanding.intent.name in self.sentence.intents

    @property
    def expected(self) -> str:
        """The first acceptable intent."""
        return self.sentence.intents[0]

    @property
    def guessed(self) -> str:
        """The intent understood; the expected one if it is acceptable."""
        return self.expected if self.right else self.understanding.intent.name

    @property
    def among_top(self) -> bool:
        """Whether an acceptable intent is among the likeliest `OFFERED`."""
        top = self.understanding.ranking[:OFFERED]
        return any(intent.name in self.sentence.intents for intent in top)


async def judge(
    sentences: Sequence[Sentence],
    understander: Understander,
    triage: Triage,
    done: Callable[[], None] = lambda: None,
) -> tuple[Judged, ...]:
    """Judge sentences and keep their order; `done` is called after each."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(sentence: Sentence) -> Judged:
        async with gate:
            understood = await understander.understand(sentence.text)
        done()
        return Judged(sentence, understood, triage.assess(understood))

    return tuple(await asyncio.gather(*(one(sentence) for sentence in sentences)))
