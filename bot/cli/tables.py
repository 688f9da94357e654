"""How commands write: tables within 80 columns, times of Phnom Penh, and nothing that a terminal
would obey.
"""

from __future__ import annotations

import sys
import textwrap
import unicodedata
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.handoff.paging.rota import PHNOM_PENH

WIDTH = 80
"""Characters of a line where no terminal says how many it has."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of all that follows on the line."""


def console() -> Console:
    """Where tables go: the standard output, with colours only for a terminal."""
    output = sys.stdout
    width = None if output.isatty() else WIDTH
    return Console(file=output, width=width, highlight=False, markup=False, emoji=False)


def say(text: str) -> None:
    """Write a sentence or more, broken into lines of 80."""
    lines = textwrap.fill(printable(text), WIDTH, break_long_words=False, break_on_hyphens=False)
    sys.stdout.write(f"{lines}\n")


def table(*columns: str) -> Table:
    """A table without lines; a column that begins with `#` holds numbers."""
    made = Table(box=None, pad_edge=False)
    for column in columns:
        right = column.startswith("#")
        made.add_column(
            column.removeprefix("#"),
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=right,
        )
    return made


def shown(text: str, style: str = "") -> Text:
    """A text of somebody else's in a table or a line."""
    return Text(printable(text), style)


def printable(text: str) -> str:
    """A text without what a terminal would obey: control characters, turned directions."""
    return "".join(
        "\ufffd"
        if character in _TURNING
        or (unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t")
        else character
        for character in text
    )


def duration(passed: timedelta) -> str:
    """How long, in the two largest units: `45 s`, `12 min`, `3 h 05`, `2 d 4 h`."""
    seconds = max(0, int(passed.total_seconds()))
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE:02}"
    days, hours = seconds // _DAY, seconds % _DAY // _HOUR
    return f"{days} d {hours} h" if hours else f"{days} d"


def minute(moment: datetime) -> str:
    """A time to the minute, as the clock in Phnom Penh shows it."""
    return f"{moment.astimezone(PHNOM_PENH):%a %d %b %Y, %H:%M}"


def hour(moment: datetime) -> str:
    """A time of which only the hour is stored, in Phnom Penh."""
    return f"{moment.astimezone(PHNOM_PENH):%a %d %b %Y, %H} h"
