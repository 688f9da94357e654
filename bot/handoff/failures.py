"""What failed is given to a human: a message that could not be turned, a reply that was refused."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from bot import clock, logs
from bot.content import answers
from bot.domain.events import Said
from bot.domain.understanding import Tier
from bot.handoff import cases, words
from bot.handoff.contact import arrivals
from bot.storage import conversations
from bot.storage.conversations import Conversation
from bot.storage.encryption import Unreadable
from bot.storage.messages import Message, Status

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.handoff.parts import Parts

log = logs.get()


async def give_up(
    parts: Parts,
    conversation_id: uuid.UUID,
    message_id: uuid.UUID,
    *,
    cause: str,
    apologise: bool = True,
) -> None:
    """Open a case for a message whose turn failed, and say so to the contact; the next goes on."""
    log.error("turn_failed", message=str(message_id), cause=cause)
    async with parts.database.transaction() as session:
        conversation = await session.get(Conversation, conversation_id, with_for_update=True)
        row = await session.get(Message, message_id, with_for_update=True)
        if conversation is None or row is None or row.status != Status.STORED.value:
            return
        row.status, row.failure = Status.FAILED.value, cause
        if conversation.blocked:
            return
        need = cases.Need(Tier.ELEVATED, "turn_failed", message_id)
        await cases.open_case(parts.queue, session, conversation, need, parts.floods)
        if arrivals.is_held(conversation):
            await arrivals.owe_an_answer(parts, session, conversation_id)
        elif apologise:
            with suppress(Unreadable):  # then nobody can be reached any more
                await _apologise(parts, session, conversation_id, message_id)


async def open_case_for(parts: Parts, conversation_id: uuid.UUID, *, reason: str) -> None:
    """Open a case for something that went wrong outside a turn."""
    async with parts.database.transaction() as session:
        conversation = await session.get(Conversation, conversation_id, with_for_update=True)
        if conversation is not None and not conversation.blocked:
            need = cases.Need(Tier.ELEVATED, reason, None)
            await cases.open_case(parts.queue, session, conversation, need)


async def _apologise(
    parts: Parts, session: AsyncSession, conversation_id: uuid.UUID, message_id: uuid.UUID
) -> None:
    conversation = await conversations.load(session, parts.keyring, conversation_id, lock=True)
    if conversation is None:
        return
    language = conversation.row.language or words.FALLBACK_LANGUAGE
    events = (Said("internal_error" if parts.desk else "internal_error_alone"),)
    sorry = answers.render(parts.content, events, language, clock.today())
    await parts.outbox.enqueue(session, conversation, sorry, turn_id=message_id)
