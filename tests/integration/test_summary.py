"""Every morning the team reads how it stands, once."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest

from bot import clock
from bot.domain.cases import CaseStatus, Move
from bot.domain.understanding import Tier
from bot.handoff import cases
from bot.handoff.cases import Actor
from bot.handoff.paging import rota
from bot.handoff.rooms import summary
from bot.storage.cases import Case
from bot.storage.posts import EVERYBODY, PostKind
from tests.support.parts import Parts
from tests.support.watched import MINUTE, Line, Team, line_of, team_of

CRITICAL, ELEVATED = Tier.CRITICAL, Tier.ELEVATED


@pytest.fixture
def line(parts: Parts) -> Line:
    return line_of(parts)


@pytest.fixture
async def team(line: Line) -> Team:
    return await team_of(line)


async def test_the_morning_brings_a_summary_once_to_everybody_and_to_supervisors(
    line: Line, team: Team
) -> None:
    yesterday = -(clock.now() - _midnight() + timedelta(hours=5))
    with clock.moved(yesterday):
        done = await line.case(CRITICAL, sender="done")
        taken = await line.case(ELEVATED, sender="taken")
        old = await line.case(ELEVATED, sender="old")
        with clock.moved(2 * MINUTE):
            await line.claim(done, team.writes)
        with clock.moved(8 * MINUTE):
            await line.claim(taken, team.other)
        await _resolve(line, done, team.writes)
        await _resolve(line, taken, team.other)
        await _reopen(line, taken)
        await line.claim(taken, team.other)
    fresh = await line.case(CRITICAL, sender="fresh")
    await summary.add(line.parts)
    await summary.add(line.parts)
    waited = clock.now() - _waits_since(await line.row(old))
    for room in (EVERYBODY, team.supervisor):
        (post,) = await line.posts(room, PostKind.NOTICE)
        assert post.text == "desk_summary"
        assert post.values == {
            "waiting_critical": 1,
            "waiting_elevated": 1,
            "claimed_critical": 0,
            "claimed_elevated": 1,
            "resolved_critical": 1,
            "resolved_elevated": 0,
            "reopened_critical": 0,
            "reopened_elevated": 1,
            "unanswered": 1,
            "oldest_minutes": pytest.approx(waited / MINUTE, abs=1),
            "acknowledge_minutes": 5,
            "claim_minutes": 5,
        }
    assert await line.notices(team.writes) == []
    assert (await line.row(fresh)).status == CaseStatus.WAITING.value
    with clock.moved(timedelta(days=1)):
        await summary.add(line.parts)
    (_, next_one) = await line.posts(EVERYBODY, PostKind.NOTICE)
    assert next_one.values["resolved_critical"] == 0
    assert next_one.values["acknowledge_minutes"] is None


async def test_of_a_quiet_line_the_summary_says_so(line: Line) -> None:
    await summary.add(line.parts)
    (post,) = await line.posts(EVERYBODY, PostKind.NOTICE)
    assert post.values["oldest_minutes"] is None
    assert post.values["waiting_critical"] == 0
    assert await line.posts(EVERYBODY, PostKind.PAGE) == []


async def _resolve(line: Line, case: uuid.UUID, operator: uuid.UUID) -> None:
    async with line.store.database.transaction() as session:
        actor = Actor(operator, str(operator))
        await cases.move(line.store.queue, session, case, Move.RESOLVE, actor)


async def _reopen(line: Line, case: uuid.UUID) -> None:
    async with line.store.database.transaction() as session:
        await cases.move(line.store.queue, session, case, Move.REOPEN, cases.CONTACT)


def _midnight() -> datetime:
    """When this day began in Phnom Penh."""
    now = clock.now().astimezone(rota.PHNOM_PENH)
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _waits_since(case: Case) -> datetime:
    assert case.waiting_since is not None
    return case.waiting_since
