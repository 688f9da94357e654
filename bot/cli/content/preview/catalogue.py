"""Lists every text and fact of an edition, and says of each how it stands on a day."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

from bot.cli.content.preview import usage
from bot.content import stamps
from bot.content.answer_files import Answer
from bot.content.directory import Confidence, Evidence, Figure, Mission, Service, Use
from bot.content.library import FALLBACK, Library
from bot.content.problems import RenderError
from bot.content.render import render_answer
from bot.content.stamps import Standing
from bot.content.tasks import SOON, Task, tasks
from bot.content.voice import Voice
from bot.domain.understanding import Tier


class Mark(StrEnum):
    """How something stands. Each has a word and a sign, so that no colour is needed."""

    MISSING = "missing"
    STALE = "stale"
    CHANGED = "changed"
    SOON = "soon"
    LOW = "low"
    MACHINE = "machine"
    READ = "read"
    CRITICAL = "critical"


WORDS: Final[Mapping[Mark, str]] = {
    Mark.MISSING: "missing",
    Mark.STALE: "out of date",
    Mark.CHANGED: "English changed",
    Mark.SOON: "review soon",
    Mark.LOW: "not confirmed",
    Mark.MACHINE: "machine-written",
    Mark.READ: "read by a person",
    Mark.CRITICAL: "critical",
}
SIGNS: Final[Mapping[Mark, str]] = {
    Mark.MISSING: "×",
    Mark.STALE: "!",
    Mark.CHANGED: "*",
    Mark.SOON: "~",
    Mark.LOW: "?",
    Mark.MACHINE: "m",
    Mark.READ: "✓",
    Mark.CRITICAL: "▲",
}
STATES: Final = (Mark.MISSING, Mark.STALE, Mark.CHANGED, Mark.SOON, Mark.MACHINE, Mark.READ)
"""Marks that colour a cell, the worst first."""


class Kind(StrEnum):
    """What sort of thing an item is."""

    ANSWER = "answer"
    PHRASE = "phrase"
    FACT = "fact"


Fact = Mission | Service | Figure


@dataclass(frozen=True, slots=True)
class Item:
    """One text in one language, or one fact."""

    kind: Kind
    id: str
    """A topic, a key, the id of an entry."""
    language: str
    """Empty for facts, which are for all."""
    country: str | None
    """The nationality that it is for."""
    marks: frozenset[Mark]
    file: str
    line: int
    text: str
    """What is read of it, to search in."""

    @property
    def state(self) -> Mark:
        """How it stands, in one word: the worst."""
        return next((mark for mark in STATES if mark in self.marks), Mark.READ)


@dataclass(frozen=True)
class Catalogue:
    """All items of a library on a day, and what is to be done."""

    library: Library
    tiers: Mapping[str, Tier]
    day: date

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All of them: answers, phrases, facts."""
        languages = [language.code for language in self.library.languages]
        return (
            *(item for code in languages for item in self._answers(code)),
            *(item for code in languages for item in self._phrases(code)),
            *(self._fact(fact) for fact in facts(self.library)),
        )

    @cached_property
    def by_key(self) -> Mapping[tuple[Kind, str, str, str | None], Item]:
        """The items by kind, id, language and country."""
        return {(item.kind, item.id, item.language, item.country): item for item in self.items}

    @cached_property
    def folded(self) -> Sequence[str]:
        """The texts of the items, made equal where people write the same differently."""
        return tuple(fold(f"{item.id} {item.text}") for item in self.items)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """What is to be done on that day, the most pressing first."""
        return tuple(tasks(self.library, self.tiers, self.day))

    @cached_property
    def pages(self) -> Mapping[str, str]:
        """The pages of what tasks and problems name: topics, phrases and facts."""
        return {item.id: f"/{item.kind.value}s/{item.id}" for item in reversed(self.items)}

    def _answers(self, language: str) -> Iterator[Item]:
        if language == FALLBACK:
            for answer in self.library.answers.values():
                if answer.language == FALLBACK:
                    yield self._answer(answer, Standing.CURRENT)
            return
        for found in stamps.translated_answers(self.library, language):
            if found.own is not None:
                yield self._answer(found.own, found.standing)
                continue
            english = found.english
            name = f".{english.country}" if english.country else ""
            yield Item(
                kind=Kind.ANSWER,
                id=english.topic,
                language=language,
                country=english.country,
                marks=frozenset({Mark.MISSING, *self._gravity(english.topic)}),
                file=f"{english.file.rpartition('/')[0]}/{language}{name}.md",
                line=1,
                text="",
            )

    def _answer(self, answer: Answer, standing: Standing) -> Item:
        marks = {*self._gravity(answer.topic), *self._age(answer.review_by)}
        marks.add(Mark.MACHINE if answer.reviewed.is_machine else Mark.READ)
        if standing is Standing.CHANGED:
            marks.add(Mark.CHANGED)
        for evidence in usage.evidence_of(answer.body, self.library.directory):
            marks |= self._evidence(evidence) & {Mark.STALE, Mark.LOW}
        voice = Voice(self.library, answer.language, self.day)
        try:
            text = render_answer(answer, voice, answer.country)
        except RenderError:
            text = answer.body
        return Item(
            kind=Kind.ANSWER,
            id=answer.topic,
            language=answer.language,
            country=answer.country,
            marks=frozenset(marks),
            file=answer.file,
            line=answer.body_line,
            text=text.replace("**", ""),
        )

    def _phrases(self, language: str) -> Iterator[Item]:
        book = self.library.phrases.get(language)
        file = book.file if book else f"content/phrases/{language}.yml"
        by_machine = book is None or book.reviewed.is_machine
        if language == FALLBACK:
            for key, phrase in book.phrases.items() if book else ():
                marks = frozenset({Mark.MACHINE if by_machine else Mark.READ})
                yield Item(Kind.PHRASE, key, FALLBACK, None, marks, file, phrase.line, phrase.text)
            return
        for found in stamps.translated_phrases(self.library, language):
            mark = _OF_STANDING.get(found.standing)
            there = {Mark.MACHINE if by_machine else Mark.READ} if found.own is not None else set()
            yield Item(
                kind=Kind.PHRASE,
                id=found.key,
                language=language,
                country=None,
                marks=frozenset(there | ({mark} if mark else set())),
                file=file,
                line=found.own_line,
                text=found.own or "",
            )

    def _fact(self, fact: Fact) -> Item:
        phones = () if isinstance(fact, Figure) else fact.phones
        marks: set[Mark] = set()
        for evidence in (fact.evidence, *(phone.evidence for phone in phones)):
            marks |= self._evidence(evidence)
        if isinstance(fact, Mission) and not phones:
            marks.add(Mark.MISSING)
        if any(Use.EMERGENCY in phone.uses for phone in phones):
            marks.add(Mark.CRITICAL)
        country = fact.country if isinstance(fact, Mission) else None
        words = " · ".join(filter(None, dict.fromkeys(_words(fact))))
        return Item(Kind.FACT, fact.id, "", country, frozenset(marks), fact.file, fact.line, words)

    def _gravity(self, topic: str) -> set[Mark]:
        return {Mark.CRITICAL} if self.tiers.get(topic) is Tier.CRITICAL else set()

    def _evidence(self, evidence: Evidence) -> set[Mark]:
        low = {Mark.LOW} if evidence.confidence is Confidence.LOW else set()
        return self._age(evidence.review_by) | low

    def _age(self, review_by: date) -> set[Mark]:
        if self.day > review_by:
            return {Mark.STALE}
        return {Mark.SOON} if review_by - self.day <= SOON else set()


def facts(library: Library) -> tuple[Fact, ...]:
    """Give all facts of the directory."""
    directory = library.directory
    return (
        *directory.all_missions,
        *directory.services.values(),
        *directory.figures.values(),
    )


def fact_of(library: Library, identity: str) -> Fact | None:
    """Give one fact by its id."""
    return next((fact for fact in facts(library) if fact.id == identity), None)


def fold(text: str) -> str:
    """Make texts equal that differ in capitals, in widths, or in marks that nobody sees."""
    seen = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", seen).casefold().split())


def days_between(first: date, second: date) -> str:
    """Say how far a day lies before or after another."""
    days: timedelta = second - first
    if not days:
        return "today"
    count = f"{abs(days.days)} day{'' if abs(days.days) == 1 else 's'}"
    return f"in {count}" if days.days > 0 else f"{count} ago"


def _words(fact: Fact) -> Iterator[str]:
    if isinstance(fact, Figure):
        yield from fact.value.values()
    else:
        for texts in (fact.name, fact.address, fact.hours):
            yield from (texts or {}).values()
        yield from (fact.kind, fact.city or "", fact.website or "", *fact.emails)
        yield from (phone.international() for phone in fact.phones)
    yield fact.note or ""
    for source in fact.evidence.sources:
        yield from (source.title, source.url or "", source.ref or "")


_OF_STANDING: Final = {Standing.MISSING: Mark.MISSING, Standing.CHANGED: Mark.CHANGED}
