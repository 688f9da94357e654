"""What the buttons of the desk send, written and read: `case:<number>:<verb>`, `answer:...`."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.cases import Outcome


class Verb(StrEnum):
    """What a button asks for."""

    TAKE = "take"
    SEEN = "seen"
    RELEASE = "release"
    HAND = "hand"
    """Without an operator: show who there is."""
    UP = "up"
    DOWN = "down"
    RESOLVE = "resolve"
    """Without an outcome: show which there are."""
    TAKE_OVER = "takeover"
    REOPEN = "reopen"
    BLOCK = "block"
    UNBLOCK = "unblock"
    MORE = "more"
    BACK = "back"
    ANSWER = "answer"
    """Send an answer file."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button of the desk: of which case, what for, and with what."""

    number: int
    verb: Verb
    argument: str = ""
    """An operator's id in hex, an outcome, or an answer's topic."""

    @property
    def operator(self) -> uuid.UUID:
        """To whom HAND hands the case."""
        return uuid.UUID(self.argument)

    @property
    def outcome(self) -> Outcome:
        """With which RESOLVE ends it."""
        return Outcome(self.argument)


OUTCOMES: Final = tuple(outcome for outcome in Outcome if outcome is not Outcome.ERASED)
"""How an operator may end a case."""

_BUTTON: Final = re.compile(r"case:([1-9][0-9]{0,17}):([a-z]+)(?::([a-z0-9_]+))?")
_ANSWER: Final = re.compile(r"answer:([1-9][0-9]{0,17}):([a-z][a-z0-9_]*)")


def read(payload: str) -> Button | None:
    """Read a payload; None when it is none of ours."""
    if match := _ANSWER.fullmatch(payload):
        return Button(int(match[1]), Verb.ANSWER, match[2])
    match = _BUTTON.fullmatch(payload)
    if match is None or match[2] not in _OF_CASES:
        return None
    verb, argument = Verb(match[2]), match[3] or ""
    return Button(int(match[1]), verb, argument) if _fits(verb, argument) else None


def write(number: int, verb: Verb, argument: str = "") -> str:
    """Write a payload."""
    if verb is Verb.ANSWER:
        return f"answer:{number}:{argument}"
    return ":".join(filter(None, ("case", str(number), verb.value, argument)))


def as_values(choices: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Buttons under a notice, as `Post.values` keeps them: titles and payloads."""
    return [[title, payload] for title, payload in choices]


_OF_CASES: Final = frozenset(verb.value for verb in Verb if verb is not Verb.ANSWER)


def _fits(verb: Verb, argument: str) -> bool:
    if not argument:
        return True
    if verb is Verb.RESOLVE:
        return argument in {outcome.value for outcome in OUTCOMES}
    return verb is Verb.HAND and re.fullmatch("[0-9a-f]{32}", argument) is not None
