"""What of an operator's words is for the contact: lines that begin with `//` are for the team."""

from __future__ import annotations

from typing import Final

MARKS: Final = ("//", "／／")
"""The second is what keyboards for Chinese and Japanese make of it."""


def without_notes(text: str) -> str:
    """Cut the lines that are notes; nothing is left of a text that is one."""
    kept = (line for line in text.splitlines() if not line.lstrip().startswith(MARKS))
    return "\n".join(kept).strip()
