"""What of operators' words leaves, what their buttons mean, and which answers letters find."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.library import Library, load
from bot.domain.cases import Outcome
from bot.handoff.acts import buttons, lookup
from bot.handoff.acts.buttons import Button, Verb
from bot.handoff.acts.notes import without_notes
from bot.settings import ROOT

LONGEST_PAYLOAD = 64


@pytest.fixture(scope="module")
def content() -> Library:
    return load(ROOT / "content")


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("Where are you?", "Where are you?"),
        ("// who is this?", ""),
        ("  // who is this?", ""),
        ("／／ 谁?", ""),
        ("//a\n//b\n\n", ""),
        ("Where?\n// the door is red\nWrite the street.", "Where?\nWrite the street."),
        ("see https://example.org/x // not a note", "see https://example.org/x // not a note"),
        ("/ one stroke", "/ one stroke"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("a\r\n// b\r\nc", "a\nc"),
        ("a\u2028// b", "a"),
        ("\u200f// a mark of direction stands before it", ""),
        ("\ufeff \u200b//a\nb", "b"),
    ],
)
def test_lines_that_begin_with_two_strokes_are_cut(written: str, left: str) -> None:
    assert without_notes(written) == left


@given(st.lists(st.text(max_size=30), max_size=6))
def test_no_line_of_what_leaves_is_a_note(lines: list[str]) -> None:
    left = without_notes("\n".join(lines))
    assert not any(line.lstrip().startswith(("//", "／／")) for line in left.splitlines())


@pytest.mark.parametrize(
    "button",
    [
        *(Button(7, verb) for verb in Verb if verb is not Verb.ANSWER),
        Button(7, Verb.HAND, uuid.UUID(int=5).hex),
        *(Button(7, Verb.RESOLVE, outcome.value) for outcome in buttons.OUTCOMES),
        Button(10**17, Verb.ANSWER, "embassy_contact"),
    ],
)
def test_what_is_written_on_a_button_is_read_again_and_fits(button: Button) -> None:
    payload = buttons.write(button.number, button.verb, button.argument)
    assert buttons.read(payload) == button
    assert len(payload.encode()) <= LONGEST_PAYLOAD


@pytest.mark.parametrize(
    "payload",
    [
        "case:0:take",
        "case:7",
        "case:7:answer",
        "case:7:take:now",
        "case:7:resolve:erased",
        "case:7:resolve:whatever",
        "case:7:hand:xyz",
        "case:7:wipe",
        "case:-7:take",
        "answer:7:",
        "answer:x:embassy",
        "/case:7:take",
        "case:7:take\n",
        "",
    ],
)
def test_what_is_no_button_of_the_desk_means_nothing(payload: str) -> None:
    assert buttons.read(payload) is None


@given(st.text(max_size=80))
def test_any_payload_is_read_or_refused(payload: str) -> None:
    found = buttons.read(payload)
    assert found is None or buttons.write(found.number, found.verb, found.argument) == payload


def test_a_case_cannot_be_ended_as_erased_by_hand() -> None:
    assert Outcome.ERASED not in buttons.OUTCOMES


@pytest.mark.parametrize(
    ("letters", "topics"),
    [
        ("shelter", {"shelter_find"}),
        ("SHELT", {"shelter_find"}),
        ("shelter_find", {"shelter_find"}),
        ("kedutaan", {"embassy_contact", "embassy_wait"}),
        ("embassy no answer", {"embassy_wait"}),
        ("emergency numbers", {"emergency_numbers"}),
        ("zzzz", set()),
        ("", set()),
        ("   ", set()),
    ],
)
def test_letters_find_answers_by_topic_or_title(
    content: Library, letters: str, topics: set[str]
) -> None:
    assert {hit.topic for hit in lookup.find(content, letters, "en")} == topics


def test_the_name_of_a_topic_means_just_that_one(content: Library) -> None:
    for topic in content.topics():
        assert [hit.topic for hit in lookup.find(content, topic, "en")] == [topic]


def test_titles_are_in_the_language_of_the_desk(content: Library) -> None:
    (hit,) = lookup.find(content, "shelter_find", "id")
    phrase = content.phrase("intent_shelter_find", "id")
    assert phrase is not None
    assert phrase.text in hit.title


@settings(deadline=None)  # the first one loads the content
@given(st.text(max_size=30))
def test_any_letters_find_only_answers_that_exist(letters: str) -> None:
    content = _loaded()
    for hit in lookup.find(content, letters, "en"):
        assert content.answer_exists(hit.topic)
        payload = buttons.write(10**12, Verb.ANSWER, hit.topic)
        assert len(payload.encode()) <= LONGEST_PAYLOAD


_contents: list[Library] = []


def _loaded() -> Library:
    if not _contents:
        _contents.append(load(ROOT / "content"))
    return _contents[0]


NO_TEXTS = {"desk_not_found", "desk_album", "desk_is_read_again", "desk_is_not_read"}
"""What looks like a phrase there, but is an event of the log or a name in the store."""


@pytest.mark.parametrize("language", ["en", "id"])
def test_all_that_relaying_says_is_written_in_both_languages(
    content: Library, language: str
) -> None:
    said: set[str] = set()
    acts = [path.stem for path in (ROOT / "bot/handoff/acts").glob("*.py")]
    files = [f"handoff/acts/{name}" for name in acts]
    for name in (*files, "outbox", "channels/telegram/operators"):
        source = (ROOT / "bot" / f"{name}.py").read_text(encoding="utf-8")
        said |= set(re.findall(r'"((?:desk|handoff)_[a-z_]+)"', source))
    assert len(said) > 50
    assert said - set(content.phrases[language].phrases) == NO_TEXTS
