"""What flow files define, as frozen types: flows, steps, slots, responses, and their library."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from bot.domain.events import Choice, SlotValue
from bot.domain.problems import Problem
from bot.flows.conditions import Parsed

END: Final = "END"
"""Target of a branch: the flow is over."""
MAX_TEXT: Final = 500
"""Characters of a text that a slot keeps; the whole message is in the store anyway."""


class FlowError(Exception):
    """The flow files cannot be loaded; `problems` lists everything that is wrong in all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Branch:
    """One way on from a step: taken when the condition holds (None: always)."""

    condition: Parsed | None
    target: str
    """A step's id, or `END`."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A value that a question does not take, and the response that says so."""

    condition: Parsed
    utter: str


@dataclass(frozen=True, slots=True)
class CollectStep:
    """Asks for a slot and waits until it is filled."""

    id: str
    line: int
    branches: tuple[Branch, ...]
    slot: str
    prompt: str
    """A response (`utter_...`) or an action (`action_ask_...`) that asks."""
    ask_before_filling: bool
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class ActionStep:
    """Says a response (`utter_...`), gives an answer (`answer_...`) or runs an action."""

    id: str
    line: int
    branches: tuple[Branch, ...]
    action: str


@dataclass(frozen=True, slots=True)
class SetSlotsStep:
    """Fills or empties slots."""

    id: str
    line: int
    branches: tuple[Branch, ...]
    values: tuple[tuple[str, SlotValue], ...]


@dataclass(frozen=True, slots=True)
class LinkStep:
    """Ends this flow and starts another."""

    id: str
    line: int
    branches: tuple[Branch, ...]
    flow: str


@dataclass(frozen=True, slots=True)
class NoopStep:
    """Does nothing but branch."""

    id: str
    line: int
    branches: tuple[Branch, ...]


Step: TypeAlias = CollectStep | ActionStep | SetSlotsStep | LinkStep | NoopStep


@dataclass(frozen=True, slots=True)
class Trigger:
    """An intent that starts a flow; without a threshold the policy's own counts."""

    intent: str
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """One scripted dialogue. `steps` are flat: nested ones have their place by their targets."""

    id: str
    file: str
    line: int
    description: str
    name: str | None
    """Phrase key of its name, for menus."""
    guard: Parsed | None
    triggers: tuple[Trigger, ...]
    persisted: frozenset[str]
    steps: Mapping[str, Step]
    first: str
    successors: Mapping[str, str] = field(default_factory=dict)
    """For the id of a question that is gone: the question that takes its place, or `END`."""

    def questions(self) -> Iterator[CollectStep]:
        """Give the steps at which a conversation can wait, in the order of the file."""
        return (step for step in self.steps.values() if isinstance(step, CollectStep))

    def collected(self) -> tuple[str, ...]:
        """Give the slots that this flow asks for, in the order of the file."""
        return tuple(dict.fromkeys(step.slot for step in self.questions()))

    def filled(self) -> frozenset[str]:
        """Give the slots that this flow asks for or sets itself."""
        sets = (
            name
            for step in self.steps.values()
            if isinstance(step, SetSlotsStep)
            for name, _ in step.values
        )
        return frozenset(self.collected()) | frozenset(sets)


class SlotType(StrEnum):
    """What a slot holds."""

    TEXT = "text"
    BOOL = "bool"
    CATEGORICAL = "categorical"
    FLOAT = "float"


class Source(StrEnum):
    """From what part of a message a slot is filled."""

    ENTITY = "from_entity"
    INTENT = "from_intent"
    TEXT = "from_text"
    CONTROLLED = "controlled"


@dataclass(frozen=True, slots=True)
class SlotMapping:
    """One way in which a message fills a slot."""

    source: Source
    entity: str | None = None
    intent: str | None = None
    value: SlotValue = None
    active_flows: frozenset[str] = frozenset()
    """Flows in which it counts; empty: in all."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A named value of a conversation."""

    name: str
    file: str
    line: int
    type: SlotType
    values: tuple[str, ...] = ()
    initial: SlotValue = None
    mappings: tuple[SlotMapping, ...] = ()

    def accept(self, raw: SlotValue) -> SlotValue:
        """Give the value as this slot keeps it; None when it does not fit the type."""
        if raw is None:
            return None
        if self.type is SlotType.BOOL:
            return raw if isinstance(raw, bool) else _TRUTHS.get(str(raw).strip().lower())
        if self.type is SlotType.FLOAT:
            return _number(raw)
        if not isinstance(raw, str):
            return None
        text = raw.strip()
        if self.type is SlotType.CATEGORICAL:
            folded = text.casefold()
            return next((value for value in self.values if value.casefold() == folded), None)
        return text[:MAX_TEXT] or None


@dataclass(frozen=True, slots=True)
class Variation:
    """One form of a response: a phrase and its buttons, said when the condition holds."""

    condition: Parsed | None
    phrase: str
    choices: tuple[Choice, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """What `utter_...` says: the first variation whose condition holds."""

    name: str
    file: str
    line: int
    variations: tuple[Variation, ...]


@dataclass(frozen=True, slots=True)
class FlowLibrary:
    """All flows, slots and responses of one version, and the source that they were read from."""

    flows: Mapping[str, Flow]
    slots: Mapping[str, Slot]
    responses: Mapping[str, Response]
    source: str = field(repr=False)
    """All files as one text; `bot.flows.loading.parse` gives the library back."""
    version: str
    """First 16 hex digits of the SHA-256 of `source`."""
    successors: Mapping[str, str] = field(default_factory=dict)
    """For the id of a flow that is gone: the flow that takes its place, or `END`."""

    def triggered_by(self, intent: str) -> Iterator[tuple[Flow, Trigger]]:
        """Give the flows that an intent starts, in the order of files and lines."""
        for flow in self.flows.values():
            for trigger in flow.triggers:
                if trigger.intent == intent:
                    yield flow, trigger

    def collecting(self, slot: str) -> tuple[Flow, ...]:
        """Give the flows that ask for a slot."""
        return tuple(flow for flow in self.flows.values() if slot in flow.collected())

    def response(self, name: str) -> Response:
        """Give a response; one that is not declared says the phrase of its name."""
        declared = self.responses.get(name)
        if declared is not None:
            return declared
        plain = Variation(None, name.removeprefix("utter_"), ())
        return Response(name, "", 0, (plain,))


_TRUTHS: Final[Mapping[str, bool]] = {"true": True, "false": False}


def _number(raw: SlotValue) -> float | None:
    if raw is None or isinstance(raw, bool):
        return None
    try:
        number = float(raw)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
