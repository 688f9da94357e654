"""What the line made of one message, and what it decided to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Tier(StrEnum):
    """What an intent asks for beside its answer (nlu/tiers.yml)."""

    CRITICAL = "critical"
    ELEVATED = "elevated"
    INFO = "info"
    DIALOGUE = "dialogue"


class Decision(StrEnum):
    """What the urgency of a message asks for."""

    PAGE = "page"
    """A human is called at once, without asking."""
    ASK = "ask"
    """The contact is asked one plain question: are you in danger now?"""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Intent:
    """An intent and how sure the classifier is of it, from 0 to 1."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing named in a message: `kind` is `country`, `city`, `phone`, `number` ...

    `value` is normalised (a country is its ISO 3166-1 code, a phone number is E.164);
    `start` and `end` are offsets in code points of the text.
    """

    kind: str
    value: str = field(repr=False)
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """What was made of one clause of a longer text, judged by itself."""

    intent: Intent
    urgency: float
    """As of an Understanding; of a clause torn out of its message, so it never pages."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """Intent, entities, language and urgency of one text."""

    intent: Intent
    ranking: tuple[Intent, ...] = ()
    entities: tuple[Entity, ...] = ()
    language: str | None = None
    """ISO 639 code of the language it is written in; None when it can't be told."""
    urgency: float = 0.0
    """Calibrated probability, 0 to 1, that an operator would want to be called at once."""
    danger_words: Decision = Decision.NONE
    """What the danger words in the text ask for; they can raise a decision, never lower it."""
    pieces: tuple[Piece, ...] = ()
    """The clauses of a longer text that may hold a need each; none of a short one."""
    engine: str = ""
    """Which engine understood it: `rasa`, `export` or, when neither could, `words`."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What triage made of an understanding: the tier and whether to page, to ask, or neither."""

    tier: Tier
    decision: Decision
    reason: str
    """Intent name or `danger_words` or `urgency`: why it was decided so. Never message text."""
