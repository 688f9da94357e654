"""How many messages a turn's replies become: short ones are joined, long ones are cut."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.domain.messages import Button, OutboundMessage

_PAUSES = (
    re.compile(r"\n\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?])\s+|(?<=[。！？။።।])"),
    re.compile(r"\s+"),
)
"""Places to cut, best first: paragraph, line, sentence (of many scripts), word."""

_BASIC_PLANE = 0xFFFF
"""Characters beyond it take two UTF-16 code units."""


JOINED = 1500
"""Most characters of replies that are joined: more than a screen is read in two messages."""


def fit(replies: Iterable[OutboundMessage], limit: int) -> tuple[OutboundMessage, ...]:
    """The messages to send for a turn's replies, each of at most `limit` UTF-16 code units.

    One message for a turn, where it is short enough, means one notification on the phone and
    one call of the thirty that Telegram allows in a second. What a person wrote stays as it is:
    it was one message when it was written.
    """
    return tuple(piece for reply in join(replies) for piece in split(reply, limit))


def join(replies: Iterable[OutboundMessage]) -> tuple[OutboundMessage, ...]:
    """Join neighbours while they are short together; their buttons stay in order."""
    joined: list[OutboundMessage] = []
    for reply in replies:
        last = joined[-1] if joined else None
        if last is not None and _may_join(last, reply):
            text = f"{last.text}\n\n{reply.text}"
            joined[-1] = replace(last, text=text, buttons=_once((*last.buttons, *reply.buttons)))
        else:
            joined.append(reply)
    return tuple(joined)


def _once(rows: tuple[tuple[Button, ...], ...]) -> tuple[tuple[Button, ...], ...]:
    """Leave out buttons that come again further down: two that do the same look like two things."""
    seen: set[str] = set()
    kept: list[tuple[Button, ...]] = []
    for row in reversed(rows):
        left = tuple(button for button in row if button.payload not in seen)
        seen.update(button.payload for button in row)
        kept += [left] if left else []
    return tuple(reversed(kept))


def _may_join(first: OutboundMessage, second: OutboundMessage) -> bool:
    """Whether both are texts of ours, and short together."""
    ours = not any(message.literal or message.copied for message in (first, second))
    return ours and _units(first.text) + _units(second.text) <= JOINED


def split(message: OutboundMessage, limit: int) -> tuple[OutboundMessage, ...]:
    """Cut a message into pieces of at most `limit` UTF-16 code units; buttons go with the last.

    Telegram counts in UTF-16 code units, so an emoji outside the basic plane counts two.
    """
    if message.literal:
        return (message,)
    pieces = _cut(message.text, limit)
    first = [replace(message, text=piece, buttons=()) for piece in pieces[:-1]]
    return (*first, replace(message, text=pieces[-1]))


def _cut(text: str, limit: int) -> list[str]:
    pieces = []
    while _units(text) > limit:
        at = _best_pause(text, len(_head(text, limit)))
        pieces.append(text[:at].strip())
        text = text[at:].strip()
    return [*pieces, text]


def _best_pause(text: str, most: int) -> int:
    """Where to cut, at most after `most` characters, and not so early that pieces are crumbs."""
    for pause in _PAUSES:
        places = [
            found.start()
            for found in pause.finditer(text, 0, most + 1)
            if most // 3 < found.start() <= most
        ]
        if places:
            return places[-1]
    return most


def _head(text: str, limit: int) -> str:
    """The longest beginning that fits. Never cuts inside a surrogate pair."""
    used = 0
    for index, character in enumerate(text):
        used += 2 if ord(character) > _BASIC_PLANE else 1
        if used > limit:
            return text[:index]
    return text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
