"""The typed bundle of what a turn needs, made once by `bot.app`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    flows: FlowLibrary
    policy: Policy
    content: Library
