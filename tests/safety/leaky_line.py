"""`helpline run` in which every library says aloud what it was given: `python -m ...leaky_line`.

The program under test has no hook for this: two of its functions are wrapped here, and say the
text of each message in all the ways in which texts have been seen to leak.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import warnings
from typing import Any

from bot import cli
from bot.domain.understanding import Understanding
from bot.flows import engine
from bot.nlu.understand import Understander
from tests.safety.canaries import CONTROL, POISON

LIBRARIES = ("aiogram.event", "aiohttp.server", "procrastinate.worker", "sqlalchemy", "asyncio")


class _Ungraceful:
    """Fails where nobody can catch it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def __del__(self) -> None:
        raise RuntimeError(self._text)


def speak(text: str) -> None:
    """Say a text in every way that libraries have."""
    for name in LIBRARIES:
        logging.getLogger(name).error("Cannot handle %s", text, extra={"job": text})
    logging.getLogger("psycopg").critical(text, exc_info=ValueError(text))
    # A record that cannot even be written.
    logging.getLogger("broken").error("%d %d", text)  # noqa: PLE1206
    warnings.warn(text, stacklevel=1)
    asyncio.get_running_loop().call_exception_handler(
        {"message": text, "exception": RuntimeError(text)}
    )
    thread = threading.Thread(target=_fail, args=(text,))
    thread.start()
    thread.join()
    _Ungraceful(text)


def _fail(text: str) -> None:
    raise RuntimeError(text)


def main() -> int:
    """Wrap and run."""
    understand, advance = Understander.understand, engine.advance

    async def speaking(self: Understander, text: str) -> Understanding:
        speak(text)
        return await understand(self, text)

    def failing(library: Any, state: Any, turn: Any, *rest: Any) -> Any:  # noqa: ANN401
        if POISON in turn.text:
            raise ValueError(turn.text)
        return advance(library, state, turn, *rest)

    Understander.understand = speaking  # type: ignore[method-assign]
    engine.advance = failing  # type: ignore[assignment]
    for stream in (sys.stdout, sys.stderr):
        print(CONTROL, file=stream, flush=True)
    return cli.main(["run"])


if __name__ == "__main__":
    sys.exit(main())
