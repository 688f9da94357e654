"""Compares the simulator's ledger with the store: what was acknowledged, handled and sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from bot import clock
from bot.domain.messages import Address
from bot.storage import conversations, messages
from bot.storage.conversations import Conversation
from bot.storage.database import Database
from bot.storage.encryption import Keyring
from bot.storage.messages import Message, Status
from tests.support.telegram_simulator.ledger import Ledger


@dataclass
class Account:
    """One contact: what was written, what was answered, and what the phone shows."""

    written: list[str] = field(default_factory=list)
    """Texts that the store holds from the contact, in the order in which they were stored."""
    unanswered: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    """First lines of what the store says was sent, in order."""
    doubtful: int = 0
    """How often at most something may have arrived again: each further try of a doubtful one."""
    delivered: list[str] = field(default_factory=list)
    """First lines of what the ledger says arrived, in order."""

    def repeats(self) -> int:
        """How often something arrived again; fails if anything is lost, or out of order."""
        expected = iter(self.replies)
        count, last = 0, None
        for text in self.delivered:
            if text == last:
                count += 1
                continue
            last = next(expected, None)
            assert text == last, "a reply is lost, or out of order"
        assert next(expected, None) is None, "a reply never arrived"
        return count


async def account(database: Database, keyring: Keyring, ledger: Ledger, chat: int) -> Account:
    """The account of one private chat."""
    found = Account(delivered=[_mark(text) for text in ledger.texts_delivered(chat)])
    async with database.transaction() as session:
        conversation = await conversations.find(session, keyring, Address("telegram", str(chat)))
        assert conversation is not None, "nothing was stored of this contact"
        rows = await messages.of_conversation(session, conversation.row.id)
        answered = {row.turn_id for row in rows if not row.inbound}
        for row in rows:
            if row.inbound:
                text = messages.read_inbound(conversation, row).text
                found.written.append(text)
                if row.status != Status.TURNED.value or row.id not in answered:
                    found.unanswered.append(text)
            else:
                text = messages.read_outbound(conversation, row).text
                assert row.status == Status.SENT.value, row.status
                found.replies.append(_mark(text))
                found.doubtful += row.attempts - 1 if row.doubtful else 0
    return found


async def nothing_waits(database: Database) -> bool:
    """Whether everything that was stored has been turned and sent."""
    waiting = (Status.STORED.value, Status.QUEUED.value, Status.SENDING.value)
    async with database.transaction() as session:
        count = await session.scalar(
            sa.select(sa.func.count())
            .select_from(Message)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.status.in_(waiting))
        )
    return count == 0


async def stored(database: Database) -> int:
    """How many messages of contacts are stored."""
    async with database.transaction() as session:
        return (
            await session.scalar(
                sa.select(sa.func.count()).select_from(Message).where(Message.inbound)
            )
            or 0
        )


def keyring_of(data_dir: Path, master: bytes) -> Keyring:
    """The keyring that a line process uses."""
    return Keyring.open(data_dir, master, clock.today())


def _mark(text: str) -> str:
    """Enough of a text to know it by, whatever the markup: its letters and digits."""
    plain = text.replace("<b>", "").replace("</b>", "").replace("&amp;", "&")
    return "".join(character for character in plain if character.isalnum())[:400]
