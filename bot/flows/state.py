"""What a conversation's flows remember between turns, and what one turn takes and gives."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

from bot.domain.events import Answered, Event, MissionShown, SlotValue
from bot.domain.messages import Kind
from bot.domain.understanding import Decision, Entity, Intent, Tier

FORMAT: Final = 1
"""Number of the form in which a state is stored."""

Shown: TypeAlias = Answered | MissionShown


class StateError(ValueError):
    """A stored state cannot be read: it is damaged, or of a form this code does not know."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow that runs, or that waits for an answer or for the flow above it."""

    flow: str
    step: str
    asked: bool = False
    """The question of `step` was asked and waits for its answer."""
    intent: str | None = None
    """The intent that started the flow: `context.intent` of conditions."""
    reason: str | None = None
    """Why the engine started it: `context.reason` of conditions."""


@dataclass(frozen=True, slots=True)
class FlowState:
    """Everything the flows of one conversation remember; without texts of the contact but slots."""

    version: str = ""
    """Version of the flows that the open frames began with."""
    frames: tuple[Frame, ...] = ()
    """What runs: the last waits for the contact, those before it are interrupted."""
    parked: tuple[Frame, ...] = ()
    """What a message about danger broke off; taken up only when the contact asks for it."""
    slots: Mapping[str, SlotValue] = field(default_factory=dict, repr=False)
    misses: int = 0
    """Messages in a row that did not answer the open question."""
    greeted: bool = False
    """The first contact is over."""
    recent: tuple[Shown, ...] = ()
    """What the last turn showed: said again when the language changes."""
    writes: str | None = None
    """The language, other than the chosen one, that the last telling message was written in."""
    switch_offered: bool = False
    """It was offered once to go on in another language."""
    country: str | None = None
    """The country that the contact named last (ISO 3166-1), whether it is their own or not."""

    def to_json(self) -> str:
        """Write everything as text. It holds what the contact told: store it encrypted."""
        return json.dumps(
            {
                "format": FORMAT,
                "version": self.version,
                "frames": [_frame_out(frame) for frame in self.frames],
                "parked": [_frame_out(frame) for frame in self.parked],
                "slots": dict(self.slots),
                "misses": self.misses,
                "greeted": self.greeted,
                "recent": [_shown_out(shown) for shown in self.recent],
                "writes": self.writes,
                "switch_offered": self.switch_offered,
                "country": self.country,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> FlowState:
        """Read a stored state. Slots that no flow knows any more are kept here and dropped later.

        Raises:
            StateError: it is damaged, or of another form. The message holds none of its text.
        """
        try:
            return _state_in(json.loads(text))
        except (ValueError, TypeError, KeyError, RecursionError):
            # The cause would quote the stored text in its traceback.
            raise StateError("the stored state cannot be read") from None


@dataclass(frozen=True, slots=True)
class TurnInput:
    """One message of the contact, as it was understood.

    It holds a `command`, or a `payload` (of a button that was pressed, never typed text), or
    an `intent` with what belongs to it.
    """

    intent: str | None = None
    confidence: float = 0.0
    ranking: tuple[Intent, ...] = ()
    entities: tuple[Entity, ...] = field(default=(), repr=False)
    text: str = field(default="", repr=False)
    payload: str | None = field(default=None, repr=False)
    command: str | None = None
    forced_flow: str | None = None
    """A flow that the caller starts, whatever the message says."""
    decision: Decision = Decision.NONE
    """What triage decided: PAGE leaves every flow, ASK asks about danger beside the answer."""
    kind: Kind = Kind.TEXT
    lead: Intent | None = None
    """A clause's need that goes before `intent`, which still answers an open question."""
    also: str | None = None
    """The intent of a second need in the message, to be offered."""
    written: str | None = None
    """ISO 639 code of the language it is surely written in; None when that cannot be told."""
    speaking: str | None = None
    """The language in which it is answered."""
    answers: bool = False
    """It answers the open question by a name and says hardly more (`filling.names_beside`), and
    triage did not page for it: what the classifier makes of it acts only when it is sure, and not
    at all when the name is bare."""

    def need(self) -> tuple[str, float]:
        """Give the intent to act on, and how sure it is."""
        if self.lead is not None:
            return self.lead.name, self.lead.confidence
        return self.intent or "", self.confidence


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn came to: the new state, what was decided, and the way through the flows."""

    state: FlowState
    events: tuple[Event, ...]
    path: tuple[str, ...] = ()
    """`flow:step>target` for each branch taken: identifiers only, so it may be logged."""
    offer: tuple[Event, ...] = ()
    """Said after the events, and in the language `offer_in`: whether to go on in that one."""
    offer_in: str | None = None


@dataclass(frozen=True, slots=True)
class MissionFact:
    """What flows need to know of a mission; the rest is rendered from the directory."""

    id: str
    city: str
    """Name of the city as a button shows it, in the contact's language."""
    has_phone: bool = True
    in_country: bool = True
    """It lies in the country the line works in; others serve from abroad."""


class Facts(Protocol):
    """What the caller lets actions look up. Pure: the same answers all through a turn."""

    def missions(self, country: str) -> Sequence[MissionFact]:
        """Give the missions that serve a nationality (ISO 3166-1), the nearest first."""
        ...

    def answer_exists(self, topic: str) -> bool:
        """Say whether there is an answer file of that topic, in any language."""
        ...

    def languages(self) -> Sequence[tuple[str, str]]:
        """Give the languages offered: code and own name."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of the engine. `tiers` comes from nlu/tiers.yml."""

    tiers: Mapping[str, Tier] = field(default_factory=lambda: MappingProxyType({}))
    did_you_mean: float = 0.5
    """Below this confidence the contact is asked which of a few things was meant."""
    cannot_handle: float = 0.2
    """Below this one nothing is guessed: the menu and a human are offered (triage's `lost`)."""
    digress: float = 0.7
    """From this one a message that could also be the answer asked for is heard as a new need."""
    misses: int = 2
    """Messages not understood at one question, after which it is not repeated any more: the menu
    and a human are offered."""
    steps: int = 50
    """Most steps in one turn."""
    depth: int = 4
    """Most flows open at once; the oldest interrupted one is forgotten."""
    offered: int = 3
    """Most intents offered when the line is not sure."""
    answer_slack: int = 20
    """Characters beside a name (a country, a city) up to which a message is only an answer."""
    host_country: str = "KH"
    """The country the line works in: never somebody's nationality by itself."""

    def is_sure(self, confidence: float) -> bool:
        """Say whether an intent is acted on without asking back."""
        return confidence >= self.did_you_mean

    def is_lost(self, confidence: float) -> bool:
        """Say whether nothing is guessed."""
        return confidence < self.cannot_handle

    def tier(self, intent: str | None) -> Tier | None:
        """Give the tier of an intent; None when there is no such intent."""
        return self.tiers.get(intent) if intent is not None else None

    def is_need(self, intent: str | None) -> bool:
        """Say whether an intent asks for something, and is no small talk."""
        return self.tier(intent) not in {None, Tier.DIALOGUE}


def _frame_out(frame: Frame) -> list[str | bool | None]:
    return [frame.flow, frame.step, frame.asked, frame.intent, frame.reason]


def _frame_in(raw: object) -> Frame:
    flow, step, asked, intent, reason = _items(raw)
    if not isinstance(asked, bool):
        raise TypeError
    return Frame(_text(flow), _text(step), asked, _maybe_text(intent), _maybe_text(reason))


def _shown_out(shown: Shown) -> list[str | None]:
    if isinstance(shown, MissionShown):
        return ["mission", shown.mission_id]
    return ["answer", shown.topic, shown.country]


def _shown_in(raw: object) -> Shown:
    kind, *rest = _items(raw)
    if kind == "mission":
        (mission,) = rest
        return MissionShown(_text(mission))
    if kind != "answer":
        raise ValueError
    topic, country = rest
    return Answered(_text(topic), _maybe_text(country))


def _state_in(raw: object) -> FlowState:
    if not isinstance(raw, dict) or raw["format"] != FORMAT:
        raise ValueError
    slots, misses, greeted = raw["slots"], raw["misses"], raw["greeted"]
    if not isinstance(slots, dict) or not all(_is_slot(value) for value in slots.values()):
        raise TypeError
    if isinstance(misses, bool) or not isinstance(misses, int) or not isinstance(greeted, bool):
        raise TypeError
    return FlowState(
        version=_text(raw["version"]),
        frames=tuple(_frame_in(frame) for frame in _items(raw["frames"])),
        parked=tuple(_frame_in(frame) for frame in _items(raw["parked"])),
        slots=slots,
        # Three were allowed before `writes` was there: two of them still leave the last one.
        misses=misses if "writes" in raw else min(misses, 1),
        greeted=greeted,
        recent=tuple(_shown_in(shown) for shown in _items(raw["recent"])),
        # States stored before these three were there are still living.
        writes=_maybe_text(raw.get("writes")),
        switch_offered=raw.get("switch_offered") is True,
        country=_maybe_text(raw.get("country")),
    )


def _items(raw: object) -> list[object]:
    if not isinstance(raw, list):
        raise TypeError
    return raw


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw


def _maybe_text(raw: object) -> str | None:
    return None if raw is None else _text(raw)


def _is_slot(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | bool | int)
