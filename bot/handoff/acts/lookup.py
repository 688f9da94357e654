"""Finds answer files by a few letters, in the languages that operators think in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.content.library import FALLBACK, Library

ALWAYS: Final = (FALLBACK, "id")
"""Languages in which titles are looked through, beside the desk's."""
MOST: Final = 12
"""Answers that are offered at once: as many buttons as a phone shows without scrolling."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An answer file that may be meant."""

    topic: str
    title: str
    """In the desk's language."""


def find(library: Library, letters: str, language: str) -> tuple[Hit, ...]:
    """Find the answers whose topic or title has words that begin so; the best ones first.

    All words that were written must be found. The name of a topic, written out, means that one.
    """
    wanted = _words(letters)
    if not wanted:
        return ()
    titles = _Titles(library, language)
    ranked = []
    for topic in sorted(library.topics()):
        if not library.answer_exists(topic):
            continue
        if _words(topic) == wanted:
            return (Hit(topic, titles.shown(topic)),)
        texts = [topic, *titles.of(topic)]
        rank = min(
            (found for text in texts if (found := _rank(wanted, text)) is not None), default=None
        )
        if rank is not None:
            ranked.append((rank, topic))
    return tuple(Hit(topic, titles.shown(topic)) for _, topic in sorted(ranked))


@dataclass(frozen=True, slots=True)
class _Titles:
    """What answers are called: the phrase of their intent, or of the buttons that lead to them."""

    library: Library
    language: str

    def of(self, topic: str) -> Iterable[str]:
        codes = dict.fromkeys((self.language, *ALWAYS))
        for key in (f"intent_{topic}", *self._buttons(topic)):
            for code in codes:
                book = self.library.phrases.get(code)
                if book is not None and key in book.phrases:
                    yield book.phrases[key].text

    def shown(self, topic: str) -> str:
        for key in (f"intent_{topic}", *self._buttons(topic)):
            phrase = self.library.phrase(key, self.language)
            if phrase is not None:
                return phrase.text
        return topic.replace("_", " ")

    def _buttons(self, topic: str) -> list[str]:
        payloads = {f"/answer({topic})", f"/{topic}"}
        return list(
            dict.fromkeys(
                button.phrase
                for answer in self.library.answers.values()
                for button in answer.buttons
                if button.payload in payloads
            )
        )


def _rank(wanted: list[str], text: str) -> int | None:
    """How well a text fits, 0 best; None when it does not."""
    words = _words(text)
    if all(any(word.startswith(part) for word in words) for part in wanted):
        return 0
    plain = " ".join(words)
    return 1 if all(part in plain for part in wanted) else None


def _words(text: str) -> list[str]:
    """The words of a text, without capitals and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(
        sign if sign.isalnum() or unicodedata.category(sign) == "Mc" else " "
        for sign in plain
        if unicodedata.category(sign) != "Mn"
    )
    return kept.split()
