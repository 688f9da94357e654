"""Who is on duty in the days to come: the watches that `helpline operator rota` shows."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.cli import duty
from bot.cli.duty import Member, Watch
from bot.handoff.paging import rota
from bot.handoff.paging.rota import PHNOM_PENH
from bot.storage import operators
from bot.storage.operators import DayOff, Role

MONDAY = datetime(2026, 11, 23, tzinfo=PHNOM_PENH)


def _member(name: str, hours: str, *, bound: bool = True, off: tuple[date, ...] = ()) -> Member:
    row = operators.new(name, Role.OPERATOR, ["id"], hours)
    row.account_hash = b"known" if bound else None
    return duty.member_of(row, [DayOff(day=day, operator_id=row.id) for day in off])


def _days(*members: Member, begin: datetime = MONDAY, days: float = 1) -> list[Watch]:
    return list(duty.watches(members, begin, begin + timedelta(days=days)))


def _shown(watches: list[Watch]) -> list[tuple[str, str, str]]:
    return [
        (
            f"{watch.begin.astimezone(PHNOM_PENH):%a %H:%M}",
            f"{watch.end.astimezone(PHNOM_PENH):%a %H:%M}",
            ", ".join(member.row.name for member in watch.members),
        )
        for watch in watches
    ]


def test_every_change_and_every_midnight_begins_a_watch() -> None:
    night = _member("Night", "mon-sun 22:00-02:30")
    day = _member("Day", "mon 08:00-22:30")
    assert _shown(_days(night, day, begin=MONDAY + timedelta(hours=9), days=1)) == [
        ("Mon 09:00", "Mon 22:00", "Day"),
        ("Mon 22:00", "Mon 22:30", "Night, Day"),
        ("Mon 22:30", "Tue 00:00", "Night"),
        ("Tue 00:00", "Tue 02:30", "Night"),
        ("Tue 02:30", "Tue 09:00", ""),
    ]


def test_a_day_off_of_everybody_counts_for_each_and_leaves_the_night_before() -> None:
    row = operators.new("Night", Role.OPERATOR, ["id"], "mon-sun 22:00-02:00")
    row.account_hash = b"known"
    member = duty.member_of(row, [DayOff(day=MONDAY.date(), operator_id=None)])
    assert _shown(_days(member, days=2)) == [
        ("Mon 00:00", "Mon 02:00", "Night"),
        ("Mon 02:00", "Tue 00:00", ""),
        ("Tue 00:00", "Tue 22:00", ""),
        ("Tue 22:00", "Wed 00:00", "Night"),
    ]


def test_somebody_elses_day_off_changes_nothing() -> None:
    row = operators.new("Day", Role.OPERATOR, ["id"], "always")
    other = operators.new("Other", Role.OPERATOR, ["id"], "always")
    member = duty.member_of(row, [DayOff(day=MONDAY.date(), operator_id=other.id)])
    assert member.days_off == frozenset()


def test_who_cannot_be_called_fills_no_gap() -> None:
    [watch] = _days(_member("New", "always", bound=False))
    assert watch.is_gap
    assert [member.row.name for member in watch.members] == ["New"]


def test_a_rota_that_nobody_can_read_counts_as_always_just_as_for_calls() -> None:
    [watch] = _days(_member("Odd", "whenever"))
    assert not watch.is_gap


_ROTAS = st.sampled_from(
    [
        "always",
        "never",
        "mon-fri 08:00-12:00 13:00-18:00; sat 20:00-02:00",
        "sun 23:59-00:01",
        "sat-mon 00:00-24:00",
        "tue,thu 06:30-06:31",
    ]
)


@given(
    st.lists(_ROTAS, max_size=3),
    st.integers(0, 7 * 24 * 60),
    st.lists(st.integers(0, 9), max_size=2),
)
def test_watches_follow_each_other_and_agree_with_the_rota_at_every_moment(
    rotas: list[str], minute: int, off: list[int]
) -> None:
    begin = (MONDAY + timedelta(minutes=minute)).astimezone(UTC)
    days = tuple(MONDAY.date() + timedelta(days=number) for number in off)
    members = [_member(str(number), hours, off=days) for number, hours in enumerate(rotas)]
    watches = _days(*members, begin=begin, days=7)
    assert watches[0].begin == begin
    assert watches[-1].end == begin + timedelta(days=7)
    for first, second in itertools.pairwise(watches):
        assert first.end == second.begin
    for watch in watches:
        last = watch.end - timedelta(seconds=1)
        assert rota.local_day(watch.begin) == rota.local_day(last)
        for moment in (watch.begin, watch.begin + (watch.end - watch.begin) / 2, last):
            assert [m.on_duty(moment) for m in members] == [m in watch.members for m in members]
