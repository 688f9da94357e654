"""`helpline retention`: when what is old was last erased, and whether a clock holds it back."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, timedelta

from bot import clock, erasure
from bot.cli import store, tables
from bot.cli.store import RefusedError
from bot.handoff.paging import rota
from bot.storage import installation, witness

EPILOG = """\
Without a command: when it last ran, and what it keeps because the clock may be wrong.
An age is counted in time in which the line ran: a clock that jumps erases nothing. Who
knows that the date is right says so once, with `confirm`, and need not wait.
Exit status: 0 done; 1 it cannot be done now; 2 what was written cannot be meant.
"""


def main(arguments: Sequence[str]) -> int:
    """Run a command about retention; its exit status."""
    options = _parser().parse_args(arguments)
    return store.run(lambda: (confirm if options.act == "confirm" else show)(options))


async def show(_options: argparse.Namespace) -> int:
    """Say when it last ran and what it holds back."""
    async with store.opened() as found, found.database.transaction() as session:
        last = await witness.newest(session)
        before = await witness.before_it(session, last) if last is not None else None
        days = found.settings.retention_days
    if last is None:
        tables.say("It has not run yet. It runs once an hour, while the line runs.")
        return 0
    tables.say(f"It last ran at {tables.minute(last.until)}, by this machine's clock.")
    if not last.held or before is None:
        tables.say(f"Nothing is held back: what is idle for {days} days is erased.")
        return 0
    gap = tables.duration(last.began - before.until)
    conversations = "1 conversation" if last.held == 1 else f"{last.held} conversations"
    tables.say(
        f"HELD BACK: {conversations}. Between {tables.minute(before.until)} and "
        f"{tables.minute(last.began)} the line saw no time pass: it was off for {gap}, or a clock "
        "is wrong. They are erased once they were idle for long enough while it ran. If the time "
        "above is right, erase them now: helpline retention confirm, with today's date."
    )
    return 0


async def confirm(options: argparse.Namespace) -> int:
    """Take somebody's word that the date is right."""
    day = _day(options.day)
    today = rota.local_day(clock.now())
    if day != today:
        raise RefusedError(
            f"By this machine's clock it is {today} in Phnom Penh, and you say {day}. Nothing was "
            "confirmed: mend the clock first, or look at your calendar again",
            1,
        )
    async with store.opened() as found, found.database.transaction() as session:
        now = await erasure.earlier_clock(found.settings, session)
        if clock.now() - now > timedelta(seconds=60):
            raise RefusedError(
                f"The database's clock says {tables.minute(now)}, this machine's "
                f"{tables.minute(clock.now())}. Nothing was confirmed: mend the one that is wrong",
                1,
            )
        await witness.believe(session, now)
        installation.audit(session, "clock_confirmed", store.ACTOR, None)
    tables.say("Confirmed. What is too old is erased at the next run, within the hour.")
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RefusedError(f"{text} is no date: write it as in 2026-12-24") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="helpline retention",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    acts = parser.add_subparsers(dest="act", metavar="COMMAND")
    told = acts.add_parser("confirm", help="the clock is right: erase what it says is too old")
    told.add_argument("day", metavar="DATE", help="today, in Phnom Penh, from another clock")
    return parser
