"""Reads of a case what operators may know of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bot import clock
from bot.content.voice import Voice
from bot.domain.cases import CaseStatus
from bot.handoff.pseudonym import pseudonym
from bot.handoff.rooms.card import ANSWERS, CaseView
from bot.storage import conversations, messages
from bot.storage.conversations import Conversation
from bot.storage.encryption import Unreadable
from bot.storage.messages import Status
from bot.storage.operators import Operator

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.handoff.parts import Parts
    from bot.storage.cases import Case

LOOKED_THROUGH: Final = 30
"""Newest messages among which the line's answers are looked for."""


def voice_of(parts: Parts) -> Voice:
    """How the line speaks to operators."""
    return Voice(parts.content, parts.desk_language, clock.today())


async def view_of(session: AsyncSession, case: Case, answered: Sequence[str] = ()) -> CaseView:
    """A case as operators see it."""
    owner = case.conversation_id
    conversation = await session.get(Conversation, owner) if owner is not None else None
    operator = (
        await session.get(Operator, case.operator_id) if case.operator_id is not None else None
    )
    return CaseView(
        number=case.number,
        status=CaseStatus(case.status),
        tier=case.tier,
        reason=case.reason,
        pseudonym=pseudonym(owner or case.id),
        language=case.language,
        country=case.country,
        waiting_since=case.waiting_since,
        seen=case.acknowledged_at is not None,
        operator=operator.name if operator is not None else None,
        claimed_at=case.claimed_at,
        unanswered_since=case.unanswered_since,
        reopened=case.reopened,
        outcome=case.outcome,
        blocked=conversation is not None and conversation.blocked,
        answered=tuple(answered),
    )


async def answers_of(parts: Parts, session: AsyncSession, case: Case) -> tuple[str, ...]:
    """What the line itself has answered lately, newest last."""
    if case.conversation_id is None:
        return ()
    found: list[str] = []
    try:
        conversation = await conversations.load(session, parts.keyring, case.conversation_id)
        if conversation is None:
            return ()
        rows = await messages.newest(session, case.conversation_id, LOOKED_THROUGH)
        for row in rows:
            gone = row.status in {Status.DROPPED.value, Status.FAILED.value}
            if not row.inbound and row.operator_id is None and not gone:
                found.append(messages.read_outbound(conversation, row).text)
    except Unreadable:  # a card without them is better than none
        return ()
    return tuple(found[-ANSWERS:])
