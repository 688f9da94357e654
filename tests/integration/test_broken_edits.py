"""However an edit is broken: it never goes live, it is explained, and the next good one does."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from bot import app, clock
from bot.content import answers
from bot.domain.events import Answered
from bot.domain.problems import Problem
from bot.publishing import starting
from bot.publishing.edition import Press
from bot.publishing.shelf import Shelf
from bot.publishing.watching import Watch
from bot.storage.database import Database
from tests.support.broken_edits import (
    ANSWER,
    INDONESIAN,
    KINDS,
    OFFER,
    PHRASES,
    SENTENCE,
    Broken,
    forbid,
    put,
    undo,
    without,
)
from tests.support.editions import small_copy

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 20.0
"""Seconds until a test gives up. An edit is seen in a second or two, also on a busy machine."""


@dataclass
class Editing:
    """A watched copy of the files, and what was heard of it."""

    root: Path
    good: Path
    """The files as they were, to undo what a test did."""
    press: Press
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, _press: Press) -> None:
        self.changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self.changed.clear()
                await self.changed.wait()

    def undo(self, path: str) -> None:
        undo(path, self.root, self.good)

    def says(self) -> str:
        content = self.press.edition.content
        told = answers.render(content, [Answered("passport_missing")], "en", clock.today())
        return " ".join(message.text for message in told)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editing(
    postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Editing]:
    url = postgres.replace("/postgres?", "/broken_edits?")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE broken_edits TEMPLATE {template}".encode())
    root, good = tmp_path_factory.mktemp("edited"), tmp_path_factory.mktemp("good")
    files = small_copy(root)
    for name in ("content", "flows"):
        shutil.copytree(root / name, good / name)
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    start = starting.begin(files, shelf, clock.today())
    assert not start.flaws
    press = Press(start.edition, clock.now(), start.refused)
    database = Database.open(url)
    scene = Editing(root, good, press)
    press.listeners.append(scene.hear)
    watch = Watch(files, press, shelf, database, timedelta(days=7), start.seen)
    task = asyncio.ensure_future(app.run_forever([watch.run]))
    yield scene
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await database.close()


def _at(kind: Broken, found: Problem) -> bool:
    """Whether a problem names the file of the edit, and a line where there is one."""
    return found.file == (kind.file or kind.path) and (found.line > 0 or not kind.line)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.replace(" ", "_"))
async def test_a_broken_edit_is_explained_and_never_live_and_the_next_good_one_is(
    editing: Editing, kind: Broken
) -> None:
    if kind.edit is forbid and os.geteuid() == 0:
        pytest.skip("nothing is forbidden to root")
    press, version = editing.press, editing.press.edition.version
    assert SENTENCE in editing.says()
    try:
        kind.edit(editing.root / kind.path)
        await editing.until(lambda: bool(press.refused))
        assert press.edition.version == version
        assert SENTENCE in editing.says()
        told = [found for found in press.refused if _at(kind, found) and kind.what in found.what]
        assert told, [str(found) for found in press.refused]
        assert all(found.what and found.mend for found in press.refused)
    finally:
        editing.undo(kind.path)
        await editing.until(lambda: not press.refused and press.edition.version == version)


async def test_good_edits_are_live_and_what_older_conversations_can_say_stays(
    editing: Editing,
) -> None:
    press, root = editing.press, editing.root
    first = press.edition.version
    put("A lost or stolen passport", instead="A lost or taken passport")(root / ANSWER)
    await editing.until(lambda: press.edition.version != first)
    assert "A lost or stolen passport" in editing.says()

    # From now on another phrase is said; the old one goes too early.
    second = press.edition.version
    put("phrase: ask_offer_secret", instead="phrase: ask_offer_travel")(root / OFFER)
    await editing.until(lambda: press.edition.version != second)
    third = press.edition.version
    for path in (INDONESIAN, PHRASES):
        without("ask_offer_travel")(root / path)
    await editing.until(lambda: [problem.file for problem in press.refused] == [PHRASES])
    [problem] = press.refused
    assert "`ask_offer_travel` is gone, but conversations" in problem.what
    assert press.edition.version == third
