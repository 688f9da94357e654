"""What becomes of files when translations are taken, and what front matter may say of them."""

from __future__ import annotations

import pytest

from bot.cli.content.files import Phrases, answer_file, phrase_file
from bot.cli.directory.rewriting import RewriteError
from bot.content.answer_files import read_answer
from bot.content.phrases import read_phrases
from bot.domain.yaml_source import SourceError, load_yaml

BOOK = """\
# who keeps this
language: th
reviewed: machine   # for now
phrases:
  # greetings
  one: "a"  # the first
  three: >
    b
    c

  # the end
  four: 'd'
english:
  one: 11111111
  four: 4444444a
"""
ENGLISH = """\
---
topic: x
language: en
country: TH
sources:
  - A book
verified_on: 2026-11-23
review_by: 2027-02-21
reviewed: human
buttons:
  - title: button_a
    payload: /b
---
Text.
"""


def test_a_file_of_phrases_keeps_comments_order_and_quotes() -> None:
    new = Phrases({"two": "x\ny", "three": "é"}, {"two": "2e222222"}, ("one", "two", "three"))
    assert phrase_file(BOOK, "th", new) == BOOK.replace(
        "# the first\n  three: >\n    b\n    c\n",
        '# the first\n  two: "x\\ny"\n  three: "é"\n',
    ).replace("11111111\n", "11111111\n  two: 2e222222\n")


def test_a_book_can_say_who_read_it_and_begin_from_nothing() -> None:
    new = Phrases({"b": "x", "a": "y"}, {"a": "11111111"}, ("a", "b"), "{by: me, on: 2026-11-23}")
    made = phrase_file(None, "km", new)
    errors: list[SourceError] = []
    book = read_phrases(load_yaml(made, "km.yml"), "km", errors)
    assert not errors
    assert list(book.phrases) == ["a", "b"]
    assert book.english == {"a": "11111111"}
    assert book.reviewed.by == "me"


def test_a_book_in_an_unusual_form_is_left_to_a_person() -> None:
    with pytest.raises(RewriteError):
        phrase_file("language: th\nphrases: {a: b}\n", "th", Phrases({"a": "c"}, {}, ("a",)))


def test_a_new_answer_has_its_english_front_matter() -> None:
    marks = {"english": "1a2b3c4d", "reviewed": "machine"}
    assert answer_file(None, ENGLISH, "th", "ก", marks) == ENGLISH.replace(
        "language: en", "language: th"
    ).replace("reviewed: human\n", "reviewed: machine\nenglish: 1a2b3c4d\n").replace("Text.", "ก")


def test_an_answer_whose_english_is_the_same_keeps_all_but_its_text() -> None:
    own = ENGLISH.replace("A book", "Another").replace("reviewed: human", "english: 1a2b3c4d # x")
    own = own.replace(
        "english: 1a2b3c4d # x", "reviewed:\n  by: me\n  on: 2026-11-23\n# note\nenglish: 1a2b3c4d"
    )
    made = answer_file(own, ENGLISH, "th", "New.", {"english": "1a2b3c4d"})
    assert made == own.replace("Text.", "New.")


@pytest.mark.parametrize("stamp", ["12345678", "00000000", "1a2b3c4d", "1e234567"])
def test_every_stamp_is_read_as_it_was_written(stamp: str) -> None:
    errors: list[SourceError] = []
    text = answer_file(None, ENGLISH, "th", "ก", {"english": stamp, "reviewed": "machine"})
    answer = read_answer(text, "content/answers/x/th.TH.md", errors)
    assert not errors
    assert answer is not None
    assert answer.english == stamp


@pytest.mark.parametrize("stamp", ["1A2B3C4D", "123", "true", "1a2b3c4dd", "[1a2b3c4d]"])
def test_what_is_no_stamp_is_refused_with_its_line(stamp: str) -> None:
    errors: list[SourceError] = []
    text = ENGLISH.replace("language: en", "language: th").replace(
        "human", f"human\nenglish: {stamp}"
    )
    assert read_answer(text, "content/answers/x/th.TH.md", errors) is None
    assert [error.line for error in errors] == [10]


def test_english_has_no_stamp() -> None:
    errors: list[SourceError] = []
    text = ENGLISH.replace("human", "human\nenglish: 1a2b3c4d")
    assert read_answer(text, "content/answers/x/en.TH.md", errors) is None
    assert "only translations" in errors[0].what


def test_a_stamp_of_a_phrase_that_is_not_there_is_refused_with_its_line() -> None:
    errors: list[SourceError] = []
    text = BOOK.replace("  four: 4444444a\n", "  five: 4444444a\n  one: zz\n").replace(
        "  one: 11111111\n", ""
    )
    read_phrases(load_yaml(text, "th.yml"), "th", errors)
    assert (errors[0].line, errors[0].mend) == (14, "remove the line")
    assert errors[1].line == 15
