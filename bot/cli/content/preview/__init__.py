"""`helpline content preview`: a page on this machine that shows every text as a phone would."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import sys
import webbrowser
from collections.abc import Sequence
from datetime import date

from bot import logs, settings
from bot.cli.content.preview.server import Options, opened

PORT = 8090
HIGHEST_PORT = 65535

ABOUT = """\
Shows every answer, phrase and fact in every language, as a phone would show it, beside the
English; what is missing, old or unread; where a number is used; and plays any flow. The page is
for this machine only, asks nothing of the internet, and follows the files: save one, and it
changes. Files with mistakes are explained, and what was good before stays.
"""


def main(words: Sequence[str]) -> int:
    """Serve the page until it is stopped; the exit status."""
    parser = argparse.ArgumentParser(prog="helpline content preview", description=ABOUT)
    parser.add_argument("--port", type=_port, default=PORT, help=f"where it listens ({PORT})")
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    parser.add_argument(
        "--date",
        type=_day,
        metavar="2027-03-01",
        help="show the texts as on this day: past their review, facts carry warnings (today)",
    )
    chosen = parser.parse_args(words)
    logs.configure("ERROR")
    read = settings.read()
    options = Options(
        port=chosen.port,
        content=read.content_dir,
        flows=read.flows_dir,
        day=chosen.date,
    )
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(options, browse=chosen.open))
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else "cannot be used"
        sys.stderr.write(f"Port {options.port} {why}: choose another one with --port.\n")
        return 1
    return 0


async def _serve(options: Options, *, browse: bool) -> None:
    async with opened(options) as url:
        sys.stdout.write(f"Preview: {url}  (only on this machine; Ctrl+C stops it)\n")
        sys.stdout.flush()
        if browse:
            await asyncio.to_thread(webbrowser.open, url)
        await asyncio.Event().wait()


def _port(word: str) -> int:
    if word.isdecimal() and int(word) <= HIGHEST_PORT:
        return int(word)
    raise argparse.ArgumentTypeError(f"write a number up to {HIGHEST_PORT}")


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise argparse.ArgumentTypeError("write a day as 2027-03-01") from None
