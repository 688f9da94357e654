"""Counts, language by language, what is written of all there is to write, and what people read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.content.directory import Localized
from bot.content.library import FALLBACK, Language, Library
from bot.content.stamps import FOR_OPERATORS


@dataclass(frozen=True, slots=True)
class Part:
    """So many of so many."""

    done: int
    whole: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return self.done >= self.whole


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one language has."""

    code: str
    name: str
    offered: bool
    answers: Part
    """Of the topics that everybody can be given."""
    variants: int
    """Answers for one nationality."""
    phrases: Part
    """Without those that only a desk says."""
    names: Part
    """Of names, places, hours and figures of the directory that differ by language."""
    read: Part
    """Answers and the book of phrases that a person who knows the language has read."""


def coverage(library: Library) -> tuple[Coverage, ...]:
    """Give the coverage of every language, in the order of `languages.yml`."""
    return tuple(_of(library, language) for language in library.languages)


def _of(library: Library, language: Language) -> Coverage:
    code = language.code
    own = [answer for answer in library.answers.values() if answer.language == code]
    topics = {topic for topic in library.topics() if library.answer_exists(topic)}
    book = library.phrases.get(code)
    wanted = _phrases(library)
    texts = list(_localized(library))
    reviews = [answer.reviewed for answer in own] + ([book.reviewed] if book else [])
    return Coverage(
        code=code,
        name=language.name,
        offered=language.offered,
        answers=Part(
            len({answer.topic for answer in own if answer.country is None} & topics), len(topics)
        ),
        variants=sum(answer.country is not None for answer in own),
        phrases=Part(len(wanted & (book.phrases.keys() if book else set())), len(wanted)),
        names=Part(sum(code in text for text in texts), len(texts)),
        read=Part(sum(not review.is_machine for review in reviews), len(reviews)),
    )


def _phrases(library: Library) -> frozenset[str]:
    english = library.phrases.get(FALLBACK)
    keys = english.phrases.keys() if english else set()
    return frozenset(key for key in keys if not key.startswith(FOR_OPERATORS))


def _localized(library: Library) -> Iterator[Localized]:
    """Give the texts that are written in more than one language; others are the same in all."""
    directory = library.directory
    for entry in (*directory.all_missions, *directory.services.values()):
        for text in (entry.name, entry.address, entry.hours):
            if text is not None and len(text) > 1:
                yield text
    for figure in directory.figures.values():
        if len(figure.value) > 1:
            yield figure.value
