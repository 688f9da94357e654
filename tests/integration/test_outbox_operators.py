"""What operators wrote, on its way through the outbox: the fence, marks, changes, going back."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.domain.cases import Move
from bot.domain.channel import Failure, SendError, SendResult
from bot.domain.messages import Address, OutboundMessage
from bot.domain.understanding import Tier
from bot.handoff import cases
from bot.handoff.cases import Actor, Need
from bot.outbox import Outbox, SendLater
from bot.storage import conversations, messages, operators
from bot.storage.cases import Case
from bot.storage.messages import TAKEN_BACK, Author, Message, Status
from bot.storage.operators import Role
from bot.storage.posts import Post
from tests.support.parts import Parts, RecordingChannel, message

SOMEBODY = Address("test", "1")
DESK_ID = "501"


@dataclass
class BusyChannel(RecordingChannel):
    """A channel during whose waits and calls other things happen."""

    while_waiting: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    while_sending: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def ready(self, address: Address) -> None:
        await super().ready(address)
        for act in self.while_waiting:
            await act()

    async def send(
        self, address: Address, message: OutboundMessage, reply_to: str | None = None
    ) -> SendResult:
        result = await super().send(address, message, reply_to)
        while self.while_sending:
            await self.while_sending.pop()()
        return result


@dataclass
class Claimed:
    """A case that an operator has, and what they write."""

    store: Parts
    channel: BusyChannel
    outbox: Outbox
    case: uuid.UUID
    conversation: uuid.UUID
    operator: uuid.UUID

    async def write(self, text: str, reply_to: str | None = None) -> uuid.UUID:
        async with self.store.database.transaction() as session:
            found = await conversations.load(session, self.store.keyring, self.conversation)
            assert found is not None
            said = OutboundMessage(text, literal=True, reply_to=reply_to)
            by = Author(self.operator, DESK_ID)
            (row,) = await self.outbox.enqueue(session, found, [said], turn_id=None, by=by)
            return row.id

    async def change(self, row: uuid.UUID, text: str) -> None:
        async with self.store.database.transaction() as session:
            found = await conversations.load(session, self.store.keyring, self.conversation)
            stored = await session.get_one(Message, row)
            assert found is not None
            messages.rewrite(found, stored, OutboundMessage(text, literal=True))

    async def take_back(self, row: uuid.UUID) -> None:
        async with self.store.database.transaction() as session:
            stored = await session.get_one(Message, row)
            if stored.status == Status.SENT.value:
                stored.failure = TAKEN_BACK
            stored.status = Status.DROPPED.value

    async def pass_on(self) -> None:
        """A supervisor takes the case over."""
        async with self.store.database.transaction() as session:
            boss = operators.new("Boss", Role.SUPERVISOR, ["en"], "always")
            session.add(boss)
            await session.flush()
            actor = Actor(boss.id, "x", supervisor=True)
            await cases.move(self.store.queue, session, self.case, Move.TAKE_OVER, actor)

    async def row(self, row: uuid.UUID) -> Message:
        async with self.store.database.transaction() as session:
            return await session.get_one(Message, row)

    async def shown(self) -> list[str | None]:
        """Marks and notices in the case's room."""
        async with self.store.database.transaction() as session:
            found = await session.scalars(
                sa.select(Post)
                .where(Post.room == self.case, Post.kind.in_(["mark", "notice"]))
                .order_by(Post.number)
            )
            posts = list(found)
        assert all(post.values["reference"] == DESK_ID for post in posts)
        return [post.text for post in posts]

    async def revisions(self) -> int:
        async with self.store.database.transaction() as session:
            query = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'revise'"
            return await session.scalar(sa.text(query)) or 0


@pytest.fixture
async def claimed(parts: Parts) -> Claimed:
    channel = BusyChannel()
    outbox = replace(parts.outbox, channels={"test": channel})
    await parts.inbox.accept(message("help"))
    identity = await parts.conversation_id(SOMEBODY)
    async with parts.database.transaction() as session:
        conversation = await session.get_one(
            conversations.Conversation, identity, with_for_update=True
        )
        operator = operators.new("Sari", Role.OPERATOR, ["en"], "always")
        session.add(operator)
        await cases.open_case(
            parts.queue, session, conversation, Need(Tier.CRITICAL, "held_captive", None)
        )
        case = (await session.scalars(sa.select(Case))).one()
        actor = Actor(operator.id, str(operator.id))
        await cases.move(parts.queue, session, case.id, Move.CLAIM, actor)
    return Claimed(parts, channel, outbox, case.id, identity, operator.id)


async def test_what_is_sent_is_marked_as_delivered(claimed: Claimed) -> None:
    await claimed.write("hello")
    assert await claimed.outbox.deliver(claimed.conversation) is None
    assert claimed.channel.sent == ["hello"]
    assert await claimed.shown() == ["delivered"]


async def test_who_loses_the_case_while_the_channel_makes_them_wait_says_nothing(
    claimed: Claimed,
) -> None:
    row = await claimed.write("I am on my way")
    claimed.channel.while_waiting = [claimed.pass_on]
    await claimed.outbox.deliver(claimed.conversation)
    assert claimed.channel.sent == []
    assert (await claimed.row(row)).status == "dropped"
    assert await claimed.shown() == ["failed", "desk_dropped"]


async def test_what_answers_a_message_names_it_as_the_channel_does(claimed: Claimed) -> None:
    async with claimed.store.database.transaction() as session:
        asked = await session.scalar(sa.select(Message.id).where(Message.inbound))
    await claimed.write("yes", reply_to=str(asked))
    await claimed.write("no", reply_to=str(uuid.uuid4()))
    await claimed.outbox.deliver(claimed.conversation)
    assert claimed.channel.sent == ["yes", "no"]
    assert claimed.channel.replies == ["7", None]


@pytest.mark.parametrize(
    ("failure", "said"),
    [(Failure.BLOCKED, "desk_contact_gone"), (Failure.REFUSED, "desk_refused")],
)
async def test_what_fails_is_marked_and_opens_no_second_case(
    claimed: Claimed, failure: Failure, said: str
) -> None:
    await claimed.write("hello")
    claimed.channel.failures = [SendError(failure, "Whatever")]
    assert await claimed.outbox.deliver(claimed.conversation) is None
    assert await claimed.shown() == ["failed", said]


async def test_what_has_to_wait_is_not_marked_yet(claimed: Claimed) -> None:
    await claimed.write("hello")
    claimed.channel.failures = [SendError(Failure.RETRY, "Timeout")]
    with pytest.raises(SendLater):
        await claimed.outbox.deliver(claimed.conversation)
    assert await claimed.shown() == []


async def test_a_change_during_the_call_is_made_good_after_it(claimed: Claimed) -> None:
    row = await claimed.write("the blue door")
    claimed.channel.while_sending = [lambda: claimed.change(row, "the red door")]
    await claimed.outbox.deliver(claimed.conversation)
    assert claimed.channel.sent == ["the blue door"]
    assert await claimed.revisions() == 1
    await claimed.outbox.revise(row)
    assert claimed.channel.edited == [("1", "the red door")]
    assert await claimed.shown() == ["delivered"]


async def test_what_is_taken_back_during_the_call_is_deleted_after_it(claimed: Claimed) -> None:
    row = await claimed.write("a secret")
    claimed.channel.while_sending = [lambda: claimed.take_back(row)]
    await claimed.outbox.deliver(claimed.conversation)
    assert await claimed.revisions() == 1
    await claimed.outbox.revise(row)
    assert claimed.channel.deleted == ["1"]
    assert (await claimed.row(row)).status == "dropped"
    assert await claimed.shown() == ["desk_taken_back"]


async def test_what_is_taken_back_before_it_goes_never_goes(claimed: Claimed) -> None:
    row = await claimed.write("a secret")
    await claimed.take_back(row)
    await claimed.outbox.deliver(claimed.conversation)
    await claimed.outbox.revise(row)
    assert (claimed.channel.sent, claimed.channel.deleted) == ([], [])


async def test_a_change_waits_as_the_channel_asks_and_is_made_once_it_can_be(
    claimed: Claimed,
) -> None:
    row = await claimed.write("one")
    await claimed.outbox.deliver(claimed.conversation)
    await claimed.change(row, "two")
    claimed.channel.failures = [
        SendError(Failure.WAIT, "TooManyRequests", retry_after=9),
        SendError(Failure.RETRY, "Timeout"),
    ]
    with pytest.raises(SendLater) as later:
        await claimed.outbox.revise(row)
    assert later.value.seconds == 9
    with pytest.raises(SendLater):
        await claimed.outbox.revise(row)
    await claimed.outbox.revise(row)
    assert claimed.channel.edited == [("1", "two")]


async def test_what_the_channel_will_not_change_is_told_to_the_operator(claimed: Claimed) -> None:
    row = await claimed.write("one")
    await claimed.outbox.deliver(claimed.conversation)
    await claimed.change(row, "two")
    claimed.channel.failures = [SendError(Failure.REFUSED, "BadRequest")]
    await claimed.outbox.revise(row)
    await claimed.take_back(row)
    claimed.channel.failures = [SendError(Failure.REFUSED, "BadRequest")]
    await claimed.outbox.revise(row)
    assert await claimed.shown() == ["delivered", "desk_not_changed", "desk_not_taken_back"]


async def test_what_may_be_too_old_to_be_deleted_is_tried_and_said_to_stay(
    claimed: Claimed,
) -> None:
    row = await claimed.write("old")
    await claimed.outbox.deliver(claimed.conversation)
    await claimed.take_back(row)
    with clock.moved(timedelta(hours=50)):
        await claimed.outbox.revise(row)
    assert claimed.channel.deleted == ["1"]
    assert await claimed.shown() == ["delivered", "desk_not_taken_back"]


async def test_operators_go_before_what_the_bot_says_to_others(claimed: Claimed) -> None:
    await claimed.write("hello")
    async with claimed.store.database.transaction() as session:
        query = "SELECT max(priority) FROM procrastinate_jobs WHERE task_name = 'send'"
        assert await session.scalar(sa.text(query)) == 10
