"""Watches the files, and makes live what was edited once nothing in it is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import time
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from watchfiles import Change, awatch

from bot import clock, logs
from bot.content.memory import Memory
from bot.domain.yaml_source import is_left_by_an_editor
from bot.flows import loading
from bot.flows.definition import FlowError
from bot.publishing import continuity, reading
from bot.publishing.edition import EARLIER
from bot.storage import installation

if TYPE_CHECKING:
    from datetime import date

    from watchfiles.main import FileChange

    from bot.domain.problems import Problem
    from bot.flows.definition import FlowLibrary
    from bot.publishing.edition import Edition, Press
    from bot.publishing.reading import Files, Reading, Signature
    from bot.publishing.shelf import Shelf
    from bot.storage.database import Database

log = logs.get()

SETTLE: Final = 100
"""Milliseconds without a further change after which an edit is taken to be finished."""
SETTLE_AT_MOST: Final = 300
"""Milliseconds after which it is looked at though changes go on."""
LOOK_AGAIN: Final = 1.0
"""Seconds between two looks that no event calls for: on some file systems none ever comes. A look
costs about 3 ms, as long as nothing has changed."""
REHEARSE_AFTER: Final = 30.0
"""Seconds after which the files are read once though nothing has changed, so that what the first
edit leaves as it is need not be worked out then. Not at once: a start has enough to do."""
READINGS: Final = 3
"""Times that an edit is read anew because a newer one came while it was checked."""


@dataclass(slots=True, eq=False)
class Watch:
    """Keeps a press at the newest edition in which nothing is wrong."""

    files: Files
    press: Press
    shelf: Shelf
    database: Database
    keep: timedelta
    """How long a conversation may hold a version of the flows after it was live."""
    seen: Signature
    """How the files looked when they were judged last."""
    flaws: tuple[Problem, ...] = ()
    """Errors of the edition that is live, if it had to begin with some. They keep nobody from
    mending another text."""
    _day: date = field(default_factory=clock.today)
    """When they were: some of what is wrong hangs on the date."""
    _untold: bool = True
    """Whether listeners have not heard yet how things stand; at the start nobody has."""
    _deaf: bool = False
    """Whether the system gives no events; then only looking again finds an edit."""
    _memory: Memory = field(default_factory=Memory, repr=False)
    """What need not be worked out again when one file of many has changed."""
    _rehearse_at: float = field(default_factory=lambda: time.monotonic() + REHEARSE_AFTER)
    """When to fill it, though no edit has come."""

    async def run(self) -> None:
        """Watch until cancelled. Raises what the database or a listener raises: run it again."""
        while True:
            await self.look()
            roots = self._roots()
            if None not in roots:
                await self._follow(roots)
            if None in roots or self._deaf:
                await asyncio.sleep(LOOK_AGAIN)

    async def look(self) -> None:
        """Look whether a file has changed; if so, publish it or say why not."""
        seen, day = await self._signature(), clock.today()
        if (seen, day) != (self.seen, self._day):
            began = time.monotonic()
            sound = self.shelf.versions()
            for _ in range(READINGS):
                judged = seen
                found = await self._read(day, sound)
                seen = await self._signature()
                if seen == judged:
                    break
            await self._take(found, judged, began)
            self.seen, self._day = judged, day
        elif time.monotonic() > self._rehearse_at:
            self._rehearse_at = math.inf
            await self._read(day, ())
        if self._untold:
            for listener in self.press.listeners:
                await listener(self.press)
            self._untold = False

    async def _follow(self, roots: Sequence[tuple[int, int] | None]) -> None:
        """Look at every event, and now and then without one; ends when a directory is another."""
        events = awatch(
            self.files.content,
            self.files.flows,
            watch_filter=_counts,
            debounce=SETTLE_AT_MOST,
            step=SETTLE,
            rust_timeout=round(LOOK_AGAIN * 1000),
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        async with contextlib.aclosing(events):
            while await self._hear(events) and self._roots() == roots:
                await self.look()

    async def _hear(self, events: AsyncGenerator[set[FileChange]]) -> bool:
        """Wait for an event, or for the time to look again; False when none can come."""
        try:
            await anext(events)
        except _NO_EVENTS as error:
            if not self._deaf:
                log.warning("edits_give_no_events", cause=logs.where(error))
            self._deaf = True
            return False
        self._deaf = False
        return True

    async def _take(self, found: Reading, judged: Signature, began: float) -> None:
        press, new = self.press, found.edition
        errors = _beyond(self.flaws, found.errors)
        if new is not None and not errors and new.version != press.edition.version:
            held = await self._held()
            tiers = self.files.tiers
            errors = await asyncio.to_thread(
                continuity.newly_broken, held, press.edition, new, tiers
            )
        if new is None or errors:
            if errors != press.refused:
                press.refused, self._untold = errors, True
                log.warning("edition_refused", count=len(errors))
            return
        self.flaws = found.errors
        if new.version != press.edition.version:
            await self._publish(new, began)
        elif press.refused:
            press.refused, self._untold = (), True
            log.info("edition_mended", version=new.version)
        if not self.flaws:
            await asyncio.to_thread(self.shelf.keep, self.files, new.version, judged)

    async def _publish(self, new: Edition, began: float) -> None:
        """Keep its flows where every process finds them, then let turns begin with them."""
        async with self.database.transaction() as session:
            kept = {flows.version: flows.source for flows in (self.press.edition.flows, new.flows)}
            for version, source in sorted(kept.items()):  # in one order, so that none waits in vain
                await installation.keep_flow_version(session, version, source)
        self.press.publish(new, clock.now())
        self._untold = True
        seconds = round(time.monotonic() - began, 2)
        log.info("edition_published", version=new.version, seconds=seconds)

    async def _held(self) -> list[FlowLibrary]:
        """The flows that conversations may be in the middle of: the live ones, and earlier ones."""
        async with self.database.transaction() as session:
            since = clock.now() - self.keep
            sources = await installation.flow_sources(session, since, EARLIER)
        held = {self.press.edition.flows.version: self.press.edition.flows}
        for version, source in sources.items():
            flows = self.press.flows_of(version)
            if flows is None:
                try:
                    flows = await asyncio.to_thread(loading.parse, source)
                except FlowError:  # of an older program; turns do not use it either
                    continue
                self.press.remember(flows)
            held[version] = flows
        return list(held.values())

    async def _read(self, day: date, sound: Collection[str]) -> Reading:
        return await asyncio.to_thread(reading.look, self.files, day, sound, self._memory)

    async def _signature(self) -> Signature:
        return await asyncio.to_thread(self.files.signature)

    def _roots(self) -> tuple[tuple[int, int] | None, ...]:
        """Which directories they are: one put in the place of another has to be watched anew."""
        return tuple(map(_identity, (self.files.content, self.files.flows)))


def _beyond(known: Sequence[Problem], found: Sequence[Problem]) -> tuple[Problem, ...]:
    """Leave out what is known, wherever its line is now; each of it counts once."""
    left = Counter((problem.file, problem.what) for problem in known)
    left.subtract((problem.file, problem.what) for problem in found)
    return tuple(problem for problem in found if left[problem.file, problem.what] < 0)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return (seen.st_dev, seen.st_ino)


def _counts(_change: Change, path: str) -> bool:
    return not is_left_by_an_editor(os.path.basename(path))  # noqa: PTH119 - the name alone


_NO_EVENTS: Final = (OSError, RuntimeError, StopAsyncIteration)
"""What comes of watchfiles when it cannot watch: too many watches, a file system without events,
a directory that has just gone."""
