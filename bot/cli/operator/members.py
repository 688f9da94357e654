"""`helpline operator add|link|edit|remove`: who belongs to the team."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli import store, tables, telegram
from bot.cli.operator import read
from bot.cli.store import ACTOR, RefusedError, Store
from bot.domain.cases import Move
from bot.handoff import cases as handoff
from bot.settings import Settings
from bot.storage import cases, installation, operators
from bot.storage.operators import Link, Operator, Role

AS_SYSTEM = replace(handoff.SYSTEM, name=ACTOR)
"""Cases of somebody who leaves go back as those of somebody who does not answer."""


async def add(options: argparse.Namespace) -> int:
    """Add somebody; who has left comes back under their name."""
    name, languages = read.name(options.name), read.languages(options.languages)
    role, hours = Role(options.role), read.hours(options.rota)
    async with store.opened() as open_store:
        async with open_store.database.transaction() as session:
            there = await operators.by_name(session, name)
            if there is not None and there.active:
                raise RefusedError(
                    f"There is a {there.name} already: choose another name, or use\n"
                    f"  helpline operator edit|link {_quoted(there.name)}"
                )
            row = there or operators.new(name, role, languages, hours)
            row.name, row.role, row.languages, row.rota = name, role.value, languages, hours
            row.active = True
            link = operators.new_link(row)
            session.add(row)
            await session.flush()
            installation.audit(session, "operator_add", ACTOR, row.id)
        back = " is back" if there is not None else " was added"
        tables.say(f"{name}{back}: {role.value}, writes {read.in_words(languages)}; {_duty(row)}.")
        await _show_link(open_store.settings, row, link)
    return 0


async def link(options: argparse.Namespace) -> int:
    """Print a new link; until it is used, the account that is bound stays so."""
    async with store.opened() as open_store:
        async with open_store.database.transaction() as session:
            row = await read.member(session, options.name)
            made = operators.new_link(row)
            installation.audit(session, "operator_link", ACTOR, row.id)
        if row.account_hash is not None:
            tables.say(f"{row.name} is bound to an account, and stays so until this link is used.")
        await _show_link(open_store.settings, row, made)
    return 0


async def edit(options: argparse.Namespace) -> int:
    """Change what was given."""
    languages = read.languages(options.languages) if options.languages is not None else None
    hours = read.hours(options.rota) if options.rota is not None else None
    if languages is None and hours is None and options.role is None:
        raise RefusedError("What is to be changed? Give --languages, --role or --rota")
    async with store.opened() as open_store:
        async with open_store.database.transaction() as session:
            row = await read.member(session, options.name)
            role = options.role or row.role
            # An editor answers nobody. Cases before operators: the order in which all lock.
            left = role == Role.EDITOR.value
            numbers = await _give_back(open_store, session, row) if left else []
            row.languages, row.role = languages or row.languages, role
            row.rota = hours or row.rota
            installation.audit(session, "operator_edit", ACTOR, row.id)
        tables.say(f"{row.name}: {row.role}, writes {read.in_words(row.languages)}; {_duty(row)}.")
        _say_given_back(numbers)
    return 0


async def remove(options: argparse.Namespace) -> int:
    """Let somebody go: their account opens nothing any more, and nobody waits for them."""
    async with store.opened() as open_store:
        async with open_store.database.transaction() as session:
            row = await read.member(session, options.name)
            numbers = await _give_back(open_store, session, row)
            row.active = False
            operators.unbind(row)
            installation.audit(session, "operator_remove", ACTOR, row.id)
        async with open_store.database.transaction() as session:
            # What they took while we looked; from the commit above on they can take nothing.
            numbers += await _give_back(open_store, session, row)
        tables.say(f"{row.name} has left: their account can do nothing here any more.")
        _say_given_back(numbers)
        if open_store.settings.telegram_desk is not None:
            tables.say("Remove them from the desk's group, too: only people can do that.")
    return 0


async def _give_back(open_store: Store, session: AsyncSession, row: Operator) -> list[int]:
    """Give an operator's cases back to the queue; their numbers."""
    held = await cases.held_by(session, row.id)
    for case in held:
        await handoff.move(open_store.queue, session, case.id, Move.REQUEUE, AS_SYSTEM)
    return [case.number for case in held]


def _say_given_back(numbers: list[int]) -> None:
    if numbers:
        listed = ", ".join(str(number) for number in numbers)
        tables.say(f"Back in the queue, and called again: case {listed}.")


async def _show_link(settings: Settings, row: Operator, made: Link) -> None:
    bot = await _bot_name(settings)
    # On a line of its own, and not in a table: it is copied.
    if bot:
        sys.stdout.write(f"\n  https://t.me/{bot}?start={made.secret}\n\n")
        how = f"Give this link to {row.name} alone"
    else:
        sys.stdout.write(f"\n  /start {made.secret}\n\n")
        how = f"Let {row.name} send this, just so, to the line's bot in a private chat"
    tables.say(
        f"{how}. Whoever uses it first is {row.name} for the desk, so send it where nobody else "
        f"reads. It works once, while the line runs, until {tables.minute(made.until)} "
        "(Phnom Penh). `helpline operator list` shows when it was used."
    )
    if settings.telegram_desk is None:
        sys.stdout.write("\n")
        tables.say("There is no desk yet, so nobody is called: docs/desk.md tells how to make one.")


async def _bot_name(settings: Settings) -> str | None:
    """The bot's user name; None, with the reason said, when Telegram cannot tell."""
    if settings.telegram_token is None:
        return None
    try:
        async with telegram.connected(settings) as asked:
            me = await asked.ask("getMe")
            return str(me["username"])
    except (RefusedError, telegram.AnsweredNo, KeyError, TypeError) as error:
        why = str(error) if isinstance(error, RefusedError) else "Telegram does not say it"
        sys.stderr.write(f"The bot's name is not known. {why}\n")
        return None


def _duty(row: Operator) -> str:
    return "is never called" if row.role == Role.EDITOR.value else f"on duty {row.rota}"


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
