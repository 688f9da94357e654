"""The stored state: complete, versioned, and tolerant of what it no longer knows."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import Answered, MissionShown
from bot.flows.state import FlowState, Frame, StateError
from tests.support.flow_parts import Talk, heard

_NAMES = st.text(max_size=12)
_FRAMES = st.builds(Frame, _NAMES, _NAMES, st.booleans(), st.none() | _NAMES, st.none() | _NAMES)
_VALUES = (
    st.none()
    | st.booleans()
    | st.text(max_size=9)
    | st.floats(allow_nan=False, allow_infinity=False)
)
_STATES = st.builds(
    FlowState,
    version=_NAMES,
    frames=st.lists(_FRAMES, max_size=4).map(tuple),
    parked=st.lists(_FRAMES, max_size=4).map(tuple),
    slots=st.dictionaries(_NAMES, _VALUES, max_size=5),
    misses=st.integers(0, 9),
    greeted=st.booleans(),
    recent=st.lists(
        st.builds(Answered, _NAMES, st.none() | _NAMES) | st.builds(MissionShown, _NAMES),
        max_size=3,
    ).map(tuple),
)


def _stored(**wrong: object) -> str:
    sound = json.loads(FlowState("a").to_json())
    return json.dumps(sound | wrong)


@given(_STATES)
def test_every_state_survives_storage(state: FlowState) -> None:
    assert FlowState.from_json(state.to_json()) == state


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "{}",
        '{"format": 2}',
        "[" * 100_000,
        _stored(frames=[["x"]]),
        _stored(slots={"a": []}),
        _stored(slots={"a": float("nan")}),
        _stored(misses=True),
        _stored(recent=[["call", "x"]]),
    ],
)
def test_a_damaged_state_is_refused_without_quoting_it(stored: str) -> None:
    with pytest.raises(StateError) as caught:
        FlowState.from_json(stored)
    assert str(caught.value) == "the stored state cannot be read"
    assert caught.value.__suppress_context__


def test_slots_and_flows_that_are_gone_are_dropped_and_the_talk_goes_on() -> None:
    state = FlowState(
        version="old",
        frames=(
            Frame("no_such_flow", "x", asked=True),
            Frame("find_embassy", "no_such_step", asked=True),
            Frame("claim_wages", "collect_wages_work", asked=True),
        ),
        slots={"no_such_slot": "x", "wages_work": 5.0, "nationality": "ID"},
        greeted=True,
    )
    talk = Talk(state=FlowState.from_json(state.to_json()))
    assert talk.say(heard("greet")) == ["greet", "ask_wages_work"]
    assert talk.state.slots == {"nationality": "ID"}
    assert talk.state.version == talk.library.version


def test_what_the_contact_told_is_not_in_the_repr() -> None:
    assert "secret" not in repr(FlowState(slots={"place": "secret"}))
    assert "secret" not in repr(heard("greet", "secret", city="secret"))


def test_a_state_stored_before_languages_were_counted_is_still_read() -> None:
    for misses in (1, 2):  # two were not the last then, and must not be past the last now
        stored = json.loads(FlowState(version="v", greeted=True, misses=misses).to_json())
        for name in ("writes", "switch_offered", "country"):
            del stored[name]
        assert FlowState.from_json(json.dumps(stored)) == FlowState("v", greeted=True, misses=1)
