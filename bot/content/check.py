"""Finds what is wrong or missing in content before a contact does: renders all of it, and looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from difflib import SequenceMatcher
from typing import Final

from bot.content import check_directory, check_roles
from bot.content.answer_files import Answer
from bot.content.check_renderings import Rendering, Renderings
from bot.content.check_scope import Scope, dangerous
from bot.content.library import FALLBACK, Library
from bot.content.markup import flaws, flaws_of_source, plain_length
from bot.content.phrases import Phrase, PhraseBook
from bot.content.problems import RenderError
from bot.content.render import inspect_template
from bot.domain.problems import Problem, Severity
from bot.domain.understanding import Tier

LONGEST: Final = 1000
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
    return check_scope(Scope(library, tiers, today), required_topics, required_phrases)


def check_scope(
    scope: Scope, required_topics: Iterable[str], required_phrases: Iterable[str]
) -> list[Problem]:
    """Do the same, with what the scope remembers of an earlier look."""
    found = {
        *_missing(scope, required_topics, required_phrases),
        *(problem for judge in _JUDGES for problem in judge(scope)),
    }
    return sorted(found)


def _missing(scope: Scope, topics: Iterable[str], phrases: Iterable[str]) -> Iterator[Problem]:
    library = scope.library
    for topic in sorted({*topics, *library.topics()}):
        for language in scope.offered():
            if (topic, language, None) not in library.answers:
                file = f"content/answers/{topic}/{language}.md"
                mend = "write this file" if language == FALLBACK else _TRANSLATE
                yield Problem(file, 0, "the answer is missing", mend)
    english = library.phrases.get(FALLBACK)
    known = english.phrases.keys() if english else set()
    deskless = {code for code, book in library.phrases.items() if not _is_of_a_desk(book)}
    for key in sorted({*phrases, *known}):
        for language in scope.offered():
            book = library.phrases.get(language)
            if key.startswith(_FOR_OPERATORS) and language in deskless:
                continue
            if book is None or key not in book.phrases:
                file = book.file if book else f"content/phrases/{language}.yml"
                mend = "add it" if language == FALLBACK else _TRANSLATE
                yield Problem(file, 0, f"the phrase `{key}` is missing", mend)


def _is_of_a_desk(book: PhraseBook) -> bool:
    """Whether a desk may speak this language: it has all phrases for desks, or none of them."""
    return any(key.startswith(_FOR_OPERATORS) for key in book.phrases)


def _templates(scope: Scope) -> Iterator[Problem]:
    renderings = Renderings(scope)
    for answer in scope.library.answers.values():
        try:
            inspect_template(answer.body, scope.library.directory)
        except RenderError as error:
            yield _in_body(answer, error.line, error.what, error.mend)
            continue
        written = scope.memory.ask(("source", answer.file), flaws_of_source, answer.body)
        for flaw in written:
            yield _in_body(answer, flaw.line, flaw.what, flaw.mend)
        told = {flaw.what for flaw in written}
        yield from _rendered(scope, answer, dict(renderings.of(answer)), told)


def _rendered(
    scope: Scope,
    answer: Answer,
    found: Mapping[str | None, Rendering],
    told: Collection[str],
) -> Iterator[Problem]:
    """Say what is wrong for anybody who can be given the answer; judge lengths by the longest.

    `told` are the flaws that were found in the text as it is written.
    """
    for country, rendering in found.items():
        if rendering.refused is not None:
            what, mend, line = rendering.refused
            yield _in_body(answer, line, f"{what} (for {country or 'no country'})", mend)
        for what, mend in rendering.flaws:
            if what not in told:
                yield _in_body(answer, 1, f"{what}, when rendered", mend)
        for word in rendering.words:
            mend = "begin with something that anybody may read over a shoulder"
            yield _in_body(answer, 1, f"`{word}` stands in the first 40 characters", mend)
    critical = scope.tiers.get(answer.topic) is Tier.CRITICAL
    limit = LONGEST_CRITICAL if critical else LONGEST
    lengths = [rendering.length for rendering in found.values() if rendering.refused is None]
    length = max(lengths, default=0)
    # About danger a human is called, and then no notice stands under the text.
    if lengths and not critical:
        length += _length_of_notice(scope, answer)
    if length > limit:
        yield _in_body(answer, 1, f"{length} characters when rendered", f"shorten it to {limit}")


def _length_of_notice(scope: Scope, answer: Answer) -> int:
    """Count what contacts see under a text that no person has read, its empty line too."""
    book = scope.library.phrases.get(answer.language)
    notice = book.phrases.get("machine_translated") if book else None
    if notice is None or not answer.reviewed.is_machine:
        return 0
    return plain_length("\n\n" + notice.text)


def _buttons(scope: Scope) -> Iterator[Problem]:
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


def _phrases(scope: Scope) -> Iterator[Problem]:
    ask, english = scope.memory.ask, scope.library.phrases.get(FALLBACK)
    for code, book in scope.library.phrases.items():
        words = scope.library.safety_words.get(book.language, ())
        yield from ask(("phrases", code), _in_book, book, words)
        if english and book is not english:
            yield from ask(("phrases, beside English", code), _unlike_english, book, english)


def _in_book(book: PhraseBook, words: tuple[str, ...]) -> tuple[Problem, ...]:
    return tuple(
        problem
        for key, phrase in book.phrases.items()
        for problem in _in_phrase(book.file, key, phrase, words)
    )


def _in_phrase(file: str, key: str, phrase: Phrase, words: tuple[str, ...]) -> Iterator[Problem]:
    for flaw in (*flaws(phrase.text), *flaws_of_source(phrase.text.replace("{", "("))):
        line = phrase.line + flaw.line - 1
        yield Problem(file, line, f"`{key}`: {flaw.what}", flaw.mend)
    seen = "" if key.startswith(_NEVER_FIRST) else phrase.text
    for word in dangerous(seen, words):
        what = f"`{key}`: `{word}` stands in the first 40 characters"
        mend = "begin with something that anybody may read over a shoulder"
        yield Problem(file, phrase.line, what, mend, _WARNING)


def _unlike_english(book: PhraseBook, english: PhraseBook) -> tuple[Problem, ...]:
    return tuple(problem for key in book.phrases for problem in _unlike(book, english, key))


def _unlike(book: PhraseBook, english: PhraseBook, key: str) -> Iterator[Problem]:
    phrase = book.phrases[key]
    original = english.phrases.get(key)
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


def _translations(scope: Scope) -> Iterator[Problem]:
    for (topic, language, country), answer in scope.library.answers.items():
        original = scope.library.answers.get((topic, FALLBACK, country))
        if language == FALLBACK:
            continue
        if original is None:
            what = "there is no English text beside it"
            yield Problem(answer.file, 0, what, "write it: it is what everyone falls back to")
        elif scope.memory.ask(("alike", answer.file), _alike, answer.body, original.body):
            yield _in_body(answer, 1, "the text is not translated", "translate it")


def _alike(text: str, other: str) -> bool:
    words = _words(text), _words(other)
    return SequenceMatcher(a=words[0], b=words[1], autojunk=False).ratio() >= MOST_ALIKE


def _words(text: str) -> list[str]:
    return [found[0] for found in _WORD.finditer(re.sub(r"\{.*?\}+", " ", text).casefold())]


def _days(scope: Scope) -> Iterator[Problem]:
    for answer in scope.library.answers.values():
        if answer.is_past_review(scope.today):
            mend = "look again, then set verified_on and review_by"
            yield Problem(answer.file, 0, "the text is past its review", mend, _WARNING)
        if wrong := scope.wrong_days(answer.verified_on, answer.review_by):
            yield Problem(answer.file, 0, f"the text {wrong[0]}", wrong[1])


def _safety_words(scope: Scope) -> Iterator[Problem]:
    for language in scope.offered():
        if not scope.library.safety_words.get(language):
            what = f"no words of {language} are kept off the lock screen"
            mend = "add those for police, embassy, help and escape"
            yield Problem("content/safety_words.yml", 0, what, mend)


def _in_body(answer: Answer, line: int, what: str, mend: str) -> Problem:
    return Problem(answer.file, answer.body_line + line - 1, what, mend)


_ENOUGH_WORDS: Final = 4
_TRANSLATE: Final = "every language that is offered needs it: `helpline content export`, `import`"
_FOR_OPERATORS: Final = "desk_"
_NEVER_FIRST: Final = ("button_", _FOR_OPERATORS, "intent_", "name_", "mission_use_", "word_")
"""Phrases that are titles of buttons, parts of lines, or for operators: no contact's notification
begins with them."""
_JUDGES: Final[tuple[Callable[[Scope], Iterator[Problem]], ...]] = (
    _templates,
    _buttons,
    _phrases,
    _translations,
    _days,
    _safety_words,
    check_roles.judge,
    *check_directory.JUDGES,
)
