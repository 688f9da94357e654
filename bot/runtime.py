"""The typed bundle of what a turn needs, made once by `bot.app`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import procrastinate

    from bot.content.library import Library
    from bot.domain.channel import Channel
    from bot.flows.definition import FlowLibrary
    from bot.flows.state import Policy
    from bot.handoff.parts import Parts
    from bot.inbox import Inbox
    from bot.nlu.understand import Understander
    from bot.outbox import Outbox
    from bot.publishing.edition import Press
    from bot.settings import Settings
    from bot.storage.database import Database
    from bot.storage.encryption import Keyring
    from bot.triage import Thresholds


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything that is opened at the start and closed at the end."""

    settings: Settings
    database: Database
    keyring: Keyring
    queue: procrastinate.App
    inbox: Inbox
    outbox: Outbox
    channels: Mapping[str, Channel]
    handoff: Parts
    understander: Understander
    thresholds: Thresholds
    policy: Policy
    press: Press
    """The texts and flows that are live; editors change them while the line runs."""

    @property
    def content(self) -> Library:
        """The content that is live now."""
        return self.press.edition.content

    @property
    def flows(self) -> FlowLibrary:
        """The flows that are live now."""
        return self.press.edition.flows

    def of_one_edition(self) -> Runtime:
        """The same, staying with the edition that is live now: for the length of a turn."""
        press = self.press.one_edition()
        return replace(self, press=press, handoff=replace(self.handoff, press=press))
