"""`helpline cases resolve|raise|lower|unblock`: moves that somebody at the machine can make."""

from __future__ import annotations

import argparse
import sys

from bot.cli import store, tables
from bot.cli.cases import found
from bot.cli.store import RefusedError
from bot.domain.cases import IllegalMove, Move, Outcome
from bot.domain.understanding import Tier
from bot.handoff import cases as handoff
from bot.handoff.acts import blocking
from bot.storage.cases import Case

LEADS_TO = {Move.RAISE: Tier.CRITICAL, Move.LOWER: Tier.ELEVATED}


async def resolve(options: argparse.Namespace) -> int:
    """End a case."""
    case = await _move(options.number, Move.RESOLVE, Outcome(options.outcome))
    tables.say(
        f"Case {case.number} is resolved: {case.outcome}. The bot answers its contact again, who "
        "is not told: only an operator who resolves it at the desk says goodbye."
    )
    return 0


async def raise_(options: argparse.Namespace) -> int:
    """Make a case critical."""
    return await _change_tier(options.number, Move.RAISE)


async def lower(options: argparse.Namespace) -> int:
    """Make a case elevated."""
    return await _change_tier(options.number, Move.LOWER)


async def unblock(options: argparse.Namespace) -> int:
    """Lift the block of a contact who has erased everything else."""
    async with store.opened() as open_store, open_store.database.transaction() as session:
        if not await blocking.unblock(session, options.number, store.ACTOR):
            raise RefusedError(
                f"No block was kept for case {options.number}. One that was not erased is "
                "unblocked by the button on its card, at the desk",
                1,
            )
    sys.stdout.write(f"Whoever was blocked in case {options.number} is answered again.\n")
    return 0


async def _change_tier(number: int, move: Move) -> int:
    case = await _move(number, move, None)
    sys.stdout.write(f"Case {case.number} is {case.tier}.\n")
    return 0


async def _move(number: int, move: Move, outcome: Outcome | None) -> Case:
    async with store.opened() as open_store, open_store.database.transaction() as session:
        case = await found.by_number(session, number)
        tier = LEADS_TO.get(move)
        if tier is not None and case.tier == tier.value:
            raise RefusedError(f"Case {number} is {case.tier} already", 1)
        try:
            return await handoff.move(
                open_store.queue,
                session,
                case.id,
                move,
                handoff.COMMAND_LINE,
                outcome=outcome,
            )
        except IllegalMove as error:
            raise RefusedError(
                f"Case {number} is {error.status.value}, so it cannot be {_DONE[move]}", 1
            ) from None


_DONE = {Move.RESOLVE: "resolved", Move.RAISE: "raised", Move.LOWER: "lowered"}
