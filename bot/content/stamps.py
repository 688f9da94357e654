"""Stamps of English texts, by which a translation tells that its English has changed since.

A translation carries the stamp of the English that it was made from. When the English is edited,
the stamps differ, and the translation is known to be behind: nobody has to remember it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from babel.languages import get_official_languages

from bot.content.answer_files import Answer
from bot.content.library import FALLBACK, Library

FOR_OPERATORS: Final = "desk_"
"""How the keys of phrases begin that only a desk says: a language has all of them or none."""


class Standing(StrEnum):
    """How a translation stands to the English of today."""

    MISSING = "missing"
    CHANGED = "changed"
    UNSTAMPED = "unstamped"
    """Nothing tells which English it was made from."""
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class TranslatedAnswer:
    """An English answer and what a language has of it."""

    english: Answer
    own: Answer | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class TranslatedPhrase:
    """An English phrase and what a language has of it."""

    key: str
    english: str
    english_line: int
    """Where the English stands in its file."""
    own: str | None
    own_line: int
    standing: Standing


def stamp_of_answer(answer: Answer) -> str:
    """Give the stamp of what is translated of an answer: its text, and its buttons with it."""
    buttons = [f"{button.phrase} {button.payload}" for button in answer.buttons]
    return _stamp("\n".join([answer.body.rstrip(), *buttons]))


def stamp_of_phrase(text: str) -> str:
    """Give the stamp of a phrase."""
    return _stamp(text)


def translated_answers(library: Library, language: str) -> Iterator[TranslatedAnswer]:
    """Give every answer that a language should have, by topic, and how it stands.

    A variant for one nationality is wanted only in the languages that its country has.
    """
    for (topic, code, country), english in sorted(
        library.answers.items(), key=lambda item: (item[0][0], item[0][2] or "")
    ):
        if code != FALLBACK:
            continue
        own = library.answers.get((topic, language, country))
        if own is None and country and language not in get_official_languages(country):
            continue
        standing = _standing(
            there=own is not None,
            stamp=own.english if own else None,
            today=stamp_of_answer(english),
        )
        yield TranslatedAnswer(english, own, standing)


def translated_phrases(library: Library, language: str) -> Iterator[TranslatedPhrase]:
    """Give every phrase that a language should have, in the order of the English file."""
    book = library.phrases.get(language)
    own = book.phrases if book else {}
    stamps = book.english if book else {}
    for_desks = any(key.startswith(FOR_OPERATORS) for key in own)
    for key, english in library.phrases[FALLBACK].phrases.items():
        if key.startswith(FOR_OPERATORS) and not for_desks:
            continue
        phrase = own.get(key)
        standing = _standing(
            there=phrase is not None, stamp=stamps.get(key), today=stamp_of_phrase(english.text)
        )
        yield TranslatedPhrase(
            key=key,
            english=english.text,
            english_line=english.line,
            own=phrase.text if phrase else None,
            own_line=phrase.line if phrase else 0,
            standing=standing,
        )


def _standing(*, there: bool, stamp: str | None, today: str) -> Standing:
    if not there:
        return Standing.MISSING
    if stamp is None:
        return Standing.UNSTAMPED
    return Standing.CURRENT if stamp == today else Standing.CHANGED


def _stamp(text: str) -> str:
    # Spaces at ends of lines are seen by nobody and removed by many an editor.
    seen = "\n".join(line.rstrip() for line in text.strip().split("\n"))
    return hashlib.sha256(seen.encode()).hexdigest()[:8]
