"""Who of the team is on duty, now and in the days to come."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.handoff.paging import rota, team
from bot.handoff.paging.rota import PHNOM_PENH, Rota, RotaError
from bot.storage import operators
from bot.storage.operators import DayOff, Operator, Role

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Member:
    """One who can be on duty: no editor, and nobody who has left."""

    row: Operator
    rota: Rota
    days_off: frozenset[date]
    """Their own and everybody's, days in Phnom Penh."""

    @property
    def bound(self) -> bool:
        """Whether the line knows their account, without which they cannot be called."""
        return self.row.account_hash is not None

    def on_duty(self, now: datetime) -> bool:
        """Whether their rota has them on duty."""
        return rota.on_duty(self.rota, now, self.days_off)


@dataclass(frozen=True, slots=True)
class Strength:
    """How many there are, how many can be called, and how many of those are on duty now."""

    added: int
    bound: int
    on_duty: int


@dataclass(frozen=True, slots=True)
class Watch:
    """A time in which the same people are on duty."""

    begin: datetime
    end: datetime
    members: tuple[Member, ...]

    @property
    def is_gap(self) -> bool:
        """Whether nobody can be called."""
        return not any(member.bound for member in self.members)


async def members(session: AsyncSession, now: datetime) -> list[Member]:
    """All who can be on duty, by name; days off from yesterday on, whose nights last until now."""
    days = await operators.days_off(session, rota.local_day(now) - ONE_DAY)
    everybody = await operators.everybody(session)
    return [member_of(row, days) for row in everybody if is_called(row)]


def member_of(row: Operator, days: Sequence[DayOff]) -> Member:
    """An operator with what their rota says."""
    off = frozenset(day.day for day in days if day.operator_id in {None, row.id})
    try:
        return Member(row, rota.parse(row.rota), off)
    except RotaError:  # written past this command line: the calls count it so, too
        return Member(row, rota.parse("always"), off)


async def strength(session: AsyncSession, now: datetime) -> Strength:
    """How strong the team is now."""
    called = (await team.load(session, now)).members
    added = sum(is_called(row) for row in await operators.everybody(session))
    return Strength(added, len(called), sum(member.on_duty for member in called))


def is_called(row: Operator) -> bool:
    """Whether somebody is of those who are called, once their account is bound."""
    return row.active and row.role != Role.EDITOR.value


def watches(found: Sequence[Member], begin: datetime, end: datetime) -> Iterator[Watch]:
    """Who is on duty from `begin` to `end`, in order; cut at the midnights of Phnom Penh."""
    edges = {begin, end}
    for member in found:
        change = rota.next_change(member.rota, begin, member.days_off)
        while change is not None and change < end:
            edges.add(change)
            change = rota.next_change(member.rota, change, member.days_off)
    day = rota.local_day(begin) + ONE_DAY
    while (midnight := datetime.combine(day, time(), PHNOM_PENH)) < end:
        edges.add(midnight.astimezone(UTC))
        day += ONE_DAY
    # A change may be told in another zone than ours: the same moment is the same edge.
    ordered = sorted({edge.astimezone(UTC) for edge in edges})
    for first, last in itertools.pairwise(ordered):
        on = tuple(member for member in found if member.on_duty(first))
        yield Watch(first, last, on)
