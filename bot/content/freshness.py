"""What becomes of a number that nobody has looked at for long: a way around it, then silence.

Past its review every fact carries its date and a warning (`Voice.marked`). That is not enough for
a number that people call in danger: the emergency numbers then follow the text. Past its review
for WITHHELD_AFTER, no number is shown any more; e-mail addresses, places, sites, hours and
figures are, with their warning: a wrong one costs a walk, a wrong number may be a trafficker's.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, TypeVar

from bot.content.directory import Directory, Entry, Phone, Service, Use
from bot.content.voice import Voice

WITHHELD_AFTER: Final = timedelta(days=180)
"""How long past its review a number is still shown. Numbers of embassies live for years; after
half a year without a look, and the 30 or 90 days before it, we no longer stand for them."""

EntryT = TypeVar("EntryT", bound=Entry)


@dataclass(slots=True)
class Numbers:
    """The numbers that one text shows or lacks; it begins empty with each rendering."""

    voice: Voice
    _shown: set[str] = field(default_factory=set)
    _fall_back: bool = False

    def first(self, entry: Entry, *uses: Use) -> str | None:
        """Write the best number for the first of these uses; None when there is none to show."""
        first = entry.phone(*uses)
        phone = _freshest(vouched(entry, self.voice.today), uses, self.voice.today)
        if first and (phone is None or (_is_urgent(first) and not _is_urgent(phone))):
            self._fall_back = True
        return self.show(entry, phone) if phone else None

    def show(self, entry: Entry, phone: Phone) -> str:
        """Write a number out, with every doubt about it."""
        self._shown.add(phone.number)
        # From the emergency numbers there is nothing to fall back to. One would lead to the other,
        # and whoever thinks of suicide, and reads of the ambulance, from it to the police.
        if (
            _is_urgent(phone)
            and phone.evidence.is_past_review(self.voice.today)
            and not _is_fallback(entry, phone)
        ):
            self._fall_back = True
        return self.voice.phone(phone)

    def withheld(self) -> None:
        """Note that a number was left out because of its age."""
        self._fall_back = True

    def followed(self, text: str) -> str:
        """Give the text, and after it the emergency numbers if a number of it may be dead."""
        if not self._fall_back:
            return text
        voice = self.voice
        numbers = [
            f"{voice.text(service.name)} {voice.phone(phone)}"
            for service, phone in fallbacks(voice.library.directory, voice.today)
            if phone.number not in self._shown
        ]
        if not numbers:
            return text
        return f"{text}\n\n{voice.say('fallback_numbers', numbers=', '.join(numbers))}"


def vouched(entry: EntryT, today: date) -> EntryT:
    """Give an entry with those of its numbers that may still be shown."""
    phones = tuple(phone for phone in entry.phones if not _is_withheld(entry, phone, today))
    return entry if phones == entry.phones else dataclasses.replace(entry, phones=phones)


def fallbacks(directory: Directory, today: date) -> tuple[tuple[Service, Phone], ...]:
    """Give the emergency numbers, those not past their review first.

    When all are past it they are given all the same: there is nothing else.
    """
    found = [
        (service, phone)
        for service in directory.services.values()
        if service.fallback and (phone := service.phone(Use.EMERGENCY))
    ]
    return tuple(sorted(found, key=lambda pair: pair[1].evidence.is_past_review(today)))


def _freshest(entry: Entry, uses: tuple[Use, ...], today: date) -> Phone | None:
    """Give the first number that is not past its review for the first use that has any number."""
    for use in uses:
        found = [phone for phone in entry.phones if use in phone.uses]
        if found:
            return min(found, key=lambda phone: phone.evidence.is_past_review(today))
    return None


def _is_withheld(entry: Entry, phone: Phone, today: date) -> bool:
    # Not `review_by + ...`: a day far in the future would leave the calendar.
    return not _is_fallback(entry, phone) and today - phone.evidence.review_by > WITHHELD_AFTER


def _is_urgent(phone: Phone) -> bool:
    return Use.EMERGENCY in phone.uses


def _is_fallback(entry: Entry, phone: Phone) -> bool:
    return isinstance(entry, Service) and entry.fallback and _is_urgent(phone)
