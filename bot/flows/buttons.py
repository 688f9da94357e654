"""Fills slots by a pressed button: of the open question, of an older one, or of the one flow."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.events import SlotValue
from bot.flows.machine import LANGUAGE, Machine
from bot.flows.state import Facts
from bot.flows.triggers import StartFlow


def press(machine: Machine, pairs: Sequence[tuple[str, str]], facts: Facts) -> bool:
    """Fill slots by a button; False when no flow waits for them, or a value is not taken."""
    values = _accepted(machine, pairs, facts)
    if not values:
        return False
    if not set(machine.asks(machine.frames)) & values.keys():
        if not set(machine.asks(machine.parked)) & values.keys():
            return _start_by_slots(machine, values)
        machine.take_up()
    slots = machine.asks(machine.frames)
    waiting = [place for place, slot in enumerate(slots) if slot in values]
    if not waiting:
        return False
    machine.go_back_to(waiting[-1])
    for name, value in values.items():
        machine.fill(name, value)
    return True


def _start_by_slots(machine: Machine, values: dict[str, SlotValue]) -> bool:
    """Start the flow that asks for these slots, when it is one flow only."""
    flows = {flow.id for name in values for flow in machine.library.collecting(name)}
    if len(flows) != 1:
        return False
    machine.start(StartFlow(flows.pop()), values)
    return True


def _accepted(
    machine: Machine, pairs: Sequence[tuple[str, str]], facts: Facts
) -> dict[str, SlotValue]:
    """Check names and types: only slots that some flow asks for are filled by buttons.

    A changed client can send any payload, so a slot that only actions set stays theirs.
    """
    library = machine.library
    values: dict[str, SlotValue] = {}
    for name, raw in pairs:
        slot = library.slots.get(name)
        value = slot.accept(raw) if slot is not None and library.collecting(name) else None
        known = {code for code, _ in facts.languages()} if name == LANGUAGE else {value}
        if value is None or value not in known:
            return {}
        values[name] = value
    return values
