"""What belongs to the installation: its keyring's name, its flow versions, its audit trail."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot import clock
from bot.storage.database import Base
from bot.storage.encryption import Keyring, KeyringError


class Installation(Base):
    """One row: which keyring this database belongs to."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    keyring: Mapped[str]


class FlowVersion(Base):
    """The source of a version of the flows, kept for conversations that began under it."""

    __tablename__ = "flow_versions"

    version: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    stored_hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    """The last hour in which it is known to have been live."""


class AuditEntry(Base):
    """Who did what to which row; append-only. Names of events and ids, nothing else."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    event: Mapped[str]
    actor: Mapped[str]
    subject: Mapped[uuid.UUID | None]
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


async def bind_keyring(session: AsyncSession, keyring: Keyring) -> None:
    """Note at the first start which keyring the database belongs to; check it at every later.

    Raises:
        KeyringError: the database was written with another keyring.
    """
    await session.execute(
        insert(Installation).values(id=1, keyring=keyring.identity).on_conflict_do_nothing()
    )
    found = await session.scalar(sa.select(Installation.keyring).where(Installation.id == 1))
    if found != keyring.identity:
        raise KeyringError(
            f"{keyring.path} does not belong to this database: what is stored could not be read. "
            "Restore the keyring that was lost, or set HELPLINE_DATA_DIR to where it lies"
        )


async def keep_flow_version(session: AsyncSession, version: str, source: str) -> None:
    """Keep the source of a version of the flows, and note that it is live in this hour."""
    hour = clock.this_hour()
    await session.execute(
        insert(FlowVersion)
        .values(version=version, source=source, stored_hour=hour)
        .on_conflict_do_update(index_elements=["version"], set_={"stored_hour": hour})
    )


async def flow_sources(session: AsyncSession, since: datetime, most: int) -> dict[str, str]:
    """The versions of the flows that were live since then, by version: the newest ones."""
    found = await session.execute(
        sa.select(FlowVersion.version, FlowVersion.source)
        .where(FlowVersion.stored_hour >= since)
        .order_by(FlowVersion.stored_hour.desc(), FlowVersion.version)
        .limit(most)
    )
    return {row.version: row.source for row in found}


async def flow_source(session: AsyncSession, version: str) -> str | None:
    """The source of a version of the flows; None when it was never kept."""
    found: str | None = await session.scalar(
        sa.select(FlowVersion.source).where(FlowVersion.version == version)
    )
    return found


async def forget_flow_versions(session: AsyncSession, before: datetime) -> None:
    """Delete versions of the flows that no conversation can be in the middle of any more."""
    await session.execute(sa.delete(FlowVersion).where(FlowVersion.stored_hour < before))


def audit(session: AsyncSession, event: str, actor: str, subject: uuid.UUID | None) -> None:
    """Add an entry to the audit trail."""
    session.add(AuditEntry(event=event, actor=actor, subject=subject, hour=clock.this_hour()))


async def history(session: AsyncSession, subject: uuid.UUID) -> Sequence[AuditEntry]:
    """What was done to a row, in order."""
    found = await session.scalars(
        sa.select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
    )
    return found.all()
