"""Answers to another question than the one that is open: an older one, or the one that is next."""

from __future__ import annotations

from bot.domain.events import HumanCalled
from bot.domain.messages import Kind
from bot.flows import triggers
from bot.flows.definition import Source
from bot.flows.filling import in_answer, says_beside
from bot.flows.machine import Machine
from bot.flows.state import Policy, TurnInput


def take(machine: Machine, turn: TurnInput, policy: Policy) -> bool:
    """Take a message that does not answer the open question for one that answers another."""
    if machine.frames[-1].flow == triggers.DANGER:
        return _of_place(machine, turn)
    own = {triggers.DANGER_QUESTION, triggers.WIPE}
    return machine.frames[-1].flow not in own and _of_older(machine, turn, policy)


def is_country(turn: TurnInput, policy: Policy) -> bool:
    """Say whether a message is the name of a country and nothing else."""
    named = {entity.value for entity in turn.entities if entity.kind == "country"}
    other = any(entity.kind != "country" for entity in turn.entities)
    return len(named - {policy.host_country}) == 1 and not other and says_beside(turn) == 0


def _of_older(machine: Machine, turn: TurnInput, policy: Policy) -> bool:
    """A bare name that an interrupted question waits for: "Kenya", when the language was asked."""
    for place in reversed(range(len(machine.frames) - 1)):
        frame = machine.frames[place]
        for slot in machine.asks([frame]):
            found = in_answer(machine.library, frame, machine.slots, turn, policy)
            if found is not None and found.source is Source.ENTITY and found.only_answer:
                machine.go_back_to(place)
                return machine.fill(slot, found.value)
    return False


def _of_place(machine: Machine, turn: TurnInput) -> bool:
    """Where they are, when they were asked whether it is safe to write: they have gone on writing.

    A town is noted by the flow, which asks where in it; a location answers that as well.
    """
    located = turn.kind is Kind.LOCATION
    if machine.asks(machine.frames[-1:]) != (triggers.CAN_WRITE,):
        return False
    if not located and not any(entity.kind == "city" for entity in turn.entities):
        return False
    machine.fill(triggers.CAN_WRITE, value=True)
    if located:
        machine.run()
        machine.withhold_question()
        machine.fill(triggers.PLACE, f"[{turn.kind.value}]")
        machine.events.append(HumanCalled("place"))  # the desk was sent what paged, and no other
    return True
