"""What of an operator's words is for the contact: lines that begin with `//` are for the team."""

from __future__ import annotations

import unicodedata
from typing import Final

MARKS: Final = ("//", "／／")
"""The second is what keyboards for Chinese and Japanese make of it."""


def without_notes(text: str) -> str:
    """Cut the lines that are notes; nothing is left of a text that is one."""
    kept = (line for line in text.splitlines() if not _seen(line).startswith(MARKS))
    return "\n".join(kept).strip()


def _seen(line: str) -> str:
    """A line from the first sign that is seen: keyboards put marks of direction before it."""
    unseen = (at for at, sign in enumerate(line) if not _is_blank(sign))
    return line[next(unseen, len(line)) :]


def _is_blank(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Cf"
