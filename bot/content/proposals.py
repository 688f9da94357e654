"""Judges translations before they are written: as `check` will, and against their English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from bot.content.answer_files import Answer
from bot.content.check import check
from bot.content.library import FALLBACK, Library
from bot.content.markup import flaws_of_source
from bot.content.phrases import Phrase, PhraseBook, read_phrase
from bot.content.records import line_of_text
from bot.content.review import MACHINE, Review
from bot.content.translations import Kind, Unit
from bot.domain.understanding import Tier
from bot.domain.yaml_source import Node, SourceError


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that somebody wants to be what a language says."""

    unit: Unit
    text: str


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a proposal is not taken, and how to mend it."""

    what: str
    mend: str
    line: int = 1
    """Line of the text, from 1."""


def judge(
    library: Library,
    language: str,
    proposals: Sequence[Proposal],
    tiers: Mapping[str, Tier],
    today: date,
) -> dict[int, tuple[Objection, ...]]:
    """Find what is wrong with proposals; gives objections by the place in the sequence.

    `tiers` and `today` as in `check`. A proposal that is not named is good.
    """
    found: dict[int, list[Objection]] = {}
    sound: dict[int, Proposal] = {}
    for at, proposal in enumerate(proposals):
        unreadable = _unreadable(proposal)
        if unreadable:
            found[at] = [unreadable]
            continue
        sound[at] = proposal
        if unlike := list(_unlike_english(proposal)):
            found[at] = unlike
    for problem in check(_with(library, language, sound), (), (), tiers, today):
        at, line = divmod(problem.line, _STEP)
        if problem.file == _HERE and at > 0:
            found.setdefault(at - 1, []).append(Objection(problem.what, problem.mend, line + 1))
    return {at: tuple(dict.fromkeys(objections)) for at, objections in found.items()}


def placeholders(text: str) -> frozenset[str]:
    """Give what stands in `{{ }}` and `{% %}` in a text."""
    return frozenset(" ".join(found[0].split()) for found in _TAG.finditer(text))


def _unreadable(proposal: Proposal) -> Objection | None:
    """Say why the text cannot stand in its file at all."""
    unit, text = proposal.unit, proposal.text
    node = Node(_HERE, 1, text)
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        return Objection("a control character", "write the line anew", line)
    try:
        if unit.kind is Kind.PHRASE:
            read_phrase(unit.key, node)
        elif unit.kind is Kind.DIRECTORY:
            line_of_text(node)
    except SourceError as error:
        return Objection(error.what, error.mend)
    return None


def _unlike_english(proposal: Proposal) -> Iterator[Objection]:
    unit, text = proposal.unit, proposal.text
    if unit.kind is Kind.ANSWER:
        yield from _other_placeholders(unit.english, text)
        yield from _other_numbers(unit.english, text)
    elif unit.kind is Kind.PHRASE:
        yield from _other_numbers(unit.english, text)
    elif unit.kind is Kind.DIRECTORY:
        # Some names have a short number in them, `Police 117`; that of no English is a stranger's.
        told = {flaw.what for flaw in flaws_of_source(unit.english)}
        for flaw in flaws_of_source(text):
            if flaw.what not in told:
                yield Objection(flaw.what, flaw.mend)
        if unit.key == "value" and _numbers(text) != _numbers(unit.english):
            what = "other numbers than in English"
            yield Objection(what, f"write the numbers of: {unit.english}")


def _other_placeholders(english: str, text: str) -> Iterator[Objection]:
    wanted, there = placeholders(english), placeholders(text)
    if lost := sorted(wanted - there):
        yield Objection(f"{' '.join(lost)} is missing", "copy it from the English")
    if new := sorted(there - wanted):
        yield Objection(f"{' '.join(new)} is not in the English", "take it out")


def _other_numbers(english: str, text: str) -> Iterator[Objection]:
    """Tell of numbers that stand where the English has others: `2025` for its `2026`.

    A translation may write a number in words, or write out one that the English has in words;
    but if a number of the English is gone and another one is there, one of them is wrong.
    """
    wanted, there = (set(_numbers(_FILLED.sub("", given))) for given in (english, text))
    lost = sorted(wanted - there)
    # `3` may be the English "three": it stands for a longer number that is gone in no case.
    shortest = min(map(len, lost), default=0)
    new = sorted(number for number in there - wanted if len(number) > 1 or shortest == 1)
    if lost and new:
        what = f"{', '.join(new)} stands here, {', '.join(lost)} in the English"
        yield Objection(what, "write the numbers of the English, or write them in words")


def _numbers(text: str) -> list[str]:
    """Give the numbers of a text in our digits: some languages have digits of their own."""
    ours = "".join(str(unicodedata.digit(sign, sign)) for sign in text)
    return sorted(re.findall("[0-9]+", _THOUSANDS.sub("", ours)))


def _with(library: Library, language: str, proposals: Mapping[int, Proposal]) -> Library:
    """Make a library of the English and of what is proposed, so that nothing else is judged.

    What is proposed bears a mark of its place in the sequence where its line would stand.
    """
    book = library.phrases.get(language) or PhraseBook(language, Review(MACHINE), {})
    # The rest of the book stays, because answers are rendered with it; it must not be judged.
    phrases = {key: replace(phrase, line=-_STEP) for key, phrase in book.phrases.items()}
    answers = {key: found for key, found in library.answers.items() if key[1] == FALLBACK}
    for at, proposal in proposals.items():
        unit, mark = proposal.unit, (at + 1) * _STEP
        if unit.kind is Kind.PHRASE:
            phrases[unit.key] = Phrase(proposal.text, mark)
        elif unit.answer:
            answer = _answer(unit.answer, unit.own_answer, language, proposal.text, mark)
            answers[answer.topic, language, answer.country] = answer
    books = {FALLBACK: library.phrases[FALLBACK]}
    books[language] = replace(book, phrases=phrases, file=_HERE)
    return replace(library, phrases=books, answers=answers)


def _answer(english: Answer, own: Answer | None, language: str, text: str, mark: int) -> Answer:
    # The days are those of the file that is there: how old it is was not proposed.
    days = own or english
    return replace(
        english,
        language=language,
        body=text,
        verified_on=days.verified_on,
        review_by=days.review_by,
        file=_HERE,
        body_line=mark,
    )


_HERE: Final = "(proposed)"
_STEP: Final = 10_000
"""More lines than any text has."""
_TAG: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_FILLED: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{[^{}]*\}", re.DOTALL)
"""What the program fills in, in an answer or a phrase."""
_THOUSANDS: Final = re.compile(r"(?<=[0-9])[.,\u00a0\u202f ](?=[0-9]{3}(?![0-9]))")
"""What some languages put between thousands: 3,650 and 3.650 are one number."""
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
