"""Reads what was written after `helpline operator`: names, languages, rotas, days."""

from __future__ import annotations

from datetime import date, timedelta

from babel import Locale
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.cli.store import RefusedError
from bot.cli.tables import printable
from bot.handoff.paging import rota
from bot.handoff.paging.rota import RotaError
from bot.storage import operators
from bot.storage.operators import Operator

LONGEST_NAME = 40
LONGEST_ABSENCE = 366
"""Days in one command: more is a slip of the pen."""
SAME = {"tl": "fil", "in": "id", "iw": "he"}
"""Codes that people use for a language for which the line has another."""

_LANGUAGES = Locale("en").languages


def name(text: str) -> str:
    """A new operator's name."""
    found = " ".join(text.split())
    if not found or len(found) > LONGEST_NAME or printable(found) != found:
        raise RefusedError(f"A name has 1 to {LONGEST_NAME} characters, on one line")
    return found


def languages(text: str) -> list[str]:
    """Codes of languages, in the order in which they were written."""
    codes = [SAME.get(code, code) for code in text.lower().replace(",", " ").split()]
    if not codes:
        raise RefusedError("Which languages do they write? As in --languages id,en")
    for code in codes:
        if code not in _LANGUAGES or not code.isalpha():
            raise RefusedError(
                f"{printable(code)} is no code of a language. Use ISO 639: id is Indonesian, "
                "my Burmese, fil Filipino, zh Chinese"
            )
    return list(dict.fromkeys(codes))


def in_words(codes: list[str]) -> str:
    """Languages by their names."""
    return ", ".join(_LANGUAGES.get(code, code) for code in codes)


def hours(text: str) -> str:
    """A rota, checked, as it is stored."""
    try:
        rota.parse(text)
    except RotaError as error:
        raise RefusedError(f"The rota cannot be read. {str(error).capitalize()}") from None
    return " ".join(text.split())


def day(text: str) -> date:
    """One day; words count from today in Phnom Penh."""
    today = rota.local_day(clock.now())
    relative = {"today": today, "tomorrow": today + timedelta(days=1)}
    try:
        return relative.get(text.strip().lower()) or date.fromisoformat(text.strip())
    except ValueError:
        raise RefusedError(
            f"{printable(text)} is no day. Write {today.isoformat()}, today or tomorrow"
        ) from None


def days(text: str) -> list[date]:
    """A day, or the days from one to another."""
    first, dots, last = text.partition("..")
    begin = day(first)
    end = day(last) if dots else begin
    if end < begin:
        raise RefusedError(f"{text} ends before it begins")
    count = (end - begin).days + 1
    if count > LONGEST_ABSENCE:
        raise RefusedError(f"{text} has {count} days: at most {LONGEST_ABSENCE} at once")
    return [begin + timedelta(days=number) for number in range(count)]


async def member(session: AsyncSession, text: str) -> Operator:
    """The operator of this name, who has not left."""
    found = await operators.by_name(session, " ".join(text.split()))
    if found is None or not found.active:
        there = [row.name for row in await operators.everybody(session) if row.active]
        names = f"There are: {', '.join(there)}" if there else "There is nobody yet"
        raise RefusedError(f"Nobody of the team is called {printable(text)}. {names}")
    return found
