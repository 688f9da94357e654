"""How one language says what is not a text of its own: phrases, dates, countries, doubts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from bot.content.directory import Confidence, Evidence, Localized, Phone, localized
from bot.content.library import FALLBACK, Library

_DAY_FIRST: Final = {"en": "en_GB"}
"""Regions that stand for a language: readers of English here are rarely from the United States."""
_LEFT_TO_RIGHT: Final = "\u200e"
"""Among words that are read from right to left, the groups of a number would change places without
this mark: +855 12 813 282 would be read, and dialled, as 282 813 12 855 (Unicode's UAX #9)."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A library in one language on one day."""

    library: Library
    language: str
    today: date

    def say(self, key: str, **slots: str) -> str:
        """Say a phrase; one that nobody has written gives the phrase `no_answer` instead."""
        phrase = self.library.phrase(key, self.language)
        phrase = phrase or self.library.phrase("no_answer", self.language)
        return phrase.fill(slots) if phrase else ""

    def text(self, texts: Localized) -> str:
        """Give a localised text of the directory."""
        return localized(texts, self.language)

    def day(self, day: date) -> str:
        """Write a date out, so that nobody takes the day for the month."""
        return format_date(day, format="long", locale=_locale(self.language))

    def country(self, code: str) -> str:
        """Give the name of a country (CLDR); its code when there is no name."""
        return _locale(self.language).territories.get(code) or code

    def phone(self, phone: Phone) -> str:
        """Write a number with every doubt about it."""
        number = phone.international()
        language = self.library.language(self.language)
        if language and language.direction == "rtl":
            number = f"{_LEFT_TO_RIGHT}{number}"
        return self.marked(number, phone.evidence)

    def marked(self, text: str, evidence: Evidence) -> str:
        """Add to a fact that it is not confirmed, or that it is past its review."""
        marks = []
        if evidence.confidence is Confidence.LOW:
            marks.append(self.say("not_confirmed"))
        if evidence.is_past_review(self.today):
            marks.append(self.say("out_of_date_warning", date=self.day(evidence.verified_on)))
        return " ".join((text, *marks))


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(_DAY_FIRST.get(language, language))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(FALLBACK)
