"""Calling operators to a case: a page becomes a message in the operators' group."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import logs
from bot.domain.channel import Channel, Failure, SendError
from bot.domain.fitting import split
from bot.domain.messages import Address, Kind, OutboundMessage
from bot.storage import conversations, messages
from bot.storage.cases import Case, Page, PageStatus
from bot.storage.encryption import Unreadable
from bot.storage.messages import Message

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.storage.database import Database
    from bot.storage.encryption import Keyring

log = logs.get()

PAUSES = (1.0, 2.0, 5.0, 10.0, 15.0)
"""Seconds between tries to post a page; the last one repeats. It is never given up."""


class PageLater(Exception):
    """The desk could not be reached; the page's job is to be tried again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Desk:
    """Where operators are called: a group, reached through a channel."""

    address: Address
    channel: Channel


async def post(database: Database, keyring: Keyring, desk: Desk | None, page: uuid.UUID) -> None:
    """Post a page to the desk, once.

    Without a desk the case waits in the store, and the contact was told so by the turn.

    Raises:
        PageLater: the desk could not be reached.
    """
    async with database.transaction() as session:
        row = await session.get(Page, page, with_for_update=True)
        if row is None or row.status != PageStatus.DUE.value:
            return
        if desk is None:
            row.status = PageStatus.UNPOSTED.value
            log.error("page_has_no_desk")
            return
        row.attempts += 1
        attempts = row.attempts
        case = await session.get_one(Case, row.case_id)
        card = OutboundMessage(text=await _card(session, keyring, case, row))
    try:
        # The longest message with the card's head is more than the channel takes at once.
        references: list[str] = []
        for piece in split(card, desk.channel.text_limit):
            references += (await desk.channel.send(desk.address, piece)).references
    except SendError as error:
        log.error("page_failed", failure=error.failure.value, cause=error.cause, attempt=attempts)
        pause = PAUSES[min(attempts, len(PAUSES)) - 1]
        if error.failure is Failure.WAIT:
            pause = max(pause, error.retry_after)
        raise PageLater(pause) from None
    async with database.transaction() as session:
        row = await session.get_one(Page, page, with_for_update=True)
        row.status = PageStatus.POSTED.value
        row.desk_references = references
        now = await session.get_one(Case, row.case_id, with_for_update=True)
        erased = case.conversation_id is not None and now.conversation_id is None
    log.info("page_posted", case=case.number, tier=case.tier)
    if erased:  # while we posted: what the contact wanted gone must not stay on the desk
        await _take_back(desk, references)


async def _take_back(desk: Desk, references: list[str]) -> None:
    try:
        await desk.channel.delete(desk.address, references)
    except SendError as error:
        log.error("page_not_taken_back", failure=error.failure.value, cause=error.cause)


async def _card(session: AsyncSession, keyring: Keyring, case: Case, page: Page) -> str:
    """What operators see: the case and the message that made the page, copied, unattributed."""
    lines = [f"**Case {case.number}: {page.tier}**", f"why: {page.reason}"]
    if case.language:
        lines.append(f"language: {case.language}")
    text = await _message_text(session, keyring, case, page)
    if text:
        lines += ["", text]
    return "\n".join(lines)


async def _message_text(session: AsyncSession, keyring: Keyring, case: Case, page: Page) -> str:
    if case.conversation_id is None or page.turn_id is None:
        return ""
    try:
        conversation = await conversations.load(session, keyring, case.conversation_id)
        message = await session.get(Message, page.turn_id)
        if conversation is None or message is None:
            return ""
        inbound = messages.read_inbound(conversation, message)
    except Unreadable:  # a page without the text is better than none
        return "(unreadable)"
    if inbound.kind is Kind.TEXT or inbound.text:
        return inbound.text
    return f"({inbound.kind.value})"
