"""Decides what one message does to the flows of a conversation: state and input in, events out.

The order in which a message is heard (flow-syntax.md, section 13, gives the reasons):

1. A pressed button, a command, a flow that the caller forces.
2. A message of a critical intent, or one that triage paged for, leaves every flow. One that
   triage wants asked about is asked about first: are you in danger now?
3. A human, another language, the wish to be forgotten: in every state.
4. With a question open: its answer; else a new need, after which the question comes again;
   else a miss, and after some misses a human is offered.
5. Without: the flow or the answer of its intent; when unsure, "did you mean"; else the menu.
"""

from __future__ import annotations

from bot.domain.events import (
    Answered,
    HumanCalled,
    LanguageChanged,
    MissionShown,
    Said,
    SlotValue,
)
from bot.domain.messages import Kind
from bot.domain.understanding import Decision, Tier
from bot.flows import payloads, triggers
from bot.flows.actions import likely_intents
from bot.flows.conditions import Scope
from bot.flows.definition import FlowLibrary, Source
from bot.flows.filling import Found, in_answer
from bot.flows.machine import LANGUAGE, Machine
from bot.flows.state import Facts, FlowState, Outcome, Policy, TurnInput
from bot.flows.triggers import Give, Heard, Move, StartFlow


def advance(
    library: FlowLibrary, state: FlowState, turn: TurnInput, facts: Facts, policy: Policy
) -> Outcome:
    """Let one message act on a conversation. Pure, and never raises for what a contact sends.

    `library` is the version that `state` began with, while `state.frames` or `state.parked`
    hold something; else the current one. At least one event of every outcome is something said.
    """
    machine = Machine(library, state, turn, facts, policy)
    _Hearing(machine, state, turn, facts, policy).hear()
    return machine.outcome()


class _Hearing:
    def __init__(
        self, machine: Machine, state: FlowState, turn: TurnInput, facts: Facts, policy: Policy
    ) -> None:
        self._machine = machine
        self._state = state
        self._turn = turn
        self._facts = facts
        self._policy = policy
        self._ask_danger = False

    def hear(self) -> None:
        first = not self._state.greeted
        if first and self._is_small_talk():
            reason = "unclear" if self._is_unclear() else "hello"
            self._machine.aside(triggers.SESSION_START, reason)
            return
        self._dispatch()
        self._machine.run()
        if self._ask_danger:
            self._machine.withhold_question()
            self._start(StartFlow(triggers.DANGER_CHECK, self._turn.intent))
            self._machine.run()
        if not any(isinstance(event, _SAYING) for event in self._machine.events):
            self._machine.aside(triggers.CANNOT_HANDLE, "unknown")
        if first and not self._has_language_buttons():
            self._machine.aside(triggers.SESSION_START, "need")

    def _dispatch(self) -> None:
        turn = self._turn
        if turn.payload is not None:
            self._press(turn.payload)
        elif turn.command is not None:
            move = triggers.of_command(self._machine.library, turn.command)
            if move is None:
                self._machine.aside(triggers.CANNOT_HANDLE, "command")
            else:
                self._start(move)
        elif turn.forced_flow in {None, triggers.DANGER_CHECK, triggers.DANGER}:
            self._hear_message(Heard(turn.intent or "", turn.confidence))
        else:
            self._start(StartFlow(turn.forced_flow or "", turn.intent))

    def _hear_message(self, heard: Heard) -> None:
        forced = self._turn.forced_flow
        paged = self._turn.decision is Decision.PAGE or forced == triggers.DANGER
        in_danger = self._machine.has(
            triggers.DANGER, triggers.DANGER_CHECK, triggers.DANGER_QUESTION
        )
        # Triage asks about a danger that may be past; said again, it is heard as one of now.
        asked = self._is_asked_about() and not in_danger
        if paged or (triggers.is_critical(heard, self._policy) and not asked):
            self._danger(heard.intent)
            return
        self._ask_danger = self._may_be_danger(heard) and not in_danger
        if self._ask_danger and self._policy.tier(heard.intent) is Tier.CRITICAL:
            return
        if self._turn.kind not in _WORDS and not heard.intent:
            self._hear_attachment()
        elif self._machine.question() is not None:
            self._hear_at_question(heard)
        else:
            self._hear_need(heard)

    def _is_asked_about(self) -> bool:
        forced = self._turn.forced_flow == triggers.DANGER_CHECK
        return forced or self._turn.decision is Decision.ASK

    def _may_be_danger(self, heard: Heard) -> bool:
        if self._is_asked_about():
            return True
        # Not sure enough to page, too grave to pass over: one question settles it.
        grave = self._policy.tier(heard.intent) is Tier.CRITICAL
        return grave and heard.confidence >= self._policy.cannot_handle

    def _danger(self, intent: str) -> None:
        """Leave everything for the danger; in the flow about it, take the message as more of it."""
        machine = self._machine
        move = self._move(Heard(intent, 1.0, forced=True))
        critical = self._policy.tier(intent) is Tier.CRITICAL
        flow = move.flow if critical and isinstance(move, StartFlow) else triggers.DANGER
        if machine.frames and machine.frames[-1].flow == flow:
            found = self._answer()
            if found is not None and found.source in {Source.TEXT, Source.ENTITY}:
                self._fill(found)
            if intent != machine.frames[-1].intent:
                machine.advise(intent)
        else:
            machine.park()
            if flow in machine.library.flows:
                machine.start(StartFlow(flow, intent))
            else:
                machine.give(intent)
        # Whatever a flow file says or forgets to say: a human is called.
        machine.events.insert(0, HumanCalled(intent or "urgency", urgent=True))

    def _hear_attachment(self) -> None:
        found = self._answer()
        if found is not None:
            self._fill(found)
        else:
            self._machine.aside(triggers.ATTACHMENT, self._turn.kind.value)

    def _hear_at_question(self, heard: Heard) -> None:
        found = self._answer()
        move = self._need(heard)
        sure = heard.confidence >= self._policy.digress
        everywhere = heard.intent in triggers.EVERYWHERE and move is not None
        if found is not None and self._is_answer(found, sure=sure and move is not None):
            if everywhere and found.source is not Source.INTENT:
                self._act(move)
                return
            filled = self._fill(found)
            if move is not None and sure and not found.only_answer:
                self._act(move)
            elif not filled:
                self._machine.missed()
        elif move is not None:
            self._act(move)
        elif not self._ask_danger:
            self._machine.missed()

    def _is_answer(self, found: Found, *, sure: bool) -> bool:
        """Any words answer an open question for words, unless they are surely a new need."""
        return found.source is not Source.TEXT or not sure

    def _hear_need(self, heard: Heard) -> None:
        move = self._move(heard)
        if move is not None:
            self._act(move)
        elif self._ask_danger:
            return
        elif self._is_unclear():
            self._machine.aside(triggers.CLARIFICATION, "unclear")
        else:
            self._machine.aside(triggers.CANNOT_HANDLE, "unknown")

    def _press(self, raw: str) -> None:
        payload = payloads.read(raw)
        if isinstance(payload, payloads.SetSlots):
            done = self._press_slots(payload.pairs)
        elif isinstance(payload, payloads.StartIntent):
            done = self._press_intent(payload.intent)
        else:
            done = payload is not None and self._facts.answer_exists(payload.topic)
            if payload is not None and done:
                self._machine.give(payload.topic)
        if not done:
            self._machine.aside(triggers.CANNOT_HANDLE, "old_button")

    def _press_intent(self, intent: str) -> bool:
        heard = Heard(intent, 1.0, forced=True)
        if triggers.is_critical(heard, self._policy):
            self._danger(intent)
            return True
        move = self._move(heard)
        if move is not None:
            self._act(move)
        return move is not None

    def _press_slots(self, pairs: tuple[tuple[str, str], ...]) -> bool:
        """Fill slots by a button: of the open question, of an older one, or of the one flow."""
        machine = self._machine
        values = self._accepted(pairs)
        if not values:
            return False
        if not set(machine.asks(machine.frames)) & values.keys():
            if not set(machine.asks(machine.parked)) & values.keys():
                return self._start_by_slots(values)
            machine.take_up()
        slots = machine.asks(machine.frames)
        waiting = [place for place, slot in enumerate(slots) if slot in values]
        if not waiting:
            return False
        machine.go_back_to(waiting[-1])
        for name, value in values.items():
            machine.fill(name, value)
        return True

    def _start_by_slots(self, values: dict[str, SlotValue]) -> bool:
        """Start the flow that asks for these slots, when it is one flow only."""
        library = self._machine.library
        flows = {flow.id for name in values for flow in library.collecting(name)}
        if len(flows) != 1:
            return False
        self._machine.start(StartFlow(flows.pop()), values)
        return True

    def _accepted(self, pairs: tuple[tuple[str, str], ...]) -> dict[str, SlotValue]:
        """Check names and types: only slots that some flow asks for are filled by buttons.

        A changed client can send any payload, so a slot that only actions set stays theirs.
        """
        library = self._machine.library
        values: dict[str, SlotValue] = {}
        for name, raw in pairs:
            slot = library.slots.get(name)
            value = slot.accept(raw) if slot is not None and library.collecting(name) else None
            known = {code for code, _ in self._facts.languages()} if name == LANGUAGE else {value}
            if value is None or value not in known:
                return {}
            values[name] = value
        return values

    def _answer(self) -> Found | None:
        if self._machine.question() is None:
            return None
        frame = self._machine.frames[-1]
        return in_answer(
            self._machine.library, frame, self._machine.slots, self._turn, self._policy
        )

    def _fill(self, found: Found) -> bool:
        question = self._machine.question()
        return question is not None and self._machine.fill(question.slot, found.value)

    def _need(self, heard: Heard) -> Move | None:
        """Give the new need of a message heard at a question; its own flow is none."""
        if heard.intent in triggers.NEVER_DIGRESS:
            return None
        move = self._move(heard)
        own = isinstance(move, StartFlow) and move.flow == self._machine.frames[-1].flow
        return None if own else move

    def _move(self, heard: Heard) -> Move | None:
        machine = self._machine
        scope = Scope(machine.slots, {"intent": heard.intent})
        return triggers.of_intent(machine.library, heard, scope, self._facts, self._policy)

    def _act(self, move: Move | None) -> None:
        if isinstance(move, StartFlow):
            self._start(move)
        elif isinstance(move, Give):
            self._machine.give(move.topic)

    def _start(self, move: StartFlow) -> None:
        if move.flow in self._machine.library.flows:
            self._machine.start(move)
        else:
            self._machine.aside(triggers.CANNOT_HANDLE, "unknown")

    def _is_unclear(self) -> bool:
        sure_enough = self._turn.confidence >= self._policy.cannot_handle
        unsure = self._turn.confidence < self._policy.did_you_mean
        return sure_enough and unsure and bool(likely_intents(self._turn, self._policy))

    def _is_small_talk(self) -> bool:
        """Say whether a first message holds nothing to answer: then the line introduces itself."""
        turn = self._turn
        if turn.command is not None or turn.payload is not None or turn.forced_flow is not None:
            return False
        if turn.decision is not Decision.NONE or (turn.kind not in _WORDS and not turn.intent):
            return False
        heard = Heard(turn.intent or "", turn.confidence)
        if self._may_be_danger(heard) or heard.intent in triggers.EVERYWHERE:
            return False
        return self._policy.tier(heard.intent) is Tier.DIALOGUE or self._move(heard) is None

    def _has_language_buttons(self) -> bool:
        return any(
            isinstance(event, LanguageChanged)
            or (
                isinstance(event, Said)
                and any(choice.payload.startswith(_LANGUAGE_BUTTON) for choice in event.choices)
            )
            for event in self._machine.events
        )


_WORDS = frozenset({Kind.TEXT, Kind.COMMAND, Kind.BUTTON})
"""Kinds that say what they mean; the others are things that the line cannot look into."""
_SAYING = (Said, Answered, MissionShown)
_LANGUAGE_BUTTON = payloads.set_slot(LANGUAGE, "").removesuffix(")")
