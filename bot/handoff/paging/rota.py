"""When an operator is on duty: the rota as people write it, read and asked about.

    always
    never
    mon-fri 08:00-12:00 13:00-18:00; sat 20:00-02:00; sun 00:00-24:00

All hours are of Phnom Penh, where operators and contacts live by the same clock. A shift belongs
to the day on which it begins: one over midnight goes on into the next day, and a day off ends
the shifts that begin on it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

PHNOM_PENH: Final = ZoneInfo("Asia/Phnom_Penh")
"""UTC+7, all year round."""
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST: Final = 500
"""Most characters of a rota: twice what seven days of three shifts take."""

_DAY_MINUTES: Final = 24 * 60
_HOUR_MINUTES: Final = 60
_WEEK: Final = timedelta(days=7)
_ONE_DAY: Final = timedelta(days=1)


class RotaError(ValueError):
    """A rota cannot be read; the message names the place and the mend."""

    def __init__(self, column: int, what: str, mend: str) -> None:
        super().__init__(f"character {column}: {what}; {mend}")
        self.column = column
        """Where it is, from 1."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours that begin on one day of the week, in minutes from that day's midnight."""

    day: int
    """0 is Monday."""
    start: int
    end: int
    """After `start`; beyond 1440 when it goes on into the next day."""


@dataclass(frozen=True, slots=True)
class Rota:
    """All shifts of a week. They may overlap."""

    shifts: tuple[Shift, ...]


def parse(text: str) -> Rota:
    """Read a rota; capitals and spaces do not matter.

    Raises:
        RotaError: it is not one.
    """
    if len(text) > LONGEST:
        raise RotaError(LONGEST + 1, f"it is longer than {LONGEST} characters", "shorten it")
    return _Reader(text).rota()


def on_duty(rota: Rota, now: datetime, days_off: Collection[date] = ()) -> bool:
    """Whether somebody with this rota is on duty. `days_off` are days in Phnom Penh."""
    today = local_day(now)
    # One that began yesterday may go on over midnight.
    return any(
        begin <= now < end
        for day in (today - _ONE_DAY, today)
        for begin, end in _hours(rota, day, days_off)
    )


def next_change(rota: Rota, now: datetime, days_off: Collection[date] = ()) -> datetime | None:
    """When they next come on duty, or go off it; None when that never happens."""
    before = on_duty(rota, now, days_off)
    # After the last day off and a week every hour of the week has been seen.
    last = max((*days_off, local_day(now))) + _WEEK + _ONE_DAY
    day = local_day(now) - _ONE_DAY
    while day <= last:
        edges = sorted({edge for hours in _hours(rota, day, days_off) for edge in hours})
        # A day off begins without an edge of its own: the shift before it has one.
        for edge in edges:
            if edge > now and on_duty(rota, edge, days_off) != before:
                return edge
        day += _ONE_DAY
    return None


def local_day(now: datetime) -> date:
    """The date in Phnom Penh."""
    return now.astimezone(PHNOM_PENH).date()


def _hours(
    rota: Rota, day: date, days_off: Collection[date]
) -> Iterator[tuple[datetime, datetime]]:
    """When the shifts that begin on a day begin and end."""
    if day in days_off:
        return
    midnight = datetime.combine(day, time(), PHNOM_PENH)
    for shift in rota.shifts:
        if shift.day == day.weekday():
            yield (
                midnight + timedelta(minutes=shift.start),
                midnight + timedelta(minutes=shift.end),
            )


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    column: int

    @property
    def shown(self) -> str:
        return f"`{self.text}`" if self.text else "the end"


class _Reader:
    """Reads a rota from left to right."""

    _TOKEN: Final = re.compile(r"[0-9]+[:.][0-9]+|[^\W\d_]+|[^\W_]+|[-,;]|\S")
    _TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})")
    # Phones make a dash of two hyphens, or of one between spaces.
    _DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))

    def __init__(self, text: str) -> None:
        plain = text.translate(self._DASHES)
        found = [
            _Token(match[0].lower(), match.start() + 1) for match in self._TOKEN.finditer(plain)
        ]
        self._tokens = [*found, _Token("", len(plain.rstrip()) + 1)]
        self._at = 0

    def rota(self) -> Rota:
        alone = self._next.text
        if alone in {"always", "never"}:
            self._take()
            self._end_of_rota(f"`{alone}` stands alone")
            whole = range(len(DAYS)) if alone == "always" else ()
            return Rota(tuple(Shift(day, 0, _DAY_MINUTES) for day in whole))
        shifts: list[Shift] = []
        while True:
            days = self._days()
            hours = self._shifts()
            shifts += [Shift(day, start, end) for day in days for start, end in hours]
            if not self._skip(";"):
                self._end_of_rota("write hours as 08:00-12:00, and `;` before other days")
            if not self._next.text:
                return Rota(tuple(shifts))

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _skip(self, text: str) -> bool:
        if self._next.text != text:
            return False
        self._at += 1
        return True

    def _wrong(self, what: str, mend: str) -> RotaError:
        return RotaError(self._next.column, what, mend)

    def _end_of_rota(self, mend: str) -> None:
        if self._next.text:
            raise self._wrong(f"{self._next.shown} is not expected here", mend)

    def _days(self) -> list[int]:
        days: list[int] = []
        while True:
            first = self._day()
            last = self._day() if self._skip("-") else first
            # `sat-mon` goes over the end of the week.
            days += [(first + step) % len(DAYS) for step in range((last - first) % len(DAYS) + 1)]
            if not self._skip(","):
                return days

    def _day(self) -> int:
        if self._next.text not in DAYS:
            what = f"{self._next.shown} is no day of the week"
            mend = f"use {', '.join(DAYS)}, or `always` or `never` alone"
            raise self._wrong(what, mend)
        return DAYS.index(self._take().text)

    def _shifts(self) -> list[tuple[int, int]]:
        hours = [self._hours()]
        while self._next.text[:1].isdigit():
            hours.append(self._hours())
        return hours

    def _hours(self) -> tuple[int, int]:
        place = self._next.column
        start = self._time()
        if not self._skip("-"):
            mend = "write the shift's beginning and end as 08:00-12:00"
            raise self._wrong(f"{self._next.shown} instead of `-`", mend)
        end = self._time()
        if start == _DAY_MINUTES:
            raise RotaError(place, "no shift begins at 24:00", "write 00:00 and the next day")
        if start == end:
            mend = "write 00:00-24:00 for a whole day"
            raise RotaError(place, "the shift ends when it begins", mend)
        return start, end if end > start else end + _DAY_MINUTES

    def _time(self) -> int:
        found = self._TIME.fullmatch(self._next.text)
        hours, minutes = (int(found[1]), int(found[2])) if found else (_DAY_MINUTES, 0)
        total = hours * _HOUR_MINUTES + minutes
        if minutes >= _HOUR_MINUTES or total > _DAY_MINUTES:
            mend = "write hours and minutes from 00:00 to 24:00"
            raise self._wrong(f"{self._next.shown} is no time of day", mend)
        self._take()
        return total
