"""What somebody chose to look at: a language, a nationality, a day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Self
from urllib.parse import quote, urlencode

from babel import Locale

from bot.content.library import FALLBACK, Library

_COUNTRY: Final = re.compile("[A-Z]{2}")
_ENGLISH: Final = Locale.parse("en_GB")
YEARS: Final = range(2020, 2100)
"""What can be asked for: reviews are reckoned forth and back from it."""


@dataclass(frozen=True, slots=True)
class View:
    """The choice, which every link of a page carries on."""

    language: str
    nationality: str | None
    day: date
    usual_day: date
    """The day that is shown when none is chosen."""

    @classmethod
    def read(cls, query: Mapping[str, str], library: Library, usual_day: date) -> Self:
        """Read it from a page's address; what makes no sense is as if it were not there."""
        language = query.get("language", "")
        if library.language(language) is None:
            others = (found.code for found in library.languages if found.code != FALLBACK)
            language = next(others, FALLBACK)
        nationality = query.get("nationality", "")
        known = bool(_COUNTRY.fullmatch(nationality)) and nationality in _ENGLISH.territories
        try:
            day = date.fromisoformat(query.get("day", ""))
        except ValueError:
            day = usual_day
        if day.year not in YEARS:
            day = usual_day
        return cls(language, nationality if known else None, day, usual_day)

    @property
    def is_usual_day(self) -> bool:
        """Whether no other day was chosen."""
        return self.day == self.usual_day

    def url(self, path: str, **changes: str | None) -> str:
        """Give the address of a page under this choice, but for what changes."""
        query = {
            "language": self.language,
            "nationality": self.nationality,
            "day": None if self.is_usual_day else self.day.isoformat(),
        } | changes
        return f"{quote(path)}?{urlencode({key: value for key, value in query.items() if value})}"


def country_name(code: str) -> str:
    """Give the English name of a country (CLDR)."""
    return str(_ENGLISH.territories.get(code) or code)
