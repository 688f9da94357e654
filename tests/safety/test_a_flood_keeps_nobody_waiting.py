"""One contact who writes without end, or whose messages fail, takes nobody's place."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import clock, queue
from bot.domain.cases import Move
from bot.domain.channel import Failure, SendError
from bot.domain.messages import Address, Kind
from bot.domain.understanding import Tier
from bot.handoff import cases as handoff
from bot.handoff import floods
from bot.outbox import MOST_AT_ONCE, SendLater
from bot.storage import conversations
from bot.storage.messages import Status
from bot.storage.posts import PostKind
from tests.support.parts import Parts, message
from tests.support.turned import CRITICAL, Turned, line_of

FLOODER = Address("test", "1")
SHOWN = (PostKind.PAGE, PostKind.MESSAGE)


@pytest.fixture
def line(parts: Parts, tmp_path: Path) -> Turned:
    return line_of(parts, tmp_path)


async def _jobs(parts: Parts, job: queue.Job) -> list[int]:
    """Priorities of the jobs that wait, in the order in which they are taken up."""
    statement = sa.text(
        "SELECT priority FROM procrastinate_jobs WHERE task_name = :task ORDER BY priority DESC, id"
    )
    async with parts.database.transaction() as session:
        return list(await session.scalars(statement, {"task": job.value}))


async def test_a_long_queue_of_replies_gives_its_place_to_others(parts: Parts) -> None:
    conversation = await parts.enqueue(FLOODER, *(f"reply {n}" for n in range(MOST_AT_ONCE + 5)))
    before = len(await _jobs(parts, queue.Job.SEND))
    await parts.outbox.deliver(conversation)
    assert parts.channel.sent == [f"reply {n}" for n in range(MOST_AT_ONCE)]
    assert len(await _jobs(parts, queue.Job.SEND)) == before + 1  # at the end of the line
    await parts.outbox.deliver(conversation)
    assert len(parts.channel.sent) == MOST_AT_ONCE + 5


async def test_a_refused_reply_is_told_of_also_when_the_next_one_must_wait(parts: Parts) -> None:
    conversation = await parts.enqueue(FLOODER, "one", "two")
    parts.channel.failures = [
        SendError(Failure.REFUSED, "BadRequest"),
        SendError(Failure.WAIT, "TooManyRequests", retry_after=3),
    ]
    with pytest.raises(SendLater) as later:
        await parts.outbox.deliver(conversation)
    assert later.value.given_up == conversation


async def test_pages_of_danger_come_before_all_others(parts: Parts) -> None:
    for number, tier in enumerate((Tier.ELEVATED, Tier.ELEVATED, Tier.CRITICAL)):
        await _case(parts, Address("test", f"c{number}"), tier)
    for job in (queue.Job.POST, queue.Job.WATCH):
        pages = await _jobs(parts, job)
        assert pages[0] == queue.PRIORITY_PAGE
        assert max(pages[1:]) < queue.PRIORITY_WIPE


async def _case(parts: Parts, address: Address, tier: Tier) -> None:
    identity = await parts.conversation_id(address)
    async with parts.database.transaction() as session:
        found = await conversations.load(session, parts.keyring, identity, lock=True)
        assert found is not None
        need = handoff.Need(tier, "x", None)
        await handoff.open_case(parts.queue, session, found.row, need)


async def test_of_a_flood_of_messages_the_newest_is_answered_and_each_is_kept(
    line: Turned,
) -> None:
    someone, most = line.contact(), floods.MESSAGES.most
    for number in range(most + 5):
        await someone.store(f"where is the embassy of kenya ({number})")
    await someone.turn()
    rows = await someone.rows()
    answered = {row.turn_id for row in await someone.rows(inbound=False)}
    assert [row.id in answered for row in rows] == [True] * most + [False] * 4 + [True]
    assert {row.status for row in rows} == {Status.TURNED.value}
    slow = line.phrase("flood_slow")
    assert [message.text for message in await someone.said()].count(slow) == 1
    with clock.moved(floods.MESSAGES.within):
        assert await someone.write("where is the embassy of kenya")


async def test_the_newest_message_is_answered_however_many_came(line: Turned) -> None:
    someone = line.contact()
    for _ in range(floods.MESSAGES.most + 5):
        assert await someone.write("where is the embassy of kenya")


async def test_a_call_for_help_in_a_flood_calls_a_human_and_is_answered(line: Turned) -> None:
    someone = line.contact()
    for _ in range(floods.MESSAGES.most + 2):
        await someone.store("hello")
    help_wanted = await someone.store(CRITICAL)
    asked = await someone.store("/", kind=Kind.BUTTON, payload="/talk_to_human")
    for _ in range(3):
        await someone.store("hello")
    await someone.turn()
    case = await someone.case()
    assert case.tier == Tier.CRITICAL.value
    answered = {row.turn_id for row in await someone.rows(inbound=False)}
    assert {help_wanted, asked} <= answered
    shown = [post.message_id for post in await line.posts(case.id, *SHOWN)]
    assert shown == [row.id for row in (await someone.rows())[-5:]]


async def test_a_flooded_line_answers_the_newest_message_of_everybody(
    line: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floods, "LINE", floods.Budget(3, floods.LINE.within))
    for number in range(3):
        assert await line.contact(f"flooder {number}").write("where is the embassy of kenya")
    someone = line.contact("somebody else")
    for _ in range(3):
        await someone.store("where is the embassy of kenya")
    await someone.turn()
    rows = await someone.rows()
    answered = {row.turn_id for row in await someone.rows(inbound=False)}
    assert [row.id in answered for row in rows] == [False, False, True]
    await someone.write(CRITICAL)
    assert (await someone.case()).tier == Tier.CRITICAL.value


async def test_many_calls_of_one_contact_ring_once_and_do_not_fill_the_room(line: Turned) -> None:
    someone, most = line.contact(), floods.PAGES.most
    await someone.write(CRITICAL)
    case = (await someone.case()).id
    rang = {"rings": 1, "rang_at": clock.now()}
    await line.change(case, **rang)
    for number in range(most + 2):
        await someone.write(f"{CRITICAL} {number}")
    row = await line.row(case)
    assert (row.rings, row.rang_at) == (rang["rings"], rang["rang_at"])
    posts = await line.posts(case, *SHOWN)
    assert [post.kind for post in posts] == [PostKind.PAGE] * most + [PostKind.MESSAGE] * 3
    assert [post.message_id for post in posts] == [row.id for row in await someone.rows()]
    assert await line.pages() == most + 3
    with clock.moved(floods.PAGES.within):
        await someone.write(f"{CRITICAL} later")
    assert (await line.posts(case, *SHOWN))[-1].kind == PostKind.PAGE


async def test_a_call_after_somebody_saw_the_case_rings_anew(line: Turned) -> None:
    someone, operator = line.contact(), await line.operator()
    await someone.write(CRITICAL)
    case = (await someone.case()).id
    await line.acknowledge(case, operator)
    await someone.write("hello")
    assert (await line.row(case)).acknowledged_at is not None
    await someone.write(f"{CRITICAL} now")
    row = await line.row(case)
    assert (row.acknowledged_at, row.rang_at, row.rings) == (None, None, 0)


async def test_a_flood_of_calls_does_not_ring_anew_each_time(line: Turned) -> None:
    someone, operator = line.contact(), await line.operator()
    for number in range(floods.PAGES.most):
        await someone.write(f"{CRITICAL} {number}")
    case = (await someone.case()).id
    await line.acknowledge(case, operator)
    await someone.write(f"{CRITICAL} again")
    assert (await line.row(case)).acknowledged_at is not None


async def test_each_of_very_many_cases_pages_and_says_that_it_is_one_of_them(line: Turned) -> None:
    most = floods.CASES.most
    for number in range(most):
        await _case(line.store, Address("test", f"many {number}"), Tier.CRITICAL)
    someone = line.contact("a real one")
    await someone.write(CRITICAL)
    case = await someone.case()
    assert case.reason == f"danger_words{floods.ONE_OF_MANY}"
    assert len(await line.posts(case.id, PostKind.PAGE)) == 1
    with clock.moved(floods.CASES.within):
        other = line.contact("later")
        await other.write(CRITICAL)
        assert (await other.case()).reason == "danger_words"


async def test_a_flood_in_a_claimed_case_leaves_the_desks_urgent_lane_to_others(
    line: Turned,
) -> None:
    someone, operator = line.contact(), await line.operator()
    await someone.write(CRITICAL)
    case = (await someone.case()).id
    await line.move(case, Move.CLAIM, operator)
    for _ in range(floods.MESSAGES.most + 3):
        await someone.write("hello")
    urgent = [post.urgent for post in await line.posts(case, PostKind.MESSAGE)]
    assert urgent[0]
    assert not urgent[-1]


def test_budgets_forget_who_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floods, "KEYS", 10)
    counted = floods.Counted(_sweep_at=10)
    for _ in range(10):
        counted.count(floods.MESSAGES, "x", uuid.uuid4())
    with clock.moved(floods.LONGEST):
        counted.count(floods.MESSAGES, "x", uuid.uuid4())
    assert len(counted._times) == 1


async def test_a_channel_that_was_turned_off_keeps_what_waits(parts: Parts) -> None:
    conversation = await parts.enqueue(FLOODER, "one")
    channels = parts.outbox.channels
    assert isinstance(channels, dict)
    off = channels.pop("test")
    with pytest.raises(SendLater):
        await parts.outbox.deliver(conversation)
    channels["test"] = off
    await parts.outbox.deliver(conversation)
    assert parts.channel.sent == ["one"]


async def test_an_address_that_is_no_text_is_nobody(parts: Parts) -> None:
    """A cookie may hold any bytes."""
    async with parts.database.transaction() as session:
        stranger = Address("test", "\udcff\udc00")
        assert await conversations.find(session, parts.keyring, stranger) is None
    assert await parts.inbox.accept(message("hello"))
