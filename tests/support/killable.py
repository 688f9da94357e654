"""`helpline run` that kills itself at a named hop: `python -m tests.support.killable HOP N`.

The program under test has no hook for this: its functions are wrapped here, and the process
is gone (SIGKILL, nothing is flushed or undone) at the N-th pass of the hop.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bot import cli, turn
from bot.channels.telegram.send import TelegramChannel
from bot.flows import engine
from bot.inbox import Inbox
from bot.nlu.understand import Understander
from bot.outbox import Outbox

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


def main() -> int:
    """Arm the hop and run."""
    hop, passes = sys.argv[1], int(sys.argv[2])
    owner, name, when = HOPS[hop]
    original = getattr(owner, name)
    left = [passes]

    def pass_by() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if hop == "the flow has decided":
        setattr(owner, name, _wrapped(original, pass_by))
    else:
        setattr(owner, name, _wrapped_async(original, pass_by, when))
    return cli.main(["run"])


def _wrapped(original: Callable[..., Any], pass_by: Callable[[], None]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(*args: object, **kwargs: object) -> object:
        result = original(*args, **kwargs)
        pass_by()
        return result

    return wrapper


def _wrapped_async(
    original: Callable[..., Awaitable[Any]], pass_by: Callable[[], None], when: str
) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(original)
    async def wrapper(*args: object, **kwargs: object) -> object:
        if when == "before":
            pass_by()
        result = await original(*args, **kwargs)
        if when == "after":
            pass_by()
        return result

    return wrapper


if __name__ == "__main__":
    sys.exit(main())
