"""What the checks of content look at: a library, the tiers of its topics, and a day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from bot.content.library import Library
from bot.content.markup import opening
from bot.content.memory import Memory
from bot.domain.understanding import Tier

LONGEST_REVIEW: Final = timedelta(days=366)
"""How far a review may lie from the day of verification. Our own bound: we write 30 to 90 days,
and a slip in the year would keep a dead number on show for good."""
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is checked, and as of when."""

    library: Library
    tiers: Mapping[str, Tier]
    today: date
    memory: Memory = field(default_factory=Memory)
    """What was found at the last look: it is empty, and all is looked at, unless one is given."""

    def offered(self) -> tuple[str, ...]:
        """Give the codes of the languages that people can choose."""
        return tuple(code for code, _ in self.library.offered_languages())

    def wrong_days(self, verified_on: date, review_by: date) -> tuple[str, str] | None:
        """Say what is wrong with days by which a fact would never grow old, and the mend."""
        # Our day is that of UTC: in Cambodia tomorrow begins seven hours before it.
        if verified_on - self.today > ONE_DAY:
            return "was verified in the future", "correct verified_on"
        if review_by - verified_on > LONGEST_REVIEW:
            return "is reviewed only after more than a year", "correct review_by: 30 or 90 days on"
        return None

    def danger(self, text: str, language: str) -> tuple[str, ...]:
        """Give the words in what a notification shows of a text that must not stand there."""
        return dangerous(text, self.library.safety_words.get(language, ()))


def dangerous(text: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Give those of the words that begin one in what a notification shows of a text."""
    # Nearly every text has none: one search tells so.
    # Some keyboards write an accent as a sign of its own: it is the same word to a reader.
    shown = normalize("NFC", opening(normalize("NFC", text)).casefold())
    if not words or not _any_of(words).search(shown):
        return ()
    return tuple(word for word in words if _any_of((word,)).search(shown))


@lru_cache(maxsize=1024)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    listed = "|".join(re.escape(normalize("NFC", word)) for word in words)
    return re.compile(rf"(?<!\w)(?:{listed})")
