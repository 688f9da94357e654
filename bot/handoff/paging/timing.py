"""What an open case asks for now, and when to look at it again: all waiting times, in one place.

`plan` takes a snapshot of a case and the time. It is a function of what is stored, so a look
that comes late, twice, or after a crash does once what is due, and nothing that was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from bot.domain.cases import CaseStatus
from bot.domain.understanding import Tier


def _minutes(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=number) for number in numbers)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things may take in one tier."""

    next_ring: timedelta
    """From one ring to the next one, which reaches more people."""
    again: timedelta
    """Between rings once everybody is called."""
    patient: timedelta
    """The same after `URGENT_RINGS` of those."""
    seen: timedelta
    """How long the rings rest for somebody who has seen the case and has not taken it."""
    words: tuple[timedelta, ...]
    """When the contact is told how it stands, from the beginning of the wait."""
    reminders: tuple[timedelta, ...]
    """When the operator is reminded, from the contact's first message without an answer."""
    requeue: timedelta
    """When the case goes back to the queue, from the same message."""


CRITICAL: Final = Pace(
    # Two minutes find a phone in a pocket and unlock it; the issue sets them.
    next_ring=timedelta(minutes=2),
    again=timedelta(minutes=2),
    # Whoever has not heard twelve calls is not woken by one more in two minutes, but one that
    # comes to the phone finds the newest on top; the desk takes 20 messages a minute for all.
    patient=timedelta(minutes=5),
    seen=timedelta(minutes=5),  # to finish a sentence in another case
    # Dense while somebody stares at the phone, then as often as one wakes or finds a charger.
    # After a day without a word from either side a message brings more danger than comfort.
    words=_minutes(2, 5, 15, 30, 60, *range(120, 1441, 120)),
    reminders=_minutes(3, 6),
    requeue=timedelta(minutes=10),
)
ELEVATED: Final = Pace(
    next_ring=timedelta(minutes=15),
    again=timedelta(minutes=30),
    patient=timedelta(minutes=30),
    seen=timedelta(minutes=30),
    words=_minutes(15, 60, 240, *range(720, 2881, 720)),
    reminders=_minutes(10, 20),
    requeue=timedelta(minutes=45),
)

ALL_RING: Final = 3
"""From this ring on everybody is called who can be: supervisors too, on duty or not."""
URGENT_RINGS: Final = 10
"""So many rings to everybody follow each other at `Pace.again`, the others at `Pace.patient`."""
MOST_AHEAD: Final = timedelta(hours=6)
"""A case is looked at four times a day though nothing is due: what was missed is found then."""
LEAST_AHEAD: Final = timedelta(seconds=1)
"""A look never asks for another one at once: it would keep a worker busy with nothing."""
RING_NOTICE: Final = "desk_ring"
"""What the case's room is told of each ring but the first."""


class Circle(StrEnum):
    """Whom a ring calls; where that is nobody, the next wider one."""

    LANGUAGE = "language"
    """Operators on duty who write the contact's language."""
    DUTY = "duty"
    """All operators on duty."""
    ALL = "all"
    """Supervisors, on duty or not, and all operators on duty."""


class Words(StrEnum):
    """What the contact is told."""

    NOBODY = "nobody"
    """Nobody of the team is on duty."""
    WAITING = "waiting"
    """The team is called, and nobody has answered yet."""
    SEEN = "seen"
    """Somebody has seen it, and nobody has taken it yet."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Operators are to be called."""

    number: int
    """Of the wait, from 1."""
    circle: Circle


@dataclass(frozen=True, slots=True)
class Tell:
    """The contact is to be told how it stands."""

    words: Words
    minutes: int
    """How long they have waited, rounded down: never longer than it was."""


@dataclass(frozen=True, slots=True)
class Remind:
    """The operator who has the case is to be reminded."""

    minutes: int
    """How long the contact has waited for an answer, rounded down."""


@dataclass(frozen=True, slots=True)
class Requeue:
    """The case is to be taken from its operator, back to the queue."""

    minutes: int
    """How long the contact has waited for an answer, rounded down."""


Act: TypeAlias = Ring | Tell | Remind | Requeue


@dataclass(frozen=True, slots=True)
class View:
    """An open case at one moment; times and counts as `storage.cases.Case` has them."""

    status: CaseStatus
    tier: Tier
    waiting_since: datetime | None = None
    acknowledged_at: datetime | None = None
    unanswered_since: datetime | None = None
    rang_at: datetime | None = None
    rings: int = 0
    words: int = 0
    reminders: int = 0
    nobody_said: bool = False
    on_duty: bool = True
    """Whether anybody of the team is on duty now."""
    came_back: bool = False
    """Somebody had it and has it no longer: whoever comes first has been called already."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is due, in this order, and when to look again once it was done."""

    acts: tuple[Act, ...]
    next_at: datetime


def plan(view: View, now: datetime) -> Plan:
    """What a case asks for now; `next_at` is later than now and at most MOST_AHEAD away."""
    acts = tuple(_due(view, now))
    after = noted(view, acts, now)
    soonest = min(_times(after, now), default=now + MOST_AHEAD)
    return Plan(acts, max(now + LEAST_AHEAD, min(soonest, now + MOST_AHEAD)))


def noted(view: View, acts: Sequence[Act], now: datetime) -> View:
    """The case after these acts."""
    for act in acts:
        match act:
            case Ring(number):
                view = replace(view, rings=number, rang_at=now)
            case Tell(words):
                passed = _passed(pace_of(view).words, _since(view.waiting_since, now))
                nobody = view.nobody_said or words is Words.NOBODY
                view = replace(view, words=max(view.words, passed), nobody_said=nobody)
            case Remind():
                passed = _passed(pace_of(view).reminders, _since(view.unanswered_since, now))
                view = replace(view, reminders=max(view.reminders, passed))
            case Requeue():
                view = View(
                    CaseStatus.WAITING,
                    view.tier,
                    waiting_since=now,
                    on_duty=view.on_duty,
                    came_back=True,
                )
    return view


def pace_of(view: View) -> Pace:
    """How long things may take in a case. A tier that is none for cases counts as elevated."""
    return CRITICAL if view.tier is Tier.CRITICAL else ELEVATED


def _due(view: View, now: datetime) -> list[Act]:
    if view.status is CaseStatus.WAITING:
        return [*_ring(view, now), *_tell(view, now)]
    if view.status is CaseStatus.CLAIMED:
        return _recall(view, now)
    return []


def _ring(view: View, now: datetime) -> list[Act]:
    if _next_ring(view, now) > now:
        return []
    number = view.rings + 1
    # Who let the contact wait may be the only one in the first circle, or in the second.
    reached = number + view.came_back
    if reached >= ALL_RING or not view.on_duty:
        return [Ring(number, Circle.ALL)]
    return [Ring(number, Circle.LANGUAGE if reached == 1 else Circle.DUTY)]


def _tell(view: View, now: datetime) -> list[Act]:
    waited = _since(view.waiting_since, now)
    seen = view.acknowledged_at is not None
    # Who has been told that somebody saw it would be frightened by a change of shift.
    if not (view.on_duty or view.nobody_said or seen):
        return [Tell(Words.NOBODY, _whole(waited))]
    if _passed(pace_of(view).words, waited) > view.words:
        return [Tell(Words.SEEN if seen else Words.WAITING, _whole(waited))]
    return []


def _recall(view: View, now: datetime) -> list[Act]:
    if view.unanswered_since is None:
        return []
    waited = _since(view.unanswered_since, now)
    if waited >= pace_of(view).requeue:
        return [Requeue(_whole(waited))]
    if _passed(pace_of(view).reminders, waited) > view.reminders:
        return [Remind(_whole(waited))]
    return []


def _times(view: View, now: datetime) -> list[datetime]:
    """When something will be due in a case of which all that is due was done."""
    pace = pace_of(view)
    if view.status is CaseStatus.WAITING:
        begun = min(view.waiting_since or now, now)
        words = [begun + moment for moment in pace.words[view.words : view.words + 1]]
        return [_next_ring(view, now), *words]
    if view.status is not CaseStatus.CLAIMED or view.unanswered_since is None:
        return []
    begun = min(view.unanswered_since, now)
    return [begun + moment for moment in (*pace.reminders[view.reminders :], pace.requeue)]


def _next_ring(view: View, now: datetime) -> datetime:
    """When to ring next in a wait; not later than now when it is due."""
    pace = pace_of(view)
    pause = _pause(pace, view.rings)
    rang = _believed(view.rang_at, now, pause)
    seen = _believed(view.acknowledged_at, now, pace.seen)
    return max(
        rang + pause if rang is not None else now,
        seen + pace.seen if seen is not None else now,
    )


def _pause(pace: Pace, rings: int) -> timedelta:
    """From this ring to the next."""
    if rings < ALL_RING:
        return pace.next_ring
    return pace.again if rings < ALL_RING - 1 + URGENT_RINGS else pace.patient


def _believed(moment: datetime | None, now: datetime, ahead: timedelta) -> datetime | None:
    """A stored time, or None for one that only a wrong clock can have written.

    Clocks of two machines differ a little; one that was a year ahead must not silence a case.
    """
    return None if moment is None or moment > now + ahead else moment


def _since(moment: datetime | None, now: datetime) -> timedelta:
    return max(now - moment, timedelta()) if moment is not None else timedelta()


def _passed(moments: Sequence[timedelta], waited: timedelta) -> int:
    return sum(moment <= waited for moment in moments)


def _whole(waited: timedelta) -> int:
    return int(waited / timedelta(minutes=1))
