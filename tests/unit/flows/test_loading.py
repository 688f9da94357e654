"""Flow files: what is refused, with file, line and mend; and all problems at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.flows import loading
from bot.flows.definition import CollectStep, FlowError
from tests.support.flow_parts import flows_of, project_flows

HEAD = 'version: "3.1"\n'
SLOTS = """slots:
  city:
    type: text
    mappings: [{type: from_text}]
  sure:
    type: bool
    mappings: [{type: from_intent, intent: affirm, value: true}]
"""
FLOW = "flows:\n  find:\n    description: x\n    steps:\n"

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yml"))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_file_is_refused_with_file_line_and_mend(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = re.match(r"# line (\d+): (.*)\n", text)
    assert expected, "the first line says which line is wrong, and a piece of what is said"
    with pytest.raises(FlowError) as caught:
        loading.load({"flows/broken.yml": text})
    problems = caught.value.problems
    found = [problem for problem in problems if expected[2] in problem.what + problem.mend]
    assert found, str(caught.value)
    assert {problem.line for problem in found} == {int(expected[1])}
    assert {problem.file for problem in problems} == {"flows/broken.yml"}
    assert all(problem.mend for problem in problems)


def test_all_problems_of_all_files_are_told_at_once() -> None:
    with pytest.raises(FlowError) as caught:
        flows_of(
            HEAD + FLOW + "      - action: action_a\n        wait: 1\n      - link: gone\n",
            other=HEAD + "slots:\n  a: {type: list, mappings: []}\n  b: {type: text}\n",
        )
    assert len(caught.value.problems) >= 5
    assert {problem.file for problem in caught.value.problems} == {
        "flows/test.yml",
        "flows/other.yml",
    }


@pytest.mark.parametrize(
    "text",
    [
        "flows:\n  find: {description: x, steps: [{action: utter_a}]}\n",
        SLOTS,
        "responses:\n  utter_a: [{phrase: a}]\n",
    ],
)
def test_nothing_is_declared_in_two_files(text: str) -> None:
    with pytest.raises(FlowError, match="is there twice"):
        flows_of(HEAD + text, other=HEAD + text)


def test_a_slot_that_has_two_ways_to_be_asked_is_refused() -> None:
    with pytest.raises(FlowError, match="a response and an action"):
        flows_of(
            HEAD + FLOW + "      - collect: language\n"
            "slots:\n  language: {type: text, mappings: [{type: controlled}]}\n"
            "responses:\n  utter_ask_language: [{phrase: a}]\n"
        )


def test_a_directory_without_flows_and_files_of_other_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="there is no flow"):
        loading.load(tmp_path)
    (tmp_path / "a.yaml").write_text("x", encoding="utf-8")
    with pytest.raises(FlowError, match="this file is not read"):
        loading.load(tmp_path)


@pytest.mark.parametrize("source", ["", "[]", '{"a": 1}', '{"a": "b"}', "nonsense"])
def test_what_is_no_source_is_refused(source: str) -> None:
    with pytest.raises(FlowError):
        loading.parse(source)


def test_the_source_gives_the_same_library_back() -> None:
    library = project_flows()
    again = loading.parse(library.source)
    assert again == library
    assert again.version == library.version


def test_the_version_changes_with_the_source_only() -> None:
    text = HEAD + FLOW + "      - action: utter_a\n"
    assert flows_of(text).version == flows_of(text.replace("\n", "\r\n")).version
    assert flows_of(text).version != flows_of(text + "# seen\n").version


def test_steps_have_the_same_ids_at_each_reading_and_nested_ones_are_flat() -> None:
    library = flows_of(
        HEAD
        + FLOW
        + """      - collect: city
        ask_before_filling: true
        next:
          - if: slots.city = "x"
            then:
              - action: utter_a
              - action: utter_a
                next: last
          - else: last
      - id: last
        action: utter_b
"""
        + SLOTS
    )
    steps = library.flows["find"].steps
    assert list(steps) == ["collect_city", "utter_a", "utter_a_2", "last"]
    asking = steps["collect_city"]
    assert isinstance(asking, CollectStep)
    assert asking.ask_before_filling
    assert [branch.target for branch in asking.branches] == ["utter_a", "last"]
