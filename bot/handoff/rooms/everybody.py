"""Tells all who are at the desk something that belongs to no room of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import queue
from bot.storage import posts
from bot.storage.posts import EVERYBODY, PostKind

if TYPE_CHECKING:
    import procrastinate
    from sqlalchemy.ext.asyncio import AsyncSession


async def tell(
    jobs: procrastinate.App, session: AsyncSession, phrase: str, **values: object
) -> None:
    """Note what is said to everybody, by the key of its phrase, and have it shown."""
    posts.add(session, EVERYBODY, PostKind.NOTICE, text=phrase, values=values)
    await queue.defer(jobs, session, queue.Job.POST, row=EVERYBODY)
