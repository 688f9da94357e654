"""Edits that take a question or a flow away: refused without a successor; with one, followed."""

from __future__ import annotations

import pytest

from bot.domain.problems import Severity
from bot.flows import successors
from bot.flows.definition import FlowLibrary
from bot.flows.state import FlowState, Frame
from tests.support.flow_parts import Talk, flows_of, heard, pressed, project_flows

SLOTS = """
slots:
  passport:
    type: bool
    mappings: [{type: from_intent, intent: affirm, value: true}]
  visa:
    type: bool
    mappings: [{type: from_intent, intent: affirm, value: true}]
  end_date:
    type: text
    mappings: [{type: from_text}]
"""
TWO_QUESTIONS = """
      - collect: passport
      - id: stay
        collect: visa
"""


def leaving(steps: str, more: str = "", name: str = "leave", top: str = "") -> FlowLibrary:
    """A flow in a file of its own, and one that asks nothing, so that there is always one."""
    text = f"""version: "3.1"
flows:
  hello:
    description: x
    nlu_trigger: [{{intent: greet}}]
    steps: [{{action: utter_greet}}]
  {name}:
    description: x
    nlu_trigger: [{{intent: exit_procedure}}]
{more}
    steps:{steps}      - action: utter_done
{top}
{SLOTS}"""
    return flows_of(text)


OLD = leaving(TWO_QUESTIONS)


def told(new: FlowLibrary, old: FlowLibrary = OLD) -> list[str]:
    found = successors.check(old, new)
    assert all(problem.severity is Severity.ERROR and problem.mend for problem in found)
    return [f"{problem.file}:{problem.line}: {problem.what}" for problem in found]


def waiting_at(step: str, library: FlowLibrary, flow: str = "leave", **slots: bool) -> Talk:
    """Somebody who waits at a question of flows that can be read no more."""
    frame = Frame(flow, step, asked=True)
    return Talk(library, state=FlowState("old", (frame,), slots=slots, greeted=True))


def test_the_flows_of_the_project_follow_themselves() -> None:
    assert successors.check(project_flows(), project_flows()) == []


def test_a_question_that_is_gone_without_a_successor_is_an_error() -> None:
    gone = "the question `{}` is gone, and somebody may be waiting at it"
    assert told(leaving("\n      - collect: passport\n")) == [
        f"flows/test.yml:7: {gone.format('stay')}"
    ]
    assert told(leaving("\n      - id: stay\n        collect: visa\n")) == [
        f"flows/test.yml:7: {gone.format('collect_passport')}"
    ]


def test_a_flow_that_is_gone_without_a_successor_is_an_error() -> None:
    (line,) = told(leaving(TWO_QUESTIONS, name="leave_country"))
    assert "the flow `leave` is gone" in line
    assert told(leaving(TWO_QUESTIONS, name="b", top="successors: {leave: b}")) == []
    assert told(leaving(TWO_QUESTIONS, name="b", top="successors: {leave: END}")) == []


def test_a_flow_that_asks_nothing_may_go() -> None:
    left = f'version: "3.1"\nflows:\n  leave:\n    description: x\n    steps:{TWO_QUESTIONS}{SLOTS}'
    assert "hello" in OLD.flows
    assert told(flows_of(left)) == []


@pytest.mark.parametrize(
    "steps",
    [
        "\n      - id: stay\n        collect: visa\n      - collect: passport\n",
        TWO_QUESTIONS.replace("- collect: passport", "- id: papers\n        collect: passport"),
        "\n      - action: utter_a\n      - id: a\n        action: utter_b" + TWO_QUESTIONS,
    ],
    ids=["moved", "given an id", "steps before it"],
)
def test_a_question_without_an_id_is_known_by_its_slot_wherever_it_stands(steps: str) -> None:
    assert told(leaving(steps)) == []


def test_of_two_questions_for_one_slot_either_may_go() -> None:
    both = "\n      - collect: visa\n      - collect: passport\n      - collect: visa\n"
    one = "\n      - collect: passport\n      - collect: visa\n"
    assert told(leaving(one), leaving(both)) == []
    talk = waiting_at("collect_visa_2", leaving(one), passport=True)
    assert talk.say(heard("affirm")) == ["done"]


def test_an_id_that_asks_for_something_else_is_an_error() -> None:
    """A "yes" to the old question would count as one to the new."""
    changed = "\n      - collect: passport\n      - id: stay\n        collect: end_date\n"
    (line,) = told(leaving(changed))
    assert line == "flows/test.yml:13: the question `stay` asked for `visa`, and now for `end_date`"
    renamed = leaving(changed, name="b", top="successors: {leave: b}")
    assert told(renamed) == [line]


def test_a_declared_successor_is_asked_and_the_slots_are_kept() -> None:
    new = leaving(
        "\n      - collect: passport\n      - id: until\n        collect: end_date\n",
        "    successors: {stay: until}",
    )
    assert told(new) == []
    talk = waiting_at("stay", new, passport=True)
    assert talk.say(heard("affirm")) == ["cannot_handle", "ask_end_date"]
    assert talk.state.slots == {"passport": True}
    assert talk.say(heard(None, "in May")) == ["done"]


def test_a_button_of_the_old_question_still_answers_where_one_flow_asks_for_its_slot() -> None:
    new = leaving(
        "\n      - id: papers\n        collect: passport\n", "    successors: {ask_papers: papers}"
    )
    talk = waiting_at("ask_papers", new)
    assert talk.say(pressed("/SetSlots(passport=true)")) == ["done"]


def test_a_successor_that_waits_below_another_question_comes_after_it() -> None:
    new = leaving(TWO_QUESTIONS, "    successors: {gone: stay}")
    talk = waiting_at("gone", new, passport=True)
    assert talk.say(heard("greet")) == ["greet", "ask_visa"]
    assert talk.say(heard("affirm")) == ["done"]


def test_what_ended_is_left_and_the_message_is_heard_as_any_other() -> None:
    new = leaving("\n      - collect: passport\n", "    successors: {stay: END}")
    assert told(new) == []
    talk = waiting_at("stay", new, passport=True)
    assert talk.say(heard("greet")) == ["greet"]
    assert talk.state.frames == ()


@pytest.mark.parametrize("top", ["successors: {gone: END}", "successors: {gone: leave}"])
def test_an_answer_to_what_is_gone_is_none_to_the_question_below_it(top: str) -> None:
    new = leaving("\n      - collect: passport\n", top=top)
    below = Frame("leave", "collect_passport", asked=True)
    frames = (below, Frame("gone", "collect_visa", asked=True))
    talk = Talk(new, state=FlowState("old", frames, greeted=True))
    assert talk.say(heard("affirm")) == ["cannot_handle", "ask_passport"]
    assert talk.say(heard("affirm")) == ["done"]


def test_in_a_renamed_flow_the_same_question_goes_on_being_open() -> None:
    new = leaving(TWO_QUESTIONS, name="b", top="successors: {leave: b}")
    assert waiting_at("stay", new).say(heard("affirm")) == ["done"]


def test_a_flow_that_lacks_the_question_is_begun() -> None:
    new = leaving(
        "\n      - action: utter_hello\n      - collect: end_date\n",
        name="b",
        top="successors: {leave: b}",
    )
    assert told(new) == []
    talk = waiting_at("stay", new)
    assert talk.say(heard("greet")) == ["greet", "hello", "ask_end_date"]


def test_what_is_gone_without_a_word_is_dropped_and_the_talk_goes_on() -> None:
    talk = waiting_at("stay", leaving("\n      - collect: passport\n"))
    assert talk.say(heard("greet")) == ["greet"]
