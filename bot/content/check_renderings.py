"""Renders an answer for everybody who can be given it, and says what came out for whom.

There are some ten thousand renderings, and an edit touches few of them. So each is made from values
that are all it can depend on, never from the whole library, and is remembered with them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from bot.content.answer_files import Answer
from bot.content.check_scope import Scope, dangerous
from bot.content.directory import Directory, Entry, Figure, Mission, Service
from bot.content.library import FALLBACK, Language, Library
from bot.content.markup import flaws, plain_length
from bot.content.phrases import Phrase, PhraseBook
from bot.content.problems import RenderError
from bot.content.render import asks_for, named_facts, render_answer
from bot.content.review import MACHINE, Review
from bot.content.voice import Voice

EntryT = TypeVar("EntryT", bound=Entry)


@dataclass(frozen=True, slots=True)
class Rendering:
    """What is to be known of an answer as one reader sees it."""

    length: int = 0
    """Characters as read."""
    flaws: tuple[tuple[str, str], ...] = ()
    """What is not of the subset, and how to mend it."""
    words: tuple[str, ...] = ()
    """Words of danger in what a notification shows."""
    refused: tuple[str, str, int] | None = None
    """Why there is no text: what, how to mend it, and the line of the body."""


class Renderings:
    """All renderings of the answers of a library."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        memory, directory = scope.memory, scope.library.directory
        self._services = {
            key: memory.same(("service", key), _without_place(service))
            for key, service in directory.services.items()
        }
        self._figures = {
            key: memory.same(("figure", key), dataclasses.replace(figure, file="", line=0))
            for key, figure in directory.figures.items()
        }
        self._fallbacks = [key for key, found in self._services.items() if found.fallback]
        self._countries = directory.countries()
        self._missions = {
            country: memory.same(("missions", country), _missions(directory, country))
            for country in self._countries
        }
        self._speeches = {
            code: memory.same(("speech", code), _speech(scope.library, code))
            for code in {language.code for language in scope.library.languages}
        }

    def of(self, answer: Answer) -> Iterator[tuple[str | None, Rendering]]:
        """Give the rendering for each reader: for a nationality, or None for none.

        The template is one that `inspect_template` has let pass.
        """
        memory, key = self._scope.memory, (answer.topic, answer.language, answer.country)
        text = memory.same(("text", *key), self._text(answer))
        # Most lines are the same for everybody, and a flaw is one of a line.
        work = partial(_render, clean=set())
        for country in self._readers(answer):
            missions = self._missions.get(country, ()) if country else ()
            yield country, memory.ask(("rendering", *key, country), work, text, country, missions)

    def _readers(self, answer: Answer) -> tuple[str | None, ...]:
        """Give a nationality for each way in which the answer can come out."""
        if answer.country is not None:
            return (answer.country,)
        asked = asks_for(answer)
        if asked.isdisjoint({"mission", "country"}):
            return (None,)
        # Where no mission is known, nationalities differ by the name of the country alone.
        unknown = self._scope.library.directory.not_found if "country" in asked else ()
        return (None, *self._countries, *unknown)

    def _text(self, answer: Answer) -> _Text:
        services = (*self._fallbacks, *sorted(named_facts(answer, "services")))
        return _Text(
            answer,
            self._speeches[answer.language],
            tuple(self._services[key] for key in dict.fromkeys(services)),
            tuple(self._figures[key] for key in sorted(named_facts(answer, "figures"))),
        )


@dataclass(frozen=True, slots=True)
class _Speech:
    """What a text of one language is said with: no text of that language looks at more."""

    code: str
    language: Language | None
    phrases: Mapping[str, Phrase]
    safety_words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """An answer with all that it is rendered from, but the missions of its reader.

    Places in files are left out: a line more above a fact changes no text.
    """

    answer: Answer
    speech: _Speech
    services: tuple[Service, ...]
    """Those that it names, and those that any text may fall back to, in their order."""
    figures: tuple[Figure, ...]

    def voice(self, missions: tuple[Mission, ...]) -> Voice:
        """Give a voice that knows what this text may say, and nothing else."""
        speech = self.speech
        library = Library(
            languages=(speech.language,) if speech.language else (),
            phrases={speech.code: PhraseBook(speech.code, Review(MACHINE), speech.phrases)},
            answers={},
            directory=Directory(
                all_missions=missions,
                services={service.id: service for service in self.services},
                figures={figure.id: figure for figure in self.figures},
            ),
            safety_words={},
        )
        # On the day of verification: warnings of age must not count as length.
        return Voice(library, speech.code, self.answer.verified_on)


def _render(
    text: _Text, country: str | None, missions: tuple[Mission, ...], *, clean: set[str]
) -> Rendering:
    """Render, and look at the lines that are not known to be clean."""
    try:
        said = render_answer(text.answer, text.voice(missions), country)
    except RenderError as error:
        return Rendering(refused=(error.what, error.mend, error.line))
    lines = [line for line in dict.fromkeys(said.split("\n")) if line not in clean]
    found = dict.fromkeys((flaw.what, flaw.mend) for flaw in flaws("\n".join(lines)))
    if not found:
        clean.update(lines)
    return Rendering(plain_length(said), tuple(found), dangerous(said, text.speech.safety_words))


def _speech(library: Library, code: str) -> _Speech:
    """Collect what can be said in a language: in its own words, else in English."""
    books = (library.phrases.get(FALLBACK), library.phrases.get(code))
    phrases = {
        key: Phrase(phrase.text, 0)
        for book in books
        if book is not None
        for key, phrase in book.phrases.items()
    }
    return _Speech(code, library.language(code), phrases, library.safety_words.get(code, ()))


def _missions(directory: Directory, country: str) -> tuple[Mission, ...]:
    return tuple(
        _without_place(mission) for mission in directory.all_missions if mission.country == country
    )


def _without_place(entry: EntryT) -> EntryT:
    phones = tuple(dataclasses.replace(phone, line=0) for phone in entry.phones)
    return dataclasses.replace(entry, phones=phones, file="", line=0)
