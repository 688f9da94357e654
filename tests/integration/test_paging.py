"""A case is looked after until a human has it: rings, reminders, back to the queue.

Everything is real but the desk, to which nothing here may speak: what is to be shown is stored.
"""

from __future__ import annotations

import asyncio
import uuid

import pytest
import sqlalchemy as sa

from bot import clock
from bot.domain.cases import CaseStatus, Move, Outcome
from bot.domain.understanding import Tier
from bot.handoff import cases
from bot.handoff.cases import Actor
from bot.handoff.paging import rota, watching
from bot.storage.cases import Case
from bot.storage.conversations import Conversation
from bot.storage.operators import DayOff, Role
from bot.storage.posts import PostKind
from tests.support.parts import Parts
from tests.support.watched import Line, Team, line_of, team_of

CRITICAL, ELEVATED = Tier.CRITICAL, Tier.ELEVATED


@pytest.fixture
def line(parts: Parts) -> Line:
    return line_of(parts)


@pytest.fixture
async def team(line: Line) -> Team:
    return await team_of(line)


async def calls(line: Line, team: Team) -> list[int]:
    return [await line.calls(operator) for operator in team.all]


async def test_each_ring_calls_more_of_the_team_until_somebody_has_seen_it(
    line: Line, team: Team
) -> None:
    case = await line.case()
    await line.live(case, 1.9)
    assert await calls(line, team) == [1, 0, 0, 0]
    assert await line.notices(case) == []
    await line.live(case, 3.9)
    assert await calls(line, team) == [2, 1, 0, 0]
    await line.live(case, 5.9)
    assert await calls(line, team) == [3, 2, 0, 1]
    await line.live(case, 22.9)
    assert await calls(line, team) == [12, 11, 0, 10]
    await line.live(case, 26.9)
    assert await calls(line, team) == [12, 11, 0, 10]
    await line.live(case, 27.9)
    assert await calls(line, team) == [13, 12, 0, 11]
    rings = await line.posts(case, PostKind.NOTICE)
    assert [post.values["ring"] for post in rings] == list(range(2, 14))
    assert [post.values["count"] for post in rings] == [2] + [3] * 11
    assert [post.values["minutes"] for post in rings][:3] == [2, 4, 6]
    assert await line.audited("case_ring") == 13
    await line.acknowledge(case, team.other, 28)
    await line.live(case, 32.9)
    assert await calls(line, team) == [13, 12, 0, 11]
    await line.live(case, 33.1)
    assert await calls(line, team) == [14, 13, 0, 12]


async def test_who_has_been_called_finds_it_in_a_room_of_their_own_at_once(
    line: Line, team: Team
) -> None:
    case = await line.case()
    await line.look(case)
    (post,) = await line.posts(team.writes, PostKind.PAGE)
    assert (post.urgent, post.case_id, post.values) == (True, case, {})
    async with line.store.database.transaction() as session:
        found = await session.execute(
            sa.text("SELECT lock, priority, queue_name FROM procrastinate_jobs")
        )
        assert (f"post:{team.writes}", 30, "desk") in [tuple(row) for row in found]


async def test_rings_that_the_desk_has_not_shown_yet_leave_one_notice_behind_what_is_urgent(
    line: Line, team: Team
) -> None:
    case = await line.case()
    await line.live(case, 6.1)
    rings = await line.posts(case, PostKind.NOTICE)
    assert [(post.values["ring"], post.status) for post in rings] == [
        (2, "unposted"),
        (3, "unposted"),
        (4, "due"),
    ]
    assert [post.urgent for post in rings] == [False] * 3


async def test_an_elevated_case_takes_its_time(line: Line, team: Team) -> None:
    case = await line.case(ELEVATED)
    await line.live(case, 14.9)
    assert await calls(line, team) == [1, 0, 0, 0]
    await line.live(case, 29.9)
    assert await calls(line, team) == [2, 1, 0, 0]
    await line.live(case, 59.9)
    assert await calls(line, team) == [3, 2, 0, 1]
    (first, *_) = await line.posts(team.writes, PostKind.PAGE)
    assert not first.urgent


async def test_a_language_that_nobody_on_duty_writes_calls_all_who_are(
    line: Line, team: Team
) -> None:
    await line.look(await line.case(language="vi"))
    await line.look(await line.case(language=None, sender="2"))
    assert await calls(line, team) == [2, 2, 0, 0]


async def test_a_supervisor_on_duty_is_called_last_all_the_same(line: Line, team: Team) -> None:
    chief = await line.operator("Rithy", "id", role=Role.SUPERVISOR)
    case = await line.case()
    await line.live(case, 3.9)
    assert await line.calls(chief) == 0
    await line.live(case, 4.1)
    assert await line.calls(chief) == 1


async def test_with_nobody_on_duty_supervisors_are_called_and_the_contact_is_told(
    line: Line,
) -> None:
    asleep = await line.operator("Budi", "id", hours="never")
    supervisor = await line.operator("Dara", "en", role=Role.SUPERVISOR, hours="never")
    case = await line.case()
    await line.look(case)
    assert [await line.calls(asleep), await line.calls(supervisor)] == [0, 1]
    assert await line.notices(case) == ["desk_nobody_on_duty"]
    (told,) = await line.said(case)
    assert told.startswith("Saya di sini, tetapi sekarang tidak ada orang dari tim kami")
    assert "117" in told
    assert "119" in told
    await line.live(case, 200)
    assert (await line.notices(case)).count("desk_nobody_on_duty") == 1
    assert sum("117" in text for text in await line.said(case)) == 1


async def test_on_a_holiday_nobody_is_on_duty(line: Line, team: Team) -> None:
    async with line.store.database.transaction() as session:
        session.add(DayOff(day=rota.local_day(clock.now()), operator_id=None))
    case = await line.case()
    await line.look(case)
    assert await calls(line, team) == [0, 0, 0, 1]
    assert await line.notices(case) == ["desk_nobody_on_duty"]


async def test_a_day_off_of_one_calls_the_other(line: Line, team: Team) -> None:
    async with line.store.database.transaction() as session:
        session.add(DayOff(day=rota.local_day(clock.now()), operator_id=team.writes))
    await line.look(await line.case())
    assert await calls(line, team) == [0, 1, 0, 0]


async def test_when_there_is_no_supervisor_a_critical_case_wakes_who_is_there(line: Line) -> None:
    asleep = await line.operator("Budi", "id", hours="never")
    await line.look(await line.case(ELEVATED))
    assert await line.calls(asleep) == 0
    await line.look(await line.case(CRITICAL, sender="2"))
    assert await line.calls(asleep) == 1


async def test_a_rota_that_cannot_be_read_calls_rather_once_too_often(line: Line) -> None:
    operator = await line.operator("Ani", "id", hours="whenever")
    await line.look(await line.case())
    assert await line.calls(operator) == 1


@pytest.mark.parametrize("tier", [CRITICAL, ELEVATED])
async def test_a_look_that_runs_twice_does_nothing_twice(
    line: Line, team: Team, tier: Tier
) -> None:
    case = await line.case(tier)
    for minutes in (0.0, 2.0, 15.0, 47.0):
        await line.look(case, minutes)
        before = await calls(line, team), await line.said(case), await line.notices(case)
        await line.look(case, minutes)
        assert (await calls(line, team), await line.said(case), await line.notices(case)) == before


async def test_two_looks_at_the_same_time_ring_once(line: Line, team: Team) -> None:
    case = await line.case()
    await asyncio.gather(*(line.look(case) for _ in range(5)))
    assert await calls(line, team) == [1, 0, 0, 0]
    assert await line.audited("case_ring") == 1


async def test_what_becomes_critical_rings_at_once(line: Line, team: Team) -> None:
    case = await line.case(ELEVATED)
    await line.look(case)
    await line.case(CRITICAL)
    await line.look(case, 0.01)
    assert await calls(line, team) == [2, 0, 0, 0]
    await line.look(case, 2.1)
    assert await calls(line, team) == [3, 1, 0, 0]


async def test_whoever_takes_a_case_ends_the_rings_of_it(line: Line, team: Team) -> None:
    case = await line.case()
    await line.look(case)
    await line.claim(case, team.other)
    async with line.store.database.transaction() as session:
        await session.execute(sa.update(Case).values(unanswered_since=None))
    await line.live(case, 24 * 60)
    assert await calls(line, team) == [1, 0, 0, 0]
    assert await line.said(case) == []


async def test_a_forgotten_contact_is_remembered_and_given_to_somebody_else(
    line: Line, team: Team
) -> None:
    case = await line.case(language="en")
    await line.look(case)
    await line.claim(case, team.other)
    fence = await _fence(line, case)
    await line.live(case, 9.9)
    reminded = await line.posts(case, PostKind.NOTICE)
    assert [(post.text, post.values) for post in reminded] == [
        ("desk_remind", {"minutes": 3}),
        ("desk_remind", {"minutes": 6}),
    ]
    assert await line.calls(team.other) == 3
    assert await line.said(case) == []
    await line.look(case, 10.1)
    row = await line.row(case)
    assert (row.status, row.operator_id) == (CaseStatus.WAITING.value, None)
    assert await _fence(line, case) == fence + 1
    assert await line.audited("case_requeue") == 1
    (told,) = await line.said(case)
    assert told.startswith("The person who took this over cannot answer now.")
    await line.look(case, 10.1)
    assert await line.calls(team.writes) == 2
    assert (await line.notices(case))[2:] == ["desk_ring"]


async def test_what_the_only_one_who_writes_the_language_left_lying_calls_the_others_at_once(
    line: Line, team: Team
) -> None:
    case = await line.case(ELEVATED, language="id")
    await line.look(case)
    await line.claim(case, team.writes)
    assert await calls(line, team) == [1, 0, 0, 0]
    await line.look(case, 45.1)
    assert (await line.row(case)).status == CaseStatus.WAITING.value
    await line.look(case, 45.1)
    assert await calls(line, team) == [2, 1, 0, 0]
    await line.look(case, 60.2)
    assert await calls(line, team) == [3, 2, 0, 1]


async def test_an_answer_in_time_is_the_end_of_the_reminders(line: Line, team: Team) -> None:
    case = await line.case()
    await line.claim(case, team.other)
    await line.live(case, 3.1)
    async with line.store.database.transaction() as session:
        await session.execute(sa.update(Case).values(unanswered_since=None, reminders=0))
    await line.live(case, 60 * 24)
    assert (await line.row(case)).status == CaseStatus.CLAIMED.value
    assert await line.notices(case) == ["desk_remind"]


async def test_a_case_of_nobody_ends(line: Line, team: Team) -> None:
    case = await line.case()
    async with line.store.database.transaction() as session:
        await session.execute(sa.delete(Conversation))
    await line.look(case)
    row = await line.row(case)
    assert (row.status, row.outcome) == (CaseStatus.RESOLVED.value, Outcome.ERASED.value)
    assert await calls(line, team) == [0, 0, 0, 0]


async def test_a_case_that_is_gone_or_done_is_left_alone(line: Line, team: Team) -> None:
    await line.look(uuid.uuid4())
    case = await line.case()
    await line.claim(case, team.writes)
    async with line.store.database.transaction() as session:
        actor = Actor(team.writes, str(team.writes))
        await cases.move(line.store.queue, session, case, Move.RESOLVE, actor, outcome=Outcome.SAFE)
    await line.look(case, 60)
    assert await calls(line, team) == [0, 0, 0, 0]
    assert (await line.row(case)).watch_at is None


async def test_in_a_flood_every_critical_case_rings(line: Line, team: Team) -> None:
    flood = [await line.case(sender=str(number)) for number in range(40)]
    await asyncio.gather(*(line.look(case) for case in flood))
    rung = {post.case_id for post in await line.posts(team.writes, PostKind.PAGE)}
    assert rung == set(flood)
    for case in flood:
        row = await line.row(case)
        assert row.rings == 1
        assert row.watch_at is not None
        assert row.watch_at > clock.now()


async def test_every_sentence_said_here_exists(line: Line) -> None:
    for language in ("en", "id"):
        assert set(watching.PHRASES) <= set(line.parts.content.phrases[language].phrases)
    assert line.parts.content.answer_exists(watching.NUMBERS)


async def _fence(line: Line, case: uuid.UUID) -> int:
    row = await line.row(case)
    async with line.store.database.transaction() as session:
        return (await session.get_one(Conversation, row.conversation_id)).fence
