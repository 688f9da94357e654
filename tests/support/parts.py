"""The parts of a line that most integration tests need, made once in `conftest.py`."""

from __future__ import annotations

import itertools
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import procrastinate

from bot.domain.channel import SendError, SendResult
from bot.domain.messages import Address, InboundMessage, Kind, OutboundMessage
from bot.inbox import Inbox
from bot.outbox import Outbox
from bot.storage import conversations
from bot.storage.database import Database
from bot.storage.encryption import Keyring


@contextmanager
def private_directory() -> Iterator[Path]:
    """A directory that PostgreSQL's own user can reach, as it cannot reach pytest's."""
    with tempfile.TemporaryDirectory(prefix="helpline-test-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


_update_ids = itertools.count(1)


@dataclass
class RecordingChannel:
    """A channel whose answers a test sets; it keeps what it was given."""

    name: str = "test"
    text_limit: int = 4000
    sent: list[str] = field(default_factory=list)
    replies: list[str | None] = field(default_factory=list)
    """To which of the channel's messages each of these was a reply."""
    edited: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    waited: int = 0
    """How often somebody waited for the channel's pace."""
    failures: list[SendError] = field(default_factory=list)
    """The next calls fail so, in order."""

    async def ready(self, address: Address) -> None:
        self.waited += 1

    async def send(
        self, address: Address, message: OutboundMessage, reply_to: str | None = None
    ) -> SendResult:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message.text)
        self.replies.append(reply_to)
        return SendResult((str(len(self.sent)),))

    async def edit(self, address: Address, reference: str, message: OutboundMessage) -> bool:
        if self.failures:
            raise self.failures.pop(0)
        self.edited.append((reference, message.text))
        return True

    async def delete(self, address: Address, references: Sequence[str]) -> int:
        if self.failures:
            raise self.failures.pop(0)
        self.deleted.extend(references)
        return len(references)


@dataclass(frozen=True)
class Parts:
    database: Database
    keyring: Keyring
    queue: procrastinate.App
    channel: RecordingChannel
    inbox: Inbox
    outbox: Outbox

    async def conversation_id(self, address: Address) -> uuid.UUID:
        async with self.database.transaction() as session:
            found = await conversations.find_or_begin(session, self.keyring, address)
            return found.row.id

    async def enqueue(self, address: Address, *texts: str) -> uuid.UUID:
        async with self.database.transaction() as session:
            found = await conversations.find_or_begin(session, self.keyring, address)
            for text in texts:  # one by one, or they are joined
                await self.outbox.enqueue(session, found, [OutboundMessage(text)], turn_id=None)
            return found.row.id


def message(
    text: str = "hello", *, sender: str = "1", update_id: str | None = None
) -> InboundMessage:
    """A text from somebody on the test channel."""
    return InboundMessage(
        address=Address("test", sender),
        update_id=update_id or str(next(_update_ids)),
        kind=Kind.TEXT,
        text=text,
        reference="7",
    )
