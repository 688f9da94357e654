"""Plays a flow without a line: the real engine and texts, no database, nobody is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from bot import replies
from bot.cli.content.preview.phone import Bubble, bubble
from bot.content import answers
from bot.domain.events import Event, LanguageChanged
from bot.domain.messages import Kind
from bot.domain.understanding import Decision, Intent
from bot.facts import Facts
from bot.flows import engine, triggers
from bot.flows.definition import CollectStep, FlowLibrary
from bot.flows.state import FlowState, Outcome, Policy, TurnInput
from bot.publishing.edition import Edition

MOST_TURNS: Final = 200
"""Turns of one talk that are kept; older ones scroll away."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a talk begins with."""

    flow: str
    language: str
    nationality: str | None
    day: date
    intent: str | None = None
    """What it was that the contact asked for: a flow may go another way for each."""
    desk: bool = True
    """Whether there are operators who can be called."""


@dataclass(frozen=True, slots=True)
class Played:
    """One turn: what the contact did, what the line said, and how it came to it."""

    own: str
    """What the contact wrote or pressed; empty for the beginning."""
    bubbles: tuple[Bubble, ...]
    events: tuple[Event, ...]
    path: tuple[str, ...]
    language: str
    heard: str = ""
    """What the model made of what was written."""


@dataclass(frozen=True, slots=True)
class Act:
    """What the contact did, as the flows take it and in words."""

    given: TurnInput
    own: str = ""
    heard: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a flow stands that is open."""

    flow: str
    step: str
    file: str
    line: int
    asks: str
    """The slot that it waits for; empty when it waits for the flow above it."""


@dataclass(slots=True)
class Talk:
    """A conversation that is played, from a flow's first step on."""

    setup: Setup
    flows: FlowLibrary
    """Those that the open flows began with: an edit does not break them."""
    language: str
    state: FlowState
    turns: list[Played] = field(default_factory=list)

    def titles(self) -> Mapping[str, str]:
        """Give the buttons that were shown, by payload."""
        return {
            button.payload: button.title
            for turn in self.turns
            for shown in turn.bubbles
            for row in shown.rows
            for button in row
        }

    def places(self) -> tuple[Place, ...]:
        """Say where the open flows stand, the one that the contact hears first."""
        return tuple(_places(self))

    @property
    def is_over(self) -> bool:
        """Whether no flow waits for anything."""
        return not self.state.frames


def begin(edition: Edition, setup: Setup, policy: Policy) -> Talk:
    """Start a flow, as what starts it on the line would."""
    slots = {"nationality": setup.nationality} if setup.nationality else {}
    greeted = setup.flow != triggers.SESSION_START
    state = FlowState(slots=slots, greeted=greeted)
    talk = Talk(setup, edition.flows, setup.language, state)
    take(talk, edition, Act(_opening(setup)), policy)
    return talk


def take(talk: Talk, edition: Edition, act: Act, policy: Policy) -> None:
    """Let a message act on a talk."""
    if not (talk.state.frames or talk.state.parked):
        talk.flows = edition.flows
    slots = {**talk.state.slots, "desk_open": talk.setup.desk}
    state = replace(talk.state, slots=slots)
    given = replace(act.given, speaking=talk.language)
    outcome = engine.advance(talk.flows, state, given, Facts(edition.content), policy)
    bubbles = _said(edition, outcome, talk.language, talk.setup.day)
    talk.state = outcome.state
    events = (*outcome.events, *outcome.offer)
    talk.turns.append(Played(act.own, bubbles, events, outcome.path, talk.language, act.heard))
    for event in outcome.events:
        if isinstance(event, LanguageChanged):
            talk.language = event.language
    del talk.turns[:-MOST_TURNS]


def _said(edition: Edition, outcome: Outcome, language: str, day: date) -> tuple[Bubble, ...]:
    content = edition.content
    events = replies.named(content, outcome.events, language)
    messages = answers.render(content, events, language, day)
    if outcome.offer_in is not None:
        offered = answers.render(content, outcome.offer, outcome.offer_in, day)
        messages = (*messages, *map(replies.without_human, offered))
    return tuple(map(bubble, messages))


def _opening(setup: Setup) -> TurnInput:
    """What starts a flow: most are started by name, patterns by what they are there for."""
    special = {
        triggers.SESSION_START: TurnInput(intent="greet", confidence=1.0),
        triggers.CANNOT_HANDLE: TurnInput(intent="out_of_scope"),
        triggers.CLARIFICATION: TurnInput(
            intent=_UNCLEAR[0].name, confidence=_UNCLEAR[0].confidence, ranking=_UNCLEAR
        ),
        triggers.ATTACHMENT: TurnInput(kind=Kind.PHOTO),
        triggers.DANGER_CHECK: TurnInput(
            intent="out_of_scope", decision=Decision.ASK, forced_flow=triggers.DANGER_CHECK
        ),
    }
    usual = TurnInput(intent=setup.intent, confidence=1.0, forced_flow=setup.flow)
    return special.get(setup.flow, usual)


def _places(talk: Talk) -> list[Place]:
    found = []
    for frame in reversed(talk.state.frames):
        flow = talk.flows.flows.get(frame.flow)
        step = flow.steps.get(frame.step) if flow else None
        asks = step.slot if isinstance(step, CollectStep) and frame.asked else ""
        line = step.line if step else flow.line if flow else 0
        found.append(Place(frame.flow, frame.step, flow.file if flow else "", line, asks))
    return found


_UNCLEAR: Final = (
    Intent("unpaid_wages", 0.36),
    Intent("passport_missing", 0.31),
    Intent("legal_rights", 0.2),
)
"""A message that could mean several things."""
