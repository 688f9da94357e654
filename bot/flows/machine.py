"""The machine that runs flows: a stack of frames, slots, and the events of one turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.domain.events import (
    Answered,
    Choice,
    Event,
    HumanCalled,
    LanguageChanged,
    MissionShown,
    Said,
    SlotValue,
)
from bot.flows import actions, outgoing, successors, triggers
from bot.flows.conditions import Scope
from bot.flows.definition import (
    END,
    ActionStep,
    CollectStep,
    FlowLibrary,
    LinkStep,
    SetSlotsStep,
    Step,
)
from bot.flows.filling import context_of, in_opening, rejected
from bot.flows.state import Facts, FlowState, Frame, Outcome, Policy, Shown, TurnInput

LANGUAGE: Final = "language"
"""The slot that is the contact's language; filling it is a `LanguageChanged`."""


class Machine:
    """One turn's working copy of a state. The engine says what to do, then calls `run`."""

    def __init__(
        self,
        library: FlowLibrary,
        state: FlowState,
        turn: TurnInput,
        facts: Facts,
        policy: Policy,
    ) -> None:
        self.library = library
        self.frames: list[Frame] = successors.still_known(library, state.frames)
        self.parked: list[Frame] = successors.still_known(library, state.parked)
        self.slots: dict[str, SlotValue] = self._known_slots(state.slots)
        self.events: list[Event] = []
        self.misses = state.misses if self.frames else 0
        self._state = state
        self._turn = turn
        self._facts = facts
        self._policy = policy
        self._path: list[str] = []
        self._steps = 0
        self._floor = 0
        self._broken = False
        self._forget = False
        self._prompted_at: int | None = None
        self._given_up = False

    def question(self) -> CollectStep | None:
        """Give the step whose question is open."""
        return self._question_of(self.frames[-1]) if self.frames else None

    def asks(self, frames: Sequence[Frame]) -> tuple[str, ...]:
        """Give the slots that frames wait for, the lowest first."""
        return tuple(step.slot for frame in frames if (step := self._question_of(frame)))

    def has(self, *flows: str) -> bool:
        """Say whether one of these flows is open."""
        return any(frame.flow in flows for frame in self.frames)

    def start(
        self, move: triggers.StartFlow, preset: Mapping[str, SlotValue] | None = None
    ) -> None:
        """Open a flow above what is open; one that is open already is gone back to instead."""
        flow = self.library.flows[move.flow]
        self.misses = 0
        frame = Frame(flow.id, flow.first, intent=move.intent, reason=move.reason)
        opening = in_opening(self.library, frame, self.slots, self._turn, self._policy)
        if self.has(flow.id):
            self.go_back_to([open_.flow for open_ in self.frames].index(flow.id))
        else:
            # The oldest interrupted flow is the one the contact has most likely given up.
            del self.frames[: max(0, len(self.frames) + 1 - self._policy.depth)]
            self.frames.append(frame)
        for name, value in {**opening, **(preset or {})}.items():
            self.fill(name, value)

    def advise(self, intent: str) -> None:
        """Give the advice of another danger in the flow on top; its open question stays."""
        top = replace(self.frames[-1], intent=intent)
        self.frames[-1] = top
        self._act(top, "action_safety_advice")

    def go_back_to(self, place: int) -> None:
        """Forget what lies above a frame."""
        del self.frames[place + 1 :]

    def park(self) -> None:
        """Break off what is open: it is taken up again only when the contact asks for it."""
        own = {triggers.DANGER, triggers.DANGER_CHECK, triggers.DANGER_QUESTION}
        kept = [frame for frame in self.frames if frame.flow not in own]
        self.parked = kept or self.parked
        self.frames = []
        self.misses = 0

    def take_up(self) -> None:
        """Put what was broken off above what is open."""
        still = {frame.flow for frame in self.frames}
        self.frames += [frame for frame in self.parked if frame.flow not in still]
        self.parked = []
        del self.frames[: max(0, len(self.frames) - self._policy.depth)]

    def fill(self, name: str, value: SlotValue) -> bool:
        """Fill a slot; False when there is no such slot or it does not take the value."""
        slot = self.library.slots.get(name)
        if slot is None or (value is not None and slot.accept(value) is None):
            return False
        if name == LANGUAGE and value is not None:
            if value not in {code for code, _ in self._facts.languages()}:
                return False
            self.events.append(LanguageChanged(str(value)))
        self.slots[name] = slot.accept(value)
        return True

    def missed(self, aside: tuple[str, str] | None = (triggers.CANNOT_HANDLE, "question")) -> None:
        """Note that the open question was not answered, with a flow and reason that say so.

        After some times it is not asked again: the menu and a human are offered instead, and an
        answer still counts.
        """
        self.misses += 1
        if self.misses >= self._policy.misses:
            self._given_up = True
            reason = self._why_given_up()
            if reason == "danger_unclear":  # whatever the flows, of an older version too, say
                self.events.append(HumanCalled(reason))
            self.aside(triggers.CANNOT_HANDLE, reason)
        elif aside is not None:
            self.aside(*aside)

    def leads_somewhere(self, intent: str) -> bool:
        """Say whether a button of this intent answers anything."""
        return triggers.leads_somewhere(self.library, intent, self._facts)

    def offer(self, said: Said) -> None:
        """Say something before the question that the turn ends with, or after one of danger."""
        danger = self.has(triggers.DANGER, triggers.DANGER_QUESTION)
        place = len(self.events) if danger or self._prompted_at is None else self._prompted_at
        self.events.insert(place, said)

    def give(self, topic: str) -> None:
        """Give an answer file; one that is missing is owned up to, with a human instead."""
        if self._facts.answer_exists(topic):
            self.events.append(Answered(topic, self._country()))
        else:
            human = Choice("/talk_to_human", phrase="button_human")
            self.events.append(Said("no_answer", {}, (human,)))

    def aside(self, flow: str, reason: str) -> None:
        """Run a flow that asks nothing to its end, above what is open, which stays as it is."""
        if flow not in self.library.flows:
            self.events.append(Said(flow.removeprefix("pattern_")))
            return
        floor = self._floor
        self._floor = len(self.frames)
        first = self.library.flows[flow].first
        self.frames.append(Frame(flow, first, intent=self._turn.intent, reason=reason))
        self._loop(aside=True)
        self._floor = min(floor, len(self.frames))

    def run(self) -> None:
        """Run until a question is asked or everything is over."""
        self._prompted_at = None
        self._loop(aside=False)

    def withhold_question(self) -> None:
        """Take back the question that `run` ended with; it is asked when its turn comes again."""
        if self._prompted_at is not None:
            del self.events[self._prompted_at :]
            self._prompted_at = None

    def outcome(self) -> Outcome:
        """Give what the turn came to."""
        self._sweep()
        events = tuple(outgoing.one_call(self.events))
        if self._forget:
            return Outcome(FlowState(self.library.version), events, tuple(self._path))
        shown: tuple[Shown, ...] = tuple(
            replace(event, choices=()) if isinstance(event, Answered) else event
            for event in events
            if isinstance(event, Answered | MissionShown)
        )
        if not shown and any(isinstance(event, LanguageChanged) for event in events):
            shown = self._state.recent
        state = FlowState(
            version=self.library.version,
            frames=tuple(self.frames),
            parked=tuple(self.parked),
            slots=actions.known_slots(self.slots),
            misses=self.misses,
            greeted=True,
            recent=shown,
            writes=self._state.writes,
            switch_offered=self._state.switch_offered,
            country=self._named() or self._state.country,
        )
        return Outcome(state, events, tuple(self._path))

    def _loop(self, *, aside: bool) -> None:
        while len(self.frames) > self._floor:
            frame = self.frames[-1]
            step = self.library.flows[frame.flow].steps[frame.step]
            self._steps += 1
            if self._steps > self._policy.steps:
                self._break_off()
            elif isinstance(step, CollectStep):
                if aside:
                    # The checker forbids it; a question here would hide the one that is open.
                    self._end(frame)
                elif not self._collect(frame, step):
                    return
            else:
                self._do(frame, step)

    def _break_off(self) -> None:
        """End a turn that runs in circles: forget what is open, and say so once."""
        self.frames.clear()
        self._floor = 0
        self._steps = 0
        if self._broken or triggers.INTERNAL_ERROR not in self.library.flows:
            self.events.append(Said("internal_error"))
            return
        self._broken = True
        first = self.library.flows[triggers.INTERNAL_ERROR].first
        self.frames.append(Frame(triggers.INTERNAL_ERROR, first, reason="steps"))

    def _do(self, frame: Frame, step: Step) -> None:
        if isinstance(step, LinkStep):
            self._path.append(f"{frame.flow}:{step.id}>{step.flow}")
            self._link(frame, step.flow)
            return
        if isinstance(step, SetSlotsStep):
            for name, value in step.values:
                self.fill(name, value)
        elif isinstance(step, ActionStep):
            self._act(frame, step.action)
        # An action may have put other frames below this one, never above it.
        self._go_on(self.frames[-1], step)

    def _act(self, frame: Frame, action: str) -> None:
        if action.startswith("utter_"):
            self._say(action, frame)
            return
        if action.startswith("answer_"):
            self.give(action.removeprefix("answer_"))
            return
        result = actions.ACTIONS[action](self._context(frame))
        self.events += [outgoing.sendable(event) for event in result.events]
        for name, value in result.slots.items():
            self.fill(name, value)
        if result.drop:
            self.frames, self.parked, self._floor = [frame], [], 0
        if result.resume:
            self.frames.pop()
            self.take_up()
            self.frames.append(frame)
        self._forget = self._forget or result.forget

    def _collect(self, frame: Frame, step: CollectStep) -> bool:
        """Take the value or ask for it; True when the flow goes on."""
        if step.ask_before_filling and not frame.asked:
            self.slots[step.slot] = None
        value = self.slots.get(step.slot)
        refusal = rejected(step, value, self.slots, frame) if value is not None else None
        if value is not None and refusal is None:
            self.misses = 0 if frame.asked else self.misses
            self._go_on(frame, step)
            return True
        if refusal is not None:
            self.slots[step.slot] = None
            self._say(refusal, frame)
            self.missed(aside=None)
        self.frames[-1] = replace(frame, asked=True)
        # What was asked and given up on stays open in silence; another question is a new one.
        if not (self._given_up and frame.asked):
            self._prompted_at = len(self.events)
            self._act(frame, step.prompt)
        return False

    def _why_given_up(self) -> str:
        if self.has(triggers.DANGER):
            return "misses_in_danger"
        # A human is called once for a danger that stays unclear, not for every word after it.
        asked = self.has(triggers.DANGER_QUESTION) and self.misses == self._policy.misses
        return "danger_unclear" if asked else "misses"

    def _go_on(self, frame: Frame, step: Step) -> None:
        scope = Scope(self.slots, context_of(frame))
        target = next(
            branch.target
            for branch in step.branches
            if branch.condition is None or branch.condition.holds(scope)
        )
        self._path.append(f"{frame.flow}:{step.id}>{target}")
        if target == END:
            self._end(frame)
        else:
            self.frames[-1] = replace(frame, step=target, asked=False)

    def _end(self, frame: Frame) -> None:
        self.frames.pop()
        flow = self.library.flows[frame.flow]
        for name in flow.filled() - flow.persisted - self._needed():
            self.slots[name] = self.library.slots[name].initial

    def _needed(self) -> frozenset[str]:
        """Give the slots of the flows that are open or broken off."""
        flows = (self.library.flows[frame.flow] for frame in (*self.frames, *self.parked))
        return frozenset[str]().union(*(flow.filled() for flow in flows))

    def _sweep(self) -> None:
        """Empty the slots of flows that were dropped before their end: no answer outlives them."""
        filled = frozenset[str]().union(*(flow.filled() for flow in self.library.flows.values()))
        kept = frozenset[str]().union(*(flow.persisted for flow in self.library.flows.values()))
        for name in filled - kept - self._needed():
            self.slots[name] = self.library.slots[name].initial

    def _link(self, frame: Frame, target: str) -> None:
        self._end(frame)
        for place, other in enumerate(self.frames):
            if other.flow == target:
                del self.frames[place:]
                break
        self._floor = min(self._floor, len(self.frames))
        first = self.library.flows[target].first
        self.frames.append(Frame(target, first, intent=frame.intent, reason=frame.reason))

    def _say(self, name: str, frame: Frame) -> None:
        scope = Scope(self.slots, context_of(frame))
        for variation in self.library.response(name).variations:
            if variation.condition is None or variation.condition.holds(scope):
                self.events.append(
                    Said(variation.phrase, actions.known_slots(self.slots), variation.choices)
                )
                return

    def _context(self, frame: Frame) -> actions.Context:
        return actions.Context(
            slots=self.slots,
            frame=frame,
            turn=self._turn,
            facts=self._facts,
            policy=self._policy,
            recent=self._state.recent,
            interrupted=len(self.frames) > 1,
            parked=bool(self.parked),
            country_named=self._named() or self._state.country,
            leads=self.leads_somewhere,
        )

    def _country(self) -> str | None:
        """Give the country that an answer is for: one named in the message, else the known one."""
        nationality = self.slots.get("nationality")
        return self._named() or (nationality if isinstance(nationality, str) else None)

    def _named(self) -> str | None:
        for entity in self._turn.entities:
            if entity.kind == "country" and entity.value != self._policy.host_country:
                return entity.value
        return None

    def _question_of(self, frame: Frame) -> CollectStep | None:
        step = self.library.flows[frame.flow].steps[frame.step]
        return step if isinstance(step, CollectStep) and frame.asked else None

    def _known_slots(self, stored: Mapping[str, SlotValue]) -> dict[str, SlotValue]:
        """Drop slots that these flows do not know, and values that no longer fit."""
        slots: dict[str, SlotValue] = {}
        for name, slot in self.library.slots.items():
            value = slot.accept(stored.get(name))
            slots[name] = slot.initial if value is None else value
        return slots
