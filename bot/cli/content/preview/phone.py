"""Messages as a phone draws them: lines of plain and bold text, and rows of buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.domain.messages import Button, OutboundMessage


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line that looks the same."""

    text: str
    bold: bool = False
    link: bool = False
    """Telegram lets people tap it: a number, an address."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message. Each line takes its direction from its first letter, as on a phone."""

    lines: tuple[tuple[Span, ...], ...]
    rows: tuple[tuple[Button, ...], ...] = ()


def bubble(message: OutboundMessage) -> Bubble:
    """Lay a message out."""
    return Bubble(_lines(message.text), message.buttons)


def plain(text: str) -> Bubble:
    """Lay a text out that comes without buttons."""
    return Bubble(_lines(text))


def _lines(text: str) -> tuple[tuple[Span, ...], ...]:
    return tuple(tuple(_spans(_ITEM.sub("• ", line))) for line in text.split("\n"))


def _spans(line: str) -> Iterator[Span]:
    for at, part in enumerate(_BOLD.split(line)):
        bold = at % 2 == 1
        for turn, piece in enumerate(_LINK.split(part)):
            if piece:
                yield Span(piece, bold, link=turn % 2 == 1)


_ITEM: Final = re.compile(r"^- ")
_BOLD: Final = re.compile(r"\*\*(.+?)\*\*")
_LINK: Final = re.compile(r"(https?://\S+|[\w.+-]+@[\w-]+\.[\w.-]+|\+\d[\d -]{5,}\d)")
