"""Finds the value of a slot in a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.domain.events import SlotValue
from bot.domain.messages import Kind
from bot.flows.conditions import Scope
from bot.flows.definition import CollectStep, FlowLibrary, Slot, Source
from bot.flows.state import Frame, Policy, TurnInput


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


def _candidates(slot: Slot, flow: str, turn: TurnInput, policy: Policy) -> Iterator[Found]:
    for mapping in slot.mappings:
        if mapping.active_flows and flow not in mapping.active_flows:
            continue
        if mapping.source is Source.ENTITY:
            yield from _of_entities(slot, mapping.entity, turn, policy)
        elif mapping.source is Source.INTENT:
            sure = turn.confidence >= policy.did_you_mean
            if turn.intent == mapping.intent and sure:
                yield Found(mapping.value, Source.INTENT, only_answer=True)
        elif mapping.source is Source.TEXT:
            value = slot.accept(_own_words(turn))
            if value is not None:
                yield Found(value, Source.TEXT, only_answer=False)


def _of_entities(slot: Slot, kind: str | None, turn: TurnInput, policy: Policy) -> Iterator[Found]:
    for entity in turn.entities:
        value = slot.accept(entity.value) if entity.kind == kind else None
        if value is not None:
            rest = len(turn.text.strip()) - (entity.end - entity.start)
            yield Found(value, Source.ENTITY, only_answer=rest <= policy.answer_slack)


def _own_words(turn: TurnInput) -> str:
    """Give the text; a medium without one is named, so that it counts as an answer."""
    if turn.text.strip() or turn.kind in {Kind.TEXT, Kind.COMMAND, Kind.BUTTON}:
        return turn.text
    return f"[{turn.kind.value}]"
