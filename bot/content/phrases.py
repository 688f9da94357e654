"""Phrases: short texts with `{slots}`, one book for each language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.content.records import Record
from bot.domain.yaml_source import Node, SourceError

MAX_LENGTH: Final = 1500
"""Longest phrase, in characters. Our own bound: Telegram takes 4096, and slots add to it."""

_PART: Final = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}|[{}]")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_REVIEWED: Final = ("machine", "human")


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
    reviewed: str
    """`machine` or `human`: who read the texts last."""
    phrases: Mapping[str, Phrase]
    file: str = ""


def read_phrases(node: Node, language: str, errors: list[SourceError]) -> PhraseBook:
    """Make a book of a file; what is wrong is added to `errors`."""
    record = Record(node, errors)
    record.known("language", "reviewed", "phrases")
    named = record.need("language", Node.text, language)
    if named != language:
        mend = f"write `language: {language}`"
        record.report(node.key_error("language", "the language is not that of the file name", mend))
    reviewed = record.need("reviewed", reviewed_by, "machine")
    phrases: dict[str, Phrase] = {}
    for key, text in record.keyed("phrases").items():
        try:
            phrases[key] = _phrase(key, text)
        except SourceError as error:
            errors.append(error)
    return PhraseBook(language, reviewed, phrases, node.file)


def reviewed_by(node: Node) -> str:
    """Read who read a text last."""
    if node.value not in _REVIEWED:
        raise node.error("the word is not known here", f"use one of: {', '.join(_REVIEWED)}")
    return node.text()


def _phrase(key: str, node: Node) -> Phrase:
    if not _KEY.fullmatch(key):
        raise node.error(f"`{key}` is no proper key", "use small letters, digits and _")
    text = node.text().strip()
    if len(text) > MAX_LENGTH:
        raise node.error(f"longer than {MAX_LENGTH} characters", "shorten it")
    for found in _PART.finditer(text):
        if found[0] in {"{", "}"}:
            raise node.error("a single brace", "write {slot}, or {{ and }} for the signs")
    return Phrase(text, node.line)
