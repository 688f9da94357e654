"""What every channel promises, and the closed table of what can go wrong when sending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.domain.messages import Address, OutboundMessage


class Failure(StrEnum):
    """Why a message could not be sent. The outbox knows one answer to each."""

    WAIT = "wait"
    """The channel names a time to wait (Telegram's 429): wait just that long, then again."""
    RETRY = "retry"
    """The channel is down, slow or unreachable: again later, with growing pauses."""
    BLOCKED = "blocked"
    """The contact blocked the line or deleted the account: mark it, stop sending."""
    REFUSED = "refused"
    """The channel will never take this message: give up, open a case."""
    UNAUTHORIZED = "unauthorized"
    """The channel does not know us (a revoked token): keep the message, raise an alarm."""


TEXT_ONLY = "TextOnly"
"""The `cause` of a refusal: the channel shows no media."""


class SendError(Exception):
    """A channel did not take a message; `failure` says what follows, `cause` is a class name."""

    def __init__(
        self,
        failure: Failure,
        cause: str,
        *,
        retry_after: float = 0.0,
        maybe_sent: bool = False,
    ) -> None:
        super().__init__(f"{failure.value}: {cause}")
        self.failure = failure
        self.cause = cause
        self.retry_after = retry_after
        """Seconds to wait before the next try; 0 when the channel did not say."""
        self.maybe_sent = maybe_sent
        """True when the answer was lost, so that the message may have arrived."""


@dataclass(frozen=True, slots=True)
class SendResult:
    """What a channel gave back: its ids of the messages that were made, in order."""

    references: tuple[str, ...] = field(default=(), repr=False)
    text_only: bool = False
    """There was a medium, and only the text was shown: the channel shows no media."""


class Channel(Protocol):
    """A messenger that we can send to. One object for each channel, made by `bot.app`."""

    @property
    def name(self) -> str:
        """The channel's name, as in `Address.channel`."""
        ...

    @property
    def text_limit(self) -> int:
        """Most characters (UTF-16 code units) of one message; longer ones are split before."""
        ...

    async def ready(self, address: Address) -> None:
        """Wait until the channel's pace allows one more call for a contact.

        Whoever sends or edits waits here first, and looks only then whether it still may: between
        that look and the call nothing waits.
        """
        ...

    async def send(
        self, address: Address, message: OutboundMessage, reply_to: str | None = None
    ) -> SendResult:
        """Send one message at once; `reply_to` is the channel's id of the message it answers.

        Raises:
            SendError: the channel did not take it.
        """
        ...

    async def edit(self, address: Address, reference: str, message: OutboundMessage) -> bool:
        """Change a message that was sent. False when the contact sees that only later.

        Raises:
            SendError: the channel did not change it.
        """
        ...

    async def delete(self, address: Address, references: Sequence[str]) -> int:
        """Delete messages on both sides, as far as the channel lets us; how many it took.

        Raises:
            SendError: the channel could not be asked.
        """
        ...
