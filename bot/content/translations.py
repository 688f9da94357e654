"""What a language says of all that is said in English: one unit for each text to translate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.content.answer_files import Answer
from bot.content.directory import Localized
from bot.content.library import FALLBACK, Library
from bot.content.stamps import (
    Standing,
    stamp_of_answer,
    stamp_of_phrase,
    translated_answers,
    translated_phrases,
)


class Kind(StrEnum):
    """Which sort of file holds a text."""

    ANSWER = "answer"
    PHRASE = "phrase"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Unit:
    """One text to translate: its name, its English, and what the language has of it."""

    kind: Kind
    path: tuple[str, ...]
    """`(topic)`, `(topic.CC)`, `(key)` or `(figures, overstay_fine, value)`."""
    english: str
    own: str | None
    standing: Standing
    stamp: str | None
    """The stamp of the English; texts of the directory have none."""
    file: str
    """Where the English stands."""
    line: int
    answer: Answer | None = None
    """The whole English answer, when this is one."""
    own_answer: Answer | None = None

    @property
    def context(self) -> str:
        """The name that a PO file gives it (msgctxt): `answer/visa_overstay`."""
        return "/".join((self.kind, *self.path))

    @property
    def key(self) -> str:
        """The last part of its name: a topic, the key of a phrase, the field of a record."""
        return self.path[-1]


def units(library: Library, language: str) -> tuple[Unit, ...]:
    """Give everything that a language should say, answers first."""
    return (
        *_answers(library, language),
        *_phrases(library, language),
        *_directory(library, language),
    )


def plain(text: str) -> str:
    """Give a text without spaces at the ends of lines, nor lines at its ends: as it is compared."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))


def _answers(library: Library, language: str) -> Iterator[Unit]:
    for found in translated_answers(library, language):
        english = found.english
        name = f"{english.topic}.{english.country}" if english.country else english.topic
        yield Unit(
            kind=Kind.ANSWER,
            path=(name,),
            english=plain(english.body),
            own=plain(found.own.body) if found.own else None,
            standing=found.standing,
            stamp=stamp_of_answer(english),
            file=english.file,
            line=english.body_line,
            answer=english,
            own_answer=found.own,
        )


def _phrases(library: Library, language: str) -> Iterator[Unit]:
    file = library.phrases[FALLBACK].file
    for found in translated_phrases(library, language):
        yield Unit(
            kind=Kind.PHRASE,
            path=(found.key,),
            english=plain(found.english),
            own=None if found.own is None else plain(found.own),
            standing=found.standing,
            stamp=stamp_of_phrase(found.english),
            file=file,
            line=found.english_line,
        )


def _directory(library: Library, language: str) -> Iterator[Unit]:
    directory = library.directory
    for section, records in (
        ("missions", directory.all_missions),
        ("services", tuple(directory.services.values())),
        ("figures", tuple(directory.figures.values())),
    ):
        for record in records:
            for field in FIELDS:
                texts: Localized | None = getattr(record, field, None)
                # With English alone, it is a text that is the same everywhere.
                if texts is None or len(texts) == 1:
                    continue
                own = texts.get(language)
                yield Unit(
                    kind=Kind.DIRECTORY,
                    path=(section, record.id, field),
                    english=texts[FALLBACK],
                    own=own,
                    standing=Standing.CURRENT if own else Standing.MISSING,
                    stamp=None,
                    file=record.file,
                    line=record.line,
                )


FIELDS: Final = ("name", "address", "hours", "value")
"""Fields of the directory that differ by language."""
