"""What editors should do next: stale facts, numbers that nobody called, texts that are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from bot.content.answer_files import Answer
from bot.content.directory import Confidence, Evidence, Figure, Mission, Phone, Service, Use
from bot.content.library import FALLBACK, Language, Library
from bot.content.stamps import Standing, translated_answers, translated_phrases
from bot.domain.understanding import Tier

SOON: Final = timedelta(days=14)
"""How long before its `review_by` a fact or text is put on the list."""
EDITORS: Final = "editors"
TRANSLATORS: Final = "translators"
"""Who does what has to do with one language only."""
MISSIONS: Final = "content/directory/missions.yml"


class TaskKind(StrEnum):
    """Why something should be done."""

    STALE = "stale"
    """It is past its review."""
    DUE = "due"
    """Its review is within the next days."""
    UNCONFIRMED = "unconfirmed"
    """A doubtful fact, or a number to call in danger that nobody has called."""
    MISSING = "missing"
    """A fact or a text that people will ask for, and that is not there."""
    CHANGED = "changed"
    """The English changed after this was translated from it."""
    UNREVIEWED = "unreviewed"
    """No native speaker has read it."""
    ASKED = "asked"
    """People asked for it and the line had no answer (from the store, not from files)."""


RANK_ASKED: Final = 7
"""How pressing it is to answer what people asked: after stale facts, before missing ones."""


@dataclass(frozen=True, slots=True, order=True)
class Task:
    """One thing that an editor should do."""

    rank: int
    """How pressing it is: 0 is the most."""
    due: date
    """When it should be done; `date.max` when no day is set."""
    kind: TaskKind
    file: str
    """As in `Problem`: `content/directory/missions.yml`."""
    line: int
    what: str
    """One plain English sentence."""
    mend: str
    owner: str
    """The role that does it, never a person."""


def tasks(library: Library, tiers: Mapping[str, Tier], today: date) -> list[Task]:
    """List what should be done, the most pressing first.

    `tiers` gives the tier of the intents, whose names are topics; `today` decides what is stale.
    """
    scope = _Scope(library, tiers, today)
    return sorted({task for find in _FINDERS for task in find(scope)})


@dataclass(frozen=True, slots=True)
class _Scope:
    library: Library
    tiers: Mapping[str, Tier]
    today: date

    def is_critical(self, topic: str) -> bool:
        return self.tiers.get(topic) is Tier.CRITICAL

    def entries(self) -> tuple[Mission | Service, ...]:
        directory = self.library.directory
        return (*directory.all_missions, *directory.services.values())


def _facts(scope: _Scope) -> Iterator[Task]:
    """One task for an entry, however many of its numbers are old: they are tried together."""
    for entry in (*scope.entries(), *scope.library.directory.figures.values()):
        kept = {None: entry.evidence} if isinstance(entry, Figure) else _kept(entry)
        for kind, until in (
            (TaskKind.STALE, scope.today),
            (TaskKind.DUE, scope.today + SOON + _DAY),
        ):
            old = {phone: found for phone, found in kept.items() if found.is_past_review(until)}
            if old:
                yield _of_entry(entry, kind, old)
                break


def _kept(entry: Mission | Service) -> dict[Phone | None, Evidence]:
    return {None: entry.evidence, **{phone: phone.evidence for phone in entry.phones}}


def _of_entry(
    entry: Mission | Service | Figure, kind: TaskKind, old: Mapping[Phone | None, Evidence]
) -> Task:
    urgent = sum(phone is not None and Use.EMERGENCY in phone.uses for phone in old)
    due = min(evidence.review_by for evidence in old.values())
    numbers = f", with {_count(urgent, 'number')} that people call in danger" if urgent else ""
    said = "is past its review" if kind is TaskKind.STALE else "has to be reviewed"
    rank = {TaskKind.STALE: 2, TaskKind.DUE: 5}[kind]
    if urgent:
        rank = {TaskKind.STALE: 0, TaskKind.DUE: 4}[kind]
    mend = "try it or ask there, then set checked_by, verified_on and review_by"
    if isinstance(entry, Figure):
        mend = "look again at its sources, then set verified_on and review_by"
    what = f"`{entry.id}` {said} (by {due.isoformat()}){numbers}."
    return Task(rank, due, kind, entry.file, entry.line, what, mend, entry.evidence.owner)


def _texts(scope: _Scope) -> Iterator[Task]:
    """One task for an answer in all its languages: what it says is looked up once."""
    groups: dict[tuple[str, str | None], list[Answer]] = {}
    for answer in scope.library.answers.values():
        groups.setdefault((answer.topic, answer.country), []).append(answer)
    for (topic, _), answers in groups.items():
        stale = [answer for answer in answers if answer.is_past_review(scope.today)]
        soon = [answer for answer in answers if answer.review_by <= scope.today + SOON]
        if not stale and not soon:
            continue
        kind, old = (TaskKind.STALE, stale) if stale else (TaskKind.DUE, soon)
        first = next((answer for answer in old if answer.language == FALLBACK), old[0])
        due = min(answer.review_by for answer in old)
        said = "is past its review" if stale else "has to be reviewed"
        languages = _count(len(old), "language")
        what = f"The answer `{topic}` {said} (by {due.isoformat()}) in {languages}."
        mend = "look again at its sources, then set verified_on and review_by in each"
        rank = (1 if scope.is_critical(topic) else 2) if stale else 5
        yield Task(rank, due, kind, first.file, 0, what, mend, first.owner)


def _unconfirmed(scope: _Scope) -> Iterator[Task]:
    for entry in scope.entries():
        uncalled = [
            phone
            for phone in entry.phones
            if Use.EMERGENCY in phone.uses and not phone.evidence.was_checked
        ]
        if uncalled:
            numbers = _count(len(uncalled), "number")
            what = f"Nobody has called {numbers} of `{entry.id}` that people call in danger."
            mend = "call, then set checked_by (your role), verified_on and review_by"
            yield _unconfirmed_task(3, entry, uncalled[0].line, what, mend)
        low = [phone for phone in entry.phones if phone.evidence.confidence is Confidence.LOW]
        if entry.evidence.confidence is Confidence.LOW or low:
            numbers = f" ({_count(len(low), 'number')})" if low else ""
            what = f"`{entry.id}` is not confirmed{numbers}, and shown so."
            yield _unconfirmed_task(9, entry, entry.line, what, _CONFIRM)
    for figure in scope.library.directory.figures.values():
        if figure.evidence.confidence is Confidence.LOW:
            what = f"The figure `{figure.id}` is not confirmed, and shown so."
            yield _unconfirmed_task(9, figure, figure.line, what, _CONFIRM)


def _unconfirmed_task(
    rank: int, fact: Mission | Service | Figure, line: int, what: str, mend: str
) -> Task:
    owner = fact.evidence.owner
    return Task(rank, date.max, TaskKind.UNCONFIRMED, fact.file, line, what, mend, owner)


def _phoneless(scope: _Scope) -> Iterator[Task]:
    directory = scope.library.directory
    for mission in directory.all_missions:
        if not mission.phones:
            what = f"`{mission.id}` has no number, and the line says so."
            mend = "find one that a source of theirs gives; never guess"
            owner = mission.evidence.owner
            yield Task(8, date.max, TaskKind.MISSING, mission.file, mission.line, what, mend, owner)


def _nationalities(scope: _Scope) -> Iterator[Task]:
    for code in scope.library.directory.not_found:
        what = f"No mission is known for people of {code}: the line tells them so."
        mend = "when you find one, add it here and take the code out of `not_found`"
        yield Task(8, date.max, TaskKind.MISSING, MISSIONS, 0, what, mend, EDITORS)


def _languages(scope: _Scope) -> Iterator[Task]:
    """What an offered language lacks stops publishing; a language to come is one task."""
    library = scope.library
    for language in library.languages:
        if language.offered or language.code == FALLBACK:
            continue
        answers = sum(
            found.standing is Standing.MISSING and found.english.country is None
            for found in translated_answers(library, language.code)
        )
        phrases = sum(
            found.standing is Standing.MISSING
            for found in translated_phrases(library, language.code)
        )
        if answers or phrases:
            lacking = _both(answers, phrases)
            what = f"{lacking} of {language.name} are not written: it is not offered yet."
            mend = "`helpline content export` gives them to translators"
            yield _of_language(language, TaskKind.MISSING, 8, what, mend)


def _variants(scope: _Scope) -> Iterator[Task]:
    """People get the general text of their language before the English one of their country."""
    library = scope.library
    for language in library.languages:
        if not language.offered or language.code == FALLBACK:
            continue
        for found in translated_answers(library, language.code):
            country, topic = found.english.country, found.english.topic
            if country and found.own is None:
                file = f"content/answers/{topic}/{language.code}.{country}.md"
                what = f"The answer `{topic}` for {country} is not there in {language.name}."
                mend = "translate it: until then these people read the general text"
                yield Task(8, date.max, TaskKind.MISSING, file, 0, what, mend, TRANSLATORS)


def _changed(scope: _Scope) -> Iterator[Task]:
    """One task for a file: an answer, or all phrases of a language."""
    library = scope.library
    mend = "`helpline content export` gives it to translators; `unchanged`, if it still holds"
    for language in library.languages:
        if language.code == FALLBACK:
            continue
        for found in translated_answers(library, language.code):
            if found.own and found.standing is Standing.CHANGED:
                what = f"The English of `{found.english.topic}` changed after {language.name}."
                rank = 6 if scope.is_critical(found.english.topic) else RANK_ASKED
                yield _translation(rank, found.own.file, 0, what, mend)
        changed = [
            found
            for found in translated_phrases(library, language.code)
            if found.standing is Standing.CHANGED
        ]
        if changed:
            phrases = _count(len(changed), "phrase")
            what = f"The English of {phrases} changed after {language.name}."
            file = library.phrases[language.code].file
            yield _translation(RANK_ASKED, file, changed[0].own_line, what, mend)


def _translation(rank: int, file: str, line: int, what: str, mend: str) -> Task:
    return Task(rank, date.max, TaskKind.CHANGED, file, line, what, mend, TRANSLATORS)


def _unreviewed(scope: _Scope) -> Iterator[Task]:
    library = scope.library
    for language in library.languages:
        answers = sum(
            answer.language == language.code and answer.reviewed.is_machine
            for answer in library.answers.values()
        )
        book = library.phrases.get(language.code)
        phrases = len(book.phrases) if book and book.reviewed.is_machine else 0
        if answers or phrases:
            what = f"{_both(answers, phrases)} of {language.name} were read by no native speaker."
            mend = "have them read, then write reviewed: {by: <role>, on: <day>}"
            yield _of_language(language, TaskKind.UNREVIEWED, 10, what, mend)


def _of_language(language: Language, kind: TaskKind, rank: int, what: str, mend: str) -> Task:
    file = f"content/phrases/{language.code}.yml"
    return Task(rank, date.max, kind, file, 0, what, mend, TRANSLATORS)


def _both(answers: int, phrases: int) -> str:
    counted = ((answers, "answer"), (phrases, "phrase"))
    return " and ".join(_count(number, word) for number, word in counted if number)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


_DAY: Final = timedelta(days=1)
_CONFIRM: Final = "ask there or find a second source, then raise `confidence`"
_FINDERS: Final[tuple[Callable[[_Scope], Iterator[Task]], ...]] = (
    _facts,
    _texts,
    _unconfirmed,
    _phoneless,
    _nationalities,
    _languages,
    _variants,
    _changed,
    _unreviewed,
)
