"""Contacts, bot, two operators, time and crashes in any order: one speaks, and nobody is forgotten.

Hypothesis plays what people and machines do, on a real store with the real model. The channel and
the desk stand in for Telegram: they look into the store at the moment of each call, fail when told
to, and let others act, or the process die, in the middle of one.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot import app, clock, tasks
from bot.domain.acts import Place, Pressed, Wrote
from bot.domain.cases import CaseStatus, Outcome
from bot.domain.messages import Address, InboundMessage, Kind
from bot.handoff import cases
from bot.handoff.acts import relay
from bot.handoff.paging import watching
from bot.handoff.rooms import posting
from bot.outbox import SendLater
from bot.runtime import Runtime
from bot.storage import cases as stored_cases
from bot.storage import conversations, messages, operators
from bot.storage.cases import Case, Page
from bot.storage.conversations import Conversation
from bot.storage.installation import AuditEntry
from bot.storage.messages import Message, Status
from bot.storage.operators import Role
from tests.support.line import settings as line_settings
from tests.support.parts import private_directory
from tests.support.telegram_line import fresh_database
from tests.support.watched_line import Channel, Desk, Killed, World

CRITICAL = "they locked us in and will beat me tonight, help"
SAYINGS = (CRITICAL, "where is the embassy of Kenya?", "thank you", "can I talk to a person please")
GROUP = "-1001"
MUST_HAPPEN = {
    "case_claim", "case_release", "case_hand_over", "case_requeue", "case_resolve", "case_reopen",
    "case_acknowledge", "case_ring", "case_paged", "operator_heard",
}  # fmt: skip
EXAMPLES, STEPS = 30, 40
"""So many walks of so many steps; each step is a few transactions."""
LONGEST_RING = timedelta(minutes=30, seconds=1)
"""Between two calls of a case that nobody has acknowledged (`handoff/paging/timing.py`)."""


WORLD: list[World] = []


class Line(RuleBasedStateMachine):
    """What people and machines do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = WORLD[0]
        self.contact = Address("test", str(next(self.world.numbers)))
        self.conversation = uuid.UUID(int=0)
        self.time = ExitStack()
        self.written = 0

    def teardown(self) -> None:
        self.world.channel.then.clear()
        self.world.desk.failing = False
        self.time.close()

    @initialize()
    def a_contact_writes(self) -> None:
        self.write(CRITICAL)
        self.turn()
        self.desk(failing=False, lost=False)

    @rule(text=st.sampled_from(SAYINGS))
    def write(self, text: str) -> None:
        number = str(next(self.world.numbers))
        inbound = InboundMessage(self.contact, number, Kind.TEXT, text, reference=number)
        assert self.world.run(self.world.runtime.inbox.accept(inbound))
        self.written += 1
        self.conversation = self.world.run(self._conversation()).id

    @rule()
    def turn(self) -> None:
        self._survive(tasks._take_turns(self.world.runtime, self.conversation))

    @rule(killed=st.booleans(), interrupted=st.sampled_from([None, 0, 1]))
    def send(self, killed: bool, interrupted: int | None) -> None:  # noqa: FBT001 - a strategy
        if killed:
            self.world.channel.then.append(self._die)
        elif interrupted is not None:
            operator = self.world.team[interrupted]
            self.world.channel.then.append(lambda: self._press_quietly(operator))
        self._survive(tasks._send(self.world.runtime, self.conversation))
        self.world.channel.then.clear()

    @rule(minutes=st.sampled_from([1, 3, 11, 46]))
    def time_passes(self, minutes: int) -> None:
        self.time.enter_context(clock.moved(timedelta(minutes=minutes)))
        self.look()

    @rule()
    def look(self) -> None:
        for case in self.world.run(self._due()):
            self._survive(watching.watch(self.world.parts, case))

    @rule(failing=st.booleans(), lost=st.booleans())
    def desk(self, failing: bool, lost: bool) -> None:  # noqa: FBT001 - strategies
        case = self.world.run(self._case())
        if case is None:
            return
        if lost and case.topic is not None:
            self.world.desk.gone.add(case.topic)
        self.world.desk.failing = failing
        self._survive(posting.fill(self.world.parts, case.id))
        self.world.desk.failing = False

    @rule(who=st.integers(0, 1), what=st.sampled_from(["take", "up", "down"]))
    def press(self, who: int, what: str) -> None:
        self._survive(self._press(self.world.team[who], what))

    @rule(who=st.integers(0, 1))
    def seen(self, who: int) -> None:
        self._survive(self._press(self.world.team[who], "seen"))

    @rule()
    def the_owner_releases(self) -> None:
        async def release() -> None:
            case = await self._case()
            if case is not None and case.operator_id is not None:
                await self._press(case.operator_id, "release")

        self._survive(release())

    @rule()
    def the_owner_hands_over(self) -> None:
        async def hand() -> None:
            first, second = self.world.team
            case = await self._case()
            if case is not None:
                other = second if case.operator_id == first else first
                await self._press(case.operator_id or second, f"hand:{other.hex}")

        self._survive(hand())

    @rule(who=st.integers(0, 1), outcome=st.sampled_from([Outcome.HELPED, Outcome.REFERRED]))
    def resolve(self, who: int, outcome: Outcome) -> None:
        self._survive(self._press(self.world.team[who], f"resolve:{outcome.value}"))

    @rule(who=st.integers(0, 1))
    def answer(self, who: int) -> None:
        self._survive(self._write(self.world.team[who]))

    @rule()
    def both_take_at_once(self) -> None:
        async def both() -> None:
            case = await self._case()
            if case is None or case.status != CaseStatus.WAITING.value:
                return
            fence = (await self._conversation()).fence
            await asyncio.gather(*(self._press(who, "take") for who in self.world.team))
            now = await self._case()
            assert now is not None
            assert now.operator_id in self.world.team
            assert (await self._conversation()).fence == fence + 1

        self.world.run(both())

    @invariant()
    def nobody_spoke_who_does_not_own(self) -> None:
        assert self.world.channel.wrong == []

    @invariant()
    def owner_case_and_timer_agree(self) -> None:
        if self.written:
            self.world.run(self._agree())

    @invariant()
    def who_is_not_acknowledged_is_called_again(self) -> None:
        if self.written:
            self.world.run(self._called())

    async def _agree(self) -> None:
        conversation, case = await self._conversation(), await self._case()
        if case is None:
            assert conversation.owner == cases.BOT
            return
        owners = {
            CaseStatus.WAITING.value: cases.QUEUE,
            CaseStatus.CLAIMED.value: str(case.operator_id),
            CaseStatus.RESOLVED.value: cases.BOT,
        }
        assert conversation.owner == owners[case.status]
        assert (case.watch_at is None) == (case.status == CaseStatus.RESOLVED.value)

    async def _called(self) -> None:
        """Every urgent message that had its turn made a page, and every wait has a near ring."""
        runtime = self.world.runtime
        async with runtime.database.transaction() as session:
            found = await conversations.load(session, runtime.keyring, self.conversation)
            assert found is not None
            rows = await messages.of_conversation(session, self.conversation)
            urgent = {
                row.id
                for row in rows
                if row.inbound
                and row.status == Status.TURNED.value
                and messages.read_inbound(found, row).text == CRITICAL
            }
            paged = set(await session.scalars(sa.select(Page.turn_id)))
        assert urgent <= paged
        case = await self._case()
        if case is not None and case.status == CaseStatus.WAITING.value:
            assert case.watch_at is not None
            soonest = max(case.rang_at or case.watch_at, case.acknowledged_at or case.watch_at)
            assert case.watch_at <= max(clock.now(), soonest) + LONGEST_RING

    async def _press(self, operator: uuid.UUID, what: str) -> None:
        case = await self._case()
        if case is None:
            return
        place = Place(GROUP, case.card or "1", case.topic)
        number = str(next(self.world.numbers))
        payload = f"case:{case.number}:{what}"
        await relay.act(self.world.parts, Pressed(number, _account(operator), place, payload))

    async def _press_quietly(self, operator: uuid.UUID) -> None:
        await self._press(operator, "take")

    async def _write(self, operator: uuid.UUID) -> None:
        case = await self._case()
        if case is None or case.topic is None:
            return
        number = str(next(self.world.numbers))
        place = Place(GROUP, number, case.topic)
        act = Wrote(number, _account(operator), place, Kind.TEXT, "I am here. Where are you?")
        await relay.act(self.world.parts, act)

    async def _conversation(self) -> Conversation:
        async with self.world.runtime.database.transaction() as session:
            found = await conversations.find(session, self.world.runtime.keyring, self.contact)
            assert found is not None
            return found.row

    async def _case(self) -> Case | None:
        async with self.world.runtime.database.transaction() as session:
            return await stored_cases.latest_of(session, self.conversation)

    async def _due(self) -> list[uuid.UUID]:
        async with self.world.runtime.database.transaction() as session:
            return await stored_cases.to_watch(session)

    async def _die(self) -> None:
        raise Killed

    def _survive(self, work: Coroutine[Any, Any, object]) -> None:
        """A job that asks to be tried later, or whose process is killed, leaves the store whole."""
        with suppress(SendLater, posting.PostLater, Killed):
            self.world.run(work)


def _account(operator: uuid.UUID) -> str:
    return f"account {operator}"


@pytest.fixture
def world(postgres: str, template: str) -> Iterator[World]:
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()
    with private_directory() as directory, fresh_database(postgres, template) as url:
        made = loop.run_until_complete(_open(stack, directory, url))
        made.loop = loop
        WORLD[:] = [made]
        yield made
        WORLD.clear()
        loop.run_until_complete(stack.aclose())
        loop.close()


async def _open(stack: AsyncExitStack, directory: Path, url: str) -> World:
    line = await stack.enter_async_context(app.opened(line_settings(directory, database_url=url)))
    channel, desk = Channel(), Desk()
    before = line.runtime
    outbox = replace(before.outbox, channels={"test": channel})
    handoff = replace(before.handoff, outbox=outbox, desk=desk)
    runtime = replace(before, outbox=outbox, channels={"test": channel}, handoff=handoff)
    channel.runtime = runtime
    async with runtime.database.transaction() as session:
        team = []
        for name in ("Ana", "Budi"):
            operator = operators.new(name, Role.OPERATOR, ["en"], "always")
            session.add(operator)
            await session.flush()
            link = operators.new_link(operator)
            await session.flush()
            await operators.bind(session, runtime.keyring, link.secret, _account(operator.id))
            team.append(operator.id)
    return World(asyncio.get_running_loop(), runtime, channel, desk, (team[0], team[1]))


async def _what_happened(runtime: Runtime) -> set[str]:
    """Names of all that was audited, and whether operators were heard."""
    async with runtime.database.transaction() as session:
        events = set(await session.scalars(sa.select(AuditEntry.event).distinct()))
        heard = await session.scalar(
            sa.select(sa.func.count()).where(
                Message.operator_id.is_not(None), Message.status == Status.SENT.value
            )
        )
    return events | ({"operator_heard"} if heard else set())


def test_whatever_happens_one_speaks_and_nobody_is_forgotten(world: World) -> None:
    run_state_machine_as_test(
        Line,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            derandomize=True,
        ),
    )
    happened = world.run(_what_happened(world.runtime))
    assert happened >= MUST_HAPPEN, "the walks were too tame to prove anything"
