"""Operators: who may answer contacts, in which languages, when, and how they are reached."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot import clock
from bot.storage.database import Base
from bot.storage.encryption import KEY_BYTES, Keyring, Unreadable, seal, unseal

LINK_LASTS = timedelta(hours=24)
"""How long a one-time link can be used."""
LINK_BYTES = 18
"""Of a link's secret: 24 characters, within the 64 that Telegram's `/start` takes."""


class Role(StrEnum):
    """What an operator may do."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    """Is called last of all, may take cases over, gets the morning's summary."""
    EDITOR = "editor"
    """Keeps the answers; is never called and answers nobody."""


class Operator(Base):
    """One person of the team. The account is sealed: a stolen database names nobody."""

    __tablename__ = "operators"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    """What the team calls them; contacts never see it."""
    role: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(sa.JSON)
    """ISO 639 codes of the languages that they write."""
    rota: Mapped[str] = mapped_column(default="always")
    """When they are on duty: see `handoff/paging/rota.py`."""
    active: Mapped[bool] = mapped_column(default=True)
    account_hash: Mapped[bytes | None] = mapped_column(unique=True)
    """Keyed hash of the channel's id of them; null until the link was used."""
    account_sealed: Mapped[bytes | None]
    key_wrapped: Mapped[bytes | None]
    key_epoch: Mapped[str | None]
    link_hash: Mapped[bytes | None]
    link_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    created_hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class DayOff(Base):
    """A day on which somebody, or everybody (null), is not on duty."""

    __tablename__ = "days_off"
    __table_args__ = (
        sa.UniqueConstraint("day", "operator_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    day: Mapped[date]
    operator_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("operators.id", ondelete="CASCADE")
    )


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link: its secret is shown once and stored only as a hash."""

    secret: str = field(repr=False)
    until: datetime


def new(name: str, role: Role, languages: Sequence[str], rota: str) -> Operator:
    """An operator who has not used their link yet."""
    return Operator(
        id=uuid.uuid4(),
        name=name,
        role=role.value,
        languages=list(languages),
        rota=rota,
        active=True,
        created_hour=clock.this_hour(),
    )


def new_link(operator: Operator) -> Link:
    """Give an operator a one-time link; an earlier one no longer opens anything."""
    link = Link(secrets.token_urlsafe(LINK_BYTES), clock.now() + LINK_LASTS)
    operator.link_hash, operator.link_until = _hash(link.secret), link.until
    return link


async def bind(
    session: AsyncSession, keyring: Keyring, secret: str, account: str
) -> Operator | None:
    """Bind an account to whose link this is, and use the link up; None for a link of nobody.

    An account that belonged to another operator is taken from them: it is one person's.
    """
    found: Operator | None = await session.scalar(
        sa.select(Operator)
        .where(
            Operator.link_hash == _hash(secret),
            Operator.link_until > clock.now(),
            Operator.active,
        )
        .with_for_update()
    )
    if found is None:
        return None
    hashed = keyring.look_up("operator", account)
    await session.execute(
        sa.update(Operator)
        .where(Operator.account_hash == hashed, Operator.id != found.id)
        .values(account_hash=None, account_sealed=None, key_wrapped=None, key_epoch=None)
    )
    key = secrets.token_bytes(KEY_BYTES)
    found.key_wrapped, found.key_epoch = keyring.wrap(key, str(found.id))
    found.account_sealed = seal(key, account.encode(), f"operator:{found.id}")
    found.account_hash = hashed
    found.link_hash = found.link_until = None
    return found


def unbind(operator: Operator) -> None:
    """Forget an operator's account, and the link that would bind another."""
    operator.account_hash = operator.account_sealed = None
    operator.key_wrapped = operator.key_epoch = None
    operator.link_hash = operator.link_until = None


async def by_account(session: AsyncSession, keyring: Keyring, account: str) -> Operator | None:
    """The active operator to whom a channel's account is bound."""
    found: Operator | None = await session.scalar(
        sa.select(Operator).where(
            Operator.account_hash == keyring.look_up("operator", account), Operator.active
        )
    )
    return found


async def by_name(session: AsyncSession, name: str) -> Operator | None:
    """The operator whom the team calls so."""
    found: Operator | None = await session.scalar(
        sa.select(Operator).where(sa.func.lower(Operator.name) == name.strip().lower())
    )
    return found


async def everybody(session: AsyncSession) -> Sequence[Operator]:
    """All operators, those who have left too, by name."""
    return (await session.scalars(sa.select(Operator).order_by(Operator.name))).all()


async def reachable(session: AsyncSession) -> Sequence[Operator]:
    """Active operators and supervisors whose account is known, by name."""
    found = await session.scalars(
        sa.select(Operator)
        .where(
            Operator.active,
            Operator.account_hash.is_not(None),
            Operator.role != Role.EDITOR.value,
        )
        .order_by(Operator.name)
    )
    return found.all()


def account_of(keyring: Keyring, operator: Operator) -> str:
    """The channel's id of an operator.

    Raises:
        Unreadable: it is not bound, or its key is lost: they need a new link.
    """
    if operator.account_sealed is None or operator.key_wrapped is None or not operator.key_epoch:
        raise Unreadable("no account is bound")
    key = keyring.unwrap(operator.key_wrapped, operator.key_epoch, str(operator.id))
    return unseal(key, operator.account_sealed, f"operator:{operator.id}").decode()


async def days_off(session: AsyncSession, since: date) -> Sequence[DayOff]:
    """Days off from a day on."""
    found = await session.scalars(
        sa.select(DayOff).where(DayOff.day >= since).order_by(DayOff.day, DayOff.id)
    )
    return found.all()


async def add_day_off(session: AsyncSession, day: date, operator: uuid.UUID | None) -> bool:
    """Give an operator, or everybody (None), a day off; False when they had it already."""
    added = await session.scalar(
        insert(DayOff)
        .values(day=day, operator_id=operator)
        .on_conflict_do_nothing()
        .returning(DayOff.id)
    )
    return added is not None


async def remove_day_off(session: AsyncSession, day: date, operator: uuid.UUID | None) -> bool:
    """Take a day off back, as it was given; False when there was none."""
    removed = await session.scalar(
        sa.delete(DayOff)
        .where(DayOff.day == day, DayOff.operator_id.is_not_distinct_from(operator))
        .returning(DayOff.id)
    )
    return removed is not None


async def rewrap(session: AsyncSession, keyring: Keyring) -> None:
    """Wrap the keys of operators under the newest epoch."""
    older = [epoch for epoch in keyring.epochs if epoch != keyring.epoch]
    rows = await session.scalars(
        sa.select(Operator).where(Operator.key_epoch.in_(older)).with_for_update()
    )
    for row in rows:
        if row.key_wrapped is None or row.key_epoch is None:
            continue
        try:
            key = keyring.unwrap(row.key_wrapped, row.key_epoch, str(row.id))
        except Unreadable:
            continue  # they need a new link; their cases go on
        row.key_wrapped, row.key_epoch = keyring.wrap(key, str(row.id))


async def epochs_in_use(session: AsyncSession) -> set[str]:
    """The epochs under which keys of operators are wrapped."""
    found = await session.scalars(
        sa.select(Operator.key_epoch).where(Operator.key_epoch.is_not(None)).distinct()
    )
    return {epoch for epoch in found if epoch}


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
