"""An index of names: finds them in a text, the longest first, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping

from bot.domain.understanding import Entity
from bot.nlu.entities.affixes import Affixes, script_of
from bot.nlu.entities.words import Word, is_spaceless, key, plain

Known = tuple[str, str] | None
"""Kind and value of a name; None for a phrase that holds a name and names nothing."""


class Names:
    """Names by their words, and names of scripts without spaces by their first sign."""

    def __init__(self, names: Mapping[str, Known], affixes: Mapping[str, Affixes]) -> None:
        """Take name to what it is; of names that fold to the same words the last one counts."""
        self._affixes = affixes
        self._known: dict[str, Known] = {}
        self._longest: dict[str, int] = {}  # first word of a name: words of the longest one
        spaceless: dict[str, dict[str, Known]] = defaultdict(dict)
        for name, known in names.items():
            if is_spaceless(name):
                spaceless[name[0]][name] = known
                continue
            for form in {key(name), plain(name)} - {""}:
                self._known[form] = known
                first, _, _ = form.partition(" ")
                self._longest[first] = max(self._longest.get(first, 0), form.count(" ") + 1)
        self._spaceless = {
            first: sorted(found.items(), key=lambda item: -len(item[0]))
            for first, found in spaceless.items()
        }
        self._firsts = re.compile(f"[{''.join(map(re.escape, self._spaceless))}]")

    def find(self, text: str, words: list[Word]) -> Iterator[Entity]:
        """What the text names, in no order; `words` are the text's."""
        place = 0
        while place < len(words):
            count, known = self._at(words, place)
            if known:
                yield Entity(*known, words[place].start, words[place + count - 1].end)
            place += max(count, 1)
        if self._spaceless:
            yield from self._anywhere(text)

    def _at(self, words: list[Word], place: int) -> tuple[int, Known]:
        """How many words from a place on are a name, and which; 0 when they are none."""
        first = words[place].key
        affixes = self._affixes.get(script_of(first) or "") if first else None
        starts = [first, *(affixes.beginnings(first) if affixes else ())]
        for start in starts:
            for count in range(min(self._longest.get(start, 0), len(words) - place), 0, -1):
                rest = (word.key for word in words[place + 1 : place + count])
                phrase = " ".join((start, *rest))
                if phrase in self._known:
                    return count, self._known[phrase]
                if count > 1 and affixes and (stem := self._stem(phrase, affixes)):
                    return count, self._known[stem]
        for start in starts if affixes else ():
            if stem := self._stem(start, affixes):
                return 1, self._known[stem]
        return 0, None

    def _stem(self, phrase: str, affixes: Affixes | None) -> str | None:
        stems = affixes.stems(phrase) if affixes else ()
        return next((stem for stem in stems if self._known.get(stem)), None)

    def _anywhere(self, text: str) -> Iterator[Entity]:
        place = 0
        while match := self._firsts.search(text, place):
            start = match.start()
            place = start + 1
            for name, known in self._spaceless[text[start]]:
                end = start + len(name)
                if text.startswith(name, start) and not _is_torn(text, start, end):
                    if known:
                        yield Entity(*known, start, end)
                    place = end
                    break


# A Thai vowel that is written before its consonant, and those written behind it.
_BEFORE = frozenset("เแโใไ")
_BEHIND = frozenset("ะาำๅ")
_KILLERS = frozenset("\u1039\u103a")  # Burmese: the consonant before them ends a syllable


def _is_torn(text: str, start: int, end: int) -> bool:
    """Whether a name's first or last sign belongs to a syllable of something longer."""
    if start and text[start - 1] in _BEFORE and text[start] not in _BEFORE:
        return True
    following = text[end : end + 2]
    if not following:
        return False
    if following[0] in _BEHIND or unicodedata.category(following[0]) in {"Mn", "Mc"}:
        return True
    return len(following) > 1 and following[1] in _KILLERS
