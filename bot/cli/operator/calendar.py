"""`helpline operator off|on|rota`: days off, and who is on duty when."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rich.console import Console
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.cli import duty, store, tables
from bot.cli.duty import Member, Watch
from bot.cli.operator import read
from bot.cli.operator.listed import NOBODY
from bot.cli.store import ACTOR
from bot.handoff.paging import rota
from bot.handoff.paging.rota import PHNOM_PENH
from bot.storage import installation, operators
from bot.storage.operators import DayOff, Operator

AHEAD = timedelta(days=7)
"""How far `rota` looks."""


async def off(options: argparse.Namespace) -> int:
    """Give days off."""
    days = read.days(options.day)
    async with store.opened() as open_store, open_store.database.transaction() as session:
        row = await _whose(session, options.name)
        whom = row.id if row else None
        new = [day for day in days if await operators.add_day_off(session, day, whom)]
        if new:
            installation.audit(session, "day_off_add", ACTOR, whom)
        members = await duty.members(session, clock.now())
    who = f"{row.name} has" if row else "Everybody has"
    tables.say(f"{who} off: {_span(days)}.{_already(days, new)}")
    _warn_of_gaps(members, days)
    return 0


async def on(options: argparse.Namespace) -> int:
    """Take days off back."""
    days = read.days(options.day)
    async with store.opened() as open_store, open_store.database.transaction() as session:
        row = await _whose(session, options.name)
        whom = row.id if row else None
        gone = [day for day in days if await operators.remove_day_off(session, day, whom)]
        if gone:
            installation.audit(session, "day_off_remove", ACTOR, whom)
        later = await operators.days_off(session, days[0])
        holidays = {found.day for found in later if found.operator_id is None}
    whose = f"{row.name} had" if row else "A holiday of everybody was"
    if gone:
        tables.say(f"{whose} off, and no longer: {_span(gone)}.")
    else:
        tables.say(f"There was nothing to take back on {_span(days)}.")
    if row and (still := sorted(holidays & set(days))):
        tables.say(
            f"On {_span(still)} everybody has off: `helpline operator on {still[0].isoformat()}` "
            "ends that for all."
        )
    return 0


async def show(_options: argparse.Namespace) -> int:
    """Print who is on duty in the days to come."""
    now = clock.now().replace(second=0, microsecond=0)
    async with store.opened() as open_store, open_store.database.transaction() as session:
        members = await duty.members(session, now)
        days = await operators.days_off(session, rota.local_day(now))
    if not members:
        sys.stdout.write(NOBODY)
        return 0
    found = list(duty.watches(members, now, now + AHEAD))
    console = tables.console()
    console.print(Text("On duty in the next 7 days, in hours of Phnom Penh\n", "bold"))
    _print_watches(console, found)
    _print_gaps(console, found)
    if any(not member.bound for watch in found for member in watch.members):
        tables.say(
            "(no account): cannot be called until their link is used; `helpline operator link "
            "NAME` prints a new one."
        )
    _print_days_off(console, days, members)
    return 0


async def _whose(session: AsyncSession, name: str | None) -> Operator | None:
    return await read.member(session, name) if name is not None else None


def _span(days: list[date]) -> str:
    first = f"{days[0]:%a %d %b %Y}"
    together = days[-1] - days[0] == timedelta(days=len(days) - 1)
    if len(days) == 1:
        return first
    if together:
        return f"{first} to {days[-1]:%a %d %b %Y} ({len(days)} days)"
    return ", ".join(f"{day:%a %d %b %Y}" for day in days)


def _already(days: list[date], new: list[date]) -> str:
    if new == days:
        return ""
    return " They had it already." if not new else f" {len(days) - len(new)} of them were so."


def _warn_of_gaps(members: list[Member], days: list[date]) -> None:
    """Say on which of the days somebody was on duty before, and nobody is now."""
    empty = []
    for day in days:
        begin = datetime.combine(day, datetime.min.time(), PHNOM_PENH)
        if begin + timedelta(days=1) <= clock.now():
            continue
        if all(watch.is_gap for watch in duty.watches(members, begin, begin + timedelta(days=1))):
            empty.append(day)
    if empty:
        tables.say(
            f"Nobody is on duty on {_span(empty)}: contacts are told so. `helpline operator rota` "
            "shows the days to come."
        )


def _print_watches(console: Console, found: list[Watch]) -> None:
    table = tables.table("day", "hours", "on duty")
    day = None
    for watch in found:
        begin, end = watch.begin.astimezone(PHNOM_PENH), watch.end.astimezone(PHNOM_PENH)
        until = "24:00" if end.date() > begin.date() else f"{end:%H:%M}"
        name = f"{begin:%a %d %b}" if begin.date() != day else ""
        day = begin.date()
        who = Text(", ").join(_named(member) for member in watch.members)
        if watch.is_gap:
            nobody = Text("NOBODY", "bold red")
            who = Text("   ").join([nobody, who]) if watch.members else nobody
        table.add_row(name, f"{begin:%H:%M}-{until}", who)
    console.print(table)


def _named(member: Member) -> Text:
    languages = ",".join(member.row.languages)
    role = " supervisor" if member.row.role == operators.Role.SUPERVISOR.value else ""
    account = "" if member.bound else " (no account)"
    return tables.shown(f"{member.row.name} [{languages}]{role}{account}")


def _print_gaps(console: Console, found: list[Watch]) -> None:
    alone = sum((watch.end - watch.begin for watch in found if watch.is_gap), timedelta())
    if alone:
        console.print(
            Text(f"\nNobody is on duty in {tables.duration(alone)} of the 7 days.", "bold red"),
        )
        tables.say(
            "Contacts are then told so at once, with the emergency numbers. Supervisors are called "
            "even so; where there are none, everybody is to a critical case."
        )
    else:
        console.print("\nAt every hour somebody is on duty.")


def _print_days_off(console: Console, days: Sequence[DayOff], members: list[Member]) -> None:
    names = {member.row.id: member.row.name for member in members}
    shown = [
        f"{found.day:%a %d %b %Y}  {names.get(found.operator_id, '')}"
        if found.operator_id
        else f"{found.day:%a %d %b %Y}  everybody"
        for found in days
        if found.operator_id is None or found.operator_id in names
    ]
    if shown:
        console.print(Text("\nDays off", "bold"))
        for line in shown:
            console.print(tables.shown(line))
