"""Reads answer files: front matter in YAML, then a text in Markdown with placeholders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.content.records import (
    Record,
    country,
    day,
    identifier,
    line_of_text,
    one_or_more,
    stamp,
)
from bot.content.review import MACHINE, Review, read_review
from bot.domain.yaml_source import Node, SourceError, load_yaml

_NAME: Final = re.compile(r"(?P<language>[a-z]{2,3})(\.(?P<country>[A-Z]{2}))?\.md")
_PAYLOAD: Final = re.compile(
    r"/(SetSlots\([a-z][a-z0-9_]*=[^()]{1,40}\)|answer\([a-z][a-z0-9_]*\)|[a-z][a-z0-9_]*)"
)
_FENCE: Final = "---"
_KEYS: Final = (
    "topic",
    "language",
    "country",
    "sources",
    "verified_on",
    "review_by",
    "reviewed",
    "owner",
    "buttons",
    "english",
)


@dataclass(frozen=True, slots=True)
class AnswerButton:
    """A button under an answer: the phrase that is its title, and its payload."""

    phrase: str
    payload: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one answer file says: one topic, one language, for all countries or for one."""

    topic: str
    language: str
    country: str | None
    body: str
    sources: tuple[str, ...]
    verified_on: date
    review_by: date
    reviewed: Review
    owner: str = "editors"
    """The role that keeps the text true."""
    buttons: tuple[AnswerButton, ...] = ()
    english: str | None = None
    """The stamp of the English that a translation was made from (`bot/content/stamps.py`)."""
    file: str = ""
    body_line: int = 1
    """Line of the file at which the body begins."""

    def is_past_review(self, today: date) -> bool:
        """Say whether the text is overdue for a new look."""
        return today > self.review_by


def read_answer(text: str, name: str, errors: list[SourceError]) -> Answer | None:
    """Read one file; `name` ends in `<topic>/<language>[.<COUNTRY>].md`.

    What is wrong is added to `errors`; then there is no answer.
    """
    topic, _, base = name.rpartition("/")
    topic = topic.rpartition("/")[2]
    form = _NAME.fullmatch(base)
    if form is None:
        mend = "name it en.md, or en.ID.md for one nationality"
        errors.append(SourceError(name, 0, "not a name of an answer file", mend))
        return None
    try:
        front, body, body_line = _split(text, name)
    except SourceError as error:
        errors.append(error)
        return None
    record = Record(front, errors)
    record.known(*_KEYS)
    answer = Answer(
        topic=_same(record, "topic", topic),
        language=_same(record, "language", form["language"]),
        country=record.take("country", country, None),
        body=body,
        sources=record.need("sources", one_or_more(Node.text), ()),
        verified_on=record.need("verified_on", day, date.min),
        review_by=record.need("review_by", day, date.max),
        reviewed=record.need("reviewed", read_review, Review(MACHINE)),
        owner=record.take("owner", line_of_text, "editors"),
        buttons=record.take("buttons", one_or_more(_button), ()),
        english=record.take("english", stamp, None),
        file=name,
        body_line=body_line,
    )
    _agree(record, answer, form["country"])
    return answer if record.sound else None


def _agree(record: Record, answer: Answer, of_name: str | None) -> None:
    node = record.node
    if record.sound and answer.country != of_name:
        mend = f"write `country: {of_name}`" if of_name else "remove it, or rename the file"
        record.report(node.key_error("country", "the country is not that of the file name", mend))
    if record.sound and answer.review_by <= answer.verified_on:
        mend = "give a later day for review_by"
        record.report(node.key_error("review_by", "review_by is not after verified_on", mend))
    if answer.english and answer.language == "en":
        what = "the English text has a stamp, which only translations have"
        record.report(node.key_error("english", what, "remove the line"))
    if not answer.body.strip():
        record.report(SourceError(answer.file, answer.body_line, "there is no text", "write it"))


def _same(record: Record, key: str, of_name: str) -> str:
    found = record.need(key, Node.text, of_name)
    if found != of_name:
        mend = f"write `{key}: {of_name}`"
        what = f"the {key} is not that of the file name"
        record.report(record.node.key_error(key, what, mend))
    return of_name


def _button(node: Node) -> AnswerButton:
    errors = node.unknown_keys("title", "payload")
    if errors:
        raise errors[0]
    payload = node.require("payload")
    if not _PAYLOAD.fullmatch(payload.text()):
        mend = "write /intent, /answer(topic) or /SetSlots(slot=value)"
        raise payload.error("no payload that flows understand", mend)
    return AnswerButton(identifier(node.require("title")), payload.text(), node.line)


def _split(text: str, name: str) -> tuple[Node, str, int]:
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        raise SourceError(name, 1, "the front matter is missing", "begin the file with a line ---")
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise SourceError(name, 1, "the front matter does not end", "close it with a line ---")
    front = load_yaml("\n".join(lines[1:end]) + "\n", name, first_line=2)
    return front, "\n".join(lines[end + 1 :]), end + 2
