"""Processes die, the database restarts, Telegram fails: every message still gets its turn.

Each fault is proven: by the exit status of the process, by the server's start time, by the
simulator's count of what it refused.
"""

from __future__ import annotations

import asyncio
import base64
import signal
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from bot.storage.database import Database, EmbeddedServer, migrate
from tests.support.account import account, keyring_of, nothing_waits, stored
from tests.support.killable import HOPS
from tests.support.line import KEY, LineProcess, eventually
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.simulator import TelegramSimulator

pytestmark = pytest.mark.durability

PEOPLE = 40
EACH = 5
TEXTS = (
    "hello",
    "where is the kenyan embassy",
    "how much is the overstay fine",
    "they locked us in and will beat me tonight, help",
    "i need a place to sleep",
)


@dataclass
class Scene:
    """A simulated Telegram, a database that outlives the line, and the line's process."""

    simulator: TelegramSimulator
    server: EmbeddedServer
    database: Database
    line: LineProcess
    data_dir: Path

    async def people(self, count: int = PEOPLE) -> list[SimulatedUser]:
        return [self.simulator.user(language_code="en") for _ in range(count)]

    async def write(self, people: list[SimulatedUser], pause: float = 0.01) -> None:
        """Everybody writes EACH messages, one after the other, all at the same time."""
        for number in range(EACH):
            for person in people:
                await person.send(f"{TEXTS[number]} ({number})")
                await asyncio.sleep(pause)

    async def check(self, people: list[SimulatedUser], most_repeats: int) -> int:
        """Nothing lost, in order, once; the number of repeats, each marked as doubtful."""
        keyring = keyring_of(self.data_dir, base64.b64decode(KEY))
        repeats = doubtful = 0
        for person in people:
            found = await account(self.database, keyring, self.simulator.ledger, person.id)
            assert found.written == [f"{TEXTS[n]} ({n})" for n in range(EACH)]
            assert found.unanswered == []
            repeats += found.repeats()
            doubtful += found.doubtful
        assert repeats <= doubtful
        assert repeats <= most_repeats
        assert self.simulator.ledger.retry_after_broken() == 0
        assert self.simulator.violations == []
        return repeats


@pytest.fixture
async def scene(data_dir: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    server = EmbeddedServer(data_dir)
    url = await asyncio.to_thread(server.start)
    await asyncio.to_thread(migrate, url)
    async with TelegramSimulator(ledger=tmp_path / "ledger.jsonl") as simulator:
        simulator.limits.enable()
        line = LineProcess(
            data_dir,
            HELPLINE_DATABASE_URL=url,
            HELPLINE_TELEGRAM_TOKEN=simulator.token,
            HELPLINE_TELEGRAM_API=simulator.url,
        )
        database = Database.open(url)
        yield Scene(simulator, server, database, line, data_dir)
        line.kill()
        await database.close()
    await asyncio.to_thread(server.stop)


async def _all_is_done(scene: Scene, count: int) -> bool:
    return await stored(scene.database) == count and await nothing_waits(scene.database)


async def _is_up(scene: Scene) -> bool:
    return await stored(scene.database) > 0


async def test_sigkill_at_each_hop_with_200_messages_in_flight(scene: Scene) -> None:
    people = await scene.people()
    writing = asyncio.ensure_future(scene.write(people))
    for number, hop in enumerate(HOPS):
        await scene.line.start(kill_at=hop, passes=2 + number % 3)
        assert await scene.line.wait_for_death(60) == -signal.SIGKILL, hop
    await writing
    await scene.line.start()
    count = PEOPLE * EACH
    await eventually(lambda: _all_is_done(scene, count), 150, "all turned and sent")
    # One kill falls between Telegram's yes and our note of it; the others can each fall there
    # for other conversations that were just being sent.
    await scene.check(people, most_repeats=len(HOPS) * 6)
    assert await scene.line.stop() == 0


async def test_the_database_restarts_three_ways_and_the_line_goes_on(scene: Scene) -> None:
    people = await scene.people(20)
    await scene.line.start()
    writing = asyncio.ensure_future(scene.write(people, pause=0.06))
    await eventually(lambda: _is_up(scene), 60, "the line is up")
    for mode in ("fast", "immediate", "fast"):
        await asyncio.sleep(2)
        before = await asyncio.to_thread(_started, scene.database.url)
        await asyncio.to_thread(_restart, scene.data_dir / "postgres", mode)
        assert await asyncio.to_thread(_started, scene.database.url) != before
    await writing
    await eventually(lambda: _all_is_done(scene, 20 * EACH), 90, "all turned and sent")
    await scene.check(people, most_repeats=30)
    assert await scene.line.stop() == 0


async def test_telegram_answers_429_and_500_and_nothing_for_a_while(scene: Scene) -> None:
    people = await scene.people(20)
    faults = scene.simulator.faults
    await scene.line.start()
    writing = asyncio.ensure_future(scene.write(people, pause=0.05))
    await asyncio.sleep(2)
    faults.fail("sendMessage", 429, times=3, retry_after=2)
    faults.fail("sendMessage", 500, times=5)
    faults.fail("getUpdates", 500, times=2)
    faults.time_out_after("sendMessage", times=2, hang_seconds=3)
    faults.reset_connection("sendMessage", times=2)
    await asyncio.sleep(4)
    faults.go_down(4)
    await writing
    await eventually(lambda: _all_is_done(scene, 20 * EACH), 120, "all turned and sent")
    assert faults.struck >= 10
    await scene.check(people, most_repeats=8)
    assert await scene.line.stop() == 0


async def test_updates_given_five_times_and_out_of_order_have_one_effect_each(
    scene: Scene,
) -> None:
    people = await scene.people(10)
    scene.simulator.faults.duplicate_updates(1, 5)
    await scene.line.start()
    await scene.write(people)
    await eventually(lambda: _all_is_done(scene, 10 * EACH), 60, "all turned and sent")
    assert max(scene.simulator.ledger.times_given().values()) > 1
    await scene.check(people, most_repeats=0)


def _started(url: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
        assert row is not None
        return row[0]


def _restart(directory: Path, mode: str) -> None:
    owner = directory.owner()
    options = (directory / "postmaster.opts").read_text()
    control = Path(options.split()[0]).parent / "pg_ctl"
    command = [str(control), "-D", str(directory), "-m", mode, "-w", "restart"]
    socket = options.partition('"-k" "')[2].partition('"')[0]
    command += ["-o", f"-h '' -k {socket}"]
    subprocess.run(command, check=True, user=owner, stdout=subprocess.DEVNULL)
