"""`helpline desk check`: whether the operators' group is as the line needs it, and the mend."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rich.text import Text

from bot import clock, settings
from bot.cli import duty, store, tables
from bot.cli.store import Store
from bot.cli.telegram import AnsweredNo, Telegram, connected
from bot.storage import operators
from bot.storage.encryption import Unreadable

RIGHTS = {
    "can_manage_topics": ("Manage topics", "open, rename and close the topic of a case"),
    "can_pin_messages": ("Pin messages", "pin the card at the head of a topic"),
    "can_delete_messages": ("Delete messages", "delete a topic whose contact wants it gone"),
}
"""Rights of an administrator (Bot API: ChatAdministratorRights), their name in Telegram's app
(`Manage topics` exists in groups with topics only), and what each is for."""
HERE = frozenset({"creator", "administrator", "member", "restricted"})
"""Statuses of somebody who is in a group; `left` and `kicked` are not."""


class Verdict(StrEnum):
    """How one thing was found."""

    GOOD = "good"
    NOTE = "note"
    """It works, and could be better."""
    MEND = "MEND"
    """It does not work."""


STYLES = {Verdict.GOOD: "green", Verdict.NOTE: "yellow", Verdict.MEND: "bold red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    verdict: Verdict
    text: str


async def check(_options: argparse.Namespace) -> int:
    """Look at everything, print what was found; 1 when something has to be mended."""
    found = settings.read()
    async with connected(found) as telegram:
        me = await telegram.ask("getMe")
        table = tables.table("", "")
        table.show_header = False
        findings = [_good(f"The token is good: the bot is @{me.get('username', '')}.")]
        findings += [finding async for finding in _group(telegram, found.telegram_desk, me)]
        if found.telegram_desk is not None and not _to_mend(findings):
            async with store.opened() as open_store:
                findings += await _team(open_store, telegram, found.telegram_desk)
    for finding in findings:
        verdict = Text(finding.verdict.value, STYLES[finding.verdict])
        table.add_row(verdict, tables.shown(finding.text))
    tables.console().print(table)
    if count := _to_mend(findings):
        sys.stdout.write(f"\n{count} to mend. docs/desk.md tells how a desk is set up.\n")
        return 1
    sys.stdout.write("\nThe desk can be used.\n")
    return 0


def _to_mend(findings: list[Finding]) -> int:
    return sum(finding.verdict is Verdict.MEND for finding in findings)


def _good(text: str) -> Finding:
    return Finding(Verdict.GOOD, text)


def _note(text: str) -> Finding:
    return Finding(Verdict.NOTE, text)


def _mend(text: str) -> Finding:
    return Finding(Verdict.MEND, text)


async def _group(
    telegram: Telegram, desk: int | None, me: dict[str, Any]
) -> AsyncIterator[Finding]:
    """What Telegram says of the group and of the bot in it."""
    if desk is None:
        yield _mend(
            "HELPLINE_TELEGRAM_DESK is not set, so nobody is called. Set it to the group's chat "
            "id: `helpline desk find` shows it."
        )
        return
    try:
        chat = await telegram.ask("getChat", chat_id=desk)
        member = await telegram.ask("getChatMember", chat_id=desk, user_id=me["id"])
    except AnsweredNo as error:
        yield _mend(_refused(error, desk))
        return
    yield _kind(chat)
    for finding in _bot(member, topics=bool(chat.get("is_forum"))):
        yield finding


def _refused(error: AnsweredNo, desk: int) -> str:
    if error.moved_to is not None:
        return (
            f"The group has become a supergroup with another id. Set HELPLINE_TELEGRAM_DESK to "
            f"{error.moved_to} and start the line again."
        )
    return (
        f"Telegram says of the group {desk}: {error}. Is the bot in it, and is the id right, with "
        "its minus? `helpline desk find` shows the ids of the bot's groups."
    )


def _kind(chat: dict[str, Any]) -> Finding:
    title = chat.get("title", "")
    match chat.get("type"):
        case "supergroup" if chat.get("is_forum"):
            return _good(f"The group “{title}” has topics: each case gets one.")
        case "supergroup":
            return _note(
                f"The group “{title}” has no topics: all cases stand in one chat, each message "
                "with its case's number. To give each case a topic: Edit, Topics, on."
            )
        case "group":
            return _note(
                f"“{title}” is a small group without topics. Turn them on (Edit, Topics): its id "
                "changes then, and `helpline desk check` tells the new one."
            )
        case kind:
            return _mend(f"HELPLINE_TELEGRAM_DESK is the id of a {kind} chat, not of a group.")


def _bot(member: dict[str, Any], *, topics: bool) -> list[Finding]:
    """What the bot may do."""
    status = member.get("status")
    if status == "creator":
        return [_good("The bot owns the group.")]
    if status != "administrator":
        names = ", ".join(name for name, _ in RIGHTS.values())
        was = "is not in the group" if status not in HERE else "is in the group as a mere member"
        return [
            _mend(
                f"The bot {was}: it must be an administrator, or it does not see what operators "
                f"write. Group, Administrators, Add; with the rights: {names}."
            )
        ]
    findings = [_good("The bot is an administrator.")]
    for right, (name, purpose) in RIGHTS.items():
        if right == "can_manage_topics" and not topics:
            continue
        if member.get(right):
            findings.append(_good(f"It may {purpose}."))
        else:
            findings.append(
                _mend(f"It may not {purpose}: Group, Administrators, the bot, “{name}” on.")
            )
    return findings


async def _team(open_store: Store, telegram: Telegram, desk: int) -> list[Finding]:
    """Whether those who are called are in the group, under their own names."""
    async with open_store.database.transaction() as session:
        strength = await duty.strength(session, clock.now())
        bound = [row for row in await operators.everybody(session) if row.account_hash is not None]
    findings = []
    for row in bound:
        try:
            account = operators.account_of(open_store.keyring, row)
            member = await telegram.ask("getChatMember", chat_id=desk, user_id=int(account))
        except Unreadable:
            findings.append(
                _mend(f"The key of {row.name} is lost: `helpline operator link` gives a new link.")
            )
            continue
        except AnsweredNo:
            member = {"status": "left"}
        if member.get("status") not in HERE:
            findings.append(_mend(f"{row.name} is not in the group: invite them."))
        elif member.get("is_anonymous"):
            findings.append(
                _mend(
                    f"{row.name} writes there as the group, so that the line cannot know them: "
                    "Group, Administrators, their name, “Remain anonymous” off."
                )
            )
    return [*findings, *_strength(strength, strangers=bool(findings))]


def _strength(strength: duty.Strength, *, strangers: bool) -> list[Finding]:
    if not strength.added:
        return [_mend("There is no operator: `helpline operator add NAME --languages id,en`.")]
    if not strength.bound:
        return [_mend("No operator has used their link: `helpline operator list`.")]
    findings = []
    if not strangers:
        findings.append(_good(f"Operators who can be called: {strength.bound}, all in the group."))
    if not strength.on_duty:
        findings.append(_note("Nobody is on duty now: `helpline operator rota`."))
    return findings
