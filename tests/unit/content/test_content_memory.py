"""Promise: work is done again when, and only when, what it was given is no longer the same."""

from __future__ import annotations

from bot.content.memory import Memory


def test_work_is_done_again_only_for_other_values() -> None:
    memory, done = Memory(), []

    def double(number: int) -> int:
        done.append(number)
        return 2 * number

    assert [memory.ask("a", double, number) for number in (1, 1, 2, 2, 1)] == [2, 2, 4, 4, 2]
    assert done == [1, 2, 1]


def test_work_that_failed_is_done_again() -> None:
    memory, results = Memory(), iter([0, 1])

    def divide(number: int) -> float:
        return number / next(results)

    for wanted in (None, 5.0):
        try:
            assert memory.ask("a", divide, 5) == wanted
        except ZeroDivisionError:
            assert wanted is None


def test_what_was_not_asked_for_is_forgotten() -> None:
    memory = Memory()
    first = memory.same("a", [1])
    memory.same("b", [2])
    memory.forget()
    assert memory.same("a", [1]) is first
    memory.forget()
    assert len(memory._pieces) == 1
