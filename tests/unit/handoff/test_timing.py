"""A waiting case rings until somebody answers, at the times that were promised, and once each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cases import CaseStatus
from bot.domain.understanding import Tier
from bot.handoff.paging import timing
from bot.handoff.paging.timing import Act, Circle, Remind, Requeue, Ring, Tell, View, Words

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CRITICAL, ELEVATED = Tier.CRITICAL, Tier.ELEVATED


def waiting(tier: Tier = CRITICAL, *, on_duty: bool = True) -> View:
    return View(CaseStatus.WAITING, tier, waiting_since=NOW, on_duty=on_duty)


def claimed(tier: Tier = CRITICAL) -> View:
    return View(CaseStatus.CLAIMED, tier, unanswered_since=NOW)


def course(view: View, hours: float) -> Iterator[tuple[float, Act]]:
    """What happens in the next hours when every look comes on time: minutes and acts."""
    moment = NOW
    while moment <= NOW + timedelta(hours=hours):
        plan = timing.plan(view, moment)
        for act in plan.acts:
            yield (moment - NOW) / timedelta(minutes=1), act
        view = timing.noted(view, plan.acts, moment)
        moment = plan.next_at


def minutes_of(view: View, hours: float, kind: type[Act]) -> list[float]:
    return [minutes for minutes, act in course(view, hours) if isinstance(act, kind)]


def test_a_critical_case_rings_at_once_every_two_minutes_and_after_a_while_every_five() -> None:
    assert minutes_of(waiting(), 1, Ring) == [*range(0, 24, 2), *range(27, 61, 5)]


def test_an_elevated_case_rings_at_once_after_a_quarter_of_an_hour_and_every_half_hour() -> None:
    assert minutes_of(waiting(ELEVATED), 3, Ring) == [0, 15, 30, 60, 90, 120, 150, 180]


def test_each_ring_reaches_more_people() -> None:
    rings = [act for _, act in course(waiting(), 0.2) if isinstance(act, Ring)]
    assert rings[:4] == [
        Ring(1, Circle.LANGUAGE),
        Ring(2, Circle.DUTY),
        Ring(3, Circle.ALL),
        Ring(4, Circle.ALL),
    ]


def test_what_comes_back_rings_all_on_duty_at_once_and_all_who_can_be_called_after_that() -> None:
    back = replace(waiting(ELEVATED), came_back=True)
    rings = [act for _, act in course(back, 1) if isinstance(act, Ring)]
    assert rings[:2] == [Ring(1, Circle.DUTY), Ring(2, Circle.ALL)]


def test_with_nobody_on_duty_supervisors_ring_and_the_contact_knows_at_once() -> None:
    acts = timing.plan(waiting(on_duty=False), NOW).acts
    assert acts == (Ring(1, Circle.ALL), Tell(Words.NOBODY, 0))


def test_that_nobody_is_on_duty_is_said_once_a_wait_also_when_a_shift_ends() -> None:
    alone = [act for _, act in course(waiting(on_duty=False), 50) if isinstance(act, Tell)]
    assert [act.words for act in alone].count(Words.NOBODY) == 1
    view = replace(waiting(), rings=1, rang_at=NOW, on_duty=False)
    later = NOW + timedelta(minutes=3)
    assert Tell(Words.NOBODY, 3) in timing.plan(view, later).acts


@pytest.mark.parametrize(
    ("tier", "minutes"),
    [
        (CRITICAL, [2, 5, 15, 30, 60, *range(120, 1441, 120)]),
        (ELEVATED, [15, 60, 240, 720, 1440, 2160, 2880]),
    ],
)
def test_the_contact_is_told_the_truth_at_these_minutes(tier: Tier, minutes: list[int]) -> None:
    told = [(at, act) for at, act in course(waiting(tier), 72) if isinstance(act, Tell)]
    assert [at for at, _ in told] == minutes
    assert [act for _, act in told] == [Tell(Words.WAITING, number) for number in minutes]


def test_after_an_outage_the_contact_is_told_once_and_how_long_it_really_was() -> None:
    late = NOW + timedelta(minutes=47, seconds=50)
    plan = timing.plan(waiting(), late)
    assert [act for act in plan.acts if isinstance(act, Tell)] == [Tell(Words.WAITING, 47)]
    after = timing.noted(waiting(), plan.acts, late)
    assert Tell(Words.WAITING, 60) in timing.plan(after, NOW + timedelta(minutes=60)).acts


@pytest.mark.parametrize(("tier", "rest", "pause"), [(CRITICAL, 5, 2), (ELEVATED, 30, 15)])
def test_seen_and_not_taken_the_rings_go_on_where_they_were(
    tier: Tier, rest: int, pause: int
) -> None:
    seen_at = NOW + timedelta(minutes=1)
    view = replace(waiting(tier), rings=1, rang_at=NOW, acknowledged_at=seen_at)
    rings = [(at, act) for at, act in course(view, 2) if isinstance(act, Ring)]
    assert rings[:2] == [
        (1 + rest, Ring(2, Circle.DUTY)),
        (1 + rest + pause, Ring(3, Circle.ALL)),
    ]


def test_who_waits_learns_that_somebody_has_seen_it() -> None:
    view = replace(waiting(), rings=1, rang_at=NOW, acknowledged_at=NOW)
    acts = timing.plan(view, NOW + timedelta(minutes=2)).acts
    assert acts == (Tell(Words.SEEN, 2),)


@pytest.mark.parametrize(("tier", "first", "back"), [(CRITICAL, 3, 10), (ELEVATED, 10, 45)])
def test_a_forgetful_operator_is_reminded_twice_and_loses_the_case(
    tier: Tier, first: int, back: int
) -> None:
    acts = list(course(claimed(tier), back / 60))
    assert acts == [
        (first, Remind(first)),
        (2 * first, Remind(2 * first)),
        (back, Requeue(back)),
    ]


def test_a_claimed_case_whose_contact_is_answered_rests() -> None:
    view = replace(claimed(), unanswered_since=None)
    assert timing.plan(view, NOW) == timing.Plan((), NOW + timing.MOST_AHEAD)


def test_after_it_went_back_it_rings_from_the_beginning() -> None:
    ring = next((at, act) for at, act in course(claimed(), 1) if isinstance(act, Ring))
    assert ring[1] == Ring(1, Circle.DUTY)
    assert 10 <= ring[0] < 11


def test_what_becomes_critical_is_rung_by_its_pace() -> None:
    view = replace(waiting(ELEVATED), rings=2, rang_at=NOW, words=0)
    now = NOW + timedelta(minutes=3)
    assert timing.plan(view, now).acts == ()
    assert timing.plan(replace(view, tier=CRITICAL), now).acts == (
        Ring(3, Circle.ALL),
        Tell(Words.WAITING, 3),
    )


def test_a_clock_that_was_a_year_ahead_silences_nobody() -> None:
    view = replace(waiting(), rings=1, rang_at=NOW - timedelta(minutes=5))
    wrong = NOW + timedelta(days=365)
    for wrongly in (
        replace(view, rang_at=wrong),
        replace(view, acknowledged_at=wrong),
        replace(view, waiting_since=wrong),
    ):
        assert Ring(2, Circle.DUTY) in timing.plan(wrongly, NOW).acts


MOMENTS = st.integers(-200_000, 60).map(lambda seconds: NOW + timedelta(seconds=seconds))
COUNTS = st.integers(0, 30)
TIERS = st.sampled_from(Tier)
WAITING = st.builds(
    View,
    status=st.just(CaseStatus.WAITING),
    tier=TIERS,
    waiting_since=MOMENTS,
    acknowledged_at=st.none() | MOMENTS,
    rang_at=st.none() | MOMENTS,
    rings=COUNTS,
    words=COUNTS,
    nobody_said=st.booleans(),
    on_duty=st.booleans(),
)
CLAIMED = st.builds(
    View,
    status=st.just(CaseStatus.CLAIMED),
    tier=TIERS,
    unanswered_since=st.none() | MOMENTS,
    reminders=COUNTS,
    words=COUNTS,
    rings=COUNTS,
    on_duty=st.booleans(),
)
LATE = st.lists(st.integers(0, 20_000), min_size=40, max_size=40)
"""How many seconds each look comes after its time."""


def looks(view: View, late: list[int]) -> Iterator[tuple[datetime, View, timing.Plan]]:
    """Looks one after the other, each as late as given: when, at what, and what was due."""
    moment = NOW
    for seconds in late:
        plan = timing.plan(view, moment)
        yield moment, view, plan
        view = timing.noted(view, plan.acts, moment)
        moment = plan.next_at + timedelta(seconds=seconds)


@given(WAITING | CLAIMED, LATE)
def test_the_next_look_is_always_later_than_now_and_never_far(view: View, late: list[int]) -> None:
    for moment, _, plan in looks(view, late):
        assert moment < plan.next_at <= moment + timing.MOST_AHEAD


@given(WAITING | CLAIMED, LATE)
def test_a_look_that_runs_twice_does_nothing_twice(view: View, late: list[int]) -> None:
    for moment, seen, plan in looks(view, late):
        after = timing.noted(seen, plan.acts, moment)
        if not any(isinstance(act, Requeue) for act in plan.acts):
            assert timing.plan(after, moment).acts == ()


@given(WAITING | CLAIMED, st.integers(1, 200))
def test_a_look_before_its_time_finds_nothing_due(view: View, part: int) -> None:
    plan = timing.plan(view, NOW)
    after = timing.noted(view, plan.acts, NOW)
    if plan.next_at > NOW + timing.LEAST_AHEAD:
        early = NOW + (plan.next_at - NOW) * (part / 201)
        assert timing.plan(after, early).acts == ()


@given(WAITING, st.booleans())
def test_every_case_that_waits_is_rung_until_somebody_answers(view: View, seen: bool) -> None:  # noqa: FBT001 - given
    pace = timing.pace_of(view)
    view = view if seen else replace(view, acknowledged_at=None)
    rings = [moment for moment, _, plan in looks(view, [0] * 80) if _rings(plan)]
    assert len(rings) > 10
    bound = NOW + 2 * pace.seen + 2 * pace.patient
    assert rings[0] <= bound
    gaps = [later - earlier for earlier, later in pairwise(rings)]
    assert max(gaps) <= max(pace.next_ring, pace.again, pace.patient)


@given(CLAIMED.filter(lambda view: view.unanswered_since is not None))
def test_a_claimed_case_whose_contact_waits_comes_to_a_ring(view: View) -> None:
    bound = NOW + timing.pace_of(view).requeue + timedelta(minutes=2)
    assert any(_rings(plan) and moment <= bound for moment, _, plan in looks(view, [0] * 10))


@given(WAITING, LATE)
def test_no_two_rings_are_nearer_than_their_pause(view: View, late: list[int]) -> None:
    last: tuple[datetime, int] | None = None
    for moment, seen, plan in looks(view, late):
        for ring in _rings(plan):
            pace = timing.pace_of(seen)
            if last is not None:
                everybody = last[1] >= timing.ALL_RING
                many = last[1] >= timing.ALL_RING - 1 + timing.URGENT_RINGS
                pause = pace.patient if many else pace.again if everybody else pace.next_ring
                assert moment - last[0] >= pause
                assert ring.number == last[1] + 1
            last = moment, ring.number


@given(WAITING, LATE)
def test_at_most_one_word_a_look_and_never_longer_than_it_was(view: View, late: list[int]) -> None:
    told = 0
    for moment, seen, plan in looks(view, late):
        words = [act for act in plan.acts if isinstance(act, Tell)]
        assert len(words) <= 1
        told += len(words)
        assert seen.waiting_since is not None
        waited = max(moment - seen.waiting_since, timedelta())
        assert all(timedelta(minutes=act.minutes) <= waited for act in words)
    assert told <= len(timing.pace_of(view).words) + 1


def _rings(plan: timing.Plan) -> list[Ring]:
    return [act for act in plan.acts if isinstance(act, Ring)]
