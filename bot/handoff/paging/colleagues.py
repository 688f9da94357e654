"""To whom a case can be handed: who is on duty first, and of these who writes its language."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bot.handoff.paging import team
from bot.storage import operators

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.storage.cases import Case

MOST: Final = 30
"""Names that are shown: more than a team has, and few enough for one keyboard."""
ON_DUTY, OFF_DUTY = "● ", "○ "
"""Before a name: told apart by shape."""


async def of(session: AsyncSession, case: Case, now: datetime) -> list[tuple[str, str]]:
    """Ids (32 hex digits) and marked names of all who can be reached, but for who has the case."""
    people = await team.load(session, now)
    names: dict[uuid.UUID, str] = {row.id: row.name for row in await operators.reachable(session)}
    found = sorted(
        (one for one in people.members if one.id in names and one.id != case.operator_id),
        key=lambda member: (
            not member.on_duty,
            case.language not in member.languages,
            names[member.id],
        ),
    )
    return [
        (member.id.hex, f"{ON_DUTY if member.on_duty else OFF_DUTY}{names[member.id]}")
        for member in found[:MOST]
    ]
