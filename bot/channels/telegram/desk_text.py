"""What the desk shows as Telegram's HTML, in pieces that are short enough."""

from __future__ import annotations

import html
import re

from bot.channels.telegram.markup import to_html
from bot.domain.fitting import split
from bot.domain.messages import OutboundMessage
from bot.handoff.desk import Entry

TEXT_LIMIT = 4000
"""Bot API: 4096 characters after entities are parsed; the rest is reserve."""
_CODE = re.compile(r"`([^`\n<>]+)`")
"""A name of a file: as code Telegram makes no link to the web of its `.md`."""


def pieces(entry: Entry) -> list[str]:
    """An entry's texts as HTML, each short enough for one message; none for a bare medium.

    Nothing that a person wrote is a tag, or our Markdown.
    """
    head, words = entry.text.strip(), entry.literal.strip()
    left = TEXT_LIMIT - _units(head) - 1
    if not words:
        found = _formatted(head)
    elif left < TEXT_LIMIT // 2:
        found = [*_formatted(head), *_escaped(words, TEXT_LIMIT)]
    else:
        first, *rest = _escaped(words, left)
        found = [f"{to_html(head)}\n{first}" if head else first, *rest]
    found = [piece for piece in found if piece.strip()]
    return found or ([] if entry.copied else ["…"])


def _formatted(text: str) -> list[str]:
    cut = split(OutboundMessage(text), TEXT_LIMIT)
    return [_CODE.sub(r"<code>\1</code>", to_html(piece.text)) for piece in cut]


def _escaped(words: str, limit: int) -> list[str]:
    cut = split(OutboundMessage(words), limit)
    return [html.escape(piece.text, quote=False) for piece in cut]


def _units(text: str) -> int:
    """UTF-16 code units, in which Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
