"""What the payload of a button means: fill slots, start an intent's flow, or give an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

MAX_BYTES: Final = 64
"""Longest payload in bytes of UTF-8: what Telegram's `callback_data` holds (Bot API 10.2)."""
MAX_PAIRS: Final = 10
"""Most slots that one button fills; Rasa has the same limit."""


@dataclass(frozen=True, slots=True)
class SetSlots:
    """`/SetSlots(a=b, c=d)`: fill slots. Values are texts; their type is checked by the slot."""

    pairs: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class StartIntent:
    """`/intent`: as if that intent had been understood."""

    intent: str


@dataclass(frozen=True, slots=True)
class GiveAnswer:
    """`/answer(topic)`: give an answer file."""

    topic: str


Payload: TypeAlias = SetSlots | StartIntent | GiveAnswer


def read(payload: str) -> Payload | None:
    """Read a payload; None when it is none of ours.

    Only for payloads of buttons that were pressed: typed text must never come here, or a
    contact could fill slots by typing.
    """
    if len(payload.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return None
    if match := _SET_SLOTS.fullmatch(payload):
        return _set_slots(match[1])
    if match := _ANSWER.fullmatch(payload):
        return GiveAnswer(match[1])
    if match := _INTENT.fullmatch(payload):
        return StartIntent(match[1])
    return None


def set_slot(name: str, value: str) -> str:
    """Write the payload that fills one slot."""
    return f"/SetSlots({name}={value})"


_SET_SLOTS: Final = re.compile(r"/SetSlots\(([^()]+)\)")
_ANSWER: Final = re.compile(r"/answer\(([a-z][a-z0-9_]*)\)")
_INTENT: Final = re.compile(r"/([a-z][a-z0-9_]*)")
_PAIR: Final = re.compile(r"\s*([a-z][a-z0-9_]*)\s*=\s*([^=,()]+?)\s*")


def _set_slots(inner: str) -> SetSlots | None:
    pairs: list[tuple[str, str]] = []
    for part in inner.split(","):
        match = _PAIR.fullmatch(part)
        if match is None:
            return None
        pairs.append((match[1], match[2]))
    names = {name for name, _ in pairs}
    if len(pairs) > MAX_PAIRS or len(names) < len(pairs):
        return None
    return SetSlots(tuple(pairs))
