"""Holds the newest files that can be shown, and what is wrong with newer ones."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from bot.cli.content.preview.catalogue import Catalogue
from bot.domain.problems import Problem, Severity
from bot.publishing import reading
from bot.publishing.edition import Edition
from bot.publishing.reading import Files, Signature

CATALOGUES: Final = 4
"""Days whose catalogues are kept: each holds all texts once more."""
LOOK_AGAIN: Final = 0.3
"""Seconds between two looks at the files. A look costs about 3 ms, and, unlike the system's events,
misses nothing where a directory is replaced, not there yet, or on another machine."""


@dataclass(frozen=True, slots=True)
class Newest:
    """What lies in the files now."""

    number: int
    """Grows with everything that a page should show."""
    edition: Edition | None
    """The last one that could be read; None when there was none yet."""
    broken: tuple[Problem, ...] = ()
    """Why newer files cannot be shown; empty when the edition is of the newest."""
    found: tuple[Problem, ...] | None = None
    """All that `helpline check` finds in the edition; None while it is looking."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the edition, which can be shown, from going live."""
        return tuple(one for one in self.found or () if one.severity is Severity.ERROR)


class Reader:
    """Reads the files, and again whenever one of them is saved."""

    def __init__(self, files: Files, today: Callable[[], date]) -> None:
        self.files = files
        # Begins anywhere: a page of a preview that was stopped must not look like the newest.
        self.now = Newest(secrets.randbelow(2**40), None)
        self._today = today
        self._seen: Signature = frozenset()
        self._catalogues: OrderedDict[tuple[str, date], Catalogue] = OrderedDict()

    async def read(self) -> None:
        """Read what can be shown; judging it takes longer and is left to `judge`."""
        self._seen = await asyncio.to_thread(self.files.signature)
        found = await asyncio.to_thread(reading.look, self.files, self._today(), _ALL)
        before = self.now
        if found.edition is None:
            self.now = Newest(before.number + 1, before.edition, found.problems, before.found)
        elif before.edition is None or before.edition.version != found.edition.version:
            self.now = Newest(before.number + 1, found.edition)
        elif before.broken:
            self.now = replace(before, number=before.number + 1, broken=())

    async def judge(self) -> None:
        """Look for all that is wrong in what is shown: some seconds."""
        before = self.now
        if before.edition is None or before.broken or before.found is not None:
            return
        judged = await asyncio.to_thread(reading.look, self.files, self._today())
        # A file that was saved meanwhile is read, and judged, in its turn.
        same = judged.edition is not None and judged.edition.version == before.edition.version
        if same and self.now is before:
            self.now = replace(before, number=before.number + 1, found=judged.problems)

    async def follow(self, *, judged: bool = True) -> None:
        """Read again at every change, until cancelled; and judge what was read."""
        judging = asyncio.ensure_future(self._judge_all() if judged else asyncio.sleep(0))
        try:
            while True:
                await asyncio.sleep(LOOK_AGAIN)
                if await asyncio.to_thread(self.files.signature) == self._seen:
                    continue
                await self.read()
                if judged and judging.done():
                    judging = asyncio.ensure_future(self._judge_all())
        finally:
            judging.cancel()

    async def _judge_all(self) -> None:
        """Judge, and once more if the files changed meanwhile."""
        number = -1
        while number != self.now.number:
            number = self.now.number
            await self.judge()

    async def catalogue(self, edition: Edition, day: date) -> Catalogue:
        """Give the list of all texts and facts as they stand on a day."""
        key = (edition.version, day)
        if key not in self._catalogues:
            made = Catalogue(edition.content, self.files.tiers, day)
            await asyncio.to_thread(lambda: (made.folded, made.by_key, made.tasks))
            self._catalogues[key] = made
        self._catalogues.move_to_end(key)
        while len(self._catalogues) > CATALOGUES:
            self._catalogues.popitem(last=False)
        return self._catalogues[key]


class _Everything(Collection[str]):
    """Says of every edition that it was judged, so that reading it does not wait for that."""

    def __contains__(self, version: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


_ALL: Final = _Everything()
