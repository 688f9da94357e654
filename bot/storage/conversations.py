"""Conversations: who is reached how, in which language, and where the flow stands."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot import clock, logs
from bot.domain.messages import Address
from bot.storage import blocked
from bot.storage.database import Base
from bot.storage.encryption import KEY_BYTES, Keyring, Unreadable, seal, unseal

log = logs.get()


class Conversation(Base):
    """One contact on one channel. Everything that tells who or what is sealed."""

    __tablename__ = "conversations"
    __table_args__ = (sa.UniqueConstraint("channel", "address_hash"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    channel: Mapped[str]
    address_hash: Mapped[bytes | None]
    """Keyed hash of the address; null once the contact asked to be forgotten."""
    address_sealed: Mapped[bytes]
    key_wrapped: Mapped[bytes]
    key_epoch: Mapped[str]
    language: Mapped[str | None]
    language_chosen: Mapped[bool] = mapped_column(default=False)
    """True when the contact picked the language, which then counts more than what is detected."""
    state_sealed: Mapped[bytes | None]
    """The flow state, JSON."""
    owner: Mapped[str] = mapped_column(default="bot")
    fence: Mapped[int] = mapped_column(default=0)
    """Counts changes of owner; a message of an earlier owner is dropped."""
    reachable: Mapped[bool] = mapped_column(default=True)
    """False when the contact blocked the line."""
    blocked: Mapped[bool] = mapped_column(default=False)
    """True when an operator blocked the contact: what they write is kept, and nobody is called."""
    wiping: Mapped[bool] = mapped_column(default=False)
    begun_hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    last_hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """A conversation with its key in hand: what it holds can be opened and sealed."""

    row: Conversation = field(repr=False)
    key: bytes = field(repr=False)

    @property
    def address(self) -> Address:
        """Where the contact is reached."""
        plain = unseal(self.key, self.row.address_sealed, f"address:{self.row.id}")
        return Address(self.row.channel, plain.decode())

    @property
    def state(self) -> str | None:
        """The flow state as JSON; None when no flow has run yet."""
        if self.row.state_sealed is None:
            return None
        return unseal(self.key, self.row.state_sealed, f"state:{self.row.id}").decode()

    def keep_state(self, state: str) -> None:
        """Store the flow state."""
        self.row.state_sealed = seal(self.key, state.encode(), f"state:{self.row.id}")


async def find_or_begin(
    session: AsyncSession, keyring: Keyring, address: Address
) -> OpenConversation:
    """The conversation of an address, locked until the transaction ends; begun if there is none.

    The lock makes the order of a conversation's message numbers the order of their commits.
    One whose key is lost is set aside: its contact must still be able to write, and one of them
    must not keep everybody's updates waiting.
    """
    try:
        found = await _find(session, keyring, address)
    except Unreadable:
        log.error("conversation_unreadable", channel=address.channel)
        await session.execute(
            sa.update(Conversation)
            .where(_is_of(keyring, address))
            .values(address_hash=None, reachable=False)
        )
        found = None
    if found is not None:
        return found
    identity = uuid.uuid4()
    key = secrets.token_bytes(KEY_BYTES)
    wrapped, epoch = keyring.wrap(key, str(identity))
    hour = clock.this_hour()
    address_hash = keyring.look_up(address.channel, address.value)
    begun = sa.dialects.postgresql.insert(Conversation).values(
        id=identity,
        channel=address.channel,
        address_hash=address_hash,
        address_sealed=seal(key, address.value.encode(), f"address:{identity}"),
        key_wrapped=wrapped,
        key_epoch=epoch,
        language_chosen=False,
        owner="bot",
        fence=0,
        reachable=True,
        blocked=await blocked.is_kept(session, address.channel, address_hash),
        wiping=False,
        begun_hour=hour,
        last_hour=hour,
    )
    await session.execute(begun.on_conflict_do_nothing())
    found = await _find(session, keyring, address)
    if found is None:  # pragma: no cover - the insert above made it, or another process did
        raise RuntimeError("a conversation vanished while it was begun")
    return found


async def _find(
    session: AsyncSession, keyring: Keyring, address: Address
) -> OpenConversation | None:
    row = await session.scalar(
        sa.select(Conversation).where(_is_of(keyring, address)).with_for_update()
    )
    return _open(keyring, row) if row is not None else None


def _is_of(keyring: Keyring, address: Address) -> sa.ColumnElement[bool]:
    return sa.and_(
        Conversation.channel == address.channel,
        Conversation.address_hash == keyring.look_up(address.channel, address.value),
    )


async def find(
    session: AsyncSession, keyring: Keyring, address: Address
) -> OpenConversation | None:
    """The conversation of an address, if there is one; locked until the transaction ends."""
    return await _find(session, keyring, address)


async def load(
    session: AsyncSession, keyring: Keyring, identity: uuid.UUID, *, lock: bool = False
) -> OpenConversation | None:
    """A conversation by its id; None when it was erased.

    Raises:
        Unreadable: its key is lost.
    """
    row = await session.get(Conversation, identity, with_for_update=lock or None)
    return _open(keyring, row) if row is not None else None


def _open(keyring: Keyring, row: Conversation) -> OpenConversation:
    return OpenConversation(row, keyring.unwrap(row.key_wrapped, row.key_epoch, str(row.id)))


async def rewrap(session: AsyncSession, keyring: Keyring, *, limit: int = 500) -> int:
    """Wrap keys of older epochs under the newest one; how many there were (at most `limit`).

    Keys that are lost already are left alone, or one of them would end the rotation for all.
    """
    older = [epoch for epoch in keyring.epochs if epoch != keyring.epoch]
    rows = await session.scalars(
        sa.select(Conversation)
        .where(Conversation.key_epoch.in_(older))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    count = 0
    for row in rows:
        try:
            key = keyring.unwrap(row.key_wrapped, row.key_epoch, str(row.id))
        except Unreadable:
            log.error("conversation_unreadable", conversation=str(row.id))
            continue
        row.key_wrapped, row.key_epoch = keyring.wrap(key, str(row.id))
        count += 1
    return count


async def epochs_in_use(session: AsyncSession) -> set[str]:
    """The epochs under which keys of living conversations are wrapped."""
    return set(await session.scalars(sa.select(Conversation.key_epoch).distinct()))


async def idle_since(session: AsyncSession, before: datetime) -> list[uuid.UUID]:
    """Conversations in which nothing was written since an hour."""
    found = await session.scalars(sa.select(Conversation.id).where(_idle(before)))
    return list(found)


async def erase_idle(session: AsyncSession, identity: uuid.UUID, before: datetime) -> bool:
    """Erase a conversation, unless somebody wrote in it since it was found to be idle."""
    erased = await session.scalar(
        sa.delete(Conversation)
        .where(Conversation.id == identity, _idle(before))
        .returning(Conversation.id)
    )
    return erased is not None


def _idle(before: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Conversation.last_hour < before, ~Conversation.wiping)


async def bring_back(session: AsyncSession, hour: datetime) -> None:
    """Let what a wrong clock has put into the time to come be of this hour.

    It would be kept until that time has come, and its age once more.
    """
    await session.execute(
        sa.update(Conversation).where(Conversation.last_hour > hour).values(last_hour=hour)
    )


async def unblock(session: AsyncSession, channel: str, address_hash: bytes) -> None:
    """Let a contact be answered again, if there is a conversation with them."""
    await session.execute(
        sa.update(Conversation)
        .where(Conversation.channel == channel, Conversation.address_hash == address_hash)
        .values(blocked=False)
    )


async def erase(session: AsyncSession, identity: uuid.UUID) -> None:
    """Delete a conversation with its key and all its messages. Cases stay as counts."""
    await session.execute(sa.delete(Conversation).where(Conversation.id == identity))
