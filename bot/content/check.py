"""Finds what is wrong or missing in content before a contact does: renders all of it, and looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Final

from bot.content.answer_files import Answer
from bot.content.card import mission_card
from bot.content.directory import Figure, Mission, Service
from bot.content.library import FALLBACK, Library
from bot.content.markup import flaws, flaws_of_source, opening, plain_length
from bot.content.phrases import PhraseBook
from bot.content.problems import RenderError
from bot.content.render import inspect_template, render_answer
from bot.content.voice import Voice
from bot.domain.problems import Problem, Severity
from bot.domain.understanding import Tier

LONGEST: Final = 900
"""Longest answer, in characters as read: about two screens of a small phone."""
LONGEST_CRITICAL: Final = 300
"""Longest answer to a message about danger: one screen, read in a moment."""
LONGEST_PAYLOAD: Final = 64
"""Longest payload of a button, in bytes (Telegram's callback_data)."""
MOST_ALIKE: Final = 0.75
"""From this likeness of words on, a text counts as not translated."""

_WARNING: Final = Severity.WARNING
_WORD: Final = re.compile(r"[^\W\d_]+")


def check(
    library: Library,
    required_topics: Iterable[str],
    required_phrases: Iterable[str],
    tiers: Mapping[str, Tier],
    today: date,
) -> list[Problem]:
    """List everything wrong, errors and warnings, in the order of files and lines.

    `tiers` gives the tier of the intents, whose names are topics; `today` decides what is stale.
    """
    scope = _Scope(library, tiers, today)
    found = {
        *_missing(scope, required_topics, required_phrases),
        *(problem for judge in _JUDGES for problem in judge(scope)),
    }
    return sorted(found)


@dataclass(frozen=True, slots=True)
class _Scope:
    library: Library
    tiers: Mapping[str, Tier]
    today: date

    def offered(self) -> tuple[str, ...]:
        return tuple(code for code, _ in self.library.offered_languages())

    def voice(self, answer: Answer) -> Voice:
        """Speak on the day of verification: warnings of age must not count as length."""
        return Voice(self.library, answer.language, answer.verified_on)


def _missing(scope: _Scope, topics: Iterable[str], phrases: Iterable[str]) -> Iterator[Problem]:
    library = scope.library
    for topic in sorted({*topics, *library.topics()}):
        for language in scope.offered():
            if (topic, language, None) not in library.answers:
                file = f"content/answers/{topic}/{language}.md"
                yield Problem(file, 0, "the answer is missing", "write this file")
    known = {key for book in library.phrases.values() for key in book.phrases}
    for key in sorted({*phrases, *known} - _NOT_IN_ENGLISH):
        for language in scope.offered():
            book = library.phrases.get(language)
            if book is not None and key.startswith(_FOR_OPERATORS) and not _is_of_a_desk(book):
                continue
            if book is None or key not in book.phrases:
                file = book.file if book else f"content/phrases/{language}.yml"
                yield Problem(file, 0, f"the phrase `{key}` is missing", "add it")


def _is_of_a_desk(book: PhraseBook) -> bool:
    """Whether a desk may speak this language: it has all phrases for desks, or none of them."""
    return any(key.startswith(_FOR_OPERATORS) for key in book.phrases)


def _templates(scope: _Scope) -> Iterator[Problem]:
    for answer in scope.library.answers.values():
        try:
            inspect_template(answer.body, scope.library.directory)
        except RenderError as error:
            yield _in_body(answer, error.line, error.what, error.mend)
            continue
        for flaw in flaws_of_source(answer.body):
            yield _in_body(answer, flaw.line, flaw.what, flaw.mend)
        yield from _renderings(scope, answer)


def _renderings(scope: _Scope, answer: Answer) -> Iterator[Problem]:
    """Render for everybody who can be given the answer; judge lengths by the longest."""
    texts: list[str] = []
    for country in (None, *scope.library.directory.countries()):
        if answer.country not in (None, country):
            continue
        try:
            text = render_answer(answer, scope.voice(answer), country)
        except RenderError as error:
            what = f"{error.what} (for {country or 'no country'})"
            yield _in_body(answer, error.line, what, error.mend)
            continue
        texts.append(text)
        yield from _rendered(scope, answer, text)
    critical = scope.tiers.get(answer.topic) is Tier.CRITICAL
    limit = LONGEST_CRITICAL if critical else LONGEST
    length = max(map(plain_length, texts), default=0)
    if length > limit:
        yield _in_body(answer, 1, f"{length} characters when rendered", f"shorten it to {limit}")


def _rendered(scope: _Scope, answer: Answer, text: str) -> Iterator[Problem]:
    for flaw in flaws(text):
        yield _in_body(answer, 1, f"{flaw.what}, when rendered", flaw.mend)
    for word in _danger(scope, text, answer.language):
        mend = "begin with something that anybody may read over a shoulder"
        yield _in_body(answer, 1, f"`{word}` stands in the first 40 characters", mend)


def _danger(scope: _Scope, text: str, language: str) -> tuple[str, ...]:
    shown = opening(text).casefold()
    words = scope.library.safety_words.get(language, ())
    return tuple(word for word in words if re.search(rf"(?<!\w){re.escape(word)}", shown))


def _buttons(scope: _Scope) -> Iterator[Problem]:
    library = scope.library
    for answer in library.answers.values():
        for button in answer.buttons:
            if len(button.payload.encode()) > LONGEST_PAYLOAD:
                what = f"the payload has more than {LONGEST_PAYLOAD} bytes"
                yield Problem(answer.file, button.line, what, "shorten it")
            if library.phrase(button.phrase, FALLBACK) is None:
                what = f"the phrase `{button.phrase}` of a button is missing"
                yield Problem(answer.file, button.line, what, "add it to content/phrases")
            topic = re.fullmatch(r"/answer\((\w+)\)", button.payload)
            if topic and not library.answer_exists(topic[1]):
                what = f"a button leads to the answer `{topic[1]}`, which is missing"
                yield Problem(answer.file, button.line, what, "write it or remove the button")


def _phrases(scope: _Scope) -> Iterator[Problem]:
    english = scope.library.phrases.get(FALLBACK)
    for book in scope.library.phrases.values():
        for key, phrase in book.phrases.items():
            for flaw in (*flaws(phrase.text), *flaws_of_source(phrase.text.replace("{", "("))):
                line = phrase.line + flaw.line - 1
                yield Problem(book.file, line, f"`{key}`: {flaw.what}", flaw.mend)
            seen = "" if key.startswith(_NEVER_FIRST) else phrase.text
            for word in _danger(scope, seen, book.language):
                what = f"`{key}`: `{word}` stands in the first 40 characters"
                mend = "begin with something that anybody may read over a shoulder"
                yield Problem(book.file, phrase.line, what, mend, _WARNING)
            if english and book is not english:
                yield from _unlike_english(book, english, key)


def _unlike_english(book: PhraseBook, english: PhraseBook, key: str) -> Iterator[Problem]:
    phrase = book.phrases[key]
    original = english.phrases.get(key)
    if original is None and key in _NOT_IN_ENGLISH:
        return
    if original is None:
        yield Problem(book.file, phrase.line, f"`{key}` is not in the English file", "add it there")
        return
    if phrase.slots() != original.slots():
        wanted = ", ".join(sorted(original.slots())) or "none"
        what = f"`{key}` has other slots than in English"
        yield Problem(book.file, phrase.line, what, f"use these: {wanted}")
    if len(_WORD.findall(original.text)) >= _ENOUGH_WORDS and _alike(phrase.text, original.text):
        yield Problem(
            book.file, phrase.line, f"`{key}` is not translated", "translate it", _WARNING
        )


def _translations(scope: _Scope) -> Iterator[Problem]:
    for (topic, language, country), answer in scope.library.answers.items():
        original = scope.library.answers.get((topic, FALLBACK, country))
        if language == FALLBACK:
            continue
        if original is None:
            what = "there is no English text beside it"
            yield Problem(answer.file, 0, what, "write it: it is what everyone falls back to")
        elif _alike(answer.body, original.body):
            yield _in_body(answer, 1, "the text is not translated", "translate it")


def _alike(text: str, other: str) -> bool:
    words = _words(text), _words(other)
    return SequenceMatcher(a=words[0], b=words[1], autojunk=False).ratio() >= MOST_ALIKE


def _words(text: str) -> list[str]:
    return [found[0] for found in _WORD.finditer(re.sub(r"\{.*?\}+", " ", text).casefold())]


def _numbers(scope: _Scope) -> Iterator[Problem]:
    directory = scope.library.directory
    for entry in (*directory.all_missions, *directory.services.values()):
        for phone in entry.phones:
            if not phone.is_valid():
                what = "no such number exists in the numbering plan of its country"
                yield Problem(entry.file, phone.line, what, "check it with the source")


def _stale(scope: _Scope) -> Iterator[Problem]:
    directory = scope.library.directory
    mend = "look again, then set verified_on and review_by"
    facts: tuple[Mission | Service | Figure, ...] = (
        *directory.all_missions,
        *directory.services.values(),
        *directory.figures.values(),
    )
    for fact in facts:
        if fact.evidence.is_past_review(scope.today):
            yield Problem(fact.file, fact.line, f"`{fact.id}` is past its review", mend, _WARNING)
        for phone in () if isinstance(fact, Figure) else fact.phones:
            if phone.evidence.is_past_review(scope.today):
                what = f"a number of `{fact.id}` is past its review"
                yield Problem(fact.file, phone.line, what, mend, _WARNING)
        if fact.evidence.verified_on > scope.today:
            what = f"`{fact.id}` was verified in the future"
            yield Problem(fact.file, fact.line, what, "correct verified_on")
    for answer in scope.library.answers.values():
        if answer.is_past_review(scope.today):
            yield Problem(answer.file, 0, "the text is past its review", mend, _WARNING)


def _cards(scope: _Scope) -> Iterator[Problem]:
    for mission in scope.library.directory.all_missions:
        for language in scope.offered():
            voice = Voice(scope.library, language, mission.evidence.verified_on)
            card = mission_card(mission, voice)
            for flaw in flaws(card):
                what = f"the card of `{mission.id}` has {flaw.what}"
                yield Problem(mission.file, mission.line, what, flaw.mend)
            for word in _danger(scope, card, language):
                what = f"`{word}` stands in the first 40 characters of cards"
                yield Problem(mission.file, mission.line, what, "change the phrase mission_intro")


def _in_body(answer: Answer, line: int, what: str, mend: str) -> Problem:
    return Problem(answer.file, answer.body_line + line - 1, what, mend)


_ENOUGH_WORDS: Final = 4
_NOT_IN_ENGLISH: Final = frozenset({"machine_translated"})
_FOR_OPERATORS: Final = "desk_"
_NEVER_FIRST: Final = ("button_", _FOR_OPERATORS, "intent_", "name_", "mission_use_", "word_")
"""Phrases that are titles of buttons, parts of lines, or for operators: no contact's notification
begins with them."""
_JUDGES: Final[tuple[Callable[[_Scope], Iterator[Problem]], ...]] = (
    _templates,
    _buttons,
    _phrases,
    _translations,
    _numbers,
    _stale,
    _cards,
)
