"""What handing over needs of the running line, bundled once by `bot.app`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.handoff.floods import Floods

if TYPE_CHECKING:
    import procrastinate

    from bot.content.library import Library
    from bot.handoff.desk import Desk
    from bot.outbox import Outbox
    from bot.publishing.edition import Press
    from bot.storage.database import Database
    from bot.storage.encryption import Keyring


@dataclass(frozen=True, slots=True)
class Parts:
    """The store, the queue, the way to contacts, the texts, and the desk if there is one."""

    database: Database
    keyring: Keyring
    queue: procrastinate.App
    outbox: Outbox
    press: Press
    desk: Desk | None
    floods: Floods = field(default_factory=Floods)
    desk_language: str = "en"
    """In which language operators are spoken to."""

    @property
    def content(self) -> Library:
        """The content that is live now."""
        return self.press.edition.content
