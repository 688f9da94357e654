"""All that is found in a text without a model: places, people, days, phone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Self

from babel import Locale, UnknownLocaleError

from bot.domain.understanding import Entity
from bot.nlu.entities.affixes import Affixes
from bot.nlu.entities.dates import Dates, weekdays
from bot.nlu.entities.files import GazetteerError, read_lists, read_mappings
from bot.nlu.entities.languages import Languages, is_spoken
from bot.nlu.entities.names import Known, Names
from bot.nlu.entities.people import People
from bot.nlu.entities.phones import HOST_COUNTRY, phones
from bot.nlu.entities.safe import Safe
from bot.nlu.entities.words import ascii_digits, plain, words

LONGEST = 5000
"""Code points of a text that are searched; Telegram sends 4,096 at most."""

LANGUAGES = ("en", "id", "zh", "hi", "ur", "bn", "ne", "vi", "th", "my", "fil", "sw", "am", "fr")
"""The languages of the line; names of countries, months and weekdays come from CLDR in these."""

_CODE_LENGTH = 2
_SHORTEST = 4  # signs of one of the two names in "Myanmar (Burma)"; "金" in "刚果（金）" is none
_NOT_NATIONAL = frozenset({HOST_COUNTRY, "ZZ", "XA", "XB", "EU", "EZ", "UN", "QO"})
_PARENTHESES = re.compile("[()（）]")
# "Nepali" in "write in Nepali language" is no country.
_LANGUAGE_BEFORE = re.compile(
    r"(?:ภาษา|\b(?:tiếng|tieng|bahasa|bhs|lugha ya|langue|parle|speak)\s+)$", re.IGNORECASE
)
_LANGUAGE_AFTER = re.compile(
    r"\s*(?:[文语語话話]|စကား|language|bhasha|vasha|bhasa|zaban|zuban|भाषा|زبان|ভাষা|ቋንቋ|quanqua)",
    re.IGNORECASE,
)


class Gazetteer:
    """Kinds: `country`, `city`, `language`, `safe`, `phone`, `people` and `date`; see `find`.

    A name is found as whole words, whatever their case, accents and apostrophes, and anywhere in
    scripts without spaces; the longest name wins ("South Sudan", not "Sudan").
    """

    def __init__(
        self,
        names: Names,
        exact: Mapping[str, str],
        people: People,
        dates: Dates,
        said: tuple[Languages, Safe],
    ) -> None:
        """Take the names, exactly written name to country, and the readers of other things."""
        self._names = names
        self._languages, self._safe = said
        self._exact = dict(exact)
        self._exact_reader = _whole_words(self._exact)
        self._people = people
        self._dates = dates

    @classmethod
    def load(cls, folder: Path, languages: tuple[str, ...] = LANGUAGES) -> Self:
        """Read `nlu/entities` and CLDR; about 0.3 s. Raises GazetteerError."""
        own = read_lists(folder / "countries.yml")
        exact = read_lists(folder / "exact.yml")
        excluded = read_lists(folder / "not_countries.yml")
        towns = read_lists(folder / "towns.yml") | read_lists(folder / "border_places.yml")
        days = read_lists(folder / "days.yml")
        silent = excluded.pop("phrases", [])
        names: dict[str, Known] = dict(_of_cldr(languages, excluded))
        names |= {name: ("date", day) for name, day in weekdays(languages).items()}
        for kind, known in (("country", own), ("city", towns), ("date", days)):
            names |= {name: (kind, value) for value, forms in known.items() for name in forms}
        names |= dict.fromkeys(silent)
        affixes = {
            script: Affixes.of(told["least"], told["endings"], told.get("prefixes", []))
            for script, told in read_mappings(folder / "affixes.yml").items()
        }
        people = _people(folder / "people.yml")
        return cls(
            Names(names, affixes),
            {name: code for code, forms in exact.items() for name in forms},
            people,
            Dates(languages),
            (
                Languages(read_lists(folder / "languages.yml"), languages),
                Safe.load(folder / "safe.yml"),
            ),
        )

    def find(self, text: str) -> tuple[Entity, ...]:
        """Everything named in the first LONGEST code points, in the order of the text.

        A `country` is its ISO 3166-1 code, a `phone` E.164, `people` a decimal number. A `date` is
        ISO 8601 without what is not said ("2025-05-12", "--05-12"), or "today", "tomorrow",
        "tonight", "monday" ... as it stands there: what day that is, the clock must say. A
        `language` is the one that is asked for, ISO 639; `safe` is "true" or "false" when the whole
        text says no more than that.
        """
        text = ascii_digits(text[:LONGEST])
        found = words(text)
        named = list(self._names.find(text, found))
        named += [e for e in self._exactly(text) if not _overlaps(e, named)]
        languages = self._languages.named(text, found)
        spoken = [name for name in languages if is_spoken(text, name)]
        named = [e for e in named if not _is_language(text, e, spoken)]
        dates = list(self._dates.find(text))
        numbers = [e for e in phones(text) if not _overlaps(e, dates)]
        taken = dates + numbers
        nationalities = frozenset(e.start for e in named if e.kind == "country")
        people = self._people.find(text, found, nationalities)
        named += taken + [e for e in people if not _overlaps(e, taken)]
        countries = [e for e in named if e.kind == "country"]
        named += [*self._languages.told(text, languages, countries), *self._safe.find(text)]
        return tuple(sorted(named, key=lambda entity: (entity.start, -entity.end)))

    def _exactly(self, text: str) -> Iterator[Entity]:
        if self._exact_reader is None or text.isupper():
            return
        for match in self._exact_reader.finditer(text):
            if not (_is_shouted(text, match) or _is_opening(text, match)):
                yield Entity("country", self._exact[match.group()], match.start(), match.end())


def _people(path: Path) -> People:
    try:
        return People(read_mappings(path))
    except (AttributeError, KeyError, TypeError) as error:
        raise GazetteerError(f"{path} lacks something ({error})") from error


def _of_cldr(
    languages: Iterable[str], excluded: Mapping[str, list[str]]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """CLDR's names of countries, but for what is another word in any of the languages."""
    left_out = {
        form for names in excluded.values() for name in names for form in (name, plain(name))
    }
    left_out.discard("")
    for language in (*languages, "zh_Hant"):
        for code, name in _territories(language).items():
            if len(code) != _CODE_LENGTH or not code.isalpha() or code in _NOT_NATIONAL:
                continue
            for form in _variants(name):
                if form not in left_out and plain(form) not in left_out:
                    yield form, ("country", code)


def _variants(name: str) -> Iterator[str]:
    """A name of CLDR, and the two that "Myanmar (Burma)" holds."""
    yield name
    outside, *inside = _PARENTHESES.split(name)
    for form in (outside.strip(), *(part.strip() for part in inside)):
        if len(form) >= _SHORTEST and form != name:
            yield form


def _territories(language: str) -> Mapping[str, str]:
    try:
        found: Mapping[str, str] = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return {}
    return found


def _whole_words(names: Mapping[str, str]) -> re.Pattern[str] | None:
    if not names:
        return None
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


_SHOUT = re.compile(r"[A-Z]{3,}\W+$")
_LOWER_NEXT = re.compile(r"\s+[a-zà-ỹ]")


def _is_shouted(text: str, match: re.Match[str]) -> bool:
    """Whether a name in capitals follows a word in capitals ("HELP US")."""
    before = text[max(0, match.start() - 20) : match.start()]
    return match.group().isupper() and _SHOUT.search(before) is not None


def _is_opening(text: str, match: re.Match[str]) -> bool:
    """Whether a capital may only begin a sentence ("Mali ang": Filipino for "it is wrong")."""
    opens = not text[: match.start()].strip()
    return (
        opens and not match.group().isupper() and _LOWER_NEXT.match(text, match.end()) is not None
    )


def _is_language(text: str, entity: Entity, spoken: Iterable[Entity]) -> bool:
    if entity.kind != "country":
        return False
    if _overlaps(entity, spoken):
        return True
    before = text[max(0, entity.start - 12) : entity.start]
    return bool(_LANGUAGE_BEFORE.search(before) or _LANGUAGE_AFTER.match(text, entity.end))


def _overlaps(entity: Entity, others: Iterable[Entity]) -> bool:
    return any(entity.start < other.end and other.start < entity.end for other in others)
