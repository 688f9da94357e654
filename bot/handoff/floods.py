"""Budgets that slow the bot's answers, and never a page: who floods the line harms only themselves.

Counted in the memory of a process: after a restart, or with a second process, the bot says a
little more, and that is all. To share them would be a write to one row for each message, just when
there are many. The library `limits` looks at every key at every hit: 17 ms of a
processor core with 1000 contacts, just when there is no time for it.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bot import clock
from bot.storage import cases

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Budget:
    """So many of something in so long a time, whenever that begins."""

    most: int
    within: timedelta


MESSAGES: Final = Budget(20, timedelta(minutes=1))
"""Messages of one contact that are each answered: as fast as anybody types."""
LINE: Final = Budget(1200, timedelta(minutes=1))
"""Messages of all contacts that are each answered: understanding one takes 12 to 33 ms of a core
(shared/design.md), so this leaves more than half of one for pages, posts and sending."""
PAGES: Final = Budget(5, timedelta(minutes=10))
"""Calls of one case that its room shows as calls; further ones are shown as messages."""
CASES: Final = Budget(30, timedelta(minutes=10))
"""Critical cases; those above page as well, and their cards say that there are so many."""
EDITORS: Final = Budget(3, timedelta(minutes=1))
"""Messages to editors, whose editor may save at every word: of the 20 that Telegram takes in a
minute the most are for cases."""
ONE_OF_MANY: Final = ", flood"
"""What the reason of such a case ends with."""
WORDS: Final[Mapping[str, Budget]] = MappingProxyType(
    {
        "handoff_safety": Budget(1, timedelta(minutes=30)),
        "handoff_operator_is_here": Budget(1, timedelta(minutes=10)),
        "flood_slow": Budget(1, timedelta(minutes=10)),
    }
)
"""Sentences that are said to one contact only so often."""
LONGEST: Final = max(budget.within for budget in (MESSAGES, LINE, PAGES, *WORDS.values()))
"""What is older than this decides nothing."""
KEYS: Final = 4096
"""Keys after which those that have expired are looked for and forgotten."""


@dataclass(slots=True)
class Counted:
    """What was counted lately, by what and whose it is."""

    _times: dict[tuple[str, uuid.UUID | None], deque[datetime]] = field(default_factory=dict)
    _sweep_at: int = KEYS

    def fits(self, budget: Budget, what: str, whose: uuid.UUID | None = None) -> bool:
        """Whether there is room for one more; nothing is counted."""
        times = self._times.get((what, whose))
        if times is None:
            return True
        now = clock.now()
        # What lies ahead was counted by a clock that has gone back since: it counts no more, or
        # nobody would be paged for a case until that time has come.
        while times and not now - budget.within < times[0] <= now:
            times.popleft()
        return len(times) < budget.most

    def count(self, budget: Budget, what: str, whose: uuid.UUID | None = None) -> bool:
        """Count one more if there is room for it; whether there was."""
        if not self.fits(budget, what, whose):
            return False
        if len(self._times) >= self._sweep_at:
            self._forget()
        self._times.setdefault((what, whose), deque()).append(clock.now())
        return True

    def _forget(self) -> None:
        begin = clock.now() - LONGEST
        kept = {key: times for key, times in self._times.items() if times and times[-1] > begin}
        self._times = kept
        self._sweep_at = max(KEYS, 2 * len(kept))


@dataclass(frozen=True, slots=True)
class Floods:
    """The budgets of a line."""

    _counted: Counted = field(default_factory=Counted)

    def wrote(self, conversation: uuid.UUID) -> bool:
        """Note that a contact wrote; whether the bot answers each message of theirs."""
        own = self._counted.count(MESSAGES, "messages", conversation)
        return own and self._counted.count(LINE, "line")

    def is_flooding(self, conversation: uuid.UUID) -> bool:
        """Whether a contact writes more than is answered one by one."""
        return not self._counted.fits(MESSAGES, "messages", conversation)

    def may_page(self, case: uuid.UUID) -> bool:
        """Note a page of a case; whether its room shows it as one."""
        return self._counted.count(PAGES, "pages", case)

    def may_tell_editors(self) -> bool:
        """Note a message to the editors; whether it may be shown now."""
        return self._counted.count(EDITORS, "editors")

    def may_say(self, phrase: str, conversation: uuid.UUID) -> bool:
        """Whether it is not too soon to say a phrase of `WORDS` again."""
        return self._counted.fits(WORDS[phrase], phrase, conversation)

    def said(self, phrase: str, conversation: uuid.UUID) -> None:
        """Note that a phrase was said, once that is committed."""
        self._counted.count(WORDS[phrase], phrase, conversation)


async def of_cases(session: AsyncSession) -> bool:
    """Whether more critical cases were opened lately than a team can look at one by one."""
    return await cases.opened_since(session, clock.now() - CASES.within) >= CASES.most
