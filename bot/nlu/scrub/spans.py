"""Where something stands in a text."""

from __future__ import annotations

from typing import Final, NamedTuple

TAKEN: Final = "\x00"
"""Stands for what was found already: no letter, no digit and no space; no text holds it."""


class Span(NamedTuple):
    """A part of a text, in code points."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Say whether two parts share something."""
        return self.start < other.end and other.start < self.end
