"""The breaker leaves a failing server alone, and comes back to it."""

from __future__ import annotations

from bot.nlu.breaker import Breaker


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _opened(clock: _Clock) -> Breaker:
    breaker = Breaker(clock, failures=3, rest=10)
    for _ in range(3):
        assert breaker.may_call()
        breaker.failed()
    return breaker


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    breaker = _opened(_Clock())
    assert breaker.is_open
    assert not breaker.may_call()


def test_a_success_in_between_starts_the_count_again() -> None:
    breaker = Breaker(_Clock(), failures=3, rest=10)
    for _ in range(10):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.may_call()


def test_after_the_rest_one_call_is_tried_and_only_one() -> None:
    clock = _Clock()
    breaker = _opened(clock)
    clock.now = 10
    assert breaker.may_call()
    assert not breaker.may_call()
    breaker.succeeded()
    assert breaker.may_call()
    assert not breaker.is_open


def test_a_failed_trial_rests_again() -> None:
    clock = _Clock()
    breaker = _opened(clock)
    clock.now = 10
    assert breaker.may_call()
    breaker.failed()
    clock.now = 19.9
    assert not breaker.may_call()
    clock.now = 20
    assert breaker.may_call()


def test_a_trial_that_was_given_up_can_be_tried_again() -> None:
    clock = _Clock()
    breaker = _opened(clock)
    clock.now = 10
    assert breaker.may_call()
    breaker.abandoned()
    assert breaker.may_call()
