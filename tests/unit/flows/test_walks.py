"""Random conversations: nothing raises, something is always said, limits hold."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.events import Answered, Choice, HumanCalled, MissionShown, Said
from bot.domain.messages import Kind
from bot.domain.understanding import Decision, Entity, Intent, Tier
from bot.flows import triggers
from bot.flows.payloads import MAX_BYTES
from bot.flows.state import FlowState, Frame, TurnInput
from tests.support.flow_parts import Talk, policy, project_flows, tiers

_LIBRARY = project_flows()
_INTENTS = st.sampled_from([*tiers(), "no_such_intent"])
_RANKING = st.lists(st.builds(Intent, _INTENTS, st.floats(0, 1)), max_size=5).map(tuple)
_ENTITIES = st.lists(
    st.builds(
        Entity,
        st.sampled_from(["country", "city", "language", "number", "date", "people", "phone"]),
        st.sampled_from(["ID", "VN", "NP", "KH", "ZZ", "Sihanoukville", "id", "en", "", "x" * 900]),
        st.integers(0, 20),
        st.integers(0, 20),
    ),
    max_size=3,
).map(tuple)
_LANGUAGE = st.sampled_from(["en", "id", "my", None])
_BUTTONS = sorted(
    {
        choice.payload
        for response in _LIBRARY.responses.values()
        for variation in response.variations
        for choice in variation.choices
    }
)
_MESSAGES = st.builds(
    TurnInput,
    intent=st.none() | _INTENTS,
    confidence=st.floats(0, 1),
    ranking=_RANKING,
    entities=_ENTITIES,
    text=st.text(max_size=40),
    forced_flow=st.none() | st.sampled_from(["pattern_danger_check", "danger_now", "x", "privacy"]),
    decision=st.sampled_from(Decision),
    kind=st.sampled_from(Kind),
    lead=st.none() | st.builds(Intent, _INTENTS, st.floats(0, 1)),
    also=st.none() | _INTENTS,
    written=_LANGUAGE,
    speaking=_LANGUAGE,
    answers=st.booleans(),
)
_PRESSES = st.builds(TurnInput, payload=st.sampled_from(_BUTTONS) | st.text(max_size=70))
_COMMANDS = st.builds(TurnInput, command=st.sampled_from([*triggers.COMMANDS, "x", ""]))
_OFFERED = st.integers(0, 30)
"""Presses a button of the turn before, by number; most walks follow the buttons."""
_TURNS = st.lists(_OFFERED | _MESSAGES | _PRESSES | _COMMANDS, min_size=1, max_size=14)


@settings(max_examples=300, deadline=None)
@given(_TURNS, st.booleans())
def test_any_conversation_ends_every_turn_with_something_said(
    turns: list[int | TurnInput],
    known: bool,  # noqa: FBT001
) -> None:
    talk = Talk(state=FlowState(greeted=known))
    offered: list[Choice] = []
    for turn in turns:
        if isinstance(turn, int):
            turn = TurnInput(payload=offered[turn % len(offered)].payload if offered else "/menu")  # noqa: PLW2901
        outcome = talk.turn(turn)
        said = [
            event for event in outcome.events if isinstance(event, Said | Answered | MissionShown)
        ]
        assert said
        assert len(outcome.events) <= 12
        assert len(outcome.path) <= policy().steps
        assert len(outcome.state.frames) <= policy().depth
        assert "pattern_internal_error" not in str(outcome.path)
        offered = [choice for event in said if isinstance(event, Said) for choice in event.choices]
        assert all(0 < len(choice.payload.encode()) <= MAX_BYTES for choice in offered)
        assert outcome == replace(outcome)
        for frame in outcome.state.frames:
            assert frame.asked


@settings(max_examples=200, deadline=None)
@given(_TURNS, st.sampled_from([name for name, tier in tiers().items() if tier is Tier.CRITICAL]))
def test_after_any_conversation_a_critical_message_calls_a_human(
    turns: list[int | TurnInput], intent: str
) -> None:
    talk = Talk()
    for turn in turns:
        if isinstance(turn, TurnInput):
            talk.turn(turn)
    outcome = talk.turn(TurnInput(intent=intent, confidence=0.9, text="words"))
    assert HumanCalled(intent, urgent=True) in outcome.events


_NAMES = st.sampled_from([*_LIBRARY.flows, "gone"])
_STEPS = st.sampled_from(
    sorted({step for flow in _LIBRARY.flows.values() for step in flow.steps} | {"gone"})
)
_FRAMES = st.lists(
    st.builds(Frame, _NAMES, _STEPS, st.booleans(), st.none() | _INTENTS), max_size=6
).map(tuple)
_VALUES = st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9)
_STATES = st.builds(
    FlowState,
    version=st.just("old"),
    frames=_FRAMES,
    parked=_FRAMES,
    slots=st.dictionaries(st.sampled_from([*_LIBRARY.slots, "gone"]), _VALUES, max_size=8),
    misses=st.integers(-5, 99),
    greeted=st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(_STATES, _MESSAGES | _PRESSES | _COMMANDS)
def test_any_stored_state_is_gone_on_from(state: FlowState, turn: TurnInput) -> None:
    talk = Talk(state=state)
    outcome = talk.turn(turn)
    assert any(isinstance(event, Said | Answered | MissionShown) for event in outcome.events)
    assert set(outcome.state.slots) <= set(_LIBRARY.slots)
