"""A rota says the same as its writer meant, over midnight and on days off, or what is wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.handoff.paging.rota import DAYS, LONGEST, RotaError, next_change, on_duty, parse

MONDAY = date(2026, 11, 23)
USUAL = "mon-fri 08:00-12:00 13:00-18:00; sat 20:00-02:00; sun 00:00-24:00"


def at(day: int, clock: str) -> datetime:
    """A time in Phnom Penh, UTC+7, in the week of that Monday."""
    hours, minutes = map(int, clock.split(":"))
    midnight = datetime(2026, 11, 23, tzinfo=UTC) - timedelta(hours=7)
    return midnight + timedelta(days=day, hours=hours, minutes=minutes)


@pytest.mark.parametrize(
    ("day", "clock", "there"),
    [
        (0, "07:59", False),
        (0, "08:00", True),
        (0, "11:59", True),
        (0, "12:00", False),
        (0, "13:00", True),
        (4, "17:59", True),
        (4, "18:00", False),
        (5, "08:00", False),
        (5, "20:00", True),
        (6, "01:59", True),
        (6, "23:59", True),
        (7, "00:00", False),
    ],
)
def test_split_shifts_nights_and_whole_days_count_by_the_clock_of_phnom_penh(
    day: int, clock: str, *, there: bool
) -> None:
    assert on_duty(parse(USUAL), at(day, clock)) is there


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  MON - FRI   08:00 - 12:00  13:00-18:00 ;SAT 20:00-02:00; Sun 0:00-24:00 ; ", USUAL),
        ("mon-fri 08:00–12:00 13:00—18:00; sat 20:00-02:00; sun 00:00-24:00", USUAL),
        ("mon,wed , fri 08:00-12:00", "mon 8:00-12:00; wed 8:00-12:00; fri 8:00-12:00"),
        ("sat-mon 08:00-12:00", "sat,sun,mon 08:00-12:00"),
        ("mon-wed,sun 08:00-12:00", "mon,tue,wed,sun 08:00-12:00"),
        ("mon 22:00-00:00", "mon 22:00-24:00"),
        (" Always ", "mon-sun 00:00-24:00"),
    ],
)
def test_what_means_the_same_reads_the_same(text: str, plain: str) -> None:
    assert parse(text) == parse(plain)


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("", 1, "the end is no day of the week"),
        ("monday 08:00-12:00", 1, "`monday` is no day of the week; use mon, tue"),
        ("mon", 4, "the end is no time of day; write hours"),
        ("mon 08:00", 10, "the end instead of `-`"),
        ("mon 08:00-", 11, "the end is no time of day"),
        ("mon 8-12", 5, "`8` is no time of day"),
        ("mon 08.00-12.00", 5, "`08.00` is no time of day"),
        ("mon 08:00-24:01", 11, "`24:01` is no time of day"),
        ("mon 08:00-12:60", 11, "`12:60` is no time of day"),
        ("mon 24:00-02:00", 5, "no shift begins at 24:00"),
        ("mon 08:00-08:00", 5, "write 00:00-24:00 for a whole day"),
        ("mon 08:00-12:00, tue 08:00-12:00", 16, "`,` is not expected here"),
        ("mon 08:00-12:00 tue 08:00-12:00", 17, "`tue` is not expected here"),
        ("mon 08:00-12:00;; tue 08:00-12:00", 17, "`;` is no day of the week"),
        ("always mon 08:00-12:00", 8, "`always` stands alone"),
        ("mon 08:00-12:00; never", 18, "`never` alone"),
        ("mon, 08:00-12:00", 6, "`08:00` is no day of the week"),
        ("mon 08:00-12:00 \N{ARABIC-INDIC DIGIT ONE}3:00-14:00", 17, "is no time of day"),
        (" " * LONGEST + "always", LONGEST + 1, "shorten it"),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_mend(text: str, column: int, said: str) -> None:
    with pytest.raises(RotaError) as error:
        parse(text)
    assert error.value.column == column
    assert said in str(error.value)
    assert str(error.value).startswith(f"character {column}: ")


def test_a_day_off_ends_the_shifts_that_begin_on_it_and_no_other() -> None:
    rota = parse("sat,sun 20:00-02:00")
    saturday = {MONDAY + timedelta(days=5)}
    sunday = {MONDAY + timedelta(days=6)}
    late, early = at(5, "23:00"), at(6, "01:00")
    assert [on_duty(rota, moment, saturday) for moment in (late, early)] == [False, False]
    assert [on_duty(rota, moment, sunday) for moment in (late, early)] == [True, True]
    assert not on_duty(rota, at(6, "23:00"), sunday)


def test_who_is_always_on_duty_has_the_whole_day_off() -> None:
    rota, off = parse("always"), {MONDAY + timedelta(days=2)}
    assert next_change(rota, at(0, "12:00"), off) == at(2, "00:00")
    assert next_change(rota, at(2, "00:00"), off) == at(3, "00:00")
    assert next_change(rota, at(3, "00:00"), off) is None


def test_never_is_never_and_always_is_always() -> None:
    for hour in range(24 * 7):
        now = at(0, "00:00") + timedelta(hours=hour)
        assert on_duty(parse("always"), now)
        assert not on_duty(parse("never"), now)
    assert next_change(parse("never"), at(0, "00:00")) is None
    assert next_change(parse("always"), at(0, "00:00")) is None


def clock_of(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


QUARTERS = st.integers(0, 95).map(lambda quarter: quarter * 15)
MOMENTS = st.integers(-20_160, 20_160).map(
    lambda minutes: at(0, "00:00") + timedelta(minutes=minutes)
)
HOURS = st.tuples(QUARTERS, QUARTERS).filter(lambda hours: hours[0] != hours[1])
ONE_SHIFT = st.tuples(st.sampled_from(DAYS), HOURS)
ROTAS = st.lists(ONE_SHIFT, min_size=1, max_size=5).map(
    lambda shifts: "; ".join(
        f"{day} {clock_of(start)}-{clock_of(end)}" for day, (start, end) in shifts
    )
)
OFF = st.sets(st.integers(-9, 9).map(lambda days: MONDAY + timedelta(days=days)), max_size=4)


@given(st.sampled_from(range(7)), HOURS, MOMENTS)
@example(6, (1200, 120), at(7, "01:00"))
def test_a_shift_over_midnight_is_its_two_halves(
    day: int, hours: tuple[int, int], now: datetime
) -> None:
    start, end = max(hours), min(hours)
    one = f"{DAYS[day]} {clock_of(start)}-{clock_of(end)}"
    evening = f"{DAYS[day]} {clock_of(start)}-24:00"
    morning = f"; {DAYS[(day + 1) % 7]} 00:00-{clock_of(end)}" if end else ""
    assert on_duty(parse(one), now) == on_duty(parse(evening + morning), now)


@given(ROTAS, ROTAS, MOMENTS, OFF)
def test_two_rotas_together_are_on_duty_when_either_is(
    one: str, other: str, now: datetime, off: set[date]
) -> None:
    both = on_duty(parse(f"{one}; {other}"), now, off)
    assert both == (on_duty(parse(one), now, off) or on_duty(parse(other), now, off))


@given(ROTAS, MOMENTS)
def test_every_week_is_the_same(rota: str, now: datetime) -> None:
    assert on_duty(parse(rota), now) == on_duty(parse(rota), now + timedelta(weeks=3))


@given(ROTAS, MOMENTS, OFF)
def test_a_day_off_never_puts_anybody_on_duty(rota: str, now: datetime, off: set[date]) -> None:
    assert on_duty(parse(rota), now) or not on_duty(parse(rota), now, off)


@given(st.one_of(ROTAS, st.sampled_from(["always", "never"])), MOMENTS, OFF)
def test_the_next_change_is_the_first_quarter_at_which_it_is_otherwise(
    text: str, now: datetime, off: set[date]
) -> None:
    rota = parse(text)
    change = next_change(rota, now, off)
    before = on_duty(rota, now, off)
    quarter = timedelta(minutes=15)
    first = at(0, "00:00") + ((now - at(0, "00:00")) // quarter + 1) * quarter
    quarters = (first + step * quarter for step in range(96 * 35))
    found = next((moment for moment in quarters if on_duty(rota, moment, off) != before), None)
    assert change == found


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    place = None
    try:
        parse(text)
    except RotaError as error:
        place = error.column
    assert place is None or 1 <= place <= len(text) + 1
