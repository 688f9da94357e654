"""What the line itself says to a contact while a human is called, is there, or has left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from bot import clock, queue
from bot.content import answers
from bot.domain.events import Answered, Choice, Event, HumanCalled, Said, SlotValue
from bot.flows.state import FlowState, StateError
from bot.storage.encryption import Unreadable

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.handoff.parts import Parts
    from bot.storage.conversations import OpenConversation

FALLBACK_LANGUAGE = "en"


async def say(  # noqa: PLR0913 - what is said, to whom, how
    parts: Parts,
    session: AsyncSession,
    conversation: OpenConversation,
    phrase: str,
    *,
    slots: Mapping[str, SlotValue] | None = None,
    choices: Sequence[Choice] = (),
    answer: str | None = None,
    turn_id: uuid.UUID | None = None,
) -> None:
    """Say a phrase, and an answer file after it, under the owner that the conversation now has.

    A button to a human is left out: one was called, is there, or has just been.
    """
    language = conversation.row.language or FALLBACK_LANGUAGE
    events: list[Event] = [Said(phrase, dict(slots or {}), tuple(choices))]
    if answer is not None:
        events.append(Answered(answer))
    events.append(HumanCalled("handoff"))
    replies = answers.render(parts.content, events, language, clock.today())
    await parts.outbox.enqueue(
        session, conversation, replies, turn_id=turn_id, priority=queue.PRIORITY_ELEVATED
    )


def asked_for_silence(conversation: OpenConversation) -> bool:
    """Whether the contact said that it is not safe to go on writing (flows/danger.yml).

    A telephone that lights up in the wrong hands does more harm than not knowing how it stands.
    """
    with suppress(StateError, Unreadable):
        state = conversation.state
        return state is not None and FlowState.from_json(state).slots.get("can_write") is False
    return False
