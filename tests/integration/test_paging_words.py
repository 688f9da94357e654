"""Who waits is told the truth at set times, unless they cannot be told or must not be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.domain.understanding import Tier
from bot.flows.state import FlowState
from bot.storage import conversations
from bot.storage.operators import Role
from tests.support.parts import Parts, message
from tests.support.watched import MINUTE, Line, Team, line_of, team_of

CRITICAL, ELEVATED = Tier.CRITICAL, Tier.ELEVATED


@pytest.fixture
def line(parts: Parts) -> Line:
    return line_of(parts)


@pytest.fixture
async def team(line: Line) -> Team:
    return await team_of(line)


async def calls(line: Line, team: Team) -> list[int]:
    return [await line.calls(operator) for operator in team.all]


async def test_the_contact_is_told_how_long_it_takes_in_their_language(
    line: Line, team: Team
) -> None:
    case = await line.case()
    await line.live(case, 121)
    told = await line.said(case)
    assert len(told) == 6
    for text, waited in zip(
        told, ("2 menit", "5 menit", "15 menit", "30 menit", "60 menit", "2 jam"), strict=True
    ):
        assert f"Sudah {waited} belum ada orang" in text


async def test_in_a_language_without_texts_all_of_it_is_english(line: Line, team: Team) -> None:
    case = await line.case(ELEVATED, language="km")
    await line.live(case, 15)
    (told,) = await line.said(case)
    assert "has answered for 15 minutes. I have reminded them." in told


async def test_that_somebody_has_seen_it_is_told_and_not_more(line: Line, team: Team) -> None:
    case = await line.case(language="en")
    await line.look(case)
    await line.acknowledge(case, team.writes, 1)
    await line.live(case, 4)
    (told,) = await line.said(case)
    assert told.startswith("Someone from our team has seen what you wrote")
    assert "2 minutes" in told


async def test_after_an_outage_one_word_and_one_ring_make_up_for_it(line: Line, team: Team) -> None:
    case = await line.case()
    await line.look(case, 47)
    assert await calls(line, team) == [1, 0, 0, 0]
    (told,) = await line.said(case)
    assert "47 menit" in told


async def test_the_advice_of_the_turn_comes_before_that_nobody_is_there(line: Line) -> None:
    supervisor = await line.operator("Dara", "en", role=Role.SUPERVISOR, hours="never")
    await line.store.inbox.accept(message(sender="1"))
    case = await line.case()
    await line.look(case)
    assert await line.calls(supervisor) == 1
    assert await line.said(case) == []
    watch_at = (await line.row(case)).watch_at
    assert watch_at is not None
    assert watch_at <= clock.now() + timedelta(seconds=2)
    async with line.store.database.transaction() as session:
        await session.execute(sa.text("UPDATE messages SET status = 'turned' WHERE inbound"))
    await line.look(case, 0.1)
    assert len(await line.said(case)) == 1
    assert await line.calls(supervisor) == 1


async def test_a_turn_that_never_ends_does_not_keep_it_from_being_said(line: Line) -> None:
    await line.store.inbox.accept(message(sender="1"))
    case = await line.case()
    await line.live(case, 1.1)
    assert len(await line.said(case)) == 1


@pytest.mark.parametrize(
    "values",
    [{"reachable": False}, {"wiping": True}, {"channel": "switched_off"}],
    ids=["blocked_the_line", "is_being_wiped", "channel_is_off"],
)
async def test_who_cannot_be_told_is_rung_for_all_the_same(
    line: Line, team: Team, values: dict[str, object]
) -> None:
    case = await line.case()
    await line.change(case, **values)
    await line.live(case, 6.5)
    assert await calls(line, team) == [4, 3, 0, 2]
    assert await line.said(case) == []


async def test_a_conversation_that_cannot_be_read_is_rung_for_all_the_same(
    line: Line, team: Team
) -> None:
    case = await line.case()
    await line.change(case, key_wrapped=b"lost")
    await line.live(case, 6.5)
    assert await calls(line, team) == [4, 3, 0, 2]


async def test_no_telephone_lights_up_where_it_is_not_safe_to_write(line: Line, team: Team) -> None:
    case = await line.case()
    row = await line.row(case)
    assert row.conversation_id is not None
    for safe, told in ((False, 0), (True, 1)):
        async with line.store.database.transaction() as session:
            found = await conversations.load(session, line.store.keyring, row.conversation_id)
            assert found is not None
            found.keep_state(FlowState(slots={"can_write": safe}).to_json())
        await line.live(case, 6.5 if not safe else 16.5)
        assert len(await line.said(case)) == told
    assert await line.calls(team.writes) == 9


async def test_without_a_desk_nobody_is_called_and_nothing_untrue_is_said(
    line: Line, team: Team
) -> None:
    alone = replace(line, parts=replace(line.parts, desk=None))
    case = await alone.case()
    await alone.live(case, 300)
    assert await calls(alone, team) == [0, 0, 0, 0]
    assert await alone.said(case) == []
    watch_at = (await alone.row(case)).watch_at
    assert watch_at is not None
    assert watch_at > clock.now() + 300 * MINUTE


async def test_for_whom_an_operator_has_blocked_nobody_is_called(line: Line, team: Team) -> None:
    case = await line.case()
    await line.change(case, blocked=True)
    await line.live(case, 60)
    assert await calls(line, team) == [0, 0, 0, 0]
    assert await line.said(case) == []
