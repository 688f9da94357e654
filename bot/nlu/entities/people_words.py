"""The words of `nlu/entities/people.yml`: for numbers, and for what a number counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.nlu.entities.words import Word, is_spaceless, key, plain

ROLES = ("counted", "leads", "pronouns", "between", "units")
"""What a word beside a number can be; the file's head says what each is for."""

_LONGEST = 4  # words of a lead or of a number


class PeopleWords:
    """Words by what they are, for each language, but for those of scripts without spaces."""

    def __init__(self, languages: Mapping[str, Mapping[str, Any]]) -> None:
        """Take `people.yml`."""
        self.languages = tuple(languages)
        self.whole: dict[str, str] = {}
        """Words that say it by themselves ("bertiga"), and how many people they are."""
        self._numbers: dict[str, dict[str, str]] = defaultdict(dict)  # words: language: value
        self._roles: dict[str, dict[str, set[str]]] = {role: defaultdict(set) for role in ROLES}
        for language, told in languages.items():
            for value, forms in told["numbers"].items():
                glued = [form + ending for form in forms for ending in told.get("glued", [])]
                self.whole |= dict.fromkeys(_forms(glued), str(value))
                for form in _forms(forms):
                    self._numbers[form][language] = str(value)
            for value, forms in told.get("whole", {}).items():
                self.whole |= dict.fromkeys(_forms(forms), str(value))
            for role, known in self._roles.items():
                for form in _forms(told.get(role, [])):
                    known[form].add(language)

    def number(self, words: Sequence[Word], place: int) -> tuple[int, Mapping[str, str]]:
        """How many words from a place on are a number, and its value in each language."""
        for length in range(_LONGEST, 0, -1):
            if values := self._numbers.get(_phrase(words, place, place + length)):
                return length, values
        return 1, {}

    def following(
        self, role: str, words: Sequence[Word], place: int, languages: Iterable[str]
    ) -> Iterator[str]:
        """Those of the languages in which a word of this role stands at the place."""
        for length in (2, 1):
            known = self._roles[role].get(_phrase(words, place, place + length), ())
            yield from (language for language in languages if language in known)

    def preceding(
        self, role: str, words: Sequence[Word], place: int, languages: Iterable[str]
    ) -> Iterator[str]:
        """Those of the languages in which a phrase of this role ends before the place."""
        for length in range(1, min(_LONGEST, place) + 1):
            known = self._roles[role].get(_phrase(words, place - length, place), ())
            yield from (language for language in languages if language in known)


def _phrase(words: Sequence[Word], start: int, end: int) -> str:
    return " ".join(word.key for word in words[start:end]) if end <= len(words) else ""


def _forms(names: Sequence[str]) -> set[str]:
    written = [name for name in names if not is_spaceless(name)]
    return {form for name in written for form in (key(name), plain(name))}
