"""The only reader of the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

_offset = timedelta(0)


def now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC) + _offset


def today() -> date:
    """The date now, in UTC."""
    return now().date()


def this_hour() -> datetime:
    """The hour that it is, in UTC: what is stored of the time at which somebody wrote."""
    return hour_of(now())


def hour_of(moment: datetime) -> datetime:
    """The hour in which a moment lies."""
    return moment.replace(minute=0, second=0, microsecond=0)


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Move the clock for a test."""
    global _offset  # noqa: PLW0603 - there is one clock
    before = _offset
    _offset += by
    try:
        yield
    finally:
        _offset = before
