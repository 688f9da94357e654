"""Who of the team is on duty, and whom a ring calls."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot import logs
from bot.handoff.paging import rota
from bot.handoff.paging.rota import RotaError
from bot.handoff.paging.timing import Circle
from bot.storage import operators
from bot.storage.operators import Role

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

log = logs.get()


@dataclass(frozen=True, slots=True)
class Member:
    """An operator or supervisor who can be reached."""

    id: uuid.UUID
    supervisor: bool
    languages: frozenset[str]
    on_duty: bool


@dataclass(frozen=True, slots=True)
class Team:
    """All who can be reached, at one moment."""

    members: tuple[Member, ...]

    @property
    def anybody_on_duty(self) -> bool:
        """Whether at least one is on duty, a supervisor too."""
        return any(member.on_duty for member in self.members)

    def called(self, circle: Circle, language: str | None, *, critical: bool) -> list[uuid.UUID]:
        """Whom a ring calls. Where a circle is empty, the next wider one answers for it.

        When a life may be at stake and there are no supervisors, everybody is called off duty too.
        """
        duty = [member for member in self.members if member.on_duty and not member.supervisor]
        writing = [member for member in duty if language in member.languages]
        widest = [member for member in self.members if member.on_duty or member.supervisor]
        circles: dict[Circle, Sequence[Sequence[Member]]] = {
            Circle.LANGUAGE: (writing, duty, widest),
            Circle.DUTY: (duty, widest),
            Circle.ALL: (widest,),
        }
        found = next((members for members in circles[circle] if members), ())
        if critical and not found:
            found = self.members
        return [member.id for member in found]


async def load(session: AsyncSession, now: datetime) -> Team:
    """The team as it is now. A rota that cannot be read counts as one that is always on duty."""
    off = await operators.days_off(session, rota.local_day(now) - timedelta(days=1))
    members = []
    for row in await operators.reachable(session):
        try:
            hours = rota.parse(row.rota)
        except RotaError:  # written past the command that checks it: rather once too often
            log.error("rota_unreadable")
            hours = rota.parse("always")
        days = {found.day for found in off if found.operator_id in {None, row.id}}
        member = Member(
            id=row.id,
            supervisor=row.role == Role.SUPERVISOR.value,
            languages=frozenset(row.languages),
            on_duty=rota.on_duty(hours, now, days),
        )
        members.append(member)
    return Team(tuple(members))
