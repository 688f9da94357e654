"""Walks through all flows by every way that a contact can take, with the real flows and facts.

A walk knows no language: its turns are rendered afterwards, in each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

from bot.content import library as content_library
from bot.content.answers import render
from bot.domain.events import Event
from bot.domain.messages import Kind, OutboundMessage
from bot.domain.understanding import Decision, Entity, Intent
from bot.facts import Facts
from bot.flows import payloads, triggers
from bot.flows.definition import CollectStep, LinkStep, Source
from bot.flows.engine import advance
from bot.flows.state import FlowState, Outcome, TurnInput
from bot.replies import named
from tests.support.flow_parts import ROOT, heard, policy, pressed, project_flows, tiers

TODAY = date(2026, 11, 24)
WORDS = "near the market"
"""What is written where any words do."""
NONSENSE = TurnInput(text="hm")
MOST = 20_000
"""Most places. Our own bound: a walk that comes to more would never end."""


@dataclass(frozen=True)
class Opening:
    """How a walk begins: what was known, and what the contact does first."""

    about: str
    turns: tuple[TurnInput, ...]
    greeted: bool = True
    steps: int = field(default_factory=lambda: policy().steps)


@dataclass
class Place:
    """A state that walks come to, and what can be done there."""

    state: FlowState
    by: str
    """How a walk came here, for people who read a failure."""
    buttons: tuple[str, ...]
    """Payloads of the buttons that the last messages show."""
    leads_to: set[str] = field(default_factory=set)
    """Keys of the places that an answer leads to."""


@dataclass(frozen=True)
class Taken:
    """One turn of a walk."""

    by: str
    outcome: Outcome
    messages: tuple[OutboundMessage, ...]
    """As they read in English."""


@dataclass
class Walk:
    """All places and turns."""

    places: dict[str, Place] = field(default_factory=dict)
    turns: list[Taken] = field(default_factory=list)
    pressed: set[tuple[object, ...]] = field(default_factory=set)
    """Buttons of something else that were pressed while the same was asked."""

    def path(self) -> set[str]:
        """The branches that were taken."""
        return {step for turn in self.turns for step in turn.outcome.path}


@cache
def texts() -> content_library.Library:
    """Load the texts of the line."""
    return content_library.load(ROOT / "content")


@cache
def everywhere() -> Walk:
    """Walk from every opening, with operators and without, through every answer."""
    walk = Walk()
    for desk in (True, False):
        for opening in openings():
            _Walker(walk, desk=desk, steps=opening.steps).go(opening)
    return walk


def branches() -> set[str]:
    """All branches of all steps of all flows, as paths name them."""
    found = set()
    for flow in project_flows().flows.values():
        for step in flow.steps.values():
            targets = [step.flow] if isinstance(step, LinkStep) else []
            targets += [branch.target for branch in step.branches]
            found |= {f"{flow.id}:{step.id}>{target}" for target in targets}
    return found


def openings() -> Iterator[Opening]:
    """Everything with which a conversation, or a need in it, can begin."""
    critical = heard("held_captive", "they lock the door")
    question = heard("exit_procedure")
    for name in tiers():
        yield Opening(f"a need: {name}", (heard(name),))
        yield Opening(f"a first need: {name}", (heard(name),), greeted=False)
        yield Opening(f"a button: {name}", (pressed(f"/{name}"),))
        yield Opening(f"a need in the middle of another: {name}", (question, heard(name)))
    for name in (*triggers.COMMANDS, "not_ours"):
        yield Opening(f"a command: /{name}", (TurnInput(command=name),))
        yield Opening(f"a command in the middle: /{name}", (question, TurnInput(command=name)))
    for kind in (Kind.PHOTO, Kind.VOICE, Kind.LOCATION):
        yield Opening(f"a medium: {kind}", (TurnInput(kind=kind),))
        yield Opening(f"a medium in the middle: {kind}", (question, TurnInput(kind=kind)))
    for decision in (Decision.PAGE, Decision.ASK):
        yield Opening(f"triage: {decision}", (TurnInput(text="help", decision=decision),))
    yield Opening("nonsense", (NONSENSE,))
    yield Opening("first nonsense", (NONSENSE,), greeted=False)
    yield Opening("unclear", (unclear(),))
    yield Opening("first unclear", (unclear(),), greeted=False)
    yield Opening("unclear in the middle", (question, unclear()))
    yield Opening("two needs", (replace(heard("visa_overstay"), also="unpaid_wages"),))
    yield Opening("an old button", (pressed("/SetSlots(can_write=maybe)"),))
    yield Opening("nobody knows this button", (pressed("/answer(no_such_page)"),))
    for name in ("medical_emergency", "held_captive"):
        yield Opening(f"{name} in the middle", (question, heard(name, "come")))
        yield Opening(f"{name} in a town", (heard(name, "in", city="Sihanoukville"),))
    yield Opening("danger with a question before", (question, critical))
    yield Opening("go on without anything", (pressed("/SetSlots(go_on=true)"),))
    yield Opening("another language after a page", (heard("visa_overstay"), _in_language()))
    yield Opening("a language with its name", (heard("change_language", "in", language="id"),))
    yield Opening("the line runs in circles", (critical,), steps=3)
    for code in countries():
        yield Opening(f"embassy of {code}", (heard("embassy_contact", "of", country=code),))
        yield Opening(f"passport of {code}", (heard("passport_missing", "of", country=code),))


def countries() -> tuple[str, ...]:
    """Nationalities with offices here, with one abroad only, with none; the first of each sort."""
    found: dict[tuple[int, bool], str] = {}
    listed = (*sorted(texts().directory.countries()), "FR", "UZ", "BO")
    for code in listed:
        missions = Facts(texts()).missions(code)
        sort = (min(len(missions), 2), any(mission.in_country for mission in missions))
        found.setdefault(sort, code)
    return tuple(found.values())


def unclear() -> TurnInput:
    """Make a message that may mean one of two things."""
    ranking = (Intent("visa_overstay", 0.4), Intent("passport_missing", 0.3))
    return TurnInput(intent="visa_overstay", confidence=0.4, ranking=ranking, text="my papers")


def _in_language() -> TurnInput:
    return heard("change_language", "in", language="id")


class _Walker:
    def __init__(self, walk: Walk, *, desk: bool, steps: int) -> None:
        self._walk = walk
        self._desk = desk
        self._policy = replace(policy(), steps=steps)
        self._library = project_flows()
        self._facts = Facts(texts())
        self._waiting: deque[str] = deque()

    def go(self, opening: Opening) -> None:
        """Take the turns of an opening, then every answer at every place that is new."""
        state = FlowState(greeted=opening.greeted)
        for turn in opening.turns:
            taken = self._take(state, turn, opening.about)
            state = taken.outcome.state
        self._arrive(taken)
        while self._waiting:
            self._go_on(self._waiting.popleft())

    def _take(self, state: FlowState, turn: TurnInput, by: str) -> Taken:
        known = replace(state, slots={**state.slots, "desk_open": self._desk})
        given = replace(turn, speaking="en")
        outcome = advance(self._library, known, given, self._facts, self._policy)
        taken = Taken(by, outcome, rendered(outcome.events, "en"))
        self._walk.turns.append(taken)
        return taken

    def _arrive(self, taken: Taken) -> str:
        buttons = [b.payload for said in taken.messages for row in said.buttons for b in row]
        state = taken.outcome.state
        answering = sorted(found for found in buttons if found.startswith("/SetSlots"))
        shown = bool(state.recent), self._desk, answering
        # After the last miss that changes anything they are only counted on.
        misses = min(state.misses, self._policy.misses + 1)
        key = f"{replace(state, recent=(), country=None, misses=misses).to_json()} {shown}"
        if key not in self._walk.places:
            assert len(self._walk.places) < MOST, f"the walk does not end: {taken.by}"
            self._walk.places[key] = Place(state, taken.by, tuple(dict.fromkeys(buttons)))
            self._waiting.append(key)
        return key

    def _go_on(self, key: str) -> None:
        place = self._walk.places[key]
        asked = set(_asked(place.state))
        for payload in place.buttons:
            read = payloads.read(payload)
            slots = dict(read.pairs) if isinstance(read, payloads.SetSlots) else {}
            # Where another button leads is walked through from its own opening.
            follows = slots.keys() & asked or (slots and not place.state.frames)
            once = (payload, *sorted(asked), self._desk)
            if follows or once not in self._walk.pressed:
                self._walk.pressed.add(once)
                taken = self._take(place.state, pressed(payload), f"{place.by}, then {payload}")
                if follows:
                    place.leads_to.add(self._arrive(taken))
        for about, turn in _answers(place.state):
            taken = self._take(place.state, turn, f"{place.by}, then {about}")
            place.leads_to.add(self._arrive(taken))


def _asked(state: FlowState) -> Iterator[str]:
    """The slots that wait for an answer, or will again."""
    for frame in (*state.frames, *state.parked):
        step = project_flows().flows[frame.flow].steps[frame.step]
        if isinstance(step, CollectStep):
            yield step.slot


def _answers(state: FlowState) -> Iterator[tuple[str, TurnInput]]:
    """Everything that can be said to the open question: each way to fill its slot, and a miss."""
    frame = state.frames[-1] if state.frames else None
    step = project_flows().flows[frame.flow].steps[frame.step] if frame else None
    if not isinstance(step, CollectStep):
        return
    yield "nonsense", NONSENSE
    for mapping in project_flows().slots[step.slot].mappings:
        if mapping.source is Source.INTENT:
            yield f"words that mean {mapping.intent}", heard(mapping.intent)
        elif mapping.source is Source.TEXT:
            yield "any words", TurnInput(text=WORDS)
            yield "a place on the map", TurnInput(kind=Kind.LOCATION)
        elif mapping.source is Source.ENTITY:
            for name in _names(str(mapping.entity)):
                entity = Entity(str(mapping.entity), name, 0, len(name))
                yield f"the name {name}", TurnInput(text=name, entities=(entity,))


def _names(entity: str) -> Iterator[str]:
    if entity == "country":
        yield from (*countries(), "KH", "nowhere")
    elif entity == "language":
        yield from (code for code, _ in texts().offered_languages())
    elif entity == "city":
        yield from ("Phnom Penh", "Poipet")


def rendered(events: Sequence[Event], language: str) -> tuple[OutboundMessage, ...]:
    """Give what a turn says in a language."""
    return render(texts(), named(texts(), events, language), language, TODAY)
