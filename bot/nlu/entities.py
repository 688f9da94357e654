"""Finds what a text names: countries and nationalities, towns of Cambodia, phone numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

import phonenumbers
import yaml
from babel import Locale, UnknownLocaleError

from bot.domain.understanding import Entity

LONGEST = 5000
"""Code points of a text that are searched; Telegram sends 4,096 at most."""

HOST_COUNTRY = "KH"
"""Where the line is: numbers without a country code are of here, and its name says nothing."""

_WORD = re.compile(r"\w+")
_MOST_WORDS = 5
_CODE_LENGTH = 2
_NOT_NATIONAL = frozenset({HOST_COUNTRY, "ZZ", "XA", "XB", "EU", "EZ", "UN", "QO"})
_PARENTHESES = re.compile("[()]")


class GazetteerError(Exception):
    """A file of names can't be read; the message names the file."""


class Gazetteer:
    """Names of places as people write them, in the languages that the line speaks.

    A name is found as whole words, whatever their case, accents and apostrophes; the longest
    name wins ("South Sudan", not "Sudan").
    """

    def __init__(
        self,
        countries: Mapping[str, str],
        towns: Mapping[str, str],
        exact: Mapping[str, str] | None = None,
    ) -> None:
        """Take name to ISO 3166-1 code, name to town, and exactly written name to code."""
        self._names = {key: ("country", code) for n, code in countries.items() if (key := _key(n))}
        self._names |= {key: ("city", town) for n, town in towns.items() if (key := _key(n))}
        self._exact = dict(exact or {})
        self._exact_reader = _whole_words(self._exact)
        # Scripts without spaces have no words to match; their names may stand anywhere.
        spaceless = {n: v for n, v in (*countries.items(), *towns.items()) if _is_han(n)}
        self._spaceless = {n: self._names[_key(n)] for n in spaceless}

    @classmethod
    def load(cls, folder: Path, languages: tuple[str, ...] = ("en", "id")) -> Self:
        """Read `nlu/entities` and CLDR's names of countries. Raises GazetteerError."""
        own = _read(folder / "countries.yml")
        exact = _read(folder / "exact.yml")
        excluded = _read(folder / "not_countries.yml")
        towns = _read(folder / "towns.yml")
        countries: dict[str, str] = {}
        for language in languages:
            left_out = {_key(name) for name in excluded.get(language, [])}
            names = _cldr_countries(language).items()
            countries |= {name: code for name, code in names if _key(name) not in left_out}
        countries |= {name: code for code, names in own.items() for name in names}
        return cls(
            countries,
            {name: town for town, names in towns.items() for name in names},
            {name: code for code, names in exact.items() for name in names},
        )

    def find(self, text: str) -> tuple[Entity, ...]:
        """Everything named in the first LONGEST code points, in the order of the text."""
        text = text[:LONGEST]
        found = [*self._places(text), *self._exactly(text), *_phones(text)]
        return tuple(sorted(found, key=lambda entity: (entity.start, -entity.end)))

    def _places(self, text: str) -> Iterator[Entity]:
        words = list(_WORD.finditer(text))
        keys = [_fold(word.group()) for word in words]
        first = 0
        while first < len(words):
            for count in range(min(_MOST_WORDS, len(words) - first), 0, -1):
                if known := self._names.get(" ".join(keys[first : first + count])):
                    yield Entity(*known, words[first].start(), words[first + count - 1].end())
                    first += count
                    break
            else:
                first += 1
        for name, known in self._spaceless.items():
            for match in re.finditer(re.escape(name), text):
                yield Entity(*known, match.start(), match.end())

    def _exactly(self, text: str) -> Iterator[Entity]:
        if self._exact_reader:
            for match in self._exact_reader.finditer(text):
                yield Entity("country", self._exact[match.group()], match.start(), match.end())


def _phones(text: str) -> Iterator[Entity]:
    for match in phonenumbers.PhoneNumberMatcher(text, HOST_COUNTRY):
        value = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        yield Entity("phone", value, match.start, match.end)


def _cldr_countries(language: str) -> dict[str, str]:
    try:
        territories = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return {}
    return {
        name: code
        for code, name in territories.items()
        if len(code) == _CODE_LENGTH
        and code.isalpha()
        and code not in {HOST_COUNTRY, "ZZ", "EU", "UN"}
    }


def _key(name: str) -> str:
    return " ".join(_fold(word) for word in _WORD.findall(name))


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _is_han(name: str) -> bool:
    return any("\u3400" <= c <= "\u9fff" for c in name)


def _whole_words(names: Mapping[str, str]) -> re.Pattern[str] | None:
    if not names:
        return None
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _read(path: Path) -> dict[str, list[str]]:
    try:
        read: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise GazetteerError(f"{path} can't be read ({type(error).__name__})") from error
    if not isinstance(read, dict) or not all(isinstance(v, list) for v in read.values()):
        raise GazetteerError(f"{path} must hold a list of names for each key")
    return read
