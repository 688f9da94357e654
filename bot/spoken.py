"""What code says by itself: phrases and answers that must be there whatever the flows say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from bot.channels.telegram.commands import COMMANDS
from bot.channels.webchat.server import PHRASES
from bot.handoff.contact import arrivals, feedback
from bot.handoff.paging import watching
from bot.publishing.reading import Files

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.understanding import Tier

OWN_PHRASES: Final = (
    frozenset({"internal_error", "internal_error_alone", "machine_translated"})
    | {*PHRASES, *watching.PHRASES, *arrivals.PHRASES, *feedback.PHRASES}
    | {f"command_{name}" for name in COMMANDS}
)
"""Phrases that the turn, the channels and handing over say by themselves."""
OWN_TOPICS: Final = frozenset({arrivals.NUMBERS, watching.NUMBERS})
"""Answers that handing over gives by itself."""


def files(content: Path, flows: Path, tiers: Mapping[str, Tier]) -> Files:
    """Name the files of an edition, and what must be in them; `tiers` holds every intent."""
    return Files(content.absolute(), flows.absolute(), tiers, OWN_PHRASES, OWN_TOPICS)
