"""What came in: deliveries that were seen already, and updates that nobody could read."""

from __future__ import annotations

import contextlib
import secrets
import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot import clock
from bot.storage.database import Base
from bot.storage.encryption import KEY_BYTES, Keyring, Unreadable, seal

DELIVERIES_KEPT = timedelta(hours=72)
"""Telegram repeats an update for at most 24 h; twice that and a day of reserve."""


class Delivery(Base):
    """A delivery of a channel that was stored: seen again, it is dropped."""

    __tablename__ = "deliveries"

    channel: Mapped[str] = mapped_column(primary_key=True)
    update_id: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class ParkedUpdate(Base):
    """An update that could not be read: acknowledged, kept sealed, looked at by people."""

    __tablename__ = "parked_updates"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    channel: Mapped[str]
    sealed: Mapped[bytes]
    key_wrapped: Mapped[bytes]
    key_epoch: Mapped[str]
    cause: Mapped[str]
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


async def is_new(session: AsyncSession, channel: str, update_id: str) -> bool:
    """Note a delivery; False when it had been noted before."""
    result = await session.execute(
        insert(Delivery)
        .values(channel=channel, update_id=update_id, hour=clock.this_hour())
        .on_conflict_do_nothing()
        .returning(Delivery.update_id)
    )
    return result.first() is not None


async def was_noted(session: AsyncSession, channel: str, update_id: str) -> bool:
    """Whether a delivery was noted."""
    return await session.get(Delivery, (channel, update_id)) is not None


async def forget(session: AsyncSession, before: datetime) -> None:
    """Forget deliveries of before an hour (`DELIVERIES_KEPT` ago), and parked updates."""
    await session.execute(sa.delete(Delivery).where(Delivery.hour < before))
    await session.execute(sa.delete(ParkedUpdate).where(ParkedUpdate.hour < before))


def park(session: AsyncSession, keyring: Keyring, channel: str, raw: bytes, cause: str) -> None:
    """Keep an update that could not be read, sealed under a key of its own."""
    identity = uuid.uuid4()
    key = secrets.token_bytes(KEY_BYTES)
    wrapped, epoch = keyring.wrap(key, str(identity))
    session.add(
        ParkedUpdate(
            id=identity,
            channel=channel,
            sealed=seal(key, raw, f"parked:{identity}"),
            key_wrapped=wrapped,
            key_epoch=epoch,
            cause=cause,
            hour=clock.this_hour(),
        )
    )


async def rewrap_parked(session: AsyncSession, keyring: Keyring) -> None:
    """Wrap keys of parked updates under the newest epoch, so that people can still read them."""
    older = [epoch for epoch in keyring.epochs if epoch != keyring.epoch]
    rows = await session.scalars(
        sa.select(ParkedUpdate).where(ParkedUpdate.key_epoch.in_(older)).with_for_update()
    )
    for row in rows:
        with contextlib.suppress(Unreadable):
            key = keyring.unwrap(row.key_wrapped, row.key_epoch, str(row.id))
            row.key_wrapped, row.key_epoch = keyring.wrap(key, str(row.id))
