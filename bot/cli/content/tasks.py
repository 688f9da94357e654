"""`helpline content tasks`: what editors should do next, the most pressing first."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Final

from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from bot import clock, logs, settings
from bot.cli import store, tables, tiers
from bot.cli.store import RefusedError
from bot.content import library
from bot.content import tasks as content_tasks
from bot.content.problems import ContentError
from bot.content.tasks import Task, TaskKind
from bot.handoff.rooms import editors
from bot.settings import Settings
from bot.storage.database import DatabaseError
from bot.storage.encryption import KeyringError

SHOWN: Final = 20
"""Tasks that are listed at once."""
HELP = """\
Lists what editors should do next, the most pressing first: facts and texts that are past their
review or soon will be, numbers for danger that nobody has called, facts that were not found,
translations whose English has changed, languages that no native speaker has read, and what
people asked and the line had no answer to (that from the store, when it is running).
"""
_LANGUAGE: Final = re.compile(r"/([a-z]{2,3})(?:\.[A-Z]{2})?\.(?:md|yml)")
_STYLES: Final = {TaskKind.STALE: "bold red", TaskKind.DUE: "yellow", TaskKind.CHANGED: "yellow"}
_WIDTH: Final = max(map(len, TaskKind)) + 1


def main(arguments: Sequence[str]) -> int:
    """List tasks; 1 when the content cannot be loaded."""
    parser = argparse.ArgumentParser(prog="helpline content tasks", description=HELP)
    parser.add_argument("--json", action="store_true", help="all of them, for machines")
    parser.add_argument("--all", action="store_true", help=f"all, not only the first {SHOWN}")
    parser.add_argument("--language", metavar="XX", help="only texts of one language, like `th`")
    parser.add_argument("--owner", metavar="ROLE", help="only those of one role: editors ...")
    options = parser.parse_args(arguments)
    found = settings.read()
    try:
        content = library.load(found.content_dir)
    except ContentError as error:
        first, count = error.problems[0], len(error.problems)
        sys.stderr.write(f"{first}\n{count} such: `helpline check` lists them all\n")
        return 1
    listed = content_tasks.tasks(content, tiers.read(), clock.today()) + _asked(found)
    wanted = sorted(task for task in listed if _is_wanted(task, options))
    if options.json:
        rows = [{**asdict(task), "due": _day(task.due)} for task in wanted]
        sys.stdout.write(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    else:
        _show(wanted, len(wanted) if options.all else SHOWN)
    return 0


def _is_wanted(task: Task, options: argparse.Namespace) -> bool:
    of_file = _LANGUAGE.search(task.file)
    return (options.owner in {None, task.owner}) and (
        options.language is None or (of_file is not None and of_file[1] == options.language)
    )


def _show(found: list[Task], most: int) -> None:
    console = tables.console()
    for task in found[:most]:
        place = f"{task.file}:{task.line}" if task.line else task.file
        day = f", by {_day(task.due)}" if _day(task.due) else ""
        said = Text.assemble(
            (task.kind.value.ljust(_WIDTH), _STYLES.get(task.kind, "bold")),
            tables.printable(task.what),
            (f"\n{'':{_WIDTH}}{tables.printable(task.mend)}", ""),
            (f"\n{'':{_WIDTH}}{tables.printable(place)} ({task.owner}{day})", "dim"),
        )
        console.print(said, soft_wrap=True)
    if not found:
        console.print("Nothing to do.")
        return
    counts = Counter(task.kind for task in found)
    kinds = ", ".join(f"{counts[kind]} {kind.value}" for kind in TaskKind if counts[kind])
    hidden = f" The first {most} are shown; --all shows all." if len(found) > most else ""
    console.print(f"\n{len(found)} in all: {kinds}.{hidden}", soft_wrap=True)


def _day(due: date) -> str | None:
    return None if due == date.max else due.isoformat()


def _asked(found: Settings) -> list[Task]:
    """What people asked; nothing when no store can be reached: files alone tell the rest."""
    if found.database_url is None and not _is_running(found.data_dir):
        return []
    logs.configure("ERROR")
    try:
        return asyncio.run(_read_asked())
    except (DatabaseError, KeyringError, RefusedError, SQLAlchemyError, OSError):
        return []


async def _read_asked() -> list[Task]:
    async with store.opened() as opened, opened.database.transaction() as session:
        return await editors.asked_tasks(session)


def _is_running(data_dir: Path) -> bool:
    """Whether the embedded server is up; a list of files is no reason to start it."""
    try:
        first = (data_dir / "postgres" / "postmaster.pid").read_text().partition("\n")[0]
        os.kill(int(first), 0)
    except PermissionError:  # it lives, as another user
        return True
    except (OSError, ValueError):
        return False
    return True
