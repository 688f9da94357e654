"""Finds a case by its number, and says who has it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.store import RefusedError
from bot.storage import cases, operators
from bot.storage.cases import Case


async def by_number(session: AsyncSession, number: int) -> Case:
    """The case of this number.

    Raises:
        RefusedError: there is none.
    """
    case = await cases.by_number(session, number)
    if case is None:
        raise RefusedError(f"There is no case {number}. `helpline cases --all` lists them")
    return case


async def names(session: AsyncSession) -> dict[uuid.UUID, str]:
    """What the team calls each of them."""
    return {row.id: row.name for row in await operators.everybody(session)}


def holder(case: Case, known: Mapping[uuid.UUID, str]) -> str:
    """Who has a claimed case; empty for one that nobody has."""
    return known.get(case.operator_id, "") if case.operator_id is not None else ""
