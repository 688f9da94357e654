"""Opening a case, and paging operators to it, in the transaction of whoever needs it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import logs, queue
from bot.domain.understanding import Tier
from bot.storage import cases, installation

if TYPE_CHECKING:
    import procrastinate
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.storage.conversations import Conversation

log = logs.get()


@dataclass(frozen=True, slots=True)
class Need:
    """Why a human is needed: a tier and a reason that is no message text."""

    tier: Tier
    reason: str
    turn_id: uuid.UUID | None


async def open_case(
    app: procrastinate.App, session: AsyncSession, conversation: Conversation, need: Need
) -> int:
    """Open (or raise) the conversation's case and page operators to it; the case's number.

    The conversation's row must be locked by the session. A turn pages once, however often
    it runs.
    """
    case = await cases.open_case(
        session,
        conversation.id,
        tier=need.tier.value,
        reason=need.reason,
        language=conversation.language,
    )
    page = await cases.add_page(
        session, case, tier=need.tier.value, reason=need.reason, turn_id=need.turn_id
    )
    if page is not None:
        urgent = need.tier is Tier.CRITICAL
        priority = queue.PRIORITY_PAGE if urgent else queue.PRIORITY_ELEVATED
        await queue.defer(app, session, queue.Job.PAGE, row=page, priority=priority)
        installation.audit(session, "case_paged", "bot", case.id)
        log.info("case_paged", case=case.number, tier=need.tier.value)
    return case.number
