"""Finds messages that are nothing but "safe" or "not safe": answers in the question's own word."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from bot.domain.understanding import Entity
from bot.nlu.entities.files import GazetteerError, read
from bot.nlu.entities.words import fold

KIND = "safe"
LONGEST = 60
"""Code points; a longer message says more than this."""

_VALUES = {"yes": "true", "no": "false"}


class Safe:
    """Whole answers, whatever their case and accents, with a word of politeness at either end."""

    def __init__(self, answers: dict[str, str], polite: frozenset[str]) -> None:
        """Take what is answered, as `_key` gives it, to `true` or `false`."""
        self._answers = answers
        self._polite = polite

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read `nlu/entities/safe.yml`. Raises GazetteerError."""
        told = read(path)
        try:
            answers = {
                _key(answer): value
                for side, value in _VALUES.items()
                for language in told[side]
                for answer in language
            }
            return cls(answers, frozenset(map(_key, told["polite"])))
        except (AttributeError, KeyError, TypeError) as error:
            raise GazetteerError(f"{path} lacks something ({error})") from error

    def find(self, text: str) -> Iterator[Entity]:
        """One entity for the whole message, or none."""
        if len(text) > LONGEST:
            return
        value = self._answers.get(_key(text)) or self._answers.get(self._plainly(_key(text)))
        if value is not None:
            start = len(text) - len(text.lstrip())
            yield Entity(KIND, value, start, len(text.rstrip()))

    def _plainly(self, key: str) -> str:
        words = key.split()
        while words and words[-1] in self._polite:
            del words[-1]
        while words and words[0] in self._polite:
            del words[0]
        rest = " ".join(words)
        spaceless = (ending for ending in self._polite if not ending.isascii())
        return next((rest.removesuffix(e) for e in spaceless if rest.endswith(e)), rest)


def _key(text: str) -> str:
    """Fold a text; letters and the marks on them stay, other signs part words."""
    signs = (sign if _is_of_word(sign) else " " for sign in text.replace("'", "").replace("’", ""))
    return " ".join(fold(word) for word in "".join(signs).split())


def _is_of_word(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign)[0] == "M"
