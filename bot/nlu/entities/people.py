"""Finds how many people a message is about: "we are 9", "kami 6 orang", "我们五个人"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.understanding import Entity
from bot.nlu.entities.people_words import PeopleWords
from bot.nlu.entities.spaceless_people import SpacelessPeople
from bot.nlu.entities.words import Word

MOST = 500
"""More people are no group, but a sum or a rumour."""

_THOUSANDS = 3  # digits after the space in "12 345"
_GAP = re.compile(r"[\s\u200c-]{0,3}")
_CLAUSE_END = re.compile(r"\s*(?:$|[.,!?;:)\n\r।۔።፣၊။،…]|[^\w\s$%€£₹៛/.:-])")
_NOT_BEFORE = frozenset(".,:/$€£₹៛#+-%@")
_NOT_AFTER = re.compile(r"[%$€£₹៛/:]|[.,-]?\d|\s?(?:\$|usd)", re.IGNORECASE)
_AND = frozenset({"and", "et", "dan"})
_EACH = frozenset({"every", "per", "each", "setiap", "mỗi", "moi", "har", "kila", "chaque"})
# Words before a number of which it is only the end: "একশ বিশজন" is 120, "labing-apat" is 14.
_GREATER = frozenset(
    {
        *("hundred", "ratus", "puluh", "mươi", "trăm", "labing", "daan", "mia", "cent"),
        *("sau", "ekso", "सौ", "सय", "سو", "একশ", "একশো", "መቶ", "ሀያ", "የሀያ"),
    }
)
_GLUED = frozenset({"ber"})  # "ber8"; in "moto2 kami" the 2 doubles the word


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in a text, its value in each language, and which words are nationalities."""

    text: str
    words: Sequence[Word]
    start: int
    end: int
    values: Mapping[str, str]
    nationalities: frozenset[int]

    def touches(self, place: int) -> bool:
        """Whether only a space parts the word at the place from the one before it."""
        if not 0 < place < len(self.words):
            return False
        gap = _GAP.fullmatch(self.text, self.words[place - 1].end, self.words[place].start)
        return gap is not None

    def is_nationality(self, place: int) -> bool:
        """Whether a nationality begins with the word at the place."""
        return self.touches(place) and self.words[place].start in self.nationalities


class People:
    """Numbers of people, with words for numbers and for people in the languages of the line."""

    def __init__(self, languages: Mapping[str, Mapping[str, Any]]) -> None:
        """Take `people.yml`: for each language, its numbers, and words that say what is counted."""
        self._words = PeopleWords(languages)
        self._spaceless = SpacelessPeople(languages)

    def find(
        self, text: str, words: Sequence[Word], nationalities: frozenset[int]
    ) -> Iterator[Entity]:
        """The numbers of people in a text, as decimal strings.

        `words` are the text's, its digits are ASCII; `nationalities` are the offsets of countries.
        """
        place = 0
        while place < len(words):
            word = words[place]
            if (value := self._words.whole.get(word.key)) and not _is_end(words, place):
                yield Entity("people", value, word.start, word.end)
            length, values = self._number(text, words, place)
            number = _Number(text, words, place, place + length, values, nationalities)
            if values and not _is_end(words, place) and (found := self._people(number)):
                yield Entity("people", found, word.start, words[place + length - 1].end)
            place += length
        yield from self._spaceless.find(text)

    def _number(
        self, text: str, words: Sequence[Word], place: int
    ) -> tuple[int, Mapping[str, str]]:
        word = words[place]
        if not word.key.isdecimal():
            return self._words.number(words, place)
        counts = len(word.key) <= len(str(MOST)) and 1 <= int(word.key) <= MOST
        before = text[word.start - 1 : word.start]
        if not counts or (before and before in _NOT_BEFORE) or _NOT_AFTER.match(text, word.end):
            return 1, {}
        return 1, dict.fromkeys(self._words.languages, str(int(word.key)))

    def _people(self, number: _Number) -> str | None:
        """The number's value in the first language in which it counts people."""
        languages = (*self._counting(number), *self._led(number), *self._alone(number))
        return number.values[languages[0]] if languages else None

    def _counting(self, number: _Number) -> Iterator[str]:
        """The languages in which people are named after the number."""
        words, values, end = number.words, number.values, number.end
        if not number.touches(end):
            return
        yield from self._words.following("counted", words, end, values)
        skip = number.is_nationality(end) or any(
            self._words.following("between", words, end, values)
        )
        if skip and number.touches(end + 1):
            yield from self._words.following("counted", words, end + 1, values)

    def _led(self, number: _Number) -> Iterator[str]:
        """The languages in which "we are" stands before the number, and no unit behind it."""
        words, end = number.words, number.end
        if not number.touches(number.start) or _is_span(words, end):
            return
        for language in self._words.preceding("leads", words, number.start, number.values):
            units = self._words.following("units", words, end, (language,))
            if not (number.touches(end) and any(units)):
                yield language

    def _alone(self, number: _Number) -> Iterator[str]:
        """The languages in which "we" stands before a number that ends the clause."""
        ends = _CLAUSE_END.match(number.text, number.words[number.end - 1].end)
        if number.touches(number.start) and (ends or number.is_nationality(number.end)):
            yield from self._words.preceding("pronouns", number.words, number.start, number.values)


def _is_end(words: Sequence[Word], place: int) -> bool:
    """Whether a number is the end of a greater one or of a word, or said of each of many."""
    if not place:
        return False
    before = words[place - 1]
    if before.key in _EACH or before.key in _GREATER:
        return True
    if not words[place].key.isdecimal():
        return False
    if before.key.isdecimal():  # "12 345"
        return len(words[place].key) == _THOUSANDS
    return before.end == words[place].start and before.key not in _GLUED


def _is_span(words: Sequence[Word], end: int) -> bool:
    """Whether the number is one of two ("we are 17 and 19"): these are ages."""
    following = words[end : end + 2]
    both = [word.key for word in following]
    return len(both) > 1 and both[0] in _AND and both[1].isdecimal()
