"""`helpline missed ask|tasks|done|drop`: answers that are to be written, and what needs none."""

from __future__ import annotations

import argparse
import sys

import sqlalchemy as sa

from bot import clock
from bot.cli import store, tables
from bot.cli.missed import groups
from bot.cli.store import ACTOR, RefusedError
from bot.nlu.entities import Gazetteer
from bot.nlu.scrub import scrub
from bot.settings import ROOT
from bot.storage import installation, missed
from bot.storage.missed import Asked

LONGEST = 200
"""Characters of what an answer should say."""


async def ask(options: argparse.Namespace) -> int:
    """Make a task of a group; the group is forgotten."""
    what = " ".join(options.what.split())
    if not what or len(what) > LONGEST:
        raise RefusedError(f"Say in 1 to {LONGEST} characters what the answer should say")
    if scrub(what, Gazetteer.load(ROOT / "nlu" / "entities").find) != what:
        sys.stderr.write(
            "This looks as if it held a name or a number. It is kept as it stands, unsealed, and "
            "shown to all editors: if it is somebody's, make it anew without.\n"
        )
    async with store.opened() as open_store:
        group = await groups.one(open_store, options.number)
        (language, _), *_ = group.languages().most_common(1)
        async with open_store.database.transaction() as session:
            row = missed.ask(session, what, language, len(group.questions))
            await session.flush()
            await missed.drop(session, group.numbers)
            installation.audit(session, "missed_asked", ACTOR, None)
            number = row.number
    tables.say(
        f"Task {number}: an answer is to be written. The {len(group.questions)} questions are "
        f"forgotten. When it stands: helpline missed done {number}"
    )
    return 0


async def tasks(options: argparse.Namespace) -> int:
    """Print the answers that are to be written."""
    del options
    async with store.opened() as open_store, open_store.database.transaction() as session:
        rows = await missed.asked(session)
    if not rows:
        tables.say("No answer was asked for.")
        return 0
    table = tables.table("#no", "since", "#asked", "lang", "what the answer should say")
    for row in rows:
        table.add_row(
            str(row.number),
            row.made_on.isoformat(),
            str(row.count),
            row.language or "",
            tables.shown(row.what),
        )
    tables.console().print(table)
    return 0


async def done(options: argparse.Namespace) -> int:
    """Note that the answer to a task stands."""
    async with store.opened() as open_store, open_store.database.transaction() as session:
        row = await session.scalar(
            sa.select(Asked).where(Asked.number == options.number, Asked.done_on.is_(None))
        )
        if row is None:
            raise RefusedError(
                f"There is no open task {options.number}. `helpline missed tasks` lists them", 1
            )
        row.done_on = clock.today()
        installation.audit(session, "missed_task_done", ACTOR, None)
    tables.say(f"Task {options.number} is done.")
    return 0


async def drop(options: argparse.Namespace) -> int:
    """Forget a group."""
    async with store.opened() as open_store:
        group = await groups.one(open_store, options.number)
        await groups.forget(open_store, group.numbers, "missed_dropped")
    tables.say(f"Group {group.number} is forgotten: {len(group.questions)} questions.")
    return 0
