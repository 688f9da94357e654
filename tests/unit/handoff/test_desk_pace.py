"""The budget of the operators' group: never more than Telegram takes, the urgent first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from bot.channels.telegram import desk_pace
from bot.channels.telegram.desk_pace import DeskPace
from bot.domain.channel import Failure, SendError
from tests.support.hurried import run_hurried

TELEGRAMS_MINUTE, TELEGRAMS_MOST = 60.0, 20


class _Group:
    """Takes messages, and notes when which came."""

    def __init__(self) -> None:
        self.pace = DeskPace()
        self.made: list[tuple[float, str]] = []
        self.away: list[tuple[str, Failure, float]] = []

    async def send(self, name: str, *, urgent: bool = False, begun: bool = True) -> None:
        try:
            await self.pace.wait(urgent=urgent, begun=begun)
        except SendError as error:
            self.away.append((name, error.failure, error.retry_after))
            return
        self.made.append((asyncio.get_running_loop().time(), name))

    async def until_sent(self, name: str, *, urgent: bool = False, begun: bool = True) -> None:
        """As the queue does it: whoever is sent away comes again."""
        while True:
            try:
                await self.pace.wait(urgent=urgent, begun=begun)
            except SendError as error:
                await asyncio.sleep(error.retry_after)
            else:
                self.made.append((asyncio.get_running_loop().time(), name))
                return

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.made]

    def when(self, beginning: str) -> list[float]:
        return [at for at, name in self.made if name.startswith(beginning)]


def _most_within(times: Iterable[float], seconds: float) -> int:
    moments = sorted(times)
    return max(sum(start <= at < start + seconds for at in moments) for start in moments)


def _names(kind: str, count: int) -> list[str]:
    return [f"{kind}{number}" for number in range(count)]


def test_a_group_gets_at_most_twenty_a_minute_and_about_one_a_second() -> None:
    async def scene() -> None:
        group = _Group()
        await asyncio.gather(
            *(group.until_sent(name, urgent=True) for name in _names("urgent", 60)),
            *(group.until_sent(name) for name in _names("ordinary", 60)),
        )
        times = [at for at, _ in group.made]
        assert len(times) == 120
        assert _most_within(times, TELEGRAMS_MINUTE) <= TELEGRAMS_MOST
        assert _most_within(times, 1.0) <= 2
        assert _most_within(times, 10.0) <= 11

    run_hurried(scene())


def test_a_part_of_the_budget_is_kept_for_what_is_urgent() -> None:
    async def scene() -> None:
        group = _Group()
        ordinary = asyncio.gather(*(group.send(name) for name in _names("ordinary", 20)))
        await asyncio.sleep(40)
        assert len(group.made) == desk_pace.PER_MINUTE - desk_pace.RESERVED
        for number in range(desk_pace.RESERVED):
            await group.send(f"urgent{number}", urgent=True)
        assert group.when("urgent")[-1] < 46
        await ordinary
        assert _most_within((at for at, _ in group.made), TELEGRAMS_MINUTE) <= TELEGRAMS_MOST

    run_hurried(scene())


def test_what_is_urgent_goes_before_all_that_waits_in_the_order_in_which_it_came() -> None:
    async def scene() -> None:
        group = _Group()
        waiting = [asyncio.ensure_future(group.send(name)) for name in _names("ordinary", 10)]
        await asyncio.sleep(0.1)
        waiting += [
            asyncio.ensure_future(group.send(name, urgent=True)) for name in _names("urgent", 3)
        ]
        await asyncio.gather(*waiting)
        assert group.names == [
            "ordinary0",
            "ordinary1",
            *_names("urgent", 3),
            *_names("ordinary", 10)[2:],
        ]

    run_hurried(scene())


def test_rooms_that_are_open_are_filled_before_new_ones_are_opened_but_not_for_ever() -> None:
    async def scene() -> None:
        group = _Group()
        await asyncio.gather(*(group.send(name) for name in _names("first", 2)))
        new = asyncio.ensure_future(group.send("new", begun=False))
        await asyncio.sleep(0)
        await asyncio.gather(*(group.send(name) for name in _names("open", 5)))
        await new
        assert group.names[-1] == "new"

        async def chatter(name: str) -> None:
            for number in range(200):
                await group.until_sent(f"{name}{number}")

        talk = [asyncio.ensure_future(chatter(name)) for name in ("a", "b", "c")]
        began = asyncio.get_running_loop().time()
        await group.until_sent("late", begun=False)
        assert group.when("late")[0] - began < desk_pace.HEAD_START + 30
        for task in talk:
            task.cancel()

    run_hurried(scene())


def test_a_429_holds_everybody_back_for_the_time_asked_and_no_longer() -> None:
    async def scene() -> None:
        group = _Group()
        loop = asyncio.get_running_loop()
        await group.send("first")
        waiting = [
            asyncio.ensure_future(group.send("second", urgent=True)),
            asyncio.ensure_future(group.send("third")),
        ]
        told = loop.time()
        group.pace.told_to_wait(17.0)
        await group.pace.wait_for_hold()
        assert told + 17 <= loop.time() < told + 17.1
        await asyncio.gather(*waiting)
        assert all(told + 17 <= at < told + 20 for at, name in group.made if name != "first")

    run_hurried(scene())


def test_a_hold_that_grows_while_somebody_waits_is_kept_to_its_end() -> None:
    async def scene() -> None:
        pace, loop = DeskPace(), asyncio.get_running_loop()
        pace.told_to_wait(5.0)
        waiting = asyncio.ensure_future(pace.wait_for_hold())
        await asyncio.sleep(3)
        pace.told_to_wait(10.0)
        pace.told_to_wait(1.0)  # shorter: nothing changes
        await waiting
        assert 13 <= loop.time() < 13.1

    run_hurried(scene())


def test_of_too_many_the_last_in_order_are_sent_away_never_an_urgent_one_for_an_ordinary() -> None:
    async def scene() -> None:
        group = _Group()
        most = desk_pace.MOST_WAITING
        tasks = [asyncio.ensure_future(group.send(name)) for name in _names("ordinary", most + 10)]
        await asyncio.sleep(0)
        assert len(group.away) == 8  # two went at once
        assert {failure for _, failure, _ in group.away} == {Failure.WAIT}
        assert all(seconds > 0 for _, _, seconds in group.away)
        tasks += [
            asyncio.ensure_future(group.send(name, urgent=True)) for name in _names("urgent", most)
        ]
        await asyncio.sleep(0.01)
        assert not [name for name, _, _ in group.away if name.startswith("urgent")]
        await asyncio.gather(*tasks)
        assert len(group.when("urgent")) == most

    run_hurried(scene())


def test_who_gives_up_waiting_takes_no_place() -> None:
    async def scene() -> None:
        group = _Group()
        await asyncio.gather(*(group.send(name) for name in _names("first", 2)))
        leaving = asyncio.ensure_future(group.send("leaving", urgent=True))
        staying = asyncio.ensure_future(group.send("staying"))
        await asyncio.sleep(0.1)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        await staying
        assert group.names == ["first0", "first1", "staying"]
        assert group.when("staying")[0] < 3

    run_hurried(scene())


def test_a_message_for_which_nobody_waited_counts() -> None:
    async def scene() -> None:
        group = _Group()
        for _ in range(desk_pace.PER_MINUTE):
            group.pace.note()
        await group.send("urgent", urgent=True)
        assert group.when("urgent")[0] >= TELEGRAMS_MINUTE

    run_hurried(scene())
