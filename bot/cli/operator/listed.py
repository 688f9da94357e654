"""`helpline operator list`: who there is, and who is on duty now."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from bot import clock
from bot.cli import duty, store, tables
from bot.handoff.paging import rota
from bot.storage import cases, operators
from bot.storage.operators import DayOff, Operator, Role

NOBODY = """\
Nobody has been added yet, so nobody can be called. Add the first:
  helpline operator add NAME --languages id,en
"""


async def show(options: argparse.Namespace) -> int:
    """Print the team."""
    now = clock.now()
    async with store.opened() as open_store, open_store.database.transaction() as session:
        rows = [row for row in await operators.everybody(session) if options.all or row.active]
        days = await operators.days_off(session, rota.local_day(now) - duty.ONE_DAY)
        held = await cases.held(session)
        strength = await duty.strength(session, now)
    if not rows:
        sys.stdout.write(NOBODY)
        return 0
    table = tables.table("name", "role", "languages", "rota", "now", "account", "#cases")
    for row in rows:
        table.add_row(
            tables.shown(row.name, "" if row.active else "dim"),
            row.role,
            tables.shown(",".join(row.languages)),
            tables.shown("" if row.role == Role.EDITOR.value else row.rota),
            _now(row, days, now),
            _account(row, now),
            str(held.get(row.id, 0)),
        )
    console = tables.console()
    console.print(table)
    if not strength.bound:
        console.print(Text("\nNobody can be called: no link has been used yet.", "bold red"))
    elif not strength.on_duty:
        console.print(Text("\nNobody is on duty now: `helpline operator rota`.", "bold red"))
    return 0


def _now(row: Operator, days: Sequence[DayOff], now: datetime) -> Text:
    if not duty.is_called(row):
        return Text("")
    member = duty.member_of(row, days)
    if member.on_duty(now):
        return Text("on duty", "green")
    return Text("day off" if rota.local_day(now) in member.days_off else "off")


def _account(row: Operator, now: datetime) -> Text:
    if not row.active:
        return Text("has left", "dim")
    if row.account_hash is not None:
        return Text("bound")
    if row.link_until is not None and row.link_until > now:
        return Text(f"link, {tables.duration(row.link_until - now)} left", "yellow")
    return Text("no: new link", "red")
