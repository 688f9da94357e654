"""A case goes from first to last while processes die, a topic is deleted, and Telegram fails.

Each fault is proven: by the exit status of the process, or by the simulator's count of what it
refused. A kill repeats one thing at most; nothing is lost, and the order stays.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.cases import CaseStatus
from tests.support.desk import DELIVERED, mark
from tests.support.handing_over import CRITICAL, Handover, handover
from tests.support.killable import DESK_HOPS
from tests.support.line import eventually
from tests.support.telegram_simulator.people import SimulatedUser

pytestmark = pytest.mark.durability

SECOND_RING, THIRD_RING = 3.0, 5.0
"""Minutes by which the clock of a line is ahead, so that this ring is due (handoff/paging)."""
KILLS = 5
"""Times that a line is killed at random in one talk."""
TALK = (
    "ini nomor teman saya",
    "besok saya tulis lagi",
    "jam berapa sekarang",
    "cuaca di sini panas",
    "kami makan dulu",
    "selamat malam",
    "oke, saya tunggu",
    "terima kasih",
)
"""Nothing urgent: what calls a human again is answered by the line, too."""
ANSWERS = (
    "Saya di sini.",
    "Apakah ia bisa berjalan?",
    "Polisi sudah tahu di mana Anda.",
    "Jangan melawan mereka.",
    "Tetaplah bersama.",
    "Matikan layar, jangan mati total.",
    "Mobil sedang di jalan.",
    "Sepuluh menit lagi.",
)


@pytest.fixture
async def story(data_dir: Path, tmp_path: Path) -> AsyncIterator[Handover]:
    async with handover(data_dir, tmp_path / "ledger.jsonl") as found:
        yield found


async def _dies(story: Handover, hop: str) -> None:
    assert await story.line.wait_for_death(60) == -signal.SIGKILL, hop


async def _dies_at(story: Handover, *hops: str, ahead: float = 0.0) -> None:
    """Lines that come to each of these hops by what was left to do, and no further."""
    for hop in hops:
        await story.line.start(kill_at=hop, ahead=ahead)
        await _dies(story, hop)


async def test_sigkill_at_each_step_of_a_handover(story: Handover) -> None:
    opened, posted, drawn, rung, claimed, stored, sent, marked = DESK_HOPS
    await story.line.start(kill_at=opened)
    rina = await story.operator("Rinawati")
    await story.write(CRITICAL)
    await _dies(story, opened)
    await _dies_at(story, posted, drawn)
    await _dies_at(story, rung, ahead=SECOND_RING)
    await story.line.start(kill_at=claimed, ahead=THIRD_RING)
    await story.settled()
    waited = await story.case()
    assert waited.status == CaseStatus.WAITING.value
    assert waited.rings >= 2
    await story.press(rina, "take")
    await _dies(story, claimed)
    answer = await story.answer(rina, ANSWERS[0])
    await _dies_at(story, stored, sent, marked, ahead=THIRD_RING)
    await story.line.start(ahead=THIRD_RING)
    await _talk(story, rina, range(1, 4))
    await story.settled()
    assert mark(answer) == DELIVERED
    await story.press(rina, "resolve:safe")
    await story.settled()
    assert await story.line.stop() == 0
    done = await story.case()
    assert (done.status, done.outcome) == (CaseStatus.RESOLVED.value, "safe")
    await story.check(most_repeats=len(DESK_HOPS), topics=1)


async def test_random_kills_a_deleted_topic_and_no_telegram_for_a_while(story: Handover) -> None:
    faults = story.simulator.faults
    await story.line.start()
    rina, darma = await story.operator("Rinawati"), await story.operator("Darmawan")
    await story.write(CRITICAL)
    await story.settled()
    await story.press(rina, "take")
    await story.settled()
    killing = asyncio.ensure_future(_kill_at_random(story))
    await _talk(story, rina, range(3), pause=2.0)
    await story.group.delete_topic(await story.room())
    await _talk(story, rina, range(3, 5), pause=2.0)
    struck = faults.struck
    faults.time_out_before("sendMessage", times=3, hang_seconds=1.0)
    faults.go_down(5)
    await _talk(story, rina, range(5, 6), pause=2.0)
    await killing
    await eventually(lambda: faults.struck > struck, what="Telegram has failed")
    faults.come_back()
    await story.settled()
    case = await story.case()
    await _hand_to(story, rina, darma)
    await story.settled()
    await _talk(story, darma, range(6, 8))
    await story.settled()
    assert await story.line.stop() == 0
    after = await story.case()
    assert after.status == CaseStatus.CLAIMED.value
    assert after.operator_id not in {None, case.operator_id}
    await story.check(most_repeats=KILLS, topics=2)


async def _talk(
    story: Handover, operator: SimulatedUser, turns: range, *, pause: float = 0.0
) -> None:
    """Both write, one after the other, whether a line runs or not."""
    for turn in turns:
        await story.write(TALK[turn])
        await asyncio.sleep(pause)
        await story.answer(operator, ANSWERS[turn])
        await asyncio.sleep(pause)


async def _hand_to(story: Handover, operator: SimulatedUser, other: SimulatedUser) -> None:
    await story.press(operator, "hand")
    await story.settled()
    card = story.group.chat.store[int((await story.case()).card or 0)]
    name = card.find_button(other.person.first_name)
    await story.press(operator, (name.data or "").split(":", 2)[2])


async def _kill_at_random(story: Handover) -> None:
    """Kill the line a little after it has begun to listen, and start another."""
    chance = random.Random(4)
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.1, 5))
        polls = story.simulator.telegram.polling_turn
        story.line.kill()
        assert await story.line.wait_for_death(10) == -signal.SIGKILL
        await story.line.start()
        await _until_it_listens(story, polls)


async def _until_it_listens(story: Handover, polls: int) -> None:
    telegram = story.simulator.telegram
    await eventually(lambda: telegram.polling_turn > polls, 60, "a line listens")
