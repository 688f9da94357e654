"""`helpline desk rebuild`: the topics of open cases, and the editors', are made anew."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot import queue
from bot.cli import store, tables
from bot.cli.cases import found
from bot.cli.cases.listed import OPEN
from bot.cli.store import ACTOR, RefusedError, Store
from bot.cli.telegram import AnsweredNo, Telegram, connected
from bot.domain.cases import CaseStatus
from bot.handoff import cases as handoff
from bot.handoff.rooms import editors
from bot.settings import Settings
from bot.storage import cases, installation, posts
from bot.storage.cases import Case
from bot.storage.posts import EDITORS

GONE = ("topic_id_invalid", "topic_deleted", "thread not found")
"""Parts of what Telegram answers about a topic that was deleted: as in `telegram/calls.py`."""


async def rebuild(options: argparse.Namespace) -> int:
    """Let the rooms of open cases, or of one, be filled again; the running line does it."""
    async with store.opened() as open_store:
        if open_store.settings.telegram_desk is None:
            raise RefusedError(
                "There is no desk to rebuild: HELPLINE_TELEGRAM_DESK is not set. docs/desk.md "
                "tells how one is made"
            )
        topics: list[int] = []
        async with open_store.database.transaction() as session:
            chosen = await _chosen(session, options.case)
            runs = await queue.is_worked_on(session)
        for case in chosen:
            topic = await _refill(open_store, case)
            topics += [topic] if topic is not None else []
        of_editors = await _refill_editors(open_store) if options.case is None else None
        topics += [of_editors] if of_editors is not None else []
        left = await _delete(open_store.settings, topics)
    if not chosen and of_editors is None:
        sys.stdout.write("No case is open: there is nothing to rebuild.\n")
        return 0
    if chosen:
        numbers = ", ".join(str(case.number) for case in chosen)
        what = f"case {numbers}" if len(chosen) == 1 else f"{len(chosen)} cases ({numbers})"
        tables.say(f"The desk shows {what} anew, from the store, in a new topic each.")
    if of_editors is not None:
        tables.say("It makes the editors' topic anew when there is something to say in it.")
    if left:
        tables.say(
            f"{left} of the old topics could not be deleted. Delete them by hand: what is written "
            "in an old topic reaches nobody."
        )
    sys.stdout.write(
        "The running line does it now.\n"
        if runs
        else "No line runs now: it is done as soon as one starts (helpline run).\n"
    )
    return 0


async def _chosen(session: AsyncSession, number: int | None) -> Sequence[Case]:
    if number is None:
        return await cases.of_status(session, *OPEN)
    case = await found.by_number(session, number)
    if case.status == CaseStatus.RESOLVED.value:
        raise RefusedError(f"Case {number} is resolved: only open cases are shown anew", 1)
    return [case]


async def _refill(open_store: Store, chosen: Case) -> int | None:
    """Note that a case's room is lost, each case on its own; the old room's number."""
    async with open_store.database.transaction() as session:
        _, case = await handoff.locked(session, chosen.id)
        topic = case.topic
        if case.status == CaseStatus.RESOLVED.value:  # meanwhile
            return None
        await posts.refill(session, case)
        installation.audit(session, "desk_rebuild", ACTOR, case.id)
        await handoff.wake(open_store.queue, session, case)
    return topic


async def _refill_editors(open_store: Store) -> int | None:
    """Note that the editors' room is lost; the old room's number."""
    async with open_store.database.transaction() as session:
        topic = await editors.refill(session)
        if await posts.all_due(session, EDITORS):
            await queue.defer(open_store.queue, session, queue.Job.POST, row=EDITORS)
    return topic


async def _delete(settings: Settings, topics: Sequence[int]) -> int:
    """Delete the old topics; how many may be left.

    What an operator wrote in one that is left would reach nobody.
    """
    if not topics or settings.telegram_token is None:
        return len(topics)
    left = 0
    try:
        async with connected(settings) as telegram:
            for topic in topics:
                left += not await _delete_one(telegram, settings.telegram_desk, topic)
    except RefusedError as error:
        sys.stderr.write(f"{error}\n")
        return len(topics)
    return left


async def _delete_one(telegram: Telegram, desk: int | None, topic: int) -> bool:
    """Whether a topic is gone."""
    for pause in (True, False):
        try:
            await telegram.ask("deleteForumTopic", chat_id=desk, message_thread_id=topic)
        except AnsweredNo as error:
            if pause and error.retry_after is not None:
                await asyncio.sleep(error.retry_after)
                continue
            said = str(error).lower()
            return any(part in said for part in GONE)
        return True
    return False
