"""What a turn decided, in the past tense: facts that content renders and the turn stores."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

SlotValue: TypeAlias = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A button that a flow offers: its payload, and the phrase that is its title."""

    payload: str
    phrase: str | None = None
    title: str | None = None
    """A title that is no phrase: the name of a city, of a language."""


@dataclass(frozen=True, slots=True)
class Said:
    """The flow said a phrase (`content/phrases/<lang>.yml`)."""

    phrase: str
    slots: dict[str, SlotValue] = field(default_factory=dict, repr=False)
    """The slots at that moment; `{name}` in the phrase is replaced by their values."""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """The flow gave an answer file (`content/answers/<topic>/<lang>.md`)."""

    topic: str
    country: str | None = None
    """Nationality, ISO 3166-1, for variants and directory facts that depend on it."""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class MissionShown:
    """The flow showed one mission of the directory."""

    mission_id: str


@dataclass(frozen=True, slots=True)
class HumanCalled:
    """A human was asked for. `urgent` pages at once; otherwise the case waits in the queue."""

    reason: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class LanguageChanged:
    """The contact chose a language (ISO 639 code); what is said after it is in that language."""

    language: str


@dataclass(frozen=True, slots=True)
class WipeRequested:
    """The contact wants the conversation gone, on both sides."""


Event: TypeAlias = Said | Answered | MissionShown | HumanCalled | LanguageChanged | WipeRequested
