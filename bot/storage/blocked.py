"""Addresses that stay blocked though their conversation was wiped: keyed hashes, and no more.

Whoever is blocked may have all erased like everybody. Were the block erased, too, it would end
whenever they ask; so of them alone the keyed hash of the address is kept, with the number of their
case, by which operators lift the block. It lives as long as the block would have without the wipe:
until nothing was written for the days of retention. It names nobody without the keyring, and tells
then only that this address wrote once and was blocked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.database import Base


class BlockedAddress(Base):
    """The keyed hash of an address whose conversation was wiped while it was blocked."""

    __tablename__ = "blocked_addresses"

    channel: Mapped[str] = mapped_column(primary_key=True)
    address_hash: Mapped[bytes] = mapped_column(primary_key=True)
    case_number: Mapped[int | None] = mapped_column(sa.BigInteger)
    """What operators call it by: their newest case, of when it was kept first."""
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    """When they last wrote before a wipe."""


async def keep(
    session: AsyncSession, channel: str, address_hash: bytes, number: int | None, hour: datetime
) -> bool:
    """Keep an address blocked; False when it is kept already."""
    values = {"channel": channel, "address_hash": address_hash, "hour": hour}
    added = await session.scalar(
        insert(BlockedAddress)
        .values(**values, case_number=number)
        .on_conflict_do_nothing()
        .returning(BlockedAddress.channel)
    )
    if added is None:
        await session.execute(
            sa.update(BlockedAddress).where(_is(channel, address_hash)).values(hour=hour)
        )
    return added is not None


async def is_kept(session: AsyncSession, channel: str, address_hash: bytes) -> bool:
    """Whether an address is blocked since before its conversation."""
    found = await session.get(BlockedAddress, (channel, address_hash))
    return found is not None


async def drop(session: AsyncSession, channel: str, address_hash: bytes) -> None:
    """Forget an address that is no longer blocked."""
    await session.execute(sa.delete(BlockedAddress).where(_is(channel, address_hash)))


async def of_case(session: AsyncSession, number: int) -> Sequence[BlockedAddress]:
    """The addresses that are kept under a case's number, locked."""
    found = await session.scalars(
        sa.select(BlockedAddress).where(BlockedAddress.case_number == number).with_for_update()
    )
    return found.all()


async def forget(session: AsyncSession, before: datetime) -> None:
    """Forget addresses that wrote nothing since an hour, and have no conversation now."""
    conversations = sa.table("conversations", sa.column("channel"), sa.column("address_hash"))
    lives = sa.exists().where(
        conversations.c.channel == BlockedAddress.channel,
        conversations.c.address_hash == BlockedAddress.address_hash,
    )
    await session.execute(sa.delete(BlockedAddress).where(BlockedAddress.hour < before, ~lives))


def _is(channel: str, address_hash: bytes) -> sa.ColumnElement[bool]:
    return sa.and_(BlockedAddress.channel == channel, BlockedAddress.address_hash == address_hash)
