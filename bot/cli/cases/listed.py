"""`helpline cases`: a table of cases, the most urgent and the oldest first."""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Mapping
from datetime import datetime

from rich.text import Text

from bot import clock
from bot.cli import store, tables
from bot.cli.cases import found
from bot.cli.store import RefusedError
from bot.domain.cases import CaseStatus
from bot.domain.understanding import Tier
from bot.handoff.paging.rota import PHNOM_PENH
from bot.storage import cases
from bot.storage.cases import Case

OPEN = (CaseStatus.WAITING, CaseStatus.CLAIMED)


async def show(options: argparse.Namespace) -> int:
    """Print the cases that were asked for."""
    if options.all and options.status:
        raise RefusedError("--all and --status contradict each other: give one of them")
    statuses = tuple(CaseStatus) if options.all else OPEN
    if options.status:
        statuses = (CaseStatus(options.status),)
    async with store.opened() as open_store, open_store.database.transaction() as session:
        rows = [
            case
            for case in await cases.of_status(session, *statuses)
            if options.tier in {None, case.tier}
        ]
        names = await found.names(session)
    if not rows:
        sys.stdout.write(f"No {_kind(options)}case.\n")
        return 0
    now = clock.now()
    table = tables.table("#no", "tier", "status", "lang", "from", "why", "who", "#since")
    for case in rows:
        table.add_row(*_row(case, names, now))
    console = tables.console()
    console.print(table)
    waiting = sum(case.status == CaseStatus.WAITING.value for case in rows)
    unanswered = sum(case.unanswered_since is not None for case in rows)
    if waiting or unanswered:
        console.print(f"\n{waiting} wait for somebody to take them.", end="")
        console.print(f" In {unanswered} the contact waits for their operator." * bool(unanswered))
    return 0


def _kind(options: argparse.Namespace) -> str:
    status = options.status or ("" if options.all else "open")
    return "".join(f"{word} " for word in (status, options.tier) if word)


def _row(case: Case, names: Mapping[uuid.UUID, str], now: datetime) -> tuple[Text, ...]:
    critical = case.tier == Tier.CRITICAL.value and case.status != CaseStatus.RESOLVED.value
    return (
        Text(str(case.number)),
        Text(case.tier, "bold red" if critical else ""),
        Text(case.status),
        tables.shown(case.language or ""),
        tables.shown(case.country or ""),
        tables.shown(case.reason),
        tables.shown(_who(case, names)),
        _since(case, now),
    )


def _who(case: Case, names: Mapping[uuid.UUID, str]) -> str:
    if case.status == CaseStatus.WAITING.value:
        return "seen" if case.acknowledged_at is not None else "nobody"
    return found.holder(case, names) or case.outcome or ""


def _since(case: Case, now: datetime) -> Text:
    """How long it waits for somebody, or somebody has it; else the day on which it ended."""
    since = case.waiting_since or case.claimed_at
    if since is not None:
        return Text(tables.duration(now - since))
    if case.resolved_hour is not None:
        return Text(f"{case.resolved_hour.astimezone(PHNOM_PENH):%Y-%m-%d}")
    return Text("")
