"""`helpline cases show`: one case, what was done with it, and, if asked for, what was written."""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.cli import store, tables
from bot.cli.cases import found
from bot.cli.store import ACTOR, Store
from bot.domain.cases import CaseStatus
from bot.handoff.pseudonym import pseudonym
from bot.storage import cases, conversations, installation, messages
from bot.storage.cases import Case
from bot.storage.conversations import OpenConversation
from bot.storage.encryption import Unreadable
from bot.storage.installation import AuditEntry
from bot.storage.messages import Message

WARNING = """\
What follows was written in confidence by somebody who may be in danger. That you
read it is noted in the audit trail. Do not copy it, and clear the screen after.

"""
GONE = "(the conversation was erased: nothing of it is left but these figures)"


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a case before anything is printed."""

    case: Case
    names: Mapping[uuid.UUID, str]
    history: Sequence[AuditEntry]
    pages: int
    rows: Sequence[Message] = field(repr=False)
    texts: Sequence[str] = field(repr=False)


async def show(options: argparse.Namespace) -> int:
    """Print a case; texts only with `--messages`, and not before it is noted that they are read."""
    async with store.opened() as open_store, open_store.database.transaction() as session:
        read = await _read(open_store, session, options.number, texts=options.messages)
    console = tables.console()
    table = tables.table("", "")
    table.show_header = False
    for name, value in _facts(read, clock.now()):
        table.add_row(Text(name, "bold"), tables.shown(value))
    console.print(table)
    _print_history(read)
    if options.messages:
        sys.stdout.write("\n")
        sys.stdout.flush()  # or the warning comes first where both go into one pipe
        sys.stderr.write(WARNING)
        sys.stderr.flush()
        for line in read.texts or (GONE,):
            sys.stdout.write(f"{line}\n")
    return 0


async def _read(open_store: Store, session: AsyncSession, number: int, *, texts: bool) -> _Read:
    case = await found.by_number(session, number)
    rows: Sequence[Message] = ()
    if case.conversation_id is not None:
        rows = await messages.of_conversation(session, case.conversation_id)
    names = await found.names(session)
    opened: Sequence[str] = ()
    if texts:
        installation.audit(session, "case_read", ACTOR, case.id)
        await session.flush()
        opened = await _texts(open_store, session, case, rows, names)
    return _Read(
        case=case,
        names=names,
        history=await installation.history(session, case.id),
        pages=(await cases.pages(session)).get(case.id, 0),
        rows=rows,
        texts=opened,
    )


def _facts(read: _Read, now: datetime) -> Iterator[tuple[str, str]]:
    case = read.case
    yield "case", f"{case.number}, {case.tier}, {case.status}"
    if case.conversation_id is not None:
        yield "contact", f"{pseudonym(case.conversation_id)} (what operators call them)"
    yield "why", case.reason
    yield "language", case.language or "not known"
    yield "country", case.country or "not named"
    yield "opened", f"{tables.hour(case.opened_hour)}{_reopened(case)}"
    yield from _standing(case, read.names, now)
    yield "calls", f"{read.pages} for it, {case.rings} of operators in this wait"
    taken = (
        ("seen", case.seconds_to_acknowledge),
        ("taken", case.seconds_to_claim),
        ("resolved", case.seconds_to_resolve),
    )
    times = [f"{name} after {_seconds(value)}" for name, value in taken if value is not None]
    if times:
        yield "times", ", ".join(times)
    if case.feedback:
        yield "feedback", case.feedback
    yield "messages", _counts(read) if case.conversation_id is not None else GONE


def _reopened(case: Case) -> str:
    return f", reopened {case.reopened} times" if case.reopened else ""


def _standing(
    case: Case, names: Mapping[uuid.UUID, str], now: datetime
) -> Iterator[tuple[str, str]]:
    if case.status == CaseStatus.RESOLVED.value:
        when = f", {tables.hour(case.resolved_hour)}" if case.resolved_hour else ""
        yield "ended", f"{case.outcome or 'without an outcome'}{when}"
    elif case.waiting_since is not None:
        seen = "; an operator has seen it" if case.acknowledged_at is not None else ""
        yield "waits", f"{tables.duration(now - case.waiting_since)} for somebody to take it{seen}"
    else:
        since = f", for {tables.duration(now - case.claimed_at)}" if case.claimed_at else ""
        yield "held by", f"{found.holder(case, names)}{since}"
        if case.unanswered_since is not None:
            passed = tables.duration(now - case.unanswered_since)
            yield "unanswered", f"the contact waits for an answer, {passed} by now"


def _seconds(value: int) -> str:
    return tables.duration(timedelta(seconds=value))


def _counts(read: _Read) -> str:
    inbound = sum(row.inbound for row in read.rows)
    people = sum(row.operator_id is not None for row in read.rows)
    waiting = sum(row.status in messages.WAITING_TO_GO for row in read.rows)
    parts = [
        f"{inbound} of the contact",
        f"{len(read.rows) - inbound - people} of the bot",
        f"{people} of operators",
    ]
    if waiting:
        parts.append(f"{waiting} not sent yet")
    return ", ".join(parts)


def _print_history(read: _Read) -> None:
    console = tables.console()
    console.print(Text("\nWhat was done with it (hours are all that is kept)", "bold"))
    table = tables.table("when", "what", "by")
    for entry in read.history:
        what = entry.event.removeprefix("case_").replace("_", " ")
        table.add_row(tables.hour(entry.hour), what, tables.shown(_by(entry.actor, read.names)))
    console.print(table)


def _by(actor: str, names: Mapping[uuid.UUID, str]) -> str:
    try:
        return names.get(uuid.UUID(actor), "an operator")
    except ValueError:
        return "command line" if actor == ACTOR else actor


async def _texts(
    open_store: Store,
    session: AsyncSession,
    case: Case,
    rows: Sequence[Message],
    names: Mapping[uuid.UUID, str],
) -> list[str]:
    """What was written, oldest first, each with who wrote it."""
    if case.conversation_id is None:
        return []
    try:
        conversation = await conversations.load(session, open_store.keyring, case.conversation_id)
    except Unreadable:
        return ["(its key is lost: nobody can read it any more)"]
    if conversation is None:
        return []
    return [_text(conversation, row, names) for row in rows]


def _text(conversation: OpenConversation, row: Message, names: Mapping[uuid.UUID, str]) -> str:
    who = "contact" if row.inbound else "bot"
    if row.operator_id is not None:
        who = names.get(row.operator_id, "an operator")
    state = "" if row.inbound or row.status == messages.Status.SENT.value else f" ({row.status})"
    try:
        body = _inbound(conversation, row) if row.inbound else _outbound(conversation, row)
    except Unreadable:
        body = "(unreadable)"
    indented = tables.printable(body).replace("\n", "\n  ")
    return f"[{tables.hour(row.hour)}] {tables.printable(who)}{state}\n  {indented}\n"


def _inbound(conversation: OpenConversation, row: Message) -> str:
    message = messages.read_inbound(conversation, row)
    if message.command is not None:
        return f"/{message.command} {message.text}".rstrip()
    if message.payload is not None:
        return f"(button {message.payload})"
    edited = " (edited)" if message.edited else ""
    kind = "" if row.kind == "text" else f"({row.kind}) "
    return f"{kind}{message.text}{edited}".rstrip()


def _outbound(conversation: OpenConversation, row: Message) -> str:
    text = messages.read_outbound(conversation, row).text
    return text or f"({row.kind})"
