"""The directory: typed facts about missions, services and figures, each with its evidence.

A phone number exists once, here; every text renders it from here. Nothing in this module
knows a language: what a reader sees is made in `render` and `card`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeAlias

import phonenumbers

Localized: TypeAlias = Mapping[str, str]
"""A text by language code; `en` is always there. A text that is the same everywhere has only it."""

SHORT_CODES: Final = frozenset({"117", "118", "119", "1280", "1288"})
"""Numbers dialled as they are inside Cambodia (Telecommunication Regulator of Cambodia)."""


class Confidence(StrEnum):
    """How well the sources support a fact; a low one is never shown as certain."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Use(StrEnum):
    """What a phone number is for. One number can have several uses."""

    EMERGENCY = "emergency"
    OFFICE = "office"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read."""

    title: str
    date: str
    """As the source gives it: a day, a month, a year, `undated`."""
    url: str | None = None
    ref: str | None = None
    """Where to find a source that has no address of its own."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a fact is believed, since when, and when somebody must look again."""

    confidence: Confidence
    verified_on: date
    """The day on which the sources were read; `checked_by` says whether anybody tried the fact."""
    review_by: date
    """The last day on which the fact is shown without a warning."""
    checked_by: str = "nobody"
    owner: str = "editors"
    sources: tuple[Source, ...] = ()

    def is_past_review(self, today: date) -> bool:
        """Say whether the fact is overdue for a new look."""
        return today > self.review_by

    @property
    def was_checked(self) -> bool:
        """Whether a person called the number or asked the office."""
        return self.checked_by != "nobody"


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number: E.164 or a Cambodian short code."""

    number: str
    uses: tuple[Use, ...]
    evidence: Evidence
    line: int = 0
    """Line of the number in its file, for the checker."""

    @property
    def is_short_code(self) -> bool:
        """Whether the number is dialled as it is, inside Cambodia only."""
        return not self.number.startswith("+")

    def international(self) -> str:
        """Write the number as people dial it: `+855 23 217 934`, a short code as it is."""
        if self.is_short_code:
            return self.number
        return _international(self.number)

    def is_valid(self) -> bool:
        """Say whether the numbering plan of its country knows such a number."""
        if self.is_short_code:
            return self.number in SHORT_CODES
        return phonenumbers.is_valid_number(phonenumbers.parse(self.number))


@dataclass(frozen=True, slots=True)
class Entry:
    """What missions and services have in common: how to reach them, and the evidence."""

    id: str
    name: Localized
    kind: str
    evidence: Evidence
    city: str | None = None
    address: Localized | None = None
    phones: tuple[Phone, ...] = ()
    emails: tuple[str, ...] = ()
    website: str | None = None
    hours: Localized | None = None
    note: str | None = None
    """For editors; never shown to a contact."""
    file: str = ""
    line: int = 0

    def phone(self, *uses: Use) -> Phone | None:
        """Give the first number for the first of these uses that there is a number for."""
        for use in uses:
            for phone in self.phones:
                if use in phone.uses:
                    return phone
        return None


@dataclass(frozen=True, slots=True)
class Mission(Entry):
    """An embassy, a consulate, or the line that stands in for one."""

    country: str = ""
    """The nationality it serves, ISO 3166-1 alpha-2."""
    city_country: str | None = None
    resident: bool = True
    """Whether it is in Cambodia."""


@dataclass(frozen=True, slots=True)
class Service(Entry):
    """A number, an authority, a shelter, a hospital, a web site: anything that is no mission."""

    what: str | None = None
    for_whom: str | None = None
    languages: tuple[str, ...] = ()
    fallback: bool = False
    """Whether its emergency number is given when another number may be dead."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A price, a time or a number of days that texts quote."""

    id: str
    value: Localized
    evidence: Evidence
    note: str | None = None
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Directory:
    """All facts, with the look-ups that flows and texts need."""

    all_missions: tuple[Mission, ...]
    services: Mapping[str, Service]
    figures: Mapping[str, Figure]
    not_found: tuple[str, ...] = ()
    """Nationalities whose mission was looked for and not found."""

    def missions(self, country: str) -> tuple[Mission, ...]:
        """Give the missions that serve a nationality, those in Cambodia first."""
        found = [mission for mission in self.all_missions if mission.country == country]
        return tuple(sorted(found, key=lambda mission: not mission.resident))

    def mission(self, mission_id: str) -> Mission | None:
        """Give one mission by its id."""
        return next((found for found in self.all_missions if found.id == mission_id), None)

    def service(self, service_id: str) -> Service | None:
        """Give one service by its id."""
        return self.services.get(service_id)

    def countries(self) -> tuple[str, ...]:
        """Give the nationalities that have a mission, in alphabetical order of their codes."""
        return tuple(sorted({mission.country for mission in self.all_missions}))


@lru_cache(maxsize=1024)
def _international(number: str) -> str:
    parsed = phonenumbers.parse(number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def localized(texts: Localized, language: str) -> str:
    """Give a text in a language, or in English when it is not there in that language."""
    return texts.get(language) or texts["en"]
