"""Checks that every name in flow files leads to something: slots, flows, steps, buttons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.domain.events import SlotValue
from bot.domain.yaml_source import Node
from bot.flows import actions, payloads
from bot.flows.definition import (
    END,
    CollectStep,
    Flow,
    LinkStep,
    Response,
    SetSlotsStep,
    Slot,
)
from bot.flows.faults import Faults

HANDOFF: Final = "pattern_human_handoff"
"""The only pattern that a `link` may name; Rasa's rule, kept so that files mean the same there."""


class References:
    """The names of all files together."""

    def __init__(
        self,
        flows: Mapping[str, Flow],
        slots: Mapping[str, Slot],
        responses: Mapping[str, Response],
        faults: Faults,
    ) -> None:
        self._flows = flows
        self._slots = slots
        self._responses = responses
        self._faults = faults
        self._collected = {slot for flow in flows.values() for slot in flow.collected()}

    def check_slots(self, node: Node, names: Iterable[str]) -> None:
        """Check the slots that a condition names."""
        for name in sorted(set(names) - self._slots.keys()):
            self._faults.add(node.error(f"there is no slot `{name}`", "declare it in `slots`"))

    def check_active_flow(self, node: Node, flow: str) -> None:
        """Check the flow that a mapping is limited to."""
        if flow not in self._flows:
            self._faults.add(node.error(f"there is no flow `{flow}`", "mend the name"))

    def check_button(self, node: Node, payload: payloads.SetSlots) -> None:
        """Check the slots that a button fills."""
        for name, value in payload.pairs:
            self._check_pair(node, name, value)

    def check_successors(self, node: Node, flow: str | None) -> None:
        """Check what takes the place of questions of a flow that are gone; None: of flows."""
        owner = self._flows.get(flow) if flow is not None else None
        if flow is not None and owner is None:
            return  # the flow could not be read; that is told already
        there = {step.id for step in owner.questions()} if owner else set(self._flows)
        what = "question" if owner else "flow"
        for name, heir in node.items():
            if name in there:
                self._faults.add(
                    node.key_error(name, f"the {what} `{name}` is still there", "leave it out")
                )
            if heir.value != END and heir.value not in there:
                self._faults.add(
                    heir.error(
                        f"there is no {what} `{heir.value}` to take the place of `{name}`",
                        f"the id of a {what} that is there, or END",
                    )
                )

    def check_flow(self, flow: Flow) -> None:
        """Check the names in the steps of a flow."""
        for step in flow.steps.values():
            place = Node(flow.file, step.line, None)
            if isinstance(step, CollectStep):
                self._check_collect(step, place)
            elif isinstance(step, SetSlotsStep):
                for name, value in step.values:
                    self._check_value(place, name, value)
            elif isinstance(step, LinkStep):
                self._check_link(step, place)
        for name in sorted(flow.persisted - flow.filled()):
            self._faults.add(
                Node(flow.file, flow.line, None).error(
                    f"`persisted_slots` names `{name}`, which no step here asks for or sets",
                    "leave it out",
                )
            )

    def _check_pair(self, node: Node, name: str, value: str) -> None:
        slot = self._slots.get(name)
        if slot is None:
            self._faults.add(node.error(f"there is no slot `{name}`", "declare it in `slots`"))
        elif slot.accept(value) is None:
            self._faults.add(
                node.error(f"the slot `{name}` does not take `{value}`", f"it is a {slot.type}")
            )
        elif name not in self._collected:
            self._faults.add(
                node.error(f"no flow asks for the slot `{name}`", "buttons fill asked slots only")
            )

    def _check_collect(self, step: CollectStep, place: Node) -> None:
        if step.slot not in self._slots:
            self._faults.add(
                place.error(f"there is no slot `{step.slot}`", "declare it in `slots`")
            )
        if step.prompt in actions.ACTIONS and f"utter_ask_{step.slot}" in self._responses:
            self._faults.add(
                place.error(f"`{step.slot}` has a response and an action to ask it", "keep one")
            )

    def _check_value(self, place: Node, name: str, value: SlotValue) -> None:
        slot = self._slots.get(name)
        if slot is None:
            self._faults.add(place.error(f"there is no slot `{name}`", "declare it in `slots`"))
        elif value is not None and slot.accept(value) is None:
            self._faults.add(
                place.error(f"the slot `{name}` does not take this value", f"it is a {slot.type}")
            )

    def _check_link(self, step: LinkStep, place: Node) -> None:
        if step.flow not in self._flows:
            self._faults.add(place.error(f"there is no flow `{step.flow}`", "mend the name"))
        elif step.flow.startswith("pattern_") and step.flow != HANDOFF:
            self._faults.add(
                place.error(f"a link cannot name the pattern `{step.flow}`", f"only {HANDOFF}")
            )
