"""Finds the value of a slot in a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.domain.events import SlotValue
from bot.domain.messages import Kind
from bot.domain.weight import weight
from bot.flows.conditions import Scope
from bot.flows.definition import CollectStep, FlowLibrary, Slot, Source
from bot.flows.state import FlowState, Frame, Policy, TurnInput


@dataclass(frozen=True, slots=True)
class Found:
    """A value for a slot, and where in the message it was."""

    value: SlotValue = field(repr=False)
    source: Source
    only_answer: bool
    """The message says hardly anything else, so it is an answer and no new need."""


def in_answer(
    library: FlowLibrary,
    frame: Frame,
    slots: Mapping[str, SlotValue],
    turn: TurnInput,
    policy: Policy,
) -> Found | None:
    """Find the answer to the question that the frame waits with.

    Among several names in a message the first that the question does not reject wins.
    """
    step = library.flows[frame.flow].steps[frame.step]
    if not isinstance(step, CollectStep):
        return None
    found = list(_candidates(library.slots[step.slot], frame.flow, turn, policy))
    taken = (item for item in found if not rejected(step, item.value, slots, frame))
    return next(taken, found[0] if found else None)


def in_opening(
    library: FlowLibrary,
    frame: Frame,
    slots: Mapping[str, SlotValue],
    turn: TurnInput,
    policy: Policy,
) -> Mapping[str, SlotValue]:
    """Find what the message that starts a flow already says of the slots the flow asks for.

    Free text never counts here: the message is a need, not an answer.
    """
    filled: dict[str, SlotValue] = {}
    for step in library.flows[frame.flow].steps.values():
        if not isinstance(step, CollectStep) or step.slot in filled:
            continue
        for found in _candidates(library.slots[step.slot], frame.flow, turn, policy):
            if found.source is not Source.TEXT and not rejected(step, found.value, slots, frame):
                filled[step.slot] = found.value
                break
    return filled


def names_beside(
    library: FlowLibrary, state: FlowState, turn: TurnInput, policy: Policy
) -> int | None:
    """Weigh the letters and digits beside the names with which a message answers the question.

    None when no question is open, or when the message answers it by no name (a town, a country,
    a date, a number), or says much more. The name of a place answers a question for free words
    too ("where are you?").
    """
    frame = state.frames[-1] if state.frames else None
    flow = library.flows.get(frame.flow) if frame is not None else None
    step = flow.steps.get(frame.step) if frame is not None and flow is not None else None
    if frame is None or not frame.asked or not isinstance(step, CollectStep):
        return None
    slot = library.slots[step.slot]
    found = any(
        item.source is Source.ENTITY for item in _candidates(slot, frame.flow, turn, policy)
    )
    free = any(mapping.source is Source.TEXT for mapping in slot.mappings)
    placed = free and any(entity.kind in _PLACES for entity in turn.entities)
    if not (found or placed) or _beside_names(turn) > policy.answer_slack:
        return None
    return says_beside(turn)


def says_beside(turn: TurnInput) -> int:
    """Weigh the letters and digits of a message that are in no name found in it."""
    beside = _around_names(turn)
    return weight(beside) + sum(map(str.isdigit, beside))


def rejected(
    step: CollectStep, value: SlotValue, slots: Mapping[str, SlotValue], frame: Frame
) -> str | None:
    """Give the response that refuses this value; None when the question takes it."""
    scope = Scope({**slots, step.slot: value}, context_of(frame))
    for rejection in step.rejections:
        if rejection.condition.holds(scope):
            return rejection.utter
    return None


def context_of(frame: Frame) -> Mapping[str, SlotValue]:
    """Give the values that conditions see after `context.`."""
    return {
        "flow_id": frame.flow,
        "step_id": frame.step,
        "intent": frame.intent,
        "reason": frame.reason,
    }


_PLACES: Final = frozenset({"city", "country"})


def _candidates(slot: Slot, flow: str, turn: TurnInput, policy: Policy) -> Iterator[Found]:
    for mapping in slot.mappings:
        if mapping.active_flows and flow not in mapping.active_flows:
            continue
        if mapping.source is Source.ENTITY:
            yield from _of_entities(slot, mapping.entity, turn, policy)
        elif mapping.source is Source.INTENT:
            if turn.intent == mapping.intent and policy.is_sure(turn.confidence):
                yield Found(mapping.value, Source.INTENT, only_answer=turn.lead is None)
        elif mapping.source is Source.TEXT:
            value = slot.accept(_own_words(turn))
            if value is not None:
                only = _beside_names(turn) <= policy.answer_slack
                yield Found(value, Source.TEXT, only_answer=only)


def _of_entities(slot: Slot, kind: str | None, turn: TurnInput, policy: Policy) -> Iterator[Found]:
    for entity in turn.entities:
        value = slot.accept(entity.value) if entity.kind == kind else None
        if value is not None:
            only = _beside_names(turn) <= policy.answer_slack
            yield Found(value, Source.ENTITY, only_answer=only)


def _beside_names(turn: TurnInput) -> int:
    """Count the characters of a message that are in no name found in it.

    Of a dense script a few are a sentence, so its signs count more.
    """
    beside = _around_names(turn)
    return max(len(beside), weight(beside))


def _around_names(turn: TurnInput) -> str:
    """Give what is left of the text without the names found in it."""
    named = {
        place
        for entity in turn.entities
        for place in range(max(0, entity.start), min(entity.end, len(turn.text)))
    }
    return "".join(sign for place, sign in enumerate(turn.text) if place not in named).strip()


def _own_words(turn: TurnInput) -> str:
    """Give the text; a medium without one is named, so that it counts as an answer."""
    if turn.text.strip() or turn.kind in {Kind.TEXT, Kind.COMMAND, Kind.BUTTON}:
        return turn.text
    return f"[{turn.kind.value}]"
