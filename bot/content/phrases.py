"""Phrases: short texts with `{slots}`, one book for each language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.content.records import Record, stamp
from bot.content.review import MACHINE, Review, read_review
from bot.domain.yaml_source import Node, SourceError

MAX_LENGTH: Final = 1500
"""Longest phrase, in characters. Our own bound: Telegram takes 4096, and slots add to it."""

_PART: Final = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}|[{}]")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase and the line where it stands."""

    text: str
    line: int

    def slots(self) -> frozenset[str]:
        """Give the names of the slots that the phrase asks for."""
        return frozenset(found[1] for found in _PART.finditer(self.text) if found[1])

    def fill(self, values: Mapping[str, str]) -> str:
        """Give the phrase with its slots filled; a slot without a value leaves nothing."""

        def part(found: re.Match[str]) -> str:
            return values.get(found[1], "") if found[1] else found[0][0]

        return _PART.sub(part, self.text)


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """The phrases of one language."""

    language: str
    reviewed: Review
    phrases: Mapping[str, Phrase]
    file: str = ""
    english: Mapping[str, str] = field(default_factory=dict)
    """For each key the stamp of the English it was made from (`bot/content/stamps.py`)."""


def read_phrases(node: Node, language: str, errors: list[SourceError]) -> PhraseBook:
    """Make a book of a file; what is wrong is added to `errors`."""
    record = Record(node, errors)
    record.known("language", "reviewed", "phrases", "english")
    named = record.need("language", Node.text, language)
    if named != language:
        mend = f"write `language: {language}`"
        record.report(node.key_error("language", "the language is not that of the file name", mend))
    reviewed = record.need("reviewed", read_review, Review(MACHINE))
    phrases: dict[str, Phrase] = {}
    texts = record.keyed("phrases")
    for key, text in texts.items():
        try:
            phrases[key] = read_phrase(key, text)
        except SourceError as error:
            errors.append(error)
    return PhraseBook(language, reviewed, phrases, node.file, _stamps(record, texts))


def _stamps(record: Record, texts: Mapping[str, Node]) -> dict[str, str]:
    stamps = record.node.get("english") if record.sound else None
    if stamps is None:
        return {}
    found: dict[str, str] = {}
    nothing: Mapping[str, Node] = {}
    for key, value in record.take("english", Node.mapping, nothing).items():
        if key not in texts:
            what = f"a stamp for `{key}`, which is no phrase of this file"
            record.report(stamps.key_error(key, what, "remove the line"))
            continue
        try:
            found[key] = stamp(value)
        except SourceError as error:
            record.report(error)
    return found


def read_phrase(key: str, node: Node) -> Phrase:
    """Read one phrase.

    Raises:
        SourceError: its key or its text is none that a book can have.
    """
    if not _KEY.fullmatch(key):
        raise node.error(f"`{key}` is no proper key", "use small letters, digits and _")
    text = node.text().strip()
    if len(text) > MAX_LENGTH:
        raise node.error(f"longer than {MAX_LENGTH} characters", "shorten it")
    for found in _PART.finditer(text):
        if found[0] in {"{", "}"}:
            raise node.error("a single brace", "write {slot}, or {{ and }} for the signs")
    return Phrase(text, node.line)
