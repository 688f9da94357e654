"""Finds dates that are written out, in the fourteen languages; needs no clock."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from babel import Locale

from bot.domain.understanding import Entity

# Twentieth-century years of birth, and the years that people here speak of.
_OLDEST, _NEWEST = 1900, 2099
_BUDDHIST = 543  # years that Thailand counts more
_CENTURY = 2000
_MONTHS, _DAYS = 12, 31
_LEAP = 2000  # any leap year: a date without a year may be 29 February
_SHORT: Mapping[str, int] = {
    "feb": 2, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11,
    "dec": 12, "janv": 1, "févr": 2, "juil": 7, "déc": 12, "agst": 8, "agt": 8,
    "okt": 10, "des": 12,
}  # fmt: skip
# Vietnamese and Chinese count their months; the others' names also mean something else.
_COUNTED = frozenset({"vi", "zh"})
_AMBIGUOUS = frozenset({"may", "march", "mars", "mei", "mai", "मे", "मार्च", "মে"})
_YEAR = r"(?:[\s,]*(?:de |of |tahun |năm |พ\.ศ\. ?|ปี )?(?P<year>(?:19|20|25)\d\d)(?!\d))?"
_NUMERIC = re.compile(
    r"(?<![\d./-])(?:(?P<y>20\d\d)([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})([-/.])(?P<m2>\d{1,2})\6(?P<y2>(?:19|20|25)\d\d|\d\d))(?![\d/-])(?!\.\d)"
)
_CHINESE = re.compile(
    r"(?:(?P<year>20\d\d)\s*年\s*)?(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号號]"
)
_VIETNAMESE = re.compile(
    r"(?:ngày|ngay|mùng|mung|hôm)\s+(?P<day>\d{1,2})\s*(?:tháng|thang|/|-)\s*(?P<month>\d{1,2})"
    r"(?:\s*(?:năm|nam|/|-)\s*(?P<year>(?:19|20)\d\d))?(?!\d)",
    re.IGNORECASE,
)


class Dates:
    """Dates as ISO 8601; what the text leaves out is left out.

    "2025-05-12", and "--05-12" for 12 May of a year that is not said.
    """

    def __init__(self, languages: Iterable[str]) -> None:
        """Read the months' names of the languages from CLDR."""
        self._months = _months(languages)
        names = sorted(self._months, key=len, reverse=True)
        month = f"(?P<month>{'|'.join(map(re.escape, names))})"
        full = [name for name in names if name not in _SHORT]
        first = f"(?P<month>{'|'.join(map(re.escape, full))})"
        self._readers = (
            re.compile(
                r"(?<![\d.,:/$])(?P<day>\d{1,2})(?:st|nd|rd|th|er)?[\s-]*(?:de |of |ng )?"
                rf"{month}\.?(?![^\W\d_])(?!\s+be\b){_YEAR}",
                re.IGNORECASE,
            ),
            re.compile(
                rf"(?<![^\W\d_]){first}(?:လ|\s)\s*(?P<day>\d{{1,2}})(?P<th>st|nd|rd|th)?"
                rf"(?![\d.:%$])(?!\s*[/-]\s*\d){_YEAR}",
                re.IGNORECASE,
            ),
            _CHINESE,
            _VIETNAMESE,
        )

    def find(self, text: str) -> Iterator[Entity]:
        """The dates of a text, which has ASCII digits (`ascii_digits`)."""
        if not any(c in "0123456789" for c in text):
            return
        for match in _NUMERIC.finditer(text):
            year = match["y"] or match["y2"]
            day, month = int(match["d"] or match["d2"]), int(match["m"] or match["m2"])
            if month > _MONTHS and match["d2"]:  # as Americans write it
                day, month = month, day
            if value := _iso(year, month, day):
                yield Entity("date", value, match.start(), match.end())
        for reader in self._readers:
            for match in reader.finditer(text):
                named = self._month(match["month"])
                if named is None or _is_doubtful(match):
                    continue
                if value := _iso(match["year"], named, int(match["day"])):
                    yield Entity("date", value, match.start(), match.end())

    def _month(self, name: str) -> int | None:
        """The month's number; None for a name that only looks alike ("APRİL", with a dotted i)."""
        return int(name) if name.isdecimal() else self._months.get(name.lower())


def weekdays(languages: Iterable[str]) -> dict[str, str]:
    """The languages' names of the days of the week, from CLDR, and the English one of each."""
    english = Locale.parse("en").days["format"]["wide"]
    return {
        name: english[day].lower()
        for language in languages
        for day, name in Locale.parse(language).days["format"]["wide"].items()
        if name not in {"Minggu", "Linggo"}  # a week, too
    }


def _is_doubtful(match: re.Match[str]) -> bool:
    """Whether a month's name before a number is more likely another word ("they may 3")."""
    groups = match.groupdict()
    if "th" not in groups or groups["th"] or groups["year"]:
        return False
    name = groups["month"]
    return name.lower() in _AMBIGUOUS and not name[0].isupper()


def _months(languages: Iterable[str]) -> dict[str, int]:
    months = dict(_SHORT)
    for language in languages:
        if language in _COUNTED:
            continue
        named = Locale.parse(language).months
        for context in ("format", "stand-alone"):
            for number, name in named[context]["wide"].items():
                months[name.lower()] = months[_bare(name)] = number
        if language == "th":
            months |= {name: n for n, name in named["format"]["abbreviated"].items()}
    return months


def _bare(name: str) -> str:
    if name[0] > "\u024f":
        return name.lower()
    decomposed = unicodedata.normalize("NFD", name.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _iso(year: str | None, month: int, day: int) -> str | None:
    """The date in ISO 8601; None when there is no such day."""
    if not (1 <= month <= _MONTHS and 1 <= day <= _DAYS):
        return None
    number = _LEAP if year is None else int(year)
    if year is not None:
        number += _CENTURY if len(year) == 2 else 0  # noqa: PLR2004 - "25" is 2025
        number -= _BUDDHIST if number > _NEWEST else 0
        if not _OLDEST <= number <= _NEWEST:
            return None
    try:
        date = dt.date(number, month, day)
    except ValueError:
        return None
    return f"--{month:02}-{day:02}" if year is None else date.isoformat()
