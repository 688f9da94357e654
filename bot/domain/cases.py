"""What a case may become, and who may make it so: the legal moves, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class CaseStatus(StrEnum):
    """Where a case stands."""

    WAITING = "waiting"
    """Nobody has taken it: the queue owns the conversation, and the bot goes on helping."""
    CLAIMED = "claimed"
    """One operator owns the conversation, and the bot is silent."""
    RESOLVED = "resolved"
    """It is done; the bot owns the conversation again."""


class Move(StrEnum):
    """What can be done with a case. The audit trail has each as `case_<move>`."""

    CLAIM = "claim"
    TAKE_OVER = "take_over"
    """A supervisor takes it from the operator who has it."""
    RELEASE = "release"
    HAND_OVER = "hand_over"
    REQUEUE = "requeue"
    """Its operator kept the contact waiting: back to the queue."""
    RESOLVE = "resolve"
    REOPEN = "reopen"
    RAISE = "raise"
    """To tier critical."""
    LOWER = "lower"
    """To tier elevated."""


class Who(StrEnum):
    """In which part somebody makes a move."""

    OWNER = "owner"
    """The operator who has claimed the case."""
    OPERATOR = "operator"
    """Any other operator."""
    SUPERVISOR = "supervisor"
    """One who may also do what only the owner may."""
    SYSTEM = "system"
    """A timer, or the bot."""
    CONTACT = "contact"
    """The person who writes."""


class Outcome(StrEnum):
    """How a case ended."""

    HELPED = "helped"
    REFERRED = "referred"
    """Another organisation or the embassy has taken over."""
    SAFE = "safe"
    """The contact is out of danger."""
    NO_ANSWER = "no_answer"
    """The contact no longer answers."""
    NOT_FOR_US = "not_for_us"
    ABUSE = "abuse"
    ERASED = "erased"
    """The contact wanted everything gone, or it was too old to keep."""


@dataclass(frozen=True, slots=True)
class Rule:
    """From where a move leads where, and who may make it. `end` is None where it stays."""

    start: frozenset[CaseStatus]
    end: CaseStatus | None
    by: frozenset[Who]


_OPEN = frozenset({CaseStatus.WAITING, CaseStatus.CLAIMED})
_WAITING = frozenset({CaseStatus.WAITING})
_CLAIMED = frozenset({CaseStatus.CLAIMED})
_RESOLVED = frozenset({CaseStatus.RESOLVED})
_STAFF = frozenset({Who.OWNER, Who.OPERATOR, Who.SUPERVISOR})
_IN_CHARGE = frozenset({Who.OWNER, Who.SUPERVISOR})

MOVES: Final[Mapping[Move, Rule]] = MappingProxyType(
    {
        Move.CLAIM: Rule(_WAITING, CaseStatus.CLAIMED, _STAFF),
        Move.TAKE_OVER: Rule(_CLAIMED, CaseStatus.CLAIMED, frozenset({Who.SUPERVISOR})),
        Move.RELEASE: Rule(_CLAIMED, CaseStatus.WAITING, _IN_CHARGE),
        Move.HAND_OVER: Rule(_OPEN, CaseStatus.CLAIMED, _STAFF),
        Move.REQUEUE: Rule(_CLAIMED, CaseStatus.WAITING, frozenset({Who.SYSTEM})),
        Move.RESOLVE: Rule(_OPEN, CaseStatus.RESOLVED, _IN_CHARGE | {Who.SYSTEM}),
        Move.REOPEN: Rule(_RESOLVED, CaseStatus.WAITING, _STAFF | {Who.SYSTEM, Who.CONTACT}),
        Move.RAISE: Rule(_OPEN, None, _STAFF | {Who.SYSTEM, Who.CONTACT}),
        Move.LOWER: Rule(_OPEN, None, _IN_CHARGE),
    }
)
"""Every legal move. `HAND_OVER` of a claimed case is for who is in charge of it: see `check`."""


class IllegalMove(Exception):
    """A move that the case does not allow now, or not to this person; nothing was changed."""

    def __init__(self, move: Move, status: CaseStatus, who: Who) -> None:
        super().__init__(f"{who.value} cannot {move.value} a case that is {status.value}")
        self.move = move
        self.status = status
        self.who = who


def check(move: Move, status: CaseStatus, who: Who) -> CaseStatus:
    """The status after a move.

    Raises:
        IllegalMove: the case is not where the move begins, or it is not theirs to make.
    """
    rule = MOVES[move]
    from_another = move is Move.HAND_OVER and status is CaseStatus.CLAIMED and who not in _IN_CHARGE
    if status not in rule.start or who not in rule.by or from_another:
        raise IllegalMove(move, status, who)
    return rule.end or status
