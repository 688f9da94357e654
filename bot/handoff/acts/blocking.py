"""Blocks that outlive a wipe are lifted by the number of the case; there is no card any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.storage import blocked, cases, conversations, installation

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def unblock(session: AsyncSession, number: int, actor: str) -> bool:
    """Let who was blocked in a case be answered again; False when no block is kept under it."""
    kept = await blocked.of_case(session, number)
    for row in kept:
        await conversations.unblock(session, row.channel, row.address_hash)
        await session.delete(row)
    if kept:
        case = await cases.by_number(session, number)
        installation.audit(session, "contact_unblock", actor, case.id if case else None)
    return bool(kept)
