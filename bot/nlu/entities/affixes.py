"""Takes off what sticks to a name in a script ("नेपालमा", "বাংলাদেশের", "ከኢትዮጵያ")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.nlu.entities.words import fold

_SCRIPTS = (
    ("latin", "a", "\u024f"),
    ("arabic", "\u0600", "\u06ff"),
    ("devanagari", "\u0900", "\u097f"),
    ("bengali", "\u0980", "\u09ff"),
    ("ethiopic", "\u1200", "\u139f"),
)


@dataclass(frozen=True, slots=True)
class Affixes:
    """Prefixes and endings of one script, the longest first."""

    least: int
    """Signs of the name that must be left."""
    endings: tuple[str, ...]
    prefixes: tuple[str, ...] = ()

    @classmethod
    def of(cls, least: int, endings: list[str], prefixes: list[str]) -> Affixes:
        """Fold and order them."""
        return cls(least, _ordered(endings), _ordered(prefixes))

    def beginnings(self, word: str) -> Iterator[str]:
        """The word without each prefix that it has."""
        for prefix in self.prefixes:
            if word.startswith(prefix) and len(word) - len(prefix) >= self.least:
                yield word[len(prefix) :]

    def stems(self, word: str) -> Iterator[str]:
        """The word without each ending that it has."""
        for ending in self.endings:
            if word.endswith(ending) and len(word) - len(ending) >= self.least:
                yield word[: -len(ending)]


def script_of(word: str) -> str | None:
    """The script of a folded word's first letter, when it has affixes."""
    first = word[0]
    return next((name for name, low, high in _SCRIPTS if low <= first <= high), None)


def _ordered(affixes: list[str]) -> tuple[str, ...]:
    return tuple(sorted({fold(affix) for affix in affixes}, key=len, reverse=True))
