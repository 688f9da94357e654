"""`helpline run` that kills itself at a named hop: `python -m tests.support.killable HOP N`.

The program under test has no hook for this: its functions are wrapped here, and the process
is gone (SIGKILL, nothing is flushed or undone) at the N-th pass of the hop. `--hurried` lets it
send as fast as it can and find what a killed one left soon; `--ahead` moves its clock.
"""

from __future__ import annotations

import argparse
import functools
import inspect
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from bot import cli, clock, queue, tasks, turn
from bot.channels.telegram.desk import TelegramDesk
from bot.channels.telegram.send import TelegramChannel
from bot.domain.acts import Pressed, Wrote
from bot.flows import engine
from bot.handoff.acts import relay
from bot.handoff.paging import watching
from bot.inbox import Inbox
from bot.nlu.understand import Understander
from bot.outbox import Outbox
from tests.support.telegram_line import hurry

HOPS: dict[str, tuple[object, str, str]] = {
    "before an update is stored": (Inbox, "accept", "before"),
    "stored, not yet acknowledged": (Inbox, "accept", "after"),
    "the turn begins": (turn, "take", "before"),
    "understood": (Understander, "understand", "after"),
    "the page is committed": (turn, "_page", "after"),
    "the flow has decided": (engine, "advance", "after"),
    "before replies are stored": (turn, "_store", "before"),
    "replies are stored": (turn, "_store", "after"),
    "a reply is taken to be sent": (Outbox, "_take_next", "after"),
    "sent, not yet recorded": (TelegramChannel, "send", "after"),
    "recorded as sent": (Outbox, "_record", "after"),
}
"""What it is called: the owner, the function, and whether to die before or after it."""

DESK_HOPS: dict[str, tuple[object, str, str]] = {
    "a topic is opened, not yet stored": (TelegramDesk, "open_room", "after"),
    "a post is made, not yet recorded": (TelegramDesk, "post", "after"),
    "a card is drawn, not yet recorded": (TelegramDesk, "put_card", "after"),
    "a ring is committed": (watching, "watch", "after"),
    "a claim is committed": (relay, "act", "after"),
    "an operator's message is stored": (relay, "act", "after"),
    "an operator's message is sent, not yet recorded": (TelegramChannel, "send", "after"),
    "a mark is made, not yet recorded": (TelegramDesk, "mark", "after"),
}
"""The same where operators work."""

ONLY: dict[str, Callable[..., bool]] = {
    "a claim is committed": lambda _parts, done: isinstance(done, Pressed),
    "an operator's message is stored": lambda _parts, done: isinstance(done, Wrote),
    "an operator's message is sent, not yet recorded": lambda _self, _to, said, _re: said.literal,
}
"""Of hops whose function does more than that: whether what it was given makes it one."""

SWEEP_EVERY, HEARTBEAT, STALLED_AFTER = 0.5, 1.0, 5.0
"""Seconds, when it is hurried; a machine that is busy with other tests still keeps to them."""


def main() -> int:
    """Arm the hop and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hop", nargs="?", choices=[*HOPS, *DESK_HOPS])
    parser.add_argument("passes", nargs="?", type=int, default=1)
    parser.add_argument("--hurried", action="store_true")
    parser.add_argument("--ahead", type=float, default=0.0, help="minutes")
    given = parser.parse_args()
    if given.hop is not None:
        _arm(given.hop, given.passes)
    with ExitStack() as stack:
        if given.hurried:
            _hurry(stack.enter_context(pytest.MonkeyPatch.context()))
        stack.enter_context(clock.moved(timedelta(minutes=given.ahead)))
        return cli.main(["run"])


def _hurry(patch: pytest.MonkeyPatch) -> None:
    hurry(patch)
    patch.setattr(tasks, "SWEEP_EVERY", SWEEP_EVERY)
    patch.setattr(queue, "HEARTBEAT", HEARTBEAT)
    patch.setattr(queue, "STALLED_AFTER", STALLED_AFTER)


def _arm(hop: str, passes: int) -> None:
    owner, name, when = (HOPS | DESK_HOPS)[hop]
    original = getattr(owner, name)
    counts = ONLY.get(hop)
    left = [passes]

    def pass_by(*given: object) -> None:
        left[0] -= counts is None or counts(*given)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if inspect.iscoroutinefunction(original):
        setattr(owner, name, _wrapped_async(original, pass_by, when))
    else:
        setattr(owner, name, _wrapped(original, pass_by))


def _wrapped(original: Callable[..., Any], pass_by: Callable[..., None]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(*args: object, **kwargs: object) -> object:
        result = original(*args, **kwargs)
        pass_by(*args)
        return result

    return wrapper


def _wrapped_async(
    original: Callable[..., Awaitable[Any]], pass_by: Callable[..., None], when: str
) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(original)
    async def wrapper(*args: object, **kwargs: object) -> object:
        if when == "before":
            pass_by(*args)
        result = await original(*args, **kwargs)
        if when == "after":
            pass_by(*args)
        return result

    return wrapper


if __name__ == "__main__":
    sys.exit(main())
